"""What a submitted form asks of RAGFlow: only what was changed, merged where RAGFlow merges."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dashboard.assistants.settings import typed
from dashboard.datasets.settings.stored import PICTURE
from dashboard.ragflow.releases.offers import THINKING_MODES
from dashboard.ragflow.types import Assistant


def changes(
    given: Mapping[str, Any], mine: Collection[str], picture: str | None, modes: bool, before: Assistant | None
) -> dict[str, Any]:
    """The arguments for ``chats.update``. ``given`` is the cleaned data, ``mine`` the names of the changed inputs.

    ``modes``: the server has thinking modes; ``before`` is the assistant that is changed or copied.
    """
    wanted: dict[str, Any] = {name: given[name] for name in ("name", "description") if name in mine}
    if "datasets" in mine:
        wanted["dataset_ids"] = given["datasets"]
    if PICTURE in mine and picture is not None:
        wanted["avatar"] = picture
    llm = {name: given[name] for name in typed.GENERATION if name in mine and given[name] is not None}
    if "model" in mine and given.get("model"):
        llm["model_name"] = given["model"]
    prompt = _prompt(given, mine, modes)
    wanted |= {"llm": llm} if llm else {}
    wanted |= {"prompt": prompt} if prompt else {}
    if {"filter_method", "filter_conditions", "logic"} & {*mine}:
        stored = before.metadata_filter if before else {}
        wanted["metadata_filter"] = typed.stored_filter(given["filter_method"], given["filter_conditions"], stored)
    return wanted


def all_of(before: Assistant, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments for ``chats.create`` that make an assistant like ``before`` with what is ``wanted`` instead.

    With all that RAGFlow stores of it, also what the form does not know.
    """
    made = {
        "description": before.description,
        "dataset_ids": before.dataset_ids,
        "avatar": before.avatar,
        "metadata_filter": before.metadata_filter,
        **wanted,
    }
    return made | {
        "llm": {**before.llm, **wanted.get("llm", {})},
        "prompt": {**before.prompt, **wanted.get("prompt", {})},
    }


def _prompt(given: Mapping[str, Any], mine: Collection[str], modes: bool) -> dict[str, Any]:
    plain = (*typed.TEXTS, *typed.SWITCHES, "top_n", "similarity_threshold", "top_k", "cross_languages", "variables")
    prompt = {name: given[name] for name in plain if name in mine}
    if "keyword_weight" in mine:
        prompt["vector_similarity_weight"] = typed.opposite(given["keyword_weight"])
    if "thinking" in mine:
        mode = given["thinking"]
        prompt["reasoning"] = (THINKING_MODES.index(mode) + 1 if mode else 0) if modes else bool(mode)
    return prompt
