"""Pieces that are longer than a model sees, such as a book or a tune, in parts side by side, and whole again.

The last part of a piece may be shorter than the others. To be compressed it is filled up, by itself, to the length that
the model sees, and what was added is cut off when it is read.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

import numpy as np
import torch

from ..core.errors import damage
from ..core.type_names import UserItems
from .domain import Domain, Drawn


class Parts(Drawn):
    """Parts of pieces, one piece after another.

    Args:
        given: Conditions by name.
        begins: (n,) bool, which parts begin a piece; by default all.
    """

    def __init__(
        self,
        items: Iterable = (),
        given: dict | None = None,
        *given_parts: object,
        begins: Sequence[bool] | None = None,
    ):
        super().__init__(items, given, *given_parts)
        self.begins = np.ones(len(self), bool) if begins is None else np.asarray(begins, bool)

    def __getitem__(self, index: object) -> object:
        chosen_parts = super().__getitem__(index)
        if isinstance(chosen_parts, Parts):
            chosen_parts.begins = self.begins[index]
        return chosen_parts

    def places(self, pieces: Sequence[str], unit: str, first: int) -> list[str]:
        """Names the place where each part begins, as in "tune.mid, window at step 64".

        Args:
            pieces: the place of each piece.
            unit: Unit in words.
            first: the number of the first unit of a piece.
        """
        number, at, texts = -1, 0, []
        for part, begins in zip(self, self.begins):
            number, at = (number + 1, first) if begins else (number, at)
            texts.append(", ".join(filter(None, [pieces[number], f"{unit} {at}"])))
            at += len(part)
        return texts

    def are_whole_pieces(self) -> np.ndarray:
        """Finds which parts are pieces of their own: (n,) bool."""
        return self.begins & np.append(self.begins[1:], True)


class InParts(Domain):
    """A domain of parts of `part` steps or symbols, which `join` puts together."""

    join: ClassVar[Callable[[list], UserItems]]

    @property
    def part_length(self) -> int:
        """The length of a part."""
        return self.spec.shape[0]

    def listed(self, items: UserItems) -> list:
        """Returns items of any length, one by one. Raises DataError for what is none."""
        return list(items)

    def is_open(self, piece: object) -> bool:
        """Tells whether it is to go on, so that it stays whole."""
        return False

    def parted(self, items: UserItems, known: object = None) -> tuple[Parts, object]:
        if isinstance(items, Parts):
            return items, known
        pieces = self.listed(items)
        parts = cut_up(pieces, self.part_length, [self.is_open(piece) for piece in pieces])
        return parts, None if known is None else list(cut_up(list(map(np.asarray, known)), self.part_length))

    def completed_lengths(self, items: Parts) -> list[int]:
        """Computes the length of each part once it is completed."""
        return [len(item) for item in items]

    def holes(self, items: Parts, known: object) -> int:
        unknown = ~self.encode_holes(items, known, None)[2].reshape(len(items), self.part_length, -1)
        is_known = torch.arange(self.part_length) < torch.tensor(self.completed_lengths(items))[:, None]
        return int((unknown & is_known[..., None]).sum())

    def filled_up(self, items: Parts) -> list:
        size, join = self.part_length, type(self).join
        repeat_item = lambda item: join([item] * -(-size // max(len(item), 1)))[:size]
        return [repeat_item(item) if len(item) < size else item for item in items]

    def encode_residue(self, items: Parts, restored: UserItems, first: int) -> bytes:
        note = _encode_ends(items, first, self.part_length)
        super().encode_residue(items, _restored(restored, [note], first), first)
        return note

    def add_residue(self, restored: UserItems, parts: list[bytes], first: int) -> Drawn:
        return Drawn(self.join_parts(_restored(restored, parts, first)), seed=restored.seed)

    def join_parts(self, parts: Parts) -> list:
        """Joins parts to the pieces that they were cut from. A first part that continues another piece is a piece, too.
        A first part that goes on with another piece is a piece, too."""
        starts = np.flatnonzero(np.append(True, parts.begins[1:])).tolist()
        return [type(self).join(list(parts[i:j])) for i, j in zip(starts, [*starts[1:], len(parts)])]


def cut_up(pieces: Sequence, size: int, whole: Sequence[bool] = ()) -> Parts:
    """Pieces in parts of `size`, the last of each as long as what is left.

    Args:
        whole: pieces that are not cut.
    """
    sizes = [max(len(p), 1) if is_whole else size for p, is_whole in zip(pieces, [*whole, *[False] * len(pieces)])]
    pieces_cut = [[p[i : i + size] for i in range(0, max(len(p), 1), size)] for p, size in zip(pieces, sizes)]
    begins = [not number for parts in pieces_cut for number in range(len(parts))]
    return Parts([part for parts in pieces_cut for part in parts], begins=begins)


def _encode_ends(parts: Parts, first: int, size: int) -> bytes:
    """JSON of the parts that go on with a piece, and of the lengths of short ones, by number, where there are any.
    first: the number of the first part."""
    goes_on = (np.flatnonzero(~parts.begins) + first).tolist()
    short = {number: len(part) for number, part in enumerate(parts, first) if len(part) < size}
    return json.dumps([goes_on, short]).encode() if goes_on or short else b""


def _restored(restored: Sequence, notes: Iterable[bytes], first: int) -> Parts:
    """Parts as long as they were, and which of them begin a piece. Raises DataError for a note that is damaged."""
    parts_back = Parts(restored)
    for note in filter(None, notes):
        with damage("what the stream keeps of lengths apart", "copy the stream again"):
            goes_on, short = json.loads(note)
            parts_back.begins[np.array(goes_on, int) - first] = False
            for number, length in short.items():
                parts_back[int(number) - first] = parts_back[int(number) - first][:length]
    return parts_back
