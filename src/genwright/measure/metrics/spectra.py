"""Sound as people hear it: how loud each band of pitches is, on the mel scale and in decibels, moment by moment."""

from collections.abc import Sequence
from math import log10

import numpy as np

BANDS = 32
FRAME, HOP = 0.032, 0.01  # seconds that a moment looks at, and from one to the next
FLOOR = 1e-9  # power that counts as silence: 90 decibels below the loudest
SIDE = 32  # moments of a portrait


def spectrogram(clip: np.ndarray, rate: int) -> np.ndarray:
    """(m,) samples -> (moments, BANDS) decibels. A clip shorter than a moment ends in silence."""
    frame, hop = 2 ** int(np.ceil(np.log2(FRAME * rate))), max(1, int(HOP * rate))
    clip = np.pad(clip.astype(np.float64), (0, max(0, frame - len(clip))))
    moments = np.lib.stride_tricks.sliding_window_view(clip, frame)[::hop]
    power = np.abs(np.fft.rfft(moments * np.hanning(frame), axis=1)) ** 2 / frame
    return 10 * np.log10(power @ mel_filters(frame, rate).T + FLOOR)


def mel_filters(frame: int, rate: int) -> np.ndarray:
    """(BANDS, frame // 2 + 1): triangles that stand evenly on the mel scale (Stevens 1937; O'Shaughnessy 1987)."""
    mel = lambda hertz: 2595 * np.log10(1 + hertz / 700)
    edges = 700 * (10 ** (np.linspace(0, mel(rate / 2), BANDS + 2) / 2595) - 1)
    hertz = np.fft.rfftfreq(frame, 1 / rate)
    low, middle, high = (edges[i : i + BANDS, None] for i in range(3))
    return np.minimum((hertz - low) / (middle - low), (high - hertz) / (high - middle)).clip(0)


def portraits(clips: Sequence[np.ndarray], rate: int) -> np.ndarray:
    """(n, SIDE, BANDS) float32 in [0, 1]: the spectrogram of each clip, stretched to so many moments."""
    found = np.empty((len(clips), SIDE, BANDS), np.float32)
    for i, clip in enumerate(clips):
        moments = spectrogram(clip, rate)
        at = np.linspace(0, len(moments) - 1, SIDE)
        low = np.floor(at).astype(int)
        high, share = np.minimum(low + 1, len(moments) - 1), (at - low)[:, None]
        found[i] = moments[low] * (1 - share) + moments[high] * share
    return (found / (-10 * log10(FLOOR)) + 1).clip(0, 1)


def band_means(clips: Sequence[np.ndarray], rate: int) -> np.ndarray:
    """(n, BANDS) mean decibels of each band of each clip."""
    return np.array([spectrogram(clip, rate).mean(0) for clip in clips])


def loudness(clips: Sequence[np.ndarray]) -> np.ndarray:
    """(n,) decibels of each clip's mean power."""
    return 10 * np.log10(np.array([np.mean(clip.astype(np.float64) ** 2) for clip in clips]) + FLOOR)
