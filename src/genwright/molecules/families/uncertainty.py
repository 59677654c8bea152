"""How far a prediction can be believed, measured on molecules that training did not see.

Numbers get intervals by split conformal prediction (Lei 2018), as wide as the members of an ensemble disagree
(Papadopoulos 2008). With residuals r_i of m molecules and s_i = spread_i + FLOOR (1 without an ensemble),

    y in [f - q s, f + q s],   q = the k-th smallest of |r_i| / s_i,   k = ceil((m + 1) level)

holds with probability k / (m + 1) for a molecule drawn as the m molecules were, whatever the predictor. If too few
molecules validate, each member of an ensemble is measured on the molecules that it did not train on (cross-conformal
prediction, Vovk 2015), nine of them at least. Then s_i = 1, and `half_width_of_mean` narrows q, since the mean of
members errs less than one of them.
This holds about as often, but nothing proves it: a member may also have stopped by the molecules that it is measured
on. The simple families are fitted again without each of FOLDS parts, and measured on it.

Classes get one temperature (Guo 2017) and a shift each, so that rare ones are right on average (Platt 1999):
p ~ softmax(log p / T + b). A molecule is *inside* if it reaches the similarity to
its nearest training molecule that SHARE of the measured molecules reach; nobody measured errors of others. If too
few were measured, it is the similarity that SHARE of training molecules reach to another one. A run keeps
the bits of each training molecule's fingerprint, and its number, not the molecule.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, inf, isfinite, nan, sqrt
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
import torch
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax, softmax
from torch import Tensor

from ...core.answers import EXACT, UNKNOWN, Target
from ...core.draws import Draws
from ...core.errors import RunError
from ...core.trainable import Items, Trainable
from ...graphs.networks.features import Features
from ..chemistry.fingerprints import BITS, nearest, packed, several_nearest

LEVEL, SHARE = 0.9, 0.95
FEWEST = 36  # values, below which no probability is calibrated
FEWEST_ERRORS = 9  # errors, below which none is as large as LEVEL of new ones: (m + 1) LEVEL > m
ENOUGH, LEAST_APART = 75, 50  # validation molecules, of which some are set apart to judge by, and these at least
FEWEST_ALIKE = 12  # training molecules whose likeness to each other says who is inside
MOST_LEFT_OUT = 2_000  # of them, at most, whose nearest other one is looked for
FAR = 0.1  # of the range of training values: a prediction that lies farther beyond it is flagged
FLOOR = 0.1  # added to a spread, in deviations of training: members that agree may be wrong together
MIN_TEMPERATURE, MAX_TEMPERATURE = 0.05, 20.0  # a temperature
SHIFT = 3.0  # nats, beyond which a shift is unlikely
PACKED = 4_096  # molecules whose fingerprints are packed at a time
TINY = 1e-12  # lowest probability


def split_conformal(errors: np.ndarray, member_spread: np.ndarray | None = None, level: float = LEVEL) -> float | None:
    """Computes half the width of the conformal interval, in units of `interval_units`; None for fewer than
    FEWEST_ERRORS values.

    Args:
        errors: (m,) of validation molecules.
        member_spread: (m,) of an ensemble's members, None of a single one.
    """
    if len(errors) < FEWEST_ERRORS:
        return None
    rank = ceil((len(errors) + 1) * level - 1e-9)  # less what 0.9 is above nine tenths
    return float(np.sort(np.abs(errors) / interval_units(member_spread, len(errors)))[rank - 1])


def half_width_of_mean(width: float, member_predictions: np.ndarray, fold: np.ndarray) -> float:
    """Computes half the width of an interval around the mean of K members, from the `width` around one of them.

    An error has a part that all members share and one of each member's own, and the mean keeps 1 / K of the square of
    the latter (Krogh & Vedelsby 1995), here of quantiles:

        width^2 = shared^2 + own^2,   result^2 = shared^2 + own^2 / K

    Args:
        member_predictions: (K, n) what members predict.
        fold: (n,) the member that did not train on a molecule. `own` is how far the others lie from their mean, at
            LEVEL. They trained on the molecule and differ less than on a new one, so the result is rather too wide;
            two members leave no others to compare, and it is `width`.
    """
    count = len(member_predictions)
    if count < 3:
        return width
    other_predictions = member_predictions.T[np.arange(count) != fold[:, None]].reshape(-1, count - 1)
    deviations = np.abs(other_predictions - other_predictions.mean(1, keepdims=True)) * sqrt((count - 1) / (count - 2))
    return sqrt(max(width**2 - (1 - 1 / count) * np.quantile(deviations, LEVEL) ** 2, width**2 / count))


def interval_units(member_spread: np.ndarray | None, n: int) -> np.ndarray:
    """Returns the units (n,) of interval half-widths: the spread of an ensemble and a floor, else 1.

    Args:
        member_spread: How far the members of an ensemble differ.
        n: Number of items.
    """
    return np.ones(n) if member_spread is None else member_spread + FLOOR


def fit_temperature(p: np.ndarray, y: np.ndarray) -> float | None:
    """Fits the temperature at which the classes y (m,) int are most probable under probabilities p (m, C); None below
    FEWEST.

    One more term keeps it near 1 where all molecules are right and any lower temperature were better: (log T)^2 / 2."""
    if len(y) < FEWEST:
        return None
    logs = np.log(np.maximum(p, TINY))

    def nats(log_t: float) -> float:
        return log_t**2 / 2 - log_softmax(logs / np.exp(log_t), 1)[np.arange(len(y)), y].sum()

    return float(np.exp(minimize_scalar(nats, bounds=np.log([MIN_TEMPERATURE, MAX_TEMPERATURE]), method="bounded").x))


def fit_temperature_and_shifts(p: np.ndarray, y: np.ndarray) -> tuple[float | None, np.ndarray]:
    """Fits the temperature and the shifts (C,) of log-probabilities at which y is most probable, as `fit_temperature`
    does.

    |b|^2 / 2 SHIFT^2 keeps the shift of a class that nothing has from growing without end. Its slope says how near the
    mean probability of a class is to its share: sum p_c - sum 1[y = c] + b_c / SHIFT^2 = 0. Below FEWEST there is no
    temperature, and shifts are 0."""
    classes = p.shape[1]
    if len(y) < FEWEST:
        return None, np.zeros(classes)
    logs, one_hot, weight = np.log(np.maximum(p, TINY)), np.eye(classes)[y], np.full(classes + 1, SHIFT**-2)
    weight[0] = 1.0

    def nats(at: np.ndarray) -> tuple[float, np.ndarray]:
        heat = logs * np.exp(-at[0])
        residual = softmax(heat + at[1:], 1) - one_hot
        value = (at @ (weight * at)) / 2 - (log_softmax(heat + at[1:], 1) * one_hot).sum()
        return value, weight * at + np.concatenate([[-(residual * heat).sum()], residual.sum(0)])

    limits = [np.log([MIN_TEMPERATURE, MAX_TEMPERATURE]), *[(None, None)] * classes]
    solution = minimize(nats, np.zeros(classes + 1), jac=True, bounds=limits, method="L-BFGS-B").x
    return float(np.exp(solution[0])), solution[1:]


def apply_temperature(p: np.ndarray, t: float | None, shifts: np.ndarray | float = 0.0) -> np.ndarray:
    """Applies a temperature and shifts to probabilities: (n, C).

    Args:
        p: (n, C) probabilities.
        t: temperature. None leaves p as it is.
        shifts: (C,) of the log-probabilities.
    """
    return p if t is None else softmax(np.log(np.maximum(p, TINY)) / t + shifts, 1)


def least_similarity(similarity: np.ndarray, minimum: int = FEWEST) -> float | None:
    """Returns the similarity that at least SHARE of molecules (m,) reach; None for fewer than `minimum`."""
    if len(similarity) < minimum:
        return None
    return float(np.sort(similarity)[int((1 - SHARE) * len(similarity) + 1e-9)])


@dataclass(frozen=True)
class Calibration:
    """Calibration of predictions by molecules that did not train, kept with the weights. A target has an interval
    half-width (a number) or a temperature (classes), or None where `counts` values were too few.

    Args:
        counts: measured values of each target; where nothing was measured, values that could have been.
        least: the lowest similarity of a molecule that is inside, None where there were too few to tell.
        by_folds: whether members of an ensemble were measured, each on its fold, and not their mean. Then
            half-widths do not scale with their spread, and each member has the temperature.
        shifts: Shifts of the log-probability of each class, 0 of a number; () where none were measured.
    """

    widths: tuple[float | None, ...]
    temperatures: tuple[float | None, ...]
    counts: tuple[int, ...]
    least: float | None
    by_folds: bool = False
    shifts: tuple[float, ...] = ()

    def reasons(self, targets: Sequence[Target]) -> list[str]:
        """Says why targets are not calibrated, and what changes that; "" for one that is.

        Args:
            targets: The targets that are predicted.
        """
        reasons = []
        for target, *known, count in zip(targets, self.widths, self.temperatures, self.counts):
            needed = FEWEST if target.classes else FEWEST_ERRORS
            if known != [None, None]:
                reasons.append("")
            elif count < needed:
                reasons.append(
                    f"{count} values are there to judge it by, and it takes {needed}: measure more molecules"
                )
            else:
                reasons.append(
                    f"fewer than {ENOUGH} molecules validate, so none are set apart: train five networks with --family "
                    "dmpnn --ensemble 5"
                )
        return reasons

    @classmethod
    def unmeasured(cls, targets: Sequence[Target], counts: Sequence[int] = ()) -> Calibration:
        """Returns a calibration without any measurement.

        Args:
            targets: The targets that are predicted.
            counts: values of each that could be measured, none by default.
        """
        none = (None,) * len(targets)
        return cls(none, none, tuple(counts) or (0,) * len(targets), None)

    @classmethod
    def fit(
        cls,
        outputs: np.ndarray,
        member_spread: np.ndarray | None,
        y: np.ndarray,
        known: np.ndarray,
        targets: Sequence[Target],
        similarity: np.ndarray,
    ) -> Calibration:
        """Calibrates by m validation molecules.

        Args:
            outputs: (m, outputs) as `predict` gives it.
            member_spread: (m, outputs) of the members of an ensemble, None of a single one.
            y, known: (m, T) as `Answers` has them.
            targets: The targets that are predicted.
            similarity: (m,) to the nearest training molecule. A bound calibrates nothing.
        """
        widths, temperatures, counts, shifts = [], [], [], np.zeros(outputs.shape[1])
        for t, (target, place) in enumerate(zip(targets, output_slices(targets))):
            is_known = known[:, t] == EXACT if not target.classes else known[:, t] != UNKNOWN
            known_outputs, answers = outputs[is_known, place], y[is_known, t]
            if target.classes:
                widths.append(None)
                fitted, shifts[place] = fit_temperature_and_shifts(known_outputs, answers.astype(int))
                temperatures.append(fitted)
            else:
                own_spread = None if member_spread is None else member_spread[is_known, place][:, 0]
                widths.append(split_conformal(known_outputs[:, 0] - answers, own_spread))
                temperatures.append(None)
            counts.append(len(answers))
        minimum = least_similarity(similarity)
        return cls(tuple(widths), tuple(temperatures), tuple(counts), minimum, shifts=tuple(shifts.tolist()))

    @classmethod
    def fit_by_folds(
        cls,
        member_predictions: np.ndarray,
        fold: np.ndarray,
        y: np.ndarray,
        known: np.ndarray,
        targets: Sequence[Target],
        similarity: np.ndarray,
    ) -> Calibration:
        """Calibrates by n molecules, each of which one member did not train on.

        Args:
            member_predictions: (members, n, outputs) predictions of all members.
            fold: (n,) int the number of that member.
            y, known: (n, T).
            similarity: (n,) to the nearest training molecule outside of its fold.

        No spread scales the errors: members that trained on a molecule lie near its measured value.
        """
        held_out = member_predictions[fold, np.arange(len(fold))]
        calibration = cls.fit(held_out, None, y, known, targets, similarity)
        pairs = zip(calibration.widths, output_slices(targets))
        widths = tuple(
            None if w is None else half_width_of_mean(w, member_predictions[..., place.start], fold)
            for w, place in pairs
        )
        return replace(calibration, widths=widths, by_folds=True)

    def predictions(
        self, member_predictions: np.ndarray, member_spread: np.ndarray | None, targets: Sequence[Target]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Computes calibrated means (n, outputs), and the ends of 90% intervals of scaled numbers, (n, T) each.

        Args:
            member_predictions: (members, n, outputs) predictions.
            member_spread: (n, T) disagreement of the members.
            targets: What is predicted.
        """
        mean = member_predictions.mean(0)
        if not self.by_folds:
            return self.calibrated(mean, targets), *self.intervals(mean, member_spread, targets)
        mean_prediction = np.mean([self.calibrated(member, targets) for member in member_predictions], 0)
        return mean_prediction, *self.intervals(mean, None, targets)

    def calibrated(self, outputs: np.ndarray, targets: Sequence[Target]) -> np.ndarray:
        """Applies temperatures and shifts to the class probabilities in outputs (n, outputs)."""
        shifts = np.array(self.shifts or [0.0] * outputs.shape[1])
        parts = zip(output_slices(targets), self.temperatures)
        return np.concatenate([apply_temperature(outputs[:, place], t, shifts[place]) for place, t in parts], 1)

    def intervals(
        self, outputs: np.ndarray, member_spread: np.ndarray | None, targets: Sequence[Target]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Computes the ends of 90% intervals of scaled numbers, (n, T) each; NaN where there are none.

        Args:
            outputs: (n, outputs) predictions.
            member_spread: (n, T) disagreement of the members.
            targets: What is predicted.
        """
        low, high = (np.full((len(outputs), len(targets)), np.nan) for _ in range(2))
        for t, (place, width) in enumerate(zip(output_slices(targets), self.widths)):
            if width is not None:
                half_width = width * interval_units(
                    None if member_spread is None else member_spread[:, place.start], len(outputs)
                )
                low[:, t], high[:, t] = outputs[:, place.start] - half_width, outputs[:, place.start] + half_width
        return low, high

    def inside(self, similarity: np.ndarray) -> np.ndarray:
        """Decides whether each molecule is inside the model's domain of applicability, (n,) bool; None for each where
        that is unknown."""
        return np.full(len(similarity), None) if self.least is None else similarity >= self.least

    def to_rows(self) -> Tensor:
        """Packs the calibration into rows (T + 1, 3) float64, for a file: width, temperature and count of each target.
        The last row has `least`, and 1 for by_folds; NaN stands for None."""
        last = self.least, 1.0 if self.by_folds else None, None
        rows = [*zip(self.widths, self.temperatures, self.counts), last]
        return torch.tensor([[nan if value is None else value for value in row] for row in rows], dtype=torch.float64)

    @classmethod
    def from_rows(cls, rows: Tensor, shifts: Sequence[float] = ()) -> Calibration:
        """Unpacks the rows of `to_rows`.

        Args:
            rows: Numbers of the rows.
            shifts: (outputs,), which the rows lack.
        """
        *targets, (minimum, by_folds, _) = [
            [value if isfinite(value) else None for value in row] for row in rows.tolist()
        ]
        widths, temperatures, counts = zip(*targets)
        counts = tuple(int(count or 0) for count in counts)
        return cls(widths, temperatures, counts, minimum, bool(by_folds), tuple(shifts))


def output_slices(targets: Sequence[Target]) -> list[slice]:
    """Finds the slice of outputs of each target."""
    ends = np.cumsum([target.outputs for target in targets]).tolist()
    return [slice(end - target.outputs, end) for end, target in zip(ends, targets)]


class Fingerprinted(Protocol):
    """Protocol of molecules that a calibrated predictor reads, with counts (n, bits) of their fingerprints."""

    counts: Features

    def select(self, ids: Tensor) -> Fingerprinted:
        """Selects the molecules of these numbers."""


class BelievedAnswers(NamedTuple):
    """Predictions of n molecules, with what shows how far to believe them.

    Args:
        outputs: (n, outputs) probabilities of classes, and scaled numbers.
        low, high: (n, T) ends of 90% intervals of scaled numbers, NaN where there are none.
        spread: (n, T) standard deviation over members of an ensemble, None of a single one.
        similarity: (n,) to the nearest training molecule.
        number: (n,) of the latter among the molecules of the source.
        inside: (n,) whether it is near enough, None where that is not known.
        beyond: (n, T) 1 for a number far above all training values, -1 for one far below, else 0; None if unknown.
    """

    outputs: Tensor
    low: Tensor
    high: Tensor
    spread: Tensor | None
    similarity: Tensor
    number: Tensor
    inside: Tensor | None
    beyond: Tensor | None


class Believed(Trainable):
    """Base of predictors of properties with calibrated answers.

    A subclass has `each`, and `views` with "counts".

    Args:
        targets: what is predicted.
        bits: Bits of a fingerprint.
    """

    gaps = ("calibration",)
    grows: ClassVar[dict[str, int]] = {"fingerprints": 0, "numbers": 0}
    keeps_ranges = True  # of training values

    def __init__(self, targets: Sequence[Target], bits: int = BITS):
        super().__init__()
        self.targets = tuple(targets)
        self.register_buffer("fingerprints", torch.zeros(0, bits // 8, dtype=torch.uint8))
        self.register_buffer("numbers", torch.zeros(0, dtype=torch.int64))
        self.register_buffer("ranges", None)  # (T, 2) lowest and highest training value
        self.register_buffer("calibration", Calibration.unmeasured(self.targets).to_rows())
        self.register_buffer("shifts", None)  # (outputs,) of log-probabilities

    def attach(self, context: Fingerprinted) -> None:
        self.around = context

    @abstractmethod
    def member_predictions(self, context: Fingerprinted) -> Tensor:
        """Returns predictions (members, n, outputs) of each network, or of the single one: class probabilities, scaled
        numbers."""

    def finish(self, items: Items, rng: Draws) -> None:
        self.fingerprints = torch.from_numpy(bits(self.around, items.x)).to(items.x.device)
        self.numbers = items.x.clone()
        if self.keeps_ranges:
            y, known = items.target.y.double(), items.target.known != UNKNOWN
            self.ranges = torch.stack([torch.where(known, y, inf).amin(0), torch.where(known, y, -inf).amax(0)], 1)

    def judge(self, items: Items) -> None:
        predictions = self.member_predictions(self.around.select(items.x)).double().cpu().numpy()
        similarity, _ = nearest(bits(self.around, items.x), self.fingerprints.cpu().numpy())
        y, known = (values.cpu().numpy() for values in (items.target.y, items.target.known))
        calibration = Calibration.fit(predictions.mean(0), _spread(predictions), y, known, self.targets, similarity)
        self.keep_calibration(calibration)

    def judge_by_refits(self, items: Items, rng: Draws) -> None:
        is_number = torch.tensor([not target.classes for target in self.targets], device=items.x.device)
        known = items.target.known
        counts = torch.where(is_number, known == EXACT, known != UNKNOWN).sum(0).tolist()
        self.keep_calibration(Calibration.unmeasured(self.targets, counts))

    def keep_calibration(self, calibration: Calibration) -> None:
        """Stores a calibration. Training molecules decide who is inside if too few others did."""
        if calibration.least is None:
            fingerprints = self.fingerprints.cpu().numpy()
            is_calibrated = fingerprints[:: max(1, len(fingerprints) // MOST_LEFT_OUT)]
            calibration = replace(
                calibration,
                least=least_similarity(several_nearest(is_calibrated, fingerprints, 2)[0][:, -1], minimum=FEWEST_ALIKE),
            )
        self.calibration = calibration.to_rows().to(self.calibration.device)
        is_calibrated = any(t is not None for t in calibration.temperatures)
        self.shifts = (
            torch.tensor(calibration.shifts, dtype=torch.float64).to(self.calibration.device) if is_calibrated else None
        )

    def flaw(self) -> str:
        if len(self.fingerprints) != len(self.numbers) or (self.numbers < 0).any():
            return "fingerprints and numbers of different training molecules"
        if self.ranges is not None and self.ranges.shape != (len(self.targets), 2):
            return "a range of training values for other targets"
        if self.shifts is not None and self.shifts.shape != (sum(target.outputs for target in self.targets),):
            return "shifts of other classes"
        return ""

    def predict(self, context: Fingerprinted) -> BelievedAnswers:
        """Predicts molecules, with intervals and applicability. Raises RunError where no training molecule is kept."""
        if not len(self.numbers):
            raise RunError("the run keeps no molecule that it learned from: fit it anew")
        predictions, calibration = self.member_predictions(context).double().cpu().numpy(), self._measured
        member_spread = _spread(predictions)
        similarity, number = nearest(bits(context), self.fingerprints.cpu().byte().numpy())
        is_inside = None if calibration.least is None else torch.from_numpy(calibration.inside(similarity))
        numbers = (
            *calibration.predictions(predictions, member_spread, self.targets),
            _widest(member_spread, self.targets),
        )
        return BelievedAnswers(
            *(None if values is None else torch.from_numpy(values).float() for values in numbers),
            torch.from_numpy(similarity), self.numbers.cpu().long()[number], is_inside,
            self._beyond(predictions.mean(0)),
        )  # fmt: skip

    def _beyond(self, outputs: np.ndarray) -> Tensor | None:
        """(n, T) as in `BelievedAnswers`, of outputs (n, outputs)."""
        if self.ranges is None:
            return None
        numbers = torch.from_numpy(outputs[:, [place.start for place in output_slices(self.targets)]])
        low, high = self.ranges.cpu().double().T
        margin = FAR * (high - low)
        is_number = torch.tensor([not target.classes for target in self.targets])
        return ((numbers > high + margin).int() - (numbers < low - margin).int()) * is_number

    def health(self, x: Tensor, given: Tensor, rng: Draws) -> list[str]:
        """Warns of targets without an interval, or whose probabilities could not be checked, grouped by reason.

        Args:
            x: (B, *shape) items.
            given: (B, G) conditions of the items.
            rng: Random numbers.
        """
        targets_without: dict[str, list[str]] = {}
        for target, reason in zip(self.targets, self._measured.reasons(self.targets)):
            if reason:
                targets_without.setdefault(reason, []).append(f"`{target.name}`")
        return [
            f"how far {', '.join(names)} can be believed is not known: {reason}"
            for reason, names in targets_without.items()
        ]

    @property
    def _measured(self) -> Calibration:
        return Calibration.from_rows(self.calibration.cpu(), () if self.shifts is None else self.shifts.tolist())


def bits(context: Fingerprinted, items: Tensor | None = None) -> np.ndarray:
    """Packs the fingerprints of all molecules, or of some by number: (n, bits / 8) uint8."""
    counts = context.counts if items is None else context.counts[items]
    starts = range(0, max(1, len(counts)), PACKED)
    return np.concatenate([packed(dense(counts[k : k + PACKED]).cpu().numpy()) for k in starts])


def dense(x: Features) -> Tensor:
    """Converts counts that may be sparse to a dense tensor (n, bits)."""
    return x if isinstance(x, Tensor) else x.dense()


def _spread(member_predictions: np.ndarray) -> np.ndarray | None:
    """(n, outputs) standard deviation over members; None of a single one."""
    return member_predictions.std(0, ddof=1) if len(member_predictions) > 1 else None


def _widest(member_spread: np.ndarray | None, targets: Sequence[Target]) -> np.ndarray | None:
    """(n, outputs) -> (n, T), of a class the probability that differs most."""
    if member_spread is None:
        return None
    ends = np.cumsum([target.outputs for target in targets])[:-1]
    return np.stack([part.max(1) for part in np.split(member_spread, ends, 1)], 1)
