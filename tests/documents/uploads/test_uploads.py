"""Uploads over real HTTP: through gunicorn, byte by byte, with everything that can go wrong on the way."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from dashboard.models import AuditEntry, ParseRun
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset
from tests.support.pages.documents import MB, Zeros, memory_peak, put, upload_url
from tests.support.processes.installation import Installation
from tests.support.processes.waiting import wait_until

# ---------- what the view answers ----------


def test_a_file_is_stored_as_it_is(curator_client, address, ragflow, dataset):
    answer = put(curator_client, address, "a.txt", b"Every byte counts.")
    assert answer.status_code == 200
    assert answer.json()["name"] == "a.txt"
    document = ragflow.documents.get(dataset.id, answer.json()["id"])
    with ragflow.documents.download(document) as file:
        assert b"".join(file) == b"Every byte counts."
    assert document.run == "UNSTART"
    assert AuditEntry.objects.get(action="document.upload").target_names == ["a.txt"]


def test_the_name_that_ragflow_gave_a_duplicate_is_told(curator_client, address):
    put(curator_client, address, "a.txt")
    answer = put(curator_client, address, "a.txt").json()
    assert answer["name"] == "a(1).txt"
    assert answer["renamed"] is True


def test_parse_when_uploaded_parses_and_joins_one_run_per_batch(curator_client, address, ragflow, dataset):
    ids = [put(curator_client, address, f"{n}.txt", parse=1, batch="batch-0001").json()["id"] for n in range(3)]
    assert all(ragflow.documents.get(dataset.id, one).run != "UNSTART" for one in ids)
    assert ParseRun.objects.all().counted()[0].counts.total() == 3


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("a.exe", b"MZ", 415),
        ("no ending", b"text", 415),
        ("empty.txt", b"", 422),
        ("", b"text", 422),
        ("ä" * 126 + ".txt", b"text", 422),
    ],
)
def test_what_ragflow_would_not_take_is_refused_before_a_byte_is_sent(
    curator_client, address, standin, tenant_key, name, content, status
):
    standin.reset_requests()
    answer = put(curator_client, address, name, content)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert answer.json()["retry"] is False
    assert standin.requests(tenant_key) == []


def test_a_file_that_is_too_large_is_refused(curator_client, address, settings):
    settings.UPLOAD_MAX_MB = 1
    assert put(curator_client, address, "a.txt", b"x" * (MB + 1)).status_code == 413


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>.txt", 'a"b\\c.txt', "مستند.txt", "a'b;c=d.txt", "%00.txt"]
)
def test_hostile_names_arrive_as_they_are(curator_client, address, ragflow, dataset, name):
    answer = put(curator_client, address, name)
    assert answer.status_code == 200, answer.content
    stored = ragflow.documents.get(dataset.id, answer.json()["id"]).name
    assert stored == answer.json()["name"]
    assert stored == name.replace("\\", "/").rpartition("/")[2]


def test_the_folder_of_a_file_is_left_out_of_its_name(curator_client, address):
    assert put(curator_client, address, "../../etc/passwd.txt").json()["name"] == "passwd.txt"


def test_ragflows_refusal_is_told_in_its_words(curator_client, address, standin):
    standin.fault("code", method="POST", path="/documents$", code=101, message="The disk is full")
    answer = put(curator_client, address, "a.txt")
    assert (answer.status_code, answer.json()["error"]) == (422, "The disk is full")


@pytest.mark.parametrize("kind", ["error500", "html", "half_json", "drop", "data_false"])
def test_after_a_fault_of_ragflow_the_same_file_can_be_sent_again(
    curator_client, address, standin, ragflow, dataset, kind
):
    standin.fault(kind, method="POST", path="/documents$", times=1)
    answer = put(curator_client, address, "a.txt")
    assert (answer.status_code, answer.json()["retry"]) == (502, True)
    assert "The file was not stored" in answer.json()["error"]
    assert put(curator_client, address, "a.txt").json()["name"] == "a.txt"
    assert ragflow.documents.list(dataset.id).total == 1


def test_a_file_whose_answer_was_lost_is_found_and_not_sent_twice(curator_client, address, standin, ragflow, dataset):
    put(curator_client, address, "a.txt", b"Another text.")
    standin.fault("cut_stream", method="POST", path="/documents$", times=1)
    answer = put(curator_client, address, "a.txt", b"The text itself.")
    assert answer.status_code == 200
    assert answer.json()["name"] == "a(1).txt"
    assert "did not confirm the upload" in answer.json()["note"]
    assert ragflow.documents.list(dataset.id).total == 2


def test_a_dataset_that_is_not_ours_takes_nothing(curator_client, ragflow_server, standin):
    other = RAGFlow(standin.base_url, standin.new_key())
    theirs = other.datasets.create(name="Theirs")
    url = ragflow_server.url("documents:upload", theirs.id) + "?name=a.txt"
    answer = curator_client.put(url, data=b"text", content_type="application/octet-stream")
    assert answer.status_code == 404
    assert other.documents.list(theirs.id).total == 0


def test_stored_but_not_parsed_says_so(curator_client, address, standin):
    standin.fault("code", method="POST", path="/chunks$", code=102, message="No worker")
    answer = put(curator_client, address, "a.txt", parse=1).json()
    assert answer["parsing"] is False
    assert "No worker" in answer["note"]


def test_a_viewer_may_not_upload(viewer_client, address, ragflow, dataset):
    assert put(viewer_client, address, "a.txt").status_code == 403
    assert ragflow.documents.list(dataset.id).total == 0


# ---------- through the real server ----------


@pytest.fixture(scope="module")
def own(tmp_path_factory, standin_process) -> Iterator[Installation]:
    var_dir = tmp_path_factory.mktemp("uploads") / "var"
    with Installation(var_dir, standin_process.base_url, standin_process.new_key()) as installation:
        installation.web_process = installation.web()
        yield installation


@pytest.fixture
def into(own: Installation, standin) -> Dataset:
    return own.ragflow.datasets.create(name="Handbook")


def test_memory_stays_flat_and_nothing_is_kept_on_disk(own, into):
    assert own.send("PUT", upload_url(into, "warm-up.txt"), data=Zeros(2 * MB)).status_code == 200
    before, files = memory_peak(own.web_process), set(own.var_dir.rglob("*"))
    answer = own.send("PUT", upload_url(into, "large.txt"), data=Zeros(200 * MB))
    assert answer.status_code == 200, answer.text
    assert memory_peak(own.web_process) - before < 30 * MB
    new = {path for path in set(own.var_dir.rglob("*")) - files if path.stat().st_size > MB}
    assert new == set()
    assert {document.size for document in own.ragflow.documents.list(into.id)} == {2 * MB, 200 * MB}


def test_without_a_length_it_is_refused(own, into):
    answer = own.send("PUT", upload_url(into, "a.txt"), data=iter([b"some ", b"text"]))
    assert answer.status_code == 411
    assert own.ragflow.documents.list(into.id).total == 0


def test_without_the_csrf_header_it_is_refused_before_the_body_is_read(own, into):
    answer = own.http.put(own.address + upload_url(into, "a.txt"), data=b"text")
    assert answer.status_code == 403
    assert own.ragflow.documents.list(into.id).total == 0


def test_a_browser_that_leaves_leaves_nothing_behind(own, into, standin):
    host, port = urlsplit(own.address).hostname, urlsplit(own.address).port
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in own.http.cookies)
    head = (
        f"PUT {upload_url(into, 'half.txt')} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookies}\r\n"
        f"X-CSRFToken: {own.http.cookies['csrftoken']}\r\nReferer: {own.address}/\r\n"
        f"Content-Type: application/octet-stream\r\nContent-Length: {50 * MB}\r\n\r\n"
    )
    with socket.create_connection((host, port)) as browser:
        browser.sendall(head.encode() + b"x" * (5 * MB))
        time.sleep(0.3)
    wait_until(lambda: own.rows("SELECT outcome FROM dashboard_auditentry WHERE target_names LIKE '%half.txt%'"))
    assert own.ragflow.documents.list(into.id).total == 0
    assert own.send("PUT", upload_url(into, "next.txt"), data=b"text").status_code == 200


def test_three_at_a_time_do_not_wait_for_each_other(own, into, standin):
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda n: own.send("PUT", upload_url(into, f"{n}.txt"), data=b"x" * 1000), range(24)))
    assert {answer.status_code for answer in answers} == {200}
    assert own.ragflow.documents.list(into.id).total == 24
