"""The interface of a domain: it writes the Spec, and translates between the user's items and tensors. `Drawn` is the
form in which items that no array holds (texts, sets of points, graphs) reach the user.
"""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..core.domain import BaseDomain
from ..core.errors import DataError, list_briefly
from ..core.spec import Spec
from ..core.type_names import UserItems
from .values.equals import Equals
from .values.masks import as_mask

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from ..core.growth import Growth, GrowthOfColumns
    from ..core.ragged import X
    from ..core.trainable import Alternatives
    from .values.conditions import Condition, Variable

Masks = Iterable[np.ndarray] | None  # of each item, bool: True for what is known


def check_masks(
    known: Iterable[object], shapes: Sequence[tuple[int, ...]], noun: str, is_known: str
) -> list[np.ndarray]:
    """Masks of items.

    Raises DataError, naming the item, for another number of masks, a mask of another shape, or one that is not bool.

    Args:
        shapes: Shapes of these items.
        noun: an item, in errors.
        is_known: what True stands for.
    """
    masks = list(map(as_mask, known))
    if len(masks) != len(shapes):
        raise DataError(f"known holds {len(masks)} masks for {len(shapes)} {noun}s: give one for each")
    for number, (mask, shape) in enumerate(zip(masks, shapes)):
        if mask.dtype != bool or mask.shape != shape:
            raise DataError(
                f"known of {noun} {number} is {mask.dtype} of shape {mask.shape}: pass bool {shape}, True for "
                f"{is_known}"
            )
    return masks


class Drawn(list):
    """A list of items that also carries `given` ({name: (n,) values by the user's own names}), the `seed` it was drawn
    with, and, after `complete`, the `method` and its `kind`.

    A slice, a mask (n,) or numbers (k,) of items, and `copy`, keep all of them, given aligned; anything else that makes
    a new list makes a plain one, and what changes the list in place leaves given as it is.
    """

    def __init__(
        self, items: Iterable = (), given: dict | None = None, seed: int | None = None, method: str | None = None,
        kind: str | None = None,
    ):  # fmt: skip
        super().__init__(items)
        self.given = {name: np.asarray(values) for name, values in (given or {}).items()}
        self.seed, self.method, self.kind = seed, method, kind

    def __repr__(self) -> str:
        return list_briefly(self)

    def __getitem__(self, index: object) -> object:
        """One item of a whole number, else the same kind of list. Raises IndexError as lists and arrays do."""
        if isinstance(index, (int, np.integer)):
            return super().__getitem__(index)
        numbers = np.arange(len(self))[index]
        if numbers.ndim != 1:
            raise IndexError(f"items are picked by a number, a slice, a mask or numbers (k,), not {index!r}")
        items = [super(Drawn, self).__getitem__(i) for i in numbers]
        given = {name: values[numbers] for name, values in self.given.items()}
        return type(self)(items, given, self.seed, self.method, self.kind)

    def copy(self) -> "Drawn":
        return self[:]


class Domain(BaseDomain):
    """A fitted description of one person's data. UserItems: the user's form, an array, a DataFrame or a list.

    Args:
        spec: Spec of the items.
        rules: Rules of the table.
    """

    task: ClassVar[str] = "generate"
    suffix: ClassVar[str] = ".npz"  # default suffix of completed items; "" for a folder
    viewed: ClassVar[str] = ".npz"  # the same of samples, which people look at
    id_name = "id"  # the column that names items in tables of results
    counted_in: ClassVar[str] = ""  # the unit in which time passes in an item, "" where none does
    spec: Spec
    fields: Any = None  # `fields.Fields` that models may be conditioned on; None for tables, whose columns are given
    has_ids: ClassVar[bool] = False  # `with_ids` adds columns that were not modelled
    grows: ClassVar[bool] = False  # items to complete may be scaffolds, each with several `openings`
    rest: str | None = None  # mark of a line's open end, "" where all marks are characters; None of other items
    running: ClassVar[bool] = False  # items of a part follow each other in one text
    derived: Sequence[str] = ()  # columns that follow from the others, so that models learn nothing of them
    rules: Sequence = ()  # rules that items never break; `str` gives the sentence of each
    look_ups: Sequence = ()  # tables of pairs of training cells that a run keeps; `holds` says of which

    @abstractmethod
    def encode(self, items: UserItems) -> "tuple[Tensor, Tensor]":
        """Items -> x: (n, *spec.shape) in the units of the Spec, NaN where absent; given: (n, G), NaN for a condition
        that an item lacks.

        Raises DataError for items of another shape, range, or kind than those that the domain was fitted on.
        """

    def encode_given(self, given: dict, n: int) -> "Tensor":
        """Encodes {name: one value or n values} as conditions (n, G), NaN for the variables left out. Raises GivenError
        for an unknown name or value."""
        return self.fields.encode_asked(given, n)

    @abstractmethod
    def decode(self, x: "Tensor", given: "Tensor", seed: int | None) -> UserItems:
        """Returns the inverse of `encode`: n items in the user's form that carry their given values, and the seed they
        were drawn with, where there is one.

        Args:
            x: (n, *spec.shape), also off the lattice, as a mean is.
            given: (n, G).
            seed: Seed of the random numbers.
        """

    def plain(self, items: UserItems) -> UserItems:
        """Returns items with numbers and dates in place of text, as in tables that are read from a file."""
        return items

    def as_written(self, items: UserItems) -> UserItems:
        """Returns the inverse of `plain`: items in the form of the training data."""
        return items

    @property
    def own_texts(self) -> dict[str, frozenset[str]]:
        """Returns the texts that are values of this domain, by column of a file; none is a word for a missing cell."""
        return {} if self.fields is None else self.fields.own_texts

    def parted(self, items: UserItems, known: object = None) -> tuple[UserItems, object]:
        """Cuts items, and the mask of what is known, into parts as long as the model sees."""
        return items, known

    def filled_up(self, items: UserItems) -> UserItems:
        """Returns items that are too short for the model to code, filled up; `encode_residue` says how long
        they were."""
        return items

    def decode_blocks(self, blocks: "Iterable[tuple[X, Tensor]]", seed: int | None) -> Iterator[UserItems]:
        """Yields the items of one draw, of which each block is an x and what is given, in parts that `decode` of all of
        them would give."""
        return (self.decode(x, given, seed) for x, given in blocks)

    def encode_residue(self, items: UserItems, restored: UserItems, first: int) -> bytes:
        """Returns bytes from which `add_residue` makes `items` of `restored`, the items that `decode` makes of their
        encoding; b"" if both are the same. Raises DataError if no bytes can help.

        Args:
            first: how many items stand before these.
        """
        differing = np.flatnonzero(self.keys(restored) != self.keys(items))
        if len(differing):
            raise DataError(
                f"{len(differing):,} of {len(restored):,} items would not come back as they are, the first is number "
                f"{first + differing[0] + 1:,}: they hold something that the model cannot represent"
            )
        return b""

    def add_residue(self, restored: UserItems, parts: list[bytes], first: int) -> UserItems:
        """Adds all that was left out of items to `restored`."""
        return restored

    @abstractmethod
    def encode_holes(self, items: UserItems, known: object, given: dict | None) -> "tuple[Tensor, Tensor, Tensor]":
        """Items with missing parts -> x: (n, *spec.shape), with any finite filler or NaN in the holes, given: (n, G),
        known: bool like x.

        Raises DataError for items or a mask that do not fit, GivenError as `encode_given` does.

        Args:
            items: Items in the user's form.
            known: as `Model.complete` takes it.
            given: None for what the items carry.
        """

    @abstractmethod
    def decode_holes(self, x: "Tensor", items: UserItems, known: "Tensor", given: "Tensor", note: dict) -> UserItems:
        """Decodes completed items. Every known part is taken from `items` itself, bit for bit. Every known part is
        taken from `items` itself, bit for bit.

        Args:
            x: Completed items as the model makes them.
            known: bool mask of what is known.
            given: (B, G) conditions of the items.
            note: method, kind and seed, carried along.
        """

    def known_frames(self, count: int) -> np.ndarray:
        """Returns the mask of an item of which the first `count` frames are known. Raises DataError for a kind without
        frames."""
        raise DataError(f"the first frames are known of clips alone, and the model is of {self.kind}: leave it out")

    def look_ahead(self, items: UserItems, rows: int) -> UserItems:
        """Returns items with so many more rows, of which nothing is known, for `complete`. Raises DataError for a kind
        without rows in time."""
        raise DataError(f"forecasts are for series, and the model is of {self.kind}: leave ahead out")

    @property
    def whole(self) -> "Domain":
        """The domain in which nothing is derived from the rest, as measures see items; itself where nothing is."""
        return self

    def prepare_holes(self, items: UserItems, known: object) -> tuple[UserItems, object]:
        """Fills in cells that follow from the known ones, before the model completes the rest. Returns items
        and mask."""
        return items, known

    def require_scorable(self, items: UserItems, known: object) -> None:
        """Raises DataError for a mask for which no model can compute the likelihood of the unknown part."""

    def unfit(self, items: UserItems, completions: UserItems) -> np.ndarray:
        """Finds completions that do not fit the known part: (n,) bool.

        Args:
            items: The items with their known part.
            completions: The completed items.
        """
        return np.zeros(len(completions), bool)

    def breaks_structure(self, items: UserItems) -> np.ndarray:
        """Finds items that no model of this domain can make, (n,) bool, with a warning about them."""
        return np.zeros(len(items), bool)

    def holes(self, items: UserItems, known: object) -> int:
        """Returns the number of unknown values of items, as `encode_holes` takes them."""
        return int((~self.encode_holes(items, known, None)[2]).sum())

    def still_open(self, items: UserItems, completions: UserItems) -> dict[int, object]:
        """Finds the items (n,) that need another completion: {number: the item as it now stands}."""
        return {}

    def stack(self, completions: list) -> Any:
        """Joins several completions of the same items into one object: by default a list of draws."""
        return completions

    def values(self, items: Any, name: str) -> Any:
        """Returns the values (n,) of a leaf (of a table), or of a given variable, by name, as the items carry them."""
        return items.given[name]

    def grown(
        self, parts: "Iterable[UserItems]", own: "Domain"
    ) -> "tuple[Domain, list[Growth | GrowthOfColumns], list[str]]":
        """The same description grown by all that items of others hold, how axes of weights grow with it, and a sentence
        about each thing that is new. By default nothing grows.

        Args:
            parts: The items.
            own: What describes them without this description.
        """
        return self, [], []

    def readable(self, items: UserItems) -> UserItems:
        """The items that a model of this domain can read. By default all, and `encode` says what it cannot read."""
        return items

    @property
    def condition_variables(self) -> "Mapping[str, Variable]":
        """The columns, labels and properties on which samples may have a condition, by name."""
        return {} if self.fields is None else self.fields.variables

    def condition_cells(self, items: UserItems, name: str) -> Any:
        """The cells (n,) of one of `condition_variables`."""
        return self.values(items, name)

    def given_values(self, table: "Tensor", name: str) -> "pd.Series":
        """The values (n,) of one given variable in conditions (n, G)."""
        return self.fields.values(table, name)

    def regions(self, conditions: "Sequence[Condition]") -> "dict[int, Tensor]":
        """{number of a leaf: what it may be}, as `Region` has it, of those conditions that say no more than that."""
        return {}

    def carried(self, items: UserItems) -> "Tensor":
        """Encodes the given variables that items of any kind carry beside themselves, (n, G), NaN where they carry
        none. G is 0 where they are a part of the items, as columns and labels of images are."""
        import torch

        return torch.zeros(len(items), 0)

    def _encode_carried(self, items: UserItems, n: int, x: "Tensor | None" = None) -> "Tensor":
        """(n, G) of what n items carry, NaN where they carry none, and of what follows from x, where they are whole."""
        return self.fields.encode_beside(getattr(items, "given", {}), n, x)

    def alternatives(self, items: UserItems) -> "Alternatives | None":
        """Returns the further values of a given variable for items that carry several, beside the first, which `encode`
        takes."""
        return None if self.fields is None else self.fields.alternatives(getattr(items, "given", {}))

    def bare(self, items: UserItems) -> UserItems:
        """Returns items without the given variables that they carry."""
        return items

    def as_start(self, items: UserItems, name: str = "start") -> UserItems:
        """Returns items that draws start from, in the form of the model's: with a warning where they were brought to
        it, as images of another size are.

        Args:
            items: Items in the user's form.
            name: Name of the option that holds them.
        """
        return items

    def broken(self, items: UserItems) -> np.ndarray:
        """Finds which of `rules` each item breaks: (n, rules) bool."""
        return np.zeros((len(items), 0), bool)

    def settle(self, items: UserItems) -> tuple[UserItems, dict[str, int]]:
        """Mends items so that they satisfy equalities, without changing given parts. Returns them and how many items
        each rule mended."""
        return items, {}

    @abstractmethod
    def keys(self, items: UserItems) -> np.ndarray:
        """Computes keys (n,) uint64 that are equal for equal items. Columns that are not modelled do not count."""

    def equals(self) -> Equals:
        """Numbers items, so that those have one number that models and metrics cannot tell apart (see `Equals`)."""
        return Equals(self.keys)

    def meanings(self, items: UserItems) -> list:
        """Returns a hashable value of each item, equal for items that mean the same; None for what is no item."""
        return self.keys(items).tolist()

    @abstractmethod
    def write(self, items: UserItems, path: Path, names: Sequence[str] = ()) -> Path:
        """Writes items to a file whose suffix names the form, or to a folder; never half-written. Returns the path.
        Returns what was written.

        Raises DataError for a suffix that is none of the domain's, or a path that cannot be written.

        Args:
            items: Items in the user's form.
            path: Path of the file.
            names: Names of the files that items are from, by which those in a folder are called then.
        """

    def write_latents(self, items: UserItems, latents: np.ndarray, path: Path) -> Path:
        """Writes items with their latents (n, ...) to a file that ends in `with_latents`, and returns its path. Raises
        DataError for a kind without such files."""
        raise DataError(f"cannot write latents of {self.kind} to {path}: let its name end in .npz")

    def as_table(self, items: UserItems) -> "pd.DataFrame":
        """Returns items as rows, for a database. Raises DataError for a kind whose items are none."""
        raise DataError(f"{self.kind} are no rows of a table: name a file or a folder in place of the database")

    def pixels(self, items: UserItems) -> np.ndarray | None:
        """Returns items as one picture of their own pixels, (H, W) or (H, W, C) uint8; None of items that have to be
        drawn."""
        return None

    def describe_set_aside(self, items: UserItems, path: Path) -> str:
        """Describes in a sentence the items that `write` put into another file than `path`; "" if there are none."""
        return ""

    def try_out(self) -> None:
        """Write an item of the lowest and one of the highest values, and try the rules on them: any error says that the
        record of the domain is damaged."""
        items = self.decode(self.spec.extremes(), self.given.extremes().flatten(1), 0)
        self.broken(self.settle(items)[0])
