"""Finds out what was deleted after a delete that failed in part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from dashboard.ragflow.errors import NotFound, RAGFlowError
from dashboard.ragflow.http.json_repair import words
from dashboard.ragflow.paging import in_hundreds
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.safety.writes import Write
from dashboard.ragflow.types import DeleteOutcome

Item = TypeVar("Item")


def verify_deleted(
    chosen: tuple[Item, ...], look_up: Callable[[Item], Any], reason: str, write: Write
) -> DeleteOutcome[Item]:
    """Look up every item; those that raise NotFound count as deleted, whoever deleted them.

    If any are left, the write is reported as failed. If a lookup fails, the outcome is unknown.
    """

    def exists(item: Item) -> bool:
        try:
            look_up(item)
        except NotFound:
            return False
        return True

    try:
        there = parallel(*((lambda item=item: exists(item)) for item in chosen))
    except RAGFlowError as error:
        error.maybe_done = True
        raise
    deleted = tuple(item for item, left in zip(chosen, there, strict=True) if not left)
    failed = tuple(item for item, left in zip(chosen, there, strict=True) if left)
    if failed:
        write.detail["remaining"] = len(failed)
        write.failed_partly(reason)
    return DeleteOutcome(deleted=deleted, failed=failed, message=reason if failed else "")


def in_portions(
    chosen: tuple[Item, ...], delete: Callable[[tuple[Item, ...]], DeleteOutcome[Item]]
) -> DeleteOutcome[Item]:
    """Delete a hundred items per call: longer lists of ids are refused since 0.27 (ragflow-0.27 §0.1).

    If a call fails, the earlier ones are done, and the error says that the write may have happened.
    """
    done: list[DeleteOutcome[Item]] = []
    for portion in in_hundreds(chosen):
        try:
            done.append(delete(tuple(portion)))
        except RAGFlowError as error:
            error.maybe_done = error.maybe_done or bool(done)
            raise
    return DeleteOutcome(
        deleted=tuple(item for outcome in done for item in outcome.deleted),
        failed=tuple(item for outcome in done for item in outcome.failed),
        message="; ".join(dict.fromkeys(outcome.message for outcome in done if outcome.message)),
    )


def unfinished(report: dict[str, Any], asked: int) -> str:
    """Why a delete of ``asked`` items is incomplete by its own report, which may count fewer; "" if it is complete."""
    if reasons := errors_in(report):
        return reasons
    done = report.get("success_count", report.get("deleted"))
    return f"RAGFlow deleted {done} of {asked}." if isinstance(done, int) and done < asked else ""


def errors_in(report: dict[str, Any]) -> str:
    """The reasons in a ``{"success_count", "errors"}`` report as one string; "" if there are none."""
    found = report.get("errors")
    if isinstance(found, list):
        return "; ".join(words(found))
    return str(found) if isinstance(found, (str, int, float)) and found else ""
