"""The form of a dataset: its name, access, models and chunk method."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.core.formatting import count
from dashboard.core.long_text import LongTextField, LongTextForm
from dashboard.datasets import methods, model_choice
from dashboard.datasets.pictures import PictureForm, is_sendable
from dashboard.datasets.settings.form_choices import Offers
from dashboard.datasets.settings.parser_form import ParserForm, carried_over
from dashboard.datasets.settings.pipelines import PipelineForm
from dashboard.ragflow import errors
from dashboard.ragflow.types import Dataset

NAME_BYTES = 128
DESCRIPTION_LENGTH = 65535
MODEL_LENGTH = 255
PAGERANK = 100
PERMISSIONS = (("me", _lazy("Only me")), ("team", _lazy("Team")))
# By its name, or by the tenant's id of it.
MODEL = re.compile(r"[^@]+@[^@]+|[^@]+@[^@]+@[^@]+|[0-9a-f]{32}")
# "Field: <parser_config.chunk_token_num> - Message: <Input should be …> - Value: <0>", one line each (contract §1.4)
FIELD_ERROR = re.compile(r"Field: <(?P<field>[^<>]{0,200})> - Message: <(?P<message>.{0,2000}?)> - Value: <", re.DOTALL)


class DatasetForm(LongTextForm):
    """Name, description, model and method.

    If the server did not tell its models, the model is a text field. The method's settings are in a separate
    ``ParserForm``. With ``dataset`` the form edits an existing one: it has a page rank, and its model can no longer
    default to the server's.
    """

    name = forms.CharField(
        label=_lazy("Name"),
        max_length=NAME_BYTES,
        error_messages={
            "required": _lazy("Enter a name with at least one visible character."),
            "max_length": _lazy("At most %(limit_value)d characters; this has %(show_value)d."),
        },
    )
    embedding_model = forms.CharField(
        label=_lazy("Embedding model"),
        required=False,
        max_length=MODEL_LENGTH,
        error_messages={"max_length": _lazy("At most %(limit_value)d characters; this has %(show_value)d.")},
    )
    description = LongTextField(
        label=_lazy("Description"),
        required=False,
        max_length=DESCRIPTION_LENGTH,
        rows=2,
        error_messages={"max_length": _lazy("At most %(limit_value)d characters; this has %(show_value)d.")},
    )
    permission = forms.ChoiceField(
        label=_lazy("Access"),
        choices=PERMISSIONS,
        initial="me",
        widget=forms.RadioSelect,
        error_messages={
            "required": _lazy("Choose Only me or Team."),
            "invalid_choice": _lazy("Choose Only me or Team."),
        },
    )
    chunk_method = forms.ChoiceField(
        label=_lazy("Chunk method"),
        initial=methods.DEFAULT,
        widget=forms.RadioSelect,
        error_messages={
            "required": _lazy("Choose a chunk method."),
            "invalid_choice": _lazy("“%(value)s” is not a chunk method. Choose one from the list."),
        },
    )

    def __init__(
        self,
        data: Any = None,
        *,
        offered: Offers | None = None,
        initial: dict[str, Any] | None = None,
        dataset: Dataset | None = None,
    ) -> None:
        super().__init__(data, initial=(_as_stored(dataset) if dataset else {}) | (initial or {}))
        if not self.is_bound and not dataset:
            self.fields["name"].widget.attrs["autofocus"] = True
        offered = offered or Offers()
        models = offered.models
        self.methods = methods.for_datasets(offered.accepts)
        choices = [(one.key, one.label) for one in (*self.methods, methods.PIPELINE)]
        cast("forms.ChoiceField", self.fields["chunk_method"]).choices = choices
        if dataset:
            self._is_about(dataset, lists_models=models.listed)
        default = models.default("embedding")
        first = _("Default (%(model)s)") % {"model": methods.model_name(models.named(default))} if default else ""
        blank = None if dataset else first or _("The server's default")
        model_choice.offer(self, "embedding_model", models, "embedding", blank=blank)
        if not models.listed and not dataset:
            self.fields["embedding_model"].help_text = _(
                "The server's models could not be listed. Enter name@provider, or leave it empty for the default."
            )

    def _is_about(self, dataset: Dataset, *, lists_models: bool) -> None:
        self.fields["pagerank"] = forms.IntegerField(
            label=_("Page rank"),
            min_value=0,
            max_value=PAGERANK,
            help_text=_("Ranks chunks of this dataset higher when several datasets are searched."),
            error_messages=dict.fromkeys(
                ("required", "invalid", "min_value", "max_value"), _("Enter a whole number from 0 to 100.")
            ),
        )
        method = cast("forms.ChoiceField", self.fields["chunk_method"])
        choices = [(one.key, one.label) for one in self.methods]
        stored = methods.key_of(dataset)
        if stored == methods.PIPELINE.key:
            choices.append((stored, methods.PIPELINE.label))
        elif stored not in dict(choices):
            choices.append((stored, methods.label(stored)))
        method.choices = choices
        model = self.fields["embedding_model"]
        if dataset.chunk_count:
            model.disabled = True
            model.help_text = _(
                "Can't be changed while the dataset has chunks (%(n)s): their vectors come from this model."
            ) % {"n": count(dataset.chunk_count)}
        else:
            model.required = True
            model.error_messages["required"] = _("Enter the model as name@provider.")
            if not lists_models:
                model.help_text = _("The server's models could not be listed. Enter name@provider.")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        length = len(name.encode("utf-8", "surrogatepass"))
        if length > NAME_BYTES:
            raise ValidationError(
                _("At most 128 bytes; this has %(length)s. Non-ASCII characters take two to four bytes each.")
                % {"length": count(length)}
            )
        return name

    def clean_embedding_model(self) -> str:
        model: str = self.cleaned_data["embedding_model"]
        if model and not MODEL.fullmatch(model):
            raise ValidationError(
                _("Enter the model as name@provider, for example BAAI/bge-m3@Builtin, not “%(value)s”.")
                % {"value": model}
            )
        return model


def form_context(form: DatasetForm, parser_form: ParserForm, pictures: PictureForm) -> dict[str, Any]:
    """Context for ``datasets/settings/_form.html`` and the method's card next to it."""
    return {
        "form": form,
        "parser_form": parser_form,
        "pictures": pictures,
        "method": methods.card(parser_form.method),
        "purposes": {method.key: method.purpose for method in (*form.methods, methods.PIPELINE)},
    }


def parser_form_of(method: str, data: Any, offered: Offers, config: Mapping[str, Any] | None = None) -> ParserForm:
    """The settings form of ``method``, filled from ``data``, a stored ``config``, or the defaults."""
    return ParserForm(method, data, config=config, offered=offered)


def posted_parser_form(posted: QueryDict, offered: Offers, config: Mapping[str, Any] | None = None) -> ParserForm:
    """The submitted settings, with defaults added for a method whose settings were not displayed."""
    method = posted.get("chunk_method", methods.DEFAULT)
    return parser_form_of(method, carried_over(method, posted, offered.accepts), offered, config)


def typed_so_far(posted: QueryDict) -> dict[str, Any]:
    """The submitted values of the upper part of the form, to redisplay without validation."""
    names = (*DatasetForm.base_fields, "pagerank")
    return {name: value for name, value in posted.items() if name in names}


def copy_of(dataset: Dataset) -> dict[str, Any]:
    """The form of a new dataset with the settings of another one, and “(copy)” in its name."""
    suffix = _(" (copy)")
    room = NAME_BYTES - len(suffix.encode())
    name = dataset.name.encode()[:room].decode(errors="ignore").rstrip()
    return {
        "name": f"{name}{suffix}",
        "description": dataset.description,
        "embedding_model": dataset.embedding_model,
        "permission": dataset.permission,
        "chunk_method": methods.PIPELINE.key if dataset.pipeline_id else methods.card(dataset.chunk_method).key,
        "pipeline_id": dataset.pipeline_id,
        "picture": dataset.avatar if is_sendable(dataset.avatar) else "",
    }


def _as_stored(dataset: Dataset) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "description": dataset.description,
        "embedding_model": dataset.embedding_model,
        "permission": dataset.permission,
        "pagerank": dataset.pagerank,
        "chunk_method": methods.key_of(dataset),
    }


def show_rejection(
    error: errors.Rejected,
    form: DatasetForm,
    parser_form: ParserForm,
    pictures: PictureForm,
    pipeline_form: PipelineForm | None = None,
) -> None:
    """Add RAGFlow's error to the field it is about, or to the whole form (contract §1.4, §7.1, §7.2).

    The forms must have been validated.
    """
    found = list(FIELD_ERROR.finditer(error.message))
    for match in found:
        if match["field"] == "avatar":
            pictures.add_error("picture_file", match["message"])
        elif pipeline_form is not None and match["field"] in pipeline_form.fields:
            pipeline_form.add_error(match["field"], match["message"])
        else:
            _show(match["field"], match["message"], form, parser_form)
    if found:
        return
    if re.match(r"(Unsupported|Unauthorized) model|(Provider|Instance|Model) .{1,300} not found", error.message):
        form.add_error("embedding_model", _("The server does not have this model.") + f" {error.message}")
    elif re.search(r"embedding.model must (stay|remain)", error.message):
        form.add_error("embedding_model", error.message)
    elif re.match(r"Dataset name", error.message):
        form.add_error("name", error.message)
    elif "pagerank" in error.message and "pagerank" in form.fields:
        form.add_error("pagerank", error.message)
    else:
        form.add_error(None, error.message)


def _show(field: str, message: str, form: DatasetForm, parser_form: ParserForm) -> None:
    inner = field.removeprefix("parser_config.").replace(".", "__")
    if field in form.fields:
        form.add_error(field, message)
    elif inner in parser_form.fields:
        parser_form.add_error(inner, message)
    else:
        form.add_error(None, f"{field}: {message}")
