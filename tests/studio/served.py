"""A studio in a process of its own, as `genwright studio` starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

GENWRIGHT = [sys.executable, "-m", "genwright"]


@dataclass
class Served:
    process: subprocess.Popen
    address: str

    @property
    def base(self) -> str:
        return self.address.partition("/?")[0]

    @property
    def token(self) -> str:
        return self.address.partition("token=")[2]


@contextmanager
def served(root: Path, port: int = 18_400) -> Iterator[Served]:
    command = [*GENWRIGHT, "studio", str(root), "--no-browser", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)
    try:
        while True:
            line = process.stdout.readline()
            if found := re.search(r"http://\S+", line):
                break
            assert line, process.stderr.read()
        yield Served(process, found[0])
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:  # a server that is still starting does not listen to signals
            process.kill()
            process.wait()
