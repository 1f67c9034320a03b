"""Static files for production: hashed, compressed, our style sheet in one piece, and of libraries' what we use."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import brotli
from django.core.files.base import ContentFile
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

from dashboard.core.rendering import purge

# Bytes. Above them Brotli's highest quality takes seconds, and the one below makes a tenth more of it.
LARGE: Final = 300_000

_IMPORT = re.compile(r'^@import url\("([^"]+)"\);\n?', re.MULTILINE)


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's storage, which also puts ``@import``-ed sheets in place, one request instead of twenty, and leaves
    rules out that no page can need.

    While developing the browser follows the imports by itself, so there is nothing to build.
    """

    support_js_module_import_aggregation = True
    # only in our own modules: a comment in htmx's extensions reads like an import
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )
    joined = ("css/core/app.css",)
    purged = ("tabler/tabler.min.css",)

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Called by collectstatic with the collected files: name → (storage, path)."""
        if not dry_run:
            for name in self.joined:
                if name in paths:
                    self._put(paths, name, _with_imports(paths, name))
            known = purge.words(purge.sources())
            for name in self.purged:
                if name in paths:
                    self._put(paths, name, purge.purge(_text(paths, name), known))
        yield from super().post_process(paths, dry_run, **options)

    def _put(self, paths: dict[str, Any], name: str, text: str) -> None:
        if self.exists(name):
            self.delete(name)
        self._save(name, ContentFile(text.encode()))
        paths[name] = (self, name)

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


def _with_imports(paths: dict[str, Any], name: str) -> str:
    """The sheet ``name`` with each import replaced by the sheet itself. Raises KeyError for one that is missing."""
    folder = posixpath.dirname(name)
    return _IMPORT.sub(
        lambda found: _with_imports(paths, posixpath.normpath(posixpath.join(folder, found[1]))), _text(paths, name)
    )


def _text(paths: dict[str, Any], name: str) -> str:
    storage, path = paths[name]
    with storage.open(path) as file:
        text: str = file.read().decode()
    return text
