"""Series: cut into subjects or windows, split, and understood by their domain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from ...core.data import Data
from ...core.errors import DataError
from ...kinds import assemble as assembling
from ...kinds.formats.raw import Numbered, Raw, Read
from ...kinds.formats.source import Source
from ...kinds.splits import SPLIT_NAMES, group_keys, require_enough, split_groups
from ...kinds.values.frames import as_frame, check_rows, require_column
from .clock import Clock
from .cut import Cut, cut_table, cut_windows, describe_steps, find_statics
from .domain import Series, size_histogram
from .recognise import find_series
from .subjects import flatten_index


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """Raises DataError for too few series, and for options that do not fit the table."""
    frame = as_frame(raw.items)
    check_rows(len(frame), "the table")
    frame = _without(frame, options.get("drop", ()))
    group, time = options.get("group", raw.group), options.get("time", raw.time)
    size, stride = options.get("windows"), options.get("stride")
    _require_way(frame, group, size, stride)
    for name, option in ((group, "group"), (time, "time")):
        if name:
            require_column(name, [str(column) for column in frame.columns], option)
    clock = Clock.fit(frame[time]) if time else None
    cut = cut_table(frame, group, clock)
    if group and len(cut.subjects) == len(frame):
        raise DataError(f"every `{group}` has a single row, so there is no order to learn: leave --kind out")
    find_statics(cut, list(options.get("given", ())))
    if clock is not None:
        cut.notes += describe_steps(clock.read(cut.subjects.frame[time]), cut.subjects, clock)[1]
    if size:
        cut = _cut_in_windows(cut, size, stride, seed)
    require_enough(len(cut.subjects), text, raw.account)
    corrections = {name: options[name] for name in ("types", "missing", "filter") if name in options}
    whole = Series.fit(cut, options=corrections, window=size or 0, sketch=True)
    parts = None if cut.parts is None else pd.Categorical(cut.parts, SPLIT_NAMES)

    def fit(made: assembling.Cut) -> Series:
        train, valid = made.items["train"], made.items["valid"]
        domain = Series.fit(replace(cut, subjects=train), valid, corrections, whole, size or 0)
        domain.names = whole.names
        lengths = cut.subjects.sizes
        if not np.isin(lengths, domain.known_sizes).all():
            ends = [int(lengths.min()), int(lengths.max())]
            return domain.with_sizes(size_histogram(np.concatenate([train.sizes, ends])))
        return domain

    prepared = assembling.Prepared(
        raw, text, options, seed, cut.subjects, "series", whole.keys(cut.subjects), settled=parts, parts=parts,
        notes=[*raw.notes, *cut.notes],
    )  # fmt: skip
    return assembling.assemble(prepared, fit)


def _without(frame: pd.DataFrame, dropped: list[str]) -> pd.DataFrame:
    for name in dropped:
        require_column(name, [str(column) for column in frame.columns], "drop")
    return frame.drop(columns=list(dropped))


def _require_way(frame: pd.DataFrame, group: str, size: int | None, stride: int | None) -> None:
    """Raises DataError where nothing says what a series is, with what the table suggests."""
    if stride is not None and not size:
        raise DataError("stride is for windows of a recording: name windows too, or leave stride out")
    if group or size:
        return
    way = find_series(frame)
    hint = f"add --group {way[0]}" if way else "add --group COLUMN"
    raise DataError(
        f"nothing says which rows are one series: {hint} for the column that names subjects, or --windows ROWS to cut "
        "one recording into windows"
    )


def _cut_in_windows(cut: Cut, size: int, stride: int | None, seed: int) -> Cut:
    """Windows, split by subject where there are three or more, else in time."""
    by_subject = len(cut.subjects) >= len(SPLIT_NAMES)
    windows = cut_windows(cut, size, stride, not by_subject)
    if by_subject:
        keys = group_keys(windows.subjects.firsts[cut.group], cut.group)
        windows.parts = np.asarray(split_groups(keys, seed, cut.group))
    return windows


def read_items(source: Source, domain: Series) -> Read:
    """Series for a model. A recording longer than the windows that the model knows is cut into such windows, its last
    rows first; windows=0 leaves it whole."""
    raw = source.read_as(domain.kind)
    frame = as_frame(flatten_index(raw.items))
    whole = domain.subjects(frame)
    names = whole.firsts[domain.group].astype(str).tolist() if domain.group in whole.frame.columns else []
    if not domain.window or source.get("windows") == 0 or (whole.sizes <= domain.window).all():
        places = names or Numbered("recording", range(1, len(whole) + 1))
        return Read(whole, None, places, raw.account)
    size, begins, places = domain.window, [], []
    for number, (begin, end) in enumerate(zip(whole.ptr[:-1], whole.ptr[1:])):
        here = np.arange(end - size, begin - 1, -size)[::-1]
        begins.append(here)
        name = f"{names[number]}, " if names else ""
        places += [f"{name}rows {first - begin + 1} to {first - begin + size}" for first in here]
    rows = np.concatenate(begins).astype(np.int64)
    lost = len(whole.frame) - size * len(rows)
    raw.account.leave_out(lost, "row", "rows before the first whole window")
    windows = whole.with_rows(
        whole.frame.iloc[(rows[:, None] + np.arange(size)).ravel()], np.arange(len(rows) + 1) * size
    )
    return Read(windows, None, places, raw.account)
