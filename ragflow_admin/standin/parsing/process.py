"""The parsing process: picks up queued documents, runs their jobs in threads, refreshes their rows.

The database is authoritative: a document with run RUNNING is work to do, also after a restart. A separate loop
refreshes the rows every 6 seconds as in the real server (at pace 1), so progress is coarse and late.
"""

from __future__ import annotations

import logging
import os
import select
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, connections
from django.db.models import F

from ragflow_admin.standin.parsing.graph_job import GraphJobs
from ragflow_admin.standin.parsing.job import Job, Pace
from ragflow_admin.standin.store.models import Document, IngestionLog, Setting, new_id, now_ms

log = logging.getLogger(__name__)
REFRESH_S = 6.0
WORKERS = 2


class Parser:
    def __init__(self) -> None:
        self.pace = Pace()
        self.jobs: dict[str, Job] = {}  # by task id
        self.pool = ThreadPoolExecutor(WORKERS)
        self.next_refresh = time.monotonic()
        self.odd = False
        self.graphs = GraphJobs(self.pace)

    def run(self) -> None:
        """Runs until standard input closes, which means that the server has ended."""
        self.recover()
        wake_up = sys.stdin.fileno()
        while True:
            self.look()
            now = time.monotonic()
            if now >= self.next_refresh:
                self.refresh()
                self.plan_refresh()
            # Without work there is nothing to refresh: wait for a wake-up.
            wait = min(max(self.next_refresh - time.monotonic(), 0.01), 1.0) if self.jobs else 5.0
            wait = min(wait, 0.5) if self.graphs.jobs else wait
            if select.select([wake_up], [], [], wait)[0] and not os.read(wake_up, 4096):
                break
        for job in self.jobs.values():
            job.cancelled.set()
        self.graphs.close()
        self.pool.shutdown(wait=False, cancel_futures=True)

    def plan_refresh(self) -> None:
        """Schedules the next refresh, independent of the jobs: a small file shows up at once or a period later."""
        period = max(0.05, REFRESH_S / self.pace.speed)
        self.next_refresh = (time.monotonic() // period + 1) * period

    def recover(self) -> None:
        """Requeues documents that were running when the last process ended."""
        Document.objects.filter(run="1", task_id="").update(task_id=new_id())

    def look(self) -> None:
        """Reads the settings, starts queued documents, and cancels those no longer wanted."""
        settings = dict(Setting.objects.values_list("name", "value"))
        speed = max(0.01, float(settings.get("speed", "1")))
        if speed != self.pace.speed:
            self.pace.speed = speed
            self.plan_refresh()
        self.pace.paused = settings.get("paused") == "1"
        self.graphs.look()
        rows = Document.objects.filter(run="1").order_by("process_begin_at")
        wanted = {task: (row, begin) for row, task, begin in rows.values_list("id", "task_id", "process_begin_at")}
        for task, job in list(self.jobs.items()):
            if task not in wanted:
                job.cancelled.set()
                del self.jobs[task]
        started = False
        for task, (row, begin) in wanted.items():
            if task and task not in self.jobs:
                self.jobs[task] = job = Job(row, task, begin or now_ms(), self.pace)
                self.pool.submit(self.work, job)
                started = True
        if started and self.next_refresh < time.monotonic():
            self.plan_refresh()

    def work(self, job: Job) -> None:
        try:
            job.run()
        except Exception:
            log.exception("parsing %s", job.document_id)
            job.say("[ERROR][Exception]: internal error of the stand-in", -1.0)
        finally:
            job.ended = True
            connection.close()

    def refresh(self) -> None:
        """Copies the state of all jobs to their documents' rows."""
        if self.pace.paused:
            return
        self.odd = not self.odd
        ahead = 0
        for task, job in list(self.jobs.items()):
            row = Document.objects.filter(id=job.document_id, task_id=task, run="1")
            spent = round((now_ms() - job.begin_ms) / 1000, 5)
            if job.ended:
                if not job.cancelled.is_set():
                    failed = job.progress < 0
                    ended = row.update(
                        run="4" if failed else "3",
                        progress=-1.0 if failed else 1.0,
                        progress_msg="\n" + "\n".join(job.lines),
                        process_duration=spent,
                        update_time=now_ms(),
                    )
                    if ended:
                        keep_log(job, spent)
                del self.jobs[task]
            elif job.began:
                row.update(
                    progress=max(job.progress, 0.0),
                    progress_msg="\n" + "\n".join(job.lines),
                    process_duration=spent,
                    update_time=now_ms(),
                )
                ahead += 1
            else:
                message = f"{ahead} tasks are ahead in the queue..." if self.odd and ahead else "Task is queued..."
                row.update(progress_msg=message, process_duration=spent, progress=F("progress"))
                ahead += 1


def keep_log(job: Job, spent: float) -> None:
    """Keeps the log of a job that has ended, which 0.27 lists (ragflow-0.27 §6 "Ingestion logs")."""
    document = Document.objects.filter(id=job.document_id).first()
    if document is None:
        return
    failed = job.progress < 0
    IngestionLog.objects.create(
        kb_id=document.kb_id,
        document_id=job.document_id,
        task_type="Parse",
        operation_status="4" if failed else "3",
        progress=-1.0 if failed else 1.0,
        progress_msg="\n" + "\n".join(job.lines),
        process_begin_at=job.begin_ms,
        process_duration=spent,
    )


def main() -> None:
    try:
        Parser().run()
    finally:
        connections.close_all()
    # Waiting threads must not keep the process alive.
    os._exit(0)
