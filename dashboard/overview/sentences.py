"""Sentences for the list of recent activity, by kind of write and by job.

A sentence has ``%(who)s``, and ``%(names)s`` or ``%(n)s`` for the objects; ``number`` selects the plural.
``%(place)s`` is empty or " in Handbook".
"""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext_lazy

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
UNLISTED: Final = ("session.", "server.", "assistant.complete", "agent.complete")
PLACE: Final = _lazy(" in %(dataset)s")
PLACES: Final[dict[str, str | Promise]] = {"document.upload": _lazy(" to %(dataset)s")}
