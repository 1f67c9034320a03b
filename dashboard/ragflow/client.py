"""The client: one server, one key, one attribute per resource."""

from __future__ import annotations

from dashboard.ragflow.bounds import Limits, Timeouts
from dashboard.ragflow.chat.chats import Chats
from dashboard.ragflow.chat.sessions import Sessions
from dashboard.ragflow.completions.completions import Completions
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.ingestion.logs import Ingestions
from dashboard.ragflow.reach.gate import Gate
from dashboard.ragflow.reach.reach import EVERYTHING, Reach
from dashboard.ragflow.releases import offers
from dashboard.ragflow.releases.detection import Detection
from dashboard.ragflow.releases.offers import Offer
from dashboard.ragflow.releases.release import Release
from dashboard.ragflow.resources.chunks import Chunks
from dashboard.ragflow.resources.datasets import Datasets
from dashboard.ragflow.resources.documents import Documents
from dashboard.ragflow.resources.files import Files
from dashboard.ragflow.resources.graph import Graphs
from dashboard.ragflow.resources.metadata import Metadata
from dashboard.ragflow.resources.retrieval import Retrievals
from dashboard.ragflow.resources.system import System
from dashboard.ragflow.safety.writes import OnWrite, Writes


class RAGFlow:
    """A RAGFlow server, accessed with one API key.

    Cheap to create for every request: connections are shared per (base_url, verify) by all threads of the process.
    ``verify`` is as in requests: True, False, or the path of a file with certificates. ``on_write`` is called once
    after every write, whatever its outcome. ``reach`` is what it may read and change; everything else does not exist
    for it. All calls raise subclasses of ``errors.RAGFlowError``; a call that must not be sent raises
    ``errors.UnsafeCall``. Raises ValueError if ``base_url`` is not an HTTP URL.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        verify: bool | str = True,
        timeouts: Timeouts | None = None,
        limits: Limits | None = None,
        on_write: OnWrite | None = None,
        reach: Reach = EVERYTHING,
    ) -> None:
        transport = Transport(
            base_url, api_key, verify=verify, timeouts=timeouts or Timeouts(), limits=limits or Limits()
        )
        writes = Writes(on_write)
        self._detection = transport.watch = Detection(transport)
        self.base_url = transport.base_url
        self.reach = reach
        self.system = System(transport, self._detection)
        self.datasets = Datasets(transport, self._detection, writes, reach)
        self.documents = Documents(transport, self._detection, writes)
        self.files = Files(transport)
        self.chunks = Chunks(transport, self._detection, writes)
        self.chats = Chats(transport, self._detection, writes, reach)
        transport.gate = Gate(reach, self.chats.datasets_of)
        self.sessions = Sessions(transport, self._detection, writes)
        self.completions = Completions(transport, self._detection, writes)
        self.retrieval = Retrievals(transport)
        self.metadata = Metadata(transport, self._detection, writes)
        self.graph = Graphs(transport, self._detection, writes)
        self.ingestions = Ingestions(transport)

    def release(self) -> Release:
        """The release of the server. It is remembered for a minute."""
        return self._detection.release()

    def can(self, offer: Offer) -> bool:
        """Whether the server offers something that not every release has. Raises as a call does."""
        return offers.offers(self.release(), offer)

    def offered(self) -> frozenset[Offer]:
        """All that the server offers of what not every release has. Raises as a call does."""
        return offers.of(self.release())

    def __repr__(self) -> str:
        return f"RAGFlow({self.base_url!r})"
