"""Clips into WAV files; there whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..core.errors import DataError
from ..core.files import require_new_folder, write_whole, write_whole_folder
from ..core.wav import in_turn, wav_bytes


def write_sound(clips: Sequence[np.ndarray], labels: Sequence, rate: int, path: Path) -> Path:
    """.wav: one file, the clips one after another; without a suffix: a folder, a file a clip, labels (n,) as
    sub-folders where there are any. Raises DataError for another suffix, and for a folder that is not empty."""
    if path.suffix.lower() == ".wav":
        return write_whole(path, wav_bytes(in_turn(clips, rate), rate))
    if path.suffix:
        raise DataError(f"clips cannot be written as {path}: let its name end in .wav, or name a folder")
    require_new_folder(path)

    def fill(place: Path) -> None:
        for i, (clip, label) in enumerate(zip(clips, labels)):
            folder = place if label is None else place / re.sub(r"[^\w .-]", "_", str(label)).strip(". ")
            folder.mkdir(exist_ok=True)
            (folder / f"{i:05d}.wav").write_bytes(wav_bytes(clip, rate))

    return write_whole_folder(path, fill)
