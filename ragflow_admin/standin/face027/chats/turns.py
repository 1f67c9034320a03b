"""What 0.27 answers to a question: quotes of the datasets, an empty response or a model's failure (ragflow-0.27 §6)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ragflow_admin.standin import quoting
from ragflow_admin.standin.face024 import models
from ragflow_admin.standin.face024.chats.completions import find, prompt_of, reference_of, refers_back
from ragflow_admin.standin.face027.chats.asked import Asked
from ragflow_admin.standin.face027.chats.rows import chunk_row
from ragflow_admin.standin.http.routing import ApiRequest
from ragflow_admin.standin.store.models import Chat


@dataclass(frozen=True)
class Turn:
    """An answer. `thinking` are the blocks before it, which may be empty."""

    text: str
    reference: dict[str, Any]
    prompt: str = ""
    thinking: tuple[str, ...] = ()
    linked: bool = True  # the assistant has datasets
    empty: bool = False  # nothing was found: the text is the assistant's empty response

    @property
    def whole(self) -> str:
        """The text with its thinking, as it is stored."""
        return "".join(f"<think>{thought}</think>" for thought in self.thinking) + self.text


@dataclass(frozen=True)
class _Mood:
    """How the model behaves: words in the question or a fault of the control endpoint make it fail or think."""

    fault: str
    fails: bool
    breaks: bool
    thinks: bool


def turn_of(request: ApiRequest, asked: Asked) -> Turn:
    """The answer to a question.

    Raises KeyError for an assistant with datasets whose prompt has no `system`, after a partial `prompt_config`.
    """
    mood = _mood(request, asked)
    chat = asked.chat
    if chat is None or not json.loads(chat.kb_ids):
        text = quoting.REFUSAL if mood.fails else quoting.NO_DATASET
        return Turn(_said(request, mood, text), {"chunks": []}, thinking=_thinking(asked, mood, []), linked=False)
    config = json.loads(chat.prompt_config)
    if "system" not in config:
        raise KeyError("system")
    return _quoted(request, asked, mood, chat, config)


def _quoted(request: ApiRequest, asked: Asked, mood: _Mood, chat: Chat, config: dict[str, Any]) -> Turn:
    question = asked.question
    found = find(chat, question, asked.before if mood.fails or refers_back(question) else [], asked.documents)
    hits = found.hits[: chat.top_n]
    # If there is an empty response, only a fault of the control endpoint reaches the model without a chunk.
    if not hits and config.get("empty_response") and not mood.fault.startswith("error"):
        # A blank question isn't searched for, so its documents are an object.
        nothing = {"total": 0, "chunks": [], "doc_aggs": [] if question else {}}
        return Turn(config["empty_response"], nothing, f"\n\n### Query:\n{question}", empty=True)
    # With the lowest effort the model answers at once; with more it searches, and says so.
    quote = bool(hits and asked.quote and config.get("quote", True) and asked.reasoning != 1)
    text = quoting.REFUSAL if mood.fails else quoting.answer(found, hits, quote)
    text = _said(request, mood, text)
    reference = reference_of(found, hits, text) if quote else {}
    if reference:
        reference["chunks"] = [chunk_row(chunk) for chunk in reference["chunks"]]
    prompt = "" if asked.reasoning else prompt_of(config, hits, question)
    return Turn(text, reference, prompt, _thinking(asked, mood, hits))


def _mood(request: ApiRequest, asked: Asked) -> _Mood:
    fault, question = str(request.META.get("standin.fault") or ""), asked.question.lower()
    breaks = "please fail halfway" in question or fault == "error_midway"
    return _Mood(
        fault=fault,
        fails=not breaks and ("please fail" in question or fault == "error_answer"),
        breaks=breaks,
        thinks=models.reasons(asked.model) or "please think" in question or fault in ("think", "think_twice"),
    )


def _said(request: ApiRequest, mood: _Mood, text: str) -> str:
    """The text of an answer after the faults that change it."""
    if mood.fault == "answer":
        text = str(request.META["standin.message"])
    return quoting.halfway(text) if mood.breaks else text


def _thinking(asked: Asked, mood: _Mood, hits: list[Any]) -> tuple[str, ...]:
    """The blocks of thinking before an answer; a block may be empty."""
    if mood.fails:
        return ()
    blocks = []
    if asked.reasoning or mood.fault == "think_twice":
        blocks.append("" if asked.reasoning == 1 else quoting.research(asked.question, hits))
    if mood.thinks:
        blocks.append(quoting.thoughts(asked.question, hits))
    return tuple(blocks)
