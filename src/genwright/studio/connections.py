"""Connections of clients, which cannot keep others out: the header and the body of a request have to come in time, and
of too many connections the one goes whose time ends first.

uvicorn limits neither. A client that sends half a header would hold its connection, and a file of this process, for as
long as it likes, and needs no token for that.
"""

import asyncio
import socket

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 10.0  # for a header, from the connection or the answer before
BODY_SECONDS, BODY_RATE = 20.0, 2**15  # for a body: so many seconds, and one more for so many bytes that came
MOST_CONNECTIONS = 512
MOST_QUEUED = 2048  # connections that the system keeps until they are accepted; it lets more wait for a second
CLOSING = 2  # seconds that answers may take when the server ends
FULL = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


def most_connections() -> int:
    """How many connections a server holds: fewer where this process may open few files."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return MOST_CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, soft // 2)


class Server(uvicorn.Server):
    """A server of an application, whose connections are limited."""

    def __init__(self, app: ASGIApp):
        settings = {"log_level": "warning", "access_log": False, "server_header": False, "ws": "none"}
        settings |= {"http": Connection, "timeout_graceful_shutdown": CLOSING}
        # asyncio accepts as many at once as this, before the first of others can be closed
        super().__init__(uvicorn.Config(app, backlog=most_connections() // 4, **settings))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in sockets or ():
            listening.listen(MOST_QUEUED)


class Connection(H11Protocol):
    """A connection. While it `awaits` a header or a body, its client has until `deadline`."""

    awaits, since, received = "", 0.0, 0
    _timer: asyncio.TimerHandle | None = None

    @property
    def deadline(self) -> float:
        """The time of the loop at which the connection is closed."""
        seconds = HEADER_SECONDS if self.awaits == "header" else BODY_SECONDS + self.received / BODY_RATE
        return self.since + seconds

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        if len(self.connections) > most_connections() and not self._close_another():
            transport.write(FULL)
            transport.close()
        self._follow(anew=True)

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        super().data_received(data)
        self._follow()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._follow(anew=True)

    def shutdown(self) -> None:
        super().shutdown()
        if self.awaits == "body":
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._timer:
            self._timer.cancel()

    def _follow(self, anew: bool = False) -> None:
        """Note what the connection awaits now. anew: its time begins again, also for the same."""
        awaits = "body" if self.conn.their_state is h11.SEND_BODY else ""
        if self.cycle is None or self.cycle.response_complete:  # also the rest of a body that was refused
            awaits = "header"
        if not anew and awaits == self.awaits:
            return
        if self._timer:
            self._timer.cancel()
        self.awaits, self.since, self.received = awaits, self.loop.time(), 0
        self._timer = self.loop.call_at(self.deadline, self._end_late) if awaits else None

    def _end_late(self) -> None:
        if self.deadline > self.loop.time():  # bytes have come meanwhile
            self._timer = self.loop.call_at(self.deadline, self._end_late)
        else:
            self.transport.abort()

    def _close_another(self) -> bool:
        """Close the connection whose time ends first. Returns whether there was one."""
        awaiting = [one for one in self.connections if one.awaits and one is not self]
        if awaiting:
            first = min(awaiting, key=lambda one: one.deadline)
            self.connections.discard(first)
            first.transport.abort()
        return bool(awaiting)
