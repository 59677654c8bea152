"""Random graphs whose pairs are joined independently, as often as in training graphs of their size (Gilbert 1959;
usually called after Erdos and Renyi): what says nothing of structure.

    p(n, x) = p(n) prod_i<j p(x_ij | n)
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..core.draws import Draws
from ..core.family import Family
from ..core.ragged import Ragged, of_padded
from ..core.spec import Spec
from ..core.trainable import Items, Stage
from .pairs import PairDraws, Pairs, alone, drawn_sizes

PRIOR = 10  # pairs of usual kinds that are added to those seen of each size


class ErdosRenyi(Family):
    allow_bf16 = False
    completes = "exact"
    method = "pairs joined independently, as often as in training graphs of the size"

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        usual = torch.tensor(spec.leaf.pairs.margin.probs, dtype=torch.float64)
        self.register_buffer("sizes", torch.tensor(spec.leaf.sizes.probs, dtype=torch.float64), False)  # of 1, 2, ..
        self.register_buffer("kinds", usual.repeat(len(self.sizes), 1))  # (S, K), of pairs by the size

    def stages(self) -> list[Stage]:
        return []

    def finish(self, items: Items, rng: Draws) -> None:
        seen = torch.zeros_like(self.kinds).index_add(0, items.x.sizes - 1, self._counts(items.x))
        seen += PRIOR * self.kinds
        self.kinds = seen / seen.sum(1, keepdim=True)

    def sample(self, n: int, given: Tensor, rng: Draws, guidance: float = 1.0) -> Ragged:
        streams = rng.items(n).streams
        return self._drawn(alone(drawn_sizes(self.sizes.expand(n, -1), streams), self.spec.leaf.each.width), streams)

    def log_likelihood(self, x: Ragged, given: Tensor, rng: Draws, draws: int | None = None) -> tuple[Tensor, None]:
        """Exact nats (B,) of a graph with numbered nodes; rng and draws are not used."""
        at = x.sizes - 1
        return self.sizes[at].log() + (self._counts(x) * self.kinds[at].log()).sum(1), None

    def fill(self, x: Ragged, known: Ragged, given: Tensor, rng: Draws) -> Ragged:
        """The size given the known part, p(n) prod p(known x_ij | n) for n that hold it, and the other pairs by it."""
        streams = rng.items(len(x)).streams
        count = torch.zeros_like(x.sizes).index_add(0, x.item, known.x.any(1).long())
        part = x.filled(known, alone(count, x.x.shape[1]))
        enough = torch.arange(1, len(self.sizes) + 1, device=count.device) >= count[:, None]
        logs = self.sizes.log() + self._counts(part) @ self.kinds.log().T
        sizes = drawn_sizes(logs.masked_fill(~enough, -torch.inf).softmax(1), streams)
        return x.filled(known, self._drawn(alone(sizes, x.x.shape[1]), streams))

    def _drawn(self, x: Ragged, streams: list[Draws]) -> Ragged:
        """x with other pairs."""
        parts = []
        for ids, rows, mask, _ in x.padded():
            pairs = Pairs(mask)
            rng = PairDraws([streams[i] for i in ids.tolist()], pairs.counts)
            drawn = rng.categories(self.kinds[x.sizes[ids] - 1][pairs.item])[:, 0]
            parts.append((ids, rows, mask, pairs.dense(drawn)))
        return of_padded(parts)

    def _counts(self, x: Ragged) -> Tensor:
        """(B, K) float64: pairs of each kind in each set."""
        kind, item = x.pairs.values.long(), x.item[x.pairs.target]
        counts = torch.zeros(len(x), self.kinds.shape[1], dtype=torch.float64, device=x.device)
        counts.index_put_((item, kind), torch.tensor(0.5, dtype=torch.float64, device=x.device), accumulate=True)
        counts[:, 0] = x.sizes * (x.sizes - 1) / 2 - counts[:, 1:].sum(1)
        return counts
