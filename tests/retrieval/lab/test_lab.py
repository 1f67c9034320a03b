"""The retrieval lab: what it offers, what it asks of RAGFlow, and what it shows of the answer."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlencode

import pytest
from django.test import Client

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document
from ragflow_admin.standin.testing import StandinProcess
from tests.chunks.conftest import Upload
from tests.support.pages.lab_asking import asked, lab, said
from tests.support.pages.reading import text_of

pytestmark = pytest.mark.releases


def test_the_empty_lab_offers_what_can_be_asked(
    viewer_client: Client, ragflow_server: Server, leave_policy: Document
) -> None:
    response = viewer_client.get(ragflow_server.url("retrieval:lab"))

    assert response.status_code == 200
    assert "Ask a question as your users would" in text_of(response)
    assert re.search(rf'value="{leave_policy.dataset_id}"[^>]*checked', text_of(response)), "the only dataset is chosen"


def test_without_any_chunk_the_way_to_the_datasets_is_shown(viewer_client: Client, ragflow_server: Server) -> None:
    response = viewer_client.get(ragflow_server.url("retrieval:lab"))

    assert "Nothing to search yet" in text_of(response)
    assert ragflow_server.url("datasets:list") in text_of(response)


def test_hits_come_best_first_with_scores_marks_and_a_link_to_the_chunk(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, leave_policy: Document
) -> None:
    response = viewer_client.get(lab(ragflow_server, q="When to apply for parental leave?"))
    page = text_of(response)
    best = ragflow.retrieval.search("When to apply for parental leave?", [leave_policy.dataset_id]).hits[0]

    first = page.split('<li class="ra-hit')[1]
    assert ">1<" in first
    assert "leave.txt" in first
    assert "<mark>parental</mark> <mark>leave</mark>" in first
    chunk = ragflow_server.url("chunks:list", leave_policy.dataset_id, leave_policy.id) + f"?chunk={best.id}"
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
    viewer_client: Client, ragflow_server: Server, leave_policy: Document, standin: StandinProcess, tenant_key: str
) -> None:
    standin.reset_requests()
    viewer_client.get(lab(ragflow_server, q="leave"))

    body = asked(standin, tenant_key)[0]
    assert body == {
        "question": "leave",
        "dataset_ids": [leave_policy.dataset_id],
        "page": 1,
        "page_size": 30,
        "similarity_threshold": 0.2,
        "vector_similarity_weight": 0.3,
        "top_k": 1024,
    }


def test_every_parameter_reaches_ragflow(
    viewer_client: Client, ragflow_server: Server, leave_policy: Document, standin: StandinProcess, tenant_key: str
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
        "dataset_ids": [leave_policy.dataset_id],
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


def test_a_question_costs_two_calls_and_lists_and_names_are_read_once(
    viewer_client: Client,
    ragflow_server: Server,
    leave_policy: Document,
    standin: StandinProcess,
    tenant_key: str,
    release: str,
) -> None:
    standin.reset_requests()
    viewer_client.get(lab(ragflow_server, q="leave"))
    first = sorted(entry["path"] for entry in standin.requests(tenant_key))
    standin.reset_requests()
    viewer_client.get(lab(ragflow_server, q="parental"))
    again = sorted(entry["path"] for entry in standin.requests(tenant_key))

    names = f"/api/v1/datasets/{leave_policy.dataset_id}/documents"
    new_models = ["/api/v1/models", "/api/v1/models/default"]
    models = ["/v1/llm/list", "/v1/user/tenant_info"] if release == "0.24" else new_models
    assert first == sorted(["/api/v1/datasets", names, "/api/v1/retrieval", "/api/v1/retrieval", *models])
    assert again == ["/api/v1/retrieval", "/api/v1/retrieval"]


def test_a_setting_that_calls_the_chat_model_is_asked_only_once(
    viewer_client: Client, ragflow_server: Server, leave_policy: Document, standin: StandinProcess, tenant_key: str
) -> None:
    standin.reset_requests()
    response = viewer_client.get(lab(ragflow_server, q="leave", keyword="on"))

    assert len(asked(standin, tenant_key)) == 1
    assert "would take another chat model call" in text_of(response)


def test_the_threshold_is_a_line_between_what_is_kept_and_what_is_not(
    viewer_client: Client, ragflow_server: Server, leave_policy: Document
) -> None:
    response = viewer_client.get(lab(ragflow_server, q="apply for parental leave", similarity_threshold="0.6"))
    page = text_of(response)

    above, line, below = page.partition('role="separator"')
    assert line
    assert "seven weeks before" in above
    assert "Annual" not in above
    assert "Annual" in below
    assert "1 above, " in said(response)


def test_no_hit_says_what_to_try(viewer_client: Client, ragflow_server: Server, leave_policy: Document) -> None:
    response = viewer_client.get(lab(ragflow_server, q="annual leave in weeks", similarity_threshold="1"))

    assert "No chunk meets the threshold" in text_of(response)
    assert re.search(r"Lower the similarity threshold. The best match scored 0\.\d\d\.", text_of(response))


def test_facets_lead_to_one_document_alone(
    viewer_client: Client,
    ragflow_server: Server,
    leave_policy: Document,
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
    viewer_client: Client, ragflow_server: Server, leave_policy: Document, upload: Upload
) -> None:
    upload("sabbatical.txt", "A sabbatical.", parse=False)
    url = (
        ragflow_server.url("retrieval:documents")
        + f"?{urlencode({'find': 'sabb', 'dataset': leave_policy.dataset_id})}"
    )

    fragment = text_of(viewer_client.get(url, HTTP_HX_REQUEST="true"))
    whole = viewer_client.get(url, follow=True)

    assert "sabbatical.txt" in fragment
    assert "leave.txt" not in fragment
    assert "sabbatical.txt" in text_of(whole), "it works without script too"


@pytest.mark.parametrize(("stored_as", "typed"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_documents_are_found_in_either_unicode_form_of_their_name(
    viewer_client: Client,
    ragflow_server: Server,
    leave_policy: Document,
    upload: Upload,
    stored_as: str,
    typed: str,
) -> None:
    name = unicodedata.normalize(stored_as, "Übersicht.txt")
    upload(name, "A sabbatical.", parse=False)
    given = {"find": unicodedata.normalize(typed, "Über"), "dataset": leave_policy.dataset_id}

    page = viewer_client.get(ragflow_server.url("retrieval:documents"), given, HTTP_HX_REQUEST="true")

    assert name in text_of(page)


def test_datasets_without_chunks_or_with_another_model_are_off_and_say_why(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, leave_policy: Document
) -> None:
    empty = ragflow.datasets.create(name="Nothing in it")
    page = text_of(viewer_client.get(ragflow_server.url("retrieval:lab")))

    box = re.search(rf'<input[^>]*value="{empty.id}"[^>]*>', page)
    assert box
    assert "disabled" in box[0]
    assert "no chunks yet" in page


def test_htmx_gets_the_lab_alone(viewer_client: Client, ragflow_server: Server, leave_policy: Document) -> None:
    response = viewer_client.get(lab(ragflow_server, q="leave"), HTTP_HX_REQUEST="true")

    assert text_of(response).lstrip().startswith('<div id="lab"')
    assert "leave.txt" in text_of(response)


def test_the_dataset_page_leads_here_with_its_dataset_chosen(
    viewer_client: Client, ragflow_server: Server, leave_policy: Document
) -> None:
    page = text_of(viewer_client.get(ragflow_server.url("documents:list", leave_policy.dataset_id)))

    assert lab(ragflow_server, dataset=leave_policy.dataset_id) in page
