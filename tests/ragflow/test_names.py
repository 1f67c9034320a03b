"""Which names are the same name: one in NFC and one in NFD read the same, and RAGFlow tells them apart."""

from __future__ import annotations

import unicodedata

import pytest

from dashboard.ragflow import names

NFC, NFD = (unicodedata.normalize(form, "Zürich Übersicht.txt") for form in ("NFC", "NFD"))


def test_both_forms_are_one_name_and_other_letters_are_not() -> None:
    assert NFC != NFD
    assert names.normal(NFC) == names.normal(NFD)
    assert names.folded(NFD) == names.folded(NFC.upper().replace(".TXT", ".txt"))
    assert names.folded(NFC) != names.folded("Zurich Ubersicht.txt")


def test_the_form_that_was_given_is_asked_for_first_and_plain_names_once() -> None:
    assert names.forms(NFC) == (NFC, NFD)
    assert names.forms(NFD) == (NFD, NFC)
    assert names.forms("plain.txt") == ("plain.txt",)


def test_a_name_is_listed_once_as_it_came_first() -> None:
    assert names.each_once([NFD, "b.txt", NFC, "b.txt"]) == [NFD, "b.txt"]


@pytest.mark.parametrize("end", [" ", "\u00a0", "\u200b", " \t\u2060"])
def test_the_end_of_a_name_is_its_last_visible_character(end: str) -> None:
    assert names.without_blank_end(f"a b.txt{end}") == "a b.txt"
    assert names.without_blank_end(f"\u200b{end}") == ""
