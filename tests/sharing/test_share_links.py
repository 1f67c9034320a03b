"""Share links, from outside: what visitors reach, and what they don't."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from dashboard.core.access.rights import Role
from dashboard.models import ChatQuestion, Server, ShareLink, ShareSession
from dashboard.ragflow import RAGFlow
from dashboard.sharing import links
from ragflow_admin.standin.testing import StandinProcess

# Answers are read, and audited, in a thread of their own.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def link(ragflow_server: Server, ragflow: RAGFlow) -> ShareLink:
    return make(ragflow_server, ragflow.chats.create(name="Handbook").id)


def make(server: Server, assistant_id: str, **more: object) -> ShareLink:
    return ShareLink.objects.create(
        server=server,
        owner=User.objects.filter(username="owner").first() or owner(),
        assistant_id=assistant_id,
        public_id=links.new_id(),
        title="Ask <b>us</b>",
        expires_at=timezone.now() + timedelta(days=1),
        **more,
    )


def owner() -> User:
    user = User.objects.create_user("owner")
    user.groups.add(Group.objects.get_or_create(name=Role.CURATOR.group)[0])
    return user


def form_token(client: Client, link: ShareLink) -> str:
    found = re.search(r'name="form_token" value="(\w+)"', client.get(links.address(link)).content.decode())
    assert found
    return found[1]


def ask(client: Client, link: ShareLink, question: str = "How many days?") -> object:
    entered = {"question": question, "form_token": form_token(client, link)}
    answer = client.post(links.address(link) + "ask/", entered)
    if answer.status_code == 302:
        page = client.get(answer["Location"]).content.decode()
        if stream := re.search(r'data-stream="([^"]+)"', page):
            assert b"event:end" in b"".join(client.get(stream[1]).streaming_content)
    return answer


def test_a_visitor_asks_and_finds_the_answer_again(link: ShareLink) -> None:
    visitor = Client(enforce_csrf_checks=True)
    answer = ask(visitor, link)
    assert answer.status_code == 302
    page = visitor.get(answer["Location"]).content.decode()
    assert "How many days?" in page
    assert "data-stream" not in page
    assert "Ask &lt;b&gt;us&lt;/b&gt;" in page
    assert link.server.api_key not in page
    assert link.assistant_id not in page
    link.refresh_from_db()
    assert link.messages == 1
    assert ChatQuestion.objects.get().username == "visitor"


def test_sessions_are_out_of_reach_for_other_visitors_and_at_other_links(link: ShareLink) -> None:
    mine, other = Client(), Client()
    page = ask(mine, link)["Location"]
    assert mine.get(page).status_code == 200
    assert other.get(page).status_code == 404
    second = make(link.server, link.assistant_id)
    number = ShareSession.objects.get().pk
    mine.get(links.address(second))
    # the cookie of one link replayed at another
    mine.cookies[f"share-{second.pk}"] = mine.cookies[f"share-{link.pk}"].value
    assert mine.get(f"{links.address(second)}sessions/{number}/").status_code == 404


def test_wrong_expired_and_revoked_links_look_alike(link: ShareLink) -> None:
    pages = [Client().get(f"/s/{link.public_id}.{'x' * 43}/").content, Client().get("/s/guess/").content]
    address = links.address(link)
    ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    pages.append(Client().get(address).content)
    ShareLink.objects.update(expires_at=timezone.now() + timedelta(days=1), revoked_at=timezone.now())
    closed = Client().get(address)
    assert closed.status_code == 404
    assert {*pages} == {closed.content}


def test_a_link_ends_with_the_account_and_the_rights_of_who_made_it(link: ShareLink) -> None:
    visitor = Client()
    assert visitor.get(links.address(link)).status_code == 200
    link.owner.groups.clear()
    assert ask(visitor, link).status_code == 404
    User.objects.filter(pk=link.owner.pk).update(is_active=False)
    assert visitor.get(links.address(link)).status_code == 404
    link.owner.delete()
    assert visitor.get(links.address(link)).status_code == 404


def test_forms_of_other_sites_and_visitors_are_refused(link: ShareLink, standin: StandinProcess) -> None:
    visitor = Client()
    token = form_token(visitor, link)
    url = links.address(link) + "ask/"
    assert visitor.post(url, {"question": "?"}).status_code == 403
    assert Client().post(url, {"question": "?", "form_token": token}).status_code == 403
    foreign = {"Origin": "https://evil.example"}
    assert visitor.post(url, {"question": "?", "form_token": token}, headers=foreign).status_code == 403
    assert not ShareSession.objects.exists()


def test_a_flood_stops_at_the_limits(link: ShareLink) -> None:
    ShareLink.objects.update(max_messages=1)
    assert ask(Client(), link).status_code == 302
    assert ask(Client(), link).status_code == 429
    ShareLink.objects.update(max_messages=500, visitor_messages=1)
    visitor = Client()
    assert ask(visitor, link).status_code == 302
    assert ask(visitor, link).status_code == 429
    assert ShareSession.objects.count() == 2


def test_a_password_is_asked_for_and_cannot_be_guessed(link: ShareLink) -> None:
    ShareLink.objects.update(password=make_password("open sesame"))
    visitor = Client()
    url = links.address(link)
    assert 'type="password"' in visitor.get(url).content.decode()
    assert ask(visitor, link).status_code == 200
    assert not ShareSession.objects.exists()
    token = form_token(visitor, link)
    assert visitor.post(f"{url}password/", {"password": "open sesame", "form_token": token}).status_code == 302
    assert ask(visitor, link).status_code == 302
    guesser = Client()
    token = form_token(guesser, link)
    tries = [guesser.post(f"{url}password/", {"password": "no", "form_token": token}).status_code for _ in range(8)]
    assert tries == [422] * 7 + [429]


def test_only_listed_sites_may_embed_the_page(link: ShareLink) -> None:
    closed = Client().get(links.address(link))
    assert "frame-ancestors 'none'" in closed["Content-Security-Policy"]
    assert closed["X-Frame-Options"] == "DENY"
    ShareLink.objects.update(sites="https://www.example.com")
    opened = Client().get(links.address(link))
    assert "frame-ancestors https://www.example.com" in opened["Content-Security-Policy"]
    assert "X-Frame-Options" not in opened
    assert opened["Referrer-Policy"] == "no-referrer"
    assert "no-store" in opened["Cache-Control"]
    assert "noindex" in opened["X-Robots-Tag"]


def test_curators_create_edit_and_revoke_a_link(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow
) -> None:
    assistant = ragflow.chats.create(name="Handbook")
    new = ragflow_server.url("sharing:create", assistant.id)
    entered = {"title": "Help", "days": 7, "max_messages": 10, "visitor_messages": 5, "sites": "https://a.example; x"}
    assert "is not the address of a site" in curator_client.post(new, entered).content.decode()
    assert curator_client.post(new, entered | {"sites": "https://a.example"}).status_code == 302
    link = ShareLink.objects.get()
    page = curator_client.get(ragflow_server.url("sharing:list", assistant.id)).content.decode()
    assert links.address(link) in page
    edit = ragflow_server.url("sharing:edit", assistant.id, link.pk)
    assert curator_client.post(edit, entered | {"sites": "", "title": "Helper"}).status_code == 302
    assert curator_client.post(ragflow_server.url("sharing:revoke", assistant.id, link.pk)).status_code == 302
    assert Client().get(links.address(link)).status_code == 404
    assert curator_client.post(ragflow_server.url("sharing:delete", assistant.id, link.pk)).status_code == 302
    assert not ShareLink.objects.exists()
