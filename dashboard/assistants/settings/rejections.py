"""RAGFlow's refusals, shown at the field they are about."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dashboard.assistants.settings.fields import Fields
from dashboard.core.formatting import visible
from dashboard.ragflow import errors
from dashboard.ragflow.types import Dataset


def show(error: errors.RAGFlowError, form: Fields, datasets: tuple[Dataset, ...], *, is_new: bool) -> None:
    """Attach RAGFlow's rejection to the field it is about (contract §14.1, ragflow-0.27 §6). Requires a validated form.

    Its code is the same for all of them, so only the text tells which it is.
    """
    message = error.message
    said = message.casefold()
    if "duplicated chat name" in said:
        name = form.cleaned_data.get("name", "")
        form.add_error("name", _("An assistant named “%(name)s” already exists. Choose another name.") % {"name": name})
    elif "doesn't own parsed file" in said or "own the dataset" in said:
        names = [visible(one.name) for one in datasets if one.id in message]
        form.add_error(
            "datasets",
            _("“%(name)s” no longer exists or has no parsed documents. Remove it.")
            % {"name": ", ".join(names) or _("one of the datasets")},
        )
    elif "embedding model" in said:
        form.add_error("datasets", message)
    elif "rerank_model" in said or "rerank_id" in said:
        form.add_error("rerank_model", _("This model is no longer available on the server. Choose another."))
    elif ("model_name" in said or "llm_id" in said) and "model" in form.fields:
        form.add_error("model", _("This model is no longer available on the server. Choose another."))
    elif "is not used" in said:
        form.add_error("prompt", message)
    elif "duplicate key" in said:
        form.add_error("variables", message)
    else:
        form.add_error(None, _unanswered(error, is_new))


def _unanswered(error: errors.RAGFlowError, is_new: bool) -> str:
    reason = {"reason": error.message}
    if error.maybe_done and is_new:
        return _("%(reason)s The assistant may have been created anyway. Check the list before you try again.") % reason
    if error.maybe_done:
        return _("%(reason)s The change may have been saved anyway. Reload the settings to check.") % reason
    if is_new:
        return _("%(reason)s The assistant was not created. Your input is still here.") % reason
    return _("%(reason)s Nothing was saved. Your input is still here.") % reason
