"""The process that holds the models. The server itself loads none: it answers at once, whatever a model does.

One request is worked on at a time. A request names what it is about; where a newer one of the same name has come
before its turn, it is dropped: of a hundred points that a pointer passes, the last is drawn.
"""

import asyncio
import os
from collections import Counter
from contextlib import suppress
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from ..core.processes import safe_path
from .guard import Refused

PATIENCE = 120.0  # seconds that the process may take to start, and that a request may take


class Lost(Refused):
    """The process of the models ended before it answered."""


class Worker:
    """A process that answers `ask`, in the folder of the studio. It begins with the first request, or before by `warm`,
    and again after it was lost.

    Args:
        root: where sources of data are looked for.
        verbs: module of this room whose VERBS it answers with.
    """

    def __init__(self, root: Path, verbs: str = "touch"):
        self.root, self.verbs = root, verbs
        self.process, self.pipe = None, None
        self.turn, self.newest = asyncio.Lock(), Counter()

    async def ask(self, about: str, verb: str, *values: object) -> object:
        """The answer of a verb. Raises Refused with its sentence, with status 409 where a newer request
        about the same has come."""
        self.newest[about] += 1
        mine = self.newest[about]
        async with self.turn:
            if about and mine != self.newest[about]:
                raise Refused(409, "a newer request came")
            return await asyncio.to_thread(self._ask, verb, values)

    async def warm(self) -> None:
        """Begin the process before somebody asks. A failure is told to whoever asks next."""
        async with self.turn:
            with suppress(Refused, EOFError, OSError):
                await asyncio.to_thread(self._begin)

    def _ask(self, verb: str, values: tuple) -> object:
        try:
            if self.process is None or not self.process.is_alive():
                self._begin()
            self.pipe.send((verb, values))
            if not self.pipe.poll(PATIENCE):
                self.end()
                raise Refused(503, f"the model did not answer within {PATIENCE:.0f} seconds: ask for less")
            status, answer = self.pipe.recv()
        except (EOFError, OSError) as error:
            self.end()
            raise Lost(503, "the process of the models was lost: try again") from error
        if status:
            raise Refused(status, answer)
        return answer

    def _begin(self) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(
            target=serve, args=(theirs, self.root, self.verbs), daemon=True, name="genwright-models"
        )
        with safe_path():
            self.process.start()
        theirs.close()
        if not self.pipe.poll(PATIENCE):
            self.end()
            raise Refused(503, "the process of the models does not start: wait until this machine is less busy")
        self.pipe.recv()

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.pipe.close()
            self.process = None


def serve(pipe: Connection, root: Path, module: str) -> None:
    """Answer requests until the server ends. One thread: a training beside it keeps its cores. module: of the verbs."""
    os.chdir(root)
    os.environ["OMP_NUM_THREADS"] = "1"
    import signal
    import warnings

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the server, which ends this process
    import torch

    from ..core.errors import GenwrightError
    from ..core.manifest import load_place, packages
    from ..core.packages import load_plugins
    from . import reading, row, words  # noqa: F401, they bring verbs

    load_plugins()
    for page in (load_place(place) for package in packages() for place in package.pages):
        if page.verbs:
            import_module(page.verbs)

    verbs = import_module(f".{module}", __package__).VERBS
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    pipe.send("ready")
    while True:
        try:
            verb, values = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer = 0, verbs[verb](*values)
        except GenwrightError as error:
            answer = 400, str(error)
        except OSError as error:
            answer = 409, f"a file of this run cannot be read ({error.strerror or error}): look at its folder"
        except Exception as error:  # the border of the process: the server goes on
            answer = 500, f"a bug in genwright ({type(error).__name__}: {error})"
        pipe.send(answer)
