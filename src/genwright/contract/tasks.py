"""The contract's view of the data of each task of predictors: a class each, which the registry's `Task` names."""

from dataclasses import replace

import numpy as np

from genwright.core.data import Data, Whole
from genwright.core.domain import BaseDomain
from genwright.kinds.formats.images.pictures import Pictures

from . import small_data as made


class SmallTask:
    """The contract's view of a task: a small data set, and what its predictors return."""

    def data(self) -> Whole | Data:
        """Makes whatever `fit` takes; every family of the task is fitted on it."""
        raise NotImplementedError

    def unfitting_data(self, data: Whole | Data) -> Whole | Data:
        """Makes data that no predictor of `data` can take."""
        raise NotImplementedError

    def count(self, data: Whole | Data) -> int | None:
        """Counts the rows that both `predict` and `encode` answer with; None where these are not the same."""

    def chances(self, domain: BaseDomain) -> dict[str, dict[str, str]]:
        """Returns {column of a class: {each class: column of its probability}} of the table of `predict`."""
        return {}

    def empty(self) -> set[str]:
        """Lists columns of numbers of `predict` that small data may leave empty."""
        return set()

    def verb_arguments(self, verb: str) -> tuple:
        """Returns further arguments of a verb, after the data."""
        return ()


class Captioned(SmallTask):
    """Images of one bright half, and captions that say which."""

    def data(self) -> Data:
        return made.halves()

    def unfitting_data(self, data: Data) -> Data:
        """Returns the same images with a border of one pixel, so of another size."""
        wider = {part: np.pad(items, [(0, 0), (1, 1), (1, 1), (0, 0)]) for part, items in data.items.items()}
        return replace(data, items={part: Pictures(x, data.items[part].given) for part, x in wider.items()})

    def count(self, data: Data) -> int:
        return sum(data.sizes.values())

    def verb_arguments(self, verb: str) -> tuple:
        return ("a bright left half",) if verb == "search" else ()
