"""The retrieval lab: what it asks of RAGFlow, what it shows of the answer, and what it says when something is wrong."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from dashboard.models import AskedQuestion, AuditEntry, QuestionSet, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.chunks.conftest import Upload

LEAVE = "\n".join(
    [
        "You apply for parental leave seven weeks before it begins.",
        "Annual leave is thirty days.",
        "The canteen serves soup on Mondays.",
        "A sabbatical is no leave of absence for parents.",
    ]
)


@pytest.fixture
def document(upload: Upload) -> Document:
    return upload("leave.txt", LEAVE)


def lab(server: Server, *pairs: tuple[str, object], **more: object) -> str:
    """The lab's address with these parameters; pairs for those that repeat."""
    return f"{server.url('retrieval:lab')}?{urlencode([*pairs, *more.items()])}"


def text_of(response: Any) -> str:
    return html.unescape(response.content.decode())


def said(response: Any) -> str:
    """The page's words, without marks and tags, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", text_of(response).replace("<mark>", "").replace("</mark>", "")).split())


def asked(standin: StandinProcess, key: str) -> list[dict[str, Any]]:
    """The bodies of the retrievals that RAGFlow received, those without a threshold last."""
    bodies = [entry["json"] for entry in standin.requests(key) if entry["path"].endswith("/retrieval")]
    return sorted(bodies, key=lambda body: -body["similarity_threshold"])


def test_the_empty_lab_offers_what_can_be_asked(
    viewer_client: Client, ragflow_server: Server, document: Document
) -> None:
    response = viewer_client.get(ragflow_server.url("retrieval:lab"))

    assert response.status_code == 200
    assert "Ask a question as your users would" in text_of(response)
    assert re.search(rf'value="{document.dataset_id}"[^>]*checked', text_of(response)), "the only dataset is chosen"


def test_without_any_chunk_the_way_to_the_datasets_is_shown(viewer_client: Client, ragflow_server: Server) -> None:
    response = viewer_client.get(ragflow_server.url("retrieval:lab"))

    assert "There is nothing to search yet" in text_of(response)
    assert ragflow_server.url("datasets:list") in text_of(response)


def test_hits_come_best_first_with_scores_marks_and_a_link_to_the_chunk(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, document: Document
) -> None:
    response = viewer_client.get(lab(ragflow_server, q="When to apply for parental leave?"))
    page = text_of(response)
    best = ragflow.retrieval.search("When to apply for parental leave?", [document.dataset_id]).hits[0]

    first = page.split('<li class="ra-hit')[1]
    assert 'class="ra-hit-rank">1<' in first
    assert "leave.txt" in first
    assert "<mark>parental</mark> <mark>leave</mark>" in first
    chunk = ragflow_server.url("chunks:list", document.dataset_id, document.id) + f"?chunk={best.id}"
    assert chunk in first
    for score in (best.similarity, best.term_similarity, best.vector_similarity):
        assert f">{score:.2f}<" in first


def test_a_hit_names_its_page_only_where_the_parser_knew_of_one(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, upload: Upload, office_pdf: bytes
) -> None:
    document = upload("policy.pdf", office_pdf)
    upload("notes.txt", "Passwords are changed by nobody.")
    for chunk in ragflow.chunks.list(document, page=1, page_size=100).items:
        known = "handle passwords" in chunk.content
        ragflow.chunks.update(chunk, positions=[(2, 56, 539, 70, 90) if known else (7, 7, 7, 7, 7)])

    page = said(viewer_client.get(lab(ragflow_server, q="passwords and devices", similarity_threshold="0")))

    assert "policy.pdf page 2" in page
    assert "page 7" not in page
    assert "notes.txt chunk 1" in page


def test_what_is_not_set_goes_out_with_ragflows_defaults(
    viewer_client: Client, ragflow_server: Server, document: Document, standin: StandinProcess, tenant_key: str
) -> None:
    standin.reset_requests()
    viewer_client.get(lab(ragflow_server, q="leave"))

    body = asked(standin, tenant_key)[0]
    assert body == {
        "question": "leave",
        "dataset_ids": [document.dataset_id],
        "page": 1,
        "page_size": 30,
        "similarity_threshold": 0.2,
        "vector_similarity_weight": 0.3,
        "top_k": 1024,
    }


def test_every_parameter_reaches_ragflow(
    viewer_client: Client, ragflow_server: Server, document: Document, standin: StandinProcess, tenant_key: str
) -> None:
    standin.reset_requests()
    given = {
        "q": "leave",
        "similarity_threshold": "0.1",
        "vector_similarity_weight": "0.7",
        "top_k": "99",
        "rerank_id": "standin-rerank___OpenAI-API@OpenAI-API-Compatible",
        "cross_languages": "English, German",
        "keyword": "on",
        "use_kg": "on",
        "highlight": "on",
        "page_size": "10",
        "page": "2",
        "logic": "or",
    }
    metadata = [("meta_name", "department"), ("meta_operator", "contains"), ("meta_value", "HR")]
    response = viewer_client.get(lab(ragflow_server, *metadata, **given))

    (body,) = asked(standin, tenant_key)
    assert response.status_code == 200
    assert body == {
        "question": "leave",
        "dataset_ids": [document.dataset_id],
        "page": 2,
        "page_size": 10,
        "similarity_threshold": 0.1,
        "vector_similarity_weight": 0.7,
        "top_k": 99,
        "rerank_id": "standin-rerank___OpenAI-API@OpenAI-API-Compatible",
        "cross_languages": ["English", "German"],
        "keyword": True,
        "use_kg": True,
        "highlight": True,
        "metadata_condition": {
            "logic": "or",
            "conditions": [{"name": "department", "comparison_operator": "contains", "value": "HR"}],
        },
    }
    for chip in (
        "threshold 0.10",
        "vector weight 0.70",
        "top-k 99",
        "rerank standin-rerank",
        "also in English, German",
    ):
        assert f'<span class="ra-tag ra-tag--accent">{chip}' in text_of(response)


def test_a_question_costs_two_calls_and_the_lists_are_read_once(
    viewer_client: Client, ragflow_server: Server, document: Document, standin: StandinProcess, tenant_key: str
) -> None:
    standin.reset_requests()
    viewer_client.get(lab(ragflow_server, q="leave"))
    first = sorted(entry["path"] for entry in standin.requests(tenant_key))
    standin.reset_requests()
    viewer_client.get(lab(ragflow_server, q="parental"))
    again = sorted(entry["path"] for entry in standin.requests(tenant_key))

    assert first == ["/api/v1/datasets", "/api/v1/retrieval", "/api/v1/retrieval", "/v1/llm/list"]
    assert again == ["/api/v1/retrieval", "/api/v1/retrieval"]


def test_a_setting_that_calls_the_chat_model_is_asked_only_once(
    viewer_client: Client, ragflow_server: Server, document: Document, standin: StandinProcess, tenant_key: str
) -> None:
    standin.reset_requests()
    response = viewer_client.get(lab(ragflow_server, q="leave", keyword="on"))

    assert len(asked(standin, tenant_key)) == 1
    assert "every question costs a call of the chat model" in text_of(response)


def test_the_threshold_is_a_line_between_what_is_kept_and_what_is_not(
    viewer_client: Client, ragflow_server: Server, document: Document
) -> None:
    response = viewer_client.get(lab(ragflow_server, q="apply for parental leave", similarity_threshold="0.6"))
    page = text_of(response)

    above, line, below = page.partition('role="separator"')
    assert line
    assert "seven weeks before" in above
    assert "is-below" not in above
    assert "Annual" in below
    assert 'class="ra-hit is-below"' in below
    assert "1 kept above, " in said(response)


def test_no_hit_says_what_to_try(viewer_client: Client, ragflow_server: Server, document: Document) -> None:
    response = viewer_client.get(lab(ragflow_server, q="annual leave in weeks", similarity_threshold="1"))

    assert "No chunk reaches the threshold" in text_of(response)
    assert re.search(r"Lower the similarity threshold: the best hit has 0\.\d\d\.", text_of(response))


def test_facets_lead_to_one_document_alone(
    viewer_client: Client,
    ragflow_server: Server,
    document: Document,
    upload: Upload,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    other = upload("sabbatical.txt", "Leave for a sabbatical is half a year.")
    page = text_of(viewer_client.get(lab(ragflow_server, q="leave")))
    facets = page.split('aria-label="Hits by document"')[1].split("</nav>")[0]
    assert "leave.txt" in facets
    assert f"document={other.id}" in facets

    standin.reset_requests()
    response = viewer_client.get(lab(ragflow_server, q="leave", document=other.id))
    assert [body["document_ids"] for body in asked(standin, tenant_key)] == [[other.id], [other.id]]
    assert len(standin.requests(tenant_key)) == 2, "the name is known from the hits"
    assert "only sabbatical.txt" in said(response)


def test_documents_are_found_by_a_piece_of_their_name(
    viewer_client: Client, ragflow_server: Server, document: Document, upload: Upload
) -> None:
    upload("sabbatical.txt", "A sabbatical.", parse=False)
    url = ragflow_server.url("retrieval:documents") + f"?{urlencode({'find': 'sabb', 'dataset': document.dataset_id})}"

    fragment = text_of(viewer_client.get(url, HTTP_HX_REQUEST="true"))
    whole = viewer_client.get(url, follow=True)

    assert "sabbatical.txt" in fragment
    assert "leave.txt" not in fragment
    assert "sabbatical.txt" in text_of(whole), "it works without script too"


def test_datasets_without_chunks_or_with_another_model_are_off_and_say_why(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, document: Document
) -> None:
    empty = ragflow.datasets.create(name="Nothing in it")
    page = text_of(viewer_client.get(ragflow_server.url("retrieval:lab")))

    box = re.search(rf'<input[^>]*value="{empty.id}"[^>]*>', page)
    assert box
    assert "disabled" in box[0]
    assert "no chunks yet" in page


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"similarity_threshold": "2"}, "Similarity threshold: a number from 0 to 1, such as 0.2."),
        ({"similarity_threshold": "warm"}, "Similarity threshold: a number from 0 to 1, such as 0.2."),
        ({"vector_similarity_weight": "-1"}, "Vector weight: a number from 0 to 1, such as 0.3."),
        ({"top_k": "0"}, "Top-k: a whole number from 1 to 10,000."),
        ({"cross_languages": ",".join("abcdefghijkl")}, "Other languages: at most 10, these are 12."),
        ({"dataset": "f" * 32}, "Datasets: there is none with the id"),
        ({"document": "../x"}, "Documents: there is none with the id “../x”."),
        ({"meta_name": "department"}, "Metadata: say what “department” is compared with."),
        ({"meta_name": "a", "meta_value": "b", "meta_operator": "like"}, "“like” is none of the comparisons."),
        ({"q": "x" * 2001}, "Question: at most 2000 characters, this has 2001."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_asked(
    given: dict[str, str],
    message: str,
    viewer_client: Client,
    ragflow_server: Server,
    document: Document,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    standin.reset_requests()
    response = viewer_client.get(lab(ragflow_server, **{"q": "leave", **given}))

    assert response.status_code == 422
    assert message in text_of(response)
    assert asked(standin, tenant_key) == []
    for value in given.values():
        assert value in text_of(response), "what was typed stays"


def test_documents_and_conditions_together_are_refused_because_ragflow_ignores_the_conditions(
    viewer_client: Client, ragflow_server: Server, document: Document
) -> None:
    response = viewer_client.get(
        lab(ragflow_server, q="leave", document=document.id, meta_name="department", meta_value="HR")
    )

    assert response.status_code == 422
    assert "RAGFlow ignores conditions when documents are chosen" in text_of(response)


def test_two_embedding_models_are_refused_before_ragflow_is_asked(
    viewer_client: Client,
    ragflow_server: Server,
    ragflow: RAGFlow,
    document: Document,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    models = [model.id for model in ragflow.system.models("embedding")]
    first = ragflow.datasets.get(document.dataset_id)
    other_model = next(model for model in models if model != first.embedding_model)
    other = ragflow.datasets.create(name="Other model", embedding_model=other_model)
    add_chunk(ragflow, other)
    standin.reset_requests()

    response = viewer_client.get(lab(ragflow_server, ("dataset", first.id), ("dataset", other.id), q="leave"))
    alone = text_of(viewer_client.get(lab(ragflow_server, dataset=first.id)))

    assert response.status_code == 422
    assert "Datasets: choose such with one embedding model." in text_of(response)
    assert asked(standin, tenant_key) == []
    assert "another embedding model: " in alone


def test_a_refusal_of_ragflow_stands_at_its_field(
    viewer_client: Client, ragflow_server: Server, document: Document, standin: StandinProcess, tenant_key: str
) -> None:
    rerank = viewer_client.get(lab(ragflow_server, q="leave", rerank_id="gone@Nobody"))
    foreign = viewer_client.get(lab(ragflow_server, q="leave", document="e" * 32))
    standin.fault(
        method="POST",
        path="/api/v1/retrieval",
        kind="code",
        code=102,
        message='Datasets use different embedding models."',
    )
    mixed = viewer_client.get(lab(ragflow_server, q="leave"))

    assert (rerank.status_code, foreign.status_code, mixed.status_code) == (422, 422, 422)
    assert "Rerank model: the server does not have it, or may not use it." in text_of(rerank)
    assert "Documents: The datasets don't own the document" in text_of(foreign)
    assert "Datasets: Datasets use different embedding models." in text_of(mixed)


def test_a_server_that_stumbles_is_quoted_beside_the_settings(
    viewer_client: Client, ragflow_server: Server, document: Document
) -> None:
    response = viewer_client.get(lab(ragflow_server, q="leave", toc_enhance="on"))

    assert "RAGFlow could not answer this." in text_of(response)
    assert "toc_kwd" in text_of(response)
    assert "Switch “Table of contents” off." in text_of(response)


def test_a_server_that_is_away_is_an_error_page(
    viewer_client: Client, ragflow_server: Server, document: Document, standin: StandinProcess
) -> None:
    viewer_client.get(ragflow_server.url("retrieval:lab"))
    standin.fault(method="POST", path="/api/v1/retrieval", kind="drop")

    assert viewer_client.get(lab(ragflow_server, q="leave")).status_code == 502


def test_hostile_texts_stay_texts(viewer_client: Client, ragflow_server: Server, upload: Upload) -> None:
    upload("<img src=x onerror=alert(1)>.txt", 'leave <script>alert("x")</script> <em>leave</em> <svg onload=alert(1)>')
    for question in ("leave", '"><script>alert(1)</script>', "leave \u202e\x07 <em>"):
        page = viewer_client.get(lab(ragflow_server, q=question, similarity_threshold="0", highlight="on"))
        body = page.content.decode()
        assert page.status_code == 200
        assert "<script>alert" not in body
        assert "<svg onload" not in body
        assert "<img src=x" not in body


def test_htmx_gets_the_lab_alone(viewer_client: Client, ragflow_server: Server, document: Document) -> None:
    response = viewer_client.get(lab(ragflow_server, q="leave"), HTTP_HX_REQUEST="true")

    assert text_of(response).lstrip().startswith('<div id="lab"')
    assert "leave.txt" in text_of(response)


def test_the_dataset_page_leads_here_with_its_dataset_chosen(
    viewer_client: Client, ragflow_server: Server, document: Document
) -> None:
    page = text_of(viewer_client.get(ragflow_server.url("documents:list", document.dataset_id)))

    assert lab(ragflow_server, dataset=document.dataset_id) in page


# --- two settings --------------------------------------------------------------------------------


def test_two_settings_are_asked_at_once_and_shown_side_by_side(
    viewer_client: Client, ragflow_server: Server, document: Document, standin: StandinProcess, tenant_key: str
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
    viewer_client: Client, ragflow_server: Server, document: Document
) -> None:
    response = viewer_client.get(lab(ragflow_server, q="leave", compare="1", similarity_threshold="0.15"))

    assert text_of(response).count("threshold 0.15") >= 4
    assert "A and B find the same, in the same order." in text_of(response)


def test_moves_say_what_b_changes(viewer_client: Client, ragflow_server: Server, document: Document) -> None:
    response = viewer_client.get(
        lab(
            ragflow_server,
            **{"q": "parental leave", "compare": "1", "similarity_threshold": "0.9", "b-similarity_threshold": "0.1"},
        )
    )
    second = text_of(response).split("With settings B")[1]

    assert re.search(r'class="ra-move ra-accent">\s*new', second)
    assert re.search(r"B keeps 1 of A's 1 hits on this page: 0 out, [1-9] new\.", said(response))


def test_ranks_that_change_are_counted_in_places() -> None:
    from dashboard.ragflow.types import Retrieval, Source
    from dashboard.retrieval.asking import Answer, Question
    from dashboard.retrieval.results import difference, sides
    from dashboard.retrieval.settings import AT_DEFAULT
    from dashboard.ui.paging import PageRequest

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
    viewer_client: Client, ragflow_server: Server, document: Document
) -> None:
    response = viewer_client.get(lab(ragflow_server, **{"q": "leave", "compare": "1", "b-toc_enhance": "on"}))
    first, second = text_of(response).split("With settings B")

    assert "leave.txt" in first
    assert "RAGFlow could not answer this." in second


# --- chunks --------------------------------------------------------------------------------------


def test_a_curator_switches_a_chunk_off_and_on_again(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, document: Document
) -> None:
    hit = ragflow.retrieval.search("canteen", [document.dataset_id]).hits[0]
    place = {"dataset": document.dataset_id, "document": document.id, "chunk": hit.id}
    url = ragflow_server.url("retrieval:chunk")

    off = curator_client.post(url, {**place, "available": "0"}, HTTP_HX_REQUEST="true")
    assert "Enable again" in text_of(off)
    assert not ragflow.chunks.get(document.dataset_id, document.id, hit.id).available
    back = lab(ragflow_server, q="canteen")
    on = curator_client.post(url, {**place, "available": "1", "back": back})
    assert on["Location"] == back
    chunk = ragflow.chunks.get(document.dataset_id, document.id, hit.id)
    assert chunk.available
    assert chunk.content == hit.content
    assert list(AuditEntry.objects.values_list("action", "outcome")) == [("chunk.update", "ok")] * 2


def test_switching_a_chunk_sends_its_text_keywords_and_questions_along(
    curator_client: Client,
    ragflow_server: Server,
    ragflow: RAGFlow,
    document: Document,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    added = ragflow.chunks.add(document, "Only on demand.", ["demand"], ["When?"])
    standin.reset_requests()
    place = {"dataset": document.dataset_id, "document": document.id, "chunk": added.id, "available": "0"}
    curator_client.post(ragflow_server.url("retrieval:chunk"), place)

    (sent,) = [entry["json"] for entry in standin.requests(tenant_key) if entry["method"] == "PUT"]
    assert sent == {
        "content": "Only on demand.",
        "important_keywords": ["demand"],
        "questions": ["When?"],
        "available": False,
    }


def test_a_stranger_address_to_go_back_to_is_not_followed(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, document: Document
) -> None:
    hit = ragflow.retrieval.search("canteen", [document.dataset_id]).hits[0]
    place = {"dataset": document.dataset_id, "document": document.id, "chunk": hit.id, "back": "//elsewhere.example/"}

    response = curator_client.post(ragflow_server.url("retrieval:chunk"), {**place, "available": "1"})

    assert response["Location"] == ragflow_server.url("retrieval:lab")


def test_viewers_see_no_switch(
    viewer_client: Client, curator_client: Client, ragflow_server: Server, document: Document
) -> None:
    url = lab(ragflow_server, q="leave")

    assert "Disable chunk" not in text_of(viewer_client.get(url))
    assert "Disable chunk" in text_of(curator_client.get(url))


# --- history -------------------------------------------------------------------------------------


def test_questions_are_kept_for_the_person_who_asked(
    viewer_client: Client, curator_client: Client, ragflow_server: Server, document: Document
) -> None:
    address = lab(ragflow_server, q="leave", similarity_threshold="0.3")
    viewer_client.get(address)
    viewer_client.get(address)
    mine = text_of(viewer_client.get(ragflow_server.url("retrieval:history")))
    others = text_of(curator_client.get(ragflow_server.url("retrieval:history")))

    assert mine.count(address) == 1
    assert "You have asked nothing here yet" in others


def test_only_the_last_fifty_questions_are_kept(
    viewer_client: Client, ragflow_server: Server, document: Document
) -> None:
    for number in range(52):
        viewer_client.get(lab(ragflow_server, q=f"leave {number}"))

    kept = list(AskedQuestion.objects.values_list("question", flat=True))
    assert len(kept) == 50
    assert kept[0] == "leave 51"
    assert "leave 1" not in kept


def test_questions_can_be_forgotten(
    viewer_client: Client, curator_client: Client, ragflow_server: Server, document: Document
) -> None:
    viewer_client.get(lab(ragflow_server, q="leave"))
    curator_client.get(lab(ragflow_server, q="leave"))

    response = viewer_client.post(ragflow_server.url("retrieval:forget"))

    assert response["Location"] == ragflow_server.url("retrieval:lab")
    assert [asked.user.username for asked in AskedQuestion.objects.all()] == ["curator"]


def add_chunk(ragflow: RAGFlow, dataset: Dataset) -> None:
    """A dataset with one chunk, written by hand."""
    import io

    stored = ragflow.documents.upload(dataset, "one.txt", io.BytesIO(b"Leave."), 6)
    ragflow.chunks.add(ragflow.documents.get(dataset.id, stored.id), "Leave of another kind.")


def test_a_changed_setting_is_reset_by_its_chip(
    viewer_client: Client, ragflow_server: Server, document: Document
) -> None:
    url = ragflow_server.url("retrieval:lab")
    given = "q=parental&similarity_threshold=0.35&keyword=on"
    page = html.unescape(viewer_client.get(f"{url}?{given}").content.decode())
    resets = dict(re.findall(r'<a class="ra-tag ra-tag--accent" href="([^"]*)"[^>]*>([^<]*)<', page))
    assert resets == {
        "?q=parental&keyword=on": "threshold 0.35",
        "?q=parental&similarity_threshold=0.35": "keywords on",
    }


def test_a_difference_of_b_is_reset_to_what_a_has(
    viewer_client: Client, ragflow_server: Server, document: Document
) -> None:
    url = ragflow_server.url("retrieval:lab")
    given = "q=parental&compare=1&similarity_threshold=0.1&b-similarity_threshold=0.4&b-top_k=50"
    page = html.unescape(viewer_client.get(f"{url}?{given}").content.decode())
    resets = {
        words: at for at, words in re.findall(r'<a class="ra-tag ra-tag--accent" href="([^"]*)"[^>]*>([^<]*)<', page)
    }
    assert resets["threshold 0.10"] == "?q=parental&compare=1&b-similarity_threshold=0.4&b-top_k=50"
    assert (
        resets["threshold 0.40"]
        == "?q=parental&compare=1&similarity_threshold=0.1&b-top_k=50&b-similarity_threshold=0.1"
    )
    again = html.unescape(viewer_client.get(url + resets["top-k 50"]).content.decode())
    assert "top-k 50" not in again


def test_a_comparison_offers_to_run_question_sets_of_its_datasets_with_both(
    curator_client: Client, ragflow_server: Server, document: Document
) -> None:
    mine = QuestionSet.objects.create(
        server=ragflow_server, name="Leave", dataset_ids=[document.dataset_id], username="ada"
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
