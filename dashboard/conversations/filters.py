"""Which questions are asked for. All of it stands in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.audit.log.filters import DateField
from dashboard.core.formatting import visible
from dashboard.models import ChatQuestion, Server
from dashboard.ragflow.types import Assistant

Status = ChatQuestion.Status
# What a curator should look at: thumbs down, answers without a source, answers that never came.
BAD: Final = Q(good=False)
WITHOUT_SOURCES: Final = Q(status=Status.ANSWERED, found=0)
NO_ANSWER: Final = Q(status__in=[Status.FAILED, Status.BROKEN, Status.LOST])
KINDS: Final[Mapping[str, tuple[str | Promise, Q]]] = {
    "bad": (_lazy("Rated as bad"), BAD),
    "without-sources": (_lazy("Without sources"), WITHOUT_SOURCES),
    "no-answer": (_lazy("No answer"), NO_ANSWER),
}


class FilterForm(forms.Form):
    """Filters of both pages. An invalid one is reported and ignored."""

    assistant = forms.ChoiceField(label=_lazy("Assistant"), required=False)
    since = DateField(label=_lazy("From"), required=False)
    until = DateField(label=_lazy("To"), required=False)
    q = forms.CharField(label=_lazy("Question"), max_length=200, required=False)

    def __init__(self, data: Any, assistants: Sequence[Assistant]) -> None:
        super().__init__(data)
        field: Any = self.fields["assistant"]
        field.choices = [("", _("All")), *((one.id, visible(one.name)) for one in assistants)]

    def clean(self) -> dict[str, Any]:
        """The days must be in their order."""
        given = super().clean() or {}
        if given.get("since") and given.get("until") and given["since"] > given["until"]:
            self.add_error("until", _("Choose a day that is not before the first."))
        return given

    @property
    def asked(self) -> dict[str, Any]:
        """The valid filters that are set."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class ReviewForm(FilterForm):
    """Filters of the review: also by kind, and whether an item was closed."""

    kind = forms.ChoiceField(
        label=_lazy("Kind"), required=False, choices=[("", _lazy("All")), *((k, v[0]) for k, v in KINDS.items())]
    )
    state = forms.ChoiceField(
        label=_lazy("State"), required=False, choices=[("", _lazy("Open")), ("closed", _lazy("Closed"))]
    )


def questions(server: Server, asked: Mapping[str, Any]) -> QuerySet[ChatQuestion]:
    """The questions on a server that fit, newest first. Days are those of the present time zone."""
    found = ChatQuestion.objects.filter(server=server)
    if assistant := asked.get("assistant"):
        found = found.filter(assistant_id=assistant)
    if words := asked.get("q"):
        found = found.filter(question__icontains=words)
    if since := asked.get("since"):
        found = found.filter(asked_at__gte=_midnight(since))
    if until := asked.get("until"):
        found = found.filter(asked_at__lt=_midnight(until + timedelta(days=1)))
    return found


def to_review(server: Server, asked: Mapping[str, Any]) -> QuerySet[ChatQuestion]:
    """Those of them that somebody should look at, or, with ``state``, has looked at."""
    kind = asked.get("kind", "")
    fits = KINDS[kind][1] if kind else BAD | WITHOUT_SOURCES | NO_ANSWER
    return questions(server, asked).filter(fits, closed_at__isnull=asked.get("state") != "closed")


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
