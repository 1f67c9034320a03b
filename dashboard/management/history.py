"""Detects a database that is too old for the squashed migration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import Error, Tags, register
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

LAST_REPLACED = ("dashboard", "0011_run_trouble")
REPLACING = ("dashboard", "0001_squashed")


@register(Tags.database)
def check_history(databases: Sequence[str] | None = None, **_options: Any) -> list[Error]:
    """An error if only some of the replaced migrations were applied, which Django would silently accept."""
    found = []
    for name in databases or ():
        applied = {key for key in MigrationRecorder(connections[name]).applied_migrations() if key[0] == "dashboard"}
        if applied and not applied & {LAST_REPLACED, REPLACING}:
            hint = "Start version 0.1.0 with this database once to upgrade it, and then this version."
            found.append(Error("The database is too old to be upgraded by this version.", hint=hint))
    return found
