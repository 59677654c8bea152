"""Notes as sound: each a sum of sines that fades, so that anybody can hear what was drawn without an instrument."""

import numpy as np

RATE = 8_000  # samples a second
STEP = 0.15  # seconds of a sixteenth: a hundred quarters a minute
PARTIALS = (1.0, 0.4, 0.2, 0.1)  # loudness of a tone and its overtones
FADE, ATTACK = 1.2, 0.01  # seconds in which it fades to 1 / e, and in which it starts and stops


def notes_of(piece: np.ndarray) -> list[tuple[int, int, int]]:
    """(steps, voices) pitches, negative for rests -> (first step, steps, pitch) of each note, in order; a voice that
    stays at a pitch holds one note."""
    notes = []
    for voice in piece.T:
        starts = np.flatnonzero(np.r_[True, voice[1:] != voice[:-1]])
        for start, end in zip(starts, np.r_[starts[1:], len(voice)]):
            if voice[start] >= 0:
                notes.append((int(start), int(end - start), int(voice[start])))
    return sorted(notes)


def played(piece: np.ndarray) -> np.ndarray:
    """(steps, voices) pitches of MIDI -> samples (m,) float32 in [-1, 1], RATE a second."""
    step = int(STEP * RATE)
    sound = np.zeros(len(piece) * step + 1, np.float32)
    for start, steps, pitch in notes_of(piece):
        time = np.arange(steps * step) / RATE
        pace = 440.0 * 2 ** ((pitch - 69) / 12)
        tone = sum(
            loud * np.sin(2 * np.pi * pace * k * time) for k, loud in enumerate(PARTIALS, 1) if k * pace < RATE / 2
        )
        ends = np.minimum(1, np.minimum(time, time[-1] - time) / ATTACK)
        sound[start * step : start * step + len(time)] += tone * ends * np.exp(-time / FADE)
    return sound / max(1.0, float(np.abs(sound).max()))
