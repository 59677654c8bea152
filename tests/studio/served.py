"""A studio in a forked process, as `genwright studio` starts it."""

import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from forked import Forked

from genwright.cli.commands import main

GENWRIGHT = [sys.executable, "-m", "genwright"]


@dataclass
class Served:
    process: Forked
    address: str

    @property
    def base(self) -> str:
        return self.address.partition("/?")[0]

    @property
    def token(self) -> str:
        return self.address.partition("token=")[2]


@contextmanager
def served(root: Path, port: int = 18_400, more: Sequence[str] = ()) -> Iterator[Served]:
    """more: options of the command."""
    said = root.parent / f"{root.name}-{port}-{time.monotonic_ns()}.txt"
    said.parent.mkdir(exist_ok=True)
    said.touch()
    words = ["studio", str(root), "--no-browser", "--port", str(port), *more]
    process = Forked(lambda: main(words), said, said)
    try:
        while not (found := re.search(r"http://\S+token=\S+\s", text := said.read_text())):
            assert process.poll() is None, text
            time.sleep(0.02)
        yield Served(process, found[0].strip())
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGINT)
        process.join(10)
        process.kill()
        process.join()
