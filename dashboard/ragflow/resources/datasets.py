"""Datasets (contract §7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final

import msgspec

from dashboard.ragflow.dialects import datasets as dialects
from dashboard.ragflow.dialects.datasets import WireDataset, dataset_of
from dashboard.ragflow.errors import NotFound, Rejected, UnsafeCall
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.paging import MAX_PAGE_SIZE, in_hundreds, page_of, page_query
from dashboard.ragflow.reach.reach import Reach
from dashboard.ragflow.releases import offers
from dashboard.ragflow.releases.detection import Detection
from dashboard.ragflow.releases.offers import Offer
from dashboard.ragflow.safety import guards
from dashboard.ragflow.safety.verify_deleted import in_portions, unfinished, verify_deleted
from dashboard.ragflow.safety.writes import Writes, differing
from dashboard.ragflow.types import Dataset, DeleteOutcome, Page, RunStatus

PATH = "/api/v1/datasets"
# Since 0.25, `parse_type` 1 means a chunk method and drops the pipeline; other numbers keep it (contract §7.1).
PIPELINE = 2

# Without a parser_config, RAGFlow 0.24 turns RAPTOR and GraphRAG on for the method naive; with one that lacks the
# delimiter, it uses a backslash and an n instead of a newline (contract §7.1).
PLAIN_PARSING: Mapping[str, Any] = {
    "delimiter": "\n",
    "raptor": {"use_raptor": False},
    "graphrag": {"use_graphrag": False},
}


_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_row = msgspec.json.Decoder(WireDataset)
_rows = msgspec.json.Decoder(list[WireDataset])
_report = msgspec.json.Decoder(dict[str, Any])


class Datasets:
    """List, read and change datasets."""

    def __init__(self, transport: Transport, detection: Detection, writes: Writes, reach: Reach) -> None:
        self._reach = reach
        self._transport = transport
        self._detection = detection
        self._writes = writes

    def list(
        self,
        page: int = 1,
        page_size: int = 30,
        orderby: str = "create_time",
        desc: bool = True,
        *,
        with_states: bool = False,
    ) -> Page[Dataset]:
        """One page, sorted by create_time or update_time. RAGFlow 0.24 can't search; use ``walk``.

        ``with_states`` asks for ``states`` too, which costs no further call; they stay None if the server can't count.
        With a reach that is limited to some datasets, the list has only these.
        """
        query = page_query(page, page_size, orderby, desc)
        if with_states and self._dialect.may_count:
            query["include_parsing_status"] = "true"
        if self._reach.sees is not None:
            return page_of(self._within_reach(self._reach.sees, query), page, page_size)
        return self._listed(query, page, page_size)

    def _listed(self, query: Mapping[str, Any], page: int, page_size: int) -> Page[Dataset]:
        answer = self._transport.get(PATH, query)
        items = tuple(dataset_of(wire) for wire in answer.decode(_rows))
        return Page(items=items, total=answer.total_datasets, page=page, page_size=page_size)

    def _within_reach(self, wanted: frozenset[str], query: Mapping[str, Any]) -> Sequence[Dataset]:
        """The datasets of these ids, sorted. 0.24 can't look up several ids: pages are read until all are found."""
        found: list[Dataset] = []
        if self._dialect.may_count:
            ids = sorted(wanted)
            for portion in in_hundreds(ids):
                rows = self._listed({**query, "page": 1, "page_size": MAX_PAGE_SIZE, "ids": portion}, 1, MAX_PAGE_SIZE)
                found += [dataset for dataset in rows if dataset.id in wanted]
            if len(ids) > MAX_PAGE_SIZE:
                changed = attrgetter("updated_at" if query.get("orderby") == "update_time" else "created_at")
                found.sort(key=lambda dataset: changed(dataset) or _LONG_AGO, reverse=query.get("desc") == "true")
            return found
        number = 0
        while True:
            number += 1
            rows = self._listed({**query, "page": number, "page_size": MAX_PAGE_SIZE}, number, MAX_PAGE_SIZE)
            found += [dataset for dataset in rows if dataset.id in wanted]
            if len(found) >= len(wanted) or not rows.has_next:
                return found

    def walk(self, page_size: int = 100) -> Iterator[Dataset]:
        """All datasets, newest first, loaded page by page on demand."""
        page = 1
        while True:
            found = self.list(page=page, page_size=page_size)
            yield from found.items
            if not found.has_next or not found.items:
                return
            page += 1

    def states(self, dataset_ids: Sequence[str]) -> dict[str, Mapping[RunStatus, int]]:
        """The number of documents by run status of each dataset, a hundred per call; without those not counted.

        Empty if the server can't count (ragflow-0.27 §6).
        """
        if not self._dialect.may_count:
            return {}
        found: dict[str, Mapping[RunStatus, int]] = {}
        for portion in in_hundreds([guards.lookup_id(one, "dataset") for one in dataset_ids]):
            query: dict[str, Any] = page_query(1, MAX_PAGE_SIZE)
            query |= {"ids": portion, "include_parsing_status": "true"}
            rows = [dataset_of(wire) for wire in self._transport.get(PATH, query).decode(_rows)]
            counted = {row.id: row.states for row in rows if row.id in portion and row.states is not None}
            if not counted:
                return found
            found |= counted
        return found

    def get(self, id: str) -> Dataset:
        """One dataset. Raises NotFound if it does not exist or is not ours."""
        dataset_id = guards.lookup_id(id, "dataset")
        rows = self._transport.get(PATH, {"id": dataset_id}).decode(_rows) if self._reach.shows([dataset_id]) else []
        for wire in rows:
            if wire.id == dataset_id:
                return dataset_of(wire)
        raise NotFound(f"No dataset with the ID “{dataset_id}”.", method="GET", path=PATH)

    def create(
        self,
        *,
        name: str,
        description: str | None = None,
        embedding_model: str | None = None,
        permission: str | None = None,
        chunk_method: str | None = None,
        parser_config: Mapping[str, Any] | None = None,
        avatar: str | None = None,
        pipeline_id: str | None = None,
        parse_type: int | None = None,
    ) -> Dataset:
        """Create a dataset; returns it as stored, because RAGFlow renames duplicates to ``name(1)``.

        Parameters that are None are left to the server. RAPTOR and GraphRAG stay off unless ``parser_config`` turns
        them on. An ingestion pipeline (``pipeline_id`` with ``parse_type``, the number of its parsers, 0 to 64)
        replaces chunk method and parser configuration; raises UnsafeCall if both are given (contract §7.1). RAGFlow
        does not check whether the pipeline exists, and does not store ``parse_type``. Since 0.25 it is not needed.
        """
        body: dict[str, Any] = {"name": name}
        piped = pipeline_id is not None or parse_type is not None
        if piped:
            parse_type = parse_type if "parsers of pipelines" in self._offered else PIPELINE
            if pipeline_id is None or parse_type is None or chunk_method is not None or parser_config is not None:
                raise UnsafeCall("a pipeline needs its id and parse_type, and neither chunk method nor parser_config")
            body |= {"pipeline_id": guards.safe_id(pipeline_id, "pipeline"), "parse_type": parse_type}
        optional = {
            "description": description,
            "embedding_model": embedding_model,
            "permission": permission,
            "chunk_method": chunk_method,
            "avatar": avatar,
        }
        body |= {key: value for key, value in optional.items() if value is not None}
        if parser_config is not None:
            body["parser_config"] = {"delimiter": "\n"} | guards.parser_config(parser_config, self._offered)
        elif chunk_method in (None, "naive") and not piped:
            body["parser_config"] = dict(PLAIN_PARSING)
        with self._writes.recording("dataset.create", "dataset", ("", name), fields=sorted(body)) as write:
            dataset = dataset_of(self._transport.write("POST", PATH, body).decode(_row))
            write.target(dataset.id, dataset.name)
        return dataset

    def update(
        self,
        dataset: Dataset,
        *,
        name: str | None = None,
        description: str | None = None,
        avatar: str | None = None,
        embedding_model: str | None = None,
        permission: str | None = None,
        chunk_method: str | None = None,
        parser_config: Mapping[str, Any] | None = None,
        pagerank: int | None = None,
        pipeline_id: str | None = None,
    ) -> Dataset:
        """Send what differs from ``dataset``; returns the stored result. Nothing is sent if nothing differs.

        ``parser_config`` is merged deeply into the stored one. Changing only the chunk method resets it to the defaults
        of that method. Raises Rejected if the embedding model would change although there are chunks. ``pipeline_id``
        may only be "", together with a chunk method, to remove the pipeline: RAGFlow 0.24 accepts a pipeline only on
        create, because it fails on ``parse_type`` here and refuses the id without it (contract §7.2).
        """
        guards.only(dataset, Dataset)
        path = f"{PATH}/{guards.safe_id(dataset.id, 'dataset')}"
        wanted = {
            "name": name,
            "description": description,
            "avatar": avatar,
            "embedding_model": embedding_model,
            "permission": permission,
            "chunk_method": chunk_method,
            "pagerank": pagerank,
        }
        body: dict[str, Any] = {
            key: value for key, value in wanted.items() if value is not None and value != getattr(dataset, key)
        }
        if body.get("avatar") == "":
            body["avatar"] = None  # the server accepts null and refuses ""
        if pipeline_id is not None and pipeline_id != dataset.pipeline_id:
            if pipeline_id or chunk_method is None:
                raise UnsafeCall("a pipeline can only be replaced by a chunk method")
            body |= {"pipeline_id": None, "chunk_method": chunk_method}
        config = None if parser_config is None else guards.parser_config(parser_config, self._offered)
        if "chunk_method" in body:
            if config is not None:
                body["parser_config"] = config
            elif chunk_method == "naive":
                body["parser_config"] = dict(PLAIN_PARSING)
        elif config is not None:
            config = guards.changed_keys(config, dataset.parser_config)
            if config:
                body["parser_config"] = config
        if not body:
            return dataset
        if "embedding_model" in body and dataset.chunk_count > 0:
            # 0.24 refuses this itself; 0.25 accepts it, and then mixes vectors of two models.
            raise Rejected(
                f"The embedding model {dataset.embedding_model} can't be changed because the dataset has chunks.",
                method="PUT",
                path=path,
            )
        was = {key: getattr(dataset, key) for key in body}
        with self._writes.recording(
            "dataset.update", "dataset", (dataset.id, dataset.name), changed=sorted(body), **differing(was, body)
        ):
            return dataset_of(self._transport.write("PUT", path, body).decode(_row))

    def delete(self, datasets: Sequence[Dataset]) -> DeleteOutcome[Dataset]:
        """Delete the datasets with their documents and chunks, a hundred per call.

        If one does not exist, RAGFlow refuses the whole call (NotFound, nothing deleted). After a partial failure, they
        are looked up again, so the outcome is accurate.
        """
        chosen = guards.some(datasets, Dataset)
        for dataset in chosen:
            guards.safe_id(dataset.id, "dataset")
        return in_portions(chosen, self._delete)

    def _delete(self, chosen: tuple[Dataset, ...]) -> DeleteOutcome[Dataset]:
        targets = [(dataset.id, dataset.name) for dataset in chosen]
        with self._writes.recording("dataset.delete", "dataset", *targets) as write:
            answer = self._transport.write("DELETE", PATH, {"ids": [dataset.id for dataset in chosen]})
            reasons = "" if answer.empty else unfinished(answer.decode(_report), len(chosen))
            if not reasons:
                return DeleteOutcome(deleted=chosen)
            return verify_deleted(chosen, lambda dataset: self.get(dataset.id), reasons, write)

    @property
    def _offered(self) -> frozenset[Offer]:
        return offers.of(self._detection.release())

    @property
    def _dialect(self) -> dialects.DatasetsDialect:
        return dialects.of(self._detection.release())
