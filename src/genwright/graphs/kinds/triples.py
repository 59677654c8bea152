"""A graph whose edges have types, as triples (head, relation, tail): the form of knowledge graphs.

one source    a table, a text without a line of column names, or an array (n, 3) in an .npz
a split       a folder of train, valid and test files, or an .npz with arrays of these names

Columns are found by their names, as in head,relation,tail. Without names, the relation is the column that shares no
name with both others, else the one of fewest names, else the one in the middle.
"""

import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from ...core.account import Account
from ...core.errors import DataError
from ...core.graph import from_edges
from ...core.limits import read_plain_head
from ...kinds.formats.forms import BINARY_TABLES, name_of
from ...kinds.values.cells import row_number
from ...kinds.values.labels import label_texts
from .edge_lists import Table, cut_lines, order_of_name, read_content, read_table
from .graph_data import GraphData, Triples
from .graph_texts import columns_of_triples, named_triple, quote_text
from .node_columns import identity_features

COLUMNS = ("head", "relation", "tail")
ORDER = ("", "train", "valid", "test")  # of parts
PART = re.compile(r"(?i)(?:.*[_.-])?(train|training|valid|validation|val|dev|test)")
PARTS = {"train": "train", "training": "train", "test": "test"}  # all others validate
SUFFIXES = (".txt", ".tsv", ".csv", ".txt.gz", ".tsv.gz", ".csv.gz")
GLANCE = 1 << 14  # bytes of a file by which a folder of triples is recognised


def is_triple_folder(path: Path) -> bool:
    """Tells whether a folder holds a split of triples: files such as train.txt and test.txt, each line of which has
    three cells between tabs."""
    files = find_parts(path)
    if "train" not in files or len(files) < 2:
        return False
    lines = [read_plain_head(file, GLANCE).split(b"\n")[:-1] for file in files.values()]
    return all(part and all(line.count(b"\t") == 2 for line in part if line.strip()) for part in lines)


def find_parts(folder: Path) -> dict[str, Path]:
    """Finds the files of a split in a folder, by part.

    Raises DataError for two files of one part.

    Args:
        folder: The folder.
    """
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.name.lower().endswith(SUFFIXES) and (found := PART.fullmatch(name_of(path))):
            part = PARTS.get(found[1].lower(), "valid")
            if part in files:
                raise DataError(f"{folder} has two files to {part}, {files[part].name} and {path.name}: keep one")
            files[part] = path
    return files


def read_triples(source: Table) -> GraphData:
    """Reads a graph with typed edges.

    Raises DataError for a source without three columns, and for an end or a relation without a name.

    Args:
        source: Path of a file or a folder, or a DataFrame.
    """
    account = Account()
    if isinstance(source, (str, os.PathLike)):
        path = Path(source).expanduser()
        name, frames = path.name.split(".")[0] or "triples", _frames_of_path(path, account)
    else:
        name, frames = "triples", {"": read_table(source, "the table of triples", account)[1]}
    blocks = []
    for part, frame in frames.items():
        place = f"{name} ({part})" if part else name
        columns = _columns(frame, place, account)
        names = {called: _names(frame.iloc[:, j], place) for called, j in zip(COLUMNS, columns)}
        blocks.append(pd.DataFrame(names).assign(part=part))
    is_split = len(frames) > 1
    return _number(name, _once(pd.concat(blocks, ignore_index=True), is_split, account), is_split, account)


def _frames_of_path(path: Path, account: Account) -> dict[str, pd.DataFrame]:
    """{part, or "": triples} of a file, an archive of arrays or a folder."""
    if path.is_dir():
        files = find_parts(path)
        if "train" not in files:
            raise DataError(f"{path} has no file of triples to train, such as train.txt: add it, or name one file")
        return {part: _frame(file, account) for part, file in files.items()}
    if path.suffix.lower() == ".npz":
        from ...kinds.formats.numpy_arrays import read_arrays

        arrays = read_arrays(path)
        by_part = {PARTS.get(found[1].lower(), "valid"): array for name, array in arrays.items()
                   if (found := PART.fullmatch(name))}  # fmt: skip
        triples = {part: _array_frame(array, path) for part, array in by_part.items() if np.ndim(array) == 2}
        alone = [name for name, array in arrays.items() if np.ndim(array) == 2 and np.shape(array)[1] == 3]
        if "train" not in triples and len(alone) != 1:
            raise DataError(f"{path} has {len(alone)} arrays (n, 3) and none called train: name one, or three parts")
        account.see("arrays", [name for name in arrays if not triples and name not in alone])
        return triples if "train" in triples else {"": _array_frame(arrays[alone[0]], path)}
    return {"": _frame(path, account)}


def _array_frame(array: np.ndarray, path: Path) -> pd.DataFrame:
    if np.shape(array)[1] != 3:
        raise DataError(f"{path} has an array of shape {np.shape(array)}: triples are an array (n, 3)")
    return pd.DataFrame(array)


def _frame(path: Path, account: Account) -> pd.DataFrame:
    if path.name.lower().endswith(BINARY_TABLES):
        return read_table(path, "the triples", account)[1]
    rows, has_names = cut_lines(read_content(path), account, lambda rows: not _is_triple(rows))
    names = rows[0].cells if has_names else []
    rows = rows[has_names:]
    if not rows:
        raise DataError(f"'{path}' holds no triple: give it a line for each, as in head,relation,tail")
    width = len(names) or min(len(row.cells) for row in rows)
    short = next((row for row in rows if len(row.cells) < max(width, 3)), None)
    if short is not None:
        raise DataError(
            f"{path}, line {short.number}: {quote_text(short.line)} is no triple, which is a head, a relation and a "
            "tail: correct it"
        )
    frame = pd.DataFrame([row.cells[:width] for row in rows], dtype=object, index=[row.number - 1 for row in rows])
    return frame.set_axis(names, axis=1) if names else frame


def _is_triple(rows: list[list[str]]) -> bool:
    """Whether the first row is a triple, not names of columns: another row has one of its names in the same place."""
    head, others = rows[0], rows[1:]
    if named_triple(head):
        return False
    return not others or any({row[j] for row in others if j < len(row)} & {head[j]} for j in range(min(3, len(head))))


def _columns(frame: pd.DataFrame, place: str, account: Account) -> list[int]:
    if frame.shape[1] < 3:
        raise DataError(f"{place} has {frame.shape[1]} columns: a triple has a head, a relation and a tail")
    columns = columns_of_triples(frame)
    if columns != [0, 1, 2]:
        names = [f"`{frame.columns[j]}`" for j in columns]
        account.remarks.append(f"columns {names[0]}, {names[1]} and {names[2]} are head, relation and tail")
    account.see("columns", [frame.columns[j] for j in range(frame.shape[1]) if j not in columns])
    return columns


def _names(cells: pd.Series, place: str) -> np.ndarray:
    """Names as they are compared, (n,) of texts."""
    texts = pd.Series([name.strip() for name in label_texts(cells.dropna())], index=cells.dropna().index, dtype=object)
    if len(texts) < len(cells) or (texts == "").any():
        bad = cells.index[cells.isna() | ~cells.index.isin(texts.index[texts != ""])][0]
        raise DataError(
            f"column '{cells.name}' of {place} is empty in row {row_number(bad)}: name it, or leave the triple out"
        )
    return texts.to_numpy()


def _once(table: pd.DataFrame, is_split: bool, account: Account) -> pd.DataFrame:
    """Keeps each triple once, in the first part that has it, and drops those that nothing in training tells of."""
    table = table.iloc[np.argsort(table.part.map(list(ORDER).index).to_numpy(), kind="stable")]
    repeats = table.duplicated([*COLUMNS, "part"])
    account.merge(int(repeats.sum()), len(table), "triple")
    table = table[~repeats]
    known = table.duplicated([*COLUMNS])
    account.leave_out(int(known.sum()), "triple", "another part of the split has them too", len(table))
    table = table[~known]
    if not is_split:
        return table
    train = table[table.part == "train"]
    entities = {*train["head"], *train["tail"]}
    is_told = table["head"].isin(entities) & table["tail"].isin(entities) & table["relation"].isin(train["relation"])
    account.leave_out(int((~is_told).sum()), "triple", "training has not their entities or relation", len(table))
    return table[is_told]


def _number(name: str, table: pd.DataFrame, is_split: bool, account: Account) -> GraphData:
    """Numbers the entities and relations of a table of head, relation, tail and part."""
    if table.empty:
        raise DataError(f"{name} holds no triple to train: give it a line for each, as in head,relation,tail")
    entities = sorted({*table["head"], *table["tail"]}, key=order_of_name)
    relations = sorted({*table["relation"]}, key=order_of_name)
    lone_count = int((table["relation"].value_counts() == 1).sum())
    if lone_count:
        account.remarks.append(f"{lone_count:,} of {len(relations):,} relations stand in one triple each")
    if len(relations) == 1:
        account.remarks.append("there is one relation: --task links learns edges of one type too")
    places = [pd.Index(known).get_indexer(table[column]) for column, known in
              zip(COLUMNS, (entities, relations, entities))]  # fmt: skip
    ends = torch.from_numpy(np.stack(places, 1).astype(np.int64))
    triples = Triples(ends, tuple(relations), table.part.to_numpy(str) if is_split else None)
    graph = from_edges(ends[:, 0], ends[:, 2], len(entities)).with_weight(None)
    names = [int(entity) for entity in entities] if all(map(_is_number, entities)) else entities
    return GraphData(name, graph, identity_features(len(entities)), names=names, triples=triples, account=account)


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and str(int(name)) == name and len(name) < 19
