"""Stacked bars as SVG: the sizes are attributes of rects, since the CSP allows no inline styles."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

PARTS = ("done", "run", "stall", "fail", "stop", "todo")
SMALLEST = 0.9  # per cent: keeps a single failure among thousands visible


def widths(amounts: Mapping[str, float]) -> dict[str, float]:
    """The percentage of each non-empty part. Small parts are enlarged at the expense of the largest."""
    total = sum(amounts.values())
    shares = {kind: max(amount / total * 100, SMALLEST) for kind, amount in amounts.items() if amount > 0}
    over = sum(shares.values()) - 100
    if over > 0:
        shares[max(shares, key=lambda kind: shares[kind])] -= over
    return shares


def bar(label: str, amounts: Mapping[str, float], css: str = "") -> SafeString:
    """The bar as SVG with ``label`` for screen readers. ``amounts`` by part, drawn in the order of PARTS."""
    unknown = set(amounts) - set(PARTS)
    if unknown:
        raise ValueError(f"Unknown parts of a bar: {', '.join(sorted(unknown))}. Use {', '.join(PARTS)}.")
    shares = widths({kind: amounts.get(kind, 0) for kind in PARTS})
    rects, start = [], 0.0
    for kind, share in shares.items():
        rects.append((kind, f"{start:.2f}", f"{share:.2f}"))
        start += share
    return format_html(
        '<svg class="ra-bar {}" role="img" aria-label="{}" preserveAspectRatio="none">{}</svg>',
        css,
        label,
        format_html_join("", '<rect class="s-{}" x="{}%" width="{}%" height="100%"/>', rects),
    )
