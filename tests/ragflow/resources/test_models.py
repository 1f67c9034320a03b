"""Models, defaults and health as each release tells them, replayed from recorded answers (ragflow-0.27 §0.2, §0.3)."""

from __future__ import annotations

import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.bounds import Limits, Timeouts
from dashboard.ragflow.errors import UnsafeCall
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.releases.server import Defaults
from tests.support.ragflow.captures import capture
from tests.support.ragflow.fake_upstream import KEY, FakeServer

NEW = "0.27.0"


def answering(fake: FakeServer, release: str, *numbers: str) -> None:
    fake.release = f"v{release}"
    for number in numbers:
        recorded = capture(number, release)
        fake.on(recorded.method, recorded.path, recorded.reply)


def test_models_of_0_27_have_an_instance_and_keep_their_key(fake: FakeServer, client: RAGFlow) -> None:
    answering(fake, NEW, "1133")
    chat, *_others = client.system.models()
    assert (chat.name, chat.instance, chat.provider) == ("fake-chat", "fake", "OpenAI-API-Compatible")
    assert (chat.id, chat.type) == ("fake-chat@fake@OpenAI-API-Compatible", "chat")
    assert chat.key == "5dc64d9eecb511f19fcd02fc00000001"
    for stored in (chat.id, chat.key, "fake-chat@OpenAI-API-Compatible"):
        assert chat.is_meant_by(stored)
    for stored in ("", "fake-chat@other@OpenAI-API-Compatible", "fake-chat___OpenAI-API@OpenAI-API-Compatible"):
        assert not chat.is_meant_by(stored)


def test_models_of_0_27_are_chosen_by_type(fake: FakeServer, client: RAGFlow) -> None:
    answering(fake, NEW, "1134")
    embedding = client.system.models("embedding")
    assert [model.id for model in embedding] == [
        "fake-embed@fake@OpenAI-API-Compatible",
        "fake-embed2@fake@OpenAI-API-Compatible",
        "BAAI/bge-small-en-v1.5@Builtin",
    ]
    assert embedding[-1].is_meant_by("BAAI/bge-small-en-v1.5@default@Builtin")
    assert fake.received[-1].query == {"type": ["embedding"]}


def test_defaults_of_0_27_are_named_as_its_models_are(fake: FakeServer, client: RAGFlow) -> None:
    answering(fake, NEW, "1137")
    defaults = client.system.defaults()
    assert defaults.chat_model == "fake-chat@fake@OpenAI-API-Compatible"
    assert defaults.embedding_model == "fake-embed@fake@OpenAI-API-Compatible"
    assert defaults.rerank_model == ""


def test_models_of_0_25_are_named_as_in_0_24_but_the_defaults_have_another_path(
    fake: FakeServer, client: RAGFlow
) -> None:
    answering(fake, "0.25.4", "0018", "0724")
    (rerank,) = client.system.models("rerank")
    assert (rerank.id, rerank.name) == ("fake-rerank___OpenAI-API@OpenAI-API-Compatible", "fake-rerank")
    assert client.system.defaults() == Defaults(
        chat_model="fake-chat___OpenAI-API@OpenAI-API-Compatible",
        embedding_model="BAAI/bge-small-en-v1.5@Builtin",
        rerank_model="",
        image_model="",
        speech_model="",
        tts_model="",
    )


@pytest.mark.parametrize(("release", "number"), [("0.25.4", "0712"), ("0.27.0", "1107")])
def test_the_health_is_read_on_the_path_of_the_release(
    fake: FakeServer, client: RAGFlow, release: str, number: str
) -> None:
    answering(fake, release, number)
    assert client.system.health().ok
    assert fake.received[-1].path == "/api/v1/system/healthz"


def test_keys_of_model_providers_are_never_asked_for(fake: FakeServer) -> None:
    transport = Transport(fake.base_url, KEY, verify=True, timeouts=Timeouts(), limits=Limits())
    for path in ("/api/v1/providers", "/api/v1/providers/OpenAI/instances/mine"):
        with pytest.raises(UnsafeCall):
            transport.get(path)
        with pytest.raises(UnsafeCall):
            transport.write("PUT", path, {})
    assert fake.received == []
