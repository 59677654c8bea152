"""Pieces of music as they reach the user: the pitch of each voice at each step of a sixteenth. A step says which
pitch sounds, not whether it was struck anew, so a repeated note and a held one are the same.

Pieces are read from arrays or lists of pitches:

.npz     `pitches` (n, steps, voices), of pieces of one length; or (all steps, voices) and `ptr` (n + 1,), of which
         piece p has the steps ptr[p] .. ptr[p + 1] - 1; with 128 columns in the place of voices, what is not 0 sounds
.npy     a folder of them, a piece (steps, voices) or (steps, 128) each
.json    a list of pieces, or {"train" | "valid" | "test": pieces}; a piece is a list of steps, a step a list of pitches
         that sound, of voices in order with -1 for a rest where all steps have as many
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from ....core.account import Account
from ....core.errors import DataError
from ....core.limits import require_size
from ....core.safe_text import parse_json
from ....kinds.formats.folders import list_files, places_below
from ....kinds.formats.numpy_arrays import holds_arrays, read_arrays
from ....kinds.formats.parsing import parsing
from ....kinds.splits import SPLIT_NAMES

REST = -1
PITCHES = 128  # pitches of MIDI; 60 is the middle C
MOST_VOICES = 8
BLOCK = 2**14  # steps that are sorted at a time


def voices_of(item: ArrayLike, source_name: str, silent: bool = False) -> np.ndarray:
    """Converts a piece to voices (steps, voices) int16; float32 where some are NaN, which are not known. It is (steps,
    voices) whole numbers, MIDI pitches or REST, or (steps, 128), what is not 0 sounds.

    Raises DataError, naming the piece and its step, for another shape, a pitch that is none, more voices than
    MOST_VOICES, and, unless `silent`, a piece without any note.

    Args:
        source_name: Name of the source in messages.
    """
    x = np.asarray(item)
    if x.ndim != 2 or not x.size or x.dtype.kind not in "biuf":
        raise DataError(
            f"{source_name} is {x.dtype} of shape {x.shape}: give (steps, voices) pitches of MIDI, {REST} for a "
            f"rest, or (steps, {PITCHES}) booleans"
        )
    if x.shape[1] == PITCHES:
        return stacked(np.nan_to_num(x) != 0, source_name)
    if x.shape[1] > MOST_VOICES or x.dtype.kind == "b":
        raise DataError(
            f"{source_name} has {x.shape[1]} columns of {x.dtype}: give pitches of at most {MOST_VOICES} voices, or "
            f"{PITCHES} booleans a step"
        )
    is_missing = np.isnan(x) if x.dtype.kind == "f" else np.zeros(x.shape, bool)
    is_invalid = ~is_missing & ((x < REST) | (x >= PITCHES) | (np.nan_to_num(x) % 1 != 0))
    if is_invalid.any():
        step = int(np.flatnonzero(is_invalid.any(1))[0])
        raise DataError(
            f"{source_name} holds {x[is_invalid][0]:g} at step {step}: pitches are whole numbers from 0 to "
            f"{PITCHES - 1}, {REST} a rest"
        )
    if not silent and not (x >= 0).any():
        raise DataError(f"{source_name} holds no note: leave it out")
    return x.astype(np.float32 if is_missing.any() else np.int16)


def stacked(sounding: np.ndarray, source_name: str) -> np.ndarray:
    """Converts pitches that sound (steps, 128) bool to voices (steps, voices) int16, the highest first, as many voices
    as sound at once at most. Raises DataError for more than MOST_VOICES, and for none."""
    count = sounding.sum(1)
    if not count.any():
        raise DataError(f"{source_name} holds no note: leave it out")
    if count.max() > MOST_VOICES:
        raise DataError(
            f"{source_name} sounds {count.max()} pitches at once at step {int(count.argmax())}, and at most "
            f"{MOST_VOICES} voices are modelled: leave it out, or give fewer of its parts"
        )
    voices = np.empty((len(sounding), count.max()), np.int16)
    for begin in range(0, len(sounding), BLOCK):
        pitches = np.where(sounding[begin : begin + BLOCK], np.arange(PITCHES, dtype=np.int16), REST)
        voices[begin : begin + BLOCK] = np.sort(pitches, 1)[:, ::-1][:, : count.max()]
    return voices


def with_voices(piece: np.ndarray, voices: int) -> np.ndarray:
    """Adds rests for the voices that a piece lacks."""
    return np.pad(piece, ((0, 0), (0, voices - piece.shape[1])), constant_values=REST)


CELL = 32  # bytes of a number in a list
PIECE = 2048  # bytes of a short piece, with its windows


def is_music_arrays(path: Path) -> bool:
    """Tells whether it is an .npz file that has an array `pitches`; what is in it is not looked at."""
    return holds_arrays(path, ("pitches",))


def is_music_folder(path: Path) -> bool:
    """Tells whether a folder holds .npy files alone."""
    files, other_files = list_files(path, (".npy",))
    return bool(files) and not other_files


def read_music_folder(path: Path) -> tuple[list[np.ndarray], list[str]]:
    """Reads pieces and the names of their files, in order."""
    files, _ = list_files(path, (".npy",))
    return [voices_of(read_arrays(file)["x"], str(file), silent=True) for file in files], places_below(path, files)


def read_music_arrays(path: Path) -> tuple[list[np.ndarray], Account]:
    """Reads the pieces of an .npz file, and an account of its arrays. Raises DataError for arrays that do not fit
    together, or pitches that are none."""
    arrays = read_arrays(path)
    pitches, ptr = arrays["pitches"], arrays.get("ptr")
    if pitches.ndim != (3 if ptr is None else 2) or not pitches.size:
        expected_shape = "(n, steps, voices)" if ptr is None else "(all steps, voices) beside ptr"
        raise DataError(f"{path} holds pitches of shape {pitches.shape}: write {expected_shape}")
    if ptr is not None:
        whole = ptr.ndim == 1 and ptr.dtype.kind in "iu" and len(ptr) > 1
        if not whole or ptr[0] != 0 or ptr[-1] != len(pitches) or (np.diff(ptr.astype(np.int64)) < 1).any():
            raise DataError(f"{path}: ptr does not cut the {len(pitches):,} steps into pieces: write it again")
        _require_few(len(ptr) - 1, path)
        pitches = np.split(pitches, ptr[1:-1].astype(np.int64))
    _require_few(len(pitches), path)
    account = Account()
    account.see("arrays", arrays, ("pitches", "ptr"))
    pieces = [voices_of(piece, f"piece {number} of {path}", silent=True) for number, piece in enumerate(pitches)]
    return pieces, account


def _require_few(pieces: int, source_name: object) -> None:
    """Raises DataError for more pieces than fit into the size that is taken, however short they are."""
    require_size(f"{source_name}, of {pieces:,} pieces,", PIECE * pieces)


def pieces_of(content: bytes, source_name: object) -> tuple[list[np.ndarray], np.ndarray | None]:
    """Reads the pieces of the content of a JSON file, and their parts (n,) where it names them. Raises DataError for
    anything else."""
    require_size(f"{source_name}, as lists,", PITCHES * content.count(b"["))
    _require_few(content.count(b"]]"), source_name)
    with parsing(source_name, "write it again"):
        record = parse_json(content, str(source_name))
    pieces_by_part = record if isinstance(record, dict) else {"": record}
    if unknown_parts := sorted(set(pieces_by_part) - {*SPLIT_NAMES, ""}):
        raise DataError(
            f"{source_name} holds {unknown_parts[0]!r:.40}, so it is JSON of no form that is read. Write rows of a "
            "table, a node-link graph, or pieces of music under train, valid and test, as docs/data.md says"
        )
    if not any(pieces_by_part.values()) or not all(
        type(part_pieces) is list for part_pieces in pieces_by_part.values()
    ):
        raise DataError(
            f"{source_name} holds no list of pieces of music, nor one each of {', '.join(SPLIT_NAMES)}: give one"
        )
    _require_few(sum(map(len, pieces_by_part.values())), source_name)
    pieces, parts = [], []
    for part, lists in pieces_by_part.items():
        pieces += [
            _check_piece(piece, f"{part} piece {number} of {source_name}".strip()) for number, piece in enumerate(lists)
        ]
        parts += [part] * len(lists)
    return pieces, np.array(parts) if isinstance(record, dict) else None


def _check_piece(steps: Sequence, source_name: str) -> np.ndarray:
    if not (isinstance(steps, list) and steps and all(isinstance(step, list) for step in steps)):
        raise DataError(f"{source_name} is no list of steps that list pitches: write it again, or give texts as a .txt")
    require_size(source_name, CELL * sum(map(len, steps)))
    for number, step in enumerate(steps):
        if not all(isinstance(pitch, (int, float)) and REST <= pitch < PITCHES and pitch % 1 == 0 for pitch in step):
            raise DataError(
                f"{source_name} holds {str(step)[:40]} at step {number}: pitches are whole numbers from 0 to "
                f"{PITCHES - 1}, {REST} a rest"
            )
    if len(set(map(len, steps))) == 1 and steps[0]:
        return voices_of(np.array(steps, float), source_name, silent=True)
    sounding = np.zeros((len(steps), PITCHES), bool)
    for row, step in zip(sounding, steps):
        row[[int(pitch) for pitch in step if pitch != REST]] = True
    return stacked(sounding, source_name)
