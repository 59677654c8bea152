# Tests kinds/formats/sparse_matrices.py
"""Sparse matrices of files hold what their dense form holds, or are refused before C follows their positions."""

import numpy as np
import pytest
import scipy.io
import scipy.sparse

from genwright import load_data
from genwright.core.errors import DataError
from genwright.kinds.formats.sparse_matrices import PARTS, make_sparse

N, D = 24, 6
DENSE = ((np.arange(N * D) * 7919) % 5 - 1.0).clip(0).reshape(N, D)
POSITIONS = [(form, name) for form, names in PARTS.items() for name in names if name != "data"]


def parts_of(form: str) -> dict[str, np.ndarray]:
    matrix = scipy.sparse.coo_array(DENSE).asformat(form)
    return {name: getattr(matrix, name).copy() for name in PARTS[form]}


@pytest.mark.parametrize("form", PARTS)
def test_a_matrix_of_its_arrays_is_the_same(form):
    assert (make_sparse(form, parts_of(form), (N, D), "m").toarray() == DENSE).all()


@pytest.mark.parametrize("form, name", [pair for pair in POSITIONS if pair[1] != "offsets"])  # those may lie outside
@pytest.mark.parametrize("value", [-1, 2**31 - 1, 2**40])
def test_positions_outside_are_refused(form, name, value):
    parts = {each: values.astype(np.int64) if each == name else values for each, values in parts_of(form).items()}
    parts[name][len(parts[name]) // 2] = value
    with pytest.raises(DataError, match="the matrix m"):
        make_sparse(form, parts, (N, D), "the matrix m")


@pytest.mark.parametrize("form, name", POSITIONS)
def test_positions_are_whole_numbers(form, name):
    parts = parts_of(form)
    parts[name] = parts[name] + 0.5
    with pytest.raises(DataError, match="the matrix m"):
        make_sparse(form, parts, (N, D), "the matrix m")


@pytest.mark.parametrize("form", ["csr", "csc", "bsr"])
@pytest.mark.parametrize("change", ["numbers without a place", "two numbers for a cell"])
def test_each_number_has_a_place_of_its_own(form, change):
    parts = parts_of(form)
    if change == "numbers without a place":
        parts["data"] = np.concatenate([parts["data"], parts["data"][:1]])
        parts["indices"] = np.append(parts["indices"], 0)
    else:
        parts["indices"][: parts["indptr"][1]] = parts["indices"][0]
    with pytest.raises(DataError, match="the matrix m"):
        make_sparse(form, parts, (N, D), "the matrix m")


def test_entries_of_a_text_stand_at_whole_numbers(tmp_path):
    entries = "".join(f"{row + 1} {row % D + 1}.5 2.0\n" for row in range(N))
    (tmp_path / "m.mtx").write_text(f"%%MatrixMarket matrix coordinate real general\n{N} {D} {N}\n{entries}")
    with pytest.raises(DataError, match=r"m\.mtx"):
        load_data(tmp_path / "m.mtx")


def test_a_sparse_array_of_matlab_is_read_with_the_others(tmp_path):
    for name, x in (("dense", DENSE), ("sparse", scipy.sparse.csc_array(DENSE))):
        scipy.io.savemat(tmp_path / f"{name}.mat", {"x": x, "y": np.arange(N)})
    dense, sparse = (load_data(tmp_path / f"{name}.mat") for name in ("dense", "sparse"))
    assert sparse.items["train"].equals(dense.items["train"])


def test_a_damaged_matrix_in_memory_is_refused():
    """Its rows are asked for by code, which may have changed its positions."""
    matrix = scipy.sparse.csr_array(DENSE)
    matrix.indices[3] = 2**30
    with pytest.raises(DataError, match="the matrix"):
        load_data(matrix, kind="tables")


def test_a_damaged_graph_in_memory_is_refused():
    matrix = scipy.sparse.csr_array(DENSE @ DENSE.T)
    matrix.indices[3] = 2**30
    with pytest.raises(DataError, match="the matrix"):
        load_data(matrix)
