"""Three-way merge of dataset settings: what the user changed, and what others changed since.

The form carries a hash of each initial value, so that three versions of every field can be compared: when the form was
opened, on the server now, and as submitted.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.forms import Form
from django.http import QueryDict
from django.utils.translation import gettext as _

from dashboard.core.long_text import plain_breaks
from dashboard.datasets import methods
from dashboard.datasets.pictures import PictureForm
from dashboard.datasets.settings.parser_field import stored
from dashboard.datasets.settings.parser_fields import FIELDS, fields_of
from dashboard.datasets.settings.parser_form import PREFIX, ParserForm
from dashboard.datasets.settings.parser_inputs import typed
from dashboard.ragflow.releases.offers import Offer
from dashboard.ragflow.types import Dataset

PICTURE = "picture_file"
MARKS = "marks"
Values = Mapping[str, tuple[str, ...]]


def as_typed(dataset: Dataset, accepts: Collection[Offer]) -> dict[str, tuple[str, ...]]:
    """What the unchanged form would submit, by input name, and the picture's address."""
    plain: dict[str, Any] = {
        name: getattr(dataset, name) for name in ("name", "description", "embedding_model", "permission", "pagerank")
    } | {"chunk_method": methods.key_of(dataset)}
    values = {name: normal(name, [str(value)]) for name, value in plain.items()}
    for spec in fields_of(methods.key_of(dataset), accepts):
        value = stored(dataset.parser_config, spec)
        name = f"{PREFIX}-{spec.name}"
        values[name] = normal(name, typed(spec, spec.default if value is None else value))
    return values | {PICTURE: (dataset.avatar,)}


def marks(values: Values) -> str:
    """Short hashes of the values, for a hidden input."""
    return json.dumps({name: _mark(value) for name, value in values.items()}, separators=(",", ":"))


@dataclass(frozen=True)
class Comparison:
    """Names of inputs changed by the user who submitted the form, and by others since it was opened."""

    mine: frozenset[str]
    theirs: frozenset[str]


def compare(posted: QueryDict, now: Values, pictures: PictureForm, locked: Iterable[str] = ()) -> Comparison:
    """Compare the three versions. Without readable hashes nothing counts as changed by others."""
    sent = {name: normal(name, posted.getlist(name)) for name in now}
    opened = _read(posted.get(MARKS, "")) or {name: _mark(value) for name, value in now.items()}
    mine = {name for name, value in sent.items() if name in opened and _mark(value) != opened[name]}
    mine -= {PICTURE, *locked}
    if pictures.wanted is not None:
        mine.add(PICTURE)
    theirs = {name for name in now if _mark(now[name]) != opened.get(name)}
    return Comparison(frozenset(mine), frozenset(theirs))


def merged(posted: QueryDict, now: Values, found: Comparison) -> QueryDict:
    """The submitted data with others' values where the user changed nothing, for review and resubmission."""
    data = posted.copy()
    for name in found.theirs - found.mine - {PICTURE}:
        data.setlist(name, list(now[name]))
    data["fields_of"] = data.get("chunk_method", "")
    data[MARKS] = marks(now)
    return data


def changes(form: Form, parser_form: ParserForm, pictures: PictureForm, mine: frozenset[str]) -> dict[str, Any]:
    """The arguments for ``datasets.update``: only what was changed. Requires valid forms.

    A new method is sent with all its settings, so that the form shows what is stored. It replaces a pipeline.
    """
    given = form.cleaned_data
    wanted: dict[str, Any] = {name: given[name] for name in form.fields if name in mine}
    if "chunk_method" in wanted:
        wanted |= {"parser_config": parser_form.parser_config(), "pipeline_id": ""}
    else:
        touched = {name for name in parser_form.fields if parser_form.add_prefix(name) in mine}
        if touched:
            wanted["parser_config"] = parser_form.changed_config(touched)
    if PICTURE in mine:
        wanted["avatar"] = pictures.wanted
    return wanted


def check(form: Form, parser_form: ParserForm, mine: frozenset[str]) -> None:
    """Validate the forms, ignoring errors in unchanged fields, which are not sent."""
    form.full_clean()
    parser_form.full_clean()
    for name in [name for name in form.errors if name in form.fields and name not in mine]:
        del form.errors[name]
    if "chunk_method" not in mine:
        for name in [name for name in parser_form.errors if parser_form.add_prefix(name) not in mine]:
            del parser_form.errors[name]


def refuse_emptied(parser_form: ParserForm, mine: frozenset[str]) -> None:
    """Reject a cleared optional setting inside a group, where RAGFlow accepts no null. Requires a validated form."""
    for name, spec in parser_form.specs.items():
        empty = parser_form.cleaned_data.get(name) in ("", None)
        if spec.optional and "." in spec.key and empty and parser_form.add_prefix(name) in mine:
            parser_form.add_error(name, _("RAGFlow can't restore its default here. Enter a value."))


def otherwise(stored_now: Dataset, wanted: Mapping[str, Any]) -> set[str]:
    """The inputs whose stored value differs from what was sent."""
    config = wanted.get("parser_config") or {}
    different = {
        name
        for name, value in wanted.items()
        if name not in ("parser_config", "avatar") and value != getattr(stored_now, name)
    }
    if "pipeline_id" in different:
        different.add("chunk_method")
    for spec in FIELDS.get(stored_now.chunk_method, ()):
        value = stored(config, spec)
        if value is not None and value != stored(stored_now.parser_config, spec):
            different.add(f"{PREFIX}-{spec.name}")
    return different


def labels(names: Iterable[str], *forms: Any) -> str:
    """The labels of the inputs: ``Name, Chunk size``."""
    found = {form.add_prefix(name): str(field.label) for form in forms for name, field in form.fields.items()}
    return ", ".join(found[name] for name in found if name in set(names))


def normal(name: str, values: Iterable[str]) -> tuple[str, ...]:
    """Values normalised for comparison: line ends, empty inputs, and the order of several."""
    normal = [plain_breaks(value) for value in values]
    if name in ("name", "description"):
        normal = [value.strip() for value in normal]
    return tuple(sorted(value for value in normal if value))


def _mark(value: tuple[str, ...]) -> str:
    return sha256(json.dumps(value).encode()).hexdigest()[:12]


def _read(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
