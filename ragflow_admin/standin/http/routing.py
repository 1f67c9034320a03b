"""Routing of requests: method, guard, handler, and the handling of exceptions."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from ragflow_admin.standin.http import answers
from ragflow_admin.standin.store import tenants
from ragflow_admin.standin.store.models import Tenant

log = logging.getLogger(__name__)


class ApiRequest(HttpRequest):
    """A request after its guard: the tenant is known (except on open routes)."""

    tenant: Tenant


Handler = Callable[..., HttpResponseBase]
Guard = Callable[[HttpRequest], Tenant | None]


class BadRequest(Exception):
    def __repr__(self) -> str:
        return "<BadRequest '400: Bad Request'>"


def api_key(request: HttpRequest) -> Tenant | None:
    """`token_required`: a missing header yields code 0 and `data: false` (contract §2)."""
    words = request.headers.get("Authorization")
    if not words:
        raise answers.Refused(0, "`Authorization` can't be empty", data=False)
    parts = words.split()
    if len(parts) < 2:
        raise answers.Refused(0, "Please check your authorization format.", data=False)
    tenant = tenants.by_key(parts[1])
    if tenant is None:
        raise answers.Refused(109, "Authentication error: API key is invalid!", data=False)
    return tenant


class Unauthorized(Exception):
    """`login_required` rejected the caller: HTTP 401."""


def login(request: HttpRequest) -> Tenant | None:
    """`login_required`: accepts an API key, anything else is HTTP 401."""
    parts = request.headers.get("Authorization", "").split()
    tenant = tenants.by_key(parts[-1]) if parts else None
    if tenant is None:
        raise Unauthorized
    return tenant


def beta_token(request: HttpRequest) -> Tenant | None:
    """Routes for embedded pages require another token and refuse API keys."""
    if "Authorization" not in request.headers:
        raise AttributeError("'NoneType' object has no attribute 'split'")
    raise answers.Refused(102, 'Authentication error: API key is invalid!"')


def open_to_all(request: HttpRequest) -> Tenant | None:
    return None


def route(guard: Guard = api_key, **handlers: Handler) -> Callable[..., HttpResponseBase]:
    """A view for one path: `route(GET=list_datasets, POST=create_dataset)`."""

    @csrf_exempt
    def view(request: HttpRequest, **ids: str) -> HttpResponseBase:
        handler = handlers.get(request.method or "")
        if handler is None:
            message = "<MethodNotAllowed '405: Method Not Allowed'>"
            return answers.json_answer({"code": 100, "data": None, "message": message})
        try:
            tenant = guard(request)
            if tenant is not None:
                request.tenant = tenant  # type: ignore[attr-defined]
            return handler(request, **ids)
        except answers.Refused as refused:
            return answers.refusal(refused)
        except Unauthorized:
            body = {"code": 401, "data": None, "message": "<Unauthorized '401: Unauthorized'>"}
            return answers.json_answer(body, status=401)
        except Exception as error:
            log.info("%s %s", request.method, request.path, exc_info=error)
            return answers.crash(error)

    return view


def json_body(request: HttpRequest) -> Any:
    """The JSON body of a route without a schema: `{}` if there is none, form fields for other types.

    Raises BadRequest (code 100) for malformed JSON. Anything but an object makes the handler fail with an
    AttributeError, as in the real server.
    """
    if not request.body:
        return {}
    if request.content_type == "application/json":
        try:
            return json.loads(request.body)
        except ValueError:
            raise BadRequest from None
    return request.POST.dict()


def page_of(request: HttpRequest, size: int = 30) -> tuple[int, int]:
    """(offset, limit) from `page` and `page_size`; page 0 counts as 1, a negative one is an SQL error."""
    page = int(request.GET.get("page", 1))
    limit = int(request.GET.get("page_size", size))
    offset = (page - 1 if page > 0 else page) * limit
    if offset < 0 or limit < 0:
        raise sql_error(f"{offset}, {limit}")
    return offset, limit


def sql_error(near: str) -> answers.ProgrammingError:
    text = (
        '(pymysql.err.ProgrammingError) (1064, "You have an error in your SQL syntax; check the manual that '
        f"corresponds to your OceanBase version for the right syntax to use near '{near}' at line 1\")"
    )
    return answers.ProgrammingError(text)


def descending(request: HttpRequest) -> bool:
    return request.GET.get("desc", "true").lower() != "false"


def ordering(request: HttpRequest, type_name: str, columns: frozenset[str], default: str = "create_time") -> str:
    """The `order_by` text for `orderby` and `desc`; an unknown column is an AttributeError, as with the real ORM."""
    column = request.GET.get("orderby", default)
    if column not in columns:
        raise AttributeError(f"type object {type_name!r} has no attribute {column!r}")
    column = {"create_date": "create_time", "update_date": "update_time"}.get(column, column)
    return f"-{column}" if descending(request) else column


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    body = {"code": 404, "data": None, "error": "Not Found", "message": f"Not Found: {request.path}"}
    return answers.json_answer(body, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    return answers.json_answer({"code": 100, "data": None, "message": "Internal server error"})


def unique(ids: list[str], kind: str) -> tuple[list[str], list[str]]:
    """Ids without duplicates (in order), and the messages about the duplicates."""
    seen: dict[str, None] = {}
    repeats: dict[str, None] = {}
    for item in ids:
        (repeats if item in seen else seen)[item] = None
    return list(seen), [f"Duplicate {kind} ids: {item}" for item in repeats]
