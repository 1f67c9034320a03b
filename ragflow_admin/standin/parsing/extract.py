"""Extracts text from files: txt, md, csv, json, html, pdf, docx, xlsx; other text formats as plain text."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

MAX_BYTES = 128 * 1024 * 1024
PICTURES = ("png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff")


class Unreadable(Exception):
    """The file can't be read; the message goes into the parsing log."""


@dataclass(frozen=True)
class Section:
    """A piece of text in reading order: a paragraph, a line, a row or a page's line."""

    text: str
    position: tuple[int, int, int, int, int] | None = None  # page, x0, x1, top, bottom
    starts: bool = False  # a heading: chunks preferably begin here


@dataclass(frozen=True)
class Table:
    """Rows of one sheet; the first row names the columns."""

    name: str
    rows: list[list[str]]


@dataclass
class Extracted:
    sections: list[Section] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    pages: int = 0


def decoded(content: bytes) -> str:
    """Bytes as text: UTF-8 (with or without BOM), UTF-16 with BOM, else Latin-1."""
    for mark, name in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(name, "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def extract(path: Path, suffix: str) -> Extracted:
    """The text of a file with the given extension. Raises Unreadable with the reason."""
    if path.stat().st_size > MAX_BYTES:
        raise Unreadable("File size exceeds( <= 128Mb )")
    reader = {
        "pdf": _pdf, "docx": _docx, "xlsx": _xlsx, "csv": _csv, "json": _json, "jsonl": _text, "ldjson": _text,
        "html": _html, "htm": _html, "md": _markdown, "mdx": _markdown, **dict.fromkeys(PICTURES, _picture),
    }.get(suffix, _text)  # fmt: skip
    if suffix in ("doc", "xls", "ppt", "pptx", "msg", "rtf", "wps"):
        raise Unreadable(f"The stand-in cannot read .{suffix} files")
    try:
        return reader(path)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:
        # The libraries raise all kinds of errors for a broken file.
        raise Unreadable(str(error) or type(error).__name__) from error


def _text(path: Path) -> Extracted:
    return Extracted([Section(line) for line in decoded(path.read_bytes()).split("\n")])


def _markdown(path: Path) -> Extracted:
    """Headings start sections; a code block or a table is kept together."""
    out: list[Section] = []
    block: list[str] = []
    fenced = False
    for line in decoded(path.read_bytes()).splitlines():
        fence = line.lstrip().startswith(("```", "~~~"))
        if not fenced and not fence and (not line.strip() or re.match(r"#{1,6} ", line)):
            if block:
                out.append(Section("\n".join(block)))
                block = []
            if line.strip():
                out.append(Section(line, starts=True))
            continue
        fenced ^= fence
        block.append(line)
    if block:
        out.append(Section("\n".join(block)))
    return Extracted(out)


def _csv(path: Path) -> Extracted:
    text = decoded(path.read_bytes())
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:4096], ",;\t|")
    except csv.Error:
        dialect = csv.excel
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), dialect) if any(row)]
    return Extracted(tables=[Table("", rows)])


def _is_record(value: Any) -> bool:
    return isinstance(value, dict) and not any(isinstance(item, (dict, list)) for item in value.values())


def _json(path: Path) -> Extracted:
    """Lists of flat objects become tables, everything else lines `path: value`."""
    out: list[Section] = []
    tables: list[Table] = []

    def walk(value: Any, at: str) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                walk(item, f"{at}.{key}" if at else str(key))
        elif isinstance(value, list) and value and all(_is_record(item) for item in value):
            names = list(dict.fromkeys(name for item in value for name in item))
            rows = [[str(item.get(name, "")) for name in names] for item in value]
            tables.append(Table(at, [names, *rows]))
        elif isinstance(value, list):
            for n, item in enumerate(value):
                walk(item, f"{at}[{n}]")
        else:
            out.append(Section(f"{at}: {value}" if at else str(value)))

    walk(json.loads(decoded(path.read_bytes())), "")
    return Extracted(out, tables)


class _Reader(HTMLParser):
    BLOCKS = frozenset({
        "p", "div", "li", "tr", "br", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "table", "ul",
        "ol", "dt", "dd", "pre",
    })  # fmt: skip
    SILENT = frozenset(("script", "style", "noscript", "template"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[Section] = []
        self.line = ""
        self.silent = 0
        self.heading = False

    def flush(self) -> None:
        text = " ".join(self.line.split())
        if text:
            self.out.append(Section(text, starts=self.heading))
        self.line, self.heading = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.SILENT:
            self.silent += 1
        elif tag in self.BLOCKS:
            self.flush()
            self.heading = bool(re.fullmatch("h[1-6]", tag))
        elif tag in ("td", "th") and self.line.strip():
            self.line += "; "

    def handle_endtag(self, tag: str) -> None:
        if tag in self.SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in self.BLOCKS:
            self.flush()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.line += data


def _html(path: Path) -> Extracted:
    reader = _Reader()
    reader.feed(decoded(path.read_bytes()))
    reader.close()
    reader.flush()
    return Extracted(reader.out)


def _docx(path: Path) -> Extracted:
    import docx
    from docx.table import Table as DocxTable
    from docx.text.paragraph import Paragraph

    out = Extracted()
    for part in docx.Document(str(path)).iter_inner_content():
        if isinstance(part, Paragraph):
            if part.text.strip():
                style = part.style.name if part.style is not None else ""
                out.sections.append(Section(part.text, starts=(style or "").startswith(("Heading", "Title"))))
        elif isinstance(part, DocxTable):
            rows = [[cell.text.strip() for cell in row.cells] for row in part.rows]
            out.sections += [Section(line) for line in lines_of(Table("", rows))]
    return out


def _xlsx(path: Path) -> Extracted:
    import openpyxl

    out = Extracted()
    # Stored files have no extension, which the library requires, so it gets an open file instead.
    with path.open("rb") as file:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        out.tables += _sheets(book)
        book.close()
    return out


def _sheets(book: Any) -> list[Table]:
    tables = []
    for sheet in book.worksheets:
        rows = [["" if v is None else str(v) for v in row] for row in sheet.iter_rows(values_only=True)]
        rows = [row for row in rows if any(row)]
        if rows:
            tables.append(Table(sheet.title, rows))
    return tables


def _picture(path: Path) -> Extracted:
    """Describes an image by its size only, because there is no vision model."""
    import PIL.Image

    with PIL.Image.open(path) as picture:
        return Extracted([Section(f"A picture of {picture.width} by {picture.height} points.")])


def _pdf(path: Path) -> Extracted:
    import pypdf

    reader = pypdf.PdfReader(str(path), strict=False)
    out = Extracted(pages=len(reader.pages))
    for number, page in enumerate(reader.pages, 1):
        height, width = float(page.mediabox.height), float(page.mediabox.width)
        boxes = _Boxes(width, height)
        lines = [line for line in page.extract_text(visitor_text=boxes.see).splitlines() if line.strip()]
        # Lines without a known box are spread over the page from top to bottom.
        step = height * 0.84 / max(len(lines), 12)
        for n, line in enumerate(lines):
            top = int(height * 0.08 + n * step)
            box = boxes.of(line) or (int(width * 0.1), int(width * 0.9), top, int(top + step))
            out.sections.append(Section(line, (number, *box)))
    return out


class _Boxes:
    """Approximate positions of a page's lines, in points from the upper left corner. pypdf knows where texts begin."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.seen: list[tuple[str, tuple[int, int, int, int]]] = []

    def see(self, text: str, cm: Any, tm: Any, font: Any, size: Any) -> None:
        if not text.strip():
            return
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        letter = abs(float(size or 10) * (tm[3] or 1) * (cm[3] or 1)) or 10.0
        for n, line in enumerate(text.strip("\n").split("\n")):
            if not line.strip():
                continue
            base = self.height - y + n * letter * 1.3
            right = min(self.width, x + len(line) * letter * 0.46)
            box = (int(x), int(right), int(base - letter * 0.9), int(base + letter * 0.3))
            if 0 <= box[0] < self.width and 0 <= box[2] < self.height:
                self.seen.append((line.strip(), box))

    def of(self, line: str) -> tuple[int, int, int, int] | None:
        """The box around the texts of the line; each text is used once, in page order."""
        found: list[tuple[int, int, int, int]] = []
        left = line.strip()
        while self.seen and left.startswith(self.seen[0][0]):
            text, box = self.seen.pop(0)
            left = left[len(text) :].strip()
            found.append(box)
        if not found:
            return None
        x0, x1, tops, ends = zip(*found, strict=True)
        return min(x0), max(x1), min(tops), max(ends)


def lines_of(table: Table) -> list[str]:
    """Each row as `Column: value; Column: value`, as it is searched and quoted."""
    head, *rows = table.rows or [[]]
    tail = f" \u2014\u2014{table.name}" if table.name else ""
    return [
        "; ".join(f"{name}: {value}" for name, value in zip(head, row, strict=False) if value) + tail for row in rows
    ]
