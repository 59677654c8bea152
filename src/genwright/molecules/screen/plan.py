"""What a screen ranks by, what it leaves out and where: the options of `screen` as a value, and what is known
before it, which is active molecules, an assay, or a run that was trained on one.
"""

import hashlib
import re
import shlex
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ...core.answers import Target
from ...core.data import Data
from ...core.errors import BudgetError, DataError
from ...kinds.formats.source import Source
from ...kinds.load import load_data
from ...measure.intervals import numpy_generator
from ...run.final_model import final_options
from ...run.fit import fit
from ...run.predictor import Predictor
from ...run.run_record import RunRecord
from ...run.tasks import task_of, training_data_if_there
from ..chemistry.alerts import GROUPS, PAINS, SMARTS
from ..chemistry.measured import Direction, find_direction
from ..chemistry.standards import Standard, Unreadable, parent_of, quiet_rdkit
from ..kinds.library import called, read_in_batches
from ..library_tables import open_predictor
from .record import DECOYS, JUDGED, MODEL, WAYS, Known, Reading, actives_of, measured_of
from .rows import ALIKE, COLUMNS, MEASURED, OF_TABLES, UNREADABLE
from .scorers import Flag, Judged, by_leaving_out, by_test, target_of

ACTIVE = "active"  # the column of actives and decoys
NOTHING_MEASURED = Known([], np.zeros(0, bool), np.zeros(0, bool))
PER_ACTIVE, FEWEST, MOST_DECOYS = 10, 200, 2_000  # decoys of an active, and all decoys at least and at most;
LIBRARY_PER_DECOY = 4  # so many times fewer than a small library has, since a decoy counts as inactive


@dataclass(frozen=True)
class Training:
    """The options by which a model that ranks is trained.

    Args:
        family: its name; None for the default of properties.
        minutes: Minutes of training.
        seed: Seed of all random numbers.
    """

    family: str | None
    minutes: float
    seed: int

    def to_json(self) -> dict[str, str]:
        return {"family": self.family or "", "minutes": f"{self.minutes:g}", "seed": str(self.seed)}

    def fit_judged(self, data: Data, out: Path, progress: bool) -> Predictor:
        """Trains the model that is judged, in the folder `out` as `fit` does by default, without test molecules.

        Args:
            data: The data set, in its parts.
            progress: Whether to show a progress bar.
        """
        options = dict(minutes=self.minutes, seed=self.seed, out=out / JUDGED, progress=progress)
        return fit(data, self.family, **options)

    def fit_final(self, judged: Predictor, data: Data, out: Path, progress: bool) -> None:
        """Trains the model that ranks, in the folder `out`, on all molecules.

        Args:
            data: The data set, in its parts.
            progress: Whether to show a progress bar.
        """
        run = RunRecord(judged.config)
        fit(data, run.family, **final_options(run), out=out / MODEL, progress=progress)


@dataclass(frozen=True)
class Start:
    """The state of a screen before it ranks.

    Args:
        settings, contents: of `Settings`.
        known: measured molecules.
        reading: Reading of the library.
        total: number of its molecules.
        notes: sentences about what was read.
        data: what the model learns or has learned from, None if there is none.
        model: the one that a person named.
    """

    settings: dict[str, object]
    contents: dict[str, str]
    known: Known
    reading: Reading
    total: int
    notes: list[str]
    data: Data | None = None
    model: Predictor | None = None


@dataclass(frozen=True)
class Evidence(ABC):
    """Base of what is known before a screen.

    Args:
        training: how a model is trained where one is needed.
    """

    training: Training

    @abstractmethod
    def begin(self, library: Source) -> Start:
        """Reads the evidence for a screen, and counts the library. Raises DataError for what cannot be read or does not
        fit."""

    @abstractmethod
    def train(self, start: Start, out: Path, progress: bool) -> Predictor | None:
        """Trains the model that ranks, in `out`, where there is none yet. Returns the one that is judged; None where
        known actives rank alone.

        Args:
            progress: Whether to show a progress bar.
        """

    @abstractmethod
    def judge(self, start: Start, model: Predictor | None) -> Judged:
        """Measures how well held-out actives rank."""

    def _train_both(self, start: Start, out: Path, progress: bool) -> Predictor:
        """Returns the model that is judged, trained without test molecules; the one that ranks then learns from all."""
        judged = self.training.fit_judged(start.data, out, progress)
        self.training.fit_final(judged, start.data, out, progress)
        return judged


@dataclass(frozen=True)
class Actives(Evidence):
    """Active molecules as the evidence of a screen.

    Args:
        source: Path, name or object of the data.
        by: one of WAYS to rank.
    """

    source: object
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

    def train(self, start: Start, out: Path, progress: bool) -> Predictor | None:
        return None if start.data is None else self._train_both(start, out, progress)

    def judge(self, start: Start, model: Predictor | None) -> Judged:
        if model is None:
            return by_leaving_out(self.by, start.known)
        direction = Direction(ACTIVE, positive=ACTIVE)
        return by_test(model, start.data, target_of(model, ACTIVE, MODEL), direction).for_final_model()


@dataclass(frozen=True)
class Assay(Evidence):
    """A table with measured values as the evidence of a screen.

    Args:
        source: Path, name or object of the data.
        target: the column that counts.
        positive: as in `find_direction`.
        lower: as in `find_direction`.
    """

    source: object
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

    def train(self, start: Start, out: Path, progress: bool) -> Predictor:
        return self._train_both(start, out, progress)

    def judge(self, start: Start, model: Predictor) -> Judged:
        column = start.data.domain.targets[0]
        direction = find_direction(column, self.positive, self.lower)
        return by_test(model, start.data, target_of(model, column.name, MODEL), direction).for_final_model()


@dataclass(frozen=True)
class Run(Evidence):
    """A trained model of properties, in the folder `run`, as the evidence of a screen. target: which of its targets
    ranks, "" for its only one. positive, lower: as in `find_direction`."""

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

    def train(self, start: Start, out: Path, progress: bool) -> Predictor:
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


def survey(source: Source, reading: Reading, wanted_count: int = 0, seed: int = 0) -> tuple[int, dict, list[str]]:
    """Counts the molecules of a library, and returns a digest of them and so many texts drawn from it at most. Raises
    DataError for an empty library.

    Args:
        source: What the user passed: a path, a name or an object.
        seed: Seed of the random numbers.
    """
    total, texts, wanted_count = 0, hashlib.blake2b(digest_size=16), min(wanted_count, MOST_DECOYS)
    held, rng = [], numpy_generator("decoys", seed)
    for molecules in read_in_batches(source, reading.column):
        for _, text, _, reason in molecules:
            texts.update(text.encode() + b"\n")
            total += 1
            if not reason and len(held) < wanted_count:
                held.append(text)
            elif not reason and wanted_count and (place := int(rng.integers(total))) < wanted_count:
                held[place] = text
    held = [held[k] for k in rng.permutation(len(held))[: max(1, total // LIBRARY_PER_DECOY)]]
    if not total:
        raise DataError(f"{called(source)} holds no molecules: give a file with a SMILES a line")
    return total, {"library": texts.hexdigest()}, held


def _settings(library: Source, run: str, direction: Direction, reading: Reading) -> dict[str, object]:
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


FILTERS = PAINS, *GROUPS, SMARTS


@dataclass(frozen=True)
class ScreenPlan:
    """The options of `screen` as a value.

    Actives, an assay or a run say what is known, and only one of them. Each takes options of its own: actives take
    `by`; an assay takes target, positive and lower, and so does a run; a family is trained on an assay, or on actives
    and decoys.

    Raises DataError for options that do not go together and for an unknown filter, BudgetError for a number that makes
    no sense.
    """

    actives: object
    by: str
    assay: object
    target: str | None
    positive: str | None
    lower: bool | None
    run: str | Path | None
    family: str | None
    minutes: float
    top: int
    without: Sequence[str]
    smarts: str | Path | None
    new: float | None
    flags: Mapping[str, str | Path] | None
    out: str | Path
    seed: int
    progress: bool

    def __post_init__(self):
        known = {name: getattr(self, name) for name in ("actives", "assay", "run")}
        named = [name for name, value in known.items() if value is not None]
        if len(named) != 1:
            reason = f"{' and '.join(named)} are named" if named else "nothing is known"
            raise DataError(f"{reason}: name one of --actives FILE, --assay FILE with --target COLUMN, or --run RUN")
        if self.by not in WAYS:
            raise DataError(f"by={self.by!r} is unknown: choose one of {', '.join(WAYS)}")
        if self.actives is None and self.by != WAYS[0]:
            raise DataError("--by ranks by known actives: leave --by out")
        if self.actives is not None and self.target is not None:
            raise DataError("known actives have no target: leave --target out")
        if self.actives is not None and not (self.positive is None and self.lower is None):
            raise DataError("known actives are all sought: leave --positive, --lower and --higher out")
        if self.assay is not None and self.target is None:
            raise DataError("an assay needs the column that counts: name it with --target")
        if self.family is not None and self.assay is None and self.by != DECOYS:
            raise DataError("--family is for an assay, on which a model is trained: leave --family out")
        if self.top < 1:
            raise BudgetError(f"top must be at least 1, not {self.top}")
        if self.new is not None and not 0 < self.new <= 1:
            raise BudgetError(f"new is a similarity above 0 and at most 1, not {self.new}")
        self._require_names()
        if SMARTS in self.without and self.smarts is None:
            raise DataError("--without smarts needs your alerts: name their file with --smarts FILE")

    def _require_names(self) -> None:
        """Raises DataError for a flag that cannot be called so, and for a filter or flag that is unknown."""
        flags = self.runs_of_flags
        reserved_names = {
            *COLUMNS,
            *OF_TABLES,
            *FILTERS,
            UNREADABLE,
            MEASURED,
            ALIKE,
            *(f"{name}_of" for name in flags),
        }
        for name, run in flags.items():
            writable_name = _writable(name)
            if name in reserved_names or name != writable_name:
                writable_name += "-flag" * (writable_name in {*reserved_names, *flags})
                raise DataError(
                    f"a flag cannot be called {name!r}, which the screen uses or cannot write: use --flag "
                    f"{shlex.quote(f'{writable_name}={run}')}"
                )
        if strange := [name for name in self.without if name not in (*FILTERS, *flags)]:
            raise DataError(
                f"no filter or flag is called {strange[0]!r}: choose one of {', '.join((*FILTERS, *flags))}"
            )

    @property
    def runs_of_flags(self) -> dict[str, str]:
        """The run of each flag: {flag: run}."""
        return {name: str(run) for name, run in (self.flags or {}).items()}

    @cached_property
    def warning(self) -> dict[str, Flag]:
        """The flags by name. Raises DataError where a flag is to leave molecules out, and its model gives no
        probability."""
        flags = {name: Flag.open(name, run) for name, run in self.runs_of_flags.items()}
        for name, flag in flags.items():
            if name in self.without and not flag.classes:
                raise DataError(
                    f"flag {name!r} predicts numbers alone, which remove nothing: leave it out of --without"
                )
        return flags

    @property
    def evidence(self) -> Evidence:
        """The knowledge that the screen starts from."""
        training = Training(self.family, self.minutes, self.seed)
        if self.actives is not None:
            return Actives(training, self.actives, self.by)
        if self.assay is not None:
            return Assay(training, self.assay, self.target, self.positive, self.lower)
        return Run(training, str(self.run), self.target or "", self.positive, self.lower)


def _writable(name: str) -> str:
    """A name that a reason of ranked.csv and --without can hold: without colon, comma, and characters that no one
    sees."""
    plain = re.sub(r"[:,]+", "-", "".join(letter if letter.isprintable() else " " for letter in name))
    return " ".join(plain.split()).strip("-") or "flag"
