"""A stack of bits that symbols are pushed on and popped from (asymmetric numeral systems, Duda 2013).

A symbol of probability p takes -log2 p bits. The symbol pushed last is popped first. To pop with probabilities that no
push used samples a symbol from them, at the cost of bits that a later push returns: bits-back coding (Townsend 2019).

This module alone rounds probabilities to integers, and every symbol gets at least 1. Encoder and decoder must pass the
same floats, to the bit.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from .errors import DataError, not_finite
from .packages import require_package

WORDS = np.dtype("<u4")
PIECE_VALUES = 1 << 16  # values of a piece: a float is coded as two of them


class OutOfBits(Exception):
    """Raised by a pop from an empty stack."""


class Stack:
    """A stack of bits on which symbols are pushed by their probabilities.

    Args:
        words: (n,) uint32 to begin with, which lie at the bottom.
        minimum: Words that a pop must leave. Default: 0.

    Raises DataError without the package constriction, and for words that are those of no stack.
    """

    def __init__(self, words: np.ndarray, minimum: int = 0):
        require_package("constriction")
        from constriction import stream

        self.categorical = stream.model.Categorical(perfect=False)
        self.uniform = stream.model.Uniform()
        self.least = minimum
        try:
            self.coder = stream.stack.AnsCoder(words.astype(np.uint32)) if len(words) else stream.stack.AnsCoder()
        except ValueError as error:
            raise DataError("the stream is damaged: it ends in a word of zeros") from error

    @property
    def words(self) -> np.ndarray:
        """Returns the content as words (n,) uint32."""
        return self.coder.get_compressed()

    def push(self, symbols: Tensor, masses: Tensor) -> None:
        """Pushes symbols. The first is on top at the end.

        Args:
            symbols: (n,), of 0 .. k - 1.
            masses: (n, k), which need not sum to 1.
        """
        if len(symbols) and masses.shape[1] > 1:
            self.coder.encode_reverse(_integers(symbols), self.categorical, _finite(masses))

    def pop(self, masses: Tensor) -> Tensor:
        """Pops a symbol for each row of masses: (n,) int64. Raises OutOfBits."""
        if not len(masses) or masses.shape[1] < 2:
            return torch.zeros(len(masses), dtype=torch.long)
        return self._count_enough(self.coder.decode(self.categorical, _finite(masses)))

    def push_even(self, symbols: Tensor, counts: Tensor) -> None:
        """Pushes symbols that are equally likely.

        Args:
            symbols: (n,), each of 0 .. counts - 1.
            counts: (n,), at least 2.
        """
        if len(symbols):
            self.coder.encode_reverse(_integers(symbols), self.uniform, _integers(counts))

    def pop_even(self, counts: Tensor) -> Tensor:
        """Pops equally likely symbols: (n,) int64. Raises OutOfBits."""
        if not len(counts):
            return torch.zeros(0, dtype=torch.long)
        return self._count_enough(self.coder.decode(self.uniform, _integers(counts)))

    def _count_enough(self, symbols: np.ndarray) -> Tensor:
        if self.coder.num_words() < self.least:
            raise OutOfBits
        return torch.from_numpy(symbols.astype(np.int64))


class Writer:
    """Collects symbols in the order in which a `Reader` returns them, and pushes them when all are there."""

    def __init__(self, stack: Stack):
        self.stack, self.waiting = stack, []

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *error_raised: object) -> None:
        if error_raised[0] is None:
            for push, *parts in reversed(self.waiting):
                push(*parts)

    def code(self, masses: Tensor, symbols: Tensor) -> Tensor:
        self.waiting.append((self.stack.push, symbols, masses))
        return symbols

    def code_even(self, counts: Tensor, symbols: Tensor) -> Tensor:
        self.waiting.append((self.stack.push_even, symbols, counts))
        return symbols


class Reader:
    """Returns written symbols by the calls of a `Writer`, whose symbols it ignores."""

    def __init__(self, stack: Stack):
        self.stack = stack

    def code(self, masses: Tensor, symbols: Tensor | None = None) -> Tensor:
        return self.stack.pop(masses)

    def code_even(self, counts: Tensor, symbols: Tensor | None = None) -> Tensor:
        return self.stack.pop_even(counts)


Coder = Writer | Reader


def code_raw(coder: Coder, count: int, x: Tensor | None) -> Tensor:
    """Writes or reads float32 numbers (count,) as they are, 32 bits each.

    Args:
        coder: entropy coder.
        count: Count of the numbers.
        x: (count,) numbers to write, None to read.
    """
    bits = [None, None] if x is None else list(_halves(x))
    low, high = (coder.code_even(torch.full((count,), PIECE_VALUES), part) for part in bits)
    return torch.from_numpy((low + (high << 16)).numpy().astype(np.uint32).view(np.float32))


def _halves(x: Tensor) -> Iterator[Tensor]:
    bits = torch.from_numpy(x.float().numpy().view(np.uint32).astype(np.int64))
    yield bits % PIECE_VALUES
    yield bits // PIECE_VALUES


def _finite(masses: Tensor) -> np.ndarray:
    if not masses.isfinite().all():
        raise not_finite("the probabilities of the model are")
    return masses.float().numpy()


def _integers(x: Tensor) -> np.ndarray:
    return x.numpy().astype(np.int32)
