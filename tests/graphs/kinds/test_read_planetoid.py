# Tests graphs/kinds/planetoid.py
"""The official files of Planetoid against the arrays made of them, and pickles that want to run something."""

import codecs
import hashlib
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
import torch

import genwright
from genwright.core.errors import DataError
from genwright.graphs.kinds import planetoid

FILES = Path(os.environ.get("GENWRIGHT_DATA", "nowhere")) / "planetoid"
needs_files = pytest.mark.skipif(
    not (FILES / "ind.cora.allx").exists(), reason="$GENWRIGHT_DATA/planetoid is not there"
)


@needs_files
@pytest.mark.parametrize("name", ["cora", "citeseer"])
def test_the_official_files_hold_the_same_graph(name):
    """Citeseer's test nodes without features, labels or edges included."""
    read, known = genwright.load_data(FILES / f"ind.{name}.graph"), genwright.load_data(name)
    assert read.hash == known.hash and (read.parts == known.parts).all() and read.classes == known.classes
    assert planetoid.planetoid_set(name).hash == known.hash
    if name == "citeseer":
        assert int((read.y == -1).sum()) == 15 and int((read.x.words.degree == 0).sum()) == 15


class Calls:
    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def publish(path: Path, raw: bytes, monkeypatch) -> None:
    path.write_bytes(raw)
    monkeypatch.setitem(planetoid.CHECKSUMS, path.name, hashlib.sha1(b"blob %d\0" % len(raw) + raw).hexdigest())


@pytest.mark.parametrize("function, arguments", [(os.system, ("touch pwned",)), (eval, ("open('pwned', 'w')",))])
def test_nothing_in_a_pickle_is_run(function, arguments, tmp_path, monkeypatch):
    """Neither in a file that nobody published, nor, were it published, by a name that such files do not need."""
    monkeypatch.chdir(tmp_path)
    path, raw = tmp_path / "ind.evil.x", pickle.dumps([1, Calls(function, *arguments)], 2)
    path.write_bytes(raw)
    with pytest.raises(DataError, match="ind.evil.x"):
        genwright.load_data(path)
    publish(path, raw, monkeypatch)
    with pytest.raises(pickle.UnpicklingError):
        genwright.load_data(path)
    assert [one.name for one in tmp_path.iterdir()] == ["ind.evil.x"]


def test_eight_files_are_one_graph(tmp_path, monkeypatch):
    """Six nodes: two to train, two to validate, two to test, as Python 2 named the libraries' parts."""
    monkeypatch.setitem(planetoid.NAMES, ("_codecs", "encode"), codecs.encode)  # as Python 3 writes bytes
    labels = lambda rows: np.eye(2, dtype=np.int32)[np.arange(rows) % 2]
    words = lambda rows: sp.csr_matrix(np.ones((rows, 3), np.float32))
    graph = {i: [(i + 1) % 6] for i in range(6)}
    held = {"x": words(2), "y": labels(2), "tx": words(2), "ty": labels(2), "allx": words(4), "ally": labels(4)}
    for part, value in (held | {"graph": graph}).items():
        raw = pickle.dumps(value, 2).replace(b"numpy._core", b"numpy.core").replace(b"sparse._csr", b"sparse.csr")
        publish(tmp_path / f"ind.mine.{part}", raw, monkeypatch)
    publish(tmp_path / "ind.mine.test.index", b"5\n4\n", monkeypatch)
    data = genwright.load_data(tmp_path / "ind.mine.graph")
    assert data.parts.tolist() == ["train", "train", "valid", "valid", "test", "test"]
    assert data.y.tolist() == [0, 1, 0, 1, 1, 0]
    assert data.graph.edges == 12 and torch.equal(data.x.dense(), torch.ones(6, 3))
    (tmp_path / "ind.mine.tx").unlink()
    with pytest.raises(DataError, match="ind.mine.tx"):
        genwright.load_data(tmp_path / "ind.mine.graph")
