"""Clips of sound as they reach the user, a list of arrays of samples with their rate, and the levels that samples
stand on: 8-bit mu-law, fine where sound is quiet and coarse where it is loud (ITU-T G.711).

    y = sign(x) log(1 + mu |x|) / log(1 + mu),  mu = 255

x and y from -1 to 1; the level is the nearest of 256 on the scale of y. Silence is level 128.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from ....core.errors import DataError
from ....core.limits import require_size
from ....kinds.domain import Drawn

SAMPLE_SCALES = {
    "uint8": (128, 128),
    "int16": (0, 2**15),
    "int32": (0, 2**31),
}  # dtype -> silence, and the largest number
HIGHEST = 10**6  # samples a second
FARTHEST = 100  # times one rate may be another: beyond that, one of the two is a mistake
SAMPLE = 4  # bytes in memory
STEP = 2**-15  # a step of 16 bits
Sound = Iterable[ArrayLike] | tuple[Iterable[ArrayLike], int]  # `Clips`, (clips, rate), or arrays of samples


class Clips(Drawn):
    """A list of clips of sound.

    Args:
        items: Clips, (m,) float32 in [-1, 1] each.
        given: {name: (n,) values} of the variables that clips carry.
        seed: Seed of the sample, if clips were sampled.
        method: Method by which clips were completed.
        kind: Kind of that method: exact, or an approximation.
        rate: Samples a second.
    """

    def __init__(
        self, items: Iterable = (), given: dict | None = None, seed: int | None = None, method: str | None = None,
        kind: str | None = None, rate: int = 0,
    ):  # fmt: skip
        super().__init__(items, given, seed, method, kind)
        self.rate = rate

    def __getitem__(self, index: int | slice | np.ndarray) -> "np.ndarray | Clips":
        chosen = super().__getitem__(index)
        if isinstance(chosen, Clips):
            chosen.rate = self.rate
        return chosen

    def at_rate(self, rate: int) -> "Clips":
        """Resamples the clips to so many samples a second. Raises DataError where that is more than is taken."""
        if rate == self.rate:
            return self
        require_rate(f"the sound of {self.rate:,} samples a second", self.rate, rate)
        require_size("the sound at the model's rate", SAMPLE * sum(map(len, self)) * rate // self.rate)
        return Clips((resampled(clip, self.rate, rate) for clip in self), self.given, rate=rate)


def clips_of(items: Sound, rate: int = 0) -> Clips:
    """Converts Clips, (clips, rate), a list of arrays or one array of samples to Clips.

    Raises DataError, naming the clip, for what is no row of finite numbers in [-1, 1] (see `require_within`) or whole
    numbers of 8 (from 0), 16 or 32 bits.

    Args:
        rate: where nothing says one.
    """
    given = getattr(items, "given", {})
    rate = getattr(items, "rate", rate)
    if isinstance(items, tuple) and len(items) == 2 and np.ndim(items[1]) == 0:
        items, rate = items
        if not isinstance(rate, (int, np.integer)) or isinstance(rate, bool) or not 0 < rate <= HIGHEST:
            raise DataError(f"{rate!r} is no rate: give samples a second as a whole number, such as 16000")
    items = [items] if isinstance(items, np.ndarray) and items.ndim == 1 else list(items)
    if not items:
        raise DataError("there are no clips: give at least one")
    checked = [_checked(clip, number) for number, clip in enumerate(items)]
    require_within({f"clip {number}": clip for number, clip in enumerate(checked)})
    return Clips([clip.clip(-1, 1) for clip in checked], given, rate=int(rate))


def require_within(clips: Mapping[object, np.ndarray]) -> None:
    """Raises DataError, naming the loudest, where any goes beyond [-1, 1]: to cut it there would change the sound."""
    if beyond := {clip_name: float(np.abs(clip).max()) for clip_name, clip in clips.items() if is_beyond(clip)}:
        loudest = max(beyond, key=beyond.get)
        raise DataError(
            f"{loudest} reaches {beyond[loudest]:.7g}, and samples are from -1 to 1: divide all clips by it"
        )


def is_beyond(clip: np.ndarray) -> bool:
    """Tells whether it leaves [-1, 1] by more than a step of 16 bits."""
    return bool(np.abs(clip).max() > 1 + STEP)


def require_rate(source_name: object, rate: int, to: int) -> None:
    """Raises DataError where sound is not brought from one rate to another, since they lie too far apart."""
    if not to / FARTHEST <= rate <= to * FARTHEST:
        raise DataError(
            f"{source_name} has {rate:,} samples a second, more than {FARTHEST} times off the {to:,} that are needed: "
            "correct its rate, or leave it out"
        )


def resampled(clip: np.ndarray, rate: int, to: int) -> np.ndarray:
    """Resamples a clip (m,) from one rate to another, by a polyphase filter."""
    if rate == to:
        return clip
    from scipy.signal import resample_poly

    ratio = Fraction(to, rate).limit_denominator(1000)
    return resample_poly(clip, ratio.numerator, ratio.denominator).astype(np.float32).clip(-1, 1)


def _checked(clip: ArrayLike, number: int) -> np.ndarray:
    samples = np.asarray(clip)
    if samples.ndim != 1 or not len(samples) or samples.dtype.kind not in "uif":
        raise DataError(
            f"clip {number} is {samples.dtype} of shape {samples.shape}: give a row (m,) of samples; of several "
            "channels, their mean"
        )
    if samples.dtype.kind in "ui":
        if samples.dtype.name not in SAMPLE_SCALES:
            raise DataError(
                f"clip {number} holds {samples.dtype}, of which nobody knows how loud it is: give floats in [-1, 1], "
                "or uint8, int16 or int32"
            )
        silence, scale = SAMPLE_SCALES[samples.dtype.name]
        return ((samples.astype(np.float64) - silence) / scale).astype(np.float32)
    if not np.isfinite(samples).all():
        raise DataError(f"clip {number} holds NaN or infinite samples: replace them, or leave the clip out")
    return samples.astype(np.float32)


LEVELS = 256
MU = LEVELS - 1


def to_levels(samples: np.ndarray) -> np.ndarray:
    """Samples in [-1, 1] -> levels alike, uint8."""
    y = np.sign(samples) * np.log1p(MU * np.abs(samples)) / np.log1p(MU)
    return np.floor((y + 1) / 2 * MU + 0.5).astype(np.uint8)


def amplitudes() -> np.ndarray:
    """Computes the sample that each level stands for: (256,) float32."""
    y = 2 * np.arange(LEVELS) / MU - 1
    return (np.sign(y) * np.expm1(np.abs(y) * np.log1p(MU)) / MU).astype(np.float32)
