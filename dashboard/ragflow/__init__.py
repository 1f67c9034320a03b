"""A client for RAGFlow's HTTP API. Knows nothing of Django.

from dashboard.ragflow import RAGFlow, errors, types

ragflow = RAGFlow("http://ragflow:9380", key)
for dataset in ragflow.datasets.walk():
    …
"""

from __future__ import annotations

from . import errors, sse, types
from .client import RAGFlow
from .conversation import Conversation
from .downloads import Download
from .parallel import parallel
from .types import Timeouts, WriteRecord

__all__ = ["Conversation", "Download", "RAGFlow", "Timeouts", "WriteRecord", "errors", "parallel", "sse", "types"]
