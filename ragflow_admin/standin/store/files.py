"""The uploaded files: one file per document id, in folders by the id's first digits."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def _folder() -> Path:
    return Path(os.environ["STANDIN_DATA"]) / "files"


def path_of(document_id: str) -> Path:
    return _folder() / document_id[:2] / document_id


def incoming() -> Path:
    """The folder for unfinished uploads, on the same disk as the files."""
    folder = _folder() / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keep(document_id: str, arrived: Path) -> None:
    """Makes an uploaded file the document's file."""
    target = path_of(document_id)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(arrived, target)


def write(document_id: str, content: bytes) -> None:
    target = path_of(document_id)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def copy(document_id: str, source: Path) -> None:
    target = path_of(document_id)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def remove(document_id: str) -> None:
    path_of(document_id).unlink(missing_ok=True)
