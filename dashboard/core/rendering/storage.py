"""Static files for production: hashed, compressed, our style sheet in one piece."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import brotli
from django.core.files.base import ContentFile
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Bytes. Above them Brotli's highest quality takes seconds, and the one below makes a tenth more of it.
LARGE: Final = 300_000
SHEET: Final = "css/core/app.css"
_IMPORT: Final = re.compile(r'^@import url\("([^"]+)"\);\n', re.MULTILINE)


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's storage, which also puts the sheets in place that app.css imports: one request instead of forty.

    While developing the browser follows the imports by itself, so there is nothing to build.
    """

    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Called by collectstatic with the collected files: name → (storage, path)."""
        if not dry_run:
            folder = posixpath.dirname(SHEET)
            joined = _IMPORT.sub(lambda found: _text(paths, f"{folder}/{found[1]}"), _text(paths, SHEET))
            self.delete(SHEET)
            self.save(SHEET, ContentFile(joined.encode()))
            paths[SHEET] = (self, SHEET)
        yield from super().post_process(paths, dry_run, **options)

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Only what pages link to, by its hash: compressing is nearly all that a first start takes time for."""
        linked = set(self.hashed_files.values())
        yield from super().compress_files(path for path in paths if path in linked)

    def create_compressor(self, **options: Any) -> Compressor:
        """What compresses a file: well when it is part of pages, fast when it is a large library."""
        return _Compressor(**options)


class _Compressor(Compressor):  # type: ignore[misc]
    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        compressed: bytes = brotli.compress(data, quality=9 if len(data) > LARGE else 11)
        return compressed


def _text(paths: dict[str, Any], name: str) -> str:
    storage, path = paths[posixpath.normpath(name)]
    with storage.open(path) as file:
        text: str = file.read().decode()
    return text
