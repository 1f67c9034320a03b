"""The stand-in: a small server that behaves like RAGFlow 0.24 or 0.27, for the demo and for tests. Not for production.

It is a separate program with its own settings, database and files (`docs/standin.md`). The dashboard talks to it only
over HTTP and shares no code with it.
"""

from __future__ import annotations
