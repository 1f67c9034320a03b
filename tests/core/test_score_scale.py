"""Bars of scores: those above 1 fill their bar by their share of the highest, and the numbers stand beside them."""

from __future__ import annotations

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client

from dashboard.assistants.chat.sources import Choice, pane
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document, Source
from tests.retrieval.conftest import dataset, leave_policy, upload
from tests.support.pages.lab_asking import lab

__all__ = ["dataset", "leave_policy", "upload"]


def bars(html: str) -> list[tuple[float, str]]:
    """(width in percent, number) of the hybrid scores."""
    found = re.findall(r'ra-score--h"[^>]*><rect x="0" width="([\d.]+)%".*?ra-num">([^<]*)<', html, re.DOTALL)
    return [(float(width), number) for width, number in found]


def source(key: str, similarity: float) -> Source:
    return Source(key, "text", "d1", "a.txt", "", "", (), similarity, similarity / 2, 0.5)


@pytest.mark.parametrize(
    ("scores", "widths"),
    [((3.33, 1.665, 0.333), [100.0, 50.0, 10.0]), ((0.8, 0.4), [80.0, 40.0]), ((-0.2,), [0.0])],
)
@pytest.mark.django_db
def test_sources_of_an_answer_are_scaled_by_the_highest_of_the_list(
    ragflow_server: Server, scores: tuple[float, ...], widths: list[float]
) -> None:
    sources = [source(str(at), score) for at, score in enumerate(scores)]
    shown = pane(ragflow_server, "/s/", answer=1, sources=sources, numbers={}, question="", choice=Choice())

    html = render_to_string(
        "assistants/chat/_sources.html",
        {"pane": shown, "server": ragflow_server, "assistant_id": "a1", "session_id": "s1"},
    )

    assert [width for width, _ in bars(html)] == widths
    assert [number for _, number in bars(html)] == [f"{score:.2f}" for score in scores]


def test_hits_of_the_lab_above_1_do_not_all_fill_their_bars(
    viewer_client: Client, ragflow: RAGFlow, ragflow_server: Server, leave_policy: Document
) -> None:
    ragflow.datasets.update(ragflow.datasets.get(leave_policy.dataset_id), pagerank=1)

    page = viewer_client.get(
        lab(ragflow_server, q="leave", dataset=leave_policy.dataset_id, compare=1, similarity_threshold=0)
    )

    found = bars(page.content.decode())
    assert len(found) > 2
    assert max(width for width, _ in found) == 100.0
    assert min(width for width, _ in found) < 95.0
    assert all(float(number) > 1 for _, number in found)
    assert "The bars are scaled to the highest score" in page.content.decode()
