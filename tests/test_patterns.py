"""Every regular expression of the product takes time that grows with its text, and no faster.

They are read from the source, so that a new one is held to this without being listed. What is built from words while
the product runs needs a sample in ``BUILT``.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import pytest

from dashboard.documents.parsing import failure_causes, parse_log
from dashboard.retrieval.lab import marking
from tests.support.code import growth

ROOT = Path(__file__).parent.parent
FUNCTIONS = {"compile", "match", "fullmatch", "search", "findall", "finditer", "split", "sub", "subn"}
# Those that look at the beginning only; the others look for a match at every place.
AT_THE_START = {"match", "fullmatch"}

PARTS = (
    " ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "[", "]", "(", ")", "{", "}", "<", ">", "[]", "()", "<>", "a", "Z",
    "\u00e9", "\u6f22", "0", "9", '"', "'", "`", "\\", "-", "_", ".", ":", ",", ";", "|", "#", "*", "&", "=", "/", "@",
    "$", "~", "!", "?", "\u3002", "\ufffd", "a ", "a.", "a\n", " \n", "\n ", "1 ", "1,", "1/", '"a', "'a", "[a", "<a ",
    "(1", "- ", "a: ", "\\a", "A1 ", "__a",
)  # fmt: skip


class Expression(NamedTuple):
    """The place of an expression, the expression, and whether it is matched at the beginning, anywhere, or both."""

    place: str
    pattern: re.Pattern[Any]
    ways: frozenset[str]


def some_words() -> list[re.Pattern[str]]:
    """A pattern for a question's words, and one for passages that RAGFlow marked."""
    words = " ".join(f"word{number}" for number in range(40))
    made = [marking.pattern_of("", words), marking.pattern_of("<em>aaaa</em> <em>0000 0</em>", "")]
    return [pattern for pattern in made if pattern is not None]


# The function, or "" for the module, in which a pattern is built → examples of it.
BUILT: dict[str, Callable[[], list[re.Pattern[str]]]] = {
    "dashboard/documents/parsing/failure_causes.py:": lambda: [entry[1] for entry in failure_causes.FAILURE_PATTERNS],
    "dashboard/documents/parsing/parse_log.py:": lambda: [entry[0] for entry in parse_log.MARKS],
    "dashboard/documents/uploads/checks.py:find_stored": lambda: [re.compile(r"a\(1\)(\(\d+\))?\.txt")],
    "dashboard/retrieval/lab/marking.py:pattern_of": some_words,
    "dashboard/assistants/chat/sources.py:_marked": lambda: some_words()[:1],
    "ragflow_admin/standin/parsing/chunking.py:_split": lambda: [re.compile("(\n|;|\\.|## )")],
    # The pattern of a fault, which a test gives; it meets the paths of requests.
    "ragflow_admin/standin/control/state.py:Fault.fits": lambda: [re.compile(r"/documents/[^/]+$")],
}


@cache
def files() -> dict[Path, ast.Module]:
    return {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for package in ("dashboard", "ragflow_admin")
        for path in sorted((ROOT / package).rglob("*.py"))
    }


def calls(tree: ast.AST, inside: str = "") -> Iterator[tuple[str, ast.Call, str]]:
    """Every call of ``re``: its function, the call, and the name that the result is assigned to."""
    for node in ast.iter_child_nodes(tree):
        here = inside
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            here = f"{inside}.{node.name}" if inside else node.name
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Call) and is_re(node.value):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            yield here, node.value, ast.unparse(target)
            yield from calls(node.value, here)
            continue
        if isinstance(node, ast.Call) and is_re(node):
            yield here, node, ""
        yield from calls(node, here)


def is_re(call: ast.Call) -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
        and function.attr in FUNCTIONS
    )


@cache
def uses() -> dict[str, set[str]]:
    """What is done with each name: ``{"_WORD": {"findall"}}``."""
    found: dict[str, set[str]] = {}
    for tree in files().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Name, ast.Attribute)):
                of = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
                found.setdefault(of, set()).add(node.attr)
    return found


def expressions() -> Iterator[Expression]:
    for path, tree in files().items():
        where = path.relative_to(ROOT)
        for function, call, name in calls(tree):
            method = call.func.attr  # type: ignore[attr-defined]
            done = uses().get(name, set()) & FUNCTIONS if method == "compile" else {method}
            ways = frozenset("start" if one in AT_THE_START else "anywhere" for one in done or ["match", "search"])
            place = f"{where}:{call.lineno}"
            try:
                patterns = [given(call, importlib.import_module(".".join(where.with_suffix("").parts)))]
            except NameError:
                assert f"{where}:{function}" in BUILT, f"{place} is built from words: give a sample in BUILT"
                patterns = BUILT[f"{where}:{function}"]()
            for number, pattern in enumerate(patterns):
                yield Expression(f"{place} {number}" if number else place, pattern, ways)


def given(call: ast.Call, module: Any) -> re.Pattern[Any]:
    """The pattern of a call, as its module would compute it. NameError when it depends on a local name."""
    flags = [keyword.value for keyword in call.keywords if keyword.arg == "flags"]
    position = {"compile": 1, "sub": 4, "subn": 4, "split": 3}.get(call.func.attr, 2)  # type: ignore[attr-defined]
    flags += call.args[position : position + 1]
    values = [eval(compile(ast.Expression(one), "<re>", "eval"), vars(module)) for one in [call.args[0], *flags]]
    return re.compile(*values)


def literals(pattern: re.Pattern[Any]) -> set[str]:
    """The texts that stand in a pattern as they are, such as "<table"; repeated, they begin a match again and again."""
    if isinstance(pattern.pattern, bytes):
        return set()
    found: set[str] = set()

    def walk(parts: Any) -> None:
        run = ""
        for operation, value in parts:
            if operation is _constants.LITERAL:
                run += chr(value)
                continue
            found.add(run)
            run = ""
            for inner in value if isinstance(value, (tuple, list)) else [value]:
                for one in inner if isinstance(inner, list) else [inner]:
                    if isinstance(one, _parser.SubPattern):
                        walk(one)
        found.add(run)

    walk(_parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG))
    return {text for text in found if text} | {f"{text} " for text in found if text}


def slow(expression: Expression) -> str:
    """The first part on which an expression grows too fast; "" when there is none."""
    pattern = expression.pattern
    for part in dict.fromkeys((*PARTS, *sorted(literals(pattern)))):
        text = part.encode() if isinstance(pattern.pattern, bytes) else part
        for way in sorted(expression.ways):
            if said := growth.too_fast(pattern.match if way == "start" else searching(pattern), text):
                return f"{expression.place} {pattern.pattern!r:.80} on {part!r}: {said}"
    return ""


def searching(pattern: re.Pattern[Any]) -> Callable[[Any], object]:
    return lambda text: sum(1 for _ in pattern.finditer(text))


@cache
def found() -> tuple[Expression, ...]:
    # Not while tests are collected: each process would do it.
    return tuple(expressions())


def test_every_expression_grows_with_its_text_and_no_faster() -> None:
    assert [said for expression in found() if (said := slow(expression))] == []


def test_the_collector_finds_the_expressions_it_should() -> None:
    places = {one.place.partition(":")[0] for one in found()}
    assert {
        "dashboard/assistants/answers/markdown.py",
        "dashboard/ragflow/http/json_repair.py",
        "dashboard/core/web/middleware.py",
    } <= places
    assert len(found()) > 100
    assert {place.partition(":")[0] for place in BUILT} <= places
    ways = {one.place.partition(":")[0]: one.ways for one in found()}
    assert ways["dashboard/core/web/middleware.py"] == {"start"}


@pytest.mark.parametrize("bad", [r"\s+$", r"<b[^>]*>"])
def test_a_quadratic_expression_is_found(bad: str) -> None:
    assert slow(Expression("here", re.compile(bad, re.MULTILINE | re.DOTALL), frozenset({"anywhere"})))


def test_a_new_expression_that_cannot_be_computed_asks_for_a_sample() -> None:
    (found,) = calls(ast.parse("def f(word):\n    return re.search(word + 'a', text)"))
    with pytest.raises(NameError):
        given(found[1], re)
    assert found[0] == "f"


# -- the browser's ---------------------------------------------------------------------------------------------------

_LITERAL = re.compile(
    r"(?<=[(,=:?|&!\[{;\s])/(?![*/ ])"
    r"((?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)"
    r"/([a-z]*)(?=[.,;)\s])"
)


def scripts() -> Iterator[tuple[str, str, str]]:
    """(place, pattern, flags) of every regular expression in our JavaScript."""
    for path in sorted((ROOT / "static/js").glob("**/*.js")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for pattern, flags in _LITERAL.findall(line.partition(" // ")[0]):
                yield f"{path.relative_to(ROOT)}:{number}", pattern, flags


def test_the_expressions_of_the_browser_grow_with_their_text_too() -> None:
    """The two languages write these alike, and both try one place after the other."""
    for place, written, flags in scripts():
        pattern = re.compile(written.replace("(?<", "(?P<"), re.IGNORECASE if "i" in flags else 0)
        assert slow(Expression(place, pattern, frozenset({"anywhere"}))) == ""


def test_the_reader_of_scripts_sees_them() -> None:
    assert {"tagbox.js", "source_pdf.js"} <= {Path(place.partition(":")[0]).name for place, *_rest in scripts()}
    assert not [path for path in (ROOT / "static/js").glob("**/*.js") if "new RegExp" in path.read_text()]
