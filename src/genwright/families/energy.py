"""Energy-based model by persistent contrastive divergence (Hinton 2002; Tieleman 2008) with Langevin dynamics.

    p(z | g) = exp(-E(z, g)) / Z(g),   E(z, g) = |(z - m) / s|^2 / 2 + f(z, g)
    grad log p = -grad E(data) + E_p[grad E],   so   min  E(z+) - E(z-) + a (f(z+)^2 + f(z-)^2)
    z+ = data + sigma eps;   z- from chains that go on from step to step:
    z' = z - h^2/2 grad E(z) + h eps,   eps ~ N(0, I),   taken with probability min(1, p(z') q(z | z') / p(z) q(z' | z))

z: continuous coordinates of an item; g: the condition; a: `energy_l2`.

The acceptance test makes p the stationary distribution of the chains for any step h (Roberts & Tweedie 1996), and costs
no further calls of f. Most energy models for images take large steps with little noise and no test (Du & Mordatch
2019). That is an optimiser with some noise, which leaves the scale of E open. Here the temperature is 1, energies are
in nats, and a chain cannot run away.

m, s: the mean, and slightly more than the standard deviation, of each number in the first batch. So f learns only what
is neither Gaussian nor independent (Xie 2016), and chains begin near the data.

A little noise sigma on the data makes p smooth enough for steps of size h. One step removes it from samples: to the
mean of the data given z, z - sigma^2 grad E(z) (Miyasawa 1961; walk and jump, Saremi & Hyvarinen 2019). -E is then the
log density of an item with this noise, up to a constant for each g.
"""

from collections.abc import Callable
from math import inf

import torch
from torch import Tensor, nn

from ..core.draws import Draws, RowDraws
from ..core.family import Family
from ..core.sample_options import RULED, STEPS, Effort
from ..core.spec import Category, Spec
from ..core.trainable import Batch, Items
from ..distributions.coordinates import continuous, log_mean_density
from ..distributions.heads import pick
from .conditions import condition, drop_given, fill_present
from .guidance import Guidance, calls_a_step, select_rows

WIDER = 1.5  # ratio of s to the standard deviation of the first batch
RESTART = 0.02  # share of the chains that start again at each step, so that none stays caught for ever


def value_and_slope(energy: Callable[[Tensor], Tensor], z: Tensor) -> tuple[Tensor, Tensor]:
    """Computes the energy E(z), (B,), and its gradient, like z.

    Args:
        energy: (B, ...) -> (B,), where no item depends on another.
        z: (B, latents) latents.
    """
    with torch.enable_grad():
        z = z.detach().requires_grad_()
        value = energy(z)
        return value.detach(), torch.autograd.grad(value.sum(), z)[0]


def langevin(
    energy: Callable[[Tensor], Tensor], z: Tensor, steps: int, step: float, rng: Draws, can_move: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Moves z by Metropolis-adjusted Langevin steps. Returns z, and the share of the steps that was accepted.

    The drift h^2/2 grad E is cut at the length of the noise, so that a chain finds its way down a cliff.

    Args:
        energy: z -> (B,).
        z: (B, ...) states.
        steps: Number of steps.
        step: Size of a step.
        rng: Random numbers.
        can_move: bool like z, numbers that may move. Default: None, all.
    """
    still = torch.zeros_like(z, dtype=torch.bool) if can_move is None else ~can_move
    total = lambda d: d.masked_fill(still, 0.0).flatten(1).sum(1)
    max_length = step * (z[0].numel()) ** 0.5

    def drift(slope: Tensor) -> Tensor:
        d = (step**2 / 2 * slope).masked_fill(still, 0.0)
        length = d.flatten(1).norm(dim=1).view(-1, *[1] * (z.ndim - 1))
        return d * (max_length / length.clamp(min=max_length))

    value, slope = value_and_slope(energy, z)
    accepted = z.new_zeros((), dtype=torch.double)
    for _ in range(steps):
        noise = (step * rng.normal(z.shape)).masked_fill(still, 0.0)
        new = z - drift(slope) + noise
        new_value, new_slope = value_and_slope(energy, new)
        step_back = z - new + drift(new_slope)
        log_odds = value - new_value + total(noise**2 - step_back**2) / (2 * step**2)
        take = rng.uniform(len(z)).log() < log_odds
        at = take.view(-1, *[1] * (z.ndim - 1))
        z, slope, value = (
            torch.where(at, new, z),
            torch.where(at, new_slope, slope),
            torch.where(take, new_value, value),
        )
        accepted = accepted + take.float().mean().double() / steps
    return z, accepted


class Energy(Family):
    """An energy-based model, trained by contrastive divergence with persistent chains.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        energy: Network of `networks.energies`, f.
        blur: sigma, standard deviation of the noise on training items, in units of the coordinates.
        step: h, size of a Langevin step, in the same units.
        steps: Steps of a chain in each training step.
        chains: Number of chains. They are stored with the model, since samples start from them.
        draw_steps: Steps of a sample.
        energy_l2: a, weight of the squared energies in the loss.
    """

    kind = "unnormalised"
    parallel = "alone"  # each step draws some of the chains and moves them
    sample_options = complete_options = STEPS, *RULED
    method = "Langevin dynamics with the known part held in place"
    allow_bf16 = False  # a step of Langevin dynamics is lost in the rounding of bfloat16
    gaps = ("chains", "chains_given")
    unit = "nats between data and chains"
    lacks = {verb: "it has no latent, only an energy of items" for verb in ("encode", "decode", "interpolate")}

    def __init__(
        self, spec: Spec, given: Spec, energy: nn.Module, blur: float, step: float, steps: int, chains: int,
        draw_steps: int, energy_l2: float,
    ):  # fmt: skip
        super().__init__(spec, given)
        self.view = continuous(spec)
        self.energy = energy
        self.blur, self.step, self.steps, self.draw_steps, self.energy_l2 = blur, step, steps, draw_steps, energy_l2
        self.register_buffer("centre", torch.zeros(spec.shape))  # m
        self.register_buffer("width", torch.ones(spec.shape))  # s
        # infinity marks a chain that has not begun, or a variable that is left out (NaN is not equal to itself)
        self.register_buffer("chains", torch.full((chains, *spec.shape), inf))
        self.register_buffer("chains_given", torch.full((chains, given.width), inf))

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        rng, given = batch.rng, drop_given(self.given, batch.given, batch.rng)
        real, _ = self.view(batch.x, rng)
        real = real + self.blur * rng.normal(real.shape)
        has_started = self._started_chains.any()
        self.centre = torch.where(has_started, self.centre, real.mean(0))
        self.width = torch.where(has_started, self.width, WIDER * (real.var(0, correction=0) + 1e-6).sqrt())
        fake, fake_given, accepted = self._go_on(given, rng)
        f_real, f_fake = self.energy(real, given).float(), self.energy(fake, fake_given).float()
        gap = (f_real + self._rest(real)).mean() - (f_fake + self._rest(fake)).mean()
        energy_l2 = self.energy_l2 * (f_real**2 + f_fake**2).mean()
        return gap + energy_l2, {"gap": gap.detach(), "steps taken": accepted}

    @torch.no_grad()
    def _go_on(self, given: Tensor, rng: Draws) -> tuple[Tensor, Tensor, Tensor]:
        """As many chains as items, a few steps further: z (B, *shape), given (B, G), and the share of steps that was
        taken. Chains that begin take what is given from the items."""
        slots = rng.permutation(len(self.chains))[: len(given)]
        z, fresh = self.chains[slots], self._noise(len(slots), rng)
        begins = ~z.flatten(1).isfinite().all(1) | (rng.uniform(len(slots)) < RESTART)
        z = torch.where(begins.view(-1, *[1] * (z.ndim - 1)), fresh, z)
        conditions = torch.where(begins[:, None], given[: len(slots)].nan_to_num(nan=inf), self.chains_given[slots])
        given_shown = conditions.masked_fill(conditions == inf, torch.nan)
        context = condition(self.energy, given_shown)
        z, accepted = langevin(lambda z: self._energy(z, context), z, self.steps, self.step, rng)
        self.chains[slots], self.chains_given[slots] = z, conditions
        return z, given_shown, accepted

    def sample(self, n: int, given: Tensor, rng: Draws, steps: int | None = None, **guidance: object) -> Tensor:
        """Continues persistent chains with the same conditions for `steps` Langevin steps, and returns their items.
        Guidance exaggerates E(z, given) - E(z, against)."""
        energy = self._guided(given, **guidance)
        z, _ = langevin(energy, self._starts(given, rng), steps or self.draw_steps, self.step, rng)
        return self.view.inverse(self._jump(energy, z))

    def finish(self, items: Items, rng: Draws) -> None:
        """Deletes the stored conditions of the chains, since several values together could reveal a training row. A
        single label stays."""
        if self.given.width != 1 or not isinstance(self.given.columns[0], Category):
            self.chains_given.fill_(inf)

    def log_likelihood(self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None):
        """Computes the unnormalised log-density (B,): -E and the volume of the coordinates.

        Args:
            x: (B, *shape) items.
            given: (B, G) conditions of the items.
            rng: Random numbers.
            draws: dequantisation draws averaged in probability (8), where there are any.
        """
        return log_mean_density(self.spec, self.view, lambda z: -self._energy(z, given), x, rng, draws)

    def effort(self, steps: int | None = None, guidance: float = 1.0, **options: object) -> Effort:
        steps = steps or self.draw_steps
        return Effort(steps, (steps + 2) * calls_a_step(guidance))  # the start and the last jump have a call each

    def fill(
        self, x: Tensor, known: Tensor, given: Tensor, rng: Draws, steps: int | None = None, **guidance: object
    ) -> Tensor:
        """Completes items by Langevin steps, from a stored chain that is similar in the known part. The known part
        stays fixed. The energy of an absent value is infinite, since every cell is to be there.

        Args:
            x: (B, *shape) items.
            known: bool like x, True where a number is known.
            given: (B, G) conditions of the items.
            rng: Random numbers.
            guidance: Guidance by the conditions, see `families.guidance`.
        """
        floor = self._presence()

        def draw(rows: Tensor, rng: RowDraws) -> Tensor:
            mask, given_rows = known[rows], given[rows]
            is_outside = lambda z: ((z < floor) & ~mask).flatten(1).any(1)
            guided_energy = self._guided(given_rows, **select_rows(guidance, rows))
            energy = lambda z: guided_energy(z).masked_fill(is_outside(z), inf)
            known_z, _ = self.view(torch.where(mask, x[rows].float(), 0.0), rng)
            known_z = known_z + self.blur * rng.normal(known_z.shape)
            z = torch.where(mask, known_z, torch.maximum(self._starts(given_rows, rng, known_z, mask), floor))
            z, _ = langevin(energy, z, steps or self.draw_steps, self.step, rng, ~mask)
            return self.view.inverse(torch.maximum(self._jump(energy, z), floor))

        return fill_present(draw, x, known, self.view.marginals, rng)

    def health(self, x: Tensor, given: Tensor, rng: Draws) -> list[str]:
        """Warns where the median energies of data and chains differ: then the chains are not where the model has its
        mass. A chain that has just restarted is often far off, hence medians.

        Args:
            x: (B, *shape) items.
            given: (B, G) conditions of the items.
            rng: Random numbers.
        """
        real, _ = self.view(x, rng)
        energy = self._energy(real + self.blur * rng.normal(real.shape), given)
        chain_conditions = self.chains_given[self._started_chains]
        gap = (
            self._energy(
                self.chains[self._started_chains], chain_conditions.masked_fill(chain_conditions == inf, torch.nan)
            ).median()
            - energy.median()
        ).item()
        if abs(gap) <= 1 + 3 * energy.std(correction=0).item():
            return []
        return [f"the chains have left the data: their median energy is {gap:+.1f} nats from that of real items"]

    @property
    def _started_chains(self) -> Tensor:
        """(chains,) bool."""
        return self.chains.flatten(1).isfinite().all(1)

    def _rest(self, z: Tensor) -> Tensor:
        """|(z - m) / s|^2 / 2: (B,)."""
        return 0.5 * (((z - self.centre) / self.width) ** 2).flatten(1).sum(1)

    def _energy(self, z: Tensor, given: Tensor) -> Tensor:
        return self.energy(z, given).float() + self._rest(z)

    def _guided(self, given: Tensor, **guidance: object) -> Callable[[Tensor], Tensor]:
        guide = Guidance(given, **guidance)
        conditions = [condition(self.energy, row) for row in guide.conditions]  # once for all steps
        return lambda z: guide(*(self._energy(z, row) for row in conditions))

    def _jump(self, energy: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
        return z - self.blur**2 * value_and_slope(energy, z)[1]

    def _noise(self, n: int, rng: Draws) -> Tensor:
        return self.centre + self.width * rng.normal(n, *self.spec.shape)

    def _starts(self, given: Tensor, rng: Draws, known_z: Tensor | None = None, known: Tensor | None = None) -> Tensor:
        """(B, *shape): the state of a chain for each item, at random among those whose given differs least; with a
        known part, by how likely that would be as the chain's item under the noise of both."""
        if not self._started_chains.any():
            return self._noise(len(given), rng)
        states = self.chains[self._started_chains]
        differing_share = (given.nan_to_num(nan=inf)[:, None] != self.chains_given[self._started_chains]).sum(
            -1
        )  # (B, chains)
        logits = -1000.0 * differing_share
        if known is not None:
            k, a, c = known.flatten(1).float(), (known_z * known).flatten(1), states.flatten(1)
            logits = logits - ((a**2).sum(1, keepdim=True) - 2 * a @ c.T + k @ (c**2).T) / (4 * self.blur**2)
        return states[pick(logits, rng)]

    def _presence(self) -> Tensor:
        """The coordinate of each column above which its value is there: (D,); minus infinity where it always is."""
        if self.view.marginals is None:
            return self.centre.new_full((), -inf)
        missing_share = self.view.marginals.cum[:, 1]
        return torch.where(
            missing_share > 0, torch.special.ndtri((missing_share + 1e-4).clamp(max=1 - 1e-4)), -inf
        ).float()
