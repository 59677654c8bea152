"""The families of designs, one row each. A graph policy (GCPN) gets its row here."""

from dataclasses import dataclass
from importlib import import_module

from ...core.errors import DataError
from .family import Search, Task


@dataclass(frozen=True)
class Row:
    """module: the file that has `search`. trivial: whether it is a floor that others must beat. prior: whether it
    begins with a string model."""

    module: str
    what: str
    trivial: bool = False
    prior: bool = False

    def search(self, task: Task) -> Search:
        return import_module(f".{self.module}", __package__).search(task)


FAMILIES = {
    "genetic": Row("genetic", "graph GA: crossover at bonds, seven edits, an elite of 100 (Jensen 2019)"),
    "hill-climbing": Row("hill_climbing", "string model, fine-tuned on its best tenth (Brown 2019)", prior=True),
    "reinvent": Row("reinvent", "policy of a string model, with replay (Olivecrona 2017)", prior=True),
    "random-edits": Row("random_edits", "edits of start molecules without selection", trivial=True),
    "best-of-data": Row("best_of_data", "the start molecules themselves, scored", trivial=True),
}


def require_family(name: str) -> Row:
    """Raises DataError for an unknown name."""
    if name not in FAMILIES:
        raise DataError(f"there is no family {name!r} of designs: choose one of {', '.join(FAMILIES)}")
    return FAMILIES[name]
