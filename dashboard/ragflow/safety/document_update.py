"""What an update of a document sends: only what differs, since some of it costs the document its chunks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.ragflow.safety import guards
from dashboard.ragflow.types import Document


def changes(  # noqa: PLR0917 - the fields of an update
    current: Document,
    name: str | None,
    enabled: bool | None,
    chunk_method: str | None,
    parser_config: Mapping[str, Any] | None,
    meta_fields: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The body of the call that gives ``current`` these values, without those it has; None leaves a value alone."""
    body: dict[str, Any] = {}
    if name is not None and name != current.name:
        body["name"] = name
    if enabled is not None and enabled != current.enabled:
        body["enabled"] = int(enabled)
    if meta_fields is not None and guards.changed_keys(meta_fields, current.meta_fields):
        body["meta_fields"] = dict(meta_fields)
    if chunk_method is not None and chunk_method != current.chunk_method:
        body["chunk_method"] = chunk_method
    if parser_config is not None:
        config = guards.parser_config(parser_config)
        if "chunk_method" in body or guards.changed_keys(config, current.parser_config):
            # 0.24 forgets a stored raptor block that is not sent along.
            stored = guards.parser_config(current.parser_config)
            if "raptor" in stored:
                config["raptor"] = stored["raptor"] | config.get("raptor", {})
            body["parser_config"] = config
    return body
