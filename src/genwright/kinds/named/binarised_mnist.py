"""Stochastically binarised MNIST (Salakhutdinov & Murray 2008): a pixel is 1 with its grey value as probability.

Papers draw anew for every step of training (Burda 2016, section 5). Here every training digit is drawn `TIMES` times,
so often that the draws are hardly learned by heart, and validation and test digits once, always alike: figures are
comparable with those of papers that draw the test set once in this way, and not with those on the fixed set of
Larochelle & Murray 2011.
"""

import numpy as np

from ...core.draws import Draws
from ..raw import Raw
from .mnist import mnist

TIMES = 32  # binarisations of a training digit
VALID = 5_000  # digits, the last of the training file


def binarised_mnist() -> Raw:
    """Pictures (1,775,000, 28, 28, 1) of levels 0 and 1 without labels: 32 x 55,000 to train, 5,000 to validate,
    10,000 to test."""
    raw = mnist()
    learned, test = raw.items[raw.parts != "test"], raw.items[raw.parts == "test"]
    train, valid = learned[:-VALID], learned[-VALID:]
    sources = [("test", test), ("valid", valid), *((f"train {time}", train) for time in range(TIMES))]
    pictures = np.empty((sum(len(grey) for _, grey in sources), *test.shape[1:]), np.uint8)
    at = 0
    for name, grey in sources:
        uniform = Draws("binarised-mnist", name).uniform(grey.shape).numpy()
        np.less(uniform, grey / np.float32(255), out=pictures[at : at + len(grey)].view(bool))
        at += len(grey)
    parts = np.repeat(["test", "valid", "train"], [len(test), len(valid), at - len(test) - len(valid)])
    return Raw("images", "binarised-mnist", pictures, parts=parts, levels=2)
