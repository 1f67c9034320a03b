"""The filters of both Django and Jinja2 templates: ``{{ document.size|file_size }}``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from dashboard.core import formatting


def hostname(address: str) -> str:
    """``http://ragflow.internal:9380`` → ``ragflow.internal:9380``."""
    return urlsplit(address).netloc or address


def score(value: float | None) -> str:
    """A similarity with two decimals; None → a dash."""
    return formatting.NOTHING if value is None else f"{value:.2f}"


def share_width(value: float | None, full: float = 1.0) -> str:
    """0.834 → ``83.4%``, the ``width`` of an SVG rect; ``full`` is the value that means 100%."""
    return f"{max(0.0, min(1.0, (value or 0.0) / full)) * 100:.1f}%"


def milliseconds(value: float | None) -> str:
    """``38 ms``, or ``4.2 s`` from one second."""
    if value is None:
        return formatting.NOTHING
    return f"{value:,.0f}{formatting.NBSP}ms" if value < 1000 else formatting.duration(value / 1000)


def unlocalised(value: object) -> str:
    """A number for an HTML attribute: no separators, a decimal point, no trailing zeros."""
    if isinstance(value, (int, float)):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return "" if value is None else str(value)


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "ago": formatting.moment,
    "clipped": formatting.clipped,
    "compact": formatting.compact,
    "duration": formatting.duration,
    "file_size": formatting.file_size,
    "hostname": hostname,
    "initials": formatting.initials,
    "legible": formatting.drawn,
    "milliseconds": milliseconds,
    "percent": formatting.percent,
    "score": score,
    "share_width": share_width,
    "shortened": formatting.shortened,
    "unlocalised": unlocalised,
    "visible": formatting.visible,
    "count": formatting.count,
}
