"""The Celery application. Settings come from Django's, with the prefix ``CELERY_``."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready

from ragflow_admin.services import redisqueue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragflow_admin.settings")

redisqueue.install()
app = Celery("ragflow_admin", task_cls="ragflow_admin.patience:PatientTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["dashboard"])


@worker_ready.connect
def say_ready(**kwargs: Any) -> None:
    """Signal readiness to ``make run`` and the tests, which wait for the worker."""
    print("Worker ready", flush=True)
