"""Which settings each chunk method has, with their ranges and defaults (contract §7.1).

The single source: the form is built from it, and pages that show a dataset's settings read it too. A key with a dot is
one inside a group: ``raptor.threshold`` is ``{"raptor": {"threshold": …}}``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(StrEnum):
    """How a setting is entered."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    SWITCH = "switch"
    CHOICE = "choice"
    TEXT = "text"
    LONG_TEXT = "long text"
    DELIMITER = "delimiter"
    WORDS = "words"
    TAG_SETS = "tag sets"
    PAGES = "pages"


class Section(StrEnum):
    """Where on the form a setting stands; all but MAIN are folded away."""

    MAIN = "main"
    TAGS = "tags"
    MORE = "more"
    RAPTOR = "raptor"
    GRAPH = "graphrag"


SECTION_LABELS: dict[Section, str | Promise] = {
    Section.TAGS: _("Tags from tag sets"),
    Section.MORE: _("More"),
    Section.RAPTOR: _("RAPTOR"),
    Section.GRAPH: _("Knowledge graph"),
}


@dataclass(frozen=True)
class ParserField:
    """One setting. ``low`` and ``high`` are inclusive; ``optional`` ones may stay empty and are then not sent."""

    key: str
    kind: Kind
    label: str | Promise
    default: Any = None
    low: float | None = None
    high: float | None = None
    step: float | None = None
    unit: str | Promise = ""
    help: str | Promise = ""
    choices: tuple[tuple[str, str | Promise], ...] = ()
    section: Section = Section.MAIN
    optional: bool = False

    @property
    def name(self) -> str:
        """The key as the name of a form field."""
        return self.key.replace(".", "__")


LAYOUT = ParserField(
    "layout_recognize",
    Kind.CHOICE,
    _("PDF parser"),
    default="DeepDOC",
    choices=(("DeepDOC", "DeepDOC"), ("Plain Text", _("Plain Text"))),
    help=_("DeepDOC reads scans, columns and tables; Plain Text is faster but sees only text."),
)
CHUNK_SIZE = ParserField(
    "chunk_token_num",
    Kind.INTEGER,
    _("Chunk size"),
    default=512,
    low=1,
    high=2048,
    unit=_("tokens"),
    help=_("Longer chunks give more context, shorter ones sharper hits."),
)
DELIMITER = ParserField(
    "delimiter",
    Kind.DELIMITER,
    _("Delimiter"),
    default="\n",
    help=_("Write \\n for a line break. More than one character goes in backticks, as in `##`."),
)
KEYWORDS = ParserField(
    "auto_keywords",
    Kind.INTEGER,
    _("Keywords per chunk"),
    default=0,
    low=0,
    high=32,
    help=_("Written by the language model, which takes time for each chunk."),
)
QUESTIONS = ParserField(
    "auto_questions",
    Kind.INTEGER,
    _("Questions per chunk"),
    default=0,
    low=0,
    high=10,
    help=_("Written by the language model, which takes time for each chunk."),
)
HTML_SHEETS = ParserField(
    "html4excel",
    Kind.SWITCH,
    _("Excel sheets as HTML tables"),
    default=False,
    help=_("Keeps the headings with every row."),
)
TASK_PAGES = ParserField(
    "task_page_size",
    Kind.INTEGER,
    _("Pages per task"),
    default=12,
    low=1,
    help=_("A long PDF is parsed in parts of this many pages, several at a time."),
    section=Section.MORE,
    optional=True,
)
PAGES = ParserField(
    "pages",
    Kind.PAGES,
    _("Pages to parse"),
    help=_("Of PDF files, such as 1-20, 30-45. Empty: all pages."),
    section=Section.MORE,
    optional=True,
)
FILENAME_WEIGHT = ParserField(
    "filename_embd_weight",
    Kind.DECIMAL,
    _("Weight of the file name"),
    default=0.1,
    low=0,
    high=1,
    step=0.01,
    help=_("How much the document's name counts in the vectors of its chunks."),
    section=Section.MORE,
    optional=True,
)
TAG_SETS = ParserField(
    "tag_kb_ids",
    Kind.TAG_SETS,
    _("Tag sets"),
    help=_("Datasets with the method Tag; the chunks get the tags that fit."),
    section=Section.TAGS,
    optional=True,
)
TOP_TAGS = ParserField("topn_tags", Kind.INTEGER, _("Tags per chunk"), default=1, low=1, high=10, section=Section.TAGS)
RAPTOR = (
    ParserField(
        "raptor.use_raptor",
        Kind.SWITCH,
        _("Use RAPTOR"),
        default=False,
        help=_("Summaries of summaries, for questions about a whole document. It is run by itself, not by parsing."),
    ),
    ParserField(
        "raptor.max_token", Kind.INTEGER, _("Length of a summary"), default=256, low=1, high=2048, unit=_("tokens")
    ),
    ParserField("raptor.threshold", Kind.DECIMAL, _("Threshold"), default=0.1, low=0, high=1, step=0.01),
    ParserField("raptor.max_cluster", Kind.INTEGER, _("Clusters at most"), default=64, low=1, high=1024),
    ParserField("raptor.random_seed", Kind.INTEGER, _("Random seed"), default=0, low=0),
    ParserField(
        "raptor.auto_disable_for_structured_data",
        Kind.SWITCH,
        _("Leave out spreadsheets"),
        default=True,
        help=_("And other structured files: summaries of rows are of little use."),
    ),
    ParserField(
        "raptor.prompt",
        Kind.LONG_TEXT,
        _("Prompt"),
        optional=True,
        help=_(
            "The text to sum up stands for {cluster_content}. A new dataset takes RAGFlow's own when this is empty."
        ),
    ),
)
GRAPH = (
    ParserField(
        "graphrag.use_graphrag",
        Kind.SWITCH,
        _("Use a knowledge graph"),
        default=False,
        help=_("Entities and how they are related, for questions across documents. It is run by itself."),
    ),
    ParserField(
        "graphrag.entity_types",
        Kind.WORDS,
        _("Kinds of entities"),
        default=("organization", "person", "geo", "event", "category"),
        help=_("Separated by commas."),
    ),
    ParserField(
        "graphrag.method",
        Kind.CHOICE,
        _("Method"),
        default="light",
        choices=(("light", _("Light: fewer calls of the language model")), ("general", _("General: more thorough"))),
    ),
    ParserField("graphrag.resolution", Kind.SWITCH, _("Merge entities that mean the same"), default=False),
    ParserField("graphrag.community", Kind.SWITCH, _("Write reports on groups of entities"), default=False),
)


def _in(section: Section, *fields: ParserField) -> tuple[ParserField, ...]:
    return tuple(replace(field, section=section) for field in fields)


_ENRICH = (KEYWORDS, QUESTIONS)
_TAGS = (TAG_SETS, TOP_TAGS)
_JOBS = (*_in(Section.RAPTOR, *RAPTOR), *_in(Section.GRAPH, *GRAPH))
_MORE = (PAGES, TASK_PAGES, FILENAME_WEIGHT)
_SECTIONS = (LAYOUT, *_ENRICH, *_TAGS, *_MORE, *_JOBS)

FIELDS: dict[str, tuple[ParserField, ...]] = {
    "naive": (LAYOUT, DELIMITER, CHUNK_SIZE, *_ENRICH, HTML_SHEETS, *_TAGS, *_MORE, *_JOBS),
    "book": _SECTIONS,
    "laws": _SECTIONS,
    "manual": _SECTIONS,
    "paper": tuple(replace(field, default=22) if field is TASK_PAGES else field for field in _SECTIONS),
    "presentation": _SECTIONS,
    "qa": (*_TAGS, FILENAME_WEIGHT, *_JOBS),
    "one": (LAYOUT, *_ENRICH),
    "picture": _ENRICH,
    "email": _ENRICH,
    "table": (),
    "tag": (),
}


def fields_of(method: str) -> tuple[ParserField, ...]:
    """The settings of a chunk method; none for a method that we do not know."""
    return FIELDS.get(method, ())


def stored(config: Mapping[str, Any], field: ParserField) -> Any:
    """The field's value in a stored parser configuration, None where RAGFlow keeps none."""
    value: Any = config
    for part in field.key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def kept_besides(config: Mapping[str, Any], method: str) -> list[tuple[str, str]]:
    """What RAGFlow stores and the form of ``method`` does not show, as (key, value in words): kept, never sent."""
    shown = {field.key for field in fields_of(method)}
    found = []
    for key, value in config.items():
        inner = value.items() if isinstance(value, Mapping) and any(one.startswith(f"{key}.") for one in shown) else ()
        found += [(f"{key}.{name}", part) for name, part in inner if f"{key}.{name}" not in shown]
        if not inner and key not in shown:
            found.append((key, value))
    return [(key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)) for key, value in found]


def assemble(values: Mapping[str, Any]) -> dict[str, Any]:
    """Flat values by key → the nested object that RAGFlow takes. Values that are None are left out."""
    config: dict[str, Any] = {}
    for key, value in values.items():
        if value is None:
            continue
        group, _dot, inner = key.rpartition(".")
        (config.setdefault(group, {}) if group else config)[inner] = value
    return config
