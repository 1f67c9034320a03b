"""The jobs over a whole dataset in 0.27, and the graph that one of them makes (ragflow-0.27 §0.7, §6)."""

from __future__ import annotations

import json
import secrets
from typing import Any, Final

from django.db import transaction
from django.http import HttpResponse

from ragflow_admin.standin.face024.datasets import graph as old
from ragflow_admin.standin.face027.datasets import parser_config
from ragflow_admin.standin.face027.datasets.datasets import authorized
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body
from ragflow_admin.standin.parsing import events
from ragflow_admin.standin.store.models import Dataset, Document, Graph, Task, now_ms
from ragflow_admin.standin.store.times import clock

# What the type of a request is called in the task, and in a refusal.
TASKS: Final = {"graph": "structure_graph"}
NAMES: Final = {"graph": "Graph", "raptor": "RAPTOR"}
TYPES: Final = (
    "graph", "mindmap", "raptor", "session_essence", "session_graph", "skill", "structure", "structure_graph",
    "structure_mindmap", "timeline", "wiki",
)  # fmt: skip
# The document that a task names: none, unlike in 0.24.
NO_DOCUMENT: Final = "graph_raptor_x"


def _task_id(dataset: Dataset, kind: str) -> str | None:
    """The id of the last job of a kind, "" if it was deleted, None if there was none."""
    if kind == "graph":
        return dataset.graphrag_task_id
    return dataset.raptor_task_id if kind == "raptor" else dataset.index_tasks.get(kind)


def _remember(dataset: Dataset, kind: str, task_id: str) -> None:
    if kind == "graph":
        dataset.graphrag_task_id, dataset.graphrag_task_finish_at = task_id, None
    elif kind == "raptor":
        dataset.raptor_task_id, dataset.raptor_task_finish_at = task_id, None
    else:
        dataset.index_tasks[kind] = task_id
    dataset.save(update_fields=[
        "graphrag_task_id", "graphrag_task_finish_at", "raptor_task_id", "raptor_task_finish_at", "index_tasks",
        "parser_config",
    ])  # fmt: skip


def _last(dataset: Dataset, kind: str) -> Task | None:
    task_id = _task_id(dataset, kind)
    return Task.objects.filter(id=task_id).first() if task_id else None


def _known(kind: str, code: int = 102, more: str = f". Must be one of {list(TYPES)}") -> str:
    if kind not in TYPES:
        raise Refused(code, f"Invalid index type '{kind}'{more}")
    return kind


def run(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """POST …/index?type=…: queues a job."""
    return answers.done({"task_id": _queue(request, dataset_id, request.GET.get("type", ""))})


def trace(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """GET …/index?type=…: the last job of the type, `{}` without one."""
    return answers.done(_traced(request, dataset_id, request.GET.get("type", "")))


def delete(request: ApiRequest, dataset_id: str, index_type: str = "") -> HttpResponse:
    """DELETE …/index?type=…, or …/{type}: drops the job, and with "graph" the graph."""
    kind = _known(request.GET.get("type", "") or index_type, 101, "")
    _drop(authorized(request, dataset_id), kind)
    return answers.done({})


def run_old(request: ApiRequest, dataset_id: str, kind: str) -> HttpResponse:
    """POST …/run_graphrag, …/run_raptor: the paths of 0.24, with a `message` in the answer."""
    return answers.success({"task_id": _queue(request, dataset_id, kind)})


def trace_old(request: ApiRequest, dataset_id: str, kind: str) -> HttpResponse:
    """GET …/trace_graphrag, …/trace_raptor: the paths of 0.24, with a `message` in the answer."""
    return answers.success(_traced(request, dataset_id, kind))


def graph(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """GET …/graph, and 0.24's …/knowledge_graph."""
    authorized(request, dataset_id, 109)
    return old.show(request, dataset_id)


def delete_graph(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """DELETE …/graph."""
    _drop(authorized(request, dataset_id), "graph")
    return answers.done({})


def delete_graph_old(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """DELETE …/knowledge_graph: the real server calls a function that is gone (ragflow-0.27 §7.20)."""
    raise AttributeError("module 'api.apps.restful_apis.dataset_api' has no attribute 'delete_knowledge_graph'")


def _queue(request: ApiRequest, dataset_id: str, kind: str) -> str:
    dataset = authorized(request, dataset_id)
    _known(kind)
    with transaction.atomic():
        last = _last(dataset, kind)
        if last is not None and last.progress not in (-1, 1):
            name = NAMES.get(kind, kind.replace("_", " ").title())
            words = f"Task {last.id} in progress with status {last.progress}. A {name} Task is already running."
            raise Refused(102, words)
        if not Document.objects.filter(kb_id=dataset_id).exists():
            raise Refused(102, f"No documents in Dataset {dataset_id}")
        task_type = TASKS.get(kind, kind)
        task = Task.objects.create(
            kb_id=dataset_id,
            doc_id=NO_DOCUMENT,
            task_type=task_type,
            digest=secrets.token_hex(8),
            progress_msg=f"{clock()} created task {task_type}",
        )
        if kind == "raptor":
            # The real server does it when the job begins.
            dataset.parser_config = json.dumps(parser_config.with_raptor(json.loads(dataset.parser_config)))
        _remember(dataset, kind, task.id)
    events.notify()
    return task.id


def _traced(request: ApiRequest, dataset_id: str, kind: str) -> dict[str, Any]:
    dataset = authorized(request, dataset_id)
    task = _last(dataset, _known(kind))
    return old.row(task) | {"retry_count": task.retry_count} if task else {}


def _drop(dataset: Dataset, kind: str) -> None:
    with transaction.atomic():
        task_id = _task_id(dataset, kind)
        if task_id:
            Task.objects.filter(id=task_id).delete()
        if kind == "graph":
            Graph.objects.filter(kb_id=dataset.id).delete()
        _remember(dataset, kind, "")
    events.notify()


def cancel(request: ApiRequest, task_id: str) -> HttpResponse:
    """POST /tasks/{id}/cancel: also another tenant's task, and an unknown one (ragflow-0.27 §0.11)."""
    with transaction.atomic():
        task = Task.objects.filter(id=task_id, progress__gte=0, progress__lt=1).first()
        if task is not None:
            task.progress, task.update_time = -1, now_ms()
            task.progress_msg += f"\n{clock()} Task stopped by user."
            task.save()
        Document.objects.filter(task_id=task_id, run="1").update(run="2", progress=0, update_time=now_ms())
    events.notify()
    return answers.success(data=True)


def patch(request: ApiRequest, task_id: str) -> HttpResponse:
    """PATCH /tasks/{id} {"action": "stop"}."""
    action = json_body(request).get("action")
    if action != "stop":
        raise Refused(101, f"Invalid action '{action}'. Only 'stop' is supported.", data=None)
    return cancel(request, task_id)
