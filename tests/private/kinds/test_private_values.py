# Tests private/contract.py, private/kinds/domain.py, private/kinds/kind.py, private/kinds/load.py,
#   private/kinds/values.py
"""The file of values, and that nothing else says what a column is."""

import json

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.core.errors import DataError, GenwrightError
from genwright.private.contract import VALUES, made_rows
from genwright.private.kinds.load import place_rows
from genwright.private.kinds.values import read_values


@pytest.fixture
def values(tmp_path):
    (tmp_path / "values.toml").write_text(VALUES)
    return tmp_path / "values.toml"


@pytest.mark.parametrize("text", [
    "", "age = 3\n", "[age]\nfrom = 1\n", "[age]\nfrom = 2\nto = 1\n", "[age]\nfrom = 0\nto = 1e9\nstep = 0.001\n",
    "[age]\nfrom = 0\nto = 9\nstep = 0\n", "[age]\nfrom = 0\nto = inf\n", "[a]\nlabels = ['x']\n",
    "[a]\nlabels = 'xy'\n",
    "[a]\nlabels = ['x', 'x']\n", "[a]\nlabels = ['x', 'y']\nfrom = 1\n", "[a]\nlabels = ['x', 'y']\nmissing = 1\n",
    "[a]\nfrom = true\nto = 3\n", "[a\n",
])  # fmt: skip
def test_a_file_that_describes_nothing_is_refused(text, tmp_path):
    (tmp_path / "v.toml").write_text(text)
    with pytest.raises(DataError, match="v.toml"):
        read_values(tmp_path / "v.toml")


def test_columns_are_what_the_file_says(values):
    age, size, sector, member = read_values(values)
    assert (age.low, age.high, age.leaf.levels, age.dtype) == (18, 97, 80, "int64")
    assert (size.leaf.levels, size.leaf.optional, size.from_leaf(np.array([3.0]))[0]) == (21, True, 0.3)
    assert sector.labels == ("private", "public", "other") and member.leaf.optional


def test_no_cell_changes_what_is_known_of_the_columns(values):
    """Two tables without a cell in common have the same domain, the same digest, and the same rows in each part."""
    rows = made_rows(500)
    others = pd.DataFrame({"age": [1_000] * 500, "size": [-3.7] * 500, "sector": ["?"] * 500, "member": [None] * 500})
    one, other = (genwright.load_data(frame, epsilon=1, values=values) for frame in (rows, others))
    assert one.domain.to_json() == other.domain.to_json() and one.hash == other.hash
    assert one.sizes == other.sizes and one.notes == other.notes
    x = other.tensors("train").x
    assert x[:, 0].unique().tolist() == [79] and x[:, 2].unique().tolist() == [0] and x[:, 3].isnan().all()
    assert json.dumps(one.domain.to_json()).count("age") == 1


def test_the_place_of_a_row_says_its_part():
    parts = place_rows(1_000, None, 0)
    assert (parts == place_rows(1_000, None, 0)).all() and (parts != place_rows(1_000, None, 1)).any()
    assert 150 < (parts == "test").sum() < 250 and 50 < (parts == "valid").sum() < 100


PROMISES = [{"epsilon": 1}, {"delta": 1e-5}, {"epsilon": 0, "values": "values.toml"}, {"values": "values.toml"},
            {"epsilon": 1, "delta": 2, "values": "values.toml"}]  # fmt: skip


@pytest.mark.parametrize("asked", PROMISES)
def test_half_a_promise_is_refused(asked, values, monkeypatch):
    monkeypatch.chdir(values.parent)
    with pytest.raises(GenwrightError):
        genwright.load_data(made_rows(100), **asked)


def test_other_families_refuse_an_epsilon(values):
    data = genwright.load_data(made_rows(500), epsilon=1, values=values)
    with pytest.raises(DataError, match="private-marginals"):
        genwright.fit(data, "vae", progress=False)
    with pytest.raises(DataError, match="epsilon"):
        genwright.load_data(["a line"] * 50, epsilon=1)
