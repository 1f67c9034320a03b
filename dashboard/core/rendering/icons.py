"""Tabler's outline icons as inline SVG, which take the colour of the surrounding text."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.safestring import SafeString

# The invisible square that every Tabler icon starts with.
_GROUND = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')
_NAME = re.compile(r"[a-z0-9-]+")
# Lines that start at an absolute point; they can be one path, and a table has hundreds of icons.
_LINES = re.compile(r'(?:<path d="M[^"]*"\s*/>)+')
_LINE = re.compile(r'd="([^"]*)"')


class UnknownIcon(ValueError):
    """The installed ``@tabler/icons`` has no outline icon of this name."""


@cache
def drawing(name: str) -> str:
    """The inside of the icon's ``<svg>``. Raises UnknownIcon."""
    file = Path(settings.NODE_MODULES) / "@tabler/icons/icons/outline" / f"{name}.svg"
    if not _NAME.fullmatch(name) or not file.is_file():
        raise UnknownIcon(f"There is no icon {name!r} in {file.parent}.")
    inside, end, _rest = file.read_text(encoding="utf-8").partition("<svg")[2].partition(">")[2].rpartition("</svg>")
    if not end:
        raise UnknownIcon(f"{file} is not an SVG.")
    lines = "".join(line.strip() for line in _GROUND.sub("", inside).split("\n"))
    return _LINES.sub(lambda found: f'<path d="{"".join(_LINE.findall(found[0]))}"/>', lines)


def _classes(size: str, css: str = "") -> str:
    return " ".join(part for part in ("ra-i", f"ra-i--{size}" if size else "", css) if part)


@cache
def svg(name: str, size: str = "", css: str = "") -> SafeString:
    """The icon as an inline SVG, hidden from screen readers: the words beside it carry the meaning.

    ``size`` is "" (16 px), "lg" (20) or "xl" (24); ``css`` are further classes. Raises UnknownIcon.
    """
    # Safe: the name is checked, the rest comes from our own templates and the installed package.
    # How it is stroked is said once, in base.css.
    classes = _classes(size, css)
    return SafeString(f'<svg class="{classes}" viewBox="0 0 24 24" aria-hidden="true">{drawing(name)}</svg>')


@cache
def sheet(*names: str) -> SafeString:
    """The icons drawn once, unseen, for ``again``. Raises UnknownIcon."""
    symbols = [f'<symbol id="i-{name}" viewBox="0 0 24 24">{drawing(name)}</symbol>' for name in names]
    # Safe as above.
    return SafeString(f'<svg class="ra-sheet" aria-hidden="true">{"".join(symbols)}</svg>')


@cache
def again(name: str, size: str = "") -> SafeString:
    """As ``svg``, for the rows of long tables: the icon that stands on the ``sheet`` above. Raises UnknownIcon."""
    drawing(name)
    return SafeString(f'<svg class="{_classes(size)}" aria-hidden="true"><use href="#i-{name}"/></svg>')
