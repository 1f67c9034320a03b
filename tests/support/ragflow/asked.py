"""A session with two questions and their answers, for tests of what is done with answers."""

from __future__ import annotations

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Session
from tests.support.ragflow.knowledge import assistant_on, parsed_dataset

QUESTIONS = ("How many months of parental leave may each parent take?", "What may a hotel in Zurich cost?")


def asked_session(ragflow: RAGFlow) -> Session:
    """As RAGFlow has it, after both answers."""
    assistant = assistant_on(ragflow, parsed_dataset(ragflow))
    session = ragflow.sessions.create(assistant, "Leave and hotels")
    for question in QUESTIONS:
        with ragflow.sessions.ask(session, question) as conversation:
            conversation.read_to_end()
    return ragflow.sessions.get(assistant.id, session.id)
