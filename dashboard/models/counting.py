"""Counting what belongs to a row, by an index alone."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, Model, OuterRef, Subquery
from django.db.models.functions import Coalesce


def count_of(model: type[Model], owner: str, **wanted: Any) -> Coalesce:
    """How many rows of ``model`` belong to the annotated row by their ``owner`` and are as ``wanted``.

    A subquery for each count, not filters over one join: with tens of thousands of rows the database then reads an
    index of (owner, state) instead of the rows.
    """
    rows = model._default_manager.filter(**{owner: OuterRef("pk")}, **wanted).order_by().values(owner)
    return Coalesce(Subquery(rows.annotate(number=Count("*")).values("number")), 0, output_field=IntegerField())
