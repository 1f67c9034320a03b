"""What RAGFlow does not store.

People and their rights, servers, the audit trail, parse runs, jobs, question sets, chunk edits.
"""

from __future__ import annotations

from dashboard.models.audit import AuditEntry
from dashboard.models.jobs import Job, JobItem
from dashboard.models.journal import ChunkEdit
from dashboard.models.people import AccessLink, Grant, Person, SessionOwner, ShareLink, ShareSession, SignedInBrowser
from dashboard.models.questions import (
    AskedQuestion,
    ChatQuestion,
    ComparisonVote,
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
    "ComparisonVote",
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
    "ShareLink",
    "ShareSession",
    "SignedInBrowser",
    "Trial",
    "Watch",
]
