"""Equivariant diffusion (Hoogeboom 2022), over sets of points that have a position and a kind.

    number of members m ~ its histogram
    q(x_t | x) = N(sqrt(abar_t) x, (1 - abar_t) I) on the space of zero centre      positions, t = 1 ... T
    q(k_t | k) = abar_t [k_t = k] + (1 - abar_t) frequency(k_t)                     kinds (Austin 2021; Vignac 2023)
    train:  t ~ U{1 ... T},  min || n - N(x_t, k_t, t) ||^2 - log p(k | x_t, k_t, t)
    draw:   from t = T down: x_t-1 ~ p(x_t-1 | x_t), k_t-1 ~ sum_k q(k_t-1 | k_t, k) p(k | x_t, k_t, t)

The network turns with the positions and knows no order of members, so that neither does the distribution. Kinds are
noised as categories and not as numbers, which leaves their mass as it is.

The likelihood is a lower bound on log p(m) + log p(x, k | m): the mass of the number of members and of their kinds, the
density of their positions on the space of zero centre, which has 3 (m - 1) dimensions (Lebesgue's measure on it), in
the user's units; of the members as they are listed, in whatever order. It is the sum of Ho 2020, eq. 5, over both,

    KL(q(x_T, k_T | x, k) || p(x_T, k_T)) + sum_t E KL(q(x_t-1, k_t-1 | x_t, k_t, x, k) || p(x_t-1, k_t-1 | x_t, k_t))

in which p(x_t-1 | x_t) has the mean of q(x_t-1 | x_t, D) and the best variance (Bao 2022), and p(x | x_1) = N(D, e_1).
It is estimated from some of its terms, drawn by their size, in axes of the set's own (`in_own_axes`). Draws and bound
are of the same p, whose steps are some of those that the network learns.
"""

from math import log, pi

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

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
from ..conditions import draw_known_members, draw_stratified, drop_given
from ..gaussian_noise import posterior
from .categorical_noise import CategoricalNoise
from .denoiser import Denoiser
from .noise_schedules import NoiseChain, Terms, explained_noise, measure_terms
from .point_diffusion import FreeMembers, in_own_axes
from .samplers import added_path, steps_left

CALIBRATION_ITEMS = 256  # training sets on which the size of terms is measured
FEWEST = 4  # terms of each independent estimate of the bound, where they allow it
UNIFORM_SHARE = 0.05  # share of the draws of t, spread evenly over the chain


class EquivariantDiffusion(Family):
    """Diffusion of points in space with positions and kinds; its network turns with the points (Hoogeboom 2022).

    Args:
        spec: Sets whose members have a `kind` and a `position`.
        given: Conditioning variables.
        network: As `networks.equivariant.egnn`.
        steps: Steps of the cosine chain that the network learns.
        levels: T, levels of these that samples and the bound pass.
        terms: Terms of the bound, evaluated with two calls of the network each.
    """

    kind = "lower bound"
    parallel = "gather"  # the loss is a mean over members, of which items have different numbers
    method = "denoiser learned with the known members as a condition"
    unit = "squared error"
    sample_options = STARTED

    def __init__(self, spec: Spec, given: Spec, network: nn.Module, steps: int, levels: int, terms: int):
        super().__init__(spec, given)
        leaf, member = spec.leaf, spec.leaf.each
        self.denoiser, self.chain, self.terms = Denoiser(network, "v"), NoiseChain("cosine", steps), terms
        self.walked = NoiseChain("cosine", steps, count=levels)
        self.each, self.position = member, member.columns[member.names.index("position")]
        frequencies = torch.tensor(member.columns[member.names.index("kind")].marginal.probs)
        self.kinds = CategoricalNoise(frequencies / frequencies.sum())
        self.sizes = SetSizes(leaf, given)
        self.register_buffer("path", added_path(self.walked.levels(self.walked.steps)), False)
        self.register_buffer("error", self.walked.usual_error)  # e_t, of a coordinate
        self.register_buffer("surprise", torch.ones(self.walked.steps))  # KL of the kinds of a set, at t

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        rng, steps = batch.rng, self.chain.steps
        x, kinds = self._positions_and_kinds(batch.x)
        members = FreeMembers(batch.x, draw_known_members(batch.x, rng, x))
        t = (draw_stratified(len(batch.x), rng) * steps).long().clamp(max=steps - 1)
        sigma, given = self.chain.sigma[t].float(), drop_given(self.given, batch.given, rng)
        draws = rng.items(len(batch.x))
        x, level, unknown = x - members.centre(x), sigma[members.item], ~members.known
        n = members.free(draws.normal(batch.x.sizes, *self.position.shape))
        noisy = self._noisy(kinds, members, sigma, draws)
        raw, logits = self.network_output(x + level[:, None] * n, noisy, sigma, given, members)
        error = raw - members.free(self.denoiser.target(x, n, 1.0, level))
        positions = ((error**2).sum(1) / (1 + level**2))[unknown].mean()  # || n - N ||^2
        kind_loss = cross_entropy(logits[unknown], kinds[unknown])
        loss = (positions + kind_loss) * share().weight(unknown.sum())
        return loss, {"positions": positions.detach(), "kinds": kind_loss.detach()}

    def network_output(
        self, z: Tensor, kinds: Tensor, sigma: Tensor, given: object, members: FreeMembers
    ) -> tuple[Tensor, Tensor]:
        """Predicts v and the logits of the clean kinds from z = x + sigma n (M, 3) and noisy kinds (M,). The logits are
        the network's plus the log posterior given the noisy kind alone.

        Args:
            z: (B, latents) latents.
            sigma: (B,).
            given: (B, G), or what the network's `condition` makes of it.
        """
        size, clock = (1 + sigma**2).sqrt(), sigma.atan() * (2 / pi)
        scaled = torch.where(members.known[:, None], z, z / size[members.item, None])
        v, logits = self.denoiser.network(scaled, kinds, clock, given, members.known, members.sets.ptr)
        alone_posterior = self.kinds.clean_posterior(kinds, (1 / size**2)[members.item])
        return members.free(v.float()), logits.float() + alone_posterior.log()

    def _positions_and_kinds(self, x: Ragged) -> tuple[Tensor, Tensor]:
        """Positions (M, 3) and kinds (M,) int64."""
        return self.each.part(x.x, "position"), self.each.part(x.x, "kind").long()

    def _noisy(self, kinds: Tensor, members: FreeMembers, sigma: Tensor, draws: ItemDraws) -> Tensor:
        """A draw of the kinds at noise sigma (B,), those of known members as they are."""
        abar = (1 / (1 + sigma**2))[members.item]
        noisy = draws.categories(members.sets.sizes, self.kinds.probabilities(kinds, abar))
        return torch.where(members.known, kinds, noisy)

    def sample(self, n: int, given: Tensor, rng: Draws, start: Ragged | None = None, strength: float = 1.0) -> Ragged:
        """Samples n sets of points.

        Args:
            n: Number of sets.
            given: (n, G) conditions.
            rng: Random numbers.
            start: Sets that the samples resemble; the samples have as many members.
        """
        if strength == 0:
            return start
        draws = rng.items(n)
        if strength == 1:
            sizes = self.sizes.sample(draws, torch.zeros(n, dtype=torch.long, device=rng.device), given)
            start = Ragged(torch.zeros(int(sizes.sum()), self.each.width, device=rng.device), offsets(sizes))
        known = torch.zeros(len(start.x), dtype=torch.bool, device=rng.device)
        return self._draw(start, known, given, draws, strength)

    def fill(self, x: Ragged, known: Ragged, given: Tensor, rng: Draws) -> Ragged:
        """Completes sets to at least the known members, which come first. The number of others is drawn from the
        histogram of sizes, whatever is known.

        Args:
            x: Packed sets.
            known: Known members and pairs of the sets.
            given: (B, G) conditions of the items.
            rng: Random numbers.
        """
        draws, has_known = rng.items(len(x)), known.x.any(1)
        counts = x.count(has_known)
        ptr = offsets(self.sizes.sample(draws, counts, given))
        initial_sets = Ragged(torch.zeros(int(ptr[-1]), self.each.width, device=x.device), ptr)
        first = initial_sets.place < counts[initial_sets.item]
        initial_sets.x[first] = x.x[has_known].to(initial_sets.x.dtype)
        return self._draw(initial_sets, first, given, draws)

    def _draw(
        self, initial_sets: Ragged, known: Tensor, given: Tensor, draws: ItemDraws, strength: float = 1.0
    ) -> Ragged:
        """begun: sets, in which the known members (M,) are what they are; the others are drawn, and resemble those of
        `initial_sets` where strength is below 1."""
        members, (x, kinds) = FreeMembers(initial_sets, known), self._positions_and_kinds(initial_sets)
        centre = members.centre(x)
        noise = lambda: members.free(draws.normal(initial_sets.sizes, *self.position.shape))
        choose = lambda p: torch.where(known, kinds, draws.categories(initial_sets.sizes, p))
        steps, condition = steps_left(len(self.path) - 1, strength), self.denoiser.network.condition(given)
        levels = self.path[-1 - steps :].tolist()
        if strength == 1:
            kinds_now = choose(self.kinds.stationary.expand(len(x), -1))
            z = torch.where(known[:, None], x - centre, (1 + levels[0][1] ** 2) ** 0.5 * noise())
        else:
            kinds_now = self._noisy(kinds, members, x.new_full((len(initial_sets),), levels[0][1]), draws)
            z = x - centre + levels[0][1] * noise()
        spreads = self.walked.best_spread(self.error.double())[:steps].flip(0).tolist()
        for (_, sigma), (_, next_sigma), spread in zip(levels, levels[1:], spreads):
            raw, logits = self.network_output(z, kinds_now, z.new_full((len(initial_sets),), sigma), condition, members)
            d, n = self.denoiser.split(raw, z, 1.0, sigma)
            mean, sd = posterior(d, n, (1.0, sigma), (1.0, next_sigma))
            sd = torch.where(members.in_unknown_set, spread, sd)  # the error is that of sets of which nothing is known
            z = torch.where(known[:, None], x - centre, mean + sd * noise())
            kinds_now = choose(
                self.kinds.posterior(logits.softmax(1), kinds_now, 1 / (1 + sigma**2), 1 / (1 + next_sigma**2))
            )
        rows = {"position": z + centre, "kind": kinds_now[:, None].to(z.dtype)}
        return initial_sets.with_x(torch.cat([rows[name] for name in self.each.names], 1))

    def finish(self, items: Items, rng: Draws) -> None:
        """Measures the terms of the bound at some t and interpolates between them: the error e_t of a coordinate (in
        logs) and the divergence of a set's kinds. Counts sizes under each condition."""
        self.sizes.learn(items.x.sizes, items.given)
        items = items[rng.permutation(len(items))[:CALIBRATION_ITEMS].to(items.given.device)]
        (x, kinds), members, draws = self._positions_and_kinds(items.x), self._all_free(items.x), rng.items(len(items))
        dims = self._dims(items.x).sum().clamp(min=1)

        def log_error_and_surprise(t: int) -> Tensor:
            at = torch.full((len(items),), t, device=x.device)
            n, noisy = self._noises(kinds, members, at, draws)
            square, surprise = self._term(x, kinds, n, noisy, at, items.given, members)
            return torch.stack([(square.sum() / dims).clamp(min=1e-12).log(), surprise.mean()])

        logs, surprises = measure_terms(log_error_and_surprise, self.walked.steps).unbind(1)
        self.error, self.surprise = logs.exp().float(), surprises.float()

    def log_likelihood(self, x: Ragged, given: Tensor, rng: Draws, draws: int | None = None):
        """Estimates the variational bound without bias from `draws` (else `terms`) of its terms, with its standard
        error."""
        (repeats, terms), stream = split_draws(draws or self.terms, FEWEST), rng.items(len(x))
        places, kinds = in_own_axes(x, *self._positions_and_kinds(x))
        return average(torch.stack([self._bound(x, places, kinds, given, stream, terms) for _ in range(repeats)]))

    def _bound(self, sets: Ragged, x: Tensor, kinds: Tensor, given: Tensor, draws: ItemDraws, pairs: int) -> Tensor:
        """The bound (B,) with `pairs` of its terms, each at its own t, and noise n and -n."""
        members, dims = self._all_free(sets), self._dims(sets)
        (weight, constant, usual_error, terms), ones = self._terms(), torch.ones_like(sets.sizes)
        total = torch.zeros(len(sets), dtype=torch.float64, device=x.device)
        for i in range(pairs):
            at = terms.draw((i + draws.uniform(ones, 1)[:, 0].double()) / pairs)
            n, noisy = self._noises(kinds, members, at, draws)
            square = (
                -2 * usual_error[at] * (members.process.sums(n**2).sum(1) - dims)
            )  # part that the noise alone brings
            part = torch.zeros_like(total)
            for sign in (1, -1):
                error, surprise = self._term(x, kinds, sign * n, noisy, at, given, members)
                square, part = square + error, part + surprise / 2
            total += (part + weight[at] * square / 4) / terms.chance[at]
        last = self._last_divergence(x, kinds, members, dims)
        return (
            self.sizes.log_prob(sets.sizes, given) - last - total / pairs - dims * (constant + log(self.position.scale))
        )

    def _noises(self, kinds: Tensor, members: FreeMembers, at: Tensor, draws: ItemDraws) -> tuple[Tensor, Tensor]:
        """Noise of positions (M, 3), and noisy kinds (M,), at step `at` (B,) of the chain, from 0."""
        n = members.free(draws.normal(members.sets.sizes, *self.position.shape))
        return n, self._noisy(kinds, members, self.walked.sigma[at].float(), draws)

    def _term(
        self, x: Tensor, kinds: Tensor, n: Tensor, noisy: Tensor, at: Tensor, given: Tensor, members: FreeMembers
    ) -> tuple[Tensor, Tensor]:
        """|| x - D ||^2 (B,), and the divergence of the kinds (B,), at step `at` (B,) of the chain."""
        sigma, item = self.walked.sigma[at].float(), members.item
        level = sigma[item]
        z = x + level[:, None] * n
        raw, logits = self.network_output(z, noisy, sigma, given, members)
        d, _ = self.denoiser.split(raw, z, 1.0, level)
        abar = torch.cat([self.walked.abar.new_ones(1), self.walked.abar])
        steps = noisy, abar[at + 1][item], abar[at][item]
        true = self.kinds.posterior(one_hot(kinds, logits.shape[1]).double(), *steps)
        posterior = self.kinds.posterior(logits.double().softmax(1), *steps)
        surprise = (torch.xlogy(true, true) - torch.xlogy(true, posterior)).sum(1, keepdim=True)
        sums = members.process.sums
        return sums(((x - d) ** 2).double()).sum(1), sums(surprise)[:, 0]

    def _terms(self) -> tuple[Tensor, float, Tensor, Terms]:
        """Weights (T,) of the terms t = 1 ... T in the bound of the positions, 1/2 weight_t || x - D ||^2, the parts
        without (x - D) of a coordinate, the coefficients (T,) of n^2 - 1 in (x - D)^2, and the terms, which are drawn
        by what is expected of a set of usual size."""
        e, dims = self.error.double(), self.position.shape[0] * (self.sizes.mean - 1)
        weight, constant = self.walked.bound_weights(e)
        usual_error, unexplained = explained_noise(self.walked, e)
        terms = Terms.by_size(dims / 2 * weight * e * unexplained + self.surprise, UNIFORM_SHARE)
        return weight, float(constant) / 2, usual_error, terms

    def _last_divergence(self, x: Tensor, kinds: Tensor, members: FreeMembers, dims: Tensor) -> Tensor:
        """KL(q(x_T, k_T | x, k) || p(x_T, k_T)): (B,)."""
        abar, sums = float(self.walked.abar[-1]), members.process.sums
        places = self.walked.last_divergence(sums((x**2).double()).sum(1), dims)
        q = self.kinds.probabilities(kinds, abar).double()
        return places + sums(torch.xlogy(q, q / self.kinds.stationary).sum(1, keepdim=True))[:, 0]

    def _all_free(self, sets: Ragged) -> FreeMembers:
        return FreeMembers(sets, torch.zeros(len(sets.x), dtype=torch.bool, device=sets.device))

    def _dims(self, sets: Ragged) -> Tensor:
        """(B,) float64 dimensions of the space that positions lie in."""
        return (self.position.shape[0] * (sets.sizes - 1)).double()
