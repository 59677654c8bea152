"""The citation graphs as Yang, Cohen & Salakhutdinov (2016) published them: files ind.NAME.part, all but one pickled by
Python 2.

    x, y          features and labels of the training nodes, which come first
    allx, ally    of all nodes but those of the test
    tx, ty        of the test nodes, in the order of test.index
    graph         {node: [neighbours]}
    test.index    the test nodes, a number a line; Citeseer's leave out 15, which have no features and no label

Opening a pickle can run any program, or hash for ever. Here its operations are read one by one and nothing of it is
ever called: every name stands for an empty shell that keeps what it is given, operations and names that these files do
not need are refused, and arrays are read from the bytes in the shells.
"""

from __future__ import annotations

import pickletools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...core.errors import DataError, briefly
from ...core.graph import Graph, from_edges, undirected, without_self_loops
from ...core.limits import MOST_FEATURES, read_plain
from ...graphs.features import SparseRows
from ...graphs.graph_data import UNKNOWN, GraphData
from ..named.download import cached, digest

PICKLED = ("x", "y", "tx", "ty", "allx", "ally", "graph")
VALID = 500  # nodes after the training nodes
DTYPES = ("i1", "i4", "i8", "f4", "f8", "b1")
SHA256 = {
    "ind.cora.allx": "9419ba2f26f5c35243db64aba110e0f35a04851609e0dc5433450676ca6b8543",
    "ind.cora.ally": "2b998f5cc7fedc86e7f97ca2498f47a1ffc1462c29e2d578b23bf3f62b6e7d71",
    "ind.cora.graph": "58f13302f39dde8852dad6fe6d15b89b077b6d7f837626bce671ef80344b383d",
    "ind.cora.test.index": "297ce89af2b51a6a194181c7dbe1796c6a1cf9cd9349a88383b1b1e227867875",
    "ind.cora.tx": "b9afbaa4a400df991f6f02ef677e1e44da55ffc04801fd02f9e673987829226a",
    "ind.cora.ty": "41f5ac76596a1699cc33f53084a2419e92961c42bb75f36fc38e616d348532ad",
    "ind.cora.x": "23cfa55d91c6f624233f5eb7b6e3f141f1bd2b2ae39608a63cf5d084bb27baab",
    "ind.cora.y": "94465c14eb53e04ca262198dcbb2521ee8af60fb3f3d546cd6ca24a511b0e7d1",
    "ind.citeseer.allx": "2ac30345d95c9ec933a817ee0bdd6a5f077f8c184a20e696910192d534414668",
    "ind.citeseer.ally": "f704b2d986dde6c2669934de1f3ae5696a6cf9455c0f6b2646a2d135ea0a1c95",
    "ind.citeseer.graph": "d79a4ef9d3e7169aee8946145f6b7306e35bc79bffad26346cfb94e10e9912a7",
    "ind.citeseer.test.index": "2af990671580b6b2df5d158d1038f8292e30c9cd821b5453f399659b25b723d4",
    "ind.citeseer.tx": "539a8906a2da97628d212f2fdd668c109a8b3f0d36574b59e5d3fd5b5303da21",
    "ind.citeseer.ty": "55e5bd1ba1e733a04598753ad1a8d57957f4b8f89e74519f41f4f4938767e4ce",
    "ind.citeseer.x": "d20de19150741e555de0ed037195630fc194114ebc7fd72ced62810148aa22f6",
    "ind.citeseer.y": "8ba87e515d8e3ee3cf52f6d2c5b86aa73f11ecad825a808455209ec26cd54924",
}


def planetoid_set(name: str) -> GraphData:
    """From planetoid/ind.NAME.* in $GENWRIGHT_DATA or the cache, where a checksum proves those files that are known."""
    return read_planetoid(cached(f"planetoid/ind.{name}.graph").parent, name, SHA256)


def read_planetoid(folder: Path, name: str, sha256: dict[str, str] | None = None) -> GraphData:
    """The public split: training nodes are the rows of x, validation the next 500, test those of test.index.

    sha256: of files that must have it. Raises DataError where a file is missing, damaged, or holds what such files do
    not.
    """
    path = {part: folder / f"ind.{name}.{part}" for part in (*PICKLED, "test.index")}
    raw = {part: _bytes(place, (sha256 or {}).get(place.name)) for part, place in path.items()}
    found = {part: _unpickle(raw[part], path[part]) for part in PICKLED}
    x, tx, allx = (_matrix(found[part], path[part]) for part in ("x", "tx", "allx"))
    y, ty, ally = (_array(found[part], path[part], 2) for part in ("y", "ty", "ally"))
    try:
        order = np.array(raw["test.index"].split(), dtype=np.int64)
    except (ValueError, OverflowError) as error:
        raise DataError(
            f"{path['test.index']} is no list of node numbers ({briefly(error)}): fetch the file again"
        ) from error
    fit = (
        len(x) == len(y)
        and len(tx) == len(ty) == len(order)
        and len(allx) == len(ally)
        and tx.shape[1] == allx.shape[1]
    )
    fit = fit and y.shape[1] == ty.shape[1] == ally.shape[1] and len(np.unique(order)) == len(order) > 0
    if not fit or order.min() < len(allx) or order.max() >= len(allx) + 2 * len(order):
        raise DataError(f"the files ind.{name}.* in {folder} do not fit together: fetch all eight from one source")
    nodes = int(order.max()) + 1
    labels = np.zeros((nodes, y.shape[1]), np.int64)
    labels[: len(ally)], labels[order] = ally, ty
    where = torch.cat([torch.arange(len(allx)), torch.as_tensor(order)])
    words = (allx.words, tx.words)
    row = where.repeat_interleave(torch.cat([part.degree for part in words]))
    column, value = (torch.cat([getattr(part, what) for part in words]) for what in ("source", "values"))
    features = from_edges(column, row, nodes, value, columns=allx.shape[1])
    known = labels.sum(1) > 0
    parts = np.full(nodes, "", dtype="<U5")
    parts[: len(x)], parts[len(x) : len(x) + VALID], parts[order] = "train", "valid", "test"
    return GraphData(
        name,
        _links(found["graph"], nodes, path["graph"]),
        SparseRows(features),
        torch.as_tensor(np.where(known, labels.argmax(1), UNKNOWN)),
        tuple(str(k) for k in range(y.shape[1])),
        parts=parts,
    )


def _links(found, nodes: int, path: Path) -> Graph:
    """Both directions of every citation, once, without citations of oneself."""
    ok = isinstance(found, dict) and all(_is_node(i) and type(js) is list for i, js in found.items())
    ok = ok and sum(map(len, found.values())) <= path.stat().st_size  # else one list stands for many nodes
    if not (ok and all(_is_node(j) for js in found.values() for j in js)):
        raise DataError(f"{path} holds no lists of neighbours: fetch the file again")
    source = [i for i, js in found.items() for _ in js]
    target = [j for js in found.values() for j in js]
    graph = from_edges(torch.tensor(source, dtype=torch.long), torch.tensor(target, dtype=torch.long), nodes)
    return without_self_loops(undirected(graph.with_weight(None)))


def _is_node(i) -> bool:
    return type(i) is int and abs(i) < 2**62


# ---------------------------------------------------------------------- pickles, of which nothing is run


@dataclass
class _Shell:
    """Stands for a class or a function of the pickle, by its name, and for what it would make: it keeps its arguments
    and its state."""

    name: str
    arguments: tuple = ()
    state: Any = None


NEEDED = (
    "scipy.sparse.csr csr_matrix",
    "numpy.core.multiarray _reconstruct",
    "numpy ndarray",
    "numpy dtype",
    "collections defaultdict",
    "__builtin__ list",
)
VALUES = ("BININT", "BININT1", "BININT2", "LONG1", "SHORT_BINSTRING", "BINSTRING", "NONE", "NEWTRUE", "NEWFALSE")
TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def _unpickle(raw: bytes, path: Path):
    """Object that the operations of such a file build, read one by one: Python's own reader of pickles never runs."""
    try:
        return _build(raw)
    except DataError as error:
        raise DataError(f"{path} {error}, which such a file does not need and which could run a program: it is "
                        "refused, fetch the file from "
                        "github.com/kimiyoung/planetoid") from None  # fmt: skip
    except Exception as error:  # a damaged pickle can fail in any way
        raise DataError(
            f"{path} is damaged or no file of Planetoid ({type(error).__name__}): fetch it again"
        ) from error


def _build(raw: bytes):
    """Keys of dictionaries are numbers or text, and nothing else is compared or hashed, however it is nested.

    Raises DataError for other operations and names, and any error where the operations make no sense.
    """
    stack, marks, memo = [], [], {}

    def since_mark() -> list:
        at = marks.pop()
        found = stack[at:]
        del stack[at:]
        return found

    for operation, argument, _ in pickletools.genops(raw):
        match operation.name:
            case "PROTO":
                pass
            case "STOP":
                return stack.pop()
            case name if name in VALUES:
                stack.append({"NONE": None, "NEWTRUE": True, "NEWFALSE": False}.get(name, argument))
            case "EMPTY_LIST":
                stack.append([])
            case "EMPTY_DICT":
                stack.append({})
            case "MARK":
                marks.append(len(stack))
            case "BINPUT" | "LONG_BINPUT":
                memo[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[argument])
            case "TUPLE":
                stack.append(tuple(since_mark()))
            case name if name in TUPLES:
                at = len(stack) - TUPLES[name]
                stack[at:] = [tuple(stack[at:])]
            case "APPEND":
                stack[-2].append(stack.pop())
            case "APPENDS":
                values = since_mark()
                stack[-1].extend(values)
            case "SETITEM" | "SETITEMS":
                if operation.name == "SETITEM":
                    marks.append(len(stack) - 2)
                values = since_mark()
                if type(stack[-1]) is not dict or any(type(key) not in (int, str) for key in values[::2]):
                    raise ValueError("no dictionary of numbers or text")
                stack[-1].update(zip(values[::2], values[1::2]))
            case "GLOBAL" if argument in NEEDED:
                stack.append(_Shell(argument))
            case "REDUCE" | "NEWOBJ":
                arguments, name = stack.pop(), stack.pop().name
                stack.append({} if name == "collections defaultdict" else _Shell(name, arguments))
            case "BUILD":
                state = stack.pop()
                stack[-1].state = state
            case name:
                raise DataError(
                    f"names {argument.replace(' ', '.')}" if name == "GLOBAL" else f"holds the operation {name}"
                )


def _array(found, path: Path, dimensions: int) -> np.ndarray:
    """The array whose state (version, shape, dtype, fortran order, bytes) a shell keeps."""
    try:
        _, shape, dtype, fortran, raw = found.state
        kind, order = dtype.arguments[0], dtype.state[1]
        if (
            dtype.name != "numpy dtype"
            or kind not in DTYPES
            or order not in ("<", ">", "|")
            or len(shape) != dimensions
        ):
            raise ValueError(kind, order, shape)
        return np.frombuffer(raw.encode("latin1"), order + kind).reshape(shape, order="F" if fortran else "C")
    except Exception as error:
        raise DataError(f"{path} holds no plain array of numbers: fetch the file again") from error


def _matrix(found, path: Path) -> SparseRows:
    """The rows of a compressed matrix (data, indices, indptr, shape) that a shell keeps."""
    is_csr = isinstance(found, _Shell) and found.name == "scipy.sparse.csr csr_matrix" and isinstance(found.state, dict)
    if not (is_csr and {"data", "indices", "indptr", "_shape"} <= found.state.keys()):
        raise DataError(f"{path} holds no matrix of compressed rows: fetch the file again")
    data, indices, ptr = (_array(found.state[part], path, 1) for part in ("data", "indices", "indptr"))
    match found.state["_shape"]:
        case (int(rows), int(columns)) if 0 <= columns <= MOST_FEATURES:
            pass
        case _:
            raise DataError(
                f"{path} holds a matrix whose shape is none, or of more than {MOST_FEATURES:,} columns: fetch the file "
                "again"
            )
    whole = (
        np.isfinite(data).all()
        and len(ptr) == rows + 1
        and ptr[0] == 0
        and ptr[-1] == len(indices) == len(data)
        and (np.diff(ptr) >= 0).all()
    )
    if not whole or (len(indices) and not 0 <= indices.min() <= indices.max() < columns):
        raise DataError(f"{path} holds a matrix that contradicts itself: fetch the file again")
    tensor = lambda a, kind: torch.as_tensor(a.astype(kind))
    return SparseRows(Graph(tensor(ptr, np.int64), tensor(indices, np.int64), int(columns), tensor(data, np.float32)))


def _bytes(path: Path, sha256: str | None) -> bytes:
    if not path.exists():
        raise DataError(f"{path.parent} holds no {path.name}: put all eight files of the set there")
    raw = bytes(read_plain(path))
    if sha256 is not None and digest(raw) != sha256:
        raise DataError(f"{path} is damaged or another version (its sha256 differs): remove or replace it")
    return raw
