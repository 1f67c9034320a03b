"""The text of Word files and the tables of workbooks. Runs in the sandbox: no Django here.

Both are zips of XML, and a small zip can unpack to a huge file. The limits count everything read, not only what is
found: empty rows and cells count too.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import IO, Any, Final
from xml.etree import ElementTree
from xml.parsers import expat

from dashboard.chunks.source import table
from dashboard.sandbox.refusal import Refused

UNPACKED: Final = 48 * 1024 * 1024
CHARACTERS: Final = 4 * 1024 * 1024
# XML elements of a Word file to read.
ELEMENTS: Final = 1_000_000
SHEETS: Final = 30
BLOCK: Final = 65_536
_MAIN: Final = "/officeDocument"
_INSIDE: Final = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011"}
# Text boxes are outside the text, and usually duplicated; deleted text is not visible; the tabs in the settings of a
# paragraph are not text.
_SKIPPED: Final = frozenset({"txbxContent", "Fallback", "del", "moveFrom", "pPr"})
# Raised for a broken, encrypted or unsupported zip, and for broken XML.
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
    expat.ExpatError,
    ElementTree.ParseError,
)


def words(content: bytes) -> dict[str, Any]:
    """The ``text`` of a Word file, one line per paragraph or table row, and whether it ``is_whole``.

    Raises Refused("unreadable").
    """
    reader = _Words()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            _check_size(packed)
            with packed.open(_main_part(packed)) as document:
                reader.read(document)
    except _BROKEN as error:
        raise Refused("unreadable") from error
    return {"text": reader.text, "is_whole": reader.is_whole}


def workbook(content: bytes) -> list[dict[str, Any]]:
    """The sheets of an xlsx file (see ``source_table.sheet``). Raises Refused("unreadable")."""
    import openpyxl

    budget = table.Budget()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            _check_size(packed)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        return [
            found
            for sheet in book.worksheets[:SHEETS]
            if (found := table.sheet(sheet.title, sheet.iter_rows(values_only=True, max_col=table.COLUMNS), budget))
        ]
    except (MemoryError, Refused):
        raise
    except Exception as error:
        # The library raises all kinds of errors for a broken file.
        raise Refused("unreadable") from error


def _check_size(packed: zipfile.ZipFile) -> None:
    if sum(member.file_size for member in packed.infolist()) > UNPACKED:
        raise Refused("too large")


def _main_part(packed: zipfile.ZipFile) -> str:
    """The name of the part with the text, which differs between programs."""
    with packed.open("_rels/.rels") as relations:
        for relation in ElementTree.fromstring(relations.read(BLOCK)):  # noqa: S314 - expat blocks XML bombs
            if relation.get("Type", "").endswith(_MAIN):
                return relation.get("Target", "").lstrip("/")
    raise Refused("unreadable")


class _Full(Exception):
    """A limit was reached."""


class _Words:
    """Collects the text while parsing, so that only the text is kept in memory."""

    def __init__(self) -> None:
        self.is_whole = True
        self._lines: list[str] = []
        self._line: list[str] = []
        self._row: list[str] = []
        self._rows = self._skipped = self._elements = self._characters = 0
        self._is_text = False

    @property
    def text(self) -> str:
        return "\n".join(self._lines)

    def read(self, document: IO[bytes]) -> None:
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._said
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            while block := document.read(BLOCK):
                parser.Parse(block, False)
            parser.Parse(b"", True)
        except _Full:
            self.is_whole = False
            self._end_line()

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > ELEMENTS:
            raise _Full
        name = name.rpartition("}")[2]
        if name in _SKIPPED:
            self._skipped += 1
        elif self._skipped:
            return
        elif name == "t":
            self._is_text = True
        elif name in _INSIDE:
            self._line.append(_INSIDE[name])
        elif name == "tr":
            self._rows += 1

    def _end(self, name: str) -> None:
        name = name.rpartition("}")[2]
        if name in _SKIPPED:
            self._skipped -= 1
        elif self._skipped:
            return
        elif name == "t":
            self._is_text = False
        elif name == "p" and not self._rows:
            self._end_line()
        elif name == "p":
            self._line.append("\n")
        elif name == "tc" and self._rows == 1:
            self._row.append("".join(self._line).strip())
            self._line.clear()
        elif name == "tr":
            self._rows -= 1
            if not self._rows:
                self._lines.append("\t".join(self._row).rstrip())
                self._row.clear()

    def _said(self, text: str) -> None:
        if self._is_text and not self._skipped:
            self._line.append(text)
            self._characters += len(text)
            if self._characters > CHARACTERS:
                raise _Full

    def _end_line(self) -> None:
        self._lines.append("\t".join((*self._row, "".join(self._line))))
        self._row.clear()
        self._line.clear()

    def _doctype(self, *_about: object) -> None:
        raise Refused("unreadable")  # Word never writes one, so this would be an attack
