"""Free Spoken Digit Dataset (Jackson et al. 2016): six speakers say each digit fifty times."""

import hashlib

import numpy as np

from ...core.errors import DataError
from ..audio.sound_files import read_sound
from ..raw import Raw
from .download import cached

SHA256 = "da28f3a7f76ae7b7"  # of recordings.zip, its first digits
TESTED = 5  # of each speaker's recordings of a digit: those of the lowest numbers, as its authors say


def spoken_digits() -> Raw:
    """3,000 clips with `label`, the digit, and `speaker`, in the authors' split."""
    path = cached("fsdd/recordings.zip")
    if not hashlib.sha256(path.read_bytes()).hexdigest().startswith(SHA256):
        raise DataError(f"{path} is damaged or another version (its sha256 differs): remove or replace it")
    sound = read_sound(path)
    _, speakers, numbers = zip(*(name.split("_") for name in sound.names))
    sound.clips.given["speaker"] = np.array(speakers)
    parts = np.where(np.array(numbers, int) < TESTED, "test", "")
    return Raw("audio", "fsdd", sound.clips, parts=parts, notes=sound.notes)
