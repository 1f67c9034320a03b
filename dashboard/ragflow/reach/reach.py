"""What a client may read and change on its server."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Reach:
    """``sees``: the datasets that may be read; None: everything on the server, also what belongs to no dataset.

    ``edits``: the datasets that may be changed; None: everything on the server.
    """

    sees: frozenset[str] | None = None
    edits: frozenset[str] | None = None

    @property
    def is_everything(self) -> bool:
        return self.sees is None and self.edits is None

    def shows(self, dataset_ids: Collection[str]) -> bool:
        """Whether something that uses these datasets may be seen. What uses none is part of the whole server."""
        return self.sees is None or (bool(dataset_ids) and self.sees.issuperset(dataset_ids))

    def changes(self, dataset_ids: Collection[str]) -> bool:
        """Whether something that uses these datasets may be changed."""
        return self.edits is None or (bool(dataset_ids) and self.edits.issuperset(dataset_ids))


EVERYTHING: Final = Reach()
