"""The lab with settings A and B: side by side, what moves, what a chip resets, and the question sets it offers."""

from __future__ import annotations

import html
import re

from django.test import Client

from dashboard.models import QuestionSet, Server
from dashboard.ragflow.types import Document
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.lab_asking import asked, lab, said
from tests.support.pages.reading import text_of


def test_two_settings_are_asked_at_once_and_shown_side_by_side(
    viewer_client: Client, ragflow_server: Server, leave_policy: Document, standin: StandinProcess, tenant_key: str
) -> None:
    standin.reset_requests()
    response = viewer_client.get(
        lab(ragflow_server, **{"q": "leave", "compare": "1", "b-vector_similarity_weight": "0.9"})
    )
    page = text_of(response)

    assert sorted(
        (body["vector_similarity_weight"], body["similarity_threshold"]) for body in asked(standin, tenant_key)
    ) == [
        (0.3, 0.0),
        (0.3, 0.2),
        (0.9, 0.0),
        (0.9, 0.2),
    ]
    assert "With settings A" in page
    second = page.split("With settings B")[1]
    assert re.search(r'<a class="ra-tag ra-tag--accent"[^>]*>vector weight 0\.90', second)
    assert '<span class="ra-tag">threshold 0.20' in second


def test_a_comparison_begins_with_two_equal_sides(
    viewer_client: Client, ragflow_server: Server, leave_policy: Document
) -> None:
    response = viewer_client.get(lab(ragflow_server, q="leave", compare="1", similarity_threshold="0.15"))

    assert text_of(response).count("threshold 0.15") >= 4
    assert "A and B return the same hits in the same order." in text_of(response)


def test_moves_say_what_b_changes(viewer_client: Client, ragflow_server: Server, leave_policy: Document) -> None:
    response = viewer_client.get(
        lab(
            ragflow_server,
            **{"q": "parental leave", "compare": "1", "similarity_threshold": "0.9", "b-similarity_threshold": "0.1"},
        )
    )
    second = text_of(response).split("With settings B")[1]

    assert re.search(r">\s*new\s*<", second)
    assert re.search(r"B keeps 1 of A's 1 hit on this page: 0 dropped, [1-9] new\.", said(response))


def test_ranks_that_change_are_counted_in_places() -> None:
    from dashboard.core.paging import PageRequest
    from dashboard.ragflow.types import Retrieval, Source
    from dashboard.retrieval.lab.asking import Answer, Question
    from dashboard.retrieval.lab.results import difference, sides
    from dashboard.retrieval.settings import AT_DEFAULT

    def answer(keys: str) -> Answer:
        hits = tuple(Source(key, "text", "", "", "", "", (), 0.5, 0.5, 0.5) for key in keys)
        return Answer(AT_DEFAULT, Retrieval(len(hits), hits, ()), None, 0.1)

    question = Question("text", ("d",), (), None, PageRequest(1, 30))
    shown = sides(Server(slug="test"), question, [answer("abcd"), answer("dbxa")])

    moves = [(hit.move.kind, hit.move.steps) for hit in shown[1].kept if hit.move]
    assert moves == [("up", 3), ("same", 0), ("new", 0), ("down", 3)]
    assert [hit.gone for hit in shown[0].kept] == [False, False, True, False]
    changed = difference(shown)
    assert changed
    assert (changed.of, changed.stay, changed.fall, changed.new, changed.same_order) == (4, 3, 1, 1, False)


def test_one_side_that_fails_leaves_the_other(
    viewer_client: Client, ragflow_server: Server, leave_policy: Document
) -> None:
    response = viewer_client.get(lab(ragflow_server, **{"q": "leave", "compare": "1", "b-toc_enhance": "on"}))
    first, second = text_of(response).split("With settings B")

    assert "leave.txt" in first
    assert "answer this question." in second


def test_a_changed_setting_is_reset_by_its_chip(
    viewer_client: Client, ragflow_server: Server, leave_policy: Document
) -> None:
    url = ragflow_server.url("retrieval:lab")
    given = "q=parental&similarity_threshold=0.35&keyword=on"
    page = html.unescape(viewer_client.get(f"{url}?{given}").content.decode())
    resets = dict(re.findall(r'<a class="ra-tag ra-tag--accent"\s+href="([^"]*)"[^>]*>\s*([^<]*?)\s*<', page))
    assert resets == {
        "?q=parental&keyword=on": "threshold 0.35",
        "?q=parental&similarity_threshold=0.35": "keywords on",
    }


def test_a_difference_of_b_is_reset_to_what_a_has(
    viewer_client: Client, ragflow_server: Server, leave_policy: Document
) -> None:
    url = ragflow_server.url("retrieval:lab")
    given = "q=parental&compare=1&similarity_threshold=0.1&b-similarity_threshold=0.4&b-top_k=50"
    page = html.unescape(viewer_client.get(f"{url}?{given}").content.decode())
    resets = {
        words: at
        for at, words in re.findall(r'<a class="ra-tag ra-tag--accent"\s+href="([^"]*)"[^>]*>\s*([^<]*?)\s*<', page)
    }
    assert resets["threshold 0.10"] == "?q=parental&compare=1&b-similarity_threshold=0.4&b-top_k=50"
    assert (
        resets["threshold 0.40"]
        == "?q=parental&compare=1&similarity_threshold=0.1&b-top_k=50&b-similarity_threshold=0.1"
    )
    again = html.unescape(viewer_client.get(url + resets["top-k 50"]).content.decode())
    assert "top-k 50" not in again


def test_a_comparison_offers_to_run_question_sets_of_its_datasets_with_both(
    curator_client: Client, ragflow_server: Server, leave_policy: Document
) -> None:
    mine = QuestionSet.objects.create(
        server=ragflow_server, name="Leave", dataset_ids=[leave_policy.dataset_id], username="ada"
    )
    QuestionSet.objects.create(server=ragflow_server, name="Other", dataset_ids=["f" * 32], username="ada")
    mine.questions.create(text="soup", documents=["leave.txt"])
    given = "q=parental&compare=1&similarity_threshold=0.1&b-top_k=50&b-keyword=on"
    page = html.unescape(curator_client.get(f"{ragflow_server.url('retrieval:lab')}?{given}").content.decode())
    found = re.search(r'href="([^"]*)">Run “Leave” with both', page)
    assert found
    assert "Run “Other”" not in page
    form = html.unescape(curator_client.get(found[1]).content.decode())
    assert "Run 1 question with A and with B" in form
    assert re.search(r'name="b-top_k"[^>]*value="50"|value="50"[^>]*name="b-top_k"', form)
    assert "threshold 0.10" in form
