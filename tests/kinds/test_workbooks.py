# Tests kinds/formats/tables/workbooks.py, kinds/values/sheet_cells.py
"""Workbooks as people make them: which sheet and rows hold the table, and cells of mixed types."""

from datetime import datetime, timedelta
from itertools import zip_longest

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.core.errors import DataError
from genwright.kinds.formats.tables.binary_tables import read_binary_table
from genwright.kinds.load import read_items

openpyxl = pytest.importorskip("openpyxl")
NAMES = ["region", "amount", "price"]


def rows(count=20):
    return [["north" if k % 3 else "south", k + 1, k / 4] for k in range(count)]


def book(path, *rows, merged=(), title="Sales"):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for cells in merged:
        sheet.merge_cells(cells)
    workbook.save(path)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "t.xlsx"


def said(found):
    return " | ".join([*found.notes, *map(str, found.asked)])


# ---------------------------------------------------------------------- sheets


def test_a_sheet_is_chosen_by_name_or_number_and_one_that_is_not_there_names_the_others(path):
    with pd.ExcelWriter(path) as writer:
        pd.DataFrame(rows(), columns=NAMES).to_excel(writer, sheet_name="2023", index=False)
        pd.DataFrame({"x": range(15), "y": range(15)}).to_excel(writer, sheet_name="2022", index=False)
        pd.DataFrame().to_excel(writer, sheet_name="empty")
    data = genwright.load_data(path)
    assert "Sheet `2023` is read, `2022` is not" in str(data) and "--sheet 2022" in str(data)
    for sheet in (2, "2", "2022"):
        found = genwright.load_data(path, sheet=sheet)
        assert list(found.train.columns) == ["x", "y"] and "Sheet" not in str(found)
        assert found.options["sheet"] == str(sheet)
    with pytest.raises(DataError):
        genwright.load_data(path, sheet="May")
    with pytest.raises(DataError):
        genwright.load_data(pd.DataFrame(rows(), columns=NAMES), sheet=1)


def test_a_hidden_sheet_is_not_read_before_one_that_is_shown(path):
    workbook = openpyxl.load_workbook(book(path, ["code", "name"], [1, "a"], title="codes"))
    workbook["codes"].sheet_state = "hidden"
    for row in [NAMES, *rows()]:
        workbook.create_sheet("data") if "data" not in workbook.sheetnames else None
        workbook["data"].append(row)
    workbook.save(path)
    assert list(read_binary_table(path).items.columns) == NAMES


def sheets(path, hidden=(), **tables):
    with pd.ExcelWriter(path) as writer:
        for title, table in tables.items():
            pd.DataFrame(table, columns=NAMES).to_excel(writer, sheet_name=title, index=False)
            writer.sheets[title].sheet_state = "hidden" if title in hidden else "visible"
    return path


def test_items_for_a_model_stand_in_the_sheet_that_is_called_as_in_training(path):
    early, late = rows(), [[region, amount + 100, price] for region, amount, price in rows()]
    first = genwright.load_data(sheets(path, early=early, late=late))
    named = genwright.load_data(path, sheet="late")
    assert first.options == {"sheet": "early"} and named.options == {"sheet": "late"}
    amounts = lambda options, **more: read_items(path, first.domain, options, **more).items["amount"].min()
    assert amounts(first.options) == 1 and amounts(named.options) == 101
    assert amounts(first.options, sheet="late") == amounts({}, sheet="2") == 101
    notes = read_items(path, first.domain, named.options).notes
    assert notes == ["only sheet `late` is read, as in training"]
    assert read_items(path, first.domain, sheet="late").notes == []


def test_items_for_a_model_are_not_read_at_a_sheet_that_is_guessed(path):
    domain = genwright.load_data(sheets(path, data=rows())).domain
    assert read_items(path, domain, {"sheet": "gone"}).notes == []  # the only sheet
    sheets(path, notes=rows(), data=rows())
    with pytest.raises(DataError):
        read_items(path, domain)
    with pytest.raises(DataError):
        read_items(path, domain, {"sheet": "gone"})
    assert genwright.load_data(path).options == {"sheet": "notes"} and genwright.load_data(path).questions
    sheets(path, codes=rows(), data=rows(), hidden=["codes"])
    assert read_items(path, domain).notes == ["only sheet `data` is read, since the others are hidden"]


def test_lines_of_a_workbook_are_read_for_a_model_as_in_training(path):
    with pd.ExcelWriter(path) as writer:
        pd.DataFrame({"about": ["nothing"] * 20}).to_excel(writer, sheet_name="info", index=False)
        said = pd.DataFrame({"said": [f"words of {k}" for k in range(20)]})
        said.to_excel(writer, sheet_name="data", index=False, startrow=1)
    data = genwright.load_data(path, column="said", sheet="data", header_row=2)
    read = read_items(path, data.domain, data.options)
    assert list(read.items) == list(said["said"])
    assert read.notes == [
        "row 2 holds the column names, as in training: --header-row names another",
        "only sheet `data` is read, as in training",
    ]


# ---------------------------------------------------------------------- names


def test_rows_above_the_names_are_left_out_and_counted(path):
    found = read_binary_table(
        book(path, ["Sales 2024"], ["by", "Anna"], [], [*NAMES, "x", "y"], *(r + [1, 2] for r in rows()))
    )
    assert list(found.items.columns) == [*NAMES, "x", "y"] and len(found.items) == 20
    assert found.notes == ["column names in row 4, left out above them: rows 1 to 3 (`Sales 2024`, `by`)"]


def test_merged_cells_over_a_second_row_of_names_are_joined(path):
    upper, lower = ["region", "2023", None, "2024", None], [None, "sales", "cost", "sales", "cost"]
    body = [["north", k, k / 2, k + 1, k / 3] for k in range(12)]
    found = read_binary_table(book(path, upper, lower, *body, merged=["A1:A2", "B1:C1", "D1:E1"]))
    assert list(found.items.columns) == ["region", "2023 / sales", "2023 / cost", "2024 / sales", "2024 / cost"]
    assert found.notes == ["column names joined from rows 1 and 2, as in `2023 / sales`"] and len(found.items) == 12


def test_columns_of_two_levels_as_pandas_writes_them(path):
    columns = pd.MultiIndex.from_product([["2023", "2024"], ["sales", "cost"]])
    frame = pd.DataFrame(np.arange(48.0).reshape(12, 4), columns=columns, index=pd.Index(range(12), name="shop"))
    frame.to_excel(path)
    found = read_binary_table(path).items
    assert list(found.columns) == ["shop", "2023 / sales", "2023 / cost", "2024 / sales", "2024 / cost"]
    assert len(found) == 12


def test_a_row_of_units_joins_the_names(path):
    found = read_binary_table(book(path, NAMES, [None, "kg", "CHF"], *rows()))
    assert (
        list(found.items.columns) == ["region", "amount / kg", "price / CHF"]
        and found.items["amount / kg"].dtype == "int64"
    )


def test_a_header_row_is_taken_as_it_is_told(path):
    book(path, ["Author", "Anna", "2024"], NAMES, *rows())
    assert list(read_binary_table(path, header_row=2).items.columns) == NAMES
    asked = [one for one in read_binary_table(path).asked if "header_row" in one.answer]
    assert [one.answer for one in asked] == [{"header_row": 2}]
    with pytest.raises(DataError):
        genwright.load_data(path, header_row=40)
    with pytest.raises(DataError):
        genwright.load_data(path, header_row=0)


@pytest.mark.parametrize("frame", [
    pd.DataFrame(rows(), columns=NAMES),
    pd.DataFrame({"x": np.arange(12.0)}),
    pd.DataFrame({"name": ["Anna", "Bert"] * 6, "town": ["Bern", "Ulm", "Graz"] * 4}),
    pd.DataFrame({"country": ["a", "b"] * 6} | {str(year): np.arange(12) for year in range(2000, 2004)}),
])  # fmt: skip
@pytest.mark.parametrize("index", [True, False])
def test_plain_tables_are_read_without_a_word(frame, index, path):
    frame.to_excel(path, index=index)
    found = read_binary_table(path)
    assert said(found) == ""
    pd.testing.assert_frame_equal(found.items.iloc[:, int(index) :], frame, check_dtype=False)


# ---------------------------------------------------------------------- cells


@pytest.mark.parametrize("each", [(0,), (0, 2, 4)])
def test_dates_as_text_and_as_numbers_are_read_beside_real_ones(each, path):
    days = [datetime(2024, 1, 1) + timedelta(days=3 * k) for k in range(30)]
    cells = [day.strftime("%d.%m.%Y") if k % 5 in each else day for k, day in enumerate(days)]
    cells[1] = (days[1] - datetime(1899, 12, 30)).days
    found = read_binary_table(book(path, ["day", "k"], *([cell, k] for k, cell in enumerate(cells))))
    assert found.items["day"].tolist() == days
    count = 6 * len(each)
    assert found.notes == [
        f"`day`: of 30 dates, {count} are stored as text, like 01.01.2024 and 1 as numbers, like 45295"
    ]


def test_days_and_months_that_may_be_swapped_are_asked_about(path):
    real = [datetime(2024, 1 + k % 12, 1 + k % 12) for k in range(12)]
    text = [f"{13 + k}/0{1 + k % 9}/2024" for k in range(9)]
    found = read_binary_table(book(path, ["day", "k"], *([cell, k] for k, cell in enumerate([*real, *text]))))
    assert "may be swapped" in said(found)


def test_numbers_as_text_are_counted_and_codes_stay_text(path):
    body = [[str(k) if k % 4 == 0 else k, f"{k:03}", "6%" if k == 3 else 0.05, k / 2] for k in range(20)]
    book(path, ["n", "code", "share", "x"], *body)
    workbook = openpyxl.load_workbook(path)
    for row in range(2, 22):
        workbook.active.cell(row, 3).number_format = "0%"
        workbook.active.cell(row, 4).number_format = '#,##0.00 "€"'
    workbook.save(path)
    found = read_binary_table(path)
    assert found.items["n"].tolist() == list(range(20)) and found.items["code"][7] == "007"
    assert found.items["share"][3] == 0.06 and found.items["x"][5] == 2.5
    assert "`n`: 5 of 20 numbers are stored as text" in said(found)
    assert "`share`: cells show 5% for 0.05" in said(found) and "`x`: cells show 0.00 € for 0" in said(found)
    domain = genwright.load_data(path, types={"code": "category"}).domain
    domain.write(found.items, path.with_name("back.xlsx"))
    back = openpyxl.load_workbook(path.with_name("back.xlsx")).active
    assert back.title == "Sales" and [back.cell(5, j).number_format for j in (3, 4)] == ["0%", '#,##0.00 "€"']
    pd.testing.assert_frame_equal(read_binary_table(path.with_name("back.xlsx")).items, found.items)


def test_formulas_without_values_errors_and_hidden_rows_are_named(path):
    book(path, NAMES, *rows())
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.active
    sheet["B3"], sheet["B4"], sheet["C5"] = "=1+1", "=B3*2", "#DIV/0!"
    sheet.row_dimensions[7].hidden = True
    workbook.save(path)
    found = read_binary_table(path)
    assert found.items["amount"].isna().sum() == 2 and found.items["price"].isna().sum() == 1
    for words in ("B3 and 1 more cells hold formulas", "C5 (#DIV/0!)", "1 hidden row is read"):
        assert words in said(found)


def test_cells_of_a_merged_range_have_its_value(path):
    body = [["north" if k in (0, 6) else None, k, k / 2] for k in range(12)]
    found = read_binary_table(book(path, NAMES, *body, merged=["A2:A7", "A8:A13"]))
    assert found.items["region"].tolist() == ["north"] * 12
    assert "10 empty cells take the value of their range" in said(found)


# ---------------------------------------------------------------------- below


@pytest.mark.parametrize("total", [["Total", 210, 47.5], [None, 210, 47.5], ["Total", "=SUM(B2:B21)", "=SUM(C2:C21)"]])
def test_a_row_of_totals_and_a_source_below_are_left_out(total, path):
    found = read_binary_table(book(path, NAMES, *rows(), total, [], ["Source: us"]))
    assert len(found.items) == 20 and "left out: row 22" in said(found)
    assert "left out below the table: row 24 (`Source: us`)" in said(found) and "formula" not in str(found.asked)


def test_a_last_row_that_is_no_sum_stays(path):
    found = read_binary_table(book(path, NAMES, *rows(), ["Total", 3, 4.5]))
    assert len(found.items) == 21 and "says `Total`" in said(found)


# ---------------------------------------------------------------------- what is no workbook of ours


@pytest.mark.parametrize("below", [True, False])
def test_a_second_table_is_asked_about(below, path):
    first, second = [["name", "age"], *([f"p{k}", k] for k in range(9))], [["city", "size"], ["Oslo", 3], ["Bern", 4]]
    beside = [[*row, None, *other] for row, other in zip_longest(first, second, fillvalue=())]
    found = read_binary_table(book(path, *(first + [[], *second] if below else beside)))
    assert ("new table" if below else "another table") in said(found)
    assert found.items["age"].tolist() == list(range(9)) and found.items.shape[1] == (2 if below else 4)


def test_other_workbooks_are_refused_with_what_helps(tmp_path):
    old = b"\xd0\xcf\x11\xe0" + bytes(600)
    locked = old + "EncryptedPackage".encode("utf-16-le")
    book(tmp_path / "good.xlsx", NAMES, *rows()).read_bytes()
    for name, content, words in (
        ("a.xlsx", locked, "a.xlsx has a password: open it in Excel and save it without one"),
        ("b.xlsx", old, "b.xlsx"),
        ("c.xls", old, "c.xls"),
        ("d.ods", b"", "d.ods is empty"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError) as raised:
            genwright.load_data(tmp_path / name)
        assert words in str(raised.value)
