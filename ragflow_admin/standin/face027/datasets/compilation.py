"""Knowledge compilation of 0.27: template groups, and what would be made with them (ragflow-0.27 §8.5).

The stand-in compiles graphs only, so the lists of wiki pages, skills and navigation are empty.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from ragflow_admin.standin import offered
from ragflow_admin.standin.face027.datasets import templates
from ragflow_admin.standin.face027.datasets.datasets import authorized
from ragflow_admin.standin.face027.paging import page_of
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body
from ragflow_admin.standin.store.models import TemplateGroup, now_ms
from ragflow_admin.standin.store.times import iso


def builtins(request: ApiRequest) -> HttpResponse:
    """GET /compilation-templates/builtins."""
    model = offered.resolve(request.tenant.llm_id, request.tenant.id)
    return answers.success(templates.builtins(model.id_for(request.tenant.id) if model else ""))


def wiki_presets(request: ApiRequest) -> HttpResponse:
    """GET /compilation-templates/wiki-presets."""
    return answers.success(templates.wiki_presets())


def groups(request: ApiRequest) -> HttpResponse:
    """GET /compilation-template-groups, newest first."""
    offset, limit = page_of(request.GET)
    found = TemplateGroup.objects.filter(tenant_id=request.tenant.id).order_by("-create_time", "-id")
    found = found.filter(name__icontains=request.GET.get("keywords", ""))
    return answers.success({"groups": [_row(g) for g in found[offset : offset + limit]], "total": found.count()})


def create_group(request: ApiRequest) -> HttpResponse:
    """POST /compilation-template-groups {name, templates, description?}."""
    body = _checked(request)
    for name in ("name", "templates"):
        if name not in body:
            raise Refused(101, f"required argument are missing: {name}; ")
    return answers.success(_row(_saved(request, TemplateGroup(tenant_id=request.tenant.id), body)))


def group(request: ApiRequest, group_id: str) -> HttpResponse:
    """GET /compilation-template-groups/{id}."""
    return answers.success(_row(_mine(request, group_id)))


def update_group(request: ApiRequest, group_id: str) -> HttpResponse:
    """PUT /compilation-template-groups/{id}: only what is sent changes."""
    return answers.success(_row(_saved(request, _mine(request, group_id), _checked(request))))


def delete_group(request: ApiRequest, group_id: str) -> HttpResponse:
    """DELETE /compilation-template-groups/{id}."""
    _mine(request, group_id).delete()
    return answers.success(data=True)


def _mine(request: ApiRequest, group_id: str) -> TemplateGroup:
    found = TemplateGroup.objects.filter(id=group_id, tenant_id=request.tenant.id).first()
    if found is None:
        raise Refused(102, f"Cannot find compilation template group {group_id}.")
    return found


def _checked(request: HttpRequest) -> dict[str, Any]:
    body: dict[str, Any] = json_body(request)
    name, chosen = body.get("name"), body.get("templates")
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise Refused(102, "Invalid template group name.")
    if chosen is not None:
        if not isinstance(chosen, list) or not chosen:
            raise Refused(102, "A template group must contain at least one template.")
        if not all(isinstance(one, dict) and one.get("kind") in templates.KINDS for one in chosen):
            raise Refused(102, "Invalid template entry in group.")
    return body


def _saved(request: ApiRequest, found: TemplateGroup, body: dict[str, Any]) -> TemplateGroup:
    name = str(body.get("name", found.name)).strip()
    same = TemplateGroup.objects.filter(tenant_id=request.tenant.id, name=name)
    if same.exclude(id=found.id).exists():
        raise Refused(102, "Duplicated compilation template group name.")
    found.name, found.update_time = name, now_ms()
    found.description = body.get("description", found.description)
    found.templates = body.get("templates", found.templates)
    found.save()
    return found


def _row(g: TemplateGroup) -> dict[str, Any]:
    return {
        "create_date": iso(g.create_time), "create_time": g.create_time, "description": g.description, "id": g.id,
        "name": g.name, "templates": g.templates, "tenant_id": g.tenant_id, "update_date": iso(g.update_time),
        "update_time": g.update_time,
    }  # fmt: skip


def nothing(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """GET …/artifacts, …/artifacts/topics, …/navigation: no pages."""
    authorized(request, dataset_id)
    return answers.done({"items": [], "total": 0})


def no_wiki(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """HEAD …/artifacts: whether there is a wiki."""
    authorized(request, dataset_id)
    return HttpResponse(status=404, content_type="text/html; charset=utf-8")


def wiki_graph(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """GET …/artifacts/graph."""
    authorized(request, dataset_id)
    return answers.done({"entities": [], "relations": []})


def structure(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """GET …/artifacts/structure?kind=…"""
    authorized(request, dataset_id)
    if not request.GET.get("kind"):
        words = "`kind` is required (one of: graph, mindmap, timeline, session_essence, session_graph)."
        raise Refused(101, words)
    return answers.done({})


def alteration(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """GET …/artifacts/alteration: what changed since the wiki was made."""
    authorized(request, dataset_id)
    counts = dict.fromkeys(("changed", "newly_uploaded", "removed"), 0)
    lists: dict[str, list[str]] = {f"{name}_doc_ids": [] for name in (*counts, "eligible", "involved")}
    return answers.done({**counts, **lists})


def skills(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """GET …/skills: no `data` without skills."""
    authorized(request, dataset_id)
    return answers.done()


def document_graph(request: ApiRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """GET …/documents/{id}/structure/graph: what the templates made of the document."""
    authorized(request, dataset_id)
    return answers.done({"templates": []})
