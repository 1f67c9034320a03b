"""File types to filter documents by, each with the extensions that RAGFlow knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Kind:
    """A file type: ``key`` is its value in addresses, ``suffixes`` are sent to RAGFlow."""

    key: str
    label: str | Promise
    suffixes: tuple[str, ...]


KINDS: Final = tuple(
    Kind(key, label, tuple(suffixes.split()))
    for key, label, suffixes in (
        ("pdf", "PDF", "pdf"),
        ("word", "Word", "doc docx wps rtf pages"),
        ("sheet", _("Excel, CSV"), "xls xlsx csv numbers"),
        ("slides", "PowerPoint", "ppt pptx key"),
        ("text", _("Text, Markdown"), "txt md mdx ini"),
        ("web", _("Web pages"), "html htm"),
        ("data", "JSON, XML, YAML", "json jsonl ldjson xml yml"),
        ("mail", _("Mail"), "eml msg"),
        ("picture", _("Pictures"), "jpg jpeg png tif tiff gif bmp webp svg avif apng psd ico"),
        ("sound", _("Audio, video"), "wav flac mp3 aac ogg opus mp4 avi mkv mov mpg mpeg"),
        ("code", _("Source code"), "py js ts java c cpp h php go sh cs kt sql"),
    )
)
BY_KEY: Final = {kind.key: kind for kind in KINDS}


def suffixes(key: str) -> tuple[str, ...]:
    """The extensions of a file type; none for "" (all files)."""
    kind = BY_KEY.get(key)
    return kind.suffixes if kind else ()
