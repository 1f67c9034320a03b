"""The panel of a document's log: its parts as steppers, how long it may still take, advice, and the end of the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core import formatting
from dashboard.documents.parsing import failure_causes, parse_log
from dashboard.documents.parsing.entries import Entry
from dashboard.documents.parsing.parse_log import DONE, EMBEDDING, KEYS, LABELS, LAYOUT, QUEUED, Part
from dashboard.ragflow.types import Document, RunStatus

# So many lines that belong to no stage are shown.
LINES: Final = 50
# From here on the time that was needed so far says something about the rest.
ESTIMATE_FROM: Final = 0.1
ESTIMATE_AFTER: Final = 10.0


@dataclass(frozen=True)
class Step:
    """A stage: ``state`` is done, run, fail, stop, skip or todo; ``note`` says how far it is, ``took`` how long."""

    key: str
    label: str
    state: str
    note: str = ""
    took: str = ""


@dataclass(frozen=True)
class Card:
    """A part of the document. ``title`` is "" for the whole of it; ``lines`` belong to no stage."""

    title: str
    state: str
    facts: str
    error: str
    steps: tuple[Step, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Text:
    """The end of the log as it may be shown; ``left_out`` is how much stood before it, in words, or ""."""

    text: str
    left_out: str


def cards(document: Document) -> list[Card]:
    """The parts of a document in the order of their pages."""
    found = parse_log.parts(document.progress_msg)
    if not found and document.run is RunStatus.RUNNING:
        found = [Part()]
    return [_card(part, document.run) for part in found]


def shown(log: str) -> Text:
    """What is shown of a log as it is: its end, and nothing that could play tricks with the page around it."""
    end = parse_log.tail(log)
    left = len(log) - len(end)
    return Text("\n".join(_plain(line) for line in end.splitlines()), formatting.file_size(left) if left else "")


def seconds_left(entry: Entry) -> float | None:
    """How long a document may still take if it goes on as it did; None when nobody can say."""
    if not entry.running or entry.stalled or entry.progress < ESTIMATE_FROM or entry.seconds < ESTIMATE_AFTER:
        return None
    return entry.seconds * (1 - entry.progress) / entry.progress


def advice(document: Document) -> str:
    """What to do about a document that failed or has no chunks; "" where nothing is wrong, or nobody knows."""
    if document.run is RunStatus.FAIL:
        [cause] = failure_causes.grouped([document])
        return cause.advice if cause.is_known else ""
    if document.run is not RunStatus.DONE or document.chunk_count:
        return ""
    if not document.size:
        return _("The file is empty: upload it again with something in it.")
    layout = str(document.parser_config.get("layout_recognize") or "")
    if document.suffix.lower() == "pdf" and layout not in ("DeepDOC", "true", "True"):
        return _(
            "Is it a scan? Choose the PDF parser DeepDOC in its settings, which reads pictures of text; then retry."
        )
    if document.type == "visual":
        return _("The picture has no text that RAGFlow could read. A model that describes pictures may find some.")
    return _("RAGFlow found no text in it. Open the file: is there text, and does the chunk method suit its kind?")


def _card(part: Part, run: RunStatus) -> Card:
    title, reached = part.title, DONE if run is RunStatus.DONE else part.reached
    lines = tuple(_plain(line) for line in part.lines[-LINES:]) if part.lines and not part.touched else ()
    if part.error:
        state = "fail"
    elif reached == DONE:
        state = "done"
    else:
        state = {RunStatus.RUNNING: "run", RunStatus.CANCEL: "stop"}.get(run, "todo")
    facts = []
    if part.chunks is not None:
        said = ngettext("%(n)s chunk", "%(n)s chunks", part.chunks)
        facts.append(said % {"n": formatting.count(part.chunks)})
    if part.seconds is not None:
        facts.append(formatting.duration(part.seconds))
    steps = () if lines else tuple(_step(part, number, reached, state) for number in range(DONE))
    return Card(title, state, " · ".join(facts), _plain(part.error) if part.error else "", steps, lines)


def _step(part: Part, number: int, reached: int, state: str) -> Step:
    label, took = str(LABELS[KEYS[number]]), part.took.get(number)
    shown_took = formatting.duration(took) if took and took >= 0.05 else ""
    if number == reached and state != "done":
        return Step(KEYS[number], label, state, _note(part, number), shown_took)
    if number > reached:
        return Step(KEYS[number], label, "todo")
    if (number == LAYOUT and number not in part.touched) or (number >= EMBEDDING and part.chunks == 0):
        return Step(KEYS[number], label, "skip", _("not needed"))
    return Step(KEYS[number], label, "done", _note(part, number), shown_took)


def _note(part: Part, number: int) -> str:
    if number == EMBEDDING and part.embedded and part.reached == EMBEDDING:
        return _("%(n)s of %(total)s") % {"n": part.embedded[0], "total": part.embedded[1]}
    if number == QUEUED and part.ahead and part.reached == QUEUED:
        return _("%(n)s ahead") % {"n": part.ahead}
    return ""


def _plain(line: str) -> str:
    return formatting.visible(line) if line.strip() else ""
