"""A dataset as 0.27 shows it, which differs by route (ragflow-0.27 §6 "Datasets")."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from django.db.models import Count, Sum

from ragflow_admin.standin import offered
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.store.models import Dataset, Document, Tenant
from ragflow_admin.standin.store.times import iso

# The kinds of jobs besides GraphRAG and RAPTOR, each with the id and the end of its last one in the row.
OTHER_JOBS: Final = (
    "mindmap", "session_essence", "session_graph", "skill", "structure", "structure_graph", "structure_mindmap",
    "timeline", "wiki",
)  # fmt: skip
STATES: Final = {"0": "unstart_count", "1": "running_count", "2": "cancel_count", "3": "done_count", "4": "fail_count"}


def created(d: Dataset) -> dict[str, Any]:
    """As returned by create; the other routes add to it."""
    jobs: dict[str, Any] = {}
    for kind in OTHER_JOBS:
        jobs |= {f"{kind}_task_id": d.index_tasks.get(kind), f"{kind}_task_finish_at": None}
    return jobs | {
        "avatar": d.avatar, "chunk_count": d.chunk_num, "chunk_method": d.parser_id, "created_by": d.tenant_id,
        "create_date": iso(d.create_time), "create_time": d.create_time, "description": d.description,
        "document_count": d.doc_num, "embedding_model": offered.shown(d.embd_id),
        "graphrag_task_finish_at": iso(d.graphrag_task_finish_at), "graphrag_task_id": d.graphrag_task_id, "id": d.id,
        "language": d.language, "name": d.name, "pagerank": d.pagerank,
        "parser_config": answers.raw_json(offered.shown(d.parser_config)), "permission": d.permission,
        "pipeline_id": d.pipeline_id, "raptor_task_finish_at": iso(d.raptor_task_finish_at),
        "raptor_task_id": d.raptor_task_id, "similarity_threshold": 0.2, "status": "1",
        "tenant_embd_id": d.tenant_embd_id, "tenant_id": d.tenant_id, "token_num": d.token_num,
        "update_date": iso(d.update_time), "update_time": d.update_time, "vector_similarity_weight": 0.3,
    }  # fmt: skip


def updated(d: Dataset) -> dict[str, Any]:
    """As returned by an update."""
    return created(d) | {"connectors": d.connectors}


def single(d: Dataset) -> dict[str, Any]:
    """As returned by GET of one: with the bytes of its documents."""
    size = Document.objects.filter(kb_id=d.id).aggregate(size=Sum("size"))["size"]
    return updated(d) | {"size": size or 0}


def listed(d: Dataset, owner: Tenant) -> dict[str, Any]:
    """As in the list: with its owner, and a model's name where the dataset only has the id of one."""
    model = None if "@" in d.embd_id else offered.resolve(d.embd_id, d.tenant_id)
    more = {"embedding_model_name": model.name if model else "", "nickname": owner.nickname, "tenant_avatar": None}
    return created(d) | more


def parsing_status(ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """The number of documents in each run state, by dataset id."""
    counts: dict[str, Counter[str]] = {dataset_id: Counter() for dataset_id in ids}
    rows = Document.objects.filter(kb_id__in=counts).values_list("kb_id", "run").order_by().annotate(Count("id"))
    for kb_id, run, number in rows:
        counts[kb_id][STATES.get(run, "unstart_count")] += number
    return {kb_id: {name: found[name] for name in STATES.values()} for kb_id, found in counts.items()}
