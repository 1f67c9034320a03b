"""Words for the search index: lower case, stemmed; Chinese and Japanese text by character."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(
    r"[a-z0-9]+(?:[_'\u2019][a-z0-9]+)*|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\d_a-z]+", re.IGNORECASE
)
_PIECE = re.compile(r"\w+|[^\w\s]")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

STOP = frozenset({
    "a", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do", "does",
    "for", "from", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it", "its", "me", "my", "no",
    "not", "of", "on", "or", "our", "please", "shall", "should", "so", "tell", "than", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "those", "to", "us", "was", "we", "were", "what", "when",
    "where", "which", "who", "whom", "whose", "why", "will", "with", "would", "you", "your", "about", "explain",
    "must", "many", "much", "get", "ein", "eine", "der", "die", "das", "ist", "wie",
})  # fmt: skip


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A word without its common English endings (`parsing`, `parsed`, `parses` → `pars`)."""
    if len(word) < 4 or not word.isascii():
        return word
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("ss", "ss"), ("s", "")):
        if word.endswith(ending):
            word = word[: -len(ending)] + instead
            break
    for ending in ("ational", "ization", "fulness", "ement", "ments", "ment", "ness", "ing", "ed", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def words(text: str) -> list[str]:
    """The stemmed words of a text, in order, with duplicates."""
    return [stem(w.lower()) for w in _WORD.findall(text)]


def question_words(text: str) -> list[str]:
    """The significant words of a question, without duplicates."""
    kept = [stem(w.lower()) for w in _WORD.findall(text) if w.lower() not in STOP]
    return list(dict.fromkeys(kept))


def count(text: str) -> int:
    """The approximate number of tokens that a tokenizer would count."""
    return len(_PIECE.findall(text)) + len(_CJK.findall(text)) // 2
