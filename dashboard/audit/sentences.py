"""Sentences about what people did, by kind of write and by job.

A sentence has ``%(who)s``, and ``%(names)s`` or ``%(n)s`` for the objects; ``number`` selects the plural.
``%(place)s`` is empty or " in Handbook".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext_lazy

from dashboard.core.formatting import count, visible

# Icon, sentence.
Words = tuple[str, str | Promise]

WRITES: Final[dict[str, Words]] = {
    "dataset.create": (
        "database-plus",
        ngettext_lazy("%(who)s created the dataset %(names)s", "%(who)s created %(n)s datasets: %(names)s", "number"),
    ),
    "dataset.update": (
        "settings",
        ngettext_lazy("%(who)s changed the dataset %(names)s", "%(who)s changed %(n)s datasets: %(names)s", "number"),
    ),
    "dataset.delete": (
        "trash",
        ngettext_lazy("%(who)s deleted the dataset %(names)s", "%(who)s deleted %(n)s datasets: %(names)s", "number"),
    ),
    "document.upload": (
        "upload",
        ngettext_lazy("%(who)s uploaded %(names)s%(place)s", "%(who)s uploaded %(n)s documents%(place)s", "number"),
    ),
    "document.update": (
        "pencil",
        ngettext_lazy("%(who)s changed %(names)s%(place)s", "%(who)s changed %(n)s documents%(place)s", "number"),
    ),
    "document.metadata": (
        "tags",
        ngettext_lazy(
            "%(who)s changed the metadata of %(names)s%(place)s",
            "%(who)s changed the metadata of %(n)s documents%(place)s",
            "number",
        ),
    ),
    "document.delete": (
        "trash",
        ngettext_lazy("%(who)s deleted %(names)s%(place)s", "%(who)s deleted %(n)s documents%(place)s", "number"),
    ),
    "document.parse": (
        "player-play",
        ngettext_lazy(
            "%(who)s started parsing %(names)s%(place)s", "%(who)s started parsing %(n)s documents%(place)s", "number"
        ),
    ),
    "document.stop": (
        "player-stop",
        ngettext_lazy(
            "%(who)s stopped parsing %(names)s%(place)s", "%(who)s stopped parsing %(n)s documents%(place)s", "number"
        ),
    ),
    "chunk.add": (
        "plus",
        ngettext_lazy("%(who)s added a chunk to %(names)s%(place)s", "%(who)s added %(n)s chunks%(place)s", "number"),
    ),
    "chunk.update": (
        "pencil",
        ngettext_lazy(
            "%(who)s changed a chunk of %(names)s%(place)s", "%(who)s changed %(n)s chunks%(place)s", "number"
        ),
    ),
    "chunk.delete": (
        "trash",
        ngettext_lazy(
            "%(who)s deleted a chunk of %(names)s%(place)s", "%(who)s deleted %(n)s chunks%(place)s", "number"
        ),
    ),
    "graph.run": (
        "affiliate",
        ngettext_lazy(
            "%(who)s started building the knowledge graph of %(names)s",
            "%(who)s started building the knowledge graphs of %(n)s datasets: %(names)s",
            "number",
        ),
    ),
    "graph.delete": (
        "trash",
        ngettext_lazy(
            "%(who)s deleted the knowledge graph of %(names)s",
            "%(who)s deleted the knowledge graphs of %(n)s datasets: %(names)s",
            "number",
        ),
    ),
    "graph.release": (
        "square",
        ngettext_lazy(
            "%(who)s cancelled building the knowledge graph of %(names)s",
            "%(who)s cancelled building the knowledge graphs of %(n)s datasets: %(names)s",
            "number",
        ),
    ),
    "raptor.run": (
        "affiliate",
        ngettext_lazy(
            "%(who)s started building the RAPTOR summaries of %(names)s",
            "%(who)s started building the RAPTOR summaries of %(n)s datasets: %(names)s",
            "number",
        ),
    ),
    "raptor.release": (
        "square",
        ngettext_lazy(
            "%(who)s cancelled building the RAPTOR summaries of %(names)s",
            "%(who)s cancelled building the RAPTOR summaries of %(n)s datasets: %(names)s",
            "number",
        ),
    ),
    "assistant.create": (
        "message-chatbot",
        ngettext_lazy(
            "%(who)s created the assistant %(names)s", "%(who)s created %(n)s assistants: %(names)s", "number"
        ),
    ),
    "assistant.update": (
        "settings",
        ngettext_lazy(
            "%(who)s changed the assistant %(names)s", "%(who)s changed %(n)s assistants: %(names)s", "number"
        ),
    ),
    "assistant.delete": (
        "trash",
        ngettext_lazy(
            "%(who)s deleted the assistant %(names)s", "%(who)s deleted %(n)s assistants: %(names)s", "number"
        ),
    ),
    "session.create": (
        "message-circle",
        ngettext_lazy("%(who)s started the chat %(names)s", "%(who)s started %(n)s chats", "number"),
    ),
    "session.rename": (
        "pencil",
        ngettext_lazy("%(who)s renamed the chat %(names)s", "%(who)s renamed %(n)s chats", "number"),
    ),
    "session.delete": (
        "trash",
        ngettext_lazy("%(who)s deleted the chat %(names)s", "%(who)s deleted %(n)s chats", "number"),
    ),
    "session.ask": (
        "message-circle",
        ngettext_lazy("%(who)s asked in the chat %(names)s", "%(who)s asked in %(n)s chats", "number"),
    ),
    "message.rate": (
        "thumb-up",
        ngettext_lazy(
            "%(who)s rated an answer in the chat %(names)s", "%(who)s rated answers in %(n)s chats", "number"
        ),
    ),
    "message.delete": (
        "trash",
        ngettext_lazy(
            "%(who)s deleted an answer in the chat %(names)s", "%(who)s deleted answers in %(n)s chats", "number"
        ),
    ),
    "assistant.complete": (
        "send",
        ngettext_lazy(
            "%(who)s asked the assistant %(names)s in the playground",
            "%(who)s asked %(n)s assistants in the playground",
            "number",
        ),
    ),
    "agent.complete": (
        "send",
        ngettext_lazy(
            "%(who)s asked the agent %(names)s in the playground",
            "%(who)s asked %(n)s agents in the playground",
            "number",
        ),
    ),
}
JOBS: Final[dict[str, Words]] = {
    "parse": WRITES["document.parse"],
    "recover": (
        "rotate-clockwise",
        ngettext_lazy("%(who)s reparsed %(names)s%(place)s", "%(who)s reparsed %(n)s documents%(place)s", "number"),
    ),
    "stop": WRITES["document.stop"],
    "enable": (
        "eye",
        ngettext_lazy("%(who)s enabled %(names)s%(place)s", "%(who)s enabled %(n)s documents%(place)s", "number"),
    ),
    "disable": (
        "eye-off",
        ngettext_lazy("%(who)s disabled %(names)s%(place)s", "%(who)s disabled %(n)s documents%(place)s", "number"),
    ),
    "delete": WRITES["document.delete"],
    "settings": (
        "adjustments",
        ngettext_lazy(
            "%(who)s changed the settings of %(names)s%(place)s",
            "%(who)s changed the settings of %(n)s documents%(place)s",
            "number",
        ),
    ),
    "apply-settings": (
        "adjustments",
        ngettext_lazy(
            "%(who)s applied the dataset's settings to %(names)s%(place)s",
            "%(who)s applied the dataset's settings to %(n)s documents%(place)s",
            "number",
        ),
    ),
    "replace": (
        "replace",
        ngettext_lazy("%(who)s replaced %(names)s%(place)s", "%(who)s replaced %(n)s documents%(place)s", "number"),
    ),
    "metadata": WRITES["document.metadata"],
    "chunks-on": (
        "eye",
        ngettext_lazy("%(who)s enabled a chunk%(place)s", "%(who)s enabled %(n)s chunks%(place)s", "number"),
    ),
    "chunks-off": (
        "eye-off",
        ngettext_lazy("%(who)s disabled a chunk%(place)s", "%(who)s disabled %(n)s chunks%(place)s", "number"),
    ),
    "chunks-delete": (
        "trash",
        ngettext_lazy("%(who)s deleted a chunk%(place)s", "%(who)s deleted %(n)s chunks%(place)s", "number"),
    ),
}
# A kind recorded by another release.
OTHER: Final[Words] = ("activity", _lazy("%(who)s made a change%(place)s"))
# Left out: questions in chats do not change the team's content, nor does what administrators do to the connection.
UNLISTED: Final = ("session.", "message.", "server.", "assistant.complete", "agent.complete")
PLACE: Final = _lazy(" in %(dataset)s")
PLACES: Final[dict[str, str | Promise]] = {"document.upload": _lazy(" to %(dataset)s")}
# How many objects a sentence names.
NAMED: Final = 3


def say(sentence: Any, who: str, names: Sequence[str], number: int, place: str) -> SafeString:
    """The sentence about ``number`` objects as HTML, naming the first few. ``place`` is HTML."""
    shown = [fill("%(name)s", name=str(name)) for name in names[:NAMED]]
    return fill(
        sentence,
        number,
        who=format_html("<b>{}</b>", visible(who) if who else _("someone")),
        names=SafeString(", ".join(shown) + (" …" if number > len(shown) else "")),
        place=SafeString(place),
    )


def fill(words: Any, number: int = 0, **parts: str) -> SafeString:
    """A translated sentence with its parts as HTML. Plain names are escaped and isolated in their text direction."""
    safe = {
        name: part if isinstance(part, SafeString) else format_html("<bdi>{}</bdi>", visible(part))
        for name, part in parts.items()
    }
    # Safe: the sentence and the number are ours.
    return SafeString(words % {**safe, "number": number, "n": count(number)})
