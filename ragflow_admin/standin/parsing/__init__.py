"""Parsing documents into chunks: extraction, chunking, and the process that runs it in stages."""

from __future__ import annotations
