"""Counting related rows with an index-only query."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Count, Model


def counts_of(model: type[Model], owner: str, kind: str, owners: Iterable[Any]) -> Mapping[Any, Counter[str]]:
    """The number of rows of ``model`` for each of the ``owners``' keys, by the value of their field ``kind``.

    One query on the index of (owner, kind) for any number of owners and kinds. The database does not read the rows
    themselves, of which there may be tens of thousands.
    """
    rows = model._default_manager.filter(**{f"{owner}__in": list(owners)}).order_by()
    found: defaultdict[Any, Counter[str]] = defaultdict(Counter)
    for key, value, number in rows.values_list(owner, kind).annotate(number=Count("*")):
        found[key][value] = number
    return found
