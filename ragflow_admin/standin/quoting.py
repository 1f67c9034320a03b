"""Builds answers without a language model: the best sentences of the found chunks, as Markdown with `[ID:n]` marks."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ragflow_admin.standin.parsing import tokens
from ragflow_admin.standin.search import Found, Hit

SELF = "I am the built-in stand-in: I have no language model and quote your documents."
NO_DATASET = f"{SELF} This assistant has no dataset, so there is nothing that I could quote."
NOTHING = f"I found nothing about that. {SELF}"
REFUSAL = (
    "**ERROR**: INVALID_REQUEST - Error code: 404 - {'error': {'message': 'the stand-in was asked to fail', "
    "'type': 'invalid_request_error', 'code': 'model_not_found'}}"
)
BROKEN = "**ERROR**: CONNECTION_ERROR - Connection error."
QUOTES = 5
FENCES = ("```", "~~~")
_RECORD = re.compile(r"^(?:[^:;|]{1,60}: [^;|]*; )+[^:;|]{1,60}: [^;|]*$")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+\.)\s+")
_END = re.compile(r"[.!?:;。！？)\"'`]$")  # noqa: RUF001 - full stops of Chinese and Japanese


@dataclass(frozen=True)
class Quote:
    text: str
    mark: int
    score: float


def answer(found: Found, hits: list[Hit], marks: bool = True) -> str:
    """A Markdown answer that quotes `hits` (the chunks of the reference, in its order)."""
    rows = _table(found, hits, marks)
    if rows:
        return f"These rows of **{_plain(hits[0].document_name)}** fit best:\n\n{rows}\n\n_{SELF}_"
    quotes = _best(found, hits)
    if not quotes:
        return NOTHING
    lead, *rest = quotes
    name = _plain(hits[lead.mark].document_name)
    lines = [f"**{name}** says:", "", f"> {lead.text}{_mark(lead.mark, marks)}"]
    if rest:
        lines += ["", "Also:", "", *(f"- {quote.text}{_mark(quote.mark, marks)}" for quote in rest)]
    return "\n".join([*lines, "", f"_{SELF}_"])


def thoughts(question: str, hits: list[Hit]) -> str:
    """The reasoning that a reasoning model would send first."""
    names = ", ".join(dict.fromkeys(hit.document_name for hit in hits[:3]))
    where = names or "the datasets"
    return f"The question is: {question.strip() or '(nothing)'}. I look into {where} and quote what fits."


def research(question: str, hits: list[Hit]) -> str:
    """What RAGFlow's research mode writes before the model's reasoning."""
    return f"Searched for: {question.strip()}<br/>|Found {len(hits)}<br/>"


def halfway(text: str) -> str:
    """The answer of a model that fails halfway, as RAGFlow sends and stores it."""
    return text[: text.find(" ", len(text) // 2) + 1] + BROKEN


def pieces(text: str, size: int = 12) -> Iterator[str]:
    """The text in pieces of about 16 tokens, blanks and line breaks kept."""
    parts = re.findall(r"\s*\S+|\s+$", text)
    for start in range(0, len(parts), size):
        yield "".join(parts[start : start + size])


def _plain(name: str) -> str:
    """A file name, escaped for Markdown."""
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", name)


def _mark(number: int, marks: bool) -> str:
    return f" [ID:{number}]" if marks else ""


def _paragraphs(text: str) -> list[tuple[str, bool]]:
    """(line, is a list item) with wrapped lines joined, without code blocks."""
    out: list[tuple[str, bool]] = []
    before = ""
    for line in _without_tables(_without_code(text.splitlines())):
        item = bool(_ITEM.match(line))
        # A line continues the previous one if that was long and had no final punctuation, as in a PDF.
        wrapped = before.strip() and not item and line.strip() and not re.match(r"\s*(#{1,6} |\||>)", line)
        complete = (
            re.match(r"\s*#{1,6} ", before)
            or _END.search(before.strip())
            or (len(before) < 55 and line[:1].isupper())
            or _RECORD.match(line)
        )
        if wrapped and not complete and not _RECORD.match(before) and out:
            out[-1] = (out[-1][0] + " " + line.strip(), out[-1][1])
        elif line.strip():
            out.append((line.strip(), item))
        before = line
    return out


def _without_code(lines: Sequence[str]) -> list[str]:
    """The lines without those of code blocks that are closed."""
    kept: list[str] = []
    fence, began = "", 0
    for line in lines:
        start = line.strip()[:3]
        kept.append(line)
        if not fence and start in FENCES:
            fence, began = start, len(kept) - 1
        elif fence and line.strip() == fence:
            del kept[began:]
            fence = ""
    return kept


def _without_tables(lines: Sequence[str]) -> Iterator[str]:
    """The lines of a text; rows of Markdown tables as list items `- first cell: other cells`."""
    for is_table, group in itertools.groupby(lines, lambda line: line.lstrip().startswith("|")):
        if is_table:
            yield from _rows_of([_cells(line) for line in group])
        else:
            yield from group


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def _rows_of(table: list[list[str]]) -> Iterator[str]:
    """The rows of a table. Without a header (a chunk may begin within a table) a row is just its cells."""
    ruled = len(table) > 1 and all(re.fullmatch(r":?-+:?", cell) for cell in table[1])
    names = table[0] if ruled else []
    for first, *rest in table[2:] if ruled else table:
        told = [f"{name}: {cell}" for name, cell in zip(names[1:], rest, strict=False) if cell] if ruled else rest
        yield f"- {first} \u2014 " + "; ".join(told)


def _sentences(text: str) -> list[str]:
    """Sentences and list items of a chunk as plain inline Markdown, without headings, tables and rules."""
    out: list[str] = []
    for line, item in _paragraphs(text):
        if re.match(r"#{1,6} |\||-{3,}$|={3,}$", line):
            continue
        clean = re.sub(r"^>\s+", "", _ITEM.sub("", line))
        clean = re.sub(r"!\[[^\[\]]*\]\([^()]*\)", "", clean)
        clean = re.sub(r"\[([^\[\]]+)\]\([^()]*\)", r"\1", clean)
        heading = not item and len(clean) < 60 and not _END.search(clean) and not _RECORD.match(clean)
        if not heading:
            out += re.split(r"(?<=[.!?。！？])\s+(?=[A-Z\d\"'`“(*\u3040-\u9fff])", clean)  # noqa: RUF001
    whole = " ".join(text.split())
    told = [s.strip() for s in out if len(s.split()) > 2 or len(s) > 30]
    return told or ([whole] if whole else [])


def _best(found: Found, hits: list[Hit]) -> list[Quote]:
    total = sum(found.weights.values()) or 1.0
    quotes: dict[str, Quote] = {}
    for mark, hit in enumerate(hits):
        for sentence in _sentences(hit.chunk.content):
            own = set(tokens.words(sentence))
            overlap = sum(weight for word, weight in found.weights.items() if word in own) / total
            brevity = 1.0 if 20 <= len(sentence) <= 320 else 0.6
            score = overlap * brevity * (0.4 + hit.similarity % 1) - 0.01 * mark
            text = sentence if len(sentence) <= 400 else sentence[:397].rsplit(" ", 1)[0] + " …"
            if overlap or not quotes:
                quotes.setdefault(" ".join(sorted(own)), Quote(text, mark, score))
    ranked = sorted(quotes.values(), key=lambda q: -q.score)[:QUOTES]
    floor = ranked[0].score * 0.5 if ranked else 0
    return ranked[:1] + [quote for quote in ranked[1:] if quote.score >= floor]


def _table(found: Found, hits: list[Hit], marks: bool) -> str:
    """The best rows as a Markdown table, if the best chunk consists of rows `Column: value; Column: value`."""
    lines = [line for line in hits[0].chunk.content.splitlines() if line.strip()] if hits else []
    if not lines or not all(_RECORD.match(line) for line in lines):
        return ""
    scored: list[tuple[float, int, dict[str, str]]] = []
    for mark, hit in enumerate(hits):
        for line in filter(_RECORD.match, hit.chunk.content.splitlines()):
            cells = dict(part.split(": ", 1) for part in re.sub(r" \u2014\u2014[^;]*$", "", line).split("; "))
            own = set(tokens.words(" ".join(cells.values())))
            scored.append((sum(weight for word, weight in found.weights.items() if word in own), mark, cells))
    scored.sort(key=lambda row: -row[0])
    names = list(scored[0][2])
    best = [row for row in scored if row[0] >= scored[0][0] * 0.7 and list(row[2]) == names][:8]
    out = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    for _, mark, cells in best:
        row = [value.replace("|", r"\|") for value in cells.values()]
        row[-1] += _mark(mark, marks)
        out.append("| " + " | ".join(row) + " |")
    return "\n".join(out)
