"""Task of a run (`Plan`) and its place (`Place`): the values that `fit` makes of its keywords."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

from ..core.cpu import require_cores
from ..core.errors import BudgetError
from ..core.type_names import Options
from ..kinds.splits import SPLIT_NAMES
from ..training.budget import budget_of
from ..training.progress import Report
from ..zoo import registry
from .fit_options import BUDGET, TrainMembers
from .members import MEMBERS

Value = TypeVar("Value")
MOST_PREVIEWS = 1_000  # items of a preview
ROWS = {"train": SPLIT_NAMES[:1], "trainval": SPLIT_NAMES[:2], "all": SPLIT_NAMES}


@dataclass(frozen=True)
class Plan:
    """Task of a run. The data decide what is not named.

    Args:
        family: name of a family, or an alias.
        preset: name of a set of hyperparameters.
        hyperparameters: values that override the preset's.
        ensemble: number of networks that predict together.
        minutes, items, steps, epochs: the budget, in one unit.
        seed: of all random numbers.
        rows: name of the rows to learn from, in ROWS.
        balance: whether each class of the condition is sampled equally often.
        probe: whether threads and dtype are chosen by timing a few steps.
        about: training items that a budget of minutes is expected to allow; None where nobody knows.

    Raises DataError for the name of no family, BudgetError for two budgets or one that makes no sense, and for
    unknown rows.
    """

    family: str | None = None
    preset: str | None = None
    hyperparameters: Options | None = None
    ensemble: int | None = None
    minutes: float | None = None
    items: int | None = None
    steps: int | None = None
    epochs: float | None = None
    seed: int = 0
    rows: str = "train"
    balance: bool = False
    probe: bool = False
    about: int | None = None

    def __post_init__(self):
        if self.family is not None:
            registry.require_name(self.family)
        self.budget  # two of them, or none that makes sense
        if self.rows not in ROWS:
            raise BudgetError(f"rows must be {', '.join(map(repr, ROWS))}, not {self.rows!r}")

    @property
    def budget(self) -> dict[str, float] | None:
        """The one budget that is named, as {unit: number}; None where none is."""
        return budget_of(*(getattr(self, unit) for unit in BUDGET))

    def chosen(self) -> Options:
        """The hyperparameters that a person chose."""
        return {**(self.hyperparameters or {}), **({} if self.ensemble is None else {MEMBERS: self.ensemble})}


@dataclass(frozen=True)
class Place:
    """Place of a run, and what happens to the run there.

    Args:
        out: its folder, None for a run that is kept in memory alone.
        restart: whether a run that is there is removed first.
        more: seconds beyond the minutes of the plan.
        replay: a run to repeat, its folder or the contents of its config.toml.
        checkpoint_seconds: between two checkpoints.
        previews: samples to look at while it trains.
        member: number of the member of an ensemble that is trained alone, from 1.
        train_members: trains all members elsewhere, see `fit`.
        cores: on which members of an ensemble train at once, None for those that are idle.
        progress: whether the run says how it goes, or where.
        device: name of the device.
        processes_changed: whether another number of processes may resume or repeat a run.

    Raises BudgetError for seconds below 0, for previews that are too many or have no folder, and for more cores than
    there are.
    """

    out: Path | None = None
    restart: bool = False
    more: float = 0.0
    replay: str | Path | dict | None = None
    checkpoint_seconds: float = 30.0
    previews: int = 0
    member: int | None = None
    train_members: TrainMembers | None = None
    cores: int | None = None
    progress: bool | Report = True
    device: str = "auto"
    processes_changed: bool = False

    def __post_init__(self):
        if not self.checkpoint_seconds >= 0:
            raise BudgetError(f"checkpoint_seconds must be 0 or more, not {self.checkpoint_seconds}")
        if self.cores is not None:
            require_cores(self.cores)
        if not 0 <= self.previews <= MOST_PREVIEWS:
            raise BudgetError(f"previews must be between 1 and {MOST_PREVIEWS:,} items, not {self.previews}")
        if self.previews and self.out is None:
            raise BudgetError("previews are written into the run folder: name out, or leave previews out")
        if self.out is not None:
            object.__setattr__(self, "out", Path(self.out))

    @property
    def settings(self) -> list[object]:
        """Settings that must be the same in all processes that train together."""
        where = [str(self.out), self.restart, self.more, self.checkpoint_seconds]
        return [*where, self.device, self.processes_changed]


def of_type(kind: type[Value], options: Mapping[str, object]) -> Value:
    """A Plan or Place of the options that are its fields."""
    return kind(**{field.name: options[field.name] for field in fields(kind) if field.name in options})
