"""Rows of tables and lists, rendered once and remembered.

A table of a hundred rows costs more to render than all else on its page, and nearly always the same rows are asked for
again: by a reload, by the next person, by everybody who watches a dataset being parsed.
"""

from __future__ import annotations

import secrets
from collections.abc import Hashable, Iterable
from functools import partial
from typing import Any, Final

from django.template.loader import get_template
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from dashboard.core.rendering.memory import Memory

# A row takes up to 5 KB, one with a picture of its own up to 70, and one with a text of its own up to 20.
MEMORY: Final = Memory(room=10_000_000)
# Stands in remembered rows where the token of a form goes. Nobody outside can know it, so no text of theirs has it.
_TOKEN: Final = secrets.token_hex(32)


def render(template: str, rows: Iterable[Any], csrf_token: object = None, **values: Hashable) -> SafeString:
    """``template`` for each row, with ``row`` and ``values`` and nothing else in its context.

    Those that were rendered before come from memory, unless a row says that it ``is_long``. What a row shows must
    follow from the row (or from what it says that it is ``made_of``), the values and the language alone: a time told
    as "2 min ago" has to come in as words. Rows with forms are given the ``csrf_token``, which is put in last and never
    remembered.
    """
    if csrf_token:
        values["csrf_token"] = _TOKEN
    known = (template, get_language(), tuple(values.items()))
    file = get_template(template)

    def rendered(row: Any) -> str:
        render = partial(file.render, {"row": row, **values})
        if getattr(row, "is_long", False):
            return render()
        return MEMORY.recall((*known, getattr(row, "made_of", row)), render)

    shown = "".join([rendered(row) for row in rows])
    # Safe: it is a template's output, with a token that is escaped.
    return SafeString(shown.replace(_TOKEN, escape(str(csrf_token))) if csrf_token else shown)
