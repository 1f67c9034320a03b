"""Pages and lists of ids: what 0.27 accepts (ragflow-0.27 §0.1, §6 "Lists")."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import Any, Final

MOST: Final = 100


def page_of(args: Mapping[str, Any], size: int = 30) -> tuple[int, int]:
    """(offset, limit) from `page` and `page_size` of a query or a JSON body.

    Anything but a positive number counts as page 1, and as `size` rows. Raises ValueError (code 100) for a `page_size`
    above 100. Datasets and files are stricter and don't use this.
    """
    limit = _positive(args.get("page_size"), size)
    if limit > MOST:
        raise ValueError(f"page_size must be less than or equal to {MOST}")
    return (_positive(args.get("page"), 1) - 1) * limit, limit


def _positive(value: Any, otherwise: int) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        return otherwise
    return number if number > 0 else otherwise


def at_most(ids: Sized, name: str) -> None:
    """Raises ValueError (code 100) for a list of more than 100 ids; `name` is the field's."""
    if len(ids) > MOST:
        raise ValueError(f"{name} must contain at most {MOST} items")
