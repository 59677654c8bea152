"""A graph in two tables: a list of edges, and the nodes that they join; or in the first alone.

edges    two columns that are called so, as `source` and `target`, else the first and the next that shares names with
         it: names of nodes; `weight`, where there is one; other columns of numbers are features of edges; or an
         adjacency matrix
nodes    a column `id` or `node`, else the first: the name of each; all others as in `node_tables`

Alone, a list of edges may be a text without a line of column names, with blanks between the names, and with lines that
begin with # or %, which are left out and counted.
"""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd

from ...core.account import Account
from ...core.errors import DataError
from ...core.graph import Graph
from ...core.limits import most_bytes, read_plain
from ...kinds.formats.forms import BINARY_TABLES
from ...kinds.formats.tables.binary_tables import read_binary_table
from ...kinds.formats.tables.delimited import DELIMITERS, MISSING, read_delimited
from ...kinds.formats.tables.file_form import NUMBER
from ...kinds.values.cells import read_numbers, row_number
from ...kinds.values.corrections import Corrections
from ...kinds.values.frames import with_names
from ...kinds.values.labels import label_texts
from ...kinds.values.reading import find_numbers
from ...kinds.values.typed_cells import typed_cells
from .adjacency import FEWEST, find_matrix
from .graph_data import GraphData, graph_of
from .graph_texts import EdgeRow, are_one_way, ends_of_table, find_ends, named_ends, quote_text, rows_of
from .node_columns import IDENTITY_NOTE, identity_features
from .node_tables import nodes_of

Table = str | os.PathLike | pd.DataFrame
ENDS, WEIGHT, NAMES = ("source", "target"), "weight", ("id", "node")
WHOLE_NUMBER = re.compile(r"0|-?[1-9]\d{0,17}")
BLANKS = 5  # lines of a matrix that may be empty, or say something above it
ONCE, BOTH_WAYS = 0.02, 0.9  # shares of edges with a reverse, at most and at least, in lists without a direction
PARSED = 8  # bytes of memory that a byte of a text may take once it is taken apart


def read_edge_list(
    edges: Table, nodes: Table, target: str | None, corrections: Corrections, directed: bool | None = None
) -> GraphData:
    """Reads a graph from a table of edges and a table of nodes.

    Raises DataError for edges to unknown nodes, nodes named twice, and tables that cannot be read so.

    Args:
        edges: path of a table, or a DataFrame.
        nodes: path of a table, or a DataFrame.
        target: column of labels of the nodes.
        corrections: Corrections of the columns.
        directed: whether edges run from the first node to the second alone; None where nobody said, which reads them
            both ways.
    """
    account = Account()
    table_name, edges = read_table(edges, "the edge list", account)
    if matrix := find_matrix(edges):
        edges, directed = matrix.edges(), True
        account.remarks.append(matrix.note)
    whose, nodes = read_table(nodes, "the node table", account)
    names = next((name for name in nodes.columns if str(name).lower() in NAMES), nodes.columns[0])
    ids = _names(nodes[names], f"column '{names}' of {whose}")
    repeated_ids = pd.Index(ids)[pd.Index(ids).duplicated()]
    if len(repeated_ids):
        raise DataError(
            f"{whose} names node '{repeated_ids[0]}' more than once in column '{names}': give each node one row"
        )
    ends = _ends(edges, table_name, account)
    at = [
        _find(
            _names(edges[end], f"column '{end}' of {table_name}"), ids, end, table_name, f"column '{names}' of {whose}"
        )
        for end in ends
    ]
    if directed is None and have_direction(ends, *at):
        account.remarks += _question(ends, at, False)
    graph, merged = _graph(edges, ends, at, len(ids), table_name, bool(directed))
    fitted = nodes_of(nodes.drop(columns=names), target, corrections)
    return GraphData(
        _stem(table_name), graph, fitted.x, fitted.y, fitted.classes, parts=fitted.parts, names=nodes[names].tolist(),
        table=fitted.table, columns=fitted.columns, account=account + fitted.account + merged,
    )  # fmt: skip


def read_lone_edges(edges: Table, directed: bool | None = None) -> GraphData:
    """Reads a graph from a table of edges alone. Nodes are those that edges name, in the order of their names, and each
    is its own feature.

    Args:
        edges: as in `read_edge_list`.
        directed: as in `read_edge_list`; where nobody said, the edges and the names of their columns decide.
    """
    account = Account()
    if isinstance(edges, (str, os.PathLike)):
        path = Path(edges).expanduser()
        binary = path.suffix.lower() in BINARY_TABLES
        table_name, edges = (
            read_table(path, "the edge list", account) if binary else (str(path), _text_edges(path, account))
        )
    else:
        table_name, edges = read_table(edges, "the edge list", account)
    if matrix := find_matrix(edges):
        return matrix.graph(_stem(table_name), account)
    ends = _ends(edges, table_name, account)
    ends_of = [_names(edges[end], f"column '{end}' of {table_name}") for end in ends]
    ids = sorted({*ends_of[0], *ends_of[1]}, key=order_of_name)
    place = {name: number for number, name in enumerate(ids)}
    at = [np.array([place[name] for name in names]) for names in ends_of]
    if directed is None:
        directed = have_direction(ends, *at)
        account.remarks += _question(ends, at, directed)
    graph, merged = _graph(edges, ends, at, len(ids), table_name, directed)
    are_whole = all(pd.api.types.is_integer_dtype(edges[end]) for end in ends)
    names = [int(name) for name in ids] if are_whole else ids
    account = Account(remarks=[IDENTITY_NOTE]) + account + merged
    return GraphData(_stem(table_name), graph, identity_features(len(ids)), names=names, account=account)


def _text_edges(path: Path, account: Account) -> pd.DataFrame:
    """A text of edges as a table, or of an adjacency matrix. account: is told what is odd about it."""
    content = read_content(path)
    if _is_square(content):
        with suppress(DataError):  # whoever reads edges says what is wrong
            table = read_delimited(path)
            if find_matrix(table.items):
                account.remarks += table.notes
                return table.items
    edges, has_names = cut_lines(content, account, lambda rows: not _is_edge(rows))
    if not edges:
        raise DataError(f"'{path}' holds no edge: give it a line for each, as in source,target")
    for row in edges:
        if len(row.cells) < 2:
            raise DataError(
                f"{path}, line {row.number}: {quote_text(row.line)} is no edge, which is two names and perhaps a "
                "weight: correct it"
            )
    rows = [row.cells for row in edges]
    if len({len(row) for row in rows}) > 1:
        account.remarks.append("what stands behind two names is left out, since not every line has it")
        rows = [row[:2] for row in rows]
    names, columns = rows[0], list(zip(*rows[has_names:]))
    if not columns:
        raise DataError(f"'{path}' has a line of column names and no edges below it: give it some")
    ends = find_ends(names if has_names else (), columns)
    if not has_names:
        account.remarks.append("the first line is an edge: it names no columns")
        names = [*ENDS, WEIGHT, *(f"column {j}" for j in range(4, len(names) + 1))][: len(names)]
        names[1], names[ends[1]] = names[ends[1]], names[1]
    columns = {name: _cells(cells, j not in ends) for j, (name, cells) in enumerate(zip(names, columns))}
    if len(columns) < len(names):
        raise DataError(f"'{path}' has two columns of one name: rename one of them")
    table = pd.DataFrame(columns)
    is_weight = WEIGHT not in table.columns or pd.api.types.is_numeric_dtype(table[WEIGHT])
    return table if is_weight or has_names else table.rename(columns={WEIGHT: "column 3"})


def cut_lines(
    content: bytes, account: Account, is_named: Callable[[list[list[str]]], bool]
) -> tuple[list[EdgeRow], bool]:
    """Cuts the lines of a text of edges into cells. Returns them, and whether the first names columns.

    Args:
        content: The text as bytes.
        account: Gains the number of comments.
        is_named: As in `rows_of`.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    rows, has_names, comments = rows_of(text, is_named)
    account.see("comments", comments)
    return rows, has_names


def read_content(path: Path) -> bytes:
    """Reads the bytes of a text of edges, within its limits."""
    return bytes(read_plain(path, f"'{path}'", maximum=most_bytes() // PARSED))


def _is_square(content: bytes) -> bool:
    """Whether a text has about as many lines as cells in the first."""
    cells = max(content.partition(b"\n")[0].count(delimiter.encode()) for delimiter in DELIMITERS)
    return cells >= FEWEST and abs(content.count(b"\n") - cells) <= BLANKS


def _is_edge(rows: list[list[str]]) -> bool:
    """Whether the first row names nodes, not columns: a node that another row names too, or a number above numbers."""
    head, other_rows = rows[0], rows[1:]
    if named_ends(head):
        return False
    nodes = {name for row in other_rows for name in row[:2]}
    numbers = [j for j in range(2, min(map(len, rows))) if all(NUMBER.fullmatch(row[j]) for row in other_rows)]
    is_number = [NUMBER.fullmatch(head[j]) is not None for j in numbers]
    return not other_rows or not nodes.isdisjoint(head[:2]) or (bool(is_number) and all(is_number))


def _cells(texts: tuple[str, ...], allow_names: bool) -> pd.Series:
    """Names of nodes, as whole numbers where they all are; beside them numbers, where all are."""
    cells = pd.Series(texts, dtype=object)
    cells = cells.mask(cells.isin(MISSING if allow_names else {""}))
    known = cells.dropna()
    if known.map(lambda text: bool((NUMBER if allow_names else WHOLE_NUMBER).fullmatch(text))).all():
        return typed_cells(cells.fillna(""), decimal_comma=True)
    return cells


def order_of_name(name: str) -> tuple:
    """Returns a key that sorts names of nodes: numbers by their size, before words."""
    return (0, int(name), name) if name.isascii() and name.isdigit() and len(name) < 19 else (1, 0, name)


def _ends(edges: pd.DataFrame, table_name: str, account: Account) -> list:
    """The columns that hold the two ends of each edge."""
    if edges.shape[1] < 2:
        raise DataError(
            f"{table_name} has one column, '{edges.columns[0]}': an edge list names two nodes a line, as in "
            "source,target"
        )
    ends = [edges.columns[j] for j in ends_of_table(edges)]
    if ends != list(edges.columns[:2]):
        account.remarks.append(f"edges join the nodes in columns `{ends[0]}` and `{ends[1]}`")
    return ends


def share_returned(source: np.ndarray, target: np.ndarray) -> float:
    """Computes the share of different edges, without loops, whose reverse is an edge too; 1 where there are none."""
    pairs = np.unique(np.stack([source, target], 1)[source != target], axis=0)
    if not len(pairs):
        return 1.0
    nodes = int(pairs.max()) + 1
    return float(np.isin(pairs[:, 1] * nodes + pairs[:, 0], pairs[:, 0] * nodes + pairs[:, 1]).mean())


def have_direction(ends: list, source: np.ndarray, target: np.ndarray) -> bool:
    """Tells whether edges run one way, as far as a list of them shows. An undirected list has each edge once, or nearly
    each both ways; names of columns such as `from` and `to` speak for a direction.

    Args:
        ends: Names of the two columns.
        source, target: (n,) numbers of the nodes.
    """
    share = share_returned(source, target)
    return share < BOTH_WAYS and (share > ONCE or are_one_way(ends))


def _question(ends: list, at: list[np.ndarray], directed: bool) -> list[str]:
    """Asks for the direction of edges of which some have no reverse."""
    share = share_returned(*at)
    if share >= BOTH_WAYS:
        return []
    first, second = (f"`{end}`" for end in ends)
    reading = "one way: links are then predicted with their direction" if directed else "both ways"
    other, sense = ("undirected", "both ways") if directed else ("directed", "one way, which links predict")
    return [
        f"Do edges run from {first} to {second} alone? {share:.0%} have their reverse. genwright reads them {reading}. "
        f"--{other} ({other}=True) reads them {sense}."
    ]


def _graph(
    edges: pd.DataFrame, ends: list, at: list[np.ndarray], nodes: int, table_name: str, directed: bool
) -> tuple[Graph, Account]:
    """at: the numbers of the nodes at both ends."""
    weight = next((name for name in edges.columns if str(name).lower() == WEIGHT and name not in ends), None)
    attributes = [name for name in edges.columns if name not in (*ends, weight)]
    numeric = [name for name in attributes if pd.api.types.is_numeric_dtype(edges[name])]
    number = lambda name: read_numbers(edges[name], name)
    if weight is not None and (weights := find_numbers(edges[weight])) is None:
        raise DataError(
            f"column '{weight}' of {table_name} holds words: a weight is a number, so correct it or rename the column"
        )
    features = np.stack([number(name) for name in numeric], 1) if numeric else None
    graph, account = graph_of(table_name, *at, nodes, None if weight is None else weights, features, directed)
    account.see("columns of edges without numbers", [name for name in attributes if name not in numeric])
    return graph, account


def read_table(source: Table, table_name: str, account: Account) -> tuple[str, pd.DataFrame]:
    """Reads a table of edges or nodes. Returns its name in messages, and its rows.

    Args:
        source: Path of the table, or a DataFrame.
        table_name: What messages call a DataFrame.
        account: Gains what the reader of a file says and asks.
    """
    if isinstance(source, pd.DataFrame):
        if source.empty:
            raise DataError(
                f"{table_name} is empty, with {len(source)} rows and {source.shape[1]} columns: give it at least "
                "one of each"
            )
        return table_name, with_names(source).reset_index(drop=True)
    if not isinstance(source, (str, os.PathLike)):
        raise DataError(f"{table_name} is a {type(source).__name__}: pass a DataFrame, or the path of a table")
    path = Path(source).expanduser()
    if path.is_dir():
        raise DataError(f"{path} is a folder, not {table_name}: name a .csv, .csv.gz, .parquet or .xlsx file")
    sheet = read_binary_table(path) if path.suffix.lower() in BINARY_TABLES else read_delimited(path)
    account.remarks += [*sheet.notes, *(question.text for question in sheet.asked)]
    return str(path), sheet.items


def _names(cells: pd.Series, place: str) -> list[str]:
    """Names of nodes as they are compared: 7, "7" and " 7" are one."""
    if cells.isna().any():
        raise DataError(
            f"{place} is empty in row {row_number(cells.isna().idxmax())}: name the node, or leave the row out"
        )
    return [name.strip() for name in label_texts(cells)]


def _find(names: list[str], ids: list[str], end: str, table_name: str, place: str) -> np.ndarray:
    at = pd.Index(ids).get_indexer(names)
    unknown = [name for name, i in zip(names, at) if i < 0]
    if len(unknown) == len(names):
        raise DataError(
            f"none of the nodes in column '{end}' of {table_name} stands in {place} ('{names[0]}' does not, for "
            "one): name the nodes alike in both"
        )
    if unknown:
        raise DataError(
            f"{table_name} has an edge to node '{unknown[0]}', which is not in {place}: add it there, or leave "
            "the edge out"
        )
    return at


def _stem(table_name: str) -> str:
    return Path(table_name).name.split(".")[0] if table_name != "the edge list" else "graph"
