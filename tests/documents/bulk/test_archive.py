"""A selection, or all that matches, as one zip: safe names, what failed said, nothing kept, nothing left open."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dashboard.documents.bulk import archive
from tests.support.pages.documents import MB, Zeros, memory_peak, toasts, upload_url
from tests.support.pages.reading import HTMX
from tests.support.processes.installation import Installation
from tests.support.processes.waiting import wait_until


def opened(answer):
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_a_selection_is_one_zip_with_every_byte(viewer_client, address, stored):
    chosen = [stored("a.txt", b"The first."), stored("b.txt", b"The second.")]
    stored("c.txt")
    answer = viewer_client.get(address("archive"), {"id": [document.id for document in chosen]})
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"].startswith('attachment; filename="Company handbook ')
    zipped = opened(answer)
    assert zipped.testzip() is None
    assert {name: zipped.read(name) for name in zipped.namelist()} == {"a.txt": b"The first.", "b.txt": b"The second."}


def test_all_that_match_are_listed_in_pages(viewer_client, address, stored, monkeypatch, standin, tenant_key):
    monkeypatch.setattr("dashboard.documents.bulk.reparse_impact.PAGE", 2)
    for number in range(5):
        stored(f"a{number}.txt")
    stored("other.txt")
    answer = viewer_client.get(address("archive"), {"all": "yes", "q": "a"})
    assert sorted(opened(answer).namelist()) == [f"a{number}.txt" for number in range(5)]


def test_htmx_is_sent_where_a_browser_can_save(viewer_client, address, stored):
    document = stored()
    answer = viewer_client.get(address("archive"), {"id": document.id}, headers=HTMX)
    assert answer["HX-Redirect"] == f"{address('archive')}?id={document.id}"
    answer = viewer_client.get(address("archive"), {"all": "yes", "q": "hand", "id": document.id}, headers=HTMX)
    assert answer["HX-Redirect"] == f"{address('archive')}?all=yes&q=hand"
    assert viewer_client.get(address("archive"), headers=HTMX)["HX-Redirect"] == address()


def test_one_that_cannot_be_downloaded_is_a_line_in_a_file_of_the_zip(viewer_client, address, stored, standin):
    first, second, third = stored("a.txt"), stored("b.txt"), stored("c.txt")
    standin.fault("code", method="GET", path=f"/documents/{second.id}$", code=102, message="The file is\nlost")
    zipped = opened(viewer_client.get(address("archive"), {"id": [first.id, second.id, third.id]}))
    assert zipped.namelist() == ["a.txt", "c.txt", "_failed.txt"]
    assert "b.txt: The file is lost" in zipped.read("_failed.txt").decode("utf-8-sig")


def test_one_that_breaks_off_is_named_as_incomplete(viewer_client, address, stored, standin):
    first, second = stored("a.txt", b"x" * 3 * MB), stored("b.txt")
    standin.fault("cut_stream", method="GET", path=f"/documents/{first.id}$")
    zipped = opened(viewer_client.get(address("archive"), {"id": [first.id, second.id]}))
    assert "b.txt" in zipped.namelist()
    assert "a.txt: Interrupted after" in zipped.read("_failed.txt").decode("utf-8-sig")


def test_a_server_that_is_down_is_an_error_page_and_no_zip(viewer_client, address, stored, standin):
    document = stored()
    standin.fault("drop", method="GET", path=f"/documents/{document.id}$")
    answer = viewer_client.get(address("archive"), {"id": document.id})
    assert answer.status_code == 502
    assert not answer.streaming


def test_too_much_is_refused_with_the_limit(viewer_client, address, stored, monkeypatch):
    monkeypatch.setattr(archive, "MOST", 2)
    for number in range(3):
        stored(f"{number}.txt")
    answer = viewer_client.get(address("archive"), {"all": "yes"})
    assert "At most 2 documents" in toasts(viewer_client, answer)
    monkeypatch.setattr(archive, "MOST", 20)
    monkeypatch.setattr(archive, "MOST_BYTES", 100)
    assert "Too large for one archive" in toasts(viewer_client, viewer_client.get(address("archive"), {"all": "yes"}))


def test_many_names_that_become_the_same_are_told_apart(stored):
    document = stored()
    made = itertools.islice(itertools.product('/\\:*?"<>|', repeat=4), 500)
    found = archive.names([replace(document, name=f"{''.join(signs)}.txt") for signs in made])
    assert found[0] == "____.txt"
    assert found[-1] == "____ (500).txt"
    assert len(set(found)) == 500


def test_names_are_safe_and_no_two_are_the_same(stored):
    document = stored()
    given = [
        "report.pdf",
        "Report.PDF",
        "report.pdf",
        "../../etc/passwd",
        "..",
        "a\\b/c:d.txt",
        "con.txt",
        "_failed.txt",
        "evil\u202etxt.exe",
        "line\nbreak.txt",
        "x" * 300 + ".docx",
    ]
    found = archive.names([replace(document, name=name) for name in given])
    assert found[:10] == [
        "report.pdf",
        "Report (2).PDF",
        "report (3).pdf",
        "_.._etc_passwd",
        "document",
        "a_b_c_d.txt",
        "_con.txt",
        "_failed (2).txt",
        "eviltxt.exe",
        "linebreak.txt",
    ]
    assert found[10].endswith("x.docx")
    assert max(len(name.encode()) for name in found) <= archive.NAME_BYTES
    assert len({name.casefold() for name in found}) == len(given)


# ---------- through the real server ----------


@pytest.fixture(scope="module")
def own(tmp_path_factory, standin_process) -> Iterator[Installation]:
    var_dir = tmp_path_factory.mktemp("archive") / "var"
    key = standin_process.new_key()
    with Installation(var_dir, standin_process.base_url, key) as installation:
        installation.ragflow_key = key
        installation.web_process = installation.web()
        yield installation


def test_memory_stays_flat_and_a_browser_that_leaves_ends_it(own, standin):
    into = own.ragflow.datasets.create(name="Handbook")
    for number in range(3):
        assert own.send("PUT", upload_url(into, f"{number}.txt"), data=Zeros(80 * MB)).status_code == 200
    url = f"/servers/ragflow/datasets/{into.id}/documents/download/?all=yes"
    with own.http.get(own.address + url, stream=True) as answer:
        next(answer.iter_content(MB))
    before = memory_peak(own.web_process)
    size = 0
    with own.http.get(own.address + url, stream=True) as answer:
        for block in answer.iter_content(MB):
            size += len(block)
    assert size > 240 * MB
    assert memory_peak(own.web_process) - before < 30 * MB
    # Leaving in the middle: the server is free for others at once, and fetches no further document.
    standin.reset_requests()
    with own.http.get(own.address + url, stream=True) as answer:
        next(answer.iter_content(MB))
    wait_until(lambda: own.send("GET", f"/servers/ragflow/datasets/{into.id}/documents/").status_code == 200)
    fetched = [r for r in standin.requests(own.ragflow_key) if r["path"].count("/documents/")]
    assert len(fetched) == 1
