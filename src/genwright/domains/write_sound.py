"""Clips into WAV files of 16 bits, one channel; there whole or not at all."""

from __future__ import annotations

import io
import re
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..core.errors import DataError
from ..core.files import write_whole, write_whole_folder

PAUSE = 0.2  # seconds between the clips of one file


def wav_bytes(clip: np.ndarray, rate: int) -> bytes:
    """A clip (m,) in [-1, 1] as the content of a WAV file."""
    samples = np.rint(clip.astype(np.float64).clip(-1, 1) * 32767).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(samples.tobytes())
    return file.getvalue()


def write_sound(clips: Sequence[np.ndarray], labels: Sequence, rate: int, path: Path) -> Path:
    """.wav: one file, the clips one after another; without a suffix: a folder, a file a clip, labels (n,) as
    sub-folders where there are any. Raises DataError for another suffix, and for a folder that is not empty."""
    if path.suffix.lower() == ".wav":
        return write_whole(path, wav_bytes(in_turn(clips, rate), rate))
    if path.suffix:
        raise DataError(f"clips cannot be written as {path}: let its name end in .wav, or name a folder")
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise DataError(f"{path} exists already and is not an empty folder: choose another name or remove it")

    def fill(place: Path) -> None:
        for i, (clip, label) in enumerate(zip(clips, labels)):
            folder = place if label is None else place / re.sub(r"[^\w .-]", "_", str(label)).strip(". ")
            folder.mkdir(exist_ok=True)
            (folder / f"{i:05d}.wav").write_bytes(wav_bytes(clip, rate))

    return write_whole_folder(path, fill)


def in_turn(clips: Sequence[np.ndarray], rate: int) -> np.ndarray:
    """All clips one after another, with a pause between them."""
    pause = np.zeros(int(PAUSE * rate), np.float32)
    return np.concatenate([part for clip in clips for part in (clip, pause)][:-1])
