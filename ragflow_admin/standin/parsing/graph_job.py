"""GraphRAG and RAPTOR jobs: stages with real delays, RAGFlow's log lines, and a simple graph at the end."""

from __future__ import annotations

import json
import logging
import random
import time
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, transaction

from ragflow_admin.standin.parsing.entities import Builder
from ragflow_admin.standin.parsing.job import Cancelled, Job, Pace
from ragflow_admin.standin.store.models import Chunk, Dataset, Document, Graph, IngestionLog, Task, now_ms

log = logging.getLogger(__name__)
DEEPEST = 6
# The kinds whose end the dataset's row has.
FINISHED = ("graphrag", "raptor")
# The language model fails on a chunk with these words.
FAILS = "please fail"


class GraphJob(Job):
    """A job over a whole dataset. Its log lines are written to the task's row at once."""

    def __init__(self, task: Task, pace: Pace) -> None:
        super().__init__(task.doc_id, task.id, task.create_time, pace)
        self.kind, self.dataset_id = task.task_type, task.kb_id
        self.lines = task.progress_msg.split("\n") if task.progress_msg else []

    def say(self, text: str, progress: float | None = None) -> None:
        super().say(text, progress)
        spent = round((now_ms() - self.begin_ms) / 1000, 5)
        told = {"progress_msg": "\n".join(self.lines), "process_duration": spent}
        row = Task.objects.filter(id=self.task_id, progress__gte=0)
        if not row.update(progress=self.progress, update_time=now_ms(), retry_count=1, **told):
            raise Cancelled
        if self.progress >= 1 and self.kind in FINISHED:
            Dataset.objects.filter(id=self.dataset_id).update(**{f"{self.kind}_task_finish_at": now_ms()})
        # The job's log overwrites that of the document it is attached to (contract §8).
        document = Document.objects.filter(id=self.document_id).exclude(run="1")
        document.update(**told)
        if self.progress >= 1:
            document.filter(run="0").update(run="3", progress=1.0)

    def run(self) -> None:
        """Runs all stages for the dataset."""
        try:
            self.rest(0.2)
            self.say("Task has been received.", random.uniform(0.01, 0.09))  # noqa: S311
            if self.kind == "graphrag":
                self._graph()
            elif self.kind == "structure_graph":
                self._structure_graph()
            else:
                self._raptor()
                self._log()
        except Cancelled:
            self.cancelled.set()
        finally:
            self.ended = True

    def _graph(self) -> None:
        began = time.monotonic()
        documents = list(Document.objects.filter(kb_id=self.dataset_id).order_by("create_time"))
        known, builder, ok = self._known(), Builder(), 0
        for number, document in enumerate(documents, 1):
            chunks = list(Chunk.objects.filter(doc_id=document.id).order_by("place").values_list("content", flat=True))
            of = f"[GraphRAG] build_subgraph doc:{document.id}"
            self.say(f"{of} start (chunks={len(chunks)}, timeout=10000000000s)")
            self.rest(0.3 + 0.05 * len(chunks))
            share = round(0.1 + 0.8 * number / len(documents), 4)
            if any(FAILS in chunk for chunk in chunks):
                self.say(f"{of} FAILED: Exception('**ERROR**: CONNECTION_ERROR - Connection error.')", share)
                continue
            nodes, edges = builder.read(document.id, chunks)
            if document.id in known:
                self.say(f"Graph already contains {document.id}")
            else:
                self.say(f"Entities and relationships extraction done, {nodes} nodes, {edges} edges.")
            read = bool(nodes) and document.id not in known
            ok += read
            self.say(f"{of} {'done' if read else 'empty'}", share)
        if ok:
            self._merge(builder)
            spent = time.monotonic() - began
            self.say(f"[GraphRAG] KB merge done in {spent:.2f}s. ok={ok} / total={len(documents)}")
        else:
            self.say(f"[GraphRAG] kb:{self.dataset_id} no subgraphs generated successfully, end.")
        self.say(f"Knowledge Graph done ({time.monotonic() - began:.2f}s)", 1.0)

    def _structure_graph(self) -> None:
        """The graph of 0.27: the graphs that a template group makes of the documents, merged (ragflow-0.27 §0.7)."""
        self.rest(0.5)
        self.say("Scanning doc_graph rows...", self.progress)
        self.rest(0.4)
        config = json.loads(Dataset.objects.get(id=self.dataset_id).parser_config)
        documents = []
        if config.get("compilation_template_group_id"):
            documents = list(Document.objects.filter(kb_id=self.dataset_id, chunk_num__gt=0).order_by("create_time"))
        if not documents:
            self.say("No doc_graph rows found.", 1.0)
            return
        builder = Builder()
        for document in documents:
            chunks = Chunk.objects.filter(doc_id=document.id).order_by("place").values_list("content", flat=True)
            builder.read(document.id, list(chunks))
            self.rest(0.2)
        self._keep(builder)
        self.say("Built 1/1 dataset graph(s).", 1.0)

    def _log(self) -> None:
        """0.27 also keeps the log of a job; that of graphs it doesn't."""
        task = Task.objects.filter(id=self.task_id).first()
        if task is not None:
            IngestionLog.objects.create(
                kb_id=self.dataset_id,
                task_type="RAPTOR" if self.kind == "raptor" else self.kind,
                operation_status="3",
                progress=task.progress,
                progress_msg=task.progress_msg,
                process_begin_at=task.create_time,
                process_duration=task.process_duration,
            )

    def _known(self) -> set[str]:
        """The documents that are already in the graph."""
        graph = Graph.objects.filter(kb_id=self.dataset_id).first()
        nodes = json.loads(graph.content).get("nodes", []) if graph else []
        return {document_id for node in nodes for document_id in node.get("source_id") or ()}

    def _merge(self, builder: Builder) -> None:
        self.say(f"[GraphRAG] kb:{self.dataset_id} merge lock acquired")
        self.rest(0.3)
        self._keep(builder)
        self.say(f"[GraphRAG] kb:{self.dataset_id} merge finished, graph ready.")

    def _keep(self, builder: Builder) -> None:
        with transaction.atomic():
            if not Task.objects.filter(id=self.task_id).exists():
                raise Cancelled
            Graph.objects.update_or_create(kb_id=self.dataset_id, defaults={"content": json.dumps(builder.graph())})

    def _raptor(self) -> None:
        documents = list(Document.objects.filter(kb_id=self.dataset_id, chunk_num__gt=0).order_by("create_time"))
        for number, document in enumerate(documents, 1):
            left = document.chunk_num
            for _ in range(DEEPEST):
                if left <= 1:
                    break
                self.rest(0.4)
                self.say(f"Cluster one layer: {left} -> {max(1, left // 2)}")
                left = max(1, left // 2)
            self.say("Processing...", round(0.1 + 0.85 * number / len(documents), 4))
        self.rest(0.2)
        self.say("Processing...", 1.0)


class GraphJobs:
    """The running jobs. The database is authoritative here too: a task between 0 and 1 is work to do."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.jobs: dict[str, GraphJob] = {}
        self.pool = ThreadPoolExecutor(1)

    def look(self) -> None:
        """Starts queued jobs, drops finished ones, and cancels those no longer wanted."""
        wanted = {task.id: task for task in Task.objects.filter(progress__gte=0, progress__lt=1)}
        for task_id, job in list(self.jobs.items()):
            if task_id not in wanted:
                job.cancelled.set()
            if job.ended or task_id not in wanted:
                del self.jobs[task_id]
        for task_id, task in wanted.items():
            if task_id not in self.jobs:
                self.jobs[task_id] = job = GraphJob(task, self.pace)
                self.pool.submit(self.work, job)

    def work(self, job: GraphJob) -> None:
        try:
            job.run()
        except Exception:
            log.exception("%s of %s", job.kind, job.dataset_id)
            Task.objects.filter(id=job.task_id).update(progress=-1, update_time=now_ms())
        finally:
            connection.close()

    def close(self) -> None:
        for job in self.jobs.values():
            job.cancelled.set()
        self.pool.shutdown(wait=False, cancel_futures=True)
