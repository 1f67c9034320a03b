"""No recorded exchange goes untested."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.ragflow.captures import numbers


def test_every_capture_is_named_by_a_test() -> None:
    here = Path(__file__).parent
    files = [*here.rglob("test_captured_*.py"), here / "releases/test_detection.py"]
    sources = [file.read_text() for file in files]
    named = set(re.findall(r'"(\d{4})"', "\n".join(sources)))
    assert set(numbers()) - named == set()
    assert named - set(numbers()) == set()
