"""Tables of databases, one table or the answer to one query: SQLite and DuckDB files, and servers by SQLAlchemy.

Nothing is written: a query that writes is refused before it is sent, and files and transactions are read-only as well.
Rows come in batches, each of which becomes typed columns before the next is fetched.
"""

import difflib
import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from ...core.addresses import is_address, password_of, without_passwords
from ...core.errors import DataError, briefly, damage
from ...core.limits import open_plain, require_size, size_on_disk
from ...core.packages import require_package
from .frames import check_columns, check_rows

BATCH = 2**14  # rows
LISTED = 10  # tables that a message names
FILES = "sqlite", "duckdb"  # schemes of addresses that stand for a file
DUCK = b"DUCK"  # from byte 8 on
MOST_CELL = 2**26  # bytes of a cell of SQLite
TIMEOUT = 10  # seconds until a server counts as one that does not answer
DRIVERS = {"postgresql": "psycopg", "postgres": "psycopg", "mysql": "pymysql", "mariadb": "pymysql"}
SAFE_INTEGER = 2**63
_READS = re.compile(r"\(*\s*(select|with|values|table|from)\b", re.IGNORECASE)
_WRITES = re.compile(
    r"\b(into|delete\s+from|update\s+\S+\s+set|merge|drop|alter|create|truncate|grant|revoke|call|attach|detach|pragma|"
    r"vacuum|copy|lock\s+table|for\s+(?:no\s+key\s+)?update)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"--[^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\]", re.DOTALL
)


class Database(Protocol):
    """A database that is open for reading."""

    def names(self) -> list[str]:
        """Names of its tables and views."""

    def quoted(self, table: str) -> str:
        """The name of a table as it stands in a query."""

    def batches(self, query: str) -> Iterator[Sequence]:
        """Names of columns, and then batches of rows."""


def read_database(where: Path | str, table: str | None, query: str | None) -> tuple[str, pd.DataFrame]:
    """Name and rows of the table that is named, of the only one, or of a query's answer. where: a path, or an address
    without its password.

    Raises DataError for a server that is not there or refuses, for several tables of which none is named, for a query
    that writes or fails, and for more rows or columns than are taken.
    """
    if query is not None:
        require_reading(query)
    with open_database(where) as database:
        if query is None:
            table = _choose(database.names(), table, where)
            query = f"SELECT * FROM {database.quoted(table)}"
        batches = database.batches(query)
        names = list(next(batches))
        what = f"table '{table}' of {where}" if table else f"the answer of {where}"
        check_columns(len(names), what)
        return table or "query", _frame(names, batches, what)


def require_reading(query: str) -> None:
    """Raises DataError for SQL that is no single query, or that holds a word that writes outside of quotes."""
    hide = lambda match: " " if match[0].startswith(("--", "/*")) else " '' "
    bare = _QUOTED.sub(hide, query).strip().rstrip(";").strip()
    if ";" in bare:
        raise DataError("the query holds several statements: give one SELECT")
    if not _READS.match(bare):
        first = (bare.split() or [""])[0][:40]
        raise DataError(f"the query begins with {first!r}, and data are only read: begin it with SELECT")
    if word := _WRITES.search(bare):
        raise DataError(f"the query holds {' '.join(word[0].upper().split()[:2])}, which writes: give a plain SELECT")


@contextmanager
def open_database(where: Path | str) -> Iterator[Database]:
    """A database, closed at the end. Raises DataError where it cannot be opened."""
    scheme = where.partition(":")[0].lower() if isinstance(where, str) and is_address(where) else ""
    if scheme in FILES:
        where = Path(re.sub(r"^[^:]*:///?", "", where))
    if isinstance(where, Path):
        with open_plain(where) as file:
            head = file.read(16)
        if not head:
            raise DataError(f"{where} is empty: write it again")
        require_size(where, size_on_disk(where))
        kind = _DuckFile if head[8:12] == DUCK else _SqliteFile
        opened = kind(where)
    else:
        opened = _Server(where, scheme)
    with closing(opened):
        yield opened


def _choose(names: list[str], table: str | None, where: Path | str) -> str:
    if table is not None:
        for name in (table, table.strip('"`[]')):
            if name in names:
                return name
        near = difflib.get_close_matches(table, names, 1, 0.5)
        hint = f"did you mean '{near[0]}'?" if near else f"it has {_listed(names)}"
        raise DataError(f"{where} has no table '{table}': {hint}")
    if not names:
        raise DataError(f"{where} has no tables: name another database")
    if len(names) > 1:
        raise DataError(
            f"{where} has {len(names):,} tables, {_listed(names)}: name one with --table (table=), or --query (query=)"
        )
    return names[0]


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:LISTED])
    return f"{shown} and {len(names) - LISTED:,} more" if len(names) > LISTED else shown or "none"


class _SqliteFile:
    """A file of SQLite, by Python's own library."""

    def __init__(self, path: Path):
        self.path, address = path, path.absolute().as_uri()
        with damage(path, "name a file of SQLite or DuckDB"):
            self.connection = sqlite3.connect(f"{address}?mode=ro", uri=True)
            self.connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_CELL)
            self.connection.text_factory = lambda text: text.decode("utf-8", "replace")
            self.connection.execute("PRAGMA query_only = 1")
            self.connection.execute("SELECT count(*) FROM sqlite_master")

    def names(self) -> list[str]:
        rows = self.connection.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
        )
        return [name for (name,) in rows]

    def quoted(self, table: str) -> str:
        return _in_quotes(table)

    def batches(self, query: str) -> Iterator[Sequence]:
        with damage(self.path, "correct the query, or write the file again"):
            yield from _fetch(self.connection.execute(query))

    def close(self) -> None:
        self.connection.close()


class _DuckFile:
    """A file of DuckDB, by its own library."""

    def __init__(self, path: Path):
        require_package("duckdb", "db", f"{path} is a file of DuckDB")
        import duckdb

        self.path = path
        with damage(path, "write it with the version of duckdb that is installed"):
            self.connection = duckdb.connect(str(path), read_only=True)

    def names(self) -> list[str]:
        rows = self.connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables ORDER BY table_name"
        ).fetchall()
        return [name if schema == "main" else f"{schema}.{name}" for schema, name in rows]

    def quoted(self, table: str) -> str:
        return ".".join(map(_in_quotes, table.split(".", 1) if table not in self._of_main() else [table]))

    def _of_main(self) -> set[str]:
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'"
        return {name for (name,) in self.connection.execute(query).fetchall()}

    def batches(self, query: str) -> Iterator[Sequence]:
        with damage(self.path, "correct the query"):
            yield from _fetch(self.connection.execute(query))

    def close(self) -> None:
        self.connection.close()


def _fetch(cursor: object) -> Iterator[Sequence]:
    yield [column[0] for column in cursor.description]
    while rows := cursor.fetchmany(BATCH):
        yield rows


def _in_quotes(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


class _Server:
    """A database of a server, in a transaction that only reads, which is rolled back."""

    def __init__(self, address: str, scheme: str):
        self.address, self.engine = address, make_engine(address, scheme)
        with sentences(address):
            connection = self.engine.connect()
            if self.engine.dialect.name in ("mysql", "mariadb"):
                connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
                connection.rollback()
            own = {"postgresql_readonly": True} if self.engine.dialect.name == "postgresql" else {}
            self.connection = connection.execution_options(no_parameters=True, **own)

    def names(self) -> list[str]:
        from sqlalchemy import inspect

        with sentences(self.address):
            inspector = inspect(self.connection)
            usual = inspector.default_schema_name
            names = []
            for schema in [None, *(one for one in inspector.get_schema_names() if one not in (usual, *_OWN_SCHEMAS))]:
                own = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
                names += own if schema is None else [f"{schema}.{name}" for name in own]
            return names

    def quoted(self, table: str) -> str:
        from sqlalchemy import inspect

        quote, inspector = self.engine.dialect.identifier_preparer.quote_identifier, inspect(self.connection)
        return quote(table) if inspector.has_table(table) else ".".join(map(quote, table.split(".", 1)))

    def batches(self, query: str) -> Iterator[Sequence]:
        with sentences(self.address):
            stream = self.connection.execution_options(yield_per=BATCH, stream_results=True)
            yield from _fetch(stream.exec_driver_sql(query).cursor)  # whose rows are tuples, which is fast

    def close(self) -> None:
        with suppress(Exception):
            self.connection.close()
        self.engine.dispose()


_OWN_SCHEMAS = ("information_schema", "pg_catalog", "pg_toast", "mysql", "performance_schema", "sys")


def make_engine(address: str, scheme: str) -> object:
    """An engine of SQLAlchemy. Raises DataError for an address of no database, and for a package that is missing."""
    what = f"{address} is an address of a database"
    require_package("sqlalchemy", "db", what)
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    try:
        url = make_url(address)
        if scheme in DRIVERS:
            require_package(DRIVERS[scheme], "db" if scheme.startswith("postgres") else "", what)
            name = "postgresql" if scheme == "postgres" else scheme
            url = url.set(drivername=f"{name}+{DRIVERS[scheme]}")
        if password := password_of(address):
            url = url.set(password=password)
        waits = {"connect_timeout": TIMEOUT} if url.get_backend_name() in DRIVERS else {}
        return create_engine(url, poolclass=NullPool, connect_args=waits)
    except NoSuchModuleError:
        raise DataError(
            f"{address} is no address of a database that SQLAlchemy knows: name one such as postgresql://me@host/db, "
            "or save the data as a file"
        ) from None
    except ArgumentError:
        raise DataError(f"{address} is no address: write it as postgresql://me:password@host/db") from None
    except ModuleNotFoundError as error:
        raise DataError(f"{address} needs the package {error.name}: pip install {error.name}") from None


@contextmanager
def sentences(address: str) -> Iterator[None]:
    """Within, what a server or its driver refuses is one sentence without a password."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, OSError, ValueError, OverflowError) as error:
        if isinstance(error, DataError):
            raise
        own = getattr(error, "orig", None) or error
        lines = [line.strip() for line in str(own).splitlines() if line.strip()] or [type(own).__name__]
        refused = next((line for line in lines if "FATAL" in line or "denied" in line), lines[0])
        said = without_passwords(briefly(ValueError(refused.rpartition("FATAL:")[2].strip())))
        raise DataError(f"{address} answers: {said}; {_remedy(refused)}") from None


def _remedy(said: str) -> str:
    said = said.lower()
    if "password" in said or "authentication" in said or "denied" in said:
        return "correct the user or the password, as in postgresql://me:password@host/db"
    if "database" in said and "exist" in said:
        return "correct the name of the database"
    if "refused" in said or "connect" in said or "resolve" in said or "timeout" in said or "name or service" in said:
        return "start the server, or correct its name and port"
    return "correct the query, or the rights of the user"


def _frame(names: list[str], batches: Iterator[Sequence], what: str) -> pd.DataFrame:
    parts: list[list[pd.Series]] = [[] for _ in names]
    count = 0
    for rows in batches:
        count += len(rows)
        check_rows(count, what)
        for part, cells in zip(parts, zip(*rows)):
            part.append(_typed(cells))
        del rows
    columns = []
    for part in parts:
        columns.append(_joined(part))
        part.clear()
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame()
    return frame.set_axis(names, axis=1)


def _typed(cells: Sequence) -> pd.Series:
    """Cells of a batch, of the type that the driver gives them."""
    column = pd.Series(cells, dtype=object)
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind == "decimal":
        return _numbers(column)
    if kind == "integer":
        with suppress(OverflowError, TypeError):  # whole numbers of more than 64 bits are texts
            return column.astype("Int64")
    if kind in ("floating", "mixed-integer-float"):
        return column.astype(float)
    if kind == "boolean":
        return column.astype("boolean")
    if kind in ("datetime", "datetime64", "date"):
        utc = kind != "date" and any(getattr(cell, "tzinfo", None) is not None for cell in cells)
        return pd.to_datetime(column, utc=utc).astype("datetime64[us, UTC]" if utc else "datetime64[us]")
    if kind not in ("string", "empty"):
        column = column.map(_text, na_action="ignore")
    return column if kind == "empty" else column.astype("str")


def _numbers(column: pd.Series) -> pd.Series:
    """Decimals as whole numbers where all are, else as floats."""
    known = column[column.notna()]
    if all(value.is_finite() and value == int(value) and value.as_tuple().exponent >= 0 for value in known):
        if all(abs(value) < SAFE_INTEGER for value in known):
            return column.map(int, na_action="ignore").astype("Int64")
    return column.astype(float)


def _text(cell: object) -> str:
    if isinstance(cell, (dict, list)):
        return json.dumps(cell, ensure_ascii=False, default=str)
    if isinstance(cell, (bytes, memoryview)):
        return bytes(cell).hex()
    return str(cell)


def _joined(parts: list[pd.Series]) -> pd.Series:
    """One column of batches of it; a batch without values has the type of the others."""
    types = {part.dtype for part in parts if part.dtype != object}
    if not types:
        return pd.Series(np.full(sum(map(len, parts)), np.nan))
    (kind,) = types if len(types) == 1 else ["float64" if all(t.kind in "iuf" for t in types) else "str"]
    whole = pd.concat([part.astype(kind) for part in parts], ignore_index=True)
    if kind in ("Int64", "boolean") and not whole.isna().any():
        return whole.astype(kind.numpy_dtype)
    return whole
