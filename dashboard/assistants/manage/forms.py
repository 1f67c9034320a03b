"""Forms for assistants, sessions and questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.core.formatting import visible
from dashboard.core.long_text import LongTextField, LongTextForm
from dashboard.datasets import methods, model_choice
from dashboard.datasets.model_choice import ModelChoices
from dashboard.ragflow import errors
from dashboard.ragflow.releases.offers import THINKING_MODES, ThinkingMode
from dashboard.ragflow.types import Dataset

# RAGFlow's own defaults (as of 0.24.0), so that the form starts with what RAGFlow would use.
PROMPT = """You are an intelligent assistant. Please summarize the content of the dataset to answer the question. \
Please list the data in the dataset and answer in detail. When all dataset content is irrelevant to the question, \
your answer must include the sentence "The answer you are looking for is not found in the dataset!" \
Answers need to consider chat history.
Here is the knowledge base:
{knowledge}
The above is the knowledge base."""
OPENER = "Hi! I'm your assistant. What can I do for you?"
EMPTY_RESPONSE = "Sorry! No relevant content was found in the knowledge base!"
TOP_N, THRESHOLD, VECTOR_WEIGHT = 6, 0.2, 0.3
KNOWLEDGE = "{knowledge}"
QUESTION_LENGTH = 20_000
NAME_LENGTH = 255


@dataclass(frozen=True)
class DatasetChoice:
    """A dataset in the form. ``reason`` says why it can't be chosen."""

    id: str
    name: str
    note: str
    reason: str
    chosen: bool


class AssistantForm(LongTextForm):
    """A new assistant. Without ``models``, the form has no field for the model, and the server's default is used.

    If ``datasets`` is None, because the server stopped responding, the choice already made is kept.
    """

    name = forms.CharField(
        label=_lazy("Name"),
        max_length=NAME_LENGTH,
        error_messages={"required": _lazy("Enter a name with at least one visible character.")},
    )
    description = LongTextField(label=_lazy("Description"), required=False, max_length=2000, rows=2)
    datasets = forms.MultipleChoiceField(
        label=_lazy("Datasets"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_lazy(
            "The datasets to search. They must share an embedding model. Without any, the assistant answers from"
            " the model's own knowledge, without sources."
        ),
        error_messages={"invalid_choice": _lazy("A dataset you chose no longer exists or has no chunks. Remove it.")},
    )
    model = forms.ChoiceField(label=_lazy("Chat model"), required=False)
    prompt = LongTextField(
        label=_lazy("System prompt"),
        initial=PROMPT,
        max_length=20_000,
        strip=False,
        rows=9,
        help_text=_lazy("RAGFlow replaces {knowledge} with the chunks it finds."),
        error_messages={"required": _lazy("Enter instructions for the model that include {knowledge}.")},
    )
    opener = forms.CharField(
        label=_lazy("Opening message"),
        required=False,
        initial=OPENER,
        max_length=2000,
        help_text=_lazy("Shown at the start of each session."),
    )
    empty_response = forms.CharField(
        label=_lazy("Answer if nothing is found"),
        required=False,
        initial=EMPTY_RESPONSE,
        max_length=2000,
        help_text=_lazy("Leave empty to let the model answer on its own."),
    )
    top_n = forms.IntegerField(
        label=_lazy("Maximum chunks"), initial=TOP_N, min_value=1, max_value=30, help_text=_lazy("Sent to the model.")
    )
    similarity_threshold = forms.FloatField(
        label=_lazy("Similarity threshold"),
        initial=THRESHOLD,
        min_value=0,
        max_value=1,
        step_size=0.01,
        help_text=_lazy("Chunks with a lower score are not used."),
    )
    vector_weight = forms.FloatField(
        label=_lazy("Vector weight"),
        initial=VECTOR_WEIGHT,
        min_value=0,
        max_value=1,
        step_size=0.01,
        help_text=_lazy("The rest is the keyword weight."),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        datasets: Sequence[Dataset] | None = (),
        models: ModelChoices | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        if not self.is_bound:
            self.fields["name"].widget.attrs["autofocus"] = True
        self.offered = tuple(datasets or ())
        self.unlisted = tuple(self["datasets"].value() or ()) if datasets is None else ()
        parsed = [(one.id, visible(one.name)) for one in self.offered if one.chunk_count]
        self.fields["datasets"].choices = parsed or [(id, id) for id in self.unlisted]  # type: ignore[attr-defined]
        if models and models.of_type("chat"):
            default = models.default("chat")
            words = _("Server default: %(model)s") % {"model": models.named(default)} if default else _("Default")
            model_choice.offer(self, "model", models, "chat", blank=words)
        elif data and data.get("model"):
            choices = [("", _("Default")), (data["model"], data["model"])]
            self.fields["model"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["model"]

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
        return sorted(choices, key=lambda choice: (bool(choice.reason), choice.name.casefold()))

    def clean_prompt(self) -> str:
        prompt: str = self.cleaned_data["prompt"]
        if KNOWLEDGE not in prompt:
            raise ValidationError(_("Add {knowledge} where the chunks that were found should go."))
        return prompt

    def clean_datasets(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["datasets"]
        used = {methods.model_of(one) for one in self.offered if one.id in chosen}
        if len(used) > 1:
            raise ValidationError(
                _("Choose datasets that share an embedding model. Selected: %(models)s.")
                % {"models": ", ".join(sorted(used))}
            )
        return chosen

    def prompt_settings(self) -> dict[str, Any]:
        """The ``prompt`` argument for ``chats.create``."""
        given = self.cleaned_data
        return {
            "prompt": given["prompt"],
            "variables": [{"key": "knowledge", "optional": False}],
            "opener": given["opener"],
            "empty_response": given["empty_response"],
            "top_n": given["top_n"],
            "similarity_threshold": given["similarity_threshold"],
            "vector_similarity_weight": given["vector_weight"],
        }

    def show_refusal(self, error: errors.RAGFlowError) -> None:
        """Attach RAGFlow's rejection to the field it is about (contract §14.1, ragflow-0.27 §6).

        Its code is the same for all of them, so only the text tells which it is.
        """
        message = error.message
        said = message.casefold()
        name = self.cleaned_data.get("name", "")
        if "duplicated chat name" in said:
            self.add_error(
                "name", _("An assistant named “%(name)s” already exists. Choose another name.") % {"name": name}
            )
        elif "doesn't own parsed file" in said or "own the dataset" in said:
            names = [visible(one.name) for one in self.offered if one.id in message]
            self.add_error(
                "datasets",
                _("“%(name)s” no longer exists or has no parsed documents. Remove it.")
                % {"name": ", ".join(names) or _("one of the datasets")},
            )
        elif "embedding model" in said:
            self.add_error("datasets", message)
        elif ("model_name" in said or "llm_id" in said) and "model" in self.fields:
            self.add_error("model", _("This model is no longer available on the server. Choose another."))
        elif "is not used" in said:
            self.add_error("prompt", message)
        elif error.maybe_done:
            self.add_error(
                None,
                _("%(reason)s The assistant may have been created anyway. Check the list before you try again.")
                % {"reason": message},
            )
        else:
            self.add_error(
                None, _("%(reason)s The assistant was not created. Your input is still here.") % {"reason": message}
            )


def _why_unavailable(dataset: Dataset) -> str:
    if dataset.document_count:
        return _("nothing parsed yet")
    return _("no documents")


class QuestionForm(forms.Form):
    """A question to an assistant. ``thinks``: whether the server offers thinking modes."""

    question = LongTextField(
        label=_lazy("Question"),
        max_length=QUESTION_LENGTH,
        rows=1,
        error_messages={
            "required": _lazy("Enter a question."),
            "max_length": _lazy("Enter at most %(limit_value)d characters (you entered %(show_value)d)."),
        },
    )
    thinking = forms.ChoiceField(
        label=_lazy("Thinking"),
        required=False,
        choices=[
            ("", _lazy("Thinking: off")),
            ("low", _lazy("Thinking: low")),
            ("medium", _lazy("Thinking: medium")),
            ("high", _lazy("Thinking: high")),
            ("ultra", _lazy("Thinking: ultra")),
        ],
    )

    def __init__(self, data: Any = None, *, thinks: bool, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        if not thinks:
            del self.fields["thinking"]

    @property
    def thinking_mode(self) -> ThinkingMode | None:
        """The chosen mode; None for none, and where there are none."""
        mode: ThinkingMode | str = self.cleaned_data.get("thinking", "")
        return mode if mode in THINKING_MODES else None


class SessionNameForm(forms.Form):
    """A session's name."""

    name = forms.CharField(
        label=_lazy("Session name"),
        max_length=NAME_LENGTH,
        error_messages={
            "required": _lazy("Enter a name with at least one visible character."),
            "max_length": _lazy("Enter at most %(limit_value)d characters (you entered %(show_value)d)."),
        },
    )
