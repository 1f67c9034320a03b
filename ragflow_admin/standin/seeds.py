"""`--seed`: initial content for an empty stand-in, parsed at once."""

from __future__ import annotations

import json
import logging
import random
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import transaction

from ragflow_admin.standin import offered
from ragflow_admin.standin.control import state
from ragflow_admin.standin.face024 import models
from ragflow_admin.standin.face024.chats import chats
from ragflow_admin.standin.face024.datasets import parser_config as face024
from ragflow_admin.standin.face024.documents import file_types
from ragflow_admin.standin.face024.documents.uploads import add
from ragflow_admin.standin.face027.datasets import index, templates
from ragflow_admin.standin.face027.datasets import parser_config as face027
from ragflow_admin.standin.parsing.chunking import Piece
from ragflow_admin.standin.parsing.graph_job import GraphJob
from ragflow_admin.standin.parsing.job import Job, Pace
from ragflow_admin.standin.parsing.process import keep_log
from ragflow_admin.standin.store import chunks, files, tenants
from ragflow_admin.standin.store.models import (
    Chat,
    Chunk,
    Dataset,
    Document,
    IngestionLog,
    Task,
    TemplateGroup,
    Tenant,
    new_id,
    now_ms,
)
from ragflow_admin.standin.store.times import clock

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[2]
OFFICE = Path(__file__).resolve().parent / "demo"
HANDBOOK, OFFICE_NAME, ASSISTANT = "RAGFlow Admin handbook", "Office documents", "Handbook assistant"
GROUP = "Knowledge graphs"
MINUTE = 60_000
UNPARSED = ("travel-policy-draft.txt",)  # something for the visitor to parse


def sow(name: str, key: str) -> None:
    """Fills the tenant of `key`: `demo` only when it is empty, `large:N` adds one dataset of N documents.

    Raises SystemExit for another name.
    """
    tenant = tenants.ensure(key)
    kind, _, count = name.partition(":")
    if kind == "demo":
        if not Dataset.objects.filter(tenant_id=tenant.id).exists():
            demo(tenant.id)
    elif kind == "large" and count.isdigit():
        large(tenant.id, int(count))
    else:
        raise SystemExit(f"unknown seed {name!r}: use demo or large:N, for example large:1000")


def _dataset(owner: str, name: str, description: str, **config: Any) -> Dataset:
    sent = {"graphrag": {"use_graphrag": False}, "raptor": {"use_raptor": False}, **config}
    if state.release == "0.24":
        stored = face024.merged(face024.on_create("naive", None), sent)
    else:
        stored = face027.on_create("naive", sent, models.CHAT)
    return Dataset.objects.create(
        tenant_id=owner,
        name=name,
        description=description,
        embd_id=Tenant.objects.get(id=owner).embd_id,
        parser_config=json.dumps(stored),
    )


def _put(dataset: Dataset, source: Path, meta: dict[str, Any]) -> Document:
    kind = file_types.type_of(source.name) or "doc"
    document = add(dataset, dataset.tenant_id, source.name, kind, arrived=None, size=source.stat().st_size)
    files.copy(document.id, source)
    Document.objects.filter(id=document.id).update(meta_fields=json.dumps(meta))
    return document


def _parse(document: Document) -> None:
    """Runs the document's job in this process, at full speed."""
    job = Job(document.id, new_id(), now_ms(), Pace(speed=10_000))
    Document.objects.filter(id=document.id).update(run="1", task_id=job.task_id, process_begin_at=job.begin_ms)
    job.run()
    failed, spent = job.progress < 0, round(1.5 + document.size / 40_000, 3)
    Document.objects.filter(id=document.id).update(
        run="4" if failed else "3",
        progress=job.progress,
        progress_msg="\n" + "\n".join(job.lines),
        process_duration=spent,
    )
    keep_log(job, spent)


def demo(owner: str) -> None:
    """The product's own handbook, some office documents, and an assistant that knows both.

    As 0.27 also a compilation template group, and the graph that it makes of the office documents.
    """
    handbook = _dataset(
        owner, HANDBOOK, "How to use, run and extend this dashboard. Ask the assistant about it.", chunk_token_num=160
    )
    for source in [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"]:
        if source.exists():
            _parse(_put(handbook, source, {"kind": "handbook"}))
    chosen: dict[str, Any] = {} if state.release == "0.24" else {"compilation_template_group_id": [_group(owner)]}
    office = _dataset(
        owner, OFFICE_NAME, "Policies, minutes and figures of an invented company.", chunk_token_num=128, **chosen
    )
    for source in sorted(OFFICE.iterdir()):
        if file_types.type_of(source.name):
            document = _put(office, source, {"kind": "office", "format": source.suffix.lstrip(".")})
            if source.name not in UNPARSED:
                _parse(document)
    _spread([handbook, office])
    if chosen:
        _build_graph(office)
    ready = [d.id for d in (handbook, office) if Chunk.objects.filter(kb_id=d.id).exists()]
    prompt = chats.PROMPT | {
        "prologue": "Hi! I know this dashboard's handbook and a few office documents. What would you like to know?",
        "empty_response": "I found nothing about that in the handbook or the office documents.",
    }
    Chat.objects.create(
        tenant_id=owner,
        name=ASSISTANT,
        description="Knows how this dashboard is used, and a few office documents.",
        llm_id=models.CHAT,
        llm_setting=json.dumps(chats.LLM),
        prompt_config=json.dumps(prompt),
        kb_ids=json.dumps(ready),
        similarity_threshold=0.25,
    )


def _group(owner: str) -> str:
    """A compilation template group with the template for graphs; its id. 0.27 makes no graph without one."""
    llm = offered.resolve(models.CHAT, owner)
    template = templates.builtins(llm.id_for(owner) if llm else "")[0]
    made = TemplateGroup.objects.create(
        tenant_id=owner, name=GROUP, description="Makes a knowledge graph of each document.", templates=[template]
    )
    return made.id


def _build_graph(dataset: Dataset) -> None:
    """Runs the job of 0.27 that builds a graph in this process, at full speed."""
    kind = index.TASKS["graph"]
    task = Task.objects.create(
        kb_id=dataset.id,
        doc_id=index.NO_DOCUMENT,
        task_type=kind,
        digest=secrets.token_hex(8),
        progress_msg=f"{clock()} created task {kind}",
    )
    Dataset.objects.filter(id=dataset.id).update(graphrag_task_id=task.id)
    GraphJob(task, Pace(speed=10_000)).run()


def _spread(datasets: Sequence[Dataset]) -> None:
    """Spreads the dates of the documents, so that lists have something to sort."""
    dice = random.Random(24)  # noqa: S311
    for dataset in datasets:
        age = 0
        for document in Document.objects.filter(kb_id=dataset.id).order_by("-create_time", "-id"):
            age += dice.randint(20, 600) * MINUTE
            born = now_ms() - age
            Document.objects.filter(id=document.id).update(
                create_time=born,
                update_time=born + MINUTE,
                process_begin_at=born + MINUTE // 2 if document.run != "0" else None,
            )
            IngestionLog.objects.filter(document_id=document.id).update(
                create_time=born + MINUTE, process_begin_at=born + MINUTE // 2
            )
        Dataset.objects.filter(id=dataset.id).update(create_time=now_ms() - age - MINUTE)


def large(owner: str, count: int) -> None:
    """Creates a dataset of `count` parsed documents with one chunk each. A second start adds nothing."""
    name = f"Large dataset of {count}"
    if Dataset.objects.filter(tenant_id=owner, name=name).exists():
        return
    dataset = _dataset(owner, name, "Made for measuring.")
    now = now_ms()
    made, texts = [], []
    for n in range(count):
        text = f"Report {n}. The figures of unit {n % 97} in week {n % 52} were checked by team {n % 13}."
        state = ("3", "3", "3", "3", "3", "3", "0", "0", "4", "2")[n % 10]
        made.append(
            Document(
                kb_id=dataset.id,
                created_by=owner,
                name=f"report-{n:05d}.txt",
                location=f"report-{n:05d}.txt",
                size=len(text),
                type="doc",
                suffix="txt",
                parser_id="naive",
                parser_config=dataset.parser_config,
                run=state,
                progress={"3": 1.0, "4": -1.0}.get(state, 0.0),
                progress_msg="" if state == "0" else "\n12:00:00 Task has been received.",
                chunk_num=int(state == "3"),
                token_num=22 if state == "3" else 0,
                create_time=now - (count - n) * 1000,
                update_time=now - (count - n) * 1000,
            )
        )
        texts.append(text)
    parsed = [
        chunks.made_of(Piece(text, [[1, 0, 0, 0, 0]]), document, 0)
        for document, text in zip(made, texts, strict=True)
        if document.run == "3"
    ]
    with transaction.atomic():
        Document.objects.bulk_create(made, batch_size=500)
        Chunk.objects.bulk_create(parsed, batch_size=500)
        Dataset.objects.filter(id=dataset.id).update(doc_num=count, chunk_num=len(parsed), token_num=22 * len(parsed))
    for document, text in zip(made, texts, strict=True):
        files.write(document.id, text.encode())
