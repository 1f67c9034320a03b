"""Try it: ask beside the form, with the settings as they are entered."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dashboard.assistants.settings import rejections, submitted, views
from dashboard.assistants.settings.form_choices import FormChoices, load_choices
from dashboard.assistants.settings.submitted import Submitted
from dashboard.assistants.trial import asking, scratch
from dashboard.assistants.trial.asking import Tried
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import curator
from dashboard.datasets.settings.stored import MARKS
from dashboard.ragflow import errors, parallel

QUESTION_LENGTH = 2000


@require_POST
@curator
def ask(request: DashboardRequest) -> HttpResponse:
    """Ask ``question`` of a scratch assistant with the submitted settings of the form; nothing is saved.

    ``of`` is the assistant that the form changes, ``from`` the one that it copies. For htmx, returns the answer, else
    the page with the form as submitted and the answer beside it.
    """
    of, source = request.POST.get("of", ""), request.POST.get("from", "")
    offered, before = parallel(
        lambda: load_choices(request.ragflow, request.server),
        lambda: request.ragflow.chats.get(of or source) if of or source else None,
    )
    given = submitted.read(request.POST, request.FILES, offered, before, is_new=not of)
    question = request.POST.get("question", "").strip()
    context: dict[str, Any] = {"question": question}
    if not question:
        context["trial_error"] = _("Enter a question.")
    elif len(question) > QUESTION_LENGTH:
        context["trial_error"] = _("Enter at most %(n)d characters.") % {"n": QUESTION_LENGTH}
    elif _check(given):
        context |= _answer(request, given, question)
    return _shown(request, given, offered, context)


def _check(given: Submitted) -> bool:
    """Whether the settings can be tried. A new assistant needs no name for that."""
    ready = given.check()
    if not ready and set(given.form.errors) == {"name"}:
        del given.form.errors["name"]
        given.form.cleaned_data["name"] = ""
        return not given.pictures.errors
    return ready


def _answer(request: DashboardRequest, given: Submitted, question: str) -> dict[str, Any]:
    try:
        with scratch.assistant(request.ragflow, request.server, request.user, given.whole()) as made:
            tried: Tried = asking.ask(request.ragflow, request.server, made, question)
    except scratch.TooMany:
        return {"trial_error": _("Your other questions are still being answered. Wait until they are done.")}
    except errors.Rejected as error:
        rejections.show(error, given.form, given.form.offered, is_new=True)
        return {}
    except errors.RAGFlowError as error:
        return {"trial_error": error.message}
    return {"tried": tried}


def _shown(request: DashboardRequest, given: Submitted, offered: FormChoices, context: dict[str, Any]) -> HttpResponse:
    failed = "tried" not in context
    if request.htmx:
        wrong = [
            (given.form.fields[name].label if name in given.form.fields else "", error)
            for name, found in given.form.errors.items()
            for error in found
        ]
        return render(request, "assistants/trial/_answer.html", context | {"wrong": wrong})
    marks = None if given.is_new else request.POST.get(MARKS)
    return views.page(request, given, offered, status=422 if failed else 200, marks=marks, **context)
