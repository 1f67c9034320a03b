"""A static files finder for the icon sprite, which is generated from ``@tabler/icons``."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage

from dashboard.core.rendering import icons


class IconFinder(BaseFinder):
    """Finds ``icons.SPRITE``, for ``collectstatic`` and, always up to date, during development."""

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """An error if the installed package lacks an icon; none where packages are not installed, as in an image."""
        if not Path(settings.NODE_MODULES).is_dir():
            return []
        try:
            icons.sprite()
        except icons.UnknownIcon as error:
            return [Error(str(error), hint="Run npm ci.", id="dashboard.E002")]
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The absolute path of the sprite, or [] for any other ``path``."""
        if path != icons.SPRITE:
            return []
        found = str(_made() / path)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """(path, storage) of the sprite."""
        yield icons.SPRITE, FileSystemStorage(location=_made())


def _made() -> Path:
    """The folder of the sprite, which is rewritten only if it changed: `prepare` compares modification times."""
    folder = Path(settings.VAR_DIR) / "made"
    file, content = folder / icons.SPRITE, icons.sprite()
    if not file.is_file() or file.read_text(encoding="utf-8") != content:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Replaced atomically: another process may be reading it.
        handle, name = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as half:
            half.write(content)
        Path(name).replace(file)
    return folder
