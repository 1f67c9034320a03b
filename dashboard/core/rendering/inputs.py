"""Inputs of forms, rendered once and remembered.

Django renders each input from two to four templates, which for a form of thirty settings costs more than all else on
its page. Nearly always the same are asked for again: most settings are at their default.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Final

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from dashboard.core.rendering.memory import Memory

# An input takes up to 5 KB.
MEMORY: Final = Memory(room=2_000_000)
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
            made_of = (template_name, _key(widget))
        except TypeError:
            return super().render(template_name, context)
        return MEMORY.recall(made_of, lambda: _django.render(template_name, context))


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
