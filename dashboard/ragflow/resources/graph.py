"""The knowledge graph of a dataset, and the jobs that build it and RAPTOR summaries (contract §8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from dashboard.ragflow.clock import moment
from dashboard.ragflow.errors import Rejected, ServerError
from dashboard.ragflow.http.json_repair import fields, words
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.safety import guards
from dashboard.ragflow.safety.writes import Writes
from dashboard.ragflow.types import Dataset

# RAGFlow joins the descriptions of several documents with this separator.
_BETWEEN = "<SEP>"


class JobKind(StrEnum):
    GRAPH = "graphrag"
    RAPTOR = "raptor"


@dataclass(frozen=True, slots=True)
class Node:
    """An entity. ``pagerank`` is its share of the total importance; ``document_ids`` are the documents it is from."""

    id: str
    type: str
    descriptions: tuple[str, ...]
    pagerank: float
    document_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation between the nodes with the ids ``source`` and ``target``."""

    source: str
    target: str
    descriptions: tuple[str, ...]
    keywords: tuple[str, ...]
    weight: float
    document_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """At most the 256 most important nodes and 128 heaviest edges; ``mind_map`` is as sent by RAGFlow, usually {}."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    mind_map: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """A run of GraphRAG or RAPTOR. ``progress`` is 0 to 1, or -1 if it failed; ``duration`` is in seconds."""

    id: str
    kind: JobKind
    document_id: str
    progress: float
    log: str
    duration: float
    created_at: datetime | None
    updated_at: datetime | None

    @property
    def failed(self) -> bool:
        return self.progress < 0

    @property
    def running(self) -> bool:
        """Whether it runs. Also true if its worker has died, because RAGFlow does not notice."""
        return 0 <= self.progress < 1


class _WireNode(msgspec.Struct):
    id: str | None
    entity_type: str | None = None
    description: str | None = None
    pagerank: float | None = 0.0
    source_id: list[str | None] | None = None


class _WireEdge(msgspec.Struct):
    source: str | None
    target: str | None
    description: str | None = None
    keywords: list[str | None] | None = None
    weight: float | None = 0.0
    source_id: list[str | None] | None = None


class _WireGraph(msgspec.Struct):
    nodes: list[_WireNode | None] | None = None
    edges: list[_WireEdge | None] | None = None


class _WireAnswer(msgspec.Struct):
    graph: _WireGraph | None
    mind_map: dict[str, Any] | None = None


class _WireTask(msgspec.Struct):
    """All fields may be missing: ``{}`` means that there is no task."""

    id: str | None = None
    doc_id: str | None = None
    progress: float | None = 0.0
    progress_msg: str | None = None
    process_duration: float | None = 0.0
    create_time: float | None = None
    update_time: float | None = None


class _WireStarted(msgspec.Struct):
    graphrag_task_id: str | None = None
    raptor_task_id: str | None = None
    task_id: str | None = None


_answer = msgspec.json.Decoder(_WireAnswer)
_task = msgspec.json.Decoder(_WireTask)
_started = msgspec.json.Decoder(_WireStarted)
# The names used by the route of RAGFlow's own web application.
_PIPELINE = {JobKind.GRAPH: "GraphRAG", JobKind.RAPTOR: "RAPTOR"}
_RUN = {JobKind.GRAPH: "graph.run", JobKind.RAPTOR: "raptor.run"}
_RELEASE = {JobKind.GRAPH: "graph.release", JobKind.RAPTOR: "raptor.release"}


class Graphs:
    """The knowledge graphs of datasets."""

    def __init__(self, transport: Transport, writes: Writes) -> None:
        self._transport = transport
        self._writes = writes

    def get(self, dataset_id: str) -> Graph:
        """The graph; without nodes if none was built. Raises NotFound for a dataset that is not ours."""
        wire = self._transport.rows(_path(guards.lookup_id(dataset_id, "dataset"), "knowledge_graph"), None, _answer)
        graph = wire.graph or _WireGraph()
        return Graph(
            nodes=tuple(
                Node(
                    id=node.id,
                    type=node.entity_type or "",
                    descriptions=_descriptions(node.description),
                    pagerank=node.pagerank or 0.0,
                    document_ids=words(node.source_id),
                )
                for node in graph.nodes or ()
                if node and node.id
            ),
            edges=tuple(
                Edge(
                    source=edge.source,
                    target=edge.target,
                    descriptions=_descriptions(edge.description),
                    keywords=words(edge.keywords),
                    weight=edge.weight or 0.0,
                    document_ids=words(edge.source_id),
                )
                for edge in graph.edges or ()
                if edge and edge.source and edge.target
            ),
            mind_map=fields(wire.mind_map),
        )

    def delete(self, dataset: Dataset) -> None:
        """Delete the knowledge graph. Chunks and RAPTOR summaries are kept."""
        with self._recording("graph.delete", dataset):
            self._transport.write("DELETE", _path(_id(dataset), "knowledge_graph"), {})

    def trace(self, dataset_id: str, kind: JobKind) -> Job | None:
        """The last job of this kind, whatever its outcome; None if there was none or its document was deleted."""
        path = _path(guards.lookup_id(dataset_id, "dataset"), f"trace_{kind.value}")
        try:
            task = self._transport.get(path).decode(_task)
        except Rejected as error:
            if "Task Not Found" in error.message:
                return None
            raise
        if not task.id:
            return None
        progress = task.progress or 0.0
        return Job(
            id=task.id,
            kind=kind,
            document_id=task.doc_id or "",
            progress=-1.0 if progress < 0 else min(progress, 1.0),
            log=task.progress_msg or "",
            duration=task.process_duration or 0.0,
            created_at=moment(task.create_time),
            updated_at=moment(task.update_time),
        )

    def run(self, dataset: Dataset, kind: JobKind) -> str:
        """Start building; returns the id of the job. Costs language model calls for every chunk.

        Raises Rejected if a job of this kind has not ended (for a dead one, see ``release``), and for a dataset without
        documents. On 0.24, the job's log overwrites that of the oldest document.
        """
        with self._recording(_RUN[kind], dataset):
            path = _path(_id(dataset), f"run_{kind.value}")
            answer = self._transport.write("POST", path, {})
            started = answer.decode(_started)
            task_id = started.graphrag_task_id or started.raptor_task_id or started.task_id
            if not task_id:
                raise answer.annotate(ServerError("RAGFlow did not return the ID of the new job.", maybe_done=True))
            return task_id

    def release(self, dataset: Dataset, kind: JobKind) -> None:
        """Drop a job that does not end, so that another can start. For GraphRAG, this also deletes the graph."""
        with self._recording(_RELEASE[kind], dataset):
            path = f"/v1/kb/unbind_task?kb_id={_id(dataset)}&pipeline_task_type={_PIPELINE[kind]}"
            self._transport.write("DELETE", path, {})

    def _recording(self, action: str, dataset: Dataset) -> Any:
        guards.only(dataset, Dataset)
        guards.safe_id(dataset.id, "dataset")
        return self._writes.recording(action, "dataset", (dataset.id, dataset.name))


def _id(dataset: Dataset) -> str:
    return guards.safe_id(dataset.id, "dataset")


def _path(dataset_id: str, what: str) -> str:
    return f"/api/v1/datasets/{dataset_id}/{what}"


def _descriptions(text: str | None) -> tuple[str, ...]:
    """The descriptions without duplicates."""
    return tuple(dict.fromkeys(part.strip() for part in (text or "").split(_BETWEEN) if part.strip()))
