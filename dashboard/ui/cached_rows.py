"""Rows of tables and lists, rendered once and remembered.

A table of a hundred rows costs more to render than all else on its page, and nearly always the same rows are asked for
again: by a reload, by the next person, by everybody who watches a dataset being parsed.
"""

from __future__ import annotations

import secrets
from collections.abc import Hashable, Iterable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from django.template.loader import get_template
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

if TYPE_CHECKING:
    from functools import _lru_cache_wrapper

# Of each template in each process; a row takes up to 5 KB, one with a picture of its own up to 70, and one with a
# text of its own up to 20.
KEPT: Final = 300
# Stands in remembered rows where the token of a form goes. Nobody outside can know it, so no text of theirs has it.
_TOKEN: Final = secrets.token_hex(32)
_memory: Final[dict[str, _lru_cache_wrapper[str]]] = {}


def render(template: str, rows: Iterable[Hashable], csrf_token: object = None, **values: Hashable) -> SafeString:
    """``template`` for each row, with ``row`` and ``values`` and nothing else in its context.

    Those that were rendered before come from memory, unless a row says that it ``is_long``. What a row shows must
    follow from the row, the values and the language alone: a time told as "2 min ago" has to come in as words. Rows
    with forms are given the ``csrf_token``, which is put in last and never remembered.
    """
    language, more = get_language(), tuple(values.items())
    if csrf_token:
        more = (*more, ("csrf_token", _TOKEN))
    remembered = _remembered(template)
    shown = "".join(
        [
            _render(template, language, row, more)
            if getattr(row, "is_long", False)
            else remembered(language, row, more)
            for row in rows
        ]
    )
    # Safe: it is a template's output, with a token that is escaped.
    return SafeString(shown.replace(_TOKEN, escape(str(csrf_token))) if csrf_token else shown)


def _remembered(template: str) -> _lru_cache_wrapper[str]:
    if template not in _memory:
        _memory[template] = lru_cache(maxsize=KEPT)(partial(_render, template))
    return _memory[template]


def _render(template: str, language: str | None, row: Hashable, more: tuple[tuple[str, Hashable], ...]) -> str:
    return get_template(template).render({"row": row, **dict(more)})
