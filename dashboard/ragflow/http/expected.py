"""What a transport expects of the objects that it is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from dashboard.ragflow.errors import RAGFlowError


class Body(Protocol):
    """A request body of known length."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[bytes]: ...


class Watch(Protocol):
    """Knows which release the server is; ``releases.detection.Detection`` is one."""

    def before_write(self, path: str) -> None: ...
    def explain(self, error: RAGFlowError) -> RAGFlowError: ...
