"""Contents of a source before anything is split: one table, one stack of images, or text."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ...core.account import Account

Held = "Raw | Whole"  # what a source holds

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ...core.data import DrawnByCode, Whole
    from ...core.domain import Question
    from ...core.type_names import Options, UserItems
    from .images.depth import ValueRange


SEEN = "seen"  # attribute of a table: {what: names} that its source holds beside it


class Reader(NamedTuple):
    """Reads a source of any kind. The layer that knows all kinds hands it to them, since they stand below it.

    Args:
        read: the contents of a `Source`, and what the source was as text.
        called: a kind of data, by its name -> as people call it.
        recognise: columns -> questions whether they hold another kind.
    """

    read: "Callable[[Any], tuple[Raw | Whole, str]]"
    called: Callable[[str], str]
    recognise: "Callable[[pd.DataFrame], list[Question]]"


class Numbered(Sequence):
    """Places such as "line 3", each written when it is asked for, since there may be millions."""

    def __init__(self, unit: str, numbers: Sequence[int]):
        self.unit, self.numbers = unit, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, i: int) -> str:
        return f"{self.unit} {self.numbers[i]}"


class Read(NamedTuple):
    """Items for a model.

    Args:
        known: bool, what is known of them, where the source says so.
        places: where each item stands in the source, such as "line 3", "row 3" or the name of its file.
        account: what was left out or changed.
        names: of the files that items, or pieces of which items are parts, are from, where each has one of its own.
        opaque: of image files (n, H, W) bool, False where they are transparent or a mask hides them; no verb but
            `complete` looks at it.
    """

    items: "UserItems"
    known: "np.ndarray | None"
    places: Sequence[str]
    account: Account
    names: Sequence[str] = ()
    opaque: "np.ndarray | None" = None

    @property
    def notes(self) -> list[str]:
        """Sentences of the account."""
        return self.account.sentences()


@dataclass
class Raw:
    """The contents of a source, and what the source says of them.

    Args:
        kind: of data, by its name, which says how it goes on.
        items: images (n, H, W, C) uint8, a DataFrame, or a list.
        labels: (n,) of images, or None.
        names: all labels that there are, in order, where the source says so.
        parts: (n,) "train" | "valid" | "test" | "" where the split is ours to make; None when all of it is.
        levels, width: of images, see `images.pictures`.
        brightness: the values of black and white, of images with more than 8 bits.
        account: how it was read.
        given, drop: what the source of a table, or of images, suggests.
        window: symbols of each piece of a text, where the items are texts, one for each of `parts`, to be cut in
            windows; 0 where they are lines.
        beside: what else is known of lines, which may be given: a row each, None where there is nothing.
        column: of a table, that the items are from, or, of a table itself, that items are wanted of.
        places: where each item stands in its source, where that is more than its number.
        unreadable: the place and the text of what a reader could make no molecule of, and why.
        canonical: whether molecules are as RDKit writes them already.
        log_density: of items, where it is known.
        captions: (n,) texts of images, None where one has none; or None.
        images: {name: one of the same form for each image}.
        texts: {name: (n,) texts of images beside their captions, None where one has none}.
        rule: see `Data`.
        asked: what a person should be asked of the source.
        sheet: the one that was read of a workbook with several.
        drawn: as in `Data`.
        rate: of clips, frames a second.
        reader: what reads another source, which an option names, and recognises other kinds.
    """

    kind: str
    name: str
    items: "UserItems"
    labels: "np.ndarray | None" = None
    names: list | None = None
    parts: "np.ndarray | None" = None
    levels: int = 256
    width: int = 1
    brightness: "ValueRange | None" = None
    account: Account = field(kw_only=True)
    given: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    window: int = 0
    beside: "pd.DataFrame | None" = None
    column: str = ""
    places: Sequence[str] = ()
    unreadable: list[tuple[str, str, str]] = field(default_factory=list)
    canonical: bool = False
    licence: str = ""
    log_density: Callable | None = None
    captions: "np.ndarray | None" = None
    images: "dict[str, np.ndarray]" = field(default_factory=dict)
    texts: "dict[str, np.ndarray]" = field(default_factory=dict)
    rule: str = ""
    asked: "list[Question]" = field(default_factory=list)
    sheet: str = ""
    drawn: "DrawnByCode | None" = None
    rate: float = 10.0
    reader: Reader | None = None

    def __post_init__(self):
        for what, names in getattr(self.items, "attrs", {}).pop(SEEN, {}).items():
            self.account.see(what, names)

    @property
    def item_places(self) -> Sequence[str]:
        """The place of each item in its source."""
        return self.places or Numbered("item", range(len(self.items)))

    def values_beside(self) -> "dict[str, np.ndarray]":
        """Returns the columns beside the items: {column: (n,) its values}."""
        return {} if self.beside is None else {name: self.beside[name].to_numpy(object) for name in self.beside}

    def ignore_beside(self, used: Iterable[str]) -> None:
        """Tell the account which columns beside the items are not used. used: those that are."""
        names = [] if self.beside is None else list(self.beside.columns)
        self.account.see("columns", [name for name in names if name not in set(used)])

    def recognise(self, columns: "pd.DataFrame", options: "Options") -> "list[Question]":
        """Questions whether the contents, as columns, are of another kind; none that an option answers."""
        asked = [] if self.reader is None or "kind" in options else self.reader.recognise(columns)
        return [question for question in asked if options.keys().isdisjoint(question.answer)]

    @property
    def notes(self) -> list[str]:
        """Sentences of the account, and before them the column of a table that items are from."""
        what = "molecules are the SMILES" if self.kind == "molecules" else "lines are the texts"
        return [f"{what} of column `{self.column}`"] * bool(self.column) + self.account.sentences()
