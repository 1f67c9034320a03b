"""gunicorn's settings, for ``make run`` and for production.

``gunicorn -c ragflow_admin/gunicorn.py ragflow_admin.wsgi``. Nothing but the standard library is imported here:
the worker has to make it cooperative before anything uses it.
"""

from __future__ import annotations

import gc
import os

bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or 8000}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
# One greenlet per connection: a thousand open chat streams cost little memory.
worker_class = "gevent"
worker_connections = 2000
# A worker whose loop is stuck this long is killed; a slow request alone does not stick the loop.
timeout = 60
# Chat turns under way at a restart may be read to their end.
graceful_timeout = 30
keepalive = 15
# A confirm page may name a hundred ids in its address.
limit_request_line = 8190
# Each request is logged once, with its id, by dashboard.core.web.middleware.RequestIdMiddleware.
accesslog = None
control_socket_disable = True
# Workers touch a file each second to show that they live. In memory: a slow disk would let them look dead, and where
# the file system is read-only there is no other place.
_MEMORY = "/dev/shm"  # noqa: S108  (the file is deleted as soon as it is open)
worker_tmp_dir = _MEMORY if os.access(_MEMORY, os.W_OK) else None


def post_worker_init(worker: object) -> None:
    """Called once in each worker after the application is loaded.

    Excludes the loaded modules from garbage collection and makes it rarer: with a thousand open streams, each
    collection would block the worker for 50 to 100 ms.
    """
    from django.conf import settings

    from ragflow_admin.local import wal

    wal.hold(settings.DATABASES["default"])
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
