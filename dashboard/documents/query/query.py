"""The query of the documents table, as read from its address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlencode

from django.http import QueryDict

from dashboard.conditions.conditions import Conditions
from dashboard.core.paging import PageRequest
from dashboard.core.sorting import Sort
from dashboard.documents.query import kinds
from dashboard.documents.query.upload_dates import UploadDateRange
from dashboard.ragflow.names import forms
from dashboard.ragflow.types import RunStatus

# The value in the address for each run status of RAGFlow.
STATUSES: Final = {
    "not-parsed": RunStatus.UNSTART,
    "parsing": RunStatus.RUNNING,
    "failed": RunStatus.FAIL,
    "parsed": RunStatus.DONE,
    "cancelled": RunStatus.CANCEL,
}
STALLED: Final = "stalled"
# The column in the address → RAGFlow's own column.
COLUMNS: Final = {
    "name": "name",
    "status": "progress",
    "type": "suffix",
    "method": "parser_id",
    "took": "process_duration",
    "enabled": "status",
    "chunks": "chunk_num",
    "tokens": "token_num",
    "size": "size",
    "uploaded": "create_time",
    "updated": "update_time",
}
DEFAULT_SORT: Final = Sort("uploaded", desc=True)
SIZES: Final = (50, 100)
SEARCH_LENGTH: Final = 200


@dataclass(frozen=True)
class Query:
    """Filters, order and page. ``status`` is a key of STATUSES, "stalled", or "" for all.

    ``kind`` is a key of kinds.BY_KEY or "", ``conditions`` apply to the documents' metadata, ``days`` to their upload.
    """

    status: str
    search: str
    sort: Sort
    page: PageRequest
    kind: str = ""
    conditions: Conditions = field(default_factory=Conditions)
    days: UploadDateRange = field(default_factory=UploadDateRange)

    @property
    def narrowed(self) -> bool:
        """Whether a filter other than the status is active."""
        return bool(self.search or self.kind or self.conditions or self.days)

    @property
    def in_other_form(self) -> Query | None:
        """The query with the search in its other Unicode form, since RAGFlow compares bytes; None if it has none."""
        other = [form for form in forms(self.search)[1:] if len(form) <= SEARCH_LENGTH]
        return replace(self, search=other[0]) if other else None

    @classmethod
    def read(cls, query: QueryDict) -> Query:
        """Read the query from an address, ignoring invalid values."""
        status = query.get("status", "")
        return cls(
            status=status if status in STATUSES or status == STALLED else "",
            search=query.get("q", "").strip()[:SEARCH_LENGTH],
            sort=Sort.read(query, COLUMNS, DEFAULT_SORT),
            page=PageRequest.read(query, SIZES, SIZES[0]),
            kind=query.get("type", "") if query.get("type") in kinds.BY_KEY else "",
            conditions=Conditions.read(query).usable,
            days=UploadDateRange.read(query),
        )

    def encode(self, **changes: Any) -> str:
        """The query string, starting with ``?``, or "" for the plain list. With changes, the first page."""
        wanted = replace(self, **changes) if changes else self
        if changes and "page" not in changes:
            wanted = replace(wanted, page=PageRequest(1, self.page.size))
        text = urlencode(list(wanted.parameters()))
        return f"?{text}" if text else ""

    def parameters(self) -> Iterator[tuple[str, str]]:
        """The parameters that differ from the plain list. A name may occur several times."""
        yield from self._plain({"status": self.status, "q": self.search, "type": self.kind})
        yield from self._plain({"from": self.days.first, "to": self.days.last})
        yield from self.conditions.parameters()
        yield from self._plain({
            "sort": "" if self.sort == DEFAULT_SORT else self.sort,
            "page": "" if self.page.number == 1 else self.page.number,
            "page_size": "" if self.page.size == SIZES[0] else self.page.size,
        })  # fmt: skip

    def fields(self) -> dict[str, str]:
        """The parameters for a form with unique names: all conditions are encoded in ``conditions``."""
        inner = list(self.conditions.parameters())
        plain = dict(part for part in self.parameters() if part not in inner)
        return plain | ({"conditions": urlencode(inner)} if inner else {})

    def beside_the_bar(self) -> list[tuple[str, str]]:
        """The parameters that the filter bar passes on as hidden fields."""
        return [part for part in self.parameters() if part[0] not in ("q", "type", "from", "to", "page")]

    def beside_conditions(self) -> list[tuple[str, str]]:
        """The parameters that the conditions builder passes on as hidden fields."""
        return list(replace(self, conditions=Conditions(), page=PageRequest(1, self.page.size)).parameters())

    def without_filters(self) -> Query:
        """All documents, in the same order."""
        return Query("", "", self.sort, PageRequest(1, self.page.size))

    @staticmethod
    def _plain(values: dict[str, object]) -> Iterator[tuple[str, str]]:
        return ((name, str(value)) for name, value in values.items() if value)
