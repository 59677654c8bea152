"""Networks of series: a causal body over the rows so far, and a column network within a row.

The body reads a token for each row: the sum of the vectors of its cells, of its place and time, and of the conditions.
A start token stands before the first row. The state behind a token is the context of the next row, and says whether
there is one.
"""

from math import pi

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.spec import Leaf, Ordered, Spec
from ...networks.conditioning import GivenVector
from ...networks.made import GroupedLinear
from ...networks.sequence_layers import LayersWalk, TransformerLayer, angles
from .row_head import REACH, Cells, RowHead

YEAR = 365.2425  # days
DAYS = {"day": 1.0, "hour": 1 / 24, "minute": 1 / 1_440, "second": 1 / 86_400, "millisecond": 1 / 86_400e3,
        "microsecond": 1 / 86_400e6}  # fmt: skip
WAVES = (3.0, 6.0, 12.0, 24.0, 48.0, 96.0)  # wavelengths of places, in rows
HEADS = 4  # of attention
SLOPE = 3.0  # slope of a line whose weight is 1, so that steep lines have small weights, which decay little


def moments(leaf: Leaf, x: Tensor) -> Tensor:
    """Numbers of a leaf of times in the user's unit, float64."""
    x = x.double()
    if isinstance(leaf, Ordered):
        t = leaf.start + leaf.width * x
        return leaf.curve[0] + leaf.curve[1] * t.sinh() if leaf.curve else t
    return x * leaf.scale + leaf.shift


def mean_step(leaf: Leaf) -> float:
    """Mean step by the histogram of a leaf, in the user's unit."""
    edges = torch.tensor(leaf.marginal.edges[1:-1] if len(leaf.marginal.probs) > 2 else leaf.marginal.edges)
    masses = torch.tensor(leaf.marginal.probs[1:-1] if len(leaf.marginal.probs) > 2 else leaf.marginal.probs)
    middles = moments(leaf, (edges[:-1] + edges[1:]) / 2)
    return float((masses.double() / masses.sum() * middles).sum()) or 1.0


class Clockwork(nn.Module):
    """What a network sees of the place and the time of a row: (B, T) places and times -> (B, T, features).

    Times are counted from the first row in mean steps. If the data have dates, the phases of the year, the week and, of
    times finer than a day, the day are seen as well, unless the first moment is unknown.

    Args:
        spec: One leaf of ordered members, of which one of the axis "time" is the step.
        given: Conditions, of which one of the axis "time" is the first moment.
    """

    def __init__(self, spec: Spec, given: Spec):
        super().__init__()
        each = spec.leaf.each
        steps = [j for j, leaf in enumerate(each.columns) if leaf.axis == "time"]
        starts = [j for j, leaf in enumerate(given.columns) if leaf.axis == "time" and not leaf.shape]
        self.step, self.start = (steps or [None])[0], (starts or [None])[0]
        self.step_leaf = each.columns[self.step] if steps else None
        self.start_leaf = given.columns[self.start] if starts else None
        self.mean_step = mean_step(self.step_leaf) if steps else 1.0
        unit = DAYS.get(self.start_leaf.unit, 0.0) if starts else 0.0
        self.unit = unit
        self.cycles = [YEAR, YEAR / 2, 7.0, *([1.0, 0.5] if unit < 1 else [])] if unit else []  # days
        self.features = 2 + 4 * len(WAVES) + 2 * len(self.cycles)

    def begin(self, given: Tensor) -> Tensor:
        """(B,) float64: the moment of the first row, NaN where it is unknown."""
        if self.start is None:
            return torch.full((len(given),), torch.nan, dtype=torch.float64, device=given.device)
        return moments(self.start_leaf, given[:, self.start])

    def steps(self, x: Tensor) -> Tensor:
        """(...,) float64 steps of rows (..., D); one each without times."""
        if self.step is None:
            return torch.ones(x.shape[:-1], dtype=torch.float64, device=x.device)
        return moments(self.step_leaf, x[..., self.step])

    def forward(self, place: Tensor, elapsed: Tensor, begin: Tensor) -> Tensor:
        """Features (..., features).

        Args:
            place: (...,) number of the row to come.
            elapsed: (...,) float64, time of the row before since the first.
            begin: (...,) float64, moment of the first row, NaN where unknown.
        """
        passed = elapsed / self.mean_step
        both = torch.stack([place.double(), passed], -1)
        angle = 2 * pi * both[..., None] / torch.tensor(WAVES, dtype=torch.float64, device=both.device)
        parts = [both.clamp(min=0).log1p() / 3, angle.sin().flatten(-2), angle.cos().flatten(-2)]
        if self.cycles:
            days = ((begin + elapsed) * self.unit)[..., None]
            angle = 2 * pi * days / torch.tensor(self.cycles, dtype=torch.float64, device=both.device)
            parts += [angle.sin().nan_to_num(), angle.cos().nan_to_num()]
        return torch.cat(parts, -1).float()


class Recurrence(nn.Module):
    """A GRU of one layer over tokens (Cho 2014): (B, T, width) -> alike. depth is not used."""

    def __init__(self, width: int, depth: int):
        super().__init__()
        self.gru = nn.GRU(width, width, batch_first=True)

    def forward(self, u: Tensor) -> Tensor:
        return u + self.gru(u)[0]

    def walk(self, u: Tensor, length: int) -> "RecurrenceWalk":
        """A function of the next token (B, width) alone. u: a token, to be like."""
        return RecurrenceWalk(self.gru, u)


class RecurrenceWalk:
    """States of a GRU, token by token."""

    def __init__(self, gru: nn.GRU, u: Tensor):
        self.gru, self.state = gru, u.new_zeros(gru.num_layers, len(u), gru.hidden_size)

    def __call__(self, u: Tensor) -> Tensor:
        out, self.state = self.gru(u[:, None], self.state)
        return u + out[:, 0]

    def reorder(self, rows: Tensor) -> None:
        """Go on with row rows[i] in the place of each i."""
        self.state = self.state[:, rows]


class Attention(nn.Module):
    """A causal transformer over tokens (Vaswani 2017): (B, T, width) -> alike."""

    def __init__(self, width: int, depth: int):
        super().__init__()
        self.width = width
        self.layers = nn.ModuleList(TransformerLayer(width, HEADS, 0.0) for _ in range(depth))

    def forward(self, u: Tensor) -> Tensor:
        turns = angles(u.shape[1], self.width // HEADS).to(u.device)
        for layer in self.layers:
            u = layer(u, turns)
        return u

    def walk(self, u: Tensor, length: int) -> LayersWalk:
        """A function of the next token (B, width) alone. u: a token, to be like."""
        return LayersWalk(self.layers, angles(length, self.width // HEADS).to(u.device), len(u), length)


class ColumnNetwork(nn.Module):
    """Parameters (N, D, size) of every cell of a row, given the cells before it and a context (N, width).

    Each column has two hidden layers of its own. The first sees the columns before it.

    Args:
        columns: D.
        features: Numbers of a cell's vector.
        context: Numbers of the context.
        units: Units of a hidden layer.
        bias: (D, size) parameters before training.
    """

    def __init__(self, columns: int, features: int, context: int, units: int, bias: Tensor):
        super().__init__()
        self.units = units
        self.first = GroupedLinear((columns, features), (columns, units))
        self.context = nn.Linear(context, columns * units, bias=False)
        self.second = nn.Parameter(torch.randn(columns, units, units) * units**-0.5)
        self.shift = nn.Parameter(torch.zeros(columns, units))
        self.out = nn.Parameter(torch.zeros(columns, units, bias.shape[1]))
        self.bias = nn.Parameter(bias)
        before = torch.ones(columns, columns).tril(-1)
        self.register_buffer("before", before, False)

    def forward(self, e: Tensor, c: Tensor) -> Tensor:
        """Parameters of all columns. e: (N, D, features). c: (N, context)."""
        h = self.first(e.flatten(1), self.before) + self.context(c)
        h = h.unflatten(1, (-1, self.units)).transpose(0, 1)  # (D, N, units)
        h = h + torch.baddbmm(self.shift[:, None], F.silu(h), self.second)
        return torch.baddbmm(self.bias[:, None], F.silu(h), self.out).transpose(0, 1)

    def column(self, j: int, e: Tensor, c: Tensor) -> Tensor:
        """Parameters (N, size) of column j. e: (N, j, features), the columns before it. c: (N, context)."""
        own = slice(j * self.units, (j + 1) * self.units)
        features = self.first.blocks[3]
        h = F.linear(c, self.context.weight[own]) + self.first.bias[own]
        if j:
            h = h + F.linear(e.flatten(1), self.first.weight[own, : j * features])
        h = h + torch.addmm(self.shift[j], F.silu(h), self.second[j])
        return torch.addmm(self.bias[j], F.silu(h), self.out[j])


class Lines(nn.Module):
    """Straight lines to each number (N, numbers), in standardised units: from the last present values of all numbers,
    and from the numbers before it in the row. Before training, all slopes are 0.

    A law by straight lines then costs few weights, so that the networks need not learn it from few series.

    Args:
        numbers: Number of them.
    """

    def __init__(self, numbers: int):
        super().__init__()
        self.slopes = nn.Parameter(torch.zeros(numbers, 2 * numbers))
        allowed = torch.cat([torch.ones(numbers, numbers), torch.ones(numbers, numbers).tril(-1)], 1)
        self.register_buffer("allowed", allowed, False)

    def forward(self, last: Tensor, z: Tensor) -> Tensor:
        """last, z: (N, numbers), the last present values, and the row, NaN where there is none."""
        seen = torch.cat([last, z], 1).nan_to_num().clamp(-REACH, REACH)
        return F.linear(seen, SLOPE * self.slopes * self.allowed)


BODIES = {"gru": Recurrence, "transformer": Attention}


class SeriesNetwork(nn.Module):
    """A body and a column network over the rows of series.

    Args:
        spec: One leaf of ordered members.
        given: Conditions.
        body: Name of the body, a key of `BODIES`.
        width: Numbers of a token and of a state.
        depth: Layers of a transformer.
        units: Units of a hidden layer of the column network.
    """

    def __init__(self, spec: Spec, given: Spec, body: str, width: int, depth: int, units: int):
        super().__init__()
        each = spec.leaf.each
        self.head = RowHead(each, spec.leaf.growing)
        self.clock = Clockwork(spec, given)
        self.seen = [j for j in range(len(given.leaves)) if j != self.clock.start]
        self.given = GivenVector(Spec(tuple(given.leaves[j] for j in self.seen)), width)
        self.cells = Cells(self.head, width)
        self.start = nn.Parameter(0.3 * torch.randn(width))
        self.times = nn.Linear(self.clock.features, width)
        self.body = BODIES[body](width, depth)
        self.norm = nn.LayerNorm(width)
        self.columns = ColumnNetwork(len(each.columns), width, width, units, self.head.bias())
        self.lines = Lines(len(self.head.numbers))
        self.goes_on = nn.Linear(width, 1)
        nn.init.zeros_(self.goes_on.weight)
        nn.init.zeros_(self.goes_on.bias)

    def condition(self, given: Tensor) -> Tensor:
        """Conditions as a vector (B, width). given: (B, G)."""
        return self.given(given[:, self.seen])

    def token(self, row: Tensor | None, place: Tensor, elapsed: Tensor, begin: Tensor, condition: Tensor) -> Tensor:
        """Tokens (N, width) behind rows (N, D), or the start tokens where row is None.

        Args:
            row: The rows before.
            place: (N,) number of the row to come.
            elapsed, begin: (N,) as of `Clockwork`.
            condition: (N, width).
        """
        own = self.start.expand(len(place), -1) if row is None else self.cells(row).sum(1)
        return own + self.times(self.clock(place, elapsed, begin)) + condition

    def states(self, x: Tensor, given: Tensor) -> Tensor:
        """States (B, T + 1, width) before each row of padded series x (B, T, D), and behind the last."""
        batch, length, _ = x.shape
        steps = self.clock.steps(x)
        steps = torch.cat([torch.zeros_like(steps[:, :1]), steps[:, 1:]], 1) if self.clock.step is not None else steps
        elapsed = steps.cumsum(1) if self.clock.step is not None else (steps.cumsum(1) - 1)
        elapsed = torch.cat([torch.zeros_like(elapsed[:, :1]), elapsed], 1)
        place = torch.arange(length + 1, device=x.device).expand(batch, -1)
        begin = self.clock.begin(given)[:, None].expand(-1, length + 1)
        rows = self.cells(x.flatten(0, 1)).sum(1).view(batch, length, -1)
        own = torch.cat([self.start.expand(batch, 1, -1), rows], 1)
        u = own + self.times(self.clock(place, elapsed, begin)) + self.condition(given)[:, None]
        return self.norm(self.body(u))

    def params(self, x: Tensor, c: Tensor, last: Tensor) -> Tensor:
        """Parameters (N, D, size) of rows.

        Args:
            x: (N, D).
            c: (N, width) contexts.
            last: (N, numbers), the last present value of each number, in z, NaN where there is none.
        """
        params = self.columns(self.cells(x), c)
        if not self.head.numbers:
            return params
        shift = params.new_zeros(params.shape[:2])
        shift[:, self.head.numbers] = self.lines(last, self.head.z(x))
        return self.head.shifted(params, shift)

    def column_params(self, j: int, e: Tensor, c: Tensor, x: Tensor, last: Tensor) -> Tensor:
        """Parameters (N, size) of column j. e: (N, j, width), vectors of the columns before it; else as `params`."""
        params = self.columns.column(j, e, c)
        if j not in self.head.numbers:
            return params
        return self.head.shifted(params, self.lines(last, self.head.z(x))[:, self.head.numbers.index(j)])


def last_present(z: Tensor, mask: Tensor) -> Tensor:
    """The last present value before each row of padded series: (B, T, numbers), NaN where there is none.

    Args:
        z: (B, T, numbers), NaN where absent.
        mask: (B, T) bool, the rows that are there.
    """
    length = z.shape[1]
    is_known = ~z.isnan() & mask[..., None]
    at = torch.where(is_known, torch.arange(length, device=z.device)[None, :, None], -1).cummax(1).values
    at = torch.cat([at.new_full((len(z), 1, z.shape[2]), -1), at[:, :-1]], 1)
    return z.nan_to_num().gather(1, at.clamp(min=0)).masked_fill(at < 0, torch.nan)
