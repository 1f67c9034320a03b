"""Emphasis next to Chinese, Japanese and Korean punctuation.

CommonMark does not read ``**`` between a letter and punctuation as emphasis, which is right only in languages with
spaces between words: in ``**「重点」**内容`` neither would count. Next to full-width punctuation, the neighbours don't
matter, as in the CJK-friendly amendments to CommonMark.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token

# Characters. The time for brackets, stars and backticks grows faster than their number.
LONGEST: Final = 20_000


class _State(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        """As in StateInline, except for full-width punctuation."""
        marker, pos = self.src[start], start
        while pos < self.posMax and self.src[pos] == marker:
            pos += 1
        before = self.src[start - 1] if start > 0 else " "
        after = self.src[pos] if pos < self.posMax else " "
        blank_before, blank_after = isWhiteSpace(ord(before)), isWhiteSpace(ord(after))
        sign_before, sign_after = _is_sign(before), _is_sign(after)
        wide_before, wide_after = _is_wide(before), _is_wide(after)
        opens = not blank_after and (not sign_after or wide_after or blank_before or sign_before or wide_before)
        closes = not blank_before and (not sign_before or wide_before or blank_after or sign_after or wide_after)
        return Scanned(
            opens and (canSplitWord or not closes or sign_before),
            closes and (canSplitWord or not opens or sign_after),
            pos - start,
        )


class _Parser(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: dict[str, object], tokens: list[Token]) -> list[Token]:  # type: ignore[override]
        """As in ParserInline, with our state. Text longer than LONGEST stays plain text."""
        if len(src) > LONGEST:
            tokens.append(Token("text", "", 0, content=src))
            return tokens
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


def use(parser: MarkdownIt) -> None:
    """Install this rule in a parser that is not configured yet."""
    parser.inline = _Parser()


@lru_cache(maxsize=4096)
def _is_sign(sign: str) -> bool:
    return isMdAsciiPunct(ord(sign)) or isPunctChar(sign)


@lru_cache(maxsize=4096)
def _is_wide(sign: str) -> bool:
    """Whether it is a Chinese, Japanese or Korean character. Pictograms are as wide, but don't count."""
    if 0x2300 <= ord(sign) <= 0x2BFF or (ord(sign) >= 0x1F000 and unicodedata.category(sign) == "So"):
        return False
    return unicodedata.east_asian_width(sign) in "WFH"
