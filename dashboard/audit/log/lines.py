"""Entries of the audit trail as lines of the page and as rows of a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.audit import own_sentences, sentences
from dashboard.core.formatting import cell, visible
from dashboard.models import AuditEntry, Job, ParseRun

Outcome = AuditEntry.Outcome
KINDS: Final = {Outcome.OK: "ok", Outcome.FAILED: "bad", Outcome.UNKNOWN: "warn", Outcome.FOUND: "ok"}
# Shown elsewhere in the entry, or of no interest to people.
_SHOWN_ELSEWHERE: Final = {"before", "after", "dataset_id", "dataset", "changed", "fields"}
COLUMNS: Final = (
    "time",
    "who",
    "action",
    "server",
    "dataset_id",
    "names",
    "ids",
    "before",
    "after",
    "detail",
    "outcome",
    "error",
    "duration_ms",
    "request_id",
    "job",
)


@dataclass(frozen=True)
class Line:
    """One entry. ``url`` leads to what it is about, if that may still exist; ``changes`` are (key, before, after)."""

    pk: int
    icon: str
    sentence: SafeString
    at: datetime
    server: str
    outcome: str
    kind: str
    error: str
    url: str
    job_url: str
    changes: tuple[tuple[str, str, str], ...]
    facts: tuple[tuple[str, str], ...]


def lines(entries: Iterable[AuditEntry]) -> list[Line]:
    """The lines of these entries; a few queries for the names of their datasets and the people who still exist."""
    listed = list(entries)
    names = _dataset_names({entry.dataset_id for entry in listed if entry.dataset_id})
    people = _people([entry for entry in listed if entry.target_type == "person"])
    return [_line(entry, names, people) for entry in listed]


def _line(entry: AuditEntry, names: Mapping[str, str], people: frozenset[str]) -> Line:
    icon, sentence = _words(entry)
    where = names.get(entry.dataset_id) or str(entry.detail.get("dataset", "")) or entry.dataset_id
    in_it = where and entry.target_type != "dataset"
    place = sentences.fill(sentences.PLACES.get(entry.action, sentences.PLACE), dataset=where) if in_it else ""
    targets = entry.target_names or entry.target_ids
    return Line(
        pk=entry.pk,
        icon=icon,
        sentence=sentences.say(sentence, entry.username, targets, len(targets), place),
        at=entry.at,
        server=visible(entry.server_name) if entry.server_name else "",
        outcome=str(entry.get_outcome_display()),
        kind=KINDS.get(Outcome(entry.outcome), ""),
        error=visible(entry.error) if entry.error else "",
        url=_url(entry, people),
        job_url=entry.server.url("activity:job", entry.job) if entry.server and entry.job else "",
        changes=tuple(_changes(entry.detail)),
        facts=tuple(_facts(entry)),
    )


def _words(entry: AuditEntry) -> sentences.Words:
    if entry.action == "person.sign-in" and entry.outcome == Outcome.FAILED:
        return own_sentences.FAILED_SIGN_IN
    return sentences.WRITES.get(entry.action) or own_sentences.OWN.get(entry.action) or sentences.OTHER


def _changes(detail: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Each changed key with its value before and after."""
    before, after = detail.get("before") or {}, detail.get("after") or {}
    for key in dict.fromkeys((*before, *after)):
        yield visible(str(key)), _written(before.get(key)), _written(after.get(key))


def _facts(entry: AuditEntry) -> Iterator[tuple[str, str]]:
    """Everything else that is known."""
    if len(entry.target_names) > 1:
        yield _("What"), visible(", ".join(map(str, entry.target_names)))
    if entry.target_ids:
        yield _("ID"), visible(", ".join(map(str, entry.target_ids)))
    if entry.dataset_id and entry.target_type != "dataset":
        yield _("Dataset ID"), visible(entry.dataset_id)
    shown = {key.partition(".")[0] for key in entry.detail.get("after") or {}}
    changed = entry.detail.get("changed") or entry.detail.get("fields") or []
    if more := [key for key in changed if key not in shown]:
        yield _("Also changed") if shown else _("Changed"), _written(more)
    for key, value in entry.detail.items():
        if key not in _SHOWN_ELSEWHERE and value not in ("", None, [], {}):
            yield visible(key.replace("_", " ")), _written(value)
    yield _("Duration"), _("%(n)s ms") % {"n": entry.elapsed_ms}
    if entry.request_id:
        yield _("Request"), visible(entry.request_id)


def _written(value: Any) -> str:
    if value in (None, "", []):
        return ""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return visible(", ".join(value))
    return visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _url(entry: AuditEntry, people: frozenset[str]) -> str:
    """The page of what was changed; "" if there is none, or if it was deleted with this entry."""
    ids, gone = [str(one) for one in entry.target_ids], entry.action.endswith((".delete", ".revoke"))
    if gone or len(ids) != 1:
        return entry.server.url("documents:list", entry.dataset_id) if entry.server and entry.dataset_id else ""
    if entry.target_type == "person":
        return reverse("people:person", args=(int(ids[0]),)) if ids[0] in people else ""
    if entry.server is None:
        return ""
    if entry.target_type == "server":
        return reverse("servers:edit", args=(entry.server.slug,))
    if entry.target_type == "assistant":
        return entry.server.url("assistants:chat", ids[0])
    if entry.action.startswith(("graph.", "raptor.")):
        return entry.server.url("graph:page", entry.dataset_id)
    if entry.target_type == "document" and entry.dataset_id:
        return entry.server.url("chunks:list", entry.dataset_id, ids[0])
    if entry.target_type == "chunk" and entry.detail.get("document_id"):
        return entry.server.url("chunks:list", entry.dataset_id, entry.detail["document_id"])
    return entry.server.url("documents:list", entry.dataset_id) if entry.dataset_id else ""


def _people(entries: Iterable[AuditEntry]) -> frozenset[str]:
    """Those of the people that entries are about who still exist."""
    ids = {int(one) for entry in entries for one in map(str, entry.target_ids) if one.isascii() and one.isdigit()}
    return frozenset(map(str, User.objects.filter(pk__in=ids).values_list("pk", flat=True))) if ids else frozenset()


def _dataset_names(ids: set[str]) -> dict[str, str]:
    """What datasets were called when something was last done with many of their documents."""
    found: dict[str, str] = {}
    for rows in (ParseRun.objects.filter(dataset_id__in=ids), Job.objects.filter(dataset_id__in=ids)) if ids else ():
        found |= dict(rows.order_by("pk").values_list("dataset_id", "dataset_name"))
    return found


def row(entry: AuditEntry) -> list[str]:
    """The cells of an entry in the file, in the order of COLUMNS. Times are in the present time zone."""
    detail = {key: value for key, value in entry.detail.items() if key not in ("before", "after")}
    told = (
        timezone.localtime(entry.at).isoformat(timespec="seconds"),
        entry.username,
        entry.action,
        entry.server_name,
        entry.dataset_id,
        "|".join(map(str, entry.target_names)),
        "|".join(map(str, entry.target_ids)),
        _json(entry.detail.get("before")),
        _json(entry.detail.get("after")),
        _json(detail),
        entry.outcome,
        entry.error,
        str(entry.elapsed_ms),
        entry.request_id,
        str(entry.job or ""),
    )
    return [cell(text) for text in told]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ""
