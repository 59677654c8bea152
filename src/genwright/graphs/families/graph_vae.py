"""GraphVAE (Simonovsky & Komodakis 2018): all of a graph at once from one latent.

    z ~ N(0, I), n ~ p(n | z), a graph y on the first n of the decoder's places: p(y | z, n) = prod_i p(y_i | z)
    prod_i<j p(y_ij | z), then numbered by chance:

    p(x | z)     = p(n | z) 1/n! sum_pi p(x^pi | z, n)             x^pi: node i of x at the place pi(i)
    log p(x)    >= E_q(z|x) [log p(n | z) + max_pi log p(x^pi | z, n)] - log n! - KL(q(z|x) || N(0, I))

since a sum is at least its largest term. Any pi that is found may stand in for the best one, and the bound still holds.
So x is an adjacency matrix, as in all models of graphs here. All its numberings have the same p, and nearly the same
bound: the search for pi breaks ties between nodes by their numbers. With K samples of z, the mean of p(x, z) / q(z |
x), bounded in this way, is a bound too (Burda 2016).

To find the best pi is a quadratic assignment problem. Simonovsky & Komodakis solve it by max-pooling of a similarity
(Cho 2014), which costs n^4. Here the Frank-Wolfe algorithm over doubly stochastic matrices P (Vogelstein 2015)
increases the term itself, which costs n^3:

    f(P) = sum_is P_is U_is + 1/2 sum_k sum_ijst [x_ij = k] P_is P_jt L_k,st        U, L: log p of nodes and of pairs
    P <- P + a (Q - P),  Q the permutation with the largest <Q, grad f(P)>,  a in [0, 1] with the largest f
"""

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn
from torch.nn.functional import one_hot

from ...core.draws import Draws, ItemDraws
from ...core.family import Family
from ...core.monte_carlo import log_average
from ...core.ragged import Ragged, of_padded
from ...core.sample_options import RULED
from ...core.spec import Spec
from ...core.trainable import Batch
from ...distributions.normal import draw, kl_to_standard, log_density_by_variance
from ...families.conditions import drop_given
from ...families.guidance import predict_guided
from .pairs import PairDraws, Pairs, empty_sets

NEVER = 1e6  # nats that a place costs that a graph of n nodes has not
TIES = 1e-3  # nats at most by which the search for pi tells equal nodes apart, so that rounding does not


class GraphVAE(Family):
    """A variational autoencoder of graphs that decodes all nodes and pairs at once (Simonovsky & Komodakis 2018).

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        encoder, decoder: Networks of `graphs.networks.graph_transformer`.
        latents: Numbers in z.
        draws: K of the bound in an evaluation.
        rounds: Rounds of the search for pi.
        warmup: Items over which the weight of the KL term grows to beta.
        beta: Weight of the KL term. Below 1, latents carry more of each graph (Higgins 2017).
    """

    kind = "lower bound"
    sample_options = RULED
    lacks = {"complete": "what is known of a graph says nothing of the places that its nodes have in the decoder"}

    def __init__(
        self, spec: Spec, given: Spec, encoder: nn.Module, decoder: nn.Module, latents: int, draws: int, rounds: int,
        warmup: int, beta: float = 1.0,
    ):  # fmt: skip
        super().__init__(spec, given)
        self.encoder, self.decoder, self.latents = encoder, decoder, latents
        self.draws, self.rounds, self.warmup, self.beta = draws, rounds, warmup, beta

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the negative bound in nats per graph, its KL term times beta."""
        x, given, rng = batch.x, drop_given(self.given, batch.given, batch.rng), batch.rng
        mean, log_var = self.encoder(x, given)
        z = draw(mean, log_var, rng)
        error = -self.log_given(x, z, given).mean()
        divergence = kl_to_standard(mean, log_var).sum(1).mean()
        warm = min(1.0, batch.items / self.warmup) if self.training and self.warmup else 1.0
        return error + self.beta * warm * divergence, {"reconstruction": error.detach(), "kl": divergence.detach()}

    def log_given(self, x: Ragged, z: Tensor, given: Tensor) -> Tensor:
        """Computes a bound on log p(x | z), (B,), by the best matching of nodes to positions that was tried.

        Args:
            x: B graphs.
            z: (B, latents).
            given: (B, G) conditions.
        """
        sizes, nodes, pairs = self._logs(self.decoder(z, given))
        bound = sizes.gather(1, x.sizes[:, None] - 1)[:, 0] - torch.lgamma(x.sizes + 1.0)
        for ids, rows, mask, kinds in x.padded():
            m = mask.shape[1]
            log_nodes, log_pairs = _places(nodes[ids], m), _places(_places(pairs[ids], m).transpose(1, 2), m)
            unary = log_nodes.gather(2, rows[..., :1].long().transpose(1, 2).expand(-1, m, -1)).transpose(1, 2)
            is_joined = one_hot(kinds, log_pairs.shape[3]).to(unary.dtype) * _off_diagonal(mask)[..., None]
            with torch.no_grad():
                place = match_nodes(unary, log_pairs, is_joined, mask, self.rounds)
            at_nodes = unary.gather(2, place[..., None])[..., 0] * mask
            at_pairs = log_pairs.gather(1, place[:, :, None, None].expand_as(log_pairs))
            at_pairs = at_pairs.gather(2, place[:, None, :, None].expand_as(log_pairs))
            bound = bound.index_add(0, ids, at_nodes.sum(1) + (at_pairs * is_joined).sum((1, 2, 3)) / 2)
        return bound

    def sample(self, n: int, given: Tensor, rng: Draws, **guidance: object) -> Ragged:
        draws, once = rng.items(n), torch.ones(n, dtype=torch.long, device=rng.device)
        z = draws.normal(once, self.latents)
        logs = self._logs(predict_guided(lambda given: self.decoder(z, given), given, **guidance))
        return self._graphs(1 + draws.categories(once, logs[0].exp()), logs, draws)

    def encode(self, x: Ragged, given: Tensor) -> Tensor:
        """Computes the mean of q(z | x): (B, latents)."""
        return self.encoder(x, given)[0]

    def decode(self, z: Tensor, given: Tensor) -> Ragged:
        """Returns graphs of the likeliest size, with the likeliest kinds of nodes and pairs."""
        logs = self._logs(self.decoder(z, given))
        return self._graphs(1 + logs[0].argmax(1), logs, None)

    def log_likelihood(self, x: Ragged, given: Tensor, rng: Draws, draws: int | None = None) -> tuple[Tensor, Tensor]:
        """Estimates the importance-weighted bound from K = draws samples of z per item."""
        mean, log_var = self.encoder(x, given)
        items, once, log_w = rng.items(len(x)), torch.ones_like(x.sizes), []
        for _ in range(draws or self.draws):
            z = mean + (0.5 * log_var).exp() * items.normal(once, self.latents)
            zero = torch.zeros_like(mean)
            weight = log_density_by_variance(z, zero, zero) - log_density_by_variance(z, mean, log_var)
            log_w.append(self.log_given(x, z, given) + weight)
        return log_average(torch.stack(log_w).double())

    def _logs(self, out: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The decoder's outputs (B, outputs) as log p of the size (B, M), of the kinds of nodes (B, M, k) and of pairs
        (B, M, M, K), the same both ways."""
        return tuple(part.float().log_softmax(-1) for part in self.decoder.split_outputs(out))

    def _graphs(self, sizes: Tensor, logs: tuple[Tensor, Tensor, Tensor], draws: ItemDraws | None) -> Ragged:
        """Graphs of these sizes (B,): drawn, or without draws the likeliest kinds."""
        _, nodes, pairs = logs
        parts = []
        for ids, rows, mask, _ in empty_sets(sizes, self.spec.leaf.each.width).padded():
            m, pairs_of_graph = mask.shape[1], Pairs(mask)
            log_nodes, log_pairs = _places(nodes[ids], m), _places(_places(pairs[ids], m).transpose(1, 2), m)
            of_nodes, of_pairs = log_nodes[mask], pairs_of_graph.packed(log_pairs)
            if draws is None:
                kinds, pair_kinds = of_nodes.argmax(1), of_pairs.argmax(1)
            else:
                kinds = PairDraws(draws[ids], mask.sum(1)).categories(of_nodes.exp())
                pair_kinds = PairDraws(draws[ids], pairs_of_graph.counts).categories(of_pairs.exp())
            rows = rows.clone()
            rows[..., 0][mask] = kinds.float()
            parts.append((ids, rows, mask, pairs_of_graph.dense(pair_kinds)))
        return of_padded(parts)


def match_nodes(unary: Tensor, log_pairs: Tensor, is_joined: Tensor, mask: Tensor, rounds: int) -> Tensor:
    """Matches the nodes of graphs to positions of the decoder, so that the likelihood is high.

    (b, m) int64: a permutation per graph, from nodes to positions. The n nodes of a graph get the first n positions
    and padding gets the others.

    Args:
        unary: (b, m, m) log p of node i's kind at position s.
        log_pairs: (b, m, m, K) log p of each kind for the pair of positions s, t.
        is_joined: (b, m, m, K) one-hot kinds of the pairs of nodes, 0 where there is no pair.
        mask: (b, m) False at padding.
    """
    unary, log_pairs, is_joined = unary.double(), log_pairs.double(), is_joined.double()
    unary = unary + TIES * Draws("ties", device=unary.device).uniform(unary.shape[1:])
    is_unmatched = mask[:, :, None] != mask[:, None]
    unary = torch.where(mask[:, :, None] & mask[:, None], unary, 0.0).masked_fill(is_unmatched, -NEVER)
    log_pairs, is_joined = log_pairs.permute(3, 0, 1, 2), is_joined.permute(3, 0, 1, 2)
    exists = (mask[:, :, None] & mask[:, None]).to(unary.dtype)
    p = exists / mask.sum(1)[:, None, None] + torch.diag_embed((~mask).to(unary.dtype))
    pairwise = lambda p: (is_joined @ p @ log_pairs).sum(0)  # sum over j, t of the pairs of i and s with them
    gradient = pairwise(p)
    for _ in range(rounds):
        q = _permutation(unary + gradient)
        of_q = pairwise(q)
        step = q - p
        slope = ((unary + gradient) * step).sum((1, 2))
        bend = ((of_q - gradient) * step).sum((1, 2)) / 2  # f(P + a (Q - P)) = f(P) + slope a + bend a^2
        inner = (-slope / (2 * bend.clamp(max=-1e-12))).clamp(0, 1)
        a = torch.where(bend < 0, inner, (slope + bend > 0).to(slope.dtype))[:, None, None]
        p, gradient = p + a * step, gradient + a * (of_q - gradient)
    return _permutation(unary + gradient if rounds else unary).argmax(2)


def _permutation(gain: Tensor) -> Tensor:
    """(b, m, m) -> the permutation matrices with the largest sum of gains."""
    permutations = torch.zeros_like(gain)
    for assignment, rows in zip(permutations, gain.cpu().numpy()):
        assignment[linear_sum_assignment(rows, maximize=True)] = 1.0
    return permutations


def _places(positions: Tensor, m: int) -> Tensor:
    """(b, M, ...) -> (b, m, ...): the first m places. If a padded graph has more than M places, the last one repeats,
    and no node comes there."""
    at = torch.arange(m, device=positions.device).clamp(max=positions.shape[1] - 1)
    return positions[:, at]


def _off_diagonal(mask: Tensor) -> Tensor:
    """(b, m, m) bool: pairs of two different nodes."""
    return mask[:, :, None] & mask[:, None] & ~torch.eye(mask.shape[1], dtype=torch.bool, device=mask.device)
