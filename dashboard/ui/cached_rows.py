"""Rows of tables, rendered once and remembered.

A table of a hundred rows costs more to render than all else on its page, and nearly always the same rows are asked for
again: by a reload, by the next person, by everybody who watches a dataset being parsed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import lru_cache

from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

# In each process; a row takes up to 5 KB, one with a picture of its own up to 70.
KEPT = 500


def render(template: str, rows: Iterable[Hashable], **values: Hashable) -> SafeString:
    """``template`` for each row, with ``row`` and ``values`` and nothing else in its context.

    Those that were rendered before come from memory. What a row shows must follow from the row, the values and the
    language alone: a time told as "2 min ago" has to come in as words.
    """
    language, more = get_language(), tuple(values.items())
    # Safe: it is a template's output.
    return SafeString("".join([_render(template, language, row, more) for row in rows]))


@lru_cache(maxsize=KEPT)
def _render(template: str, language: str | None, row: Hashable, more: tuple[tuple[str, Hashable], ...]) -> str:
    return get_template(template).render({"row": row, **dict(more)})
