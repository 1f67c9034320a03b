"""The registry of job actions. Areas register theirs here; the engine knows actions only through it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext_lazy

from dashboard.core.formatting import count, visible
from dashboard.models import Job, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document, RunStatus

Words = str | Promise


class ActionFailed(Exception):
    """The action failed for this document; the message tells the user why. The job continues with the next one."""


class ActionSkipped(Exception):
    """The document needs no change, or the action does not apply to it; the message may say why."""


class RetryLater(Exception):
    """The document is not ready: try again after this many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"retry in {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True)
class ActionTarget:
    """A document of a job, which may no longer exist.

    ``options`` belong to the job, ``payload`` to this document; both are as given at the start of the job. ``batch``
    groups the parse runs of one job.
    """

    client: RAGFlow
    server: Server
    user: User | None
    dataset_id: str
    dataset_name: str
    document_id: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)
    batch: str = ""


@dataclass(frozen=True)
class ActionContext(ActionTarget):
    """What an action gets: the target, and the document as it is in RAGFlow now (for ``unseen``, its identity only)."""

    document: Document = field(kw_only=True)


def mark_of(document: Document) -> str:
    """What every write changes in a document, for comparison."""
    at = document.updated_at.timestamp() if document.updated_at else 0
    return f"{at} {document.run.value}"


def changed_since(turn: ActionContext, mark: str) -> bool:
    """Whether the document has changed since before the action was sent."""
    return mark_of(turn.document) != mark


def _nothing(_turn: ActionContext) -> None:
    return None


def always(_options: Mapping[str, Any]) -> bool:
    """For ``Action.unseen``: the document is never looked up."""
    return True


def never(_options: Mapping[str, Any]) -> bool:
    """For ``Action.unseen``: the document is always looked up."""
    return False


def _any_run(_options: Mapping[str, Any]) -> RunStatus | None:
    return None


@dataclass(frozen=True)
class Link:
    """A link on the page of a finished job, for example to an undo file."""

    label: str
    icon: str
    url: str


@dataclass(frozen=True)
class Action:
    """An action on a document.

    ``act`` carries it out in one or two calls; it raises the client's errors, ActionFailed with a reason,
    ActionSkipped or RetryLater. ``already_applied`` says whether an action sent by a dead worker was carried out, given
    the mark from before. ``done`` is called once for each finished document. ``on_missing`` is called for a document
    that no longer exists, which is a failure by default. ``delay`` returns how many seconds the document has to wait,
    before any call. ``deletes`` makes the job refuse to start if the number of documents differs from the confirmed
    one. ``audited`` is the name of its writes in the audit trail, for writes found done after an interruption.
    ``collect`` lists the documents of a job's query, page by page; without it, jobs need documents.
    ``warn_before_retry`` describes what a retry of the documents with these ids would lose, "" for nothing; if not
    empty, the user is asked first. ``links`` are shown on the finished job's page. ``targets_chunks``: the action
    applies to parts, such as chunks, of the document ``options["document_id"]``.

    Cost: if ``unseen`` (given the job's options), the document is not looked up before ``act``, which gets its identity
    only (``Document.identity``), unless the action may have been sent before. Other documents are looked up many at a
    time. ``run_wanted`` is the run status that the action requires, if any, which narrows that look-up.

    Texts: ``label`` heads the job, ``progress_text`` has ``%(n)s of %(total)s``, ``success_text`` and ``failure_text``
    are ngettext_lazy by ``"n"`` with ``%(name)s`` or ``%(n)s``.
    """

    key: str
    label: Words
    icon: str
    progress_text: Words
    success_text: Words
    failure_text: Words
    act: Callable[[ActionContext], None]
    already_applied: Callable[[ActionContext, str], bool] = changed_since
    done: Callable[[ActionContext], None] = _nothing
    on_missing: Callable[[ActionTarget], None] | None = None
    delay: Callable[[ActionTarget], float] | None = None
    audited: Sequence[str] = ()
    deletes: bool = False
    collect: Callable[[RAGFlow, Job], Iterator[Iterable[Document]]] | None = None
    unseen: Callable[[Mapping[str, Any]], bool] = never
    run_wanted: Callable[[Mapping[str, Any]], RunStatus | None] = _any_run
    warn_before_retry: Callable[[Server, Sequence[str]], str] | None = None
    targets_chunks: bool = False
    links: Callable[[Server, Job], Sequence[Link]] | None = None

    def document_of(self, place: ActionTarget) -> str:
        """The id of the document to read."""
        return str(place.options["document_id"]) if self.targets_chunks else place.document_id

    def target_of(self, place: ActionTarget) -> str:
        """The id of the changed object in the audit trail."""
        return str(place.payload["id"]) if self.targets_chunks else place.document_id

    def say_done(self, names: Sequence[str]) -> str:
        """The success message for documents with these names (at least one)."""
        return str(self.success_text % {"n": len(names), "name": visible(names[0])})

    def say_failed(self, number: int) -> str:
        """The failure message for this number of documents."""
        return str(self.failure_text % {"n": number})

    def say_so_far(self, done: int, total: int) -> str:
        """The progress message."""
        return str(self.progress_text % {"n": count(done), "total": count(total)})


_actions: dict[str, Action] = {}


def register(action: Action) -> Action:
    """Register the action. Called when an area's module is imported (``dashboard/apps.py``)."""
    if action.key in _actions and _actions[action.key] is not action:
        raise ValueError(f"The action “{action.key}” is already registered.")
    _actions[action.key] = action
    return action


def unregister(key: str) -> None:
    """Remove an action if it is registered, as tests do with their own."""
    _actions.pop(key, None)


def get(key: str) -> Action:
    """The action with this key; for a key of another release, one that only fails with a message."""
    return _actions.get(key) or _unknown(key)


def keys() -> tuple[str, ...]:
    """All registered actions."""
    return tuple(_actions)


def _unknown(key: str) -> Action:
    def act(_turn: ActionContext) -> None:
        raise ActionFailed(_("This version of the dashboard doesn't support “%(action)s”.") % {"action": key})

    return Action(
        key=key,
        label=_lazy("Unknown action"),
        icon="help-circle",
        progress_text=_lazy("%(n)s of %(total)s done"),
        success_text=ngettext_lazy("Done: %(name)s", "Done: %(n)s documents", "n"),
        failure_text=ngettext_lazy("%(n)s document was not changed", "%(n)s documents were not changed", "n"),
        act=act,
    )
