"""A cache on disk (an SQLite table) of rows of numbers that are slow to compute. The key is the text they come from.

Processes may share a file, and rows are written atomically. Each row carries a digest of its key and its numbers, by
which a damaged row is detected. A damaged file is replaced by an empty one. If a file can be neither read nor written,
every row is recomputed.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

import numpy as np

WAIT = 30.0  # seconds for another process that writes
KEYS_PER_QUERY = 500  # keys of one question
TABLE = "CREATE TABLE IF NOT EXISTS rows (key BLOB PRIMARY KEY, row BLOB)"
Found = TypeVar("Found")


class RowCache:
    """Rows (width,) float32 in the file at `path`."""

    def __init__(self, path: Path, width: int):
        self.path, self.width = path, width

    def read(self, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """{text: (width,) row} of those that are there."""
        return self._with_table(lambda table: self._rows(table, texts), {})

    def write(self, texts: Sequence[str], rows: np.ndarray) -> None:
        """Keep rows (n, width) of texts (n,)."""
        rows = np.asarray(rows, np.float32)
        keyed = [(key := _digest(text.encode()), _sealed(key, row.tobytes())) for text, row in zip(texts, rows)]
        insert = "INSERT OR REPLACE INTO rows VALUES (?, ?)"
        self._with_table(lambda table: table.executemany(insert, keyed), None)

    def _rows(self, table: sqlite3.Connection, texts: Sequence[str]) -> dict[str, np.ndarray]:
        found = {}
        for begin in range(0, len(texts), KEYS_PER_QUERY):
            keys = {_digest(text.encode()): text for text in texts[begin : begin + KEYS_PER_QUERY]}
            marks = ", ".join("?" * len(keys))
            for key, sealed in table.execute(f"SELECT key, row FROM rows WHERE key IN ({marks})", list(keys)):
                data = sealed[: 4 * self.width]
                if len(data) == 4 * self.width and sealed == _sealed(key, data):
                    found[keys[key]] = np.frombuffer(data, np.float32)
        return found

    def _with_table(self, do: Callable[[sqlite3.Connection], Found], otherwise: Found) -> Found:
        """Run `do` on the table as one transaction and return its result, or `otherwise` if the file cannot be used."""
        try:
            return self._opened(do)
        except (OSError, sqlite3.OperationalError):  # no rights, no room, or locked for too long
            return otherwise
        except sqlite3.DatabaseError:
            return self._anew(do, otherwise)

    def _anew(self, do: Callable[[sqlite3.Connection], Found], otherwise: Found) -> Found:
        """The same of an empty table in the place of a damaged one."""
        try:
            for end in ("", "-journal"):
                self.path.with_name(self.path.name + end).unlink(missing_ok=True)
            return self._opened(do)
        except (OSError, sqlite3.DatabaseError):
            return otherwise

    def _opened(self, do: Callable[[sqlite3.Connection], Found]) -> Found:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=WAIT)) as table, table:
            table.execute(TABLE)
            return do(table)


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()


def _sealed(key: bytes, data: bytes) -> bytes:
    """The bytes of a row, and a digest of its key and them."""
    return data + _digest(key + data)
