"""Published texts: a book in one piece, and molecules as SMILES, a line each."""

from __future__ import annotations

import numpy as np

from ..raw import Raw
from ..windows import WINDOW
from .download import File, content

SHAKESPEARE = File(
    "text/tiny-shakespeare/input.txt",
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    ("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",),
)
MOSES = (
    File("moses/train.csv.gz", "cc9d6e8e9534e25a7a36361529ae739ddda8036e9072b2fc5cea6930a0592144", ()),
    File("moses/test.csv.gz", "0248e682a9c29ca7649184dd88a4edc83f48f0e84af6b923990069c3da4501b6", ()),
)
QM9 = File("qm9-smiles/qm9.csv.gz", "f7cc792c3e8c066fabf0645d11d8e3e98a41f4c6b7b6bed1e5b6425e5251c133", ())


def tiny_shakespeare() -> Raw:
    """The first nine tenths are learned and validated, the last tenth is test: what others (Karpathy 2015) validate
    on."""
    text = content(SHAKESPEARE).decode("utf-8")
    at = int(0.9 * len(text))
    parts = np.array(["", "test"])
    return Raw("sequences", "tiny-shakespeare", [text[:at], text[at:]], parts=parts, window=WINDOW)


def moses() -> Raw:
    """Train and test of the benchmark (Polykovskiy et al. 2020), without its test set of new scaffolds."""
    train, test = map(_lines, MOSES)
    return Raw("sequences", "moses", train + test, parts=np.repeat(["", "test"], [len(train), len(test)]))


def qm9_smiles() -> Raw:
    return Raw("sequences", "qm9-smiles", _lines(QM9))


def _lines(file: File) -> list[str]:
    """The cells of a table of one column, without its name."""
    return content(file).decode("ascii").split()[1:]
