"""Finding the rules of a table in its training rows, and checking them on its validation rows.

A rule must be no chance. Were its columns independent, some rows would break it; `MIN_BREAKS` of them at least, and at
most one for each `RATIO` of these may. None where 20 are expected has probability 2e-9 each time that one looks, so
that a million candidates leave a chance of one in 500. A few rows may break a rule all the same (`SHARE`): real tables
hold mistakes.

No pair is looked at on all rows: what the first `FIRST_ROWS` rows of a random order break often is left out, the rest
is looked at on `SEARCHED_ROWS` rows, and what is found is checked on `CHECKED_ROWS` rows of training and of validation
each.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ...core.seeds import seed_of
from ..values.cells import row_keys
from . import table_rules
from .columns import Column, Dates, Labels
from .find_equalities import Equalities
from .formulas import order_text
from .table_rules import Bands, Dependency, Formula, Impossible, Rule, Support, Together, allowed
from .table_view import View, unit_of

COLUMNS = 300  # looked at, the first of the table
BRIEF_ROWS, FIRST_ROWS, SEARCHED_ROWS, CHECKED_ROWS = 500, 2_000, 20_000, 200_000  # rows
OFTEN = 0.02  # share of independent rows that would break an order, else the one is larger and no more; or a dependency
MIN_ORDER_BREAKS = 5  # rows that would break an order by their correlation alone, where the two were written unlike
GROUP = 5  # rows of the median value of a column that settles others, at least
VALUES = 50  # of a column that goes by a number, at most
EVENTS, LABELS = 1_000, 200  # commonest of the table and of a column, in impossible pairs
MAX_RULES = 1_000  # rules


def find_rules(columns: Sequence[Column], train: pd.DataFrame, valid: pd.DataFrame) -> tuple[Rule, ...]:
    """Rules of the modelled and given columns. The same rows give the same rules.

    Args:
        columns: Names of the columns.
        train: Training items.
    """
    columns = [column for column in columns if column.leaf is not None][:COLUMNS]
    view = View(columns, _sample_rows(train, SEARCHED_ROWS))
    names = [column.name for column in columns]
    numbers = [column.name for column in columns if not isinstance(column, Labels)]
    codes = {name: pd.factorize(view.keys(name)) for name in names}

    search = Equalities(view, numbers)
    x, sums = search.x, list(search.sums())
    products = list(search.products(sums))
    bands = list(_bands(numbers, x, codes))
    tied_pairs = {frozenset(rule.columns) for rule in [*sums, *products, *bands] if len(rule.columns) == 2}
    settled_pairs = _find_settled(view, columns, codes, tied_pairs)
    dependencies = list(_dependencies(settled_pairs, codes))
    units = {column.name: unit_of(column) for column in columns}
    of_others = {source_column.of for source_column in dependencies}
    bands = [replace(rule, unit=units[rule.by]) for rule in bands if rule.of not in of_others]
    tied_pairs |= {frozenset(pair) for pair in settled_pairs}
    summed = {frozenset((rule.columns[0], part)) for rule in [*sums, *products] for part in rule.columns[1:]}
    orders = list(_orders(columns, numbers, x, tied_pairs | summed))
    paired_rules = list(_missing_together(view, columns))
    impossible = list(_impossible(view, columns, tied_pairs, paired_rules))

    rules = [*products, *dependencies, *sums, *bands, *orders, *paired_rules, *impossible][:MAX_RULES]
    if not rules:
        return ()
    views = [View(columns, _sample_rows(part, CHECKED_ROWS)) for part in (train, valid)]
    checked = (_checked(rule, views) for rule in rules)
    return tuple(rule for rule in checked if rule)


def _checked(rule: Rule, views: list[View]) -> Rule | None:
    """The rule with its support, None where the rows do not bear it."""
    masks = [view.complete(() if isinstance(rule, (Impossible, Together)) else rule.columns) for view in views]
    rows, breaks = sum(int(mask.sum()) for mask in masks), [int(rule.broken(view).sum()) for view in views]
    chance = rule.support.chance * rows / max(1, rule.support.rows)
    late = breaks[1] > 2 + 3 * table_rules.SHARE * int(masks[1].sum())  # rows that no candidate was found on
    if late or sum(breaks) > allowed(rows, chance):
        return None
    return replace(rule, support=Support(rows, sum(breaks), float(f"{chance:.6g}")))


def _sample_rows(frame: pd.DataFrame, most_rows: int) -> pd.DataFrame:
    """All rows, or as many of them as may be, in a random order."""
    rng = np.random.default_rng(seed_of("rows for rules"))
    return frame.iloc[rng.choice(len(frame), min(most_rows, len(frame)), replace=False)]


# ---------------------------------------------------------------------- numbers


def _orders(
    columns: Sequence[Column], numbers: list[str], x: np.ndarray, tied_pairs: set[frozenset]
) -> Iterator[Formula]:
    """Pairs (low, high) that hardly any row breaks, without those that are `tied_pairs` by another rule or follow from
    two orders.

    Numbers that were written with other decimals are hardly of one unit: these must be ordered by more than their
    correlation, which alone would keep a heavy thing heavier than it is long.
    """
    kinds = {column.name: _written(column) for column in columns}
    n, d = x.shape
    first, grid = x[:FIRST_ROWS], np.full((d, 20), np.nan)
    for j in range(d):
        if (known := x[:, j][~np.isnan(x[:, j])]).size:
            grid[j] = np.quantile(known, np.linspace(0.025, 0.975, 20))
    orders = {}
    for low in range(d):
        breaks = (first[:, [low]] > first).sum(0)
        often = (grid[low][None, :, None] > grid[:, None, :]).mean((1, 2))
        for high in np.flatnonzero((breaks <= 1 + len(first) * table_rules.SHARE) & (often > OFTEN / 2)):
            names = numbers[low], numbers[high]
            is_date = [kinds[name] == "date" for name in names]
            if low == high or is_date[0] != is_date[1]:
                continue
            pair = x[~np.isnan(x[:, [low, high]]).any(1)][:, [low, high]]
            share = _crossing(np.sort(pair[:, 0]), np.sort(pair[:, 1]))
            break_count, chance = int((pair[:, 0] > pair[:, 1]).sum()), share * len(pair)
            if chance < table_rules.MIN_BREAKS or share < OFTEN or break_count > allowed(len(pair), chance):
                continue
            if kinds[names[0]] != kinds[names[1]] and correlated_crossing(pair) * len(pair) < MIN_ORDER_BREAKS:
                continue
            orders[low, high] = Formula(order_text(*names), support=Support(len(pair), break_count, chance))
    upper_of = {low: {high for upper, high in orders if upper == low} for low, _ in orders}
    for (low, high), rule in orders.items():
        follows = any(high in upper_of.get(between_name, ()) for between_name in upper_of[low] - {high})
        if not follows and (high, low) not in orders and frozenset(rule.columns) not in tied_pairs:
            yield rule


def _written(column: Column) -> str | int | None:
    """Decimals of a number, or that it is a date or a time of day."""
    if isinstance(column, Labels):
        return None
    if isinstance(column, Dates):
        return unit_of(column)
    return -1 if column.lattice is None else column.lattice.decimals


def _crossing(low: np.ndarray, high: np.ndarray) -> float:
    """P(low > high) of independent draws from two sorted columns."""
    return float(np.searchsorted(high, low, side="left").sum() / max(1, len(low) * len(high)))


def correlated_crossing(pair: np.ndarray) -> float:
    """Estimates the share of rows in which two columns cross, for a Gaussian copula that is as correlated as the pair
    (n, 2)."""
    ranks = lambda values: values.argsort(0).argsort(0)
    r = 2 * np.sin(np.pi / 6 * np.corrcoef(ranks(pair).T)[0, 1])
    z = np.random.default_rng(seed_of("copula")).normal(size=(len(pair), 2))
    z[:, 1] = r * z[:, 0] + np.sqrt(max(0.0, 1 - r**2)) * z[:, 1]
    low, high = np.take_along_axis(np.sort(pair, axis=0), ranks(z), 0).T
    return float((low > high).mean())


# ---------------------------------------------------------------------- one column by another


def _bands(numbers: list[str], x: np.ndarray, codes: dict) -> Iterator[Bands]:
    """Columns of few values, whose rows lie apart on the line of a number."""
    for of, (code, values) in codes.items():
        if not 2 <= len(values) <= VALUES:
            continue
        wide_columns = [j for j, name in enumerate(numbers) if name != of and len(codes[name][1]) > 2 * len(values)]
        for j in np.array(wide_columns, int)[_may_be_apart(x[:BRIEF_ROWS, wide_columns], code[:BRIEF_ROWS])]:
            is_known = (code >= 0) & ~np.isnan(x[:, j])
            ends = _find_bands(x[is_known, j], code[is_known], len(values))
            counts = np.bincount(code[is_known], minlength=len(values))
            chance = float(counts.sum() - counts.max())
            if ends is None or chance < table_rules.MIN_BREAKS or not counts.all():
                continue
            bands = tuple((_plain_key(values[k]), low, high) for k, low, high in ends)
            yield Bands(numbers[j], of, bands, Support(int(is_known.sum()), 0, chance))


def _may_be_apart(x: np.ndarray, code: np.ndarray) -> np.ndarray:
    """x: (n, d), code: (n,) -> (d,) bool: the rows of each code lie apart on the line of a column, but for one at
    either end."""
    inner_values = [
        block[1:-1] for k in range(code.max(initial=-1) + 1) if len(block := np.sort(x[code == k], axis=0)) > 2
    ]
    if len(inner_values) < 2:
        return np.ones(x.shape[1], bool)
    low, high = (np.stack([end(block, axis=0) for block in inner_values]) for end in (np.fmin.reduce, np.fmax.reduce))
    order = low.argsort(0)
    low, high = np.take_along_axis(low, order, 0), np.take_along_axis(high, order, 0)
    return ~(high[:-1] >= low[1:]).any(0)


def _find_bands(x: np.ndarray, code: np.ndarray, count: int) -> list[tuple[int, float, float]] | None:
    """(code, lowest, highest) of the numbers of each code, increasing, without a few mistakes; None where they
    overlap."""
    is_known = (code >= 0) & ~np.isnan(x)
    order = np.lexsort((x[is_known], code[is_known]))
    values, of = x[is_known][order], code[is_known][order]
    starts = np.searchsorted(of, np.arange(count + 1))
    ends = []
    for k in range(count):
        numbers = values[starts[k] : starts[k + 1]]
        if len(numbers):
            cut_count = int(table_rules.SHARE * len(numbers)) + (len(numbers) >= 1 / OFTEN)
            ends.append((k, float(numbers[cut_count]), float(numbers[-1 - cut_count])))
    ends.sort(key=lambda end: end[1:])
    return None if any(a[2] >= b[1] for a, b in zip(ends, ends[1:])) else ends


def _find_settled(
    view: View, columns: Sequence[Column], codes: dict, tied_pairs: set[frozenset]
) -> dict[tuple[str, str], tuple]:
    """{(by, of): what `_mapping` says of them} of columns that another one settles, but for pairs that are
    `tied_pairs`.
    """
    names = [name for name in codes if len(codes[name][1]) > 1]
    table = np.stack([codes[name][0] for name in names], 1) if names else np.zeros((0, 0), int)
    distinct = len(np.unique(row_keys(view.frame[list(codes)]))) if len(names) > 1 else 0
    varies = [np.bincount(code[code >= 0]).max() <= (1 - OFTEN) * (code >= 0).sum() for code in table.T]
    first, settling = table[:FIRST_ROWS], {}
    for j, source_column in enumerate(names):
        if not _repeats(view.columns[source_column], table[:, j], distinct):
            continue
        order = np.argsort(first[:, j], kind="stable")
        rows = first[order[first[order, j] >= 0]]
        is_repeated = rows[1:, j] == rows[:-1, j]
        changes = ((rows[1:] != rows[:-1]) & (rows[1:] >= 0) & (rows[:-1] >= 0) & is_repeated[:, None]).sum(0)
        for k in np.flatnonzero(changes <= 2 * (1 + table_rules.SHARE * len(first))):
            if k != j and varies[k] and frozenset((source_column, names[k])) not in tied_pairs:
                pairs, support = _mapping(table[:, j], table[:, k])
                is_telling = support.chance >= max(table_rules.MIN_BREAKS, OFTEN * support.rows)
                if is_telling and support.breaks <= allowed(support.rows, support.chance):
                    settling[source_column, names[k]] = pairs, support
    return settling


def _dependencies(candidates: dict[tuple[str, str], tuple], codes: dict) -> Iterator[Dependency]:
    """Dependencies without those that follow from two others."""
    for source_column, of in _reduce_pairs(list(candidates), codes):
        pairs, support = candidates[source_column, of]
        keys = tuple((_plain_key(codes[source_column][1][a]), _plain_key(codes[of][1][b])) for a, b in pairs)
        numbers = codes[of][1].dtype == float
        tolerance = table_rules.EXACT * float(np.ptp(codes[of][1])) if numbers else 0.0
        yield Dependency(source_column, of, keys, (of, source_column) in candidates, tolerance, support)


def _repeats(column: Column, code: np.ndarray, distinct: int) -> bool:
    """Whether a column repeats its values often enough to settle others: half of them in `GROUP` rows and more, since
    a number of an invoice says nothing of other invoices, and a run must not keep whose it is. Numbers repeat among
    distinct rows, since rows that were copied repeat every number that they hold. code: (n,) of the values."""
    is_label = isinstance(column, Labels)
    if not is_label and _written(column) == -1:
        return False
    groups = np.bincount(code[code >= 0])
    repeats = len(groups) <= len(code) / 2 and np.median(groups) >= GROUP
    return bool(repeats) and (is_label or len(groups) <= distinct / 2)


def _mapping(source_codes: np.ndarray, of: np.ndarray) -> tuple[list[tuple[int, int]], Support]:
    """(code, its commonest partner) of two columns of codes (n,), and how far that holds."""
    is_known = (source_codes >= 0) & (of >= 0)
    source_codes, of = source_codes[is_known].astype(np.int64), of[is_known].astype(np.int64)
    if not len(source_codes):
        return [], Support(0, 0, 0.0)
    size = int(of.max()) + 1
    pairs, counts = np.unique(source_codes * size + of, return_counts=True)
    order = np.lexsort((counts, pairs // size))
    a, b, c = pairs[order] // size, pairs[order] % size, counts[order]
    last = np.append(a[1:] != a[:-1], True)  # the commonest of each
    chance = (len(source_codes) - last.sum()) * (1 - np.bincount(of).max() / len(of))
    return list(zip(a[last], b[last])), Support(
        len(source_codes), int(len(source_codes) - c[last].sum()), float(chance)
    )


def _reduce_pairs(pairs: list[tuple[str, str]], codes: dict) -> list[tuple[str, str]]:
    """Pairs (by, of) from which all found pairs follow, first the pairs that settle the most values."""
    all_pairs, alias = set(pairs), set()
    for source_column, of in pairs:  # if two settle each other, the second is the first by another name
        if (of, source_column) in all_pairs and source_column not in alias:
            alias.add(of)
    twins = {
        (source_column, of)
        for source_column, of in pairs
        if of in alias and source_column not in alias and (of, source_column) in all_pairs
    }
    plain = [(source_column, of) for source_column, of in pairs if source_column not in alias and of not in alias]
    settles = {
        source_column: {of for other_source, of in plain if other_source == source_column} for source_column, _ in plain
    }
    direct = [
        (source_column, of)
        for source_column, of in plain
        if not any(of in settles.get(m, ()) for m in settles[source_column] - {of})
    ]
    first = {}
    for source_column, of in twins:
        first.setdefault(of, (source_column, of))
    return sorted([*direct, *first.values()], key=lambda pair: (-len(codes[pair[0]][1]), pairs.index(pair)))


# ---------------------------------------------------------------------- missing cells


def _missing_together(view: View, columns: Sequence[Column]) -> Iterator[Together]:
    """Columns that are missing in the same rows, all of them."""
    groups: dict[bytes, list[str]] = {}
    for column in columns:
        groups.setdefault(view.missing(column.name).tobytes(), []).append(column.name)
    for names in groups.values():
        missing, n = float(view.missing(names[0]).mean()), len(view)
        chance = n * (1 - missing ** len(names) - (1 - missing) ** len(names))
        if len(names) > 1 and 2 * n * missing * (1 - missing) >= table_rules.MIN_BREAKS:
            yield Together(tuple(names), Support(n, 0, chance))


# ---------------------------------------------------------------------- impossible pairs


def _impossible(
    view: View, columns: Sequence[Column], tied_pairs: set[frozenset], groups: Sequence[Together]
) -> Iterator[Impossible]:
    """Events of two columns that hardly any row has together, without those that columns missing together imply."""
    labels = min(LABELS, EVENTS // len(columns))
    events = [(column.name, event) for column in columns for event in _events(view, column, labels)]
    if not events:
        return
    happens = np.stack([table_rules.happens(view, *event) for event in events], 1).astype(np.float32)
    joint_counts, event_counts, n = happens.T @ happens, happens.sum(0), len(view)
    chance = np.outer(event_counts, event_counts) / n
    most_breaks = np.minimum(max(1.0, table_rules.SHARE * n), chance / table_rules.RATIO)
    is_impossible = (chance >= table_rules.MIN_BREAKS) & (joint_counts <= most_breaks)
    columns_of = np.array([name for name, _ in events])
    is_impossible &= columns_of[:, None] != columns_of
    whole = [
        part for part in _partitions(columns_of, events) if happens[:, part].sum() >= n * (1 - table_rules.SHARE)
    ]  # sets of events of which one always happens
    pairs = [pair for pair in np.argwhere(np.triu(is_impossible)) if frozenset(columns_of[pair]) not in tied_pairs]
    of_labels = lambda pair: all(events[k][1][0] == "is" for k in pair)
    at: dict[tuple[str, str], dict] = {}
    for i, j in sorted(pairs, key=lambda pair: (of_labels(pair), chance[*pair])):  # the least telling go first
        if _implied(i, j, is_impossible, whole, columns_of, events):
            is_impossible[i, j] = is_impossible[j, i] = False
    group_of = {name: k for k, rule in enumerate(groups) for name in rule.columns}
    for i, j in pairs:
        (a, (of_a, _)), (b, (of_b, _)) = events[i], events[j]
        is_implied = "missing" in (of_a, of_b) and a in group_of and group_of[a] == group_of.get(b)
        if is_impossible[i, j] and not is_implied:
            pair = events[i][1], events[j][1]
            at.setdefault((events[i][0], events[j][0]), {})[pair] = int(joint_counts[i, j]), float(chance[i, j])
    for (a, b), counts in at.items():
        pairs_kept, breaks, expected = [], 0, 0.0
        for pair, (k, m) in sorted(counts.items(), key=lambda item: item[1][0] / item[1][1]):
            if breaks + k <= max(
                1, table_rules.SHARE / 2 * n
            ):  # all together, with some room for the rows not looked at
                pairs_kept, breaks, expected = [*pairs_kept, pair], breaks + k, expected + m
        if pairs_kept:
            yield Impossible(a, b, tuple(pairs_kept), Support(n, breaks, expected))


def _events(view: View, column: Column, labels: int) -> Iterator[tuple[str, str]]:
    n, name = len(view), column.name
    missing = int(view.missing(name).sum())
    if table_rules.MIN_BREAKS <= missing <= n - table_rules.MIN_BREAKS:
        yield from (("missing", ""), ("there", ""))
    if isinstance(column, Labels):
        counts = pd.Series(view.keys(name), dtype=object).value_counts()
        yield from (
            ("is", label)
            for label in counts.index[:labels]
            if table_rules.MIN_BREAKS <= counts[label] <= n - table_rules.MIN_BREAKS
        )
    elif not isinstance(column, Dates):
        zeros = int((view.numbers(name) == 0).sum())
        if table_rules.MIN_BREAKS <= zeros <= n - missing - table_rules.MIN_BREAKS:
            yield from (("zero", ""), ("nonzero", ""))


def _partitions(columns_of: np.ndarray, events: list) -> Iterator[np.ndarray]:
    """Numbers of the events of one column that exclude each other: its labels, or what a number may be."""
    for name in dict.fromkeys(columns_of):
        own_columns = np.flatnonzero(columns_of == name)
        narrow = [k for k in own_columns if events[k][1][0] != "there"]
        whole_columns = [k for k in own_columns if events[k][1][0] in ("there", "missing")]
        yield from (np.array(part) for part in (narrow, whole_columns) if part)


def _implied(i: int, j: int, is_impossible: np.ndarray, whole: list, columns_of: np.ndarray, events: list) -> bool:
    """Whether other pairs say that events i and j never come together: one that is wider (what is never there is never
    any label), or a third column, each of whose events excludes one of the two."""
    wider = lambda k: [
        m for m in np.flatnonzero(columns_of == columns_of[k]) if m == k or _is_wider(events[m], events[k])
    ]
    if any(is_impossible[v, w] and (v, w) != (i, j) for v in wider(i) for w in wider(j)):
        return True
    third = (part for part in whole if columns_of[part[0]] not in (columns_of[i], columns_of[j]))
    return any((is_impossible[i, part] | is_impossible[j, part]).all() for part in third)


def _is_wider(event: tuple, than: tuple) -> bool:
    return event[1][0] == "there" and than[1][0] not in ("there", "missing")


def _plain_key(value: object) -> str | float:
    return value if isinstance(value, str) else float(value)
