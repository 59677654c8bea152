"""Sequences of symbols: lines of text, whose symbols are their characters; a list of strings to the user."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..core.errors import DataError, GivenError
from ..core.files import write_whole
from ..core.spec import Category, Spec, spec_from_json, spec_to_json
from .domain import Domain
from .drawn import Drawn

LONGEST = 511  # symbols of a line, beside its end
MOST_SYMBOLS = 4096  # different ones
ONE, REST = "_?□", "*%…"  # what stands for one unknown symbol, and for any that follow: the first that is no symbol


class Sequences(Domain):
    """Lines of at least one symbol, and at most as many as the longest line there was.

    spec: one leaf `line`, Category(k, shape=(T,), axis="sequence", ends=True): the k - 2 symbols in the order of
    their code points, then END and PAD; T counts the end. given: nothing. symbols: all of them as one string. count:
    lines in all parts.
    """

    kind = "sequences"
    suffix = viewed = ".txt"

    def __init__(self, spec: Spec, symbols: str, count: int, notes: list[str]):
        self.spec, self.given, self.symbols, self.count, self.notes = spec, Spec(()), symbols, count, notes
        self._codes = {symbol: code for code, symbol in enumerate(symbols)}
        self.one, self.rest = (next((mark for mark in marks if mark not in symbols), "") for marks in (ONE, REST))

    @classmethod
    def fit(cls, lines: Sequence[str], notes: Sequence[str] = ()) -> Sequences:
        """Describe all lines that there are, none of them empty. Raises DataError for too many different symbols."""
        symbols = "".join(sorted(set().union(*lines)))
        if len(symbols) > MOST_SYMBOLS:
            raise DataError(
                f"the lines hold {len(symbols):,} different symbols, and at most {MOST_SYMBOLS:,} can be modelled: "
                "leave out lines with rare ones"
            )
        length = max(map(len, lines)) + 1
        leaf = Category(len(symbols) + 2, shape=(length,), axis="sequence", ends=True)
        return cls(Spec((("line", leaf),)), symbols, len(lines), list(notes))

    # ------------------------------------------------------------------ in

    def encode(self, items: Any) -> tuple[Tensor, Tensor]:
        lines = self._lines(items)
        x = self._blank(len(lines))
        for i, line in enumerate(lines):
            x[i, : len(line) + 1] = [*self._coded(self._room(line, i), i), self.leaf.end]
        return torch.from_numpy(x), torch.zeros(len(lines), 0)

    def encode_given(self, given: dict, n: int) -> Tensor:
        for name in given:
            raise GivenError(f"given names {name!r}, which this model does not know: it was trained with no variable")
        return torch.zeros(n, 0)

    def encode_holes(self, items: Any, known: Any, given: dict | None) -> tuple[Tensor, Tensor, Tensor]:
        """known: None where the lines show their holes, as described by `describe`; else bool for each symbol of each
        line, and one more where its end is not known."""
        lines = self._lines(items)
        marked = [self._marked(line, i) for i, line in enumerate(lines)] if known is None else self._masks(known, lines)
        x, mask = self._blank(len(lines)), np.zeros((len(lines), *self.spec.shape), bool)
        for i, (line, there, ends) in enumerate(marked):
            shown = "".join(symbol for symbol, kept in zip(line, there) if kept)
            x[i, : len(line)][there] = self._coded(shown, i)
            mask[i, : len(line)] = there
            if ends:
                x[i, len(line)] = self.leaf.end
                mask[i, len(line) :] = True
        return torch.from_numpy(x), self.encode_given(given or {}, len(lines)), torch.from_numpy(mask)

    # ------------------------------------------------------------------ out

    def decode(self, x: Tensor, given: Tensor, seed: int | None) -> Drawn:
        codes = x.float().round().clamp(0, self.leaf.pad).long().cpu().numpy()
        ended = codes >= self.leaf.end
        lengths = np.where(ended.any(1), ended.argmax(1), codes.shape[1])
        letters = np.array([*self.symbols, "", ""])
        return Drawn(("".join(letters[row[:n]]) for row, n in zip(codes, lengths)), seed=seed)

    def decode_holes(self, x: Tensor, items: Any, known: Tensor, given: Tensor, note: dict) -> Drawn:
        lines = self.decode(x, given, None)
        return Drawn(lines, seed=note.get("seed"), method=note.get("method"), kind=note.get("kind"))

    def stack(self, completions: list) -> list:
        """One list of lines a draw."""
        return completions

    def write(self, items: Any, path: Path) -> Path:
        """.txt in UTF-8, a line an item; draws one after another."""
        path = Path(path)
        if path.suffix.lower() != ".txt":
            raise DataError(f"lines of text cannot be written as {path}: let its name end in .txt")
        lines = [line for part in items for line in part] if items and not isinstance(items[0], str) else items
        return write_whole(path, "".join(f"{line}\n" for line in lines).encode())

    def values(self, items: Any, name: str) -> Any:
        raise KeyError(name)  # there are none

    def keys(self, items: Any) -> np.ndarray:
        return line_keys(items)

    def describe(self) -> list[str]:
        longest = self.spec.shape[0] - 1
        shown = self.symbols if len(self.symbols) <= 100 else f"{self.symbols[:100]} ..."
        lines = [
            f"{self.count:,} lines of 1 to {longest} symbols",
            f"{len(self.symbols):,} different symbols: {shown}",
            f"to complete a line, write {self.one} for a symbol that is not known, and {self.rest} at its end where it "
            "may go on",
        ]
        return lines + self.notes

    def to_json(self) -> dict:
        return {
            "domain": self.kind,
            "spec": spec_to_json(self.spec),
            "symbols": self.symbols,
            "count": self.count,
            "notes": self.notes,
        }

    @classmethod
    def from_json(cls, record: dict) -> Sequences:
        spec, symbols = spec_from_json(record["spec"]), record["symbols"]
        leaf = spec.leaf
        if not (leaf.ends and leaf.axis == "sequence" and len(leaf.shape) == 1 and 1 < leaf.shape[0] <= LONGEST + 1):
            raise ValueError("the leaf is a sequence that ends")
        if len(symbols) + 2 != leaf.k or len(set(symbols)) < len(symbols) or len(symbols) > MOST_SYMBOLS:
            raise ValueError("there are as many symbols as codes, each once")
        return cls(spec, symbols, record["count"], record["notes"])

    # ------------------------------------------------------------------ inside

    @property
    def leaf(self) -> Category:
        return self.spec.leaf

    def _blank(self, n: int) -> np.ndarray:
        return np.full((n, *self.spec.shape), self.leaf.pad, np.int16)

    def _lines(self, items: Any) -> list[str]:
        lines = [items] if isinstance(items, str) else list(items)
        if not lines:
            raise DataError("there are no lines: give at least one")
        for i, line in enumerate(lines):
            if not isinstance(line, str):
                raise DataError(f"item {i:,} is of type {type(line).__name__}: this model needs lines of text")
        return lines

    def _coded(self, line: str, i: int) -> list[int]:
        """Codes of the symbols of line number i. Raises DataError for one that is unknown."""
        if unknown := next((symbol for symbol in line if symbol not in self._codes), None):
            raise DataError(
                f"line {i + 1:,} holds {unknown!r}, which no line that this model was made for does: take another line"
            )
        return [self._codes[symbol] for symbol in line]

    def _marked(self, line: str, i: int) -> tuple[str, np.ndarray, bool]:
        """A line with holes: its symbols, which of them are known, and whether its end is."""
        goes_on = bool(self.rest) and line.endswith(self.rest)
        line = line[: -len(self.rest)] if goes_on else line
        there = np.array([symbol != self.one for symbol in line], bool)
        if goes_on and len(line) and not there[-1]:
            raise DataError(f"line {i + 1:,} ends in {self.one}{self.rest}: leave {self.one} out, {self.rest} says it")
        return self._room(line, i, goes_on), there, not goes_on

    def _masks(self, known: Any, lines: list[str]) -> Iterable[tuple[str, np.ndarray, bool]]:
        known = list(known)
        if len(known) != len(lines):
            raise DataError(f"known holds {len(known):,} masks for {len(lines):,} lines: pass one for each")
        for i, (line, mask) in enumerate(zip(lines, known)):
            mask = np.asarray(mask)
            if mask.dtype != bool or mask.ndim != 1 or len(mask) not in (len(line), len(line) + 1):
                raise DataError(
                    f"known has shape {mask.shape} and type {mask.dtype} for line {i + 1:,} of {len(line):,} symbols: "
                    "pass one bool for each, and one more for its end"
                )
            ends = len(mask) == len(line) or bool(mask[-1])
            yield self._room(line, i, not ends), mask[: len(line)], ends

    def _room(self, line: str, i: int, goes_on: bool = False) -> str:
        """The line, where it fits. Raises DataError where it does not."""
        longest = self.spec.shape[0] - 1
        if not line and not goes_on:
            raise DataError(f"line {i + 1:,} is empty: lines have at least one symbol, so leave it out")
        if len(line) > longest:
            raise DataError(
                f"line {i + 1:,} has {len(line):,} symbols, and this model knows lines of up to {longest}: shorten it"
            )
        return line


def line_keys(lines: Iterable[str]) -> np.ndarray:
    """(n,) uint64, a hash of each line."""
    return np.frombuffer(
        b"".join(hashlib.blake2b(line.encode("utf-8", "surrogatepass"), digest_size=8).digest() for line in lines),
        "<u8",
    )
