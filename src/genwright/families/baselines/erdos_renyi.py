"""Random graphs in which pairs are joined independently, as often as in training graphs of the same size (Gilbert 1959;
usually named after Erdos and Renyi). Types of nodes have their frequencies. The model knows nothing of structure.

    p(n, x, k) = p(n) prod_i p(k_i) prod_i<j p(x_ij | n)
"""

import torch
from torch import Tensor

from ...core.draws import Draws, ItemDraws
from ...core.family import Family
from ...core.ragged import Ragged, of_padded
from ...core.spec import Spec
from ...core.trainable import Items, Stage
from ...distributions.sizes import Sizes
from ..pairs import Pairs, alone

PRIOR = 10  # pairs of usual kinds that are added to those seen of each size


class ErdosRenyi(Family):
    allow_bf16 = False
    conditional = False
    completes = "exact"
    method = "pairs joined independently, as often as in training graphs of the size"

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        usual = torch.tensor(spec.leaf.pairs.margin.probs, dtype=torch.float64)
        self.sizes = Sizes(spec.leaf)
        self.register_buffer("kinds", usual.repeat(len(self.sizes.probs), 1))  # (S, K), of pairs by the size
        (node,) = spec.leaf.each.columns
        frequencies = torch.tensor(node.margin.probs if node.k > 1 else [1.0], dtype=torch.float64)
        self.register_buffer("of_nodes", frequencies, False)  # (k,)

    def stages(self) -> list[Stage]:
        return []

    def finish(self, items: Items, rng: Draws) -> None:
        seen = torch.zeros_like(self.kinds).index_add(0, items.x.sizes - 1, self._counts(items.x))
        seen += PRIOR * self.kinds
        self.kinds = seen / seen.sum(1, keepdim=True)

    def sample(self, n: int, given: Tensor, rng: Draws) -> Ragged:
        draws, none = rng.items(n), torch.zeros(n, dtype=torch.long, device=rng.device)
        return self._sample_pairs(alone(self.sizes.sample(draws, none), self.spec.leaf.each.width), draws)

    def log_likelihood(self, x: Ragged, given: Tensor, rng: Draws, draws: int | None = None) -> tuple[Tensor, None]:
        """Exact nats (B,) of a graph with numbered nodes; rng and draws are not used."""
        kinds, nodes = self.kinds[x.sizes - 1].log(), self.of_nodes.log()[x.x[:, 0].long()]
        of_nodes = torch.zeros(len(x), dtype=torch.float64, device=x.device).index_add(0, x.item, nodes)
        return self.sizes.log_prob(x.sizes) + of_nodes + (self._counts(x) * kinds).sum(1), None

    def fill(self, x: Ragged, known: Ragged, given: Tensor, rng: Draws) -> Ragged:
        """The size given the known part, p(n) prod p(known x_ij | n) for n that hold it, and the other pairs by it.
        With open pairs, all nodes are there."""
        draws, width = rng.items(len(x)), x.x.shape[1]
        count = x.count(known.x.any(1))
        part = self._counts(x.filled(known, alone(count, width)))
        enough = torch.arange(1, len(self.sizes.probs) + 1, device=count.device) >= count[:, None]
        logs = self.sizes.probs.log() + part @ self.kinds.log().T
        p = logs.masked_fill(~enough, -torch.inf).softmax(1).float()
        sizes = torch.where(known.some_open, count, 1 + draws.categories(torch.ones_like(count), p))
        return x.filled(known, self._sample_pairs(alone(sizes, width), draws))

    def _sample_pairs(self, x: Ragged, draws: ItemDraws) -> Ragged:
        """x with other pairs, and nodes of other kinds."""
        if len(self.of_nodes) > 1:
            kinds = draws.categories(x.sizes, self.of_nodes.float().expand(len(x.x), -1))
            x = x.with_x(kinds[:, None].float())
        parts = []
        for ids, rows, mask, _ in x.padded():
            pairs = Pairs(mask)
            kinds = self.kinds[x.sizes[ids] - 1][pairs.item].float()
            parts.append((ids, rows, mask, pairs.dense(draws[ids].categories(pairs.counts, kinds))))
        return of_padded(parts)

    def _counts(self, x: Ragged) -> Tensor:
        """(B, K) float64: pairs of each kind in each set."""
        kind, item = x.pairs.values.long(), x.item[x.pairs.target]
        counts = torch.zeros(len(x), self.kinds.shape[1], dtype=torch.float64, device=x.device)
        counts.index_put_((item, kind), torch.tensor(0.5, dtype=torch.float64, device=x.device), accumulate=True)
        counts[:, 0] = x.sizes * (x.sizes - 1) / 2 - counts[:, 1:].sum(1)
        return counts
