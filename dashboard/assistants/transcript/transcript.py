"""A session as a file: Markdown to read and paste, JSON to process."""

from __future__ import annotations

from typing import Any

from dashboard.assistants.answers.with_sources import with_sources
from dashboard.core.formatting import visible
from dashboard.ragflow.chat.messages import Message
from dashboard.ragflow.types import Assistant, Session


def as_markdown(assistant: Assistant, session: Session) -> str:
    """The questions as headings, each answer with the sources that it cites. Reasoning is left out."""
    lines = [f"# {visible(session.name)}", "", visible(assistant.name), ""]
    for message in session.messages:
        if message.role == "user":
            lines += [f"## {' '.join(message.content.split())}", ""]
        else:
            lines += [with_sources(message.text, message.sources), ""]
    return "\n".join(lines)


def as_json(assistant: Assistant, session: Session) -> dict[str, Any]:
    """All that RAGFlow keeps of the session, with the sources of each answer in the order of its marks."""
    return {
        "assistant": {"id": assistant.id, "name": assistant.name},
        "session": {
            "id": session.id,
            "name": session.name,
            "created_at": session.created_at.isoformat() if session.created_at else None,
            "updated_at": session.updated_at.isoformat() if session.updated_at else None,
        },
        "messages": [_message(message) for message in session.messages],
    }


def _message(message: Message) -> dict[str, Any]:
    told: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.role == "user":
        return told
    return told | {
        "text": message.text,
        "thinking": message.thinking,
        "sources": [
            {
                "chunk_id": source.id,
                "document_id": source.document_id,
                "document_name": source.document_name,
                "dataset_id": source.dataset_id,
                "content": source.content,
                "similarity": source.similarity,
            }
            for source in message.sources
        ],
    }
