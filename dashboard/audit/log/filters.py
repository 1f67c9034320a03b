"""Which entries of the audit trail are asked for. All of it stands in the address."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.contrib.auth.models import User
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.models import AuditEntry, Job, ParseRun, Server

# What was changed, in plain words, and how the names of these actions begin.
WHAT: Final[Mapping[str, tuple[str | Promise, tuple[str, ...]]]] = {
    "datasets": (gettext_lazy("Datasets"), ("dataset.",)),
    "documents": (gettext_lazy("Documents"), ("document.",)),
    "chunks": (gettext_lazy("Chunks"), ("chunk.",)),
    "graphs": (gettext_lazy("Graphs"), ("graph.", "raptor.")),
    "assistants": (gettext_lazy("Assistants"), ("assistant.",)),
    "chats": (gettext_lazy("Chats"), ("session.", "message.", "review.", "share.", "comparison.")),
    "servers": (gettext_lazy("Servers"), ("server.",)),
    "people": (gettext_lazy("People"), ("person.", "profile.")),
    "sign-ins": (gettext_lazy("Sign-ins"), ("person.sign-",)),
}
# Instead of a server: what was done in the dashboard itself.
HERE: Final = "-"
# Before the name of a server that was removed: only its entries know it.
REMOVED: Final = "removed:"
# Names of datasets that a typed name may stand for.
MOST_DATASETS: Final = 200
# Usernames and removed servers to choose from.
MOST_CHOICES: Final = 200
# Entries are not older, and the day after the last one can still be computed in every time zone.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(9000, 1, 1)


class DateField(forms.DateField):
    """A day, chosen in the browser's calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_validators = [
        MinValueValidator(FIRST_DAY, gettext_lazy("Choose a day after 1999.")),
        MaxValueValidator(LAST_DAY, gettext_lazy("Choose a day before the year 9000.")),
    ]


class FilterForm(forms.Form):
    """The filters. An invalid one is reported and ignored."""

    who = forms.CharField(label=gettext_lazy("Who"), max_length=150, required=False)
    what = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    server = forms.ChoiceField(label=gettext_lazy("Server"), required=False)
    dataset = forms.CharField(label=gettext_lazy("Dataset"), max_length=255, required=False)
    outcome = forms.ChoiceField(label=gettext_lazy("Outcome"), required=False)
    # "from" is a word of Python.
    since = DateField(label=gettext_lazy("From"), required=False)
    until = DateField(label=gettext_lazy("To"), required=False)

    def __init__(self, data: Any, servers: list[Server]) -> None:
        super().__init__(data)
        self._choose("what", [(key, label) for key, (label, _starts) in WHAT.items()])
        present = [(server.slug, server.name) for server in servers]
        self._choose("server", [*present, *_removed_servers(), (HERE, _("The dashboard itself"))])
        self._choose("outcome", list(AuditEntry.Outcome.choices))
        self.fields["dataset"].widget.attrs["placeholder"] = _("Name or ID")
        self.fields["who"].widget.attrs |= {"placeholder": _("Username"), "list": "audit-who"}

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field: Any = self.fields[name]
        field.choices = [("", _("All")), *choices]

    def clean(self) -> dict[str, Any]:
        """The days must be in their order."""
        given = super().clean() or {}
        if given.get("since") and given.get("until") and given["since"] > given["until"]:
            self.add_error("until", _("Choose a day that is not before the first."))
        return given

    @property
    def usernames(self) -> list[str]:
        """Usernames to choose from; other names may be typed, such as those of people who were deleted."""
        return list(User.objects.order_by("username").values_list("username", flat=True)[:MOST_CHOICES])

    @property
    def asked(self) -> dict[str, Any]:
        """The valid filters that are set."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


def entries(asked: Mapping[str, Any]) -> QuerySet[AuditEntry]:
    """The entries that fit, newest first. Days are those of the present time zone."""
    found = AuditEntry.objects.select_related("server", "user").order_by("-at", "-pk")
    if who := asked.get("who"):
        found = found.filter(username__icontains=who)
    if what := asked.get("what"):
        starts = Q()
        for start in WHAT[what][1]:
            starts |= Q(action__startswith=start)
        found = found.filter(starts)
    if slug := asked.get("server"):
        found = found.filter(_of_server(slug))
    if dataset := asked.get("dataset"):
        found = found.filter(dataset_id__in=_ids_of(dataset))
    if outcome := asked.get("outcome"):
        found = found.filter(outcome=outcome)
    if since := asked.get("since"):
        found = found.filter(at__gte=_midnight(since))
    if until := asked.get("until"):
        found = found.filter(at__lt=_midnight(until + timedelta(days=1)))
    return found


def _removed_servers() -> list[tuple[str, str]]:
    """The servers that only entries still name."""
    named = AuditEntry.objects.filter(server=None).exclude(server_name="").order_by("server_name")
    names = named.values_list("server_name", flat=True).distinct()[:MOST_CHOICES]
    return [(REMOVED + name, _("%(name)s (removed)") % {"name": name}) for name in names]


def _of_server(choice: str) -> Q:
    if choice == HERE:
        return Q(server=None, server_name="")
    if choice.startswith(REMOVED):
        return Q(server=None, server_name=choice.removeprefix(REMOVED))
    return Q(server__slug=choice)


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _ids_of(name: str) -> list[str]:
    """The datasets that are called so as far as our tables know, and what may itself be an ID."""
    # SQLite stores JSON with escapes, PostgreSQL without most of them.
    stored = Q()
    for text in {name, json.dumps(name)[1:-1], json.dumps(name, ensure_ascii=False)[1:-1]}:
        stored |= Q(target_names__icontains=text)
    known = AuditEntry.objects.exclude(dataset_id="")
    named: list[Any] = [
        Job.objects.filter(dataset_name__icontains=name).values_list("dataset_id", flat=True),
        ParseRun.objects.filter(dataset_name__icontains=name).values_list("dataset_id", flat=True),
        known.filter(stored, target_type="dataset").values_list("dataset_id", flat=True),
        # An upload names its dataset.
        known.filter(action="document.upload", detail__dataset__icontains=name).values_list("dataset_id", flat=True),
    ]
    ids = {name.strip().lower()}
    for rows in named:
        ids.update(rows.order_by().distinct()[:MOST_DATASETS])
    return sorted(ids)
