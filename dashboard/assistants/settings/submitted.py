"""A submitted form of an assistant, compared with what is stored: what the user changed, and others since."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from dashboard.assistants.settings import changes, typed
from dashboard.assistants.settings.assistant_form import AssistantForm
from dashboard.assistants.settings.form_choices import FormChoices
from dashboard.core.formatting import visible
from dashboard.datasets.pictures import PictureForm
from dashboard.datasets.settings.stored import Comparison, compare, labels, marks, merged
from dashboard.ragflow.types import Assistant

# What every new assistant is created with, because RAGFlow's defaults differ between releases.
ALWAYS: Final = frozenset(
    {"name", "prompt", "variables", "opener", "empty_response", "top_n", "similarity_threshold", "keyword_weight"}
)

SECRET: Final = re.compile("key|token|secret|password", re.IGNORECASE)
NOTHING: Final = Comparison(frozenset(), frozenset())


@dataclass
class Submitted:
    """A form with its input, or as it opens. ``before`` is the assistant that is changed or copied, if any."""

    form: AssistantForm
    pictures: PictureForm
    before: Assistant | None
    is_new: bool
    found: Comparison = NOTHING

    @property
    def mine(self) -> frozenset[str]:
        if self.before:
            return self.found.mine | {"name"} if self.is_new else self.found.mine
        return self.found.mine | ALWAYS

    def check(self) -> bool:
        """Validate. Returns whether all that would be sent is right."""
        return self.form.check(self.mine) and not self.pictures.errors

    def wanted(self) -> dict[str, Any]:
        """What differs from ``before``, as arguments of ``chats.update``. Requires a valid form."""
        return changes.changes(self.form.cleaned_data, self.mine, self.pictures.wanted, self.form.modes, self.before)

    def whole(self) -> dict[str, Any]:
        """The arguments of ``chats.create`` for an assistant with these settings. Requires a valid form."""
        wanted = self.wanted()
        return changes.all_of(self.before, wanted) if self.before else wanted


def read(
    posted: QueryDict,
    files: MultiValueDict[str, Any],
    offered: FormChoices,
    before: Assistant | None,
    *,
    is_new: bool,
) -> Submitted:
    """The submitted form. ``before`` is as of now; what it was when the form was opened is known by the marks."""
    values = typed.as_typed(before) if before else typed.of_new()
    data = typed.prepared(posted)
    pictures = PictureForm(posted, files)
    pictures.is_valid()
    form = AssistantForm(data, offered=offered, assistant=None if is_new else before, initial=typed.initial(values))
    if "model" not in form.fields:
        values.pop("model")
    return Submitted(form, pictures, before, is_new, compare(data, typed.comparable(values), pictures))


def opened(before: Assistant | None, offered: FormChoices, *, is_new: bool, **initial: Any) -> Submitted:
    """The form before anything is entered."""
    if before is None:
        values = typed.initial(typed.of_new())
    else:
        values = copy_of(before) if is_new else typed.initial(typed.as_typed(before))
    form = AssistantForm(offered=offered, assistant=None if is_new else before, initial=values | initial)
    return Submitted(form, PictureForm(), before, is_new)


def with_theirs(given: Submitted, theirs: Assistant, offered: FormChoices) -> Submitted:
    """The form with what others changed since it was opened, and a message that says so."""
    found = given.found
    values = typed.as_typed(theirs)
    data = merged(cast("QueryDict", given.form.data), values, found)
    form = AssistantForm(data, offered=offered, assistant=theirs, initial=typed.initial(values))
    form.check(found.mine)
    words = _("Someone else has changed this assistant since: %(names)s. Nothing has been saved yet.")
    said = [words % {"names": labels(found.theirs, form, given.pictures)}]
    if both := labels(found.theirs & found.mine, form, given.pictures):
        words = _("You also changed %(names)s: your values are kept below and will replace theirs if you save.")
        said.append(words % {"names": both})
    form.add_error(None, " ".join([*said, _("Review the form and save again.")]))
    return Submitted(form, given.pictures, theirs, is_new=False, found=found)


def marks_of(assistant: Assistant) -> str:
    """The marks of what is stored now, for a hidden input."""
    return marks(typed.comparable(typed.as_typed(assistant)))


def copy_of(assistant: Assistant) -> dict[str, Any]:
    """The form of a new assistant with the settings of another one, and “(copy)” in its name."""
    suffix = _(" (copy)")
    room = 255 - len(suffix.encode())
    name = visible(assistant.name).encode()[:room].decode(errors="ignore").rstrip()
    return typed.initial(typed.as_typed(assistant)) | {"name": f"{name}{suffix}"}


def kept_besides(assistant: Assistant) -> list[tuple[str, str]]:
    """What RAGFlow stores of the assistant beyond the form. Keys of other services are not shown."""
    known = {*typed.TEXTS, *typed.SWITCHES, "top_n", "similarity_threshold", "vector_similarity_weight", "top_k"}
    known |= {"cross_languages", "variables", "reasoning", "model_name", *typed.GENERATION}
    stored: Mapping[str, Any] = {**assistant.llm, **assistant.prompt}
    return [(key, "…" if SECRET.search(key) else str(value)) for key, value in stored.items() if key not in known]
