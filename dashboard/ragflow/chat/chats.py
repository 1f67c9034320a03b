"""Chat assistants (contract §14). Differences of 0.25 belong here too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from dashboard.ragflow.clock import moment
from dashboard.ragflow.errors import NotFound, UnsafeCall
from dashboard.ragflow.http.json_repair import fields
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.paging import page_query
from dashboard.ragflow.safety import guards
from dashboard.ragflow.safety.verify_deleted import errors_in, verify_deleted
from dashboard.ragflow.safety.writes import Writes
from dashboard.ragflow.types import Assistant, DeleteOutcome, Page

PATH = "/api/v1/chats"


class _WireDataset(msgspec.Struct):
    id: str | None = None
    name: str | None = None


class _WireAssistant(msgspec.Struct):
    id: str
    name: str | None
    description: str | None = None
    avatar: str | None = None
    # A create returns ids, a list returns whole rows.
    dataset_ids: list[str | None] | None = None
    datasets: list[_WireDataset | None] | None = None
    llm: dict[str, Any] | None = None
    prompt: dict[str, Any] | None = None
    create_time: float | None = None
    update_time: float | None = None


_row = msgspec.json.Decoder(_WireAssistant)
_rows = msgspec.json.Decoder(list[_WireAssistant])
_report = msgspec.json.Decoder(dict[str, Any])


class Chats:
    """List, read and change assistants."""

    def __init__(self, transport: Transport, writes: Writes) -> None:
        self._transport = transport
        self._writes = writes

    def list(
        self, page: int = 1, page_size: int = 30, orderby: str = "create_time", desc: bool = True
    ) -> Page[Assistant]:
        """One page; RAGFlow does not report a total."""
        rows = self._transport.get(PATH, page_query(page, page_size, orderby, desc)).decode(_rows)
        return Page(items=tuple(_assistant(wire) for wire in rows), total=None, page=page, page_size=page_size)

    def get(self, id: str) -> Assistant:
        """One assistant. Raises NotFound if it does not exist or is not ours."""
        wanted = guards.lookup_id(id, "assistant")
        for wire in self._transport.get(PATH, {"id": wanted}).decode(_rows):
            if wire.id == wanted:
                return _assistant(wire)
        raise NotFound(f"No assistant with the ID “{wanted}”.", method="GET", path=PATH)

    def create(
        self,
        *,
        name: str,
        dataset_ids: Sequence[str] = (),
        llm: Mapping[str, Any] | None = None,
        prompt: Mapping[str, Any] | None = None,
        description: str | None = None,
        avatar: str | None = None,
    ) -> Assistant:
        """Create an assistant. Raises Rejected for a name in use, an unknown model, a dataset without chunks, or a
        prompt text that lacks one of its variables."""
        body: dict[str, Any] = {"name": name, "dataset_ids": _dataset_ids(dataset_ids)}
        if llm:
            body["llm"] = dict(llm)
        if prompt:
            body["prompt"] = _prompt_to_api(prompt)
        if description is not None:
            body["description"] = description
        if avatar is not None:
            body["avatar"] = avatar
        with self._writes.recording("assistant.create", "assistant", ("", name), fields=sorted(body)) as write:
            assistant = _assistant(self._transport.write("POST", PATH, body).decode(_row))
            write.target(assistant.id, assistant.name)
        return assistant

    def update(
        self,
        assistant: Assistant,
        *,
        name: str | None = None,
        description: str | None = None,
        avatar: str | None = None,
        dataset_ids: Sequence[str] | None = None,
        llm: Mapping[str, Any] | None = None,
        prompt: Mapping[str, Any] | None = None,
    ) -> Assistant:
        """Send what differs from the assistant's current state on the server, and return the result.

        The ids of its datasets are always sent, because RAGFlow 0.24 unlinks all datasets if they are missing; pass
        ``dataset_ids=()`` to unlink them. ``llm`` and ``prompt`` are merged into the stored ones.
        """
        guards.only(assistant, Assistant)
        current = self.get(guards.safe_id(assistant.id, "assistant"))
        changed: dict[str, Any] = {}
        for key, value in (("name", name), ("description", description), ("avatar", avatar)):
            if value is not None and value != getattr(current, key):
                changed[key] = value
        if llm and (difference := _changed(llm, current.llm)):
            changed["llm"] = difference
        if prompt and (difference := _changed(prompt, current.prompt)):
            changed["prompt"] = _prompt_to_api(difference)
        ids = list(current.dataset_ids) if dataset_ids is None else _dataset_ids(dataset_ids)
        if set(ids) != set(current.dataset_ids):
            changed["dataset_ids"] = ids
        if not changed:
            return current
        body = {**changed, "dataset_ids": ids}
        with self._writes.recording(
            "assistant.update", "assistant", (assistant.id, current.name), changed=sorted(changed)
        ):
            self._transport.write("PUT", f"{PATH}/{current.id}", body)
        names = dict(current.datasets)
        return replace(
            current,
            name=changed.get("name", current.name),
            description=changed.get("description", current.description),
            avatar=changed.get("avatar", current.avatar),
            dataset_ids=tuple(ids),
            datasets=tuple((dataset_id, names.get(dataset_id, "")) for dataset_id in ids),
            llm={**current.llm, **(llm or {})},
            prompt={**current.prompt, **(prompt or {})},
        )

    def delete(self, assistants: Sequence[Assistant]) -> DeleteOutcome[Assistant]:
        """Delete assistants with their sessions. After a partial failure, each is looked up again."""
        chosen = guards.some(assistants, Assistant)
        ids = [guards.safe_id(assistant.id, "assistant") for assistant in chosen]
        targets = [(assistant.id, assistant.name) for assistant in chosen]
        with self._writes.recording("assistant.delete", "assistant", *targets) as write:
            answer = self._transport.write("DELETE", PATH, {"ids": ids})
            reasons = "" if answer.empty else errors_in(answer.decode(_report))
            if not reasons:
                return DeleteOutcome(deleted=chosen)
            return verify_deleted(chosen, lambda assistant: self.get(assistant.id), reasons, write)


def _assistant(wire: _WireAssistant) -> Assistant:
    if wire.datasets is not None:
        datasets = tuple((dataset.id, dataset.name or "") for dataset in wire.datasets if dataset and dataset.id)
    else:
        datasets = tuple((dataset_id, "") for dataset_id in wire.dataset_ids or () if dataset_id)
    return Assistant(
        id=wire.id,
        name=wire.name or "",
        description=wire.description or "",
        avatar=wire.avatar or "",
        dataset_ids=tuple(dataset_id for dataset_id, _ in datasets),
        datasets=datasets,
        llm=fields(wire.llm),
        prompt=_prompt_from_api(fields(wire.prompt)),
        created_at=moment(wire.create_time),
        updated_at=moment(wire.update_time),
    )


def _prompt_from_api(prompt: Mapping[str, Any]) -> dict[str, Any]:
    """The prompt settings with the weight that is actually used.

    RAGFlow 0.24 stores ``keywords_similarity_weight`` as sent, uses it as the weight of the *vectors*, and returns one
    minus it. Only here is it converted to ``vector_similarity_weight``, the stored value.
    """
    ours = dict(prompt)
    shown = ours.pop("keywords_similarity_weight", None)
    if isinstance(shown, (int, float)):
        ours["vector_similarity_weight"] = round(1 - shown, 6)
    return ours


def _prompt_to_api(prompt: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse: RAGFlow expects the vector weight under the other name."""
    theirs = dict(prompt)
    if "keywords_similarity_weight" in theirs:
        raise UnsafeCall("keywords_similarity_weight means its opposite; pass vector_similarity_weight")
    if "vector_similarity_weight" in theirs:
        theirs["keywords_similarity_weight"] = theirs.pop("vector_similarity_weight")
    return theirs


def _changed(wanted: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in wanted.items() if key not in stored or stored[key] != value}


def _dataset_ids(ids: Sequence[str]) -> list[str]:
    if isinstance(ids, str):
        raise UnsafeCall("dataset_ids is a sequence of ids, not a string")
    return [guards.safe_id(dataset_id, "dataset") for dataset_id in ids]
