"""Every address that answers GET, how it is asked, and what it may cost.

A new page belongs into ``PAGES``, once for each of its faces; ``tests/walk/test_costs.py`` fails until it is there, and
from then on the hostile corpus, axe-core and the limits of upstream calls and database queries hold for it, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from tests.walk.world import World


@dataclass(frozen=True)
class Page:
    """``ids`` are attribute names of ``World`` for the URL, in order; ``{name}`` in ``query`` is replaced too.

    ``calls`` and ``queries`` are the most that a first visit may cost, with nothing in the cache. ``more``: calls
    beyond those, for what RAGFlow offers since 0.27. ``fragment``: htmx asks for it, and it is no page of its own.
    ``of_server``: its address begins with that of the server.
    """

    name: str
    ids: str = ""
    query: str = ""
    calls: int = 0
    queries: int = 0
    more: int = 0
    fragment: bool = False
    of_server: bool = True

    def __str__(self) -> str:
        return f"{self.name}{'?' + self.query if self.query else ''}{' (part)' if self.fragment else ''}"

    def most_calls(self, release: str) -> int:
        """The upstream calls that a first visit may cost with this RAGFlow."""
        return self.calls if release == "0.24" else self.calls + self.more

    def address(self, world: World) -> str:
        ids = [getattr(world, one) for one in self.ids.split()]
        path = world.server.url(self.name, *ids) if self.of_server else reverse(self.name, args=ids)
        return f"{path}?{self.query.format_map(vars(world))}" if self.query else path


DATASET: Final = "dataset"
DOCUMENT: Final = "dataset document"
CHUNK: Final = "dataset document chunk"
HEAVY: Final = "heavy heavy_document"
SESSION: Final = "assistant session"

PAGES: Final = (
    Page("overview:page", calls=3, queries=21),
    Page("overview:health-dot", queries=4, fragment=True),
    Page("datasets:list", calls=1, queries=4),
    Page("datasets:list", query="q=a&sort=name", calls=1, queries=4),
    Page("datasets:states", query="id={dataset}&id={empty}", calls=11, queries=4, fragment=True),
    # With 0.27 there are also compilation templates to choose from.
    Page("datasets:create", calls=3, more=2, queries=4),
    Page("datasets:create", query="from={dataset}", calls=4, more=2, queries=4),
    Page("datasets:settings", DATASET, calls=4, more=2, queries=4),
    Page("datasets:delete", query="id={dataset}&id={empty}", calls=2, queries=4),
    Page("datasets:delete", query="id={dataset}&id={empty}", calls=2, queries=4, fragment=True),
    Page("outdated:older", DATASET, calls=2, queries=5, fragment=True),
    Page("outdated:apply", DATASET, calls=2, queries=6),
    Page("documents:list", DATASET, calls=6, queries=9),
    Page("documents:list", "empty", calls=6, queries=9),
    Page(
        "documents:list",
        DATASET,
        "status=failed&q=e&type=pdf&sort=-size&meta_key=author&meta_value=Anna",
        calls=6,
        queries=9,
    ),
    Page("documents:list", DATASET, "page_size=100", calls=5, queries=8, fragment=True),
    Page(
        "documents:list",
        DATASET,
        "from=2020-01-01&to=2090-01-01&meta_key=author&meta_operator=not+is&meta_value=a"
        "&meta_key=author&meta_operator=not+empty&meta_value=&build=1",
        calls=6,
        queries=9,
    ),
    Page("documents:conditions", DATASET, "meta_key=author&meta_value=", queries=4, fragment=True),
    Page("documents:columns", DATASET, "q=e", queries=4),
    Page("documents:columns", DATASET, queries=4, fragment=True),
    Page("conditions:line", query="of={dataset}", queries=4, fragment=True),
    Page("conditions:keys", query="of={dataset}", calls=1, queries=4, fragment=True),
    Page("conditions:values", query="of={dataset}&meta_key=author", calls=1, queries=4, fragment=True),
    Page("conditions:count", query="dataset={dataset}&meta_key=author&meta_value=a", calls=2, queries=4, fragment=True),
    Page("documents:progress", DATASET, "since=1", queries=6, fragment=True),
    Page(
        "documents:list", DATASET, "build=1&meta_key=author&meta_operator=contains&meta_value=Anna", calls=6, queries=9
    ),
    Page("documents:conditions", DATASET, "meta_key=author&meta_value=Anna", queries=4, fragment=True),
    Page("documents:upload-panel", DATASET, queries=4, fragment=True),
    Page("documents:columns", DATASET, queries=4),
    Page("documents:columns", DATASET, queries=4, fragment=True),
    Page("conditions:line", query="of={dataset}", queries=4, fragment=True),
    Page("conditions:keys", query="of={dataset}", calls=1, queries=4, fragment=True),
    Page("conditions:values", query="of={dataset}&meta_key=author", calls=1, queries=4, fragment=True),
    Page(
        "conditions:count",
        query="of={dataset}&meta_key=author&meta_operator=is&meta_value=Anna",
        calls=2,
        queries=4,
        fragment=True,
    ),
    Page("documents:retry", DATASET, calls=2, queries=4),
    Page("documents:retry", DATASET, calls=2, queries=4, fragment=True),
    Page("documents:settings", DATASET, "id={document}&id={failed}", calls=6, more=2, queries=4),
    Page("documents:delete", DATASET, "id={document}&id={failed}", calls=3, queries=4),
    Page("documents:actions", DOCUMENT, calls=1, queries=4),
    Page("documents:actions", DOCUMENT, "running=1", queries=4, fragment=True),
    Page("documents:edit", DOCUMENT, calls=1, queries=4),
    Page("documents:edit", DOCUMENT, calls=1, queries=4, fragment=True),
    Page("documents:log", "dataset failed", calls=2, queries=4),
    Page("documents:log", "dataset running", calls=2, queries=4),
    Page("documents:log", DOCUMENT, calls=1, queries=4, fragment=True),
    Page("documents:list", "heavy", calls=6, queries=9),
    Page("documents:log", HEAVY, calls=2, queries=4),
    Page("chunks:list", DOCUMENT, calls=2, queries=6),
    Page("chunks:list", DOCUMENT, "q=the", calls=2, queries=6),
    Page("chunks:list", DOCUMENT, "chunk={second}", calls=3, queries=6),
    Page("chunks:list", "dataset running", calls=2, queries=9),
    Page("chunks:list", DOCUMENT, "page_size=100", calls=1, queries=4, fragment=True),
    Page("chunks:list", DOCUMENT, "source=1&chunk={chunk}", calls=3, queries=6),
    Page("chunks:list", DOCUMENT, "state=off", calls=2, queries=6),
    Page("chunks:source", DOCUMENT, "chunk={chunk}", calls=2, queries=4),
    Page("chunks:source", DOCUMENT, "chunk={chunk}", calls=2, queries=4, fragment=True),
    Page("chunks:waiting", "dataset running", calls=1, queries=6, fragment=True),
    Page("chunks:metadata", DOCUMENT, calls=1, queries=4),
    Page("chunks:add", DOCUMENT, calls=1, queries=4),
    Page("chunks:delete", DOCUMENT, "id={chunk}&id={second}", calls=3, queries=4),
    Page("chunks:edits", DOCUMENT, calls=3, queries=6),
    Page("chunks:card", CHUNK, calls=1, queries=4, fragment=True),
    Page("chunks:list", HEAVY, calls=2, queries=8),
    Page("chunks:card", f"{HEAVY} huge", calls=1, queries=4, fragment=True),
    Page("chunks:edit", CHUNK, calls=1, queries=4),
    Page("chunks:edit", CHUNK, calls=1, queries=4, fragment=True),
    Page("chunks:split", CHUNK, calls=1, queries=4),
    Page("chunks:merge", f"{CHUNK} second", calls=3, queries=4),
    Page("metadata:page", DATASET, calls=2, queries=4),
    Page("metadata:change", DATASET, calls=2, queries=4),
    Page("metadata:change", DATASET, "scope=all&operation=put&key=author&value=Zoe&kind=text", calls=3, queries=4),
    Page("metadata:grid", DATASET, calls=3, queries=4),
    Page("metadata:grid", DATASET, "key=author&new=topic", calls=3, queries=4),
    Page("metadata:undo", "dataset tagging", queries=6, fragment=True),
    Page("metadata:import", DATASET, "undo={tagging}", calls=2, queries=6),
    Page("metadata:export", DATASET, calls=2, queries=4, fragment=True),
    Page("metadata:import", DATASET, calls=1, queries=4),
    # 0.24 keeps no ingestion log: then a page only needs the dataset.
    Page("ingestion:page", DATASET, calls=1, more=2, queries=4),
    Page("ingestion:page", DATASET, "of=jobs&page_size=100", calls=1, more=2, queries=4),
    Page("ingestion:page", "heavy", calls=1, more=2, queries=4),
    Page("ingestion:document", DOCUMENT, calls=1, more=2, queries=4),
    Page("ingestion:document", DOCUMENT, calls=1, queries=4, fragment=True),
    Page("ingestion:run", "dataset log", calls=1, more=1, queries=4),
    Page("graph:page", DATASET, calls=5, more=2, queries=4),
    Page("graph:export", DATASET, "table=edges", calls=2, queries=4, fragment=True),
    Page("graph:progress", DATASET, "kind=graphrag", calls=1, queries=4, fragment=True),
    Page("graph:run", DATASET, "kind=graphrag", calls=1, queries=4),
    Page("graph:release", DATASET, "kind=graphrag", calls=1, queries=4),
    Page("graph:delete", DATASET, calls=1, queries=4),
    Page("retrieval:lab", calls=3, queries=4),
    Page("retrieval:lab", query="dataset={dataset}&q=the+office+pwned+algo", calls=6, queries=11),
    Page(
        "retrieval:lab",
        query="dataset={dataset}&q=the+office&compare=1&b-top_k=5&similarity_threshold=0",
        calls=7,
        queries=12,
    ),
    Page("retrieval:lab", query="dataset={heavy}&q=line", calls=6, queries=11),
    Page("retrieval:documents", query="dataset={dataset}&find=e", calls=4, queries=4, fragment=True),
    Page("retrieval:history", queries=5),
    Page("retrieval:sets", calls=3, queries=8),
    Page("retrieval:set", "set", calls=3, queries=9),
    Page("retrieval:set-delete", "set", queries=7),
    Page("retrieval:set-export", "set", queries=6, fragment=True),
    Page("retrieval:keep", query="text=Where&documents=a.txt", queries=6),
    Page("retrieval:question", "set question", queries=6),
    Page("retrieval:run", "set question_run", queries=11),
    Page("retrieval:run-export", "set question_run", queries=9, fragment=True),
    Page("retrieval:compare", "set", "a={question_run}&b={question_run}&show=all", queries=12),
    Page("activity:page", queries=20),
    Page("activity:job", "job", queries=7),
    Page("activity:job", "working", queries=7),
    Page("activity:job", "tagging", queries=7),
    Page("activity:toast", "working", queries=8, fragment=True),
    Page("activity:run", "run", queries=7),
    Page("assistants:list", calls=1, queries=5),
    Page("assistants:list", query="q=e&sort=name", calls=1, queries=5),
    Page("playground:list", calls=1, queries=4),
    Page("playground:assistant", "assistant", calls=1, queries=4),
    Page("assistants:create", calls=3, queries=4),
    Page("assistants:create", query="from={assistant}", calls=4, queries=4),
    Page("assistants:settings", "assistant", calls=4, queries=4),
    Page("assistants:delete", query="id={assistant}", calls=1, queries=4),
    Page("assistants:chat", "assistant", calls=2, queries=5),
    Page("assistants:sessions", "assistant", calls=1, queries=5, fragment=True),
    # One of them asks what the sources' documents are called now.
    Page("assistants:session", SESSION, calls=3, queries=6),
    Page("assistants:source", SESSION, "answer=1&source=1", calls=2, queries=4, fragment=True),
    Page("assistants:sessions-delete", "assistant", calls=2, queries=5),
    Page("assistants:sessions-delete", "assistant", "id={session}", calls=1, queries=4),
    Page("assistants:export", SESSION, "as=print", calls=2, queries=5),
    Page("assistants:session-rename", SESSION, calls=1, queries=4),
    Page("assistants:session-delete", SESSION, calls=1, queries=4),
    Page("conversations:page", calls=1, queries=10),
    Page("conversations:page", query="q=nothing+like+that&since=2026-01-01", calls=1, queries=10),
    Page("conversations:review", calls=1, queries=6),
    Page("conversations:review", query="state=closed&kind=bad", calls=1, queries=6),
    Page("assistants:compare", query="a={assistant}&b={assistant}", calls=1, queries=5),
    Page("assistants:present", "assistant", calls=1, queries=4),
    Page("sharing:list", "assistant", calls=1, queries=6),
    Page("sharing:create", "assistant", calls=1, queries=4),
    Page("servers:list", queries=6, of_server=False),
    Page("servers:add", queries=4, of_server=False),
    Page("servers:edit", "slug", queries=5, of_server=False),
    Page("servers:remove", "slug", queries=15, of_server=False),
    Page("servers:status", "slug", calls=1, queries=4, fragment=True, of_server=False),
    Page("audit:log", queries=8, of_server=False),
    Page("audit:log", query="who=nobody&since=soon", queries=8, of_server=False),
    Page("datasets:access", "colleague", calls=1, queries=6),
    Page("people:list", queries=6, of_server=False),
    Page("people:list", query="q=a&status=active&sort=-seen", queries=6, fragment=True, of_server=False),
    Page("people:list", query="q=nobody+like+that", queries=6, of_server=False),
    Page("people:invite", queries=5, of_server=False),
    Page("people:person", "colleague", queries=10, of_server=False),
    Page("people:person", "invited", queries=10, of_server=False),
    Page("people:disable", "colleague", queries=5, of_server=False),
    Page("people:delete", "colleague", queries=5, of_server=False),
    Page("people:delete", "invited", queries=5, fragment=True, of_server=False),
    Page("profile:page", queries=6, of_server=False),
    Page("accounts:about", calls=2, queries=5, of_server=False),
)
# Answers GET, and shows nothing that a world holds.
NO_PAGE: Final = {
    "home": "redirects",
    "accounts:sign-in": "knows no server",
    "accounts:signed-in": "knows no server",
    "accounts:join": "needs a link",
    "servers:first": "knows no server but the demo",
    "accounts:welcome": "needs an installation without an administrator",
    "accounts:reset": "needs a link",
    "accounts:session": "says whether somebody is signed in",
    "health:health": "JSON for a probe",
    "health:ready": "JSON for a probe",
    "handbook:index": "knows no server",
    "handbook:page": "knows no server",
    "styleguide:page": "shows examples of its own",
    "styleguide:confirm": "shows examples of its own",
    "styleguide:drawer": "shows examples of its own",
    "datasets:detail": "redirects",
    "documents:download": "a file as it is",
    "audit:export": "a file, with what the page has",
    "chunks:picture": "pixels",
    "chunks:image": "pixels",
    "chunks:text": "a text as it is",
    "documents:archive": "files as they are",
    "documents:metadata": "redirects",
    "assistants:answer-delete": "only where RAGFlow can delete single messages",
    "conversations:export": "a file",
    "assistants:compare-export": "a file",
    "assistants:compare-stream": "events of a turn under way",
    "sharing:edit": "needs a link",
    "sharing:delete": "needs a link",
    "share:page": "needs a link",
    "share:session": "needs a link",
    "share:stream": "needs a link",
    "assistants:stream": "events of a turn under way",
}
