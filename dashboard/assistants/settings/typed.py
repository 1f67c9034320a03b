"""An assistant's settings as the form's inputs have them, and back.

Variables and conditions are several inputs each. They are compared and kept as one text per variable or condition,
such as ``required knowledge``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.http import QueryDict

from dashboard.assistants.settings.defaults import NEW, OWN, PRESETS, RETRIEVAL, SAMPLING, preset_of
from dashboard.conditions.conditions import Conditions, Line
from dashboard.datasets.settings.stored import PICTURE, normal
from dashboard.ragflow.releases.offers import THINKING_MODES
from dashboard.ragflow.types import Assistant

# Names of inputs are RAGFlow's, except for those that have another form here.
GENERATION: Final = (*SAMPLING, "max_tokens")
TEXTS: Final = ("prompt", "opener", "empty_response", "rerank_model")
SWITCHES: Final = ("show_quote", "refine_multiturn", "keyword", "use_kg", "toc_enhance")
# Those that RAGFlow takes as on if they are missing.
ON_UNLESS_STORED: Final = frozenset({"show_quote"})
# The operators that RAGFlow stores by another name than it takes elsewhere.
_STORED_OPERATORS: Final = {"is": "=", "not is": "≠"}
_OUR_OPERATORS: Final = {"=": "is", "==": "is", "≠": "not is", "!=": "not is", ">=": "≥", "<=": "≤"}
# Variables that RAGFlow fills in itself.
FILLED: Final = ("knowledge", "date", "", None)
Values = dict[str, tuple[str, ...]]


def as_typed(assistant: Assistant) -> Values:
    """What the unchanged form would submit, by input name, and the picture's address."""
    prompt, llm = assistant.prompt, assistant.llm
    values: Values = {
        "name": (assistant.name,),
        "description": (assistant.description,),
        "datasets": assistant.dataset_ids,
        "model": (_text(llm.get("model_name")),),
        PICTURE: (assistant.avatar,),
    }
    values |= {name: (_text(llm.get(name)),) for name in GENERATION}
    values |= {name: (_text(prompt.get(name)),) for name in TEXTS}
    for name in SWITCHES:
        values[name] = ("on",) if prompt.get(name, name in ON_UNLESS_STORED) else ()
    for name, default in RETRIEVAL.items():
        values[name] = (_text(prompt.get(name)) or default,)
    weight = prompt.get("vector_similarity_weight")
    if isinstance(weight, int | float):
        values["keyword_weight"] = (_text(opposite(weight)),)
    values["cross_languages"] = (", ".join(_strings(prompt.get("cross_languages"))),)
    values["thinking"] = (thinking_of(prompt.get("reasoning")),)
    values["variables"] = tuple(f"{_kind(one)} {one['key']}" for one in variables_of(prompt) if one.get("key"))
    stored = assistant.metadata_filter
    method = str(stored.get("method") or "")
    values["filter_method"] = ("" if method == "disabled" else method,)
    manual = method == "manual"
    values["filter_conditions"] = tuple(_packed(line) for line in _stored_lines(stored)) if manual else ()
    values["logic"] = (_text(stored.get("logic")) or "and",) if manual else ()
    return {name: tuple(text for text in value if text) for name, value in values.items()}


def of_new() -> Values:
    """The same of a new assistant."""
    blank = Assistant("", "", "", "", (), (), {}, {}, None, None)
    return as_typed(blank) | NEW


def comparable(values: Values) -> Values:
    """The values for ``stored.compare`` and ``stored.marks``."""
    return {name: normal(name, value) for name, value in values.items()}


def initial(values: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """The values as the initial ones of the form."""
    several = ("datasets", "variables", "filter_conditions")
    given: dict[str, Any] = {name: list(value) if name in several else "".join(value) for name, value in values.items()}
    given |= {name: bool(given[name]) for name in SWITCHES}
    return given | {"preset": preset_of(tuple(given[name] for name in SAMPLING))}


def prepared(posted: QueryDict) -> QueryDict:
    """What was submitted, in the form of ``as_typed``: rows put together, and a chosen preset's values filled in."""
    data = posted.copy()
    pairs = zip(posted.getlist("variable"), posted.getlist("variable_kind"), strict=False)
    data.setlist("variables", [f"{_known(kind)} {name.strip()}" for name, kind in pairs if name.strip()])
    manual = posted.get("filter_method") == "manual"
    conditions = Conditions.read(posted) if manual else Conditions()
    data.setlist("filter_conditions", [_packed(line) for line in conditions.lines])
    data["logic"] = conditions.logic if manual else ""
    preset = PRESETS.get(posted.get("preset", OWN))
    for name, value in zip(SAMPLING, preset or (), strict=False):
        data[name] = value
    return data


def conditions_in(packed: Iterable[str], logic: str) -> Conditions:
    """The conditions of ``filter_conditions``."""
    found = [QueryDict(text) for text in packed]
    lines = (Line(one.get("key", ""), one.get("operator", "is"), one.get("value", "")) for one in found)
    return Conditions(tuple(lines), "or" if logic == "or" else "and")


def stored_filter(method: str, conditions: Conditions, before: Mapping[str, Any]) -> dict[str, Any]:
    """RAGFlow's ``meta_data_filter``; what else was stored ``before`` is kept."""
    if method != "manual":
        return {**before, "method": method or "disabled"}
    lines = [
        {"key": line.name, "op": _STORED_OPERATORS.get(line.operator, line.operator), "value": line.shown_value}
        for line in conditions.lines
    ]
    return {**before, "method": method, "logic": conditions.logic, "manual": lines}


def variables_of(prompt: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The stored variables; what is no variable is left out."""
    stored = prompt.get("variables")
    return [one for one in stored if isinstance(one, dict)] if isinstance(stored, list) else []


def opposite(weight: float) -> float:
    """The weight of the keywords for that of the vectors, and the other way round."""
    return round(1 - weight, 6)


def thinking_of(stored: Any) -> str:
    """The thinking mode that is stored as ``reasoning``; "" for none. Releases without modes only have on (medium)."""
    if stored is True:
        return "medium"
    text = str(stored or "0")
    if not text.isdigit() or text == "0":
        return "" if text in ("0", "False") else "medium"
    number = int(text[:3])
    return THINKING_MODES[number - 1] if number <= len(THINKING_MODES) else "medium"


def _stored_lines(stored: Mapping[str, Any]) -> list[Line]:
    rows = stored.get("manual")
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [
        Line(_text(row.get("key")), _OUR_OPERATORS.get(op := _text(row.get("op")), op), _text(row.get("value")))
        for row in rows
    ]


def _packed(line: Line) -> str:
    return urlencode({"key": line.name, "operator": line.operator, "value": line.shown_value})


def _kind(variable: Mapping[str, Any]) -> str:
    return "optional" if variable.get("optional") else "required"


def _known(kind: str) -> str:
    return kind if kind == "optional" else "required"


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e9:
        value = int(value)
    return "" if value is None else str(value)


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        value = re.split(r"[,;\n]", value)
    return [str(one).strip() for one in value if str(one).strip()] if isinstance(value, list) else []


def askable(prompt: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """(name, whether it is required) of the variables that somebody has to fill in with a question."""
    return [(one["key"], not one.get("optional")) for one in variables_of(prompt) if one.get("key") not in FILLED]


def fitting(prompt: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """Those of the ``given`` values that are for a variable of the prompt."""
    return {name: given[name] for name, _required in askable(prompt) if name in given}
