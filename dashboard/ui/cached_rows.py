"""Rows of tables, rendered once and remembered.

A table of a hundred rows costs more to render than all else on its page, and nearly always the same rows are asked for
again: by a reload, by the next person, by everybody who watches a dataset being parsed.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache

from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

# A row takes up to 5 KB, in each process.
KEPT = 1000


def render(template: str, **values: Hashable) -> SafeString:
    """``template`` with ``values`` and nothing else in its context, from memory when it was rendered before.

    What it shows must follow from the values and the language alone: a time told as "2 min ago" has to come in as
    words, and nothing may depend on who asks unless it is one of the values.
    """
    return _render(template, get_language(), tuple(values.items()))


@lru_cache(maxsize=KEPT)
def _render(template: str, language: str | None, values: tuple[tuple[str, Hashable], ...]) -> SafeString:
    # Safe: it is a template's output.
    return SafeString(get_template(template).render(dict(values)))
