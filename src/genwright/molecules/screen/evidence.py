"""What is known before a screen: active molecules, an assay, or a run that was trained on one."""

import hashlib
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...chemistry.direction import Direction, find_direction
from ...chemistry.standards import Standard, Unreadable, parent_of, quiet_rdkit
from ...core.answers import Target
from ...core.data import Data
from ...core.errors import DataError
from ...kinds.kind import Source
from ...kinds.library import called, read_in_batches
from ...kinds.load import load_data
from ...measure.intervals import numpy_generator
from ...run.fit import fit
from ...run.members import MEMBERS
from ...run.open import open_predictor
from ...run.predictor import Predictor
from ...run.tasks import task_of
from ...run.training_data import training_data_if_there
from ...zoo import registry
from .judged import Judged, by_leaving_out, by_test
from .known import Known, Reading, actives_of, measured_of
from .scorers import target_of
from .settings import DECOYS, MODEL

ACTIVE = "active"  # the column of actives and decoys
ENSEMBLE = 5  # networks that rank together
NOTHING_MEASURED = Known([], np.zeros(0, bool), np.zeros(0, bool))
PER_ACTIVE, FEWEST, MOST_DECOYS = 10, 200, 2_000  # decoys of an active, and all decoys at least and at most;
LIBRARY_PER_DECOY = 4  # so many times fewer than a small library has, since a decoy counts as inactive


@dataclass(frozen=True)
class Training:
    """How a model that ranks is trained.

    Args:
        family: its name; None for the default of properties.
        minutes: of training.
        seed: of all random numbers.
    """

    family: str | None
    minutes: float
    seed: int

    def to_json(self) -> dict[str, str]:
        return {"family": self.family or "", "minutes": f"{self.minutes:g}", "seed": str(self.seed)}

    def fit(self, data: Data, out: Path, progress: bool) -> Predictor:
        """The model, trained in the folder `out`: an ensemble, where the family is a network."""
        name = self.family or registry.default_family(*registry.PROPERTIES)
        row = registry.row(*registry.PROPERTIES, name)
        several = any(hasattr(hyper, MEMBERS) for hyper in registry.presets(row).values())
        members = ENSEMBLE if several else None
        return fit(
            data, name, minutes=self.minutes, ensemble=members, seed=self.seed, out=out / MODEL, progress=progress
        )


@dataclass(frozen=True)
class Start:
    """A screen before its pass.

    Args:
        settings, contents: of `Settings`.
        known: measured molecules.
        reading: of the library.
        total: number of its molecules.
        notes: sentences about what was read.
        data: what the model learns or has learned from, None if there is none.
        model: the one that a person named.
    """

    settings: dict[str, Any]
    contents: dict[str, str]
    known: Known
    reading: Reading
    total: int
    notes: list[str]
    data: Data | None = None
    model: Predictor | None = None


@dataclass(frozen=True)
class Evidence(ABC):
    """What is known. training: how a model is trained where one is needed."""

    training: Training

    @abstractmethod
    def begin(self, library: Source) -> Start:
        """Read what is known, and count the library. Raises DataError for what cannot be read or does not fit."""

    @abstractmethod
    def model(self, start: Start, out: Path, progress: bool) -> Predictor | None:
        """The model that ranks, trained in `out` where there is none yet; None where known actives rank alone."""

    @abstractmethod
    def judge(self, start: Start, model: Predictor | None) -> Judged:
        """How well held-out actives rank."""


@dataclass(frozen=True)
class Actives(Evidence):
    """Active molecules. by: one of WAYS to rank."""

    source: Any
    by: str

    def begin(self, library: Source) -> Start:
        known, notes = actives_of(self.source)
        settings = {"library": called(library), "by": self.by}
        if self.by != DECOYS:
            total, contents, _ = survey(library, Reading())
            return Start(settings, contents, known, Reading(), total, notes)
        seed = self.training.seed
        total, contents, texts = survey(library, Reading(), max(FEWEST, PER_ACTIVE * len(known.smiles)), seed)
        known, data = _with_decoys(known, texts, seed)
        settings |= {"run": MODEL, "target": ACTIVE, "positive": ACTIVE}
        return Start(settings, contents | self.training.to_json(), known, Reading(), total, notes, data)

    def model(self, start: Start, out: Path, progress: bool) -> Predictor | None:
        return None if start.data is None else self.training.fit(start.data, out, progress)

    def judge(self, start: Start, model: Predictor | None) -> Judged:
        if model is None:
            return by_leaving_out(self.by, start.known)
        return by_test(model, start.data, target_of(model, ACTIVE, MODEL), Direction(ACTIVE, positive=ACTIVE))


@dataclass(frozen=True)
class Assay(Evidence):
    """A table with measured values. target: the column that counts. positive, lower: as in `find_direction`."""

    source: Any
    target: str
    positive: str | None
    lower: bool | None

    def begin(self, library: Source) -> Start:
        data = task_of(load_data(self.source, target=self.target, seed=self.training.seed), None)
        direction = find_direction(data.domain.targets[0], self.positive, self.lower)
        reading, known = Reading(data.domain.standard, data.domain.column), measured_of(data.whole, direction)
        total, contents, _ = survey(library, reading)
        contents |= {"assay": data.hash} | self.training.to_json()
        settings = _settings(library, MODEL, direction, reading)
        return Start(settings, contents, known, reading, total, data.whole.describe(), data)

    def model(self, start: Start, out: Path, progress: bool) -> Predictor:
        return self.training.fit(start.data, out, progress)

    def judge(self, start: Start, model: Predictor) -> Judged:
        column = start.data.domain.targets[0]
        direction = find_direction(column, self.positive, self.lower)
        return by_test(model, start.data, target_of(model, column.name, MODEL), direction)


@dataclass(frozen=True)
class Run(Evidence):
    """A trained model of properties, in the folder `run`. target: which of its targets ranks, "" for its only one.
    positive, lower: as in `find_direction`."""

    run: str
    target: str
    positive: str | None
    lower: bool | None

    def begin(self, library: Source) -> Start:
        model = open_predictor(self.run)
        data, direction = training_data_if_there(model), self._direction(model)
        reading = Reading(model.domain.standard, model.domain.column)
        known = NOTHING_MEASURED if data is None else measured_of(data.whole, direction)
        notes = [
            f"the training table of {self.run} is gone, or another: molecules with the fingerprint of a training "
            "molecule are left out, and no active is named"
        ] * (data is None)
        total, contents, _ = survey(library, reading)
        contents |= {"run": model.config["digest"]}
        return Start(
            _settings(library, self.run, direction, reading), contents, known, reading, total, notes, data, model
        )

    def model(self, start: Start, out: Path, progress: bool) -> Predictor:
        return start.model

    def judge(self, start: Start, model: Predictor) -> Judged:
        if model.config["rows"] != "train":
            return Judged("The model learned from all molecules of its table, so none is left to measure recall on.")
        if start.data is None:
            return Judged("The training table is gone, or another, so no molecule is left to measure recall on.")
        return by_test(model, start.data, self._target(model), self._direction(model))

    def _target(self, model: Predictor) -> Target:
        return target_of(model, self.target, self.run)

    def _direction(self, model: Predictor) -> Direction:
        return find_direction(self._target(model), self.positive, self.lower)


def survey(source: Source, reading: Reading, wanted: int = 0, seed: int = 0) -> tuple[int, dict, list[str]]:
    """How many molecules a library holds, a digest of them, and so many texts drawn from it at most, fewer of a small
    one. Raises DataError for an empty library."""
    total, texts, wanted = 0, hashlib.blake2b(digest_size=16), min(wanted, MOST_DECOYS)
    held, rng = [], numpy_generator("decoys", seed)
    for molecules in read_in_batches(source, reading):
        for _, text, _, why in molecules:
            texts.update(text.encode() + b"\n")
            total += 1
            if not why and len(held) < wanted:
                held.append(text)
            elif not why and wanted and (place := int(rng.integers(total))) < wanted:
                held[place] = text
    held = [held[k] for k in rng.permutation(len(held))[: max(1, total // LIBRARY_PER_DECOY)]]
    if not total:
        raise DataError(f"{called(source)} holds no molecules: give a file with a SMILES a line")
    return total, {"library": texts.hexdigest()}, held


def _settings(library: Source, run: str, direction: Direction, reading: Reading) -> dict[str, Any]:
    """Settings of a screen whose model is in the folder `run`."""
    settings = {"run": run, "target": direction.name, "positive": direction.positive, "lower": direction.lower}
    return settings | {"library": called(library), "standard": reading.standard.to_json(), "column": reading.column}


def _with_decoys(known: Known, texts: list[str], seed: int) -> tuple[Known, Data]:
    """Actives and decoys as an assay."""
    decoys = []
    with quiet_rdkit():
        for text in texts:
            with suppress(Unreadable):
                smiles = Standard().smiles(text)
                if parent_of(smiles) not in known.parents:
                    decoys.append(smiles)
    smiles = [*known.smiles, *dict.fromkeys(decoys)]
    active = np.arange(len(smiles)) < len(known.smiles)
    words = np.where(active, "active", "inactive")
    data = task_of(load_data((smiles, words), target=ACTIVE, seed=seed), None)
    own = measured_of(data.whole, Direction(ACTIVE, positive=ACTIVE))
    return Known(own.smiles, own.active, ~own.active), data
