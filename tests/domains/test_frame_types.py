"""The types of pandas and Arrow keep their form from the training table to the samples, and bad ones get a remedy."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import genwright
from genwright.core.errors import DataError
from genwright.domains.tables.cells import dtype_from_json, dtype_to_json

N = 120
DAYS = pd.date_range("2020-01-01", periods=N, freq="D")
NUMBERS = np.random.default_rng(0).integers(0, 50, N)
LETTERS = np.array(["a", "b", "c"])[NUMBERS % 3]
SIZES = pd.Categorical.from_codes(NUMBERS % 3, categories=["small", "medium", "large"], ordered=True)
COLUMNS = {
    "Int64": pd.array(NUMBERS, dtype="Int64"),
    "Float32": pd.array(NUMBERS / 7, dtype="Float32"),
    "boolean": pd.array(NUMBERS % 2 == 0, dtype="boolean"),
    "uint8": NUMBERS.astype("uint8"),
    "category": SIZES,
    "zoned": DAYS.tz_localize("Europe/Berlin").as_unit("ms"),
    "seconds": DAYS.as_unit("s"),
    "str": pd.array(LETTERS, dtype="str"),
    "string_python": pd.array(LETTERS, dtype="string[python]"),
    "string_pyarrow": pd.array(LETTERS, dtype="string[pyarrow]"),
    "arrow_int32": pd.array(NUMBERS, dtype="int32[pyarrow]"),
    "arrow_double": pd.array(NUMBERS / 7, dtype="double[pyarrow]"),
    "arrow_half": pd.array((NUMBERS / 8).astype("float16"), dtype=pd.ArrowDtype(pa.float16())),
    "arrow_string": pd.array(LETTERS, dtype=pd.ArrowDtype(pa.string())),
    "arrow_bool": pd.array(NUMBERS % 2 == 0, dtype=pd.ArrowDtype(pa.bool_())),
    "arrow_time": pd.array(DAYS, dtype=pd.ArrowDtype(pa.timestamp("us", "UTC"))),
}


def storage(dtype):
    """What pandas leaves out when it compares two types of text."""
    return getattr(dtype, "storage", None), repr(getattr(dtype, "na_value", None))


@pytest.fixture(scope="module")
def table():
    frame = pd.DataFrame(COLUMNS)
    frame.loc[3, ["Int64", "Float32", "boolean", "string_python", "arrow_int32", "arrow_string"]] = pd.NA
    return frame


@pytest.fixture(scope="module")
def model(table):
    return genwright.fit(table, "pca", items=500, seed=0)


def test_samples_have_the_types_of_the_training_table(table, model):
    samples = model.sample(30, seed=1)
    assert list(samples.columns) == list(table.columns)
    for name in table:
        assert samples[name].dtype == table[name].dtype, name
        assert storage(samples[name].dtype) == storage(table[name].dtype), name
    assert list(samples["category"].cat.categories) == ["small", "medium", "large"]
    assert samples["category"].cat.ordered
    assert samples["Int64"].dropna().between(0, 49).all()


def test_a_saved_model_samples_the_same_types(table, tmp_path):
    genwright.fit(table, "independent", items=500, seed=0, out=tmp_path / "run")
    samples = genwright.load_model(tmp_path / "run").sample(5, seed=1)
    assert [str(kind) for kind in samples.dtypes] == [str(kind) for kind in table.dtypes]
    assert storage(samples["string_python"].dtype) == storage(table["string_python"].dtype)


def test_a_type_comes_back_from_json_as_it_was():
    for name, values in COLUMNS.items():
        dtype = pd.Series(values).dtype
        back = dtype_from_json(dtype_to_json(dtype))
        assert back == dtype and storage(back) == storage(dtype), name
    of_text = pd.CategoricalDtype(pd.Index(["b", "a"], dtype="string[python]"), ordered=True)
    back = dtype_from_json(dtype_to_json(of_text))
    assert back == of_text and storage(back.categories.dtype) == storage(of_text.categories.dtype)


def test_to_numpy_of_the_training_table_stands_for_the_table(table, model):
    array = table.to_numpy()
    assert array.dtype == object
    np.testing.assert_array_equal(model.log_prob(array).nats, model.log_prob(table).nats)
    np.testing.assert_array_equal(model.encode(array), model.encode(table))


def test_an_array_of_numbers_or_dates_takes_the_names_of_the_columns():
    for frame in (pd.DataFrame({"a": NUMBERS / 7, "b": NUMBERS}), pd.DataFrame({"a": DAYS, "b": DAYS[::-1]})):
        model = genwright.fit(frame, "pca", items=500, seed=0)
        np.testing.assert_array_equal(model.encode(frame.to_numpy()), model.encode(frame))


def test_an_array_with_another_number_of_columns_is_refused(table, model):
    with pytest.raises(DataError, match=f"the array has 2 columns, but the training table has {table.shape[1]}"):
        model.encode(table.to_numpy()[:, :2])


@pytest.mark.parametrize("text", [pa.string(), pa.string_view()])
def test_an_arrow_table_is_a_table(text):
    arrow = pa.table(
        {
            "number": pa.array(NUMBERS, pa.int16()),
            "text": pa.array(LETTERS, pa.string()).cast(text),
            "size": pa.array(SIZES),
            "time": pa.array(DAYS, pa.timestamp("ms", "UTC")),
        }
    )
    model = genwright.fit(arrow, "pca", items=500, seed=0)
    samples = model.sample(5, seed=1)
    assert list(samples.columns) == arrow.column_names
    assert samples["number"].dtype == "int16[pyarrow]"
    assert samples["text"].isin([*"abc"]).all()
    assert list(samples["size"].cat.categories) == ["small", "medium", "large"]
    assert samples["time"].dtype == pd.ArrowDtype(pa.timestamp("ms", "UTC"))
    assert model.encode(arrow).shape[0] == N


def test_the_index_that_pandas_stores_in_an_arrow_table_is_no_column():
    frame = pd.DataFrame({"a": NUMBERS, "b": LETTERS})[NUMBERS > 5]
    arrow = pa.Table.from_pandas(frame)
    assert "__index_level_0__" in arrow.column_names
    assert list(genwright.fit(arrow, "independent", items=500).sample(2).columns) == ["a", "b"]


def test_the_remedy_for_column_names_of_two_levels_works():
    table = pd.DataFrame({("a", 1): NUMBERS, ("a", "x"): LETTERS})
    with pytest.raises(DataError, match="names of 2 levels") as error:
        genwright.fit(table, "independent", items=500)
    exec(re.search(r"table\.columns = .*\]", str(error.value))[0])
    assert list(genwright.fit(table, "independent", items=500).sample(2).columns) == ["a_1", "a_x"]


@pytest.mark.parametrize("dtype", ["timedelta64[s]", "duration[s][pyarrow]"])
def test_the_remedy_for_durations_works(dtype):
    table = pd.DataFrame({"wait": pd.Series(pd.to_timedelta(NUMBERS, "s")).astype(dtype), "letter": LETTERS})
    with pytest.raises(DataError, match="column 'wait' holds durations") as error:
        genwright.load_data(table, types={"wait": "number"})
    table["wait"] = eval(re.search(r"table\[.*\)", str(error.value))[0])
    assert genwright.fit(table, "independent", items=500).sample(9)["wait"].between(0, 49).all()


@pytest.mark.parametrize(
    "values", [pd.to_timedelta(NUMBERS, "s"), pd.cut(NUMBERS, 3)], ids=["durations", "categories of intervals"]
)
def test_the_remedy_for_a_column_that_is_ignored_works(values):
    table = pd.DataFrame({"odd": values, "letter": LETTERS})
    (message,) = (line for line in genwright.load_data(table).domain.describe() if "`odd`, of type" in line)
    table["odd"] = eval(f"table['odd']{re.search(r' (.(?:dt|astype).*[)])', message)[1]}")
    assert not any("ignored" in line for line in genwright.load_data(table).domain.describe())


def test_the_estimator_takes_an_arrow_table_and_labels_with_a_type():
    frame = pd.DataFrame({"a": NUMBERS / 7, "b": NUMBERS})
    generator = genwright.Generator("independent", items=500, random_state=0)
    found, labels = generator.fit(pa.Table.from_pandas(frame), pd.Series(SIZES)).sample(4)
    assert list(found.columns) == ["a", "b"]
    assert set(labels) <= {"small", "medium", "large"}


def test_the_estimator_gives_columns_back_their_names_that_are_numbers():
    frame = pd.DataFrame({0: NUMBERS / 7, 1: LETTERS})
    generator = genwright.Generator("independent", items=500, random_state=0)
    assert list(generator.fit(frame).sample(4).columns) == [0, 1]
