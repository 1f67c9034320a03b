"""Numbers, sizes and times as people read them. Pure functions: values in, text out."""

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
NOTHING = "–"  # noqa: RUF001 - the dash that stands for "no value" in a table


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
    """0.64 → ``64 %``. Rounds down, so that 100 % is said only when it is true; below 0 counts as 0."""
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
    """Django takes its time for a date, and a table tells the same few days over and over."""
    return formats.date_format(day, form)


def moment(value: datetime | None) -> SafeString | str:
    """A ``<time>`` that says how long ago, with the exact moment as its title; None → a dash."""
    if value is None:
        return NOTHING
    exact = value.astimezone(timezone.get_current_timezone()).strftime("%d %b %Y, %H:%M:%S %Z")
    # Safe: digits and names of months and zones; the words are escaped.
    words, iso = conditional_escape(ago(value)), value.isoformat(timespec="seconds")
    return SafeString(f'<time datetime="{iso}" title="{exact}">{words}</time>')


_CONTROLS = {code: 0x2400 + code for code in range(32)} | {0x7F: 0x2421} | dict.fromkeys(range(0x80, 0xA0), 0xFFFD)
# What turns the reading direction around or cannot be seen at all, so that a name could pass for another one. Joiners
# stay: Persian words and emoji are made with them.
_TURNS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)
_UNSEEN = (0x200B, 0x2060, 0xFEFF, 0x00AD, 0x180E, 0x2028, 0x2029)
_HIDDEN = _CONTROLS | dict.fromkeys((*_TURNS, *_UNSEEN), 0xFFFD)
_IN_TEXT = {code: sign for code, sign in _CONTROLS.items() if chr(code) not in "\t\n\r"}
# Letters that are drawn as nothing.
_BLANK = "\u115f\u1160\u2800\u3164\uffa0\u200c\u200d" + "".join(map(chr, (*_TURNS, *_UNSEEN)))
# Marks above and below a letter: languages need up to three or four, a flood of them covers the lines around.
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_FLOOD = re.compile(f"([{_MARKS}]{{4}})[{_MARKS}]+")
LONGEST = 200_000
# Where a text gives a browser no place to break a line it looks for one again and again: Arabic or Thai letters without
# a blank take quadratic time, 20,000 of them seconds.
UNBROKEN = 500
# Tried where a word begins and nowhere else: a text is looked through once.
_UNBROKEN = re.compile(rf"(?<!\S)\S{{{UNBROKEN + 1},}}")
_HERE = "\0"  # never in a legible text


def visible(name: str) -> str:
    """A name that somebody gave: what hides or deceives made visible, and words for one that is blank.

    Plain text whatever comes in: the answer to a safe text is escaped, too.
    """
    if type(name) is str and name.isascii() and name.isprintable() and name and not name.isspace():
        return name  # nearly all of them: pages show many
    if not name.strip().strip(_BLANK).strip():
        return _("(blank name)")
    return _FLOOD.sub(r"\1", name.translate(_HIDDEN))


def legible(text: str) -> str:
    """A text of several lines: control characters made visible. Its reading direction is its own: it needs ``dir``."""
    return _FLOOD.sub(r"\1", text.translate(_IN_TEXT))


def breakable(text: str) -> SafeString:
    """A legible text as HTML, escaped, with a place to break a line in every run of ``UNBROKEN`` characters."""
    escaped = escape(_UNBROKEN.sub(lambda run: in_pieces(run[0], _HERE), text))
    return SafeString(escaped.replace(_HERE, "<wbr>"))


def in_pieces(run: str, between: str) -> str:
    """A text with something ``between`` each ``UNBROKEN`` characters of it."""
    return between.join(run[at : at + UNBROKEN] for at in range(0, len(run), UNBROKEN))


def drawn(text: str) -> SafeString:
    """A text of several lines as HTML: ``legible``, and ``breakable``."""
    return breakable(legible(str(text)))


def clipped(text: str, most: int = LONGEST) -> str:
    """The beginning and the end of a text of more than ``most`` characters, and between them how much is left out."""
    left_out = len(text) - most
    if left_out <= 0:
        return text
    said = ngettext("%(n)s character left out", "%(n)s characters left out", left_out) % {"n": count(left_out)}
    return f"{text[: most // 2]} … [{said}] … {text[-(most // 2) :]}"


def shortened(text: str, most: int) -> str:
    """The beginning of a text, at most ``most`` characters. Django's ``truncatechars`` looks at each of them."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def initials(name: str) -> str:
    """Two letters for an avatar: of the first two words, or the first two of one word; ``?`` for none."""
    words = ["".join(sign for sign in word if sign.isalnum()) for word in name.split()]
    words = [word for word in words if word]
    if not words:
        return "?"
    return (words[0][0] + words[1][0] if len(words) > 1 else words[0][:2]).upper()
