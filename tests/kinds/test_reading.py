# Tests kinds/formats/arrays.py, kinds/values/corrections.py, kinds/values/reading.py
"""What cells stand for before anything is learned: words for missing among numbers, dates and labels; numbers as text,
in DataFrames that people make as in files."""

import json

import numpy as np
import pandas as pd
import pytest

from genwright import load_data
from genwright.core.errors import DataError, GivenError
from genwright.kinds.tables.column_questions import ask_columns
from genwright.kinds.tables.domain import Tables
from genwright.kinds.values.corrections import Corrections
from genwright.kinds.values.reading import find_reading


def numbers(*words: str, count: int = 60) -> list[str]:
    return [*words, *(str(k % 23) for k in range(count - len(words)))]


@pytest.mark.parametrize("word", ["k.A.", "-", ".", "None", "#DIV/0!", "unknown?", "MISSING", ""])
def test_words_for_missing_among_numbers(word):
    found = find_reading(pd.Series(numbers(word, word)), "x")
    assert found.missing == (word,) and found.written.is_plain


@pytest.mark.parametrize(
    "cells, missing",
    [
        (["a", "b", "k.A."], ("k.A.",)),
        (["a", "b", "#REF!"], ("#REF!",)),
        (["a", "b", "none", "unknown", "-", "NA", "missing"], ()),  # labels of their own
        (["N.D.", "N.C.", "S.D."], ()),  # states
        (["x", None, None], ()),
        (["none"] * 5 + ["1", "2", "3"], ()),  # which may say that there is none
        (["01", "02", "k.A."], ("k.A.",)),
        (["2021-03-04", "2021-03-05", "-"], ("-",)),
        (["04.03.2021", "05.03.2021", "k.A.", "k.A.", "-"], ("k.A.", "-")),
        (["1.5", "k.A.", None, None], ("", "k.A.")),  # most are empty
        ([1.5, "k.A.", 2.0], ("k.A.",)),
        ([1, "a", 2], ()),
    ],
)
def test_words_for_missing_stand_among_what_they_cannot_be(cells, missing):
    assert find_reading(pd.Series(cells, dtype=object), "x").missing == missing


@pytest.mark.parametrize(
    "cells",
    [
        ["1", "2", "3"],  # numbers that somebody made text
        ["2WD", "4WD"],
        ["007", "012"],
        ["1st", "2nd", "3rd"],
        ["5 kg", "300 g", "2 kg"],
        ["1,234", "2,345"],
        [1, 2, 3],
        [True, "k.A."],
    ],
)
def test_what_is_left_as_it_was(cells):
    assert find_reading(pd.Series(cells, dtype=object), "x").written is None


def messy(rows: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    price = rng.integers(900, 45_000, rows)
    frame = pd.DataFrame(
        {
            "price": [f"${p:,}" for p in price],
            "rate": [f"{r} %" for r in rng.integers(0, 100, rows)],
            "age": [str(a) for a in rng.integers(18, 90, rows)],
            "colour": rng.choice(["red", "green", "k.A."], rows),
            "income": rng.integers(1000, 9000, rows),
            "mixed": pd.Series(rng.integers(0, 50, rows).tolist(), dtype=object),
        }
    )
    frame.loc[::20, "age"] = "k.A."
    frame.loc[::25, "income"] = -999
    frame.loc[::10, "mixed"] = "n/v"
    return frame


def test_samples_are_written_as_the_cells_were():
    frame = messy()
    table = Tables.fit(frame)
    again = Tables.from_json(json.loads(json.dumps(table.to_json())))
    assert again.to_json() == table.to_json()
    for domain in (table, again):
        back = domain.decode(*domain.encode(frame), 0)
        pd.testing.assert_frame_equal(back, frame)


def test_words_are_holes_and_numbers_fill_them():
    frame = messy()
    table = Tables.fit(frame)
    x, given, known = table.encode_holes(frame, None, None)
    assert (~known.numpy()[:, 2]).sum() == 10 and (~known.numpy()[:, 5]).sum() == 20
    x[~known] = 1.0
    full = table.decode_holes(x, frame, known, given, {})
    assert full["price"].equals(frame["price"])
    assert not full.isin(["k.A.", "n/v"]).any().any()
    assert full["age"][frame["age"] != "k.A."].equals(frame["age"][frame["age"] != "k.A."])


def test_a_sentinel_is_asked_about_and_taken_when_it_is_named():
    frame = messy()
    (line,) = ask_columns(frame, Tables.fit(frame), Corrections())
    assert line.text.startswith("`income`: -999 in 8 rows") and line.answer == {"missing": {"income": [-999]}}
    for missing in ([-999], ["-999"], {"income": [-999]}, {"*": ["-999"]}):
        table = Tables.fit(frame, missing=missing)
        assert table.missing["income"] == (-999,) and table.columns[4].low >= 1000
        assert table.decode(*table.encode(frame), 0)["income"].isna().sum() == 8
        assert str(table.decode(*table.encode(frame), 0)["income"].dtype) == "Int64"
        assert not ask_columns(frame, table, Corrections.of_options({"missing": missing}))


@pytest.mark.parametrize(
    "values, asked",
    [
        ([-1] * 3 + list(range(40)), ["-1"]),
        ([-1, 0, 1] * 10, []),  # three signs
        ([-1] + list(range(40)), []),  # once
        ([999] * 5 + list(range(40)), ["999"]),
        ([999] * 5 + list(range(0, 990, 11)), []),  # no farther than the rest is wide
        ([-999] * 3 + [-99] * 4 + list(range(40)), ["-999", "-99"]),
        ([9999.0] * 4 + [1.5, 2.5, 3.5, 4.5] * 3, ["9999"]),
        ([-80, -40, -20, -99, -99] * 5, []),
    ],
)
def test_only_what_lies_far_from_all_else_is_asked_about(values, asked):
    frame = pd.DataFrame({"x": values, "y": ["a", "b"] * (len(values) // 2) + ["a"] * (len(values) % 2)})
    lines = ask_columns(frame, Tables.fit(frame, types={"x": "number"}), Corrections({"x": "number"}))
    assert [line.text.split()[1] for line in lines] == asked


def test_words_among_the_numbers_of_a_workbook_are_asked_about_as_in_a_csv(tmp_path):
    pytest.importorskip("openpyxl")
    lengths = [20 + k % 13 for k in range(60)]
    frame = pd.DataFrame({"kind": [None, *["oak", "elm"] * 30], "length": ["in cm", *lengths]})
    frame["width"] = ["closed" if k in (7, 9) else k % 7 / 2 for k in range(61)]
    frame["height"] = [k if k % 2 else str(k) for k in range(61)]
    frame.to_excel(tmp_path / "t.xlsx", index=False)
    frame.to_csv(tmp_path / "t.csv", index=False)
    book, text = (load_data(tmp_path / name) for name in ("t.xlsx", "t.csv"))
    length, width, height = book.questions
    assert length.text.startswith("`length`: 98% numbers, the rest `in cm`") and "second header" in length.text
    assert width.text.startswith("`width`: 97% numbers, the rest `closed`") and "header" not in width.text
    assert text.questions == [length, width]
    assert height.text.startswith("`height`: 31 of 61 numbers are written as text")
    told = height.answer | {"missing": length.answer["missing"] | width.answer["missing"]}
    book = load_data(tmp_path / "t.xlsx", **told)
    assert [column.kind for column in book.domain.columns[1:]] == ["number"] * 3 and not book.questions


@pytest.mark.parametrize(
    "cells, asked",
    [
        ([f"2024-03-31T0{k % 9}:00:00{'+01:00' * (k > 30)}" for k in range(60)], True),
        ([f"03/{1 + k % 28}/2024" if k % 2 else f"{1 + k % 28}/03/2024" for k in range(60)], True),
        ([f"2024-03-31T0{k % 9}:00:00+0{1 + (k > 30)}:00" for k in range(60)], False),
        ([f"2024-03-{1 + k % 28:02}T12:00:00+01:00" for k in range(60)], False),
        ([f"{k % 7}.{k % 5}.{k % 3}" for k in range(60)], False),  # versions
        ([f"{k % 7}-{k % 5}" for k in range(60)], False),
    ],
)
def test_dates_that_cannot_be_read_are_asked_about(cells, asked):
    frame = pd.DataFrame({"when": cells, "k": np.arange(60) % 7})
    lines = [line for line in ask_columns(frame, Tables.fit(frame), Corrections()) if "looks like dates" in line.text]
    assert bool(lines) == asked and all(line.text.startswith("`when`: looks like dates (`") for line in lines)


def test_what_is_named_for_missing_and_stands_nowhere_is_said():
    frame = messy()
    table = Tables.fit(frame, missing=["unknown"])
    said = [str(line) for line in ask_columns(frame, table, Corrections(missing={"*": ["unknown"]}))]
    assert "`unknown`, named as missing, stands in no cell of the table" in said
    with pytest.raises(DataError):
        Tables.fit(frame, missing={"agee": [-1]})


def test_asked_for_numbers_come_as_they_are_read_in_english_first():
    frame = pd.DataFrame({"x": ["1,234", "2,345", "1,777"] * 5, "y": range(15)})
    assert Tables.fit(frame).columns[0].kind == "category"
    assert Tables.fit(frame, types={"x": "number"}).columns[0].high == 2345


def test_given_takes_the_number_or_how_it_is_written():
    table = Tables.fit(messy(), given=["price", "age"])
    one = table.encode_given({"price": "$2,000", "age": 30}, 1)
    assert (one == table.encode_given({"price": 2000, "age": "30"}, 1)).all()
    assert np.isnan(table.encode_given({"age": "k.A.", "price": 2000}, 1)[0, 1])
    with pytest.raises(GivenError):
        table.encode_given({"price": "dear"}, 1)


def test_nodes_have_such_columns_too():
    nodes = pd.DataFrame(
        {"id": range(30), "income": [f"${1000 + k:,}" for k in range(30)], "age": numbers("k.A.", count=30)}
    )
    edges = pd.DataFrame({"source": range(30), "target": [(k + 1) % 30 for k in range(30)]})
    graph = load_data(edges, nodes=nodes)
    assert [column.name for column in graph.columns.columns] == ["income", "age"]
    assert graph.columns.columns[0].mean == 1014.5 and graph.columns.columns[1].missing
    assert "`income`: numbers written like `$1,000`" in graph.notes


def test_a_word_in_the_test_rows_alone_is_known_from_all_rows():
    frame = messy(400)
    frame["age"] = [str(k % 50) for k in range(400)]
    for row in range(0, 400, 150):  # whichever part holds it
        one = frame.copy()
        one.loc[row, "age"] = "k.A."
        data = load_data(one)
        assert {c.name: c.kind for c in data.domain.columns}["age"] == "number"
        for part in ("train", "valid", "test"):
            data.tensors(part)


STAMPS = pd.date_range("2021-01-27 07:04:09", periods=100, freq="31h17min")
MOSTLY = {
    "whole numbers": [k % 50 for k in range(100)],
    "decimals": [f"{k / 7:.3f}" for k in range(100)],
    "money": [f"${1000 + k * 7:,}" for k in range(100)],
    "days": STAMPS.strftime("%d/%m/%Y").tolist(),
    "stamps": STAMPS.strftime("%m/%d/%Y %I:%M %p").tolist(),
    "clocks": STAMPS.strftime("%H:%M").tolist(),
    "days as numbers": [int(text) for text in STAMPS.strftime("%Y%m%d")],
    "days of Python": [stamp.date() for stamp in STAMPS],
    "times of Python": [stamp.time() for stamp in STAMPS],
}
ODD = {
    "a word": ["soon"],
    "footnotes": ["* measured in 2021", "Source: us"],
    "many words": [f"word {k}" for k in range(9)],
    "a remark": ["nobody could measure on 3 May 2021, since the road was closed; see the report of the others"],
    "an odd date": ["2021-25-12"],
}


@pytest.mark.parametrize("door", ["frame", "csv"])
@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("cells", MOSTLY)
def test_a_column_that_is_mostly_numbers_or_dates_is_asked_about(cells, odd, door, tmp_path):
    cells, odd = list(MOSTLY[cells]), ODD[odd]
    cells[-len(odd) :] = odd
    source = pd.DataFrame({"w": pd.Series(cells, dtype=object), "y": np.arange(100) % 7})
    if door == "csv":
        source.to_csv(tmp_path / "t.csv", index=False)
        source = tmp_path / "t.csv"
    (asked,) = [one for one in load_data(source).questions if one.text.startswith("`w`")]
    assert "missing" in asked.answer and f"`{odd[0][:40]}`" in asked.text
    column = load_data(source, **asked.answer).domain.columns[0]
    assert column.kind in ("number", "date") and column.leaf.optional


def test_a_day_that_does_not_exist_is_asked_about_though_every_row_is_another():
    days = [20210230, *(int(text) for text in STAMPS[1:].strftime("%Y%m%d"))]
    (asked,) = load_data(pd.DataFrame({"w": days, "y": np.arange(100) % 7})).questions
    assert asked.answer == {"missing": {"w": ["20210230"]}}


DAYS = [f"2021-0{1 + k % 9}-{1 + k % 28:02}" for k in range(60)]


@pytest.mark.parametrize(
    "cells, option, words",
    [
        (numbers(*["refused"] * 12), "missing", ["refused"]),
        ([*["0"] * 8, *(f"{150 + k}.5" for k in range(40))], "missing", [0]),
        ([*["8888"] * 8, *(f"{150 + k}" for k in range(40))], "missing", [8888]),
        ([*["9999-12-31"] * 3, *DAYS], "missing", ["9999-12-31"]),
        ([f"0{1 + k % 9}/0{1 + k % 7}/2021" for k in range(60)], None, "could have the day first"),
        *(
            ([form.format(k + 1) for k in range(60)], None, "stay text")
            for form in ('="{}"', "'{}'", "{}.5-", "–{}.5", "{},34,567", "{}.5D+02", "{} ± 3", "{}.5**")
        ),
    ],
)
def test_what_no_reader_of_numbers_understands_is_asked(cells, option, words, tmp_path):
    frame = pd.DataFrame({"x": cells, "y": np.arange(len(cells)) % 7})
    frame.to_csv(tmp_path / "t.csv", index=False)
    (asked,) = [p for p in load_data(tmp_path / "t.csv").questions if "`x`" in p.text]
    assert ({"x": words} in asked.answer.values()) if option else (words in asked.text)


@pytest.mark.parametrize("time", ["", "T%H:%M:%S.%fZ", "T%H:%M:%S+02:00"])
def test_only_where_no_year_leads_may_day_and_month_change_places(time):
    stamps = pd.Series(pd.date_range("2020-01-01", "2020-01-07", 60))
    for day in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y"):
        asked = ask_columns_of(stamps.dt.strftime(day + time))
        assert bool(asked) == (day[1] in "dm" and "." not in day), (day, asked)


def ask_columns_of(cells) -> list:
    data = load_data(pd.DataFrame({"x": cells, "y": np.arange(len(cells)) % 7}))
    return [p for p in data.questions if "`x`: dates like" in p.text]


def test_lists_in_cells_are_columns_or_texts(tmp_path):
    held = [
        {"at": [k, 0.5 * (k % 5)], "tags": ["a", "b"][: k % 3], "deep": [[k]], "one": ["xy"[k % 2]], "n": k % 7}
        for k in range(60)
    ]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, held)))
    pd.DataFrame(held).drop(columns="deep").to_parquet(tmp_path / "t.parquet")
    for source in (tmp_path / "t.jsonl", pd.DataFrame(held), tmp_path / "t.parquet"):
        data = load_data(source)
        rows = pd.concat([data.train, data.valid, data.test])
        assert {"at.1", "at.2", "tags", "one"} <= {*rows} and "deep" not in rows
        assert {*rows["tags"].dropna()} == {"a", "a, b"} and {*rows["at.2"]} == {0, 0.5, 1, 1.5, 2}
    assert "at" in load_data(source, drop=["at"]).train
