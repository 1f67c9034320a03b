"""Answers as HTML: what is shown, what is never shown, and that growing text ends as whole text does."""

from __future__ import annotations

import random
from html.parser import HTMLParser

import pytest

from dashboard.assistants.answers import markdown
from dashboard.assistants.answers.markdown import Draft, render
from dashboard.assistants.answers.marks import Citations, visible_tail, without_marks
from tests.assistants.answers.conftest import grown

ANSWER = """You may take **up to 24 months** per child.[ID:0] At most 12 [ID:3][ID:0] after the third birthday.

| Leave begins | Request |
|---|--:|
| Before | 7 weeks [ID:0] |
| After `a[ID:1]` | 13 ##2$$ |

- one
- two

  with a second paragraph
1. x
2. y

```python
print("[ID:0]")
```
## Heading
> quote
goes on

    code
***
Text
===
end [ID:1]"""
# Everything that means something to Markdown, to be thrown together at random
PIECES = [
    *("a", "b", "\n", "\n\n", "- ", "1. ", "2. ", "# ", "#", "**", "*", "`", "```\n", "| a | b |\n", "|--|--|\n", "> "),
    *("    ", "\t", "---", "===", "[ID:0]", "[x]: y\n", "[", "]", "(", ")", "<div>", "##1$$", " ", "\r\n", "***\n"),
    *("~~~\n", "  - ", " 1) x", "[x]", "\\", "![i](u)"),
    *("$$", "$$\n", "$", "\\[", "\\]\n", "\\(", "\\)", "x = y\n", "(ID:1)", "[ID:2]\n", "【ID:0】", "| c | [ID:1]\n"),
    *("<table>", "</table>", "<td>", "<br>", "<sub>", "</sub>", "注", "「"),
]


class Tags(HTMLParser):
    """What a browser would see: names of elements and attributes, and where links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name in ("href", "src"):
                self.links.append(value or "")


@pytest.mark.parametrize("seed", range(20))
def test_an_answer_that_grew_looks_like_one_that_came_whole(seed: int) -> None:
    assert grown(ANSWER, random.Random(seed)) == render(ANSWER, Citations())


def test_any_text_that_grew_looks_like_one_that_came_whole() -> None:
    chance = random.Random(4)
    for _attempt in range(1500):
        text = "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 25)))
        assert grown(text, chance) == render(text, Citations()), repr(text)


def test_a_long_answer_is_rendered_in_portions_that_nobody_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(5)
    texts = ["".join(chance.choice(PIECES) for _ in range(chance.randint(1, 25))) for _ in range(400)]
    whole = [render(text, Citations()) for text in texts]
    monkeypatch.setattr(markdown, "PORTION", 3)
    assert [render(text, Citations()) for text in texts] == whole


def test_finished_blocks_are_not_rendered_again() -> None:
    draft = Draft(Citations())
    draft.append("First.\n\nSecond.\n\nThird")
    done, still_open = draft.update()
    assert "First." in done
    assert "First." not in still_open
    draft.append(" goes on")
    done, still_open = draft.update()
    assert "First." not in done + still_open
    assert "Third goes on" in still_open


def test_citations_are_numbered_in_the_order_of_their_first_use() -> None:
    citations = Citations(available=9)
    html = render("x [ID:7] y [ID:2][ID:7] z ##4$$ w [ID: 2]", citations)
    assert citations.numbers == {7: 1, 2: 2, 4: 3}
    assert html.count('data-cite="1"') == 2
    assert html.count('data-cite="2"') == 2
    assert 'aria-label="Source 3"' in html


def test_a_citation_of_a_source_that_is_not_there_is_a_question_mark() -> None:
    html = render("x [ID:0] y [ID:5]", Citations(available=1))
    assert 'data-cite="1"' in html
    assert '<span class="ra-cite ra-cite--lost"' in html
    assert ">?</span>" in html
    assert "[ID" not in html


def test_marks_inside_code_stay_text() -> None:
    citations = Citations(available=3)
    html = render("`[ID:0]`\n\n```\n[ID:1]\n```", citations)
    assert "[ID:0]" in html
    assert "[ID:1]" in html
    assert citations.numbers == {}


def test_a_mark_cut_by_the_end_of_the_text_waits() -> None:
    draft = Draft(Citations())
    for piece in ("24 months [", "I", "D:", "1"):
        draft.append(piece)
        _done, still_open = draft.update()
        assert "[" not in still_open
        assert "data-cite" not in still_open
    draft.append("]")
    _done, still_open = draft.update()
    assert 'data-cite="1"' in still_open


@pytest.mark.parametrize(
    ("text", "shown", "waits"),
    [
        ("plain", "plain", ""),
        ("x [ID:12] y", "x  y", ""),
        ("x [ID:1", "x ", "[ID:1"),
        ("x ##3$$ y #", "x  y ", "#"),
        ("a [link", "a [link", ""),
    ],
)
def test_text_that_is_not_rendered_yet_shows_no_marks(text: str, shown: str, waits: str) -> None:
    assert visible_tail(text) == (shown, waits)


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](https://tracker.example/pixel.png)",
        '<a href="https://x.example" onclick="alert(1)">x</a>',
        "[x](https://x.example 'a\" onmouseover=\"alert(1)')",
        "`<script>`\n\n```html\n<script>alert(1)</script>\n```",
        "| <b onclick=x> | b |\n|--|--|\n| <style>*{}</style> | d |",
        "<div style='position:fixed'>x</div>",
        '[ID:0]" onclick="alert(1)',
    ],
)
def test_nothing_hostile_gets_through(hostile: str) -> None:
    tags = Tags()
    tags.feed(render(hostile, Citations(available=1)))
    assert not tags.names & {"script", "img", "style", "b", "iframe", "svg", "form", "input"}
    assert not {name for name in tags.attributes if name.startswith("on") or name == "style"}
    assert not [link for link in tags.links if not link.startswith(("https://x.example", "#source-"))]


def test_links_leave_in_another_tab_and_tell_nobody_where_from() -> None:
    html = render("[RAGFlow](https://ragflow.example/docs)", Citations())
    assert 'href="https://ragflow.example/docs"' in html
    assert 'target="_blank"' in html
    assert 'rel="noopener noreferrer nofollow"' in html


def test_an_image_is_its_words() -> None:
    assert render("![The plan](https://tracker.example/pixel.png)", Citations()) == '<p dir="auto">The plan</p>\n'


def test_headings_stand_below_those_of_the_page() -> None:
    html = render("# One\n\n###### Six", Citations())
    assert '<h3 dir="auto">One</h3>' in html
    assert '<h6 dir="auto">Six</h6>' in html


def test_a_copied_answer_has_no_marks() -> None:
    assert (
        without_marks("Up to **24** months [ID:0][ID:1]. Then ##2$$ no more.") == "Up to **24** months. Then no more."
    )
