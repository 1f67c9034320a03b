"""A dataset of twenty thousand documents: every page about it, beside the upstream calls that it makes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from tests.bench.app import App, Upstream
from tests.bench.areas.pages import compare
from tests.bench.load import large, rows
from tests.bench.report import Figure

DOCUMENTS: Final = 20_000
SPARE: Final = 50
JOB: Final = 1


def addresses() -> Iterator[tuple[str, str, tuple[str, int]]]:
    """Name, address below the server's, and what the page must show at least so often."""
    dataset = f"datasets/{rows.DATASET}"
    documents, metadata, lab = f"{dataset}/documents", f"{dataset}/metadata", f"retrieval/?dataset={rows.DATASET}"
    one = large.document(0)["id"]
    some = "&".join(f"id={large.document(n)['id']}" for n in range(10))
    condition = "meta_key=unit&meta_value=unit-7"
    change = "scope=matching&meta_key=unit&meta_operator=is&meta_value=unit-7"
    yield "datasets", "datasets/", ("<tr", 20)
    yield "dataset's settings", f"{dataset}/settings/", ("<input", 5)
    yield "documents", f"{documents}/?page_size=100", ("<tr", 100)
    yield "documents, last page", f"{documents}/?page_size=100&page=200", ("<tr", 100)
    yield "documents, failed", f"{documents}/?page_size=100&status=failed", ("<tr", 100)
    yield "documents, by name", f"{documents}/?page_size=100&q=note-00", ("<tr", 100)
    yield "documents, by metadata", f"{documents}/?page_size=100&{condition}", ("<tr", 100)
    yield "failed documents by cause", f"{documents}/retry/", ('name="cause"', len(large.REASONS))
    yield "settings of ten documents", f"{documents}/settings/?{some}", ("<input", 5)
    yield "deleting ten documents", f"{documents}/delete/?{some}", ("service-note", 3)
    yield "a document's log", f"{documents}/{one}/log/", ("Indexing done", 1)
    yield "a document's 50,000 chunks", f"{documents}/{one}/chunks/", ("<article", 25)
    yield "chunks, last page that RAGFlow gives out", f"{documents}/{one}/chunks/?page=400", ("<article", 25)
    yield "metadata", f"{metadata}/", ("unit-7", 1)
    yield (
        "change of metadata, dry run",
        f"{metadata}/change/?operation=put&key=author&value=Zoe&kind=text&{change}",
        (
            "<tr",
            20,
        ),
    )
    yield "metadata as CSV", f"{metadata}/export/", ("REF-", DOCUMENTS)
    yield "graph", f"{dataset}/graph/", ("<tr", large.NODES)
    yield "retrieval", f"{lab}&q=service+interval", ("ra-hit-doc", 30)
    yield "retrieval, A and B", f"{lab}&q=service+interval&compare=1&b-top_k=64", ("ra-hit-doc", 60)
    yield "activity", "activity/", ("20,000", 1)
    yield "a job", f"activity/jobs/{JOB}/", ("Odd", 100)


def measure(app: App, upstream: Upstream, *, quick: bool) -> Iterator[Figure]:
    remember_job(app)
    upstream.play(datasets=20, documents=DOCUMENTS, mixed=True)
    for name, address, shows in addresses():
        times = 5 if quick else 30
        try:
            yield compare(
                app, upstream, f"{app.base}{address}", name, times, shows=shows, area="20,000 documents", spare=SPARE
            )
        except RuntimeError as error:
            # One page that does not answer as it should must not hide the others.
            yield Figure("20,000 documents", name, float("nan"), "ms", limit=SPARE, note=str(error)[:200])


def remember_job(app: App) -> None:
    """A job on all of them that has ended, in the product's own tables."""
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ")
    with sqlite3.connect(app.scratch / "var" / "db.sqlite3", timeout=30) as connection:
        if connection.execute("SELECT count(*) FROM dashboard_job").fetchone()[0]:
            return
        [server] = connection.execute("SELECT id FROM dashboard_server").fetchone()
        job = {
            "id": JOB, "server_id": server, "dataset_id": rows.DATASET, "dataset_name": "Product line 0 manuals",
            "username": "bench", "action": "disable", "expected": DOCUMENTS, "collected": 1, "stop_asked": 0,
            "tallied": "{}", "last_error": "", "query": "", "started_at": now, "ended_at": now,
        }  # fmt: skip
        _insert(connection, "dashboard_job", [job])
        items = [
            {
                "job_id": JOB, "document_id": large.document(n)["id"], "name": large.name(n), "attempts": 1,
                "precondition": "", "state": "failed" if large.state(n) == "FAIL" else "done",
                "reason": "Odd" if n % 10 == 8 else "",
            }
            for n in range(DOCUMENTS)
        ]  # fmt: skip
        _insert(connection, "dashboard_jobitem", items)
    connection.close()


def _insert(connection: sqlite3.Connection, table: str, values: list[dict[str, object]]) -> None:
    """Inserts rows; what they do not say is empty where the column wants something."""
    columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
    empty = {name: _nothing(name, kind) for _, name, kind, wanted, *_ in columns if wanted and name not in values[0]}
    empty.pop("id", None)
    names = [*values[0], *empty]
    places = ", ".join(f":{name}" for name in names)
    connection.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", [empty | row for row in values]
    )


def _nothing(name: str, kind: str) -> object:
    """An empty value for a column that is not known here."""
    if kind.startswith(("bool", "integer")):
        return 0
    return "{}" if name in ("options", "payload") else ""
