"""Normalising flow: p(x) by a change of variables (Rezende & Mohamed 2015; Dinh 2017; Papamakarios 2017; Durkan 2019).

x becomes real coordinates z (dequantised if it is discrete), and an invertible network f maps z to y ~ N(0, I):

    log p(x | given) = log N(f(z); 0, I) + log |det df/dz| + log |det dz/dx|

The coordinates of a known part of x are constants of f. The same formula over the other coordinates is then log
p(unknown | known).
"""

import torch
from torch import Tensor, nn

from ...core.draws import Draws, RowDraws
from ...core.entropy_coder import Coder, Reader, Stack, Writer
from ...core.family import Family
from ...core.monte_carlo import log_average
from ...core.spec import Spec
from ...core.trainable import Batch
from ...distributions.coordinates import continuous, exactness
from ...distributions.normal import standard_log_density
from ..conditions import draw_known, drop_given, fill_present, sum_unknown


class Flow(Family):
    """A normalising flow: an invertible network maps dequantised items to a standard normal.

    The log of the mean density over dequantisations is a bound that tightens with their number (Burda 2016). It is
    exact where every number is real and always there.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        f: An invertible network (see `networks.coupling`).
        condition: given (B, G) -> (B, W).
        draws: Dequantisations of an item in an evaluation.
    """

    completes = "approximate"
    method = "flow conditioned on the known part"
    scores_known = True
    allow_bf16 = False
    lacks = {
        "compress": "it learns a density of levels with noise on them, so the bits would not come back exactly (for "
        "images, take integer-flow)"
    }

    def __init__(self, spec: Spec, given: Spec, f: nn.Module, condition: nn.Module, draws: int = 8):
        super().__init__(spec, given)
        self.kind = exactness(spec)
        self.f, self.condition = f, condition
        self.coordinates = continuous(spec)
        self.dequantises = exactness(spec) == "lower bound"
        self.draws = draws if self.dequantises else 1

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes -log p(unknown | known, given) in nats per item; nothing is known in many items, and these count
        whole."""
        known = draw_known(self.spec, batch.x, batch.rng)
        given = drop_given(self.given, batch.given, batch.rng)
        return -self._log_density(batch.x, known, given, batch.rng).mean(), {}

    def log_likelihood(
        self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None, known: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        draws, known = draws or self.draws, unknown_mask(x) if known is None else known
        densities = torch.stack([self._log_density(x, known, given, rng) for _ in range(draws)])
        return log_average(densities.double()) if self.dequantises else (densities[0], None)

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        return self.decode(rng.normal(n, *self.spec.shape), given)

    def encode(self, x: Tensor, given: Tensor) -> Tensor:
        """Maps items to codes y = f(z), with z in the middle of a pixel's level, and at a fixed place within a column's
        level."""
        z = self.coordinates.steady(x)
        return self.f(z.double(), unknown_mask(z), self.condition(given))[0]

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        return self._invert(z, unknown_mask(z), given)

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        """Completes items: the known part keeps its code, which no unknown number can change, and the other codes are
        drawn.

        Args:
            x: (B, *shape) items.
            known: bool like x, True where a number is known.
            given: (B, G) conditions of the items.
            rng: Random numbers.
        """
        x = torch.where(known, x.float(), 0.0)
        known_code = self.f(self.coordinates(x, rng)[0].double(), torch.ones_like(known), self.condition(given))[0]

        def draw(rows: Tensor, rng: RowDraws) -> Tensor:
            mask = known[rows]
            return self._invert(torch.where(mask, known_code[rows], rng.normal(mask.shape)), mask, given[rows])

        return fill_present(draw, x, known, self.coordinates.marginals, rng)

    def health(self, x: Tensor, given: Tensor, rng: Draws) -> list[str]:
        with torch.no_grad():
            z, known, c = self.coordinates(x, rng)[0].double(), unknown_mask(x), self.condition(given)
            error = (self.f.inverse(self.f(z, known, c)[0], known, c) - z).abs().max().item()
        if error <= 1e-3:
            return []
        return [
            f"the flow's inverse is off by up to {error:.1g}: draws and likelihood disagree, lower the learning rate"
        ]

    def _invert(self, y: Tensor, known: Tensor, given: Tensor) -> Tensor:
        """x from the base. In double precision, since where f is flat its inverse multiplies rounding errors."""
        return self.coordinates.inverse(self.f.inverse(y.double(), known, self.condition(given)))

    def _log_density(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        """log p(unknown | known, given) of one dequantisation, user units: (B,)."""
        z, log_volume = self.coordinates(x, rng)
        y, log_det = self.f(z, known, self.condition(given))
        return log_det + sum_unknown(standard_log_density(y) + log_volume, known)


def unknown_mask(z: Tensor) -> Tensor:
    """Returns a known mask like z that is False everywhere: nothing is known."""
    return torch.zeros_like(z, dtype=torch.bool)


STEEPEST = 3.0  # nats a level that f is led by


class IntegerFlow(Family):
    """Integer discrete flow (Hoogeboom 2019): an invertible map from integers to integers, so that a probability stays
    a probability.

        z = f(x), a bijection of the lattice: P(x | given) = P_z(f(x) | given)
        log P_z: of each scale's numbers, a discretised mixture of logistics in view of the scale above

    There is no determinant and no noise within levels. So log P is exact, and an item can be stored in -log2 P bits.
    Known numbers are constants of f, and the same sum over the others is log P(unknown | known).

    f learns by the gradient of log P_z with respect to z. The slope of a distribution function through whole numbers
    leads between them, and away from a level that alone is likely, such as black. So the gradient here is what the
    better neighbouring level gains, and 0 if neither is better.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        f: the flow and its distributions, see `networks.flow_stacks`.
        condition: given (B, G) -> (B, W).
    """

    completes = "approximate"
    method = "flow conditioned on the known part"
    scores_known = True
    allow_bf16 = False
    lacks = {
        verb: "its latent is whole numbers, between which there is nothing"
        for verb in ("encode", "decode", "interpolate")
    }

    def __init__(self, spec: Spec, given: Spec, f: nn.Module, condition: nn.Module):
        super().__init__(spec, given)
        self.f, self.condition = f, condition

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes -log P(unknown | known, given) in nats per item; nothing is known in many items, and these count
        whole."""
        known = draw_known(self.spec, batch.x, batch.rng)
        given = drop_given(self.given, batch.given, batch.rng)
        return -self._log_mass(batch.x, known, given).mean(), {}

    def log_likelihood(
        self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None, known: Tensor | None = None
    ) -> tuple[Tensor, None]:
        return self._log_mass(x, unknown_mask(x) if known is None else known, given), None

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        x = torch.zeros(n, *self.spec.shape, device=given.device)
        return self.fill(x, unknown_mask(x), given, rng)

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        return self.f.invert(lambda params, _: self.f.head.sample(params, rng), x, known, self.condition(given))

    def code(self) -> "IntegerFlow":
        return self

    sizes = None  # blocks of items are as large as in sampling

    def compress(self, x: Tensor, given: Tensor, stack: Stack) -> None:
        with Writer(stack) as writer:
            for z, params, known in self.f.split_parts(x, unknown_mask(x), self.condition(given)):
                self.f.head.code(params[~known], writer, z[~known])

    def decompress(self, given: Tensor, stack: Stack) -> Tensor:
        coder: Coder = Reader(stack)

        def read(params: Tensor, known: Tensor) -> Tensor:
            return known.float().masked_scatter(~known, self.f.head.code(params[~known], coder, None))

        x = torch.zeros(len(given), *self.spec.shape)
        return self.f.invert(read, x, unknown_mask(x), self.condition(given))

    def _log_mass(self, x: Tensor, known: Tensor, given: Tensor) -> Tensor:
        """log P(unknown | known, given): (B,)."""
        parts = self.f.split_parts(x, known, self.condition(given))
        return sum(
            self._log_prob(z, params).masked_fill(is_fixed, 0.0).flatten(1).sum(1) for z, params, is_fixed in parts
        )

    def _log_prob(self, z: Tensor, params: Tensor) -> Tensor:
        """log P of each number: (B, m, h, w)."""
        at = lambda z: self.f.head.log_prob(params, z)
        still = z.detach()
        nats = at(still)
        if z.requires_grad:
            levels = self.spec.leaf.levels
            with torch.no_grad():
                upper_nats, lower_nats = (at((still + way) % levels) - nats for way in (1, -1))
                slope = (upper_nats.clamp(min=0) - lower_nats.clamp(min=0)).clamp(-STEEPEST, STEEPEST)
            nats = nats + slope * (z - still)
        return nats
