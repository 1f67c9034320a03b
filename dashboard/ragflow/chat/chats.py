"""Chat assistants (contract §14, ragflow-0.27 §6). How each release writes them is in ``dialects/chats.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from dashboard.ragflow.dialects import chats
from dashboard.ragflow.dialects.chats import PATH, ChatsDialect
from dashboard.ragflow.errors import NotFound, UnsafeCall
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.names import folded
from dashboard.ragflow.paging import MAX_PAGE_SIZE, page_of, page_query
from dashboard.ragflow.reach.reach import Reach
from dashboard.ragflow.releases.detection import Detection
from dashboard.ragflow.safety import guards
from dashboard.ragflow.safety.verify_deleted import errors_in, in_portions, verify_deleted
from dashboard.ragflow.safety.writes import Writes, differing
from dashboard.ragflow.types import Assistant, DeleteOutcome, Page

# What RAGFlow calls otherwise than ``Assistant`` does.
_CALLED: Final = {"meta_data_filter": "metadata_filter"}
_report = msgspec.json.Decoder(dict[str, Any])
# So many assistants are read for a list that is filtered here.
MOST_READ: Final = 1000


class Chats:
    """List, read and change assistants."""

    def __init__(self, transport: Transport, detection: Detection, writes: Writes, reach: Reach) -> None:
        self._reach = reach
        self._uses: dict[str, tuple[str, ...]] = {}
        self._transport = transport
        self._detection = detection
        self._writes = writes

    @property
    def _dialect(self) -> ChatsDialect:
        return chats.of(self._detection.release())

    def list(
        self, page: int = 1, page_size: int = 30, orderby: str = "create_time", desc: bool = True, *, keywords: str = ""
    ) -> Page[Assistant]:
        """One page. The total is None on 0.24, which does not report it.

        ``keywords``: only those whose name contains this. 0.24 can't search. There, and with a reach that is limited to
        some datasets, up to MOST_READ are read and those that fit are listed.
        """
        dialect = self._dialect
        if self._reach.sees is not None or (keywords and not dialect.searches):
            return self._filtered(keywords, page, page_size, orderby, desc)
        query = page_query(page, page_size, orderby, desc) | ({"keywords": keywords} if keywords else {})
        items, total = dialect.listed(self._transport.get(PATH, query))
        return Page(items=items, total=total, page=page, page_size=page_size)

    def _filtered(self, keywords: str, page: int, page_size: int, orderby: str, desc: bool) -> Page[Assistant]:
        """A page of those that are within reach and whose name contains the words."""
        wanted = folded(keywords)
        found: list[Assistant] = []
        for number in range(1, MOST_READ // MAX_PAGE_SIZE + 1):
            items, total = self._dialect.listed(
                self._transport.get(PATH, page_query(number, MAX_PAGE_SIZE, orderby, desc))
            )
            found += [one for one in items if wanted in folded(one.name) and self._reach.shows(one.dataset_ids)]
            if not Page(items, total, number, MAX_PAGE_SIZE).has_next:
                break
        return page_of(found, page, page_size)

    def named(self, name: str) -> Assistant | None:
        """The assistant with exactly this name; None if there is none."""
        try:
            items, _total = self._dialect.listed(self._transport.get(PATH, {"name": name}))
        except NotFound:
            return None
        return next((one for one in items if one.name == name and self._reach.shows(one.dataset_ids)), None)

    def get(self, id: str) -> Assistant:
        """One assistant. Raises NotFound if it does not exist or is not ours."""
        wanted = guards.lookup_id(id, "assistant")
        dialect = self._dialect
        path, query = dialect.lookup(wanted)
        found = dialect.looked_up(self._transport.get(path, query), wanted)
        if found is None or not self._reach.shows(found.dataset_ids):
            raise NotFound(f"No assistant with the ID “{wanted}”.", method="GET", path=path)
        self._uses[found.id] = tuple(found.dataset_ids)
        return found

    def datasets_of(self, id: str) -> tuple[str, ...]:
        """The ids of the datasets of an assistant as this client read it last; reads it if it did not. As ``get``."""
        return self._uses.get(id) or tuple(self.get(id).dataset_ids)

    def create(
        self,
        *,
        name: str,
        dataset_ids: Sequence[str] = (),
        llm: Mapping[str, Any] | None = None,
        prompt: Mapping[str, Any] | None = None,
        description: str | None = None,
        avatar: str | None = None,
        metadata_filter: Mapping[str, Any] | None = None,
    ) -> Assistant:
        """Create an assistant. Raises Rejected for a name in use, an unknown model, a dataset without chunks, or (0.24)
        a prompt text that lacks one of its variables."""
        wanted: dict[str, Any] = {"name": name, "dataset_ids": _dataset_ids(dataset_ids)}
        if llm:
            wanted["llm"] = dict(llm)
        if prompt:
            wanted["prompt"] = _with_one_weight(prompt)
        if description is not None:
            wanted["description"] = description
        if avatar is not None:
            wanted["avatar"] = avatar
        if metadata_filter:
            wanted["meta_data_filter"] = dict(metadata_filter)
        dialect = self._dialect
        with self._writes.recording("assistant.create", "assistant", ("", name), fields=sorted(wanted)) as write:
            assistant = dialect.read(self._transport.write("POST", PATH, dialect.made(wanted)))
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
        metadata_filter: Mapping[str, Any] | None = None,
    ) -> Assistant:
        """Send what differs from the assistant's current state on the server, and return the result.

        Pass ``dataset_ids=()`` to unlink its datasets. ``llm`` and ``prompt`` are merged into the stored ones;
        ``metadata_filter`` replaces the stored one.
        """
        guards.only(assistant, Assistant)
        dialect = self._dialect
        current = self.get(guards.safe_id(assistant.id, "assistant"))
        wanted: dict[str, Any] = {}
        for key, value in (("name", name), ("description", description), ("avatar", avatar)):
            if value is not None and value != getattr(current, key):
                wanted[key] = value
        if llm and (difference := _changed(llm, current.llm)):
            wanted["llm"] = difference
        if prompt and (difference := _changed(_with_one_weight(prompt), current.prompt)):
            wanted["prompt"] = difference
        if metadata_filter is not None and metadata_filter != current.metadata_filter:
            wanted["meta_data_filter"] = dict(metadata_filter)
        if dataset_ids is not None and set(ids := _dataset_ids(dataset_ids)) != set(current.dataset_ids):
            wanted["dataset_ids"] = ids
        if not wanted:
            return current
        body = dialect.change(current, wanted)
        was = {key: getattr(current, _CALLED.get(key, key)) for key in wanted}
        with self._writes.recording(
            "assistant.update",
            "assistant",
            (assistant.id, current.name),
            changed=sorted(wanted),
            **differing(was, wanted),
        ):
            self._transport.write(dialect.method, f"{PATH}/{current.id}", body)
        return chats.changed(current, wanted)

    def delete(self, assistants: Sequence[Assistant]) -> DeleteOutcome[Assistant]:
        """Delete assistants with their sessions. After a partial failure, each is looked up again.

        The body has only ``ids``: since 0.25, RAGFlow deletes the assistant named by ``chat_id`` whoever it belongs to
        (ragflow-0.27 §0.11; ``last_check`` enforces it).
        """
        chosen = guards.some(assistants, Assistant)
        for assistant in chosen:
            guards.safe_id(assistant.id, "assistant")
        return in_portions(chosen, self._delete)

    def _delete(self, chosen: tuple[Assistant, ...]) -> DeleteOutcome[Assistant]:
        targets = [(assistant.id, assistant.name) for assistant in chosen]
        with self._writes.recording("assistant.delete", "assistant", *targets) as write:
            answer = self._transport.write("DELETE", PATH, {"ids": [assistant.id for assistant in chosen]})
            reasons = "" if answer.empty else errors_in(answer.decode(_report))
            if not reasons:
                return DeleteOutcome(deleted=chosen)
            return verify_deleted(chosen, lambda assistant: self.get(assistant.id), reasons, write)


def _with_one_weight(prompt: Mapping[str, Any]) -> dict[str, Any]:
    if "keywords_similarity_weight" in prompt:
        raise UnsafeCall("keywords_similarity_weight means its opposite; pass vector_similarity_weight")
    return dict(prompt)


def _changed(wanted: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in wanted.items() if key not in stored or stored[key] != value}


def _dataset_ids(ids: Sequence[str]) -> list[str]:
    if isinstance(ids, str):
        raise UnsafeCall("dataset_ids is a sequence of ids, not a string")
    return [guards.safe_id(dataset_id, "dataset") for dataset_id in ids]
