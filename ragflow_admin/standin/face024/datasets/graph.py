"""Knowledge graphs, and the jobs that build them and RAPTOR summaries (contract §8)."""

from __future__ import annotations

import json
import secrets
from typing import Any, Final

from django.db import transaction
from django.http import HttpResponse

from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest
from ragflow_admin.standin.parsing import events
from ragflow_admin.standin.store.models import Dataset, Document, Graph, Task, now_ms
from ragflow_admin.standin.store.times import clock, iso

MAX_NODES: Final = 256
MAX_EDGES: Final = 128
NAMES: Final = {"graphrag": "Graph", "raptor": "RAPTOR"}
PIPELINES: Final = {"GraphRAG": "graphrag", "RAPTOR": "raptor", "Mindmap": "mindmap"}
WHOLE: Final = 100_000_000


def _owned(request: ApiRequest, dataset_id: str) -> Dataset:
    found = Dataset.objects.filter(id=dataset_id, tenant_id=request.tenant.id).first()
    if found is None:
        raise Refused(109, "No authorization.")
    return found


def show(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """GET …/knowledge_graph: the most important nodes, and the heaviest edges between them."""
    _owned(request, dataset_id)
    row = Graph.objects.filter(kb_id=dataset_id).first()
    if row is None:
        return answers.done({"graph": {}, "mind_map": {}})
    graph: dict[str, Any] = json.loads(row.content)
    mind_map = graph.pop("mind_map", {})
    graph["nodes"] = sorted(graph["nodes"], key=lambda node: node["pagerank"], reverse=True)[:MAX_NODES]
    known = {node["id"] for node in graph["nodes"]}
    edges = [
        edge
        for edge in graph["edges"]
        if edge["source"] != edge["target"] and edge["source"] in known and edge["target"] in known
    ]
    graph["edges"] = sorted(edges, key=lambda edge: edge["weight"], reverse=True)[:MAX_EDGES]
    return answers.done({"graph": graph, "mind_map": mind_map})


def delete(request: ApiRequest, dataset_id: str) -> HttpResponse:
    _owned(request, dataset_id)
    Graph.objects.filter(kb_id=dataset_id).delete()
    return answers.done(data=True)


def run_graphrag(request: ApiRequest, dataset_id: str) -> HttpResponse:
    return _run(request, dataset_id, "graphrag")


def run_raptor(request: ApiRequest, dataset_id: str) -> HttpResponse:
    return _run(request, dataset_id, "raptor")


def trace_graphrag(request: ApiRequest, dataset_id: str) -> HttpResponse:
    task = _task(_owned(request, dataset_id), "graphrag")
    return answers.done(row(task) if task else {})


def trace_raptor(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """GET …/trace_raptor. Unlike for the graph, a job whose document was deleted is an error."""
    dataset = _owned(request, dataset_id)
    task = _task(dataset, "raptor")
    if task is None and dataset.raptor_task_id:
        raise Refused(102, "RAPTOR Task Not Found or Error Occurred")
    return answers.done(row(task) if task else {})


def _run(request: ApiRequest, dataset_id: str, kind: str) -> HttpResponse:
    """Queues a job, attached to the oldest document, whose log and times it overwrites."""
    dataset = _owned(request, dataset_id)
    with transaction.atomic():
        last = _task(dataset, kind)
        if last is not None and last.progress not in (-1, 1):
            words = f"Task {last.id} in progress with status {last.progress}. A {NAMES[kind]} Task is already running."
            raise Refused(102, words)
        oldest = Document.objects.filter(kb_id=dataset_id).order_by("create_time", "id").first()
        if oldest is None:
            raise Refused(102, f"No documents in Dataset {dataset_id}")
        log = f"{clock()} created task {kind}"
        task = Task.objects.create(
            kb_id=dataset_id, doc_id=oldest.id, task_type=kind, digest=secrets.token_hex(8), progress_msg=log
        )
        started = {f"{kind}_task_id": task.id, f"{kind}_task_finish_at": None}
        Dataset.objects.filter(id=dataset_id).update(**started)
        Document.objects.filter(id=oldest.id).update(progress_msg=log, process_begin_at=now_ms(), process_duration=0)
    events.notify()
    return answers.done({f"{kind}_task_id": task.id})


def unbind(request: ApiRequest) -> HttpResponse:
    """DELETE /v1/kb/unbind_task: drops a job; for a graph job, deletes the graph too."""
    dataset_id = request.GET.get("kb_id", "")
    if not dataset_id:
        raise Refused(102, 'Lack of "KB ID"')
    dataset = Dataset.objects.filter(id=dataset_id).first()
    if dataset is None:
        return answers.success(data=True)
    kind = PIPELINES.get(request.GET.get("pipeline_task_type", ""))
    if kind is None:
        raise Refused(102, "Invalid task type")
    with transaction.atomic():
        if kind == "graphrag":
            Graph.objects.filter(kb_id=dataset_id).delete()
        if kind in NAMES:
            Task.objects.filter(kb_id=dataset_id, task_type=kind).delete()
            Dataset.objects.filter(id=dataset_id).update(**{f"{kind}_task_id": "", f"{kind}_task_finish_at": None})
    events.notify()
    return answers.success(data=True)


def _task(dataset: Dataset, kind: str) -> Task | None:
    task_id = dataset.graphrag_task_id if kind == "graphrag" else dataset.raptor_task_id
    return Task.objects.filter(id=task_id).first() if task_id else None


def row(task: Task) -> dict[str, Any]:
    """A job as a trace shows it."""
    """A job as a trace shows it."""
    return {
        "begin_at": iso(task.create_time), "chunk_ids": "", "create_date": iso(task.create_time),
        "create_time": task.create_time, "digest": task.digest, "doc_id": task.doc_id, "from_page": WHOLE,
        "id": task.id, "priority": 0, "process_duration": task.process_duration, "progress": task.progress,
        "progress_msg": task.progress_msg, "retry_count": 1, "task_type": task.task_type, "to_page": WHOLE,
        "update_date": iso(task.update_time), "update_time": task.update_time,
    }  # fmt: skip
