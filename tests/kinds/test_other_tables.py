"""Tables of other programs hold the same rows as the CSV that they were made of."""

import ast
import re
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.io

import genwright as gw
from genwright.core.errors import DataError

N = 60


def people() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 80, N),
            "income": np.round(rng.normal(30, 9, N), 2),
            "city": rng.choice(["Oslo", "Bergen", "Tromsø"], N),
            "since": pd.date_range("2020-01-01", periods=N, freq="9D").strftime("%Y-%m-%d"),
        }
    )


def stata(path: Path) -> None:
    table = people().assign(city=lambda t: t["city"].astype("category"), since=lambda t: pd.to_datetime(t["since"]))
    table.to_stata(path, write_index=False, version=118, convert_dates={"since": "td"})


def spss(path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    codes = {1.0: "Bergen", 2.0: "Oslo", 3.0: "Tromsø"}
    table = people().assign(city=lambda t: t["city"].map({word: code for code, word in codes.items()}))
    pyreadstat.write_sav(table, path, variable_value_labels={"city": codes})


def orc(path: Path) -> None:
    pytest.importorskip("pyarrow")
    people().to_orc(path)


def arrow_stream(path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    table = pa.Table.from_pandas(people(), preserve_index=False)
    with pa.ipc.new_stream(str(path), table.schema) as writer:
        writer.write_table(table)


def arff(path: Path) -> None:
    kinds = {"age": "NUMERIC", "income": "real", "city": "{Oslo,Bergen,'Tromsø'}", "since": 'DATE "yyyy-MM-dd"'}
    head = [f"@attribute {name} {kind}" for name, kind in kinds.items()]
    rows = people().to_csv(index=False, header=False)
    path.write_text("% people\n@relation people\n" + "\n".join(head) + "\n@DATA\n" + rows)


def savetxt(path: Path) -> None:
    """As numpy writes numbers, with names in a comment, and a tab here and there."""
    numbers = people().assign(city=0.5, since=1)
    np.savetxt(path, numbers, fmt=["%d", "%.2f", " %s", "\t%d"], header=f"made in 2024\n{' '.join(numbers)}")


def html(path: Path) -> None:
    pytest.importorskip("lxml")
    people().to_html(path, index=False)


def spaces(path: Path) -> None:
    people().to_csv(path, index=False, sep=" ")


FORMS = {
    "people.dta": stata, "people.sav": spss, "people.orc": orc, "people.arrows": arrow_stream, "people.arff": arff,
    "people.html": html, "people.dat": spaces,
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_a_form_holds_the_rows_of_the_csv(name, tmp_path):
    FORMS[name](tmp_path / name)
    people().to_csv(tmp_path / "people.csv", index=False)
    form, plain = gw.load_data(tmp_path / name), gw.load_data(tmp_path / "people.csv")
    kinds = lambda data: {column.name: type(column).__name__ for column in data.domain.columns}
    assert kinds(form) == kinds(plain)
    cells = lambda data: sorted(map(tuple, data.items["train"].astype(str).to_numpy()))
    assert form.sizes == plain.sizes
    assert {row[0] for row in cells(form)} <= {*people()["age"].astype(str), *people()["age"].astype(float).astype(str)}


def test_columns_parted_by_spaces_are_named_by_the_comment_above_them(tmp_path):
    savetxt(tmp_path / "t.dat")
    data = gw.load_data(tmp_path / "t.dat")
    assert [column.name for column in data.domain.columns] == [*people()]


def test_labels_of_some_values_leave_a_column_as_it_is(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    table = pd.DataFrame({"scale": np.arange(N) % 7 + 1.0, "x": np.arange(N) * 1.5})
    pyreadstat.write_sav(table, tmp_path / "s.sav", variable_value_labels={"scale": {1.0: "never", 7.0: "always"}})
    data = gw.load_data(tmp_path / "s.sav")
    assert pd.api.types.is_numeric_dtype(data.items["train"]["scale"])
    assert any("scale" in note for note in data.notes)


def test_arrays_of_one_length_are_columns(tmp_path):
    from scipy.io import savemat

    x, y = np.random.default_rng(0).normal(size=(N, 3)), np.arange(N) % 2
    savemat(tmp_path / "m.mat", {"X": x, "y": y, "scale": 2.0})
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file["a/X"], file["y"], file["names"] = x, y, np.array([f"n{k % 4}" for k in range(N)], dtype="S3")
    assert list(gw.load_data(tmp_path / "m.mat").items["train"].columns) == ["X1", "X2", "X3", "y"]
    assert list(gw.load_data(tmp_path / "m.h5").items["train"].columns) == ["a.X1", "a.X2", "a.X3", "names", "y"]


def test_a_file_without_a_name_is_told_by_its_content(tmp_path):
    people().to_csv(tmp_path / "people", index=False)
    with sqlite3.connect(tmp_path / "base.bin") as base:
        people().to_sql("people", base, index=False)
    assert gw.load_data(tmp_path / "people").sizes == gw.load_data(tmp_path / "base.bin").sizes
    (tmp_path / "x.bin").write_bytes(b"\x80\x04\x95" + bytes(200))
    with pytest.raises(DataError, match="pickle"):
        gw.load_data(tmp_path / "x.bin")


def test_damaged_tables_end_in_a_sentence(tmp_path):
    for name, write in FORMS.items():
        write(tmp_path / name)
        content = (tmp_path / name).read_bytes()
        for cut in (0, 10, len(content) // 2):
            (tmp_path / f"cut-{name}").write_bytes(content[:cut])
            try:
                gw.load_data(tmp_path / f"cut-{name}")
            except DataError:
                continue


def test_a_missing_package_is_said_in_a_clause():
    """What needs a package is written with a verb, so that the sentence reads."""
    clauses = []
    texts = (file.read_text() for file in Path(gw.__file__).parent.rglob("*.py"))
    for text in (text for text in texts if "require_package(" in text):
        for call in ast.walk(ast.parse(text)):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "require_package" and len(call.args) == 3:
                clauses.append(ast.unparse(call.args[2]))
    written = [clause for clause in clauses if clause[0] in "f'\""]
    assert len(written) > 8 and all(re.search(r" (is|holds|writes) ", clause) for clause in written), written


def _arrow_stream(path):
    pa = pytest.importorskip("pyarrow")
    table = pa.table(PEOPLE.to_dict("list"))
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)


def _records_in_hdf5(path):
    with pytest.importorskip("h5py").File(path, "w") as file:
        file["people"] = PEOPLE[["age", "pay"]].to_records(index=False)


def _transport(version):
    return lambda path: pytest.importorskip("pyreadstat").write_xport(PEOPLE, path, file_format_version=version)


PEOPLE = pd.DataFrame({"age": np.arange(40) % 13 + 20, "pay": np.arange(40) * 1.5, "city": ["Oslo", "Bergen"] * 20})
OF_LIBRARIES = {  # file: what a library writes, and its columns
    "stream.arrows": (_arrow_stream, 3),
    "records.h5": (_records_in_hdf5, 2),
    "v5.xpt": (_transport(5), 3),
    "v8.xpt": (_transport(8), 3),
    "split.json": (lambda path: PEOPLE.to_json(path, orient="split"), 3),
    "table.json": (lambda path: PEOPLE.to_json(path, orient="table"), 4),  # and the index
    "index.json": (lambda path: PEOPLE.to_json(path, orient="index"), 3),
    "struct.mat": (
        lambda path: scipy.io.savemat(path, {"s": {"a": PEOPLE["age"].to_numpy(), "b": np.arange(40.0)}}),
        2,
    ),
    "text.parquet": (lambda path: PEOPLE.to_csv(path, index=False), 3),
    "parquet.csv": (lambda path: PEOPLE.to_parquet(path), 3),
    "parquet.dta": (lambda path: PEOPLE.to_parquet(path), 3),
}


@pytest.mark.parametrize("name", OF_LIBRARIES)
def test_what_the_library_of_a_row_writes_is_read(name, tmp_path):
    write, columns = OF_LIBRARIES[name]
    write(tmp_path / name)
    data = gw.load_data(tmp_path / name)
    assert data.kind == "tables" and sum(data.sizes.values()) == 40 and data.train.shape[1] == columns
    wrong = name in ("text.parquet", "parquet.csv", "parquet.dta")
    assert any("is wrong" in remark for remark in data.account.remarks) == wrong


def test_labels_of_stata_with_missing_cells(tmp_path):
    city = pd.Series(PEOPLE["city"], dtype="category").where(PEOPLE.index % 7 > 1)
    PEOPLE.assign(city=city).to_stata(tmp_path / "t.dta", write_index=False)
    assert gw.load_data(tmp_path / "t.dta").domain.columns[-1].name == "city"


@pytest.mark.parametrize("page, rows, said", [
    ("<html><body><table>{rows}</table></body></html>", N, ""),
    ("<table>{rows}</TABLE >", N, ""),
    ("<html><!-- <table> --><script>'<table>'</script><table>{rows}</table></html>", N, ""),
    ("<html><table>{loose}</table></html>", N, ""),  # </td> and </tr> may be left out
    ("<html><table>{rows}</table><p>", N, "</html>"),
    ("<html><table>{rows}</html>", 0, ""),
    ("<html><table><tr><td><table>{rows}</table></html>", 0, ""),
    ("<html><table>{rows}<!-- </table></html>", 0, ""),
])  # fmt: skip
def test_a_page_of_html_has_the_end_of_its_table(page, rows, said, tmp_path):
    pytest.importorskip("lxml")
    cells = [f"<tr><td>{i}</td><td>{i % 7}</td></tr>" for i in range(N)]
    loose = "".join(cells).replace("</td>", "").replace("</tr>", "")
    (tmp_path / "t.html").write_text(page.format(rows="".join(cells), loose=loose))
    if not rows:
        with pytest.raises(DataError, match=r"t\.html"):
            gw.load_data(tmp_path / "t.html")
        return
    data = gw.load_data(tmp_path / "t.html")
    assert sum(data.sizes.values()) == rows
    assert any(said in line for line in data.account.sentences()) if said else data.account.sentences() == []
