"""n-grams: the probability of each token given those just before it, by counts in training (Shannon 1948).

    p_n(s | c) = (count(c s) - d(c s) + left(c) p_{n-1}(s | c')) / all(c)

where c are the n tokens before s, and c' all of these except the farthest. Contexts that are rare, or have many
followers, lean on shorter ones; the shortest context leans on the uniform distribution. Two ways of smoothing:

    Witten-Bell   d = 0, left(c) = kinds(c), all(c) = count(c) + kinds(c), where kinds(c) is how many different symbols
                  followed c (Witten & Bell 1991, method C)
    Kneser-Ney    d of a count of 1, 2, and more by how many counts of 1, 2, 3 and 4 there are (Chen & Goodman 1998),
                  left(c) = the sum of d over what followed c, all(c) = count(c); in all but the longest contexts
                  count(c s) is how many different symbols stood before c s
"""

from math import log2

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...core.draws import Draws
from ...core.family import Family
from ...core.sample_options import TRUNCATED
from ...core.spec import Spec
from ...core.trainable import Items
from ...distributions.heads import pick
from ...distributions.logit_masks import Endings, Truncation, known_ahead, truncation_of

ROOM = 2**17  # symbols that are counted at a time


class NGram(Family):
    """An n-gram model: predicts each token from the counts of those that followed the same tokens in training.

    Args:
        spec: one leaf, a Category of shape (T,). Before a sequence that ends stand ENDs; one without an end begins
            anywhere, so that of its first symbols only those that are there are looked back at.
        given: Spec of the conditions.
        order: how many symbols it looks back.
        smoothing: "witten-bell" or "kneser-ney".
        held_out: share of the training items by which an order of 1 ... `order` is chosen before all are counted; 0
            takes `order` itself.
    """

    allow_bf16 = False
    conditional = False
    sample_options = complete_options = TRUNCATED
    method = "one symbol after another, by those before it; what is known after a hole does not count"

    def __init__(self, spec: Spec, given: Spec, order: int = 2, smoothing: str = "witten-bell", held_out: float = 0.0):
        super().__init__(spec, given)
        self.leaf, self.smoothing, self.held_out = spec.leaf, smoothing, held_out
        self.start, self.base = (self.leaf.end, self.leaf.k) if self.leaf.ends else (self.leaf.k, self.leaf.k + 1)
        self.order = min(order, int(63 / log2(self.base)) - 1)  # longer ones do not fit in a number
        self._made: tuple[Tensor, list[Table]] | None = None
        for n in range(self.order + 1):  # (context, symbol) as one number, ascending, and how often it was seen
            self.register_buffer(f"keys_{n}", torch.zeros(0, dtype=torch.long))
            self.register_buffer(f"counts_{n}", torch.zeros(0, dtype=torch.long))
        self.grows = dict.fromkeys(self.state_dict(), 0)

    def finish(self, items: Items, rng: Draws) -> None:
        x, order = items.x, self.order
        held_count = round(self.held_out * len(x))
        if held_count:
            shuffled = x[rng.permutation(len(x))]
            held_out, counts = shuffled[:held_count], self._counts(shuffled[held_count:])
            nats = []
            for n in range(1, self.order + 1):
                self._take(counts, n)
                blocks = held_out.split(max(1, ROOM // held_out.shape[1]))
                nats.append(sum(float(self.log_likelihood(x, items.given, rng)[0].double().sum()) for x in blocks))
            order = 1 + int(np.argmax(nats))
        self._take(self._counts(x), order)

    def _counts(self, x: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Keys of the contexts of 0, 1, ... `order` symbols with the next symbol, and how often x has each."""
        first, *later_parts = x.split(max(1, ROOM // x.shape[1]))
        counts = self._counts_of_block(first)
        for chunk in later_parts:
            counts = list(map(_add_counts, counts, self._counts_of_block(chunk)))
        return counts

    def _counts_of_block(self, x: Tensor) -> list[tuple[Tensor, Tensor]]:
        """As `_counts`, of a block of items."""
        x = x.long()
        contexts, counts = self._contexts(x), []
        exists = x != self.leaf.pad if self.leaf.ends else torch.ones_like(x, dtype=torch.bool)
        for n in range(self.order + 1):
            if n and not self.leaf.ends:
                exists = exists & (contexts[n - 1] != self.start)
            counts.append(torch.unique(self._key(contexts[:n], x)[exists], return_counts=True))
        return counts

    def _take(self, counts: list[tuple[Tensor, Tensor]], order: int) -> None:
        """Look back `order` symbols: of longer contexts nothing is known."""
        self._made = None
        for n in range(self.order + 1):
            keys, occurrences = counts[n] if n <= order else (counts[n][0][:0], counts[n][1][:0])
            if self.smoothing == "kneser-ney" and n < order:  # the farthest symbol is the first digit of a key
                keys, occurrences = torch.unique(counts[n + 1][0] % self.base ** (n + 1), return_counts=True)
            setattr(self, f"keys_{n}", keys)
            setattr(self, f"counts_{n}", occurrences)

    def flaw(self) -> str:
        for n in range(self.order + 1):
            keys, counts = getattr(self, f"keys_{n}"), getattr(self, f"counts_{n}")
            keys_valid = not len(keys) or (keys[0] >= 0 and keys[-1] < self.base ** (n + 1))
            if len(keys) != len(counts) or not keys_valid or (keys.diff() <= 0).any() or (counts < 1).any():
                return f"counts of {n} symbols and the next that nobody can have counted"
        return ""

    def log_likelihood(self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None) -> tuple[Tensor, None]:
        """Computes the exact log-likelihood (B,) in nats."""
        x = x.long()
        contexts = self._contexts(x)
        p = self._probability(contexts, x)
        if not self.leaf.ends:
            return p.log().sum(1).float(), None
        p[:, 0] /= 1 - self._probability([c[:, 0] for c in contexts], torch.full_like(x[:, 0], self.leaf.end))
        p[:, -1] = 1.0  # END is all that may stand there
        return p.log().masked_fill(x == self.leaf.pad, 0.0).sum(1).float(), None

    def sample(self, n: int, given: Tensor, rng: Draws, **likely: float) -> Tensor:
        """Samples n sequences.

        Args:
            n: Number of items.
            given: (B, G) conditions of the items.
            rng: Random numbers.
            likely: temperature, top_k, top_p.
        """
        x = torch.full((n, *self.leaf.shape), self.leaf.pad, device=rng.device)
        return self._sample_rows(x, torch.zeros_like(x, dtype=torch.bool), rng, truncation_of(**likely))

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws, **likely: float) -> Tensor:
        """Completes sequences, exactly by p(rest | beginning) where only a beginning is known.

        Args:
            x: (B, *shape) items.
            known: bool like x, True where a number is known.
            given: (B, G) conditions of the items.
            rng: Random numbers.
            likely: Truncation of the tokens: temperature, top_k and top_p.
        """
        x = torch.where(known, x.nan_to_num().long(), self.leaf.pad)
        return self._sample_rows(x, known, rng, truncation_of(**likely))

    def completes_given(self, known: Tensor, **likely: float) -> str:
        return "approximate" if likely or known_ahead(known).any() else "exact"

    def _sample_rows(self, x: Tensor, known: Tensor, rng: Draws, truncation: Truncation | None) -> Tensor:
        """x (B, T) int64, PAD where nothing is known, written from the left; known places stay."""
        leaf, n = self.leaf, len(x)
        endings, symbols = Endings.from_leaf(leaf, x, known), torch.arange(leaf.k, device=x.device)
        past = [torch.full((n, 1), self.start, device=rng.device) for _ in range(self.order)]
        previous = past[0] if past else x[:, :1]
        for t in range(x.shape[1]):
            logits = self._probability(past, symbols).log().float()
            logits = endings.masked(logits.expand(n, -1)[:, None], previous, torch.tensor([t], device=x.device))[:, 0]
            tokens = pick(logits if truncation is None else truncation(logits), rng)
            x[:, t] = torch.where(known[:, t], x[:, t], tokens)
            previous = x[:, t : t + 1]
            past = [previous, *past][: self.order]
            if leaf.ends and (x[:, t] >= leaf.end).all():
                break
        return x.float()

    def _contexts(self, x: Tensor) -> list[Tensor]:
        """The symbol before each of x (B, T), the one before that, and so on."""
        length = x.shape[1]
        return [F.pad(x, (n, 0), value=self.start)[:, :length] for n in range(1, self.order + 1)]

    def _key(self, context: list[Tensor], symbol: Tensor | int) -> Tensor:
        """One number for a context, its nearest symbol first, and what follows it."""
        key, power = symbol, 1
        for previous in context:
            power *= self.base
            key = key + previous * power
        return key

    def _probability(self, context: list[Tensor], symbol: Tensor) -> Tensor:
        """float64 of a symbol that follows a context of `order`; tensors that broadcast."""
        kinds = self.leaf.k - 1 if self.leaf.ends else self.leaf.k  # PAD follows nothing
        p = torch.tensor(1 / kinds, dtype=torch.double, device=symbol.device)
        for n, table in enumerate(self._tables()):
            p = table.probability(self._key(context[:n], 0), self._key(context[:n], symbol), self.base, p)
        return p

    def _tables(self) -> "list[Table]":
        """One a context length of which anything is known; made when the counts are new."""
        if self._made is None or self._made[0] is not self.counts_0:
            pairs = [(getattr(self, f"keys_{n}"), getattr(self, f"counts_{n}")) for n in range(self.order + 1)]
            self._made = self.counts_0, [Table(*pair, self.smoothing) for pair in pairs if len(pair[0])]
        return self._made[1]


class Table:
    """Counts of the symbols that follow each context of one length.

    Args:
        keys: (M,) ascending.
        counts: (M,), int64.
    """

    def __init__(self, keys: Tensor, counts: Tensor, smoothing: str):
        self.keys, self.counts = keys, counts
        self.discounts = discounts(counts)[counts.clamp(max=3)] if smoothing == "kneser-ney" else None
        self.summed = F.pad(counts.cumsum(0), (1, 0))
        self.left = None if self.discounts is None else F.pad(self.discounts.cumsum(0), (1, 0))

    def probability(self, first: Tensor, key: Tensor, base: int, shorter: Tensor) -> Tensor:
        """Computes the smoothed probability of symbols after contexts.

        Args:
            first: Least key of each context.
            key: Key of each context with its symbol.
            base: Number of symbols.
            shorter: Probability of the symbol after the shorter context.
        """
        low, high = torch.searchsorted(self.keys, first), torch.searchsorted(self.keys, first + base)
        at = torch.searchsorted(self.keys, key).clamp(max=len(self.keys) - 1)
        exists, total = self.keys[at] == key, self.summed[high] - self.summed[low]
        count = torch.where(exists, self.counts[at], 0)
        if self.discounts is None:
            kinds = high - low
            return torch.where(total > 0, (count + kinds * shorter) / (total + kinds).clamp(min=1), shorter)
        discounted, discount_mass = (
            count - torch.where(exists, self.discounts[at], 0.0),
            self.left[high] - self.left[low],
        )
        return torch.where(total > 0, (discounted + discount_mass * shorter) / total.clamp(min=1), shorter)


def _add_counts(first: tuple[Tensor, Tensor], second: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Keys, ascending, and how often they were seen in either of two blocks."""
    (keys_a, counts_a), (keys_b, counts_b) = first, second
    keys, key_number = torch.cat([keys_a, keys_b]).unique(return_inverse=True)
    return keys, torch.zeros_like(keys).index_add(0, key_number, torch.cat([counts_a, counts_b]))


def discounts(counts: Tensor) -> Tensor:
    """Computes the four discounts of modified Kneser-Ney smoothing from counts (Chen & Goodman 1998, section 3).

    (4,) float64: what is taken off a count of 0, 1, 2, and 3 or more (Chen & Goodman 1998, section 3). Half a count
    where counts as small are missing, and where the formula takes nothing off, as of items that come several times:
    with nothing taken off, what was not seen would be impossible."""
    n1, n2, n3, n4 = (int((counts == n).sum()) for n in (1, 2, 3, 4))
    if not (n1 and n2 and n3):
        return torch.tensor([0.0, 0.5, 0.5, 0.5], dtype=torch.double, device=counts.device)
    share = n1 / (n1 + 2 * n2)
    amounts = (1 - 2 * share * n2 / n1, 2 - 3 * share * n3 / n2, 3 - 4 * share * n4 / n3)
    values = [0.0, *(min(discount, n - 0.1) if discount > 0 else 0.5 for n, discount in enumerate(amounts, 1))]
    return torch.tensor(values, dtype=torch.double, device=counts.device)
