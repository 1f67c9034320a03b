"""What RAGFlow's jobs leave behind in a log, and the templates that they follow."""

from __future__ import annotations
