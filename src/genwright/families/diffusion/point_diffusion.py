"""Diffusion over sets whose members have a position and real numbers (Hoogeboom 2022, in its first form).

    number of members m ~ its histogram
    q(z_t | z) = N(sqrt(abar_t) z, (1 - abar_t) I)      positions on the space of zero centre, numbers; t = 1 ... T
    train:  t ~ U{1 ... T},  min || n - N(z_t, t) ||^2
    draw:   from t = T down: z_t-1 ~ p(z_t-1 | z_t)

The likelihood is a lower bound on log p(m) + log p(z | m), the sum of Ho 2020, eq. 5,

    KL(q(z_T | z) || p(z_T)) + sum_t E KL(q(z_t-1 | z_t, z) || p(z_t-1 | z_t))

in which p(z_t-1 | z_t) has the mean of q(z_t-1 | z_t, D) and the best variance (Bao 2022), and p(z | z_1) = N(D, e_1).
It is estimated without bias from some of its terms, drawn by their size. Draws and bound are of the same p.
"""

from dataclasses import dataclass
from functools import cached_property
from math import pi

import torch
from torch import Tensor, nn

from ...core.draws import Draws, ItemDraws
from ...core.family import Family
from ...core.graph import offsets
from ...core.monte_carlo import average, split_draws
from ...core.ragged import Ragged
from ...core.sample_options import STARTED
from ...core.shares import share
from ...core.spec import Spec
from ...core.trainable import Batch, Items
from ...distributions.histograms import SetSizes
from ..conditions import draw_stratified, drop_given
from ..gaussian_noise import GaussianNoise, posterior
from .denoiser import Denoiser
from .noise_schedules import NoiseChain, Terms, measure_terms
from .samplers import added_path, steps_left


def in_own_axes(sets: Ragged, x: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
    """Rotates and reorders sets of points into a canonical form, so that the random numbers of an item do not depend on
    how it is rotated or listed.

    The axes are those of its scatter, each pointing to where the farther points lie; the order goes by kind, then by
    distance from the centre. A set that is symmetric has several such, of which rounding takes one.

    Args:
        x: (M, 3) positions with zero mean in each set.
        kinds: (M,) int64 kinds.
    """
    item, x64 = sets.item, x.double()
    sums = GaussianNoise(sets.ptr).sums
    scatter = sums((x64[:, :, None] * x64[:, None]).flatten(1)).view(-1, 3, 3)
    _, axes = torch.linalg.eigh(scatter)
    turned = (x64[:, None] @ axes[item])[:, 0]
    turned = turned * torch.where(sums(turned**3) < 0, -1.0, 1.0)[item]
    order = x64.norm(dim=1).argsort(stable=True)
    for key in (kinds, item):
        order = order[key[order].argsort(stable=True)]
    return turned[order].to(x.dtype), kinds[order]


@dataclass(frozen=True)
class FreeMembers:
    """The known and free members of packed sets, and the origin of their coordinates.

    In a set with known members, the others may be anywhere around them: zero is the centre of the known members. In a
    set without any, a shift of all members changes nothing. Zero is then the centre of all members, and noise has zero
    mean over them (Hoogeboom 2022).

    Args:
        sets: Sets of which the sizes are looked at.
        known: (M,) bool.
    """

    sets: Ragged
    known: Tensor

    @cached_property
    def item(self) -> Tensor:
        """The set that each member is in, (M,)."""
        return self.sets.item

    @cached_property
    def counts(self) -> Tensor:
        """The number (B,) of known members of each set."""
        return self.sets.count(self.known)

    @cached_property
    def in_unknown_set(self) -> Tensor:
        """Whether a member's set has no known member: (M, 1) bool."""
        return (self.counts == 0)[self.item][:, None]

    @property
    def process(self) -> GaussianNoise:
        return GaussianNoise(self.sets.ptr)

    def centre(self, x: Tensor) -> Tensor:
        """Computes the centre (M, d) of the known members of each member's set, or of all members where none is
        known."""
        mask = (self.known[:, None] | self.in_unknown_set).to(x.dtype)
        return (self.process.sums(x * mask) / self.process.sums(mask))[self.item]

    def free(self, v: Tensor) -> Tensor:
        """Projects v (M, d) to free motions: removes the motion of known members, and of the centre of sets without
        any."""
        return torch.where(self.in_unknown_set, self.process.centred(v), v.masked_fill(self.known[:, None], 0.0))


CALIBRATION_ITEMS = 256  # training sets on which the size of terms is measured
UNIFORM_SHARE = 0.1  # share of the draws of t, spread evenly


class PointDiffusion(Family):
    """Diffusion of points in space with real numbers, such as the latents of `latent_point_diffusion`.

    Args:
        spec: Spec of sets whose members are (position, numbers), in this order.
        given: Spec of the conditions.
        network: as `networks.equivariant.egnn.NoisyLatents`.
        steps, levels, terms: as of `EquivariantDiffusion`.
    """

    kind = "lower bound"
    parallel = "gather"  # the loss is a mean over members, of which items have different numbers
    sample_options = STARTED

    def __init__(self, spec: Spec, given: Spec, network: nn.Module, steps: int, levels: int, terms: int):
        super().__init__(spec, given)
        self.denoiser, self.chain, self.terms = Denoiser(network, "v"), NoiseChain("cosine", steps), terms
        self.walked = NoiseChain("cosine", steps, count=levels)
        self.sizes, self.width = SetSizes(spec.leaf, given), spec.leaf.each.width
        self.register_buffer("path", added_path(self.walked.levels(self.walked.steps)), False)
        self.register_buffer("error", self.walked.usual_error)  # e_t, of a number

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        rng, x = batch.rng, batch.x
        t = (draw_stratified(len(x), rng) * self.chain.steps).long().clamp(max=self.chain.steps - 1)
        sigma, given = self.chain.sigma[t].float(), drop_given(self.given, batch.given, rng)
        n, level = self._noise(x, rng.items(len(x))), sigma[x.item, None]
        raw = self._network_output(x.x + level * n, sigma, given, x)
        error = raw - self.denoiser.target(x.x, n, 1.0, level[:, 0])
        loss = (error**2 / (1 + level**2)).sum(1).mean()  # || n - N ||^2
        return loss * share().weight(len(x.x)), {}

    def sample(self, n: int, given: Tensor, rng: Draws, start: Ragged | None = None, strength: float = 1.0) -> Ragged:
        """Samples n sets of points with numbers.

        Args:
            n: Number of sets.
            given: (n, G) conditions.
            rng: Random numbers.
            start: Items that the samples resemble, or None.
        """
        if strength == 0:
            return start
        draws, steps = rng.items(n), steps_left(len(self.path) - 1, strength)
        levels, condition = self.path[-1 - steps :].tolist(), self.denoiser.network.condition(given)
        if strength == 1:
            ptr = offsets(self.sizes.sample(draws, torch.zeros(n, dtype=torch.long, device=rng.device), given))
            sets = Ragged(torch.zeros(int(ptr[-1]), self.width, device=rng.device), ptr)
            z = (1 + levels[0][1] ** 2) ** 0.5 * self._noise(sets, draws)
        else:
            sets, z = start, start.x + levels[0][1] * self._noise(start, draws)
        spreads = self.walked.best_spread(self.error.double())[:steps].flip(0).tolist()
        for (_, sigma), (_, next_sigma), spread in zip(levels, levels[1:], spreads):
            raw = self._network_output(z, z.new_full((n,), sigma), condition, sets)
            mean, _ = posterior(*self.denoiser.split(raw, z, 1.0, sigma), (1.0, sigma), (1.0, next_sigma))
            z = mean + spread * self._noise(sets, draws)
        return sets.with_x(z)

    def finish(self, items: Items, rng: Draws) -> None:
        """Measures the error e_t of a number at some t, and interpolates its log between them."""
        items = items[rng.permutation(len(items))[:CALIBRATION_ITEMS].to(items.given.device)]
        draws, dims = rng.items(len(items)), self._dims(items.x).sum().clamp(min=1)

        def log_error(t: int) -> Tensor:
            at = torch.full((len(items),), t, device=items.given.device)
            return (self._error(items.x, at, items.given, draws).sum(0, keepdim=True) / dims).clamp(min=1e-12).log()

        self.error = measure_terms(log_error, self.walked.steps)[:, 0].exp().float()

    def log_likelihood(self, x: Ragged, given: Tensor, rng: Draws, draws: int | None = None):
        """Estimates the bound from `draws` (else `terms`) of its terms, with its standard error."""
        return self.bound(x, given, rng.items(len(x)), draws)

    def bound(self, x: Ragged, given: Tensor, stream: ItemDraws, draws: int | None = None):
        """Estimates the bound as `log_likelihood` does, from random streams that continue.

        Args:
            x: B sets of points.
            given: (B, G) conditions.
            stream: random numbers of each set.
            draws: number of terms. Default: `terms`.
        """
        repeats, terms = split_draws(draws or self.terms)
        return average(torch.stack([self._bound(x, given, stream, terms) for _ in range(repeats)]))

    def _bound(self, x: Ragged, given: Tensor, stream: ItemDraws, count: int) -> Tensor:
        """(B,) with `count` of its terms, each at its own t."""
        e, dims, ones = self.error.double(), self._dims(x), torch.ones_like(x.sizes)
        weight, constant = self.walked.bound_weights(e)
        terms = Terms.by_size(weight * e, UNIFORM_SHARE)
        total = torch.zeros(len(x), dtype=torch.float64, device=x.device)
        for i in range(count):
            at = terms.draw((i + stream.uniform(ones, 1)[:, 0].double()) / count)
            total += weight[at] / 2 * self._error(x, at, given, stream) / terms.chance[at]
        last = self.walked.last_divergence(GaussianNoise(x.ptr).sums(x.x.double() ** 2).sum(1), dims)
        return self.sizes.log_prob(x.sizes, given) - last - total / count - dims / 2 * float(constant)

    def _error(self, x: Ragged, at: Tensor, given: object, draws: ItemDraws) -> Tensor:
        """|| z - D ||^2 (B,) float64, at step `at` (B,) of the chain, from 0."""
        sigma = self.walked.sigma[at].float()
        level = sigma[x.item]
        z = x.x + level[:, None] * self._noise(x, draws)
        d, _ = self.denoiser.split(self._network_output(z, sigma, given, x), z, 1.0, level)
        return GaussianNoise(x.ptr).sums((x.x - d).double() ** 2).sum(1)

    def _network_output(self, z: Tensor, sigma: Tensor, given: object, sets: Ragged) -> Tensor:
        """v, that the network predicts of z = x + sigma n (M, D). sigma: (B,)."""
        size, clock = (1 + sigma**2).sqrt(), sigma.atan() * (2 / pi)
        return self._free(self.denoiser.network(z / size[sets.item, None], clock, given, sets.ptr).float(), sets)

    def _noise(self, sets: Ragged, draws: ItemDraws) -> Tensor:
        return self._free(draws.normal(sets.sizes, self.width), sets)

    def _free(self, v: Tensor, sets: Ragged) -> Tensor:
        """Positions without the mean over the members."""
        return torch.cat([GaussianNoise(sets.ptr).centred(v[:, :3]), v[:, 3:]], 1)

    def _dims(self, sets: Ragged) -> Tensor:
        """(B,) float64 numbers of a set, less its centre."""
        return (self.width * sets.sizes - 3).double()
