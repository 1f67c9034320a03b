"""Compilation templates: what RAGFlow makes of a dataset's documents besides chunks, since 0.27 (ragflow-0.27 §0.7)."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from dashboard.ragflow.http.transport import Transport

GROUPS = "/api/v1/compilation-template-groups"
BUILTINS = "/api/v1/compilation-templates/builtins"
MOST_GROUPS = 100


@dataclass(frozen=True, slots=True)
class Template:
    """``kind`` is RAGFlow's word for what it makes: "knowledge_graph", "mind_map", "wiki", …"""

    name: str
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class TemplateGroup:
    """What a dataset's parser config names in ``compilation_template_group_id``: some templates under one name."""

    id: str
    name: str
    description: str
    templates: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class Templates:
    """The groups of the key's owner (``total`` of them), and the templates that every RAGFlow has to make groups of."""

    groups: tuple[TemplateGroup, ...]
    total: int
    builtins: tuple[Template, ...]

    def group(self, group_id: str) -> TemplateGroup | None:
        """The group with this id, if it is among those listed."""
        return next((group for group in self.groups if group.id == group_id), None)


class _WireTemplate(msgspec.Struct):
    id: str | None = None
    name: str | None = None
    display_name: str | None = None
    kind: str | None = None
    description: str | None = None


class _WireGroup(msgspec.Struct):
    id: str
    name: str | None = None
    description: str | None = None
    templates: list[_WireTemplate | None] | None = None


class _WireGroups(msgspec.Struct):
    total: int
    groups: list[_WireGroup | None] | None = None


_groups = msgspec.json.Decoder(_WireGroups)
_builtins = msgspec.json.Decoder(list[_WireTemplate | None])


def read(transport: Transport) -> Templates:
    """The groups, newest first, and the built-in templates: two calls (routes in ragflow-0.27 §5)."""
    groups, total = _read_groups(transport)
    builtins = transport.get(BUILTINS).decode(_builtins)
    return Templates(groups=groups, total=total, builtins=tuple(_template(one) for one in builtins if one))


def read_groups(transport: Transport) -> tuple[TemplateGroup, ...]:
    """The groups alone, newest first."""
    return _read_groups(transport)[0]


def _read_groups(transport: Transport) -> tuple[tuple[TemplateGroup, ...], int]:
    found = transport.get(GROUPS, {"page": 1, "page_size": MOST_GROUPS}).decode(_groups)
    groups = tuple(
        TemplateGroup(
            id=wire.id,
            name=wire.name or wire.id,
            description=wire.description or "",
            templates=tuple(_template(one) for one in wire.templates or () if one),
        )
        for wire in found.groups or ()
        if wire
    )
    return groups, found.total


def _template(wire: _WireTemplate) -> Template:
    name = wire.display_name or wire.name or wire.id or wire.kind or ""
    return Template(name=name, kind=wire.kind or "", description=wire.description or "")
