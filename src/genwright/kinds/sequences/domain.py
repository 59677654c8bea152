"""Sequences of symbols: lines of text, or pieces of one text; a list of strings to the user."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...core.errors import DataError, ItemError, list_some
from ...core.files import write_whole
from ...core.growth import Growth
from ...core.spec import Category, Spec, spec_from_json, spec_to_json
from ..alphabets import Alphabet, Characters, alphabet_from_json, find_kin, knows
from ..domain import Domain, Drawn, Masks
from ..fields.fields import Fields
from ..formats.forms import say_written, writer_of
from ..formats.tables.delimited import MISSING
from ..formats.tables.write_table import suffix_of, write_table
from ..parts import InParts, Parts
from ..values.equals import content_keys
from ..values.masks import as_mask

SHOWN = 10  # new symbols
LONGEST = 511  # symbols of a line, beside its end
Texts = str | Sequence[str]
PIECE_SEPARATOR = "-" * 20  # the line between two pieces of a text in a file

ROOM = "sequences."  # of writers


class Sequences(Domain):
    """Texts of at least one symbol, and at most as many as the longest line there was.

    Args:
        spec: one leaf `line`, Category(k, shape=(T,), axis="sequence", ends=True): the k - 2 symbols of the
            alphabet, then END and PAD; T counts the end.
        alphabet: Alphabet of the symbols.
        count: lines in all parts.
        notes: Notes for the user.
        fields: what stands beside the lines.
        column: Name of the column.
    """

    kind = "sequences"
    suffix = viewed = ".txt"

    def __init__(
        self, spec: Spec, alphabet: Alphabet, count: int, notes: list[str], fields: Fields = Fields(), column: str = ""
    ):
        """column: of the table that lines come from, where they come from one."""
        self.spec, self.alphabet, self.count, self.notes = spec, alphabet, count, notes
        self.fields, self.given, self.column = fields, fields.spec, column
        self.one, self.rest = alphabet.one, alphabet.rest

    @classmethod
    def fit(
        cls, lines: Sequence[str], notes: Sequence[str] = (), alphabet: Alphabet | None = None,
        fields: Fields = Fields(), column: str = "",
    ) -> "Sequences":  # fmt: skip
        """Describe all lines that there are, none of them empty. Raises DataError for too many different symbols.

        Args:
            lines: Lines of text.
            notes: Notes for the user.
            alphabet: by default their characters.
            column: Name of the column.
        """
        alphabet = alphabet or Characters.fit(lines)
        length = min(LONGEST, max(map(alphabet.count, lines)) + alphabet.spare) + 1
        leaf = Category(alphabet.k + 2, shape=(length,), axis="sequence", ends=True)
        return cls(Spec((("line", leaf),)), alphabet, len(lines), list(notes), fields, column)

    # ------------------------------------------------------------------ growth

    def grown(self, parts: Iterable[Texts], own: "Sequences") -> tuple["Sequences", list[Growth], list[str]]:
        """Takes up lines of others: tokens that this description lacks come behind its own, and lines may be as long as
        theirs. New labels come behind the old ones."""
        parts = list(map(self._lines, filter(len, parts)))
        lines = [line for part in parts for line in part]
        alphabet = self.alphabet.grown(lines) if hasattr(self.alphabet, "grown") and self.leaf.ends else self.alphabet
        longest = max((len(codes) for codes in map(partial(_encoded, alphabet), lines) if codes), default=0)
        longest = max(self.longest, min(LONGEST, longest)) if self.leaf.ends else self.longest
        leaf = replace(self.leaf, k=alphabet.k + 2, shape=(longest + 1,)) if self.leaf.ends else self.leaf
        grown = copy(self)
        grown.spec, grown.alphabet = Spec(((self.spec.names[0], leaf),)), alphabet
        growths, notes = [], []
        if new := list(alphabet.symbols)[self.alphabet.k :] if alphabet is not self.alphabet else []:
            k = self.alphabet.k
            own = [(code,) for code in range(k)]
            kin = [find_kin(symbol, self.alphabet.symbols) for symbol in new]
            growths.append(Growth(k + 2, (*own, *kin, (k,), (k + 1,))))
            notes.append(f"learns {len(new):,} new symbol{'s' * (len(new) > 1)}: {list_some(new, SHOWN)}")
        if longest > self.longest:
            notes.append(f"reads lines of up to {longest} symbols, not {self.longest}")
        return grown, growths, notes

    def readable(self, items: Texts) -> Texts:
        if not self.leaf.ends or not len(items):
            return items
        codes = [_encoded(self.alphabet, line) for line in self._lines(items)]
        can = [i for i, line in enumerate(codes) if line and len(line) <= self.longest]
        if len(can) == len(codes):
            return items
        return items[np.array(can, int)] if isinstance(items, Drawn) else [items[i] for i in can]

    # ------------------------------------------------------------------ in

    def encode(self, items: Texts) -> tuple[Tensor, Tensor]:
        lines = self._lines(items)
        x = self._blank(len(lines))
        for i, line in enumerate(lines):
            codes = self._room(self._coded(line, i, lines), i)
            x[i, : len(codes) + 1] = [*codes, self.leaf.end]
        return torch.from_numpy(x), self._encode_carried(items, len(lines))

    def carried(self, items: Texts) -> Tensor:
        return self._encode_carried(items, len(items))

    def parted(self, items: Texts, known: Masks = None) -> tuple[Texts, Masks]:
        return [items] if isinstance(items, str) else items, known

    def bare(self, items: Texts) -> Texts:
        return list(items) if getattr(items, "given", {}) else items

    def encode_holes(self, items: Texts, known: Masks, given: dict | None) -> tuple[Tensor, Tensor, Tensor]:
        """Encodes lines to be completed.

        Args:
            known: None where the lines show their holes, as described by `describe`; else bool for each token of
                each line, and one more where its end is not known.
            given: Conditions by name.
        """
        lines = self._lines(items)
        marked_lines = (
            [self._marked(line, i) for i, line in enumerate(lines)] if known is None else self._masks(known, lines)
        )
        x, mask = self._blank(len(lines)), np.zeros((len(lines), *self.spec.shape), bool)
        for i, (line, known_positions, ends) in enumerate(marked_lines):
            x[i, : len(line)][known_positions] = [code for code, is_known in zip(line, known_positions) if is_known]
            mask[i, : len(line)] = known_positions
            self._end(x[i], mask[i], len(line), ends)
        table = self._encode_carried(items, len(lines)) if given is None else self.encode_given(given, len(lines))
        return torch.from_numpy(x), table, torch.from_numpy(mask)

    # ------------------------------------------------------------------ out

    def decode(self, x: Tensor, given: Tensor, seed: int | None) -> Drawn:
        codes = x.float().round().clamp(0, self.leaf.pad).long().cpu().numpy()
        has_ended = codes >= self.leaf.end
        lengths = np.where(has_ended.any(1), has_ended.argmax(1), codes.shape[1])
        lines = (self.alphabet.decode(row[:n].tolist()) for row, n in zip(codes, lengths))
        return Drawn(lines, self.fields.decode(given, seed), seed)

    def decode_holes(self, x: Tensor, items: Texts, known: Tensor, given: Tensor, note: dict) -> Drawn:
        lines = self.decode(x, given, None)
        return Drawn(lines, lines.given, seed=note.get("seed"), method=note.get("method"), kind=note.get("kind"))

    def write(self, items: Texts, path: Path, names: Sequence[str] = ()) -> Path:
        """Writes lines as .txt in UTF-8, a line an item; as .fasta with names; or as .csv with the conditions.

        Args:
            path: Path of the file.
            names: Names in the order of the columns.
        """
        path = Path(path)
        if suffix_of(path) not in (None, ".npz") and self.column and isinstance(items, Drawn):
            return write_table(pd.DataFrame({self.column: list(items)} | items.given), path, None, self.own_texts)
        lines = [line for part in items for line in part] if items and not isinstance(items[0], str) else items
        if (write := writer_of(path, ROOM)) is None:
            alternative = ", or in .csv" if self.column else ""
            raise DataError(
                f"lines of text cannot be written as {path}: let its name end in {say_written(ROOM)}{alternative}"
            )
        return write_whole(path, write(self, lines))

    @property
    def own_texts(self) -> dict[str, frozenset[str]]:
        return super().own_texts | ({self.column: MISSING - {""}} if self.column else {})  # each may be a line

    def keys(self, items: Texts) -> np.ndarray:
        return line_keys(items)

    def describe(self) -> list[str]:
        return [self._counted(), self.alphabet.describe(), *self.fields.describe(), *self._mark_notes(), *self.notes]

    def to_json(self) -> dict:
        record = {
            "domain": self.kind,
            "spec": spec_to_json(self.spec),
            **self.alphabet.to_json(),
            "count": self.count,
            "notes": self.notes,
        }
        return record | self.fields.to_json() | ({"column": self.column} if self.column else {})

    @classmethod
    def from_json(cls, record: dict) -> "Sequences":
        spec, alphabet = spec_from_json(record["spec"]), alphabet_from_json(record)
        leaf = spec.leaf
        if not (leaf.axis == "sequence" and len(leaf.shape) == 1):
            raise ValueError("the leaf is a sequence")
        if alphabet.k + 2 * leaf.ends != leaf.k:
            raise ValueError("there are as many symbols as codes, each once")
        if not (1 < leaf.shape[0] <= (LONGEST + 1 if leaf.ends else MOST_WINDOW)):
            raise ValueError("sequences are no longer than models see")
        return (cls if leaf.ends else Windows)(
            spec, alphabet, record["count"], record["notes"], Fields.from_json(record), record.get("column", "")
        )

    # ------------------------------------------------------------------ inside

    @property
    def leaf(self) -> Category:
        return self.spec.leaf

    @property
    def symbols(self) -> str:
        """The different characters, where these are the tokens."""
        return self.alphabet.symbols

    @property
    def longest(self) -> int:
        """The number of tokens of an item, at most."""
        return self.spec.shape[0] - 1

    def cut(self, line: str) -> str:
        """Returns the first half of a line, marked to go on; "" where there is no mark for that."""
        return f"{line[: (len(line) + 1) // 2]}{self.rest}" if self.rest else ""

    def _blank(self, n: int) -> np.ndarray:
        code_type = np.int16 if self.leaf.k < 2**15 else np.int32
        return np.full((n, *self.spec.shape), self.leaf.pad if self.leaf.ends else 0, code_type)

    def _end(self, x: np.ndarray, mask: np.ndarray, length: int, ends: bool) -> None:
        """Say of one item (T,) where it ends, if that is known."""
        if ends:
            x[length] = self.leaf.end
            mask[length:] = True

    def _lines(self, items: Texts) -> list[str]:
        lines = [items] if isinstance(items, str) else list(items)
        if not lines:
            raise DataError("there are no lines: give at least one")
        for i, line in enumerate(lines):
            if not isinstance(line, str):
                raise DataError(f"item {i:,} is of type {type(line).__name__}: this model needs lines of text")
        return lines

    def _coded(self, line: str, i: int, lines: Sequence[str] = ()) -> list[int]:
        """Codes of the symbols of line number i. lines: all, of which those with unknown symbols are counted. Raises
        DataError for a symbol that is unknown."""
        try:
            return self.alphabet.encode(line)
        except KeyError as unknown:
            count = sum(not knows(self.alphabet, line) for line in lines)
            remainder = f" ({count:,} of {len(lines):,} lines hold such symbols)" if count > 1 else ""
            raise self._unknown(unknown, i, remainder) from None

    def _unknown(self, unknown: KeyError, i: int, remainder: str = "") -> ItemError:
        holds = (
            f"holds {unknown.args[0]!r}, which no line that this model was made for does{remainder}: take another line"
        )
        return ItemError(i, f"line {i + 1:,}", holds)

    def _marked(self, line: str, i: int) -> tuple[list[int], np.ndarray, bool]:
        """A line with holes: codes of its symbols, which of them are known, and whether its end is."""
        one, wildcards = self.one, self.rest
        goes_on = bool(wildcards) and line.endswith(wildcards)
        line = line[: -len(wildcards)] if goes_on else line
        if not one or one not in line:
            codes = self._room(self._coded(line, i), i, goes_on)
            return codes, np.ones(len(codes), bool), not goes_on
        is_filled = np.array([symbol != one for symbol in line], bool)
        if goes_on and not is_filled[-1]:
            raise ItemError(i, f"line {i + 1:,}", f"ends in {one}{wildcards}: leave {one} out, {wildcards} says it")
        known_codes = iter(self._coded(line.replace(one, ""), i))
        return (
            self._room([next(known_codes) if is_known else 0 for is_known in is_filled], i, goes_on),
            is_filled,
            not goes_on,
        )

    def _masks(self, known: Masks, lines: list[str]) -> Iterable[tuple[list[int], np.ndarray, bool]]:
        known = list(known)
        if len(known) != len(lines):
            raise DataError(f"known holds {len(known):,} masks for {len(lines):,} lines: pass one for each")
        for i, (line, mask) in enumerate(zip(lines, known)):
            mask, codes = as_mask(mask), self._coded(line, i)
            if mask.dtype != bool or mask.ndim != 1 or len(mask) not in (len(codes), len(codes) + 1):
                raise DataError(
                    f"known has shape {mask.shape} and type {mask.dtype} for line {i + 1:,} of {len(codes):,} symbols: "
                    "pass one bool for each, and one more for its end"
                )
            ends = len(mask) == len(codes) or bool(mask[-1])
            yield self._room(codes, i, not ends), mask[: len(codes)], ends

    def _room(self, codes: list[int], i: int, goes_on: bool = False) -> list[int]:
        """The codes of a line, where it fits. Raises DataError where it does not."""
        if not codes and not goes_on:
            raise ItemError(i, f"line {i + 1:,}", "is empty: lines have at least one symbol, so leave it out")
        if len(codes) > self.longest:
            raise ItemError(
                i,
                f"line {i + 1:,}",
                f"has {len(codes):,} symbols, and this model knows lines of up to {self.longest}: shorten it",
            )
        return codes

    # ------------------------------------------------------------------ words

    def _counted(self) -> str:
        return f"{self.count:,} lines of up to {self.longest} symbols"

    def _mark_notes(self) -> list[str]:
        one, wildcards = self.one, self.rest
        ways = [f"{one} for a symbol that is not known"] if one else []
        ways += [f"{wildcards} at its end where it may go on"] if wildcards else []
        return [f"to complete a line, write {', and '.join(ways)}"] if ways else []

    def _joined(self, lines: Iterable[str]) -> str:
        return "".join(f"{line}\n" for line in lines)


def _encoded(alphabet: Alphabet, line: str) -> list[int]:
    """The codes of a line; none where it holds an unknown symbol."""
    try:
        return alphabet.encode(line)
    except KeyError:
        return []


def write_lines(domain: Sequences, lines: Sequence[str]) -> bytes:
    return domain._joined(lines).encode()


def write_fasta(domain: Sequences, lines: Sequence[str]) -> bytes:
    names = getattr(lines, "given", {}).get("name", range(1, len(lines) + 1))
    return "".join(f">{name}\n{line}\n" for name, line in zip(names, lines)).encode()


MOST_WINDOW = 1024


class Windows(InParts, Sequences):
    """Pieces of one text, all of T symbols, which follow each other in each part.

    spec: one leaf `text`, Category(k, shape=(T,), axis="sequence"), the symbols of the alphabet. count: pieces in all
    parts.
    """

    running = True
    join = "".join

    @classmethod
    def fit(cls, windows: Sequence[str], notes: Sequence[str] = ()) -> "Windows":
        """Describe all windows, whose symbols are characters. Raises DataError for too many different ones."""
        alphabet = Characters.fit(windows)
        leaf = Category(alphabet.k, shape=(len(windows[0]),), axis="sequence")
        return cls(Spec((("text", leaf),)), alphabet, len(windows), list(notes))

    @property
    def longest(self) -> int:
        return self.spec.shape[0]

    def encode(self, items: Texts) -> tuple[Tensor, Tensor]:
        windows = self._lines(items)
        x = self._blank(len(windows))
        for i, window in enumerate(windows):
            x[i] = self._require_length(self._room(self._coded(window, i, windows), i), i)
        return torch.from_numpy(x), torch.zeros(len(windows), 0)

    def decode(self, x: Tensor, given: Tensor, seed: int | None) -> Drawn:
        codes = x.float().round().clamp(0, self.leaf.k - 1).long().cpu().tolist()
        return Drawn(map(self.alphabet.decode, codes), seed=seed)

    def decode_holes(self, x: Tensor, items: Texts, known: Tensor, given: Tensor, note: dict) -> Drawn:
        """Returns a text that goes on comes back whole, also what stood before the part that the model saw; another is
        as long as it was.

        Args:
            x: (B, ...) input.
            known: bool mask of what is known.
            given: (B, G) conditions of the items.
            note: Note on how the items were sampled, which is filled in.
        """
        completed = super().decode_holes(x, items, known, given, note)
        if not isinstance(items, Parts):  # masks say what goes on
            return completed
        texts = [self._before(p) + text[:n] for p, text, n in zip(items, completed, self.completed_lengths(items))]
        whole = self.join_parts(Parts(texts, begins=items.begins))
        return Drawn(whole, completed.given, completed.seed, completed.method, completed.kind)

    def listed(self, items: Texts) -> list[str]:
        return self._lines(items)

    def is_open(self, piece: str) -> bool:
        return bool(self.rest) and piece.endswith(self.rest)

    def completed_lengths(self, items: Parts) -> list[int]:
        return [self.part_length if self.is_open(item) else len(item) for item in items]

    def parted(self, items: Texts, known: Masks = None) -> tuple[Texts, Masks]:
        """Cuts texts into windows as long as the model sees."""
        return super().parted(items) if known is None else (items, known)

    def _marked(self, line: str, i: int) -> tuple[list[int], np.ndarray, bool]:
        return super()._marked(line[len(self._before(line)) :], i)

    def _before(self, line: str) -> str:
        """Part of an unfinished text that the model skips: all before the last half window; "" if it fills none."""
        text = line.removesuffix(self.rest)
        goes_on = len(text) < len(line) and len(text) >= self.longest
        return text[: len(text) - self.longest // 2] if goes_on else ""

    def _masks(self, known: Masks, lines: list[str]) -> Iterable[tuple[list[int], np.ndarray, bool]]:
        for i, (codes, mask, ends) in enumerate(super()._masks(known, lines)):
            yield self._require_length(codes, i) if ends else codes, mask, ends

    def _end(self, x: np.ndarray, mask: np.ndarray, length: int, ends: bool) -> None:
        pass

    def _require_length(self, codes: Sequence[int], i: int) -> Sequence[int]:
        if len(codes) < self.longest:
            raise ItemError(
                i,
                f"text {i + 1:,}",
                f"has {len(codes):,} symbols, and this model knows pieces of {self.longest}: give it longer, or to "
                f"complete it write {self.rest} at its end",
            )
        return codes

    def _counted(self) -> str:
        return f"one text in {self.count:,} windows of {self.longest} symbols, which training draws at any place"

    def _joined(self, lines: Iterable[str]) -> str:
        return f"\n{PIECE_SEPARATOR}\n".join(lines)


def line_keys(lines: Iterable[str]) -> np.ndarray:
    """Computes a hash (n,) uint64 of each line."""
    return content_keys(line.encode("utf-8", "surrogatepass") for line in lines)
