"""Copies of training point sets, each point moved a little by Gaussian noise. They show what a metric forgives.

x = x_i + s n,   i ~ U{1 .. N},  n ~ N(0, I) without its mean over the members
"""

import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.ragged import Ragged
from ...core.spec import Spec
from ..gaussian_noise import Gaussian
from .set_baselines import BootstrapSets


class NoisyCopies(BootstrapSets):
    """spec: of sets whose members have a `kind` and a `position`. noise: s, in the user's units."""

    lacks = {
        "log_prob": "its density is a sum over all training sets, in whatever order their members are listed",
        "complete": "it holds whole items only",
    }

    def __init__(self, spec: Spec, given: Spec, noise: float):
        super().__init__(spec, given)
        self.noise = noise

    def sample(self, n: int, given: Tensor, rng: Draws) -> Ragged:
        sets, each = super().sample(n, given, rng), self.spec.leaf.each
        position = each.columns[each.names.index("position")]
        noise = Gaussian(sets.ptr).centred(rng.items(n).normal(sets.sizes, *position.shape))
        rows = {name: each.part(sets.x, name).reshape(len(sets.x), -1) for name in each.names}
        rows["position"] = rows["position"] + self.noise / position.scale * noise
        return sets.with_x(torch.cat([rows[name] for name in each.names], 1))
