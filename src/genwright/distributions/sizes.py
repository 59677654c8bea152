"""How many members a set has: the histogram of `Members` as a distribution, and how conditions change it.

    p(n | c) in proportion to p(n) prod_j p(c_j | n),    p(c_j | n) = (count(c_j, n) + s p(c_j)) / (count(n) + s)

counted on training sets, numbers c_j by bins of their margin. Without it a model that is asked for twelve edges could
sample the size of a set with six. Hoogeboom 2022 samples n with c from such a histogram. Several conditions are
independent given n.
"""

import torch
from torch import Tensor, nn

from ..core.draws import ItemDraws
from ..core.spec import Category, Leaf, Members, Spec

BINS = 32  # of a number, at most
STRENGTH = 1.0  # s, in sets


class Sizes(nn.Module):
    """leaf: its `sizes` have a bin for each whole number from 1. given: variables. `learn` counts what the scalar ones
    say of the size; until then, and where one is absent, it says nothing. Nothing is counted of a text."""

    def __init__(self, leaf: Members, given: Spec | None = None):
        super().__init__()
        probs = torch.tensor(leaf.sizes.probs, dtype=torch.float64)
        self.register_buffer("probs", probs / probs.sum(), False)
        scalars = [(sum(given.widths[:at]), of) for at, of in enumerate(given.columns) if not of.shape] if given else []
        self.columns = [column for column, _ in scalars]
        self.inner = [_inner_edges(leaf) for _, leaf in scalars]
        for j in range(len(self.inner)):
            self.register_buffer(f"told_{j}", None)  # (bins, N) counts

    def flaw(self) -> str:
        """As that of a `Trainable`."""
        for j, inner in enumerate(self.inner):
            counts = getattr(self, f"told_{j}")
            if counts is not None and (counts.shape != (len(inner) + 1, len(self.probs)) or (counts < 0).any()):
                return "counts of sizes that are not there"
        return ""

    @property
    def mean(self) -> float:
        return float((self.probs * torch.arange(1, len(self.probs) + 1, device=self.probs.device)).sum())

    def learn(self, sizes: Tensor, given: Tensor) -> None:
        """Count what is given, (n, G), of training sets of sizes (n,)."""
        for j, (column, inner) in enumerate(zip(self.columns, self.inner)):
            known = ~given[:, column].isnan()
            bins = torch.bucketize(given[known, column].double(), inner.to(given.device))
            counts = torch.bincount(
                bins * len(self.probs) + sizes[known] - 1, minlength=(len(inner) + 1) * len(self.probs)
            )
            setattr(self, f"told_{j}", counts.view(-1, len(self.probs)).double())

    def log_prob(self, sizes: Tensor, given: Tensor | None = None) -> Tensor:
        """(B,) float64, of sizes (B,), where (B, G) is given."""
        if given is None or not self.inner:
            return self.probs.log()[sizes - 1]
        return self._conditional_masses(given).log().gather(1, sizes[:, None] - 1)[:, 0]

    def sample(self, draws: ItemDraws, least: Tensor, given: Tensor | None = None) -> Tensor:
        """(B,) int64, as many as draws has streams, each at least as large as `least` (B,) says."""
        number = torch.arange(1, len(self.probs) + 1, device=least.device)
        p = self.probs if given is None or not self.inner else self._conditional_masses(given)
        p = p.masked_fill(number < least[:, None], 0.0)
        return 1 + draws.categories(torch.ones_like(least), (p / p.sum(1, keepdim=True)).float())

    def _conditional_masses(self, given: Tensor) -> Tensor:
        """p(n | c), (B, N), above 0 wherever p(n) is. given: (B, G)."""
        log_p = self.probs.log().expand(len(given), -1)
        for j, (column, inner) in enumerate(zip(self.columns, self.inner)):
            counts = getattr(self, f"told_{j}")
            if counts is None:
                continue
            share = (counts.sum(1, keepdim=True) + 1) / (counts.sum() + len(counts))
            likely = (counts + STRENGTH * share) / (counts.sum(0) + STRENGTH)
            known = ~given[:, column].isnan()
            bins = torch.bucketize(given[:, column].nan_to_num().double(), inner.to(given.device))
            log_p = log_p + torch.where(known[:, None], likely.log()[bins], 0.0)
        return log_p.softmax(1)


def _inner_edges(leaf: Leaf) -> Tensor:
    """Between which the bins of a variable lie: half-way between categories, of a number where its margin has as many
    items on one side of the next."""
    if isinstance(leaf, Category):
        return torch.arange(leaf.k - 1, dtype=torch.float64) + 0.5
    edges, mass = torch.tensor(leaf.margin.edges[1:-1], dtype=torch.float64), torch.tensor(leaf.margin.probs[:-1])
    ranks = mass.double().cumsum(0)
    wanted = torch.arange(1, BINS, dtype=torch.float64) / BINS * ranks[-1]
    return edges[torch.searchsorted(ranks, wanted).clamp(max=len(edges) - 1).unique()]
