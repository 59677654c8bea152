"""Simple models of series, which every trained one has to beat.

    climatology      each row is a training row of the same month, or of the same hour if time is finer than days
    persistence      x_t = x_{t-1}: the row before, again and again
    seasonal-naive   x_t = x_{t-s}: the row one season s before, the lag at which training numbers correlate
                     best with themselves
    var              x_t = A x_{t-1} + b: numbers from the row before by least squares, labels from a training row
    shuffled-rows    the rows of a training series in random order
    bootstrap        training series

All draw the first row and the length of a training series. They fill unknown cells row by row, without a view of what
is known behind them.
"""

from typing import ClassVar

import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.graph import is_offsets, offsets
from ...core.ragged import Ragged
from ...core.spec import Spec
from ...core.trainable import Items
from ...families.baselines.bootstrap_and_independent import BootstrapSets
from ..networks.network import Clockwork
from ..networks.row_head import RowHead
from .autoregressive import padded

MONTHS, HOURS = 12, 24
YEAR = 365.2425
LONGEST_SEASON = 400  # rows
RIDGE = 1e-3  # pseudo-rows of the least squares


class RowByRow(BootstrapSets):
    """Base: training series, and rules for the rows to come. A subclass has `_next(rows, place, phase, rng)`."""

    lacks = {"log_prob": "it gives rows no density"}
    method = "row by row from training rows"
    gaps = ("members", "values")
    grows: ClassVar[dict[str, int]] = {"members": 0, "ptr": 0, "values": 0, "phases": 0}

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        self.clock, self.each = Clockwork(spec, given), spec.leaf.each
        self.register_buffer("phases", torch.zeros(0, dtype=torch.long))  # (N,) of the training rows

    def finish(self, items: Items, rng: Draws) -> None:
        super().finish(items, rng)
        self.phases = self._phases_of(items.x, items.given)

    def flaw(self) -> str:
        if len(self.phases) != len(self.members) or not is_offsets(self.ptr, len(self.members)):
            return "rows that training cannot have had"
        return super().flaw()

    def sample(self, n: int, given: Tensor, rng: Draws) -> Ragged:
        """Series that begin as a training series with conditions near to the given ones, and are as long."""
        begun = Ragged(self.members, self.ptr)[self._picked(n, given, rng)]
        known = begun.with_x((begun.place == 0)[:, None].expand(begun.x.shape).clone())
        return self._filled(begun, known, given, rng)

    def fill(self, x: Ragged, known: Ragged, given: Tensor, rng: Draws) -> Ragged:
        return self._filled(x, known, given, rng)

    def _filled(self, series: Ragged, known: Ragged, given: Tensor, rng: Draws) -> Ragged:
        x, mask = padded(series)
        x, stays = x.float().clone(), padded(known.with_x(known.x.float())).x.bool()
        begin, elapsed = self.clock.begin(given), torch.zeros(len(x), dtype=torch.float64, device=x.device)
        for t in range(x.shape[1]):
            phase = self._phase(begin, elapsed + (self.clock.mean_step if t else 0.0))
            new = self._next(x[:, :t], t, phase, rng)
            missing = new.isnan() & ~stays[:, t]
            if missing.any():  # no filled cell is absent
                new = torch.where(missing, self._typical().to(new), new)
            x[:, t] = torch.where(stays[:, t], x[:, t], new)
            if t:
                elapsed = elapsed + self.clock.steps(x[:, t])
        return series.with_x(x[mask])

    def _next(self, rows: Tensor, place: int, phase: Tensor, rng: Draws) -> Tensor:
        """Rows (B, D) behind rows (B, place, D)."""
        raise NotImplementedError

    def _typical(self) -> Tensor:
        """(D,): the median of each column in training."""
        return self.members.nanmedian(0).values.nan_to_num()

    def _phase(self, begin: Tensor, moment: Tensor) -> Tensor:
        """(...,) int64: the month, the hour, or 0 where no date is known."""
        if not self.clock.cycles:
            return torch.zeros_like(moment, dtype=torch.long)
        days = (begin + moment).nan_to_num() * self.clock.unit
        month = (days % YEAR / YEAR * MONTHS).long().clamp(0, MONTHS - 1)
        return (days % 1 * HOURS).long().clamp(0, HOURS - 1) if self.clock.unit < 1 else month

    def _phases_of(self, series: Ragged, given: Tensor) -> Tensor:
        steps = self.clock.steps(series.x).masked_fill(series.place == 0, 0.0)
        total = steps.cumsum(0)
        elapsed = total - total[series.ptr[:-1]][series.item]
        return self._phase(self.clock.begin(given)[series.item], elapsed)

    def _training_rows(self, phase: Tensor, rng: Draws) -> Tensor:
        """(B,) numbers of training rows of these phases, none of them the first of a series where others are there."""
        inner = torch.ones(len(self.members), dtype=torch.bool, device=phase.device)
        inner[self.ptr[:-1]] = False
        u, picked = rng.uniform(len(phase)), torch.zeros_like(phase)
        for one in phase.unique().tolist():
            rows = ((self.phases == one) & inner).nonzero()[:, 0]
            rows = rows if len(rows) else torch.arange(len(self.members), device=phase.device)
            own = phase == one
            picked[own] = rows[(u[own] * len(rows)).long().clamp(max=len(rows) - 1)]
        return picked


class Climatology(RowByRow):
    """Each row is a training row of the same month or hour."""

    method = "training rows of the same month or hour"

    def _next(self, rows: Tensor, place: int, phase: Tensor, rng: Draws) -> Tensor:
        return self.members[self._training_rows(phase, rng)]


class Last(Climatology):
    """The row before, again and again."""

    method = "the row before"

    def _next(self, rows: Tensor, place: int, phase: Tensor, rng: Draws) -> Tensor:
        drawn = super()._next(rows, place, phase, rng)
        if not place:
            return drawn
        before = rows[:, -1].clone()
        if self.clock.step is not None:
            before[:, self.clock.step] = drawn[:, self.clock.step]
        return before


class Seasonal(Last):
    """The row one season before. The season is the lag with the largest correlation in training, of 2 rows at least."""

    method = "the row one season before"

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        self.register_buffer("season", torch.ones((), dtype=torch.long))

    def finish(self, items: Items, rng: Draws) -> None:
        super().finish(items, rng)
        head = RowHead(self.each)
        z, mask = padded(items.x.with_x(head.z(items.x.x)), torch.nan)
        z = z - z.nanmean((0, 1))
        most, scores = min(LONGEST_SEASON, z.shape[1] // 2), [-torch.inf, -torch.inf]
        for lag in range(2, most + 1):
            both = z[:, lag:] * z[:, :-lag]
            scores.append(float(both[~both.isnan()].mean()) if (~both.isnan()).any() else -torch.inf)
        self.season = torch.tensor(max(1, int(torch.tensor(scores).argmax())) if len(scores) > 2 else 1)

    def _next(self, rows: Tensor, place: int, phase: Tensor, rng: Draws) -> Tensor:
        season = int(self.season)
        if place < season:
            return super()._next(rows, place, phase, rng)
        return super()._next(rows[:, : place - season + 1], place, phase, rng)


class VectorAutoregression(RowByRow):
    """Numbers from the numbers of the row before by least squares with Gaussian errors; labels, steps and the first row
    from a training row (Luetkepohl 2005). An absent number counts as its last present value."""

    method = "numbers from the row before by least squares"

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        self.head = RowHead(self.each)
        self.own = [n for n, j in enumerate(self.head.numbers) if j != self.clock.step]
        count = len(self.own)
        self.register_buffer("weight", torch.zeros(count + 1, count))
        self.register_buffer("spread", torch.eye(count))  # Cholesky factor of the errors' covariance

    def finish(self, items: Items, rng: Draws) -> None:
        super().finish(items, rng)
        z, mask = padded(items.x.with_x(self.head.z(items.x.x)[:, self.own]), torch.nan)
        z = _filled_forward(z)
        before, after = z[:, :-1][mask[:, 1:]], z[:, 1:][mask[:, 1:]]
        whole = ~(before.isnan().any(1) | after.isnan().any(1))
        if not whole.any():
            return
        before = torch.cat([before[whole], torch.ones(int(whole.sum()), 1)], 1).double()
        after = after[whole].double()
        gram = before.T @ before + RIDGE * torch.eye(before.shape[1], dtype=torch.float64)
        weight = torch.linalg.solve(gram, before.T @ after)
        error = after - before @ weight
        covariance = error.T @ error / max(1, len(error) - before.shape[1]) + 1e-8 * torch.eye(len(self.own))
        self.weight, self.spread = weight.float(), torch.linalg.cholesky(covariance).float()

    def _next(self, rows: Tensor, place: int, phase: Tensor, rng: Draws) -> Tensor:
        row = self.members[self._training_rows(phase, rng)]
        noise = rng.normal(len(phase), len(self.own)) @ self.spread.T
        if not place:
            return row
        z = _filled_forward(self.head.z(rows)[..., self.own])[:, -1].nan_to_num()
        new = torch.cat([z, torch.ones_like(z[:, :1])], 1) @ self.weight + noise
        row = row.clone()
        for n, value in zip(self.own, new.T):
            j = self.head.numbers[n]
            cells = value * self.head.spread[n] + self.head.centre[n]
            leaf = self.each.columns[j]
            row[:, j] = cells.round().clamp(0, leaf.levels - 1) if leaf.discrete else cells
        return row


def _filled_forward(z: Tensor) -> Tensor:
    """Numbers (B, T, n) whose absent ones are the last present ones, NaN before the first."""
    at = torch.where(z.isnan(), -1, torch.arange(z.shape[1], device=z.device)[None, :, None]).cummax(1).values
    return z.gather(1, at.clamp(min=0)).masked_fill(at < 0, torch.nan)


class ShuffledRows(BootstrapSets):
    """The rows of a training series in random order: every row is real, and nothing of their order is left."""

    lacks = {"log_prob": "it gives rows no density", "complete": "it holds whole series only"}
    gaps = ("members", "values")

    def sample(self, n: int, given: Tensor, rng: Draws) -> Ragged:
        series = super().sample(n, given, rng)
        draws = rng.items(n)
        key = draws.uniform(series.sizes, 1)[:, 0].double() + series.item
        return Ragged(series.x[key.argsort()], offsets(series.sizes))


class BootstrapSeries(BootstrapSets):
    """Training series drawn with replacement (Efron 1979)."""

    gaps = ("members", "values")
    lacks: ClassVar[dict[str, str]] = {
        "log_prob": "a resampled training set has no density",
        "complete": "it holds whole series only",
    }
