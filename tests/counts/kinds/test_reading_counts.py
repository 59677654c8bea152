# Tests counts/kinds/rows.py, counts/kinds/raw.py, counts/kinds/kind.py, counts/kinds/load.py, counts/kinds/layers.py,
#   counts/kinds/cellranger.py, counts/kinds/matrices.py, counts/kinds/domain.py, counts/kinds/writing.py
"""Counts from every form, and back to it; which matrix of an AnnData is read; all that is no count."""

import gzip

import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.io
import scipy.sparse
from other_forms import WIDE, cellranger

import genwright
from genwright.core.errors import DataError
from genwright.counts.contract import made_cells
from genwright.counts.kinds.domain import Counts
from genwright.counts.kinds.rows import CountRows, rows_of_matrix, unique_names
from genwright.counts.kinds.writing import write_h5ad, write_npz
from genwright.kinds.load import read_items

SAID = dict(kind="counts", given="batch")


@pytest.fixture(scope="module")
def frame():
    return made_cells(40)


@pytest.fixture(scope="module")
def data(frame):
    return genwright.load_data(frame, **SAID)


def keys(data):
    return np.sort(np.concatenate([data.keys(part) for part in data.items]))


@pytest.fixture(scope="module")
def rows(frame):
    """All rows of the table."""
    names = [name for name in frame if name.startswith("gene")]
    return rows_of_matrix(scipy.sparse.csc_matrix(frame[names]), names, "x").with_beside(frame[["batch", "type"]])


@pytest.mark.parametrize("name", ["a.h5ad", "a.npz", "folder", "a.csv", "a.parquet"])
def test_what_is_written_is_read_again(name, data, rows, tmp_path):
    data.domain.write(rows, tmp_path / name)
    said = SAID if name.endswith(("csv", "parquet")) else {"given": "batch"}  # tables may hold anything else
    again = genwright.load_data(tmp_path / name, **said)
    assert again.kind == "counts" and again.domain.groups == "type" and np.array_equal(keys(again), keys(data))
    assert again.domain.names == data.domain.names
    read = read_items(tmp_path / name, data.domain)
    assert np.array_equal(data.domain.keys(read.items), data.domain.keys(rows))


def test_rows_are_those_of_a_dense_table(frame, rows):
    names = [f"gene{j}" for j in range(40)]
    assert (rows.matrix.toarray() == frame[names].to_numpy()).all() and rows.counts.dtype.itemsize == 1
    some = rows[[5, 3, 3]]
    assert (some.matrix.toarray() == frame[names].to_numpy()[[5, 3, 3]]).all() and some.beside["type"].iloc[0] == frame[
        "type"].iloc[5]  # fmt: skip
    assert (rows.totals == frame[names].sum(axis=1)).all()
    assert rows[5] == {name: n for name, n in frame[names].iloc[5].items() if n}
    turned = rows.with_columns(names[::-1])
    assert (turned.matrix.toarray() == frame[names[::-1]].to_numpy()).all()
    assert np.array_equal(turned.keys(), rows.keys()) and not np.array_equal(rows[1:].keys(), rows[:-1].keys())


class Fake:
    """What AnnData has."""

    def __init__(self, x, obs, names, layers=None, raw=None):
        self.X, self.obs, self.var = x, obs, pd.DataFrame(index=names)
        self.layers, self.raw = layers or {}, raw


@pytest.mark.parametrize("in_file", [True, False])
def test_the_matrix_of_whole_numbers_is_read_and_others_are_asked_about(in_file, rows, data, tmp_path):
    logs = rows.matrix.astype(float)
    logs.data = np.log1p(logs.data)
    layers = {"scaled": logs, "spliced": 2 * rows.matrix, "counts": rows.matrix}
    if in_file:
        (tmp_path / "a.h5ad").write_bytes(write_h5ad(rows))
        with h5py.File(tmp_path / "a.h5ad", "r+") as file:
            del file["X/data"]
            file["X/data"] = logs.data
            for name, matrix in layers.items():
                group = file.create_group(f"layers/{name}")
                group.attrs["encoding-type"], group.attrs["shape"] = "csr_matrix", matrix.shape
                for part in ("data", "indices", "indptr"):
                    group[part] = getattr(matrix, part)
        source = tmp_path / "a.h5ad"
    else:
        source = Fake(logs, rows.beside, rows.names, layers)
    usual = genwright.load_data(source, given="batch")
    assert np.array_equal(keys(usual), keys(data))
    assert [question.answer for question in usual.questions] == [{"layer": "spliced"}]
    other = genwright.load_data(source, given="batch", layer="spliced")
    total = lambda data: sum(part.totals.sum() for part in data.items.values())
    assert total(other) == 2 * total(usual) and not other.questions
    assert read_items(source, other.domain).items.totals.sum() == total(other)  # models read the layer of training
    assert other.domain.rows(read_items(source, usual.domain).items).totals.sum() == total(usual)
    for layer, what in (("scaled", "scaled"), ("none", "none")):
        with pytest.raises(DataError, match=what):
            genwright.load_data(source, layer=layer)
    assert genwright.load_data(source, kind="tables").kind == "tables"


def test_a_folder_of_10x_has_cells_in_columns(frame, tmp_path):
    x = frame[[f"gene{j}" for j in range(40)]].to_numpy()
    scipy.io.mmwrite(tmp_path / "s1_matrix.mtx", scipy.sparse.coo_matrix(x.T), field="integer")
    (tmp_path / "s1_features.tsv.gz").write_bytes(
        gzip.compress("".join(f"E{j}\tG{j % 39}\tx\n" for j in range(40)).encode())
    )
    (tmp_path / "s1_barcodes.tsv").write_text("".join(f"AC{j}\n" for j in range(40)))
    data = genwright.load_data(tmp_path)
    assert data.kind == "counts" and data.domain.names[-1] == "G0-1" and len(data.domain.names) == 40
    read = read_items(tmp_path, data.domain)
    assert (read.items.matrix.toarray() == x).all() and read.places[3] == "AC3"
    (tmp_path / "s1_barcodes.tsv").write_text("AC0\n")
    with pytest.raises(DataError, match="s1_matrix"):
        genwright.load_data(tmp_path)


def test_a_file_of_cellranger_has_cells_in_columns_and_a_matrix_for_each_genome(tmp_path):
    cellranger(tmp_path / "new.h5")
    cellranger(tmp_path / "old.h5", ("GRCh38", "mm10"))
    data = genwright.load_data(tmp_path / "new.h5")
    read = read_items(tmp_path / "new.h5", data.domain)
    assert (read.items.matrix != WIDE).nnz == 0 and read.places[3] == "AC3-1"
    assert data.domain.names[-1] == "gene39" and not data.questions
    old = genwright.load_data(tmp_path / "old.h5")
    assert np.array_equal(keys(old), keys(data)) and [one.answer for one in old.questions] == [{"layer": "mm10"}]
    other = genwright.load_data(tmp_path / "old.h5", layer="mm10")
    assert read_items(tmp_path / "old.h5", other.domain).items.totals.sum() == 2 * WIDE.sum()
    with h5py.File(tmp_path / "new.h5", "r+") as file:
        del file["matrix/barcodes"]
        file["matrix/barcodes"] = np.array(["AC0-1"], "S")
    with pytest.raises(DataError, match=r"new\.h5"):
        genwright.load_data(tmp_path / "new.h5")
    assert genwright.load_data(tmp_path / "old.h5", kind="counts").kind == "counts"
    with h5py.File(tmp_path / "rows.h5", "w") as file:
        file["rows"] = np.random.default_rng(0).normal(size=(30, 3))
    assert genwright.load_data(tmp_path / "rows.h5").kind == "tables"  # any other file of HDF5


@pytest.mark.parametrize("value", [-1, 0.5, np.nan, np.inf, 2.0**24])
def test_numbers_that_are_no_counts_are_refused(value, frame, rows, tmp_path):
    wrong = frame.astype({"gene7": float})
    wrong.loc[3, "gene7"] = value
    with pytest.raises(DataError, match="row 4 .*gene7"):
        genwright.load_data(wrong, **SAID)
    matrix = scipy.sparse.csr_matrix(wrong[rows.names].to_numpy(float))
    for source in (matrix, Fake(matrix, rows.beside, rows.names), Fake(matrix.toarray(), rows.beside, rows.names)):
        with pytest.raises(DataError):
            genwright.load_data(source, kind="counts")


@pytest.mark.parametrize("part", ["data", "indices", "indptr"])
def test_files_that_are_cut_or_point_elsewhere_are_refused(part, rows, tmp_path):
    whole = write_npz(rows)
    (tmp_path / "a.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "a.h5ad").write_bytes(write_h5ad(rows))
    with h5py.File(tmp_path / "a.h5ad", "r+") as file:
        values = file[f"X/{part}"][:-1]
        del file[f"X/{part}"]
        file[f"X/{part}"] = values
    for name in ("a.npz", "a.h5ad"):
        with pytest.raises(DataError, match=name):
            genwright.load_data(tmp_path / name, kind="counts")


def test_limits_are_asked_before_memory_is_taken(rows, tmp_path):
    arrays = {"format": np.array("csr"), "data": np.ones(1), "indices": np.zeros(1, np.int32)}
    np.savez(tmp_path / "a.npz", **arrays, indptr=np.array([0, 1]), shape=np.array([1, 2**45]))
    (tmp_path / "b.mtx").write_text(f"%%MatrixMarket matrix coordinate integer general\n{2**45} 2 1\n1 1 1\n")
    (tmp_path / "c.h5ad").write_bytes(write_h5ad(rows))
    with h5py.File(tmp_path / "c.h5ad", "r+") as file:
        file["X"].attrs["shape"] = [len(rows), 2**45]
    for name in ("a.npz", "b.mtx", "c.h5ad"):
        with pytest.raises(DataError, match=name):
            genwright.load_data(tmp_path / name, kind="counts")


def test_empty_rows_are_left_out_and_columns_without_a_count_stay(frame):
    names = [name for name in frame if name.startswith("gene")]
    frame = frame.copy()
    frame.loc[7, names] = 0
    frame["gene3"] = 0
    data = genwright.load_data(frame, **SAID)
    assert sum(data.sizes.values()) == 39 and "gene3" in data.domain.names
    assert any("left out" in line for line in data.account.losses()) and any(
        "gene3" in line for line in data.describe()
    )
    x, _ = data.domain.encode(frame.iloc[[7]])  # a model scores it all the same
    assert len(x) == 1 and not len(x.x)


def test_items_for_a_model_have_its_columns_by_name(data, frame):
    domain = data.domain
    known, _ = domain.encode(frame)
    mixed, _ = domain.encode(frame[list(frame)[::-1]])
    assert np.array_equal(mixed.sizes, known.sizes) and mixed.x.sum() == known.x.sum()
    with pytest.warns(UserWarning, match="new"):
        more, _ = domain.encode(frame.assign(new=3))
    assert (more.x == known.x).all()
    with pytest.raises(DataError, match="gene2"):
        domain.encode(frame.drop(columns="gene2"))


def test_copies_of_a_name_get_a_number():
    assert unique_names(["a", "b", "a", "a-1", "a"]) == ["a", "b", "a-2", "a-1", "a-3"]


def test_the_record_gives_the_domain_again(data):
    again = Counts.from_json(data.domain.to_json())
    assert again.names == data.domain.names and again.spec == data.domain.spec and again.given == data.domain.given
    assert np.allclose(again.profile, data.domain.profile, rtol=1e-5)


def test_rows_of_nothing_have_keys_and_a_table():
    none = CountRows(np.zeros(0, np.uint8), np.zeros(0, np.uint8), [0, 0, 0], ["a"])
    assert len(none.keys()) == 2 and none.frame["a"].tolist() == [0, 0]
