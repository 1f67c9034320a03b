"""Compilation templates for the page: which there are, and which of them the dataset uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard.ragflow.ingestion.templates import Template, TemplateGroup, Templates
from dashboard.ragflow.types import Dataset

# The key of a parser config that names the groups of the dataset.
KEY: Final = "compilation_template_group_id"
# The kind of template that the knowledge graph is built from.
GRAPH: Final = "knowledge_graph"
KINDS: Final[dict[str, str | Promise]] = {
    GRAPH: _("Knowledge graph"),
    "timeline": _("Timeline"),
    "mind_map": _("Mind map"),
    "page_index": _("Table of contents"),
    "session_essence": _("Session essence"),
    "session_graph": _("Session graph"),
    "tree": _("Summary tree"),
    "wiki": _("Wiki"),
}


@dataclass(frozen=True)
class Line:
    """A template in the list; ``kind`` in people's words."""

    name: str
    kind: str | Promise
    description: str


@dataclass(frozen=True)
class Group:
    """A template group. ``used``: by this dataset; ``builds``: a knowledge graph is built from it."""

    name: str
    description: str
    templates: tuple[Line, ...]
    used: bool
    builds: bool


@dataclass(frozen=True)
class Offered:
    """What the page says about templates. ``chosen``: the dataset has a group; ``unknown``: ids that are not listed."""

    groups: tuple[Group, ...]
    more: int
    builtins: tuple[Line, ...]
    chosen: bool
    builds: bool
    unknown: int


def offered(found: Templates, dataset: Dataset) -> Offered:
    """The templates of the server, seen from this dataset."""
    ids = chosen_ids(dataset)
    groups = tuple(_group(group, used=group.id in ids) for group in found.groups)
    unknown = sum(1 for one in ids if found.group(one) is None)
    return Offered(
        groups=groups,
        more=max(0, found.total - len(groups)),
        builtins=tuple(_line(template) for template in found.builtins),
        chosen=bool(ids),
        builds=bool(unknown) or any(group.used and group.builds for group in groups),
        unknown=unknown,
    )


def chosen_ids(dataset: Dataset) -> tuple[str, ...]:
    """The template groups that the dataset names: a list, or one id."""
    value = dataset.parser_config.get(KEY)
    ids = value if isinstance(value, list) else [value]
    return tuple(one for one in ids if isinstance(one, str) and one)


def _group(group: TemplateGroup, *, used: bool) -> Group:
    builds = any(template.kind == GRAPH for template in group.templates)
    return Group(group.name, group.description, tuple(_line(one) for one in group.templates), used, builds)


def _line(template: Template) -> Line:
    return Line(template.name, KINDS.get(template.kind, template.kind), template.description)
