"""What a person said of columns: their kinds, the cells that stand for a missing value, and which are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...core.errors import DataError
from .frames import require_column

KINDS = ("number", "whole", "real", "category", "boolean", "date", "ignored")
NUMBERS, CLASSES = KINDS[:3], KINDS[3:5]  # kinds of what is to be predicted
EVERYWHERE = "*"


@dataclass(frozen=True)
class Corrections:
    """Options of `load_data` for columns.

    Args:
        types: {column: kind}.
        missing: {column: cells}, EVERYWHERE for every column. Cells that are "", or none, say that no word is missing.
        drop: columns to leave out.
    """

    types: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, Sequence] = field(default_factory=dict)
    drop: Sequence[str] = ()

    @classmethod
    def of_options(cls, options: Mapping[str, object]) -> Corrections:
        missing = options.get("missing") or {}
        missing = missing if isinstance(missing, Mapping) else {EVERYWHERE: missing}
        return cls(options.get("types") or {}, missing, options.get("drop") or ())

    def kind(self, name: str) -> str | None:
        """Returns the type that the user gave a column, "ignored" for one left out; None without a correction."""
        return "ignored" if name in self.drop else self.types.get(name)

    def words(self, name: str) -> list:
        """Returns the words that stand for a missing value in a column."""
        return [*self.missing.get(EVERYWHERE, ()), *self.missing.get(name, ())]

    @property
    def without_words(self) -> list[str]:
        """Columns of which a person says that nothing but an empty cell is missing."""
        return [name for name, words in self.missing.items() if not [word for word in words if word != ""]]

    def require_columns(self, names: Sequence[str]) -> None:
        """Raises DataError for a column that is not among `names`, and a kind that is unknown."""
        missing = [name for name in self.missing if name != EVERYWHERE]
        for option, columns in (("types", self.types), ("drop", self.drop), ("missing", missing)):
            for name in columns:
                require_column(name, list(names), option)
        for name, kind in self.types.items():
            if kind not in KINDS:
                raise DataError(f"kind {kind!r} of column '{name}' is unknown: use one of {', '.join(KINDS)}")

    def require_given(self, names: Sequence[str]) -> None:
        """Raises DataError for a kind that is unknown, and for a column that is not among those that are given."""
        for option, columns in (("types", self.types), ("missing", self.missing)):
            if unknown_names := [name for name in columns if name not in (EVERYWHERE, *names)]:
                raise DataError(
                    f"{option} names '{unknown_names[0]}', which is not given: name it with given too, or leave it out"
                )
        self.require_columns(names)

    def select(self, names: Sequence[str]) -> Corrections:
        """Selects the corrections of some columns."""
        types = {name: kind for name, kind in self.types.items() if name in names}
        missing = {name: words for name, words in self.missing.items() if name in (EVERYWHERE, *names)}
        return Corrections(types, missing, [name for name in self.drop if name in names])
