"""Activity: runs and jobs, who, how it went, and trying again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboard.models import Job, JobItem, ParsedDocument, ParseRun, Server
from tests.support.pages.reading import visible_text

State, Outcome = JobItem.State, ParsedDocument.Outcome


@pytest.fixture
def job(ragflow_server):
    def make(dataset_name="Handbook", *, ended=True, **states):
        made = Job.objects.create(
            server=ragflow_server,
            dataset_id="d" * 32,
            dataset_name=dataset_name,
            username="ada",
            action="delete",
            collected=True,
            expected=sum(states.values()),
            ended_at=datetime.now(UTC) if ended else None,
        )
        for state, number in states.items():
            for n in range(number):
                JobItem.objects.create(
                    job=made, document_id=f"{state}{n}", name=f"{state} <b>{n}</b>.txt", state=state, reason="Odd"
                )
        return made

    return make


@pytest.fixture
def run(ragflow_server):
    made = ParseRun.objects.create(
        server=ragflow_server,
        dataset_id="d" * 32,
        dataset_name="Contracts",
        username="grace",
        ended_at=datetime.now(UTC),
    )
    ParsedDocument.objects.create(run=made, document_id="a" * 32, name="good.txt", outcome=Outcome.PARSED)
    ParsedDocument.objects.create(run=made, document_id="b" * 32, name="bad.txt", outcome=Outcome.FAILED)
    return made


def test_the_page_tells_runs_and_jobs_without_asking_ragflow(
    viewer_client, ragflow_server, job, run, standin, tenant_key
):
    job(done=2, failed=1)
    job("Running one", ended=False, waiting=3)
    standin.reset_requests()
    text = visible_text(viewer_client.get(ragflow_server.url("activity:page")))
    assert "Running one" in text
    assert text.index("Running one") < text.index("Handbook")
    assert "2 of 3 deleted" in text
    assert "1 failed" in text
    assert "ada" in text
    assert "1 of 2 parsed" in text
    assert "grace" in text
    assert standin.requests(tenant_key) == []


def test_the_number_of_queries_does_not_grow_with_the_list(
    viewer_client, ragflow_server, job, run, django_assert_max_num_queries
):
    for _ in range(10):
        job(done=1)
    with django_assert_max_num_queries(18):
        viewer_client.get(ragflow_server.url("activity:page"))


def test_htmx_gets_the_part_that_moves(viewer_client, ragflow_server, job):
    job(ended=False, waiting=1)
    html = viewer_client.get(ragflow_server.url("activity:page"), headers={"HX-Request": "true"}).content.decode()
    assert html.lstrip().startswith('<div class="ra-stack" id="activity"')
    assert "every 3s" in html


def test_the_whole_page_of_a_running_job_asks_for_itself(viewer_client, ragflow_server, job):
    url = ragflow_server.url("activity:job", job(ended=False, waiting=2).pk)
    assert f'hx-get="{url}"' in viewer_client.get(url).content.decode()


def test_a_job_lists_what_failed_as_text(viewer_client, ragflow_server, job):
    html = viewer_client.get(ragflow_server.url("activity:job", job(failed=1).pk)).content.decode()
    assert "failed &lt;b&gt;0&lt;/b&gt;.txt" in html
    assert "<b>0</b>" not in html
    assert "Odd" in html


def test_viewers_are_offered_no_buttons(viewer_client, curator_client, ragflow_server, job):
    made = job(failed=1)
    url = ragflow_server.url("activity:retry", made.pk)
    assert url not in viewer_client.get(ragflow_server.url("activity:page")).content.decode()
    assert url in curator_client.get(ragflow_server.url("activity:page")).content.decode()


def test_what_failed_in_a_run_is_parsed_again_as_a_job(curator_client, ragflow_server, run):
    answer = curator_client.post(ragflow_server.url("activity:retry-run", run.pk))
    made = Job.objects.get()
    assert answer.url == ragflow_server.url("activity:job", made.pk)
    assert (made.action, made.username) == ("parse", "curator")
    assert list(made.items.values_list("name", flat=True)) == ["bad.txt"]


def test_retrying_takes_what_failed_and_what_was_left_out(curator_client, ragflow_server, job):
    made = job(done=2, failed=1, skipped=1)
    curator_client.post(ragflow_server.url("activity:retry", made.pk))
    assert Job.objects.latest("pk").items.count() == 2


def test_a_running_job_is_not_retried(curator_client, ragflow_server, job):
    made = job(ended=False, failed=1, waiting=1)
    curator_client.post(ragflow_server.url("activity:retry", made.pk))
    assert Job.objects.count() == 1


def test_another_servers_job_is_not_found(viewer_client, ragflow_server, job):
    other = Server(name="Other", slug="other", base_url=ragflow_server.base_url)
    other.api_key = "k"
    other.save()
    assert viewer_client.get(other.url("activity:job", job(done=1).pk)).status_code == 404


def test_with_nothing_to_tell_it_says_so(viewer_client, ragflow_server):
    assert "No activity yet" in visible_text(viewer_client.get(ragflow_server.url("activity:page")))


def test_a_running_job_is_a_toast_that_asks_on_and_tells_the_list_at_the_end(viewer_client, ragflow_server, job):
    made = job(ended=False, done=1, waiting=2)
    url = ragflow_server.url("activity:toast", made.pk)
    answer = viewer_client.get(url, {"polls": "4", "through": "1"})
    assert "1 of 3 deleted" in visible_text(answer)
    assert "every 0.4s" in answer.content.decode()
    assert "HX-Trigger" not in answer
    assert viewer_client.get(url, {"polls": "4", "through": "0"})["HX-Trigger"] == '{"documents:changed": {}}'
    assert "every 1s" in viewer_client.get(url, {"polls": "19"}).content.decode()
    assert "every 3s" in viewer_client.get(url, {"polls": "99"}).content.decode()
    Job.objects.filter(pk=made.pk).update(ended_at=datetime.now(UTC))
    answer = viewer_client.get(url, {"polls": "nonsense"})
    assert answer["HX-Trigger"] == '{"documents:changed": {"now": true}}'
    assert "hx-get" not in answer.content.decode()


def test_a_toast_names_what_failed_and_why_and_curators_may_retry_from_it(curator_client, ragflow_server, job):
    made = job(done=1, failed=5)
    text = visible_text(curator_client.get(ragflow_server.url("activity:toast", made.pk)))
    assert "5 documents were not deleted" in text
    assert "failed &lt;b&gt;0&lt;/b&gt;.txt : Odd" in text
    assert "and 2 more" in text
    answer = curator_client.post(ragflow_server.url("activity:retry", made.pk), headers={"HX-Request": "true"})
    again = Job.objects.latest("pk")
    assert f'id="job-{again.pk}"' in answer.content.decode()


def test_a_job_is_stopped_from_its_toast(curator_client, ragflow_server, job):
    made = job(ended=False, waiting=1)
    answer = curator_client.post(ragflow_server.url("activity:stop", made.pk), headers={"HX-Request": "true"})
    assert "cancelling" in visible_text(answer)
    made.refresh_from_db()
    assert made.stop_asked
    assert made.next_at is not None
