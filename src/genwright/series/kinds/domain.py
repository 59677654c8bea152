"""Series: subjects with rows in order, from one long table to sets of rows and back.

A row is described as a row of a table is (`rows`), and so are the columns that never change within a subject
(`statics`), which are the conditions. Time is not learned as it is. Each row has a leaf `STEP`, the time since the row
before it. Its axis is "time". The first row of a subject has step 0, which costs nothing. The time of the first row is
a condition. If all subjects begin at one time, it is kept beside the model.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...core.errors import DataError, ItemError
from ...core.seeds import seed_of
from ...core.spec import Category, Marginal, Members, Ordered, Spec
from ...kinds.domain import Domain
from ...kinds.tables.column_marginals import size_marginal
from ...kinds.tables.columns import Column, Labels, Number, column_from_json, column_to_json
from ...kinds.tables.domain import Tables
from ...kinds.tables.fit_column import fit_column
from ...kinds.tables.identifiers import Identifiers, find_identifiers
from ...kinds.values.cells import mix, row_keys
from ...kinds.values.frames import as_frame
from .clock import Clock
from .cut import Cut, cut_table
from .quantiles import quantiles
from .raw import NAME
from .reading import write_array
from .subjects import Subjects, flatten_index, join, starts

if TYPE_CHECKING:
    from torch import Tensor

    from ...core.ragged import Ragged

STEP = "step"  # begins the name of the leaf that is the time since the row before
MOST_ROWS = 10_000  # rows of a series, of which a model keeps how many there are
ENDINGS = 5  # rows with a value, all of them the last of their subject, from which on the value ends a series
MOVES = 30  # rows in which a number moves, and always in one direction, from which on it grows or falls by a rule
FAN = (0.05, 0.25, 0.5, 0.75, 0.95)  # levels of the quantiles of forecasts
SERIES = "series"  # the column that tells sampled windows of one recording apart
Items = Subjects | pd.DataFrame | Sequence[pd.DataFrame]


class Series(Domain):
    """The fitted description of series. x: Ragged, (N, D) float32, a row a member. given: (n, G), the statics.

    Args:
        rows: Table of the columns that change, and of those that never do in any subject.
        statics: Table of the conditions.
        sizes: How many rows subjects have.
        group: The column that names subjects, "" of windows of one recording.
        names: How names of subjects go on; None for plain numbers.
        clock: The column of times, or None.
        step: The column of steps; a number if all steps are alike; None without times.
        begin: The time at which a subject begins, where nothing else says so.
        order: Columns in the order of the table.
        window: Rows of a window, 0 of whole subjects.
        endings: (column, code) of labels after which no row of a training subject follows.
        growing: (column, 1) of numbers that never fall within a training subject, (column, -1) of those that never
            rise.
    """

    kind = "series"
    suffix = ".csv"

    def __init__(
        self,
        rows: Tables,
        statics: Tables,
        sizes: Marginal,
        *,
        group: str = "",
        names: Identifiers | None = None,
        clock: Clock | None = None,
        step: Number | float | None = None,
        begin: float = 0.0,
        order: Sequence[str] = (),
        window: int = 0,
        endings: Sequence[tuple[str, int]] = (),
        growing: Sequence[tuple[str, int]] = (),
    ):
        self.rows, self.statics, self.sizes = rows, statics, sizes
        self.group, self.names, self.clock, self.step, self.begin = group, names, clock, step, begin
        self.order, self.window = list(order), window
        self.endings, self.growing = tuple(endings), tuple(growing)
        each = Spec((*self._step_leaf(), *rows.spec.leaves))
        self.spec = Spec((("rows", Members(each, sizes, ordered=True, endings=self.endings, growing=self.growing)),))
        self.given = Spec(tuple((name, self._on_time_axis(name, leaf)) for name, leaf in statics.given.leaves))

    def with_sizes(self, sizes: Marginal) -> Series:
        """The same with another histogram of the numbers of rows."""
        return Series(
            self.rows, self.statics, sizes, group=self.group, names=self.names, clock=self.clock, step=self.step,
            begin=self.begin, order=self.order, window=self.window, endings=self.endings, growing=self.growing,
        )  # fmt: skip

    def _step_leaf(self) -> list:
        if self.clock is None or self.step is None:
            return []
        if isinstance(self.step, float):
            marginal = Marginal((-0.5, 0.5), (1.0,))
            leaf = Ordered(1, abs(self.step) or 1.0, self.step, axis="time", unit=self.clock.unit, marginal=marginal)
        else:
            leaf = replace(self.step.leaf, axis="time", unit=self.clock.unit)
        return [(self.step_name, leaf)]

    def _on_time_axis(self, name: str, leaf: object) -> object:
        """The leaf of a static column; the one of the first time says that it is a moment."""
        is_moment = self.clock is not None and name == self.clock.name and self.clock.unit
        return replace(leaf, axis="time", unit=self.clock.unit) if is_moment else leaf

    @property
    def step_name(self) -> str:
        """Name of the leaf of steps."""
        return f"{STEP} of {self.clock.name}"

    @classmethod
    def fit(
        cls, cut: Cut, valid: Subjects | None = None, options: dict | None = None, like: Series | None = None,
        window: int = 0, sketch: bool = False,
    ) -> Series:  # fmt: skip
        """Describe training subjects.

        Args:
            cut: The subjects, their statics and their clock.
            valid: Validation subjects, which bear out rules. Default: None, no rules are looked for.
            options: Of `load_data`: types, missing, drop, filter.
            like: The description of all subjects, which says what each column is.
            window: Rows of a window, 0 of whole subjects.
            sketch: Without marginals, to know in far less time what is modelled.

        Raises DataError for columns of which nothing can be modelled.
        """
        subjects, options = cut.subjects, options or {}
        said = lambda names: _select_options(options, names)
        frame = subjects.frame[cut.columns]
        rows = Tables.fit(frame, like=like and like.rows, sketch=sketch, **said(cut.columns))
        clock, step, begin, begins = cut.clock, None, 0.0, []
        if clock is not None:
            times = clock.read(subjects.frame[clock.name])
            first = times[subjects.ptr[:-1]]
            step, begin = _fit_step(f"{STEP} of {clock.name}", times, subjects), float(np.median(first))
            begins = [clock.name] * bool(np.ptp(first))
        held = [*cut.statics, *begins]
        types = {clock.name: "date"} if begins and clock.calendar is not None else {}
        statics = _fit_statics(subjects.firsts[held], types, said(cut.statics), sketch)
        if valid is not None and not sketch:
            rows.look_for_rules(frame, valid.frame[cut.columns], options.get("filter", ()))
        names = find_identifiers(subjects.firsts[cut.group]) if cut.group else None
        sizes = size_histogram(subjects.sizes)
        endings = [] if window else find_endings(rows, subjects)
        growing = [] if sketch else find_growing(rows, [subjects] if valid is None else [subjects, valid])
        growing = [(name, sign) for name, sign in growing if not {name, "*"} & {*options.get("filter", ())}]
        return cls(
            rows, statics, sizes, group=cut.group, names=names, clock=clock, step=step, begin=begin,
            order=[str(name) for name in subjects.frame.columns], window=window, endings=endings, growing=growing,
        )  # fmt: skip

    # ------------------------------------------------------------------ in

    def subjects(self, items: Items) -> Subjects:
        """Items as subjects in order. Raises DataError for items without rows.

        Args:
            items: Subjects, one long table, or a list of tables.
        """
        if isinstance(items, Subjects):
            return items
        if isinstance(items, pd.DataFrame):
            frame = as_frame(flatten_index(items))
            return cut_table(frame, self.group if self.group in frame.columns else "", self._clock_of(frame)).subjects
        tables = [as_frame(flatten_index(table)) for table in items]
        if not tables:
            raise DataError("there are no series: give at least one")
        each = [cut_table(table, "", self._clock_of(table)).subjects for table in tables]
        return join(each)

    def _clock_of(self, frame: pd.DataFrame) -> Clock | None:
        return self.clock if self.clock is not None and self.clock.name in frame.columns else None

    def encode(self, items: Items) -> tuple[Ragged, Tensor]:
        subjects = self.subjects(items)
        self._require_sizes(subjects)
        x, _ = self.rows.encode(subjects.frame)
        return self._packed(x.numpy(), self._steps(subjects), subjects.ptr), self._encode_statics(subjects)

    def _require_sizes(self, subjects: Subjects) -> None:
        """Raises ItemError for a subject of more rows than the model knows."""
        fits = np.isin(subjects.sizes, self.known_sizes)
        if not fits.all():
            number = int(np.flatnonzero(~fits)[0])
            known = self.known_sizes
            most = f"{known[-1]:,}" if len(known) == 1 else f"{known[0]:,} to {known[-1]:,}"
            count = int(subjects.sizes[number])
            why = f"has {count:,} row{'s' * (count != 1)}, and this model knows series of {most} rows"
            if self.group and self.group not in subjects.frame.columns:
                why += f"; all rows count as one series, since the table lacks the column '{self.group}'"
            raise ItemError(number, f"series {number + 1}", why)

    @property
    def known_sizes(self) -> np.ndarray:
        """Numbers of rows that a series may have."""
        edges, probs = np.array(self.sizes.edges), np.array(self.sizes.probs)
        return (edges[:-1] + 0.5).astype(int)[probs > 0]

    def row_numbers(self, items: Items) -> np.ndarray:
        """(N, D) float64: every row in the units of its leaves, NaN where absent, of series of any length."""
        subjects = self.subjects(items)
        x, steps = self.rows.encode(subjects.frame)[0].numpy(), self._steps(subjects)
        return x.astype(np.float64) if steps is None else np.c_[steps, x]

    @property
    def step_column(self) -> int | None:
        """The column of steps among the leaves of a row; None without times."""
        return 0 if self._step_leaf() else None

    @property
    def mean_step(self) -> float:
        """The usual time from row to row."""
        if self.step is None or isinstance(self.step, float):
            return abs(self.step or 1.0) or 1.0
        return float(self.step.from_leaf(np.array([self.step.typical]))[0]) or 1.0

    def _encode_statics(self, subjects: Subjects) -> Tensor:
        return self.statics.encode(subjects.firsts)[1]

    def _steps(self, subjects: Subjects) -> np.ndarray | None:
        """(N,) steps in the units of the leaf, 0 in first rows and NaN where a time is missing; None without times."""
        if self.clock is None:
            return None
        if self.clock.name not in subjects.frame.columns:
            steps = np.full(len(subjects.frame), np.nan)
        else:
            steps = np.diff(self.clock.read(subjects.frame[self.clock.name]), prepend=np.nan)
        if isinstance(self.step, float):
            self._require_even_steps(steps, subjects)
            steps = np.zeros(len(steps))
        else:
            steps = self.step.to_leaf(steps)
        steps[subjects.ptr[:-1]] = 0.0
        return steps

    def _require_even_steps(self, steps: np.ndarray, subjects: Subjects) -> None:
        """Raises ItemError for a series whose steps differ from the only step of training. steps: (N,)."""
        off = np.abs(steps - self.step) > 1e-6 * abs(self.step)
        off[subjects.ptr[:-1]] = False
        if off.any():
            row = int(np.flatnonzero(off)[0])
            number, unit = int(subjects.subject[row]), f" {self.clock.unit}s" if self.clock.unit else ""
            why = (
                f"has a step of {steps[row]:g}{unit} in `{self.clock.name}`, and every step of training is "
                f"{self.step:g}{unit}: add the missing rows with empty cells"
            )
            raise ItemError(number, f"series {number + 1}", why)

    def _packed(self, x: np.ndarray, steps: np.ndarray | None, ptr: np.ndarray) -> Ragged:
        import torch

        from ...core.ragged import Ragged

        x = x if steps is None else np.concatenate([steps[:, None].astype(np.float32), x], 1)
        return Ragged(torch.from_numpy(np.ascontiguousarray(x, np.float32)), torch.from_numpy(ptr.copy()))

    def encode_given(self, given: dict, n: int) -> Tensor:
        return self.statics.encode_given(given, n)

    def encode_holes(self, items: Items, known: object, given: dict | None) -> tuple[Ragged, Tensor, Ragged]:
        """known: None (every cell that is not missing), or bool of the rows of all subjects, as a table of the same
        columns or (N, columns). A row that is there is known to be there; its cells need not be known."""
        import torch

        subjects = self.subjects(items)
        frame = subjects.frame.reindex(columns=[c for c in subjects.frame.columns if c in self._row_names])
        mask = None if known is None else self._row_mask(known, subjects)[list(frame.columns)]
        x, _, known_cells = self.rows.encode_holes(frame, mask, None)
        table = self._encode_statics(subjects) if given is None else self.encode_given(given, len(subjects))
        steps = self._steps(subjects)
        packed = self._packed(x.numpy(), None if steps is None else np.nan_to_num(steps), subjects.ptr)
        stays = known_cells
        if steps is not None:
            has_step = ~np.isnan(steps)
            if known is not None and self.clock.name in (mask_names := self._row_mask(known, subjects)).columns:
                has_step &= mask_names[self.clock.name].to_numpy()
            has_step[subjects.ptr[:-1]] = True
            stays = torch.cat([torch.from_numpy(has_step)[:, None], stays], 1)
        return packed, table, packed.with_x(stays)

    @property
    def _row_names(self) -> list[str]:
        return [column.name for column in self.rows.columns]

    def _row_mask(self, known: object, subjects: Subjects) -> pd.DataFrame:
        if isinstance(known, Subjects):
            known = known.frame
        if not isinstance(known, pd.DataFrame):
            known = pd.DataFrame(np.asarray(known), columns=subjects.frame.columns)
        return known.reset_index(drop=True)

    def holes(self, items: Items, known: object) -> int:
        subjects = self.subjects(items)
        return self.rows.holes(subjects.frame, None if known is None else self._row_mask(known, subjects))

    def prepare_holes(self, items: Items, known: object) -> tuple[Subjects, object]:
        return self.subjects(items), known

    def look_ahead(self, items: Items, rows: int, whole: bool = False) -> Subjects:
        """Items that `complete` continues: each with so many more rows, of which nothing is known.

        Of a recording, as many of its last rows stay as fit into a window with the new ones.

        Args:
            items: As `encode` takes them.
            rows: Number of rows to forecast.
            whole: Whether all rows of a recording stay. Default: False.

        Raises DataError for a number below 1. Warns of a forecast that is longer than what the model was trained on.
        """
        if rows < 1:
            raise DataError(f"{rows} rows ahead are no forecast: pass --ahead 1 or more")
        subjects, most = self.subjects(items), int(self.known_sizes[-1])
        if self.window and not whole:
            kept = np.minimum(subjects.sizes, max(1, self.window - rows, self.window // 2))
            at = np.concatenate([np.arange(end - count, end) for end, count in zip(subjects.ptr[1:], kept)])
            subjects = subjects.with_rows(subjects.frame.iloc[at], starts(kept))
        if (longest := int(subjects.sizes.max()) + rows) > most:
            warnings.warn(
                f"the forecast reaches row {longest:,} of a series, and the model was trained on {most:,} rows at "
                "most: the rows beyond are guessed from shorter series",
                stacklevel=2,
            )
        at = [np.r_[begin:end, np.full(rows, end - 1)] for begin, end in zip(subjects.ptr, subjects.ptr[1:])]
        frame = subjects.frame.iloc[np.concatenate(at)].reset_index(drop=True)
        ahead = subjects.with_rows(frame, starts(subjects.sizes + rows))
        number = ahead.place - np.repeat(subjects.sizes, ahead.sizes) + 1  # of each new row, from 1
        is_new = number > 0
        for name in frame.columns:
            if name in self._row_names:
                frame[name] = frame[name].mask(is_new)
        if self.clock is not None and self.clock.name in frame.columns:
            times = self.clock.read(frame[self.clock.name])
            steps = self.step * number if isinstance(self.step, float) else np.nan
            times = self.clock.write(np.where(is_new, times + steps, times))
            frame[self.clock.name] = frame[self.clock.name].where(~is_new, times)
        return ahead.with_rows(frame)

    # ------------------------------------------------------------------ out

    def decode(self, x: Ragged, given: Tensor, seed: int | None) -> Subjects:
        rows = self._cut_after_endings(x)
        sizes, subject = rows.sizes.numpy(), rows.item.numpy()
        values = rows.x[:, len(self._step_leaf()) :]
        frame = self.rows.decode(values, values.new_zeros(len(values), 0), seed)
        first = self.statics.decode(values.new_zeros(len(rows), 0), given, seed) if self.statics.givens else None
        columns = {name: frame[name] for name in frame.columns}
        if first is not None:
            columns |= {name: first[name].iloc[subject].reset_index(drop=True) for name in first.columns}
        columns[self.group or SERIES] = self._new_names(len(rows), seed).iloc[subject].reset_index(drop=True)
        if self.clock is not None:
            columns[self.clock.name] = self.clock.write(self._times(rows, first))
        order = [name for name in self.order if name in columns]
        order = order if self.group else [SERIES, *order]
        drawn = pd.DataFrame({name: columns[name] for name in order})
        return Subjects(drawn, starts(sizes), seed)

    def _cut_after_endings(self, x: Ragged) -> Ragged:
        """Rows up to the first that ends its series."""
        if not self.endings:
            return x
        import torch

        from ...core.ragged import Ragged

        ends = torch.zeros(len(x.x), dtype=torch.bool)
        for name, code in self.endings:
            ends |= x.x[:, self.spec.leaf.each.names.index(name)] == code
        before = torch.zeros(len(x.x) + 1, dtype=torch.long)
        before[1:] = ends.long().cumsum(0)
        stays = before[:-1] == before[x.ptr[:-1]][x.item]
        counts = torch.zeros(len(x), dtype=torch.long).index_add(0, x.item, stays.long())
        return Ragged(x.x[stays], torch.cat([counts.new_zeros(1), counts.cumsum(0)]))

    def _new_names(self, n: int, seed: int | None) -> pd.Series:
        if self.names is None:
            numbers = pd.Series(np.arange(1, n + 1))
            return numbers.map("new-{}".format) if self.group else numbers
        return self.names.fill(n, seed_of(seed or 0, self.group))

    def _times(self, rows: Ragged, first: pd.DataFrame | None) -> np.ndarray:
        """(N,) times of rows that begin where their statics say."""
        name, ptr = self.clock.name, rows.ptr.numpy()
        begins = np.full(len(rows), self.begin)
        if first is not None and name in first.columns:
            read = self.clock.read(first[name])
            begins = np.where(np.isnan(read), self.begin, read)
        if isinstance(self.step, float):
            steps = np.full(len(rows.x), self.step)
        else:
            steps = self.step.from_leaf(rows.x[:, 0].double().numpy())
        steps[ptr[:-1]] = 0.0
        total = np.cumsum(steps)
        return begins.repeat(np.diff(ptr)) + total - total[ptr[:-1]].repeat(np.diff(ptr))

    def decode_holes(self, x: Ragged, items: Items, known: Ragged, given: Tensor, note: dict) -> Subjects:
        """Items with every unknown cell of a modelled column filled; all else is the user's own."""
        subjects, ahead = self.subjects(items), len(self._step_leaf())
        frame = subjects.frame.copy()
        own = frame.reindex(columns=[name for name in frame.columns if name in self._row_names])
        nothing = x.x.new_zeros(len(x.x), 0)
        filled = self.rows.decode_holes(x.x[:, ahead:], own, known.x[:, ahead:], nothing, dict(note))
        for name in filled.columns:
            frame[name] = filled[name]
        if self.clock is not None and self.clock.name in frame.columns:
            frame[self.clock.name] = self._fill_times(x, frame[self.clock.name], subjects.ptr)
        done = subjects.with_rows(frame[[name for name in self.order if name in frame.columns]])
        done.seed, done.method, done.kind = note.get("seed"), note.get("method"), note.get("kind")
        return done

    def _fill_times(self, x: Ragged, cells: pd.Series, ptr: np.ndarray) -> pd.Series:
        """Cells of times, of which the empty ones follow from steps. A time is never later than a known one behind."""
        times = self.clock.read(cells)
        missing = np.isnan(times)
        if not missing.any():
            return cells
        steps = np.full(len(times), self.step if isinstance(self.step, float) else np.nan)
        if not isinstance(self.step, float):
            steps = self.step.from_leaf(x.x[:, 0].double().numpy())
        latest = pd.Series(times[::-1]).groupby(np.repeat(np.arange(len(ptr) - 1), np.diff(ptr))[::-1]).ffill()
        latest = latest.fillna(np.inf).to_numpy()[::-1]
        first = np.zeros(len(times), bool)
        first[ptr[:-1]] = True
        for row in np.flatnonzero(missing):
            before = self.begin if first[row] else times[row - 1] + steps[row]
            times[row] = min(before, latest[row])
        written = self.clock.write(times)
        return cells.astype(object).where(~missing, written.astype(object)).infer_objects()

    def forecast_table(self, completions: Sequence[Subjects], rows: int) -> pd.DataFrame:
        """The forecast rows of several completions as one table. `sample` counts the completions from 1.

        Args:
            completions: Completions of what `look_ahead` returned, alike in their subjects.
            rows: Number of rows ahead.
        """
        tables = []
        for number, done in enumerate(completions, 1):
            at = np.concatenate([np.arange(end - rows, end) for end in done.ptr[1:]])
            tables.append(self.as_written(done).frame.iloc[at].assign(sample=number))
        return pd.concat(tables, ignore_index=True)

    def quantile_table(self, completions: Sequence[Subjects], rows: int) -> pd.DataFrame:
        """Quantiles of each number in the forecast rows, at levels corrected for the number of completions.

        Args:
            completions: Two or more, as in `forecast_table`.
            rows: Number of rows ahead.
        """
        tables = [self.forecast_table([done], rows).drop(columns="sample") for done in completions]
        numbers = [column.name for column in self.rows.variables if isinstance(column, Number)]
        moves = self.clock is not None and not isinstance(self.step, float)  # times differ between completions
        left_out = {*self._row_names, *([self.clock.name] if moves else [])}
        table = tables[0][[name for name in tables[0].columns if name not in left_out]].copy()
        table["ahead"] = np.tile(np.arange(1, rows + 1), len(completions[0]))
        for name in numbers:
            column = next(column for column in self.rows.columns if column.name == name)
            draws = np.stack([column.identify(self.rows.cells(table, name)) for table in tables])
            for level, values in zip(FAN, quantiles(draws, FAN)):
                table[f"{name} {level:.0%}"] = values
        return table

    # ------------------------------------------------------------------ words and files

    def plain(self, items: Items) -> Subjects:
        return self._in_columns(items, "plain")

    def as_written(self, items: Items) -> Subjects:
        return self._in_columns(items, "as_written")

    def _in_columns(self, items: Items, how: str) -> Subjects:
        subjects = self.subjects(items)
        frame = getattr(self.statics, how)(getattr(self.rows, how)(subjects.frame.copy()))
        if (
            self.clock is not None
            and self.clock.name in frame.columns
            and self.clock.name not in self.statics.given.names
        ):
            frame[self.clock.name] = getattr(self.clock, how)(frame[self.clock.name])
        return subjects.with_rows(frame)

    @property
    def id_name(self) -> str:
        return self.group or "id"

    @property
    def givens(self) -> list[Column]:
        """Columns of the conditions, the same in all rows of a series."""
        return self.statics.givens

    @property
    def viewed(self) -> str:
        return self.rows.viewed

    @property
    def own_texts(self) -> dict[str, frozenset[str]]:
        return self.rows.own_texts | self.statics.own_texts

    @property
    def rules(self) -> list[str]:
        """Sentences of the rules: those of single rows, and those within a subject."""
        return [*self.rows.rules, *self._rules_of_order]

    @property
    def _rules_of_order(self) -> list[str]:
        ends = [f"no row follows `{name}` = {self._label(name, code)}" for name, code in self.endings]
        within = f" within a `{self.group}`" if self.group else ""
        return ends + [f"`{name}` never {'falls' if sign > 0 else 'rises'}{within}" for name, sign in self.growing]

    def _label(self, name: str, code: int) -> object:
        column = next(column for column in self.rows.columns if column.name == name)
        return column.labels[code]

    def broken(self, items: Items) -> np.ndarray:
        subjects = self.subjects(items)
        by_row = self.rows.broken(subjects.frame)
        broken = [np.bincount(subjects.subject, one, len(subjects)) > 0 for one in by_row.T]
        last = np.zeros(len(subjects.frame), bool)
        last[subjects.ptr[1:] - 1] = True
        for name, code in self.endings:
            cells = self.rows.cells(subjects.frame, name)
            column = next(column for column in self.rows.columns if column.name == name)
            early = (column.encode(cells) == code) & ~last
            broken.append(np.bincount(subjects.subject, early, len(subjects)) > 0)
        for name, sign in self.growing:
            back = sign * changes(self.rows, name, subjects) < 0
            broken.append(np.bincount(subjects.subject, back, len(subjects)) > 0)
        return np.stack(broken, 1) if broken else np.zeros((len(subjects), 0), bool)

    def breaks_structure(self, items: Items) -> np.ndarray:
        subjects = self.subjects(items)
        rows = self.rows.breaks_structure(subjects.frame)
        return np.bincount(subjects.subject, rows, len(subjects)) > 0

    def values(self, items: Items, name: str) -> pd.Series:
        return self.subjects(items).firsts[name]

    def keys(self, items: Items) -> np.ndarray:
        """(n,) uint64, of the rows in their order, their steps and the statics; not of names and of dates."""
        subjects = self.subjects(items)
        row = self.rows.keys(subjects.frame)
        if self.clock is not None:
            times = self.clock.read(subjects.frame[self.clock.name])
            steps = np.diff(times, prepend=np.nan)
            steps[subjects.ptr[:-1]] = 0.0
            row = row ^ row_keys(pd.DataFrame({STEP: steps}))
        with np.errstate(over="ignore"):
            row = mix(row + np.uint64(0x9E3779B97F4A7C15) * (subjects.place + 1).astype(np.uint64))
            total = np.add.reduceat(row, subjects.ptr[:-1])
            if self.statics.givens:
                total = total ^ self.statics.keys(subjects.firsts)
        return mix(total)

    def details(self, parts: dict[str, Subjects]) -> list[str]:
        whole = {name: part.frame for name, part in parts.items()}
        return self.rows.details(whole)

    def write(self, items: Items, path: Path, names: Sequence[str] = ()) -> Path:
        """One long table in the form of the training file, subject after subject; series of an array (n, T, D) as such
        an array, in .npz."""
        table = items if isinstance(items, pd.DataFrame) else self.as_table(items)
        of_array = self.group == NAME and "x0" in table.columns
        return (
            write_array(table, Path(path)) if of_array and Path(path).suffix == ".npz" else self.rows.write(table, path)
        )

    def as_table(self, items: Items) -> pd.DataFrame:
        return self.as_written(items).frame

    def describe(self) -> list[str]:
        known, mean = self.known_sizes, self._mean_size
        rows = f"{known[0]:,}" if len(known) == 1 else f"about {mean:.1f}"
        what = "windows of one recording" if not self.group else f"`{self.group}`"
        order = f"the order of `{self.clock.name}`" if self.clock else "the order of the table"
        lines = [f"series: {what}, {rows} rows each, in {order}"]
        begins = self.clock.name if self.clock and self.clock.name in self.given.names else ""
        if statics := [f"`{name}`" for name in self.given.names if name != begins]:
            lines.append(f"given, the same in all rows of a series: {', '.join(statics)}")
        if begins:
            lines.append(f"given, too: the first `{begins}` of a series")
        lines += [f"rule: {rule}, as in all training series" for rule in self._rules_of_order]
        return [*lines, *self.rows.describe()]

    @property
    def _mean_size(self) -> float:
        middles = (np.array(self.sizes.edges[:-1]) + np.array(self.sizes.edges[1:])) / 2
        return float(np.array(self.sizes.probs) @ middles)

    def to_json(self) -> dict:
        record = {
            "domain": self.kind,
            "rows": self.rows.to_json(),
            "statics": self.statics.to_json(),
            "sizes": vars(self.sizes),
            "group": self.group,
            "begin": self.begin,
            "order": self.order,
            "window": self.window,
            "endings": [list(one) for one in self.endings],
            "growing": [list(one) for one in self.growing],
        }
        if self.names is not None:
            record["names"] = self.names.to_json()
        if self.clock is not None:
            record["clock"] = self.clock.to_json()
            record["step"] = self.step if isinstance(self.step, float) else column_to_json(self.step)
        return record

    @classmethod
    def from_json(cls, record: dict) -> Series:
        clock = Clock.from_json(record["clock"]) if "clock" in record else None
        step = record.get("step")
        step = column_from_json(step) if isinstance(step, dict) else step
        sizes = record["sizes"]
        sizes = Marginal(tuple(sizes["edges"]), tuple(sizes["probs"]), sizes["absent"], sizes["plain"])
        domain = cls(
            Tables.from_json(record["rows"]), Tables.from_json(record["statics"]), sizes, group=record["group"],
            names=Identifiers.from_json(record["names"]) if "names" in record else None, clock=clock,
            step=float(step) if isinstance(step, int) else step, begin=record["begin"], order=record["order"],
            window=record["window"], endings=[(str(name), int(code)) for name, code in record["endings"]],
            growing=[(str(name), int(sign)) for name, sign in record.get("growing", ())],
        )  # fmt: skip
        if domain.known_sizes[0] < 1 or (clock is not None and not isinstance(domain.step, (Number, float))):
            raise ValueError("series have at least one row, and a step where they have times")
        return domain


def find_endings(rows: Tables, subjects: Subjects) -> list[tuple[str, int]]:
    """(column, code) of the labels after which no row follows: each stands in `ENDINGS` rows or more, all of them the
    last of their subject, and less often by chance than once in a thousand tables."""
    last = np.zeros(len(subjects.frame), bool)
    last[subjects.ptr[1:] - 1] = True
    share, endings = last.mean(), []
    for column in rows.modelled:
        if not isinstance(column, Labels) or not isinstance(column.leaf, Category):
            continue
        codes = column.encode(rows.cells(subjects.frame, column.name))
        for code in range(len(column.labels)):
            held = codes == code
            if held.sum() >= ENDINGS and last[held].all() and share ** held.sum() < 1e-3:
                endings.append((column.name, code))
    return endings


def changes(rows: Tables, name: str, subjects: Subjects) -> np.ndarray:
    """(N,) by how much a number differs from its last present value in the series, in the units of its leaf; 0 where
    there is none."""
    column = next(column for column in rows.columns if column.name == name)
    cells = pd.Series(column.encode(rows.cells(subjects.frame, name)))
    last = cells.groupby(subjects.subject).ffill().groupby(subjects.subject).shift()
    return (cells - last).fillna(0.0).to_numpy()


def find_growing(rows: Tables, parts: Sequence[Subjects]) -> list[tuple[str, int]]:
    """(column, 1) of the numbers that never fall within a series, (column, -1) of those that never rise. Each moves
    `MOVES` times or more, in `ENDINGS` series or more, or in all there are.

    Args:
        rows: Table of the columns.
        parts: Training series, and those that bear a rule out.
    """
    growing = []
    for column in rows.modelled:
        if isinstance(column, Number):
            moves = [changes(rows, column.name, subjects) for subjects in parts]
            moved = moves[0] != 0
            where = len(np.unique(parts[0].subject[moved]))
            if moved.sum() < MOVES or where < min(ENDINGS, len(parts[0])):
                continue
            for sign in (1, -1):
                if all((sign * each >= 0).all() for each in moves):
                    growing.append((column.name, sign))
    return growing


def _select_options(options: dict, names: Sequence[str]) -> dict:
    """Corrections of these columns alone, as `Tables.fit` takes them."""
    missing = options.get("missing", ())
    if isinstance(missing, dict):
        missing = {name: words for name, words in missing.items() if name in ("*", *names)}
    types = {name: kind for name, kind in options.get("types", {}).items() if name in names}
    return {"types": types, "missing": missing, "drop": [name for name in options.get("drop", ()) if name in names]}


def _fit_statics(frame: pd.DataFrame, types: dict[str, str], said: dict, sketch: bool) -> Tables:
    """The table of the static columns that can be conditions: those that vary and are modelled."""
    if frame.empty or not frame.shape[1] or len(frame) < 2:
        return Tables([])
    said = said | {"types": said["types"] | types}
    whole = Tables.fit(frame, sketch=True, all_given=True, **said)
    names = [column.name for column in whole.columns if column.leaf is not None]
    if not names:
        return Tables([])
    said = _select_options(said, names)
    return Tables.fit(frame[names], given=names, sketch=sketch, all_given=True, **said)


def _fit_step(name: str, times: np.ndarray, subjects: Subjects) -> Number | float:
    """The column of steps from row to row: a number if all are alike."""
    steps = np.delete(np.diff(times, prepend=times[0]), subjects.ptr[:-1])
    if not len(steps) or np.ptp(steps) <= 1e-9 * np.abs(steps).max():
        return float(steps[0]) if len(steps) else 1.0
    return fit_column(name, pd.Series(steps), "number")


def size_histogram(sizes: np.ndarray) -> Marginal:
    """Histogram of the numbers of rows; one bin if all are alike."""
    if np.ptp(sizes):
        return size_marginal(sizes, max(MOST_ROWS, int(sizes.max())))
    return Marginal((float(sizes[0]) - 0.5, float(sizes[0]) + 0.5), (1.0,))
