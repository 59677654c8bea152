"""n-grams: each symbol by those just before it, as often as it followed them in training (Shannon 1948).

    p_n(s | c) = (count(c s) + kinds(c) p_{n-1}(s | c')) / (count(c) + kinds(c))

where c are the n symbols before s, c' all of them but the farthest, and kinds(c) how many different symbols followed c:
contexts that were seen seldom, or with many followers, lean on shorter ones (Witten & Bell 1991, method C). The
shortest leans on symbols that are all alike.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..core.draws import Draws
from ..core.family import Family
from ..core.spec import Spec
from ..core.trainable import Items, Stage
from ..distributions.endings import Endings
from ..distributions.heads import pick


class NGram(Family):
    """spec: one leaf, a Category of shape (T,) that ends. order: how many symbols it looks back. Before a sequence
    stand ENDs."""

    allow_bf16 = False
    lacks = {"complete": "it looks back at the last symbols, and never ahead"}

    def __init__(self, spec: Spec, given: Spec, order: int = 2):
        super().__init__(spec, given)
        self.leaf, self.order = spec.leaf, order
        for n in range(order + 1):  # (context, symbol) as one number, ascending, and how often it was seen
            self.register_buffer(f"keys_{n}", torch.zeros(0, dtype=torch.long))
            self.register_buffer(f"counts_{n}", torch.zeros(0, dtype=torch.long))

    def stages(self) -> list[Stage]:
        return []

    def finish(self, items: Items, rng: Draws) -> None:
        x = items.x.long()
        contexts, there = self._contexts(x), x != self.leaf.pad
        for n in range(self.order + 1):
            keys, counts = torch.unique(self._key(contexts[:n], x)[there], return_counts=True)
            setattr(self, f"keys_{n}", keys)
            setattr(self, f"counts_{n}", counts)

    def log_likelihood(self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None) -> tuple[Tensor, None]:
        """Exact nats (B,). rng and draws are not used."""
        x = x.long()
        contexts = self._contexts(x)
        p = self._probability(contexts, x)
        p[:, 0] /= 1 - self._probability([c[:, 0] for c in contexts], torch.full_like(x[:, 0], self.leaf.end))
        p[:, -1] = 1.0  # END is all that may stand there
        return p.log().masked_fill(x == self.leaf.pad, 0.0).sum(1).float(), None

    def sample(self, n: int, given: Tensor, rng: Draws, guidance: float = 1.0) -> Tensor:
        x = torch.full((n, self.leaf.shape[0]), self.leaf.pad, device=rng.device)
        endings, symbols = Endings.of(self.leaf, x), torch.arange(self.leaf.k, device=rng.device)
        past = [torch.full((n, 1), self.leaf.end, device=rng.device) for _ in range(self.order)]
        for t in range(x.shape[1]):
            logits = self._probability(past, symbols).log().float()
            before = x[:, t - 1 : t] if t else past[0]
            x[:, t] = pick(endings.masked(logits[:, None], before, torch.tensor([t], device=x.device))[:, 0], rng)
            past = [x[:, t : t + 1], *past[:-1]]
            if (x[:, t] >= self.leaf.end).all():
                break
        return x.float()

    def _contexts(self, x: Tensor) -> list[Tensor]:
        """The symbol before each of x (B, T), the one before that, and so on."""
        length = x.shape[1]
        return [F.pad(x, (n, 0), value=self.leaf.end)[:, :length] for n in range(1, self.order + 1)]

    def _key(self, context: list[Tensor], symbol: Tensor | int) -> Tensor:
        """One number for a context, its nearest symbol first, and what follows it."""
        key, power = symbol, 1
        for before in context:
            power *= self.leaf.k
            key = key + before * power
        return key

    def _probability(self, context: list[Tensor], symbol: Tensor) -> Tensor:
        """float64 of a symbol that follows a context of `order`; tensors that broadcast."""
        p = torch.tensor(1 / (self.leaf.k - 1), dtype=torch.double, device=symbol.device)  # PAD follows nothing
        for n in range(self.order + 1):
            keys, counts = getattr(self, f"keys_{n}"), getattr(self, f"counts_{n}")
            first = self._key(context[:n], 0)
            low, high = torch.searchsorted(keys, first), torch.searchsorted(keys, first + self.leaf.k)
            key = self._key(context[:n], symbol)
            at = torch.searchsorted(keys, key).clamp(max=len(keys) - 1)
            seen = torch.where(keys[at] == key, counts[at], 0)
            summed = F.pad(counts.cumsum(0), (1, 0))
            kinds, total = high - low, summed[high] - summed[low]
            p = torch.where(total > 0, (seen + kinds * p) / (total + kinds).clamp(min=1), p)
        return p
