"""Clients that are slow or send half a request keep nobody else out."""

import asyncio
import json
import socket
import time
from contextlib import ExitStack

import pytest
from conftest import TOKEN
from forked import Forked
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from genwright.studio import connections, guard
from genwright.studio.server import listen, names_of, run_until_ctrl_c
from genwright.studio.service import ServiceGuard

LOCAL, SOON = "127.0.0.1", 1.0  # seconds
CONNECTIONS, BODIES = 8, 3 * 2**16  # that the server of these tests takes; bytes
AT_ONCE = 3.0  # seconds


async def count(request: Request) -> JSONResponse:
    return JSONResponse(len(json.dumps(await guard.body_of(request, guard.body_schema({"a": guard.TEXT})))))


async def never_end(request: Request) -> StreamingResponse:
    async def parts():
        while True:
            yield b"."
            await asyncio.sleep(0.05)

    return StreamingResponse(parts())


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """The port of a server that was given little, in a process of its own."""
    said = tmp_path_factory.mktemp("served") / "said.txt"
    said.touch()
    routes = [Route("/count", count, methods=["POST"]), Route("/stream", never_end)]
    with pytest.MonkeyPatch.context() as patch, listen(LOCAL, 0) as listening:
        number = listening.getsockname()[1]
        patch.setattr(connections, "HEADER_SECONDS", SOON)
        patch.setattr(connections, "BODY_SECONDS", SOON)
        patch.setattr(connections, "MOST_CONNECTIONS", CONNECTIONS)
        patch.setattr(guard, "MOST_BYTES", BODIES)
        app = ServiceGuard(
            Starlette(routes=routes, exception_handlers={guard.Refused: say}), TOKEN, number, names_of(LOCAL)
        )
        process = Forked(lambda: run_until_ctrl_c(app, listening), said, said)
        yield number
        process.kill()
        process.join()
        assert "Traceback" not in said.read_text(), said.read_text()


async def say(request: Request, refused: guard.Refused) -> JSONResponse:
    return JSONResponse({"error": str(refused)}, refused.status)


def send(port: int, size: int, part: int | None = None, token: str = TOKEN, path: str = "POST /count") -> socket.socket:
    """A request with a body of so many bytes, of which a part is sent, by default all."""
    head = f"{path} HTTP/1.1\r\nhost: {LOCAL}:{port}\r\nauthorization: Bearer {token}\r\n"
    head += f"content-type: application/json\r\ncontent-length: {size}\r\n\r\n"
    body = b'{"a": "' + b"x" * (size - 9) + b'"}' if size else b""
    client = socket.create_connection((LOCAL, port), 10)
    client.sendall(head.encode() + (body if part is None else body[:part]))
    return client


def status(client: socket.socket) -> bytes:
    """The status of the answer, b"" where the connection was closed without one."""
    try:
        return client.recv(2**16)[9:12]
    except ConnectionError:
        return b""


def ask(port: int) -> bytes:
    with send(port, 100) as client:
        return status(client)


@pytest.fixture
def open_sockets():
    with ExitStack() as stack:
        yield stack.enter_context


def test_half_headers_keep_nobody_out_and_are_closed(port, open_sockets):
    halves = [open_sockets(socket.create_connection((LOCAL, port), 10)) for _ in range(5 * CONNECTIONS)]
    for half in halves:
        half.send(b"POST /count HTTP/1.1\r\n")
    began = time.monotonic()
    assert ask(port) == b"200" and time.monotonic() - began < AT_ONCE
    assert {status(half) for half in halves} == {b""} and time.monotonic() - began < AT_ONCE


def test_a_body_that_stops_is_closed_and_one_that_comes_slowly_is_read(port, open_sockets):
    began, stopped, slow = time.monotonic(), open_sockets(send(port, 10**5, 100)), open_sockets(send(port, 10**5, 0))
    body = b'{"a": "' + b"x" * (10**5 - 9) + b'"}'
    for first in range(0, 10**5, 2 * 10**4):
        slow.sendall(body[first : first + 2 * 10**4])
        time.sleep(SOON / 2)
    assert status(stopped) == b"" and status(slow) == b"200"
    assert 2 * SOON < time.monotonic() - began < 10 * SOON


def test_of_too_many_bytes_under_way_the_first_unfinished_body_is_refused(port, open_sockets):
    unfinished = [open_sockets(send(port, 2**16, 2**16 - 1)) for _ in range(5)]
    assert ask(port) == b"200"
    assert [status(client) for client in unfinished[:2]] == [b"503"] * 2
    unfinished[-1].sendall(b"}")
    assert status(unfinished[-1]) == b"200"


def test_a_client_without_the_token_is_refused_before_its_body(port, open_sockets):
    unknown = open_sockets(send(port, 2**20, 100, token="unknown"))
    began = time.monotonic()
    assert status(unknown) == b"401" and time.monotonic() - began < SOON
    while unknown.recv(2**16):  # until it is closed, though the rest of its body never comes
        pass
    assert time.monotonic() - began < AT_ONCE


def test_where_all_connections_are_answered_another_is_refused(port, open_sockets):
    busy = [open_sockets(send(port, 0, path="GET /stream")) for _ in range(CONNECTIONS)]
    assert {status(client) for client in busy} == {b"200"}
    assert ask(port) == b"503"
    for client in busy:
        client.close()
    time.sleep(SOON)
    assert ask(port) == b"200"


def test_a_server_takes_fewer_connections_where_it_may_open_few_files(monkeypatch):
    resource = pytest.importorskip("resource", reason="Windows has no such limit")
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 200)
    monkeypatch.setattr(resource, "getrlimit", lambda what: (100, 100))
    assert connections.most_connections() == 50
    monkeypatch.setattr(resource, "getrlimit", lambda what: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert connections.most_connections() == 200
