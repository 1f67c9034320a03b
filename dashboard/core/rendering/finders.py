"""Static files out of ``node_modules``: exactly the ones that pages ask for, not whole packages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage


class PackageFinder(BaseFinder):
    """Finds the files of ``settings.NPM_FILES``: name under /static/ → path under ``settings.NODE_MODULES``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.files: dict[str, str] = settings.NPM_FILES
        self.root = Path(settings.NODE_MODULES)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """An error for each file that is not installed."""
        missing = [path for path in self.files.values() if not (self.root / path).is_file()]
        return [Error(f"{path} is not installed.", hint="Run npm ci.", id="dashboard.E001") for path in missing]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The absolute path of ``/static/<path>``, or [] when it is none of ours."""
        source = self.files.get(path)
        if source is None or not (self.root / source).is_file():
            return []
        found = str(self.root / source)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """(path, storage) of each file; the storage answers the name under /static/."""
        storage = _Renamed(self.files, self.root)
        for name in self.files:
            yield name, storage


class _Renamed(FileSystemStorage):
    """Reads the packages' files under the names we serve them as."""

    def __init__(self, files: dict[str, str], root: Path) -> None:
        super().__init__(location=root)
        self.files = files

    def path(self, name: str) -> str:
        return super().path(self.files[name])
