"""What RAGFlow does not store.

People and their rights, servers, the audit trail, parse runs, jobs, question sets, chunk edits.
"""

from __future__ import annotations

from dashboard.models.audit import AuditEntry
from dashboard.models.jobs import Job, JobItem
from dashboard.models.journal import ChunkEdit
from dashboard.models.people import AccessLink, Grant, Person, SessionOwner, SignedInBrowser
from dashboard.models.questions import (
    AskedQuestion,
    ChatQuestion,
    QuestionResult,
    QuestionRun,
    QuestionSet,
    SetQuestion,
    Trial,
)
from dashboard.models.runs import ParsedDocument, ParseRun, Watch
from dashboard.models.server import Server

__all__ = [
    "AccessLink",
    "AskedQuestion",
    "AuditEntry",
    "ChatQuestion",
    "ChunkEdit",
    "Grant",
    "Job",
    "JobItem",
    "ParseRun",
    "ParsedDocument",
    "Person",
    "QuestionResult",
    "QuestionRun",
    "QuestionSet",
    "Server",
    "SessionOwner",
    "SetQuestion",
    "SignedInBrowser",
    "Trial",
    "Watch",
]
