"""Tables: split by content, by groups or by time, and understood by the domain of tables.

`proposals` lists what a person should be asked: cells that may stand for a missing value, numbers that can be read in
two ways. It decides nothing: each proposal is a question, and the option that accepts it.
"""

import sys
from collections import Counter
from collections.abc import Collection, Sequence
from functools import partial

import numpy as np
import pandas as pd

from ...core.account import Account
from ...core.data import Data
from ...core.domain import Proposal
from ...core.errors import DataError
from ..kind import Source
from ..known_kinds import read_of_kind
from ..questions import about_table
from ..raw import Numbered, Raw, Read
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
from ..values.cells import Coded, factorize, native, row_keys
from ..values.column_dates import row_times
from ..values.date_forms import look_like_dates
from ..values.reading import AMONG_NUMBERS, FEW_CELLS, GLANCE, blank, cells_among, is_text
from ..values.written import find_written, is_too_large, numbers_among
from .columns import Ignored, Labels, Number
from .domain import Tables
from .frames import NARROW, as_frame, check_rows, frame_of, require_column

SENTINELS = frozenset(sign * float("9" * digits) for digits in range(1, 8) for sign in (1, -1)) | {-1.0, -88.0, -888.0}
SENTINEL_ROWS = 2  # rows of a sentinel, at least
MAX_WORDS = 5  # different words among numbers
ALIKE = 3  # different texts of each unit, at least: else they are labels
MAYBE = frozenset(
    ("-", "--", "---", "–", "—", ".", "..", "...", "?", "??", "missing", "(missing)", "[missing]")
)  # labels


def proposals(frame: pd.DataFrame, table: Tables, missing: Sequence | dict, settled: Collection[str]) -> list[Proposal]:
    """Questions about all rows of a table. missing: as `Tables.fit` was given it. settled: columns of which the user
    said what they are."""
    lines = _useless(frame, missing)
    for column in table.columns:
        if column.name in settled:
            continue
        gone = table.missing.get(column.name, ())
        cells = blank(native(frame[column.name]), gone)
        if isinstance(column, Number) and pd.api.types.is_numeric_dtype(cells.dtype):
            lines += _sentinels(column.name, cells.to_numpy(np.float64, na_value=np.nan))
        elif isinstance(column, (Labels, Ignored)) and is_text(cells):
            coded = (None if gone else table.coded.get(column.name)) or factorize(cells, column.name)
            lines += _texts(column, coded) or _mixed(column.name, coded)
    return lines


def _sentinels(name: str, values: np.ndarray) -> list[Proposal]:
    """Numbers such as -999 that stand for missing values by custom: the least or the greatest, in several rows, and
    either negative where all else is not, or farther from the rest than the rest is wide."""
    known = values[~np.isnan(values)]
    sentinels = []
    while len(known):
        low, high = known.min(), known.max()
        end = next((end for end in (low, high) if end in SENTINELS and _is_far(known, end)), None)
        if end is None:
            break
        sentinels.append((end, int((known == end).sum())))
        known = known[known != end]
    return [
        Proposal(
            f"`{name}`: {end:g} in {rows:,} rows, far from all else: does it stand for a missing value?",
            "missing",
            {name: [int(end)]},
        )
        for end, rows in sentinels
    ]


def _is_far(known: np.ndarray, end: float) -> bool:
    rest = known[known != end]
    if len(known) - len(rest) < SENTINEL_ROWS or len(rest) < len(known) / 2:
        return False
    low, high = rest.min(), rest.max()
    if abs(end) < 10:
        return end < 0 <= low and high >= 10
    return low < high and (end < 0 <= low or max(low - end, end - high) > high - low)


def _texts(column: Labels | Ignored, coded: Coded) -> list[Proposal]:
    distinct = coded.distinct
    if not all(isinstance(value, str) for value in distinct) or not distinct:
        return []
    name, words = column.name, {value: int(count) for value, count in zip(distinct, coded.rows)}
    proposals = _words_among_numbers(name, words, _first_row(coded))
    return proposals or _two_readings(name, words) or _dates(name, words) or _labels(column, words)


def _mixed(name: str, coded: Coded) -> list[Proposal]:
    """Numbers with texts among them, as a workbook may hold them."""
    numbers = [isinstance(value, (int, float)) and not isinstance(value, bool) for value in coded.distinct]
    if not any(numbers) or not all(n or isinstance(value, str) for n, value in zip(numbers, coded.distinct)):
        return []
    words = Counter()
    for value, count in zip(coded.distinct, coded.rows):
        words[str(value)] += int(count)
    if proposals := _words_among_numbers(name, words, _first_row(coded)):
        return proposals
    if len(find_written([text.strip() for text in words])) != 1:
        return []
    texts = int(coded.rows[~np.array(numbers)].sum())
    return [
        Proposal(
            f"`{name}`: {texts:,} of {sum(words.values()):,} numbers are written as text, so the column is one of "
            "labels: is it one of numbers?",
            "types",
            {name: "number"},
        )
    ]


def _first_row(coded: Coded) -> str | None:
    """Value of the first row, as text, if no other row has it; otherwise None."""
    code = coded.codes[0]
    return str(coded.distinct[code]) if code >= 0 and coded.rows[code] == 1 else None


def _words_among_numbers(name: str, words: dict[str, int], first: str | None) -> list[Proposal]:
    """first: what stands in the first row alone."""
    texts = [text.strip() for text in words]
    glance = texts[:: max(1, len(texts) // GLANCE)]
    if 2 * sum(bool(numbers_among([text])) for text in glance) < len(glance):
        return []
    numbers = set(numbers_among(texts))
    rest = {text: count for text, count in words.items() if text.strip() not in numbers}
    share = sum(rest.values()) / sum(words.values())
    if not rest or len(numbers) < 2:
        return []
    shown = ", ".join(f"`{text}`" for text in list(rest)[:MAX_WORDS]) + ", ..." * (len(rest) > MAX_WORDS)
    if any(letter.isdigit() for text in rest if not is_too_large(text) for letter in text):
        others = [text for text in rest if numbers_among([text.strip()])]
        units = {text.strip("+-−0123456789., ") for text in others}
        if len(others) < len(rest) or len(texts) < ALIKE * (1 + len(units)):
            return []
        example = next(text for text in texts if text in numbers)
        several = f"numbers in several units or ways of writing (`{example}`, {shown})"
        return [Proposal(f"`{name}`: {several}, left as text: use one")]
    if len(rest) > MAX_WORDS or (
        share > FEW_CELLS and not all(text.strip().casefold() in AMONG_NUMBERS for text in rest)
    ):
        return []
    header = " If the first row is a second header, remove it." if first in rest else ""
    question = f"`{name}`: {1 - share:.0%} numbers, the rest {shown}: do these stand for missing values?{header}"
    return [Proposal(question, "missing", {name: list(rest)})]


def _two_readings(name: str, words: dict[str, int]) -> list[Proposal]:
    texts = [text.strip() for text in words]
    ways = find_written(texts) if numbers_among(texts[:1]) else []
    if len(ways) < 2:
        return []
    text = max(texts, key=lambda text: sum(not letter.isdigit() for letter in text))
    one, other = (way.read([text])[0] for way in ways)
    return [
        Proposal(
            f"`{name}`: numbers like `{text}` could be {one:g} or {other:g}, and are left as text: is it {one:g}?",
            "types",
            {name: "number"},
        )
    ]


def _dates(name: str, words: dict[str, int]) -> list[Proposal]:
    texts = [text.strip() for text in list(words)[:: max(1, len(words) // GLANCE)]]
    texts = [text for text in texts if text.casefold() not in AMONG_NUMBERS]
    if len(texts) < 2 or not look_like_dates(texts):
        return []
    return [
        Proposal(
            f"`{name}`: looks like dates (`{texts[0]}`, `{texts[-1]}`), and not all can be read, so they stay text. "
            "Write all in one format, all or none with an offset from UTC, such as 2024-03-12 or 2024-03-12T12:00:00Z"
        )
    ]


def _labels(column: Labels | Ignored, words: dict[str, int]) -> list[Proposal]:
    if not isinstance(column, Labels):
        return []
    return _spellings(column.name, words) + [
        Proposal(
            f"`{column.name}`: does the label `{word}` in {count:,} rows stand for a missing value?",
            "missing",
            {column.name: [word]},
        )
        for word, count in words.items()
        if word.strip().casefold() in MAYBE
    ]


def _spellings(name: str, words: dict[str, int]) -> list[Proposal]:
    """Labels that are one but for case and blanks."""
    alike: dict[str, list[str]] = {}
    for word in words:
        alike.setdefault(" ".join(word.casefold().split()), []).append(word)
    several = [sorted(same, key=words.get, reverse=True) for same in alike.values() if len(same) > 1]
    if not several:
        return []
    rows = sum(words[word] for same in several for word in same[1:])
    shown = ", ".join(f"`{word}`" for word in several[0])
    more = f", and {len(several) - 1:,} more" if len(several) > 1 else ""
    question = f"`{name}`: labels that differ in case or blanks alone ({shown}{more}) are labels of their own"
    return [Proposal(f"{question}. If they are one, correct {rows:,} cells")]


def _useless(frame: pd.DataFrame, missing: Sequence | dict) -> list[Proposal]:
    """Words that were named and stand nowhere."""
    by_column = missing if isinstance(missing, dict) else {"*": missing}
    named = [
        (word, list(frame.columns) if name == "*" else [name], "the table" if name == "*" else f"column `{name}`")
        for name, words in by_column.items()
        for word in words
    ]
    return [
        Proposal(f"`{word}`, named as missing, stands in no cell of {where}")
        for word, names, where in named
        if not any(cells_among(frame[name], [word], name) for name in names)
    ]


RARE = 20  # columns with fewer missing cells than this


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """Raises DataError for too few rows, or options that name no column or do not fit it."""
    try:
        require_enough(len(raw.items), text, raw.account)
    except DataError as few:
        raise DataError(". ".join([str(few), *map(str, raw.asked)])) from None  # the table may be in another sheet
    check_rows(len(raw.items), "the table")
    frame = as_frame(raw.items)
    given, types = list(options.get("given", raw.given)), options.get("types", {})
    missing = options.get("missing", ())
    unmodelled = [
        options[way] for way in ("group", "split_column") if way in options and options[way] not in (*given, *types)
    ]
    drop = [*raw.drop, *options.get("drop", ()), *unmodelled]
    settled, notes = _named_split(raw, frame, options, seed)
    whole = Tables.fit(raw.items, given=given, types=types, drop=drop, missing=missing, sketch=True)
    keys = row_keys(frame[whole.spec.names + whole.given.names], whole.coded)  # so identifiers do not make rows differ
    _release()
    parts = split(keys, _misses_rare(frame, whole), settled, seed, possible=partial(_count_possible, frame, whole))
    named = {*types, *drop}
    asked = [
        *raw.asked,
        *about_table(frame, whole, raw.parts, options, named),
        *proposals(frame, whole, missing, named),
    ]
    notes = [*raw.notes, *notes, *remark(parts, settled, keys, "rows")]
    digest = content_digest(keys, None, parts)
    whole.coded.clear()
    del frame, keys
    items = _parted(raw, parts)
    _release()
    domain = Tables.fit(items["train"], given=given, types=types, drop=drop, like=whole)
    domain.see_identifiers(items)
    domain.look_for_rules(items["train"], items["valid"])
    _release()
    return Data(
        raw.name, domain, items, digest, text, raw.licence, raw.log_density, options, notes, _is_settled(raw, options),
        proposals=asked,
    )  # fmt: skip


def _release() -> None:
    """Give memory that Arrow freed back to the system: it would keep as much as the texts of a column take."""
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].default_memory_pool().release_unused()


def _count_possible(frame: pd.DataFrame, table: Tables) -> float:
    """Rows that the values of the modelled columns could make, independent of each other."""
    counts = [len(np.unique(row_keys(frame[[name]], table.coded))) for name in table.spec.names + table.given.names]
    return float(np.prod(np.array(counts, float)))


def _misses_rare(frame: pd.DataFrame, table: Tables) -> np.ndarray:
    """(n,) bool, rows that miss a cell of a column that hardly any row misses: a stratum of their own, so that training
    sees some of them."""
    named = {name: table.cells(frame, name).isna() for name in table.missing}
    missing = frame.isna().assign(**named)
    return missing.loc[:, missing.sum() < RARE].any(axis=1).to_numpy()


def raw_of(data: Data) -> Raw:
    """All rows of `data` before they are split, so that they can be split anew."""
    frame = pd.concat([part for part in data.items.values() if len(part)], ignore_index=True)
    used = {*data.domain.spec.names, *data.domain.given.names, data.options.get("group")}
    given, drop = data.domain.given.names, tuple(name for name in frame.columns if name not in used)
    return Raw("tables", data.name, frame, given=given, drop=drop, licence=data.licence, log_density=data.log_density)


def read_items(source: Source, domain: Tables) -> Read:
    """Rows for a model, the first of which is row 1; what is known of them the domain sees itself."""
    raw = read_of_kind(source, domain.kind)
    account = raw.account + Account(remarks=[proposal.question for proposal in raw.asked])
    return Read(raw.items, None, Numbered("row", range(1, len(raw.items) + 1)), account)


def _parted(raw: Raw, parts: pd.Categorical) -> dict[str, pd.DataFrame]:
    """Rows of each part. A table of few columns is handed over one by one and left empty, so that no more than one of
    them is held twice."""
    rows = {part: np.flatnonzero(parts == part) for part in SPLIT_NAMES}
    if raw.items.shape[1] > NARROW:
        return {part: raw.items.take(at).reset_index(drop=True) for part, at in rows.items()}
    names, told = raw.items.columns, raw.items.attrs
    raw.items = raw.items.set_axis(range(len(names)), axis=1)
    columns = {part: {} for part in SPLIT_NAMES}
    for j in range(len(names)):
        cells = raw.items.pop(j)
        for part, at in rows.items():
            columns[part][j] = pd.Series(cells.array.take(at), dtype=cells.dtype, copy=False)
    frames = {part: frame_of(each).set_axis(names, axis=1) for part, each in columns.items()}
    for part in SPLIT_NAMES:
        frames[part].attrs = told
    return frames


def _is_settled(raw: Raw, options: dict) -> bool:
    named = not options.keys().isdisjoint(("time", "split_column"))
    return named or (raw.parts is not None and bool((raw.parts == "test").any()))


def _named_split(raw: Raw, frame: pd.DataFrame, options: dict, seed: int):
    """Parts (n,) that are settled by the source, by groups, by time or by a column, or None; and what to say of
    them."""
    named = [(way, options[way]) for way in ("group", "time", "split_column") if way in options]
    if not named:
        return raw.parts, []
    if len(named) > 1:
        (one, first), (other, second), *_ = named
        raise DataError(f"{one} '{first}' and {other} '{second}' are two ways to split {raw.name}: name one of them")
    ((what, column),) = named
    if raw.parts is not None:
        raise DataError(f"{raw.name} comes with a split of its own: leave {what} '{column}' out")
    require_column(column, list(frame.columns), what)
    cells = frame[column]
    if what == "time":
        times = row_times(cells, column)
        parts = split_times(times, column)
        first = cells.iloc[np.where(parts == "test", times, np.inf).argmin()]
        far = far_from_share(parts, None, times, "rows", "are of one time")
        return parts, [f"split by time: the newest rows by `{column}` are test, from {first} on", *far]
    if what == "split_column":
        return parts_named(cells, column), [f"split by column `{column}` of the file"]
    groups = group_keys(cells, column)
    parts = split_groups(groups, seed, column)
    train, valid, test = (cells[parts == part].nunique() for part in SPLIT_NAMES)
    counts = f"split by `{column}`: {train:,} groups to train, {valid:,} to validate, {test:,} to test"
    return parts, [counts, *far_from_share(parts, None, groups, "rows", "are of one group")]
