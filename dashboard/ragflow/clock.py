"""RAGFlow's times: epoch milliseconds (contract §1.1)."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(milliseconds: float | None) -> datetime | None:
    """Epoch milliseconds as an aware UTC time; None for None, 0 and impossible times."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None
    except (ValueError, OverflowError, OSError):
        return None
