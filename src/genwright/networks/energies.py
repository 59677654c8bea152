"""Energies f(z, given): (B, *shape) of continuous coordinates -> (B,), for images and for rows.

given may be the Condition that `condition(given)` makes of it once for many calls.

Smooth, since Langevin dynamics follows their slope, and without norms, which would make the energy blind to the size of
z. The condition enters as f = <phi(z), 1 + c(given)> / width: an energy for each label over the same features
(Grathwohl 2020).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from .conditioning import Condition, GivenVector
from .mlp import Waves
from .towers import halvings


class ConditionedEnergy(nn.Module):
    given: GivenVector

    def condition(self, given: Tensor | Condition) -> Condition:
        return Condition(self.given(given))


class PictureEnergy(ConditionedEnergy):
    """Computes the energy (B,) of images z (B, C, H, W) under conditions given (B, G).

    Convolutions halve the image down to at most 4 x 4, with twice the channels each time. Two layers over all of it
    follow.

    Args:
        spec: The images.
        given: Conditioning variables.
        channels: Channels of the first convolution.
        features: Units of the layers over the whole image.
    """

    def __init__(self, spec: Spec, given: Spec, channels: int, features: int):
        super().__init__()
        inputs, height, width = spec.shape
        self.given = GivenVector(given, features)
        times = halvings(height, width)
        sizes = [inputs, *(channels * 2**i for i in range(times))]
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 4, stride=2, padding=1) for a, b in zip(sizes, sizes[1:]))
        self.flat = nn.Linear(sizes[-1] * (height // 2**times) * (width // 2**times), features)
        self.last = nn.Linear(features, features)

    def forward(self, z: Tensor, given: Tensor | Condition) -> Tensor:
        for shrink in self.shrink:
            z = F.silu(shrink(z))
        phi = self.last(F.silu(self.flat(z.flatten(1))))
        return (phi * (1 + self.given(given))).mean(1)


class RowEnergy(ConditionedEnergy):
    """Computes the energy (B,) of rows z (B, D) under conditions given (B, G).

    A perceptron reads the coordinates with their sines and cosines of frequencies 1, 2, 4, ..., which make the steep
    sides of modes and of categories easy to learn.

    Args:
        spec: The columns.
        given: Conditioning variables.
        width: Units of a layer.
        depth: Hidden layers.
        waves: Frequencies of each number.
    """

    def __init__(self, spec: Spec, given: Spec, width: int, depth: int, waves: int):
        super().__init__()
        self.given = GivenVector(given, width)
        self.waves = Waves(waves)
        sizes = [len(spec.columns) * (1 + 2 * waves), *[width] * depth]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.last = nn.Linear(width, width)

    def forward(self, z: Tensor, given: Tensor | Condition) -> Tensor:
        h = torch.cat([z, self.waves(z)], 1)
        for layer in self.layers:
            h = F.silu(layer(h))
        return (self.last(h) * (1 + self.given(given))).mean(1)
