"""Pieces of music in the form in which they reach the user: the pitch of each voice at each step of a sixteenth.

A step says which pitch sounds, not whether it was struck anew, so a note that is repeated and one that is held are the
same.
"""

from typing import Any

import numpy as np

from ...core.errors import DataError

REST = -1
PITCHES = 128  # of MIDI, of which 60 is the middle C
MOST_VOICES = 8
BLOCK = 2**14  # steps that are sorted at a time


def voices_of(item: Any, what: str, silent: bool = False) -> np.ndarray:
    """(steps, voices) whole numbers, MIDI pitches or REST, or (steps, 128), what is not 0 sounds -> (steps, voices)
    int16; float32 where some are NaN, which are not known.

    Raises DataError, naming the piece and its step, for another shape, a pitch that is none, more voices than
    MOST_VOICES, and, unless `silent`, a piece without any note.
    """
    x = np.asarray(item)
    if x.ndim != 2 or not x.size or x.dtype.kind not in "biuf":
        raise DataError(
            f"{what} is {x.dtype} of shape {x.shape}: give (steps, voices) pitches of MIDI, {REST} for a rest, or "
            f"(steps, {PITCHES}) booleans"
        )
    if x.shape[1] == PITCHES:
        return stacked(np.nan_to_num(x) != 0, what)
    if x.shape[1] > MOST_VOICES or x.dtype.kind == "b":
        raise DataError(
            f"{what} has {x.shape[1]} columns of {x.dtype}: give pitches of at most {MOST_VOICES} voices, or "
            f"{PITCHES} booleans a step"
        )
    absent = np.isnan(x) if x.dtype.kind == "f" else np.zeros(x.shape, bool)
    wrong = ~absent & ((x < REST) | (x >= PITCHES) | (np.nan_to_num(x) % 1 != 0))
    if wrong.any():
        step = int(np.flatnonzero(wrong.any(1))[0])
        raise DataError(
            f"{what} holds {x[wrong][0]:g} at step {step}: pitches are whole numbers from 0 to {PITCHES - 1}, {REST} a "
            "rest"
        )
    if not silent and not (x >= 0).any():
        raise DataError(f"{what} holds no note: leave it out")
    return x.astype(np.float32 if absent.any() else np.int16)


def stacked(sounding: np.ndarray, what: str) -> np.ndarray:
    """Pitches that sound (steps, 128) bool -> (steps, voices) int16, the highest first, as many voices as sound at once
    at most. Raises DataError for more than MOST_VOICES, and for none."""
    count = sounding.sum(1)
    if not count.any():
        raise DataError(f"{what} holds no note: leave it out")
    if count.max() > MOST_VOICES:
        raise DataError(
            f"{what} sounds {count.max()} pitches at once at step {int(count.argmax())}, and at most {MOST_VOICES} "
            "voices are modelled: leave it out, or give fewer of its parts"
        )
    voices = np.empty((len(sounding), count.max()), np.int16)
    for begin in range(0, len(sounding), BLOCK):
        pitches = np.where(sounding[begin : begin + BLOCK], np.arange(PITCHES, dtype=np.int16), REST)
        voices[begin : begin + BLOCK] = np.sort(pitches, 1)[:, ::-1][:, : count.max()]
    return voices


def with_voices(piece: np.ndarray, voices: int) -> np.ndarray:
    """A piece with rests for the voices that it lacks."""
    return np.pad(piece, ((0, 0), (0, voices - piece.shape[1])), constant_values=REST)
