"""An account of how a source was read: how its records became items, what of it was not used, and what was changed.

Every reader returns one. It notes all that it sees in the source (`see`) and what of that it uses (`use`).
`Account.sentences` is the only place that turns an account into words, and it tells the difference.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .errors import list_some

SHOWN_NAMES = 8  # names in a sentence


class LeftOut(NamedTuple):
    """A group of records of a source that were left out, and the reason.

    Args:
        count: Number of records that were left out.
        unit: Noun for the records, such as "rows".
        why: Reason, in a few words.
        total: Number of all records, if these are not the records of the source.
    """

    count: int
    unit: str
    why: str
    total: int | None = None


class Merged(NamedTuple):
    """Records that repeat others and became one with them, `count` of `total`.

    Args:
        unit: Unit in words.
    """

    count: int
    total: int
    unit: str


@dataclass
class Account:
    """What a reader made of a source: `records` are `items`, records left out, and records merged with others.

    Args:
        records: lines, rows, blocks or files that the source has; None where nobody counted them.
        items: Items of those, how many became items.
        left_out: records of which nothing was made.
        merged: records that repeat others, or parts of items that do, such as edges.
        seen: {what: names, or a number}: columns, arrays, attributes, layers, sheets and files that the source
            holds.
        used: {what: names}: those of them that items are made of, or that change values.
        remarks: sentences about anything else, such as what was changed.
    """

    records: int | None = None
    items: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    merged: list[Merged] = field(default_factory=list)
    seen: dict[str, list[str] | int] = field(default_factory=dict)
    used: dict[str, set[str]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def leave_out(self, count: int, unit: str, reason: str, total: int | None = None) -> None:
        """Adds a note on records that were left out, if there are any.

        Args:
            count: how many.
            unit: what one of them is called.
            reason: the reason, in a few words.
            total: how many there are, where these are not the records of the source.
        """
        self.left_out += [LeftOut(count, unit, reason, total)] * bool(count)

    def merge(self, count: int, total: int, unit: str) -> None:
        """Adds a note on records, or parts of items, that repeat others, if there are any.

        Args:
            count: how many repeat another.
            total: how many there are.
            unit: what one of them is called.
        """
        self.merged += [Merged(count, total, unit)] * bool(count)

    def see(self, subject: str, names: Iterable[object] | int, used_names: Iterable[object] = ()) -> None:
        """Notes what the source holds. `unused` has what nobody notes as used.

        Args:
            subject: its kind in the plural, such as "columns".
            names: Names of each, or their number where they have none.
            used_names: those names that are used. Default: none.
        """
        name_list = names if isinstance(names, int) else list(map(str, names))
        if name_list:
            names_before = self.seen.get(subject)
            self.seen[subject] = name_list if names_before is None else names_before + name_list
        self.use(subject, used_names)

    def use(self, subject: str, names: Iterable[object]) -> None:
        """Notes the contents of the source that genwright uses.

        Args:
            subject: Kind of the contents in the plural, such as "columns".
            names: Names that are used.
        """
        if used_names := set(map(str, names)):
            self.used[subject] = self.used.get(subject, set()) | used_names

    @property
    def unused(self) -> dict[str, list[str] | int]:
        """{what: names, or a number} that the source holds and nobody uses."""
        unused_counts = {
            subject: names
            if isinstance(names, int)
            else [name for name in names if name not in self.used.get(subject, ())]
            for subject, names in self.seen.items()
        }
        return {subject: names for subject, names in unused_counts.items() if names}

    def __add__(self, other: "Account") -> "Account":
        """Both, of one source: records are those of the first reader that counted them, items those of the last."""
        both_accounts = Account(
            other.records if self.records is None else self.records,
            other.items or self.items,
            [*self.left_out, *other.left_out],
            [*self.merged, *other.merged],
            remarks=[*self.remarks, *other.remarks],
        )
        for account in (self, other):
            for subject, names in account.seen.items():
                both_accounts.see(subject, names, account.used.get(subject, ()))
        return both_accounts

    def losses(self) -> list[str]:
        """Describes in sentences the records that became no item of their own."""
        sentences = []
        for count, unit, reason, own_total in self.left_out:
            total = own_total or self.records or 0
            of_total = f" of {total:,}" if count < total else ""
            sentences.append(f"{count:,}{of_total} {_plural(unit, total if of_total else count)} left out ({reason})")
        for count, total, unit in self.merged:
            sentences.append(f"{count:,} of {total:,} {_plural(unit, total)} merged (repeated)")
        return sentences

    def sentences(self) -> list[str]:
        """Describes the whole reading in sentences."""
        return [*self.remarks, *self.losses(), *(_not_used(subject, names) for subject, names in self.unused.items())]


def _not_used(subject: str, names: Sequence[str] | int) -> str:
    if isinstance(names, int):
        return f"not used: {names:,} {subject if names > 1 else subject.removesuffix('s')}"
    count = f"{len(names):,} " * (len(names) > 1)
    return f"{count}{subject} not used: {list_some(names, SHOWN_NAMES)}"


def _plural(unit: str, count: int) -> str:
    return unit + "s" * (count != 1)
