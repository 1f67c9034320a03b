"""The stand-in: a small server that answers as RAGFlow 0.24 does, for the demo and for tests. Not for production.

It is a program of its own with its own settings, database and files (`docs/standin.md`); the dashboard only ever
meets it over HTTP and shares no code with it.
"""

from __future__ import annotations
