# Tests kinds/formats/tables/file_form.py
"""A delimited file that is read and written again is the same file, to the byte, and samples are written like it."""

import json
import warnings

import numpy as np
import openpyxl
import pandas as pd
import pytest

import genwright
from genwright.core.errors import DataError
from genwright.kinds.formats.tables.binary_tables import read_binary_table
from genwright.kinds.formats.tables.delimited import read_table
from genwright.kinds.formats.tables.file_form import FileForm
from genwright.kinds.formats.tables.write_table import write_table
from genwright.kinds.tables.domain import Tables

FILES = {
    "commas": "a,b,c\n1,x,2.5\n2,y,3.25\n",
    "semicolons and decimal commas": "Preis;Ort\n12,50;Köln\n-0,25;Zürich\n1000,00;Köln\n",
    "tabs": "a\tb\n1.0\tx\n2.0\ty\n",
    "bars": "a|b\n1|x\n2|y\n",
    "spaces behind commas": "a, b\n1, x y\n2, y\n",
    "decimals kept": "price,share\n12.50,0.10\n3.00,0.25\n",
    "whole numbers among others": "a,b\n2,x\n2.5,y\n0.125,x\n",
    "exponents": "a,b\n1e-07,x\n2.5e+20,y\n3.0,y\n",
    "small without exponents": "a,b\n0.00001,x\n0.25,y\n",
    "missing words": "a,b,c\nNA,?,\n1.50,x,1\n2.50,?,2\nNA,y,\n",
    "all in quotes": '"a","b"\n"1.50","x"\n"2.50","y"\n',
    "text in quotes": '"a","b"\n1.50,"x"\n2.50,"y"\nNA,"x"\n',
    "quotes where needed": 'a,b\n"x, ""y""",1\nz,2\n"two\nlines",3\n" led",4\n',
    "truth values": "a,b\nTrue,1\nFalse,2\n",
    "truth values with holes": "a,b\nTrue,1\nNULL,2\n",
    "dates": "when,b\n03.04.2021,1\n28.02.2022,2\n",
    "leading zeros": "zip,b\n00123,1\n99999,2\n",
    "no names": "1.5,2\n2.5,3\n",
    "an index without a name": ",a\n0,x\n1,y\n",
    "one column": "a\n1.5\n\"\"\n2.5\n",
    "formulas": "a,b\n'=1+1,1\n'@x,2\n",
    "money and measures": 'a,b\n"-$1,200.50",-5 km/h\n$3.00,7 km/h\n',
}  # fmt: skip


def write_again(folder, content: bytes, name: str = "t.csv") -> bytes:
    (folder / name).write_bytes(content)
    frame = read_table(folder / name)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*formula")
        return write_table(frame, folder / f"again-{name}", frame.attrs["written"]).read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_written_as_it_was_read(tmp_path, name):
    number, text = list(FILES).index(name), FILES[name]
    text = text if "\nlines" in text else text.replace("\n", ["\n", "\r\n"][number % 2])
    encoding = ["utf-8", "utf-8-sig", "cp1252", "utf-16-le"][number // 2 % 4]
    raw = ("\ufeff" * (encoding == "utf-16-le") + text).encode(encoding)
    assert write_again(tmp_path, raw) == raw


def test_a_large_file_is_judged_by_its_first_lines_and_its_missing_word_by_all(tmp_path):
    rows = [f"{k}.{k % 10}0;word {k % 7};{'NULL' if k > 8_000 and k % 3 else k}" for k in range(10_000)]
    raw = "\n".join(["a;b;c", *rows, ""]).encode()
    assert write_again(tmp_path, raw) == raw


def test_compressed_files_come_back_compressed(tmp_path):
    import gzip

    raw = gzip.compress(b"a;b\n1,50;x\n2,50;y\n", mtime=0)
    assert write_again(tmp_path, raw, "t.csv.gz") == raw


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16-le"])
def test_blocks_of_rows_are_written_as_one(tmp_path, monkeypatch, encoding):
    import gzip

    rows = [f"{k}.{k % 10}0;ü {k % 7};{'NULL' if k % 3 else k}" for k in range(5_000)]
    text = "\ufeff" * (encoding == "utf-16-le") + "\n".join(["a;b;c", *rows, ""])
    raw = gzip.compress(text.encode(encoding), mtime=0)
    monkeypatch.setattr("genwright.kinds.formats.tables.write_table.ROWS", 700)
    assert write_again(tmp_path, raw, "t.csv.gz") == raw


def test_what_the_encoding_lacks_is_written_in_utf_8_and_said(tmp_path):
    (tmp_path / "t.csv").write_bytes("a;b\n1,5;Köln\n".encode("cp1252"))
    frame = read_table(tmp_path / "t.csv")
    frame.loc[0, "b"] = "Łódź"
    with pytest.warns(UserWarning, match="'Ł' cannot be written in cp1252"):
        path = write_table(frame, tmp_path / "u.csv", frame.attrs["written"])
    assert path.read_text(encoding="utf-8") == "a;b\n1,5;Łódź\n"


@pytest.mark.parametrize(
    "name, out, text",
    [
        ("t.tsv", "u.csv", "a,b\n1.50,x\n2.50,y\n"),
        ("t.csv", "u.csv", "a\tb\n1.50\tx\n2.50\ty\n"),  # the file had tabs under that name
        ("t.csv", "u.tsv", "a\tb\n1.50\tx\n2.50\ty\n"),
    ],
)
def test_the_suffix_asked_for_decides_of_tabs(tmp_path, name, out, text):
    (tmp_path / name).write_text("a\tb\n1.50\tx\n2.50\ty\n")
    frame = read_table(tmp_path / name)
    assert write_table(frame, tmp_path / out, frame.attrs["written"]).read_text() == text


def test_known_cells_are_never_rounded(tmp_path):
    (tmp_path / "t.csv").write_text("a\n1.50\n2.25\n")
    form = read_table(tmp_path / "t.csv").attrs["written"]
    path = write_table(pd.DataFrame({"a": [0.1, 1 / 3, 12.5, np.nan]}), tmp_path / "u.csv", form)
    assert path.read_text() == 'a\n0.10\n0.3333333333333333\n12.50\n""\n'


@pytest.fixture(scope="module")
def german(tmp_path_factory):
    """A run on a German file."""
    home, rng = tmp_path_factory.mktemp("german"), np.random.default_rng(0)
    lines = ["Nr;Preis;Ort;Datum;Menge;Kunde;Notiz"]
    for k in range(120):
        price = f"{rng.integers(100, 9999) / 100:.2f}".replace(".", ",")
        menge = rng.integers(1, 9) if k % 5 else "NA"
        town = rng.choice(["Köln", "Zürich"])
        lines.append(f"{k + 1};{price};{town};{1 + k % 28:02}.03.2021;{menge};KD-{k + 1:05};frei {k**3}")
    (home / "t.csv").write_bytes("\r\n".join([*lines, ""]).encode("cp1252"))
    genwright.fit(home / "t.csv", "independent", out=home / "run", progress=False)
    return home


def test_samples_and_completed_tables_are_written_like_the_training_file(german, tmp_path):
    model = genwright.load_model(german / "run")
    drawn = model.sample(50, seed=1)
    raw = model.domain.write(drawn, tmp_path / "s.csv").read_bytes()
    head, *lines = raw.decode("cp1252").split("\r\n")
    assert head == "Preis;Ort;Datum;Menge" and lines.pop() == "" and len(lines) == 50
    prices, places, dates, amounts = zip(*(line.split(";") for line in lines))
    assert all(price[-3] == "," for price in prices) and set(places) == {"Köln", "Zürich"}
    assert all(date.endswith(".03.2021") for date in dates) and "NA" in amounts
    assert write_again(tmp_path, raw) == raw
    holes = "Preis;Ort;Datum;Menge\r\n12,50;;01.03.2021;NA\r\n".encode("cp1252")
    (tmp_path / "holes.csv").write_bytes(holes)
    filled = model.complete(read_table(tmp_path / "holes.csv"), seed=0)
    again = model.domain.write(filled, tmp_path / "f.csv").read_bytes().decode("cp1252")
    assert again.startswith("Preis;Ort;Datum;Menge\r\n12,50;") and ";01.03.2021;" in again and "NA" not in again


def test_what_was_read_decides_of_a_completed_table_not_the_training_file(german, tmp_path):
    (tmp_path / "holes.csv").write_text("Ort,Preis\nKöln,12.5\n,7.25\n", encoding="utf-8")
    filled = genwright.load_model(german / "run").complete(read_table(tmp_path / "holes.csv"), seed=0)
    text = genwright.load_model(german / "run").domain.write(filled, tmp_path / "f.csv").read_text(encoding="utf-8")
    assert text.startswith("Ort,Preis,Datum,Menge\nKöln,12.5,")


def test_the_form_is_kept_in_the_run_and_a_damaged_one_is_refused(german):
    record = json.loads((german / "run/domain.json").read_text())
    written = record["written"]
    form = {"delimiter": ";", "decimal": ",", "encoding": "cp1252", "newline": "\r\n"}
    assert {name: written[name] for name in form} == form
    again = Tables.from_json(record).to_json()
    assert again["written"] == written and again["identifiers"] == record["identifiers"]
    for key, wrong in (("encoding", "rot13"), ("delimiter", ""), ("columns", {"a": {"decimals": -1}}), ("bom", "yes")):
        with pytest.raises(ValueError):
            FileForm.checked(written | {key: wrong})


def test_a_table_that_came_from_no_file_is_written_as_ever(tmp_path):
    frame = pd.DataFrame({"a": [1.5, 2.0, None] * 4, "b": ["x", "y", "z"] * 4})
    table = Tables.fit(frame)
    assert "written" not in table.to_json()
    assert table.write(frame, tmp_path / "t.csv").read_bytes() == frame.to_csv(index=False).encode()


# ---------------------------------------------------------------------- other formats


def mixed() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "n": [1, 2, 3],
            "x": [1.5, np.nan, -2.25],
            "w": pd.array([1, None, 3], dtype="Int64"),
            "t": ["=1+1", "@x", None],
            "b": [True, False, True],
            "d": pd.to_datetime(["2021-01-01", "2021-02-03 04:05", None], format="mixed"),
        }
    )


def test_a_workbook_holds_text_that_is_no_formula(tmp_path, recwarn):
    path = write_table(mixed(), tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(path).active
    cells = {cell.value: cell for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert cells["=1+1"].data_type == "s" and cells["=1+1"].quotePrefix and not recwarn.list
    back = read_binary_table(path).items
    assert back["t"].tolist()[:2] == ["=1+1", "@x"] and back["n"].tolist() == [1, 2, 3]
    assert back["x"].isna().tolist() == [False, True, False] and back["d"][1] == pd.Timestamp("2021-02-03 04:05")


def test_parquet_keeps_types(tmp_path):
    back = read_binary_table(write_table(mixed(), tmp_path / "t.parquet")).items
    pd.testing.assert_frame_equal(back, mixed(), check_dtype=False)
    assert str(back["w"].dtype) == "Int64" and back["b"].dtype == bool


@pytest.mark.parametrize("cells", [["x\x01"], ["x" * 40_000], np.zeros((1, 17_000))])
def test_what_a_workbook_cannot_hold_is_refused(cells, tmp_path):
    with pytest.raises(DataError):
        write_table(pd.DataFrame(cells), tmp_path / "t.xlsx")
    assert not list(tmp_path.iterdir())
