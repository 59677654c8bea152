"""Splits by group and by time, and their record. The split by content is in test_data.py."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genwright.data import load_data
from genwright.errors import DataError
from genwright.splits import PARTS, split_groups, split_times


def visits(n=200, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "patient": [f"p{k}" for k in rng.integers(0, 40, n)],
        "when": pd.Series(pd.date_range("1880-01-01", periods=n)).dt.strftime("%m/%d/%Y").sample(frac=1, random_state=1).tolist(),
        "height": rng.normal(size=n),
        "ward": rng.choice(["a", "b", "c"], n),
    })  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=3, max_size=200), st.integers(0, 5))
def test_a_group_stands_on_one_side_and_every_side_has_one(groups, seed):
    keys = np.array(groups, np.uint64)
    if len(np.unique(keys)) < 3:
        with pytest.raises(DataError, match="at least 3"):
            split_groups(keys, seed, "patient")
        return
    parts = split_groups(keys, seed, "patient")
    sides = [set(keys[parts == part].tolist()) for part in PARTS]
    assert all(sides) and sum(map(len, sides)) == len(set.union(*sides)) == len(np.unique(keys))


def test_groups_meet_the_shares_and_depend_on_the_seed_alone():
    keys = np.random.default_rng(0).integers(0, 500, 10_000).astype(np.uint64)
    parts = split_groups(keys, 0, "g")
    assert abs((parts == "test").mean() - 0.2) < 0.01 and abs((parts == "valid").mean() - 0.08) < 0.01
    order = np.random.default_rng(1).permutation(len(keys))
    assert (split_groups(keys[order], 0, "g") == parts[order]).all() and (split_groups(keys, 1, "g") != parts).any()
    giant = np.r_[np.zeros(9_000), np.arange(1, 1001)].astype(np.uint64)  # one group larger than any share: to train
    assert all((split_groups(giant, seed, "g")[:9_000] == "train").all() for seed in range(5))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=3, max_size=200))
def test_time_runs_from_training_over_validation_to_test(times):
    times = np.array(times, float)
    if len(np.unique(times)) < 3:
        with pytest.raises(DataError, match="different time"):
            split_times(times, "when")
        return
    parts = split_times(times, "when")
    train, valid, test = (times[parts == part] for part in PARTS)
    assert train.max() < valid.min() <= valid.max() < test.min()


def test_time_meets_the_shares():
    parts = split_times(np.random.default_rng(0).permutation(1000).astype(float), "when")
    assert [(parts == part).sum() for part in PARTS] == [720, 80, 200]


def test_groups_of_a_table_are_recorded_and_not_modelled():
    data = load_data(visits(), group="patient")
    sides = [set(part["patient"]) for part in data.items.values()]
    assert sum(map(len, sides)) == len(set.union(*sides)) == visits()["patient"].nunique()
    assert data.options == {"group": "patient"} and "patient" not in data.domain.spec.names
    assert any(line.startswith("split by `patient`: ") for line in data.describe())
    assert data.hash == load_data(visits(), **data.options).hash != load_data(visits(), drop=["patient"]).hash
    assert "patient" in load_data(visits(), group="patient", types={"patient": "category"}).domain.spec.names


def test_the_newest_dates_of_a_table_are_its_test():
    data = load_data(visits(), time="when")
    dates = {part: pd.to_datetime(items["when"], format="%m/%d/%Y") for part, items in data.items.items()}
    assert dates["train"].max() < dates["valid"].min() and dates["valid"].max() < dates["test"].min()
    assert len(data.test) == 40 and data.options == {"time": "when"}
    first = dates["test"].min().strftime("%m/%d/%Y")
    assert f"split by time: the newest rows by `when` are test, from {first} on" in data.describe()
    x, _ = data.tensors("test")  # dates that training has not seen are encoded
    assert x[:, data.domain.spec.names.index("when")].min() > data.tensors("valid")[0].amax(0)[1]


@pytest.mark.parametrize("kind", ["stamps", "zoned", "years", "python"])
def test_times_of_every_kind(kind):
    frame = visits()
    stamps = pd.to_datetime(frame["when"], format="%m/%d/%Y")
    frame["when"] = {
        "stamps": stamps, "zoned": stamps.dt.tz_localize("Europe/Berlin"), "years": stamps.dt.dayofyear + 0.5,
        "python": stamps.dt.date,
    }[kind]  # fmt: skip
    data = load_data(frame, time="when")
    assert data.train["when"].max() < data.valid["when"].min() and data.valid["when"].max() < data.test["when"].min()
