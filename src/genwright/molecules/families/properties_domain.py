"""Properties of molecules: how a person's measurements become answers, and how predictions get their units back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...core import answers
from ...core.answers import EXACT, UNKNOWN, Answers, Target
from ...core.data import RESERVED_PART, Data
from ...core.draws import Draws
from ...core.errors import DataError
from ...core.trainable import Items
from ...families.task_data import TaskDomain, TaskSizes
from ..chemistry.descriptors import NAMES, descriptors
from ..chemistry.fingerprints import BITS, counter_into, morgan_counts
from ..chemistry.measured import NO_DESCRIPTORS, RDKIT, Column, Library, Measured
from ..chemistry.molecule_graphs import ATOM_FEATURES, BOND_FEATURES, molecule_graphs
from ..chemistry.standards import Standard
from .properties import MoleculesContext
from .uncertainty import ENOUGH, LEAST_APART, BelievedAnswers

GRAPH, DESCRIPTORS, COUNTS = "graph", "descriptors", "counts"  # views of molecules that a family may ask for
FARTHEST = 10.0  # deviations from the mean that a descriptor may lie away
SMALLEST_SPREAD = 1e-100  # whose square float64 holds; so is that of its inverse
RARE = 2  # molecules of a class that are needed at least
SPLIT_PARTS = ("train", "valid", "test")


@dataclass(frozen=True, repr=False)
class Properties(TaskDomain):
    """The domain of properties of molecules: its targets, and the descriptors that networks read.

    Args:
        targets: what is predicted.
        standard: what was done to each molecule when it was read.
        column: Column of SMILES in the table of training.
        descriptors: RDKIT, NO_DESCRIPTORS, or the columns of a person's file.
        mean, deviation: (D,) of descriptors over training molecules.
    """

    targets: tuple[Target, ...]
    standard: Standard = Standard()
    column: str = ""
    descriptors: str | tuple[str, ...] = RDKIT
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()
    kind = "molecules"
    task = "properties"
    resplits = True

    @cached_property
    def spec(self) -> TaskSizes:
        """The sizes of features, descriptors and counts that networks read, and the targets."""
        return TaskSizes(
            ATOM_FEATURES, edge_features=BOND_FEATURES, targets=self.targets, descriptors=len(self.names), counts=BITS
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the descriptors, in their order."""
        if self.descriptors == NO_DESCRIPTORS:
            return ()
        if self.descriptors != RDKIT:
            return tuple(self.descriptors)
        return tuple(NAMES)

    # ------------------------------------------------------------------ what a family sees

    def context_for(self, task: Data, views: Sequence[str]) -> MoleculesContext:
        """Returns the molecules of a task, in the views that a family reads."""
        return self.context(task.whole.smiles, views, task.whole.own)

    def without_labels(self, data: Library | Measured) -> Data:
        """Makes a task that predicts all molecules of a library, or of an assay. Raises DataError for an assay that was
        read otherwise than training was."""
        if isinstance(data, Measured) and data.standard != self.standard:
            raise DataError(
                f"{data.name} was read so: {data.standard.describe()}; and training so: {self.standard.describe()}: "
                "name its file, which is read as training was"
            )
        items = Items(torch.arange(len(data.smiles)), torch.zeros(len(data.smiles), 0))
        return Data(
            data.name, self, {"test": items.x}, data.hash, data.source, data.licence, whole=data,
            encoded={"test": items},
        )  # fmt: skip

    def context(
        self, smiles: Sequence[str], views: Sequence[str], own_descriptors: np.ndarray | None = None
    ) -> MoleculesContext:
        """Makes a `MoleculesContext` of canonical SMILES, with the views that a family reads, None in place of others.

        Raises DataError without them.

        Args:
            smiles: SMILES of the molecules.
            views: Views of the family, `Trainable.views`.
            own_descriptors: (n, D) descriptors from the person's file, needed if `descriptors` names its columns.
        """
        x = graph = members = described = counts = count = None
        if GRAPH in views:
            if COUNTS in views:
                counts = torch.zeros(len(smiles), BITS)
                count = counter_into(counts.numpy())
            x, graph, members = molecule_graphs(smiles, count)  # each text is parsed once for both
        elif COUNTS in views:
            counts = torch.from_numpy(morgan_counts(smiles, bits=BITS))
        if DESCRIPTORS in views and self.names:
            described = self.scaled(self.described(smiles, own_descriptors))
        return MoleculesContext(x, graph, members, described, counts)

    def described(self, smiles: Sequence[str], own_descriptors: np.ndarray | None) -> np.ndarray:
        """Computes descriptors (n, D) in their own units, NaN where there is none."""
        if self.descriptors == RDKIT:
            return descriptors(smiles)
        if own_descriptors is None:
            raise DataError(
                f"the model was trained with {len(self.names)} descriptors of a file, '{self.names[0]}' the first of "
                "them: name a table that has them, with --descriptors (descriptors=)"
            )
        return own_descriptors

    def scaled(self, described: np.ndarray) -> Tensor:
        """Scales descriptors by the means and deviations of training: (n, D) float32, the mean where there is no
        number."""
        deviations = (described.astype(np.float64) - np.array(self.mean)) / np.array(self.deviation)
        return torch.from_numpy(np.nan_to_num(deviations).clip(-FARTHEST, FARTHEST).astype(np.float32))

    def seeing(self, described: np.ndarray) -> Properties:
        """Returns the domain with the means and deviations of descriptors (n, D) of training molecules."""
        finite_values = np.where(np.isfinite(described), described, np.nan).astype(np.float64)
        is_complete = ~np.isnan(finite_values).all(0)
        mean, deviation = np.zeros(finite_values.shape[1]), np.ones(finite_values.shape[1])
        mean[is_complete], deviation[is_complete] = (
            np.nanmean(finite_values[:, is_complete], 0),
            np.nanstd(finite_values[:, is_complete], 0),
        )
        deviation[~(deviation > 0)] = 1.0
        return replace(self, mean=tuple(mean.tolist()), deviation=tuple(deviation.tolist()))

    def describing(self, data: Data) -> Data:
        """Describes other molecules, or other measurements of them, as those of training, to begin from a model of
        these. Raises DataError where they were read otherwise, or have other descriptors."""
        molecules = data.whole
        if (molecules.descriptors, molecules.standard) != (self.descriptors, self.standard):
            raise DataError(
                f"{data.name} was read otherwise than the run to begin from ({self.standard.describe()}; descriptors "
                f"{self.descriptors}): read it with the same options"
            )
        return properties_data(molecules, self)

    # ------------------------------------------------------------------ predictions

    def answers(self, believed: BelievedAnswers, task: Data) -> pd.DataFrame:
        """Makes the table of predictions for the user; `nearest` is the number of a training molecule in its source. In
        it, `nearest` has the number of a training molecule among those of the source.

        Args:
            believed: Predictions with their intervals.
            task: The task: its items and its context.
        """
        outputs, low, high, member_spread, similarity, number, is_inside, beyond_range = believed
        extra = {
            "nearest": number,
            "similarity": similarity,
            "inside": [None] * len(outputs) if is_inside is None else is_inside,
        }
        if beyond_range is not None:
            words = np.array(["", "above", "below"], object)[beyond_range.numpy()]
            extra |= {self.column_of(t, "beyond"): words[:, k] for k, t in enumerate(self.targets) if not t.classes}
        ends = (None if values is None else values.numpy() for values in (low, high, member_spread))
        return self.table(outputs, task.whole, *ends, extra)

    def codes(self, codes: Tensor, task: Data) -> np.ndarray:
        valid = task.whole.valid
        all_codes = np.full((len(valid), codes.shape[1]), np.nan, np.float32)
        all_codes[valid] = codes.numpy()
        return all_codes

    def table(
        self,
        outputs: Tensor,
        of: Library | Measured,
        low: np.ndarray | None = None,
        high: np.ndarray | None = None,
        member_spread: np.ndarray | None = None,
        extra: dict[str, Sequence] | None = None,
    ) -> pd.DataFrame:
        """Makes a table of predictions with `columns`, a row a molecule. A molecule that cannot be read has empty
        cells.

        Args:
            outputs: (k, outputs) of the k that can be read, probabilities of classes and scaled numbers.
            low, high: (k, T) ends of intervals, scaled, NaN where there is none.
            member_spread: (k, T), how far members of an ensemble lie apart, scaled.
            extra: nearest, similarity, inside and the like (k,), where they are known.
        """
        valid = of.valid
        table = pd.DataFrame({"smiles": list(of.texts), "name": list(of.names), "valid": valid})
        parts = answers.columns(outputs, self.targets)
        for t, (target, part) in enumerate(zip(self.targets, parts)):
            column_of_ends = lambda ends: np.full(len(part), np.nan) if ends is None else ends[:, t].astype(np.float64)
            ends = map(column_of_ends, (low, high, member_spread))
            for name, values in self._columns_of(target, part.double().numpy(), *ends).items():
                table[name] = _in_rows(values, valid)
        for name, values in (extra or {}).items():
            table[name] = _in_rows(np.asarray(values), valid)
        return table

    def _columns_of(
        self, target: Target, outputs: np.ndarray, low: np.ndarray, high: np.ndarray, member_spread: np.ndarray
    ):
        """{name of a column: values (k,)} of one target. outputs: (k, outputs of it)."""
        if target.classes:
            labels = np.array(target.classes, object)[outputs.argmax(1)]
            chances = dict(zip(self.chance_columns(target), outputs.T))
            return {target.name: labels, **chances, self.column_of(target, "spread"): member_spread}
        name, width = target.name, member_spread * target.scale
        numbers = {name: outputs[:, 0], f"{name}_low": low, f"{name}_high": high}
        units = {column: in_units(target, values) for column, values in numbers.items()}
        return {**units, self.column_of(target, "spread"): np.exp(width) if target.log else width}

    def chance_columns(self, target: Target) -> list[str]:
        """Names the columns of class probabilities of a target."""
        return [f"p({label})" if len(self.targets) == 1 else f"p({target.name}={label})" for label in target.classes]

    def column_of(self, target: Target, quantity: str) -> str:
        """Names a column about a target.

        Args:
            target: The target that is predicted.
            quantity: "spread", how far members of an ensemble lie apart, or "beyond", whether a number lies far
                beyond all training values.
        """
        return quantity if len(self.targets) == 1 else f"{target.name}_{quantity}"

    def columns(self) -> dict[str, str]:
        """Explains each column of predictions, in their order: {name: meaning}."""
        meanings = {
            "smiles": "the molecule as it was given",
            "name": "what the source calls it; empty where it says nothing",
            "valid": "whether RDKit reads it; where it does not, the columns behind are empty",
        }
        for target in self.targets:
            name, spread_name = target.name, self.column_of(target, "spread")
            if target.classes:
                meanings[name] = f"the most probable of {', '.join(target.classes)}"
                chances = zip(self.chance_columns(target), target.classes)
                meanings |= {column: f"probability that `{name}` is {label}" for column, label in chances}
                meanings[spread_name] = "standard deviation of a probability over the members of the ensemble"
            else:
                meanings[name] = "predicted, in the units of the training table"
                meanings[f"{name}_low"] = meanings[f"{name}_high"] = (
                    "ends of a 90% interval; empty where too few validated"
                )
                meanings[spread_name] = (
                    "standard deviation over the members of the ensemble, in the same units; empty of one"
                )
                if target.log:
                    meanings[spread_name] = (
                        "by which factor the members of the ensemble differ (one standard deviation)"
                    )
        meaning = "above or below, where the number lies beyond all training values by over a tenth of their range"
        return meanings | {
            "nearest": "the training molecule that is most alike",
            "similarity": "Tanimoto similarity to it by Morgan fingerprints; 1: the same by these, and so measured",
            "inside": "whether it is as similar as 95% of molecules that were held out: errors beyond are unknown",
            **{self.column_of(target, "beyond"): meaning for target in self.targets if not target.classes},
        }

    # ------------------------------------------------------------------ records

    def describe(self) -> list[str]:
        """Describes in sentences the targets, and how molecules are read."""
        description_parts = [
            f"`{target.name}`, {' or '.join(target.classes) if target.classes else 'a number'}"
            for target in self.targets
        ]
        return [f"properties of molecules: {'; '.join(description_parts)}", self.standard.describe()]

    def to_json(self) -> dict:
        return {
            "targets": [_target_json(target) for target in self.targets],
            "standard": self.standard.to_json(),
            "column": self.column,
            "descriptors": self.descriptors if isinstance(self.descriptors, str) else list(self.descriptors),
            "mean": list(self.mean),
            "deviation": list(self.deviation),
        }

    @classmethod
    def from_json(cls, record: dict) -> Properties:
        targets = tuple(map(Target.from_json, record["targets"]))
        descriptors = record["descriptors"]
        domain = cls(
            targets,
            Standard(**record["standard"]),
            record["column"],
            descriptors if isinstance(descriptors, str) else tuple(descriptors),
            tuple(record["mean"]),
            tuple(record["deviation"]),
        )
        if len({target.name for target in targets}) < len(targets):
            raise ValueError("targets have names of their own")
        if len(domain.deviation) != len(domain.mean) or len(domain.mean) not in (0, len(domain.names)):
            raise ValueError("as many means and deviations as descriptors are needed, or none")
        return domain


def _target_json(target: Target) -> dict:
    record = asdict(target)
    return record if record["positive"] else {name: record[name] for name in record if name != "positive"}


def in_units(target: Target, scaled: np.ndarray) -> np.ndarray:
    """Converts scaled numbers to the unit of the person's column."""
    values = scaled * target.scale + target.shift
    return np.exp(values) if target.log else values


def _in_rows(values: np.ndarray, valid: np.ndarray) -> pd.Series:
    """Values (k,) of the molecules that are valid, empty in the rows of the others."""
    if np.issubdtype(values.dtype, np.integer) and not valid.all():  # whole numbers stay whole beside empty cells
        values = pd.array(values, "Int64")
    return pd.Series(values).set_axis(np.flatnonzero(valid)).reindex(range(len(valid)))


def properties_data(data: Measured, fitted_domain: Properties | None = None) -> Data:
    """Makes the task of predicting the properties of an assay, whose items are numbers of molecules.

    Raises DataError for a target of which training does not know enough.

    Args:
        fitted_domain: a domain that scales descriptors, and targets where all are the same, in place of the
            training molecules.
    """
    if not isinstance(data, Measured):
        raise DataError(f"{data.name} has no molecules with measured values: name their column with target")
    targets = tuple(_target(column, data) for column in data.columns)
    if fitted_domain and [_scale_free(target) for target in targets] == [
        _scale_free(target) for target in fitted_domain.targets
    ]:
        targets = fitted_domain.targets
    y = np.stack([_scaled(column, target) for column, target in zip(data.columns, targets)], 1)
    known = np.stack([column.known for column in data.columns], 1)
    all_answers = Answers(torch.from_numpy(y.astype(np.float32)), torch.from_numpy(known))
    numbers = {part: torch.from_numpy(np.flatnonzero(data.parts == part)) for part in SPLIT_PARTS}
    encoded = {
        part: Items(x, torch.zeros(len(x), 0), all_answers[x]) for part, x in _reserve(numbers, data.seed).items()
    }
    domain = Properties(targets, data.standard, data.column, data.descriptors)
    if fitted_domain:
        domain = replace(domain, mean=fitted_domain.mean, deviation=fitted_domain.deviation)
    elif domain.names:
        train = numbers["train"].numpy()
        descriptors = None if data.own is None else data.own[train]
        domain = domain.seeing(domain.described([data.smiles[i] for i in train], descriptors))
    return Data(
        data.name, domain, numbers, lambda: data.hash, data.source, data.licence, options=data.options,
        settled=data.redraw is None, protocol=data.protocol, whole=data, encoded=encoded,
        unreadable=_unreadable_rows(data),
    )  # fmt: skip


def _unreadable_rows(data: Measured) -> pd.DataFrame | None:
    """Rows without those that contradict each other: they are of molecules to learn from, which no run keeps."""
    rows = data.unreadable
    unread = None if rows is None else rows[~rows["text"].isin(data.smiles)]
    return None if unread is None or unread.empty else unread


def _scale_free(target: Target) -> tuple:
    """Name, classes and `log` of a target, which do not depend on its scale."""
    return target.name, target.classes, target.log


def _reserve(numbers: dict[str, Tensor], seed: int) -> dict[str, Tensor]:
    """The parts of molecules, half of validation set apart to judge by, at least LEAST_APART, where enough validate."""
    valid = numbers["valid"]
    valid = valid[Draws("apart", seed).permutation(len(valid))]
    count = max(len(valid) // 2, LEAST_APART) if len(valid) >= ENOUGH else 0
    return numbers | {"valid": valid[count:].sort().values, RESERVED_PART: valid[:count].sort().values}


def _target(column: Column, data: Measured) -> Target:
    """The target of a column, scaled by its training molecules. Raises DataError where they know too little of it."""
    is_training = (data.parts == "train") & (column.known != UNKNOWN)
    if column.classes:
        counts = np.bincount(column.y[column.known != UNKNOWN].astype(int), minlength=len(column.classes))
        rare = counts.argmin()
        if len(counts) == 2 and counts[rare] < RARE:
            raise DataError(
                f"target '{column.name}' of {data.name} has {counts[rare]} molecule '{column.classes[rare]}': measure "
                f"at least {RARE} of each class, or name another target"
            )
    if len(np.unique(column.y[is_training])) < 2:
        raise DataError(
            f"training knows one value of target '{column.name}' of {data.name}, or none: split otherwise, such as "
            "with --split random, or name another target"
        )
    if column.classes:
        return Target(column.name, column.classes, positive=column.positive)
    exact_values = column.y[is_training & (column.known == EXACT)]
    exact_values = exact_values if len(exact_values) else column.y[is_training]
    return Target(column.name, (), float(exact_values.mean()), _spread(exact_values) or 1.0, column.log)


def _spread(y: np.ndarray) -> float:
    """Standard deviation (float64) of numbers whose squares may leave the range of float64."""
    largest_deviation = np.abs(y - y.mean()).max()
    return float(
        y.std()
        if SMALLEST_SPREAD < largest_deviation < 1 / SMALLEST_SPREAD or not largest_deviation
        else largest_deviation * (y / largest_deviation).std()
    )


def _scaled(column: Column, target: Target) -> np.ndarray:
    y = column.y if target.classes else (column.y - target.shift) / target.scale
    return np.where(column.known == UNKNOWN, 0.0, y)
