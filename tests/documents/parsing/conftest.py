"""Asks for the progress of parsing as a page does."""

from __future__ import annotations

import re

import pytest

from tests.support.processes.waiting import wait_until


@pytest.fixture
def ask(viewer_client, address):
    """Asks for the progress as the page does; returns the answer."""

    def asking(since=0, *documents, **parameters):
        rows = ".".join(document.id[:8] for document in documents)
        return viewer_client.get(address("progress"), {"since": since, "rows": rows, **parameters})

    return asking


def version_in(answer):
    return int(re.search(r'data-version="(\d+)"', answer.content.decode())[1])


def until_done(ragflow, *documents):
    for one in documents:
        wait_until(lambda one=one: ragflow.documents.get(one.dataset_id, one.id).run != "RUNNING")
