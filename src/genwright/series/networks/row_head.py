"""Distributions of the cells of a row, of every kind at once.

A cell is absent with probability sigmoid(a). A present category has one logit a label. A present number is a mixture of
logistics in standardised units z:

    p(z) = sum_k w_k logistic(z; m_k + g z', s_k)

z' is the last present value of the column in the series, and g, the gain, is learned as m_k, s_k and w_k are. So a
number that hardly moves from row to row needs no more than g = 1. Numbers on a lattice have the mass of their level.
The lowest and the highest level have all the mass beyond them.

A number that never falls within a series has the mixture's part above its last present value: p(z) / P(Z >= z'). A
value below it, which breaks the rule, keeps the share e^-20 of the whole mixture. Numbers that never rise are mirrored.

Before training, g is 0, and each column follows its histogram.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.spec import Category, Leaf, Marginal, Ordered, Spec
from ...distributions.heads import pick

LOGISTICS = 5
FAR = 12.0  # largest logit of absence before training
NARROWEST, WIDEST = -7.0, 7.0  # log scales of logistics, in standard deviations
GAP = 1e-8  # least width of a level, in scales
OUT = 1e4  # standard deviations, where no number lies
BREACH = -20.0  # log share of the mixture that knows no rule
REACH = 8.0  # standard deviations beyond which networks see all numbers alike


def has_flag(spec: Spec, column: int) -> bool:
    """Whether a column may be absent, and says so itself."""
    return spec.columns[column].optional and spec.flags[column] == column


class RowHead(nn.Module):
    """The cells of rows (N, D), from parameters (N, D, size).

    Args:
        each: The leaves of a row, with marginals.
        growing: (leaf, 1) of numbers that never fall within a series, (leaf, -1) of those that never rise.
    """

    def __init__(self, each: Spec, growing: Sequence[tuple[str, int]] = ()):
        super().__init__()
        self.each = each
        leaves = each.columns
        self.numbers = [j for j, leaf in enumerate(leaves) if not isinstance(leaf, Category)]
        self.labels = [j for j, leaf in enumerate(leaves) if isinstance(leaf, Category)]
        self.most_labels = max((leaves[j].k for j in self.labels), default=0)
        self.size = 1 + max(self.most_labels, 3 * LOGISTICS + 1 if self.numbers else 0)
        centre, spread, half, top = zip(*(_units(leaves[j]) for j in self.numbers)) if self.numbers else ((),) * 4
        tensor = lambda values: torch.tensor(values, dtype=torch.float32)
        self.register_buffer("centre", tensor(centre), False)  # (numbers,)
        self.register_buffer("spread", tensor(spread), False)
        self.register_buffer("half_level", tensor(half), False)  # half a level, in z; 0 for real numbers
        self.register_buffer("top", tensor(top), False)  # the highest level; infinite for real numbers
        self.register_buffer("log_volume", tensor([leaves[j].log_volume for j in self.numbers]), False)
        least = [min(NARROWEST, float(np.log(h)) - 3) if h else NARROWEST for h in half]
        self.register_buffer("narrowest", tensor(least), False)
        held = torch.arange(self.most_labels) < torch.tensor([leaves[j].k for j in self.labels]).view(-1, 1)
        self.register_buffer("held", held, False)  # (labels, most)
        signs = dict(growing)
        self.signs = [signs.get(each.names[j], 0) for j in self.numbers]
        flagged = [has_flag(each, j) for j in range(len(leaves))]
        self.register_buffer("flagged", torch.tensor(flagged), False)  # may be absent, by a logit of its own
        self.register_buffer("flags", torch.tensor(each.flags), False)
        self.follows = [j for j, flag in enumerate(each.flags) if flag != j]

    def bias(self) -> Tensor:
        """Parameters (D, size) with which every column follows its histogram."""
        bias = torch.zeros(len(self.each.columns), self.size)
        for j, leaf in enumerate(self.each.columns):
            absent = leaf.marginal.absent if leaf.optional else 0.0
            bias[j, 0] = torch.logit(torch.tensor(absent)).clamp(-FAR, FAR)
        for j in self.labels:
            leaf = self.each.columns[j]
            bias[j, 1 : 1 + leaf.k] = torch.tensor(leaf.marginal.probs).clamp(min=1e-6).log()
        for n, j in enumerate(self.numbers):
            means, scales = _logistics(self.each.columns[j].marginal, float(self.centre[n]), float(self.spread[n]))
            own = bias[j, 1:].view(-1)
            own[LOGISTICS : 2 * LOGISTICS] = means
            own[2 * LOGISTICS : 3 * LOGISTICS] = scales.clamp(min=float(self.narrowest[n]) + 1, max=WIDEST)
        return bias

    def shifted(self, params: Tensor, shift: Tensor) -> Tensor:
        """Parameters (..., size) whose logistics stand `shift` (...) further, in z; 0 for labels."""
        means = torch.zeros(self.size, device=params.device)
        means[1 + LOGISTICS : 1 + 2 * LOGISTICS] = 1.0
        return params + shift[..., None] * means

    def z(self, x: Tensor) -> Tensor:
        """Numbers of rows in standardised units: (..., D) -> (..., numbers), NaN where absent."""
        return (x[..., self.numbers] - self.centre) / self.spread

    # ------------------------------------------------------------------ whole rows

    def log_prob(self, params: Tensor, x: Tensor, last: Tensor) -> Tensor:
        """Log mass or log density in the user's units of every cell: (N, D).

        Args:
            params: (N, D, size).
            x: (N, D), NaN for absent.
            last: (N, numbers), the last present value of each number, in z, NaN where there is none.
        """
        absent = x.isnan()
        log_p = x.new_zeros(x.shape)
        if self.numbers:
            log_p[:, self.numbers] = self._numbers(params[:, self.numbers], x[:, self.numbers], last)
        if self.labels:
            log_p[:, self.labels] = self._labels(params[:, self.labels], x[:, self.labels])
        return log_p.masked_fill(absent, 0.0) + self._absence(params[..., 0], absent)

    def _absence(self, logits: Tensor, absent: Tensor) -> Tensor:
        """Log-probability (N, D) of what is absent and what is present."""
        log_mass = torch.where(absent, F.logsigmoid(logits), F.logsigmoid(-logits))
        return torch.where(self.flagged, log_mass, 0.0)

    def _labels(self, params: Tensor, x: Tensor) -> Tensor:
        logits = params[..., 1 : 1 + self.most_labels].masked_fill(~self.held, -1e9)
        return logits.log_softmax(-1).gather(-1, x.nan_to_num().long()[..., None])[..., 0]

    def _numbers(self, params: Tensor, x: Tensor, last: Tensor) -> Tensor:
        each = range(len(self.numbers))
        return _log_mixture(self, list(each), params, x, last)

    # ------------------------------------------------------------------ one column

    def column_log_prob(self, j: int, params: Tensor, rows: Tensor, last: Tensor) -> Tensor:
        """Log-probability (N,) of the cells of one column.

        Args:
            j: The column.
            params: (N, size).
            rows: (N, D) rows, whose cells up to this column count.
            last: (N, numbers).
        """
        x, absent = rows[:, j], rows[:, j].isnan()
        if j in self.labels:
            logits = params[:, 1 : 1 + self.each.columns[j].k]
            log_p = logits.log_softmax(-1).gather(-1, x.nan_to_num().long()[:, None])[:, 0]
        else:
            n = self.numbers.index(j)
            log_p = _log_mixture(self, [n], params[:, None], x[:, None], last[:, [n]])[:, 0]
        log_p = log_p.masked_fill(absent, 0.0)
        if not self.flagged[j]:
            return log_p
        return log_p + torch.where(absent, F.logsigmoid(params[:, 0]), F.logsigmoid(-params[:, 0]))

    def sample_column(
        self, j: int, params: Tensor, rows: Tensor, last: Tensor, rng: Draws, present: bool = False,
        limit: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        """Samples the cells (N,) of one column, NaN where absent.

        Args:
            j: The column.
            params: (N, size).
            rows: (N, D) rows, whose cells before this column are there.
            last: (N, numbers).
            rng: Random numbers.
            present: Whether no cell may be absent.
            limit: (N,) the next known value of a number that grows, in z, NaN where there is none. Default: None.
        """
        leaf = self.each.columns[j]
        if j in self.labels:
            x = pick(params[:, 1 : 1 + leaf.k], rng).float()
        else:
            x = self._sample_number(j, params, last, rng, limit)
        if present or not leaf.optional:
            return x
        if j in self.follows:
            return x.masked_fill(rows[:, int(self.flags[j])].isnan(), torch.nan)
        return x.masked_fill(rng.uniform(len(x)) < params[:, 0].sigmoid(), torch.nan)

    def _sample_number(self, j: int, params: Tensor, last: Tensor, rng: Draws, limit: Tensor | None) -> Tensor:
        n, leaf = self.numbers.index(j), self.each.columns[j]
        logits, means, scales = (part[:, 0] for part in _split(self, [n], params[:, None], last[:, [n]]))
        low, high = self.window(n, last[:, n], limit)
        sign = self.signs[n] or 1
        low, high = (low, high) if sign > 0 else (-high, -low)  # mirrored, so that the open end is the upper one
        log_mass = _log_mass(sign * means, scales, low[:, None], high[:, None])
        which = pick(logits.log_softmax(-1) + log_mass, rng)[:, None]
        u = rng.uniform(len(params)).clamp(1e-6, 1 - 1e-6)
        mean, scale = sign * means.gather(1, which)[:, 0], scales.gather(1, which)[:, 0].exp()
        above_low, above_high = (F.logsigmoid((mean - end) / scale) for end in (low, high))
        above = torch.logaddexp((-u).log1p() + above_low, u.log() + above_high).clamp(max=-1e-7)
        z = mean + scale * ((-above.expm1()).log() - above)
        value = sign * torch.minimum(torch.maximum(z, low), high) * self.spread[n] + self.centre[n]
        if isinstance(leaf, Ordered):
            return self._inside(value.round().clamp(0, leaf.levels - 1), n, last[:, n], 1.0)
        return self._inside(value.clamp(leaf.marginal.edges[0], leaf.marginal.edges[-1]), n, last[:, n], 0.0)

    def _inside(self, x: Tensor, n: int, last: Tensor, step: float) -> Tensor:
        """Numbers x (N,) that rounding took out of bounds, moved back: by a level, or to the next float."""
        out = self.signs[n] * ((x - self.centre[n]) / self.spread[n] - last) < 0
        if not out.any():
            return x
        to = x + self.signs[n] * step if step else x.nextafter(x + self.signs[n])
        return torch.where(out, to, x)

    def window(self, n: int, last: Tensor, limit: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The ends (N,) in z between which number n lies, given its last present value and the next known one."""
        sign, half, top = self.signs[n], self.half_level[n], self.top[n]
        low, high = torch.full_like(last, -OUT), torch.full_like(last, OUT)
        if not sign:
            return low, high
        level = lambda z: (z * self.spread[n] + self.centre[n]).round()
        for value, is_low in ((last, sign > 0), (limit, sign < 0)):
            if value is None:
                continue
            if is_low:
                ends = value.isnan() | ((half > 0) & (level(value) <= 0))  # the lowest level has all the mass below
                low = torch.where(ends, low, value - half)
            else:
                ends = value.isnan() | (level(value) >= top)
                high = torch.where(ends, high, value + half)
        return torch.minimum(low, high), torch.maximum(low, high)

    def log_room(self, j: int, params: Tensor, last: Tensor, limit: Tensor) -> Tensor:
        """Log-probability (N,) that a number that grows does not pass its next known value, given its last one."""
        n = self.numbers.index(j)
        logits, means, scales = (part[:, 0] for part in _split(self, [n], params[:, None], last[:, [n]]))
        each = [_log_mass(means, scales, *(end[:, None] for end in self.window(n, last[:, n], one)))
                for one in (limit, None)]  # fmt: skip
        inside, whole = (torch.logsumexp(logits.log_softmax(-1) + one, -1) for one in each)
        return inside - whole


def _split(head: RowHead, n: list[int], params: Tensor, last: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Logits, means and log scales (N, numbers, LOGISTICS) of some numbers. params: (N, numbers, size)."""
    own = params[..., 1 : 2 + 3 * LOGISTICS].float()
    logits, means, scales = own[..., :-1].unflatten(-1, (3, LOGISTICS)).unbind(-2)
    means = means + (own[..., -1] * last.nan_to_num())[..., None]
    return logits, means, torch.maximum(scales, head.narrowest[n][:, None]).clamp(max=WIDEST)


def _log_mixture(head: RowHead, n: list[int], params: Tensor, x: Tensor, last: Tensor) -> Tensor:
    """Log mass or density (N, numbers) of some numbers x (N, numbers), NaN for absent."""
    logits, means, scales = _split(head, n, params, last)
    free = _log_free(head, n, logits, means, scales, x)
    if not any(head.signs[number] for number in n):
        return free
    columns = list(free.unbind(1))
    for k, number in enumerate(n):
        if head.signs[number]:
            low, high = head.window(number, last[:, k])
            mass = _log_mass(means[:, k], scales[:, k], low[:, None], high[:, None])
            mass = torch.logsumexp(logits[:, k].log_softmax(-1) + mass, -1)
            z = (x[:, k] - head.centre[number]) / head.spread[number]
            breaks = head.signs[number] * (z - last[:, k]) < 0
            kept = torch.logaddexp(free[:, k] - mass + math.log1p(-math.exp(BREACH)), free[:, k] + BREACH)
            columns[k] = torch.where(breaks, free[:, k] + BREACH, kept)
    return torch.stack(columns, 1)


def _log_mass(means: Tensor, scales: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Log mass of logistics between low and high, of one shape with them."""
    width = scales.exp()
    lower, upper = (low - means) / width, (high - means) / width
    return F.logsigmoid(upper) + F.logsigmoid(-lower) + torch.log(-torch.expm1((lower - upper).clamp(max=-GAP)))


def _log_free(
    head: RowHead, n: list[int], logits: Tensor, means: Tensor, scales: Tensor, x: Tensor
) -> Tensor:  # fmt: skip
    """Log mass or density (N, numbers) without rules."""
    half, spread, top = head.half_level[n], head.spread[n], head.top[n]
    x = torch.where(x.isnan(), head.centre[n], x)
    centred = ((x - head.centre[n]) / spread)[..., None] - means
    width = scales.exp()
    t = centred / width
    density = F.logsigmoid(t) + F.logsigmoid(-t) - scales - (spread.log() + head.log_volume[n])[:, None]
    if not (half > 0).any():
        return torch.logsumexp(logits.log_softmax(-1) + density, -1)
    step = half[:, None] / width
    upper, lower = t + step, t - step
    narrow = torch.log(-torch.expm1((lower - upper).clamp(max=-GAP)))
    mass = F.logsigmoid(upper) + F.logsigmoid(-lower) + narrow
    at_top, at_bottom = (x == top)[..., None], (x == 0)[..., None]
    mass = torch.where(at_bottom, F.logsigmoid(upper), torch.where(at_top, F.logsigmoid(-lower), mass))
    mass = mass.masked_fill((at_bottom & at_top), 0.0)  # the only level
    logs = torch.where((half > 0)[:, None], mass, density)
    return torch.logsumexp(logits.log_softmax(-1) + logs, -1)


def _units(leaf: Leaf) -> tuple[float, float, float, float]:
    """Mean and deviation of a number by its histogram without the tails, half a level in these, the highest level."""
    middles, masses = _inner(leaf.marginal)
    mean = float(masses @ middles)
    spread = float(np.sqrt(masses @ (middles - mean) ** 2)) or 1.0
    if isinstance(leaf, Ordered):
        return mean, spread, 0.5 / spread, float(leaf.levels - 1)
    return mean, spread, 0.0, float("inf")


def _inner(marginal: Marginal) -> tuple[np.ndarray, np.ndarray]:
    """Middles and masses of the bins of a number, without its tails."""
    edges, masses = np.array(marginal.edges), np.array(marginal.probs)
    if len(masses) > 2:
        edges, masses = edges[1:-1], masses[1:-1]
    return (edges[:-1] + edges[1:]) / 2, masses / masses.sum()


def _logistics(marginal: Marginal, centre: float, spread: float) -> tuple[Tensor, Tensor]:
    """Means and log scales of logistics at the quantiles of a histogram, in z."""
    middles, masses = _inner(marginal)
    below = np.cumsum(masses) - masses / 2
    at = np.interp((np.arange(LOGISTICS) + 0.5) / LOGISTICS, below, middles)
    ends = np.interp(np.arange(LOGISTICS + 1) / LOGISTICS, below, middles)
    scales = np.maximum(np.diff(ends) / spread / 3, 1e-3)
    return torch.tensor((at - centre) / spread).float(), torch.tensor(np.log(scales)).float()


class Cells(nn.Module):
    """The cells of rows as vectors, (N, D) -> (N, D, width): a number by its value and four waves, a category by a
    learned vector, an absent cell by another one.

    Args:
        head: Units of the numbers.
        width: Numbers of a vector.
    """

    def __init__(self, head: RowHead, width: int):
        super().__init__()
        self.head = head
        self.absent = nn.Parameter(0.3 * torch.randn(len(head.each.columns), width))
        self.weight = nn.Parameter(0.3 * torch.randn(len(head.numbers), 5, width))
        self.table = nn.Parameter(0.5 * torch.randn(len(head.labels), max(1, head.most_labels), width))

    def forward(self, x: Tensor) -> Tensor:
        vectors = x.new_zeros(*x.shape, self.absent.shape[1])
        if self.head.numbers:
            z = self.head.z(x).nan_to_num().clamp(-REACH, REACH)
            waves = torch.stack([z, z.sin(), z.cos(), (2 * z).sin(), (2 * z).cos()], -1)
            vectors[:, self.head.numbers] = torch.einsum("ndf,dfw->ndw", waves, self.weight)
        if self.head.labels:
            codes = x[:, self.head.labels].nan_to_num().long()
            at = codes + torch.arange(len(self.head.labels), device=x.device) * self.table.shape[1]
            vectors[:, self.head.labels] = F.embedding(at, self.table.flatten(0, 1))
        return torch.where(x.isnan()[..., None], self.absent, vectors)

    def column(self, j: int, x: Tensor) -> Tensor:
        """Vectors (N, width) of the cells x (N,) of one column."""
        if j in self.head.labels:
            vectors = self.table[self.head.labels.index(j)][x.nan_to_num().long()]
        else:
            n = self.head.numbers.index(j)
            z = ((x - self.head.centre[n]) / self.head.spread[n]).nan_to_num().clamp(-REACH, REACH)
            vectors = torch.stack([z, z.sin(), z.cos(), (2 * z).sin(), (2 * z).cos()], -1) @ self.weight[n]
        return torch.where(x.isnan()[:, None], self.absent[j], vectors)
