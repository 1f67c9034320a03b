"""What the cells of an imported file stand for, and what is refused in the preview, by row and column."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from django.test import Client

from dashboard.models import Server
from dashboard.ragflow.types import Dataset, Document
from tests.metadata.conftest import Store
from tests.support.pages.metadata import Stored, import_csv, preview_csv
from tests.support.pages.reading import text_of

FILES = Path(__file__).parent / "files"
NFD = unicodedata.normalize("NFD", "Zürich Übersicht.txt")


@pytest.fixture
def url(ragflow_server: Server, dataset: Dataset) -> str:
    return ragflow_server.url("metadata:import", dataset.id)


def case(name: str) -> str:
    return (FILES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("cell", "value"),
    [("3,5", 3.5), ("-0,25", -0.25), ("1.234,5", 1234.5), ("7", 7), ("2.5", 2.5), (" 8 ", 8), ("'-4", -4)],
)
def test_a_decimal_comma_of_a_file_divided_by_semicolons_is_a_number(
    curator_client: Client, url: str, store: Store, stored: Stored, cell: str, value: float
) -> None:
    store("a.txt", {"price": 1})
    import_csv(curator_client, url, case("german-decimals.csv").replace("3,5", cell))
    assert stored()["a.txt"]["price"] == value
    assert type(stored()["a.txt"]["price"]) is type(value)


def test_a_number_is_read_where_only_other_documents_have_one_and_one_has_nothing(
    curator_client: Client, url: str, store: Store, stored: Stored
) -> None:
    store("a.txt", {})
    store("b.txt", {"price": 2.5})
    store("c.txt", {"price": None})
    import_csv(curator_client, url, case("german-decimals.csv"))
    assert stored()["a.txt"] == {"price": 3.5}


@pytest.mark.parametrize("cell", ["NaN", "1e309", "abc", "1_000", "3,5,1", "1,234.5", "1.2.3", "Infinity"])
def test_what_cannot_be_a_number_is_refused_by_row_and_column(
    curator_client: Client, url: str, store: Store, stored: Stored, cell: str
) -> None:
    store("a.txt", {"price": 1})
    response = preview_csv(curator_client, url, f"document;price\nunknown.txt;2\na.txt;{cell}\n")
    assert response.status_code == 422
    said = f"Line 3, price: the values of this key are numbers such as 2024 or 3.5, not “{cell}”."
    assert said in text_of(response)
    assert stored()["a.txt"] == {"price": 1}


def test_a_comma_in_a_file_divided_by_commas_may_mean_thousands_and_is_refused(
    curator_client: Client, url: str, store: Store
) -> None:
    store("a.txt", {"price": 1})
    assert "Line 2, price: the values" in text_of(preview_csv(curator_client, url, 'document,price\na.txt,"3,5"\n'))


def test_the_document_is_found_although_its_name_is_stored_in_the_other_unicode_form(
    curator_client: Client, url: str, store: Store, stored: Stored
) -> None:
    store(NFD, {"price": 1})
    import_csv(curator_client, url, case("nfc-names.csv"))
    assert stored() == {NFD: {"price": 9}}


def test_a_file_with_both_forms_of_a_name_is_about_one_document_twice(
    curator_client: Client, url: str, store: Store
) -> None:
    store(NFD, {})
    text = case("nfc-names.csv") + f"{NFD},10\n"
    assert "Line 3 repeats" in text_of(preview_csv(curator_client, url, text))


@pytest.mark.parametrize("head", ["document,nums", "document_id:json,nums"])
def test_three_thousand_brackets_in_a_cell_are_refused_in_the_preview(
    curator_client: Client, url: str, store: Store, head: str
) -> None:
    document = store("a.txt", {"nums": ["1"]})
    text = case("deep-json.csv").replace("document,nums", head)
    response = preview_csv(curator_client, url, text.replace("a.txt", document.id) if "json" in head else text)
    assert response.status_code == 422
    assert "Line 2, nums: brackets can be nested at most 20 deep." in text_of(response)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("[1, NaN]", "“NaN” can't be stored as a number"),
        ("[-Infinity]", "“-Infinity” can't be stored as a number"),
        ("[1e309]", "“1e309” can't be stored as a number"),
        ("[" * 21 + "]" * 21, "brackets can be nested at most 20 deep"),
        (r'["\ud800"]', "it contains a character that can't be stored"),
        (r'[{"a\u0000": 1}]', "it contains a character that can't be stored"),
        ("[1, 2", "enter a list as JSON"),
        ("9" * 5000, "enter a list as JSON"),
    ],
)
def test_what_no_list_can_hold_is_refused_and_never_becomes_null(
    curator_client: Client, url: str, store: Store, stored: Stored, cell: str, said: str
) -> None:
    store("a.txt", {"nums": ["1"]})
    quoted = cell.replace('"', '""')
    response = preview_csv(curator_client, url, f'document,nums\na.txt,"{quoted}"\n')
    assert response.status_code == 422
    assert f"Line 2, nums: {said}" in text_of(response)
    assert stored()["a.txt"] == {"nums": ["1"]}


def test_twenty_brackets_and_both_halves_of_a_character_are_taken(
    curator_client: Client, url: str, store: Store, stored: Stored
) -> None:
    store("a.txt", {"nums": ["1"]})
    import_csv(curator_client, url, 'document,nums\na.txt,"' + "[" * 19 + r'[""\ud83d\ude00""]' + "]" * 19 + '"\n')
    found = stored()["a.txt"]["nums"]
    while isinstance(found, list):
        [found] = found
    assert found == "😀"


def test_a_file_with_nul_in_it_is_no_csv_file(curator_client: Client, url: str, documents: dict[str, Document]) -> None:
    response = preview_csv(curator_client, url, "document,author\nann.txt,a\0b\n")
    assert response.status_code == 422
    assert "This is not a CSV file: it contains NUL bytes." in text_of(response)
