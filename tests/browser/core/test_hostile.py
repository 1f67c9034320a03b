"""Every page in Chromium, full of names and texts that mean harm: nothing runs, and the layout holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from ragflow_admin.standin.testing import StandinProcess
from tests.browser.conftest import NewPage
from tests.support.browser import walking
from tests.walk.words import HOSTILE

pytestmark = pytest.mark.browser
LISTEN = """
window.refused = [];
document.addEventListener("securitypolicyviolation", event => window.refused.push(
  `${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
LOOK = """() => {
  const box = selector => document.querySelector(selector)?.getBoundingClientRect().toJSON() ?? null;
  const root = document.documentElement;
  const sticksOut = one => one.getBoundingClientRect().right > root.clientWidth + 1 && !one.closest(".ra-hide");
  const wide = [...document.querySelectorAll("main *")].filter(sticksOut).slice(0, 3)
    .map(one => one.outerHTML.slice(0, 160));
  return {
    pwned: window.__pwned === undefined ? "" : "window.__pwned is set",
    elements: [...document.querySelectorAll("[pwned]")].map(one => one.outerHTML.slice(0, 120)),
    refused: window.refused,
    across: root.scrollWidth - root.clientWidth,
    wide,
    topbar: box(".ra-topbar"),
    inTopbar: document.querySelector(".ra-topbar").scrollWidth - document.querySelector(".ra-topbar").clientWidth,
    sidebar: box(".ra-sidebar"),
    folded: document.body.classList.contains("is-collapsed"),
  };
}"""


@pytest.mark.thorough
def test_nothing_runs_and_the_layout_holds(
    new_page: NewPage, administrator: User, standin: StandinProcess, tenant_key: str
) -> None:
    world = walking.build(standin, tenant_key, administrator, HOSTILE)
    browser = new_page(administrator, reduced_motion="reduce")
    browser.add_init_script(LISTEN)
    dialogs: list[str] = []
    browser.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    wrong: list[str] = []
    frames: dict[int, Any] = {}
    for page in walking.WHOLE:
        response = browser.goto(page.address(world))
        if response is None or response.status != 200:
            wrong.append(f"{page}: answers {response and response.status}")
            continue
        walking.unfold(browser)
        for width in (1440, 390):
            browser.set_viewport_size({"width": width, "height": 900})
            walking.drawn(browser)
            seen = browser.evaluate(LOOK)
            frame = frames.setdefault(width, {"topbar": seen["topbar"], "sidebar": seen["sidebar"]})
            wrong += [f"{page}, {width} px: {fault}" for fault in _faults(seen, frame)]
    assert dialogs == []
    assert wrong == [], "\n" + "\n".join(wrong)


def _faults(seen: Any, frame: Any) -> Iterator[str]:
    """What ran, what sticks out, and what of the frame is not where it is on the first page."""
    yield from (what for what in (seen["pwned"], *seen["elements"], *seen["refused"]) if what)
    if seen["across"] > 0:
        yield f"{seen['across']} px too wide: {seen['wide']}"
    if seen["inTopbar"] > 0:
        yield f"the top bar is {seen['inTopbar']} px too wide"
    if not seen["folded"]:
        yield from (f"{part} is at {seen[part]}" for part in frame if _place(seen[part]) != _place(frame[part]))
    if seen["topbar"]["height"] != frame["topbar"]["height"]:
        yield f"the top bar is {seen['topbar']['height']} px high"


def _place(box: dict[str, float]) -> list[float]:
    return [box[side] for side in ("left", "top", "width")]
