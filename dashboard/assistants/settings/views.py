"""The form of an assistant: new, a copy of another, or an existing one."""

from __future__ import annotations

from typing import Final

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from dashboard.assistants.settings import rejections, submitted
from dashboard.assistants.settings.form_choices import FormChoices, load_choices
from dashboard.assistants.settings.submitted import Submitted
from dashboard.core.formatting import visible
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import curator
from dashboard.datasets.settings.stored import MARKS
from dashboard.ragflow import errors, parallel
from dashboard.ragflow.types import Assistant

OPENED_SECONDS: Final = 3600


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def create(request: DashboardRequest) -> HttpResponse:
    """Create an assistant, and redirect to its chat. ``?from=`` starts with the settings of another one."""
    source = (request.POST if request.method == "POST" else request.GET).get("from", "")
    try:
        offered, before = parallel(
            lambda: load_choices(request.ragflow, request.server), lambda: _source(request, source)
        )
    except errors.RAGFlowError as error:
        if request.method != "POST":
            raise
        kept = submitted.read(request.POST, request.FILES, FormChoices(), None, is_new=True)
        kept.check()
        rejections.show(error, kept.form, (), is_new=True)
        return page(request, kept, FormChoices(), status=422)
    if request.method != "POST":
        chosen = request.GET.getlist("dataset")
        initial = {"datasets": chosen} if chosen else {}
        return page(request, submitted.opened(before, offered, is_new=True, **initial), offered)
    given = submitted.read(request.POST, request.FILES, offered, before, is_new=True)
    if given.check():
        try:
            assistant = request.ragflow.chats.create(**given.whole())
        except errors.RAGFlowError as error:
            rejections.show(error, given.form, given.form.offered, is_new=True)
        else:
            messages.success(request, _("Assistant “%(name)s” created") % {"name": visible(assistant.name)})
            return _go(request, request.server.url("assistants:chat", assistant.id))
    return page(request, given, offered, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def edit(request: DashboardRequest, assistant_id: str) -> HttpResponse:
    """The settings of an assistant. A POST saves what was changed, unless someone else has saved since."""
    key = f"{request.server.cache_key}:opened-assistant:{assistant_id}"
    try:
        offered, assistant = read_both(request, assistant_id)
    except errors.NotFound:
        raise
    except errors.RAGFlowError as error:
        # It can't be read: redisplay the form from what it carries, so that no input is lost.
        opened: Assistant | None = cache.get(key) if request.method == "POST" else None
        if opened is None:
            raise
        kept = submitted.read(request.POST, request.FILES, FormChoices(), opened, is_new=False)
        kept.check()
        rejections.show(error, kept.form, (), is_new=False)
        return page(request, kept, FormChoices(), status=422, marks=request.POST.get(MARKS))
    if request.method != "POST":
        cache.set(key, assistant, OPENED_SECONDS)
        return page(request, submitted.opened(assistant, offered, is_new=False), offered)
    given = submitted.read(request.POST, request.FILES, offered, assistant, is_new=False)
    if given.found.theirs:
        return page(request, submitted.with_theirs(given, assistant, offered), offered, status=422)
    if not given.check():
        return page(request, given, offered, status=422, marks=request.POST.get(MARKS))
    wanted = given.wanted()
    if not wanted:
        messages.info(request, _("No changes to save"))
        return _go(request, request.path)
    try:
        request.ragflow.chats.update(assistant, **wanted)
    except errors.RAGFlowError as error:
        rejections.show(error, given.form, given.form.offered, is_new=False)
        return page(request, given, offered, status=422, marks=request.POST.get(MARKS))
    messages.success(request, _("Assistant saved"), _("The next question uses the new settings."))
    return _go(request, request.path)


def read_both(request: DashboardRequest, assistant_id: str) -> tuple[FormChoices, Assistant]:
    """What the form offers, and the assistant. Raises NotFound."""
    return parallel(
        lambda: load_choices(request.ragflow, request.server), lambda: request.ragflow.chats.get(assistant_id)
    )


def page(
    request: DashboardRequest,
    given: Submitted,
    offered: FormChoices,
    *,
    status: int = 200,
    marks: str | None = None,
    **context: object,
) -> HttpResponse:
    """The page with the form. ``marks``: those of when the form was opened, if that was before now."""
    assistant = None if given.is_new else given.before
    if assistant and marks is None:
        marks = submitted.marks_of(assistant)
    context |= {
        "form": given.form,
        "pictures": given.pictures,
        "offered": offered,
        "assistant": assistant,
        "copied_from": given.before if given.is_new else None,
        "marks": marks,
        "kept_besides": submitted.kept_besides(given.before) if given.before else [],
    }
    name = "edit" if assistant else "create"
    return render(request, f"assistants/settings/{name}.html", context, status=status)


def _source(request: DashboardRequest, id: str) -> Assistant | None:
    """The assistant to copy; None if there is none, or no more."""
    try:
        return request.ragflow.chats.get(id) if id else None
    except errors.NotFound:
        return None


def _go(request: HttpRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.headers.get("HX-Request") else redirect(url)
