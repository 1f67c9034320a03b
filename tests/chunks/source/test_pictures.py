"""Pictures beside the chunks and of the chunks: served as what they are, and nothing in them is executed."""

from __future__ import annotations

import io

import pytest
from django.test import Client
from PIL import Image

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from ragflow_admin.standin.testing import StandinProcess
from tests.chunks.conftest import Upload
from tests.support.pages.source_pane import body_of


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "#3053cf").save(out, "PNG")
    return out.getvalue()


def test_a_picture_is_served_as_what_it_is_and_nothing_else(
    viewer_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload("plan.png", png(), parse=False)
    assert "<img" in body_of(viewer_client, ragflow_server, document)

    response = viewer_client.get(ragflow_server.url("chunks:picture", document.dataset_id, document.id))

    assert response.status_code == 200
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.content == png()


@pytest.mark.parametrize(
    "content", [b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"<script>1</script>"]
)
def test_a_picture_in_name_only_is_not_served(
    content: bytes, viewer_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload("plan.png", content, parse=False)

    response = viewer_client.get(ragflow_server.url("chunks:picture", document.dataset_id, document.id))

    assert response.status_code == 404
    assert content not in response.content


def test_a_drawing_that_is_a_program_is_shown_as_text(
    viewer_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload("plan.svg", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", parse=False)

    body = body_of(viewer_client, ragflow_server, document)

    assert "&lt;svg" in body
    assert "<img" not in body
    assert viewer_client.get(ragflow_server.url("chunks:picture", document.dataset_id, document.id)).status_code == 404


def test_the_picture_of_a_chunk_comes_through_us(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, upload: Upload
) -> None:
    document = upload("plan.png", png())
    chunk = ragflow.chunks.list(document).items[0]
    address = ragflow_server.url("chunks:image", document.dataset_id, document.id, chunk.image_id)

    page = viewer_client.get(ragflow_server.url("chunks:list", document.dataset_id, document.id)).content.decode()
    response = viewer_client.get(address)

    assert f'src="{address}"' in page
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response.content == png()


@pytest.mark.parametrize("name", ["0123456789abcdef", "a-b", "..%2F..%2Fsystem"])
def test_a_picture_that_is_not_there_is_not_found(
    name: str, viewer_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload("plan.png", png())
    base = ragflow_server.url("chunks:list", document.dataset_id, document.id)

    assert viewer_client.get(f"{base}image/{document.dataset_id}-{name}/").status_code == 404


def test_a_picture_of_another_dataset_is_not_even_asked_for(
    viewer_client: Client,
    ragflow_server: Server,
    ragflow: RAGFlow,
    upload: Upload,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    document = upload("plan.png", png())
    chunk = ragflow.chunks.list(document).items[0]
    foreign = "0" * 32 + chunk.image_id[32:]
    standin.reset_requests()

    response = viewer_client.get(ragflow_server.url("chunks:image", document.dataset_id, document.id, foreign))

    assert response.status_code == 404
    assert standin.requests(tenant_key) == []
