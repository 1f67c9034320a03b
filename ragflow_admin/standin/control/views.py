"""`/_standin/…`: the control endpoint, for loopback only."""

from __future__ import annotations

import os
import re
import signal
import threading
from typing import Any

from django.http import HttpRequest, HttpResponse

from ragflow_admin.standin.control import faces, state
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import json_body
from ragflow_admin.standin.parsing import events
from ragflow_admin.standin.store import tenants
from ragflow_admin.standin.store.models import Setting, Tenant

HERE = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")


def from_here(request: HttpRequest) -> Tenant | None:
    """Guard: only processes on this machine may control the stand-in, and no web page in a browser on it.

    Any website can make a browser post to loopback, but then the request has an Origin header. A DNS name that points
    to loopback would even allow reading responses, but then the request has that name as its host.
    """
    if request.META.get("REMOTE_ADDR") not in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        raise Refused(109, "The control endpoint answers only on loopback.")
    if "Origin" in request.headers or not HERE.fullmatch(request.headers.get("Host", "")):
        raise Refused(109, "The control endpoint answers no browser, and only to a name of loopback.")
    return None


def show(request: HttpRequest) -> HttpResponse:
    """GET /_standin/: settings, active faults, the number of requests. Never contains keys."""
    data = {
        "faults": [{name: value for name, value in vars(fault).items() if name != "key"} for fault in state.faults],
        "release": state.release,
        "requests": len(state.requests),
        "frame_delay": state.frame_delay,
        "settings": dict(Setting.objects.values_list("name", "value")),
        "pid": os.getpid(),
    }
    return answers.done(data)


def add_fault(request: HttpRequest) -> HttpResponse:
    """POST /_standin/faults {kind, …} with the fields of `state.Fault`; the newest takes precedence."""
    body: dict[str, Any] = json_body(request)
    if body.get("kind") not in state.KINDS:
        raise Refused(101, f"kind must be one of {', '.join(sorted(state.KINDS))}")
    fault = state.Fault(**{key: value for key, value in body.items() if value is not None})
    state.faults.insert(0, fault)
    return answers.done({"id": fault.id})


def reset(request: HttpRequest) -> HttpResponse:
    """POST /_standin/reset {speed}: no faults, no counted requests, parsing at this pace. Stored data is kept."""
    state.faults.clear()
    state.requests.clear()
    _set({"speed": str(float(json_body(request)["speed"])), "paused": "0"})
    return answers.done()


def clear_faults(request: HttpRequest) -> HttpResponse:
    state.faults.clear()
    return answers.done()


def received(request: HttpRequest) -> HttpResponse:
    """GET /_standin/requests?key=: the requests received since the last reset, oldest first."""
    key = request.GET.get("key")
    chosen = [entry for entry in list(state.requests) if key is None or entry["key"] == key]
    return answers.done([{name: value for name, value in entry.items() if name != "key"} for entry in chosen])


def forget(request: HttpRequest) -> HttpResponse:
    state.requests.clear()
    return answers.done()


def set_parsing(request: HttpRequest) -> HttpResponse:
    """POST /_standin/parsing {speed?, paused?}: how fast documents are parsed; 1 is the real server's pace."""
    body = json_body(request)
    wanted = {}
    if body.get("speed") is not None:
        wanted["speed"] = str(float(body["speed"]))
    if body.get("paused") is not None:
        wanted["paused"] = "1" if body["paused"] else "0"
    _set(wanted)
    return answers.done()


def _set(wanted: dict[str, str]) -> None:
    """Stores these settings; the parser is woken only if one of them was another."""
    present = dict(Setting.objects.filter(name__in=wanted).values_list("name", "value"))
    changed = {name: value for name, value in wanted.items() if present.get(name) != value}
    for name, value in changed.items():
        Setting.objects.update_or_create(name=name, defaults={"value": value})
    if changed:
        events.notify()


def set_answers(request: HttpRequest) -> HttpResponse:
    """POST /_standin/answers {frame_delay}: seconds between two frames of a streamed answer."""
    state.frame_delay = float(json_body(request)["frame_delay"])
    return answers.done()


def set_release(request: HttpRequest) -> HttpResponse:
    """POST /_standin/release {release}: answer as another release from now on, as after an upgrade."""
    release = json_body(request).get("release")
    if release not in faces.URLS:
        raise Refused(101, f"release must be one of {', '.join(faces.URLS)}")
    state.release = release
    return answers.done({"release": release})


def new_key(request: HttpRequest) -> HttpResponse:
    """POST /_standin/keys {key?}: creates an empty tenant; returns its key."""
    key = json_body(request).get("key")
    tenant = tenants.ensure(key) if key else tenants.fresh()
    return answers.done({"key": tenant.key, "tenant_id": tenant.id})


def shutdown(request: HttpRequest) -> HttpResponse:
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
    return answers.done()
