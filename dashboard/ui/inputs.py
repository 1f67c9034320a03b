"""Inputs of forms, rendered once and remembered.

Django renders each input from two to four templates, which for a form of thirty settings costs more than all else on
its page. Nearly always the same are asked for again: most settings are at their default.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any, Final

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.safestring import SafeString

# In each process; an input takes 1 to 5 KB.
KEPT: Final = 1000
# Longer texts are somebody's own and hardly asked for again.
LONGEST: Final = 400
PRIVATE: Final = ("password", "file")
_django: Final = DjangoTemplates()


class RememberingInputs(DjangoTemplates):
    """The setting ``FORM_RENDERER``: as Django's own, with what it rendered before from memory.

    An input's templates see its ``widget`` and nothing else, no request and no token, so that two that are made of
    the same texts look the same. Passwords and files are not remembered, nor what holds a long text.
    """

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        widget = context.get("widget")
        if widget is None or len(context) > 1 or request is not None or widget.get("type") in PRIVATE:
            return super().render(template_name, context, request)
        try:
            made_of = _MadeOf(template_name, widget)
        except TypeError:
            return super().render(template_name, context)
        return _render(made_of)


class _MadeOf:
    """An input by the texts that it shows, which were all settled when it was asked for."""

    __slots__ = ("key", "template", "widget")

    def __init__(self, template: str, widget: Mapping[str, Any]) -> None:
        self.template, self.widget = template, widget
        self.key = (template, _key(widget))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _MadeOf) and self.key == other.key


@lru_cache(maxsize=KEPT)
def _render(made_of: _MadeOf) -> str:
    return _django.render(made_of.template, {"widget": made_of.widget})


def _key(value: Any) -> Hashable:
    """What tells the value from all others, with its type: True equals 1, but is not shown as ``1``."""
    if isinstance(value, Promise):
        value = str(value)
    kind = type(value)
    if kind in (str, SafeString):
        if len(value) > LONGEST:
            raise TypeError("too long to be remembered")
        return kind, value
    if kind in (int, float, bool, type(None)):
        return kind, value
    if isinstance(value, Mapping):
        return kind, tuple((name, _key(one)) for name, one in value.items())
    if kind in (list, tuple):
        return kind, tuple(_key(one) for one in value)
    raise TypeError(f"An input that is remembered cannot be made of {kind.__name__}")
