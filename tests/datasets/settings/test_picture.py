"""The picture of a dataset: stored small, removed, and refused when it is none."""

from __future__ import annotations

import base64
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from dashboard.datasets.pictures import LIMIT
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.dataset_form import Inputs, image, opened, sent
from tests.support.pages.forms import error_at
from tests.support.pages.reading import text_of


@pytest.mark.parametrize(
    ("kind", "mode", "head"),
    [("PNG", "RGBA", "png"), ("JPEG", "RGB", "jpeg"), ("GIF", "L", "jpeg"), ("WEBP", "RGB", "jpeg")],
)
def test_a_picture_is_made_small_stored_and_removed_again(
    curator_client: Client, url: str, ragflow: RAGFlow, dataset: Dataset, kind: str, mode: str, head: str
) -> None:
    content = image(kind=kind, mode=mode)
    form = opened(curator_client, url)

    curator_client.post(url, form | {"picture_file": SimpleUploadedFile("logo", content)})

    stored = ragflow.datasets.get(dataset.id).avatar
    assert stored.startswith(f"data:image/{head};base64,")
    assert len(stored) <= LIMIT
    with Image.open(io.BytesIO(base64.b64decode(stored.partition(",")[2]))) as found:
        assert found.width == found.height
    assert stored in text_of(curator_client.get(url))

    curator_client.post(url, opened(curator_client, url) | {"remove_picture": "on"})
    assert ragflow.datasets.get(dataset.id).avatar == ""


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"\x89PNG\r\n\x1a\n broken", b"GIF89a"],
)
def test_what_is_no_picture_is_refused(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str, content: bytes
) -> None:
    form = opened(curator_client, url)

    response = curator_client.post(url, form | {"picture_file": SimpleUploadedFile("logo.png", content)})

    assert response.status_code == 422
    assert "Choose a PNG, JPEG, WebP or GIF file" in error_at(text_of(response), "picture_file")
    assert sent(standin, tenant_key) == []


def test_a_picture_that_unfolds_to_millions_of_pixels_is_refused(curator_client: Client, url: str) -> None:
    buffer = io.BytesIO()
    Image.new("1", (9000, 9000)).save(buffer, "PNG")
    form = opened(curator_client, url)

    response = curator_client.post(url, form | {"picture_file": SimpleUploadedFile("bomb.png", buffer.getvalue())})

    assert response.status_code == 422
    assert "more than 40 million pixels" in error_at(text_of(response), "picture_file")


def test_a_chosen_picture_outlives_an_error_elsewhere(
    curator_client: Client, url: str, ragflow: RAGFlow, dataset: Dataset
) -> None:
    form = opened(curator_client, url)
    refused = curator_client.post(url, form | {"name": " ", "picture_file": SimpleUploadedFile("logo", image())})
    assert refused.status_code == 422

    again = dict(Inputs(refused.content.decode()).values)
    curator_client.post(url, again | {"name": "Handbook"})

    assert ragflow.datasets.get(dataset.id).avatar == again["picture"][0]
