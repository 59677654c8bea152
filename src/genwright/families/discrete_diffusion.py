"""Discrete denoising diffusion of graphs (Vignac 2023, DiGress; Austin 2021), over the kinds of their pairs of nodes.

    q(n), q(x_0 | n)       n nodes, x_0 the kind of every pair i < j, of which "nothing" is one
    q(x_t | x_0)           each pair by itself towards the kinds' frequencies pi (`categorical_noise`), t = 1 ... T
    train:  t ~ U{1 ... T},  min E -log p(x_0 | x_t, t)           the network gives every pair its distribution
    draw:   n ~ p(n), x_T ~ pi, then x_t-1 ~ sum_x0 q(x_t-1 | x_t, x_0) p(x_0 | x_t) for t = T ... 1
    bound:  log p(n, x_0) >= log p(n) - KL(q(x_T | x_0) || pi) - sum_t E KL(q(x_t-1 | x_t, x_0) || p(x_t-1 | x_t))

The term of t = 1 is E -log p(x_0 | x_1). p(n) is the histogram of training graphs. What p gives a mass to is a graph
whose nodes are numbered: an adjacency matrix. As the network treats all nodes alike and pi does too, all numberings of
a graph have the same mass, and the graph without numbers has that of one times how many there are, n! over its
automorphisms.

The network corrects what pairs would say if they were independent, p(x_0 | x_t) in proportion to pi(x_0) q(x_t | x_0),
with which it begins.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from ..core.draws import Draws, ItemDraws
from ..core.family import Family
from ..core.monte_carlo import average
from ..core.ragged import Ragged, of_padded
from ..core.spec import Spec
from ..core.trainable import Batch, Items
from ..distributions.sizes import Sizes
from .categorical_noise import Categorical, drawn
from .conditions import drop_given, guided, stratified
from .masks import draw_known_members
from .noise_schedules import cosine
from .pairs import PairDraws, Pairs, alone

COSTS, MEASURED = 24, 128  # steps of the chain at which the terms of the bound are measured, and on how many graphs
REPEATS, FEWEST = 8, 8  # independent estimates of the bound, at most; terms of each where they allow it
EVEN = 0.1  # of the draws of t, spread evenly over the chain


class DiscreteDiffusion(Family):
    """network: of `networks.graph_transformer`. steps: T. terms: of the sum in the bound that are evaluated, a call of
    the network each. spec: of sets whose members are all alike and whose pairs have kinds, with their frequencies.
    """

    kind = "lower bound"
    method = "denoiser learned with a part of the nodes as a condition; their number drawn from those at least as large"

    def __init__(self, spec: Spec, given: Spec, network: nn.Module, steps: int, terms: int):
        super().__init__(spec, given)
        self.network, self.steps, self.terms = network, steps, terms
        self.sizes = Sizes(spec.leaf)
        self.process = Categorical(torch.tensor(spec.leaf.pairs.margin.probs))
        alpha = torch.cat([torch.ones(1, dtype=torch.float64), (1 - cosine(steps)).cumprod(0)])
        self.register_buffer("alpha", alpha, False)  # (T + 1,): alpha[t] of x_t is left
        self.register_buffer("cost", torch.ones(steps, dtype=torch.float64))  # usual terms of the bound, of 1 ... T

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """-log p(x_0 | x_t) of the pairs that are not known, nats per graph."""
        rng, given = batch.rng, drop_given(self.given, batch.given, batch.rng)
        t = 1 + (stratified(len(batch.x), rng) * self.steps).long().clamp(max=self.steps - 1)
        total = 0.0
        chosen = draw_known_members(batch.x, rng)[:, None].float()
        for ids, rows, mask, kinds in batch.x.with_x(chosen).padded():
            pairs, known = Pairs(mask), rows[..., 0] > 0
            x, free = pairs.packed(kinds), ~pairs.both(known)
            z = torch.where(free, self.process.noised(x, self._level(t[ids], pairs), rng), x)
            log_p = self.clean(z, pairs, mask, t[ids], given[ids], known)
            total = total - (log_p.gather(1, x[:, None])[:, 0] * free).sum()
        return total / len(batch.x), {}

    def clean(self, z: Tensor, pairs: Pairs, mask: Tensor, t: Tensor, given: Tensor, known: Tensor) -> Tensor:
        """log p(x_0 | x_t = z): (P, K). z: (P,) int64. t: (b,). known: (b, m) members; pairs of two are known."""
        raw = self.network(pairs.dense(z), mask, t / self.steps, given, known)
        pi, alpha = self.process.stationary, self._level(t, pairs)[:, None]
        forward = alpha * one_hot(z, len(pi)) + (1 - alpha) * pi[z][:, None]  # q(z | x_0), of each x_0
        return (pairs.packed(raw).float() + (pi * forward).log()).log_softmax(1)

    def _level(self, t: Tensor, pairs: Pairs) -> Tensor:
        """alpha_t (P,) of each pair. t: (b,)."""
        return self.alpha[t][pairs.item].float()

    # ------------------------------------------------------------------ draws

    def sample(self, n: int, given: Tensor, rng: Draws, guidance: float = 1.0) -> Ragged:
        draws, none = rng.items(n), torch.zeros(n, dtype=torch.long, device=rng.device)
        x = alone(self.sizes.sample(draws, none), self.spec.leaf.each.width)
        return self._walk(x, none, given, draws, guidance)

    def fill(self, x: Ragged, known: Ragged, given: Tensor, rng: Draws) -> Ragged:
        """Graphs of at least as many nodes as are known, which come first. The number is drawn from the histogram of
        sizes, whatever is known."""
        draws = rng.items(len(x))
        count = x.count(known.x.any(1))
        whole = x.filled(known, alone(self.sizes.sample(draws, count), x.x.shape[1]))
        return self._walk(whole, count, given, draws, 1.0)

    def _walk(self, x: Ragged, count: Tensor, given: Tensor, draws: ItemDraws, guidance: float) -> Ragged:
        """Draws of the pairs of x, but for those of its first `count` (B,) nodes, which stay."""
        parts = []
        for ids, rows, mask, kinds in x.padded():
            pairs = Pairs(mask)
            rng = PairDraws(draws[ids], pairs.counts)
            known = torch.arange(mask.shape[1], device=mask.device) < count[ids, None]
            free, z = ~pairs.both(known), pairs.packed(kinds)
            z = torch.where(free, self.process.start(z.shape, rng), z)
            for t in range(self.steps, 0, -1):
                now = torch.full_like(ids, t)
                log_p = guided(lambda given: self.clean(z, pairs, mask, now, given, known), given[ids], guidance)
                after = self.process.posterior(log_p.softmax(1), z, float(self.alpha[t]), float(self.alpha[t - 1]))
                z = torch.where(free, drawn(after, rng), z)
            parts.append((ids, rows, mask, pairs.dense(z)))
        return of_padded(parts)

    # ------------------------------------------------------------------ likelihood, in nats

    def finish(self, items: Items, rng: Draws) -> None:
        """Measure the terms of the bound at some t, between them on straight lines of logs."""
        few = items[rng.permutation(len(items))[:MEASURED]]
        places = torch.linspace(1, self.steps, min(COSTS, self.steps)).round().long().unique()
        found = torch.zeros(len(places), dtype=torch.float64, device=self.cost.device)
        for ids, _, mask, kinds in few.x.padded():
            pairs = Pairs(mask)
            for k, t in enumerate(places.tolist()):
                term = self._term(pairs.packed(kinds), pairs, mask, torch.full_like(ids, t), few.given[ids], rng)
                found[k] += term.sum()
        logs = found.clamp(min=1e-12).log().cpu().numpy()
        every = np.interp(np.arange(1, self.steps + 1), places.numpy(), logs)
        self.cost = torch.from_numpy(np.exp(every)).to(found.device)

    def log_likelihood(self, x: Ragged, given: Tensor, rng: Draws, draws: int | None = None):
        """The variational bound (B,), estimated without bias from `draws` (else `terms`) of its terms, and its standard
        error."""
        count = draws or self.terms
        repeats = min(count, max(2, count // FEWEST), REPEATS)
        chance = (1 - EVEN) * self.cost / self.cost.sum() + EVEN / self.steps
        items, ranks, each = rng.items(len(x)), chance.cumsum(0), count // repeats
        bound = self.sizes.log_prob(x.sizes).repeat(repeats, 1)
        for ids, _, mask, kinds in x.padded():
            pairs = Pairs(mask)
            z, own = pairs.packed(kinds), items[ids]
            bound[:, ids] -= pairs.sums(self._last[z])
            for k in range(repeats * each):
                u = own.uniform(torch.ones_like(ids)).double()
                t = 1 + torch.searchsorted(ranks, (k % each + u) / each).clamp(max=self.steps - 1)
                term = self._term(z, pairs, mask, t, given[ids], PairDraws(own, pairs.counts))
                bound[k // each, ids] -= term / (chance[t - 1] * each)
        return average(bound)

    def _term(self, x: Tensor, pairs: Pairs, mask: Tensor, t: Tensor, given: Tensor, rng: Draws | PairDraws) -> Tensor:
        """KL(q(x_t-1 | x_t, x_0 = x) || p(x_t-1 | x_t)) at a draw of x_t: (b,). t: (b,)."""
        now, after = (self.alpha[at][pairs.item] for at in (t, t - 1))
        z = self.process.noised(x, now.float(), rng)
        log_p = self.clean(z, pairs, mask, t, given, torch.zeros_like(mask))
        true = one_hot(x, log_p.shape[1]).double()
        q, p = (self.process.posterior(belief, z, now, after) for belief in (true, log_p.double().exp()))
        return pairs.sums((torch.xlogy(q, q) - torch.xlogy(q, p)).sum(1))

    @property
    def _last(self) -> Tensor:
        """KL(q(x_T | x_0) || pi) of a pair of each kind: (K,)."""
        pi = self.process.stationary.double()
        q = self.process.probabilities(torch.arange(len(pi), device=pi.device), float(self.alpha[-1])).double()
        return (torch.xlogy(q, q) - torch.xlogy(q, pi)).sum(1)
