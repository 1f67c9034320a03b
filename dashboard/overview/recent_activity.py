"""Recent changes on a server as sentences, from the audit trail and the jobs.

A job is one sentence, however many writes it made. Other writes are grouped by user, kind, dataset and outcome into one
sentence per hour, or a single one for a longer period without pauses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, F, Func, IntegerField, Max, Min, Sum, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.audit import sentences
from dashboard.core.access.rights import ServerRights
from dashboard.core.formatting import count, shortened
from dashboard.models import AuditEntry, Job, JobItem, Server

State = JobItem.State

SHOWN: Final = 8
REASON: Final = 160
# Reads the first of these periods that holds enough: a day of uploads can be tens of thousands of writes.
SPANS: Final = (timedelta(days=1), timedelta(days=90))
# Groups with a shorter pause between them are merged.
PAUSE: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class Event:
    """One sentence with an icon and a time. ``url`` is the page of the job, if it was one.

    ``failure`` says what went wrong. ``unsure`` means that the outcome is unknown.
    """

    icon: str
    sentence: SafeString
    at: datetime
    failure: str = ""
    unsure: bool = False
    url: str = ""


@dataclass(frozen=True)
class _Group:
    """Writes grouped into one sentence. ``newest`` is the key of the last, ``number`` how many objects they concern."""

    dataset_id: str
    first: datetime
    last: datetime
    newest: int
    number: int


class _Hour(Func):
    """Truncates a time to the hour, in UTC, with the database's own function."""

    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="SUBSTR(%(expressions)s, 1, 13)", **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="DATE_TRUNC('hour', %(expressions)s)::text", **more)


class _Length(Func):
    """The length of a list stored as JSON."""

    function = "JSON_ARRAY_LENGTH"
    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSONB_ARRAY_LENGTH", **more)


def latest(server: Server, rights: ServerRights, names: Mapping[str, str]) -> list[Event]:
    """The newest events on ``server`` in what these rights show, without chats.

    ``names`` maps dataset ids to names, as far as known.
    """
    groups: list[_Group] = []
    for span in SPANS:
        groups = _groups(server, rights, timezone.now() - span)
        if len(groups) >= SHOWN:
            break
    found = _of_writes(groups[:SHOWN], names) + _of_jobs(server, rights, names)
    return sorted(found, key=lambda event: event.at, reverse=True)[:SHOWN]


def _groups(server: Server, rights: ServerRights, since: datetime) -> list[_Group]:
    """The groups of writes since then, newest first; one query."""
    listed = rights.visible(AuditEntry.objects.filter(server=server, at__gte=since, job=None))
    for unlisted in sentences.UNLISTED:
        listed = listed.exclude(action__startswith=unlisted)
    rows = (
        listed.order_by()
        .values("username", "action", "outcome", dataset=KT("detail__dataset_id"), hour=_Hour("at"))
        .annotate(
            writes=Count("pk"),
            # The same object may be written several times.
            things=Count(Concat(*(Cast(name, TextField()) for name in ("target_ids", "target_names"))), distinct=True),
            targets=Sum(_Length("target_ids")),
            first=Min("at"),
            last=Max("at"),
            newest=Max("pk"),
        )
        .order_by(F("last").desc())
    )
    found: dict[tuple[str, str, str, str], list[_Group]] = {}
    for row in rows:
        key = (row["username"], row["action"], row["outcome"], row["dataset"] or "")
        number = row["things"] if row["targets"] == row["writes"] else row["targets"]
        group = _Group(key[-1], row["first"], row["last"], row["newest"], number)
        same = found.setdefault(key, [])
        if same and same[-1].first - group.last < PAUSE:
            after = same.pop()
            group = _Group(group.dataset_id, group.first, after.last, after.newest, after.number + number)
        same.append(group)
    every = [group for same in found.values() for group in same]
    return sorted(every, key=lambda group: (group.last, group.newest), reverse=True)


def _of_writes(groups: list[_Group], names: Mapping[str, str]) -> list[Event]:
    entries = AuditEntry.objects.in_bulk([group.newest for group in groups])
    return [_of_write(entries[group.newest], group, names) for group in groups if group.newest in entries]


def _of_write(newest: AuditEntry, group: _Group, names: Mapping[str, str]) -> Event:
    icon, sentence = sentences.WRITES.get(newest.action, sentences.OTHER)
    where = names.get(group.dataset_id) or str(newest.detail.get("dataset", ""))
    things = newest.target_names or newest.target_ids
    place = sentences.PLACES.get(newest.action, sentences.PLACE)
    reason = _("Failed: %(reason)s") % {"reason": shortened(newest.error, REASON)} if newest.error else _("Failed")
    return Event(
        icon=icon,
        sentence=sentences.say(
            sentence, newest.username, things, group.number, sentences.fill(place, dataset=where) if where else ""
        ),
        at=group.last,
        failure=reason if newest.outcome == AuditEntry.Outcome.FAILED else "",
        unsure=newest.outcome == AuditEntry.Outcome.UNKNOWN,
    )


def _of_jobs(server: Server, rights: ServerRights, names: Mapping[str, str]) -> list[Event]:
    """The newest jobs that changed or failed to change something; a few queries."""
    # Jobs without anything to do are left out.
    jobs = rights.visible(Job.objects.filter(server=server)).order_by("-started_at", "-pk")[: 2 * SHOWN].counted()
    single = [job.pk for job in jobs if job.counts[State.DONE] == 1]
    named = dict(JobItem.objects.filter(job__in=single, state=State.DONE).values_list("job_id", "name"))
    done = [job for job in jobs if job.counts[State.DONE] or job.counts[State.FAILED]]
    return [_of_job(server, job, named.get(job.pk, ""), names) for job in done]


def _of_job(server: Server, job: Job, name: str, names: Mapping[str, str]) -> Event:
    """The event of a job. ``name`` is the document's, if the job has only one."""
    icon, sentence = sentences.JOBS.get(job.action, sentences.OTHER)
    done, failed = job.counts[State.DONE], job.counts[State.FAILED]
    place = sentences.fill(sentences.PLACE, dataset=names.get(job.dataset_id) or job.dataset_name)
    return Event(
        icon=icon,
        sentence=sentences.say(sentence, job.username, [name] if name else [], done, place),
        at=job.ended_at or job.started_at,
        failure=_("%(n)s failed") % {"n": count(failed)} if failed else "",
        url=server.url("activity:job", job.pk),
    )
