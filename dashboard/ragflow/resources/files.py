"""RAGFlow's file manager, read-only, as far as documents are linked to its files (contract §9.5, §21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from dashboard.ragflow.http.transport import Transport

PAGE: Final = 100
# The maximum number of calls; a larger file manager is not read completely.
CALLS: Final = 25


@dataclass(frozen=True, slots=True)
class ManagedFile:
    """A file of the file manager: its path ("Contracts/office.txt"), and the number of documents linked to it."""

    path: str
    documents: int


@dataclass(frozen=True, slots=True)
class Originals:
    """Files by the id of each document linked to one; ``complete`` unless there were too many to read."""

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
        """The files that documents are linked to, read folder by folder in at most CALLS sequential calls.

        Direct uploads to a dataset are listed too, in a hidden folder; these belong to the document and are skipped.
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
                    # On some servers, the root folder lists itself.
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
