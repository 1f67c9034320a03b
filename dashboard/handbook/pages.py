"""The user handbook: those pages of ``docs/`` that are for users, as safe HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import nh3
from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token

# In menu order. The other files in docs/ are for operators and developers.
NAMES: Final = (
    "index",
    "overview",
    "datasets",
    "documents",
    "chunks",
    "metadata",
    "graph",
    "retrieval",
    "assistants",
    "chat",
    "sharing",
    "conversations",
    "playground",
    "activity",
    "servers",
    "people",
)
# The index is cut here: what follows links to pages that the handbook does not have.
FOR_OTHERS: Final = "## For operators and developers"
_LINK: Final = re.compile(r"(?P<name>[a-z]+)\.md(?P<place>#[\w-]+)?")
_TAGS: Final = {
    *("h1", "h2", "h3", "h4", "p", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "hr", "br", "a"),
    *("table", "thead", "tbody", "tr", "th", "td", "div"),
}
_ATTRIBUTES: Final = {
    "a": {"href"},
    "h2": {"id"},
    "h3": {"id"},
    "ol": {"start"},
    "pre": {"tabindex"},
    "th": {"scope"},
    "div": {"class", "tabindex", "role"},
}


@dataclass(frozen=True)
class HandbookPage:
    """A page: ``title`` is its heading, which ``html`` omits; ``sections`` are (id, heading) pairs."""

    name: str
    title: str
    html: SafeString
    sections: tuple[tuple[str, str], ...]

    @property
    def url(self) -> str:
        return address(self.name)


def address(name: str) -> str:
    """The address of the page with that name."""
    return reverse("handbook:index") if name == "index" else reverse("handbook:page", args=(name,))


def contents() -> list[HandbookPage]:
    """The existing pages in menu order."""
    return [found for name in NAMES if (found := page(name))]


def page(name: str) -> HandbookPage | None:
    """The page with a name from ``NAMES``; None if its file is not installed. Cached for the life of the process."""
    return _page(name, Path(settings.BASE_DIR) / "docs" / f"{name}.md", reverse("handbook:index"))


@cache
def _page(name: str, file: Path, _root: str) -> HandbookPage | None:
    if not file.is_file():
        return None
    text = file.read_text(encoding="utf-8").partition(FOR_OTHERS)[0]
    # Raw HTML is escaped.
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    title, sections = name.title(), []
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        words = "".join(child.content for child in inline.children or ())
        if opening.tag == "h1":
            title = words
        elif opening.tag in ("h2", "h3"):
            opening.attrSet("id", slugify(words))
            if opening.tag == "h2":
                sections.append((slugify(words), words))
    tokens = _without_title(tokens)
    for token in tokens:
        _lead_here(token)
        if token.type == "th_open":
            token.attrs = {"scope": "col"}
    html = parser.renderer.render(tokens, parser.options, {})
    html = html.replace("<pre>", '<pre tabindex="0">')
    html = html.replace("<table>", '<div class="ra-handbook-table" tabindex="0" role="region"><table>')
    html = html.replace("</table>", "</table></div>")
    clean = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"})
    return HandbookPage(name, title, mark_safe(clean), tuple(sections))  # noqa: S308  (sanitised by nh3)


def _without_title(tokens: list[Token]) -> list[Token]:
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        return tokens[3:]
    return tokens


def _lead_here(token: Token) -> None:
    """Turn links between files into links between pages, and links to missing pages into plain text."""
    dropping = False
    kept = []
    for child in token.children or ():
        if child.type == "link_open":
            target = str(child.attrs.get("href", ""))
            found = _LINK.fullmatch(target)
            dropping = target.endswith(".md") or ".md#" in target
            if found and found["name"] in NAMES:
                child.attrSet("href", address(found["name"]) + (found["place"] or ""))
                dropping = False
            if dropping:
                continue
        elif child.type == "link_close" and dropping:
            dropping = False
            continue
        kept.append(child)
    if token.children:
        token.children = kept
