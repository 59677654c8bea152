"""Server-sent events: what stands in a file, and what is added to it, line by line.

The id of an event is the byte at which the next line begins. A browser that lost the connection sends the last one, and
hears what it missed: nothing twice, nothing left out.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from threading import Lock

from starlette.responses import StreamingResponse

from ..core.errors import GenwrightError
from .shelf import open_own

LOOK = 0.25  # seconds between two looks at a file
QUIET = 15.0  # seconds after which a comment keeps the connection alive
CHUNK_BYTES = 2**16  # bytes that are read at once


def event(name: str, data: object, id: int | None = None) -> str:
    """One event as text/event-stream writes it."""
    lines = [f"event: {name}", f"data: {json.dumps(data)}"]
    return "\n".join([*lines, *([] if id is None else [f"id: {id}"])]) + "\n\n"


def stream(parts: AsyncIterator[str]) -> StreamingResponse:
    """Events as the body of an answer."""
    return StreamingResponse(parts, media_type="text/event-stream")


async def lines(path: Path, start: int) -> AsyncIterator[str]:
    """Events "line" of a file from byte `start` on, without an end. A file that becomes shorter was begun anew: an
    event "again" says so, and it is read from its beginning."""
    at, silent = start, 0.0
    while True:
        size, text = await asyncio.to_thread(read_lines, path, at)
        if size < at:
            at = 0
            yield event("again", {}, 0)
            continue
        parts = []
        for line in text.splitlines(keepends=True):
            at += len(line)
            parts.append(event("line", line.decode(errors="replace").rstrip("\n"), at))
        if parts:
            silent = 0.0
            yield "".join(parts)
            continue
        silent += LOOK
        if silent >= QUIET:
            silent = 0.0
            yield ": still here\n\n"
        await asyncio.sleep(LOOK)


def read_lines(path: Path, start: int) -> tuple[int, bytes]:
    """The size of a file, and its whole lines from byte `start` on, as far as one read takes them; 0 and none where
    there is no file that `open_own` opens."""
    try:
        with open_own(path) as file:
            size = file.seek(0, 2)
            file.seek(min(start, size))
            text = file.read(CHUNK_BYTES)
    except (GenwrightError, OSError):
        return 0, b""
    return size, text[: text.rfind(b"\n") + 1]


class Shared:
    """Result of `look`, which is called at most once in `seconds`, however many ask. The answer is the same object
    until the result changes."""

    def __init__(self, look: Callable[[], object], seconds: float = 1.0):
        self.look, self.seconds = look, seconds
        self.asking, self.looked, self.result = Lock(), float("-inf"), None

    def __call__(self) -> object:
        with self.asking:
            if time.monotonic() - self.looked >= self.seconds:
                result, self.looked = self.look(), time.monotonic()
                self.result = self.result if result == self.result else result
            return self.result


async def changes(look: Callable[[], object], seconds: float = 1.0) -> AsyncIterator[str]:
    """Events "now" with what `look` returns: at once, and whenever that is another object."""
    last, silent = None, 0.0
    while True:
        result = await asyncio.to_thread(look)
        if result is not last:
            last, silent = result, 0.0
            yield event("now", result)
        silent += seconds
        if silent >= QUIET:
            silent = 0.0
            yield ": still here\n\n"
        await asyncio.sleep(seconds)
