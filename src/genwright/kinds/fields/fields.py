"""The list of fields that the items of a domain are given with, and the kinds of field that there are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...core.domain import Question
from ...core.errors import DataError, GivenError
from ...core.manifest import load_place, take_packages
from ...core.packages import load_plugins
from ...core.spec import Spec, spec_from_json, spec_to_json
from ...core.trainable import Alternatives
from ..tables.column_questions import ask_columns
from ..values.conditions import Variable
from ..values.corrections import Corrections
from ..values.frames import as_frame
from .column import Column, Label, columns_from_json, columns_to_json
from .field import Field
from .text import Text

_registered: list[type[Field]] = []


class Fields:
    """All fields of a domain, in the order of their columns. spec: the given Spec, a leaf a field.

    Raises ValueError for two fields of one name.
    """

    def __init__(self, fields: Iterable[Field] = ()):
        self._fields: dict[str, Field] = {}
        for field in fields:
            if field.name in self._fields:
                raise ValueError(f"two fields are called {field.name!r}")
            self._fields[field.name] = field
        self.spec = Spec(tuple((field.name, field.leaf) for field in self))

    @classmethod
    def of_columns(
        cls, other_columns: pd.DataFrame, train: np.ndarray, corrections: Corrections = Corrections()
    ) -> "Fields":
        """Returns a field for each column of what items carry beside themselves: of the first kind that suits it, else
        what a table makes of it.

        Raises DataError for a column that can condition no model, and for corrections to another one.

        Args:
            other_columns: (n, ...) a row an item.
            train: (n,) bool, the rows to learn from.
            corrections: what a person said of the columns.
        """
        corrections.require_given(other_columns.columns)
        if other_columns.columns.empty:
            return cls()
        frame = as_frame(other_columns)
        return cls(_field_of(frame[[name]], train, corrections.select([name])) for name in frame)

    def ask(self, other_columns: pd.DataFrame, corrections: Corrections) -> list[Question]:
        """Returns questions about the values of columns that are given. beside, corrections: as in `of_columns`."""
        tables = [field.table for field in self if isinstance(field, Column)]
        return [
            question
            for table in tables
            for question in ask_columns(other_columns, table, corrections.select(table.given.names))
        ]

    def __iter__(self) -> Iterator[Field]:
        return iter(self._fields.values())

    @property
    def own_texts(self) -> dict[str, frozenset[str]]:
        """Returns the texts that a column of a file holds as values, with which the file is read: {name: texts}."""
        return {field.name: field.own_texts for field in self}

    def get(self, name: str) -> Field | None:
        """Returns the field of a name, None where there is none."""
        return self._fields.get(name)

    def encode_asked(self, given: Mapping[str, object], n: int) -> Tensor:
        """Encodes the conditions that the user asks for, {name: one value or n values}, as (n, G), NaN for what is left
        out. Raises GivenError for an unknown name or value."""
        for name in given:
            if name not in self._fields:
                variable_names = ", ".join(self._fields) or "no variable"
                raise GivenError(
                    f"given names {name!r}, which this model does not know: it was trained with {variable_names}"
                )
        pairs = [(field, given.get(field.name)) for field in self]
        return _joined([_missing(of, n) if values is None else of.encode(values, n) for of, values in pairs], n)

    def encode_beside(self, given: Mapping[str, object], n: int, x: Tensor | None = None) -> Tensor:
        """Encodes the conditions that items carry, {name: n values}, as (n, G), NaN where they lack one.

        Args:
            given: Conditions by name.
            n: Number of items.
            x: the encoded items, where nothing of them is missing.
        """
        return _joined([_encode_values(field, given.get(field.name), n, x) for field in self], n)

    def alternatives(self, given: Mapping[str, Sequence]) -> Alternatives | None:
        """Returns the further values of the first field for which items carry several; None if there is none."""
        starts = np.cumsum([0, *self.spec.widths]).tolist()
        carried = [(field, at) for field, at in zip(self, starts) if field.name in given]
        choices = (field.alternatives(given[field.name], at) for field, at in carried)
        return next((alternatives for alternatives in choices if alternatives is not None), None)

    def decode(self, given: Tensor, seed: int | None) -> dict[str, np.ndarray]:
        """Decodes conditions (n, G) to {name: (n,) values}, without the fields that no item has.

        Args:
            given: (B, G) conditions of the items.
            seed: Seed of the draw.
        """
        values = {field.name: field.decode(columns, seed) for field, columns in self._split_columns(given)}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def variables(self) -> dict[str, Variable]:
        """The fields whose values are numbers, dates or names, by name."""
        return {field.name: field.variable for field in self if field.variable is not None}

    def values(self, given: Tensor, name: str) -> pd.Series:
        """The values (n,) of one field in conditions (n, G), None or NaN where an item has none."""
        columns = next(columns for field, columns in self._split_columns(given) if field.name == name)
        values = self._fields[name].decode(columns, 0)
        return pd.Series([None] * len(columns) if values is None else values)

    def agreed(self, x: Tensor, given: Tensor) -> Tensor:
        """Items x before they are decoded, moved so that they agree with given (n, G)."""
        for field, columns in self._split_columns(given):
            x = field.agreed(x, columns)
        return x

    def describe(self) -> list[str]:
        """Returns sentences for people; fields whose names say all share the first one."""
        descriptions = {field.name: field.describe() for field in self}
        plain = [f"`{name}`" for name, sentence in descriptions.items() if not sentence]
        return [*[f"given: {', '.join(plain)}"] * bool(plain), *filter(None, descriptions.values())]

    def remarks(self, given: Mapping[str, Sequence]) -> list[str]:
        """Describes the conditions of all items in sentences."""
        return [remark for field in self if field.name in given for remark in field.remarks(given[field.name])]

    def to_json(self, known: Iterable[str] = ()) -> dict:
        """Returns keys of `domain.json`: `variables`, a table of all columns; `fields`, a record of each other field,
        and with it the `order` of all. Empty keys are left out.

        Args:
            known: names of fields that the domain writes by itself.
        """
        columns = [field for field in self if isinstance(field, Column)]
        other_fields = [field for field in self if field not in columns and field.name not in known]
        record = {"variables": columns_to_json(columns)} if columns else {}
        return record | (
            {"fields": list(map(_to_json, other_fields)), "order": self.spec.names} if other_fields else {}
        )

    @classmethod
    def from_json(cls, record: dict, known: Iterable[Field] = ()) -> "Fields":
        """Returns the fields of a record. Raises ValueError for a kind of field that is not registered.

        Args:
            known: those that the domain made of it by itself.
        """
        columns = columns_from_json(record["variables"]) if "variables" in record else []
        all_fields = cls([*known, *columns, *map(_from_json, record.get("fields", ()))])
        order = record.get("order", all_fields.spec.names)
        if sorted(order) != sorted(all_fields.spec.names):
            raise ValueError("the order is of all fields")
        return cls(map(all_fields.get, order))

    def _split_columns(self, given: Tensor) -> Iterator[tuple[Field, Tensor]]:
        """Each field with its columns (n, width)."""
        return zip(self, given.split(self.spec.widths, 1)) if self._fields else iter(())


def register_field(field: type[Field]) -> None:
    """Add a kind of field of your own, in this process: columns that it suits become such fields, and run folders store
    it.

    Raises DataError for a name that is taken.

    Args:
        field: the class, whose `kind` is its name in records.
    """
    if field.kind in _kinds():
        raise DataError(f"a field of kind {field.kind!r} is registered already: choose another name")
    _registered.append(field)


take_packages(lambda package: _registered.extend(map(load_place, package.fields)))


def _kinds() -> dict[str, type[Field]]:
    """Every kind of field that a record may name, others' first."""
    return {field.kind: field for field in (*_registered, Text, Label)}


def _field_of(other_columns: pd.DataFrame, train: np.ndarray, corrections: Corrections) -> Field:
    """The field of the only column."""
    load_plugins()
    ((name, cells),) = other_columns.items()
    field_class = None if corrections.types else next((kind for kind in _kinds().values() if kind.suits(cells)), None)
    return field_class.fit(name, cells[train]) if field_class else Column.from_column(other_columns, train, corrections)


def _missing(field: Field, n: int) -> Tensor:
    return torch.full((n, field.width), torch.nan)


def _encode_values(field: Field, values: Sequence | None, n: int, x: Tensor | None) -> Tensor:
    """(n, width) of what follows from items x, or else of the values that they carry."""
    derived = None if x is None else field.derived(x)
    if derived is not None:
        return derived
    return _missing(field, n) if values is None else field.carried(values, n)


def _joined(columns: list[Tensor], n: int) -> Tensor:
    """(n, G)."""
    return torch.cat(columns, 1) if columns else torch.zeros(n, 0)


def _to_json(field: Field) -> dict:
    (leaf,) = spec_to_json(Spec(((field.name, field.leaf),)))
    return {"field": field.kind, "given": leaf, **field.to_json()}


def _from_json(record: dict) -> Field:
    load_plugins()
    if (field_class := _kinds().get(record["field"])) is None:
        raise ValueError(f"the kind of field {record['field']!r} is unknown: register it with register_field")
    ((name, leaf),) = spec_from_json([record["given"]]).leaves
    field = field_class.from_json(name, leaf, record)
    if field.leaf != leaf:
        raise ValueError(f"the columns of {name!r} are not as its field says")
    return field
