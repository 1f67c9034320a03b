"""Removes a server from the dashboard, with everything that is stored about it here. RAGFlow is not asked."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.translation import ngettext

from dashboard.audit import own_writes, retention
from dashboard.core.formatting import count
from dashboard.models import (
    AskedQuestion,
    ChatQuestion,
    ChunkEdit,
    Job,
    JobItem,
    ParsedDocument,
    ParseRun,
    QuestionResult,
    QuestionRun,
    QuestionSet,
    Server,
    SessionOwner,
    ShareLink,
    ShareSession,
)
from dashboard.servers import order

# What may be too many rows for one transaction, by the path to its server; in this order.
PARTS: tuple[tuple[type[Model], str], ...] = (
    (JobItem, "job__server"),
    (ParsedDocument, "run__server"),
    (QuestionResult, "run__question_set__server"),
    (ChunkEdit, "server"),
    (AskedQuestion, "server"),
    (SessionOwner, "server"),
    (ChatQuestion, "server"),
    (ShareSession, "link__server"),
)


def impact(server: Server) -> list[str]:
    """What is deleted here along with the server: parts of a sentence with their number; nothing of what is not."""
    edits, questions, owners = (_rows(model, server).count() for model in (ChunkEdit, AskedQuestion, SessionOwner))
    runs, jobs, sets = (_rows(model, server).count() for model in (ParseRun, Job, QuestionSet))
    asked, links = (_rows(model, server).count() for model in (ChatQuestion, ShareLink))
    evaluations = QuestionRun.objects.filter(question_set__server=server).count()
    found = (
        (runs, ngettext("%(n)s parse run", "%(n)s parse runs", runs)),
        (jobs, ngettext("%(n)s background job", "%(n)s background jobs", jobs)),
        (sets, ngettext("%(n)s question set", "%(n)s question sets", sets)),
        (evaluations, ngettext("%(n)s evaluation", "%(n)s evaluations", evaluations)),
        (edits, ngettext("%(n)s recorded chunk edit", "%(n)s recorded chunk edits", edits)),
        (questions, ngettext("%(n)s asked question", "%(n)s asked questions", questions)),
        (asked, ngettext("%(n)s recorded answer", "%(n)s recorded answers", asked)),
        (links, ngettext("%(n)s public link", "%(n)s public links", links)),
        (owners, ngettext("who started %(n)s chat", "who started %(n)s chats", owners)),
    )
    return [words % {"n": count(number)} for number, words in found if number]


def running(server: Server) -> int:
    """The number of jobs that would be stopped."""
    return Job.objects.filter(server=server, ended_at=None).count()


def remove(user: User, server: Server) -> None:
    """Delete the server and what is stored about it here. Its audit entries stay, under its name.

    If this is interrupted, the server is still there, and can be removed again.
    """
    # So that no worker takes up its rows; one at work loses its lease with the row.
    Job.objects.filter(server=server, ended_at=None).update(stop_asked=True)
    for model, path in PARTS:
        retention.delete_in_batches(model._default_manager.filter(**{path: server}))
    with transaction.atomic():
        own_writes.record(user, "server.delete", (server.slug, server.name), address=server.base_url)
        server.delete()
        first = Server.objects.first()
        if first is not None and not Server.objects.filter(is_default=True).exists():
            order.make_default(first)


def _rows(model: Any, server: Server) -> QuerySet[Any]:
    found: QuerySet[Any] = model.objects.filter(server=server)
    return found
