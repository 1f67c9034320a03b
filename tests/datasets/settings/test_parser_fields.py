"""The settings of a chunk method are drawn from memory only where they would look the same anyway."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.template.loader import render_to_string

from dashboard.core.rendering import cached_rows
from dashboard.datasets.settings.parser_form import ParserForm

FORMS: dict[str, dict[str, Any]] = {
    "plain": {},
    "stored": {"config": {"chunk_token_num": 77, "delimiter": "\\n;", "raptor": {"use_raptor": True}}},
    "models": {"layout_models": ("one@Vendor",)},
    "other models": {"layout_models": ("two@Vendor",)},
    "tags": {"tag_sets": (("0" * 32, "Colours"),)},
    "other tags": {"tag_sets": (("0" * 32, "Shapes"),)},
    "wrong": {"data": QueryDict("parser-chunk_token_num=99999")},
    "unknown choice": {"config": {"layout_recognize": "three@Vendor"}},
}


def test_settings_from_memory_are_those_of_their_form() -> None:
    """Each form with an empty memory, then all of them in turns with what the others left in it."""

    def shown(name: str, method: str) -> str:
        form = ParserForm(method, **FORMS[name])
        return render_to_string("datasets/settings/_parser_fields.html", {"parser_form": form})

    visits = [(name, method) for name in FORMS for method in ("naive", "manual", "qa")]
    alone = {}
    for visit in visits:
        cached_rows.MEMORY.clear()
        alone[visit] = shown(*visit)
    assert len(set(alone.values())) > len(FORMS)
    for visit in visits * 2:
        assert shown(*visit) == alone[visit], visit
    assert cached_rows.MEMORY.hits > len(visits)
