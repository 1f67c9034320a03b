"""One setting of a chunk method, and where it is in RAGFlow's parser configuration.

A dot in a key means a group: ``raptor.threshold`` is ``{"raptor": {"threshold": …}}``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard.ragflow.releases.offers import Offer


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
    TEMPLATES = "templates"
    PAGES = "pages"


class Section(StrEnum):
    """The section of the form that holds a setting; all but MAIN are collapsed."""

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
    """One setting. ``low`` and ``high`` are inclusive; an empty ``optional`` one is sent as ``empty``, or not if None.

    ``since`` is what a server must offer for the setting to exist, ``until`` what it must not offer; None for all.
    """

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
    empty: Any = None
    since: Offer | None = None
    until: Offer | None = None

    def exists(self, accepts: Collection[Offer]) -> bool:
        """Whether a server that offers this has the setting."""
        return (self.since is None or self.since in accepts) and (self.until is None or self.until not in accepts)

    @property
    def name(self) -> str:
        """The key as the name of a form field."""
        return self.key.replace(".", "__")


def stored(config: Mapping[str, Any], field: ParserField) -> Any:
    """The field's value in a stored parser configuration; None if RAGFlow stores none.

    What an older release stored below the lowest value of a newer one counts as that, as RAGFlow takes it
    (ragflow-0.27 §6).
    """
    value: Any = config
    for part in field.key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if field.since and field.low is not None and type(value) in (int, float) and value < field.low:
        return int(field.low) if field.kind is Kind.INTEGER else field.low
    return value


def assemble(values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn flat values by key into RAGFlow's nested object, without values that are None."""
    config: dict[str, Any] = {}
    for key, value in values.items():
        if value is None:
            continue
        group, _dot, inner = key.rpartition(".")
        (config.setdefault(group, {}) if group else config)[inner] = value
    return config
