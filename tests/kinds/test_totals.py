# Tests kinds/tables/find_equalities.py
"""Rows that sum up others are left out below a table and asked about within it; rows that are only called so stay."""

import pytest

import genwright
from genwright.kinds.formats.tables.delimited import read_delimited

NAMES = "shop,orders,price"
BODY = [f"{'north' if k % 3 else 'south'} {k},{k + 1},{k + 0.25}" for k in range(20)]  # 210 orders, 195 in all


@pytest.fixture
def read(tmp_path):
    def read(*lines: str, encoding: str = "utf-8"):
        (tmp_path / "t.csv").write_bytes("\n".join([*lines, ""]).encode(encoding))
        return read_delimited(tmp_path / "t.csv")

    return read


@pytest.mark.parametrize("last, encoding", [
    ("Gesamtsumme:,210,", "utf-8-sig"),
    ("Grand total (all shops),210,9.75", "utf-8"),  # the mean price
    ('Total,"$210",195', "cp1252"),
    (",210,195", "utf-8"),
    ("Total,210,195\nAverage,10.5,9.75", "utf-16"),
    ("Mean,10.5,9.8\n\n", "utf-8"),
    ('"Total\nof Köln",210,195', "cp1252"),
])  # fmt: skip
def test_last_rows_that_sum_up_the_others_are_left_out(last, encoding, read):
    found = read(NAMES, *BODY, last, encoding=encoding)
    assert len(found.notes) == 1 and last.split(",")[0].split("\n")[0].strip('"') in found.notes[0]
    assert found.asked == [] and found.items.equals(read(NAMES, *BODY, encoding=encoding).items)


@pytest.mark.parametrize("last", [
    "Total Wine,12,9.5",
    "Sum Wong,19,19.25",
    "south,210,195",
    "Total,,",
    ",3,4",
    "Totally,210,195",
])  # fmt: skip
def test_a_last_row_that_is_only_called_so_stays(last, read):
    found = read(NAMES, *BODY, last)
    assert len(found.items) == 21 and found.notes == found.asked == []


def test_a_total_that_does_not_add_up_is_asked_about(read):
    found = read(NAMES, *BODY, "Total,3,4")
    assert len(found.items) == 21 and "says `Total`" in str(found.asked)
    categories = [f"{size},{k + 1},{k % 4}" for k in range(8) for size in ("small", "average", "total")]
    assert read(NAMES, *categories).asked == []  # a label like others


def test_money_is_added_as_it_is_written(read):
    rows = [f"{k};{k * 1000 + 400:,} €".replace(",", ".") for k in range(12)]
    found = read("id;paid", *rows, "Summe;70.800 €")
    assert len(found.items) == 12 and found.items["id"].dtype == "int64"


def test_one_number_proves_no_sum(read):
    body = [f"shop {k},{int(k == 4)}" for k in range(12)]
    assert len(read("shop,fires", *body, "Total,1").items) == 13


def test_totals_among_the_rows_are_asked_about_and_stay(read, tmp_path):
    lines = [NAMES]
    for month in range(5):
        lines += [f"shop {k},{month + k},{k + 0.5}" for k in range(4)]
        lines.append(f"Subtotal,{4 * month + 6},8")
    found = read(*lines, "Grand total,70,40")
    assert len(found.items) == 25 and "the last row (`Grand total`)" in found.notes[0]
    (asked,) = [str(one) for one in genwright.load_data(tmp_path / "t.csv").questions]
    assert "5 rows sum up rows above, such as `Subtotal` in row 5" in asked
    assert not genwright.load_data(tmp_path / "t.csv", types={"shop": "category"}).questions
