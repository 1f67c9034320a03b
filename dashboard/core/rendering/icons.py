"""Tabler's outline icons. One static file (the sprite) contains every icon that pages use; a page refers to it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.templatetags.static import static
from django.utils.safestring import SafeString

# Every icon that the product shows, by its name in @tabler/icons.
NAMES: Final = {
    "activity", "adjustments", "affiliate", "alert-circle", "alert-triangle", "arrow-autofit-width",
    "arrow-back-up", "arrow-down", "arrow-left", "arrow-up", "arrows-diff", "arrows-join", "ban", "book",
    "bookmark", "bulb", "calendar", "check", "chevron-down", "chevron-left", "chevron-right", "chevron-up",
    "circle-check", "circle-dashed", "circle-minus", "circle-x", "clock", "clock-exclamation", "cloud-off",
    "cloud-upload", "columns", "copy", "database", "database-plus", "device-desktop", "device-floppy", "dots",
    "download", "edit", "external-link", "eye", "eye-off", "file-broken", "file-off", "file-text", "file-type-bmp",
    "file-type-css", "file-type-csv", "file-type-doc", "file-type-docx", "file-type-html", "file-type-jpg",
    "file-type-js", "file-type-pdf", "file-type-php", "file-type-png", "file-type-ppt", "file-type-sql",
    "file-type-svg", "file-type-ts", "file-type-txt", "file-type-xls", "file-type-xml", "file-unknown", "files",
    "filter", "filter-off", "flask", "folder-open", "git-compare", "hand-stop", "heartbeat", "help-circle",
    "history", "home", "hourglass", "info-circle", "json", "key-off", "layout-dashboard", "layout-sidebar",
    "layout-sidebar-right", "link", "list-check", "list-details", "loader-2", "lock", "logout", "mail", "markdown",
    "maximize", "menu-2", "message-chatbot", "message-circle", "moon", "palette", "pencil", "player-pause",
    "player-play", "player-stop", "plug-connected-x", "plus", "progress", "quote", "refresh",
    "replace", "rotate", "rotate-clockwise", "scissors", "search", "search-off", "selector", "send", "server-2",
    "server-off", "settings", "square", "sun", "table", "tags", "terminal-2", "thumb-down",
    "thumb-up", "trash", "upload", "user-circle",
    "user-plus", "users", "x", "zoom-in", "zoom-out",
}  # fmt: skip
SPRITE: Final = "icons.svg"

# The invisible square that every Tabler icon starts with.
_GROUND: Final = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')


class UnknownIcon(ValueError):
    """The icon is not in ``NAMES``, or not in the installed ``@tabler/icons``."""


@cache
def svg(name: str, size: str = "", css: str = "") -> SafeString:
    """An SVG that refers to the icon in the sprite. It is hidden from screen readers, which read the text beside it.

    ``size`` is "" (16 px), "lg" (20) or "xl" (24); ``css`` are further classes. Raises UnknownIcon.
    """
    if name not in NAMES:
        raise UnknownIcon(f"{name!r} is not in the sprite: add it to NAMES in {__name__}.")
    classes = " ".join(part for part in ("ra-i", f"ra-i--{size}" if size else "", css) if part)
    # Safe: the name is from NAMES, the classes come from our own templates. base.css sets the stroke.
    return SafeString(f'<svg class="{classes}" aria-hidden="true"><use href="{_sprite_url()}#{name}"/></svg>')


def _sprite_url() -> str:
    try:
        return static(SPRITE)
    except ValueError:
        # Static files are not collected yet: an error message must not fail because of its icon.
        return f"{settings.STATIC_URL}{SPRITE}"


def sprite() -> str:
    """The content of the sprite: each icon of ``NAMES`` as a ``<symbol>``. Raises UnknownIcon."""
    symbols = [f'<symbol id="{name}" viewBox="0 0 24 24">{_drawing(name)}</symbol>' for name in sorted(NAMES)]
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', *symbols, "</svg>\n"])


def _drawing(name: str) -> str:
    """The inside of the icon's ``<svg>``."""
    file = Path(settings.NODE_MODULES) / "@tabler/icons/icons/outline" / f"{name}.svg"
    if not file.is_file():
        raise UnknownIcon(f"There is no icon {name!r} in {file.parent}.")
    inside = file.read_text(encoding="utf-8").partition("<svg")[2].partition(">")[2].rpartition("</svg>")[0]
    return "".join(line.strip() for line in _GROUND.sub("", inside).split("\n"))
