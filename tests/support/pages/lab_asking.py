"""Asking in the lab and running a question set, and reading what the pages say of it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import Group, User

from dashboard.core.access.rights import Role
from dashboard.models import QuestionRun, QuestionSet, Server
from dashboard.retrieval.question_sets import runs
from dashboard.retrieval.settings import AT_DEFAULT, Settings
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.reading import text_of


def said(response: Any) -> str:
    """The page's words, without marks and tags, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", text_of(response).replace("<mark>", "").replace("</mark>", "")).split())


def lab(server: Server, *pairs: tuple[str, object], **more: object) -> str:
    """The lab's address with these parameters; pairs for those that repeat."""
    return f"{server.url('retrieval:lab')}?{urlencode([*pairs, *more.items()])}"


def asked(standin: StandinProcess, key: str) -> list[dict[str, Any]]:
    """The bodies of the retrievals that RAGFlow received, those without a threshold last."""
    bodies = [entry["json"] for entry in standin.requests(key) if entry["path"].endswith("/retrieval")]
    return sorted(bodies, key=lambda body: -body["similarity_threshold"])


def asking() -> User:
    """Ada, a curator who starts runs."""
    ada, is_new = User.objects.get_or_create(username="ada")
    if is_new:
        ada.groups.add(Group.objects.get_or_create(name=Role.CURATOR.group)[0])
    return ada


def started(questions: QuestionSet, settings: Settings = AT_DEFAULT) -> QuestionRun:
    run = runs.start(questions, asking(), settings)
    assert run
    return run


def run_to_the_end(run: QuestionRun) -> QuestionRun:
    """What beat and worker do."""
    assert runs.due() == [run.pk]
    runs.work_on_run(run.pk)
    run.refresh_from_db()
    return run
