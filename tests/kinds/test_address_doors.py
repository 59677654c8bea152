# Tests core/addresses.py
"""Addresses of databases with secrets of every form, at every door: the secrets reach the server and nothing else, and
the address in a record is used only where a person gives it again."""

import os
import sqlite3
import tempfile
from urllib.parse import quote

import pytest

import genwright as gw
from genwright.cli.commands import _without_secrets, main
from genwright.core.addresses import TYPED, URL, hide_secrets, whole_address, without_secrets
from genwright.core.errors import DataError
from genwright.kinds.formats.tables import databases
from genwright.run.tasks import training_data, training_data_if_there

SECRET = "hunter2/+x"
CODED = quote(SECRET, safe="")
ODBC = f"DRIVER={{SQL Server}};SERVER=host;UID=me;PWD={SECRET}"
ADDRESSES = [
    f"postgresql://me:{CODED}@host/db",
    f"postgresql://me:{SECRET}@host/db",
    f"postgresql://me@corp.example:{CODED}@host/db",
    f"postgresql://me:a?{SECRET}@host/db",
    f"postgresql://host/db?user=me&password={CODED}",
    f"postgresql://host/db?password=first&user=me&PASSWORD={CODED}",
    f"postgresql://host/db?%70assword={CODED}",
    f"postgresql://me@host/db?sslmode=require&sslpassword={CODED}",
    f"postgresql://me@host/db?token={CODED}&application_name=mine",
    f"postgresql://me@host/db?{CODED}",
    f"postgresql://me@host/db?email=me@host&key={CODED}",
    f"postgresql://me@host/db?driver=x;PWD={SECRET}",
    f"postgresql://me@host/db?driver=x{quote(f';PWD={SECRET}', safe='')}",
    f"mssql+pyodbc:///?odbc_connect={quote(ODBC, safe='')}",
    f"mssql+pyodbc:///?odbc_connect={ODBC.replace(' ', '+')}",
    f"mssql+pyodbc://{quote(ODBC, safe='')}",
    f"jdbc:sqlserver://host:1433;user=me;password={SECRET}",
    f"oracle://(DESCRIPTION=(HOST=h)(PASSWORD={SECRET}))",
    f"snowflake://me:{CODED}@account/db/schema?warehouse=w&role=r",
    f"mssql+pyodbc://DRIVER=x;PWD={SECRET}@host/db",
    f"https://host/file.csv?X-Amz-Signature={CODED}",
    f"https://host/file.csv#access_token={CODED}",
]
PARTS = SECRET, CODED, "hunter2"


@pytest.fixture(autouse=True)
def nothing_typed(monkeypatch):
    monkeypatch.setenv(TYPED, "{}")
    monkeypatch.delenv(URL, raising=False)


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server that takes any address with its secret, and counts connections; its table is a file of SQLite."""
    path, asked = tmp_path / "table.sqlite", []
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE people (age INTEGER, income REAL)")
        connection.executemany("INSERT INTO people VALUES (?, ?)", [(i % 7, i / 2) for i in range(60)])

    def connect(address):
        asked.append(whole_address(address))
        assert "hunter2" in f"{asked[-1].bare} {asked[-1].password}"
        return databases._open_sqlite(path)

    monkeypatch.setattr(databases, "_open_server", connect)
    return asked


def holds_secret(text: str | bytes) -> bool:
    text = text.decode(errors="replace") if isinstance(text, bytes) else text
    return any(part in text for part in PARTS)


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_is_shown_has_no_secret_and_stays_as_it_is(address):
    shown = hide_secrets(address)
    assert not holds_secret(shown) and hide_secrets(shown) == shown
    whole = whole_address(shown)
    assert "hunter2" in f"{whole.bare} {whole.secrets}"
    for said in (SECRET, CODED, address):
        assert not holds_secret(without_secrets(f"cannot connect by {said!r}"))


@pytest.mark.parametrize(
    "harmless", ["sslmode=require", "driver=ODBC+Driver+18", "host=/tmp&port=5", "charset=utf8mb4"]
)
def test_what_names_a_database_is_shown(harmless):
    assert hide_secrets(f"mysql://me:pw@host:5/db?{harmless}") == f"mysql://me@host:5/db?{harmless}"


def test_a_text_that_is_the_address_of_a_web_page_is_no_secret():
    assert _without_secrets("--prompt=https://host/?key=value") == "--prompt=https://host/?key=value"
    assert _without_secrets("--out=mysql://me:pw@host/db") == "--out=mysql://me@host/db"


@pytest.mark.parametrize("address", ADDRESSES[::4])
def test_a_run_stores_no_secret_and_asks_for_it_again(address, server, tmp_path, monkeypatch):
    data = gw.load_data(address, table="people")
    assert not holds_secret(f"{data!r} {data.source} {data.describe()} {data.account}")
    model = gw.fit(data, "independent", out=tmp_path / "run", items=64, progress=False)
    written = [path for path in (tmp_path / "run").rglob("*") if path.is_file()]
    assert len(written) > 3 and not any(holds_secret(path.read_bytes()) for path in written)
    connections = len(server)
    assert training_data_if_there(model) is None  # as the pages of the studio ask
    monkeypatch.setenv(TYPED, "{}")  # another day
    with pytest.raises(DataError, match=URL):
        training_data(model)
    assert len(server) == connections
    monkeypatch.setenv(URL, address)
    assert training_data(model).hash == data.hash and len(server) == connections + 1


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_a_driver_says_is_shown_without_secrets(address, capfd, monkeypatch):
    def refuse(shown):
        raise RuntimeError(f"{address}: login with {SECRET} or {CODED} failed\nPWD={SECRET}")

    monkeypatch.setattr(databases, "_open_server", refuse)
    with pytest.raises(DataError) as error:
        gw.load_data(address, table="people")
    assert not holds_secret(str(error.value))
    for words in (
        ["describe", address],
        ["compare", address, "--table=people"],
        ["sample", "none", f"--out={address}"],
    ):
        with pytest.raises(SystemExit):
            main(words)
    assert not holds_secret("".join(capfd.readouterr()))


def test_the_report_of_a_bug_has_no_secret(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    address = next(filter(lambda address: "odbc" in address, ADDRESSES))

    def fail(*_, **__):
        raise AssertionError(f"a bug at {ODBC}")

    monkeypatch.setattr("genwright.run.needed_options.load_as_needed", fail)
    with pytest.raises(SystemExit) as exit:
        main(["fit", address, "--family", "vae"])
    (report,) = tmp_path.glob("genwright-bug-*")
    assert exit.value.code == 70 and not holds_secret(report.read_text() + "".join(capfd.readouterr()))


def test_the_address_of_a_record_is_not_asked_unless_a_person_gave_it(server, tmp_path, monkeypatch):
    """To connect would send what this machine tells servers, such as PGPASSWORD, to whom the record names."""
    run = tmp_path / "run"
    gw.fit(gw.load_data(ADDRESSES[0], table="people"), "independent", out=run, items=64, progress=False)
    monkeypatch.setenv(TYPED, "{}")
    before = len(server)
    with pytest.raises(SystemExit) as exit:
        main(["fit", "--replay", str(run), "--out", str(tmp_path / "again")])
    assert exit.value.code == 2 and len(server) == before
    monkeypatch.setenv(URL, ADDRESSES[0])
    with pytest.raises(SystemExit) as exit:
        main(["fit", "--replay", str(run), "--out", str(tmp_path / "again"), "--quiet"])
    assert exit.value.code == 0 and len(server) > before
    assert not any(holds_secret(path.read_bytes()) for path in (tmp_path / "again").rglob("*") if path.is_file())
    assert "hunter2" in os.environ[URL]
