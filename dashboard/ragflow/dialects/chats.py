"""Assistants: how releases write them (contract §14; ragflow-0.27 §0.3, §6, §7; ragflow-0.25-observed).

The neutral form is that of 0.24: ``llm`` has ``model_name`` and the generation settings; ``prompt`` has ``prompt``,
``opener``, ``variables``, ``show_quote``, ``empty_response``, what a retrieval needs (``similarity_threshold``,
``vector_similarity_weight``, ``top_n``, ``top_k``, ``rerank_model``), and whatever else RAGFlow keeps beside them.
``vector_similarity_weight`` is the weight that is actually used. ``meta_data_filter`` is the same everywhere.

Since 0.25 the keys ``llm``, ``prompt`` and ``avatar`` are ignored without an error, so they must never be sent there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Protocol

import msgspec

from dashboard.ragflow.clock import moment
from dashboard.ragflow.errors import UnsafeCall
from dashboard.ragflow.http.envelope import Answer
from dashboard.ragflow.http.json_repair import fields
from dashboard.ragflow.releases.release import Release
from dashboard.ragflow.types import Assistant

PATH: Final = "/api/v1/chats"
CHANGING: Final = frozenset({"name", "description", "avatar", "dataset_ids", "llm", "prompt", "meta_data_filter"})


class ChatsDialect(Protocol):
    """``method`` of an update; ``searches``: lists by name. What is written (``made``, ``change``) is ``CHANGING``."""

    method: str
    searches: bool

    def listed(self, answer: Answer) -> tuple[tuple[Assistant, ...], int | None]:
        """The assistants of a page, and the total number if RAGFlow reports it."""

    def lookup(self, id: str) -> tuple[str, dict[str, str]]:
        """Path and query that read one assistant."""

    def looked_up(self, answer: Answer, id: str) -> Assistant | None:
        """The assistant in the response to that; None if it is not there."""

    def made(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """The body that creates an assistant."""

    def read(self, answer: Answer) -> Assistant:
        """The assistant in the response to a create."""

    def change(self, current: Assistant, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """The body that changes the assistant. ``wanted`` is what differs; of ``llm`` and ``prompt`` its keys."""


def of(release: Release) -> ChatsDialect:
    """The dialect of a release."""
    return _NEW if release.number >= (0, 25, 0) else _OLD


def changed(current: Assistant, wanted: Mapping[str, Any]) -> Assistant:
    """The assistant after a change, where RAGFlow does not return it."""
    plain = {key: value for key, value in wanted.items() if key in ("name", "description", "avatar")}
    ids = tuple(wanted.get("dataset_ids", current.dataset_ids))
    names = dict(current.datasets)
    return replace(
        current,
        **plain,
        dataset_ids=ids,
        datasets=tuple((dataset_id, names.get(dataset_id, "")) for dataset_id in ids),
        llm={**current.llm, **wanted.get("llm", {})},
        prompt={**current.prompt, **wanted.get("prompt", {})},
        metadata_filter=wanted.get("meta_data_filter", current.metadata_filter),
    )


# -- 0.24 --------------------------------------------------------------------------------------------------------------


class _OldDataset(msgspec.Struct):
    id: str | None = None
    name: str | None = None


class _OldAssistant(msgspec.Struct):
    id: str
    name: str | None
    description: str | None = None
    avatar: str | None = None
    # A create returns ids, a list returns whole rows.
    dataset_ids: list[str | None] | None = None
    datasets: list[_OldDataset | None] | None = None
    llm: dict[str, Any] | None = None
    prompt: dict[str, Any] | None = None
    meta_data_filter: Any = None
    top_k: int | None = None
    create_time: float | None = None
    update_time: float | None = None

    def neutral(self) -> Assistant:
        if self.datasets is not None:
            datasets = tuple((one.id, one.name or "") for one in self.datasets if one and one.id)
        else:
            datasets = tuple((dataset_id, "") for dataset_id in self.dataset_ids or () if dataset_id)
        return Assistant(
            id=self.id,
            name=self.name or "",
            description=self.description or "",
            avatar=self.avatar or "",
            dataset_ids=tuple(dataset_id for dataset_id, _ in datasets),
            datasets=datasets,
            llm=fields(self.llm),
            prompt=_weight_shown(fields(self.prompt)) | ({} if self.top_k is None else {"top_k": self.top_k}),
            created_at=moment(self.create_time),
            updated_at=moment(self.update_time),
            metadata_filter=fields(self.meta_data_filter),
        )


_old_row = msgspec.json.Decoder(_OldAssistant)
_old_rows = msgspec.json.Decoder(list[_OldAssistant])


class _Old:
    method = "PUT"
    searches = False

    def listed(self, answer: Answer) -> tuple[tuple[Assistant, ...], int | None]:
        return tuple(wire.neutral() for wire in answer.decode(_old_rows)), None

    def lookup(self, id: str) -> tuple[str, dict[str, str]]:
        return PATH, {"id": id}

    def looked_up(self, answer: Answer, id: str) -> Assistant | None:
        return next((wire.neutral() for wire in answer.decode(_old_rows) if wire.id == id), None)

    def made(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        body = dict(wanted)
        if "prompt" in body:
            body["prompt"] = _weight_hidden(body["prompt"])
        return body

    def read(self, answer: Answer) -> Assistant:
        return answer.decode(_old_row).neutral()

    def change(self, current: Assistant, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """All dataset ids are sent again, because 0.24 unlinks all if they are missing. The rest is merged there."""
        return {**self.made(wanted), "dataset_ids": list(wanted.get("dataset_ids", current.dataset_ids))}


def _weight_shown(prompt: Mapping[str, Any]) -> dict[str, Any]:
    """The prompt settings with the weight that is actually used.

    RAGFlow 0.24 stores ``keywords_similarity_weight`` as sent, uses it as the weight of the *vectors*, and returns one
    minus it (contract §14.1). Only here is it converted to ``vector_similarity_weight``, the stored value.
    """
    ours = dict(prompt)
    shown = ours.pop("keywords_similarity_weight", None)
    if isinstance(shown, (int, float)):
        ours["vector_similarity_weight"] = round(1 - shown, 6)
    return ours


def _weight_hidden(prompt: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse: RAGFlow 0.24 expects the vector weight under the other name."""
    theirs = dict(prompt)
    if "vector_similarity_weight" in theirs:
        theirs["keywords_similarity_weight"] = theirs.pop("vector_similarity_weight")
    return theirs


# -- since 0.25 --------------------------------------------------------------------------------------------------------

_SAME: Final = ("name", "description", "dataset_ids", "meta_data_filter")
# Neutral keys of ``prompt``, and what they are called: at the top of the body, and in ``prompt_config``.
_FLAT: Final = {
    "similarity_threshold": "similarity_threshold",
    "vector_similarity_weight": "vector_similarity_weight",
    "top_n": "top_n",
    "top_k": "top_k",
    "rerank_model": "rerank_id",
}
_IN_CONFIG: Final = {"prompt": "system", "opener": "prologue", "variables": "parameters", "show_quote": "quote"}
_FROM_CONFIG: Final = {theirs: ours for ours, theirs in _IN_CONFIG.items()}


class _NewAssistant(msgspec.Struct):
    id: str
    name: str | None
    description: str | None = None
    icon: str | None = None
    dataset_ids: list[str | None] | None = None
    kb_names: list[str | None] | None = None
    # A name of one to three parts, or the id of a tenant's model (ragflow-0.27 §0.3).
    llm_id: str | None = None
    llm_setting: dict[str, Any] | None = None
    prompt_config: dict[str, Any] | None = None
    similarity_threshold: float | None = None
    vector_similarity_weight: float | None = None
    top_n: int | None = None
    top_k: int | None = None
    rerank_id: str | None = None
    meta_data_filter: Any = None
    create_time: float | None = None
    update_time: float | None = None

    def neutral(self) -> Assistant:
        names = self.kb_names or []
        datasets = tuple(
            (dataset_id, (names[place] if place < len(names) else "") or "")
            for place, dataset_id in enumerate(self.dataset_ids or ())
            if dataset_id
        )
        prompt = {_FROM_CONFIG.get(key, key): value for key, value in fields(self.prompt_config).items()}
        prompt |= {ours: value for ours, theirs in _FLAT.items() if (value := getattr(self, theirs)) is not None}
        return Assistant(
            id=self.id,
            name=self.name or "",
            description=self.description or "",
            avatar=self.icon or "",
            dataset_ids=tuple(dataset_id for dataset_id, _ in datasets),
            datasets=datasets,
            llm=fields(self.llm_setting) | ({"model_name": self.llm_id} if self.llm_id else {}),
            prompt=prompt,
            created_at=moment(self.create_time),
            updated_at=moment(self.update_time),
            metadata_filter=fields(self.meta_data_filter),
        )


class _NewPage(msgspec.Struct):
    chats: list[_NewAssistant]
    total: int


_new_row = msgspec.json.Decoder(_NewAssistant)
_new_page = msgspec.json.Decoder(_NewPage)


class _New:
    method = "PATCH"
    searches = True

    def listed(self, answer: Answer) -> tuple[tuple[Assistant, ...], int | None]:
        page = answer.decode(_new_page)
        return tuple(wire.neutral() for wire in page.chats), page.total

    def lookup(self, id: str) -> tuple[str, dict[str, str]]:
        return f"{PATH}/{id}", {}

    def looked_up(self, answer: Answer, id: str) -> Assistant | None:
        found = answer.decode(_new_row)
        return found.neutral() if found.id == id else None

    def made(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """RAGFlow adds its defaults to the ``prompt_config`` of a create, so a partial one is safe there."""
        body = {key: wanted[key] for key in _SAME if key in wanted}
        if "avatar" in wanted:
            body["icon"] = wanted["avatar"]
        flat, config = _divided(wanted.get("prompt", {}))
        settings = dict(wanted.get("llm", {}))
        # ``tenant_llm_id`` is left to RAGFlow, which refuses one that does not belong to ``llm_id``.
        if model := settings.pop("model_name", ""):
            body["llm_id"] = model
        if settings:
            body["llm_setting"] = settings
        if config:
            body["prompt_config"] = config
        return {**body, **flat}

    def read(self, answer: Answer) -> Assistant:
        return answer.decode(_new_row).neutral()

    def change(self, current: Assistant, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Only what differs, but ``prompt_config`` and ``llm_setting`` whole.

        A partial ``prompt_config`` that replaces the stored one breaks the assistant: it answers nothing any more,
        because its system prompt is gone (ragflow-0.27 §6). Raises UnsafeCall rather than send one without it.
        """
        body = self.made(wanted)
        if "prompt_config" in body:
            body["prompt_config"] = {**_divided(current.prompt)[1], **body["prompt_config"]}
            if not body["prompt_config"].get("system"):
                raise UnsafeCall("without its system prompt, an assistant can't answer")
        if "llm_setting" in body:
            stored = {key: value for key, value in current.llm.items() if key != "model_name"}
            body["llm_setting"] = {**stored, **body["llm_setting"]}
        return body


def _divided(prompt: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The settings at the top of the body, and those in ``prompt_config``."""
    flat = {theirs: prompt[ours] for ours, theirs in _FLAT.items() if ours in prompt}
    config = {_IN_CONFIG.get(key, key): value for key, value in prompt.items() if key not in _FLAT}
    return flat, config


_OLD: Final = _Old()
_NEW: Final = _New()
