"""Chat sessions and the questions asked in them (contract §15, §16; ragflow-0.27 §6).

How each release writes them is in ``dialects/sessions.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from dashboard.ragflow.chat import model_errors
from dashboard.ragflow.chat.conversation import Conversation
from dashboard.ragflow.chat.messages import Message
from dashboard.ragflow.chat.sources import referenced
from dashboard.ragflow.clock import moment
from dashboard.ragflow.dialects import sessions
from dashboard.ragflow.dialects.sessions import SessionsDialect, WireSession, sessions_path
from dashboard.ragflow.errors import NotFound, Rejected, UnsafeCall
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.paging import page_query
from dashboard.ragflow.releases.detection import Detection
from dashboard.ragflow.releases.offers import ThinkingMode
from dashboard.ragflow.safety import guards
from dashboard.ragflow.safety.verify_deleted import errors_in, in_portions, verify_deleted
from dashboard.ragflow.safety.writes import Writes
from dashboard.ragflow.types import Assistant, DeleteOutcome, Page, Session, Source

# Body keys that RAGFlow would read as another chat, another session, or other people's datasets; that would replace
# what is stored of the session, or keep the turn out of it; and those that it has under a name of ours.
_FORBIDDEN_OPTIONS = {
    *("chat_id", "tenant_id", "session_id", "messages", "message", "question", "stream", "kb_ids"),
    *("pass_all_history_messages", "store_history_messages", "legacy"),
}
# Since 0.25, RAGFlow ignores these unless the model is sent too (ragflow-0.27 §6): change the assistant instead. Also
# ignored is ``metadata_condition``: RAGFlow would answer from all documents.
_IGNORED_OPTIONS = {"llm_id", "temperature", "top_p", "max_tokens", "frequency_penalty", "presence_penalty"}

# Since 0.25, a delete that succeeds in full is answered with ``true``.
_report = msgspec.json.Decoder(dict[str, Any] | bool)
_questions = msgspec.json.Decoder(list[Any])


class Sessions:
    """The sessions of assistants."""

    def __init__(self, transport: Transport, detection: Detection, writes: Writes) -> None:
        self._transport = transport
        self._detection = detection
        self._writes = writes

    @property
    def _dialect(self) -> SessionsDialect:
        return sessions.of(self._detection.release())

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

        With ``user_id``, only the sessions created with it. Only servers that can "sessions of others" know it; for
        the rest, UnsafeCall is raised, because they would list nobody's or everybody's.
        """
        dialect = self._dialect
        path = sessions_path(guards.lookup_id(assistant_id, "assistant"))
        query = page_query(page, page_size, orderby, desc)
        if user_id:
            if not dialect.has_owners:
                raise UnsafeCall("this release of RAGFlow does not list sessions by user")
            query["user_id"] = user_id
        rows = sessions.listed(self._transport.get(path, query))
        items = tuple(_session(dialect, wire, assistant_id) for wire in rows)
        return Page(items=items, total=None, page=page, page_size=page_size)

    def get(self, assistant_id: str, session_id: str) -> Session:
        """One session. Raises NotFound if the assistant has no such session."""
        dialect = self._dialect
        wanted = guards.lookup_id(session_id, "session")
        path, query = dialect.lookup(guards.lookup_id(assistant_id, "assistant"), wanted)
        found = dialect.looked_up(self._transport.get(path, query), wanted)
        if found is None:
            raise NotFound(f"No session with the ID “{wanted}”.", method="GET", path=path)
        return _session(dialect, found, assistant_id)

    def create(self, assistant: Assistant, name: str, user_id: str = "") -> Session:
        """Create a session, which begins with the assistant's opening message.

        ``user_id`` is its owner, on servers that can "sessions of others". The rest ignore it, so it is not sent there.
        """
        guards.only(assistant, Assistant)
        dialect = self._dialect
        path = sessions_path(guards.safe_id(assistant.id, "assistant"))
        with self._writes.recording(
            "session.create", "session", ("", name), assistant_id=assistant.id, assistant=assistant.name
        ) as write:
            body = {"name": name} | ({"user_id": user_id} if user_id and dialect.has_owners else {})
            session = _session(dialect, sessions.made(self._transport.write("POST", path, body)), assistant.id)
            write.target(session.id, session.name)
        return session

    def rename(self, session: Session, name: str) -> Session:
        """Rename a session. Nothing but the name is ever sent."""
        guards.only(session, Session)
        path = sessions_path(guards.safe_id(session.assistant_id, "assistant"))
        path = f"{path}/{guards.safe_id(session.id, 'session')}"
        if name == session.name:
            return session
        with self._writes.recording(
            "session.rename", "session", (session.id, session.name), assistant_id=session.assistant_id, name=name
        ):
            self._transport.write(self._dialect.method, path, {"name": name})
        return replace(session, name=name)

    def delete(self, sessions: Sequence[Session]) -> DeleteOutcome[Session]:
        """Delete sessions of one assistant. After a partial failure, each is looked up again."""
        chosen = guards.some(sessions, Session)
        if len({session.assistant_id for session in chosen}) != 1:
            raise UnsafeCall("sessions of different assistants can't be deleted in one call")
        guards.safe_id(chosen[0].assistant_id, "assistant")
        for session in chosen:
            guards.safe_id(session.id, "session")
        return in_portions(chosen, self._delete)

    def _delete(self, chosen: tuple[Session, ...]) -> DeleteOutcome[Session]:
        assistant_id = chosen[0].assistant_id
        targets = [(session.id, session.name) for session in chosen]
        with self._writes.recording("session.delete", "session", *targets, assistant_id=assistant_id) as write:
            answer = self._transport.write(
                "DELETE", sessions_path(assistant_id), {"ids": [session.id for session in chosen]}
            )
            report = {} if answer.empty else answer.decode(_report)
            reasons = errors_in(report) if isinstance(report, dict) else ""
            if not reasons:
                return DeleteOutcome(deleted=chosen)
            return verify_deleted(chosen, lambda session: self.get(assistant_id, session.id), reasons, write)

    def rate(self, session: Session, message_id: str, *, up: bool, comment: str = "") -> None:
        """Store a thumb with an answer; RAGFlow keeps the ``comment`` of a thumb down only (ragflow-0.27 §6).

        On servers that can "single messages". RAGFlow says nothing if there is no such answer.
        """
        path = self._path_of(session, message_id)
        body = {"thumbup": up} | ({"feedback": comment} if comment and not up else {})
        with self._writes.recording(
            "message.rate", "session", (session.id, session.name), assistant_id=session.assistant_id, up=up
        ):
            self._transport.write("PUT", f"{path}/feedback", body)

    def delete_message(self, session: Session, message_id: str) -> Session:
        """Delete a question with its answer, on servers that can "single messages"; returns what is left.

        RAGFlow answers alike if there is no such message.
        """
        path = self._path_of(session, message_id)
        with self._writes.recording(
            "message.delete", "session", (session.id, session.name), assistant_id=session.assistant_id
        ):
            left = sessions.made(self._transport.write("DELETE", path, {}))
        return _session(self._dialect, left, session.assistant_id)

    def _path_of(self, session: Session, message_id: str) -> str:
        guards.only(session, Session)
        assistant_id, session_id = (
            guards.safe_id(session.assistant_id, "assistant"),
            guards.safe_id(session.id, "session"),
        )
        return self._dialect.message(assistant_id, session_id, guards.safe_id(message_id, "message"))

    def ask(
        self, session: Session, question: str, thinking: ThinkingMode | None = None, **options: Any
    ) -> Conversation:
        """Ask a question; returns the open stream of the answer.

        Takes a Session, because RAGFlow drops a question without one (contract §16.1). ``thinking``: how hard the model
        thinks and searches, on servers that can "thinking modes"; None for not at all. Options: quote, doc_ids
        ("a,b"), metadata_condition (0.24), and the assistant's own prompt variables. The turn is stored only if the
        stream is read to its end. RAGFlow before 0.25.6 is asked for the session's messages first.
        """
        guards.only(session, Session)
        dialect = self._dialect
        assistant_id = guards.safe_id(session.assistant_id, "assistant")
        session_id = guards.safe_id(session.id, "session")
        forbidden = _FORBIDDEN_OPTIONS | _IGNORED_OPTIONS | ({"metadata_condition"} if dialect.has_path else set())
        if wrong := forbidden & options.keys():
            raise UnsafeCall(f"not an option of a question: {', '.join(sorted(wrong))}")
        if thinking is not None:
            options |= dialect.thinking(thinking)
        before: Sequence[Mapping[str, Any]] = ()
        if not question.strip():
            raise Rejected("The question is empty.", method="POST")
        if dialect.needs_history:
            before = sessions.history(self._transport.get(*dialect.lookup(assistant_id, session_id)))
        path, body = dialect.question(assistant_id, session_id, question, before)
        body = {**options, **body}
        write = self._writes.begin(
            "session.ask", "session", (session.id, session.name), assistant_id=session.assistant_id
        )
        try:
            stream = self._transport.open_stream(path, body)
        except BaseException as error:
            write.finish_with(error)
            raise
        return Conversation(stream, write)

    def related_questions(self, question: str) -> tuple[str, ...]:
        """Further questions on the subject of a question, which the tenant's chat model makes up (contract §19).

        Nothing is stored. It takes as long as a short answer of the model, and costs as much. If the model fails, there
        are none. Raises Rejected if the question is empty.
        """
        if not question.strip():
            raise Rejected("The question is empty.", method="POST")
        found = self._transport.query(self._dialect.related_path, {"question": question}).decode(_questions)
        asked = (one.strip() for one in found if isinstance(one, str))
        return tuple(dict.fromkeys(one for one in asked if one and not model_errors.divide(one)[1]))


def _session(dialect: SessionsDialect, wire: WireSession, assistant_id: str) -> Session:
    return Session(
        id=wire.id,
        assistant_id=wire.chat_id or assistant_id,
        name=wire.name or "",
        messages=_messages(dialect, wire),
        created_at=moment(wire.create_time),
        updated_at=moment(wire.update_time),
    )


def _messages(dialect: SessionsDialect, session: WireSession) -> tuple[Message, ...]:
    """The messages, each answer with its own sources: those of the question before it."""
    references = dialect.references(session)
    messages: list[Message] = []
    questions = 0
    asked = False
    for wire in session.messages or ():
        if wire is None:
            continue
        sources: tuple[Source, ...] = ()
        if wire.role == "user":
            asked = True
            questions += 1
        elif asked:
            asked = False
            if questions <= len(references):
                sources = referenced(references[questions - 1])[0]
        messages.append(Message(role=wire.role or "", content=wire.content or "", sources=sources, id=wire.id or ""))
    return tuple(messages)
