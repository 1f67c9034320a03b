"""axe-core finds nothing to complain about on any page, in both themes, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.contrib.auth.models import User

from ragflow_admin.standin.testing import StandinProcess
from tests.browser.conftest import NewPage, violations
from tests.support.browser import walking
from tests.walk.pages import Page
from tests.walk.words import PLAIN

pytestmark = pytest.mark.browser
AREAS = walking.areas()
# What RAGFlow offers since 0.27 is on these pages; the others do not depend on the release.
OF_A_RELEASE = [page for pages in AREAS.values() for page in pages if page.more or page.name.startswith("ingestion:")]
# Theme, width, and whether colours alone are looked at: a theme changes nothing else, the width nearly all.
LOOKS = (("light", 1440, False), ("dark", 1440, True), ("dark", 390, False))
# In a short run, each page is looked at in one of these.
SHORT = (LOOKS[0], LOOKS[2])
# Else colours would be measured on their way from one theme to the other.
STILL = "*, ::before, ::after { transition: none !important; animation: none !important; }"


@pytest.mark.parametrize("area", AREAS)
def test_every_page_of_an_area_is_accessible(
    area: str, new_page: NewPage, administrator: User, standin: StandinProcess, tenant_key: str, thorough: bool
) -> None:
    assert faults(AREAS[area], new_page, administrator, standin, tenant_key, thorough) == []


@pytest.mark.releases
def test_the_pages_that_depend_on_the_release_are_accessible(
    new_page: NewPage, administrator: User, standin: StandinProcess, tenant_key: str, release: str, thorough: bool
) -> None:
    # With the oldest release they are walked by area.
    pages = OF_A_RELEASE if release != "0.24" else OF_A_RELEASE[:1]
    assert faults(pages, new_page, administrator, standin, tenant_key, thorough) == []


def faults(
    pages: Sequence[Page],
    new_page: NewPage,
    administrator: User,
    standin: StandinProcess,
    tenant_key: str,
    thorough: bool,
) -> list[str]:
    """What axe-core finds on these pages of a world: in each look, or in one of them."""
    world = walking.build(standin, tenant_key, administrator, PLAIN)
    browser = new_page(administrator, bypass_csp=True)
    browser.context.set_default_timeout(30_000)
    wrong: list[str] = []
    if not thorough:
        # One face of each page.
        pages = list({page.name: page for page in reversed(pages)}.values())
    for place, page in enumerate(pages):
        response = browser.goto(page.address(world))
        assert response is not None
        assert response.status == 200, f"{page} answers {response.status}"
        browser.add_style_tag(content=STILL)
        walking.unfold(browser)
        for theme, width, colours_alone in LOOKS if thorough else (SHORT[place % 2],):
            browser.emulate_media(color_scheme=theme, reduced_motion="reduce")
            # All of it in sight: else floating bars lie over half a row.
            browser.set_viewport_size({"width": width, "height": 4000})
            whole = browser.evaluate("document.documentElement.scrollHeight")
            if whole > 4000:
                browser.set_viewport_size({"width": width, "height": whole})
            found = violations(browser, colours_alone=colours_alone)
            wrong += [f"{page}, {theme}, {width} px: {fault}" for fault in found]
    return wrong
