"""Formats numbers, sizes and times for display. Pure functions: values in, text out."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache

from django.utils import formats, timezone
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

NBSP = "\u00a0"
# Spreadsheets run cells that begin with these as formulas.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
NOTHING = "–"  # noqa: RUF001 - the dash for "no value" in a table


def count(value: float | None) -> str:
    """1284 → ``1,284``; None → a dash."""
    return NOTHING if value is None else f"{value:,}"


def compact(value: float | None) -> str:
    """9214331 → ``9.2 M``, 31406 → ``31,406``: exact below a hundred thousand, one decimal above."""
    if value is None:
        return NOTHING
    for limit, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (100_000, "k")):
        if abs(value) >= limit:
            step = 1000 if unit == "k" else limit
            return f"{value / step:.{0 if unit == 'k' else 1}f}{NBSP}{unit}"
    return count(value)


def file_size(value: float | None) -> str:
    """Bytes → ``812 B``, ``4.8 MB`` (1 MB is 1024 KB, as RAGFlow counts); None → a dash."""
    if value is None:
        return NOTHING
    if value < 1024:
        return f"{value:.0f}{NBSP}B"
    kilo, mega = value / 1024, value / 1024**2
    if kilo < 1023.95:
        return f"{kilo:.0f}{NBSP}KB" if kilo >= 9.95 else f"{kilo:.1f}{NBSP}KB"
    if mega < 1023.95:
        return f"{mega:.1f}{NBSP}MB"
    return f"{mega / 1024:,.1f}{NBSP}GB"


def duration(seconds: float | None) -> str:
    """Seconds → ``0.4 s``, ``38 s``, ``2 min 04 s``, ``1 h 06 min``; None → a dash."""
    if seconds is None:
        return NOTHING
    if seconds < 9.95:
        return f"{seconds:.1f}{NBSP}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{NBSP}s"
    if whole < 3600:
        return f"{whole // 60}{NBSP}min {whole % 60:02d}{NBSP}s"
    hours, minutes = divmod(round(whole / 60), 60)
    return f"{hours:,}{NBSP}h {minutes:02d}{NBSP}min"


def percent(share: float | None) -> str:
    """0.64 → ``64 %``. Rounds down, so that only 1.0 is shown as 100 %; negative values count as 0."""
    return NOTHING if share is None else f"{int(max(0.0, min(1.0, share)) * 100 + 1e-9)}{NBSP}%"


def ago(moment: datetime, now: datetime | None = None) -> str:
    """``just now``, ``5 min ago``, ``today, 08:15``, ``yesterday``, ``3 Nov``, ``3 Nov 2024``."""
    now = now or timezone.now()
    seconds = (now - moment).total_seconds()
    zone = timezone.get_current_timezone()
    if seconds < -60:
        return formats.date_format(moment.astimezone(zone), "j M Y, H:i")
    if seconds < 60:
        return _("just now")
    if seconds < 3600:
        minutes = int(seconds // 60)
        return ngettext("%(n)d min ago", "%(n)d min ago", minutes) % {"n": minutes}
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return _("today, %(time)s") % {"time": f"{local:%H:%M}"}
    if (today - local.date()).days == 1:
        return _("yesterday")
    return _day(local.date(), "j M" if local.year == today.year else "j M Y", get_language())


@lru_cache(maxsize=1000)
def _day(day: date, form: str, language: str | None) -> str:
    """Cached: Django's date formatting is slow, and a table repeats the same few days."""
    return formats.date_format(day, form)


def moment(value: datetime | None) -> SafeString | str:
    """A ``<time>`` element with the relative time, and the exact time as its title; None → a dash."""
    if value is None:
        return NOTHING
    exact = value.astimezone(timezone.get_current_timezone()).strftime("%d %b %Y, %H:%M:%S %Z")
    # Safe: digits and the names of months and time zones; the relative time is escaped.
    words, iso = conditional_escape(ago(value)), value.isoformat(timespec="seconds")
    return SafeString(f'<time datetime="{iso}" title="{exact}">{words}</time>')


_CONTROLS = {code: 0x2400 + code for code in range(32)} | {0x7F: 0x2421} | dict.fromkeys(range(0x80, 0xA0), 0xFFFD)
# Characters that change the reading direction or are invisible could make one name pass for another. Joiners are kept:
# Persian words and emoji need them.
_TURNS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)
_UNSEEN = (0x200B, 0x2060, 0xFEFF, 0x00AD, 0x180E, 0x2028, 0x2029)
_HIDDEN = _CONTROLS | dict.fromkeys((*_TURNS, *_UNSEEN), 0xFFFD)
_IN_TEXT = {code: sign for code, sign in _CONTROLS.items() if chr(code) not in "\t\n\r"}
# Letters without a visible glyph.
_BLANK = "\u115f\u1160\u2800\u3164\uffa0\u200c\u200d" + "".join(map(chr, (*_TURNS, *_UNSEEN)))
# Combining marks: languages need up to three or four per letter; more would cover the lines above and below.
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_FLOOD = re.compile(f"([{_MARKS}]{{4}})[{_MARKS}]+")
LONGEST = 200_000
# Browsers search text without break opportunities repeatedly: Arabic or Thai letters without a space take quadratic
# time, 20,000 of them several seconds.
UNBROKEN = 500
# Anchored at the beginning of a word, so that a text is scanned once.
_UNBROKEN = re.compile(rf"(?<!\S)\S{{{UNBROKEN + 1},}}")
_HERE = "\0"  # does not occur in legible text


def visible(name: str) -> str:
    """A user-given name with hidden or deceptive characters made visible; a placeholder for a blank one.

    Returns plain text, also for a ``SafeString``: templates escape it.
    """
    if type(name) is str and name.isascii() and name.isprintable() and name and not name.isspace():
        return name  # the fast path for nearly all names
    if not name.strip().strip(_BLANK).strip():
        return _("(blank name)")
    return _FLOOD.sub(r"\1", name.translate(_HIDDEN))


def legible(text: str) -> str:
    """Multi-line text with control characters made visible. Its element needs ``dir="auto"``."""
    return _FLOOD.sub(r"\1", text.translate(_IN_TEXT))


def breakable(text: str) -> SafeString:
    """Legible text as escaped HTML, with a line break opportunity in every run of ``UNBROKEN`` characters."""
    escaped = escape(_UNBROKEN.sub(lambda run: in_pieces(run[0], _HERE), text))
    return SafeString(escaped.replace(_HERE, "<wbr>"))


def in_pieces(run: str, between: str) -> str:
    """The text with ``between`` inserted after every ``UNBROKEN`` characters."""
    return between.join(run[at : at + UNBROKEN] for at in range(0, len(run), UNBROKEN))


def drawn(text: str) -> SafeString:
    """Multi-line text as HTML: ``legible``, then ``breakable``."""
    return breakable(legible(str(text)))


def clipped(text: str, most: int = LONGEST) -> str:
    """The text, cut in the middle to at most ``most`` characters, with a note of how many are left out."""
    left_out = len(text) - most
    if left_out <= 0:
        return text
    said = ngettext("%(n)s character left out", "%(n)s characters left out", left_out) % {"n": count(left_out)}
    return f"{text[: most // 2]} … [{said}] … {text[-(most // 2) :]}"


def shortened(text: str, most: int) -> str:
    """The first ``most`` characters. Faster than Django's ``truncatechars``, which inspects each character."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def initials(name: str) -> str:
    """Two letters for an avatar: the initials of the first two words, or the first two letters; ``?`` for none."""
    words = ["".join(sign for sign in word if sign.isalnum()) for word in name.split()]
    words = [word for word in words if word]
    if not words:
        return "?"
    return (words[0][0] + words[1][0] if len(words) > 1 else words[0][:2]).upper()


def cell(text: str) -> str:
    """A cell of a CSV file: quoted if a spreadsheet would run it as a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
