"""Answers without a language model: the best sentences of the found chunks, as short Markdown with `[ID:n]` marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ragflow_admin.standin.parsing import tokens
from ragflow_admin.standin.search import Found, Hit

SELF = "I am the built-in stand-in: I have no language model and quote your documents."
NO_DATASET = f"{SELF} This assistant has no dataset, so there is nothing I could quote."
NOTHING = f"{SELF} I found nothing about that."
REFUSAL = (
    "**ERROR**: INVALID_REQUEST - Error code: 404 - {'error': {'message': 'the stand-in was asked to fail', "
    "'type': 'invalid_request_error', 'code': 'model_not_found'}}"
)
QUOTES = 5
_RECORD = re.compile(r"^(?:[^:;|]{1,60}: [^;|]*; )+[^:;|]{1,60}: [^;|]*$")


@dataclass(frozen=True)
class Quote:
    text: str
    mark: int
    score: float
    place: int


def answer(found: Found, hits: list[Hit], marks: bool = True) -> str:
    """A Markdown answer that quotes `hits` (the chunks of the reference, in its order)."""
    rows = _table(found, hits, marks)
    if rows:
        return f"{SELF} These rows fit best:\n\n{rows}"
    quotes = _best(found, hits)
    if not quotes:
        return NOTHING
    lead, *rest = quotes
    lines = [f"{SELF} This fits best:", "", f"> {lead.text}{_mark(lead.mark, marks)}"]
    if rest:
        lines += ["", "Also:", "", *(f"- {quote.text}{_mark(quote.mark, marks)}" for quote in rest)]
    return "\n".join(lines)


def thoughts(question: str, hits: list[Hit]) -> str:
    """What a reasoning model would mutter first."""
    names = ", ".join(dict.fromkeys(hit.document_name for hit in hits[:3]))
    where = names or "the datasets"
    return f"The question is: {question.strip() or '(nothing)'}. I look into {where} and quote what fits."


def pieces(text: str, size: int = 14) -> Iterator[str]:
    """The text in pieces of about 16 tokens, blanks and line breaks kept."""
    parts = re.findall(r"\s*\S+|\s+$", text)
    for start in range(0, len(parts), size):
        yield "".join(parts[start : start + size])


def _mark(number: int, marks: bool) -> str:
    return f" [ID:{number}]" if marks else ""


def _sentences(text: str) -> list[str]:
    """Sentences and list items of a chunk as plain inline Markdown; code, headings and rules are left out."""
    text = re.sub(r"(?ms)^\s*(```|~~~).*?^\s*\1\s*$", "", text)
    out: list[str] = []
    for raw in re.split(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+\.|#{1,6}|\||>)\s?)", text):
        line = " ".join(raw.split())
        if not line or re.match(r"#{1,6} |\||-{3,}$|={3,}$", line):
            continue
        line = re.sub(r"^(?:[-*+]|\d+\.|>)\s+", "", line)
        line = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", line)
        line = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", line)
        out += [part.strip() for part in re.split(r"(?<=[.!?。！？])\s+(?=[A-Z\d\"'`“(*\u3040-\u9fff])", line)]  # noqa: RUF001
    return [s for s in out if len(s) > 3]


def _best(found: Found, hits: list[Hit]) -> list[Quote]:
    wanted = set(found.words)
    quotes: dict[str, Quote] = {}
    place = 0
    for mark, hit in enumerate(hits):
        sentences = _sentences(hit.chunk.content)
        for at, sentence in enumerate(sentences):
            own = set(tokens.words(sentence))
            overlap = len(own & wanted) / max(len(wanted), 1)
            if not overlap and not (at == 0 and mark == 0):
                continue
            brevity = 1.0 if 20 <= len(sentence) <= 320 else 0.6
            score = overlap * brevity * (0.5 + hit.term_similarity / 2) - 0.02 * mark
            text = sentence if len(sentence) <= 400 else sentence[:397].rsplit(" ", 1)[0] + " …"
            place += 1
            quotes.setdefault(" ".join(sorted(own)), Quote(text, mark, score, place))
    ranked = sorted(quotes.values(), key=lambda q: -q.score)[:QUOTES]
    if not ranked:
        return []
    floor = ranked[0].score * 0.45
    return ranked[:1] + [quote for quote in ranked[1:] if quote.score >= floor]


def _table(found: Found, hits: list[Hit], marks: bool) -> str:
    """The best rows as a Markdown table, when the best chunk is made of rows `Column: value; Column: value`."""
    if not hits:
        return ""
    lines = [line for line in hits[0].chunk.content.splitlines() if line.strip()]
    if not lines or not all(_RECORD.match(line) for line in lines):
        return ""
    wanted = set(found.words)
    scored: list[tuple[float, int, dict[str, str]]] = []
    for mark, hit in enumerate(hits):
        for line in hit.chunk.content.splitlines():
            if _RECORD.match(line):
                cells = dict(part.split(": ", 1) for part in re.sub(r" \u2014\u2014[^;]*$", "", line).split("; "))
                scored.append((len(set(tokens.words(line)) & wanted), mark, cells))
    best = sorted(scored, key=lambda row: -row[0])[:8]
    best = [row for row in best if row[0] >= max(1, best[0][0] - 1)]
    if not best:
        return ""
    names = list(best[0][2])
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    for _, mark, cells in best:
        row = [cells.get(name, "").replace("|", r"\|") for name in names]
        row[-1] += _mark(mark, marks)
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines)
