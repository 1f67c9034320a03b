"""Every page in Chromium, full of names and texts that mean harm: nothing runs, and the layout holds."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from ragflow_admin.standin.testing import StandinProcess
from tests.browser import walking
from tests.browser.conftest import NewPage
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


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_runs_and_the_layout_holds(
    width: int, new_page: NewPage, administrator: User, standin: StandinProcess, tenant_key: str
) -> None:
    world = walking.build(standin, tenant_key, administrator, HOSTILE)
    browser = new_page(administrator, width=width)
    browser.add_init_script(LISTEN)
    dialogs: list[str] = []
    browser.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    wrong: list[str] = []
    frame: Any = None
    for page in walking.WHOLE:
        response = browser.goto(page.address(world))
        if response is None or response.status != 200:
            wrong.append(f"{page}: answers {response and response.status}")
            continue
        walking.unfold(browser)
        seen = browser.evaluate(LOOK)
        frame = frame or {"topbar": seen["topbar"], "sidebar": seen["sidebar"]}
        wrong += [f"{page}: {what}" for what in (seen["pwned"], *seen["elements"], *seen["refused"]) if what]
        if seen["across"] > 0:
            wrong.append(f"{page}: {seen['across']} px too wide: {seen['wide']}")
        if seen["inTopbar"] > 0:
            wrong.append(f"{page}: the top bar is {seen['inTopbar']} px too wide")
        if not seen["folded"]:
            moved = [part for part in frame if _place(seen[part]) != _place(frame[part])]
            wrong += [f"{page}: {part} is at {seen[part]}" for part in moved]
        if seen["topbar"]["height"] != frame["topbar"]["height"]:
            wrong.append(f"{page}: the top bar is {seen['topbar']['height']} px high")
    assert dialogs == []
    assert wrong == [], "\n" + "\n".join(wrong)


def _place(box: dict[str, float]) -> list[float]:
    return [box[side] for side in ("left", "top", "width")]
