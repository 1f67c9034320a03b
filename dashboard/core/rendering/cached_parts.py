"""Parts that many pages have in common, rendered once and remembered.

The frame of a page (menu, top bar, words for scripts) is the same for everybody of a role, and costs more to render
than what it surrounds. ``{% cached_part "core/sidebar.html" server=server here=here %}`` takes it from memory.

What a part may know is what its tag names, and nothing else: no request, no person, no token, no message. So two
people share a part only when everything that it was made of is the same.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final

from django.template.loader import get_template
from django.urls import get_script_prefix
from django.utils.functional import LazyObject, Promise, empty
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from dashboard.core.rendering.memory import Memory
from dashboard.models import Server

# Most parts take 1 to 5 KB, and some belong to one dataset.
MEMORY: Final = Memory(room=2_000_000)


@dataclass(frozen=True)
class Place:
    """A server as a part knows it: what can be shown of it, at the moment it is asked for."""

    slug: str
    name: str
    base_url: str

    def url(self, name: str, *args: Any) -> str:
        """As ``Server.url``."""
        return Server(slug=self.slug).url(name, *args)

    def get_absolute_url(self) -> str:
        return self.url("overview:page")


def render(template: str, values: Mapping[str, Any]) -> SafeString:
    """``template`` with ``values`` and nothing else in its context, from memory when it was rendered before.

    Values are texts, numbers, truths, None, enumerations, frozen dataclasses, and lists of these, and what tells in
    such values all that it is ``made_of``; a server becomes a ``Place``. Raises TypeError for anything else: it could
    change, or belong to one person, without being told apart.
    """
    known = {name: _settled(value) for name, value in values.items()}
    of = tuple((name, _key(value)) for name, value in known.items())
    made_of = (template, get_language(), get_script_prefix(), of)
    # Safe: it is a template's output.
    return SafeString(MEMORY.recall(made_of, lambda: get_template(template).render(known)))


def _settled(value: Any) -> Any:
    """The value as it is now: nothing that is found out later, and no record of the database."""
    if isinstance(value, LazyObject):
        if value._wrapped is empty:
            value._setup()
        value = value._wrapped
    if isinstance(value, Server):
        return Place(value.slug, value.name, value.base_url)
    if isinstance(value, Promise):
        return str(value)
    return tuple(_settled(one) for one in value) if isinstance(value, (list, tuple)) else value


def _key(value: Any) -> Hashable:
    """What tells the value from all others. Its type counts: True equals 1, but is not shown as ``1``, and a safe text
    equals one that has to be escaped.
    """
    kind = type(value)
    if kind in (str, SafeString, int, float, bool, type(None)) or isinstance(value, enum.Enum):
        return kind, value
    if kind is tuple:
        return kind, tuple(_key(one) for one in value)
    if is_dataclass(value) and kind.__dataclass_params__.frozen:
        return kind, tuple(_key(getattr(value, field.name)) for field in fields(value))
    if (made_of := getattr(value, "made_of", None)) is not None:
        return kind, _key(made_of)
    raise TypeError(f"A part that is remembered cannot be made of {kind.__name__}: name the texts it shows instead.")
