"""Splits sections into chunks, by chunk method."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ragflow_admin.standin.parsing import tokens
from ragflow_admin.standin.parsing.extract import Extracted, Section, Table, lines_of

Position = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class Piece:
    """A chunk before it is stored."""

    content: str
    positions: list[list[int]]


def chunked(extracted: Extracted, method: str, config: dict[str, Any]) -> list[Piece]:
    """The chunks of an extracted file, in reading order, without blank ones."""
    limit = max(1, int(config.get("chunk_token_num") or 512))
    delimiter = str(config.get("delimiter") or "\n").replace(r"\n", "\n")
    if method == "one":
        made: Iterator[list[Section]] = iter([_all_sections(extracted)])
    elif method in ("table", "tag", "resume") and extracted.tables:
        made = ([Section(_record(table, row))] for table in extracted.tables for row in table.rows[1:])
    elif method == "qa":
        made = ([section] for section in _questions(extracted))
    elif method == "presentation" and extracted.pages:
        made = _by_page(extracted.sections)
    else:
        made = _merged(_all_sections(extracted), limit, delimiter)
    pieces = []
    for number, sections in enumerate(made):
        content = "\n".join(s.text for s in sections)
        if content.strip():
            pieces.append(Piece(content, _positions(sections, number)))
    return pieces


def _positions(sections: list[Section], number: int) -> list[list[int]]:
    """The positions of a chunk: the boxes of its lines in a PDF (one per page), else its number (contract §12.2)."""
    boxes: dict[int, list[int]] = {}
    for section in sections:
        if section.position is not None:
            page, x0, x1, top, bottom = section.position
            box = boxes.setdefault(page, [page, x0, x1, top, bottom])
            box[1], box[2] = min(box[1], x0), max(box[2], x1)
            box[3], box[4] = min(box[3], top), max(box[4], bottom)
    return list(boxes.values()) or [[number + 1, number, number, number, number]]


def _all_sections(extracted: Extracted) -> list[Section]:
    rows = [Section(line) for table in extracted.tables for line in lines_of(table)]
    return extracted.sections + rows


def _split(section: Section, delimiter: str, limit: int) -> Iterator[Section]:
    """A section, split at the delimiters if it is longer than a chunk."""
    if tokens.count(section.text) <= limit:
        yield section
        return
    marks = re.findall(r"`([^`]+)`", delimiter) or list(delimiter)
    pattern = "|".join(re.escape(mark) for mark in marks) or "\n"
    parts = [part for part in re.split(f"({pattern})", section.text) if part]
    line = ""
    for part in parts:
        if line and tokens.count(line + part) > limit:
            yield Section(line, section.position)
            line = ""
        line += part
    if line.strip():
        yield Section(line, section.position)


def _merged(sections: list[Section], limit: int, delimiter: str) -> Iterator[list[Section]]:
    """Sections merged until a chunk has more than `limit` tokens; headings preferably start a new one."""
    chunk: list[Section] = []
    size = 0
    for whole in sections:
        if not whole.text.strip():
            continue
        for section in _split(whole, delimiter, limit):
            if chunk and (size > limit or (section.starts and size > limit // 3)):
                yield chunk
                chunk, size = [], 0
            chunk.append(section)
            size += tokens.count(section.text)
    if chunk:
        yield chunk


def _by_page(sections: list[Section]) -> Iterator[list[Section]]:
    pages: dict[int, list[Section]] = {}
    for section in sections:
        pages.setdefault(section.position[0] if section.position else 0, []).append(section)
    yield from pages.values()


def _record(table: Table, row: list[str]) -> str:
    """A row of the table method: one line per column."""
    return "\n".join(f"- {name}: {value}" for name, value in zip(table.rows[0], row, strict=False) if value)


def _questions(extracted: Extracted) -> Iterator[Section]:
    """Pairs of question and answer: two columns of a table, or lines separated by a tab or comma."""
    for table in extracted.tables:
        for row in table.rows:
            if len(row) >= 2 and row[0] and row[1]:
                yield Section(f"Question: {row[0]}\tAnswer: {row[1]}")
    for section in extracted.sections:
        question, tab, answer = section.text.partition("\t" if "\t" in section.text else ",")
        if tab and question.strip() and answer.strip():
            yield Section(f"Question: {question.strip()}\tAnswer: {answer.strip()}")
