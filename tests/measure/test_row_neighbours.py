import numpy as np
import pandas as pd
import pytest

from genwright.core.spec import Category, Real, Spec
from genwright.kinds.load import load_data
from genwright.measure.metrics.table_rows import RowNeighbours, write_pairs

SPEC = Spec((("size", Real()), ("kind", Category(3))))


def test_distances_by_hand():
    train = np.array([[-1.0, 0], [1, 1], [0, np.nan], [0, 2]])  # mean 0, sd sqrt(1/2)
    found = RowNeighbours(train, np.array([3, 1, 0]), SPEC)
    away, number = found.nearest(np.array([[1.0, 1], [1, 0], [0, 2], [np.nan, 2]]))
    assert number.tolist() == [1, 1, 3, 3]  # the third training row does not take part
    assert away == pytest.approx([0, 1, 0, 1])  # another category, an absent cell: 1 apart


def test_pairs_keep_the_users_own_values(tmp_path):
    rng = np.random.default_rng(0)
    n = 60
    frame = pd.DataFrame(
        {
            "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
            "code": rng.choice(["007", "008"], n),
            "money": rng.normal(size=n).round(2),
            "again": rng.normal(size=n),
        }
    )
    data = load_data(frame)
    rows = data.tensors("train").x.numpy().astype(float)
    found = RowNeighbours(rows, np.arange(len(rows)), data.domain.spec)
    samples = data.domain.decode(data.tensors("train").x, data.tensors("train").given, 0).iloc[5:30]
    away, number = found.nearest(rows[5:30])
    path = write_pairs(samples, away, number, data.train, 1.0, tmp_path / "pairs.csv")
    pairs = pd.read_csv(path, dtype=str)
    assert len(pairs) == 12 and set(pairs["distance"]) == {"0.00"}
    for i in range(0, 12, 2):
        assert pairs.loc[i, ["when", "code", "money"]].equals(pairs.loc[i + 1, ["when", "code", "money"]])
    assert set(pairs["code"]) <= {"007", "008"} and pairs["when"].str.startswith("202").all()
