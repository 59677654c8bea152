"""Published sets of things that follow one another in time.

tiny-shakespeare    a book in one piece
jsb-chorales        chorales of Bach in four voices, split as Boulanger-Lewandowski et al. 2012, each voice on its own
                    (Huang 2017)
fsdd                six speakers say each digit fifty times (Jackson et al. 2016)
"""

import numpy as np

from ...core.account import Account
from ...core.errors import DataError
from ...sound.kinds.audio.sound_files import read_sound
from ...sound.kinds.music.piano_rolls import pieces_of
from ..formats.download import File, cached, content, digest
from ..formats.packed import unpacked
from ..formats.raw import Raw
from ..formats.source import Source
from ..sequences.windows import WINDOW

SHAKESPEARE = File(
    "text/tiny-shakespeare/input.txt",
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    ("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",),
)


def tiny_shakespeare() -> Raw:
    """The first nine tenths are learned and validated, the last tenth is test: what others (Karpathy 2015) validate
    on."""
    text = content(SHAKESPEARE).decode("utf-8")
    at = int(0.9 * len(text))
    parts = np.array(["", "test"])
    return Raw("sequences", "tiny-shakespeare", [text[:at], text[at:]], parts=parts, window=WINDOW, account=Account())


CHORALES = File(
    "jsb-chorales/Jsb16thSeparated.json.gz", "79294cc374f9252e95ef4b703161524c1c53dc1f712c236f00f1c1f5d54af5a7", ()
)


def chorales() -> Raw:
    """Reads the chorales: soprano, alto, tenor and bass, a sixteenth a step."""
    pieces, parts = pieces_of(content(CHORALES), "jsb-chorales")
    return Raw("music", "jsb-chorales", pieces, parts=parts, account=Account())


SHA256 = "da28f3a7f76ae7b7"  # first digits of the digest of recordings.zip
TESTED = 5  # recordings of a digit by each speaker, those with the lowest numbers, as the authors say


def spoken_digits() -> Raw:
    """Reads spoken digits. 3,000 clips with `label`, the digit, and `speaker`, in the authors' split."""
    path = cached("fsdd/recordings.zip")
    if not digest(path.read_bytes()).startswith(SHA256):
        raise DataError(f"{path} is damaged or another version (its sha256 differs): remove or replace it")
    with unpacked(Source(str(path))) as held:
        sound = read_sound(held.path)
    _, sound.clips.given["speaker"], numbers = np.array([name.split("_") for name in sound.names]).T
    parts = np.where(numbers.astype(int) < TESTED, "test", "")
    return Raw("audio", "fsdd", sound.clips, parts=parts, account=sound.account)
