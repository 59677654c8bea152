"""Interface of a family of designs: a search that proposes molecules and hears their scores.

    search(task) yields lists of proposals, and is sent a score for each of them, higher is better

A search is a function of its task and of the scores sent to it, and knows nothing of calls, files or limits of time: so
it resumes by being repeated with the recorded scores.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

from ...core.errors import DataError
from .limits import Limits


class Proposal(NamedTuple):
    """smiles: canonical, within the limits. parent: the molecule that it was made from, "" where there is none."""

    smiles: str
    parent: str = ""


class Exhausted(DataError):
    """A search finds no further molecule; the message says what would help."""


Search = Generator[list[Proposal], list[float], None]


@dataclass(frozen=True)
class Task:
    """start: canonical SMILES within the limits, in the person's order. elements: symbols that new atoms may have.
    seed: of everything that is random. batch: molecules that are scored together. begin: start molecules that are
    scored first. prior: gives the string model that some families begin with."""

    start: list[str]
    limits: Limits
    elements: frozenset[str]
    seed: int
    batch: int
    begin: int
    prior: Callable[[], Any]

    def rng(self, *parts: str) -> Random:
        """Random numbers of their own for each family."""
        from ...core.seeds import seed_of

        return Random(seed_of("design", *parts, self.seed))

    def start_population(self, rng: Random) -> list[Proposal]:
        """As many start molecules as are scored first, at random; all where there are fewer."""
        return [Proposal(smiles) for smiles in rng.sample(self.start, min(self.begin, len(self.start)))]
