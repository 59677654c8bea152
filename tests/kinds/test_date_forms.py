# Tests kinds/values/column_dates.py
"""Columns of dates in several forms: each is read, and what is made of it is written in the first."""

import json

import numpy as np
import pandas as pd
import pytest

from genwright import load_data
from genwright.core.errors import DataError
from genwright.kinds.tables.columns import column_from_json, column_to_json
from genwright.kinds.tables.domain import Tables
from genwright.kinds.values.column_dates import show_count

DAYS = pd.date_range("2022-01-27", periods=60)


def table(texts, **options) -> Tables:
    return Tables.fit(pd.DataFrame({"when": texts, "x": np.arange(len(texts)) % 7 / 2}), **options)


def stamps(fitted: Tables, texts) -> pd.Series:
    """What a column of dates takes texts for, as it writes them again."""
    column = fitted.columns[0]
    return column.decode(column.encode(pd.Series(texts)), 0)


def test_two_forms_are_read_and_counted():
    texts = [*DAYS[:40].strftime("%Y-%m-%d"), *DAYS[40:].strftime("%m/%d/%Y")]
    fitted = table(texts)
    note = "40 like 2022-01-27, 20 like 03/08/2022; dates by the day, written like 2022-02-22"
    assert f"`when`: {note}" in fitted.describe()
    assert stamps(fitted, texts).tolist() == DAYS.strftime("%Y-%m-%d").tolist()
    again = column_from_json(json.loads(json.dumps(column_to_json(fitted.columns[0]))))
    assert again == fitted.columns[0] and again.calendar.others == ("%m/%d/%Y",)


def test_the_form_with_times_of_day_is_written():
    texts = [*DAYS[:50].strftime("%Y-%m-%d"), *DAYS[50:].strftime("%Y-%m-%d 06:30")]
    assert stamps(table(texts), ["2022-02-01"]).tolist() == ["2022-02-01 00:00"]


@pytest.mark.parametrize("form", ["%m/%d/%y", "%d-%b-%y", "%d.%m.%y"])
def test_years_of_two_digits(form):
    texts = DAYS.strftime(form).tolist()
    fitted = table(texts)
    assert fitted.columns[0].kind == "date" and stamps(fitted, texts).tolist() == texts
    assert fitted.columns[0].calendar.count(pd.Series(texts[:1])) == (DAYS[0] - pd.Timestamp(0)).days


def test_unpadded_years_of_two_digits_keep_them():
    texts = [f"{day.month}/{day.day}/0{2 + k % 3}" for k, day in enumerate(DAYS)]
    fitted = table(texts)
    assert fitted.columns[0].kind == "date" and stamps(fitted, texts).tolist() == texts


def test_versions_are_no_dates():
    assert table([f"1.{k % 5 + 1}.{10 + k % 4}" for k in range(60)]).columns[0].kind == "category"


def test_offsets_of_summer_and_winter_are_one_clock():
    hours = pd.date_range("2022-03-26", periods=60, freq="h", tz="Europe/Berlin")
    fitted = table([hour.isoformat() for hour in hours])
    counts = fitted.columns[0].calendar.count(pd.Series([hour.isoformat() for hour in hours]))
    assert np.all(np.diff(counts) == 1)
    assert stamps(fitted, ["2022-03-27T01:00:00+01:00"]).tolist() == ["2022-03-27T02:00:00+02:00"]


def test_dates_on_request_are_read_where_they_can_be():
    mixed = [day.strftime("%m/%d/%Y" if k % 3 else "%-m/%d/%Y") for k, day in enumerate(DAYS)]
    for cells in (mixed, [int(day.strftime("%Y%m%d")) for day in DAYS], list(range(1950, 2010))):
        fitted = table(cells, types={"when": "date"})
        back = stamps(fitted, cells)
        assert fitted.columns[0].kind == "date" and back.nunique() == 60
    assert back.tolist() == list(range(1950, 2010))
    with pytest.raises(DataError):
        table([*mixed, "soon"], types={"when": "date"})


def test_the_form_of_all_rows_holds_in_each_part():
    texts = [*DAYS[:30].strftime("%Y-%m-%d"), *DAYS[30:].strftime("%m/%d/%Y")]
    whole = table(texts, sketch=True)
    train = Tables.fit(pd.DataFrame({"when": texts[:20], "x": np.arange(20) % 7 / 2}), like=whole)
    assert stamps(train, texts[58:]).notna().all()


@pytest.mark.parametrize("end, hours", [("+01:00", 1), ("-0530", -5.5), ("Z", 0)])
def test_dates_in_python_keep_the_offset_of_their_text(end, hours):
    texts = pd.Series([f"2024-03-{1 + k % 28:02}T{k % 24:02}:00:00{end}" for k in range(60)])
    table = Tables.fit(pd.DataFrame({"t": texts}))
    plain = table.plain(pd.DataFrame({"t": texts}))
    assert plain["t"][13] == pd.Timestamp("2024-03-14 13:00", tz="UTC") - pd.Timedelta(hours=hours)
    assert table.as_written(plain)["t"].tolist() == texts.tolist()


STAMPS = pd.date_range("2021-01-27 07:04:09.123", periods=90, freq="31h17min")
FORMS = [
    "%Y/%m/%d %-I:%M:%S %p GMT+2", "%d.%m.%Y, %H:%M", "%-m/%-d/%Y %H:%M", "%-m/%-d/%Y %-H:%M", "%Y-%m-%d %H:%M:%S UTC",
    "%b %-d, %Y %-I:%M %p", "%B %-d, %Y at %-I:%M %p", "%a, %d %b %Y %H:%M:%S GMT", "%A, %B %-d, %Y", "%d %B, %Y",
    "%a %b %d %Y %H:%M:%S GMT+0200 (Central European Summer Time)", "%a %b %d %H:%M:%S %Y", "%-d.%-m.%Y %-H:%M",
    "%d/%b/%Y:%H:%M:%S +0200", "%Y%m%dT%H%M%S", "%Y%m%d", "%d%m%Y", "%Y%m%d%H%M%S", "%H:%M", "%-I:%M:%S %p",
    "%Y-%m-%d %H:%M:%S,%f", "%m/%Y", "%b %Y", "%H:%M Uhr", "%d-%b-%y", "%Y-%m-%d %H:%M:%S EST", "%Y-%m",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_read_and_written_again(form):
    texts = STAMPS.strftime(form).tolist()
    column = table(texts).columns[0]
    assert column.kind == "date" and column.decode(column.encode(pd.Series(texts)), 0).tolist() == texts
    again = column_from_json(json.loads(json.dumps(column_to_json(column))))
    assert again == column


@pytest.mark.parametrize(
    "texts",
    [
        [f"{k}:{k % 60:02}" for k in range(60)],  # hours beyond a day
        [f"{k % 9}:{k % 60:02}.{k * 11:03}" for k in range(60)],  # minutes of laps
        [f"{k} days {k % 24:02}:00:00" for k in range(60)],
        [text.upper() for text in STAMPS.strftime("%d-%b-%Y")],
        [text.lower() for text in STAMPS.strftime("%I:%M%p")],
    ],
)
def test_other_ways_of_writing_come_back(texts):
    column = table(texts).columns[0]
    assert column.kind == "date" and stamps(table(texts), texts).tolist() == texts


def test_the_day_is_first_in_all_forms_if_one_of_them_shows_it():
    texts = [f"{1 + k % 28:02}/03/2021" for k in range(40)] + [f"{1 + k % 9:02}/03/2021 10:30" for k in range(20)]
    back = table(texts).columns[0].plain(pd.Series(texts))
    assert set(back.dt.month) == {3}


WHOLE = [int(text) for text in STAMPS.strftime("%d%m%Y")], [int(text) for text in STAMPS.strftime("%Y%m%d")]


@pytest.mark.parametrize("days", WHOLE)
@pytest.mark.parametrize("dtype", ["int64", "float64", "Int64", object, "int64[pyarrow]"])
def test_whole_numbers_that_are_days(days, dtype):
    holes = dtype != "int64"
    cells = pd.Series([None if holes and k % 7 == 0 else day for k, day in enumerate(days)], dtype=dtype)
    frame = pd.DataFrame({"when": cells, "x": np.arange(90) % 7 / 2})
    fitted = Tables.fit(frame)
    column = fitted.columns[0]
    back = column.decode(column.encode(cells), 0)
    assert column.kind == "date" and back.dropna().astype(int).tolist() == cells.dropna().astype(int).tolist()
    assert column.plain(cells).dropna().dt.year.eq(2021).all()


@pytest.mark.parametrize(
    "numbers",
    [
        np.random.default_rng(0).integers(10**7, 10**8, 90),
        20200000 + np.arange(90),  # a counter
        [20210101] * 90,
        np.arange(200_001, 200_091),  # no months
    ],
)
def test_other_whole_numbers_are_no_days(numbers):
    assert Tables.fit(pd.DataFrame({"n": numbers, "x": np.arange(90) % 7})).columns[0].kind != "date"


def test_times_of_day_and_durations_of_python_come_back():
    for cells in (
        pd.Series([stamp.time() for stamp in STAMPS]),
        pd.Series(STAMPS - STAMPS[0]),
        pd.Series(pd.array([stamp.time() for stamp in STAMPS], dtype="time64[us][pyarrow]")),
        pd.Series(pd.array(list(STAMPS - STAMPS[0]), dtype="duration[us][pyarrow]")),
    ):
        fitted = Tables.fit(pd.DataFrame({"when": cells, "x": np.arange(90) % 7}))
        column = column_from_json(json.loads(json.dumps(column_to_json(fitted.columns[0]))))
        back = column.decode(column.encode(cells), 0)
        assert column.kind == "date" and back.tolist() == cells.tolist() and back.dtype == cells.dtype


def test_an_odd_date_is_known_from_all_rows():
    texts = [f"{1 + k % 28:02}/{1 + k % 12:02}/2021" for k in range(59)] + ["12/25/2021"]
    whole = table(texts, sketch=True)
    train = Tables.fit(pd.DataFrame({"when": texts[:40], "x": np.arange(40) % 7}), like=whole)
    assert {train.columns[0].kind, whole.columns[0].kind}.isdisjoint(["date"])


@pytest.mark.parametrize(
    "count, unit, shown",
    [
        (18778, "day", "2021-05-31"),
        (27041195, "minute", "2021-05-31 14:35"),
        (845, "minute since midnight", "14:05"),
        (2.5, "", "2.5"),
    ],
)
def test_counts_of_dates_are_shown_as_dates(count, unit, shown):
    assert show_count(count, unit) == shown


def test_rules_show_dates():
    days = pd.date_range("2020-01-01", periods=600)
    plans = np.where(days > "2020-09-09", "new", "old")
    data = load_data(pd.DataFrame({"day": days.strftime("%Y-%m-%d"), "plan": plans, "x": np.arange(600) % 7}))
    assert any("old up to 2020-09-0" in line for line in data.describe())
