# Tests kinds/formats/tables/table_layout.py
"""Lines above the column names of a .csv, and names in two lines."""

import pytest

import genwright
from genwright.core.errors import DataError
from genwright.kinds.formats.tables.delimited import read_delimited

BODY = "".join(f"{'north' if k % 3 else 'south'},{k + 1},{k / 4}\n" for k in range(20))
NAMES = ["region", "amount", "price"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "t.csv"


@pytest.mark.parametrize(
    "above, encoding", [("Umsätze 2024\nby Anna\n\n", "cp1252"), ("Umsätze 2024,,\nby Anna,,\n,,\n", "utf-16")]
)
def test_lines_above_the_names_are_left_out_and_counted(above, encoding, path):
    text = f"{above}region,amount,price\n{BODY}"
    path.write_bytes(text.encode(encoding))
    found = read_delimited(path)
    assert list(found.items.columns) == NAMES and len(found.items) == 20 and found.items["amount"].dtype == "int64"
    assert len(found.notes) == 1 and "rows 1 to 3" in str(genwright.load_data(path))
    told = read_delimited(path, header_row=4)
    assert told.items.equals(found.items) and told.notes == []


@pytest.mark.parametrize("delimiter", ",\t")
def test_names_in_two_lines_are_joined(delimiter, path):
    upper, lower = ["region", "2023", "", "2024", ""], ["", "sales", "cost", "sales", "cost"]
    body = [["north", str(k), str(k + 1), str(k + 2), str(k + 3)] for k in range(12)]
    path.write_text("".join(delimiter.join(row) + "\n" for row in (["Report"], upper, lower, *body)))
    found = read_delimited(path)
    assert list(found.items.columns) == ["region", "2023 / sales", "2023 / cost", "2024 / sales", "2024 / cost"]
    assert len(found.items) == 12 and "joined from rows 2 and 3" in found.notes[1]


def test_two_rows_that_may_hold_the_names_are_asked_about(path):
    path.write_text(f"Author,Anna,2024\nregion,amount,price\n{BODY}")
    (asked,) = [one for one in genwright.load_data(path).questions if "header_row" in one.answer]
    assert "--header-row 2" in str(asked)
    assert list(genwright.load_data(path, header_row=2).train.columns) == NAMES
    with pytest.raises(DataError):
        read_delimited(path, 99)


@pytest.mark.parametrize("text", [
    "a,b\n1,2\n3,4\n5,6\n",
    "1,2,3\n4,5,6\n7,8,9\n",
    "x\n1\n2\n3\n4\n",
    "name,age\nAnna,unknown\nBert,31\nCora,7\nDan,8\n",
    "name,town,note\nAnna,Bern,\nBert,Ulm,x\nCora,Graz,\n",
    "id,NA,x\n1,2,3\n4,5,6\n7,8,9\n",
])  # fmt: skip
def test_plain_tables_are_read_without_a_word(text, path):
    path.write_text(text)
    found = read_delimited(path)
    assert found.notes == found.asked == []


@pytest.mark.parametrize(("first", "names"), [("# x,y", ["x", "y"]), ("#,x", ["#", "x"]), ("#x,y", ["#x", "y"])])
def test_a_comment_that_names_columns_loses_its_sign(first, names, path):
    path.write_text(f"{first}\n1,2\n3,4.5\n5,6\n")
    assert list(read_delimited(path).items.columns) == names
