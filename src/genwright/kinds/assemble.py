"""How items that were read become data: split, given their conditions, described by their domain, and put on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from ..core.data import Data
from ..core.domain import Question
from ..core.type_names import Options, UserItems
from .domain import Domain
from .fields.fields import Fields
from .formats.raw import Raw
from .splits import EQUAL, SPLIT_NAMES, content_digest, remark, split
from .values.corrections import Corrections

if TYPE_CHECKING:
    from collections.abc import Hashable


class Cut(NamedTuple):
    """The items of each part after the split.

    Args:
        items: {part: its items}.
        parts: (n,) the part of each item.
        fields: conditions, of the columns that are given beside the items.
    """

    items: dict[str, UserItems]
    parts: pd.Categorical
    fields: Fields


@dataclass
class Prepared:
    """The items of a source, n of them, as models see them, and what tells them apart.

    Args:
        raw: the contents that they are made of.
        text: the source in words.
        options: Options of `load_data`.
        seed: Seed of the split.
        items: (n,), which a mask cuts.
        noun: the word for items, such as "sets".
        keys: (n,) uint64 of the content of each.
        same: (n,) equal for items that are one however they are written; by default the keys.
        copies: what a repeated item is.
        settled: (n,) parts that the source settles, "" elsewhere; or None.
        parts: (n,) where a kind splits in its own way; by default, the items are split by content.
        labels: (n,) strata of the split.
        possible: computes how many different items there could be.
        values: {name: (n,)} what items are given with.
        beside: (n, ...) the columns that become fields; None of a kind without any.
        digested: further values (n,) that the digest is of.
        content: digest of the items, where it is not that of the keys.
        notes: sentences about the split.
        remarks: sentences about copies and shares; by default, those of `splits.remark`.
        questions: about the data, beside those of the source.
    """

    raw: Raw
    text: str
    options: Options
    seed: int
    items: UserItems
    noun: str
    keys: np.ndarray
    same: np.ndarray | None = None
    copies: str = EQUAL
    settled: np.ndarray | pd.Categorical | None = None
    parts: pd.Categorical | None = None
    labels: np.ndarray | None = None
    possible: Callable[[], float] | None = None
    values: Mapping[str, np.ndarray] = field(default_factory=dict)
    beside: pd.DataFrame | None = None
    digested: Sequence[np.ndarray | Sequence[Hashable] | None] = ()
    content: str = ""
    notes: Sequence[str] = ()
    remarks: Sequence[str] | None = None
    questions: Sequence[Question] = ()


def assemble(prepared: Prepared, fit: Callable[[Cut], Domain], **data_fields: object) -> Data:
    """Assembles the data set of prepared items: splits it and fits its domain. Raises DataError for a column that can
    condition no model.

    Args:
        prepared: the items.
        fit: their domain, of the training items.
        data_fields: other fields of `Data`.
    """
    given, raw = prepared, prepared.raw
    parts = given.parts
    if parts is None:
        parts = split(given.keys, given.labels, given.settled, given.seed, given.same, given.possible)
    corrections = Corrections.of_options(given.options)
    fields = Fields() if given.beside is None else Fields.of_columns(given.beside, parts == "train", corrections)
    items = {part: given.items[parts == part] for part in SPLIT_NAMES}
    domain = fit(Cut(items, parts, fields))
    remarks = given.remarks
    if remarks is None:
        same_keys = given.keys if given.same is None else given.same
        remarks = remark(parts, given.settled, same_keys, given.noun, given.copies, given.values)
    notes = [*given.notes, *remarks, *fields.remarks(given.values)]
    questions = [] if given.beside is None else fields.ask(given.beside, corrections)
    content = given.content or content_digest(given.keys, given.labels, parts, *given.digested)
    return Data(
        raw.name, domain, items, content, given.text, raw.licence, raw.log_density, given.options, notes,
        settled=given.settled is not None, questions=[*raw.asked, *given.questions, *questions], **data_fields,
    )  # fmt: skip
