"""The form of an assistant, new or existing."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.assistants.settings import typed
from dashboard.assistants.settings.defaults import KNOWLEDGE, PRESET_NOTES, PRESETS, RETRIEVAL, SAMPLING
from dashboard.assistants.settings.fields import NAME_LENGTH, Fields
from dashboard.assistants.settings.form_choices import FormChoices
from dashboard.conditions.conditions import Conditions
from dashboard.core.formatting import count, visible
from dashboard.datasets import methods, model_choice
from dashboard.ragflow.types import Assistant, Dataset

VARIABLE_LENGTH: Final = 50
MOST_VARIABLES: Final = 20
MOST_LANGUAGES: Final = 10
MODES: Final = (
    ("", _lazy("Off")),
    ("low", _lazy("Low")),
    ("medium", _lazy("Medium")),
    ("high", _lazy("High")),
    ("ultra", _lazy("Ultra")),
)
ON_OFF: Final = (("", _lazy("Off")), ("medium", _lazy("On")))


@dataclass(frozen=True)
class DatasetChoice:
    """A dataset in the form. ``reason`` says why it can't be chosen, or why one that is chosen finds nothing."""

    id: str
    name: str
    note: str
    reason: str
    chosen: bool


class AssistantForm(Fields):
    """The settings. ``data`` is from ``typed.prepared``; ``assistant`` is the existing one, if there is one.

    Without a list of models, a new assistant has no field for the model, and an existing one has a text field. If
    ``offered.datasets`` is None, because the server stopped responding, the choice already made is kept.
    """

    def __init__(
        self,
        data: Any = None,
        *,
        offered: FormChoices,
        assistant: Assistant | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.assistant = assistant
        if not self.is_bound and not assistant:
            self.fields["name"].widget.attrs["autofocus"] = True
        self._offer_datasets(offered)
        self._offer_models(offered)
        self.modes = offered.thinking_modes
        self._choices("thinking", list(MODES if self.modes else ON_OFF))
        self.fields["thinking"].help_text = (
            _("The model thinks and searches repeatedly before it answers. A question may ask for another mode.")
            if self.modes
            else _("Searches repeatedly before it answers, which takes longer and costs more.")
        )
        if (method := (initial or {}).get("filter_method")) not in (None, "", "auto", "manual"):
            words = _("As set in RAGFlow (%(method)s)") % {"method": method}
            self._choices("filter_method", [*cast("Any", self.fields["filter_method"]).choices, (method, words)])

    def _choices(self, name: str, choices: list[Any]) -> None:
        cast("forms.ChoiceField", self.fields[name]).choices = choices

    def _offer_datasets(self, offered: FormChoices) -> None:
        self.offered = tuple(offered.datasets or ())
        linked = self.assistant.datasets if self.assistant else ()
        listed = {one.id for one in self.offered}
        # Those that are linked stay, also if they lost their chunks or are not listed.
        self.kept = tuple((id, name) for id, name in linked if id not in listed)
        kept = {id for id, _name in linked}
        self.unlisted = tuple(self["datasets"].value() or ()) if offered.datasets is None else ()
        usable = [(one.id, visible(one.name)) for one in self.offered if one.chunk_count or one.id in kept]
        self._choices("datasets", [*usable, *self.kept, *((id, id) for id in self.unlisted)])

    def _offer_models(self, offered: FormChoices) -> None:
        models, posted = offered.models, self.data.get("model")
        if self.assistant:
            self.fields["model"] = forms.CharField(label=_("Chat model"), required=False, max_length=255)
            unknown = not self.initial.get("model")
            model_choice.offer(self, "model", models, "chat", blank=_("Default") if unknown else None)
        elif models.of_type("chat"):
            default = models.default("chat")
            words = _("Server default: %(model)s") % {"model": models.named(default)} if default else _("Default")
            model_choice.offer(self, "model", models, "chat", blank=words)
        elif posted or self.initial.get("model"):
            chosen = posted or self.initial["model"]
            self._choices("model", [("", _("Default")), (chosen, chosen)])
        else:
            del self.fields["model"]
        model_choice.offer(self, "rerank_model", models, "rerank", blank=_("None"))

    @property
    def dataset_choices(self) -> list[DatasetChoice]:
        """All datasets: those with chunks first, the others with the reason why they can't be chosen."""
        chosen = set(self["datasets"].value() or ())
        choices = [
            DatasetChoice(
                id=one.id,
                name=visible(one.name),
                note=methods.model_of(one),
                reason="" if one.chunk_count else _why_unavailable(one),
                chosen=one.id in chosen,
            )
            for one in self.offered
        ]
        choices += [DatasetChoice(id, visible(name) or id, "", "", id in chosen) for id, name in self.kept]
        return sorted(choices, key=lambda choice: (bool(choice.reason), choice.name.casefold()))

    @property
    def variable_rows(self) -> list[tuple[str, bool]]:
        """Name and whether it is optional, of each variable, and a blank row."""
        rows = [(name, kind == "optional") for kind, _blank, name in self._split_variables()]
        return [*rows, ("", True)]

    @property
    def conditions(self) -> Conditions:
        """The conditions of the metadata filter, for the builder."""
        return typed.conditions_in(self["filter_conditions"].value() or (), self["logic"].value() or "and")

    @property
    def defaults(self) -> dict[str, str]:
        """For the buttons that reset a value."""
        return RETRIEVAL

    @property
    def preset_notes(self) -> dict[str, Any]:
        return PRESET_NOTES

    @property
    def wrong_values(self) -> bool:
        """Whether a value of the model is wrong, so that the folded fields open."""
        return self.is_bound and any(name in self.errors for name in typed.GENERATION)

    @property
    def presets(self) -> str:
        """For the script: the values of each preset, as JSON."""
        return json.dumps({name: dict(zip(SAMPLING, values, strict=True)) for name, values in PRESETS.items()})

    def _split_variables(self) -> list[tuple[str, str, str]]:
        return [one.partition(" ") for one in self["variables"].value() or ()]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if (length := len(name.encode("utf-8", "surrogatepass"))) > NAME_LENGTH:
            raise ValidationError(
                _("At most 255 bytes; this has %(length)s. Non-ASCII characters take two to four bytes each.")
                % {"length": count(length)}
            )
        return name

    def clean_datasets(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["datasets"]
        used = {methods.model_of(one) for one in self.offered if one.id in chosen}
        if len(used) > 1:
            raise ValidationError(
                _("Choose datasets that share an embedding model. Selected: %(models)s.")
                % {"models": ", ".join(sorted(used))}
            )
        return chosen

    def clean_cross_languages(self) -> list[str]:
        languages = [part.strip() for part in re.split(r"[,;\n]", self.cleaned_data["cross_languages"])]
        chosen = list(dict.fromkeys(part for part in languages if part))
        if len(chosen) > MOST_LANGUAGES:
            raise ValidationError(
                _("Enter at most %(most)d languages (you entered %(number)d).")
                % {"most": MOST_LANGUAGES, "number": len(chosen)}
            )
        return chosen

    def clean_variables(self) -> list[dict[str, Any]]:
        stored = {one.get("key"): one for one in typed.variables_of(self.assistant.prompt if self.assistant else {})}
        names = [name for _kind, _blank, name in self._split_variables()]
        if len(names) > MOST_VARIABLES:
            raise ValidationError(_("Use at most %(most)d variables.") % {"most": MOST_VARIABLES})
        for name in names:
            if not name.isidentifier() or len(name) > VARIABLE_LENGTH:
                raise ValidationError(
                    _("“%(name)s” can't be a variable. Use letters, digits and underscores, without a digit in front.")
                    % {"name": name[:VARIABLE_LENGTH]}
                )
            if names.count(name) > 1:
                raise ValidationError(_("There are two variables named “%(name)s”. Rename one.") % {"name": name})
        return [
            {**stored.get(name, {}), "key": name, "optional": kind == "optional"}
            for kind, _blank, name in self._split_variables()
        ]

    def clean_filter_conditions(self) -> Conditions:
        conditions = self.conditions
        if self["filter_method"].value() == "manual":
            if not conditions:
                raise ValidationError(_("Enter a condition, or choose another kind of filter."))
            if conditions.errors:
                raise ValidationError(conditions.errors)
        return conditions

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        prompt, variables = cleaned.get("prompt"), cleaned.get("variables")
        if prompt is None or variables is None:
            return cleaned
        for one in variables:
            if one["optional"] or "{" + one["key"] + "}" in prompt:
                continue
            if one["key"] == KNOWLEDGE:
                self.add_error("prompt", _("Add {knowledge} where the chunks that were found should go."))
            else:
                words = _("Add {%(name)s} to the prompt, or make this variable optional.") % {"name": one["key"]}
                self.add_error("prompt", words)
        if cleaned.get("datasets") and KNOWLEDGE not in [one["key"] for one in variables]:
            words = _("Add the variable “knowledge”. Without it, RAGFlow doesn't search the datasets.")
            self.add_error("variables", words)
        return cleaned

    def check(self, mine: Collection[str]) -> bool:
        """Validate, ignoring errors in unchanged fields, which are not sent. Returns whether all is well."""
        self.full_clean()
        together = {"prompt", "variables", "datasets"}
        changed = {*mine, *(together - {"datasets"} if together & {*mine} else ())}
        if changed & {"filter_method", "logic"}:
            changed.add("filter_conditions")
        for name in [name for name in self.errors if name in self.fields and name not in changed]:
            del self.errors[name]
        if self.assistant:
            for name in typed.GENERATION:
                if name in mine and name not in self.errors and self.cleaned_data.get(name) is None:
                    self.add_error(name, _("RAGFlow can't restore the model's default here. Enter a value."))
        return not self.errors


def _why_unavailable(dataset: Dataset) -> str:
    if dataset.document_count:
        return _("nothing parsed yet")
    return _("no documents")
