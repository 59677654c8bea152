"""Task of a run (`Plan`) and its place (`Place`): the values that `fit` makes of its keywords."""

from dataclasses import dataclass
from pathlib import Path

from ..core.cpu import require_cores
from ..core.errors import BudgetError
from ..core.type_names import Options, TrainMembers
from ..kinds.splits import SPLIT_NAMES
from ..training.budget import budget_of
from ..training.progress import Report
from ..zoo import registry
from .compatible_options import BUDGET
from .members import MEMBERS

MOST_PREVIEWS = 1_000  # items of a preview
ROWS = {"train": SPLIT_NAMES[:1], "trainval": SPLIT_NAMES[:2], "all": SPLIT_NAMES}


@dataclass(frozen=True)
class Plan:
    """Task of a run: what the options of `fit` say of it. The data decide what is None.

    Raises DataError for the name of no family, BudgetError for two budgets or one that makes no sense, and for unknown
    rows.
    """

    family: str | None
    preset: str | None
    hyperparameters: Options | None
    ensemble: int | None
    minutes: float | None
    items: int | None
    steps: int | None
    epochs: float | None
    seed: int
    rows: str
    balance: bool
    probe: bool
    about: int | None

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
        """Returns the hyperparameters that a person chose."""
        return {**(self.hyperparameters or {}), **({} if self.ensemble is None else {MEMBERS: self.ensemble})}


@dataclass(frozen=True)
class Place:
    """Place of a run, and what happens to the run there, as the options of `fit` say.

    Raises BudgetError for seconds below 0, for previews that are too many or have no folder, and for more cores than
    there are.
    """

    out: Path | None
    restart: bool
    more: float
    replay: str | Path | dict | None
    checkpoint_seconds: float
    previews: int
    member: int | None
    train_members: TrainMembers | None
    cores: int | None
    progress: bool | Report
    device: str
    processes_changed: bool

    def __post_init__(self):
        if not self.checkpoint_seconds >= 0:
            raise BudgetError(f"checkpoint_seconds must be 0 or more, not {self.checkpoint_seconds}")
        if self.cores is not None:
            require_cores(self.cores)
        require_previews(self.previews)
        if self.previews and self.out is None:
            raise BudgetError("previews are written into the run folder: name out, or leave previews out")
        if self.out is not None:
            object.__setattr__(self, "out", Path(self.out))

    @property
    def settings(self) -> list[object]:
        """Settings that must be the same in all processes that train together."""
        place_text = [str(self.out), self.restart, self.more, self.checkpoint_seconds]
        return [*place_text, self.device, self.processes_changed]


def require_previews(previews: int) -> None:
    """Raises BudgetError for a number of samples that no preview holds."""
    if not 0 <= previews <= MOST_PREVIEWS:
        raise BudgetError(f"previews must be between 1 and {MOST_PREVIEWS:,} items, not {previews}")
