"""The ways to show a document's file beside its chunks, by file type."""

from __future__ import annotations

from typing import Final, Literal

Kind = Literal["pdf", "image", "text", "markup", "table", "word", "none"]

_ENDINGS: Final[dict[Kind, str]] = {
    "pdf": "pdf",
    # Bitmap formats. SVG can contain scripts, so it is shown as text.
    "image": "png apng jpg jpeg gif webp bmp avif ico icon",
    "text": (
        "txt text md mdx markdown log json jsonl ldjson yml yaml ini eml py js ts java c cpp h php go sh cs kt sql tex"
    ),
    "markup": "html htm xml svg",
    "table": "csv tsv xlsx",
    "word": "docx",
}
_KINDS: Final = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings.split()}
_PIXELS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"\0\0\1\0", "image/x-icon"),
)


def kind_of(name: str) -> Kind:
    """The kind by file extension; "none" for files that can only be downloaded."""
    return _KINDS.get(name.rpartition(".")[2].lower(), "none") if "." in name else "none"


def picture_type(head: bytes) -> str:
    """The content type of an image by its first bytes, because its name may be wrong; "" for anything else."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    return next((kind for start, kind in _PIXELS if head.startswith(start)), "")
