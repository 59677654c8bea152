"""The families of designs: their interface, the simplest of them, and a row for each.

    search(task) yields lists of proposals, and is sent a score for each of them, higher is better

A search is a function of its task and of the scores sent to it, and knows nothing of calls, files or limits of time: so
it resumes by being repeated with the recorded scores. The simplest, best of data (a floor), is here: the person's own
molecules, scored in a random order until calls or molecules run out.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from importlib import import_module
from random import Random
from typing import NamedTuple

from ...core.errors import DataError
from ...run.model import Model
from .limits import Gate, Limits

GENERATION = 5  # children of `genetic` that are scored together where nobody says how many


class Proposal(NamedTuple):
    """A molecule that a search proposes.

    Args:
        smiles: canonical, within the limits.
        parent: the molecule that it was made from, "" where there is none.
    """

    smiles: str
    parent: str = ""


class Exhausted(DataError):
    """Raised where a search finds no further molecule; the message says what would help."""


Search = Generator[list[Proposal], list[float], None]


@dataclass(frozen=True)
class Task:
    """The task of a search.

    Args:
        start: canonical SMILES within the limits, in the person's order.
        limits: Limits that molecules must keep.
        elements: symbols that new atoms may have.
        seed: Seed of everything that is random.
        batch: molecules that are scored together.
        begin: start molecules that are scored first.
        prior: gives the model that some families begin with, by its kind (see `Row`).
        generation: children of `genetic` that are scored together.
        gate: counts what the limits refuse.
    """

    start: list[str]
    limits: Limits
    elements: frozenset[str]
    seed: int
    batch: int
    begin: int
    prior: Callable[[str], Model]
    generation: int = GENERATION
    gate: Gate = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "gate", Gate(self.limits))

    def rng(self, *parts: str) -> Random:
        """Makes random numbers of their own for each family."""
        from ...core.seeds import seed_of

        return Random(seed_of("design", *parts, self.seed))

    def start_population(self, rng: Random) -> list[Proposal]:
        """Draws random start molecules, as many as are scored first; all where there are fewer."""
        return [Proposal(smiles) for smiles in rng.sample(self.start, min(self.begin, len(self.start)))]


def search(task: Task) -> Search:
    order = task.rng("best-of-data").sample(task.start, len(task.start))
    for begin in range(0, len(order), task.batch):
        yield [Proposal(smiles) for smiles in order[begin : begin + task.batch]]


@dataclass(frozen=True)
class Row:
    """A family of designs.

    Args:
        module: the file that has `search`.
        trivial: whether it is a floor that others must beat.
        prior: the kind of model that it begins with: "strings", a string model; "graph-policy"; "" for none.
    """

    module: str
    what: str
    trivial: bool = False
    prior: str = ""

    def search(self, task: Task) -> Search:
        return import_module(f".{self.module}", __package__).search(task)


FAMILIES = {
    "genetic": Row("genetic", "graph GA: crossover at bonds, seven edits, parents by rank (Jensen 2019, Tripp 2023)"),
    "hill-climbing": Row("hill_climbing", "string model, fine-tuned on its best tenth (Brown 2019)", prior="strings"),
    "reinvent": Row("reinvent", "policy of a string model, with replay (Olivecrona 2017)", prior="strings"),
    "gcpn": Row("gcpn", "policy that grows graphs, with PPO and a discriminator (You 2018)", prior="graph-policy"),
    "random-edits": Row("edits", "edits of start molecules without selection", trivial=True),
    "best-of-data": Row("families", "the start molecules themselves, scored", trivial=True),
}


def require_family(name: str) -> Row:
    """Raises DataError for an unknown name."""
    if name not in FAMILIES:
        raise DataError(f"there is no family {name!r} of designs: choose one of {', '.join(FAMILIES)}")
    return FAMILIES[name]
