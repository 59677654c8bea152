"""The tokens of a text: its characters, its words by a table, or those of a tokeniser that a person brings. Text
becomes codes by each of them and, exactly, text again.

An alphabet has k codes. encode(text) -> codes, from which `decode` makes the same text; it raises KeyError for the
first token without a code. count(text): how many codes these are. A text marks its unknown parts: `one` stands for one
token, `rest` at its end for whatever follows. Only characters can be unknown one by one: a word has no length to be
marked by. unique: no other codes spell the same text, so that their mass is that of the text. Otherwise their mass is a
lower bound. spare: tokens that a text may have more than any there was.

A table of words cuts text in words, each with the space before it, single marks of punctuation, and other single
spaces, so that a word in the middle of a text is the same as one at its beginning. Codes 0 to 255 are bytes of UTF-8,
which spell all that the table lacks (the byte fallback of SentencePiece; Kudo & Richardson 2018); words follow.
"""

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

from ..core.errors import DataError, damage
from ..core.manifest import find_extensions
from ..core.packages import require_package

BYTES = 256
PUNCTUATION = [mark.encode() for mark in string.punctuation if mark != "_"]
MIN_WORD_COUNT = 2  # times that a word is seen, else it is spelled
MAX_WORDS = 2**13 - BYTES  # words: the commonest
PIECES = re.compile(r" ?\w+| ?[^\w\s]|\s")  # every character is in one of them


class Words:
    """The table of tokens of texts.

    k: codes in all.

    Args:
        words: in the order of their codes, each of at least two bytes and with the space before it, if it has one.
    """

    def __init__(self, words: Sequence[str]):
        self.words = list(words)
        self.k = BYTES + len(self.words)
        self._codes = {word: code for code, word in enumerate(self.words, BYTES)}
        self._spelled = [bytes([code]) for code in range(BYTES)] + [_bytes(word) for word in self.words]

    @classmethod
    def fit(cls, texts: Iterable[str]) -> "Words":
        """Makes a table of the `MAX_WORDS` commonest words that `texts` hold at least `MIN_WORD_COUNT` times."""
        counts = Counter(piece for text in texts for piece in _cut_pieces(text))
        often = [word for word, count in counts.items() if count >= MIN_WORD_COUNT and len(_bytes(word)) > 1]
        return cls(sorted(often, key=lambda word: (-counts[word], word))[:MAX_WORDS])

    def encode(self, text: str) -> list[int]:
        """Encodes any text as codes."""
        return [code for piece in _cut_pieces(text) for code in self._coded(piece)]

    def spelled(self, texts: Iterable[str]) -> list[str]:
        """Finds words of texts that the table lacks, the commonest first."""
        counts = Counter(piece.strip() for text in texts for piece in _cut_pieces(text) if piece not in self._codes)
        return sorted((word for word in counts if len(_bytes(word)) > 1), key=lambda word: (-counts[word], word))

    @property
    def spelling(self) -> list[int]:
        """Codes that go on with a word, or are no character to read: all but words with a space before them, and
        punctuation."""
        return [c for c, piece in enumerate(self._spelled) if piece not in PUNCTUATION and piece[:1] != b" "] + [32]

    def decode(self, codes: Iterable[int]) -> str:
        """Decodes codes to a text: decode(encode(text)) == text. Bytes that no text is made of become replacement
        characters."""
        spelled_bytes = b"".join(self._spelled[code] for code in codes)
        try:
            text = spelled_bytes.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            text = spelled_bytes.decode("utf-8", "replace")
        return text.removeprefix(" ")

    def to_json(self) -> list[str]:
        return self.words

    @classmethod
    def from_json(cls, record: list[str]) -> "Words":
        """Raises ValueError for words that are no texts, too short, or there twice."""
        if not all(isinstance(word, str) and len(_bytes(word)) > 1 for word in record):
            raise ValueError("words of a table are texts of at least two bytes")
        if len(set(record)) < len(record):
            raise ValueError("words of a table are there once")
        return cls(record)

    def _coded(self, piece: str) -> Iterable[int]:
        return (self._codes[piece],) if piece in self._codes else _bytes(piece)


def _cut_pieces(text: str) -> list[str]:
    """A space before the first word makes it like those that follow; `decode` takes it off again."""
    return PIECES.findall(f" {text}") if text else []


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


MOST_CHARACTERS = 4096  # different ones
MOST_TOKENS = 2**16
SPELLED = 64  # codes to spare, since new words are spelled by bytes
ONE, REST = "_?□", "*%…"  # the first that is no symbol stands for what is not known
CHARACTERS, WORDS = "characters", "words"


class Characters:
    """The alphabet of characters of texts.

    Args:
        symbols: all of them as one string, in the order of their code points.
    """

    unique, spare = True, 0

    def __init__(self, symbols: str):
        self.symbols, self.k = symbols, len(symbols)
        self._codes = {symbol: code for code, symbol in enumerate(symbols)}
        self.one, self.rest = (next((mark for mark in marks if mark not in symbols), "") for marks in (ONE, REST))

    @classmethod
    def fit(cls, texts: Iterable[str]) -> "Characters":
        """Collects the characters of all texts. Raises DataError for too many."""
        symbols = "".join(sorted(set().union(*texts)))
        if len(symbols) > MOST_CHARACTERS:
            raise DataError(
                f"the lines hold {len(symbols):,} different symbols, and at most {MOST_CHARACTERS:,} can be modelled: "
                "leave out lines with rare ones"
            )
        return cls(symbols)

    def grown(self, texts: Iterable[str]) -> "Characters":
        """The same characters, and behind them those of texts that it lacks."""
        return Characters(self.symbols + "".join(sorted(set().union(*texts) - {*self.symbols})))

    def encode(self, text: str) -> list[int]:
        return [self._codes[symbol] for symbol in text]

    def decode(self, codes: Iterable[int]) -> str:
        return "".join(self.symbols[code] for code in codes)

    def count(self, text: str) -> int:
        return len(text)

    def describe(self) -> str:
        shown_symbols = self.symbols if self.k <= 100 else f"{self.symbols[:100]} ..."
        return f"{self.k:,} different symbols: {shown_symbols}".replace("\n", "\\n").replace("\t", "\\t")

    def to_json(self) -> dict:
        return {"symbols": self.symbols}


def find_kin(symbol: str, symbols: Sequence[str]) -> tuple[int, ...]:
    """The codes of symbols that are like a new one: atoms in brackets, ring numbers, letters of one case, other marks;
    all, where none is."""
    kin = tuple(code for code, other in enumerate(symbols) if _likeness(other) == _likeness(symbol))
    return kin or tuple(range(len(symbols)))


def _likeness(symbol: str) -> str:
    if symbol[:1] == "%" and symbol[1:].isdecimal():
        return "Nd"
    return unicodedata.category(symbol[0]) + "+" * (len(symbol) > 2)


class WordSymbols:
    """Words and marks of punctuation, with bytes for what the table lacks: no text is unknown."""

    one, rest, unique, spare = "", REST[0], False, SPELLED

    def __init__(self, table: Words):
        self.table, self.k = table, table.k
        self.encode, self.decode = table.encode, table.decode

    def count(self, text: str) -> int:
        return len(self.encode(text))

    def describe(self) -> str:
        common = ", ".join(word.strip() for word in self.table.words[:10])
        return f"{self.k - BYTES:,} words and marks have a symbol ({common} ...), others are spelled by bytes"

    def to_json(self) -> dict:
        return {"words": self.table.to_json()}


class Tokens:
    """Tokens of a tokeniser, as the package `tokenizers` writes it to a JSON file.

    Raises DataError where the package is not installed, or the text is of no tokeniser.

    Args:
        text: the content of that file.
    """

    one, rest, unique, spare = "", REST[0], False, SPELLED

    def __init__(self, text: str):
        require_package("tokenizers")
        import tokenizers

        self.text = text
        with damage("the tokeniser", "give the tokenizer.json of the package tokenizers"):
            self._tokenizer = tokenizers.Tokenizer.from_str(text)
        self.k = self._tokenizer.get_vocab_size()
        if not 1 < self.k <= MOST_TOKENS:
            raise DataError(
                f"the tokeniser has {self.k:,} tokens, and 2 to {MOST_TOKENS:,} can be modelled: train another"
            )
        if (last := max(self._tokenizer.get_vocab().values())) >= self.k:
            raise DataError(
                f"the tokeniser has {self.k:,} tokens and one of number {last:,}: number them from 0, without gaps"
            )

    def encode(self, text: str) -> list[int]:
        codes = self._tokenizer.encode(text, add_special_tokens=False).ids
        if self.decode(codes) != text:
            raise KeyError(text)
        return codes

    def decode(self, codes: Sequence[int]) -> str:
        return self._tokenizer.decode(list(codes), skip_special_tokens=False)

    def count(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def describe(self) -> str:
        return f"{self.k:,} tokens of a tokeniser"

    def to_json(self) -> dict:
        return {"tokenizer": self.text}


def knows(alphabet: "Alphabet", text: str) -> bool:
    """Tells whether the alphabet has a code for every symbol of a text."""
    try:
        alphabet.encode(text)
    except KeyError:
        return False
    return True


class Alphabet(Protocol):
    """Symbols of lines, each with a code from 0 to k - 1.

    Args:
        spare: codes of no symbol of the training lines.
    """

    k: int
    one: str
    spare: int

    def encode(self, text: str) -> list[int]: ...

    def decode(self, codes: Sequence[int]) -> str: ...

    def count(self, text: str) -> int: ...

    def describe(self) -> str: ...

    def to_json(self) -> dict: ...


def alphabet_from_json(record: dict) -> Alphabet:
    """Returns the alphabet of such a record. Raises ValueError for symbols that stand twice."""
    if "words" in record:
        return WordSymbols(Words.from_json(record["words"]))
    if "tokenizer" in record:
        return Tokens(record["tokenizer"])
    for read in find_extensions("alphabets"):
        if (alphabet := read(record)) is not None:
            return alphabet
    symbols = record["symbols"]
    if len(set(symbols)) < len(symbols) or len(symbols) > MOST_CHARACTERS:
        raise ValueError("symbols are there once")
    return Characters(symbols)
