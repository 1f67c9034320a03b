"""The HTTP API of RAGFlow 0.27, one module per noun.

What 0.27 answers exactly as 0.24 does is taken from ``face024``; both faces share one store.
"""

from __future__ import annotations
