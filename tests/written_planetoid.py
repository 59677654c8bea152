"""Files of Planetoid as Python 2 wrote them: pickles of arrays and matrices by names that today's libraries no longer
have."""

from __future__ import annotations

import pickle

import numpy as np
import scipy.sparse as sp


def small_files() -> dict:
    """Six nodes: two to train, two to validate, two to test."""
    eye = lambda rows: np.eye(2, dtype=np.int32)[np.arange(rows) % 2]
    csr = lambda rows: sp.csr_matrix(np.ones((rows, 3), np.float32))
    graph = {i: [(i + 1) % 6] for i in range(6)}
    return {"x": csr(2), "y": eye(2), "tx": csr(2), "ty": eye(2), "allx": csr(4), "ally": eye(4), "graph": graph}


def encoded(value) -> bytes:
    return (
        _matrix(value)
        if sp.issparse(value)
        else _array(value)
        if isinstance(value, np.ndarray)
        else pickle.dumps(value, 2)
    )


class Written:
    """Writes itself as Python 2 wrote arrays and matrices: a call of a named function, then a state."""

    def __init__(self, module, name, arguments, state):
        self.record = module, name, arguments, state

    def text(self) -> bytes:
        module, name, arguments, state = self.record
        return f"c{module}\n{name}\n".encode() + written(arguments) + b"R" + written(state) + b"b"


def written(value) -> bytes:
    """A small writer of protocol 2, since today's libraries name other modules."""
    if isinstance(value, Written):
        return value.text()
    if isinstance(value, tuple):
        return b"(" + b"".join(map(written, value)) + b"t"
    if isinstance(value, dict):
        return b"}(" + b"".join(written(k) + written(v) for k, v in value.items()) + b"u"
    if isinstance(value, str) and value.startswith("class "):
        return b"c" + value[6:].replace(" ", "\n").encode() + b"\n"
    if isinstance(value, (str, bytes)):
        raw = value.encode() if isinstance(value, str) else value
        return b"T" + len(raw).to_bytes(4, "little") + raw
    if isinstance(value, bool):
        return b"\x88" if value else b"\x89"
    return b"N" if value is None else b"J" + value.to_bytes(4, "little", signed=True)


def _array_of(a: np.ndarray) -> Written:
    kind = Written("numpy", "dtype", (a.dtype.str[1:], 0, 1), (3, "<", None, None, None, -1, -1, 0))
    return Written(
        "numpy.core.multiarray",
        "_reconstruct",
        ("class numpy ndarray", (0,), "b"),
        (1, a.shape, kind, False, a.tobytes()),
    )


def _array(a: np.ndarray) -> bytes:
    return written(_array_of(np.ascontiguousarray(a))) + b"."


def _matrix(m) -> bytes:
    state = {
        "_shape": m.shape,
        "data": _array_of(m.data),
        "indices": _array_of(m.indices),
        "indptr": _array_of(m.indptr),
    }
    return written(Written("scipy.sparse.csr", "csr_matrix", (), state)) + b"."
