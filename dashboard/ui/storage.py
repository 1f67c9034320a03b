"""Static files for production: hashed, compressed, and our style sheet in one piece."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

_IMPORT = re.compile(r'^@import url\("([^"]+)"\);\n?', re.MULTILINE)


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's storage, which also puts ``@import``-ed sheets in place: one request instead of twenty.

    While developing the browser follows the imports by itself, so there is nothing to build.
    """

    support_js_module_import_aggregation = True
    # only in our own modules: a comment in htmx's extensions reads like an import
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )
    joined = ("css/app.css",)

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Called by collectstatic with the collected files: name → (storage, path)."""
        if not dry_run:
            for name in self.joined:
                if name in paths:
                    text = _with_imports(paths, name)
                    if self.exists(name):
                        self.delete(name)
                    self._save(name, ContentFile(text.encode()))
                    paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Only what pages link to, by its hash: compressing is nearly all that a first start takes time for."""
        linked = set(self.hashed_files.values())
        yield from super().compress_files(path for path in paths if path in linked)


def _with_imports(paths: dict[str, Any], name: str) -> str:
    """The sheet ``name`` with each import replaced by the sheet itself. Raises KeyError for one that is missing."""
    storage, path = paths[name]
    with storage.open(path) as file:
        text: str = file.read().decode()
    return _IMPORT.sub(lambda found: _with_imports(paths, posixpath.join(posixpath.dirname(name), found[1])), text)
