"""Days are those of the time zone that a person has chosen, also in a job that runs later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.test import Client

from dashboard.models import AuditEntry, Job, Person
from tests.support.pages.documents import names
from tests.support.processes.worker import work


def millis(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc, arg-type]


def test_a_job_takes_the_days_of_whoever_started_it_and_keeps_their_name(
    curator_client: Client, made: Callable[..., str]
) -> None:
    # In Tokyo the second one is of the 11th.
    url = made(
        [
            {"name": "early.txt", "create_time": millis(2026, 5, 10, 3)},
            {"name": "late.txt", "create_time": millis(2026, 5, 10, 20)},
        ]
    )
    days = {"from": "2026-05-11", "to": "2026-05-11"}
    assert names(curator_client.get(url, days)) == []
    curator_client.post("/profile/", {"name": "", "email": "", "time_zone": "Asia/Tokyo"})
    assert names(curator_client.get(url, days)) == ["late.txt"]
    confirmed = {"all": "yes", "confirmed": "yes", "expected": "1", **days}
    curator_client.post(f"{url}disable/", confirmed)
    job = Job.objects.get()
    assert job.query
    work()
    assert list(job.items.values_list("name", flat=True)) == ["late.txt"]
    assert AuditEntry.objects.get(job=job.pk).username == "curator"
    assert Person.objects.get(time_zone="Asia/Tokyo").user.username == "curator"


def test_a_job_of_a_deleted_person_writes_nothing_more_and_keeps_their_name(
    curator_client: Client, administrator_client: Client, made: Callable[..., str]
) -> None:
    url = made([{"name": "a.txt"}, {"name": "b.txt"}])
    curator_client.post(f"{url}disable/", {"all": "yes", "confirmed": "yes", "expected": "2"})
    job = Job.objects.get()
    assert job.user is not None
    administrator_client.post(f"/people/{job.user.pk}/delete/")
    work()
    assert not AuditEntry.objects.filter(job=job.pk).exists()
    job.refresh_from_db()
    assert job.username == "curator"
    assert job.last_error == "curator may no longer change this dataset."
