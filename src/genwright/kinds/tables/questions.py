"""Questions whether a table is other than it was read as: one function each, with the option that answers it.

Chance alone must not raise a question. The bounds of `_is_in_order` and `_likeness` hold for a hundred rows and for a
million, since they come from the number of rows.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress

import numpy as np
import pandas as pd

from ...core.domain import Question, ask_each
from ...core.errors import DataError
from ..formats.raw import Raw
from ..formats.tables.table_layout import label_of, labelled_rows, sums_up
from ..values.cells import Coded, factorize, hold_texts, native, read_numbers
from ..values.column_dates import row_times
from ..values.frames import as_frame
from ..values.labels import PART_WORDS
from .columns import Column, Dates, Ignored, Labels, Number
from .domain import Tables
from .identifiers import find_identifiers
from .structure import LookedUp

GLANCE, COLUMNS = 100_000, 20  # the first rows, and columns of numbers, by which the rest is judged
FAR_APART = 10  # times as wide as their count is the range of numbers that were drawn at random
ENOUGH = 20  # different times, names or lines, at least
ERRORS, AUTOCORRELATION = 5, 0.3  # correlation of neighbours: standard errors above 0, and least value
TOTALS = 10_000, 10  # rows among which totals are looked for, and totals that are added up
STEADY = 0.99  # share of the steps of a clock that go one way
BY_NAME, BY_CELLS = (10, 0.1), (50, 0.5)  # least groups, and likeness of their rows: of a column named for it, and else
UNLIKELY = 1e-6  # chance of the likeness of rows in a group
SENTENCE = 8  # words of a text on average, at least: a name or an address has fewer
CLOCKS = frozenset(
    "time timestamp datetime date day days dayofyear weekday dayofweek week month quarter season year hour minute "
    "second seconds epoch unixtime step tick frame zeit datum jahr".split()
)
SHORT = {"t", "ts"}  # names of a clock, or of a temperature
Read = Callable[[Number, pd.DataFrame], np.ndarray]  # (column, rows) -> its numbers (n,)

OWNERS = frozenset(
    "id uuid guid patient subject participant respondent person user customer client member student pupil child family "
    "household animal mouse donor specimen session device sensor machine engine vehicle store shop school hospital "
    "clinic site centre center station plot batch ticker player author speaker account case country company".split()
)

OWNER_ENDS = frozenset("no nr num number name code key".split())  # behind the name of an owner


def about_table(
    frame: pd.DataFrame, table: Tables, parts: Sequence | None, options: Mapping, settled_options: Collection[str]
) -> list[Question]:
    """Asks about a table.

    Args:
        frame: all rows in their order, which `table` understood.
        parts: Parts of a source that has a split of its own, else None.
        options: Options of `load_data`, by name.
        settled_options: columns of which the user said what they are.
    """
    dropped = {column.name for column in table.columns if isinstance(column, Ignored)} & {*settled_options}
    columns = [column for column in table.columns if column.name not in dropped]
    numbers = [column for column in table.modelled if isinstance(column, Number)][:COLUMNS]
    read = lambda column, rows: read_numbers(table.cells(rows, column.name), column.name, column.written)
    first = frame.iloc[:GLANCE]
    is_split = parts is not None or not options.keys().isdisjoint(("group", "time", "split_column"))
    return [
        *ask_each([ask_totals], frame.iloc[: TOTALS[0]].drop(columns=list(settled_options))),
        *([] if is_split else ask_split(frame, columns, numbers, read, table.coded)),
        *ask_each([ask_identifiers], first, numbers, read, options),
        *([] if "kind" in options else ask_each([ask_column], first, columns)),
    ]


def about_structure(table: Tables) -> list[Question]:
    """Asks whether a column that follows from a look-up does so by accident, since no sample could have another
    value."""
    looked_up = [step for step in table.structure.steps if isinstance(step, LookedUp)]
    return [
        Question.whether(
            f"Each `{step.rule.by}` has one `{step.column}` in all rows, so samples look it up: is that an accident?",
            filter=[step.column],
        )
        for step in looked_up
    ]


# ---------------------------------------------------------------------- how rows belong together


def ask_split(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    numbers: Sequence[Number],
    read: Read,
    coded_columns: Mapping[str, Coded],
) -> list[Question]:
    """Tells whether a column names parts, or else says the time or the group of each row.

    Args:
        frame: The table.
        columns: Names of the columns.
        coded_columns: columns that are factorized already.
    """
    if parts := ask_each([ask_parts], frame, columns):
        return parts
    first = frame.iloc[:GLANCE]
    times = ask_each([ask_time], first, columns, numbers, read)
    return times + ask_each([ask_group], frame, columns, numbers, read, coded_columns)


def ask_parts(frame: pd.DataFrame, columns: Sequence[Column]) -> list[Question]:
    """Asks whether a column says of each row if it trains or tests."""
    for column in columns:
        words = {str(label).strip().lower() for label in column.labels} if isinstance(column, Labels) else set()
        if {"train", "test"} <= words <= PART_WORDS.keys() and frame[column.name].notna().all():
            question = f"Column `{column.name}` names parts: is it the split, and nothing to be learned?"
            return [Question.whether(question, split_column=column.name)]
    return []


def ask_time(frame: pd.DataFrame, columns: Sequence[Column], numbers: Sequence[Number], read: Read) -> list[Question]:
    """Ask whether to split by time, if rows are in the order of a column of times and neighbouring rows are alike. Rows
    of equal times are compared by their means; columns that are clocks themselves prove nothing.

    Args:
        frame: The table.
        columns: Names of the columns.
    """
    values = None
    for column in columns:
        times = _times(frame, column)
        if times is None or not _is_steady(times):
            continue
        at = np.unique(times, return_inverse=True)[1]
        values = values or {number.name: read(number, frame) for number in numbers}
        correlations = {
            name: _lag_one(_means(at, cells))
            for name, cells in values.items()
            if name != column.name and not _words(name) & CLOCKS and not _is_steady(cells)
        }
        name = max(correlations, key=correlations.get, default=None)
        if name is not None and _is_in_order(correlations[name], at.max() + 1):
            evidence = f"neighbours are alike (lag-1 correlation {correlations[name]:.2f} in `{name}`)"
            question = f"Rows are in the order of `{column.name}`, and {evidence}: test the newest rows?"
            return [Question.whether(question, time=column.name)]
    return []


def _times(frame: pd.DataFrame, column: Column) -> np.ndarray | None:
    """(n,) times of a column of dates, or of numbers that is called a clock; None of others, and where any lacks."""
    cells = frame[column.name]
    is_clock = pd.api.types.is_numeric_dtype(cells) and _words(column.name) & (CLOCKS | SHORT)
    with suppress(DataError):  # a word among the times, or a cell that is empty
        return row_times(cells, column.name) if is_clock or isinstance(column, Dates) else None


def _is_steady(values: np.ndarray) -> bool:
    steps = np.diff(values[~np.isnan(values)])
    return len(steps) > 0 and max((steps >= 0).mean(), (steps <= 0).mean()) >= STEADY


def _means(at: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Mean of the known cells (n,) of each group, by its number in `at` (n,); NaN if none is known."""
    known = ~np.isnan(cells)
    count = np.bincount(at[known], minlength=at.max() + 1)
    total = np.bincount(at[known], cells[known], at.max() + 1)
    return np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)


def _lag_one(series: np.ndarray) -> float:
    """The correlation of neighbours by rank; 0 where nothing varies."""
    ranks = pd.Series(series[~np.isnan(series)]).rank().to_numpy()
    ranks = ranks - ranks.mean() if len(ranks) else ranks
    rank_variance = ranks @ ranks
    return float(ranks[1:] @ ranks[:-1] / rank_variance) if rank_variance > 0 else 0.0


def _is_in_order(correlation: float, count: int) -> bool:
    """Whether neighbours among `count` are alike beyond chance: its standard error is 1 / sqrt(count)."""
    return count >= ENOUGH and correlation > max(AUTOCORRELATION, ERRORS / np.sqrt(count))


def ask_group(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    numbers: Sequence[Number],
    read: Read,
    coded_columns: Mapping[str, Coded],
) -> list[Question]:
    """Asks whether to split by a column of repeated names whose rows are alike: the one with the most alike.

    Args:
        frame: The table.
        columns: Names of the columns.
    """
    groups = {}
    for column in columns:
        group = _groups(frame[column.name], column, coded_columns.get(column.name))
        groups |= {} if group is None else {column.name: group}
    evidence = {name: (0.0, "") for name in groups}
    for number in numbers if groups else ():
        cells = read(number, frame)
        for name, (at, minimum) in groups.items():
            likeness = 0.0 if name == number.name else _likeness(at, cells, minimum)
            evidence[name] = max(evidence[name], (likeness, number.name))
    name = max(evidence, key=evidence.get, default=None)
    if name is None or evidence[name][0] == 0:
        return []
    (likeness, other_column), count = evidence[name], groups[name][0].max() + 1
    rows = f"{count:,} values of `{name}` have {len(frame) / count:.0f} rows each"
    evidence = f"intraclass correlation {likeness:.2f} in `{other_column}`"
    return [Question.whether(f"{rows}, which are alike ({evidence}): keep the rows of each together?", group=name)]


def _groups(cells: pd.Series, column: Column, coded_cells: Coded | None) -> tuple[np.ndarray, float] | None:
    """(n,) the number of the group of each row, in the order of their names, and how alike its rows must be; None where
    the cells do not name groups. coded_cells: the cells, where they are factorized already."""
    words, is_owner = _words(column.name), names_owners(column.name)
    whole = pd.api.types.is_integer_dtype(cells.dtype) and is_owner
    if isinstance(column, Dates) or words & CLOCKS or not (whole or hold_texts(cells)) or cells.isna().any():
        return None
    if whole and 2 * cells.nunique() > len(cells):  # before each is a Python object
        return None
    codes, distinct = coded_cells or factorize(cells, column.name)
    sizes = np.bincount(codes).astype(float)
    fewest, minimum = BY_NAME if is_owner or _are_numbered(distinct) else BY_CELLS
    if len(codes) < 2 * len(sizes) or len(codes) ** 2 / (sizes @ sizes) < fewest:
        return None
    if minimum == BY_CELLS[1] and _is_product(distinct):
        return None
    return np.argsort(np.argsort(np.array(distinct)))[codes], minimum


def _are_numbered(distinct: Sequence) -> bool:
    """Whether names are counted or drawn: P001 is such a name, and 001 may be a code of anything."""
    ids = find_identifiers(pd.Series(distinct, dtype=object))
    return ids is not None and (ids.kind == "uuid" or bool((ids.prefix + ids.suffix).strip()))


def _is_product(distinct: Sequence) -> bool:
    """Whether names join a few words with a few others, as `red-small` does."""
    rows = [re.split(r"[\W_]+", str(name)) for name in distinct]
    return len(rows[0]) > 1 and {len(row) for row in rows} == {len(rows[0])} and all(
        len(set(words)) <= len(rows) / 2 for words in zip(*rows)
    )  # fmt: skip


def _likeness(at: np.ndarray, cells: np.ndarray, minimum: float) -> float:
    """The intraclass correlation of the cells (n,) that are known, in the groups `at` (n,). It is 0 where it is below
    `minimum`; where chance may have made it; where cells are the same in each group, since they describe it then; and
    where groups are alike whose numbers are neighbours, since these are amounts then, not names."""
    if (missing := np.isnan(cells)).any():
        at, cells = at[~missing], cells[~missing]
        at = (np.cumsum(np.bincount(at) > 0) - 1)[at]  # groups without a known cell have no number
    sizes = np.bincount(at).astype(float)
    groups, rows = len(sizes), len(at)
    if groups < ENOUGH // 2 or rows <= groups:
        return 0.0
    means = np.bincount(at, cells) / sizes
    variance_between = (sizes * (means - cells.mean()) ** 2).sum() / (groups - 1)
    variance_within = ((cells - means[at]) ** 2).sum() / (rows - groups)
    if variance_within <= 1e-9 * variance_between:
        return 0.0
    size = (rows - sizes @ sizes / rows) / (groups - 1)
    likeness = float((variance_between - variance_within) / (variance_between + (size - 1) * variance_within))
    if likeness < minimum or _is_in_order(_lag_one(means), groups):
        return 0.0
    from scipy.special import fdtrc  # of `scipy.stats.f`, whose import takes a second

    return likeness if fdtrc(groups - 1, rows - groups, variance_between / variance_within) <= UNLIKELY else 0.0


def ask_totals(frame: pd.DataFrame) -> list[Question]:
    """Rows among the others that are called sums, and are: most of the first of them, at least."""
    columns = [cells for _, cells in frame.items()]
    labelled_mask = labelled_rows(columns) if columns else np.zeros(0, bool)
    first = [int(row) for row in np.flatnonzero(labelled_mask)[: TOTALS[1]]]
    totals = [row for row in first if sums_up(columns, row, labelled_mask)]
    if not totals or 2 * len(totals) < len(first):
        return []
    label, count = label_of([cells.iloc[totals[0]] for cells in columns]).text, int(labelled_mask.sum())
    rows_text = f"{count:,} rows sum" if count > 1 else "A row sums"
    return [Question(f"{rows_text} up rows above, such as `{label}` in row {totals[0] + 1:,}: delete what is a total")]


def ask_identifiers(frame: pd.DataFrame, numbers: Sequence[Number], read: Read, options: Mapping) -> list[Question]:
    """Returns columns of whole numbers that are all different, and that are called as what has a row, or are spread
    evenly over a wide range without an order and without a part in the other columns.

    Args:
        frame: The table.
        options: Options of `load_data`, by name.
    """
    cells, names = {number.name: read(number, frame) for number in numbers}, []
    for name, own_cells in cells.items():
        rows = len(own_cells)
        if rows < ENOUGH or _words(name) & CLOCKS or len(np.unique(own_cells)) < rows:
            continue
        if not pd.api.types.is_integer_dtype(frame[name].dtype):  # no identifier is written as 900,000
            continue
        other_cells = [np.arange(rows), *(cells[other_name] for other_name in cells if other_name != name)]
        if names_owners(name) or (np.ptp(own_cells) > FAR_APART * rows and _says_nothing(own_cells, other_cells)):
            names.append(name)
    dropped_names = list(options.get("drop") or ())
    question = "`{}` holds another whole number in each row: does it only name the rows, and is nothing to be learned?"
    return [Question.whether(question.format(name), drop=[*dropped_names, name]) for name in names]


def _says_nothing(cells: np.ndarray, other_numbers: Sequence[np.ndarray]) -> bool:
    """Whether numbers (n,) are spread evenly, and their ranks correlate with none of the others (n,) beyond chance."""
    from scipy.stats import kstest

    if kstest((cells - cells.min()) / np.ptp(cells), "uniform").pvalue < 100 * UNLIKELY:
        return False
    ranks = pd.DataFrame({"cells": cells} | dict(enumerate(other_numbers))).rank()
    return not (ranks.corrwith(ranks["cells"]).drop("cells").abs() > ERRORS / np.sqrt(len(cells))).any()


# ---------------------------------------------------------------------- what stands beside items


def ask_column(frame: pd.DataFrame, columns: Sequence[Column]) -> list[Question]:
    """Asks about a column of sentences, which a model of tables ignores."""
    for column in columns:
        if not isinstance(column, Ignored) or not hold_texts(texts := native(frame[column.name]).dropna()):
            continue
        if len(texts) >= ENOUGH and (words := texts.str.split().str.len().mean()) >= SENTENCE:
            question = f"Column `{column.name}` holds texts of {words:.0f} words, which are not used: learn them?"
            return [Question.whether(question, column=column.name)]
    return []


def ask_given(raw: Raw, options: Mapping) -> list[Question]:
    """Asks about columns beside texts or molecules that are not used."""
    if raw.beside is None or raw.beside.empty or raw.given or "given" in options:
        return []
    columns = []
    with suppress(DataError):  # cells of which no column is made
        columns = Tables.fit(as_frame(raw.beside).iloc[:GLANCE], sketch=True, all_given=True).columns
    fit = sorted((c for c in columns if c.leaf is not None), key=lambda column: not isinstance(column, Number))
    if not fit:
        return []
    count, name = len(columns), fit[0].name
    predict = f" To predict it instead, pass --target {name}." if raw.kind == "molecules" else ""
    unused = f"{count:,} column{'s are' if count > 1 else ' is'} not used: learn the items given `{name}`?{predict}"
    return [Question.whether(unused, given=[name])]


def _words(name: str) -> set[str]:
    return set(list_words(name))


def list_words(name: str) -> list[str]:
    """Returns the words of the name of a column: eventTime and event_time have two."""
    return [word.lower() for word in re.findall(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+", name)]


def names_owners(name: str) -> bool:
    """Tells whether a column is called as something that has several rows: `engine`, `engine_id`, but not
    `engine_size`."""
    words = list_words(name)
    while len(words) > 1 and words[-1] in OWNER_ENDS:
        words.pop()
    return bool(words) and words[-1] in OWNERS
