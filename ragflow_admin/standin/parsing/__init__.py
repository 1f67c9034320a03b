"""How documents become chunks: extraction, chunking, and the process that does it in stages."""

from __future__ import annotations
