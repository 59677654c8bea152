"""Types that many rooms share: what a person passes and gets back, and what stands in records.

A type of a library that loads slowly, or may be missing, stands here by its name alone.
"""

from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeAlias


class UserItems(Protocol):
    """Items in the person's form: an array of images, a DataFrame, or a list of texts, graphs, molecules or point sets.

    Only the domain of their kind knows more of them. All other code may count them and take some of them.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, index: Any, /) -> Any: ...


class Values(Protocol):
    """The values (n,) of a column, a condition or a target, one for each item: an array, a Series or a list."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: Any, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...


KnownParts: TypeAlias = UserItems
"""bool, True where items are known, in their shape; (H, W) is the same for all images."""

Given: TypeAlias = dict[str, object]
"""Conditions in the person's form: {name: one value for all items, or one for each}."""

DataSource: TypeAlias = object
"""A path, the name of a data set, or data in memory, as `load_data` takes it."""

Json: TypeAlias = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
"""A value in a file of JSON or TOML."""

Record: TypeAlias = dict[str, Any]
"""An object of JSON or TOML, such as the content of config.toml. Its schema says what stands under each name."""

Options: TypeAlias = dict[str, Any]
"""{name: value} of options that a person chose, of `load_data`, `fit` or a sampler."""

TrainMembers: TypeAlias = Callable[[list[Path], Callable[[str], None]], None]
"""Trains the members of an ensemble in these folders; the function that it gets prints a sentence."""

Node: TypeAlias = Hashable
"""The name of a node, as NetworkX takes it."""

NetworkxGraph: TypeAlias = Any
"""A `networkx.Graph` or `networkx.DiGraph`."""

RdkitMolecule: TypeAlias = Any
"""An `rdkit.Chem.Mol`."""

AnyModel: TypeAlias = Any
"""A `Model` or a `Predictor`, in a module that they are built on."""
