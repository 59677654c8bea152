"""Tables: rows of mixed columns, from a DataFrame (or an array of numbers) to a row of leaves and back."""

from __future__ import annotations

import shlex
import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...core.errors import DataError, GivenError, UnseenLabels, list_some
from ...core.growth import GrowthOfColumns
from ...core.patience import with_progress
from ...core.seeds import seed_of
from ...core.spec import Spec
from ...core.type_names import UserItems
from ..domain import Domain
from ..formats.tables.file_form import FileForm, form_of
from ..formats.tables.write_table import suffix_like, write_table
from ..values.cells import Coded, encode_residual_cells, factorize, restore_residual_cells, row_keys
from ..values.conditions import Condition
from ..values.corrections import EVERYWHERE, Corrections
from ..values.frames import as_frame, column_of, frame_of, merge, require_column, spread_lists
from ..values.masks import as_mask
from ..values.reading import Reading, blank, find_reading, is_text, write_missing
from ..values.typed_cells import MISSING
from .allowed_values import allowed_values
from .columns import (
    Column,
    Constant,
    Dates,
    Ignored,
    Labels,
    Number,
    Seen,
    as_text,
    column_from_json,
    column_to_json,
    see,
)
from .find_rules import COLUMNS, find_rules
from .find_structure import find_structure
from .fit_column import fit_column
from .grow_labels import growth_of, new_labels, note_on, with_labels
from .identifiers import Identifiers, find_identifiers
from .structure import Structure
from .table_rules import Dependency, Formula, Rule, broken, rule_features, rule_from_json, rule_to_json, settle
from .table_view import View

if TYPE_CHECKING:
    from torch import Tensor

APPROXIMATE = "approximate"  # kind of a completion of which a part was solved
SHOWN_LABELS = 5  # that training never saw, of a column
DESCRIBED_RULES = 10  # rules, where the table is described
ROWS = 2**16  # encoded or decoded at a time
MANY_TEXTS = 2**16  # distinct texts of a column, which take as much memory as it does


class Tables(Domain):
    """Columns of a table, in the user's order. x: (n, D) float32, one column a leaf, NaN where missing.

    Args:
        columns: Names of the columns.
        rules: Rules of the table.
    """

    kind = "tables"
    has_ids = True

    def __init__(
        self,
        columns: Sequence[Column],
        given: Sequence[str] = (),
        missing: dict[str, tuple] | None = None,
        written: FileForm | None = None,
        identifiers: dict[str, Identifiers] | None = None,
        rules: Sequence[Rule] = (),
        structure: Structure = Structure(),
    ):
        """missing: {column: cells that stand for a missing value, the one that it is written with first}. written: the
        form of the file that the rows came from, where they came from a delimited one. identifiers: how ignored columns
        that name rows go on. rules: of the table. structure: the columns that rules derive from others."""
        self.columns, self.missing = list(columns), missing or {}
        self.written, self.identifiers, self.rules = written, identifiers or {}, rules
        self.typed_rules: Sequence[Formula] = ()  # of a table that was fitted here
        self.readings: dict[str, Reading] = {}  # of a table that was fitted here
        self.coded: dict[str, Coded] = {}  # texts of one that was sketched
        by_name = {column.name: column for column in self.columns}
        self.givens = [by_name[name] for name in given]
        self.given = Spec(tuple((column.name, column.leaf) for column in self.givens))
        self._take_structure(structure)

    def _take_structure(self, structure: Structure) -> None:
        """Let models learn what a structure leaves: `modelled` has what stands for a column, if it is a difference."""
        self.structure = structure
        open_columns = [
            c for c in self.columns if c.leaf is not None and c.name not in {*self.given.names, *structure.derived}
        ]
        self.modelled = [structure.numbers.get(column.name, column) for column in open_columns]
        leaves = {column.name: column.leaf for column in self.modelled}
        absence_flags = {flag.column: replace(leaves[flag.column], absent_with=flag.of) for flag in structure.flags}
        if unknown_flags := {flag.of for flag in structure.flags} - leaves.keys():
            raise ValueError(f"column {min(unknown_flags)!r} keeps the flag of others, but is not modelled")
        self.spec = Spec(tuple((leaves | absence_flags).items()))

    @property
    def derived(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.name in self.structure.derived)

    @property
    def whole(self) -> Tables:
        """Returns the domain of the same table without its structure: each column has a leaf of its own."""
        if not self.structure.parts:
            return self
        return Tables(self.columns, self.given.names, self.missing, self.written, self.identifiers, self.rules)

    @property
    def variables(self) -> list[Column]:
        """The columns that vary: those that are modelled, derived or given."""
        return [column for column in self.columns if column.leaf is not None]

    @classmethod
    def fit(
        cls,
        frame: pd.DataFrame | np.ndarray,
        given: Sequence[str] = (),
        types: dict[str, str] | None = None,
        drop: Sequence[str] | Mapping[str, str] = (),
        missing: Sequence | dict[str, Sequence] = (),
        like: Tables | None = None,
        sketch: bool = False,
        all_given: bool = False,
        coded_columns: Mapping[str, Coded] = MappingProxyType({}),
    ) -> Tables:
        """Fits the domain: decides what each column is by its training rows.

        Raises DataError for names that the frame lacks, unknown kinds, and tables in which nothing can be modelled.

        Args:
            given: columns that models are conditioned on.
            types: {column: kind} overrules the rules; kinds: `KINDS`.
            drop: columns to ignore, or {column: why}.
            missing: cells that stand for a missing value, in every column, or {column: cells}, "*" for every one.
            like: a table of all rows, which say what each column is and how its texts are read.
            sketch: without marginals, to know in far less time what is modelled.
            all_given: whether every column may be given, and none modelled.
            coded_columns: columns of `frame` that are factorized already.
        """
        frame = as_frame(frame)
        corrections = Corrections.of_options({"types": types, "missing": missing, "drop": drop})
        corrections.require_columns(frame.columns)
        for name in given:
            require_column(name, list(frame.columns), "given")
        if len(frame) < 2:
            raise DataError("the table has a single training row, and a model needs at least 2: give it more rows")
        readings, columns, sketched = dict(like.readings) if like else {}, [], {}
        form, frame.attrs = form_of(frame), {}  # pandas would copy them with each column
        decimal = "," if form and form["decimal"] == "," else ""  # a point is no news
        decided = {column.name: column for column in like.columns} if like else {}
        for name, cells in with_progress(list(frame.items()), "looking at columns"):
            if isinstance(of_all_rows := decided.get(name), Ignored):
                columns.append(of_all_rows)
                continue
            kind = corrections.kind(name)
            if isinstance(of_all_rows, (Labels, Number)) and of_all_rows.kind != "boolean":
                kind = kind or of_all_rows.kind
            known = None
            if is_text(cells) and kind != "ignored":
                known = coded_columns.get(name) or factorize(cells, name)
            if like is None and kind != "ignored":
                readings[name] = find_reading(cells, name, kind, corrections.words(name), known, decimal)
            reading = readings.get(name, Reading())
            column = fit_column(name, cells, kind, name in given, reading, sketch, known)
            if isinstance(column, Ignored) and known:
                words = (text for text in known.distinct if isinstance(text, str) and text.strip() in MISSING)
                column = replace(column, words=tuple(words))
            columns.append(column)
            if sketch and known and len(known.distinct) < MANY_TEXTS:
                sketched[name] = known
        if isinstance(drop, Mapping):
            columns = [replace(column, why=drop[column.name]) if column.name in drop else column for column in columns]
        for column in columns:
            if column.name in given and column.leaf is None:
                reason = column.why if isinstance(column, Ignored) else "the same in every training row"
                raise DataError(
                    f"given column '{column.name}' cannot condition a model since it is {reason}: "
                    f"choose another{'' if all_given else ', or set its kind with types'}"
                )
        missing_words = {name: reading.missing for name, reading in readings.items() if reading.missing}
        table = cls(columns, tuple(given), missing=missing_words, written=form)
        table.readings, table.coded = readings, sketched
        if not table.modelled and not all_given:
            raise DataError(
                "no column of the table is left to model: all are given, constant or ignored. Set types, drop fewer, "
                "or learn lines of text (--kind sequences for a .txt, --column for a table)"
            )
        return table

    @classmethod
    def fit_given_columns(cls, frame: pd.DataFrame, whole: pd.DataFrame, corrections: Corrections) -> Tables:
        """Fits all columns of a table as conditions of other items."""
        names, records = list(frame.columns), {"types": corrections.types, "missing": corrections.missing}
        whole_table = cls.fit(whole, names, sketch=True, all_given=True, **records)
        return cls.fit(frame, names, like=whole_table, all_given=True, **records)

    def split_columns(self) -> list[Tables]:
        """Returns each given column as a table of its own, without rules and identifiers."""
        missing = {name: {name: words} for name, words in self.missing.items()}
        return [Tables([c], [c.name], missing.get(c.name), self.written) for c in self.givens]

    # ------------------------------------------------------------------ rules

    def look_for_rules(self, train: pd.DataFrame, valid: pd.DataFrame, filtered: Collection[str] = ()) -> None:
        """Sets `rules` to the rules that the user typed and those of the training rows that hold in the validation
        rows, and `structure` to the columns that follow from them.

        Args:
            train: Training items.
            filtered: columns that are modelled whatever the rules say.
        """
        train, valid = self._emptied(train), self._emptied(valid)
        typed_columns = {frozenset(rule.columns) for rule in self.typed_rules}
        found = find_rules(self.variables, train, valid)
        rules = (*self.typed_rules, *(rule for rule in found if frozenset(rule.columns) not in typed_columns))
        views = View(self.ruled, train), View(self.ruled, valid)
        filtered = [column.name for column in self.columns] if EVERYWHERE in filtered else filtered
        self.rules, structure = find_structure(self.columns, rules, self.given.names, filtered, *views)
        self._take_structure(structure)

    def breaks_structure(self, items: UserItems) -> np.ndarray:
        """Finds the rows that break a rule from which a column is computed, (n,) bool, with a warning about them."""
        view = self.view(items)
        breaks = self.structure.broken(view, list(map(str, view.frame.columns)))
        if breaks.any():
            worst = self.structure.parts[int(breaks.sum(0).argmax())]
            warnings.warn(
                f"{breaks.any(1).sum():,} of {len(view):,} rows break what the model takes as certain, most often "
                f"this: {worst}. To have it modelled, fit anew with --filter {shlex.quote(worst.column)}",
                stacklevel=4,
            )
        return breaks.any(1)

    @property
    def look_ups(self) -> list[Dependency]:
        """The rules that hold pairs of training cells."""
        return [rule for rule in self.rules if isinstance(rule, Dependency)]

    @property
    def ruled(self) -> list[Column]:
        """The columns that rules may speak of."""
        return [column for column in self.columns if not isinstance(column, Ignored)]

    def view(self, items: UserItems) -> View:
        """Returns items in the form that rules read."""
        return View(self.ruled, self._emptied(items))

    def broken(self, items: UserItems) -> np.ndarray:
        return broken(self.rules, self.view(items))

    def rule_features(self, items: UserItems, names: Collection[str]) -> np.ndarray:
        """Computes the features `names` that each rule has, (n, F) float64, NaN where missing (see `table_rules`)."""
        return rule_features(self.rules, self.view(items), names)

    def settle(self, items: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
        frame, changed = settle(self.rules, self.ruled, self._emptied(items), self.given.names)
        words = {
            n: write_missing(frame[n], missing_words) for n, missing_words in self.missing.items() if n in frame.columns
        }
        return frame.assign(**words), changed

    def _frame(self, items: UserItems) -> pd.DataFrame:
        """Items as a DataFrame. An array takes the names of the training columns, in their order. Raises DataError for
        an array with another number of columns, unless the model was trained on an array."""
        names = [column.name for column in self.columns]
        frame, _ = spread_lists(as_frame(items), names)
        if not isinstance(items, np.ndarray) or not {*frame.columns}.isdisjoint(names):
            return frame
        if frame.shape[1] != len(names):
            raise DataError(
                f"the array has {frame.shape[1]} columns, but the training table has {len(names)}: give all of them in "
                "the order of training, or give a DataFrame"
            )
        return frame.set_axis(names, axis=1)

    def _emptied(self, items: UserItems) -> pd.DataFrame:
        """The items without cells that stand for a missing value."""
        frame = self._frame(items)
        return frame.assign(**{name: self.cells(frame, name) for name in self.missing if name in frame.columns})

    # ------------------------------------------------------------------ encode

    def encode(self, items: UserItems) -> tuple[Tensor, Tensor]:
        frame = self._frame(items)
        bases = [step.sources for step in self.structure.steps if step.column in self.structure.numbers]
        for name in dict.fromkeys(chain(self.spec.names, *bases)):
            if name not in frame.columns:
                require_column(name, list(frame.columns), "the model")
        return self._filled(self._numbers(frame, self.modelled)), _tensor(self._numbers(frame, self.givens))

    def encode_given(self, given: dict, n: int) -> Tensor:
        table = np.full((n, len(self.givens)), np.nan)
        names = [column.name for column in self.givens]
        for name, values in given.items():
            if name not in names:
                hint = f"the model's given are {', '.join(names)}" if names else "the model was trained without given"
                more = ": give it one value or a range, or complete rows that have it"
                is_generated = name in self.condition_variables
                raise GivenError(f"'{name}' is not a given variable: {hint}{more if is_generated else ''}")
            cells = _cells(values)
            if len(cells) not in (1, n):
                raise GivenError(
                    f"given '{name}' has {len(cells)} values for {n} items: give one value, or one for each item"
                )
            column = self.givens[names.index(name)]
            codes = {}
            for cell in cells:
                if cell not in codes:
                    is_missing = pd.isna(cell) or cell in self.missing.get(name, ())
                    codes[cell] = np.nan if is_missing else _code(column, cell)
            table[:, names.index(name)] = [codes[cell] for cell in cells]
        return _tensor(table)

    def encode_holes(self, items: UserItems, known: object, given: dict | None) -> tuple[Tensor, Tensor, Tensor]:
        """Encodes rows to be completed. A cell that is missing and known is known to be absent.

        Args:
            items: Items in the user's form.
            known: None (every cell that is not missing), a bool frame, or a bool array like items; a column that
                the items lack is one long hole.
            given: Conditions by name.
        """
        frame = self._frame(items)
        names = [column.name for column in self.generated]
        if not any(name in frame.columns for name in names):
            raise DataError(
                "the table has none of the model's columns: name them as in training, "
                f"{', '.join(names[:5])}{', ...' * (len(names) > 5)}"
            )
        known_of = self._known_of(frame, known)
        x = self._numbers(self._with_shared_absence(frame, known_of), self.modelled)
        known_cells = np.stack([known_of[name] for name in self.spec.names], 1)
        for step in self.structure.steps:
            if step.column in self.structure.numbers:
                sources = [known_of.get(name, True) for name in step.sources]
                known_cells[:, self.spec.names.index(step.column)] &= np.logical_and.reduce(sources)
        table = _tensor(self._numbers(frame, self.givens)) if given is None else self.encode_given(given, len(frame))
        self._tell_of_columns(frame, self.given.names if given is None else ())
        return _tensor(x), table, _tensor(known_cells, bool)

    def prepare_holes(self, items: UserItems, known: object) -> tuple[UserItems, object]:
        """Solves cells that follow from known ones, such as a part of a sum whose total is known, and empties computed
        cells that are unknown. Cells that are derived and unknown are emptied."""
        if not self.structure.parts:
            return items, known
        frame = self._frame(items).copy()
        for name in (column.name for column in self.generated):
            frame[name] = column_of(frame, name)
        known_of = self._known_of(frame, known if known is None else pd.DataFrame(self._known_of(frame, known)))
        view = self.view(frame)
        for name, rows in self.structure.solve(view, known_of).items():
            if rows.any():
                cells = write_missing(view.cells(name), self.missing.get(name, ()))
                frame[name] = merge(frame[name], ~rows, cells.set_axis(frame.index))
                known_of[name] = known_of[name] | rows
        for step in self.structure.steps:
            unknown = ~known_of.get(step.column, np.ones(len(frame), bool)) & frame[step.column].notna().to_numpy()
            if unknown.any():
                frame[step.column] = frame[step.column].mask(unknown)
        return self._with_shared_absence(frame, known_of), pd.DataFrame(known_of, index=frame.index)

    def _with_shared_absence(self, frame: pd.DataFrame, known_of: dict[str, np.ndarray]) -> pd.DataFrame:
        """The frame without unknown cells that share the flag of a cell that is known to be absent. `known_of`, which
        changes, has them as known."""
        for names in self.structure.groups:
            cells = {name: column_of(frame, name) for name in names}
            empty = {name: self.cells(frame, name).isna().to_numpy() for name in names}
            all_missing = np.logical_or.reduce([known_of[name] & empty[name] for name in names])
            for name in names:
                if (rows := all_missing & ~known_of[name]).any():
                    frame = frame.assign(**{name: cells[name].mask(rows)})
                    known_of[name] = known_of[name] | rows
        return frame

    def require_scorable(self, items: UserItems, known: object) -> None:
        """Raises DataError for a derived cell that is known before the cells that it is derived from."""
        known_of = self._known_of(self._frame(items), known)
        for step in self.structure.steps:
            parts = [known_of[name] for name in step.sources if name in known_of]
            if any((known_of[step.column] & ~part).any() for part in parts):
                raise DataError(
                    f"known has cells of '{step.column}' without all that they are derived from ({step}): mark these "
                    "as unknown too"
                )

    def unfit(self, items: UserItems, completions: pd.DataFrame) -> np.ndarray:
        """Finds completed rows in which what was filled does not fit a derived cell that was known: (n,) bool."""
        if not self.structure.parts:
            return np.zeros(len(completions), bool)
        frame = self._frame(items)
        is_open = ~np.stack([self.cells(frame, c.name).notna() for c in self.generated], 1).all(1)
        return is_open & self.structure.broken(self.view(completions), list(completions.columns)).any(1)

    def holes(self, items: UserItems, known: object) -> int:
        return sum(int((~cells).sum()) for cells in self._known_of(self._frame(items), known).values())

    @property
    def generated(self) -> list[Column]:
        """The columns of a sample that are not given."""
        return [column for column in self.variables if column.name not in self.given.names]

    def _known_of(self, frame: pd.DataFrame, known: object) -> dict[str, np.ndarray]:
        """{column: (n,) bool, which of its cells are known}, as `encode_holes` says; given ones are none of them."""
        is_filled = {c.name: self.cells(frame, c.name).notna().to_numpy() for c in self.generated}
        if known is None:
            return is_filled
        mask = self._mask(known, frame)
        absent_is_known = {column.name: column.leaf.optional for column in self.generated}
        return {name: mask[name] & (cells | absent_is_known[name]) for name, cells in is_filled.items()}

    def _tell_of_columns(self, frame: pd.DataFrame, conditions: Sequence[str]) -> None:
        """Warn of columns that the frame lacks and that it has in addition, as a column with a new name is both.
        conditions: given columns that the frame is to bring along."""
        lacks = lambda names: _list_columns([name for name in names if name not in frame.columns])
        own_names = [column.name for column in self.columns]
        unknown_names = _list_columns([name for name in frame.columns if name not in own_names])
        remarks = []
        if invented := lacks([column.name for column in self.generated if column.name not in self.structure.derived]):
            remarks.append(f"the table lacks {invented}, so every cell there is invented")
        if omitted := lacks(conditions):
            remarks.append(f"the table lacks {omitted} to condition on, so the model does without")
        if unknown_names:
            remarks.append(f"the model does not know {unknown_names}, and ignores what is there")
        if unknown_names and (invented or omitted):
            remarks.append("if a column has a new name, give it back its name in training")
        if remarks:
            warnings.warn("; ".join(remarks), stacklevel=4)

    def _numbers(self, frame: pd.DataFrame, columns: Sequence[Column]) -> np.ndarray:
        """(n, columns) float32, NaN where missing; no more than a block of a column is held in double precision. If a
        column shares its flag, a value that it does not know becomes its typical one, as it is not missing."""
        x, sharing = np.empty((len(frame), len(columns)), np.float32), {*chain(*self.structure.groups)}
        has_differences = columns is self.modelled and self.structure.numbers
        offsets = self.structure.reduce(self.view(frame)) if has_differences else {}
        for j, column in enumerate(columns):
            if column.name in offsets:
                x[:, j] = column.to_leaf(offsets[column.name])
                continue
            cells, unseen = self.cells(frame, column.name), Counter()
            for begin in range(0, len(cells), ROWS):
                block = cells.iloc[begin : begin + ROWS]
                if isinstance(column, Labels):
                    x[begin : begin + ROWS, j], unknown_counts = column.encode_and_count(block)
                    unseen += unknown_counts
                else:
                    x[begin : begin + ROWS, j] = column.encode(block)
            _tell_of_unseen(column, unseen)
            if column.name in sharing:
                x[np.isnan(x[:, j]) & cells.notna().to_numpy(), j] = column.typical
        return x

    def cells(self, frame: pd.DataFrame, name: str) -> pd.Series:
        """Returns a column, empty where its cells stand for a missing value."""
        return blank(column_of(frame, name), self.missing.get(name, ()))

    def _filled(self, x: np.ndarray) -> Tensor:
        """Nothing is known of absence in a column that was complete in training: its missing cells count as typical."""
        for j, column in enumerate(self.modelled):
            holes = np.isnan(x[:, j])
            if holes.any() and not column.leaf.optional:
                warnings.warn(
                    f"column '{column.name}' misses {holes.sum()} cells but missed none in training: they count as "
                    "its typical value; complete() fills them by the model",
                    stacklevel=3,
                )
                x[holes, j] = column.typical
        return _tensor(x)

    def _mask(self, known: object, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """{column: (n,) bool} of a mask as `encode_holes` takes it."""
        if isinstance(known, pd.DataFrame):
            if len(known) != len(frame):
                raise DataError(f"known has {len(known)} rows for {len(frame)} items: give one row for each")
            names = [str(name) for name in known.columns]
            if (mask := as_mask(known.to_numpy())).dtype != bool:
                raise DataError("known holds other values than True and False: give a truth value for each cell")
        else:
            names, mask = list(frame.columns), as_mask(known)
            if mask.shape != frame.shape or mask.dtype != bool:
                raise DataError(
                    f"known is {mask.dtype} of shape {mask.shape}, but must be bool of the items' shape, {frame.shape}"
                )
        no_rows = np.zeros(len(frame), bool)
        return {c.name: mask[:, names.index(c.name)] if c.name in names else no_rows for c in self.generated}

    # ------------------------------------------------------------------ decode

    def decode(self, x: Tensor, given: Tensor, seed: int | None, first: int = 0) -> pd.DataFrame:
        """Decodes rows to a DataFrame in the training columns' order and dtypes, without ignored columns;
        `.attrs["seed"]` is the seed.

        Args:
            x: (B, ...) input.
            given: (B, G) conditions of the items.
            seed: Seed of the random numbers.
            first: how many rows of the draw stand before these.
        """
        columns = self._series(x, given, seed or 0, first)
        for column in self.columns:
            if isinstance(column, Constant):
                columns[column.name] = column.fill(len(x))
        if self.structure.steps:
            columns |= self._restored(self.view(frame_of(columns)), self._offsets(x), {}, ())
            self._tell_of_unknown_sources(given)
        frame = frame_of({column.name: columns[column.name] for column in self.columns if column.name in columns})
        frame.attrs["seed"] = seed
        return frame

    def decode_blocks(self, blocks: Iterable[tuple[Tensor, Tensor]], seed: int | None) -> Iterator[pd.DataFrame]:
        first = 0
        for x, given in blocks:
            yield self.decode(x, given, seed, first)
            first += len(x)

    def encode_residue(self, items: UserItems, restored: pd.DataFrame, first: int) -> bytes:
        """Returns cells that the columns cannot say: rare labels, numbers farther out than any before, more decimals;
        and columns that the model ignores, or does not know.

        Args:
            items: Items in the user's form.
        """
        return encode_residual_cells(self.as_written(self._frame(items)), restored, first)

    def add_residue(self, restored: pd.DataFrame, parts: list[bytes], first: int) -> pd.DataFrame:
        return restore_residual_cells(restored, parts, first)

    def decode_holes(self, x: Tensor, items: UserItems, known: Tensor, given: Tensor, note: dict) -> pd.DataFrame:
        """Returns the items with every unknown cell of a modelled column filled; all else is the user's own.

        Args:
            x: (B, ...) input.
            items: Items in the user's form.
            known: bool mask of what is known.
            given: (B, G) conditions of the items.
            note: Note on how the items were sampled, which is filled in.
        """
        frame = self._frame(items).copy()
        # the draw is part of the seed, so that other draws have other rare labels
        digest = seed_of(note.get("seed", 0), x.nan_to_num().double().sum().item())
        columns = self._series(x, given, digest)
        keep = {column.name: self.cells(frame, column.name).notna().to_numpy() for column in self.variables}
        for j, column in enumerate(self.modelled):
            if column.name not in self.structure.numbers:
                keep[column.name] = known[:, j].numpy()
        own_cells = {name: column_of(frame, name) for name in keep}
        for column in self.columns:
            if isinstance(column, Constant):
                columns[column.name] = column.fill(len(frame))
                own_cells[column.name] = column_of(frame, column.name)
                keep[column.name] = self.cells(frame, column.name).notna().to_numpy()
        put = lambda name, cells: merge(own_cells[name], keep[name], cells.set_axis(frame.index))
        for name, cells in columns.items():
            frame[name] = put(name, cells)
        frame.attrs.update(note)
        if self.structure.steps:
            view, offsets = self.view(frame), self._offsets(x)
            solved = self.structure.lower(view, offsets, keep) | self.structure.solve(view, keep, is_drawn=True)
            for name, cells in self._restored(view, offsets, keep, solved).items():
                frame[name] = put(name, cells)
            if any(rows.any() for rows in solved.values()):
                frame.attrs["kind"] = APPROXIMATE  # the model did not weigh what was solved
        return frame

    def with_ids(self, rows: pd.DataFrame, seed: int) -> pd.DataFrame:
        """Drawn rows with the columns that are ignored, in the order of the training data: identifiers are new ones of
        their form (see domains.tables.identifiers); other columns are empty, which a warning says."""
        empty = [
            column for column in self.columns if isinstance(column, Ignored) and column.name not in self.identifiers
        ]
        if empty:
            reasons = "; ".join(f"`{column.name}`, {column.why}" for column in empty)
            warnings.warn(f"columns that cannot be filled again stay empty: {reasons}", stacklevel=2)
        no_values = pd.Series(np.nan, rows.index, dtype=object)
        columns = {}
        for name in (column.name for column in self.columns):
            if name in self.identifiers:
                columns[name] = self.identifiers[name].fill(len(rows), seed_of(seed, name)).set_axis(rows.index)
            else:
                columns[name] = rows[name] if name in rows.columns else no_values
        whole = frame_of(columns)
        whole.attrs.update(rows.attrs)
        return whole

    def see_identifiers(self, parts: dict[str, pd.DataFrame]) -> None:
        """Learns how identifiers such as "order-17" are written and counted, from all rows, so that a new identifier
        never equals an old one."""
        ignored = [column.name for column in self.columns if isinstance(column, Ignored)]
        cells = lambda name: pd.concat([column_of(as_frame(part), name) for part in parts.values() if len(part)])
        found_identifiers = {name: find_identifiers(cells(name)) for name in ignored}
        self.identifiers = {name: form for name, form in found_identifiers.items() if form is not None}

    def _series(self, x: Tensor, given: Tensor, seed: int, first: int = 0) -> dict[str, pd.Series]:
        """Every modelled and given column decoded, without those in whose place a difference is."""
        columns = [*zip(self.modelled, x.T), *zip(self.givens, given.T)]
        plain = [(column, numbers) for column, numbers in columns if column.name not in self.structure.numbers]
        series = {column.name: _decoded(column, numbers, seed, first) for column, numbers in plain}
        return {name: write_missing(cells, self.missing.get(name, ())) for name, cells in series.items()}

    def _tell_of_unknown_sources(self, given: Tensor) -> None:
        """Warn of derived columns that miss cells since a condition that they are derived from was left out."""
        unknown = {name for name, part in zip(self.given.names, given.T) if part.isnan().any()}
        for step in self.structure.steps:
            if names := [f"'{name}'" for name in step.sources if name in unknown]:
                warnings.warn(
                    f"column '{step.column}' is empty where {' and '.join(names)} is not given, since it is derived "
                    f"from it: give it, or fit anew with --filter {shlex.quote(step.column)}",
                    stacklevel=3,
                )

    def _offsets(self, x: Tensor) -> dict[str, np.ndarray]:
        """{column: (n,) float64, the difference that stands in its place}"""
        numbers = {c.name: (c, part) for c, part in zip(self.modelled, x.T) if c.name in self.structure.numbers}
        return {name: c.from_leaf(part.double().numpy()) for name, (c, part) in numbers.items()}

    def _restored(
        self, view: View, offsets: dict[str, np.ndarray], known: Mapping[str, np.ndarray], solved: Iterable[str]
    ) -> dict[str, pd.Series]:
        """{column: cells} of all that the structure derives from a view, which it changes, and of columns in which
        cells were solved. known: {column: (n,) bool}."""
        cells = {name: view.cells(name) for name in solved} | self.structure.restore(view, offsets, known)
        return {name: write_missing(part, self.missing.get(name, ())) for name, part in cells.items()}

    # ------------------------------------------------------------------ plain and as written

    @property
    def _in_text(self) -> list[Number | Dates]:
        """Columns whose numbers or dates the training data write as text."""
        columns = (column.inner if isinstance(column, Constant) else column for column in self.columns)
        return [column for column in columns if isinstance(column, (Number, Dates)) and column.in_text]

    def plain(self, items: UserItems) -> pd.DataFrame:
        frame = as_frame(items) if self._in_text else items
        for column in self._in_text:
            if column.name in frame.columns:
                frame[column.name] = column.plain(self.cells(frame, column.name))
        return frame

    def as_written(self, items: UserItems) -> pd.DataFrame:
        frame = as_frame(items) if self._in_text else items
        for column in self._in_text:
            if column.name in frame.columns and not is_text(frame[column.name]):
                texts = column.write(frame[column.name])
                frame[column.name] = write_missing(texts, self.missing.get(column.name, ()))
        return frame

    # ------------------------------------------------------------------ growth

    def grown(self, parts: Iterable[UserItems], own: Tables) -> tuple[Tables, list[GrowthOfColumns], list[str]]:
        """Takes up labels of categories that this description lacks, where they come often enough."""
        frames = [self._frame(part) for part in parts if len(part)]
        cells = lambda name: pd.concat([self.cells(frame, name) for frame in frames], ignore_index=True)
        there = [c for c in self.variables if c.name not in self.derived and all(c.name in f.columns for f in frames)]
        new = {column.name: found for column in there if (found := new_labels(column, cells(column.name)))}
        if not new:
            return self, [], []
        columns = [with_labels(c, new[c.name]) if c.name in new else c for c in self.columns]
        whole = self.missing, self.written, self.identifiers, self.rules, self.structure
        grown = Tables(columns, self.given.names, *whole)
        growths = growth_of(self.modelled, grown.modelled), growth_of(self.givens, grown.givens, hidden=1)
        return grown, list(filter(None, growths)), [note_on(c, new[c.name]) for c in self.columns if c.name in new]

    # ------------------------------------------------------------------ conditions

    @property
    def condition_variables(self) -> dict[str, Column]:
        return {column.name: column for column in self.variables}

    def condition_cells(self, items: UserItems, name: str) -> pd.Series:
        return self.cells(as_frame(items), name)

    def given_values(self, table: Tensor, name: str) -> pd.Series:
        at = self.given.names.index(name)
        return _decoded(self.givens[at], table[:, at], 0, 0)

    def regions(self, conditions: Sequence[Condition]) -> dict[int, Tensor]:
        by_name = {c.name: j for j, c in enumerate(self.modelled) if c.name not in self.structure.numbers}
        found = {by_name[one.name]: allowed_values(self.modelled[by_name[one.name]], one) for one in conditions
                 if one.name in by_name}  # fmt: skip
        return {j: values for j, values in found.items() if values is not None}

    # ------------------------------------------------------------------ words and files

    @property
    def viewed(self) -> str:
        return suffix_like(self.written)

    def values(self, items: pd.DataFrame, name: str) -> pd.Series:
        return as_frame(items)[name]

    def keys(self, items: pd.DataFrame) -> np.ndarray:
        frame = self._frame(items)
        for column in self.variables:
            require_column(column.name, list(frame.columns), "the model")
        cells = {c.name: pd.Series(c.identify(self.cells(frame, c.name))) for c in self.variables}
        return row_keys(frame_of(cells))

    @property
    def own_texts(self) -> dict[str, frozenset[str]]:
        """Returns {column: the texts that it holds}, which a file is read with."""
        inner = (column.inner if isinstance(column, Constant) else column for column in self.columns)
        return {column.name: column.texts for column in inner}

    def describe(self) -> list[str]:
        kinds = Counter(column.kind for column in self.columns)
        plural = {"category": "categories", "ignored": "ignored", "constant": "constant"}
        parts = [
            f"{n} {kind if n == 1 else plural.get(kind, kind + 's')}"
            for kind in ("number", "category", "boolean", "date", "constant")
            if (n := kinds[kind])
        ]
        ignored = [f"`{column.name}`, {column.why}" for column in self.columns if isinstance(column, Ignored)]
        if ignored:
            parts.append(f"{len(ignored)} ignored: {'; '.join(ignored)}")
        lines = [f"{len(self.columns)} column{'s' * (len(self.columns) != 1)}: {', '.join(parts)}"]
        if self.givens:
            lines.append(f"given: {', '.join(f'`{column.name}`' for column in self.givens)}")
        holes = [f"`{c.name}` {c.leaf.marginal.absent:.1%}" for c in self.variables if c.leaf.optional]
        if holes:
            lines.append(f"missing cells of training rows: {', '.join(holes)}")
        lines += [f"`{column.name}`: {column.note}" for column in self.columns if column.note]
        return lines + self._describe_rules()

    def _describe_rules(self) -> list[str]:
        other_rules = [rule for rule in self.rules if rule not in self.structure.rules]
        lines = self.structure.describe()
        lines += [f"rule: {rule}, {rule.support}" for rule in other_rules[:DESCRIBED_RULES]]  # typed ones come first
        if len(other_rules) > DESCRIBED_RULES:
            lines.append(f"and {len(other_rules) - DESCRIBED_RULES:,} more rules, which `data.domain.rules` has")
        if len(self.variables) > COLUMNS:
            lines.append(f"rules were looked for among the first {COLUMNS} columns alone")
        return lines

    def overview(self, parts: dict[str, pd.DataFrame]) -> list[Seen]:
        """Summarises each column over the rows of all parts."""
        frame = as_frame(pd.concat([part for part in parts.values() if len(part)], ignore_index=True))
        return [see(column, self.cells(frame, column.name)) for column in self.columns]

    def details(self, parts: dict[str, pd.DataFrame]) -> list[str]:
        return as_text(self.overview(parts))

    def as_table(self, items: pd.DataFrame) -> pd.DataFrame:
        return self.as_written(as_frame(items))

    def write(self, items: pd.DataFrame, path: Path, names: Sequence[str] = ()) -> Path:
        """Writes rows as .csv, .csv.gz or .tsv in the form of the file that the items were read from, else of the
        training file; .xlsx, .parquet and .feather; .npz with one array a column; SPSS and Stata with the codes and
        labels of that file, if it was one. Cells are as the training data write them.

        Args:
            path: Path of the file.
            names: Names in the order of the columns.
        """
        frame = as_frame(items)
        form = form_of(frame)
        form = self.written if form is None else form.with_codebook_of(self.written)
        return write_table(self.as_written(frame), Path(path), form, self.own_texts)

    def to_json(self) -> dict:
        record = {"domain": self.kind, "columns": [column_to_json(c) for c in self.columns], "given": self.given.names}
        identifier_records = {name: form.to_json() for name, form in self.identifiers.items()}
        optional = {
            "missing": {name: list(cells) for name, cells in self.missing.items()},
            "written": self.written,
            "identifiers": identifier_records,
            "rules": [rule_to_json(rule) for rule in self.rules],
            "structure": self.structure.to_json(self.rules),
        }
        return record | {name: value for name, value in optional.items() if value}

    @classmethod
    def from_json(cls, record: dict) -> Tables:
        identifiers = {name: Identifiers.from_json(form) for name, form in record.get("identifiers", {}).items()}
        columns = [column_from_json(column) for column in record["columns"]]
        rules = [rule_from_json(rule) for rule in record.get("rules", ())]
        table = cls(
            columns,
            record["given"],
            missing={name: tuple(cells) for name, cells in record.get("missing", {}).items()},
            written=FileForm.checked(record["written"]) if "written" in record else None,
            identifiers=identifiers,
            rules=rules,
            structure=Structure.from_json(record.get("structure", ()), rules, columns),
        )
        for rule in table.rules:
            if unknown_names := {*rule.columns}.difference(column.name for column in table.ruled):
                raise ValueError(f"a rule speaks of column {min(unknown_names)!r}, which is not modelled")
        return table


def _tell_of_unseen(column: Column, unseen: Counter) -> None:
    """Warn of labels that training never saw. unseen: {label: cells}."""
    if not unseen:
        return
    shown_labels = list_some([repr(label) for label, _ in unseen.most_common()], SHOWN_LABELS)
    count = unseen.total()
    sentence = f"column '{column.name}' holds {count:,} cell{'s' * (count > 1)} that training never saw: {shown_labels}"
    label = next(iter(unseen))
    if (likely_label := column.likely_meant(label)) is not None:
        sentence += (
            f". Training wrote {likely_label!r}, so zeros or signs were lost: read the column as text (dtype=str)"
        )
    warnings.warn(sentence, UnseenLabels, stacklevel=5)


def _list_columns(names: list[str]) -> str:
    """Columns in words; "" for none."""
    shown_names = list_some([f"'{name}'" for name in names], DESCRIBED_RULES)
    return f"column{'s' * (len(names) > 1)} {shown_names}" if names else ""


def _cells(values: object) -> list:
    one = isinstance(values, (str, bytes)) or not hasattr(values, "__len__")
    return [values] if one else [v.item() if isinstance(v, np.generic) else v for v in values]


def _code(column: Column, value: object) -> float:
    try:
        return column.code(value)
    except DataError:
        raise GivenError(
            f"{value!r} is no value of the {column.kind} '{column.name}': write it as the training data do"
        ) from None


def _decoded(column: Column, numbers: Tensor, seed: int, first: int) -> pd.Series:
    """A column of cells. numbers: (n,), of which no more than a block is held in double precision."""
    decode = lambda part, first: column.decode(part.float().double().numpy(), seed, first)
    parts = [decode(part, first + k * ROWS) for k, part in enumerate(numbers.split(ROWS))]
    if len({part.dtype for part in parts}) > 1:  # whole numbers are floats where some are missing
        return decode(numbers, first)
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]


def _tensor(x: np.ndarray, dtype: type = np.float32) -> Tensor:
    import torch

    return torch.from_numpy(np.ascontiguousarray(x, dtype))
