"""Sound as the content of a WAV file of 16 bits, one channel."""

import io
import wave
from collections.abc import Sequence

import numpy as np

PAUSE = 0.2  # seconds between the clips of one file


def wav_bytes(clip: np.ndarray, rate: int) -> bytes:
    """A clip (m,) in [-1, 1] of `rate` samples a second."""
    samples = np.rint(clip.astype(np.float64) * 2**15).clip(-(2**15), 2**15 - 1).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(samples.tobytes())
    return file.getvalue()


def in_turn(clips: Sequence[np.ndarray], rate: int) -> np.ndarray:
    """All clips one after another, with a pause between them."""
    pause = np.zeros(int(PAUSE * rate), np.float32)
    return np.concatenate([part for clip in clips for part in (clip, pause)][:-1])
