"""Names of browsers and systems, read from the User-Agent header: "Firefox on Linux"."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

# What the header must contain, and the name. The first match counts: nearly all browsers also call themselves Chrome
# or Safari.
BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    # Also Chromium, which does not tell itself apart.
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def describe(header: str) -> str:
    """What a User-Agent header says in a few words; "Unknown browser" if it is none that we know."""
    browser = next((name for part, name in BROWSERS if part in header), "")
    system = next((name for part, name in SYSTEMS if part in header), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown browser")
