"""Discrete denoising diffusion of graphs (Vignac 2023, DiGress; Austin 2021), over the kinds of their nodes, where they
have any, and of their pairs of nodes.

    q(n), q(x_0 | n)       n nodes, x_0 the kind of every node, and of every pair i < j, of which "nothing" is one
    q(x_t | x_0)           each by itself towards the kinds' frequencies pi (`categorical_noise`), t = 1 ... T
    train:  t ~ U{1 ... T},  min E -log p(x_0 | x_t, t)           the network gives each its distribution
    draw:   n ~ p(n), x_T ~ pi, then x_t-1 ~ sum_x0 q(x_t-1 | x_t, x_0) p(x_0 | x_t) for t = T ... 1
    bound:  log p(n, x_0) >= log p(n) - KL(q(x_T | x_0) || pi) - sum_t E KL(q(x_t-1 | x_t, x_0) || p(x_t-1 | x_t))

The term of t = 1 is E -log p(x_0 | x_1). p(n) is the histogram of sizes in training. p assigns a mass to a graph with
numbered nodes: an adjacency matrix. The network and pi treat all nodes alike, so all numberings of a graph have the
same mass. The unnumbered graph has this mass times the count of its numberings, n! over its automorphisms.

The network's output corrects p(x_0 | x_t) in proportion to f(x_0) q(x_t | x_0), which would hold if all nodes and pairs
were independent; f are the frequencies of the types. Training starts there.

With noise = "nothing", x_T has no edges, and each edge appears once, at a time of its own (Chen 2023, EDGE). alpha_t =
1 - t / T, for which the bound weighs log p(x_0 | x_t) by 1 / t, as training then does. Edges that appear in one step do
not know of each other: two may close a cycle, or join nodes that only one of them should join. So sampling does not
take the steps in turn. It goes to the time of the next edge, by at least one step and at most half of the remaining
time, and calls the network again.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from ...core.draws import Draws, ItemDraws
from ...core.family import Family
from ...core.monte_carlo import average, split_draws
from ...core.ragged import Ragged, of_padded
from ...core.sample_options import RULED, STEPS, Effort
from ...core.spec import Spec
from ...core.trainable import Batch, Items
from ...distributions.histograms import SetSizes
from ...families.conditions import draw_known_members, draw_stratified, drop_given
from ...families.diffusion.categorical_noise import CategoricalNoise, sample_categories
from ...families.diffusion.noise_schedules import MEASURED, Terms, cosine, interpolate
from ...families.guidance import Guidance, calls_a_step, select_rows
from .pairs import PairDraws, Pairs, empty_sets

NOISES = ("marginal", "nothing")  # the kinds' frequencies, or no edges
CALIBRATION_ITEMS = 128  # graphs on which they are measured
FEWEST = 8  # terms of each independent estimate of the bound, where they allow it
UNIFORM_SHARE = 0.1  # share of the draws of t, spread evenly over the chain


@dataclass(frozen=True)
class PackedPart:
    """The nodes, or the pairs of nodes, of padded sets, packed into one row of categories.

    Args:
        process: their noise.
        often: (K,) how often each kind is.
        item: (P,) the set of each.
        counts: (b,) how many each set has.
    """

    process: CategoricalNoise
    often: Tensor
    item: Tensor
    counts: Tensor

    def sums(self, numbers: Tensor) -> Tensor:
        """Sums numbers over each set: (P,) -> (b,)."""
        return numbers.new_zeros(len(self.counts)).index_add(0, self.item, numbers)


class DiscreteDiffusion(Family):
    """Discrete diffusion of graphs (DiGress, Vignac 2023): noise changes the kinds of pairs, and of nodes, and the
    network restores them.

    Args:
        network: of `graphs.networks.graph_transformer`.
        steps: T.
        terms: of the sum in the bound that are evaluated, a call of the network each.
        noise: what pairs become, of NOISES.
        spec: of sets whose members have one kind and whose pairs have kinds, with their frequencies.

    The noised state is a list: the kinds (P,) of the pairs, and, unless all are alike, the kinds (M,) of the nodes.
    """

    kind = "lower bound"
    sample_options = complete_options = STEPS, *RULED
    method = (
        "the denoiser learned with a part of the nodes as a condition, and the number of nodes drawn from "
        "those at least as large. With open pairs, the known part of their nodes gets new noise at each step"
    )

    def __init__(self, spec: Spec, given: Spec, network: nn.Module, steps: int, terms: int, noise: str = "marginal"):
        if noise not in NOISES:
            raise ValueError(f"noise of graphs is one of {', '.join(NOISES)}, not {noise}")
        super().__init__(spec, given)
        self.network, self.steps, self.terms, self.noise = network, steps, terms, noise
        self.sizes = SetSizes(spec.leaf, given)
        frequencies, (node,) = torch.tensor(spec.leaf.pairs.marginal.probs), spec.leaf.each.columns
        no_edge = one_hot(torch.tensor(0), len(frequencies)).float()
        self.process = CategoricalNoise(frequencies if noise == "marginal" else no_edge)
        self.of_nodes = CategoricalNoise(torch.tensor(node.marginal.probs)) if node.k > 1 else None
        alpha = 1 - torch.arange(steps + 1, dtype=torch.float64) / steps
        if noise == "marginal":
            alpha[1:] = (1 - cosine(steps)).cumprod(0)
        self.register_buffer("alpha", alpha, False)  # (T + 1,): alpha[t] of x_t is left
        self.register_buffer("often", frequencies, False)
        self.register_buffer("cost", torch.ones(steps, dtype=torch.float64))  # usual terms of the bound, of 1 ... T

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes -log p(x_0 | x_t) of the unknown pairs and nodes, nats per graph."""
        rng, given = batch.rng, drop_given(self.given, batch.given, batch.rng)
        t = 1 + (draw_stratified(len(batch.x), rng) * self.steps).long().clamp(max=self.steps - 1)
        total = 0.0
        is_known = draw_known_members(batch.x, rng)[:, None].float()
        for ids, rows, mask, kinds in batch.x.with_x(torch.cat([batch.x.x, is_known], 1)).padded():
            pairs, known, current_time = Pairs(mask), rows[..., -1] > 0, t[ids]
            parts, x = self._noisy_parts(pairs, mask), self._packed(kinds, rows, pairs, mask)
            is_free = self._free(pairs, mask, known)
            noised = [part.process.noised(clean, self._level(current_time, part), rng) for part, clean in zip(parts, x)]
            z = [torch.where(*three) for three in zip(is_free, noised, x)]
            log_p = self.clean(z, pairs, mask, current_time, given[ids], known)
            for part, logs, clean, unknown in zip(parts, log_p, x, is_free):
                nats = logs.gather(1, clean[:, None])[:, 0] * unknown
                total = (
                    total - (nats if self.noise == "marginal" else nats / (1 - self._level(current_time, part))).sum()
                )
        return total / len(batch.x), {}

    def clean(
        self, z: list[Tensor], pairs: Pairs, mask: Tensor, t: Tensor, given: Tensor, known: Tensor
    ) -> list[Tensor]:
        """Computes log p(x_0 | x_t = z), (P, K), of pairs and of nodes.

        Args:
            z: Categories of the pairs, and of the nodes where these have any.
            pairs: Which pairs they are.
            mask: (b, m) bool, nodes that exist.
            t: (b,) times.
            given: (b, G) conditions.
            known: (b, m) bool, known nodes. Pairs of two of them are known too.
        """
        nodes = None
        if self.of_nodes is not None:
            nodes = torch.zeros(mask.shape, dtype=torch.long, device=mask.device)
            nodes[mask] = z[1]
        raw, of_nodes = self.network(pairs.dense(z[0]), mask, (t / self.steps).float(), given, known, nodes)
        log_p = []
        logits = [pairs.packed(raw), *([] if nodes is None else [of_nodes[mask]])]
        for part, x, raw_part in zip(self._noisy_parts(pairs, mask), z, logits):
            pi, alpha = part.process.stationary, self._level(t, part)[:, None]
            forward = alpha * one_hot(x, len(pi)) + (1 - alpha) * pi[x][:, None]  # q(z | x_0), of each x_0
            log_p.append((raw_part.float() + (part.often * forward).clamp(min=torch.finfo().tiny).log()).log_softmax(1))
        return log_p

    def _level(self, t: Tensor, part: PackedPart) -> Tensor:
        """alpha_t (P,) of each. t: (b,), between two steps too."""
        step = t.long()
        alpha = self.alpha[step].lerp(self.alpha[step.clamp(max=self.steps - 1) + 1], (t - step).double())
        return alpha[part.item].float()

    def _noisy_parts(self, pairs: Pairs, mask: Tensor) -> list[PackedPart]:
        parts = [PackedPart(self.process, self.often, pairs.item, pairs.counts)]
        if self.of_nodes is not None:
            parts.append(PackedPart(self.of_nodes, self.of_nodes.stationary, mask.nonzero()[:, 0], mask.sum(1)))
        return parts

    def _packed(self, kinds: Tensor, rows: Tensor, pairs: Pairs, mask: Tensor) -> list[Tensor]:
        return [pairs.packed(kinds), *([] if self.of_nodes is None else [rows[..., 0][mask].long()])]

    def _free(self, pairs: Pairs, mask: Tensor, known: Tensor) -> list[Tensor]:
        """Masks, True where unknown: of the pairs (P,) and, unless all nodes are alike, of the nodes (M,)."""
        return [~pairs.both(known), *([] if self.of_nodes is None else [~known[mask]])]

    def sample(self, n: int, given: Tensor, rng: Draws, **options: object) -> Ragged:
        draws, none = rng.items(n), torch.zeros(n, dtype=torch.long, device=rng.device)
        x = empty_sets(self.sizes.sample(draws, none, given), self.spec.leaf.each.width)
        return self._walk(x, none, given, draws, **options)

    def fill(self, x: Ragged, known: Ragged, given: Tensor, rng: Draws, **options: object) -> Ragged:
        """Completes graphs to at least the known nodes, which come first. The number of nodes is drawn from the
        histogram of sizes, whatever is known.

        Args:
            x: Packed sets.
            known: Known members and pairs of the sets.
            given: (B, G) conditions of the items.
            rng: Random numbers.
            options: Options by name.
        """
        draws = rng.items(len(x))
        count = x.count(known.x.any(1))
        sizes = torch.where(known.some_open, count, self.sizes.sample(draws, count, given))
        initial_sets = x.filled(known, empty_sets(sizes, x.x.shape[1]))
        noise = Draws(rng.seed, "noise", device=rng.device).items(len(x))
        return self._walk(initial_sets, count, given, draws, known.open_pairs(initial_sets), noise, **options)

    def effort(self, steps: int | None = None, guidance: float = 1.0, **options: object) -> Effort:
        """Counts steps and network calls of a sample."""
        steps = steps or self.steps
        return Effort(steps, steps * calls_a_step(guidance))

    def _walk(
        self, x: Ragged, count: Tensor, given: Tensor, draws: ItemDraws, opened_graphs: Ragged | None = None,
        noise: ItemDraws | None = None, steps: int | None = None, **guidance: object,
    ) -> Ragged:  # fmt: skip
        """Draws of x, but for its first `count` (B,) nodes and their pairs, which stay, except those that are joined
        in `opened_graphs`, sets like x.

        Nodes with an open pair are no condition that was learned: what is known of them is noised anew as x_t is, by
        `noise` (Lugmayr 2022).
        """
        times, stride = [], self.steps / (steps or self.steps)
        for ids, rows, mask, kinds in x.padded():
            pairs, first = Pairs(mask), torch.arange(mask.shape[1], device=mask.device) < count[ids, None]
            unsure = torch.zeros_like(pairs.there)
            if opened_graphs is not None:
                unsure = next(opened_graphs[ids].padded((mask.shape[1],)))[3] > 0
            known, parts = first & ~unsure.any(2), self._noisy_parts(pairs, mask)
            is_free, unknown = self._free(pairs, mask, known), self._free(pairs, mask, first)
            unknown[0] = unknown[0] | pairs.packed(unsure)
            some_open = bool(unsure.any())
            rngs = [PairDraws(draws[ids], part.counts) for part in parts]
            z = x_0 = self._packed(kinds, rows, pairs, mask)
            start = [part.process.start(x.shape, rng) for part, x, rng in zip(parts, z, rngs)]
            z = [torch.where(*three) for three in zip(is_free, start, z)]
            current_time = torch.full(ids.shape, self.steps, dtype=torch.float64, device=ids.device)
            guide = Guidance(given[ids], **select_rows(guidance, ids))
            while (current_time > 0).any():
                log_ps = [self.clean(z, pairs, mask, current_time, row, known) for row in guide.conditions]
                next_time = torch.where(
                    current_time > 1.5 * stride, current_time - stride, 0.0
                )  # 0 to the bit, however strides round
                for k, (part, rng) in enumerate(zip(parts, rngs)):
                    p = guide(*(log_p[k] for log_p in log_ps)).softmax(1)
                    if self.noise == "nothing" and part.process is self.process:
                        new, next_time = self._edges_to_come(p, z[k], is_free[k], current_time, stride, part, rng)
                    else:
                        levels = [self._level(at, part) for at in (current_time, next_time)]
                        new = sample_categories(part.process.posterior(p, z[k], *levels), rng)
                    if some_open:
                        level = self._level(next_time, part)
                        noised = part.process.noised(x_0[k], level, PairDraws(noise[ids], part.counts))
                        new = torch.where(unknown[k], new, noised)
                    z[k] = torch.where(is_free[k], new, z[k])
                current_time = next_time
            if self.of_nodes is not None:
                rows = rows.clone()
                rows[..., 0][mask] = z[1].float()
            times.append((ids, rows, mask, pairs.dense(z[0])))
        return of_padded(times)

    def _edges_to_come(
        self,
        p: Tensor,
        z: Tensor,
        is_free: Tensor,
        current_time: Tensor,
        stride: float,
        part: PackedPart,
        rng: PairDraws,
    ) -> tuple[Tensor, Tensor]:
        """The pairs (P,) at the time `after` (b,) < now (b,) at which the next edges have come, and that time."""
        u, is_due, remaining = rng.uniform(z.shape), 1 - p[:, 0], current_time[part.item]
        come = is_free & (z == 0) & (u < is_due) & (remaining > 0)
        when = torch.where(come, remaining * (1 - u / is_due), 0.0)
        first = torch.zeros_like(current_time).scatter_reduce(0, part.item, when, "amax")
        next_time = torch.where(
            current_time > stride, first.minimum(current_time - stride).maximum(current_time / 2), 0.0
        )
        kind = 1 + rng.categories(p[:, 1:] / is_due.clamp(min=torch.finfo(p.dtype).tiny)[:, None])
        return torch.where(come & (when >= next_time[part.item]), kind, z), next_time

    def finish(self, items: Items, rng: Draws) -> None:
        """Measures the terms of the bound at some t, interpolates their logs between them, and counts sizes under each
        condition."""
        self.sizes.learn(items.x.sizes, items.given)
        sample_items = items[rng.permutation(len(items))[:CALIBRATION_ITEMS]]
        places = torch.linspace(1, self.steps, min(MEASURED, self.steps)).round().long().unique()
        sums = torch.zeros(len(places), dtype=torch.float64, device=self.cost.device)
        for ids, rows, mask, kinds in sample_items.x.padded():
            pairs = Pairs(mask)
            x = self._packed(kinds, rows, pairs, mask)
            for k, t in enumerate(places.tolist()):
                term = self._term(x, pairs, mask, torch.full_like(ids, t), sample_items.given[ids], [rng] * len(x))
                sums[k] += term.sum()
        logs = sums.clamp(min=1e-12).log()[:, None]
        all_steps = interpolate(places - 1, logs, self.steps)[:, 0]
        self.cost = torch.from_numpy(np.exp(all_steps.cpu().numpy())).to(sums.device)  # the bits of NumPy's exponential

    def log_likelihood(self, x: Ragged, given: Tensor, rng: Draws, draws: int | None = None):
        """Estimates the variational bound (B,) without bias from `draws` (else `terms`) of its terms, with its standard
        error."""
        repeats, term_draws = split_draws(draws or self.terms, FEWEST)
        terms, items = Terms.by_size(self.cost, UNIFORM_SHARE), rng.items(len(x))
        bound = self.sizes.log_prob(x.sizes, given).repeat(repeats, 1)
        for ids, rows, mask, kinds in x.padded():
            pairs = Pairs(mask)
            z, item_draws, parts = self._packed(kinds, rows, pairs, mask), items[ids], self._noisy_parts(pairs, mask)
            for part, clean in zip(parts, z):
                bound[:, ids] -= part.sums(self._last_divergence(part.process)[clean])
            rngs = [PairDraws(item_draws, part.counts) for part in parts]
            for k in range(repeats * term_draws):
                u = item_draws.uniform(torch.ones_like(ids)).double()
                at = terms.draw((k % term_draws + u) / term_draws)
                term = self._term(z, pairs, mask, 1 + at, given[ids], rngs)
                bound[k // term_draws, ids] -= term / (terms.chance[at] * term_draws)
        return average(bound)

    def _term(self, x: list, pairs: Pairs, mask: Tensor, t: Tensor, given: Tensor, rngs: list) -> Tensor:
        """KL(q(x_t-1 | x_t, x_0 = x) || p(x_t-1 | x_t)) at a draw of x_t: (b,). t: (b,). rngs: of each part."""
        parts = self._noisy_parts(pairs, mask)
        z = [part.process.noised(clean, self._level(t, part), rng) for part, clean, rng in zip(parts, x, rngs)]
        log_ps, total = self.clean(z, pairs, mask, t, given, torch.zeros_like(mask)), 0.0
        for part, noisy, clean, log_p in zip(parts, z, x, log_ps):
            levels = [self.alpha[at][part.item] for at in (t, t - 1)]
            true = one_hot(clean, log_p.shape[1]).double()
            q, p = (part.process.posterior(belief, noisy, *levels) for belief in (true, log_p.double().exp()))
            total = total + part.sums((torch.xlogy(q, q) - torch.xlogy(q, p)).sum(1))
        return total

    def _last_divergence(self, process: CategoricalNoise) -> Tensor:
        """KL(q(x_T | x_0) || pi) of each kind: (K,)."""
        pi = process.stationary.double()
        q = process.probabilities(torch.arange(len(pi), device=pi.device), float(self.alpha[-1])).double()
        return (torch.xlogy(q, q) - torch.xlogy(q, pi)).sum(1)
