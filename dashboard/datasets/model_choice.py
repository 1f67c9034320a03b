"""Choosing one of the server's models, in every form that has one: a list by provider, with the default marked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django import forms
from django.core.cache import cache
from django.utils.translation import gettext as _

from dashboard.core.formatting import visible
from dashboard.models import Server
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.releases.server import Defaults, Model

logger = logging.getLogger(__name__)
KEPT_SECONDS = 60
T = TypeVar("T")
# The default model of each type of model.
DEFAULTS = {"chat": "chat_model", "embedding": "embedding_model", "rerank": "rerank_model"}
Options = list[tuple[str, "str | Options"]]


@dataclass(frozen=True)
class ModelChoices:
    """The models of a server. ``listed`` is False if it did not tell them; then people type a model's name."""

    models: tuple[Model, ...] = ()
    defaults: Defaults | None = None
    listed: bool = False

    def of_type(self, type: str) -> tuple[Model, ...]:
        """The models of a type (chat, embedding, rerank, image2text …) that can be used."""
        return tuple(model for model in self.models if model.type == type and model.available)

    def default(self, type: str) -> str:
        """The id of the default model of a type; "" if there is none or it could not be read."""
        return getattr(self.defaults, DEFAULTS[type], "") if self.defaults else ""

    def named(self, stored: str) -> str:
        """The display name of a model that a dataset or an assistant stores, also by the tenant's id of it."""
        return next((model.name for model in self.models if model.is_meant_by(stored)), stored)


def of(ragflow: RAGFlow, server: Server) -> ModelChoices:
    """The server's models, at most a minute old, for the release that it is now. Never raises."""
    release = _unless_refused(ragflow.release)
    if release is None:
        return ModelChoices()
    key = f"{server.cache_key}:models:{release.number}"
    kept: ModelChoices | None = cache.get(key)
    if kept is not None:
        return kept
    models, defaults = parallel(
        lambda: _unless_refused(ragflow.system.models), lambda: _unless_refused(ragflow.system.defaults)
    )
    found = ModelChoices(models or (), defaults, listed=models is not None)
    if models is not None and defaults is not None:
        cache.set(key, found, KEPT_SECONDS)
    return found


def offer(form: forms.Form, name: str, choices: ModelChoices, type: str, *, blank: str | None = None) -> None:
    """Make the field of a form a list of the models of this type; ``blank`` is the words for none, if that is possible.

    The value of a text field is kept even if the model is gone from the server, which is then said beside the field.
    Without a list of models nothing is changed.
    """
    if not choices.listed:
        return
    field = form.fields[name]
    keeps = not isinstance(field, forms.ChoiceField)
    # Not ``form[name].value()``: that would keep a bound field with the help text of now.
    given = form.is_bound and not field.disabled
    chosen = str((form.data.get(form.add_prefix(name)) if given else form.get_initial_for_field(field, name)) or "")
    models = choices.of_type(type)
    default = choices.default(type)
    known = {model.id for model in models}
    groups: dict[str, Options] = {}
    for model in models:
        value = model.id
        if keeps and chosen not in known and model.is_meant_by(chosen):
            # Stored by another of its names: left as it is, unless people choose another model.
            value = chosen
            known.add(chosen)
        words = visible(model.name)
        if model.is_meant_by(default):
            words = _("%(model)s (default)") % {"model": words}
        groups.setdefault(_group(model, models), []).append((value, words))
    options: Options = [*([] if blank is None else [("", blank)]), *groups.items()]
    if keeps and chosen and chosen not in known:
        options.append((chosen, _("%(model)s (gone)") % {"model": visible(chosen)}))
        gone = _("The server no longer has the model %(model)s. It stays until you choose another.")
        field.help_text = " ".join(filter(None, [gone % {"model": visible(chosen)}, str(field.help_text)]))
    if isinstance(field, forms.ChoiceField):
        field.choices = options
    else:
        field.widget = forms.Select(choices=options)


def _group(model: Model, models: tuple[Model, ...]) -> str:
    """The provider, and its instance if the provider has several."""
    instances = {other.instance for other in models if other.provider == model.provider}
    provider = visible(model.provider)
    return f"{provider} · {visible(model.instance)}" if len(instances) > 1 else provider


def _unless_refused(read: Callable[[], T]) -> T | None:
    try:
        try:
            return read()
        except errors.Upgraded:
            # It was asked as the release that it was. Now the client knows the new one.
            return read()
    except errors.RAGFlowError as error:
        logger.warning("Models not listed: %s %s: %s", error.method, error.path, error.message)
        return None
