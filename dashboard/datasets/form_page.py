"""What the pages with the dataset form share: building it, and what its templates need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from dashboard.datasets import methods
from dashboard.datasets.forms import NAME_BYTES, DatasetForm
from dashboard.datasets.offers import Offers
from dashboard.datasets.parser_form import ParserForm, carried_over
from dashboard.datasets.pictures import PictureForm, is_sendable
from dashboard.ragflow.types import Dataset


def form_context(form: DatasetForm, parser_form: ParserForm, pictures: PictureForm) -> dict[str, Any]:
    """For ``datasets/_form.html`` and the card of the method beside it."""
    return {
        "form": form,
        "parser_form": parser_form,
        "pictures": pictures,
        "method": methods.BY_KEY.get(parser_form.method, methods.BY_KEY[methods.DEFAULT]),
        "purposes": {method.key: method.purpose for method in methods.METHODS},
    }


def parser_form_of(method: str, data: Any, offered: Offers, config: Mapping[str, Any] | None = None) -> ParserForm:
    """The settings of ``method``, filled with ``data``, or with a stored ``config``, or with the defaults."""
    return ParserForm(method, data, config=config, layout_models=offered.layout_models, tag_sets=offered.tag_sets)


def posted_parser_form(posted: QueryDict, offered: Offers, config: Mapping[str, Any] | None = None) -> ParserForm:
    """The settings as sent, completed where the method was chosen without seeing them."""
    method = posted.get("chunk_method", methods.DEFAULT)
    return parser_form_of(method, carried_over(method, posted), offered, config)


def typed_so_far(posted: QueryDict) -> dict[str, Any]:
    """What was typed into the upper part of the form, for showing it again unchecked."""
    names = (*DatasetForm.base_fields, "pagerank")
    return {name: value for name, value in posted.items() if name in names}


def copy_of(dataset: Dataset) -> dict[str, Any]:
    """A new dataset's form filled with another's settings, under a name that says so."""
    suffix = _(" (copy)")
    room = NAME_BYTES - len(suffix.encode())
    name = dataset.name.encode()[:room].decode(errors="ignore").rstrip()
    return {
        "name": f"{name}{suffix}",
        "description": dataset.description,
        "embedding_model": dataset.embedding_model,
        "permission": dataset.permission,
        "chunk_method": dataset.chunk_method if dataset.chunk_method in methods.BY_KEY else methods.DEFAULT,
        "picture": dataset.avatar if is_sendable(dataset.avatar) else "",
    }
