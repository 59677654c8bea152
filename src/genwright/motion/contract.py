"""Small data of clips, and the contract's view of them."""

import numpy as np
import torch
from torch import Tensor

import genwright

from ..contract.kinds import Pictures
from ..core.data import Data


def moving_spots():
    """Clips of six frames of 8 x 8 in which a bright spot moves left or right, which is `label`, with some noise."""
    rng, clips, labels = np.random.default_rng(0), np.zeros((560, 6, 8, 8, 1), np.uint8), []
    for k, clip in enumerate(clips):
        row, step = rng.integers(7), (-1, 1)[k % 2]
        for frame, column in zip(clip, (rng.integers(7) + step * np.arange(6)) % 7):
            frame[row : row + 2, column : column + 2] = 200
        labels.append("right" if k % 2 else "left")
    clips += rng.integers(0, 50, clips.shape, np.uint8)
    return genwright.load_data((clips, {"label": labels}))


def first_frames(data):
    """Returns first halves of clips, and clips without a middle frame, in turn."""
    items = data.test[:20]
    known = np.ones((len(items), items.shape[1]), bool)
    known[::2, items.shape[1] // 2 :] = False
    known[1::2, 3] = False
    return items, known


class Clips(Pictures):
    data, holes = staticmethod(moving_spots), staticmethod(first_frames)
    given = "label", ("left", "right")

    def fits(self, sampled: np.ndarray, data: Data) -> bool:
        labelled = set(sampled.given["label"]) <= {"left", "right"} and len(sampled.given["label"]) == len(sampled)
        return sampled.shape[1:] == data.train.shape[1:] and sampled.dtype == data.train.dtype and labelled

    def half_known(self, x: Tensor) -> Tensor:
        """Returns the first half of the frames."""
        return (torch.arange(x.shape[1]) < x.shape[1] // 2).view(-1, 1, 1, 1).expand(x.shape).clone()
