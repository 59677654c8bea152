"""What a few images can tell of samples: whether samples are like any of them, and whether parts of samples are copied.

    unlike   share of samples that are farther from every training image than 90% of training images are from the
             nearest other one, in features
    crops    median_i min_w |crop_i - w| over samples, over that of test images, w: every window of training images

Neither needs many test images: a Frechet distance to ten of them says next to nothing, and samples that nobody would
take for an image of the set may still have the best one. Crops find what whole images do not: a quilt of training
images is a copy everywhere, and near no image as a whole.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..intervals import numpy_generator, proportion
from ..metric import Metric
from ..rows import estimate
from .memorisation import memorisation, nearest

TYPICAL = 0.9  # of training images, which are nearer to another one
CROP, LARGEST_CROP = 4, 16  # an image is so many crops high, and a crop so many pixels at most
FEWEST_CROPS, MOST_CROPS = 8, 64  # of samples, that are compared
MOST_WORK = 20_000_000_000  # products of numbers of crops and windows, beyond which fewer crops are compared
BLOCK = 16  # training images at a time


def unlike(features: np.ndarray, train: np.ndarray, reference: str) -> Metric:
    """Measures the share of items that are unlike every training image.

    Args:
        features: (n, d) of the items.
        train: (m, d) of training images, m at least 3.
        reference: name of the features.
    """
    limit = np.quantile(_to_others(train), TYPICAL)
    value, se = proportion(nearest(features, train)[0] > limit)
    return estimate(value, se, len(features), f"{reference}, {len(train):,} training images")


def _to_others(points: np.ndarray) -> np.ndarray:
    """(m,) distance of each point to the nearest other one."""
    square = (points**2).sum(1)
    distances = square[:, None] + square - 2 * points @ points.T
    np.fill_diagonal(distances, np.inf)
    return np.sqrt(distances.min(1).clip(0))


def copied_crops(samples: Tensor, test: Tensor, train: Tensor, seed: int) -> Metric | None:
    """Measures the memorisation of crops: how near a crop of each sample lies to windows of training images, over how
    near crops of test images do. None where windows of test images are training windows as well, and where training
    images are so many that comparing a few crops with all windows takes too long.

    Args:
        samples: (n, C, H, W) in [0, 1].
        test: (k, C, H, W) test images.
        train: (m, C, H, W) training images.
        seed: Seed of the choice of crops.
    """
    side = min(min(train.shape[-2:]) // CROP, LARGEST_CROP)
    windows = len(train) * (train.shape[-2] - side + 1) * (train.shape[-1] - side + 1)
    most = min(MOST_CROPS, MOST_WORK // (windows * train.shape[1] * side**2))
    if most < FEWEST_CROPS:
        return None
    own, fresh = (_window_distances(_crops(items, side, most, seed), train) for items in (samples, test))
    called = f"crops of {side} x {side} at every place of {len(train):,} training images"
    return memorisation(own, fresh, seed, called)


def _crops(items: Tensor, side: int, most: int, seed: int) -> Tensor:
    """(k, C, side, side): one of each of the first items, in turn where these are fewer than `most`."""
    rng, (height, width) = numpy_generator("crops", seed), items.shape[-2:]
    corners = zip(rng.integers(height - side + 1, size=most), rng.integers(width - side + 1, size=most))
    return torch.stack(
        [items[k % len(items), :, top : top + side, left : left + side] for k, (top, left) in enumerate(corners)]
    )


def _window_distances(crops: Tensor, train: Tensor) -> np.ndarray:
    """(k,) distance of each crop to the nearest window of training images: |c|^2 - 2 c.w + |w|^2, by convolutions."""
    squares, ones, best = crops.square().flatten(1).sum(1), torch.ones_like(crops[:1]), []
    for block in train.split(BLOCK):
        distances = F.conv2d(block.square(), ones) - 2 * F.conv2d(block, crops)
        best.append(distances.amin((0, 2, 3)))
    return (squares + torch.stack(best).amin(0)).clamp(min=0).sqrt().double().numpy()
