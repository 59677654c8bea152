"""Tables: split by content, by groups or by time, and understood by the domain of tables."""

import sys
from dataclasses import replace
from functools import partial
from math import prod
from shlex import quote

import numpy as np
import pandas as pd

from ...core.account import Account
from ...core.data import Data
from ...core.domain import OpenQuestions
from ...core.errors import DataError
from ..formats.raw import Numbered, Raw, Read
from ..formats.source import Source
from ..splits import (
    SPLIT_NAMES,
    content_digest,
    far_from_share,
    group_keys,
    parts_named,
    remark,
    require_enough,
    split,
    split_groups,
    split_times,
)
from ..values.cells import row_keys
from ..values.column_dates import row_times
from ..values.corrections import EVERYWHERE, Corrections
from ..values.frames import NARROW, as_frame, check_rows, frame_of, require_column, spread_lists
from .column_marginals import count_levels
from .column_questions import ask_columns
from .columns import Column, Constant, Ignored, Labels
from .domain import Tables
from .find_equalities import fit_tolerance
from .fit_column import ON_REQUEST
from .formulas import Comparison, columns_in, divisors, evaluate, read_formulas
from .questions import about_structure, about_table
from .table_rules import Formula, Support
from .table_view import label_numbers

RARE = 20  # columns with fewer missing cells than this


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """Raises DataError for too few rows, or options that name no column or do not fit it.

    Args:
        raw: Items as they were read from the source.
        text: The text.
        options: Options of `load_data`, by name.
        seed: Seed of the random numbers.
    """
    try:
        require_enough(len(raw.items), text, raw.account)
    except DataError as few:
        raise OpenQuestions(str(few), raw.asked) from None  # the table may be in another sheet
    check_rows(len(raw.items), "the table")
    frame, spread_notes = spread_lists(as_frame(raw.items), {*options.get("types", ()), *options.get("drop", ())})
    raw = replace(raw, items=frame, account=raw.account + Account(remarks=spread_notes)) if spread_notes else raw
    frame.attrs = {}  # pandas would copy them with each column
    typed_rules = [
        formula for text in options.get("rules", ()) for formula in read_formulas(str(text), list(frame.columns))
    ]
    given, types = list(options.get("given", raw.given)), options.get("types", {})
    missing = options.get("missing", ())
    unmodelled = [
        options[way] for way in ("group", "split_column") if way in options and options[way] not in (*given, *types)
    ]
    drop = dict.fromkeys(raw.drop, "nothing to learn from") | dict.fromkeys(unmodelled, "it says how rows are split")
    drop |= dict.fromkeys(options.get("drop", ()), ON_REQUEST)
    corrections = Corrections.of_options({"types": types, "missing": missing, "drop": drop})
    settled_parts, notes = _named_split(raw, frame, options, seed)
    whole = Tables.fit(raw.items, given=given, types=types, drop=drop, missing=missing, sketch=True)
    keys = row_keys(frame[whole.spec.names + whole.given.names], whole.coded)  # so identifiers do not make rows differ
    _release()
    parts = split(
        keys, _misses_rare(frame, whole), settled_parts, seed, possible=partial(_count_possible, frame, whole)
    )
    named_columns = {*types, *drop}
    questions = [
        *raw.asked,
        *raw.recognise(frame, options),
        *about_table(frame, whole, raw.parts, options, named_columns),
    ]
    questions += ask_columns(frame, whole, corrections)
    notes = [*raw.notes, *notes, *remark(parts, settled_parts, keys, "rows")]
    digest = content_digest(keys, None, parts)
    train = np.flatnonzero(parts == "train")
    texts = [name for name in whole.coded if isinstance(frame[name].dtype, pd.StringDtype)]
    coded_columns = {name: whole.coded[name].take(train) for name in texts}
    whole.coded.clear()
    del frame, keys
    items = _rows_of_parts(raw, parts)
    _release()
    domain = Tables.fit(items["train"], given=given, types=types, drop=drop, like=whole, coded_columns=coded_columns)
    domain.see_identifiers(items)
    domain.typed_rules = _check_rules(typed_rules, domain, items["train"], train + 1)
    for name in (filtered := options.get("filter", ())):
        require_column(name, [*items["train"].columns, EVERYWHERE], "filter")
    filtered = filtered if raw.log_density is None else [EVERYWHERE]  # a known density is of all columns
    domain.look_for_rules(items["train"], items["valid"], filtered)
    questions += about_structure(domain)
    _release()
    return Data(
        raw.name, domain, items, digest, text, raw.licence, raw.log_density, options, notes, _is_settled(raw, options),
        questions=questions,
    )  # fmt: skip


def _check_rules(
    typed_rules: list[Comparison], domain: Tables, train: pd.DataFrame, rows: np.ndarray
) -> tuple[Formula, ...]:
    """The rules that a person typed, as the training rows bear them. Raises DataError for a rule of columns that hold
    no numbers, and for one that a training row breaks. rows: number in the source of each training row."""
    columns, view, rules = {column.name: column for column in domain.columns}, domain.view(train), []
    count = lambda is_broken: f"{is_broken.sum():,} of {len(rows):,} training rows, first in row {rows[is_broken][0]:,}"
    for text in dict.fromkeys(map(str, typed_rules)):
        for name in columns_in(text):
            _require_numbers(columns[name], text)
        formula = fit_tolerance(Formula(text, typed=True), view)
        if not (complete := view.complete(formula.columns)).any():
            raise DataError(f"no training row has a value in every column of rule '{text}': leave the rule out")
        for divisor in divisors(formula.comparison):
            if (zero := complete & (evaluate(divisor, view.numbers) == 0)).any():
                raise DataError(f"rule '{text}' divides by zero in {count(zero)}: write it as a product, without /")
        rules.append(replace(formula, support=Support(int(complete.sum()), 0, 0.0)))
    for rule in rules:
        if (is_broken := rule.broken(view)).any():
            for other_rule in rules:
                if other_rule is not rule and rule.contradicts(other_rule, view):
                    raise DataError(f"rule '{rule}' contradicts '{other_rule}', since no row keeps both: leave one out")
            values = rule.compare_values(view, int(np.flatnonzero(is_broken)[0]))
            raise DataError(
                f"rule '{rule}' breaks in {count(is_broken)}{values}: correct these rows, or leave the rule out"
            )
    return tuple(rules)


def _require_numbers(column: Column, text: str) -> None:
    """Raises DataError for a column of a rule that holds no numbers and no dates."""
    inner = column.inner if isinstance(column, Constant) else column
    if isinstance(inner, Ignored):
        raise DataError(
            f"rule '{text}' has column '{inner.name}', which is left out ({inner.why}): if it holds numbers, add "
            f"--types {quote(f'{inner.name}=number')}, else leave the rule out"
        )
    if isinstance(inner, Labels) and np.isnan(label_numbers([*map(str, (*inner.labels, *inner.rare))])).any():
        requirement = f"computes with '{inner.name}', a column of words"
        raise DataError(f"rule '{text}' {requirement}: name columns of numbers or dates, or leave the rule out")


def _release() -> None:
    """Give memory that Arrow freed back to the system: it would keep as much as the texts of a column take."""
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].default_memory_pool().release_unused()


def _count_possible(frame: pd.DataFrame, table: Tables) -> float:
    """Rows that the values of the modelled columns can make: labels, and the levels between the least and the largest
    number or date."""
    return prod(_count_values(column, table.cells(frame, column.name)) for column in table.modelled + table.givens)


def _count_values(column: Column, cells: pd.Series) -> float:
    """Values that a column can have, absence included; infinitely many where its numbers lie on no lattice."""
    missing = int(cells.isna().any())
    return missing + (column.leaf.k if isinstance(column, Labels) else count_levels(column.identify(cells.dropna())))


def _misses_rare(frame: pd.DataFrame, table: Tables) -> np.ndarray:
    """(n,) bool, rows that miss a cell of a column that hardly any row misses: a stratum of their own, so that training
    sees some of them."""
    missing_named = {name: table.cells(frame, name).isna() for name in table.missing}
    missing = frame.isna().assign(**missing_named)
    return missing.loc[:, missing.sum() < RARE].any(axis=1).to_numpy()


def raw_of(data: Data) -> Raw:
    """Returns all rows of `data` before they are split, so that they can be split anew."""
    frame = pd.concat([part for part in data.items.values() if len(part)], ignore_index=True)
    used_columns = {*(column.name for column in data.domain.variables), data.options.get("group")}
    used_columns.update(name for rule in data.domain.typed_rules for name in rule.columns)
    given, drop = data.domain.given.names, tuple(name for name in frame.columns if name not in used_columns)
    return Raw(
        "tables", data.name, frame, given=given, drop=drop, licence=data.licence, log_density=data.log_density,
        account=Account(),
    )  # fmt: skip


def read_items(source: Source, domain: Tables) -> Read:
    """Reads rows for a model; the domain finds what is known of them."""
    raw = source.read_as(domain.kind)
    account = raw.account + Account(remarks=[question.text for question in raw.asked])
    return Read(raw.items, None, Numbered("row", range(1, len(raw.items) + 1)), account)


def _rows_of_parts(raw: Raw, parts: pd.Categorical) -> dict[str, pd.DataFrame]:
    """Rows of each part. A table of few columns is handed over one by one and left empty, so that no more than one of
    them is held twice."""
    rows = {part: np.flatnonzero(parts == part) for part in SPLIT_NAMES}
    if raw.items.shape[1] > NARROW:
        return {part: raw.items.take(at).reset_index(drop=True) for part, at in rows.items()}
    names, attributes = raw.items.columns, raw.items.attrs
    raw.items = raw.items.set_axis(range(len(names)), axis=1)
    columns = {part: {} for part in SPLIT_NAMES}
    for j in range(len(names)):
        cells = raw.items.pop(j)
        for part, at in rows.items():
            columns[part][j] = pd.Series(cells.array.take(at), dtype=cells.dtype, copy=False)
    frames = {part: frame_of(values).set_axis(names, axis=1) for part, values in columns.items()}
    for part in SPLIT_NAMES:
        frames[part].attrs = attributes
    return frames


def _is_settled(raw: Raw, options: dict) -> bool:
    is_settled_by_name = not options.keys().isdisjoint(("time", "split_column"))
    return is_settled_by_name or (raw.parts is not None and bool((raw.parts == "test").any()))


def _named_split(raw: Raw, frame: pd.DataFrame, options: dict, seed: int):
    """Parts (n,) that are settled by the source, by groups, by time or by a column, or None; and what to say of
    them."""
    named_ways = [(way, options[way]) for way in ("group", "time", "split_column") if way in options]
    if not named_ways:
        return raw.parts, []
    if len(named_ways) > 1:
        (one, first), (second_column, second), *_ = named_ways
        raise DataError(
            f"{one} '{first}' and {second_column} '{second}' are two ways to split {raw.name}: name one of them"
        )
    ((split_option, column),) = named_ways
    if raw.parts is not None:
        raise DataError(f"{raw.name} comes with a split of its own: leave {split_option} '{column}' out")
    require_column(column, list(frame.columns), split_option)
    cells = frame[column]
    if split_option == "time":
        times = row_times(cells, column)
        parts = split_times(times, column)
        first = cells.iloc[np.where(parts == "test", times, np.inf).argmin()]
        far = far_from_share(parts, None, times, "rows", "are of one time")
        return parts, [f"split by time: the newest rows by `{column}` are test, from {first} on", *far]
    if split_option == "split_column":
        return parts_named(cells, column), [f"split by column `{column}` of the file"]
    groups = group_keys(cells, column)
    parts = split_groups(groups, seed, column)
    train, valid, test = (cells[parts == part].nunique() for part in SPLIT_NAMES)
    counts = f"split by `{column}`: {train:,} groups to train, {valid:,} to validate, {test:,} to test"
    return parts, [counts, *far_from_share(parts, None, groups, "rows", "are of one group")]
