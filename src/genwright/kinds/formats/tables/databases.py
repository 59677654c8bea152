"""Tables of databases, one table or the answer to one query: SQLite and DuckDB files, and servers by SQLAlchemy.

Nothing is written: a query that writes is refused before it is sent, and files and transactions are read-only as well.
Rows come in batches, each of which becomes typed columns before the next is fetched.
"""

import difflib
import json
import re
import sqlite3
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ....core.account import Account
from ....core.addresses import FILES, URL, whole_address, without_secrets
from ....core.domain import OpenQuestions, Question
from ....core.errors import DataError, GenwrightError, briefly, list_some
from ....core.limits import open_plain, require_size, size_on_disk
from ....core.packages import require_package
from ...values.frames import check_columns, check_rows
from ..raw import Raw

BATCH = 2**14  # rows
LISTED = 10  # tables that a message names
CLOSED = {"enable_external_access": False, "lock_configuration": True}  # of DuckDB: no other file, no network
DUCK = b"DUCK"  # from byte 8 on
MOST_CELL = 2**26  # bytes of a cell of SQLite
SQLITE_HEADER = struct.Struct(">16xH6xII60xI")  # size of a page, count of changes, of pages, of changes then; 96 bytes
BROKEN = "***"  # begins what SQLite says of pages
TIMEOUT = 10  # seconds until a server counts as one that does not answer
SCHEMAS = "information_schema", "pg_catalog", "pg_toast", "mysql", "performance_schema", "sys"  # of servers themselves
REMEDIES = (  # words of an answer, and what to do
    (("password", "authentication", "denied"), f"type the user and the password, or set {URL}"),
    (('database "',), "correct the name of the database"),
    (("readonly database",), "open it once with the program that wrote it, which ends what that had begun"),
    (("not a database", "malformed"), "name a file of SQLite or DuckDB"),
    (("refused", "connect", "resolve", "timeout", "timed out"), "start the server, or correct its name and port"),
)
CORRECT = "correct the query, or the rights of the user"
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


@dataclass(frozen=True)
class Database:
    """A database that is open for reading.

    Args:
        tables: gives {name of a table or view: the name as it stands in a query}.
        execute: makes a cursor of a query.
        close: ends the connection.
        check: raises DataError where a table, or whatever a query reads if None is given, is not whole.
    """

    tables: Callable[[], dict[str, str]]
    execute: Callable[[str], Any]
    close: Callable[[], None]
    check: Callable[[str | None], None] = lambda table: None


def read_database(where: Path | str, table: str | None, query: str | None) -> Raw:
    """Rows of the table that is named, of the only one, or of a query's answer. where: a path, or an address
    without its secrets.

    Raises DataError for a server that is not there or refuses, for several tables of which none is named, for a query
    that writes or fails, and for more rows or columns than are taken.
    """
    if query is not None:
        require_reading(query)
    account = Account()
    with _refusals(where), closing(_open(where)) as database:
        if query is None:
            tables = database.tables()
            table = _choose(list(tables), table, where)
            account.see("tables", tables, [table])
            query = f"SELECT * FROM {tables[table]}"
        database.check(table)
        cursor = database.execute(query)
        names = [column[0] for column in cursor.description]
        what = f"table '{table}' of {where}" if table else f"the answer of {where}"
        check_columns(len(names), what)
        frame = _frame(names, iter(lambda: cursor.fetchmany(BATCH), []), what)
        return Raw("tables", table or "query", frame, account=account)


def write_database(frame: pd.DataFrame, address: str, table: str, append: bool = False) -> str:
    """Write rows to a table of a server or of a file, in one transaction. Returns what was written.

    Raises DataError for a table that is there already, unless `append`, and for what the server refuses.
    """
    with _refusals(address), make_engine(address).begin() as connection:
        from sqlalchemy import inspect

        if not append and inspect(connection).has_table(table):
            raise DataError(f"{address} has a table '{table}' already: name another, or add rows to it with --append")
        frame.to_sql(table, connection, if_exists="append", index=False, chunksize=BATCH)
    return f"table '{table}' of {address}"


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


def _open(where: Path | str) -> Database:
    if isinstance(where, str):
        if (file := find_file(where)) is None:
            return _open_server(where)
        where = file
    with open_plain(where) as file:
        head = file.read(16)
    if not head:
        raise DataError(f"{where} is empty: write it again")
    require_size(where, size_on_disk(where))
    return _open_duckdb(where) if head[8:12] == DUCK else _open_sqlite(where)


def find_file(address: str) -> Path | None:
    """The file that an address such as sqlite:///t.db stands for, None of a server."""
    is_file = address.partition(":")[0].lower() in FILES
    return Path(re.sub(r"^[^:]*:///?", "", address)) if is_file else None


def _choose(names: list[str], table: str | None, where: Path | str) -> str:
    shown = list_some([f"'{name}'" for name in names], LISTED)
    if not names:
        raise DataError(f"{where} has no tables: name another database")
    if table is None and len(names) > 1:
        meant = [Question.whether(f"Is `{name}` the table?", table=name) for name in names[:LISTED]]
        how = "name one with --table (table=), or --query (query=)"
        raise OpenQuestions(f"{where} has {len(names):,} tables, {shown}", meant, how)
    table = names[0] if table is None else table if table in names else table.strip('"`[]')
    if table not in names:
        near = difflib.get_close_matches(table, names, 1, 0.5)
        hint = f"did you mean '{near[0]}'?" if near else f"it has {shown}"
        raise DataError(f"{where} has no table '{table}': {hint}")
    return table


def _open_sqlite(path: Path) -> Database:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_CELL)
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)  # no other file
    connection.execute("PRAGMA query_only = 1")
    connection.execute("PRAGMA trusted_schema = 0")
    tables = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
    return Database(
        lambda: {name: _in_quotes(name) for (name,) in connection.execute(tables)},
        connection.execute,
        connection.close,
        lambda table: _require_whole(connection, path, table),
    )


def _require_whole(connection: sqlite3.Connection, path: Path, table: str | None) -> None:
    """Raises DataError for a file of SQLite that is shorter than it says, and for pages that hold no rows.

    SQLite itself reads what is left of a file without a word. The check takes a twentieth of the time of reading.

    Args:
        connection: to the file.
        path: of the file.
        table: that is read; None, or a view, for any.
    """
    with open_plain(path) as file:
        head = file.read(SQLITE_HEADER.size)
    size, changes, pages, changes_when_counted = SQLITE_HEADER.unpack(head.ljust(SQLITE_HEADER.size, b"\0"))
    announced = pages * (2**16 if size == 1 else size) * (changes == changes_when_counted)
    if announced > size_on_disk(path) and not size_on_disk(Path(f"{path.resolve()}-wal")):
        raise DataError(
            f"{path} announces {announced:,} bytes and has {size_on_disk(path):,}: it is cut short; fetch or copy it "
            "again"
        )
    is_stored = "SELECT 1 FROM sqlite_master WHERE name = ? AND rootpage > 0"
    own = f"({_in_quotes(table)})" if table and connection.execute(is_stored, [table]).fetchone() else ""
    said = connection.execute(f"PRAGMA quick_check{own}").fetchone()[0]
    if said.startswith(BROKEN):  # others name cells that break a constraint, and are there
        raise DataError(f"{path} is damaged ({said.splitlines()[1]}): fetch or copy it again, or run sqlite3 .recover")


def _open_duckdb(path: Path) -> Database:
    require_package("duckdb", "db", f"{path} is a file of DuckDB")
    import duckdb

    connection = duckdb.connect(str(path), read_only=True, config=CLOSED)
    tables = "SELECT table_schema, table_name FROM information_schema.tables ORDER BY ALL"
    return Database(
        lambda: _by_name(connection.execute(tables).fetchall(), "main", _in_quotes),
        connection.execute,
        connection.close,
    )


def _open_server(address: str) -> Database:
    """In a transaction that only reads, which is rolled back."""
    engine = make_engine(address)
    from sqlalchemy import inspect

    connection, backend = engine.connect(), engine.dialect.name
    if backend in ("mysql", "mariadb"):
        connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
        connection.rollback()
    own = {"postgresql_readonly": True} if backend == "postgresql" else {}
    connection = connection.execution_options(no_parameters=True, yield_per=BATCH, stream_results=True, **own)

    def tables() -> dict[str, str]:
        inspector = inspect(connection)
        schemas = [one for one in inspector.get_schema_names() if one not in SCHEMAS]
        pairs = [(s, t) for s in schemas for t in (*inspector.get_table_names(s), *inspector.get_view_names(s))]
        return _by_name(pairs, inspector.default_schema_name, engine.dialect.identifier_preparer.quote_identifier)

    # the cursor of the driver has rows that are tuples, which takes half the time
    return Database(tables, lambda query: connection.exec_driver_sql(query).cursor, connection.close)


def _by_name(pairs: Iterable[tuple[str, str]], usual: str, quote: Callable[[str], str]) -> dict[str, str]:
    """{table, with its schema where that is not the usual one: the same in quotes}."""
    return {
        table if schema == usual else f"{schema}.{table}": f"{quote(schema)}.{quote(table)}" for schema, table in pairs
    }


def _in_quotes(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def make_engine(address: str) -> Any:
    """An engine of SQLAlchemy. Raises DataError for an address of no database or without its secrets, and for a package
    that is missing. address: as it is shown."""
    what = f"{address} is an address of a database"
    require_package("sqlalchemy", "db", what)
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    scheme = address.partition(":")[0].lower()
    try:
        whole = whole_address(address)
        url = make_url(whole.bare)
        if scheme in ("postgresql", "postgres"):
            require_package("psycopg", "db", what)
            url = url.set(drivername="postgresql+psycopg")
        if whole.password is not None:
            url = url.set(password=whole.password)
        waits = {"connect_timeout": TIMEOUT} if url.get_backend_name() in ("postgresql", "mysql", "mariadb") else {}
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
def _refusals(where: Path | str) -> Iterator[None]:
    """Within, what a database or its driver refuses is one sentence without a secret."""
    try:
        yield
    except (GenwrightError, MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:  # drivers of servers have classes of errors of their own
        own = getattr(error, "orig", None) or error
        said = without_secrets(str(own))
        lines = [line.strip() for line in said.splitlines() if line.strip()] or [type(own).__name__]
        refused = next((line for line in lines if "FATAL" in line or "denied" in line), lines[0])
        said = briefly(ValueError(refused.rpartition("FATAL:")[2].strip()))
        remedy = next((remedy for words, remedy in REMEDIES if any(word in refused.lower() for word in words)), CORRECT)
        raise DataError(f"{where} answers: {said}; {remedy}") from None


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
