# Tests kinds/formats/tables/databases.py
"""Tables of databases: types, the choice of a table, queries that write, and passwords, which stand nowhere."""

import re
import sqlite3
from datetime import date

import pandas as pd
import pytest
from local_postgres import PASSWORD, USER, running_postgres

import genwright as gw
from genwright.core.addresses import TYPED, hide_secrets, whole_address, without_secrets
from genwright.core.errors import DataError
from genwright.kinds.formats.tables.databases import read_database, require_reading

ROWS = 60
COLUMNS = "die Größe (cm)", "年齢", 'in "quotes"', "since"


def cells(i):
    return i * 0.5, None if i % 9 == 0 else i % 7, ["red", "green, dark", ""][i % 3], f"2020-01-{1 + i % 28:02}"


@pytest.fixture
def sqlite_file(tmp_path):
    path = tmp_path / "people.db"
    with sqlite3.connect(path) as connection:
        names = ", ".join('"' + name.replace('"', '""') + '"' for name in COLUMNS)
        connection.execute(f'CREATE TABLE "My people" ({names})')
        connection.executemany('INSERT INTO "My people" VALUES (?, ?, ?, ?)', map(cells, range(ROWS)))
    connection.close()
    return path


def test_sqlite_reads_its_only_table_with_types(sqlite_file):
    read = read_database(sqlite_file, None, None)
    name, frame = read.name, read.items
    assert (name, tuple(frame.columns), len(frame)) == ("My people", COLUMNS, ROWS)
    assert [str(kind) for kind in frame.dtypes] == ["float64", "Int64", "str", "str"]
    assert frame["年齢"].isna().sum() == sum(cells(i)[1] is None for i in range(ROWS))
    assert tuple(gw.load_data(sqlite_file).items["train"].columns) == COLUMNS
    assert read_database(f"sqlite:///{sqlite_file}", None, None).items.equals(frame)


def test_of_several_tables_one_is_chosen(sqlite_file):
    with sqlite3.connect(sqlite_file) as connection:
        connection.execute("CREATE TABLE visits AS SELECT rowid AS number FROM [My people]")
        connection.execute("CREATE VIEW none AS SELECT * FROM visits WHERE 0")
    with pytest.raises(DataError, match="'My people', 'visits', 'none'"):
        gw.load_data(sqlite_file)
    with pytest.raises(DataError, match="did you mean 'visits'"):
        gw.load_data(sqlite_file, table="visit")
    with pytest.raises(DataError, match="at least 10"):
        gw.load_data(sqlite_file, table="none")
    assert len(read_database(sqlite_file, '"visits"', None).items) == ROWS
    query = 'select [年齢] as age from "My people" where "in ""quotes""" like \'r%\';'
    assert list(read_database(sqlite_file, None, query).items.columns) == ["age"]
    with pytest.raises(DataError, match="table and query"):
        gw.load_data(sqlite_file, table="visits", query="select 1")


@pytest.mark.parametrize("query", [
    "delete from t", "with x as (delete from t returning *) select * from x", "select 1; drop table t",
    "select * into u from t", "update t set a = 1", "pragma writable_schema = 1", "",
    "/* select */ insert into t values (1)",
    "select * from t for update", "explain analyze delete from t", "select '''; -- ' from t; delete from t",
])  # fmt: skip
def test_a_query_that_writes_is_not_sent(query):
    with pytest.raises(DataError):
        require_reading(query)


@pytest.mark.parametrize("query", [
    "SELECT 'drop table t; ' FROM t;", "-- into\nselect \"delete from\" from t", "(select 1) union (select 2)",
    "with a as (select 1) select replace(x, 'a', 'b'), updated, created from a", "values (1), (2)",
])  # fmt: skip
def test_a_query_that_reads_is_sent(query):
    require_reading(query)


def test_a_table_of_2000_columns_is_read_and_one_of_more_than_fit_is_not(tmp_path):
    wide = tmp_path / "wide.sqlite"
    with sqlite3.connect(wide) as connection:
        connection.execute(f"CREATE TABLE wide ({', '.join(f'c{j} INTEGER' for j in range(2000))})")
        connection.execute("INSERT INTO wide (c0) VALUES (1)")
    assert read_database(wide, None, None).items.shape == (1, 2000)


def test_files_that_are_no_database_get_a_sentence(tmp_path, sqlite_file):
    for name, content in {"a.db": b"", "b.sqlite": b"a,b\n1,2\n", "c.db": sqlite_file.read_bytes()[:5000]}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError):
            gw.load_data(tmp_path / name)
    with pytest.raises(DataError, match="is for a database"):
        gw.load_data(sqlite_file.with_suffix(".csv"), table="people")


def test_duckdb_reads_like_sqlite(tmp_path):
    duckdb = pytest.importorskip("duckdb", reason="DuckDB files need the package duckdb")
    path = tmp_path / "people.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE people AS SELECT i / 4.0 AS a, i % 2 = 0 AS b, DATE '2020-01-01' + i::INT AS c, "
            "'w' || i % 3 AS d FROM range(60) t(i)"
        )
    read = read_database(path, None, None)
    name, frame = read.name, read.items
    assert name == "people" and [kind.kind for kind in frame.dtypes] == ["f", "b", "M", "O"]
    assert frame["c"].iloc[1].date() == date(2020, 1, 2)
    with pytest.raises(DataError):
        read_database(path, None, "select no_column from people")


@pytest.mark.parametrize("typed, bare, password", [
    ("postgresql://me:pw@host/db", "postgresql://me@host/db", "pw"),
    ("postgresql://me:p%40w@host:5/db?sslmode=a", "postgresql://me@host:5/db?sslmode=a", "p@w"),
    ("postgresql://me:p@w/x@host/db", "postgresql://me@host/db", "p@w/x"),
    ("postgresql://host/db?user=me&password=pw", "postgresql://host/db?user=me", "pw"),
    ("postgresql://host/db?password=pw&user=me", "postgresql://host/db?user=me", "pw"),
    ("postgresql://me@host/db", "postgresql://me@host/db", None),
])  # fmt: skip
def test_a_password_is_hidden(typed, bare, password, monkeypatch):
    monkeypatch.setenv(TYPED, "{}")
    assert hide_secrets(typed) == bare and whole_address(bare)[1:3] == (bare, password)
    assert password is None or password not in without_secrets(f"a {password} b")


@pytest.fixture(scope="module")
def server():
    with running_postgres() as port:
        import psycopg

        where = f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres"
        with psycopg.connect(
            host="127.0.0.1", port=port, user=USER, password=PASSWORD, dbname="postgres"
        ) as connection:
            connection.execute(
                "CREATE TABLE people AS SELECT i % 50 AS age, (i * 1.25)::numeric(8, 2) AS income, "
                "i / 7.0::float AS score, (ARRAY['red', 'green', NULL])[1 + i % 3] AS colour, i % 2 = 0 AS member, "
                "DATE '2020-01-01' + i % 90 AS since FROM generate_series(1, 120) i"
            )
            connection.execute("CREATE SCHEMA other")
            connection.execute('CREATE TABLE other."Größe, 年" AS SELECT 1 AS a')
            connection.execute("CREATE SEQUENCE counter")
        yield where


def test_postgres_gives_types_and_keeps_nothing_of_the_password(server, tmp_path, monkeypatch):
    monkeypatch.setenv(TYPED, "{}")
    data = gw.load_data(server, table="people")
    frame = pd.concat(data.items.values())
    assert [kind.kind for kind in frame.dtypes] == ["i", "f", "f", "O", "b", "M"] and frame["colour"].isna().sum() == 40
    run = gw.fit(data, "independent", out=tmp_path / "run", items=64)
    again = gw.load_data(data.source, **data.options)
    assert again.hash == data.hash and len(run.sample(5)) == 5
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written and not any(b"s3cret" in path.read_bytes() for path in written)
    assert "s3cret" not in repr(data) + "".join(data.describe())


@pytest.mark.parametrize("change, options", [
    (lambda where: where.replace("s3cret", "other"), {"table": "people"}),
    (lambda where: where.replace("/postgres", "/nowhere"), {"table": "people"}),
    (lambda where: where.replace("127.0.0.1:", "127.0.0.1:1"), {"table": "people"}),
    (lambda where: where, {}),
    (lambda where: where, {"table": "peeple"}),
    (lambda where: where, {"query": "select nextval('counter') from people"}),
    (lambda where: where, {"query": "select no_column from people"}),
    (lambda where: where, {"table": "other.Größe, 年"}),
])  # fmt: skip
def test_what_a_server_refuses_is_one_sentence(server, change, options, monkeypatch):
    monkeypatch.setenv(TYPED, "{}")
    with pytest.raises(DataError) as error:
        gw.load_data(change(server), **options)
    assert "s3cret" not in str(error.value) and "\n" not in str(error.value)
    assert error.value.__cause__ is None or "s3cret" not in str(error.value.__cause__)


ELSEWHERE = {
    "a.duckdb": "SELECT * FROM read_csv('{secret}')", "b.duckdb": "SELECT * FROM '{secret}'",
    "c.duckdb": "SELECT * FROM read_text('{secret}')", "d.duckdb": "SELECT * FROM glob('{secret}')",
    "a.db": "SELECT load_extension('{secret}')", "b.db": "SELECT * FROM pragma_database_list",
}  # fmt: skip


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_view_reads_no_other_file(name, tmp_path):
    (tmp_path / "secret.csv").write_text("a,b\n" + "1,2\n" * 30)
    engine = pytest.importorskip("duckdb") if name.endswith(".duckdb") else sqlite3
    connection = engine.connect(str(tmp_path / name))
    connection.execute(f"CREATE VIEW v AS {ELSEWHERE[name].format(secret=tmp_path / 'secret.csv')}")
    connection.commit() if engine is sqlite3 else None
    connection.close()
    with pytest.raises(DataError, match=re.escape(name)):
        read_database(tmp_path / name, "v", None)


def _pages(path, lost=()) -> None:
    """A table of many pages beside a small one, some of its pages emptied."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE many AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                           "LIMIT 2000) SELECT i, hex(zeroblob(20)) || i AS text FROM n")  # fmt: skip
        connection.execute("CREATE TABLE few AS SELECT i FROM many LIMIT 20")
        connection.execute("CREATE VIEW seen AS SELECT * FROM many")
    connection.close()
    content = bytearray(path.read_bytes())
    for page in lost:
        content[4096 * page : 4096 * (page + 1)] = bytes(4096)
    path.write_bytes(content)


@pytest.mark.parametrize("query", [None, "SELECT * FROM many", "SELECT count(*) FROM seen"])
@pytest.mark.parametrize("how", ["cut", "an empty page"])
def test_sqlite_that_lost_pages_is_refused(how, query, tmp_path):
    path = tmp_path / "people.db"
    _pages(path, [3] if how == "an empty page" else [])
    if how == "cut":
        path.write_bytes(path.read_bytes()[:-4096])
    with pytest.raises(DataError, match=r"people\.db"):
        read_database(path, "many" if query is None else None, query)


def test_a_damaged_table_leaves_the_others_readable(tmp_path):
    _pages(tmp_path / "people.db", [3])
    assert len(read_database(tmp_path / "people.db", "few", None).items) == 20


def test_cells_that_break_a_constraint_are_read(tmp_path):
    with sqlite3.connect(tmp_path / "people.db") as connection:
        connection.execute("CREATE TABLE people (age INT CHECK (age < 30), name TEXT NOT NULL)")
        connection.execute("PRAGMA ignore_check_constraints = 1")
        connection.executemany("INSERT INTO people VALUES (?, 'a')", [(age,) for age in range(60)])
    connection.close()
    assert len(read_database(tmp_path / "people.db", "people", None).items) == 60


def test_rows_of_a_log_beside_the_file_are_read(tmp_path):
    """While another process writes, the last rows stand there."""
    path = tmp_path / "people.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("CREATE TABLE people (age INT)")
    connection.executemany("INSERT INTO people VALUES (?)", [(age,) for age in range(3000)])
    connection.commit()
    assert path.stat().st_size < 10_000 and len(read_database(path, "people", None).items) == 3000
    connection.close()
