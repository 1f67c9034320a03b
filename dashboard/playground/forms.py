"""The form of a completion: messages, model, options, and which documents to answer from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, cast, get_args

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.conditions.conditions import Conditions
from dashboard.core.long_text import plain_breaks
from dashboard.ragflow.dialects.completions import ANY_MODEL, Role, Wanted

MOST_MESSAGES: Final = 20
MESSAGE_LENGTH: Final = 20_000
MOST_FIELDS: Final = 20
ROLES: Final = (("system", _lazy("System")), ("user", _lazy("User")), ("assistant", _lazy("Assistant")))


@dataclass(frozen=True)
class Message:
    """One message of the conversation."""

    role: Role = "user"
    content: str = ""


class CompletionForm(forms.Form):
    """Everything that a completion is asked with. Without ``data``, RAGFlow's own example."""

    model = forms.CharField(
        label=_lazy("Model"),
        initial=ANY_MODEL,
        max_length=255,
        help_text=_lazy(
            "“model” stands for the assistant's own model. Since RAGFlow 0.25, other names must be chat models."
        ),
        error_messages={"required": _lazy("Enter the name of a model, or “model”.")},
    )
    temperature = forms.FloatField(
        label=_lazy("Temperature"),
        required=False,
        min_value=0,
        max_value=2,
        help_text=_lazy("Part of OpenAI's API. RAGFlow uses the settings of the assistant instead."),
        error_messages={
            "invalid": _lazy("Enter a number from 0 to 2."),
            "min_value": _lazy("Enter a number from 0 to 2."),
            "max_value": _lazy("Enter a number from 0 to 2."),
        },
    )
    stream = forms.BooleanField(
        label=_lazy("Stream"), required=False, initial=True, help_text=_lazy("The answer arrives piece by piece.")
    )
    reference = forms.BooleanField(
        label=_lazy("References"),
        required=False,
        initial=True,
        help_text=_lazy("The chunks that the answer is based on. Without them, it cites nothing."),
    )
    metadata = forms.BooleanField(
        label=_lazy("Metadata of the documents"), required=False, help_text=_lazy("Part of the references.")
    )
    fields_wanted = forms.CharField(
        label=_lazy("Metadata keys"),
        required=False,
        max_length=1000,
        help_text=_lazy("Separated by commas. Leave empty for all."),
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.messages = _messages(data) if data is not None else [Message()]
        self.conditions = Conditions.read(data) if data is not None else Conditions()

    @property
    def roles(self) -> tuple[tuple[str, Any], ...]:
        return ROLES

    @property
    def can_add(self) -> bool:
        return len(self.messages) < MOST_MESSAGES

    @property
    def message_errors(self) -> list[str]:
        return [str(error) for error in self.errors.get("messages", ())]

    @property
    def condition_errors(self) -> list[str]:
        return [str(error) for error in self.errors.get("conditions", ())]

    def add_message(self) -> None:
        """One more message at the end: an answer after a question, and the other way round."""
        after_question = bool(self.messages) and self.messages[-1].role == "user"
        self.messages.append(Message("assistant" if after_question else "user"))

    def remove_message(self, place: int) -> None:
        """Remove the message at this place, if there is one, but not the last one left."""
        if 0 <= place < len(self.messages) and len(self.messages) > 1:
            del self.messages[place]

    def wanted(self) -> Wanted:
        """What is asked, as far as it is valid. For a valid form, all of it."""
        self.full_clean()
        given = self.cleaned_data if self.is_bound else {}
        names = [name.strip() for name in given.get("fields_wanted", "").split(",")]
        temperature = given.get("temperature")
        return Wanted(
            messages=tuple((one.role, one.content) for one in self._said),
            model=given.get("model") or ANY_MODEL,
            stream=given.get("stream", True),
            references=given.get("reference", True),
            metadata=tuple(name for name in names if name)[:MOST_FIELDS] if given.get("metadata") else None,
            condition=self.conditions.usable.as_parameter() or {},
            more={} if temperature is None else {"temperature": temperature},
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for error in self.conditions.errors:
            self._refuse("conditions", error)
        if not self._said or self._said[-1].role != "user":
            self._refuse("messages", _("The last message must be from the user. Write the question there."))
        if any(len(one.content) > MESSAGE_LENGTH for one in self.messages):
            self._refuse("messages", _("A message may have at most %(most)s characters.") % {"most": "20,000"})
        return cleaned

    @property
    def _said(self) -> list[Message]:
        """The messages that are not blank."""
        return [one for one in self.messages if one.content.strip()]

    def _refuse(self, part: str, message: str) -> None:
        """Add an error to ``messages`` or ``conditions``, which are not Django fields."""
        self.errors.setdefault(part, self.error_class()).append(message)


def _messages(data: QueryDict) -> list[Message]:
    """From repeated ``role`` and ``content``. An unknown role counts as the user's."""
    roles, contents = data.getlist("role"), data.getlist("content")
    found = [
        Message(cast(Role, role) if role in get_args(Role) else "user", plain_breaks(content).replace("\0", ""))
        for role, content in zip(roles, contents, strict=False)
    ]
    return found[:MOST_MESSAGES] or [Message()]
