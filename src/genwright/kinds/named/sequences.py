"""Published texts: tiny-shakespeare, a book in one piece."""

import numpy as np

from ...core.account import Account
from ..formats.download import File, content
from ..formats.raw import Raw
from ..sequences.windows import WINDOW

SHAKESPEARE = File(
    "text/tiny-shakespeare/input.txt",
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    ("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",),
)


def tiny_shakespeare() -> Raw:
    """Loads Tiny Shakespeare (Karpathy 2015): the first nine tenths are training and validation, the last tenth is
    test."""
    text = content(SHAKESPEARE).decode("utf-8")
    at = int(0.9 * len(text))
    parts = np.array(["", "test"])
    return Raw("sequences", "tiny-shakespeare", [text[:at], text[at:]], parts=parts, window=WINDOW, account=Account())
