"""Starts the studio on this machine and says where it is."""

import json
import os
import re
import secrets
import socket
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from starlette.types import ASGIApp

from ..core.errors import DataError, FolderInUse, GenwrightError, RunError, damage
from ..core.folder import Folder
from ..core.limits import read_plain
from ..core.schemas import read_record
from .app import build
from .connections import Server
from .guard import LOCAL, Guard
from .shelf import require_no_link
from .trainings import LOGS

ADDRESS = "address.json"  # of the studio that shows a folder; it holds the token, and only its owner may read it
PORTS = 20  # that are tried, from the wanted one on
LETTERS = 22  # of a token, which hold 128 bits


def serve(
    root: Path,
    port: int,
    host: str = LOCAL[0],
    token: str | None = None,
    browse: bool = True,
    names: Sequence[str] = (),
    databases: Sequence[str] = (),
) -> None:
    """Show the runs of a folder until Ctrl-C.

    Raises RunError where another studio shows the folder, or no port is free, DataError for what is no address.

    Args:
        port: the first that is tried.
        token: a new one by default.
        browse: open the page in the browser.
        names: other names of this server, such as that of a proxy before it.
        databases: addresses of those that a page may read.
    """
    own = root / LOGS
    require_no_link(own)
    with _single_studio(own, root), _free_port(host, port) as listening:
        port, token = listening.getsockname()[1], token or secrets.token_urlsafe(16)
        address = f"http://{host}:{port}/?token={token}"
        _write_private(own / ADDRESS, json.dumps({"address": address, "process": os.getpid()}))
        print(f"studio of {root}: {address}\nCtrl-C ends it; trainings go on.", flush=True)
        if browse:
            webbrowser.open(address)
        try:
            run_until_ctrl_c(
                Guard(build(root, warm=True, databases=databases), token, port, names_of(host, names)), listening
            )
        finally:  # the server sends the signal again that ended it
            (own / ADDRESS).unlink(missing_ok=True)


def names_of(host: str, more: Sequence[str] = ()) -> set[str] | None:
    """The names by which a request may call a server on `host`. None for any, where other machines reach it: they
    know it by names that it does not, and send the token."""
    return {*LOCAL, *more} if host == LOCAL[0] else None


def run_until_ctrl_c(app: ASGIApp, listening: socket.socket) -> None:
    """Answer requests that reach a socket."""
    Server(app).run(sockets=[listening])


def token_of(file: Path | None, host: str) -> str | None:
    """The token in a file; None where the studio makes one. Raises DataError for a host that others reach without a
    file, and for a token that is easily guessed."""
    if file is None:
        if host != LOCAL[0]:
            raise DataError(f"other machines reach {host}: add --token-file, a file with at least {LETTERS} letters")
        return None
    with damage(file, "pass a text file with the token"):
        token = bytes(read_plain(file)).decode().split("\n")[0].strip()
    if len(token) < LETTERS or not re.fullmatch(r"[\w-]+", token):
        raise DataError(f"the token in {file} needs at least {LETTERS} letters and digits: write a longer one")
    return token


@contextmanager
def _single_studio(own: Path, root: Path) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(Folder(own, ADDRESS, "studio", "shows runs").hold())
        except FolderInUse:
            try:
                where = read_record(own / ADDRESS, "end that studio")["address"]
            except (GenwrightError, LookupError, TypeError):
                where = "another window"
            raise RunError(f"a studio shows {root} already: open {where}, or end it with Ctrl-C") from None
        yield


@contextmanager
def _free_port(host: str, first: int) -> Iterator[socket.socket]:
    """A socket that listens on the first free port."""
    for port in range(first, min(first + PORTS, 2**16)):
        try:
            listening = listen(host, port)
        except OSError:
            continue
        if port != first:
            print(f"port {first} is taken, so the studio takes {port}")
        with listening:
            yield listening
        return
    raise RunError(f"no port from {first} to {first + PORTS - 1} is free on {host}: name another with --port")


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on a port. Raises OSError where it is taken."""
    # named as TCP, since asyncio sends small parts at once on such sockets alone: others wait 40 ms for an answer
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
