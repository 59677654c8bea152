# Tests kinds/formats/tables/array_files.py, kinds/formats/tables/hdf5_files.py
"""Files of HDF5 are read from themselves alone, whichever program wrote them."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from genwright import load_data
from genwright.core.errors import DataError

h5py = pytest.importorskip("h5py")

N = 20
SECRET = np.frombuffer(b"a line of a secret file" * N, np.uint8)[: 8 * N].tobytes()
STRING = h5py.string_dtype()
NUMBERS = {"x": np.arange(N, dtype=float), "y": np.arange(N, dtype=float) % 7}


def plain(file: h5py.File) -> str:
    """Writes columns; returns the group that a hostile part is put into."""
    for name, values in NUMBERS.items():
        file[name] = values
    return "/"


def matlab(file: h5py.File) -> str:
    return plain(file)


def anndata(file: h5py.File) -> str:
    """Counts of 3 genes; the hostile part is a column of obs."""
    file["X"] = np.arange(3.0 * N).reshape(N, 3)
    for name, count in (("obs", N), ("var", 3)):
        group = file.create_group(name)
        group.attrs["_index"] = "_index"
        group.create_dataset("_index", data=[f"{name}{k}" for k in range(count)], dtype=STRING)
    return "obs"


def external(group: h5py.Group, secret: Path) -> None:
    group.create_dataset("taken", (N,), "f8", external=[(str(secret), 0, 8 * N)])


def virtual(group: h5py.Group, secret: Path) -> None:
    layout = h5py.VirtualLayout((N,), "f8")
    layout[:] = h5py.VirtualSource(str(secret), "x", (N,))
    group.create_virtual_dataset("taken", layout)


def external_link(group: h5py.Group, secret: Path) -> None:
    group["taken"] = h5py.ExternalLink(str(secret), "/x")


def soft_link(group: h5py.Group, secret: Path) -> None:
    group["taken"] = h5py.SoftLink("/way/x")
    group.file["way"] = h5py.ExternalLink(str(secret), "/")


def circle(group: h5py.Group, secret: Path) -> None:
    group["taken"] = group.file["/"]


def many_paths(group: h5py.Group, secret: Path) -> None:
    """2^30 ways to one group."""
    for _ in range(30):
        below = group.create_group("taken")
        group["again"] = below
        group = below


FORMS = {"t.h5": plain, "t.nc": plain, "t.mat": matlab, "t.h5ad": anndata}
WAYS = (external, virtual, external_link, soft_link, circle, many_paths)


def write(path: Path, form: str, way=None, secret: Path | None = None) -> None:
    head = 512 if form == "t.mat" else 0  # Matlab's own header stands before
    with h5py.File(path, "w", userblock_size=head) as file:
        group = file[FORMS[form](file)]
        if way:
            way(group, secret)
    if head:
        with open(path, "r+b") as file:
            file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")


@pytest.fixture(params=["another file of HDF5", "bytes of any file", "a pipe"])
def secret(request, tmp_path) -> Path:
    path = tmp_path / "secret"
    if request.param == "a pipe":
        os.mkfifo(path)
    elif request.param == "bytes of any file":
        path.write_bytes(SECRET)
    else:
        with h5py.File(path, "w") as file:
            plain(file)
    return path


@pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])
@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_fetched_from_elsewhere(form, way, secret, tmp_path):
    write(tmp_path / form, form, way, secret)
    with pytest.raises(DataError, match=re.escape(form)):
        load_data(tmp_path / form)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_holds_its_own_numbers_is_read(form, tmp_path):
    write(tmp_path / form, form)
    assert sum(load_data(tmp_path / form).sizes.values()) == N


def test_there_is_one_door(monkeypatch):
    """No other module of src opens a file of HDF5."""
    import genwright

    folder = Path(genwright.__file__).parent
    opens = [path.name for path in folder.rglob("*.py") if "h5py.File(" in path.read_text()]
    assert opens == ["hdf5_files.py"]


def sparse_anndata(path: Path, **changed: object) -> np.ndarray:
    """Counts of 3 genes, compressed by rows or columns, some parts of it changed; returns them."""
    from scipy.sparse import csc_matrix, csr_matrix

    counts = (np.arange(3 * N).reshape(N, 3) % 4).astype(float)
    matrix = csc_matrix(counts) if changed.pop("columns", False) else csr_matrix(counts)
    with h5py.File(path, "w") as file:
        anndata(file)
        del file["X"]
        held = file.create_group("X")
        held.attrs["encoding-type"], held.attrs["shape"] = f"{matrix.format}_matrix", changed.pop("shape", (N, 3))
        for name in ("data", "indices", "indptr"):
            values = getattr(matrix, name).copy()
            at, value = changed.get(name, (0, values[0]))
            values[at] = value
            held[name] = np.delete(values, -1) if changed.get("without") == name else values
    return counts


WRONG = {
    "a column beyond the last": {"indices": (5, 2**30)}, "a column of the next row": {"indices": (5, 3)},
    "a column before the first": {"indices": (5, -1)}, "a row that begins beyond the end": {"indptr": (3, 2**20)},
    "a row that ends before it begins": {"indptr": (3, 0)}, "rows that begin late": {"indptr": (0, 1)},
    "numbers without a row": {"indptr": (-1, 10)}, "one number short": {"without": "data"},
    "one column short": {"without": "indices"}, "one row short": {"without": "indptr"},
    "two numbers for a cell": {"indices": (1, 1), "columns": False}, "fewer rows than obs": {"shape": (N - 1, 3)},
    "more genes than var": {"shape": (N, 4)}, "no rows": {"shape": (-N, 3)},
    "more rows than memory": {"shape": (2**40, 3)},
    "columns: a row beyond the last": {"indices": (5, N), "columns": True},
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_sparse_matrix_that_points_elsewhere_is_refused(wrong, tmp_path):
    sparse_anndata(tmp_path / "t.h5ad", **WRONG[wrong])
    with pytest.raises(DataError, match=r"t\.h5ad"):
        load_data(tmp_path / "t.h5ad")


@pytest.mark.parametrize("columns", [False, True])
def test_counts_of_a_sparse_matrix_are_those_written(columns, tmp_path):
    from genwright.kinds.formats.tables.array_files import read_anndata

    counts = sparse_anndata(tmp_path / "t.h5ad", columns=columns)
    frame, _ = read_anndata(tmp_path / "t.h5ad")
    assert (frame[["var0", "var1", "var2"]].to_numpy() == counts).all()
