# Tests kinds/assemble.py, kinds/tables/columns.py, kinds/tables/domain.py, kinds/tables/kind.py,
#   kinds/tables/load.py, kinds/values/frames.py
"""Tables: the rules for columns, exact round trips, holes, margins that mean what they say, clear errors."""

import datetime
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from genwright.core.draws import Draws
from genwright.core.errors import DataError, RunError
from genwright.core.spec import Category, Ordered, Real
from genwright.distributions.heads import Histogram
from genwright.distributions.marginals import Marginals
from genwright.kinds.formats.tables.delimited import read_table
from genwright.kinds.tables.domain import Tables, row_keys
from genwright.kinds.values.frames import merge


def penguins(n: int = 300, seed: int = 0) -> pd.DataFrame:
    """Made-up penguins: every kind of column, with holes."""
    rng = np.random.default_rng(seed)
    species = rng.choice(["Adelie", "Gentoo", "Chinstrap"], n, p=[0.45, 0.35, 0.2])
    size = rng.normal(size=n) + (species == "Gentoo") * 2
    frame = pd.DataFrame(
        {
            "species": species,
            "bill": (40 + 3 * size).round(1),
            "mass": pd.array((3500 + 400 * size) // 25 * 25, "Int64"),
            "flipper": (190 + 6 * size).round().astype(int),
            "wing": rng.normal(size=n) * 3 + 10,
            "tagged": rng.random(n) < 0.3,
            "grade": pd.Categorical(
                rng.choice(["low", "mid", "high"], n), ["low", "mid", "high", "never"], ordered=True
            ),
            "seen": pd.Timestamp("2007-11-11") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
            "noted": (
                pd.Timestamp("1890-03-05 10:00", tz="Europe/Berlin") + pd.to_timedelta(rng.integers(0, 9000, n), "h")
            ),
            "ringed": (pd.Timestamp("1999-12-30") + pd.to_timedelta(rng.integers(0, 400, n), "D")).strftime("%d.%m.%Y"),
            "zip": rng.choice(["01067", "80331", "04109"], n),
        }
    )
    frame["mass"] = frame["mass"].mask(pd.Series(rng.random(n) < 0.1))
    frame["species"] = frame["species"].mask(pd.Series(rng.random(n) < 0.05))
    return frame


def same(a: pd.Series, b: pd.Series) -> bool:
    return a.dtype == b.dtype and bool(((a.astype(object) == b.astype(object)) | (a.isna() & b.isna())).all())


def round_trip(table: Tables, frame: pd.DataFrame) -> pd.DataFrame:
    return table.decode(*table.encode(frame), 0)


# ---------------------------------------------------------------------- round trips


def test_every_kind_of_column_comes_back():
    frame = penguins()
    back = round_trip(Tables.fit(frame), frame)
    assert list(back.columns) == list(frame.columns)
    for name in frame.columns:
        if name == "wing":  # full precision: kept as float32 standardised
            assert np.allclose(back[name], frame[name], atol=1e-5)
        else:
            assert same(back[name], frame[name]), name


@pytest.mark.parametrize(
    "least, dtype",
    [(2**53 + 1, "int64"), (-(2**62), "Int64"), (2**63 - 60, "UInt64"), (2**64 - 60, "uint64"), (2**64 - 60, "object")],
)
def test_whole_numbers_that_double_precision_would_round_are_names(least, dtype):
    values = [least + 2 * int(k) for k in np.random.default_rng(0).integers(0, 30, 200)]
    frame = pd.DataFrame({"ticket": pd.Series(values, dtype=object).astype(dtype), "k": np.arange(200) % 5})
    table = Tables.from_json(json.loads(json.dumps(Tables.fit(frame).to_json())))
    assert same(round_trip(table, frame)["ticket"], frame["ticket"])
    assert any("more than 15 digits are names" in line for line in table.describe())


def test_rows_that_differ_beyond_double_precision_have_keys_of_their_own():
    keys = row_keys(pd.DataFrame({"ticket": [2**60, 2**60 + 1, 2**60 + 1]}))
    assert keys[0] != keys[1] == keys[2]
    assert (keys == row_keys(pd.DataFrame({"ticket": [str(2**60), str(2**60 + 1), str(2**60 + 1)]}))).all()
    assert row_keys(pd.DataFrame({"x": pd.Series([3, 4], dtype=object)}))[0] == row_keys(pd.DataFrame({"x": [3.0]}))[0]


def test_a_csv_parquet_and_a_frame_of_large_numbers_have_one_rule(tmp_path):
    values = 2**60 + np.random.default_rng(0).integers(0, 20, 200)
    frame = pd.DataFrame({"ticket": values, "k": np.arange(200) % 5})
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    for source in (frame, read_table(tmp_path / "a.csv"), pd.read_parquet(tmp_path / "a.parquet")):
        column = Tables.fit(source).columns[0]
        assert column.kind == "category" and {*map(str, column.labels)} == {*map(str, values)}


def test_large_numbers_as_numbers_are_rounded_within_their_dtype_or_refused():
    values = 2**63 - 1 - 10**6 * np.arange(200, dtype=np.int64)
    frame = pd.DataFrame({"ticket": values, "k": np.arange(200) % 5})
    back = round_trip(Tables.fit(frame, types={"ticket": "number"}), frame)["ticket"]
    assert back.dtype == np.int64 and (back > 0).all()
    with pytest.raises(DataError):
        Tables.fit(frame, types={"ticket": "whole"})
    near = frame.assign(ticket=2**63 - 1 - np.arange(200) % 30)
    with pytest.raises(DataError):
        Tables.fit(near, types={"ticket": "number"})
    tiny = frame.assign(ticket=1e-300 * (1 + np.arange(200) % 3 * 1e-12))
    with pytest.raises(DataError, match="rescale them"):
        Tables.fit(tiny)


@given(
    st.integers(0, 6),
    st.integers(-(10**6), 10**6),
    st.lists(st.integers(0, 2**22 - 2), min_size=2, max_size=40),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_any_lattice_comes_back_bit_for_bit(decimals, first, index, missing):
    values = (first + np.array(index)) / 10.0**decimals
    frame = pd.DataFrame({"v": np.r_[values, np.nan] if missing else values, "w": np.arange(len(index) + missing) % 2})
    table = Tables.fit(frame, types={"v": "number"})
    back = round_trip(table, frame)
    assert np.array_equal(back["v"].to_numpy(), frame["v"].to_numpy(), equal_nan=True)


@given(st.lists(st.sampled_from(["a", "b", "", "é", "1", "01", None]), min_size=3, max_size=30))
@settings(max_examples=30, deadline=None)
def test_any_labels_come_back(labels):
    frame = pd.DataFrame({"c": pd.Series(labels, dtype="str"), "w": np.arange(len(labels)) % 2})
    table = Tables.fit(frame, types={"c": "category"})
    if "c" in round_trip(table, frame):
        assert same(round_trip(table, frame)["c"], frame["c"])
    else:
        assert all(label is None for label in labels)


@pytest.mark.parametrize("dtype", ["int8", "uint16", "Int32", "float32", "Float64", "object"])
def test_dtypes_of_numbers_are_kept(dtype):
    values = pd.Series([1, 2, 3, 5, 9, 2, 2, 1] * 4, dtype=dtype)
    back = round_trip(Tables.fit(pd.DataFrame({"v": values})), pd.DataFrame({"v": values}))["v"]
    assert back.dtype == ("int64" if dtype == "object" else dtype) and (back == values).all()


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([True, False, None, True] * 5, dtype="boolean"),
        pd.Series([True, False, None, True] * 5, dtype=object),
        pd.Series(["a", None, "b", "b"] * 5, dtype="string"),
        pd.Series(["a", None, "b", "b"] * 5, dtype="category"),
        pd.Series(pd.Categorical([3, 1, None, 1] * 5, [3, 2, 1], ordered=True)),
        pd.Series([datetime.date(1850, 1, 5), datetime.date(1851, 1, 9), None, datetime.date(1860, 1, 1)] * 5),
        pd.to_datetime(
            pd.Series(["1700-01-01 00:00:01", None, "1700-01-09 00:00:03", "1700-01-03"] * 5), format="mixed"
        ),
        pd.Series(["1/5/2021", "12/31/2021", None, "10/10/2022"] * 5, dtype="str"),
        *(
            pd.Series([day + end, None, later + end, later.replace("03:30", "02:30") + end] * 5, dtype="str")
            for end, day, later in (
                ("+01:00", "2021-02-11T02:30:00", "2021-03-28T03:30:00"),
                ("-0530", "2021-02-11 02:30", "2021-03-28 03:30"),
                (" +0000", "2021-03-28T03:29:58.120", "2021-03-28T03:29:59.005"),
                ("+01", "2021-03-28 03:29:59.123456", "2021-03-28 03:29:59.120001"),
                ("Z", "02/11/2021 02:30:00", "03/28/2021 03:30:00"),
                ("Z", "2021-03-28T02:30:00", "2021-03-28T03:30:00"),
            )
        ),
        pd.Series(["1/5/2021 2:30 PM", "12/31/2021 12:05 AM", None, "10/10/2022 11:59 AM"] * 5, dtype="str"),
        pd.Series(pd.to_datetime(["2021-03-27", "2021-03-28", "2021-03-29", None] * 5).tz_localize("Europe/Berlin")),
    ],
)
def test_other_dtypes_are_kept_with_their_holes(values):
    frame = pd.DataFrame({"v": values, "w": np.arange(20) % 3})
    table = Tables.fit(frame)
    assert same(round_trip(table, frame)["v"], values)
    written_as_date = isinstance(values[0], str) and len(values[0]) > 5
    assert table.columns[0].kind == "date" or not written_as_date


def test_blocks_of_rows_are_encoded_and_decoded_as_all_of_them(monkeypatch):
    frame = penguins()
    frame["place"] = ["north"] * 200 + ["south"] * 60 + [f"islet {k // 2}" for k in range(40)]
    table = Tables.fit(frame, given=["species"], types={"place": "category"})
    x, known = table.encode(frame)
    x[-1, table.spec.names.index("flipper")] = torch.nan  # whole numbers, missing in the last block alone
    whole = table.decode(x, known, 3)
    assert whole["place"].str.startswith("islet").sum() == 40 and whole["flipper"].dtype == float
    monkeypatch.setattr("genwright.kinds.tables.domain.ROWS", 64)
    assert torch.equal(table.encode(frame)[0][:-1].nan_to_num(-1), x[:-1].nan_to_num(-1))
    pd.testing.assert_frame_equal(table.decode(x, known, 3), whole)
    parts = table.decode_blocks(zip(x.split(70), known.split(70)), 3)
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)


def test_local_midnights_are_a_lattice_of_days():
    days = pd.Series(pd.date_range("2021-01-01", periods=50, tz="Europe/Berlin").repeat(2))
    leaf = Tables.fit(pd.DataFrame({"d": days})).spec.columns[0]
    assert (leaf.levels, leaf.unit) == (50, "day")


def test_json_is_exact():
    frame = penguins()
    frame["id"], frame["same"] = np.arange(len(frame)), "x"
    table = Tables.fit(frame, given=["species", "flipper"])
    again = Tables.from_json(json.loads(json.dumps(table.to_json())))
    assert again.spec == table.spec and again.given == table.given and again.describe() == table.describe()
    x, g = table.encode(frame)
    pd.testing.assert_frame_equal(again.decode(x, g, 1), table.decode(x, g, 1))


# ---------------------------------------------------------------------- the rules


def test_what_is_understood_is_said():
    frame = penguins()
    frame.insert(0, "id", np.arange(1000, 1300))
    frame["station"], frame["nothing"] = "Palmer", np.nan
    table = Tables.fit(frame)
    assert "4 numbers, 3 categories, 1 boolean, 3 dates, 1 constant, 2 ignored: `id`" in table.describe()[0]
    drawn = round_trip(table, frame)
    assert "id" not in drawn and "nothing" not in drawn and (drawn["station"] == "Palmer").all()


def test_leaves_of_numbers():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "half": rng.integers(0, 40, 500) / 2,
            "cents": rng.integers(0, 99999, 500) / 100,
            "full": rng.normal(size=500),
            "heavy": rng.lognormal(0, 2, 500),
            "noisy": np.arange(500) % 30 * 0.1,
            "single": rng.normal(size=500).astype("float32"),
        }
    )
    half, cents, full, heavy, noisy, single = Tables.fit(frame).spec.columns
    assert isinstance(half, Ordered) and half.width == 0.5 and half.levels == 40
    assert isinstance(cents, Ordered) and cents.width == 0.01
    assert isinstance(full, Real) and full.marginal.plain and abs(full.scale - 1) < 0.1
    assert isinstance(heavy, Real) and not heavy.marginal.plain
    assert isinstance(noisy, Ordered) and noisy.levels == 30
    assert isinstance(single, Real)


def test_a_frequent_value_among_full_precision_numbers_comes_back_exactly():
    rng = np.random.default_rng(0)
    rain = np.where(rng.random(600) < 0.4, 0.0, rng.gamma(2, 3.0, 600))
    table = Tables.fit(pd.DataFrame({"rain": rain}))
    bins = Marginals(table.spec)
    drawn = table.decode(bins.from_gaussian(Draws(0).normal(4000, 1)), torch.zeros(4000, 0), 0)["rain"]
    assert abs((drawn == 0).mean() - (rain == 0).mean()) < 0.04
    assert np.allclose(round_trip(table, pd.DataFrame({"rain": rain}))["rain"], rain, rtol=1e-5)


@pytest.mark.parametrize(
    "values",
    [
        [f"user {i}" for i in range(60)],
        list(range(60)),
        [f"{i % 50} is what this person had to say about it" for i in range(60)],
        [None] * 60,
        [complex(i % 3, 1) for i in range(60)],
    ],
)
def test_ignored_columns(values):
    assert Tables.fit(pd.DataFrame({"odd": values, "w": np.arange(60) % 7})).spec.names == ["w"]


def test_measurements_that_happen_to_differ_are_no_identifiers():
    mass = np.random.default_rng(0).choice(10**6, 60, replace=False)
    assert Tables.fit(pd.DataFrame({"mass": mass})).spec.names == ["mass"]
    with pytest.raises(DataError, match="no column"):
        Tables.fit(pd.DataFrame({"passengerId": mass}))
    assert Tables.fit(pd.DataFrame({"year": np.arange(1900, 1990)}), types={"year": "whole"}).spec.names == ["year"]


def test_many_labels_are_pooled_and_drawn_again():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"city": [f"c{int(k)}" for k in np.minimum(rng.pareto(0.7, 4000) * 3, 900)]})
    table = Tables.fit(frame)
    (leaf,) = table.spec.columns
    assert isinstance(leaf, Category) and leaf.k == 101
    drawn = round_trip(table, frame)["city"]
    rare = ~frame["city"].isin(table.columns[0].labels)
    assert (drawn[~rare] == frame["city"][~rare]).all()
    assert set(drawn[rare]) <= set(frame["city"][rare]) and drawn[rare].nunique() > 20
    x, g = table.encode(frame)
    assert (table.decode(x[:50], g[:50], 3) == table.decode(x, g, 3)[:50]).all().all()
    assert (table.decode(x, g, 3) != table.decode(x, g, 4)).any().any()


def test_a_label_or_an_absence_never_seen_keeps_a_finite_likelihood():
    frame = penguins()
    table = Tables.fit(frame)
    other = frame.copy()
    other.loc[0, "species"], other.loc[1, "zip"], other.loc[2, "bill"] = "Emperor", None, np.nan
    with (
        pytest.warns(UserWarning, match="'bill' misses 1 cells"),
        pytest.warns(UserWarning, match="'zip' misses 1 cells"),
    ):
        x, _ = table.encode(other)
    j = table.spec.names.index
    assert x[0, j("species")] == 3 and x[1, j("zip")] == 3
    head = Histogram(table.spec)
    assert head.log_prob(torch.zeros(len(x), table.spec.dims, head.size), x).isfinite().all()
    assert table.decode(x, torch.zeros(len(x), 0), 0)["species"][0] in ("Adelie", "Gentoo", "Chinstrap")


def test_types_and_drop():
    frame = penguins()
    table = Tables.fit(frame, types={"flipper": "category", "tagged": "number", "bill": "real"}, drop=["wing"])
    leaves, back = dict(table.spec.leaves), round_trip(table, frame)
    assert [type(leaves[name]) for name in ("flipper", "tagged", "bill")] == [Category, Ordered, Real]
    assert "wing" not in leaves and all(same(back[name], frame[name]) for name in ("flipper", "tagged"))


# ---------------------------------------------------------------------- margins


def margins_of(frame: pd.DataFrame) -> tuple[Tables, torch.Tensor]:
    table = Tables.fit(frame)
    return table, table.encode(frame)[0]


def test_margins_make_training_rows_standard_normal():
    table, x = margins_of(penguins(3000))
    for leaf in table.spec.columns:
        edges, probs = np.array(leaf.marginal.edges), np.array(leaf.marginal.probs)
        assert (np.diff(edges) > 0).all() and (probs > 0).all() and abs(probs.sum() - 1) < 1e-9 and len(probs) <= 128
        if leaf.discrete:
            assert (edges % 1 == 0.5).all()
    z, log_det = Marginals(table.spec).to_gaussian(x, Draws("z"))
    assert z.isfinite().all() and log_det.isfinite().all()
    assert z.mean(0).abs().max() < 0.08 and (z.std(0) - 1).abs().max() < 0.06
    assert torch.allclose(Marginals(table.spec).from_gaussian(z), x, atol=1e-3, equal_nan=True)


def test_the_histogram_over_the_bins_has_mass_one():
    frame = penguins()[["species", "mass", "tagged", "grade"]]
    table, x = margins_of(frame)
    head = Histogram(table.spec)
    params = Draws("p").normal(1, table.spec.dims, head.size)
    for j, leaf in enumerate(table.spec.columns):
        low, high = round(leaf.marginal.edges[0] + 0.5), round(leaf.marginal.edges[-1] - 0.5)
        values = torch.cat([torch.arange(low, high + 1).float(), torch.tensor([torch.nan] * leaf.optional)])
        rows = x[:1].expand(len(values), -1).clone()
        rows[:, j] = values
        mass = head.log_prob(params.expand(len(values), -1, -1), rows)[:, j].double().exp().sum()
        assert abs(mass - 1) < 1e-4


def test_unseen_numbers_fall_into_wide_tails_and_draws_are_clipped():
    table, x = margins_of(pd.DataFrame({"v": [1, 2, 3, 4, 4, 4, 5, 9] * 10}))
    (leaf,) = table.spec.columns
    assert abs(leaf.marginal.probs[0] - 0.5 / 81) < 1e-3 and leaf.marginal.edges[0] == -0.5 - 8 * leaf.levels
    far, _ = table.encode(pd.DataFrame({"v": [-20, 60]}))
    assert Marginals(table.spec).to_bins(far).flatten().tolist() == [1, len(leaf.marginal.probs)]
    assert table.decode(far, torch.zeros(2, 0), 0)["v"].tolist() == [1, 9]


def test_frequent_levels_have_bins_of_their_own():
    rng = np.random.default_rng(0)
    gain = np.where(rng.random(20000) < 0.9, 0, rng.integers(1, 90000, 20000))
    gain[rng.random(20000) < 0.02] = 7688
    table, x = margins_of(pd.DataFrame({"gain": gain}))
    edges = np.array(table.spec.columns[0].marginal.edges)
    for value in (0, 7688):
        assert value - 0.5 in edges and value + 0.5 in edges
    few, _ = margins_of(pd.DataFrame({"age": rng.integers(17, 91, 5000)}))
    assert len(few.spec.columns[0].marginal.probs) == 74 + 2


def test_bins_estimate_a_density_that_fresh_rows_confirm():
    rng = np.random.default_rng(0)
    draw = lambda n: 2 * np.cos(2 * np.pi * rng.integers(8, size=n) / 8) + 0.2 * rng.normal(size=n)
    table = Tables.fit(pd.DataFrame({"v": draw(20000)}))
    (leaf,) = table.spec.columns
    x = table.encode(pd.DataFrame({"v": draw(20000)}))[0][:, 0].numpy()
    at = np.searchsorted(leaf.marginal.edges, x, side="right") - 1
    nats = (np.log(leaf.marginal.probs) - np.log(np.diff(leaf.marginal.edges)))[at].mean() - leaf.log_volume
    modes = 2 * np.cos(2 * np.pi * np.arange(8) / 8)
    grid = draw(20000)
    truth = np.log(np.exp(-0.5 * ((grid[:, None] - modes) / 0.2) ** 2).mean(1) / (0.2 * np.sqrt(2 * np.pi))).mean()
    assert truth - 0.05 < nats < truth + 0.03


def test_long_tails_do_not_starve_the_bulk():
    rng = np.random.default_rng(0)
    (leaf,) = Tables.fit(pd.DataFrame({"v": rng.lognormal(0, 2, 20000)})).spec.columns
    assert max(leaf.marginal.probs) < 0.02


def test_plain_columns_are_neither_skewed_nor_heavy_nor_missing():
    rng = np.random.default_rng(0)
    bell = rng.normal(size=2000)
    frame = pd.DataFrame(
        {"bell": bell, "skewed": bell * 0.1 + (rng.random(2000) < 0.15), "heavy": rng.laplace(size=2000) ** 3}
    )
    frame["holes"] = pd.Series(bell).mask(rng.random(2000) < 0.1)
    assert [leaf.marginal.plain for leaf in Tables.fit(frame).spec.columns] == [True, False, False, False]


# ---------------------------------------------------------------------- given


def test_given_columns_leave_the_spec_and_come_back():
    frame = penguins()
    table = Tables.fit(frame, given=["species", "flipper"])
    assert table.given.names == ["species", "flipper"] and "species" not in table.spec.names
    back = round_trip(table, frame)
    assert list(back.columns) == list(frame.columns)
    assert same(back["species"], frame["species"]) and same(back["flipper"], frame["flipper"])
    x, g = table.encode(frame.drop(columns="species"))
    assert g[:, 0].isnan().all() and not g[:, 1].isnan().any()
    assert back.attrs["seed"] == 0


def test_given_by_the_users_own_values():
    table = Tables.fit(penguins(), given=["species", "flipper", "seen"])
    rows = table.encode_given({"species": ["Gentoo", None], "flipper": "190"}, 2)
    back = table.decode(table.encode(penguins())[0][:2], rows, 0)
    assert back["species"].tolist()[0] == "Gentoo" and back["species"].isna().tolist() == [False, True]
    assert back["flipper"].tolist() == [190, 190] and back["seen"].isna().all()
    day = table.encode_given({"seen": "2008-01-01"}, 1)
    assert table.decode(torch.zeros(1, table.spec.dims), day, 0)["seen"][0] == pd.Timestamp("2008-01-01")


def test_labels_are_found_by_how_they_are_written():
    frame = pd.DataFrame({"digit": np.arange(40) % 10, "w": np.arange(40) % 3})
    table = Tables.fit(frame, given=["digit"], types={"digit": "category"})
    rows = table.encode_given({"digit": ["3", 3]}, 2)
    assert rows[0] == rows[1] and table.decode(torch.zeros(2, 1), rows, 0)["digit"].tolist() == [3, 3]


# ---------------------------------------------------------------------- holes


def test_known_cells_are_kept_bit_for_bit():
    frame = penguins().assign(id=np.arange(300), station="Palmer")
    table = Tables.fit(frame)
    holes = frame.copy().set_index(pd.Index([f"row {i}" for i in range(300)]))
    rng = np.random.default_rng(1)
    for name in table.spec.names:
        holes[name] = holes[name].mask(pd.Series(rng.random(300) < 0.3, holes.index))
    holes["station"] = holes["station"].mask(pd.Series(rng.random(300) < 0.3, holes.index))
    x, g, known = table.encode_holes(holes, None, None)
    assert (known.numpy() == holes[table.spec.names].notna().to_numpy()).all()
    filler = table.encode(frame.fillna({"mass": 3000, "species": "Adelie"}))[0].roll(1, 0)
    about = {"method": "m", "kind": "exact", "seed": 3}
    done = table.decode_holes(torch.where(known, x, filler), holes, known, g, about)
    assert not done.isna().any().any() and list(done.index) == list(holes.index) and done.attrs == about
    for name in frame.columns:
        kept = holes[name].notna()
        assert (done[name][kept].astype(object) == holes[name][kept].astype(object)).all()
        assert done[name].dtype == frame[name].dtype, name
    kept, bits = holes["wing"].notna(), lambda cells: cells.to_numpy().view("int64")
    assert (bits(done["wing"][kept]) == bits(holes["wing"][kept])).all()


def test_holes_by_mask_and_by_missing_column():
    frame = penguins()
    table = Tables.fit(frame, given=["species"])
    mask = pd.DataFrame({"bill": np.arange(300) % 2 == 0, "mass": True})
    x, g, known = table.encode_holes(frame, mask, {"species": "Gentoo"})
    names = table.spec.names
    assert known[:, names.index("bill")].tolist() == mask["bill"].tolist() and known[:, names.index("mass")].all()
    assert not known[:, names.index("wing")].any() and (g == g[0]).all()
    half = frame[["bill", "wing"]].copy()
    x, g, known = table.encode_holes(half, None, None)
    done = table.decode_holes(torch.zeros_like(x), half, known, g, {"seed": 0})
    assert set(names) <= set(done.columns) and (done["bill"] == frame["bill"]).all()
    with pytest.raises(DataError, match="must be bool"):
        table.encode_holes(frame, np.ones((3, 2)), None)
    with pytest.raises(DataError):
        table.encode_holes(pd.DataFrame({"q": [1.0]}), None, None)


# ---------------------------------------------------------------------- bad input


def test_extra_columns_and_foreign_indices_do_no_harm():
    frame = penguins()
    table = Tables.fit(frame)
    odd = frame.sample(frac=1, random_state=0).assign(extra=1)[["extra", *reversed(frame.columns)]]
    encoded = [table.encode(rows)[0].nan_to_num(-1) for rows in (odd, frame.loc[odd.index])]
    assert torch.equal(*encoded)


def test_arrays_of_numbers():
    x = np.random.default_rng(0).normal(size=(200, 2))
    table = Tables.fit(x)
    assert table.spec.names == ["x0", "x1"] and all(leaf.marginal.plain for leaf in table.spec.columns)
    assert np.allclose(round_trip(table, x).to_numpy(), x, atol=1e-6)
    one = Tables.fit(x[:, :1])
    assert one.spec.dims == 1


# ---------------------------------------------------------------------- files and keys


def test_written_tables_read_back(tmp_path):
    frame = penguins().drop(columns=["noted", "seen"])
    table = Tables.fit(frame)
    for name in ("out.csv", "out.csv.gz"):
        back = read_table(table.write(frame, tmp_path / name))
        assert round_trip(table, back).astype(object).equals(round_trip(table, frame).astype(object))
    with np.load(table.write(penguins(), tmp_path / "out.npz"), allow_pickle=False) as arrays:
        assert set(arrays) == set(penguins().columns) and arrays["bill"].tolist() == frame["bill"].tolist()
        assert all(arrays[name].dtype != object for name in arrays)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.csv", "out.csv.gz", "out.npz"]
    first = (tmp_path / "out.csv.gz").read_bytes()
    assert table.write(frame, tmp_path / "out.csv.gz").read_bytes() == first


def test_writing_elsewhere_is_refused(tmp_path):
    table = Tables.fit(penguins())
    with pytest.raises(DataError):
        table.write(penguins(), tmp_path / "out.xlsb")
    with pytest.raises(DataError, match="no folder"):
        table.write(penguins(), tmp_path / "nowhere" / "out.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(RunError, match="folder.csv"):
        table.write(penguins(), tmp_path / "folder.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["folder.csv"]


def test_row_keys():
    frame = penguins()
    keys = row_keys(frame)
    assert keys.dtype == np.uint64 and len(np.unique(keys)) == len(frame)
    types = {"flipper": "float64", "tagged": "boolean", "zip": "category", "species": "category"}
    assert (row_keys(frame[list(reversed(frame.columns))].astype(types)) == keys).all()
    assert (row_keys(frame.iloc[::-1]) == keys[::-1]).all()
    changed = frame.copy()
    changed.loc[5, "bill"] += 0.1
    assert (row_keys(changed) != keys).sum() == 1
    pair = pd.DataFrame({"a": [1.0, 2.0], "b": [2.0, 1.0]})
    assert len(np.unique(row_keys(pair))) == 2
    zero, minus = (row_keys(pd.DataFrame({"a": [value], "b": ["x"]})) for value in (0.0, -0.0))
    assert zero == minus


def test_row_keys_are_the_same_for_ever():
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": pd.to_datetime(["2020-01-01", None])})
    assert [int(key) for key in row_keys(frame)] == KEYS


KEYS = [14399932980089641703, 6958633849256471102]


# ---------------------------------------------------------------------- real tables

REAL = sorted((Path(os.environ.get("GENWRIGHT_DATA", "nowhere")) / "tables").glob("*.csv.gz"))


@pytest.mark.long
@pytest.mark.skipif(not REAL, reason="set GENWRIGHT_DATA to a folder with tables/*.csv.gz")
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_real_tables_come_back(path):
    frame = read_table(path)
    table = Tables.fit(frame)
    back = round_trip(table, frame)
    for column in table.columns:
        if column.name in back and column.name != "alcohol":  # a few cells of it have 13 digits
            assert same(back[column.name], frame[column.name]), column.name
    x = table.encode(frame)[0]
    z, _ = Marginals(table.spec).to_gaussian(x, Draws("real"))
    assert z.isfinite().all() and z.mean(0).abs().max() < 0.2 and (z.std(0) - 1).abs().max() < 0.15


def test_a_whole_number_beyond_64_bits_is_kept_as_it_was_written():
    """As text reads it: no column of whole numbers holds it, so that the completed column is one of objects."""
    cells = pd.Series(["3", "1" * 30, None], dtype="str")
    filled = merge(cells, np.array([True, True, False]), pd.Series([0, 0, 5], dtype="int64"))
    assert filled.tolist() == ["3", "1" * 30, 5]
