"""`POST /_standin/fill`: creates objects directly in the store, for tests of states that no upload or parser produces.

Nothing is checked: names may be blank or hostile, logs and texts of any length.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from django.db import transaction
from django.http import HttpResponse

from ragflow_admin.standin.control import state
from ragflow_admin.standin.face024 import models
from ragflow_admin.standin.face024.chats import chats
from ragflow_admin.standin.face024.datasets import parser_config as face024
from ragflow_admin.standin.face024.documents import file_types
from ragflow_admin.standin.face024.documents.documents import NUMBER
from ragflow_admin.standin.face027.datasets import parser_config as face027
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.routing import json_body
from ragflow_admin.standin.parsing import tokens
from ragflow_admin.standin.parsing.chunking import Piece
from ragflow_admin.standin.store import chunks, files, tenants
from ragflow_admin.standin.store.models import (
    Chat,
    Chunk,
    Dataset,
    Document,
    File,
    Graph,
    IngestionLog,
    Session,
    Task,
    TemplateGroup,
    Tenant,
    now_ms,
)

AT_ONCE: Final = 500
# A line of megabytes is indexed by its first words.
SEARCHED: Final = 20_000
PROGRESS: Final = {"3": 1.0, "4": -1.0}


def fill(request: Any) -> HttpResponse:
    """`{key, groups: [...], datasets: [...], chats: [...]}` → the ids made, in the same order.

    A group: a compilation template group (0.27): name, description, templates.
    A dataset: name, description, documents, graph (as `GET …/knowledge_graph` answers it, with `mind_map`), tasks,
    group (an index into `groups`).
    A document: name, run, progress, progress_msg, process_duration, meta_fields, enabled, create_time (ms), text (its
    file), original (the path of the linked file in the file manager; one path is one file), parser_config (what
    differs from its dataset's), chunks. A chunk: content, keywords, questions, available.
    An assistant: name, description, opener, datasets (indexes into `datasets`), sessions. A session: name, messages,
    references. Everything has a default.
    """
    body = json_body(request)
    owner = tenants.ensure(body["key"])
    with transaction.atomic():
        groups = [TemplateGroup.objects.create(tenant_id=owner.id, **given).id for given in body.get("groups", ())]
        made = [_dataset(owner, given, groups) for given in body.get("datasets", ())]
        assistants = [_chat(owner.id, given, made) for given in body.get("chats", ())]
    return answers.done({"groups": groups, "datasets": made, "chats": assistants})


def _config(method: str, given: dict[str, Any], groups: list[str]) -> dict[str, Any]:
    """The parser_config of a new dataset, as the current release makes it."""
    sent = given.get("parser_config")
    if state.release == "0.24":
        return face024.on_create(method, sent)
    config = face027.on_create(method, sent, models.CHAT)
    return config | ({"compilation_template_group_id": [groups[given["group"]]]} if "group" in given else {})


def _dataset(owner: Tenant, given: dict[str, Any], groups: list[str]) -> dict[str, Any]:
    method = given.get("chunk_method", "naive")
    dataset = Dataset.objects.create(
        tenant_id=owner.id,
        name=given["name"],
        description=given.get("description"),
        embd_id=owner.embd_id,
        parser_id=method,
        parser_config=json.dumps(_config(method, given, groups)),
    )
    pairs = [(_document(dataset, one, place), one) for place, one in enumerate(given.get("documents", ()))]
    Document.objects.bulk_create([document for document, _ in pairs], batch_size=AT_ONCE)
    logs = {document.id: _log(document) for document, _ in pairs if document.progress_msg and document.run in PROGRESS}
    IngestionLog.objects.bulk_create(logs.values(), batch_size=AT_ONCE)
    made = [chunk for document, one in pairs for chunk in _chunks(document, one.get("chunks", ()))]
    Chunk.objects.bulk_create(made, batch_size=AT_ONCE)
    for document, one in pairs:
        if "text" in one:
            files.write(document.stored_as, one["text"].encode())
    graph = given.get("graph")
    if graph is not None:
        Graph.objects.create(kb_id=dataset.id, content=json.dumps(graph))
    for kind, task in given.get("tasks", {}).items():
        row = Task.objects.create(kb_id=dataset.id, doc_id=pairs[0][0].id, task_type=kind, digest="0" * 16, **task)
        setattr(dataset, f"{kind}_task_id", row.id)
        if kind == "raptor" and row.progress in (1, -1):
            _run_log(row).save()
    dataset.doc_num, dataset.chunk_num = len(pairs), len(made)
    dataset.token_num = sum(document.token_num for document, _ in pairs)
    dataset.save()
    by_document: dict[str, list[str]] = {}
    for chunk in made:
        by_document.setdefault(chunk.doc_id, []).append(chunk.id)
    documents: list[dict[str, Any]] = [
        {"id": document.id, "chunks": by_document.get(document.id, [])} for document, _ in pairs
    ]
    for one in documents:
        if one["id"] in logs:
            one["log"] = logs[one["id"]].id
    return {"id": dataset.id, "documents": documents}


def _log(document: Document) -> IngestionLog:
    """What 0.27 keeps of the run that a document with a log has behind it."""
    return IngestionLog(
        kb_id=document.kb_id,
        document_id=document.id,
        task_type="Parse",
        operation_status=document.run,
        progress=document.progress,
        progress_msg=document.progress_msg,
        process_begin_at=document.update_time,
        process_duration=document.process_duration,
    )


def _run_log(task: Task) -> IngestionLog:
    """What 0.27 keeps of a job over a dataset; nothing of the job that builds graphs."""
    return IngestionLog(
        kb_id=task.kb_id,
        task_type="RAPTOR",
        operation_status="4" if task.progress < 0 else "3",
        progress=task.progress,
        progress_msg=task.progress_msg,
        process_duration=task.process_duration,
    )


def _document(dataset: Dataset, given: dict[str, Any], place: int) -> Document:
    name = given["name"]
    run = NUMBER[given.get("run", "UNSTART")]
    config = dataset.parser_config
    if "parser_config" in given:
        config = json.dumps(face024.merged(json.loads(config), given["parser_config"]))
    born = given.get("create_time", now_ms() - place * 1000)
    original = _original(dataset.tenant_id, given["original"]) if "original" in given else None
    return Document(
        file_id=original.id if original else "",
        thumbnail=None if original else "",
        kb_id=dataset.id,
        created_by=dataset.tenant_id,
        name=name,
        location=name,
        size=given.get("size", len(given.get("text", ""))),
        type=file_types.type_of(name) or "doc",
        suffix=file_types.suffix_of(name),
        parser_id=given.get("chunk_method", dataset.parser_id),
        parser_config=config,
        run=run,
        status="1" if given.get("enabled", True) else "0",
        progress=given.get("progress", PROGRESS.get(run, 0.0)),
        progress_msg=given.get("progress_msg", ""),
        process_duration=given.get("process_duration", 0.0),
        meta_fields=json.dumps(given.get("meta_fields", {})),
        chunk_num=len(given.get("chunks", ())),
        token_num=sum(tokens.count(one["content"][:SEARCHED]) for one in given.get("chunks", ())),
        create_time=born,
        update_time=born,
    )


def _original(owner: str, path: str) -> File:
    """The file of the file manager with this path; missing folders and files are created."""
    *folders, name = path.split("/")
    parent = owner
    for folder in folders:
        row, _ = File.objects.get_or_create(tenant_id=owner, parent_id=parent, name=folder, type="folder")
        parent = row.id
    return File.objects.get_or_create(tenant_id=owner, parent_id=parent, name=name, type="doc")[0]


def _chunks(document: Document, given: Iterable[dict[str, Any]]) -> list[Chunk]:
    """Chunks with ids derived from their texts; of two with the same text, the later one is kept."""
    made = {}
    for place, one in enumerate(given):
        piece = Piece(one["content"], one.get("positions", [[place + 1] * 5]))
        chunk = chunks.made_of(Piece(piece.content[:SEARCHED], piece.positions), document, place)
        chunk.id, chunk.content = chunks.chunk_id(piece.content, document.id), piece.content
        chunk.keywords, chunk.questions = json.dumps(one.get("keywords", [])), json.dumps(one.get("questions", []))
        chunk.available = one.get("available", True)
        made[chunk.id] = chunk
    return list(made.values())


def _chat(owner: str, given: dict[str, Any], made: list[dict[str, Any]]) -> dict[str, Any]:
    opener = {"prologue": given["opener"]} if "opener" in given else {}
    chat = Chat.objects.create(
        tenant_id=owner,
        name=given["name"],
        description=given.get("description", "A helpful Assistant"),
        llm_id=models.CHAT,
        llm_setting=json.dumps(chats.LLM),
        prompt_config=json.dumps(chats.PROMPT | opener),
        kb_ids=json.dumps([made[place]["id"] for place in given.get("datasets", ())]),
    )
    sessions = [
        Session.objects.create(
            dialog_id=chat.id,
            name=one["name"],
            message=json.dumps(one["messages"]),
            reference=json.dumps(one.get("references", [])),
        ).id
        for one in given.get("sessions", ())
    ]
    return {"id": chat.id, "sessions": sessions}
