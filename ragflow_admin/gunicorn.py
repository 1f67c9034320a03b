"""gunicorn's settings, for ``make run`` and for production.

``gunicorn -c ragflow_admin/gunicorn.py ragflow_admin.wsgi``. Nothing but the standard library is imported here:
the worker has to make it cooperative before anything uses it.
"""

from __future__ import annotations

import ctypes
import gc
import os
import threading
import time

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
GIVE_BACK_EVERY = 5.0


def post_worker_init(worker: object) -> None:
    """Said once, when the application is loaded.

    What was loaded stays: the collector of garbage need not look at it again, nor at what a thousand open streams hold
    after every few hundred objects. It would stop everything for 50 to 100 ms.

    Read bodies in the blocks that uploads are passed on in (dashboard/ragflow/transfer/multipart.py).

    Of the megabyte that gunicorn otherwise reads at once it copies the rest again for each block: an upload of 1 GB
    takes 1.5 s instead of 5.
    """
    from gunicorn.http.unreader import SocketUnreader

    SocketUnreader.max_body_chunk = 64 * 1024
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    threading.Thread(target=give_memory_back, daemon=True).start()


def give_memory_back() -> None:
    """Every few seconds, as long as the worker lives, and where the C library is glibc.

    Opening a stream needs much more memory than keeping it open. glibc keeps what lies free between things that stay:
    130 KB for each open stream.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    while trim is not None:
        time.sleep(GIVE_BACK_EVERY)
        trim(0)
