# Tests kinds/values/cells.py
"""Frames of pandas, Arrow and others: samples and completions have the columns and the types that a fit was given."""

import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import genwright as gw
from genwright.core.errors import DataError
from genwright.kinds.values.cells import dtype_from_json, dtype_to_json

pa = pytest.importorskip("pyarrow")


def frame() -> pd.DataFrame:
    """A column of each type, every seventh cell missing where the type has a missing value."""
    rng = np.random.default_rng(0)
    number, label = pd.Series(rng.integers(0, 9, 84)), pd.Series(rng.choice(list("abc"), 84), dtype=object)
    day = pd.Timestamp("2022-01-01") + pd.Series(pd.to_timedelta(rng.integers(0, 60, 84), unit="D"))
    plain = {name: number.astype(name) for name in ("int8", "uint16", "float32")}
    arrow = [f"{name}[pyarrow]" for name in ("int64", "uint8", "float", "double", "bool", "halffloat")]
    holes = {name: number.astype(name) for name in ("Int64", "UInt8", "Float32", "Float64", *arrow[:4])}
    holes |= {name: (number > 4).astype(name) for name in ("boolean", arrow[4])}
    holes["half"] = (number / 4).astype("float[pyarrow]").astype(arrow[5])
    holes |= {name: label.astype(name) for name in ("str", "string", "string[python]", "object")}
    holes["text"] = label.astype(pd.ArrowDtype(pa.large_string()))
    holes["ordered"] = pd.Series(pd.Categorical(label, ["c", "a", "never", "b"], ordered=True))
    holes["labels of Arrow"] = label.astype(pd.ArrowDtype(pa.string())).astype("category")
    holes["dictionary"] = pd.Series(pd.arrays.ArrowExtensionArray(pa.array(label.tolist()).dictionary_encode()))
    holes |= {unit: day.astype(f"datetime64[{unit}]") for unit in ("s", "ms", "us", "ns")}
    holes["zone"] = day.astype("datetime64[ms]").dt.tz_localize("Europe/Berlin")
    holes["stamp"] = day.astype(pd.ArrowDtype(pa.timestamp("ms", "UTC")))
    holes["date"] = day.astype(pd.ArrowDtype(pa.date32()))
    cents = pa.array([Decimal(int(n)) / 4 for n in number], pa.decimal128(10, 2))
    holes["decimal"] = pd.Series(pd.arrays.ArrowExtensionArray(cents))
    gone = pd.Series(np.arange(84) % 7 == 0)
    return pd.DataFrame(plain | {name: cells.mask(gone) for name, cells in holes.items()})


def storage(dtype):
    """What pandas leaves out when it compares two types of text."""
    return getattr(dtype, "storage", None), repr(getattr(dtype, "na_value", None))


@pytest.fixture(scope="module")
def model():
    return gw.fit(gw.load_data(frame()), "independent", items=10)


@pytest.mark.long
def test_samples_and_completions_have_the_types_of_the_frame(model, tmp_path):
    given = frame().rename_axis("row")
    sampled, completed = model.sample(200, seed=0), model.complete(given, seed=0)
    for found in (sampled, completed):
        pd.testing.assert_series_equal(found.dtypes, given.dtypes)
        assert list(map(storage, found.dtypes)) == list(map(storage, given.dtypes))
    assert sampled["Int64"].isna().any() and not completed.isna().any(axis=None) and completed.index.name == "row"
    assert np.isfinite(model.log_prob(sampled).nats).all()
    again = gw.load_model(model.save(tmp_path / "run")).sample(200, seed=0)
    pd.testing.assert_frame_equal(again, sampled)
    assert list(map(storage, again.dtypes)) == list(map(storage, sampled.dtypes))


def test_a_type_comes_back_from_json_as_it_was():
    of_python_text = pd.CategoricalDtype(pd.Index(["b", "a"], dtype="string[python]"), ordered=True)
    for dtype in [*frame().dtypes, of_python_text]:
        back = dtype_from_json(dtype_to_json(dtype))
        assert back == dtype and storage(back) == storage(dtype), dtype
    assert storage(back.categories.dtype) == storage(of_python_text.categories.dtype)


def test_a_frame_of_arrow_types_keeps_decimals_of_single_precision():
    values = pd.Series(np.random.default_rng(0).integers(0, 99, 60) / 10).astype("float32").astype("float[pyarrow]")
    data = gw.load_data(pd.DataFrame({"v": values, "w": range(60)}))
    assert data.domain.columns[0].lattice.decimals == 1


class Elsewhere:
    """A table of another library, which hands itself over as Arrow does."""

    def __init__(self, table):
        self.table, self.columns = table, table.column_names

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


def test_tables_of_arrow_and_of_other_libraries_are_frames():
    texts = pa.array(["x", "y", None, "z"] * 10)
    columns = {"n": pa.array([1, 2, None, 4] * 10, pa.int16()), "text": texts}
    days = pa.array([*pd.date_range("2020-01-01", periods=40)], pa.timestamp("ms", "UTC"))
    columns |= {"view": texts.cast(pa.string_view()), "label": texts.dictionary_encode(), "time": days}
    table = pa.table(columns)
    model = gw.fit(table, "independent", items=10)
    for items in (table, table.to_batches()[0], Elsewhere(table)):
        completed = model.complete(items, seed=0)
        assert list(completed.dtypes[:2]) == [pd.ArrowDtype(kind) for kind in (pa.int16(), pa.string())]
        assert list(completed["label"].cat.categories) == ["x", "y", "z"] and not completed.isna().any(axis=None)
        assert len(model.log_prob(items).nats) == 40
    sampled = gw.Generator("independent", random_state=0).fit(Elsewhere(table)).sample(5)
    assert list(sampled) == table.column_names and sampled["view"].dtype == pd.ArrowDtype(pa.large_string())
    assert sampled["time"].dtype == pd.ArrowDtype(pa.timestamp("ms", "UTC"))


def test_an_index_that_pandas_hands_to_arrow_is_a_column_where_it_has_a_name():
    rows = pd.DataFrame({"a": range(40), "b": [1, 2] * 20}, index=[*range(39, -1, -1)])
    names = lambda rows: [c.name for c in gw.load_data(pa.Table.from_pandas(rows)).domain.columns]
    assert "__index_level_0__" in pa.Table.from_pandas(rows).column_names
    assert names(rows) == ["a", "b"] and names(rows.rename_axis("place")) == ["a", "b", "place"]


def test_an_array_has_the_columns_of_the_frame_in_their_order():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"id": range(40), "size": rng.normal(size=40).round(2), "kind": rng.choice(["a", "b"], 40)})
    model = gw.fit(gw.load_data(rows), "independent", items=10)
    assert np.array_equal(model.log_prob(rows.to_numpy()).nats, model.log_prob(rows).nats)
    completed = model.complete(rows.assign(kind=None).to_numpy(), seed=0)
    assert list(completed) == list(rows) and set(completed["kind"]) == {"a", "b"}
    with pytest.raises(DataError):
        model.log_prob(rows.to_numpy()[:, 1:])


def test_an_array_of_numbers_or_dates_takes_the_names_of_the_columns():
    numbers, days = np.arange(40), pd.date_range("2020-01-01", periods=40)
    for rows in (pd.DataFrame({"a": numbers / 7, "b": numbers % 7}), pd.DataFrame({"a": days, "b": days[::-1]})):
        model = gw.fit(rows, "pca", items=500, seed=0)
        np.testing.assert_array_equal(model.encode(rows.to_numpy()), model.encode(rows))


def test_columns_of_two_levels_are_refused_with_a_remedy_that_works():
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 2)))
    table.columns = pd.MultiIndex.from_tuples([("size", "mean"), ("size", 2)])
    with pytest.raises(DataError) as refused:
        gw.load_data(table)
    exec(str(refused.value).split("Join them: ")[1], {"table": table})
    assert gw.load_data(table).domain.spec.names == ["size_mean", "size_2"]


def test_durations_are_read_and_intervals_ignored_with_a_remedy_that_works():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"v": rng.normal(size=40), "took": pd.to_timedelta(rng.integers(0, 9, 40), unit="h")})
    table["band"] = pd.cut(table["v"], 4)
    took, band = gw.load_data(table).domain.columns[1:]
    assert took.kind == "date" and band.kind == "ignored"
    follow = lambda column: eval(f"cells{column.why[column.why.index('.') :]}", {"cells": table[column.name]})
    table = table.assign(band=follow(band))
    assert gw.load_data(table).domain.spec.names == ["v", "took", "band"]


@pytest.mark.parametrize("dtype", ["timedelta64[s]", "duration[s][pyarrow]"])
def test_durations_that_are_to_be_numbers_are_refused_with_a_remedy_that_works(dtype):
    table = pd.DataFrame({"took": pd.to_timedelta(np.arange(40) % 9, "s"), "v": range(40)}).astype({"took": dtype})
    with pytest.raises(DataError) as refused:
        gw.load_data(table, types={"took": "number"})
    table["took"] = eval(re.search(r"table\[.*\)", str(refused.value))[0])
    assert gw.fit(table, "independent", items=10).sample(9)["took"].between(0, 8).all()


def test_the_estimator_takes_an_arrow_table_and_labels_with_a_type():
    rows = pd.DataFrame({"a": np.arange(40) / 7, "b": np.arange(40) % 7})
    sizes = pd.Categorical.from_codes(np.arange(40) % 3, ["small", "medium", "large"], ordered=True)
    generator = gw.Generator("independent", items=10, random_state=0)
    found, labels = generator.fit(pa.Table.from_pandas(rows), pd.Series(sizes)).sample(4)
    assert list(found.columns) == ["a", "b"] and set(labels) <= {"small", "medium", "large"}


def test_the_estimator_gives_columns_back_their_names_that_are_numbers():
    rows = pd.DataFrame({0: np.arange(40) / 7, 1: ["x", "y"] * 20})
    assert list(gw.Generator("independent", items=10, random_state=0).fit(rows).sample(4).columns) == [0, 1]
