"""Columns of dates in several forms: each is read, and what is made of it is written in the first."""

import json

import numpy as np
import pandas as pd
import pytest

from genwright.core.errors import DataError
from genwright.kinds.tables.columns import column_from_json, column_to_json
from genwright.kinds.tables.domain import Tables

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
