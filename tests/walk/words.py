"""What the things of a world are called and say: in everyday words, or in words that mean harm.

``PLAIN`` and ``HOSTILE`` have the same form, so that one world can be built of either.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

MEGA: Final = 1024 * 1024
# Whatever runs sets window.__pwned, and whatever becomes an element carries the attribute "pwned".
RUN: Final = "window.__pwned=1"
MARKUP: Final = (
    f'"><img pwned src=x onerror="{RUN}">',
    f"<script pwned>{RUN}</script>",
    f"</script><script pwned>{RUN}</script>",
    f"<svg pwned onload={RUN}><animate onbegin={RUN}>",
    f"' pwned autofocus onfocus='{RUN}",
    f"</textarea></title></noscript><iframe pwned srcdoc='<script>parent.{RUN}</script>'>",
    f'<a pwned href="javascript:{RUN}">here</a> [here](javascript:{RUN}) javascript:{RUN}',
    f"<table pwned><tr><td onclick={RUN}><style>*{{display:none}}</style><math><mtext></table>",
    "<base href=//127.0.0.9/><meta http-equiv=refresh content=0;url=//127.0.0.9/><form pwned action=//127.0.0.9/>",
)
TEMPLATE: Final = "{{ 123456789|add:987654321 }}{% now 'Y' %}${123456789+987654321}<%= 123456789+987654321 %>"
COMPUTED: Final = "1111111110"
BIDI: Final = "invoice\u202egpj.exe\u2066\u2067left open"
UNSEEN: Final = "zero\u200bwidth\ufeff\u2060joined\u00ad"
CONTROL: Final = "bell\x07 escape\x1b[31m back\x08 delete\x7f next\x85 form\x0cfeed"
NUL: Final = "before\x00after"
FLOOD: Final = "Z" + "".join(chr(0x300 + n % 80) for n in range(600)) + "algo"
WORD: Final = "Unbroken" * 625
ARABIC: Final = "تقرير الاجتماع السنوي"
EMOJI: Final = "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿🧑🏽‍🚀"
ODD: Final = (TEMPLATE, BIDI, UNSEEN, CONTROL, FLOOD, ARABIC, EMOJI, " ", "\u200b", "../../etc/passwd", "%00%0a%s%n")
# A lone half of a pair of UTF-16: JSON can say it, UTF-8 cannot.
HALF: Final = "half \ud800 of a pair"


@dataclass(frozen=True)
class Words:
    """``names`` are for documents, the first also for whatever there is one of; ``texts`` are long ones.

    ``huge`` is one line of megabytes, ``half`` what JSON can say and UTF-8 cannot.
    """

    names: tuple[str, ...]
    texts: tuple[str, ...]
    huge: str = ""
    half: str = ""
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def all(self) -> str:
        """Everything in one text."""
        return "\n".join((*self.names, *self.texts))


PLAIN: Final = Words(
    names=("Staff handbook", "Travel policy", "Minutes of May", "Fire drill"),
    texts=(
        "The office in Berlin is open from eight to six. Ask Anna Berg for a key.",
        "Travel is booked through the desk. A trip of more than three days needs a signature.",
        "The fire drill takes place in May. Everybody meets at the oak.",
    ),
    meta={"author": "Anna Berg", "year": 2026, "tags": ["office", "berlin"]},
)
HOSTILE: Final = Words(
    names=(*MARKUP, *ODD),
    texts=(*MARKUP, *ODD, NUL, WORD, "\n".join(MARKUP), f"<table><tr><td>{MARKUP[0]}{WORD}</td></tr></table>"),
    huge="A line without an end, <b>of ten megabytes</b>. " * (10 * MEGA // 48),
    half=HALF,
    meta={**{text: text for text in (*MARKUP, *ODD)}, "word": WORD, "nul": NUL, "list": [*MARKUP, *ODD]},
)
