"""A client for RAGFlow's HTTP API, independent of Django.

from dashboard.ragflow import RAGFlow, errors, types

ragflow = RAGFlow("http://ragflow:9380", key)
for dataset in ragflow.datasets.walk():
    …
"""

from __future__ import annotations

from dashboard.ragflow import errors, types
from dashboard.ragflow.bounds import Limits, Timeouts
from dashboard.ragflow.chat import sse
from dashboard.ragflow.chat.conversation import Conversation
from dashboard.ragflow.client import RAGFlow
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.transfer.downloads import Download
from dashboard.ragflow.types import WriteRecord

__all__ = [
    "Conversation",
    "Download",
    "Limits",
    "RAGFlow",
    "Timeouts",
    "WriteRecord",
    "errors",
    "parallel",
    "sse",
    "types",
]
