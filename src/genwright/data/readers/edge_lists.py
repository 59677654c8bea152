"""A graph in two tables: a list of edges, and the nodes that they join.

edges    a column `source` and a column `target`, else the first two: names of nodes; `weight`, where there is one;
         other columns
         of numbers are features of edges
nodes    a column `id` or `node`, else the first: the name of each; all others as in `node_tables`
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...core.errors import DataError
from ...graphs.graph_data import GraphData
from ...graphs.node_columns import texts
from ..edges import graph_of
from .delimited import read_table
from .node_tables import nodes_of

ENDS, WEIGHT, NAMES = ("source", "target"), "weight", ("id", "node")


def read_edge_list(
    edges: Any, nodes: Any, target: str | None, types: dict | None, drop: list[str] | None, directed: bool
) -> GraphData:
    """edges, nodes: a path of a table or a DataFrame. directed: whether edges run from the first node to the second
    alone.

    Raises DataError for edges to unknown nodes, nodes named twice, and tables that cannot be read so.
    """
    what, edges = _table(edges, "the edge list")
    whose, nodes = _table(nodes, "the node table")
    names = next((name for name in nodes.columns if str(name).lower() in NAMES), nodes.columns[0])
    ids = _names(nodes[names], f"column '{names}' of {whose}")
    twice = pd.Index(ids)[pd.Index(ids).duplicated()]
    if len(twice):
        raise DataError(f"{whose} names node '{twice[0]}' more than once in column '{names}': give each node one row")
    ends = [next((name for name in edges.columns if str(name).lower() == end), None) for end in ENDS]
    if None in ends:
        if edges.shape[1] < 2:
            raise DataError(
                f"{what} has one column, '{edges.columns[0]}': an edge list names two nodes a line, as in source,target"
            )
        ends = list(edges.columns[:2])
    at = [
        _find(_names(edges[end], f"column '{end}' of {what}"), ids, end, what, f"column '{names}' of {whose}")
        for end in ends
    ]
    weight = next((name for name in edges.columns if str(name).lower() == WEIGHT and name not in ends), None)
    others = [name for name in edges.columns if name not in (*ends, weight)]
    taken = [name for name in others if pd.api.types.is_numeric_dtype(edges[name])]
    number = lambda name: edges[name].to_numpy(np.float64, na_value=np.nan)
    if weight is not None and not pd.api.types.is_numeric_dtype(edges[weight]):
        raise DataError(
            f"column '{weight}' of {what} holds words: a weight is a number, so correct it or rename the column"
        )
    features = np.stack([number(name) for name in taken], 1) if taken else None
    graph, notes = graph_of(what, *at, len(ids), None if weight is None else number(weight), features, directed)
    words = [str(name) for name in others if name not in taken]
    notes += [f"columns of edges left out, since they hold no numbers: {', '.join(words)}"] * bool(words)
    found = nodes_of(nodes.drop(columns=names), target, types, drop)
    return GraphData(
        _stem(what),
        graph,
        found.x,
        found.y,
        found.classes,
        parts=found.parts,
        names=nodes[names].tolist(),
        table=found.table,
        columns=found.columns,
        notes=[*found.notes, *notes],
    )


def _table(source: Any, what: str) -> tuple[str, pd.DataFrame]:
    if isinstance(source, pd.DataFrame):
        if source.empty:
            raise DataError(
                f"{what} is empty, with {len(source)} rows and {source.shape[1]} columns: give it at least one of each"
            )
        return what, source.reset_index(drop=True)
    if not isinstance(source, (str, os.PathLike)):
        raise DataError(f"{what} is a {type(source).__name__}: pass a DataFrame, or the path of a table")
    path = Path(source).expanduser()
    if path.is_dir():
        raise DataError(f"{path} is a folder, not {what}: name a .csv, .csv.gz, .parquet or .xlsx file")
    if path.suffix.lower() in (".parquet", ".xlsx"):
        from .parquet_excel import read_engine_table

        return str(path), read_engine_table(path)
    return str(path), read_table(path)


def _names(cells: pd.Series, where: str) -> list[str]:
    """Names of nodes as they are compared: 7 and "7" are one."""
    if cells.isna().any():
        raise DataError(
            f"{where} is empty in row {cells.isna().idxmax()} (counted from 0): name the node, or leave the row out"
        )
    return texts(cells)


def _find(names: list[str], ids: list[str], end: str, what: str, where: str) -> np.ndarray:
    at = pd.Index(ids).get_indexer(names)
    unknown = [name for name, i in zip(names, at) if i < 0]
    if len(unknown) == len(names):
        raise DataError(
            f"none of the nodes in column '{end}' of {what} stands in {where} ('{names[0]}' does not, for one): name "
            "the nodes alike in both"
        )
    if unknown:
        raise DataError(
            f"{what} has an edge to node '{unknown[0]}', which is not in {where}: add it there, or leave the edge out"
        )
    return at


def _stem(what: str) -> str:
    return Path(what).name.split(".")[0] if what != "the edge list" else "graph"
