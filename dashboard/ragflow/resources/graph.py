"""The knowledge graph of a dataset, and the jobs that build it and RAPTOR summaries.

References: contract §8, ragflow-0.27 §0.7, §5 and §7.20.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from dashboard.ragflow.clock import moment
from dashboard.ragflow.dialects import graph as dialects
from dashboard.ragflow.errors import Rejected, ServerError
from dashboard.ragflow.http.json_repair import fields, words
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.ingestion import templates
from dashboard.ragflow.ingestion.templates import TemplateGroup, Templates
from dashboard.ragflow.releases.detection import Detection
from dashboard.ragflow.safety import guards
from dashboard.ragflow.safety.writes import Writes
from dashboard.ragflow.types import Dataset

# RAGFlow joins the descriptions of several documents with this separator.
_BETWEEN = "<SEP>"
# Since 0.25, a job over a dataset has this instead of the id of a document.
_NO_DOCUMENT = "graph_raptor_x"
# The last line of the log of a cancelled job.
_STOPPED = "Task stopped by user."
# The type of a job that merges what compilation templates made of the documents.
_FROM_TEMPLATES = "structure"


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
    """A run of GraphRAG or RAPTOR. ``progress`` is 0 to 1, or -1 if it failed; ``duration`` is in seconds.

    ``document_id`` is the document whose log the job overwrites, "" if it has a log of its own (since 0.25).
    ``from_templates``: the job does not read chunks, but merges what compilation templates made of the documents
    (since 0.27, ragflow-0.27 §0.7).
    """

    id: str
    kind: JobKind
    document_id: str
    progress: float
    log: str
    duration: float
    created_at: datetime | None
    updated_at: datetime | None
    from_templates: bool = False

    @property
    def failed(self) -> bool:
        return self.progress < 0

    @property
    def cancelled(self) -> bool:
        """Whether somebody cancelled it. RAGFlow reports it as failed; a release before 0.25 drops it instead."""
        return self.failed and self.log.rstrip().endswith(_STOPPED)

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
    task_type: str | None = None
    create_time: float | None = None
    update_time: float | None = None


class _WireStarted(msgspec.Struct):
    graphrag_task_id: str | None = None
    raptor_task_id: str | None = None
    task_id: str | None = None


_answer = msgspec.json.Decoder(_WireAnswer)
_task = msgspec.json.Decoder(_WireTask)
_started = msgspec.json.Decoder(_WireStarted)
_RUN = {JobKind.GRAPH: "graph.run", JobKind.RAPTOR: "raptor.run"}
_RELEASE = {JobKind.GRAPH: "graph.release", JobKind.RAPTOR: "raptor.release"}


class Graphs:
    """The knowledge graphs of datasets."""

    def __init__(self, transport: Transport, detection: Detection, writes: Writes) -> None:
        self._transport = transport
        self._detection = detection
        self._writes = writes

    def get(self, dataset_id: str) -> Graph:
        """The graph; without nodes if none was built. Raises NotFound for a dataset that is not ours."""
        path = _path(guards.lookup_id(dataset_id, "dataset"), self._dialect.graph)
        wire = self._transport.rows(path, None, _answer)
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
        """Delete the knowledge graph; chunks and RAPTOR summaries are kept. Since 0.25, its last job is forgotten."""
        with self._recording("graph.delete", dataset):
            self._transport.write("DELETE", _path(_id(dataset), self._dialect.graph), {})

    def templates(self) -> Templates:
        """The compilation templates, which graphs are built from since 0.27 (ragflow-0.27 §0.7).

        Ask ``client.can("compilation templates")`` before. Lists at most 100 groups.
        """
        return templates.read(self._transport)

    def template_groups(self) -> tuple[TemplateGroup, ...]:
        """The groups alone, which a dataset's settings can name, in one call. As for ``templates``, ask before."""
        return templates.read_groups(self._transport)

    def trace(self, dataset_id: str, kind: JobKind) -> Job | None:
        """The last job of this kind, whatever its outcome; None if there was none, or if RAGFlow forgot it."""
        path = _path(guards.lookup_id(dataset_id, "dataset"), self._dialect.trace[kind])
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
            document_id="" if task.doc_id in (None, _NO_DOCUMENT) else task.doc_id,
            progress=-1.0 if progress < 0 else min(progress, 1.0),
            log=task.progress_msg or "",
            duration=task.process_duration or 0.0,
            created_at=moment(task.create_time),
            updated_at=moment(task.update_time),
            from_templates=(task.task_type or "").startswith(_FROM_TEMPLATES),
        )

    def run(self, dataset: Dataset, kind: JobKind) -> str:
        """Start building; returns the id of the job. Costs language model calls for every chunk.

        Raises Rejected if a job of this kind has not ended (for a dead one, see ``release``), and for a dataset without
        documents. On 0.24, the job's log overwrites that of the oldest document. Since 0.27, a graph is only merged
        from what compilation templates made of the documents: without them, the job ends well and builds nothing.
        """
        with self._recording(_RUN[kind], dataset):
            path = _path(_id(dataset), self._dialect.run[kind])
            answer = self._transport.write("POST", path, {})
            started = answer.decode(_started)
            task_id = started.graphrag_task_id or started.raptor_task_id or started.task_id
            if not task_id:
                raise answer.annotate(ServerError("RAGFlow did not return the ID of the new job.", maybe_done=True))
            return task_id

    def release(self, dataset: Dataset, kind: JobKind) -> bool:
        """Cancel a job, so that another can start. Returns False if there was none to cancel.

        On 0.24, this also deletes the graph, and works for a job that has ended. Since 0.25, the graph is kept, but
        RAGFlow may refuse another job for some seconds, with code 102 (ragflow-0.27 §7, New dangers).
        """
        dialect = self._dialect
        if not dialect.cancels_tasks:
            with self._recording(_RELEASE[kind], dataset):
                path = f"/v1/kb/unbind_task?kb_id={_id(dataset)}&pipeline_task_type={dialect.pipeline[kind]}"
                self._transport.write("DELETE", path, {}, inside=dataset.id)
                return True
        # RAGFlow cancels any task for any key (ragflow-0.27 §0.11): only take the id that this dataset has now.
        guards.only(dataset, Dataset)
        job = self.trace(_id(dataset), kind)
        if job is None or not job.running:
            return False
        with self._recording(_RELEASE[kind], dataset):
            path = f"/api/v1/tasks/{guards.safe_id(job.id, 'task')}/cancel"
            self._transport.write("POST", path, {}, inside=dataset.id)
        return True

    @property
    def _dialect(self) -> dialects.GraphDialect:
        return dialects.of(self._detection.release())

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
