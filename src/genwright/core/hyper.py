"""Hyperparameters of a recipe: one frozen dataclass, whose fields say their type, range, default and meaning.

    @dataclass(frozen=True)
    class VAEHyper(Trained):
        latents: int = whole(16, least=1, most=MOST_WIDTH, says="dimensions of the code")
        free_bits: float = real(0.0, least=0.0, says="nats that a latent may use freely; Kingma 2016")

A preset is an instance, `VAEHyper()` or `replace(SMALL, latents=4)`. The range is what the mathematics allow, with an
upper end where a larger value would take more memory than any machine has.
"""

import dataclasses
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar

from .errors import DataError
from .type_names import Options

Value = TypeVar("Value")


@dataclass(frozen=True)
class Number:
    """A kind of hyperparameter: an integer (`whole`) or any finite number, in a range. `least` and `most` belong to it,
    `above` and `below` do not."""

    whole: bool
    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None

    def convert(self, value: object) -> int | float:
        """Converts a value to the field's type. Raises ValueError where it is not of this kind, as every kind does."""
        if isinstance(value, bool) or not isinstance(value, int if self.whole else (int, float)):
            raise ValueError
        is_inside = (
            math.isfinite(value)
            and (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )
        if not is_inside:
            raise ValueError
        return value if self.whole else float(value)

    def __str__(self) -> str:
        ends = {"at least": self.least, "above": self.above, "at most": self.most, "below": self.below}
        range_text = " and ".join(f"{word} {end:,.10g}" for word, end in ends.items() if end is not None)
        return ", ".join(filter(None, ("a whole number" if self.whole else "a number", range_text)))


@dataclass(frozen=True)
class Several:
    """A kind of hyperparameter: a tuple of numbers, `least` to `most` of them."""

    each: Number
    least: int
    most: int

    def convert(self, value: object) -> tuple:
        if not isinstance(value, (tuple, list)) or not self.least <= len(value) <= self.most:
            raise ValueError
        return tuple(map(self.each.convert, value))

    def __str__(self) -> str:
        many = f"{self.least}" if self.least == self.most else f"{self.least} to {self.most}"
        return f"a list of {many} values, each {self.each}"


@dataclass(frozen=True)
class Flag:
    def convert(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError
        return value

    def __str__(self) -> str:
        return "true or false"


@dataclass(frozen=True)
class Choice:
    names: tuple[str, ...]

    def convert(self, value: object) -> str:
        if value not in self.names:
            raise ValueError
        return value

    def __str__(self) -> str:
        return f"one of {', '.join(self.names)}"


def whole_number(default: int, *, least: int, most: int | None = None, says: str, later: bool = False) -> int:
    """Declares a field of an integer.

    Args:
        default: Its default.
        least: Least value.
        most: Largest value. Default: None, any.
        says: What it does, as a phrase.
        later: As in `flag`.
    """
    return _field(default, Number(True, least, most), says, later)


whole = whole_number


def real(
    default: float, *, least: float | None = None, most: float | None = None, above: float | None = None,
    below: float | None = None, says: str,
) -> float:  # fmt: skip
    """Declares a field of a finite number.

    Args:
        default: Its default.
        least: Least value, which belongs to the range. Default: None, any.
        most: Largest value, which belongs to the range. Default: None, any.
        above: Bound below the range, which does not belong to it. Default: None.
        below: Bound above the range, which does not belong to it. Default: None.
        says: What it does, as a phrase.
    """
    return _field(default, Number(False, least, most, above, below), says)


def flag(default: bool, *, says: str, later: bool = False) -> bool:
    """Declares a field of true or false.

    Args:
        default: Its default.
        says: What it does, as a phrase.
        later: Whether there are runs without it. Its default stands in no record then, so that these resume.
    """
    return _field(default, Flag(), says, later)


def one_of(default: str, *others: str, says: str) -> str:
    """Declares a field that takes one of some names.

    Args:
        default: The first name, which is the default.
        others: The other names.
        says: What it does, as a phrase.
    """
    return _field(default, Choice((default, *others)), says)


def wholes(
    default: tuple[int, ...], *, least: int, most: int | None = None, fewest: int = 1, many: int = 8, says: str
) -> tuple[int, ...]:
    """Declares a field of several integers.

    Args:
        default: Its default.
        least: Least value of each.
        most: Largest value of each. Default: None, any.
        fewest: Least number of integers. Default: 1.
        many: Largest number of integers. Default: 8.
        says: What it does, as a phrase.
    """
    return _field(default, Several(Number(True, least, most), fewest, many), says)


def _field(default: Value, kind: Number | Several | Flag | Choice, says: str, later: bool = False) -> Value:
    return dataclasses.field(default=default, metadata={"kind": kind, "says": says, "later": later})


@dataclass(frozen=True)
class Brief:
    """Hyperparameters that suit a budget of few training items, in which a smaller network with larger steps learns
    more.

    Args:
        below: training items that the budget allows the preset, below which it was better.
        values: {hyperparameter: value in place of the preset's}.
        record: name of the record in benchmarks/results that holds it against the preset.
    """

    below: int
    values: Mapping[str, object]
    record: str = "brief_networks"


@dataclass(frozen=True)
class Hyper:
    """Base of the hyperparameters of a recipe.

    Raises DataError, which names the class, the field, the value and the range, for a value out of a field's range.
    """

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            if field.name not in self.fields():
                raise DataError(
                    f"{field.name} of {type(self).__name__} says no range: declare it with whole, real, wholes, flag "
                    "or one_of of genwright.core.hyper"
                )
            value = self.checked(field.name, getattr(self, field.name), type(self).__name__)
            object.__setattr__(self, field.name, value)

    @classmethod
    def fields(cls) -> dict[str, Mapping]:
        """Returns {"kind": its type and range, "says": what it does} of each field, in order.

        A class that gives a field of its base another default, as in `lr: float = 2e-3`, keeps the rest of it."""
        limits = {}
        for base in reversed(cls.__mro__):
            declared = vars(base).get("__dataclass_fields__", {}).values()
            limits |= {field.name: field.metadata for field in declared if field.metadata}
        return limits

    @classmethod
    def checked(cls, name: str, value: object, family: str) -> object:
        """Checks a value of a field and returns it in the field's type.

        Raises DataError for a name that no field has, with the nearest one, and for a value out of range.

        Args:
            name: Name of the field.
            value: to check.
            family: whose it is, for the error.
        """
        fields = cls.fields()
        if name not in fields:
            raise DataError(f"{family} has no hyperparameter {name!r}{nearest(name, fields)}")
        kind = fields[name]["kind"]
        try:
            return kind.convert(value)
        except ValueError:
            raise DataError(f"{name} = {str(value)[:40]} of {family} must be {kind}") from None

    def describe(self) -> dict[str, tuple[object, str, str]]:
        """Describes each field: its value here, its range in words, and its meaning. Tuples are lists, as in JSON."""
        return {
            name: (_as_json(getattr(self, name)), str(field["kind"]), field["says"])
            for name, field in self.fields().items()
        }

    def changed(self, values: Options, family: str) -> "Hyper":
        """Returns a copy with other values for some fields.

        Args:
            values: {field: value}.
            family: Whose hyperparameters these are, for errors.

        Raises DataError as `checked` does.
        """
        checked = {name: self.checked(name, value, family) for name, value in values.items()}
        return dataclasses.replace(self, **checked)

    def fit_to_budget(
        self, budget: Mapping[str, float], items: int, chosen_fields: Collection[str], about: int | None = None,
        brief: Brief | None = None,
    ) -> "Hyper":  # fmt: skip
        """Returns a copy for a budget: numbers that follow from it are set, except those that a person chose.

        Args:
            budget: {unit: number} that a person named, {} for none.
            items: Training items at hand.
            chosen_fields: Names of the fields that a person chose.
            about: Training items that the budget allows. Default: None, nobody knows.
            brief: What suits few of them. Default: None, nothing is known to.
        """
        if brief is None or about is None or about >= brief.below:
            return self
        return dataclasses.replace(
            self, **{name: value for name, value in brief.values.items() if name not in chosen_fields}
        )

    def values(self) -> Options:
        """Returns the contents of config.toml: {field: value}, tuples as lists."""
        defaults, values = {field.name: field.default for field in dataclasses.fields(self)}, {}
        for name, description in self.fields().items():
            value = getattr(self, name)
            if not (description.get("later") and value == defaults[name]):
                values[name] = value
        return {name: _as_json(value) for name, value in values.items()}


def _as_json(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def close_names(name: str, names: Iterable[str]) -> list[str]:
    """Lists the names that are spelled like a given name, the nearest first."""
    near = get_close_matches(name.lower(), list(names))
    return sorted(near, key=lambda known: sorted(known) != sorted(name.lower()))


def nearest(name: str, names: Iterable[str]) -> str:
    """Suggests the nearest names in the end of a sentence about an unknown name; lists all names where none is near."""
    names = list(names)
    if near := close_names(name, names):
        return f": did you mean {near[0]!r}?"
    return f": it has {', '.join(names) or 'none'}"
