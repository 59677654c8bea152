# Tests series/kinds/clock.py, series/kinds/cut.py, series/kinds/domain.py, series/kinds/kind.py,
#   series/kinds/load.py, series/kinds/raw.py, series/kinds/reading.py, series/kinds/recognise.py,
#   series/kinds/subjects.py
"""Tables as series: subjects and order, statics, windows, every form of source, and all that can be wrong."""

import warnings

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.core.errors import DataError
from genwright.series.contract import made_visits
from genwright.series.kinds.domain import Series
from genwright.series.kinds.recognise import find_series
from genwright.series.kinds.subjects import Subjects

SAID = dict(kind="series", group="patient", time="visit_date")


@pytest.fixture(scope="module")
def visits():
    return made_visits(60)


@pytest.fixture(scope="module")
def data(visits):
    return genwright.load_data(visits, **SAID)


def sensor(rows=600, seed=0, start="2024-01-01", freq="h"):
    """A recording of one number, every hour."""
    rng = np.random.default_rng(seed)
    t = np.arange(rows)
    value = np.sin(2 * np.pi * t / 24) + 0.3 * rng.normal(size=rows)
    return pd.DataFrame({"timestamp": pd.date_range(start, periods=rows, freq=freq), "value": value.round(3)})


def test_subjects_have_their_rows_in_the_order_of_time(visits, data):
    rng = np.random.default_rng(0)
    mixed = visits.iloc[rng.permutation(len(visits))]
    again = genwright.load_data(mixed, **SAID)
    assert {*data.keys("test")} == {*again.keys("test")}
    notes = " ".join(again.notes)
    assert "stand apart" in notes and "went back" in notes
    for one in again.train[:5]:
        assert one["visit_date"].is_monotonic_increasing and one["patient"].nunique() == 1


def test_statics_are_conditions_and_the_rest_is_learned(data):
    assert data.domain.given.names == ["sex", "visit_date"]
    assert data.domain.spec.leaf.each.names == ["step of visit_date", "weight", "dose", "status"]
    assert data.domain.spec.leaf.ordered and data.domain.endings == (("status", 2),)


def test_a_domain_comes_back_from_its_record(data):
    import json

    again = Series.from_json(json.loads(json.dumps(data.domain.to_json())))
    assert again.spec == data.domain.spec and again.given == data.domain.given
    (x, given), (y, other) = data.domain.encode(data.test), again.encode(data.test)
    assert x.x.equal(y.x) or np.array_equal(x.x, y.x, equal_nan=True)
    assert np.array_equal(given, other, equal_nan=True)


def test_what_is_encoded_is_decoded(data):
    x, given = data.domain.encode(data.train)
    back = data.domain.decode(x, given, 0)
    frame, own = data.domain.plain(back).frame, data.domain.plain(data.train).frame
    for name in ("sex", "visit_date", "weight", "dose", "status"):
        assert frame[name].equals(own[name]), name
    assert not {*frame["patient"]} & {*own["patient"]} and frame["patient"].nunique() == len(data.train)


def test_keys_know_the_order_of_rows_and_no_names(data):
    one = data.test[:1]
    renamed = one.with_rows(one.frame.assign(patient="X"))
    assert data.domain.keys(renamed) == data.domain.keys(one)
    if one.sizes[0] > 1:
        turned = one.with_rows(one.frame.assign(dose=one.frame["dose"].to_numpy()[::-1]))
        assert data.domain.keys(turned) != data.domain.keys(one)


def indexed(visits):
    return visits.assign(visit_date=pd.to_datetime(visits["visit_date"])).set_index(["patient", "visit_date"])


@pytest.mark.parametrize("form", ["csv", "parquet", "index", "folder"])
def test_every_form_holds_the_same_series(form, visits, data, tmp_path):
    said = dict(SAID)
    if form == "index":
        source, said = indexed(visits), {"kind": "series"}
    elif form == "folder":
        source, said = tmp_path / "visits", {"kind": "series", "time": "visit_date"}
        source.mkdir()
        for name, rows in visits.groupby("patient"):
            rows.drop(columns="patient").to_csv(source / f"{name}.csv", index=False)
    else:
        source = tmp_path / f"visits.{form}"
        getattr(visits, f"to_{form}")(source, index=False)
    found = genwright.load_data(source, **said)
    assert sum(found.sizes.values()) == 60
    assert sorted(found.train.sizes) + sorted(found.valid.sizes) + sorted(found.test.sizes)
    rows = pd.concat([part.frame for part in found.items.values()])
    assert rows["dose"].sum() == pytest.approx(visits["dose"].sum())
    assert "sex" in found.domain.given.names


def test_an_array_has_a_series_a_row(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 6, 2))
    x[3, 4:] = np.nan
    np.savez(tmp_path / "x.npz", x=x, site=rng.integers(0, 3, 40))
    data = genwright.load_data(tmp_path / "x.npz", kind="series", types={"site": "category"})
    whole = genwright.load_data(x, kind="series")
    lengths = np.concatenate([part.sizes for part in data.items.values()])
    assert sorted(set(lengths)) == [4, 6] and data.domain.given.names == ["site"]
    assert sum(whole.sizes.values()) == 40


def test_an_array_comes_back_as_one(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 6, 2)).round(3)
    x[3, 4:] = np.nan
    np.savez(tmp_path / "x.npz", x=x, site=rng.choice(["north", "south"], 40))
    data = genwright.load_data(tmp_path / "x.npz", kind="series")
    model = genwright.fit(data, "bootstrap", progress=False)
    sampled = model.sample(300, seed=0)
    with np.load(data.domain.write(sampled, tmp_path / "new.npz")) as found:
        assert found["x"].shape == (300, 6, 2) and set(found["site"]) == {"north", "south"}
        known = {series.tobytes() for series in x}
        assert {series.tobytes() for series in found["x"]} <= known
    with np.load(data.domain.write(data.test, tmp_path / "test.npz")) as found:
        assert {series.tobytes() for series in found["x"]} <= known and len(found["x"]) == len(data.test)


def test_files_come_back(data, tmp_path):
    path = data.domain.write(data.test, tmp_path / "out.csv")
    back = pd.read_csv(path)
    assert list(back.columns) == list(data.test.frame.columns)
    assert back["dose"].equals(data.test.frame["dose"])


# ---------------------------------------------------------------------- rules of order


@pytest.fixture(scope="module")
def counted(visits):
    """Visits with a count that never falls, one that never rises, and one that does either."""
    rng = np.random.default_rng(1)
    total = pd.Series(rng.poisson(1.5, len(visits))).groupby(visits["patient"]).cumsum()
    missing = total.astype(float).mask(rng.random(len(visits)) < 0.1)
    left = 500 - pd.Series(rng.gamma(2, 1, len(visits))).groupby(visits["patient"]).cumsum().round(1)
    return visits.assign(doses=missing, left=left, pulse=rng.integers(60, 90, len(visits)))


def test_numbers_that_never_turn_back_are_found_and_printed(counted):
    import json

    domain = genwright.load_data(counted, **SAID).domain
    assert domain.growing == (("doses", 1), ("left", -1))
    assert {"doses", "left"} <= {word for line in domain.describe() if "rule" in line for word in line.split("`")}
    again = Series.from_json(json.loads(json.dumps(domain.to_json())))
    assert again.growing == domain.growing and again.rules == domain.rules
    assert genwright.load_data(counted, **SAID, filter=["doses"]).domain.growing == (("left", -1),)


def test_a_subject_that_breaks_a_rule_of_order_is_told(counted):
    data = genwright.load_data(counted, **SAID)
    assert not data.domain.broken(data.test).any()
    long = data.test[[int(data.test.sizes.argmax())]]
    turned = long.with_rows(long.frame.assign(left=long.frame["left"].to_numpy()[::-1]))
    names = [rule for rule, broken in zip(data.domain.rules, data.domain.broken(turned)[0]) if broken]
    assert len(names) == 1 and "left" in names[0]


def test_few_moves_and_one_that_goes_back_make_no_rule(counted):
    wrong = counted.copy()
    several = wrong["patient"].value_counts()
    at = wrong.index[wrong["patient"] == several.index[0]]
    wrong.loc[at, "left"] = wrong.loc[at, "left"].to_numpy()[::-1]
    assert "left" not in dict(genwright.load_data(wrong, **SAID).domain.growing)
    last = ~counted["patient"].duplicated(keep="last") & counted["patient"].isin(several.index[:20])
    few = counted.assign(left=500.0 - last)
    assert "left" not in dict(genwright.load_data(few, **SAID).domain.growing)


# ---------------------------------------------------------------------- windows


def test_windows_of_parts_have_no_rows_in_common():
    data = genwright.load_data(sensor(), kind="series", time="timestamp", windows=24)
    times = {part: pd.to_datetime(items.frame["timestamp"]) for part, items in data.items.items()}
    gap = pd.Timedelta(hours=24)
    assert times["train"].max() + gap < times["valid"].min() and times["valid"].max() + gap <= times["test"].min()
    assert {*np.concatenate([items.sizes for items in data.items.values()])} == {24} and data.settled


def test_a_forecast_goes_on_where_the_recording_ends():
    frame = sensor()
    data = genwright.load_data(frame, kind="series", time="timestamp", windows=24)
    ahead = data.domain.look_ahead(frame, 6)
    times = pd.to_datetime(ahead.frame["timestamp"])
    assert len(ahead.frame) == 24 and times.diff().dropna().eq(pd.Timedelta(hours=1)).all()
    assert ahead.frame["value"].isna().sum() == 6 and times.iloc[-7] == frame["timestamp"].iloc[-1]
    with pytest.warns(UserWarning, match="trained on"):
        data.domain.look_ahead(frame, 30)
    with pytest.raises(DataError, match="ahead"):
        data.domain.look_ahead(frame, 0)


def test_irregular_steps_are_learned_and_said():
    frame = sensor()
    data = genwright.load_data(frame.drop(index=range(100, 400, 7)), kind="series", time="timestamp", windows=24)
    assert data.domain.spec.leaf.each.names[0] == "step of timestamp" and not isinstance(data.domain.step, float)
    assert any("not resampled" in note for note in data.notes)


def test_items_with_other_steps_than_training_are_refused():
    frame = sensor()
    domain = genwright.load_data(frame, kind="series", time="timestamp", windows=24).domain
    domain.encode(frame.iloc[:24])
    with pytest.raises(DataError, match="timestamp"):
        domain.encode(frame.drop(index=5).iloc[:24])


# ---------------------------------------------------------------------- what can be wrong


def broken(visits, how):
    frame = visits.copy()
    if how == "time missing":
        frame.loc[7, "visit_date"] = None
    elif how == "time is no date":
        frame.loc[7, "visit_date"] = "soon"
    elif how == "zones":
        frame["visit_date"] = pd.to_datetime(frame["visit_date"]).astype(object)
        frame.loc[7, "visit_date"] = pd.Timestamp("2020-05-05", tz="UTC")
    elif how == "group missing":
        frame.loc[7, "patient"] = None
    elif how == "single rows":
        frame["patient"] = np.arange(len(frame))
    return frame


@pytest.mark.parametrize(
    "how, names",
    [
        ("time missing", "visit_date.*row 8"),
        ("time is no date", "visit_date"),
        ("zones", "visit_date"),
        ("group missing", "patient.*row 8"),
        ("single rows", "patient"),
    ],
)
def test_a_wrong_table_is_refused_by_the_column(how, names, visits):
    with pytest.raises(DataError, match=names):
        genwright.load_data(broken(visits, how), **SAID)


@pytest.mark.parametrize(
    "said, names",
    [
        ({"windows": 700}, "700 rows are longer"),
        ({"windows": 300}, "--windows 100 or fewer"),
        ({"windows": 1}, "--windows 2"),
        ({"windows": 24, "stride": 0}, "stride"),
        ({"stride": 3}, "stride"),
        ({}, "--windows"),
    ],
)
def test_windows_that_make_no_sense_are_refused(said, names):
    with pytest.raises(DataError, match=names):
        genwright.load_data(sensor(), kind="series", time="timestamp", **said)


def test_a_static_column_that_changes_is_named_with_its_subjects(visits):
    frame = visits.copy()
    patient = frame["patient"].iloc[1]
    several = frame["patient"].value_counts()
    patient = several[several > 2].index[0]
    frame.loc[frame.index[frame["patient"] == patient][0], "sex"] = "x"
    data = genwright.load_data(frame, **SAID)
    assert any("sex" in note and patient in note for note in data.notes)
    with pytest.raises(DataError, match=f"sex.*{patient}"):
        genwright.load_data(frame, **SAID, given=["sex"])


def test_equal_times_keep_the_order_of_the_table(visits):
    twice = pd.concat([visits, visits.iloc[:1]], ignore_index=True)
    data = genwright.load_data(twice, **SAID)
    assert any("same time" in note for note in data.notes)


def test_a_table_without_the_names_of_subjects_is_refused_by_that_column(visits, data):
    with pytest.raises(DataError, match="patient"):
        data.domain.encode(visits.drop(columns="patient"))


def test_a_million_rows_of_few_subjects_are_cut_quickly():
    from time import process_time

    n = 300_000
    frame = pd.DataFrame(
        {"who": np.repeat(np.arange(n // 3), 3), "t": np.tile([1, 2, 3], n // 3), "x": np.arange(n) % 7}
    )
    from genwright.series.kinds.clock import Clock
    from genwright.series.kinds.cut import cut_table, find_statics

    begun = process_time()
    cut = cut_table(frame, "who", Clock.fit(frame["t"]))
    find_statics(cut, [])
    assert len(cut.subjects) == n // 3 and process_time() - begun < 2


# ---------------------------------------------------------------------- recognised


def invoices(n=40, seed=0):
    """Headers and lines: the customer and the country of an invoice never change within it."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 6, n)
    invoice = np.repeat(np.arange(n), sizes)
    return pd.DataFrame({
        "invoice_no": [f"INV{k:03}" for k in invoice],
        "country": np.array(["de", "fr", "it"])[rng.integers(0, 3, n)][invoice],
        "article": rng.choice(["pen", "cup", "hat"], len(invoice)),
        "units": rng.integers(1, 9, len(invoice)),
    })  # fmt: skip


def test_a_time_that_grows_and_a_column_that_never_changes_tell_series(visits):
    assert find_series(visits) == ("patient", "visit_date", ["sex"])
    found = find_series(invoices())
    assert found is not None and found[0] == "invoice_no" and "country" in found[2]
    data = genwright.load_data(visits)
    assert any("series" in str(question) for question in data.questions)


def plain_tables():
    rng = np.random.default_rng(0)
    n = 400
    cities = np.array(["bonn", "ulm", "kiel", "hof"])[rng.integers(0, 4, n)]
    states = pd.Series(cities).map({"bonn": "nw", "ulm": "bw", "kiel": "sh", "hof": "by"})
    yield pd.DataFrame({"city": cities, "state": states, "age": rng.integers(18, 90, n)})
    yield pd.DataFrame({"species": np.repeat(["a", "b", "c"], 50), "length": rng.normal(size=150)})
    yield pd.DataFrame({"date": pd.date_range("2020-01-01", periods=n), "price": rng.normal(size=n).cumsum()})


@pytest.mark.parametrize("number", range(3))
def test_a_plain_table_is_no_series(number):
    assert find_series(list(plain_tables())[number]) is None


def test_no_warning_is_raised_while_reading(visits):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = genwright.load_data(visits, **SAID)
    assert isinstance(data.train, Subjects)
