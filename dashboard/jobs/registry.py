"""What a job can do with a document. Areas register their actions here; the engine knows nothing else of them."""

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
    """The action cannot be done with this document; the message says why, for people. The job goes on with the next."""


class ActionSkipped(Exception):
    """The document is as it should be, or the action does not concern it; the message may say why."""


class RetryLater(Exception):
    """It is too early for this document: have it looked at again after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"look again in {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True)
class ActionTarget:
    """A document of a job, whether it is still there or not.

    ``options`` are the job's, ``payload`` is this document's own; both are what the job was started with. ``batch``
    joins the parse runs of one job.
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
    """A document's turn, with the document as RAGFlow has it now; its identity alone for an ``unseen`` action."""

    document: Document = field(kw_only=True)


def mark_of(document: Document) -> str:
    """What changes about a document with every write."""
    at = document.updated_at.timestamp() if document.updated_at else 0
    return f"{at} {document.run.value}"


def changed_since(turn: ActionContext, mark: str) -> bool:
    """Whether the document looks otherwise than it did before the action was sent."""
    return mark_of(turn.document) != mark


def _nothing(_turn: ActionContext) -> None:
    return None


def always(_options: Mapping[str, Any]) -> bool:
    """For ``Action.unseen``: whatever the options of the job are."""
    return True


def never(_options: Mapping[str, Any]) -> bool:
    """For ``Action.unseen``: an action that has to know the document as it is."""
    return False


def _any_run(_options: Mapping[str, Any]) -> RunStatus | None:
    return None


@dataclass(frozen=True)
class Link:
    """Where the page of a job leads once it has ended, such as to a file that undoes it."""

    label: str
    icon: str
    url: str


@dataclass(frozen=True)
class Action:
    """One thing that can be done with a document.

    ``act`` sends it, in one or two calls; it raises the client's errors, or ActionFailed with a reason, ActionSkipped
    or RetryLater. ``already_applied`` says whether what was sent by a worker that died has been carried out (given the
    mark from before). ``done`` is called once for each document that is through. ``on_missing`` is called for a
    document that RAGFlow no longer knows; without it that is a failure. ``delay`` returns how many seconds the
    document still has to wait, before RAGFlow is asked anything. ``deletes`` refuses to begin when there are not as
    many as somebody was told. ``audited`` is how the audit trail calls its writes: whoever finds them done after a
    worker died notes them there. ``collect`` lists what a job's query means, page by page; without it, jobs start with
    documents. ``warn_before_retry`` says what a retry of documents of these ids would cost, "" for nothing; then it
    asks first. ``links`` are for the job's page once it ended. ``targets_chunks``: the action is for a part, such as a
    chunk, of the document that ``options["document_id"]`` names.

    What a turn costs: with ``unseen`` (given the job's options) the document is not looked at before ``act``, which
    gets its identity alone (``Document.identity``); only one that may have been sent before is looked at. The others
    are looked at many at a time. Where the action is for documents of one run status alone, ``run_wanted`` says which:
    then they are found among those.

    Words: ``label`` heads the job, ``progress_text`` has ``%(n)s of %(total)s``, ``success_text`` and ``failure_text``
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
        """The id of the document that is read for a turn."""
        return str(place.options["document_id"]) if self.targets_chunks else place.document_id

    def target_of(self, place: ActionTarget) -> str:
        """The id of what is changed in a turn, as the audit trail has it."""
        return str(place.payload["id"]) if self.targets_chunks else place.document_id

    def say_done(self, names: Sequence[str]) -> str:
        """What was done with the documents of these names; there is at least one."""
        return str(self.success_text % {"n": len(names), "name": visible(names[0])})

    def say_failed(self, number: int) -> str:
        """With how many it was not done."""
        return str(self.failure_text % {"n": number})

    def say_so_far(self, done: int, total: int) -> str:
        """With how many of how many it is done."""
        return str(self.progress_text % {"n": count(done), "total": count(total)})


_actions: dict[str, Action] = {}


def register(action: Action) -> Action:
    """Make the action known. Called when the module of an area is imported (``dashboard/apps.py`` does that)."""
    if action.key in _actions and _actions[action.key] is not action:
        raise ValueError(f"There is an action “{action.key}” already.")
    _actions[action.key] = action
    return action


def get(key: str) -> Action:
    """The action; one that does nothing but say so, for a job that another release started."""
    return _actions.get(key) or _unknown(key)


def keys() -> tuple[str, ...]:
    """All actions there are."""
    return tuple(_actions)


def _unknown(key: str) -> Action:
    def act(_turn: ActionContext) -> None:
        raise ActionFailed(_("This version of the dashboard does not know “%(action)s”.") % {"action": key})

    return Action(
        key=key,
        label=_lazy("Unknown action"),
        icon="help-circle",
        progress_text=_lazy("%(n)s of %(total)s done"),
        success_text=ngettext_lazy("Done: %(name)s", "Done: %(n)s documents", "n"),
        failure_text=ngettext_lazy("%(n)s document was left as it was", "%(n)s documents were left as they were", "n"),
        act=act,
    )
