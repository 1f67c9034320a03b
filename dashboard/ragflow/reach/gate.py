"""Every call is checked before it is sent: whether it is within the reach of the client.

RAGFlow knows one API key, which may do everything. A client for a person with fewer rights gets a ``Reach``: calls
that name a dataset or an assistant outside of it fail as if that did not exist (NotFound), and changes of what the
person may only see are refused (NotPermitted). Lists of datasets and assistants are shortened by their resources,
``Datasets`` and ``Chats``. Of a path that is not known here, a read is refused to people who see only some datasets,
and a write to everybody who may not change the whole server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from dashboard.ragflow.errors import NotFound, NotPermitted
from dashboard.ragflow.reach.reach import Reach

DATASETS: Final = "/api/v1/datasets"
CHATS: Final = "/api/v1/chats"
RETRIEVAL: Final = "/api/v1/retrieval"
_IN_DATASET: Final = re.compile(r"/api/v1/datasets/([^/]+)")
_ASSISTANT: Final = re.compile(r"/api/v1/chats/([^/]+)(/.+)?\Z")
# What the server itself is like, which everybody may know.
_ABOUT_SERVER: Final = (
    "/api/v1/system/",
    "/v1/system/",
    "/api/v1/language",
    "/api/v1/models",
    "/v1/llm/",
    "/v1/user/tenant_info",
    "/api/v1/users/me/models",
    "/api/v1/compilation-template",
    # They are made up by the model from the question alone.
    "/api/v1/sessions/related_questions",
    "/api/v1/chat/recommendation",
    # Read for the files to which the documents in sight are linked; nothing else of it is shown.
    "/api/v1/file/list",
)
_ASKING: Final = ("/api/v1/chat/completions",)
_OPENAI: Final = re.compile(r"/api/v1/(?:openai|chats_openai)/([^/]+)/chat/completions\Z")


class Gate:
    """Checks the calls of a client. ``datasets_of`` reads the ids of the datasets of an assistant."""

    def __init__(self, reach: Reach, datasets_of: Callable[[str], Collection[str]]) -> None:
        self._reach = reach
        self._datasets_of = datasets_of

    def check(self, method: str, path: str, named: Mapping[str, Any], *, inside: str = "", writes: bool) -> None:
        """Raise NotFound or NotPermitted for a call outside of the reach.

        ``named`` is the query or the body. ``inside`` is the dataset of a call whose path does not name it.
        """
        if self._reach.is_everything:
            return
        if found := _IN_DATASET.match(path):
            self._check_datasets([found[1]], writes=writes)
        elif inside:
            self._check_datasets([inside], writes=writes)
        elif path == DATASETS:
            if writes:
                self._check_datasets(named.get("ids", ()), writes=True)
        elif path == RETRIEVAL:
            self._check_datasets(named.get("dataset_ids", ()), writes=False)
        elif path == CHATS:
            self._check_chats(method, named)
        elif assistant := _ASSISTANT.match(path):
            # ``Chats`` reads an assistant, and hides it if it is out of reach.
            if writes or assistant[2]:
                self._check_assistant(assistant[1], named, changes=writes and not assistant[2])
        elif openai := _OPENAI.match(path):
            self._check_assistant(openai[1], named, changes=False)
        elif path in _ASKING:
            self._check_assistant(str(named.get("chat_id", "")), named, changes=False)
        elif writes:
            self._check_datasets((), writes=True)
        elif self._reach.sees is not None and not path.startswith(_ABOUT_SERVER):
            raise NotFound("There is nothing that you may see here.", method=method, path=path)

    def _check_datasets(self, ids: Iterable[str], *, writes: bool) -> None:
        wanted = list(ids)
        if not self._reach.shows(wanted):
            raise NotFound(f"No dataset with the ID “{wanted[0]}”." if wanted else "No dataset given.")
        if writes and not self._reach.changes(wanted):
            raise NotPermitted("You may see this dataset, but not change it.")

    def _check_chats(self, method: str, named: Mapping[str, Any]) -> None:
        """The collection of assistants: its list is shortened by ``Chats``."""
        if method == "POST":
            self._check_datasets(named.get("dataset_ids", ()), writes=True)
        for id in named.get("ids", ()) if method == "DELETE" else ():
            self._check_assistant(id, {}, changes=True)

    def _check_assistant(self, id: str, named: Mapping[str, Any], *, changes: bool) -> None:
        """Use or change of one assistant. Raises NotFound if ``datasets_of`` does, which hides what is out of reach."""
        if self._reach.sees is None and not changes:
            return
        uses = self._datasets_of(id)
        if changes and not self._reach.changes(uses):
            raise NotPermitted("You may use this assistant, but not change it.")
        if changes and "dataset_ids" in named:
            self._check_datasets(named["dataset_ids"], writes=True)
