"""Music: pieces cut into windows of a few bars, split by piece, and understood by the domain of music.

Windows to train begin a quarter of a window apart and come in all twelve keys; those to validate and test stand side by
side as they are, so that no note counts twice in what is measured.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ....core.data import Data
from ....core.errors import DataError
from ....core.limits import require_size
from ....kinds.assemble import Prepared, assemble
from ....kinds.domain import Drawn
from ....kinds.formats.raw import Raw, Read
from ....kinds.formats.source import Source
from ....kinds.splits import SPLIT_NAMES, remark, require_enough, split, split_groups
from .domain import MOST_SYMBOLS, Music, tune_keys, window_keys
from .piano_rolls import PITCHES, REST, with_voices

WINDOW = 64  # steps: four bars of sixteen
HOPS = 4  # windows to train begin so many times a window
KEYS = range(-5, 7)  # semitones
NOTE_BYTES, WINDOW_BYTES = 4, 128  # bytes of a note, as it is and encoded, and of a window beside its notes
FEWEST_PIECES = 3


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """Raises DataError for too few pieces, none as long as a window, or gaps.

    Args:
        raw: Items as they were read from the source.
        text: Name of the source in messages.
        options: Options of `load_data`, by name.
        seed: Seed of the random numbers.
    """
    size = options.get("windows") or _usual_window(raw.items)
    pieces, settled, notes = _cut_alike(raw, size, text)
    notes += [f"no piece has {WINDOW} steps (sixteenths): windows have {size}"] * (
        "windows" not in options and size < WINDOW
    )
    keys = tune_keys(pieces)
    if len(np.unique(keys)) < FEWEST_PIECES:  # one tune in many keys
        keys = window_keys(pieces)
    counts = [len(piece) // size for piece in pieces]
    if settled is None:
        piece_parts = _split(keys, np.array(counts), seed, text)
    else:
        piece_parts = split(keys, None, settled, seed)
    hop = max(1, size // HOPS)
    items, shifted = {part: [] for part in SPLIT_NAMES}, 0
    for piece, part in zip(pieces, piece_parts):
        if part == "train":
            windows = cut(piece, size, hop)
            shifted += len(KEYS) * len(windows)
            require_size(
                f"{text}, in windows of all keys,", shifted * (WINDOW_BYTES + NOTE_BYTES * size * piece.shape[1])
            )
            windows = transposed(windows) if windows else []
        else:
            windows = cut(piece, size, size)
        items[part] += windows
    all_windows = [window for part in SPLIT_NAMES for window in items[part]]
    require_enough(len(all_windows), text, raw.account)
    notes.append(
        f"training windows begin {hop} steps apart and come in all twelve keys, {KEYS[0]} to {KEYS[-1]} semitones "
        "away. Validation and test windows stand side by side, as they are"
    )
    remarks = remark(piece_parts, settled, keys, "pieces", "copies of another, at most transposed")
    prepared = Prepared(
        raw,
        text,
        options,
        seed,
        Drawn(all_windows),
        "windows",
        window_keys(all_windows),
        settled=settled,
        remarks=remarks,
        parts=pd.Categorical(np.repeat(SPLIT_NAMES, [len(items[part]) for part in SPLIT_NAMES]), SPLIT_NAMES),
    )  # fmt: skip
    return assemble(prepared, lambda _: Music.fit(all_windows, len(pieces), [*raw.notes, *notes]))


def read_items(source: Source, domain: Music) -> Read:
    """Reads windows for a model: pieces cut side by side, the last of each as long as what is left."""
    raw = source.read_as(domain.kind)
    parts, _ = domain.parted(raw.items)
    return Read(parts, None, parts.places(raw.item_places, "window at step", 0), raw.account, raw.places)


def cut(piece: np.ndarray, size: int, hop: int) -> list[np.ndarray]:
    """Cuts a piece into windows that begin so many steps apart, none that is not whole."""
    return [piece[start : start + size] for start in range(0, len(piece) - size + 1, hop)]


def transposed(windows: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Transposes each window to all twelve keys, where its pitches then are those of MIDI."""
    window_array = np.stack(windows)  # (n, steps, voices)
    is_sounding, shifts = window_array != REST, np.array(KEYS, np.int16)
    low = np.where(is_sounding, window_array, PITCHES).min((1, 2))
    high = np.where(is_sounding, window_array, 0).max((1, 2))
    window, key = np.nonzero((low[:, None] + shifts >= 0) & (high[:, None] + shifts < PITCHES))
    return list(np.where(is_sounding[window], window_array[window] + shifts[key][:, None, None], REST).astype(np.int16))


def _usual_window(pieces: list[np.ndarray]) -> int:
    """WINDOW steps, or, where no piece is as long, as many as the shortest that has half of the longest's at least."""
    lengths = [len(piece) for piece in pieces]
    longest = max(lengths, default=0)
    return WINDOW if longest >= WINDOW or longest < HOPS else max(HOPS, min(n for n in lengths if 2 * n >= longest))


def _cut_alike(raw: Raw, size: int, text: str) -> tuple[list[np.ndarray], np.ndarray | None, list[str]]:
    """Pieces of one number of voices, as long as a window at least, their parts (n,) where they are settled, and what
    to say."""
    if gaps := [number for number, piece in enumerate(raw.items) if piece.dtype.kind == "f"]:
        raise DataError(
            f"piece {gaps[0]} of {text} has gaps (NaN), and models learn from whole ones: fill them, {REST} where "
            "nothing sounds"
        )
    if silent := [number for number, piece in enumerate(raw.items) if (piece == REST).all()]:
        place = raw.places[silent[0]] if raw.places else f"piece {silent[0]}"
        raise DataError(f"{text}: {place} holds no note: leave it out")
    voices = max(piece.shape[1] for piece in raw.items) if raw.items else 0
    most_symbols = MOST_SYMBOLS // max(voices, 1)
    if not HOPS <= size <= most_symbols:
        raise DataError(f"windows of {size} steps: of {voices} voices, models see {HOPS} to {most_symbols} of them")
    long = np.array([len(piece) >= size for piece in raw.items], bool)
    if not long.any():
        raise DataError(f"{text} holds no piece of {size} steps (sixteenths) or more: name shorter windows")
    notes = []
    raw.account.leave_out(int((~long).sum()), "piece", "shorter than a window")
    fewer = sum(piece.shape[1] < voices for piece in raw.items)
    if fewer:
        notes.append(f"{fewer:,} piece{'s' * (fewer > 1)} of fewer voices: the others rest there")
    pieces = [with_voices(piece, voices) for piece, enough in zip(raw.items, long) if enough]
    return pieces, None if raw.parts is None else np.asarray(raw.parts)[long], notes


def _split(keys: np.ndarray, counts: np.ndarray, seed: int, text: str) -> pd.Categorical:
    """(n,) parts of pieces that are alike on one side, in shares of their windows."""
    if len(keys) < FEWEST_PIECES:
        raise DataError(f"{text} holds {len(keys):,} pieces, and a split needs {FEWEST_PIECES}: add others")
    if len(np.unique(keys)) < FEWEST_PIECES:  # a remark counts the copies
        keys = np.arange(len(keys)).astype(keys.dtype)
    first = np.r_[0, np.cumsum(counts)[:-1]]
    return split_groups(np.repeat(keys, counts), seed, "piece")[first]
