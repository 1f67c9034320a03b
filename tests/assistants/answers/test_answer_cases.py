"""Answers as models really write them, in ``cases/``: formulas, HTML, spellings of marks, tables, two directions."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from dashboard.assistants.answers.markdown import render
from dashboard.assistants.answers.marks import Citations, visible_tail, without_marks
from tests.assistants.answers.conftest import grown

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.name for path in CASES.glob("*.md"))


def case(name: str) -> str:
    return (CASES / name).read_text(encoding="utf-8")


def shown(text: str, sources: int | None = 6) -> str:
    return render(text, Citations(available=sources))


def cited(text: str, sources: int | None = 6) -> list[int]:
    """The indexes of the cited sources, in the order of their marks."""
    citations = Citations(available=sources)
    numbers = [int(number) for number in re.findall(r'data-cite="(\d+)"', render(text, citations))]
    by_number = {number: index for index, number in citations.numbers.items()}
    return [by_number[number] for number in numbers]


def words(html: str) -> str:
    """What can be read, without the numbers of citations."""
    return re.sub(r"<[^>]+>", "", re.sub(r'<a class="ra-cite".*?</a>', "", html)).strip()


@pytest.mark.parametrize("name", NAMES)
def test_a_case_that_was_streamed_looks_as_it_does_in_history(name: str) -> None:
    text = case(name)
    for seed in range(8):
        assert grown(text, random.Random(seed)) == render(text, Citations())


def test_formulas_are_drawn_and_markdown_does_not_act_in_them() -> None:
    html = shown(case("math.md"))
    assert html.count("<math") == 4
    assert html.count('<math display="block">') == 2
    assert "<h3" not in html
    assert "<li" not in html
    assert "<mi>π</mi><msup><mi>r</mi><mn>2</mn></msup>" in html
    assert html.count("<mtr>") == 2
    assert re.search(r"<mi>x</mi><mo>=</mo><mi>y</mi><mo>−</mo><mi>z</mi>", html)  # noqa: RUF001
    assert "Prices: from $20 to $30, and R$ 12,29." in html


def test_marks_behind_formulas_are_citations_and_a_copy_has_the_source() -> None:
    text = case("math.md")
    assert cited(text) == [0, 1]
    assert without_marks(text) == text.replace(" [ID:0]", "").replace(" [ID:1]", "").strip()


@pytest.mark.parametrize(
    "text",
    [
        "from $20 to $30, and R$ 12,29.",
        "R$12,29 e R$13,50",
        "It costs $20, or 15$ off.",
        "$HOME/$USER and $PATH",
        "The $ is a sign, and so is the $.",
        "US$5 and US$6; $1,000-$2,000; $10/hr and C$ 12",
        r"Escaped \$5 and \$6.",
        "`$x$` and `\\(x\\)` in code",
        r"\[note\] and \[1\] and \(see page 3\)",
        "$$ and $$$ are signs for dear restaurants, $$ and more $$ too",
        "```\n$$\nx\n$$\n```",
        r"An end without beginning \) and \], a beginning without end \( here",
    ],
)
def test_prices_and_brackets_are_no_formulas(text: str) -> None:
    html = shown(text)
    assert "<math" not in html
    assert "$" not in text or "$" in html


@pytest.mark.parametrize(
    "text",
    [
        "where $x$ is", r"\(x\)", r"$5$ or $-3$", r"公式$x^2$是", "$n$-th", r"$f(x)=\text{5 dollars}$", "$$E=mc^2$$",
        "> \\[\n> a\n> \\]", "- item:\n  $$\n  a = b\n  - c\n  $$", "we get: $$\na\n= b\n- c\n$$\nwhere",
        r"| $a$ | b |", r"**$x$**", r"\[ x \]", r"\( a \) \begin{aligned}",
    ],
)  # fmt: skip
def test_a_formula_is_found_wherever_it_stands(text: str) -> None:
    html = shown(text)
    assert "<math" in html
    assert "<h3" not in html


def test_a_formula_that_cannot_be_drawn_is_shown_exactly_as_it_was_sent() -> None:
    for latex in (r"\frac{", r"x^", "a" * 2100, "{" * 60 + "x" + "}" * 60, r"\left( x", r"\begin{matrix} a"):
        html = shown(rf"So \({latex}\) [ID:0].")
        assert f'<span class="ra-formula-source" dir="ltr">\\({latex}\\)</span>' in html
        assert "<math" not in html
        assert 'data-cite="1"' in html


def test_a_formula_brings_no_links_styles_or_wide_blanks() -> None:
    hostile = (
        r"\href{javascript:alert(1)}{x}",
        r"\style{position:fixed}{x}",
        r"\hspace{9999em} x",
        r"\text{<img src=x>}",
    )
    for latex in hostile:
        html = shown(rf"\({latex} = 1\)")
        assert "<math" in html
        assert not re.search(r'href|javascript:|style="|9999|<img', html)


def test_what_models_write_as_html_is_drawn_and_all_else_stays_text() -> None:
    html = shown(case("table.md"))
    assert "Book<br>" in html
    assert "m<sup>2</sup>" in html
    assert "CO<sub>2</sub>" in html
    assert "<caption>Fees</caption>" in html
    assert html.count('<table class="ra-answer-table"') == 2
    other = shown("A `List<String>` is a List<String>, <b>bold</b>, <script>alert(1)</script>, and an open <sub> here.")
    assert "List&lt;String&gt;, <b>bold</b>, &lt;script&gt;" in other
    assert "open &lt;sub&gt; here" in other


def test_a_table_of_html_is_its_bare_structure_with_its_citations() -> None:
    cell = '<td colspan="2" title="[ID:0]">5 [ID:1]<img src=x><script>a</script></td>'
    hostile = f'<table class="ra-banner" onclick="x()"><tr>{cell}</tr></table> [ID:2]'
    html = shown(f"{hostile}\n\nThen.")
    assert cited(hostile) == [1, 2]
    assert '<td colspan="2">5 <a class="ra-cite"' in html
    assert not re.search(r"onclick|ra-banner|<img|<script|title=\"\[", html)
    assert "<p" in html.split("</table>")[1]


def test_emphasis_beside_full_width_punctuation() -> None:
    html = shown(case("cjk-bold.md"))
    assert "<strong>注意：</strong>请在30天内提交。含<strong>「重点」</strong>" in html  # noqa: RUF001
    assert cited(case("cjk-bold.md")) == [1]
    assert shown("2 ** 3 ** 4 and snake_case_name") == '<p dir="auto">2 ** 3 ** 4 and snake_case_name</p>\n'
    assert "<strong>" not in shown("a**(b)**c")


def test_marks_in_all_their_spellings() -> None:
    text = case("citation-forms.md")
    assert cited(text) == [0, 1, 0, 3, 2, 3, 3, 2]
    html = shown(text)
    assert '<a href="https://example.org" target="_blank"' in html
    assert ">link</a><a" in html
    assert "ref 4" in html
    assert words(html) == ", , , , , ref 4, link"
    assert cited(r"Escaped \[ID:1\] and \(ID:2\), (ID:0，3) and [ID: 4][ID:5] ##1$$") == [1, 2, 0, 3, 4, 5, 1]  # noqa: RUF001
    assert cited("![A picture [ID:1]](https://example.org/x.png)") == [1]


def test_what_only_looks_like_a_mark_stays_text() -> None:
    code = "```c\nif (x > 0) { return [1, 2]; } // [ID:0] (ID:1)\n```\n\nand `a[ID:1]`"
    assert cited(code) == []
    assert without_marks(code) == code
    # Round brackets stand around other ids, too; square ones say that a source is missing.
    assert words(shown("the user (ID:77)")) == "the user (ID:77)"
    assert "RAGFlow did not return this source" in shown("[ID:77]")
    assert cited("the user (ID 2) and an IDE [IDE]") == []


def test_a_beginning_mark_of_any_spelling_waits() -> None:
    for mark in ("[ID:0, ID:1]", "[ID:0,3]", "(ID:2)", "【ID:3】", "[ID 3]", "##1$$"):
        for end in range(1, len(mark)):
            visible, held = visible_tail(f"word {mark[:end]}")
            assert visible == "word "
            assert held == mark[:end]
        assert visible_tail(f"word {mark}") == ("word ", "")


def test_a_mark_behind_the_last_cell_belongs_to_its_row() -> None:
    html = shown(case("tblcite.md"))
    assert cited(case("tblcite.md")) == [1, 2]
    rows = re.findall(r"<tr>.*?</tr>", html, re.DOTALL)
    assert len(rows) == 3
    assert 'data-cite="1"' in rows[1]
    assert 'data-cite="2"' in rows[2]
    assert cited("| a | b |\n|---|---|\n| 1 | 2 | [ID:3] |\n| 3 | 4 [ID:0] | more | [ID:1]") == [3, 0, 1]


def test_a_line_of_marks_below_a_table_is_a_paragraph() -> None:
    html = shown("| a | b |\n|---|---|\n| 1 | 2 |\n[ID:1] ##2$$\n\nThen.")
    below = html.split("</table>")[1]
    assert 'data-cite="1"' in below
    assert 'data-cite="2"' in below
    assert html.count("<tr>") == 2


def test_each_block_has_its_own_direction_and_code_is_read_from_left_to_right() -> None:
    html = shown(case("rtlcode.md"))
    assert html.count('<p dir="auto">') == 3
    assert '<pre tabindex="0" dir="ltr">' in html
    assert '<code dir="ltr">./run.sh -v</code>' in html
    listed = shown("- `x` مرحبا\n- one\n\n| اسم | b |\n|---|---|\n| 1 | 2 |\n\n> שלום\n\n1. one")
    assert '<ul dir="rtl">\n<li dir="rtl">' in listed
    assert '<li dir="ltr">one' in listed
    assert '<table class="ra-answer-table" dir="rtl">' in listed
    assert '<blockquote dir="rtl">' in listed
    assert '<ol dir="ltr">' in listed
