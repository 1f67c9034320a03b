"""A world with something of everything: datasets, documents in each state, chunks, a graph, chats, jobs, question sets.

What RAGFlow keeps is put into the stand-in as it is, past all checks; what we keep goes into our own tables.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from dashboard.models import (
    AskedQuestion,
    AuditEntry,
    ChunkEdit,
    Job,
    JobItem,
    ParsedDocument,
    ParseRun,
    Person,
    QuestionResult,
    QuestionRun,
    QuestionSet,
    Server,
    SetQuestion,
    SignedInBrowser,
)
from ragflow_admin.standin.testing import StandinProcess
from tests.walk import chat_questions
from tests.walk.words import Words

DONE = 1.0
LOG = "10:00:00 Task has been received.\n10:00:01 Page(1~13): OCR started\n10:00:02 Page(1~13): OCR finished (0.7s)"


@dataclass(frozen=True)
class World:
    """The ids of what was made, under the names that ``tests.walk.pages`` uses in addresses."""

    server: Server
    key: str
    dataset: str
    empty: str
    document: str
    failed: str
    log: str
    running: str
    chunk: str
    second: str
    heavy: str
    heavy_document: str
    huge: str
    assistant: str
    session: str
    job: int
    working: int
    tagging: int
    run: int
    set: int
    question: int
    question_run: int
    colleague: int
    invited: int

    @property
    def slug(self) -> str:
        """The server's short name in addresses."""
        return self.server.slug


def build(
    standin: StandinProcess, key: str, server: Server, person: User, words: Words, of_server: Words | None = None
) -> World:
    """Fills the tenant of ``key``. Parsing ought to stand still: a document is being parsed for ever.

    ``of_server`` are the words for what belongs to no dataset, if other ones.
    """
    made = standin.fill(
        key,
        groups=[_group(of_server or words)],
        datasets=[_dataset(words), {"name": words.names[-1], "description": words.all}, _heavy(words)],
        chats=[_chat(words)],
    )
    dataset, documents = made["datasets"][0]["id"], made["datasets"][0]["documents"]
    heavy = made["datasets"][2]
    chat = made["chats"][0]
    parsed = documents[0]
    rows = _rows(server, person, words, dataset, [document["id"] for document in documents], parsed["chunks"])
    chat_questions.make(server, words, chat["id"], chat["sessions"][0])
    return World(
        server=server,
        key=key,
        dataset=dataset,
        empty=made["datasets"][1]["id"],
        document=parsed["id"],
        failed=documents[1]["id"],
        log=documents[1]["log"],
        running=documents[2]["id"],
        chunk=parsed["chunks"][0],
        second=parsed["chunks"][1],
        heavy=heavy["id"],
        heavy_document=heavy["documents"][0]["id"],
        huge=heavy["documents"][0]["chunks"][0],
        assistant=chat["id"],
        session=chat["sessions"][0],
        colleague=_user(words, 1, waiting=False),
        invited=_user(words, 2, waiting=True),
        **rows,
    )


def _user(words: Words, at: int, *, waiting: bool) -> int:
    """Somebody whose names nobody has checked."""
    name = words.names[at][:140]
    user = User.objects.create(username=name, first_name=name, email=f"{name}@x", is_active=not waiting)
    Person.objects.create(user=user, waiting=waiting, invited_by=name)
    SignedInBrowser.objects.create(user=user, user_agent=name, began_at=datetime.now(UTC), seen_at=datetime.now(UTC))
    return user.pk


def _dataset(words: Words) -> dict[str, Any]:
    chunks = [
        {"content": text, "keywords": [*words.names, words.half], "questions": list(words.names), "available": at != 1}
        for at, text in enumerate(words.texts)
    ]
    nodes = [
        {
            "id": name,
            "entity_type": name,
            "description": f"{text}<SEP>{name}",
            "pagerank": 1 / (at + 2),
            "source_id": [],
        }
        for at, (name, text) in enumerate(zip(words.names, words.texts, strict=False))
    ]
    edges = [
        {
            "source": one["id"], "target": other["id"], "description": one["description"], "keywords": [one["id"]],
            "weight": 1.5, "source_id": [],
        }
        for one, other in itertools.pairwise(nodes)
    ]  # fmt: skip
    first, *others = words.names
    log = f"{LOG}\n" + "\n".join(f"10:00:03 Page(1~13): {text}" for text in (*words.names, *words.texts))
    documents = [
        {
            "name": f"{first}.txt", "run": "DONE", "progress_msg": log, "chunks": chunks, "text": words.all,
            "meta_fields": {**words.meta, **({"half": words.half} if words.half else {})},
        },
        {
            "name": f"{others[0]}.pdf", "run": "FAIL", "meta_fields": words.meta,
            "progress_msg": f"{log}\n10:00:09 [ERROR]{' '.join(reversed(words.names))}",
        },
        {"name": f"{others[1]}.md", "run": "RUNNING", "progress": 0.4, "progress_msg": log},
        {
            "name": f"{others[2]}.docx", "run": "CANCEL", "enabled": False, "meta_fields": words.meta,
            "parser_config": {"chunk_token_num": 64},
        },
        *({"name": f"{name}.txt", "meta_fields": {"name": name}} for name in others[3:]),
    ]  # fmt: skip
    job = {"progress": DONE, "progress_msg": log, "process_duration": 4.2}
    return {
        "name": first,
        "description": words.all[:4000],
        "documents": documents,
        "graph": {
            "nodes": nodes,
            "edges": edges,
            "mind_map": {"id": first, "children": [{"id": one} for one in others]},
        },
        "tasks": {"graphrag": job, "raptor": {**job, "progress": -1}},
        "group": 0,
    }


def _group(words: Words) -> dict[str, Any]:
    """What graphs are built from (0.27)."""
    name, text = words.names[0], words.texts[0]
    return {
        "name": name,
        "description": words.all,
        "templates": [{"kind": "knowledge_graph", "display_name": name, "description": text, "config": {}}],
    }


def _heavy(words: Words) -> dict[str, Any]:
    """A dataset of its own for what takes its time to be sent."""
    log = f"{LOG}\n10:00:09 [ERROR]{words.names[0]} {words.huge}"
    chunk = {"content": words.huge or words.texts[0]}
    document = {"name": f"{words.names[0]}.txt", "run": "FAIL", "progress_msg": log, "chunks": [chunk], "text": log}
    return {"name": words.names[0], "documents": [document]}


def _chat(words: Words) -> dict[str, Any]:
    answer = "\n\n".join((*words.texts, *words.names)) + "\n\nIt says so [ID:0]."
    source = {
        "id": "f" * 16, "content": words.texts[0], "document_id": "e" * 32, "document_name": words.names[0],
        "dataset_id": "d" * 32, "image_id": "", "positions": [],
    }  # fmt: skip
    messages = [
        {"role": "assistant", "content": words.names[0]},
        {"role": "user", "content": words.all},
        {"role": "assistant", "content": answer},
    ]
    return {
        "name": words.names[0],
        "description": words.all[:4000],
        "opener": words.names[0],
        "datasets": [0, 1],
        "sessions": [
            {"name": name, "messages": messages, "references": [{"chunks": [source]}]} for name in words.names[:8]
        ],
    }


def _rows(
    server: Server, person: User, words: Words, dataset: str, documents: list[str], chunks: list[str]
) -> dict[str, int]:
    """What our own database keeps of it; RAGFlow's words reach these tables by way of names and reasons."""
    now = datetime.now(UTC)
    name, who = words.names[0], {"user": person, "username": person.get_username()}
    where = {"server": server, "dataset_id": dataset, "dataset_name": name, **who}
    job = Job.objects.create(**where, action="delete", collected=True, expected=len(documents), ended_at=now)
    working = Job.objects.create(**where, action="parse", collected=True, expected=3, last_error=words.texts[0])
    for at, one in enumerate(documents):
        label = words.names[at % len(words.names)]
        JobItem.objects.create(
            job=job, document_id=one, name=label, state="done" if at == 0 else "failed", reason=words.texts[0]
        )
        JobItem.objects.create(job=working, document_id=one, name=label)
    tagging = Job.objects.create(**where, action="metadata", collected=True, expected=1, ended_at=now)
    # Longer keys than these cannot be written by hand, and so not be brought back by a file.
    before = {key: value for key, value in words.meta.items() if len(key) < 256 and key != "nul"}
    tagged = {"before": before, "after": {"topic": name}}
    JobItem.objects.create(job=tagging, document_id=documents[0], name=name, state="done", payload=tagged)
    run = ParseRun.objects.create(**where, ended_at=now)
    for at, (one, label) in enumerate(zip(documents, words.names, strict=False)):
        ParsedDocument.objects.create(run=run, document_id=one, name=label, outcome="parsed" if at == 0 else "failed")
    ParseRun.objects.filter(pk=run.pk).update(started_at=now - timedelta(minutes=10))
    for at, chunk in enumerate(chunks[:2]):
        text = {"important_keywords": list(words.names), "questions": list(words.names), "available": True}
        ChunkEdit.objects.create(
            server=server, **who, dataset_id=dataset, document_id=documents[0], chunk_id=chunk,
            before={**text, "content": "before"}, after={**text, "content": words.texts[at].replace("\0", "")},
        )  # fmt: skip
    ChunkEdit.objects.filter(chunk_id=chunks[0]).update(made_at=now - timedelta(minutes=20))
    AuditEntry.objects.create(
        server=server, **who, action="document.delete", target_type="document", target_ids=["a"],
        target_names=list(words.names), detail={"dataset_id": dataset}, outcome="failed", error=words.texts[0],
    )  # fmt: skip
    AskedQuestion.objects.create(
        server=server, user=person, question=words.all[:4000], query="q=a", digest="0" * 64, asked_at=now
    )
    questions = QuestionSet.objects.create(
        server=server, name=name, dataset_ids=[dataset], username=person.get_username()
    )
    for text in words.texts:
        SetQuestion.objects.create(
            question_set=questions, text=text.replace("\0", ""), documents=list(words.names), chunks=chunks[:1]
        )
    question = questions.questions.first()
    assert question
    asked = [
        QuestionRun.objects.create(
            question_set=questions, username=person.get_username(), parameters={}, dataset_ids=[dataset],
            state="done", ended_at=now, next_at=now,
        )
        for _ in range(2)
    ]  # fmt: skip
    for one in asked:
        for at, text in enumerate(words.texts):
            QuestionResult.objects.create(
                run=one, question=question if at == 0 else None, text=text.replace("\0", ""),
                documents=list(words.names), state="failed" if at == 1 else "asked", rank=at or None,
                error=words.texts[0] if at == 1 else "",
            )  # fmt: skip
    return {
        "job": job.pk,
        "working": working.pk,
        "tagging": tagging.pk,
        "run": run.pk,
        "set": questions.pk,
        "question": question.pk,
        "question_run": asked[-1].pk,
    }
