"""What a server is parsing, from the snapshots of watched datasets.

Parsing that was started outside the dashboard is found by checking the datasets that changed most recently.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core import formatting
from dashboard.core.web import once
from dashboard.documents.parsing import snapshot, watching
from dashboard.documents.parsing.failure_causes import in_words
from dashboard.documents.parsing.snapshot import Snapshot
from dashboard.documents.table import summary
from dashboard.models import ParseRun, Server, Watch
from dashboard.overview.status import Failure, attempt
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.types import Dataset, RunStatus

WATCHES: Final = 100
LOOKED_FOR: Final = 6
LOOK_EVERY: Final = 15
SHOWN: Final = 8


@dataclass(frozen=True)
class Running:
    """A dataset with documents being parsed."""

    dataset_id: str
    name: str
    parsed: int
    total: int
    bar: SafeString | str
    started: str
    pace: str
    working: int


@dataclass(frozen=True)
class Needs:
    """Documents of a dataset that need attention: failed or stalled ones."""

    dataset_id: str
    name: str
    kind: str
    number: int
    title: SafeString
    causes: tuple[str, ...]
    status: str


@dataclass(frozen=True)
class State:
    """What is being parsed and what needs attention."""

    running: tuple[Running, ...]
    needs: tuple[Needs, ...]

    @property
    def working(self) -> int:
        return sum(item.working for item in self.running)

    @property
    def words(self) -> str:
        """``7 documents in 3 datasets``."""
        documents = ngettext("%(n)s document", "%(n)s documents", self.working) % {"n": formatting.count(self.working)}
        datasets = ngettext("%(n)s dataset", "%(n)s datasets", len(self.running)) % {
            "n": formatting.count(len(self.running))
        }
        return _("%(documents)s in %(datasets)s") % {"documents": documents, "datasets": datasets}

    @property
    def shown(self) -> tuple[Running, ...]:
        return self.running[:SHOWN]

    @property
    def hidden(self) -> int:
        return max(0, len(self.running) - SHOWN)


def state(server: Server, datasets: Mapping[str, Dataset]) -> State:
    """Read it from the snapshots of the existing ``datasets`` (by id), without upstream calls."""
    now = time.time()
    runs = _latest_runs(server)
    running, needs = [], []
    for watch in Watch.objects.filter(server=server).order_by("-seen_at")[:WATCHES]:
        seen, dataset = snapshot.load(server, watch.dataset_id), datasets.get(watch.dataset_id)
        if seen is None or dataset is None:
            continue
        name = formatting.visible(dataset.name)
        if seen.running:
            running.append(_running(watch.dataset_id, name, seen, runs.get(watch.dataset_id), now))
        needs += _needs(watch.dataset_id, name, seen)
    running.sort(key=lambda item: item.working, reverse=True)
    return State(tuple(running), tuple(needs))


def notice(server: Server, client: RAGFlow, datasets: Iterable[Dataset]) -> None:
    """Request a poll of datasets without a snapshot, or with parsing started elsewhere.

    Checks the few that changed most recently, at most every 15 seconds.
    """
    if not once.first(f"{server.cache_key}:noticed", LOOK_EVERY):
        return
    watched = set(Watch.objects.filter(server=server).exclude(next_at=None).values_list("dataset_id", flat=True))
    unknown = [dataset for dataset in datasets if dataset.document_count and dataset.id not in watched]
    latest = sorted(unknown, key=lambda d: d.updated_at.timestamp() if d.updated_at else 0.0, reverse=True)[:LOOKED_FOR]
    known = [dataset for dataset in latest if snapshot.load(server, dataset.id) is not None]
    started = _running_in(client, known)
    for dataset in latest:
        if dataset not in known or dataset.id in started:
            watching.request_poll(server, dataset.id)


def _running_in(client: RAGFlow, datasets: Sequence[Dataset]) -> set[str]:
    """The ids of the datasets with documents that are being parsed."""
    told = attempt(lambda: client.datasets.states([dataset.id for dataset in datasets]))
    if isinstance(told, dict) and told:
        return {dataset_id for dataset_id, counts in told.items() if counts.get(RunStatus.RUNNING)}
    counts = parallel(*(_counting(client, dataset) for dataset in datasets))
    return {dataset.id for dataset, found in zip(datasets, counts, strict=True) if isinstance(found, int) and found}


def _counting(client: RAGFlow, dataset: Dataset) -> Callable[[], int | Failure]:
    def count() -> int:
        return client.documents.list(dataset.id, page=1, page_size=1, run=(RunStatus.RUNNING,)).total or 0

    return lambda: attempt(count)


def _latest_runs(server: Server) -> dict[str, ParseRun]:
    """The newest unfinished parse run by dataset."""
    found: dict[str, ParseRun] = {}
    for run in ParseRun.objects.filter(server=server, ended_at=None)[:WATCHES].counted():
        found.setdefault(run.dataset_id, run)
    return found


def _running(dataset_id: str, name: str, seen: Snapshot, run: ParseRun | None, now: float) -> Running:
    told = summary.summary(dict(seen.counts), seen, now)
    rate, left = seen.per_minute(now), seen.seconds_left(now)
    pace = []
    if rate is not None:
        pace.append(_("%(n)s docs/min") % {"n": f"{rate:.1f}" if rate < 10 else f"{rate:.0f}"})
    if left is not None:
        pace.append(_("about %(time)s left") % {"time": formatting.duration(max(60.0, left))})
    return Running(
        dataset_id=dataset_id,
        name=name,
        parsed=seen.counts.get(RunStatus.DONE, 0),
        total=told.total,
        bar=told.bar,
        started=_started(run),
        pace=" · ".join(pace),
        working=len(seen.running),
    )


def _started(run: ParseRun | None) -> str:
    if run is None:
        return _("Started outside this dashboard")
    number = run.counts.total()
    return ngettext("%(n)s document by %(name)s, %(ago)s", "%(n)s documents by %(name)s, %(ago)s", number) % {
        "n": formatting.count(number),
        "name": run.username,
        "ago": formatting.ago(run.started_at),
    }


def _needs(dataset_id: str, name: str, seen: Snapshot) -> list[Needs]:
    found = []
    failed = seen.counts.get(RunStatus.FAIL, 0)
    if failed:
        title = ngettext("%(n)s document failed in", "%(n)s documents failed in", failed) % {
            "n": formatting.count(failed)
        }
        found.append(Needs(dataset_id, name, "fail", failed, format_html("{}", title), _causes(seen), status="failed"))
    stalled = sum(1 for entry in seen.running if entry.stalled)
    if stalled:
        title = ngettext("%(n)s document stalled in", "%(n)s documents stalled in", stalled) % {
            "n": formatting.count(stalled)
        }
        names = tuple(formatting.visible(entry.name) for entry in seen.running if entry.stalled)[:3]
        found.append(Needs(dataset_id, name, "stall", stalled, format_html("{}", title), names, status="stalled"))
    return found


def _causes(seen: Snapshot) -> tuple[str, ...]:
    """The causes of failure with their frequency, as far as the snapshot knows them."""
    reasons: dict[str, int] = {}
    for entry in seen.entries.values():
        if entry.run is RunStatus.FAIL and entry.tail:
            words = in_words(entry.tail)
            reasons[words] = reasons.get(words, 0) + 1
    common = sorted(reasons.items(), key=lambda item: item[1], reverse=True)[:3]
    return tuple(f"{number} × {reason}" for reason, number in common)  # noqa: RUF001
