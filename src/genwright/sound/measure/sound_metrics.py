"""Sound as people hear it: the spectra of clips, and keys, pitch classes and lengths of notes in windows of music.

A spectrogram is how loud each band of pitches is, on the mel scale and in decibels, moment by moment. A window of music
is (steps, voices) pitches, negative for rests. Its key is the tonic and mode whose profile correlates most with how
long each pitch class sounds (Krumhansl & Kessler 1982; Krumhansl 1990). The share in key is the largest share of the
sounding steps that fits one of the 24 major and harmonic minor scales.
"""

from collections.abc import Sequence
from math import log10

import numpy as np

BANDS = 32
FRAME, HOP = 0.032, 0.01  # seconds that a moment looks at, and from one to the next
FLOOR = 1e-9  # power that counts as silence: 90 decibels below the loudest
SIDE = 32  # moments of a portrait


def spectrogram(clip: np.ndarray, rate: int) -> np.ndarray:
    """Computes the spectrogram of samples (m,): (moments, BANDS) decibels. A clip shorter than a moment ends in
    silence."""
    frame, hop = 2 ** int(np.ceil(np.log2(FRAME * rate))), max(1, int(HOP * rate))
    clip = np.pad(clip.astype(np.float64), (0, max(0, frame - len(clip))))
    moments = np.lib.stride_tricks.sliding_window_view(clip, frame)[::hop]
    power = np.abs(np.fft.rfft(moments * np.hanning(frame), axis=1)) ** 2 / frame
    return 10 * np.log10(power @ mel_filters(frame, rate).T + FLOOR)


def mel_filters(frame: int, rate: int) -> np.ndarray:
    """Computes triangular filters, evenly spaced on the mel scale (Stevens 1937; O'Shaughnessy 1987): (BANDS, frame //
    2 + 1)."""
    mel = lambda hertz: 2595 * np.log10(1 + hertz / 700)
    edges = 700 * (10 ** (np.linspace(0, mel(rate / 2), BANDS + 2) / 2595) - 1)
    hertz = np.fft.rfftfreq(frame, 1 / rate)
    low, middle, high = (edges[i : i + BANDS, None] for i in range(3))
    return np.minimum((hertz - low) / (middle - low), (high - hertz) / (high - middle)).clip(0)


def portraits(clips: Sequence[np.ndarray], rate: int) -> np.ndarray:
    """Computes the spectrogram of each clip, stretched to a fixed number of moments: (n, SIDE, BANDS) float32 in [0,
    1]."""
    stretched = np.empty((len(clips), SIDE, BANDS), np.float32)
    for i, clip in enumerate(clips):
        moments = spectrogram(clip, rate)
        at = np.linspace(0, len(moments) - 1, SIDE)
        low = np.floor(at).astype(int)
        high, share = np.minimum(low + 1, len(moments) - 1), (at - low)[:, None]
        stretched[i] = moments[low] * (1 - share) + moments[high] * share
    return (stretched / (-10 * log10(FLOOR)) + 1).clip(0, 1)


def band_means(clips: Sequence[np.ndarray], rate: int) -> np.ndarray:
    """Computes the mean decibels of each band of each clip: (n, BANDS)."""
    return np.array([spectrogram(clip, rate).mean(0) for clip in clips])


def loudness(clips: Sequence[np.ndarray]) -> np.ndarray:
    """Computes the decibels (n,) of each clip's mean power."""
    return 10 * np.log10(np.array([np.mean(clip.astype(np.float64) ** 2) for clip in clips]) + FLOOR)


PROFILES = {  # how well each degree fits, from the tonic on
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 11))
SEMITONES = 12


def pitch_classes(windows: np.ndarray) -> np.ndarray:
    """Counts the steps at which each pitch class sounds, C first, voices counted apart: (n, 12)."""
    flat = windows.reshape(len(windows), -1).astype(np.int64)
    row = np.arange(len(flat))[:, None] * SEMITONES
    sounding = flat >= 0
    counts = np.bincount((row + flat % SEMITONES)[sounding], minlength=SEMITONES * len(flat))
    return counts.reshape(-1, SEMITONES)


def tonics(counts: np.ndarray) -> np.ndarray:
    """Finds the tonic (n,) of the likeliest key from pitch classes (n, 12), 0 for C."""
    centred = counts - counts.mean(1, keepdims=True)
    fits = []
    for profile in PROFILES.values():
        profile = np.asarray(profile) - np.mean(profile)
        turned = np.stack([np.roll(profile, tonic) for tonic in range(SEMITONES)])
        fits.append(centred @ turned.T / np.linalg.norm(profile))
    return np.maximum(*fits).argmax(1)


def in_key(counts: np.ndarray) -> np.ndarray:
    """Computes the share (n,) of what sounds in the best of the 24 scales, from pitch classes (n, 12); 1 where nothing
    does."""
    scales = np.zeros((2 * SEMITONES, SEMITONES))
    for row, (scale, tonic) in enumerate((scale, tonic) for scale in SCALES for tonic in range(SEMITONES)):
        scales[row, (np.array(scale) + tonic) % SEMITONES] = 1
    total = counts.sum(1)
    return np.where(total, (counts @ scales.T).max(1) / np.maximum(total, 1), 1.0)


def in_one_key(windows: np.ndarray) -> np.ndarray:
    """Transposes windows by up to six semitones so that the tonic of each is C."""
    shift = (-tonics(pitch_classes(windows)) + 5) % SEMITONES - 5
    return np.where(windows >= 0, windows + shift[:, None, None], -1)


def durations(windows: np.ndarray) -> np.ndarray:
    """Counts the notes that last one step, two, .. of a window: (n, steps); a voice that stays at a pitch holds a
    note."""
    n, steps, voices = windows.shape
    lines = windows.transpose(0, 2, 1).reshape(-1, steps)
    begins = np.c_[np.ones(len(lines), bool), lines[:, 1:] != lines[:, :-1]]
    row, start = np.nonzero(begins)
    last = np.r_[row[1:] != row[:-1], True]
    length = np.where(last, steps, np.r_[start[1:], 0]) - start
    notes = lines[row, start] >= 0
    counts = np.bincount((row // voices * steps + length - 1)[notes], minlength=n * steps)
    return counts.reshape(n, steps)


def shuffle_notes(windows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shuffles the notes of all windows among them: what is in key then, is by chance."""
    flat, sounds = windows.copy().ravel(), windows.ravel() >= 0
    flat[sounds] = rng.permutation(flat[sounds])
    return flat.reshape(windows.shape)
