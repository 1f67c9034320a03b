"""A client for RAGFlow's HTTP API. Knows nothing of Django.

from dashboard.ragflow import RAGFlow, errors, types

ragflow = RAGFlow("http://ragflow:9380", key)
for dataset in ragflow.datasets.walk():
    …
"""

from __future__ import annotations

from . import errors, sse, types
from .bounds import Limits, Timeouts
from .client import RAGFlow
from .conversation import Conversation
from .downloads import Download
from .parallel import parallel
from .types import WriteRecord

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
