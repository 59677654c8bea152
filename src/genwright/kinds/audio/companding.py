"""8-bit mu-law: samples of sound on 256 levels, fine where they are quiet and coarse where they are loud (ITU-T G.711).

    y = sign(x) log(1 + mu |x|) / log(1 + mu),  mu = 255

x and y from -1 to 1; the level is the nearest of 256 on the scale of y. Silence is level 128.
"""

import numpy as np

LEVELS = 256
MU = LEVELS - 1


def to_levels(samples: np.ndarray) -> np.ndarray:
    """Samples in [-1, 1] -> levels alike, uint8."""
    y = np.sign(samples) * np.log1p(MU * np.abs(samples)) / np.log1p(MU)
    return np.floor((y + 1) / 2 * MU + 0.5).astype(np.uint8)


def amplitudes() -> np.ndarray:
    """(256,) float32: the sample that each level stands for."""
    y = 2 * np.arange(LEVELS) / MU - 1
    return (np.sign(y) * np.expm1(np.abs(y) * np.log1p(MU)) / MU).astype(np.float32)
