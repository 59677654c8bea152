"""A policy that decorates scaffolds (Lim 2019): that of `growth_policy`, told what is wanted.

    c       = MLP(wanted properties, the scaffold's own, z)                     of each molecule
    x_i     = as of `growth_policy` + is of the scaffold, or due + c + MLP(how many atoms of each kind are there)
    q(z|.)  = N(mu, s), both linear in the mean over the atoms of the whole molecule

The paper has the properties as features of each node, and so does this. How many atoms there are of each kind is beside
them, since weights, polar surfaces and logP are sums over atoms.
"""

from typing import Protocol

import torch
from torch import Tensor, nn

from ...core.spec import Spec
from ...networks.conditioning import GivenVector
from .growth_policy import GrowthEncoder, GrowthPolicy, State

SCALE = 10.0  # atoms that count as one
MOST_DUE = 2  # what is due at an atom, at most, that is told apart


class WantedState(State, Protocol):
    """A growing molecule with an embedding of its wanted properties.

    Args:
        fixed: (B, N) bool, atoms of a scaffold.
        due: (B, N) int64, what must still be bound.
        around: (B, width), what is wanted.
    """

    fixed: Tensor
    due: Tensor
    around: Tensor


class WantedEncoder(GrowthEncoder):
    """A `GrowthEncoder` that also reads the wanted properties, which atoms are of the scaffold, and their number.

    Args:
        width: Features of a layer.
        depth: Number of layers.
    """

    def __init__(self, kinds: int, orders: int, atoms: int, width: int, depth: int):
        super().__init__(kinds, orders, atoms, width, depth)
        self.scaffold = nn.Embedding(MOST_DUE + 2, width)
        self.counts = nn.Sequential(nn.Linear(kinds + 1, width), nn.GELU(), nn.Linear(width, width))

    def atoms(self, state: WantedState, row: Tensor, at: Tensor) -> Tensor:
        scaffold = state.fixed[row, at] * (1 + state.due[row, at].clamp(max=MOST_DUE))
        kinds = torch.arange(self.kind.num_embeddings, device=row.device)
        counts = (state.kinds[:, :, None] == kinds).sum(1)
        counts = torch.cat([counts, state.free().sum(1, keepdim=True)], 1) / SCALE
        molecule = state.around + self.counts(counts.to(state.around.dtype))
        return super().atoms(state, row, at) + self.scaffold(scaffold) + molecule[row]


class DecoratorPolicy(GrowthPolicy):
    """A `GrowthPolicy` whose states hold wanted properties, embedded by `wanted`.

    Args:
        kinds: Kinds of atoms.
        orders: Orders of bonds.
        atoms: N.
        width: features of an atom.
        depth: layers.
        given: the properties that may be wanted.
        latents: numbers of z.
    """

    encoder_class = WantedEncoder

    def __init__(self, kinds: int, orders: int, atoms: int, width: int, depth: int, given: Spec, latents: int):
        super().__init__(kinds, orders, atoms, width, depth)
        self.latents = latents
        self.asked, self.own = GivenVector(given, width), GivenVector(given, width)
        self.mix = nn.Sequential(nn.Linear(2 * width + latents, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.whole = WantedEncoder(kinds, orders, atoms, width, depth)
        self.posterior = nn.Linear(width, 2 * latents)

    def wanted(self, given: Tensor, scaffold: Tensor, z: Tensor) -> Tensor:
        """Embeds wanted properties, those of the scaffold, and z: (B, width).

        Args:
            given: (B, G) wanted properties, NaN where unknown.
            scaffold: (B, G) properties of the scaffold, NaN where unknown.
            z: (B, latents).
        """
        return self.mix(torch.cat([self.asked(given), self.own(scaffold), z.to(given.dtype)], 1))

    def encode(self, state: WantedState) -> tuple[Tensor, Tensor]:
        """Computes mean and log variance (B, latents) of z from whole molecules."""
        return self.posterior(self.whole(state)[2]).float().chunk(2, 1)
