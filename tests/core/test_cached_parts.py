"""Parts from memory never show what belongs to another role, person, server or language."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.http import QueryDict
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString

from dashboard.core.rendering import cached_parts
from dashboard.core.web.roles import Role
from dashboard.models import Server
from dashboard.retrieval.settings_form import SettingsForm

PART = "{% load ui %}{% cached_part 'part.html' value=value %}"
# Each page gets tokens of its own, and tells when it was made and how fast RAGFlow was.
TOKENS = re.compile(r'(?<="X-CSRFToken": ")\w+|(?<=name="csrfmiddlewaretoken" value=")\w+')
MOMENTS = re.compile(r'(?<=data-version=")\d+|<time .*?</time>|\d+\xa0ms')


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    cached_parts.MEMORY.clear()
    yield
    cached_parts.MEMORY.clear()


@pytest.fixture
def part(settings, tmp_path) -> Callable[..., str]:
    """Shows a part that says its value and looks for more."""
    (tmp_path / "part.html").write_text(
        "{% load i18n %}{{ value }}{{ value.name }}|{{ request }}{{ user }}{{ csrf_token }}|{% translate 'Yes' %}"
    )
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path], "NAME": "parts"}]

    def show(value: object, **more: object) -> str:
        return Template(PART).render(Context({"value": value, **more}))

    return show


def test_a_part_knows_its_values_and_nothing_else_of_the_page(part):
    shown = part("<Ann>", request="a request", user="Bob", csrf_token="a token")
    assert shown == "&lt;Ann&gt;||Yes"
    assert part("<Ann>", user="Carol") == shown
    assert cached_parts.MEMORY.hits == 1
    with translation.override("de"):
        assert part("<Ann>") == "&lt;Ann&gt;||Ja"
    assert part("<Ann>") == shown


class Mood(enum.IntEnum):
    """Equal to a number, shown as one, and yet no number."""

    FINE = 1


@dataclass(frozen=True)
class Named:
    name: object


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (True, 1),
        (1, 1.0),
        ("<b>", SafeString("<b>")),
        (SafeString("<b>"), "<b>"),
        (("<b>",), (SafeString("<b>"),)),
        (Named("<b>"), Named(SafeString("<b>"))),
        (Named(1), Named(True)),
        (None, ""),
    ],
)
def test_values_that_are_equal_but_look_different_are_told_apart(part, one, other):
    assert part(one) == Template("{{ value }}{{ value.name }}||Yes").render(Context({"value": one}))
    assert part(other) == Template("{{ value }}{{ value.name }}||Yes").render(Context({"value": other}))


@pytest.mark.parametrize(
    "value",
    [
        {"name": "Ann"},
        {"Ann"},
        AnonymousUser(),
        User(pk=1, username="ann"),
        RequestFactory().get("/"),
        QueryDict("a=b"),
        [User(pk=1, username="ann")],
        Named(User(pk=1, username="ann")),
        SimpleLazyObject(lambda: User(pk=1, username="ann")),
        object(),
    ],
)
def test_what_could_change_unseen_or_belongs_to_a_person_is_refused(part, value):
    with pytest.raises(TypeError, match="cannot be made of"):
        part(value)


@pytest.mark.parametrize(
    "other",
    [
        {"query": "top_k=64"},
        {"query": "rerank_id=two"},
        {"prefix": "b"},
        {"rerank_models": None},
        {"rerank_models": ()},
        {"rerank_models": ("one",)},
    ],
)
def test_settings_from_memory_are_those_of_their_form(other):
    def shown(query: str = "", **how: object) -> str:
        form = SettingsForm(QueryDict(query), **{"rerank_models": ("one", "two"), **how})
        return cached_parts.render("retrieval/_settings.html", {"form": form, "letter": 1, "compares": True})

    plain, changed = shown(), shown(**other)
    assert plain == shown()
    assert cached_parts.MEMORY.hits == 1
    cached_parts.MEMORY.clear()
    assert shown(**other) == changed != plain


def test_a_server_that_was_renamed_is_shown_by_its_new_name(part):
    server = Server(pk=1, name="Old", slug="one", base_url="http://one")
    assert part(server).startswith("Place")
    server.name = "New"
    assert "New" in part(server)
    assert "New" in part(SimpleLazyObject(lambda: server))
    assert "New" in part([server])


@pytest.fixture
def second_server(ragflow_server: Server) -> Server:
    server = Server(name="Second server", slug="second", base_url=ragflow_server.base_url)
    server.api_key = ragflow_server.api_key
    server.save()
    return server


def test_pages_from_memory_are_the_pages_that_would_be_rendered_anew(
    ragflow, ragflow_server, second_server, person, settings
):
    """Every page, for every role, two people of each, on two servers, in two languages: first each with an empty
    memory, then all of them in turns with what the others left in it."""
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    dataset = ragflow.datasets.create(name="Manuals")
    addresses = [
        *(
            server.url(name)
            for server in (ragflow_server, second_server)
            for name in ("datasets:list", "overview:page")
        ),
        *(server.url("documents:list", dataset.id) for server in (ragflow_server, second_server)),
        *(server.url("assistants:list") for server in (ragflow_server, second_server)),
    ]
    visits = []
    for role in Role:
        for name in (f"first {role.group}", f"second {role.group}"):
            client = Client()
            client.force_login(person(role, name), backend="django.contrib.auth.backends.ModelBackend")
            visits += [(client, name, address, words) for address in addresses for words in ("en", "de")]

    def visit(client: Client, address: str, language: str) -> str:
        answer = client.get(address, headers={"Accept-Language": language})
        assert answer.status_code == 200
        return MOMENTS.sub("now", TOKENS.sub("token", answer.content.decode()))

    # Warm what is asked of RAGFlow once, so that only the memory of parts differs.
    for client, _, address, language in visits[:: len(addresses)]:
        visit(client, address, language)
    alone = {}
    for client, name, address, language in visits:
        cached_parts.MEMORY.clear()
        alone[name, address, language] = visit(client, address, language)
    for one, (client, name, address, language) in sorted(enumerate(visits), key=lambda pair: pair[0] * 7919 % 101):
        assert visit(client, address, language) == alone[name, address, language], (one, name, address, language)
        shown = alone[name, address, language]
        assert f'<html lang="{language}">' in shown
        assert all((other == name) == (f'title="{other}"' in shown) for other in {visited[1] for visited in visits})
        assert ("Style guide" in shown) == ("Administrator" in name)
    assert cached_parts.MEMORY.hits > len(visits)


def test_each_visit_has_a_token_of_its_own(ragflow_server, curator_client):
    tokens = [TOKENS.search(curator_client.get(ragflow_server.url("datasets:list")).content.decode()) for _ in range(3)]
    assert len({found[0] for found in tokens if found}) == 3
