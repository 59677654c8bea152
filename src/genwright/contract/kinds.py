"""The contract's view of the items of each kind of data that models are made of: a class each, which its `KIND`
names (see `genwright.kinds.known_kinds`)."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from genwright.core.data import Data
from genwright.core.draws import Draws
from genwright.core.ragged import Ragged, X
from genwright.kinds.points.atoms import Atoms

from . import small_data as made

Items = Sequence | np.ndarray | pd.DataFrame  # in the form of the user
Known = np.ndarray | Sequence[np.ndarray] | None  # which of their values are known, bool; None where they show it


class Kind:
    """The contract's view of a kind of data: items as a list of what `==` tells apart, without given variables."""

    given: tuple[str, tuple] | None = None  # a variable, and two of its values
    nonsense: str | int = "nonsense"  # no value of it
    guessed = True  # whether a best guess, which takes fifty draws, is asked for as well

    def data(self) -> Data:
        """Makes a small data set, which every family of the kind is fitted on."""
        raise NotImplementedError

    def holes(self, data: Data) -> tuple[Items, Known]:
        """Makes test items with missing parts, and the mask of what is known; None where the items show the holes
        themselves."""
        raise NotImplementedError

    def first_items(self, items: Items, k: int) -> Items:
        return items[:k]

    def are_equal(self, a: Items, b: Items) -> bool:
        """Tells whether items are equal to the bit."""
        return type(a) is type(b) and a == b

    def fits(self, sampled: Items, data: Data) -> bool:
        """Tells whether drawn items have the form of the data, with values that these know."""
        return type(sampled) is type(data.train)

    def values(self, items: Items, name: str) -> set:
        """Returns the different values of a condition that items carry.

        Args:
            items: Items as tensors.
            name: Name of the condition.
        """
        return set(items.given[name])

    def drop_condition(self, items: Items, name: str) -> Items:
        """Removes a given variable from items, where it is part of them.

        Args:
            items: Items as tensors.
        """
        return items

    def junk(self, data: Data) -> Items | None:
        """Makes items of the right form that the data could not hold, ten nats less likely at least; None where no such
        are known."""

    def outliers(self, data: Data) -> list[Items]:
        """Makes series of items, each item farther from the data than the one before."""
        return []

    def is_complete(self, completions: Items) -> bool:
        """Tells whether nothing is missing any more."""
        return True

    def keeps_known(self, completions: Items, items: Items, known: Known) -> bool:
        """Tells whether completions keep the known parts of the items.

        Args:
            completions: Completed items.
            items: Items as tensors.
        """
        raise NotImplementedError

    def note(self, completions: Items) -> tuple[str, str]:
        """Returns (kind, method) that completions carry."""
        return completions.kind, completions.method

    def half_known(self, x: X) -> X:
        """Makes a mask of encoded items: True for values that are there, in the first half of the last axis."""
        mask = torch.zeros(x.shape, dtype=torch.bool)
        mask[..., : x.shape[-1] // 2] = True
        return mask & ~x.float().isnan()

    def reversed(self, x: X) -> X:
        """Reverses encoded items."""
        return x.flip(0)

    def unknown(self, x: X, known: X) -> Tensor:
        """Returns the numbers of encoded items that are not known."""
        return x[~known]


class Pictures(Kind):
    data, holes = staticmethod(made.digits), staticmethod(made.half_pictures)
    given = "label", (3, 7)
    guessed = False

    def are_equal(self, a: np.ndarray, b: np.ndarray) -> bool:
        a, b = np.asarray(a), np.asarray(b)
        return a.shape == b.shape and a.dtype == b.dtype and bool((a == b).all())

    def fits(self, sampled: np.ndarray, data: Data) -> bool:
        labels_fit = set(sampled.given["label"]) <= set(range(10)) and len(sampled.given["label"]) == len(sampled)
        return sampled.shape[1:] == data.train.shape[1:] and sampled.dtype == data.train.dtype and labels_fit

    def junk(self, data: Data) -> np.ndarray:
        x, given = data.tensors("train").x[: len(data.test)], data.tensors("test").given
        noise = Draws(1).uniform(x.shape)
        return data.domain.decode((noise * 256).floor(), given[: len(noise)], None)

    def keeps_known(self, completions: np.ndarray, items: np.ndarray, known: Known) -> bool:
        return bool((np.asarray(completions)[known] == np.asarray(items)[known]).all())


class CaptionedPictures(Pictures):
    """Images with captions, for families that learn nothing without these."""

    data = staticmethod(made.captioned_halves)
    given = "caption", ("left", "a bright lower half")
    nonsense = 3

    def fits(self, sampled: np.ndarray, data: Data) -> bool:
        return sampled.shape[1:] == data.train.shape[1:] and sampled.dtype == data.train.dtype


class Rows(Kind):
    data, holes = staticmethod(made.table), staticmethod(made.rows_with_gaps)
    given = "group", ("up", "down")
    columns = ["kind", "size", "count", "flag"]

    def first_items(self, items: pd.DataFrame, k: int) -> pd.DataFrame:
        return items.iloc[:k]

    def are_equal(self, a: pd.DataFrame, b: pd.DataFrame) -> bool:
        return a.reset_index(drop=True).equals(b.reset_index(drop=True))

    def fits(self, sampled: pd.DataFrame, data: Data) -> bool:
        known = set(sampled["group"]) <= {"up", "down"} and set(sampled["kind"]) <= {"a", "b", "c"}
        return list(sampled.columns) == list(data.train.columns) and known

    def values(self, items: pd.DataFrame, name: str) -> set:
        return set(items[name])

    def drop_condition(self, items: pd.DataFrame, name: str) -> pd.DataFrame:
        return items.drop(columns=name)

    def outliers(self, data: Data) -> list[pd.DataFrame]:
        series = []
        for name, values in (("size", [1e2, 1e4, 1e8, 1e16, 3e38]), ("count", [1e3, 1e5, 1e7, 1e9])):
            rows = pd.concat([data.test.dropna().iloc[:1]] * (1 + len(values)), ignore_index=True).astype({name: float})
            rows.loc[1:, name] = values
            series.append(rows)
        return series

    def is_complete(self, completions: pd.DataFrame) -> bool:
        return not completions[self.columns].isna().any().any()

    def keeps_known(self, completions: pd.DataFrame, items: pd.DataFrame, known: Known) -> bool:
        is_known = items.notna()
        return all((completions.loc[is_known[c], c] == items.loc[is_known[c], c]).all() for c in items)

    def note(self, completions: pd.DataFrame) -> tuple[str, str]:
        return completions.attrs["kind"], completions.attrs["method"]


class Lines(Kind):
    data, holes = staticmethod(made.words), staticmethod(made.words_with_holes)

    def fits(self, sampled: list[str], data: Data) -> bool:
        letters = set(data.domain.symbols)
        return super().fits(sampled, data) and all(isinstance(line, str) and letters >= set(line) for line in sampled)

    def junk(self, data: Data) -> list[str]:
        rng, letters = np.random.default_rng(0), list(data.domain.symbols)
        return ["".join(rng.choice(letters, 7)) for _ in range(len(data.test))]

    def keeps_known(self, completions: list[str], items: list[str], known: Known) -> bool:
        """Tells whether each completed line fits its pattern, in which * stands for any further tokens.

        Args:
            completions: Completed items.
        """
        patterns = [re.escape(line).replace("_", ".").replace(r"\*", ".*") for line in items]
        return all(re.fullmatch(pattern, line) for pattern, line in zip(patterns, completions))


class SetsOfPoints(Kind):
    data, holes = staticmethod(made.molecules), staticmethod(made.pieces)
    guessed = False

    def fits(self, sampled: Sequence[Atoms], data: Data) -> bool:
        symbols = set(data.domain.symbols)
        return super().fits(sampled, data) and all(
            isinstance(item, Atoms) and set(item.symbols) <= symbols and item.positions.shape == (len(item), 3)
            for item in sampled
        )

    def junk(self, data: Data) -> Sequence[Atoms]:
        """Returns each molecule blown up."""
        return [(item.symbols, 3 * item.positions) for item in data.test]

    def outliers(self, data: Data) -> list[Sequence[Atoms]]:
        """Returns sets with one atom, farther and farther away from the others."""
        symbols, positions = data.test[0].symbols, data.test[0].positions
        far_positions = [positions + np.eye(len(positions))[:, :1] * [far, 0, 0] for far in (0, 10, 100, 1e3, 1e5)]
        return [[(symbols, place) for place in far_positions]]

    def keeps_known(self, completions: Sequence[Atoms], items: Sequence[Atoms], known: Known) -> bool:
        first = [sum(mask) for mask in known]
        return all(
            completion.symbols[:k] == item.symbols[:k] and np.array_equal(completion.positions[:k], item.positions[:k])
            for completion, item, k in zip(completions, items, first)
        )

    def half_known(self, x: Ragged) -> Ragged:
        first = x.place < (x.sizes[x.item] + 1) // 2
        return x.with_x(first[:, None].expand(x.x.shape).clone())

    def reversed(self, x: Ragged) -> Ragged:
        """Returns each set seen in a mirror of its members: known are the others."""
        return x.with_x(x.x.flip(0))

    def unknown(self, x: Ragged, known: Ragged) -> Tensor:
        return x.x
