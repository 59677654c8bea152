"""Clips into WAV files; there whole or not at all."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...core.errors import DataError
from ...core.files import write_whole, write_whole_folder
from ...core.folder_names import file_names, folder_name
from .wav import in_turn, wav_bytes


def write_sound(
    clips: Sequence[np.ndarray], labels: Sequence, rate: int, path: Path, names: Sequence[str] = ()
) -> Path:
    """.wav: one file, the clips one after another; without a suffix: a folder, a file a clip, called as `names`, else
    by number, with labels (n,) as sub-folders where there are any. Raises DataError for another suffix, and for a
    folder that is not empty."""
    if path.suffix.lower() == ".wav":
        return write_whole(path, wav_bytes(in_turn(clips, rate), rate))
    if path.suffix:
        raise DataError(f"clips cannot be written as {path}: let its name end in .wav, or name a folder")

    def fill(place: Path) -> None:
        for clip, label, name in zip(clips, labels, file_names(names, len(clips), ".wav")):
            folder = place if label is None or len(names) == len(clips) else place / folder_name(label)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(wav_bytes(clip, rate))

    return write_whole_folder(path, fill)
