from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.core import formatting

NOW = datetime(2026, 11, 21, 14, 32, tzinfo=UTC)


def plain(text: str) -> str:
    return text.replace(formatting.NBSP, " ")


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 B"),
        (812, "812 B"),
        (1024, "1.0 KB"),
        (1536, "1.5 KB"),
        (950_000, "928 KB"),
        (5_033_164, "4.8 MB"),
        (1024**3, "1.0 GB"),
        (None, "–"),  # noqa: RUF001
    ],
)
def test_sizes_are_short(size: int | None, words: str) -> None:
    assert plain(formatting.file_size(size)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.42, "0.4 s"),
        (9.99, "10 s"),
        (38, "38 s"),
        (59.7, "1 min 00 s"),
        (124, "2 min 04 s"),
        (3599.6, "1 h 00 min"),
        (3960, "1 h 06 min"),
        (None, "–"),  # noqa: RUF001
    ],
)
def test_durations_have_two_parts_at_most(seconds: float | None, words: str) -> None:
    assert plain(formatting.duration(seconds)) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (31_406, "31,406"), (214_630, "215 k"), (9_214_331, "9.2 M"), (2_500_000_000, "2.5 G")],
)
def test_large_numbers_are_rounded_where_it_does_not_matter(value: int, words: str) -> None:
    assert plain(formatting.compact(value)) == words


@pytest.mark.parametrize(
    ("share", "words"), [(0.64, "64 %"), (0.999, "99 %"), (1.0, "100 %"), (-1, "0 %"), (0.29, "29 %")]
)
def test_a_hundred_per_cent_is_said_only_when_it_is_true(share: float, words: str) -> None:
    assert plain(formatting.percent(share)) == words


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=6, minutes=17), "today, 08:15"),
        (timedelta(hours=20), "yesterday"),
        (timedelta(days=18), "3 Nov"),
        (timedelta(days=400), "17 Oct 2025"),
        (-timedelta(days=1), "22 Nov 2026, 14:32"),
    ],
)
def test_times_are_told_as_people_tell_them(before: timedelta, words: str) -> None:
    assert formatting.ago(NOW - before, NOW) == words


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Company handbook", "CH"),
        ("research", "RE"),
        ("hr-curator", "HR"),
        (" ", "?"),
        ("", "?"),
        ("<b> x", "BX"),
        ("Ä", "Ä"),
    ],
)
def test_every_name_has_letters_for_its_avatar(name: str, letters: str) -> None:
    assert formatting.initials(name) == letters


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("invoice\u202egpj.exe", "invoice\ufffdgpj.exe"),
        ("bell\x07\x1b", "bell\u2407\u241b"),
        ("next\x85line", "next\ufffdline"),
        ("re\u200bport\ufeff", "re\ufffdport\ufffd"),
        ("\u200b \u202e\u2060", "(blank name)"),
        ("\u3164\u2800", "(blank name)"),
        ("\u0646\u200c\u0641 👩\u200d👩\u200d👧", "\u0646\u200c\u0641 👩\u200d👩\u200d👧"),
        ("Z" + "\u0301" * 500 + "algo", "Z" + "\u0301" * 4 + "algo"),
    ],
)
def test_names_cannot_hide_or_deceive(name: str, shown: str) -> None:
    assert formatting.visible(name) == shown


def test_a_text_keeps_its_lines_and_its_direction() -> None:
    assert formatting.legible("a\tb\nc\x07\u202b") == "a\tb\nc\u2407\u202b"


def test_of_a_text_that_is_too_long_both_ends_are_shown() -> None:
    assert formatting.clipped("short", 10) == "short"
    assert formatting.clipped("a" * 500 + "b" * 500, 10) == "aaaaa … [990 characters left out] … bbbbb"
