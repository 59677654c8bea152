"""Published music and sound.

jsb-chorales        chorales of Bach in four voices, split as Boulanger-Lewandowski et al. 2012, each voice on its own
                    (Huang 2017)
fsdd                six speakers say each digit fifty times (Jackson et al. 2016)
"""

import numpy as np

from ...core.account import Account
from ...core.errors import DataError
from ...kinds.formats.download import File, cached, content, digest
from ...kinds.formats.packed import unpacked
from ...kinds.formats.raw import Raw
from ...kinds.formats.source import Source
from .audio.sound_files import read_sound
from .music.piano_rolls import pieces_of

CHORALES = File(
    "jsb-chorales/Jsb16thSeparated.json.gz", "79294cc374f9252e95ef4b703161524c1c53dc1f712c236f00f1c1f5d54af5a7", ()
)


def chorales() -> Raw:
    """Loads Bach's chorales: soprano, alto, tenor and bass, a step of a sixteenth note."""
    pieces, parts = pieces_of(content(CHORALES), "jsb-chorales")
    return Raw("music", "jsb-chorales", pieces, parts=parts, account=Account())


SHA256 = "da28f3a7f76ae7b7"  # first digits of the digest of recordings.zip
TESTED = 5  # recordings of a digit by each speaker, those with the lowest numbers, as the authors say


def spoken_digits() -> Raw:
    """Loads 3,000 clips of spoken digits with `label`, the digit, and `speaker`, in the authors' split."""
    path = cached("fsdd/recordings.zip")
    if not digest(path.read_bytes()).startswith(SHA256):
        raise DataError(f"{path} is damaged or another version (its sha256 differs): remove or replace it")
    with unpacked(Source(str(path))) as source_inside:
        sound = read_sound(source_inside.path)
    _, sound.clips.given["speaker"], numbers = np.array([name.split("_") for name in sound.names]).T
    parts = np.where(numbers.astype(int) < TESTED, "test", "")
    return Raw("audio", "fsdd", sound.clips, parts=parts, account=sound.account)
