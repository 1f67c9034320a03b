"""What pages repeat is rendered by Jinja2: with what the tag names, escaped, and never kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template, TemplateDoesNotExist, TemplateSyntaxError, engines
from django.template.loader import get_template
from django.utils import translation
from django.utils.safestring import SafeString
from jinja2 import UndefinedError

from dashboard.core.rendering import jinja

TEMPLATES = settings.BASE_DIR / "templates"
FILES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.jinja"))
PAGE = "{% load ui %}{% jinja 'rows.jinja' rows=rows %}"


@pytest.fixture
def rows(settings, tmp_path: Path):
    """Renders a template of that text with some rows, by the tag."""
    django_engine, jinja_engine = settings.TEMPLATES

    def show(source: str, rows: object, **page: object) -> str:
        (tmp_path / "rows.jinja").write_text(source)
        settings.TEMPLATES = [django_engine, {**jinja_engine, "DIRS": [tmp_path]}]
        return Template(PAGE).render(Context({"rows": rows, **page}))

    return show


def test_a_template_sees_what_its_tag_names_and_nothing_else_of_the_page(rows) -> None:
    source = "{{ rows|join }}{{ request is defined }}{{ user is defined }}{{ csrf_token is defined }}"
    assert rows(source, ["Ann"], request="a request", user="Bob", csrf_token="a token") == "AnnFalseFalseFalse"


def test_what_it_is_given_is_escaped_unless_it_is_safe(rows) -> None:
    assert rows("{{ rows[0] }} {{ rows[1] }}", ["<b>", SafeString("<b>")]) == "&lt;b&gt; <b>"
    assert rows('{{ _("Select %(name)s", name=rows[0]) }}', ["<b>"]) == "Select &lt;b&gt;"


@pytest.mark.parametrize("source", ["{{ row.name }}", "{{ rows[0].no_such_name }}", "{{ rows|no_such_filter }}"])
def test_a_name_that_is_not_known_is_an_error(rows, source: str) -> None:
    with pytest.raises((UndefinedError, TemplateSyntaxError)):
        rows(source, ["Ann"])


def test_indentation_is_for_those_who_read_the_template(rows) -> None:
    assert rows("<tr>\n    {% if rows %}\n  <td>  {{ rows[0] }}</td>\n{% endif %}\n</tr>", ["  A"]) == (
        "<tr>\n<td>    A</td>\n</tr>"
    )


def test_words_are_in_the_language_of_the_request(rows) -> None:
    assert rows('{{ _("Yes") }}', []) == "Yes"
    with translation.override("de"):
        assert rows('{{ _("Yes") }}', []) == "Ja"
    assert rows('{{ ngettext("%(n)s chunk", "%(n)s chunks", 1, n=1) }}', []) == "1 chunk"
    assert rows('{{ ngettext("%(n)s chunk", "%(n)s chunks", 2, n="2") }}', []) == "2 chunks"


def test_both_kinds_of_templates_have_the_same_filters(rows) -> None:
    for name in ("count", "file_size", "visible", "score"):
        assert rows(f"{{{{ rows[0]|{name} }}}}", [12345 if name != "visible" else "a\u202eb"]) == Template(
            f"{{% load ui %}}{{{{ value|{name} }}}}"
        ).render(Context({"value": 12345 if name != "visible" else "a\u202eb"}))


def test_neither_kind_takes_the_other_for_its_own() -> None:
    with pytest.raises(TemplateDoesNotExist):
        jinja.render("base.html")
    assert get_template("base.html").backend.name == "django"
    for path in TEMPLATES.rglob("*.html"):
        named = re.findall(r"""["']([^"']+\.jinja)["']""", path.read_text(encoding="utf-8"))
        tagged = re.findall(r"""{% jinja ["']([^"']+\.jinja)["']""", path.read_text(encoding="utf-8"))
        assert named == tagged, path


def test_there_are_templates() -> None:
    assert len(FILES) > 10


@pytest.mark.parametrize("name", FILES)
def test_a_template_is_one_and_can_be_read(name: str) -> None:
    assert engines["jinja2"].get_template(name)
    assert not [line for line in (TEMPLATES / name).read_text(encoding="utf-8").splitlines() if len(line) > 160]


# What kept rendered rows, parts of pages and inputs across requests, and what was needed for it.
KEPT = re.compile(
    r"cached_part|cached_row|RememberingInputs|made_of|icon_again|icon_sheet|cachetools|rendering\.memory"
)


def test_no_html_is_kept_across_requests() -> None:
    folders = ("dashboard", "ragflow_admin/settings.py", "templates", "requirements.txt", "requirements-dev.txt")
    files = [
        path
        for name in folders
        for path in ([settings.BASE_DIR / name] if "." in name else (settings.BASE_DIR / name).rglob("*.*"))
        if path.is_file() and path.suffix in (".py", ".html", ".jinja", ".txt")
    ]
    assert len(files) > 300
    assert not [str(path) for path in files if KEPT.search(path.read_text(encoding="utf-8"))]
    assert settings.FORM_RENDERER.startswith("django.")
