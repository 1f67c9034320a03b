"""The log panel of a document: its stages, the estimated time left, advice, and the end of the log."""

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

# The most lines shown that belong to no stage.
LINES: Final = 50
# The progress from which the elapsed time allows an estimate.
ESTIMATE_FROM: Final = 0.1
ESTIMATE_AFTER: Final = 10.0


@dataclass(frozen=True)
class Step:
    """A stage: ``state`` is done, run, fail, stop, skip or todo; ``note`` is its progress, ``took`` its duration."""

    key: str
    label: str
    state: str
    note: str = ""
    took: str = ""


@dataclass(frozen=True)
class Card:
    """A part of the document. ``title`` is "" for the whole document; ``lines`` belong to no stage."""

    title: str
    state: str
    facts: str
    error: str
    steps: tuple[Step, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Text:
    """The end of the log; ``left_out`` is the size of the omitted beginning as text, or ""."""

    text: str
    left_out: str


def cards(document: Document) -> list[Card]:
    """The parts of a document in page order."""
    found = parse_log.parts(document.progress_msg)
    if not found and document.run is RunStatus.RUNNING:
        found = [Part()]
    return [_card(part, document.run) for part in found]


def shown(log: str) -> Text:
    """The end of the log for display, with deceptive characters made visible."""
    end = parse_log.tail(log)
    left = len(log) - len(end)
    return Text("\n".join(_plain(line) for line in end.splitlines()), formatting.file_size(left) if left else "")


def seconds_left(entry: Entry) -> float | None:
    """The estimated time left for a document; None if unknown."""
    if not entry.running or entry.stalled or entry.progress < ESTIMATE_FROM or entry.seconds < ESTIMATE_AFTER:
        return None
    return entry.seconds * (1 - entry.progress) / entry.progress


def advice(document: Document) -> str:
    """Advice for a document that failed or has no chunks; "" if there is none."""
    if document.run is RunStatus.FAIL:
        [cause] = failure_causes.grouped([document])
        return cause.advice if cause.is_known else ""
    if document.run is not RunStatus.DONE or document.chunk_count:
        return ""
    if not document.size:
        return _("The file is empty. Upload one with content.")
    layout = str(document.parser_config.get("layout_recognize") or "")
    if document.suffix.lower() == "pdf" and layout not in ("DeepDOC", "true", "True"):
        return _(
            "If this is a scan, choose the PDF parser DeepDOC in its settings, which reads text in images, then retry."
        )
    if document.type == "visual":
        return _("RAGFlow could not read any text in the picture. A vision model may be able to describe it.")
    return _("RAGFlow found no text. Check that the file contains text and that the chunk method suits it.")


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
