"""No answer may hold a process up: twice the text takes about twice the time, whatever it is made of."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from dashboard.assistants.answers.markdown import render
from dashboard.assistants.answers.marks import Citations, cites, visible_tail, without_marks
from dashboard.assistants.answers.rules import mathml
from dashboard.ragflow.chat import model_errors
from dashboard.ragflow.chat.messages import split_thinking
from tests.support.code import growth

UNITS = [
    *(" ", "\n", "\t", "\u3000", "a", "a ", "[", "]", "(", ")", "<", ">", "`", "*", "|", "#", "$", "\\", "&"),
    *("> ", "- ", "` a", "**a", "_a ", "~~a ", "<a", "[a](", "![", "```", "```\n", "a\n=\n", "注**「**"),
    *("##1$$", "[ID:0", "[ID:0]", "[ID:0,1]", "(ID:", "【ID:3】", "[ID:0]\n", "<think>", "`<think>", "**ERROR**"),
    *("$a", "$$", "$x$ ", "$$\nx\n$$\n\n", "\\(", "\\(a", "\\[", "\\[a "),
    *(
        "| a |\n",
        "|a|\n|-|\n|b|c|\n",
        "<br>",
        "<sub>",
        "<sub>a</sub>",
        "<table>",
        "<table>\n",
        "</table>",
        "<table>\n\n",
    ),
]


def rendered(text: str) -> str:
    return render(text, Citations(available=3))


@pytest.mark.parametrize("unit", UNITS)
def test_rendering_grows_as_the_text_does(unit: str) -> None:
    assert not growth.too_fast(rendered, unit)


@pytest.mark.parametrize("work", [without_marks, cites, visible_tail, split_thinking, model_errors.divide])
def test_what_looks_for_marks_and_errors_grows_as_the_text_does(work: Callable[[str], object]) -> None:
    assert not [f"{unit!r}: {wrong}" for unit in UNITS if (wrong := growth.too_fast(work, unit))]


def test_many_blanks_before_a_mark_do_not_hold_a_process_up() -> None:
    assert without_marks(" " * 70_000 + "[ID:0]" + " " * 70_000 + "x") == "x"


def test_no_formula_takes_long_or_fails_otherwise_than_by_being_shown_as_it_is() -> None:
    chance = random.Random(7)
    signs = [
        *("{", "}", "^", "_", "&", "'", "x", "1.", "$", "#", "%", "~", "[", "<", "\\", "\\\\", "中", " "),
        *("\\frac", "\\sqrt{", "\\left(", "\\right)", "\\begin{matrix}", "\\end{matrix}", "\\begin{array}{cc}"),
        *("\\text{", "\\over", "\\limits", "\\binom", "\\color{red}", "\\hspace{1em}", "\\tag{1}", "\\genfrac"),
        *("\\not", "\\mathbb", "\\operatorname{"),
    ]
    for _attempt in range(1500):
        mathml.of("".join(chance.choice(signs) for _ in range(chance.randint(1, 30))), block=True)
    for sign in signs:
        began = time.process_time()
        mathml.of(sign * (mathml.LONGEST // len(sign)), block=True)
        assert time.process_time() - began < 3


def test_an_answer_draws_only_so_many_formulas() -> None:
    html = rendered("\\(a + b\\)\n\n" * 5000)
    assert 0 < html.count("<math") <= mathml.MOST // 5
    assert "\\(a + b\\)" in html, "the others are shown as they are written"
