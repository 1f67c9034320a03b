"""Locates the text of a chunk in the text of its file, and extracts the part around it.

Blanks are ignored, because parsers wrap lines differently; in markup, tags are ignored too. For long texts this runs
in the sandbox: no Django here.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

# Characters on a page; more would slow the browser down.
WINDOW: Final = 60_000
# Characters to show before the chunk.
BEFORE: Final = 8_000
SAMPLE: Final = 65_536
BLOCK: Final = 65_536
PIECES: Final = 400
# Shorter lines may match by chance.
TELLING: Final = 8
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Every alternative matches or fails at the next "<", so matching stays linear.
_TAG: Final = r"<!--(?:[^-]|-(?!->))*(?:-->|$)|</?[A-Za-z!?][^<>]*>"
_ENTITY: Final = r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,30});"
_SKIPPED: Final = re.compile(_TAG)
_SIGN: Final = re.compile(_ENTITY)
_MARKUP: Final = re.compile(rf"(?P<tag>{_TAG})|(?P<sign>{_ENTITY})|(?P<run>[^\s<&]+|[<&])")
_RUN: Final = re.compile(r"(?P<run>\S+)")
_ASCII: Final = re.compile(r"[\0-\x7f]+")
_UNREADABLE: Final = "\ufffd"
_LABEL: Final = re.compile(r"^\W*(?:Question|Answer|\u95ee\u9898|\u56de\u7b54)\s*[:\uff1a]\s*")
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f\uff1b])")


@dataclass(frozen=True)
class Span:
    """A part of a text, in characters from its beginning."""

    start: int
    end: int


@dataclass(frozen=True)
class Piece:
    """A part of the page. ``is_hit``: it belongs to the chunk; ``is_first``: it is the first hit."""

    text: str
    is_hit: bool = False
    is_first: bool = False


@dataclass(frozen=True)
class View:
    """A page of a text. ``earlier`` and ``later`` are the starts of the pages around it, None at the ends."""

    pieces: tuple[Piece, ...]
    earlier: int | None
    later: int | None


def decoded(content: bytes) -> str:
    """The text of a file in any encoding, without a character cut off at the end."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return codecs.getincrementaldecoder(name)("replace").decode(content)
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        text = content.decode(errors="replace")
    if _is_utf8(text):
        return text
    # Imported only when needed, because it is slow and the sandbox starts for each long text.
    from charset_normalizer import from_bytes

    best = from_bytes(content[:SAMPLE]).best()
    return content.decode(best.encoding if best else "latin-1", "replace")


def view(content: bytes, *, chunk: str, markup: bool = False, at: int | None = None) -> dict[str, Any]:
    """A page of a UTF-8 text as a dict of ``View``'s fields, and ``is_found``: whether the text contains the chunk."""
    text = content.decode("utf-8", "surrogatepass")
    hits = spans(text, chunk, markup=markup)
    return {**asdict(page(text, hits, at)), "is_found": bool(hits)}


def spans(text: str, content: str, *, markup: bool = False) -> tuple[Span, ...]:
    """The spans of ``content`` in ``text``: as a whole, or else those of its lines that are found, in order."""
    hay, wanted = _bare(text, markup), _bare(content, markup=markup or "<table" in content)
    if not wanted:
        return ()
    at = hay.find(wanted)
    if at >= 0:
        return _placed(text, [(at, at + len(wanted))], markup)
    found: list[tuple[int, int]] = []
    end = 0
    for line in _lines(content, markup):
        at = hay.find(line, end)
        if at < 0 and (at := hay.find(line)) < 0:
            continue
        end = at + len(line)
        found.append((at, end))
    return _placed(text, _together(found), markup)


def page(text: str, hits: Sequence[Span], at: int | None = None) -> View:
    """The page of the text that begins ``at``, or the one with the first hit."""
    if at is None:
        at = hits[0].start - BEFORE if hits and len(text) > WINDOW else 0
    at = min(max(0, at), max(0, len(text) - 1))
    start = _line_start(text, at)
    end = _line_start(text, start + WINDOW) if start + WINDOW < len(text) else len(text)
    if end <= start:
        end = min(len(text), start + WINDOW)
    pieces: list[Piece] = []
    done = start
    for hit in hits:
        if hit.end <= done or hit.start >= end:
            continue
        first = max(hit.start, done)
        if first > done:
            pieces.append(Piece(text[done:first]))
        pieces.append(Piece(text[first : min(hit.end, end)], is_hit=True, is_first=not any(p.is_hit for p in pieces)))
        done = min(hit.end, end)
    if done < end:
        pieces.append(Piece(text[done:end]))
    return View(tuple(pieces), max(0, start - WINDOW) if start else None, end if end < len(text) else None)


def _is_utf8(text: str) -> bool:
    """Whether a text decoded as UTF-8 really is UTF-8, even if some characters are broken.

    Bytes of other encodings form a valid UTF-8 character by chance, but far more often not.
    """
    broken = text.count(_UNREADABLE)
    return len(text) - sum(map(len, _ASCII.findall(text))) - broken > broken


def _bare(text: str, markup: bool) -> str:
    """The text without blanks; for markup, without tags and with entities resolved."""
    if markup:
        text = _SIGN.sub(lambda sign: html.unescape(sign[0]), _SKIPPED.sub("", text))
    return "".join(text.split())


def _lines(content: str, markup: bool) -> Iterator[str]:
    """Lines and sentences of a chunk that are long enough to search for."""
    text = re.sub(r"</t[dhr]>|<br\s*/?>", "\n", content) if "<table" in content else content
    told = 0
    for line in re.split(r"[\n\t]+", text):
        bare = _LABEL.sub("", line).strip()
        parts = _SENTENCE.split(bare) if len(bare) > 300 else [bare]
        for part in parts:
            said = _bare(part, markup or "<table" in content)
            if len(said) >= TELLING or (len(said) >= TELLING // 2 and not said.isascii()):
                yield said
                told += 1
                if told == PIECES:
                    return


def _together(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _placed(text: str, found: Sequence[tuple[int, int]], markup: bool) -> tuple[Span, ...]:
    """Map positions in the bare text to spans in the full text. ``found`` is sorted and does not overlap."""
    if not found:
        return ()
    placed: list[Span] = []
    waiting = list(reversed(found))
    start: int | None = None
    begin, passed = _near(text, found[0][0], markup)
    for match in (_MARKUP if markup else _RUN).finditer(text, begin):
        if match.lastgroup == "tag":
            continue
        said = match[0] if match.lastgroup == "run" else "".join(html.unescape(match[0]).split())
        after = passed + len(said)
        while waiting:
            first, last = waiting[-1]
            if start is None and first < after:
                start = match.start() + (first - passed if match.lastgroup == "run" else 0)
            if start is None or last > after:
                break
            end = match.start() + last - passed if match.lastgroup == "run" else match.end()
            placed.append(Span(start, end))
            waiting.pop()
            start = None
        if not waiting:
            break
        passed = after
    return tuple(placed)


def _near(text: str, wanted: int, markup: bool) -> tuple[int, int]:
    """A position shortly before the bare character ``wanted``, and the number of bare characters before it."""
    at = passed = 0
    while at < len(text):
        # Cut between tags, so that no tag is split.
        end = (text.rfind(">", at, at + BLOCK) + 1 if markup else 0) or at + BLOCK
        more = len(_bare(text[at:end], markup))
        if passed + more > wanted:
            break
        at, passed = end, passed + more
    return at, passed


def _line_start(text: str, at: int) -> int:
    """The start of the line, unless it is far away."""
    found = text.rfind("\n", max(0, at - 2_000), at)
    return found + 1 if found >= 0 else at
