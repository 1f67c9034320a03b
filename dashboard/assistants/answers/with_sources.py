"""An answer for pasting elsewhere: Markdown with numbered citations, and the documents that they name."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from dashboard.assistants.answers.marks import Citations, with_numbers, without_marks
from dashboard.core.formatting import visible
from dashboard.ragflow.types import Source


def with_sources(text: str, sources: Sequence[Source]) -> str:
    """The answer's Markdown with ``[1]`` for its citations, and a list of the documents cited.

    An answer that cites nothing comes without its marks.
    """
    citations = Citations(available=len(sources))
    written = with_numbers(text, citations).strip()
    if not citations.numbers:
        return without_marks(text)
    names = [f"[{number}] {visible(sources[index].document_name)}" for index, number in citations.numbers.items()]
    return "\n\n".join([written, _("Sources:"), "\n".join(names)])
