"""Small data of sound and music, and the contract's view of them."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

import genwright

from ..contract.kinds import Kind, Known
from ..core.data import Data
from .kinds.audio.clips import Clips


def tones():
    """Makes low and high tones that fade, of 20 to 60 samples, with some noise; `label` says which is which."""
    rng = np.random.default_rng(0)
    clips, labels = [], []
    for k in range(600):
        time = np.arange(rng.integers(20, 60))
        tone = np.sin(2 * np.pi * (0.05 + 0.15 * (k % 2)) * time + rng.uniform(0, 6)) * np.exp(-time / 30)
        clips.append((0.5 * tone + rng.normal(0, 0.02, len(time))).clip(-1, 1).astype(np.float32))
        labels.append("high" if k % 2 else "low")
    return genwright.load_data(Clips(clips, {"label": labels}, rate=8_000))


def canons():
    """Returns a tune of steps up and down a scale, and the same a third below, a step later; held for two
    sixteenths."""
    rng, scale = np.random.default_rng(0), 60 + np.array([0, 2, 4, 5, 7, 9, 11, 12, 14])
    pieces = []
    for _ in range(60):
        at = np.clip(np.abs(np.cumsum(rng.integers(-1, 2, 12)) + 4), 2, len(scale) - 1)
        tune = np.repeat(scale[at], 2)
        below = np.r_[np.full(2, -1), np.repeat(scale[at - 2], 2)[:-2]]
        pieces.append(np.stack([tune, below], 1))
    return genwright.load_data(pieces, windows=8)


def beginnings(data):
    """Returns whole clips, to be continued, and first halves, in turn."""
    items = data.test[:20]
    return items, [np.arange(len(clip)) < len(clip) // (1 + i % 2) for i, clip in enumerate(items)]


def windows_with_holes(data):
    """Returns first halves of windows, and first voices, in turn."""
    items = data.test[:20]
    masks = np.zeros((len(items), *items[0].shape), bool)
    masks[::2, : len(items[0]) // 2] = True
    masks[1::2, :, 0] = True
    return items, masks


class Sounds(Kind):
    data, holes = staticmethod(tones), staticmethod(beginnings)
    given = "label", ("low", "high")
    guessed = False

    def are_equal(self, a: Sequence[np.ndarray], b: Sequence[np.ndarray]) -> bool:
        return type(a) is type(b) and len(a) == len(b) and all(map(np.array_equal, a, b))

    def fits(self, sampled: Sequence[np.ndarray], data: Data) -> bool:
        labelled = set(sampled.given["label"]) <= {"low", "high"} and len(sampled.given["label"]) == len(sampled)
        clips = all(clip.dtype == np.float32 and 0 < len(clip) < 60 and abs(clip).max() <= 1 for clip in sampled)
        return super().fits(sampled, data) and sampled.rate == data.train.rate and labelled and clips

    def junk(self, data: Data) -> Sequence[np.ndarray]:
        """Makes noise, as loud as possible."""
        rng = np.random.default_rng(0)
        return [rng.uniform(-1, 1, len(clip)) for clip in data.test]

    def keeps_known(self, completions: Sequence[np.ndarray], items: Sequence[np.ndarray], known: Known) -> bool:
        counts = [int(mask.sum()) for mask in known]
        return all(np.array_equal(new[:n], old[:n]) for new, old, n in zip(completions, items, counts))

    def half_known(self, x: Tensor) -> Tensor:
        """Returns the first ten samples of each, where it has more."""
        return (torch.arange(x.shape[1]) < 10).expand(x.shape).clone()


class Music(Kind):
    data, holes = staticmethod(canons), staticmethod(windows_with_holes)

    def are_equal(self, a: Sequence[np.ndarray], b: Sequence[np.ndarray]) -> bool:
        return type(a) is type(b) and len(a) == len(b) and all(map(np.array_equal, a, b))

    def fits(self, sampled: Sequence[np.ndarray], data: Data) -> bool:
        window, low = data.train[0], data.domain.lowest
        return super().fits(sampled, data) and all(
            item.shape == window.shape
            and item.dtype == window.dtype
            and item[item >= 0].min(initial=low) >= low
            and item.max() <= low + data.domain.leaf.k - 2
            for item in sampled
        )

    def junk(self, data: Data) -> Sequence[np.ndarray]:
        """Makes random notes."""
        low, high = data.domain.lowest, data.domain.lowest + data.domain.leaf.k - 2
        rng = np.random.default_rng(0)
        return [rng.integers(low, high + 1, window.shape) for window in data.test]

    def keeps_known(self, completions: Sequence[np.ndarray], items: Sequence[np.ndarray], known: Known) -> bool:
        return all(np.array_equal(new[mask], old[mask]) for new, old, mask in zip(completions, items, known))
