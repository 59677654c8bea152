"""load_data: whatever a person hands over becomes Data, understood by a domain and split once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..core.data import Data
from ..core.errors import DataError
from ..domains.domain import Domain
from ..graphs.graph_data import GraphData
from ..graphs.interactions import Interactions
from .graph_sources import read_graph
from .named import NAMES
from .raw import Raw
from .readers.idx import is_idx, read_idx_pictures
from .sources import read_source
from .splits import PARTS, far_from_share, split, split_groups, split_times

FEWEST = 10
RARE = 20  # missing cells of a column


def load_data(
    source: Any,
    given: Sequence[str] | str | None = None,
    types: dict[str, str] | None = None,
    drop: Sequence[str] | None = None,
    seed: int = 0,
    group: str | None = None,
    time: str | None = None,
    nodes: Any = None,
    target: str | None = None,
    directed: bool = False,
) -> Data | GraphData | Interactions:
    """Data from a name, a path, or objects in memory, described by its domain and split by (seed, content).

    source: a name ("digits", "adult", "pinwheel"; see `genwright.data.named.NAMES`); a folder of PNG / JPEG files whose
    sub-folders are labels; a .npy, .npz, .csv, .csv.gz, .parquet, .xlsx or IDX file; a DataFrame; an array, of pictures
    (n, H, W) or (n, H, W, C), or of rows (n, D), which become columns x0, x1, ..; or (array, labels (n,)).
    given: variables to condition on: columns of a table (none by default), or "label" for pictures (the default where
    there are labels; `given=[]` leaves them out). types, drop: corrections to what is understood of a table's columns.
    seed: of the split, and of the draws of a toy. Official splits are kept; else 20% are test (by label where there are
    labels), and 10% of the rest, at most 5,000, validation. Equal items fall on one side.
    group: a column of a table whose rows of one value stand on one side (a patient, a household); it is not modelled
    unless `given` or `types` name it. time: a column of dates or numbers whose newest rows are the test set, and the
    newest of the rest validation. Shares are then met as nearly as whole groups, or times, allow.

    Graphs (docs/graphs.md): a named one; a NetworkX graph; a PyG Data or HeteroData; a SciPy sparse matrix, or (matrix,
    x, y); a folder of TUDataset; a file ind.NAME.graph of Planetoid; or an edge list, a table, with its nodes. nodes: a
    table with one row a node, its columns features by the rules of tables, which types and drop correct. target: the
    column of it, or the attribute of NetworkX nodes, that is the label. directed: whether the edges of an edge list run
    from source to target alone.

    Raises DataError for anything that cannot be read or is too little: one sentence, with the remedy.
    """
    given = [given] if isinstance(given, str) else given
    raw, text = read_graph(source, nodes, target, types, drop, directed) or read_source(source, seed)
    if isinstance(raw, (GraphData, Interactions)):
        told = {"given": given, "types": types, "drop": drop, "group": group, "time": time}
        return _of_graph(raw, text, seed, told, {"nodes": nodes, "target": target, "directed": directed or None})
    if len(raw.items) < FEWEST:
        n = len(raw.items)
        raise DataError(
            f"{text} holds {n} item{'s' * (n != 1)}: at least {FEWEST} are needed to train, validate and test"
        )
    chosen = {"given": given, "types": types, "drop": drop, "group": group, "time": time}
    options = {name: value for name, value in chosen.items() if value is not None}
    load = _load_pictures if raw.is_pictures else _load_table
    domain, items, digest, notes = load(raw, options, seed)
    return Data(raw.name, domain, items, digest, text, raw.licence, raw.log_density, options, notes)


def _of_graph(
    data: GraphData | Interactions, text: str, seed: int, told: dict, graph_options: dict
) -> GraphData | Interactions:
    """data with what `load_data` was told. Raises DataError for options that are for tables or pictures alone."""
    fits = ("types", "drop") if getattr(data, "table", None) is not None else ()
    wrong = [name for name, value in told.items() if value and name not in fits]
    if wrong:
        where = "a table" if wrong[0] in ("types", "drop") else "tables and pictures"
        raise DataError(f"{text} is a graph, and {wrong[0]} is for {where}: leave it out")
    options = {name: value for name, value in {**told, **graph_options}.items() if value is not None}
    if "nodes" in options:
        options["nodes"] = str(options["nodes"]) if isinstance(options["nodes"], (str, Path)) else "DataFrame"
    data.seed, data.source, data.options = seed, text, options
    return data


def _load_pictures(raw: Raw, options: dict, seed: int):
    from ..domains.images import Images, sort_names
    from ..domains.pictures import Pictures, picture_keys

    if any(value for name, value in options.items() if name != "given"):
        raise DataError(
            f"{raw.name} holds pictures: types and drop, group and time are for the columns of a table, leave them out"
        )
    given = options.get("given")
    wrong = [name for name in given or () if name != "label" or raw.labels is None]
    if wrong:
        have = "the only one is 'label'" if raw.labels is not None else "they have no labels"
        raise DataError(f"{raw.name} has no variable {wrong[0]!r} to condition on: {have}")
    keys = picture_keys(raw.items)
    parts = split(keys, raw.labels, raw.parts, seed)
    labels = None if given is not None and not given else raw.labels
    values = {} if labels is None else {"label": labels}
    pictures = Pictures(raw.items, values)
    items = {part: pictures[parts == part] for part in PARTS}
    names = None if labels is None else raw.names or sort_names(labels)
    domain = Images.fit(
        items["train"], items["train"].given.get("label"), names, raw.notes, raw.levels, raw.width, count=len(pictures)
    )
    notes = far_from_share(parts, raw.parts, keys, "pictures", "are equal")
    return domain, items, _digest(keys, raw.labels, parts), notes


def _load_table(raw: Raw, options: dict, seed: int):
    from ..domains.frames import check_rows
    from ..domains.tables import Tables, as_frame, row_keys

    check_rows(len(raw.items), "the table")
    frame = as_frame(raw.items)
    given, types = list(options.get("given", raw.given)), options.get("types", {})
    group = options.get("group")
    unmodelled = [group] if group is not None and group not in (*given, *types) else []
    drop = [*raw.drop, *options.get("drop", ()), *unmodelled]
    settled, notes = _named_split(raw, frame, group, options.get("time"), seed)
    whole = Tables.fit(raw.items, given=given, types=types, drop=drop)
    keys = row_keys(frame[whole.spec.names + whole.given.names])  # rows that differ in an identifier only are equal
    holes = frame.isna()
    # a stratum of their own, so that training sees that such cells may be missing
    rare = holes.loc[:, holes.sum() < RARE].any(axis=1).to_numpy()
    parts = split(keys, rare, settled, seed)
    items = {part: raw.items[parts == part].reset_index(drop=True) for part in PARTS}
    domain = Tables.fit(items["train"], given=given, types=types, drop=drop)
    notes = notes + far_from_share(parts, settled, keys, "rows", "are equal")
    return domain, items, _digest(keys, None, parts), notes


def _named_split(raw: Raw, frame: pd.DataFrame, group: str | None, time: str | None, seed: int):
    """Parts (n,) that are settled by the source, by groups or by time, or None; and what to say of them."""
    from ..domains.frames import require_column
    from ..domains.row_times import row_times
    from ..domains.tables import row_keys

    named = [(what, column) for what, column in (("group", group), ("time", time)) if column is not None]
    if not named:
        return raw.parts, []
    if len(named) == 2:
        raise DataError(f"group '{group}' and time '{time}' are two ways to split {raw.name}: name one of them")
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
    if cells.isna().any():
        row = cells.isna().idxmax()
        raise DataError(
            f"column '{column}', which names the group, is empty in row {row}: fill it or leave the row out"
        )
    groups = row_keys(frame[[column]])
    parts = split_groups(groups, seed, column)
    train, valid, test = (cells[parts == part].nunique() for part in PARTS)
    counts = f"split by `{column}`: {train:,} groups to train, {valid:,} to validate, {test:,} to test"
    return parts, [counts, *far_from_share(parts, None, groups, "rows", "are of one group")]


def read_items(source: str | Path, domain: Domain) -> tuple[Any, np.ndarray | None]:
    """Items from a name, a file or a folder, to score or to complete with a model of `domain`, which checks them later.

    The second part is `known`, bool, where the file holds it (an .npz of pictures); None says that it is up to the
    domain. Raises DataError for what cannot be read, or is of another kind than the model's data.
    """
    from ..domains.images import Images
    from ..domains.pictures import Pictures

    path, wants_pictures = Path(source).expanduser(), isinstance(domain, Images)
    if wants_pictures and path.exists() and str(source) not in NAMES:
        from .readers.picture_files import read_for

        if is_idx(path):
            x, labels = read_idx_pictures(path)
            return Pictures(x, {} if labels is None else {"label": labels}), None
        return read_for(domain, path)
    raw, _ = read_source(source, 0)
    if raw.is_pictures != wants_pictures:
        kinds = ("a table", "pictures") if wants_pictures else ("pictures", "a table")
        raise DataError(f"{source} holds {kinds[0]} and the model was trained on {kinds[1]}: name data of its kind")
    if raw.is_pictures:
        return Pictures(raw.items, {} if raw.labels is None else {"label": raw.labels}), None
    return raw.items, None


def _digest(keys: np.ndarray, labels: np.ndarray | None, parts: np.ndarray) -> str:
    digest = hashlib.blake2b(keys.astype("<u8").tobytes(), digest_size=16)
    digest.update(",".join(parts).encode())
    if labels is not None:
        digest.update(repr([str(label) for label in labels]).encode())
    return digest.hexdigest()
