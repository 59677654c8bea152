"""The official files of Planetoid against the arrays made of them, and pickles that want to run something."""

from __future__ import annotations

import os
import pickle
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from written_planetoid import Written, encoded, small_files, written

import genwright
from genwright.core.errors import DataError
from genwright.data.readers import planetoid

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


@pytest.mark.parametrize(
    "function, arguments, protocol",
    [
        (os.system, ("touch pwned",), 0),
        (eval, ("open('pwned', 'w')",), 2),
        (open, ("pwned", "w"), 4),
        (getattr, ("pwned", "upper"), 2),
        (np.save, ("pwned.npy", 1), 4),
    ],
)
def test_nothing_in_a_pickle_is_run(function, arguments, protocol, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    raw = pickle.dumps([1, Calls(function, *arguments)], protocol)
    with pytest.raises(DataError):
        planetoid._unpickle(raw, Path("ind.evil.x"))
    assert not list(tmp_path.iterdir())


def test_a_known_name_is_an_empty_shell():
    """Not NumPy's own reconstruct, to which a state of nonsense is handed in the wild."""
    dtype = Written("numpy", "dtype", ("O8", 0, 1), (3, "|", None, None, None, -1, -1, 63))
    state = (1, (9,), dtype, False, "xxx")
    raw = written(Written("numpy.core.multiarray", "_reconstruct", ("class numpy ndarray", (0,), "b"), state)) + b"."
    found = planetoid._unpickle(raw, Path("ind.evil.y"))
    assert type(found) is planetoid._Shell
    with pytest.raises(DataError):
        planetoid._array(found, Path("ind.evil.y"), 1)


def test_nested_tuples_end_at_once():
    """Each holds the one before twice: to hash the last would take 2^40 steps."""
    nested = b"\x80\x02}(K\x01q\x00" + b"".join(b"h%c\x86q%c" % (k, k + 1) for k in range(40))
    start = time.monotonic()
    with pytest.raises(DataError, match="ind.evil.graph"):
        planetoid._unpickle(nested + b"Nu.", Path("ind.evil.graph"))
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    "part, change",
    [
        ("tx", lambda files: files["tx"][:1]),
        ("ally", lambda files: files["ally"][:, :1]),
        ("graph", lambda files: {0: [77]}),
        ("graph", lambda files: {0: ["1"]}),
        ("graph", lambda files: [1]),
        ("graph", lambda files: dict.fromkeys(range(6), [1] * 9999)),
        ("y", lambda files: files["x"]),
        ("x", lambda files: files["y"]),
    ],
)
def test_files_that_contradict_each_other(part, change, tmp_path):
    files = small_files()
    for name, value in files.items():
        (tmp_path / f"ind.mine.{name}").write_bytes(encoded(value))
    (tmp_path / "ind.mine.test.index").write_text("5\n4\n")
    data = genwright.load_data(tmp_path / "ind.mine.graph")
    assert data.parts.tolist() == ["train", "train", "valid", "valid", "test", "test"]
    assert data.y.tolist() == [0, 1, 0, 1, 1, 0]
    assert data.graph.edges == 12 and torch.equal(data.x.dense(), torch.ones(6, 3))
    (tmp_path / f"ind.mine.{part}").write_bytes(encoded(change(files)))
    with pytest.raises(DataError):
        genwright.load_data(tmp_path / "ind.mine.graph")
