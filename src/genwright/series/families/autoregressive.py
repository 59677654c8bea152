"""Autoregressive models of series: one row after another, one cell of a row after another.

    log p(x | given) = sum_t [ log p(goes on at t | rows < t) + sum_j log p(x_tj | rows < t, x_ti for i < j, given) ]
                       + log p(ends | rows)

Series of one length alone have no choice to end. The logit of ending at t is that of the histogram of lengths plus what
the network adds, 0 before training. Behind a row with an ending (see `core.spec.Members`), the logit is 20.

With a known part, the rows that are there are given. p~(x) is the product of the probabilities of cells alone, which
fills one cell after another and never ends:

    log p~(unknown | known) = log p~(x) - log p~(known)

It is exact where nothing known comes behind something unknown. Elsewhere p~(known) is estimated by particles: unknown
cells are sampled in turn, known cells weigh (Gordon 1993), and particles of little weight give their places to others.
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.family import Family
from ...core.graph import offsets
from ...core.monte_carlo import log_average
from ...core.ragged import Ragged
from ...core.spec import Spec
from ...core.trainable import Batch, Items, Player, Stage
from ...families.autoregressive.particles import resample
from ...families.conditions import drop_given
from ..networks.network import SeriesNetwork, last_present
from ..networks.row_head import RowHead

PARTICLES = 32  # of a series with something known behind a hole
RUNS = 4  # sets of particles for one likelihood
MOST_AT_ONCE = 2_048  # particles that are walked at once
TRIAL = 0.1  # share of the budget in which each of several networks shows how it learns
CERTAIN = 20.0  # logit of ending behind an ending, finite so that a wrong row costs no more than 20 nats


class Padded(NamedTuple):
    """Series side by side. x: (B, T, D). mask: (B, T) bool, the rows that are there."""

    x: Tensor
    mask: Tensor


def padded(series: Ragged, fill: float = 0.0) -> Padded:
    """Series as one tensor, with `fill` behind the last row of each."""
    length = int(series.sizes.max())
    mask = torch.arange(length, device=series.device) < series.sizes[:, None]
    x = series.x.new_full((len(series), length, series.x.shape[1]), fill)
    x[mask] = series.x
    return Padded(x, mask)


class SeriesAutoregressive(Family):
    """One row after another (see the module).

    Several networks first train side by side for a tenth of the budget each. One of them trains on alone: the first,
    unless another one is clearly better on validation items.

    Args:
        spec: One leaf of ordered members.
        given: Conditions.
        networks: Bodies with their column networks, the smallest first.
    """

    kind = "exact"
    scores_known = True
    allow_bf16 = False
    method = "one cell after another, row by row; by particles where something known comes behind a hole"

    def __init__(self, spec: Spec, given: Spec, *networks: SeriesNetwork):
        super().__init__(spec, given)
        self.networks, self.head = nn.ModuleList(networks), networks[0].head
        self.register_buffer("chosen", torch.zeros((), dtype=torch.long))
        self.each, leaf = spec.leaf.each, spec.leaf
        chance = chance_of_end(leaf.sizes.edges, leaf.sizes.probs)
        self.most = len(chance) - 1
        self.register_buffer("end_logits", torch.logit(chance).float(), False)  # of ending behind t rows
        levels = [leaf.k if leaf.discrete else 0 for leaf in self.each.columns]
        self.register_buffer("levels", torch.tensor(levels), False)  # of each column, 0 of real numbers
        columns = {name: j for j, name in enumerate(self.each.names)}
        self.endings = [(columns[name], code) for name, code in leaf.endings]

    @property
    def network(self) -> SeriesNetwork:
        """The network that is used."""
        return self.networks[int(self.chosen)]

    def flaw(self) -> str:
        return "" if 0 <= int(self.chosen) < len(self.networks) else "a network that is not there"

    def lengths(self, x: Ragged) -> Tensor | None:
        return x.sizes if self.end_logits.isfinite().any() else None

    # ------------------------------------------------------------------ training

    def stages(self) -> list[Stage]:
        if len(self.networks) == 1:
            return super().stages()
        trial = [
            Player(f"network {k}", list(network.parameters()), partial(self._loss_of, network))
            for k, network in enumerate(self.networks)
        ]
        share = TRIAL * len(trial)
        rest = Stage("fit", [Player("model", list(self.parameters()), self.loss)], 1 - share, inputs=self._choose)
        return [Stage("trial", trial, share), rest]

    def _choose(self, items: Items, rng: Draws) -> Items:
        """Take the first network, unless another one scores these items better by more than a standard error of the
        difference. Training items come first, and validation items last."""
        scores = []
        for network in self.networks:
            cells, ends = self._log_probs(items.x, items.given, network)
            scores.append(self._sums(cells.sum(1) + ends, items.x))
        gains = torch.stack(scores) - scores[0]  # (networks, B)
        margins = gains.mean(1) - gains.std(1) / len(items.x) ** 0.5
        self.chosen = margins.nan_to_num(-torch.inf).index_fill(0, margins.new_zeros(1).long(), 0.0).argmax()
        return items

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """-log p(x | given), nats per item."""
        return self._loss_of(self.network, batch)

    def _loss_of(self, network: SeriesNetwork, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        given = drop_given(self.given, batch.given, batch.rng)
        cells, ends = self._log_probs(batch.x, given, network)
        return -self._sums(cells.sum(1) + ends, batch.x).mean(), {}

    # ------------------------------------------------------------------ likelihood

    def log_likelihood(
        self, x: Ragged, given: Tensor, rng: Draws, draws: int | None = None, known: Ragged | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Exact nats (B,); with a known part as the module says. rng and draws are those of particles."""
        cells, ends = self._log_probs(x, given)
        if known is None:
            return self._sums(cells.sum(1) + ends, x), None
        open_cells = self._sums(cells.masked_fill(known.x, 0.0).sum(1), x)
        behind = self._known_behind(known)
        if not behind.any():
            return open_cells, None
        masses = torch.stack([self._fill(x, known, given, rng, PARTICLES).log_mass for _ in range(draws or RUNS)])
        mass, se = log_average(masses)
        whole = self._sums(cells.sum(1), x)
        return torch.where(behind, whole - mass, open_cells), se.masked_fill(~behind, 0.0)

    def member_log_likelihood(self, x: Ragged, given: Tensor) -> Tensor:
        """Nats (N,) of every row, given the rows before it: of going on to it, of its cells, and of ending there."""
        cells, ends = self._log_probs(x, given)
        return cells.sum(1) + ends

    def _log_probs(self, series: Ragged, given: Tensor, network: SeriesNetwork | None = None) -> tuple[Tensor, Tensor]:
        """Log-probabilities of the cells (N, D), 0 of first steps; and of going on and ending (N,). network: the one
        that is used, where none is named."""
        network = network or self.network
        first_steps = self._first_steps(series)
        series = series.with_x(series.x.masked_fill(first_steps, 0.0))
        x, mask = padded(series)
        states = network.states(x, given)
        last = last_present(self.head.z(x), mask)[mask]
        params = network.params(series.x, states[:, :-1][mask], last)
        cells = self.head.log_prob(params, series.x, last).masked_fill(first_steps, 0.0)
        return cells, self._log_ends(network, states, series)

    def _first_steps(self, series: Ragged) -> Tensor:
        """(N, D) bool: the steps of first rows, which mean nothing."""
        columns = torch.arange(series.x.shape[1], device=series.device)
        step = -1 if self.network.clock.step is None else self.network.clock.step
        return (series.place == 0)[:, None] & (columns == step)

    def _log_ends(self, network: SeriesNetwork, states: Tensor, series: Ragged) -> Tensor:
        """Log-probability (N,) that a series goes on to each row, and of the last one that it ends behind it."""
        count = series.sizes
        behind = torch.arange(1, states.shape[1], device=count.device)  # rows so far
        logits = self._end_logits(network, states[:, 1:], behind)
        for j, code in self.endings:
            ended = padded(series, -1.0).x[..., j] == code
            logits = torch.where(ended, CERTAIN, logits)
        goes_on, ends = F.logsigmoid(-logits), F.logsigmoid(logits)
        each = F.pad(goes_on[:, :-1], (1, 0)) + ends.masked_fill(behind != count[:, None], 0.0)
        return each[behind <= count[:, None]]

    def _end_logits(self, network: SeriesNetwork, states: Tensor, behind: Tensor) -> Tensor:
        """Logits of ending behind so many rows: states (..., width), behind (...,) -> (...,)."""
        base = self.end_logits[behind.clamp(max=self.most)].masked_fill(behind > self.most, torch.inf)
        return base + network.goes_on(states)[..., 0]

    def _sums(self, rows: Tensor, series: Ragged) -> Tensor:
        """Sums (B,) of numbers (N,) of rows."""
        return rows.new_zeros(len(series)).index_add_(0, series.item, rows)

    # ------------------------------------------------------------------ samples

    def sample(self, n: int, given: Tensor, rng: Draws) -> Ragged:
        """Samples n series, row by row, until each has ended.

        Args:
            n: Number of series.
            given: (n, G) conditions.
            rng: Random numbers.
        """
        walk = Walk(self.network, given, self.most)
        alive, count, rows = torch.ones(n, dtype=torch.bool, device=given.device), given.new_zeros(n).long(), []
        while bool(alive.any()) and len(rows) < self.most:
            if rows:
                alive = alive & ~self._ends(walk, rng)
                if not alive.any():
                    break
            row = self._sample_row(walk, rng)
            rows.append(row)
            walk.advance(row)
            count += alive
        x = torch.stack(rows, 1)
        mask = torch.arange(len(rows), device=given.device) < count[:, None]
        return Ragged(x[mask], offsets(count))

    def _ends(self, walk: "Walk", rng: Draws) -> Tensor:
        """(B,) bool: which series end behind the rows so far."""
        behind = torch.full((len(walk.state),), walk.place, device=walk.state.device)
        logits = self._end_logits(self.network, walk.state, behind)
        for j, code in self.endings:
            logits = torch.where(walk.row[:, j] == code, CERTAIN, logits)
        return rng.uniform(len(logits)) < logits.sigmoid()

    def _sample_row(self, walk: "Walk", rng: Draws, present: bool = False) -> Tensor:
        row = walk.state.new_zeros(len(walk.state), len(self.each.columns))
        vectors = walk.state.new_zeros(*row.shape, self.network.cells.absent.shape[1])
        for j in range(row.shape[1]):
            if j == self.network.clock.step and walk.place == 0:
                row[:, j] = 0.0
            else:
                params = self.network.column_params(j, vectors[:, :j], walk.state, row, walk.last)
                row[:, j] = self.head.sample_column(j, params, row, walk.last, rng, present)
            vectors[:, j] = self.network.cells.column(j, row[:, j])
        return row

    # ------------------------------------------------------------------ completions

    def completes_given(self, known: Ragged, **options: object) -> str:
        """Exact where nothing known comes behind something unknown, and no cell that is filled might be absent."""
        hidden = [leaf.optional for j, leaf in enumerate(self.each.columns) if not known.x[:, j].all()]
        return "approximate" if any(hidden) or self._known_behind(known).any() else "exact"

    def kind_given(self, known: Ragged) -> str:
        return "estimate" if self._known_behind(known).any() else self.kind

    def _known_behind(self, known: Ragged) -> Tensor:
        """(B,) bool: whether something known comes behind something unknown. First steps, and columns of one value,
        say nothing."""
        says = ~(self._first_steps(known) | (self.levels == 1))
        held = padded(known.with_x((known.x & says).float())).x.flatten(1)
        ahead = padded(known.with_x((~known.x & says).float())).x.flatten(1).cumsum(1)
        return ((held > 0) & (ahead > 0)).any(1)

    def fill(self, x: Ragged, known: Ragged, given: Tensor, rng: Draws) -> Ragged:
        """Draws the unknown cells of rows that are there; no filled cell is absent."""
        behind = self._known_behind(known)
        if not behind.any():
            return self._fill(x, known, given, rng, 1).series
        filled = self._fill(x, known, given, rng, PARTICLES).series
        if behind.all():
            return filled
        plain = self._fill(x, known, given, Draws(rng.seed, "plain", device=rng.device), 1).series
        return filled.with_x(torch.where(behind[x.item][:, None], filled.x, plain.x))

    def _fill(self, x: Ragged, known: Ragged, given: Tensor, rng: Draws, particles: int) -> "Filled":
        """Series with their unknown cells drawn, and the log-mass (B,) of the known ones, by so many particles each."""
        parts = torch.arange(len(x), device=x.device).split(max(1, MOST_AT_ONCE // particles))
        done = [self._fill_part(x[ids], known[ids], given[ids], rng, particles) for ids in parts]
        series = torch.cat([items.series.x for items in done])
        return Filled(x.with_x(series), torch.cat([items.log_mass for items in done]))

    @torch.inference_mode()
    def _fill_part(self, series: Ragged, known: Ragged, given: Tensor, rng: Draws, particles: int) -> "Filled":
        spread = lambda part: part.repeat_interleave(particles, 0)
        x, mask = padded(series)
        stays, x, mask = spread(padded(known.with_x(known.x.float())).x.bool()), spread(x.float()), spread(mask)
        walk = Walk(self.network, spread(given), x.shape[1])
        weights, mass = x.new_zeros(len(series), particles), x.new_zeros(len(series))
        limits = next_known(self.head, x, stays & mask[..., None])
        for t in range(x.shape[1]):
            gain = self._fill_row(walk, x, stays, limits, t, rng)
            weights = weights + gain.masked_fill(~mask[:, t], 0.0).view_as(weights)
            moved = None
            if particles > 1:
                before = weights
                weights, moved = resample(weights, rng)
                mass = mass + before.logsumexp(1) - weights.logsumexp(1)
            if moved is not None:
                x[:, : t + 1] = x[moved, : t + 1]
                walk.reorder(moved)
            walk.advance(x[:, t])
        log_mass = mass + weights.logsumexp(1) - torch.tensor(float(particles)).log()
        chosen = (weights.softmax(1).cumsum(1) < rng.uniform(len(series), 1)).sum(1).clamp(max=particles - 1)
        rows = torch.arange(len(series), device=x.device) * particles + chosen
        own, there = x[rows], mask[rows]
        return Filled(series.with_x(own[there]), log_mass)

    def _fill_row(
        self, walk: "Walk", x: Tensor, stays: Tensor, limits: dict[int, Tensor], t: int, rng: Draws
    ) -> Tensor:  # fmt: skip
        """Write the unknown cells of row t of x; the log-probability (N,) of its known cells, and of staying within the
        limits (see `next_known`)."""
        gain, row = x.new_zeros(len(x)), x[:, t]
        vectors = walk.state.new_zeros(*row.shape, self.network.cells.absent.shape[1])
        for j in range(row.shape[1]):
            if j != self.network.clock.step or t:
                params = self.network.column_params(j, vectors[:, :j], walk.state, row, walk.last)
                known = stays[:, t, j]
                if not known.all():
                    limit = limits[j][:, t] if j in limits else None
                    drawn = self.head.sample_column(j, params, row, walk.last, rng, present=True, limit=limit)
                    row[:, j] = torch.where(known, row[:, j], drawn)
                    if limit is not None:
                        gain = gain + self.head.log_room(j, params, walk.last, limit).masked_fill(known, 0.0)
                if known.any():
                    log_density = self.head.column_log_prob(j, params, row, walk.last)
                    gain = gain + log_density.masked_fill(~known, 0.0)
            vectors[:, j] = self.network.cells.column(j, row[:, j])
        return gain


def next_known(head: RowHead, x: Tensor, known: Tensor) -> dict[int, Tensor]:
    """{column: (B, T)} the value, in z, that a number which never falls, or never rises, has in the next row in which
    it is known; NaN where there is none. Filled cells do not pass it.

    Args:
        head: The cells of a row.
        x, known: (B, T, D).
    """
    limits = {}
    for n, j in enumerate(head.numbers):
        if head.signs[n]:
            z = torch.where(known[..., j], head.z(x)[..., n], torch.nan)
            ahead = (z * head.signs[n]).nan_to_num(torch.inf).flip(1).cummin(1).values.flip(1)
            limits[j] = (ahead * head.signs[n]).masked_fill(ahead.isinf(), torch.nan)
    return limits


@dataclass(frozen=True)
class Filled:
    """Completed series, and an estimate (B,) of the log-mass of what was known."""

    series: Ragged
    log_mass: Tensor


class Walk:
    """Series that are written row by row: the state before the row to come.

    Args:
        network: The network.
        given: (B, G) conditions.
        length: Rows at most.

    `state` (B, width), `place`, `row` (B, D) the row before, `last` (B, numbers) the last present value of each number,
    NaN before the first.
    """

    def __init__(self, network: SeriesNetwork, given: Tensor, length: int):
        self.network, self.place, self.row = network, 0, None
        self.condition, self.begin = network.condition(given), network.clock.begin(given)
        self.elapsed = torch.zeros_like(self.begin)
        self.last = given.new_full((len(given), len(network.head.numbers)), torch.nan)
        self.body = network.body.walk(self.condition, length + 1)
        self._read()

    def _read(self) -> None:
        place = torch.full((len(self.condition),), self.place, device=self.condition.device)
        token = self.network.token(self.row, place, self.elapsed, self.begin, self.condition)
        self.state = self.network.norm(self.body(token))

    def advance(self, row: Tensor) -> None:
        """Read a row (B, D)."""
        if self.place:
            self.elapsed = self.elapsed + self.network.clock.steps(row)
        z = self.network.head.z(row)
        self.last, self.row, self.place = torch.where(z.isnan(), self.last, z), row, self.place + 1
        self._read()

    def reorder(self, rows: Tensor) -> None:
        """Go on with series rows[i] in the place of each i."""
        self.body.reorder(rows)
        self.elapsed, self.last = self.elapsed[rows], self.last[rows]


def chance_of_end(edges: tuple[float, ...], probs: tuple[float, ...]) -> Tensor:
    """(M + 1,) float64: the chance that a series of t rows has no more, by a histogram of lengths; 0 for t = 0.

    Args:
        edges: Of the histogram, half-way between whole numbers.
        probs: Of its bins.
    """
    first, most = int(edges[0] + 0.5), int(edges[-1] - 0.5)
    mass = torch.zeros(most + 1, dtype=torch.float64)
    mass[first:] = torch.tensor(probs, dtype=torch.float64)
    left = mass.flip(0).cumsum(0).flip(0)
    return (mass / left.clamp(min=1e-300)).clamp(0, 1)
