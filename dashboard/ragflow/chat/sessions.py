"""Chat sessions and the questions asked in them (contract §15, §16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from dashboard.ragflow.chat.conversation import Conversation
from dashboard.ragflow.chat.messages import Message
from dashboard.ragflow.chat.sources import referenced
from dashboard.ragflow.clock import moment
from dashboard.ragflow.errors import NotFound, Rejected, UnsafeCall
from dashboard.ragflow.http.json_repair import says
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.paging import page_query
from dashboard.ragflow.safety import guards
from dashboard.ragflow.safety.verify_deleted import errors_in, verify_deleted
from dashboard.ragflow.safety.writes import Writes
from dashboard.ragflow.types import Assistant, DeleteOutcome, Page, Session, Source

# Body keys that RAGFlow would read as another chat, another session, or other people's datasets.
_FORBIDDEN_OPTIONS = {"chat_id", "tenant_id", "session_id", "messages", "message", "question", "stream", "kb_ids"}


class _WireMessage(msgspec.Struct):
    role: str | None
    content: str | None = None
    reference: msgspec.Raw = msgspec.Raw(b"null")


class _WireSession(msgspec.Struct):
    id: str
    name: str | None = None
    chat_id: str | None = None
    messages: list[_WireMessage | None] | None = None
    create_time: float | None = None
    update_time: float | None = None


_row = msgspec.json.Decoder(_WireSession)
_rows = msgspec.json.Decoder(list[_WireSession])
_report = msgspec.json.Decoder(dict[str, Any])


class Sessions:
    """The sessions of assistants."""

    def __init__(self, transport: Transport, writes: Writes) -> None:
        self._transport = transport
        self._writes = writes

    def list(
        self,
        assistant_id: str,
        page: int = 1,
        page_size: int = 30,
        orderby: str = "update_time",
        desc: bool = True,
        *,
        user_id: str = "",
    ) -> Page[Session]:
        """One page of sessions with all messages; RAGFlow does not report a total.

        With ``user_id``, only the sessions created with it.
        """
        path = _path(guards.lookup_id(assistant_id, "assistant"))
        query = page_query(page, page_size, orderby, desc) | ({"user_id": user_id} if user_id else {})
        rows = self._transport.get(path, query).decode(_rows)
        items = tuple(_session(wire, assistant_id) for wire in rows)
        return Page(items=items, total=None, page=page, page_size=page_size)

    def get(self, assistant_id: str, session_id: str) -> Session:
        """One session. Raises NotFound if the assistant has no such session."""
        path = _path(guards.lookup_id(assistant_id, "assistant"))
        wanted = guards.lookup_id(session_id, "session")
        for wire in self._transport.get(path, {"id": wanted}).decode(_rows):
            if wire.id == wanted:
                return _session(wire, assistant_id)
        raise NotFound(f"No session with the ID “{wanted}”.", method="GET", path=path)

    def create(self, assistant: Assistant, name: str, user_id: str = "") -> Session:
        """Create a session for ``user_id``. It begins with the assistant's opening message."""
        guards.only(assistant, Assistant)
        path = _path(guards.safe_id(assistant.id, "assistant"))
        with self._writes.recording(
            "session.create", "session", ("", name), assistant_id=assistant.id, assistant=assistant.name
        ) as write:
            body = {"name": name} | ({"user_id": user_id} if user_id else {})
            wire = self._transport.write("POST", path, body).decode(_row)
            session = _session(wire, assistant.id)
            write.target(session.id, session.name)
        return session

    def rename(self, session: Session, name: str) -> Session:
        """Rename a session. Nothing but the name is ever sent."""
        guards.only(session, Session)
        path = f"{_path(guards.safe_id(session.assistant_id, 'assistant'))}/{guards.safe_id(session.id, 'session')}"
        if name == session.name:
            return session
        with self._writes.recording(
            "session.rename", "session", (session.id, session.name), assistant_id=session.assistant_id, name=name
        ):
            self._transport.write("PUT", path, {"name": name})
        return replace(session, name=name)

    def delete(self, sessions: Sequence[Session]) -> DeleteOutcome[Session]:
        """Delete sessions of one assistant. After a partial failure, each is looked up again."""
        chosen = guards.some(sessions, Session)
        if len({session.assistant_id for session in chosen}) != 1:
            raise UnsafeCall("sessions of different assistants can't be deleted in one call")
        assistant_id = guards.safe_id(chosen[0].assistant_id, "assistant")
        ids = [guards.safe_id(session.id, "session") for session in chosen]
        targets = [(session.id, session.name) for session in chosen]
        with self._writes.recording("session.delete", "session", *targets, assistant_id=assistant_id) as write:
            answer = self._transport.write("DELETE", _path(assistant_id), {"ids": ids})
            reasons = "" if answer.empty else errors_in(answer.decode(_report))
            if not reasons:
                return DeleteOutcome(deleted=chosen)
            return verify_deleted(chosen, lambda session: self.get(assistant_id, session.id), reasons, write)

    def ask(self, session: Session, question: str, **options: Any) -> Conversation:
        """Ask a question; returns the open stream of the answer.

        Takes a Session, because RAGFlow drops a question without one (contract §16.1). Options: quote, doc_ids ("a,b"),
        metadata_condition, reasoning, and the assistant's own prompt variables. The turn is stored only if the stream
        is read to its end.
        """
        guards.only(session, Session)
        path = f"/api/v1/chats/{guards.safe_id(session.assistant_id, 'assistant')}/completions"
        session_id = guards.safe_id(session.id, "session")
        if wrong := _FORBIDDEN_OPTIONS & options.keys():
            raise UnsafeCall(f"not an option of a question: {', '.join(sorted(wrong))}")
        if not question.strip():
            raise Rejected("The question is empty.", method="POST", path=path)
        body = {**options, "question": question, "session_id": session_id, "stream": True}
        write = self._writes.begin(
            "session.ask", "session", (session.id, session.name), assistant_id=session.assistant_id
        )
        try:
            stream = self._transport.open_stream(path, body)
        except BaseException as error:
            write.finish_with(error)
            raise
        return Conversation(stream, write)


def _session(wire: _WireSession, assistant_id: str) -> Session:
    return Session(
        id=wire.id,
        assistant_id=wire.chat_id or assistant_id,
        name=wire.name or "",
        messages=_messages(wire.messages or []),
        created_at=moment(wire.create_time),
        updated_at=moment(wire.update_time),
    )


def _messages(found: Sequence[_WireMessage | None]) -> tuple[Message, ...]:
    """The messages, each answer with its own sources.

    RAGFlow 0.24 attaches the sources of an answer to the assistant's previous message, beginning with the opener
    (contract §15), so they are collected in order and assigned to the messages that follow a question.
    """
    wires = [wire for wire in found if wire is not None]
    attached = (wire.reference for wire in wires if wire.role == "assistant")
    references = [referenced(reference)[0] for reference in attached if not says(reference, b"null")]
    messages: list[Message] = []
    answers = 0
    asked = False
    for wire in wires:
        content = wire.content or ""
        sources: tuple[Source, ...] = ()
        if wire.role == "user":
            asked = True
        elif asked:
            asked = False
            sources = references[answers] if answers < len(references) else ()
            answers += 1
        messages.append(Message(role=wire.role or "", content=content, sources=sources))
    return tuple(messages)


def _path(assistant_id: str) -> str:
    return f"/api/v1/chats/{assistant_id}/sessions"
