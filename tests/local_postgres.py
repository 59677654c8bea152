"""A server of PostgreSQL in a folder of its own, of a user without rights where the tests run as root."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
USER, PASSWORD = "genwright", "s3cret/p@ss word"


@contextmanager
def running_postgres() -> Iterator[int]:
    """The port of a server whose only user is USER, by PASSWORD, with a database `test`."""
    if not BINARIES:
        pytest.skip("there is no PostgreSQL in /usr/lib/postgresql: apt-get install postgresql")
    pytest.importorskip("sqlalchemy", reason="databases need the package sqlalchemy")
    pytest.importorskip("psycopg", reason="PostgreSQL needs the package psycopg")
    binaries, folder = BINARIES[-1], Path(tempfile.mkdtemp(prefix="pg-"))
    as_user = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = lambda *words: subprocess.run([*as_user, *map(str, words)], check=True, capture_output=True, cwd="/")
    try:
        (folder / "password").write_text(PASSWORD)
        if as_user:
            folder.chmod(0o755)
            shutil.chown(folder, "nobody")
        data, password = folder / "data", folder / "password"
        run(
            binaries / "initdb", "-D", data, "-U", USER, "-A", "scram-sha-256", "--pwfile", password, "-N", "-E", "UTF8"
        )
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c shared_buffers=32MB"
        run(binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        try:
            yield port
        finally:
            run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
