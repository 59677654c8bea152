"""Holes of a sequence drawn in view of what is known behind them: sequential Monte Carlo (Gordon et al. 1993), twisted
by what a chain of pairs foresees (Guarniero et al. 2017).

    psi_t(i) = P(known symbols behind place t | x_t = i) in a chain of pairs,  q_t(i) = p(x_t = i | x_<t) psi_t(i)
    unknown:  x_t ~ q_t / sum_i q_t(i),   w <- w sum_i q_t(i) / psi_{t - 1}(x_{t - 1})
    known:    x_t stays,                  w <- w q_t(x_t) / psi_{t - 1}(x_{t - 1})

of several particles an item. If few have all the weight, copies of them take the places of the others. One particle
is left in the end, drawn by weight: with more and more of them, of p(unknown part | known part), whatever the pairs.

p(known part) is the sum over all fillings of the holes. It is estimated with particles that are all different: each
continues with every symbol, and as many of these continuations as there are particles stay, heavy ones for certain, the
others by their weight and with more of it, which leaves the mean of the sum (Fearnhead & Clifford 2003). The estimate
is unbiased, and is the sum itself where there are no more fillings than particles.
"""

import torch
from torch import Tensor, nn

from ...core.draws import Draws
from ...distributions.logit_masks import NEVER, Endings
from ..symbol_by_symbol import draw_in_turn

PARTICLES_AT_ONCE = 512  # particles that are walked at once, for memory
LINES = 128  # drawn to count pairs in
UNSEEN = 2.0  # pairs that are added after every symbol, as symbols occur


def complete_by_particles(
    network: nn.Module, head: nn.Module, x: Tensor, known: Tensor, given: Tensor, rng: Draws, particles: int
) -> Tensor:
    """Completes sequences by particles that look ahead to known tokens, (B, T); x where it is known.

    It runs in full precision, as all sampling token by token.

    Args:
        network: Network of `networks.causal`, whose walks can be sent rows.
        head: Distribution of a token.
        x: (B, T) tokens.
        known: bool like x.
        given: (B, G) conditions.
        rng: Random numbers.
        particles: Number of particles of a sequence.
    """
    with torch.inference_mode(), torch.autocast(x.device.type, enabled=False):
        chain = TokenChain(network, head, given)
        parts = zip(*(rows.split(max(1, PARTICLES_AT_ONCE // particles)) for rows in (x, known, given)))
        rngs = (Draws(rng.seed, "particles", number, device=rng.device) for number in range(len(x)))
        return torch.cat(
            [_run_chains(network, head, *part, chain, item_rng, particles) for part, item_rng in zip(parts, rngs)]
        )


def _run_chains(
    network: nn.Module, head: nn.Module, x: Tensor, known: Tensor, given: Tensor, chain: "TokenChain", rng: Draws,
    particles: int,
) -> Tensor:  # fmt: skip
    last, weights = rng.uniform(len(x), 1), torch.zeros(len(x), particles, device=x.device)  # logs
    endings, log_ahead = Endings.from_leaf(network.leaf, x, known), chain.ahead(x, known)
    repeat_rows = lambda rows: rows.repeat_interleave(particles, 0)
    endings = Endings(endings.leaf, repeat_rows(endings.first), repeat_rows(endings.last))
    x, known = repeat_rows(x), repeat_rows(known)
    walk, chain_move, foreseen = network.walk(x, repeat_rows(given)), None, x.new_zeros(len(x))
    while True:
        try:
            (t,), logits = walk.send(chain_move)
        except StopIteration:
            break
        place = torch.tensor([t], device=x.device)
        previous = x[:, t - 1 : t].long() if t else x.new_zeros((len(x), 1), dtype=torch.long)
        psi = repeat_rows(log_ahead[t])
        twisted = endings.masked((logits.log_softmax(-1) + psi)[:, None], previous, place)[:, 0]
        x[:, t] = torch.where(known[:, t], x[:, t], head.sample(twisted, rng))
        at = x[:, t : t + 1].long()
        gain = torch.where(known[:, t], twisted.gather(1, at)[:, 0], twisted.logsumexp(1))
        weights += (gain - foreseen).view_as(weights)
        foreseen = psi.gather(1, at)[:, 0]
        weights, chain_move = resample(weights, rng)
        if chain_move is not None:
            x[:], foreseen = x[chain_move], foreseen[chain_move]
    picked_particle = torch.searchsorted(weights.softmax(1).cumsum(1), last)[:, 0].clamp(max=particles - 1)
    return x.view(len(picked_particle), particles, -1)[
        torch.arange(len(picked_particle), device=x.device), picked_particle
    ]


def log_mass_of_known(
    network: nn.Module, x: Tensor, known: Tensor, given: Tensor, chain: "TokenChain", rng: Draws, particles: int
) -> Tensor:
    """Estimates log p(known part), (B,), from an unbiased estimate of p(known part). Other arguments are those of
    `complete_by_particles`. Other arguments are those of `complete_by_particles`.

    Args:
        network: The network.
        x: (B, *shape) items.
        known: bool like x, True where a number is known.
        given: (B, G) conditions of the items.
        chain: Chain that looks ahead.
        rng: Random numbers.
        particles: Number of particles.
    """
    with torch.inference_mode(), torch.autocast(x.device.type, enabled=False):
        parts = zip(*(rows.split(max(1, PARTICLES_AT_ONCE // particles)) for rows in (x, known, given)))
        return torch.cat([_log_mass(network, *part, chain, rng, particles) for part in parts])


def _log_mass(
    network: nn.Module, x: Tensor, known: Tensor, given: Tensor, chain: "TokenChain", rng: Draws, particles: int
) -> Tensor:
    endings, log_ahead = Endings.from_leaf(network.leaf, x, known), chain.ahead(x, known)
    repeat_rows = lambda rows: rows.repeat_interleave(particles, 0)
    endings = Endings(endings.leaf, repeat_rows(endings.first), repeat_rows(endings.last))
    weights = torch.full((len(x), particles), -torch.inf, dtype=torch.double, device=x.device)
    weights[:, 0] = 0.0  # logs, of one particle that has no symbol yet
    begin, symbol = particles * torch.arange(len(x), device=x.device)[:, None], torch.arange(network.leaf.k).to(x)
    x, known = repeat_rows(x), repeat_rows(known)
    walk, parents, foreseen = network.walk(x, repeat_rows(given)), None, torch.zeros_like(weights)
    while True:
        try:
            (t,), logits = walk.send(parents)
        except StopIteration:
            return (weights - foreseen).logsumexp(1)
        place = torch.tensor([t], device=x.device)
        previous = x[:, t - 1 : t].long() if t else x.new_zeros((len(x), 1), dtype=torch.long)
        psi = repeat_rows(log_ahead[t])
        twisted = endings.masked((logits.log_softmax(-1) + psi)[:, None], previous, place)[:, 0].double()
        is_impossible = (twisted <= NEVER / 2) | known[:, t, None] & (symbol != x[:, t, None])
        grown_weights = (weights - foreseen)[..., None] + twisted.masked_fill(is_impossible, -torch.inf).view(
            *weights.shape, -1
        )
        survivors, weights = thin(grown_weights.flatten(1), particles, rng)
        parents, at = (begin + survivors // len(symbol)).flatten(), (survivors % len(symbol)).view(-1, 1)
        x[:] = x[parents]
        x[:, t] = at[:, 0]
        foreseen = psi.gather(1, at).view_as(weights).double()


def thin(weights: Tensor, count: int, rng: Draws) -> tuple[Tensor, Tensor]:
    """Thins weighted particles to `count` of them without bias. Returns their indices (B, count) and new log weights,
    -inf where fewer stay.

    Weights above a limit c stay for certain. Others stay with probability w / c, and then weigh c. The limit
    is such that `count` stay.

    Args:
        weights: (B, M) log weights.
        count: number of particles to keep.
        rng: random numbers.
    """
    w = (weights - weights.amax(1, keepdim=True)).exp()
    top = w.topk(min(count, w.shape[1]), 1).values
    remaining = (w.sum(1, keepdim=True) - top.cumsum(1) + top).clamp(min=0)  # mass of each of the top and all below
    limits = remaining / (count - torch.arange(top.shape[1], device=w.device))
    certain = (top > limits).long().cumprod(1).sum(1, keepdim=True).clamp(max=top.shape[1] - 1)
    chance = (w / limits.gather(1, certain)).nan_to_num(0.0).clamp(max=1)
    ranks, u = chance.cumsum(1), rng.uniform(len(w), 1, dtype=torch.double).clamp(min=1e-9)
    points = torch.arange(1, count + 1, device=w.device) - u
    survivors = torch.searchsorted(ranks, points).clamp(max=w.shape[1] - 1)
    log_weights = weights.gather(1, survivors) - chance.gather(1, survivors).clamp(min=1e-300).log()
    return survivors, log_weights.masked_fill(points > ranks[:, -1:], -torch.inf)


def resample(weights: Tensor, rng: Draws) -> tuple[Tensor, Tensor | None]:
    """Resamples the particles of items whose effective sample size is below half, systematically.

    Returns log weights (B, K), and for each of the B K rows the row that takes its place; None where no item resamples.

    Args:
        weights: (B, K) log weights.
        rng: Random numbers.
    """
    items, particles = weights.shape
    start, share = rng.uniform(items, 1), weights.softmax(1)
    needs_resampling = 1 / share.square().sum(1) < particles / 2
    if not needs_resampling.any():
        return weights, None
    place = torch.arange(particles, device=weights.device)
    ancestors = torch.searchsorted(share.cumsum(1), (place + start) / particles).clamp(max=particles - 1)
    rows = (
        torch.where(needs_resampling[:, None], ancestors, place)
        + particles * torch.arange(items, device=weights.device)[:, None]
    )
    return weights.masked_fill(needs_resampling[:, None], 0.0), rows.flatten()


class TokenChain:
    """A Markov chain of tokens, estimated from the pairs of tokens in lines that a network draws.

    Args:
        network: The network.
        head: Distribution of a number, of `distributions.heads`.
        given: (B, G) conditions of the items.
    """

    def __init__(self, network: nn.Module, head: nn.Module, given: Tensor):
        rng, leaf = Draws("pairs", device=given.device), network.leaf
        x, unsaid = torch.zeros(LINES, *leaf.shape, device=given.device), torch.full_like(given[:1], torch.nan)
        draw_in_turn([network.walk(x, unsaid.expand(LINES, -1))], x, None, head, rng)
        first, second = x[:, :-1].long().flatten(), x[:, 1:].long().flatten()
        pairs, self.counts = torch.unique(first * leaf.k + second, return_counts=True)
        self.first, self.second = pairs // leaf.k, pairs % leaf.k
        self.rows = torch.bincount(first, minlength=leaf.k) + UNSEEN
        counts = torch.bincount(second, minlength=leaf.k) + 1.0
        self.share = counts / counts.sum()

    def ahead(self, x: Tensor, known: Tensor) -> list[Tensor]:
        """Computes log psi_t (B, k) for every place: how likely the known part ahead is after each token, up to a
        constant of item and place."""
        psi, logs = x.new_ones(len(x), len(self.rows)), []
        for t in reversed(range(x.shape[1])):
            logs.append(psi.log())
            known_psi = torch.zeros_like(psi).scatter_(1, x[:, t : t + 1].long(), 1.0) * psi
            psi = torch.where(known[:, t : t + 1], known_psi, psi)
            observed = torch.zeros_like(psi).index_add_(1, self.first, psi[:, self.second] * self.counts)
            psi = (observed + UNSEEN * (psi @ self.share)[:, None]) / self.rows
            psi = psi / psi.amax(1, keepdim=True)
        return logs[::-1]
