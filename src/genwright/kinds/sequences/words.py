"""A table of words, by which text becomes codes and, exactly, text again.

Text is cut in words, each with the space before it, single marks of punctuation, and other single spaces, so that a
word in the middle of a text is the same as one at its beginning. Codes 0 to 255 are bytes of UTF-8, by which all is
spelled that the table lacks (the byte fallback of SentencePiece; Kudo & Richardson 2018); words follow.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

BYTES = 256
MIN_WORD_COUNT = 2  # times that a word is seen, else it is spelled
MAX_WORDS = 2**13 - BYTES  # words: the commonest
PIECES = re.compile(r" ?\w+| ?[^\w\s]|\s")  # every character is in one of them


class Words:
    """words: in the order of their codes, each of at least two bytes and with the space before it, if it has one.

    k: codes in all.
    """

    def __init__(self, words: Sequence[str]):
        self.words = list(words)
        self.k = BYTES + len(self.words)
        self._codes = {word: code for code, word in enumerate(self.words, BYTES)}
        self._spelled = [bytes([code]) for code in range(BYTES)] + [_bytes(word) for word in self.words]

    @classmethod
    def fit(cls, texts: Iterable[str]) -> Words:
        """Table of the `MAX_WORDS` commonest words that `texts` hold at least `MIN_WORD_COUNT` times, in any order."""
        seen = Counter(piece for text in texts for piece in _pieces(text))
        often = [word for word, count in seen.items() if count >= MIN_WORD_COUNT and len(_bytes(word)) > 1]
        return cls(sorted(often, key=lambda word: (-seen[word], word))[:MAX_WORDS])

    def encode(self, text: str) -> list[int]:
        """Codes of any text."""
        return [code for piece in _pieces(text) for code in self._coded(piece)]

    def spelled(self, texts: Iterable[str]) -> list[str]:
        """Words of texts that the table lacks, the commonest first."""
        seen = Counter(piece.strip() for text in texts for piece in _pieces(text) if piece not in self._codes)
        return sorted((word for word in seen if len(_bytes(word)) > 1), key=lambda word: (-seen[word], word))

    def decode(self, codes: Iterable[int]) -> str:
        """decode(encode(text)) == text. Bytes that no text is made of become replacement characters."""
        spelled = b"".join(self._spelled[code] for code in codes)
        try:
            text = spelled.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            text = spelled.decode("utf-8", "replace")
        return text.removeprefix(" ")

    def to_json(self) -> list[str]:
        return self.words

    @classmethod
    def from_json(cls, record: list[str]) -> Words:
        """Raises ValueError for words that are no texts, too short, or there twice."""
        if not all(isinstance(word, str) and len(_bytes(word)) > 1 for word in record):
            raise ValueError("words of a table are texts of at least two bytes")
        if len(set(record)) < len(record):
            raise ValueError("words of a table are there once")
        return cls(record)

    def _coded(self, piece: str) -> Iterable[int]:
        return (self._codes[piece],) if piece in self._codes else _bytes(piece)


def _pieces(text: str) -> list[str]:
    """A space before the first word makes it like those that follow; `decode` takes it off again."""
    return PIECES.findall(f" {text}") if text else []


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
