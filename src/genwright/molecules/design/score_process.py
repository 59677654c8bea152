"""A person's score as a process of its own, which may print, crash or hang without harm to the search.

    to it      a line with a JSON list of SMILES
    from it    a line with a JSON list of as many numbers, null where a molecule could not be scored;
               or {"request": 3, "scores": [...]}, which says that the list answers the third line

Nothing may come from it before a line is sent, or after the last answer: scores would belong to other molecules.

A .py file with a function `score(smiles)` is run so by `score_child.py`; any other command must read and write such
lines itself. Nothing is pickled.
"""

import hashlib
import json
import math
import os
import selectors
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import IO

import psutil

from ...core.errors import DataError
from ...core.files import require_inside_folder, require_no_device
from ...core.limits import last_line, read_plain, read_plain_head
from ...core.processes import PYTHON, person_environment
from .oracle import MOST_FAILURES, Answer, brief, is_score

REQUEST, SCORES = "request", "scores"
CHILD = Path(__file__).with_name("score_child.py")
LOG = "score.log"
LONGEST_LINE = 2**24  # bytes of an answer
LOG_BYTES = 2**22  # bytes of a log: of a longer one, the newer half is kept
PIPE_BUFFER = 512  # bytes that a pipe which is ready takes without blocking, by POSIX
HEAD = 1024  # bytes in which a binary file has a zero
START_SECONDS = 60.0  # limit for a .py file to load
LONGEST_WAIT = 3600.0  # seconds that systems can wait for at once
ENDING_SECONDS = 2.0  # between the end of its output and its exit code


class ScoreProcess:
    """A person's score in a process of its own, which starts and ends with the `with` block.

    Args:
        command: a .py file or a command line.
        seconds: time limit of a batch, from sending it to its answer.
        log: file to which the process's prints are appended, of LOG_BYTES at most.

    Raises DataError for a .py file that does not exist or a command that is no list of words; on entering, where the
    command cannot be started, or its file has no usable `score`.
    """

    def __init__(self, command: str, seconds: float, log: Path):
        self.command, self.seconds, self.log = command, seconds, log
        is_file = Path(command).is_file()
        self.is_python = command.endswith(".py") and (is_file or " " not in command)  # else a program and its words
        if self.is_python and not is_file:
            raise DataError(f"there is no score file {command}: write one with a function score(smiles)")
        try:
            self._words = [command] if self.is_python else shlex.split(command)
        except ValueError as error:
            raise self._unstartable(error) from None
        self._process: subprocess.Popen | None = None
        self._copying: Thread | None = None
        self._requests = 0
        self._started: list[psutil.Process] = []

    def __enter__(self) -> "ScoreProcess":
        self._start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None and self._process is not None:
                self._require_end()
        finally:
            self._stop()

    def __call__(self, smiles: list[str]) -> list[Answer]:
        """Answers of the process, one for each molecule; a failure counts against its own molecule alone."""
        return _together_or_apart(self._ask, smiles)

    @property
    def file(self) -> Path | None:
        """The file whose change changes scores: the first text file that the command names, or its first file (a
        program without a script); None where it names none."""
        files = [path for path in map(Path, self._words) if path.is_file()]
        texts = (path for path in files if b"\0" not in read_plain_head(path, HEAD))
        return next(texts, files[0] if files else None)

    def digest(self) -> str | None:
        """Computes the digest of `file`, None where there is none."""
        return None if self.file is None else hashlib.blake2b(read_plain(self.file), digest_size=16).hexdigest()

    def _ask(self, smiles: list[str]) -> list[Answer]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._start()
        answer = self._exchange(smiles, self.seconds)
        if isinstance(answer, dict) and REQUEST in answer:
            self._require_number(answer[REQUEST])
            answer = answer.get(SCORES, answer)
        if isinstance(answer, dict) and isinstance(answer.get("error"), str):
            raise _BatchFailed(answer["error"])
        if not isinstance(answer, list):
            raise _BatchFailed(f"it answered {_describe_value(answer)}, which is no list of numbers")
        if len(answer) != len(smiles):
            raise _BatchFailed(f"it answered {len(answer):,} numbers for {len(smiles):,} molecules")
        return [_answer(value) for value in answer]

    def _start(self) -> None:
        words = [*PYTHON, str(CHILD), *self._words] if self.is_python else self._words
        try:
            require_no_device(self.log)
            require_inside_folder(self.log)
            self.log.open("ab").close()
            pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
            self._process = subprocess.Popen(words, **pipes, env=person_environment(), start_new_session=True)
        except (OSError, ValueError, IndexError) as error:
            raise self._unstartable(error) from None
        self._copying = Thread(target=_copy_to_log, args=(self._process.stderr, self.log), daemon=True)
        self._copying.start()
        self._rest, self._requests = b"", 0
        if self.is_python:
            try:
                answer = self._exchange(None, max(START_SECONDS, self.seconds))
            except _BatchFailed as failed:
                raise DataError(f"{self.command} cannot be loaded ({failed}): mend it, and try again") from None
            if "error" in answer:
                self._stop()
                raise DataError(
                    f"{self.command} {brief(answer['error'])}: mend it; it needs a function score(smiles) that "
                    "returns a number for each"
                )

    def _unstartable(self, error: Exception) -> DataError:
        return DataError(
            f"the score {self.command!r} cannot be started ({error}): name a .py file with a function score(smiles), "
            "or a command"
        )

    def _exchange(self, smiles: list[str] | None, seconds: float):
        """Send SMILES, if any, and return the answer. Raises _BatchFailed and ends the process if no JSON comes
        in time; DataError where the process has written a line that answers nothing."""
        until = time.monotonic() + seconds
        try:
            if smiles is not None:
                self._require_silence()
                self._requests += 1
                self._send(f"{json.dumps(smiles)}\n".encode(), until)
            line = self._line(until)
        except (BrokenPipeError, EOFError):
            code = self._stop(ENDING_SECONDS)
            exit_words = f"signal {-code}" if code < 0 else f"exit code {code}"
            raise _BatchFailed(f"it ended with {exit_words}{self._last_words()}") from None
        except TimeoutError:
            self._stop()
            raise _BatchFailed(f"it took more than {seconds:g} seconds") from None
        try:
            return json.loads(line)
        except (ValueError, RecursionError):
            self._stop()  # it is unknown which line answers which request
            raise _BatchFailed(f"it wrote {brief(line.decode(errors='replace'))!r}, which is no line of JSON") from None

    def _require_silence(self) -> None:
        """Raises UnaskedLine where something can be read before a request is sent: it would pass for its answer, and
        every later answer would belong to other molecules."""
        with suppress(TimeoutError):
            self._rest = self._rest or self._read(0.0)
        if self._rest:
            raise self._unasked(self._rest)

    def _unasked(self, line: bytes) -> "UnaskedLine":
        """The process ends; the error for what it wrote that answers nothing."""
        self._stop()
        text = brief(line.decode(errors="replace"))
        return UnaskedLine(
            f"the score {self.command!r} wrote {text!r} without a request, so scores may be shifted: let it write one "
            "line per request, and other text to stderr"
        )

    def _require_end(self) -> None:
        """Raises UnaskedLine where the process writes more once all answers have come and its input ends."""
        self._started += _descendants(self._process.pid)
        with suppress(OSError):
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(ENDING_SECONDS)
        self._require_silence()

    def _require_number(self, number: object) -> None:
        """Raises UnaskedLine where an answer says that it is for another request than the last."""
        if type(number) is not int or number != self._requests:
            self._stop()
            raise UnaskedLine(
                f"the score {self.command!r} answered request {brief(str(number))} in place of {self._requests}: let "
                "it number the lines that it reads from 1, and answer each once"
            )

    def _send(self, data: bytes, until: float) -> None:
        """Raises _Deaf where the process does not read in time, or BrokenPipeError where it has closed its input."""
        while data:
            try:
                _await(self._process.stdin, selectors.EVENT_WRITE, until)
            except TimeoutError:
                self._stop()
                raise _Deaf(f"it did not read a request in {self.seconds:g} seconds") from None
            data = data[os.write(self._process.stdin.fileno(), data[:PIPE_BUFFER]) :]

    def _line(self, until: float) -> bytes:
        """Raises TimeoutError, or EOFError where the process has closed its output."""
        while b"\n" not in self._rest:
            if len(self._rest) > LONGEST_LINE:
                self._stop()
                raise _BatchFailed(f"it wrote a line of more than {LONGEST_LINE:,} bytes")
            if not (chunk := self._read(until)):
                raise EOFError
            self._rest += chunk
        line, self._rest = self._rest.split(b"\n", 1)
        return line

    def _read(self, until: float) -> bytes:
        _await(self._process.stdout, selectors.EVENT_READ, until)
        return os.read(self._process.stdout.fileno(), 2**16)

    def _stop(self, seconds: float = 0.2) -> int:
        """End the process, with all that it started; its exit code. seconds: that it has to end by itself."""
        process, self._process = self._process, None
        if process is None:
            return 0
        started, self._started = self._started + _descendants(process.pid), []
        with suppress(OSError):
            process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        with suppress(ProcessLookupError, PermissionError):  # nobody is left; macOS refuses where only a zombie is
            os.killpg(process.pid, signal.SIGKILL)
        for child in started:
            with suppress(psutil.Error):
                child.kill()
        process.stdout.close()
        self._copying.join(ENDING_SECONDS)
        return process.wait()

    def _last_words(self) -> str:
        """The last line that the process printed."""
        words = last_line(self.log)
        return f": {brief(words)}" if words else ""


class ScoreFunction:
    """A person's score as a function of Python, called in this process: what it raises is counted, but nothing limits
    its time."""

    def __init__(self, function: Callable[[list[str]], Sequence[float]]):
        self.function = function

    def __enter__(self) -> "ScoreFunction":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __call__(self, smiles: list[str]) -> list[Answer]:
        return _together_or_apart(self._ask, smiles)

    def _ask(self, smiles: list[str]) -> list[Answer]:
        try:
            values = list(self.function(list(smiles)))
        except Exception as error:
            raise _BatchFailed(f"{type(error).__name__}: {error}") from error
        if len(values) != len(smiles):
            raise _BatchFailed(f"it returned {len(values):,} numbers for {len(smiles):,} molecules")
        return [_answer(value) for value in values]


class UnaskedLine(DataError):
    """Raised where a process has written a line that answers nothing, or another request than the last."""


class _BatchFailed(Exception):
    """A batch without a usable answer; the text says why."""


class _Deaf(_BatchFailed):
    """A process that does not read: it would read no single molecule either."""


def _together_or_apart(ask: Callable[[list[str]], list[Answer]], smiles: list[str]) -> list[Answer]:
    """A batch that fails is asked again molecule by molecule, so that one cannot spoil the others. After as many
    failures in a row as end a search, the rest is not asked, and has no answer."""
    try:
        return ask(smiles)
    except _Deaf as failed:
        return [Answer(None, error=str(failed))] * len(smiles)
    except _BatchFailed:
        answers: list[Answer] = []
    for text in smiles:
        try:
            answers += ask([text])
        except _BatchFailed as failed:
            answers.append(Answer(None, error=str(failed)))
        last = answers[-MOST_FAILURES:]
        if len(last) == MOST_FAILURES and all(answer.score is None for answer in last):
            break
    return answers


def _answer(value: object) -> Answer:
    """Numbers of JSON are scores; what else an answer holds is a failure of that molecule."""
    if value is None:
        return Answer(None, error="it gave no number (None)")
    try:
        number = float(value)
    except OverflowError:  # a whole number above all floats
        number = math.inf
    except (TypeError, ValueError):
        return Answer(None, error=f"it gave {_describe_value(value)}, which is no number")
    return Answer(number) if is_score(number) else Answer(None, error=f"it gave {number:g}, which is no number")


def _describe_value(value: object) -> str:
    """Describes a value of an answer in a few words; lists may be nested too deep to be written out."""
    return brief(value) if isinstance(value, str) else f"a {type(value).__name__}"


def _await(pipe: IO[bytes], event: int, until: float) -> None:
    """Wait until a pipe can be read or written. Raises TimeoutError at the time `until`."""
    with selectors.DefaultSelector() as ready:
        ready.register(pipe, event)
        while not ready.select(min(max(0.0, until - time.monotonic()), LONGEST_WAIT)):
            if time.monotonic() >= until:
                raise TimeoutError


def _descendants(pid: int) -> list[psutil.Process]:
    """The processes that a process has started, and those that they have, also in groups of their own."""
    with suppress(psutil.Error):
        return psutil.Process(pid).children(recursive=True)
    return []


def _copy_to_log(prints: IO[bytes], path: Path) -> None:
    """Append what a process prints to a log until it ends, whatever becomes of the log."""
    with prints:
        while part := os.read(prints.fileno(), 2**16):
            with suppress(OSError), open(path, "r+b") as log:
                if (size := log.seek(0, os.SEEK_END)) + len(part) > LOG_BYTES:
                    log.seek(max(0, size - LOG_BYTES // 2))
                    newer = log.read()
                    log.seek(0)
                    log.write(b"... earlier lines are left out\n" + newer[newer.find(b"\n") + 1 :])
                    log.truncate()
                log.write(part)
