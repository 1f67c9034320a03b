"""What 0.25.4 and 0.27.0 refused about assistants and sessions, as recorded, and the errors that it means."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.errors import NotFound, RAGFlowError, Rejected, ServerError
from tests.support.ragflow import things
from tests.support.ragflow.captures import Capture, capture, recorded_by
from tests.support.ragflow.fake_upstream import FakeServer, Reply

REFUSED: dict[tuple[str, str], type[RAGFlowError]] = {
    ("0.25.4", "0332"): Rejected,  # a name in use
    ("0.25.4", "0335"): Rejected,  # a model that is not there
    ("0.25.4", "0340"): Rejected,  # a name of 256 characters
    ("0.25.4", "0341"): NotFound,  # somebody else's dataset
    ("0.25.4", "0343"): Rejected,
    ("0.25.4", "0344"): Rejected,
    ("0.25.4", "0348"): Rejected,
    ("0.25.4", "0357"): ServerError,  # an order that is not offered
    ("0.25.4", "0369"): Rejected,
    ("0.25.4", "0386"): Rejected,
    ("0.25.4", "0391"): NotFound,  # an assistant that is not there
    ("0.25.4", "0404"): ServerError,
    ("0.25.4", "0406"): Rejected,
    ("0.25.4", "0410"): ServerError,
    ("0.25.4", "0420"): NotFound,
    ("0.25.4", "0824"): NotFound,
    ("0.27.0", "0298"): Rejected,
    ("0.27.0", "0301"): Rejected,
    ("0.27.0", "0305"): Rejected,
    ("0.27.0", "0306"): NotFound,
    ("0.27.0", "0308"): Rejected,
    ("0.27.0", "0309"): Rejected,
    ("0.27.0", "0313"): Rejected,
    ("0.27.0", "0322"): Rejected,
    ("0.27.0", "0334"): Rejected,
    ("0.27.0", "0335"): Rejected,
    ("0.27.0", "0336"): NotFound,
    ("0.27.0", "0351"): Rejected,
    ("0.27.0", "0356"): NotFound,
    ("0.27.0", "0369"): Rejected,
    ("0.27.0", "0371"): Rejected,
    ("0.27.0", "0385"): NotFound,
    ("0.27.0", "0775"): NotFound,
    ("0.27.0", "0945"): Rejected,  # a dataset without chunks
    ("0.27.0", "0946"): Rejected,  # datasets that do not fit together
    ("0.27.0", "1340"): Rejected,  # a model under the name that it had in 0.24
    ("0.27.0", "1355"): NotFound,
}


def asked_again(client: RAGFlow, recorded: Capture) -> Any:
    """The call of the client that the recorded request was."""
    parts = recorded.path.split("/")[4:]
    assistant = things.assistant(id=parts[0] if parts else things.ASSISTANT_ID)
    session = things.session(assistant_id=assistant.id, id=parts[2] if len(parts) > 2 else things.SESSION_ID)
    match recorded.method, len(parts):
        case "POST", 0:
            return client.chats.create(name="x")
        case "GET", 0:
            return client.chats.list(orderby="zzz")
        case (("PUT" | "PATCH"), 1):
            return client.chats.update(assistant, name="Another name")
        case "POST", 2:
            return client.sessions.create(assistant, "x")
        case "GET", 2:
            return client.sessions.list(assistant.id, orderby="zzz")
        case "DELETE", 2:
            return client.sessions.delete([session])
        case _:
            return client.sessions.rename(session, "Another name")


@pytest.mark.parametrize(("release", "number"), REFUSED)
def test_a_recorded_refusal_is_the_error_that_it_means(
    release: str, number: str, fake: FakeServer, client: RAGFlow
) -> None:
    recorded = recorded_by(fake, release, number)
    if recorded.method in ("PUT", "PATCH"):
        # Recorded with either method; the client reads the assistant before it changes it.
        stored = capture("0768", "0.27.0").data | {"id": recorded.path.split("/")[4]}
        fake.on("GET", ".*", Reply({"code": 0, "data": stored}))
        fake.on("PATCH", ".*", recorded.reply)
    with pytest.raises(REFUSED[release, number]) as caught:
        asked_again(client, recorded)
    assert type(caught.value) is REFUSED[release, number]
    assert caught.value.message.startswith(recorded.body["message"][:60])
