"""Music: windows of a few bars of voices, on a grid of sixteenths; a list of arrays (steps, voices) to the user."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ....core.errors import DataError, ItemError
from ....core.spec import Category, Spec, spec_from_json, spec_to_json
from ....kinds.domain import Drawn, Masks, check_masks
from ....kinds.fields.fields import Fields
from ....kinds.parts import InParts, Parts
from ....kinds.values.equals import Equals, content_keys
from .music_files import write_music
from .piano_rolls import MOST_VOICES, PITCHES, REST, voices_of

MOST_SYMBOLS = 1024  # symbols of a window
Pieces = np.ndarray | Sequence[np.ndarray]  # (steps, voices) each
NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


class Music(InParts):
    """The domain of music: windows of equally many steps and voices.

    Args:
        spec: one leaf `notes`, Category(k, shape=(steps x voices,), axis="sequence"): the voices of each step in
            turn, each a rest, code 0, or a pitch from the lowest on.
        pieces: that windows are of.
        windows: in all parts.
        notes: Notes for the user.
    """

    kind = "music"
    counted_in = "steps"
    join = np.concatenate

    def __init__(self, spec: Spec, voices: int, lowest: int, pieces: int, windows: int, notes: Sequence[str] = ()):
        self.spec, self.voices, self.lowest = spec, voices, lowest
        self.pieces, self.windows, self.notes = pieces, windows, list(notes)
        self.fields, self.given = Fields(), Spec(())

    @classmethod
    def fit(cls, windows: Sequence[np.ndarray], pieces: int, notes: Sequence[str] = ()) -> "Music":
        """Fits the domain to all windows that there are.

        Args:
            notes: Notes for the user.
        """
        steps, voices = windows[0].shape
        lowest = int(min(window[window != REST].min(initial=PITCHES) for window in windows))
        highest = int(max(window.max() for window in windows))
        leaf = Category(highest - lowest + 2, shape=(steps * voices,), axis="sequence")
        return cls(Spec((("notes", leaf),)), voices, lowest, pieces, len(windows), notes)

    # ------------------------------------------------------------------ in

    def encode(self, items: Pieces) -> tuple[Tensor, Tensor]:
        windows = self._windows(items)
        for i, window in enumerate(windows):
            if window.shape != self.shape or window.dtype.kind == "f":
                gaps = ", with gaps" if window.dtype.kind == "f" else ""
                raise ItemError(
                    i,
                    f"window {i}",
                    f"has {len(window)} steps of {window.shape[1]} voices{gaps}, and this model knows {self.steps} "
                    f"steps of {self.voices}: cut it, or complete it",
                )
        return self._codes(np.stack(windows)), torch.zeros(len(windows), 0)

    def encode_holes(self, items: Pieces, known: Masks, given: dict | None) -> tuple[Tensor, Tensor, Tensor]:
        """Encodes windows to be completed.

        Args:
            known: None where what is NaN is not known, nor steps or voices that a window lacks; else bool like each
                window.
            given: Conditions by name.
        """
        windows = self._windows(items)
        shapes = [window.shape for window in windows]
        masks = None if known is None else check_masks(known, shapes, "window", "notes that stay")
        whole = np.full((len(windows), *self.shape), REST, np.int16)
        mask = np.zeros(whole.shape, bool)
        for i, window in enumerate(windows):
            steps, voices = window.shape
            if steps > self.steps or voices > self.voices:
                raise ItemError(
                    i,
                    f"window {i}",
                    f"has {steps} steps of {voices} voices, and this model knows {self.steps} steps of {self.voices}: "
                    "cut it",
                )
            is_known = ~np.isnan(window) if window.dtype.kind == "f" else np.ones(window.shape, bool)
            if masks is not None:
                is_known = is_known & masks[i]
            whole[i, :steps, :voices] = np.where(is_known, window, REST)
            mask[i, :steps, :voices] = is_known
        table = torch.zeros(len(windows), 0) if given is None else self.encode_given(given, len(windows))
        return self._codes(whole), table, torch.from_numpy(mask).flatten(1)

    # ------------------------------------------------------------------ out

    def decode(self, x: Tensor, given: Tensor, seed: int | None) -> Drawn:
        codes = x.float().round().clamp(0, self.leaf.k - 1).to(torch.int16).cpu().numpy()
        pitches = np.where(codes == 0, REST, codes + self.lowest - 1).astype(np.int16)
        return Drawn(pitches.reshape(-1, *self.shape), seed=seed)

    def decode_holes(self, x: Tensor, items: Pieces, known: Tensor, given: Tensor, note: dict) -> Drawn:
        """Joins completed windows side by side to the piece that they are of, as long as it was; a piece that is
        shorter than a window goes on to its end.

        Args:
            x: (B, ...) input.
            known: bool mask of what is known.
            given: (B, G) conditions of the items.
            note: Note on how the items were sampled, which is filled in.
        """
        windows = self.decode(x, given, None)
        if isinstance(items, Parts):
            cut = [window[:steps] for window, steps in zip(windows, self.completed_lengths(items))]
            windows = self.join_parts(Parts(cut, begins=items.begins))
        return Drawn(windows, None, note.get("seed"), note.get("method"), note.get("kind"))

    def write(self, items: Pieces, path: Path, names: Sequence[str] = ()) -> Path:
        """Writes windows: .npz of `pitches`, .mid or .wav of all one after another, or a folder of MIDI files.

        Args:
            path: Path of the file.
            names: Names in the order of the columns.
        """
        nested = isinstance(items, list) and len(items) and isinstance(items[0], list)
        return write_music([window for part in items for window in part] if nested else list(items), Path(path), names)

    def keys(self, items: Pieces) -> np.ndarray:
        return window_keys(items)

    def equals(self) -> Equals:
        """Returns the rule by which windows count as equal: by notes, in any key, since models learn from all keys."""
        return Equals(tune_keys)

    def describe(self) -> list[str]:
        low, high = self.lowest, self.lowest + self.leaf.k - 2
        voices = f"{self.voices} voice{'s' * (self.voices > 1)}"
        return [
            f"{self.pieces:,} pieces of {voices}, in {self.windows:,} windows of {self.steps} steps (sixteenths)",
            f"pitches from {pitch_name(low)} to {pitch_name(high)} ({low} to {high}), and rests",
            *self.notes,
        ]

    def to_json(self) -> dict:
        return {
            "domain": self.kind,
            "spec": spec_to_json(self.spec),
            "voices": self.voices,
            "lowest": self.lowest,
            "pieces": self.pieces,
            "windows": self.windows,
            "notes": self.notes,
        }

    @classmethod
    def from_json(cls, record: dict) -> "Music":
        spec, voices, lowest = spec_from_json(record["spec"]), record["voices"], record["lowest"]
        leaf = spec.leaf
        if not (leaf.axis == "sequence" and len(leaf.shape) == 1 and leaf.shape[0] <= MOST_SYMBOLS):
            raise ValueError("the leaf is a sequence, no longer than models see")
        if not 1 <= voices <= MOST_VOICES or leaf.shape[0] % voices:
            raise ValueError("every step has all voices")
        if not 0 <= lowest <= lowest + leaf.k - 2 < PITCHES:
            raise ValueError("pitches are those of MIDI")
        return cls(spec, voices, lowest, record["pieces"], record["windows"], record["notes"])

    # ------------------------------------------------------------------ inside

    @property
    def leaf(self) -> Category:
        return self.spec.leaf

    @property
    def steps(self) -> int:
        return self.spec.shape[0] // self.voices

    @property
    def shape(self) -> tuple[int, int]:
        """The steps and voices of a window."""
        return self.steps, self.voices

    @property
    def part_length(self) -> int:
        return self.steps

    def listed(self, items: Pieces) -> list[np.ndarray]:
        return self._windows(items)

    def completed_lengths(self, items: Parts) -> list[int]:
        return [self.steps if alone else len(item) for item, alone in zip(items, items.are_whole_pieces())]

    def _windows(self, items: Pieces) -> list[np.ndarray]:
        items = [items] if isinstance(items, np.ndarray) and items.ndim == 2 else list(items)
        if not items:
            raise DataError("there is no music: give at least one window")
        if all(type(item) is np.ndarray and item.dtype == np.int16 and item.shape == self.shape for item in items):
            pitches = np.stack(items)
            if REST <= pitches.min() <= pitches.max() < PITCHES:  # as training has them, of which there may be many
                return items
        return [voices_of(item, f"window {i}", silent=True) for i, item in enumerate(items)]

    def _codes(self, windows: np.ndarray) -> Tensor:
        """(n, steps, voices) pitches -> (n, steps x voices) int16. Raises DataError for one that training could not
        hold."""
        codes = np.where(windows == REST, 0, windows - self.lowest + 1)
        is_invalid = (codes < 0) | (codes >= self.leaf.k)
        if is_invalid.any():
            at = int(np.flatnonzero(is_invalid.any((1, 2)))[0])
            raise ItemError(
                at,
                f"window {at}",
                f"holds the pitch {windows[is_invalid][0]}, and this model knows {self.lowest} to "
                f"{self.lowest + self.leaf.k - 2}: transpose it",
            )
        return torch.from_numpy(codes.astype(np.int16).reshape(len(windows), -1))


def pitch_name(pitch: int) -> str:
    """Names a pitch: 60 -> "C4"."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"


def window_keys(windows: Iterable[np.ndarray]) -> np.ndarray:
    """Computes a hash (n,) uint64 of each window's notes."""
    return content_keys(f"{w.shape}".encode() + w.astype("<i2").tobytes() for w in map(np.asarray, windows))


def tune_keys(windows: Iterable[np.ndarray]) -> np.ndarray:
    """Computes keys (n,) uint64, equal for windows of the same notes, at most transposed."""
    windows = [np.asarray(window).astype(np.int16) for window in windows]
    lowest = (min(window[window != REST], default=0) for window in windows)
    return window_keys(np.where(window == REST, REST, window - low) for window, low in zip(windows, lowest))
