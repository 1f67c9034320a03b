"""Validation of the dataset routes, with the messages of the real server's schema library (contract §1.4)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from ragflow_admin.standin.face024.datasets.parser_config import METHODS
from ragflow_admin.standin.http.answers import Refused

MISSING = object()


class Wrong(Exception):
    """A value is invalid; the message has the library's wording."""


Check = Callable[[Any], Any]
# The values and the body to the lines about them.
Rule = Callable[[dict[str, Any], dict[str, Any]], list[str]]


@dataclass(frozen=True)
class Field:
    check: Check
    required: bool = False
    null: bool = False
    fields: dict[str, Field] | None = field(default=None)


def choices(names: tuple[str, ...]) -> str:
    quoted = [f"'{name}'" for name in names]
    return ", ".join(quoted[:-1]) + " or " + quoted[-1]


def text(low: int = 0, high: int | None = None, strip: bool = False) -> Check:
    def check(value: Any) -> Any:
        if not isinstance(value, str):
            raise Wrong("Input should be a valid string")
        out = value.strip() if strip else value
        if len(out) < low:
            raise Wrong(f"String should have at least {low} character{'s' if low != 1 else ''}")
        if high is not None and len(out) > high:
            raise Wrong(f"String should have at most {high} characters")
        return out

    return check


def one_of(*names: str, lower: bool = False) -> Check:
    def check(value: Any) -> Any:
        out = value.strip().lower() if lower and isinstance(value, str) else value
        if out not in names:
            raise Wrong(f"Input should be {choices(names)}")
        return out

    return check


def number(low: float | None = None, high: float | None = None, whole: bool = True) -> Check:
    kind = "integer" if whole else "number"

    def check(value: Any) -> Any:
        if isinstance(value, str):
            try:
                value = int(value) if whole else float(value)
            except ValueError:
                raise Wrong(f"Input should be a valid {kind}, unable to parse string as an {kind}") from None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Wrong(f"Input should be a valid {kind}")
        if whole and value != int(value):
            raise Wrong("Input should be a valid integer, got a number with a fractional part")
        if low is not None and value < low:
            raise Wrong(f"Input should be greater than or equal to {low}")
        if high is not None and value > high:
            raise Wrong(f"Input should be less than or equal to {high}")
        return int(value) if whole else float(value)

    return check


TRUE, FALSE = {"1", "true", "t", "yes", "y", "on"}, {"0", "false", "f", "no", "n", "off"}


def boolean(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, str)):
        word = str(value).lower()
        if word in TRUE or word in FALSE:
            return word in TRUE
        raise Wrong("Input should be a valid boolean, unable to interpret input")
    raise Wrong("Input should be a valid boolean")


def listing(value: Any) -> Any:
    if not isinstance(value, list):
        raise Wrong("Input should be a valid list")
    return value


def uuid1(value: Any) -> str:
    """An id of the dataset routes: a version 1 UUID, returned as 32 hex digits."""
    try:
        parsed = uuid.UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise Wrong("Invalid UUID1 format") from None
    if parsed.version != 1:
        raise Wrong("Invalid UUID1 format")
    return parsed.hex


def uuid1_list(value: Any) -> Any:
    ids = [uuid1(item) for item in listing(value)]
    repeats = sorted({item for item in ids if ids.count(item) > 1}, key=ids.index)
    if repeats:
        raise Wrong("Duplicate ids: " + ", ".join(f"'{item}'" for item in repeats))
    return ids


def embedding_model(value: Any) -> Any:
    name = text(0, 255, strip=True)(value)
    if "@" not in name:
        raise Wrong("Embedding model identifier must follow <model_name>@<provider> format")
    if not all(part.strip() for part in name.split("@", 1)):
        raise Wrong("Both model_name and provider must be non-empty strings")
    return name


def pipeline_id(value: Any) -> Any:
    low = str(text(32, 32)(value)).lower()
    if set(low) - set("0123456789abcdef"):
        raise Wrong("pipeline_id must be hexadecimal")
    return low


def avatar(value: Any) -> Any:
    data = text(0, 65535)(value)
    if "," not in data:
        raise Wrong("Missing MIME prefix. Expected format: data:<mime>;base64,<data>")
    prefix = data.split(",", 1)[0]
    if not prefix.startswith("data:"):
        raise Wrong("Invalid MIME prefix format. Must start with 'data:'")
    if prefix[5:].split(";")[0] not in ("image/jpeg", "image/png"):
        raise Wrong("Unsupported MIME type. Allowed: ['image/jpeg', 'image/png']")
    return data


def _any(value: Any) -> Any:
    return value


def group(**fields: Field) -> Field:
    return Field(_any, null=True, fields=fields)


PARSER_CONFIG = group(
    auto_keywords=Field(number(0, 32)),
    auto_questions=Field(number(0, 10)),
    chunk_token_num=Field(number(1, 2048)),
    delimiter=Field(text(1)),
    graphrag=group(
        use_graphrag=Field(boolean),
        entity_types=Field(listing),
        method=Field(one_of("light", "general")),
        community=Field(boolean),
        resolution=Field(boolean),
    ),
    html4excel=Field(boolean),
    layout_recognize=Field(text()),
    raptor=group(
        use_raptor=Field(boolean),
        prompt=Field(text(1)),
        max_token=Field(number(1, 2048)),
        threshold=Field(number(0, 1, whole=False)),
        max_cluster=Field(number(1, 1024)),
        random_seed=Field(number(0)),
        auto_disable_for_structured_data=Field(boolean),
    ),
    tag_kb_ids=Field(listing),
    topn_tags=Field(number(1, 10)),
    filename_embd_weight=Field(number(0, 1, whole=False), null=True),
    task_page_size=Field(number(1), null=True),
    pages=Field(listing, null=True),
)

CREATE = {
    "name": Field(text(1, 128, strip=True), required=True),
    "avatar": Field(avatar, null=True),
    "description": Field(text(0, 65535), null=True),
    "embedding_model": Field(embedding_model, null=True),
    "permission": Field(one_of("me", "team", lower=True)),
    "chunk_method": Field(one_of(*METHODS)),
    "parse_type": Field(number(0, 64), null=True),
    "pipeline_id": Field(pipeline_id, null=True),
    "parser_config": PARSER_CONFIG,
}
UPDATE = {
    **{name: Field(f.check, null=f.null, fields=f.fields) for name, f in CREATE.items()},
    "pagerank": Field(number(0, 100)),
}
LIST = {
    "id": Field(uuid1),
    "name": Field(text()),
    "page": Field(number(1)),
    "page_size": Field(number(1)),
    "orderby": Field(one_of("create_time", "update_time")),
    "desc": Field(boolean),
}
DELETE = {"ids": Field(uuid1_list, required=True, null=True)}


def report(path: str, message: str, value: Any) -> str:
    """The line about one invalid field."""
    shown = str(value)
    shown = shown[:125] + "..." if len(shown) > 128 else shown
    return f"Field: <{path}> - Message: <{message}> - Value: <{shown}>"


def _walk(fields: dict[str, Field], body: dict[str, Any], path: str, wrong: list[str]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, spec in fields.items():
        where = f"{path}{name}"
        value = body.get(name, MISSING)
        if value is MISSING:
            if spec.required:
                wrong.append(report(where, "Field required", body))
            continue
        if value is None and spec.null:
            out[name] = None
            continue
        if spec.fields is not None:
            if isinstance(value, dict):
                out[name] = _walk(spec.fields, value, where + ".", wrong)
            else:
                message = "Input should be a valid dictionary or instance of ParserConfig"
                wrong.append(report(where, message, value))
            continue
        try:
            out[name] = spec.check(value)
        except Wrong as error:
            wrong.append(report(where, str(error), value))
    wrong += [
        report(f"{path}{name}", "Extra inputs are not permitted", value)
        for name, value in body.items()
        if name not in fields
    ]
    return out


def checked(fields: dict[str, Field], body: dict[str, Any], rule: Rule | None = None) -> dict[str, Any]:
    """The validated values, which `rule` may look at together. Raises Refused 101 with one line per invalid field."""
    wrong: list[str] = []
    out = _walk(fields, body, "", wrong)
    if not wrong and rule is not None:
        wrong += rule(out, body)
    if wrong:
        raise Refused(101, "\n".join(wrong))
    return out


def method_or_pipeline(out: dict[str, Any], body: dict[str, Any]) -> list[str]:
    """A dataset has a chunk method or a pipeline (parse_type with pipeline_id), never both."""
    extra = [name for name in ("parse_type", "pipeline_id") if out.get(name) is not None]
    if out.get("chunk_method") is not None and extra:
        message = "parser_id provided \u2192 disallowed fields present: " + ", ".join(extra)
        return [report("", message, body)]
    if len(extra) == 1:
        absent = "pipeline_id" if extra == ["parse_type"] else "parse_type"
        message = f"parser_id omitted \u2192 required fields missing: {absent}"
        return [report("", message, body)]
    return []


def checked_id(value: str) -> str:
    """The dataset id of a path. Raises Refused 101 if it is not a version 1 UUID."""
    try:
        return uuid1(value)
    except Wrong as error:
        raise Refused(101, report("dataset_id", str(error), value)) from None


def strict_json(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of a route with a schema. Raises Refused 101 for another type, syntax or kind."""
    kind = request.headers.get("Content-Type")
    if (kind or "").split(";")[0].strip() != "application/json":
        raise Refused(101, f"Unsupported content type: Expected application/json, got {kind}")
    try:
        body = json.loads(request.body)
    except ValueError:
        message = "Malformed JSON syntax: Missing commas/brackets or invalid encoding"
        raise Refused(101, message) from None
    if not isinstance(body, dict):
        raise Refused(101, f"Invalid request payload: expected object, got {type(body).__name__}")
    return body
