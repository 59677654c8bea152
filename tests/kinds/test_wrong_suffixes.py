"""A file under a wrong suffix, or under none, is told by its content."""

import zipfile

import pandas as pd
import pytest

import genwright as gw


@pytest.fixture
def table():
    return pd.DataFrame({"age": [*range(20, 60)], "city": ["Oslo", "Bergen"] * 20})


@pytest.mark.parametrize("name", ["people.csv", "people.dta", "people"])
def test_parquet_under_another_name(tmp_path, table, name):
    table.to_parquet(tmp_path / name)
    assert sum(gw.load_data(tmp_path / name).sizes.values()) == 40


def test_a_workbook_without_suffix_is_no_archive_of_its_parts(tmp_path, table):
    table.to_excel(tmp_path / "book.xlsx", index=False)
    book = (tmp_path / "book.xlsx").read_bytes()
    (tmp_path / "book").write_bytes(book)
    with zipfile.ZipFile(
        tmp_path / "packed.zip", "w"
    ) as packed:  # stored: the workbook's own bytes stand near its begin
        packed.writestr("book.xlsx", book)
    for name in ("book", "packed.zip"):
        assert gw.load_data(tmp_path / name).kind == "tables"
