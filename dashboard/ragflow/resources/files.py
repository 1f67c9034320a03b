"""RAGFlow's file manager, as far as documents are made of its files (contract §9.5, §21). It is only read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from dashboard.ragflow.http.transport import Transport

PAGE: Final = 100
# So many calls at most; a larger file manager is not seen whole.
CALLS: Final = 25


@dataclass(frozen=True, slots=True)
class ManagedFile:
    """A file of the file manager: where it lies ("Contracts/office.txt"), and how many documents are made of it."""

    path: str
    documents: int


@dataclass(frozen=True, slots=True)
class Originals:
    """Files by the id of each document that is made of one; ``complete`` unless there were too many to look at."""

    files: Mapping[str, ManagedFile]
    complete: bool


class _WireLink(msgspec.Struct):
    document_id: str


class _WireFile(msgspec.Struct):
    id: str
    name: str
    type: str | None = None
    source_type: str | None = None
    kbs_info: list[_WireLink] | None = None


class _WireFiles(msgspec.Struct):
    files: list[_WireFile]
    total: int = 0


_listing = msgspec.json.Decoder(_WireFiles)


class Files:
    """The files of the file manager."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def originals(self) -> Originals:
        """Of which files documents are made, folder by folder; at most CALLS calls, one after the other.

        What was uploaded into a dataset has an entry, too, in a hidden folder: that is the document's own.
        """
        found: dict[str, ManagedFile] = {}
        folders: list[tuple[str | None, str]] = [(None, "")]
        seen: set[str] = set()
        calls = 0
        while folders:
            folder, path = folders.pop(0)
            number, more = 1, True
            while more:
                if calls >= CALLS:
                    return Originals(found, complete=False)
                calls += 1
                query: dict[str, Any] = {"page": number, "page_size": PAGE}
                if folder:
                    query["parent_id"] = folder
                listed = self._transport.get("/api/v1/file/list", query).decode(_listing)
                for file in listed.files:
                    # The root folder lists itself, on some servers.
                    if file.source_type == "knowledgebase" or file.id in seen or file.name == "/":
                        continue
                    seen.add(file.id)
                    if file.type == "folder":
                        folders.append((file.id, f"{path}{file.name}/"))
                    links = file.kbs_info or []
                    managed = ManagedFile(f"{path}{file.name}", len(links))
                    found.update({link.document_id: managed for link in links})
                more = bool(listed.files) and number * PAGE < listed.total
                number += 1
        return Originals(found, complete=True)
