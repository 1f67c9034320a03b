"""Emphasis beside Chinese, Japanese and Korean punctuation.

CommonMark takes ``**`` between a letter and punctuation for no emphasis, which is right only where blanks part words:
in ``**「重点」**内容`` neither would count. Of full-width punctuation it does not matter what stands beside it, as
the CJK-friendly amendments to CommonMark have it.
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

# Characters. Brackets, stars and backticks take the longer, the more of them may belong together.
LONGEST: Final = 20_000


class _State(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        """As in StateInline, except for what is full-width."""
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
        """As in ParserInline, with our state; text longer than any paragraph that somebody means stays text."""
        if len(src) > LONGEST:
            tokens.append(Token("text", "", 0, content=src))
            return tokens
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


def use(parser: MarkdownIt) -> None:
    """Let the parser, which is not configured yet, read emphasis so."""
    parser.inline = _Parser()


@lru_cache(maxsize=4096)
def _is_sign(sign: str) -> bool:
    return isMdAsciiPunct(ord(sign)) or isPunctChar(sign)


@lru_cache(maxsize=4096)
def _is_wide(sign: str) -> bool:
    """Whether it is a sign of Chinese, Japanese or Korean writing. Pictograms are as wide, but no writing."""
    if 0x2300 <= ord(sign) <= 0x2BFF or (ord(sign) >= 0x1F000 and unicodedata.category(sign) == "So"):
        return False
    return unicodedata.east_asian_width(sign) in "WFH"
