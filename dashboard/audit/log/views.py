"""The audit log, for administrators: who changed what, by page and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dashboard.audit.log import filters
from dashboard.audit.log.filters import FilterForm
from dashboard.audit.log.lines import COLUMNS, lines, row
from dashboard.core.paging import Pager, PageRequest
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import administrator
from dashboard.models import AuditEntry, Server

# Rows in one piece of the file.
AT_ONCE = 500
# Without this byte order mark, Excel assumes another encoding.
MARK = "\ufeff"


@require_GET
@never_cache
@administrator
def page(request: DashboardRequest) -> HttpResponse:
    """The entries that fit the filters, newest first. They are not counted: one more than a page is read."""
    form = FilterForm(request.GET, list(Server.objects.all()))
    asked, wanted = form.asked, PageRequest.read(request.GET)
    first = (wanted.number - 1) * wanted.size
    found = list(filters.entries(asked)[first : first + wanted.size + 1])
    listed = found[: wanted.size]
    context = {
        "form": form,
        "asked": [(form[name], _shown(form, name), _without(request, name)) for name in asked],
        "lines": lines(listed),
        "pager": Pager(wanted.number, wanted.size, len(listed), more=len(found) > len(listed)),
        "query": request.GET.urlencode(),
        "kept": settings.KEEP_AUDIT_DAYS,
    }
    return render(request, f"audit/log/page.html{'#table' if wants_fragment(request) else ''}", context)


def _shown(form: FilterForm, name: str) -> str:
    value = form.cleaned_data[name]
    choices = getattr(form.fields[name], "choices", None)
    return str(dict(choices)[value]) if choices else str(value)


def _without(request: DashboardRequest, name: str) -> str:
    """The address without one filter, on its first page."""
    left = request.GET.copy()
    for key in (name, "page"):
        left.pop(key, None)
    return f"{request.path}?{left.urlencode()}" if left else request.path


@require_GET
@never_cache
@administrator
def export(request: DashboardRequest) -> HttpResponseBase:
    """All entries that fit the filters as CSV, sent while they are read. With an invalid filter, the page says so."""
    form = FilterForm(request.GET, list(Server.objects.all()))
    if not form.is_valid():
        return redirect(f"{reverse('audit:log')}?{request.GET.urlencode()}")
    found = filters.entries(form.asked)
    response = StreamingHttpResponse(_file(found), content_type="text/csv; charset=utf-8")
    name = _("audit-log") + f"-{timezone.localdate():%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _file(found: QuerySet[AuditEntry]) -> Iterator[str]:
    yield MARK + _written([list(COLUMNS)])
    zone, batch = timezone.get_current_timezone(), []
    for entry in found.iterator(chunk_size=AT_ONCE):
        # The file is read after the request, which ends its time zone.
        with timezone.override(zone):
            batch.append(row(entry))
        if len(batch) >= AT_ONCE:
            yield _written(batch)
            batch = []
    yield _written(batch)


def _written(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
