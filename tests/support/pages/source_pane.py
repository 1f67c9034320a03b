"""The source pane beside the chunks."""

from __future__ import annotations

import html
import re

from django.test import Client

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document


def body_of(client: Client, server: Server, document: Document, **query: object) -> str:
    """The pane's part of the page, as htmx gets it."""
    url = server.url("chunks:source", document.dataset_id, document.id)
    response = client.get(url, query, HTTP_HX_REQUEST="true")
    assert response.status_code == 200
    assert "<html" not in response.content.decode()
    return str(response.content.decode())


def marked(body: str) -> list[str]:
    return [html.unescape(text) for text in re.findall(r"<mark[^>]*>(.*?)</mark>", body, re.DOTALL)]


def marked_rows(body: str) -> list[str]:
    return re.findall(r'<tr\s+class="is-hit".*?<th[^>]*>\s*(\d+)', body, re.DOTALL)


def first_chunk(ragflow: RAGFlow, document: Document, number: int = 0) -> str:
    return ragflow.chunks.list(document, page=1, page_size=100).items[number].id
