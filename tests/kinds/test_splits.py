# Tests kinds/pairs.py
"""Splits by group, by time and where many rows are equal, and what is said of them. More of the split by content is in
test_data.py."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genwright.core.errors import DataError
from genwright.kinds.load import load_data
from genwright.kinds.splits import SPLIT_NAMES, split, split_groups, split_times


def visits(n=200, seed=0):
    rng = np.random.default_rng(seed)
    days = pd.Series(pd.date_range("1880-01-01", periods=n)).dt.strftime("%m/%d/%Y")
    patients, wards = [f"p{k}" for k in rng.integers(0, 40, n)], rng.choice(["a", "b", "c"], n)
    when = days.sample(frac=1, random_state=1).tolist()
    return pd.DataFrame({"patient": patients, "when": when, "height": rng.normal(size=n), "ward": wards})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=3, max_size=200), st.integers(0, 5))
def test_a_group_stands_on_one_side_and_every_side_has_one(groups, seed):
    keys = np.array(groups, np.uint64)
    if len(np.unique(keys)) < 3:
        with pytest.raises(DataError, match="at least 3"):
            split_groups(keys, seed, "patient")
        return
    parts = split_groups(keys, seed, "patient")
    sides = [set(keys[parts == part].tolist()) for part in SPLIT_NAMES]
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
    train, valid, test = (times[parts == part] for part in SPLIT_NAMES)
    assert train.max() < valid.min() <= valid.max() < test.min()


def test_time_meets_the_shares():
    parts = split_times(np.random.default_rng(0).permutation(1000).astype(float), "when")
    assert [(parts == part).sum() for part in SPLIT_NAMES] == [720, 80, 200]


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
    x = data.tensors("test").x  # dates that training has not seen are encoded
    assert x[:, data.domain.spec.names.index("when")].min() > data.tensors("valid").x.amax(0)[1]


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


# ---------------------------------------------------------------------- equal rows


def keys_of(sizes, seed=0):
    """Groups of equal keys, of these sizes, in a random order: (sum of sizes,) uint64."""
    rng = np.random.default_rng(seed)
    return rng.permutation(np.repeat(rng.integers(0, 2**63, len(sizes), dtype=np.uint64), sizes))


def counts(parts):
    return {part: int((parts == part).sum()) for part in SPLIT_NAMES}


@pytest.mark.parametrize("seed", range(4))
def test_a_large_group_of_equal_rows_is_skipped(seed):
    keys = keys_of([450] + [1] * 550, seed)
    largest = keys == np.unique(keys)[np.unique(keys, return_counts=True)[1].argmax()]
    for strata in (None, np.random.default_rng(seed).integers(0, 3, 1000), largest.astype(int)):
        held = counts(split(keys, strata, None, seed))
        assert 150 <= held["test"] <= 200 and 60 <= held["valid"] <= 85


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from([1, 1, 1, 1, 2, 3, 5, 20, 60]), min_size=1, max_size=120),
    st.integers(1, 4),
    st.integers(0, 5),
    st.sampled_from([(), ("test",)]),
)
def test_parts_of_any_shape_of_repetition(sizes, strata, seed, settled):
    """Equal rows on one side; no part empty where it need not be; each part within a quarter of its share, or smaller
    by less than any group that it left; and all of it whatever the order of the rows."""
    keys = keys_of(sizes, seed)
    rng = np.random.default_rng(seed)
    strata = keys % np.uint64(strata)
    given = None
    if settled:
        given = np.where(np.isin(keys, np.unique(keys)[::5]), "test", "")
    parts = split(keys, strata, given, seed)
    assert set(parts) <= set(SPLIT_NAMES)
    order = rng.permutation(len(keys))
    again = split(keys[order], strata[order], None if given is None else given[order], seed)
    assert sorted(zip(keys[order], strata[order], again)) == sorted(zip(keys, strata, parts))
    alone = len(sizes) < min(3, len(keys) / 2)  # then rows are split one by one
    groups = np.arange(len(keys)) if alone else np.unique(keys, return_inverse=True)[1]
    _, sides = np.unique(np.stack([groups, np.unique(parts, return_inverse=True)[1]]), axis=1, return_index=True)
    assert len(sides) == len(np.unique(groups))  # one side a group
    free = np.ones(len(keys), bool) if given is None else given == ""
    ours = ["test", "valid"] if given is None else ["valid"]
    if len(np.unique(groups[free])) > len(ours):
        assert all((parts[free] == part).any() for part in (*ours, "train"))
    for part, among, share in (("test", free, 0.2), ("valid", parts != "test", 0.1)):
        if part in ours and among.any():
            wanted, held = np.ceil(share * among.sum()), (parts[among] == part).sum()
            left = np.unique(groups[among & (parts != part)], return_counts=True)[1]
            met = abs(held - wanted) <= max(1, wanted / 4) or (held < wanted and wanted - held < left.min())
            assert met or len(np.unique(groups[among & (parts == part)])) == 1 or len(left) <= 2  # of the other parts


def test_the_smallest_tables():
    assert counts(split(keys_of([1, 1, 1]), None, None, 0)) == {"train": 1, "valid": 1, "test": 1}
    assert counts(split(keys_of([4, 1, 1]), None, None, 0)) == {"train": 4, "valid": 1, "test": 1}
    assert counts(split(keys_of([2, 2, 2]), None, None, 0)) == {"train": 2, "valid": 2, "test": 2}
    two_values = split(keys_of([60, 40]), None, None, 0)
    assert counts(two_values) == {"train": 72, "valid": 8, "test": 20}


def test_data_say_when_a_part_ends_far_from_its_share():
    values = np.r_[np.full(450, 1.5), np.random.default_rng(0).normal(size=550)]
    data = load_data(pd.DataFrame({"x": values, "y": np.r_[np.zeros(450), np.arange(550)]}))
    assert data.sizes["test"] >= 150 and data.sizes["valid"] >= 60
    (line,) = data.notes
    assert line.startswith("449 of 1,000 rows are equal")
    years = np.repeat([2001, 2002, 2003], [20, 40, 40])
    lines = load_data(pd.DataFrame({"year": years, "x": np.arange(100) / 7}), time="year").describe()
    assert any("test holds 40% of the rows, not 20%" in line for line in lines)
    assert load_data(visits(), group="patient").notes[1:] == []


def test_official_test_rows_are_nobodys_fault():
    """Where the rest of an official split repeats so much that validation cannot have its share, it is said; of the
    test set nothing."""
    from genwright.kinds.splits import far_from_share

    keys = np.r_[keys_of([1] * 700), np.full(300, 5)].astype(np.uint64)
    settled = np.repeat(["test", ""], [690, 310])
    parts = split(keys, None, settled, 0)
    assert counts(parts)["valid"] == 10
    (line,) = far_from_share(parts, settled, keys, "rows", "are equal")
    assert line == "validation holds 1% of the rows, not 3%, since 300 rows are equal"
