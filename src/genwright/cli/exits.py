"""How a command ends: an error is one sentence on stderr and an exit code, a bug leaves a report file, and the signals
by which schedulers end a job stop a run at a checkpoint.

2  the data, the options or a run folder need mending    4   the system refused (disk, permission, memory)
3  training failed    5  another process was lost    70  a bug in genwright    130  Ctrl-C
"""

import errno
import os
import platform
import signal
import sys
import tempfile
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from .. import __version__
from ..core.addresses import without_secrets
from ..core.errors import GenwrightError, ProcessLost, remedy
from ..core.safe_text import visible
from ..core.terminal import fill, line_width, mark_error

MISNAMED = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EINVAL, errno.ENAMETOOLONG, errno.ELOOP)
SYSTEM, BUG, INTERRUPTED = 4, 70, 130
LONGEST = 1000  # characters of a sentence
WITHOUT_MEMORY = ("allocate memory", "out of memory", "failed to map segment", "bad_alloc", "can't start new thread")


def exit_code_of(command: Callable[[], int | None], arguments: list[str]) -> int:
    """Run `command` and return the exit code, that of the command where it has one. arguments: what was typed, for the
    report of a bug."""
    _open_streams()
    with warnings.catch_warnings():
        warnings.showwarning = _note
        try:
            with stops():
                code = command()
            sys.stdout.flush()
            return code or 0
        except GenwrightError as error:
            cause = error.__cause__
            refused = isinstance(cause, OSError) and cause.errno not in (None, *MISNAMED)
            return _say(str(error), SYSTEM if refused else error.exit_code)
        except KeyboardInterrupt:
            return _say("stopped; run the same command again to resume", INTERRUPTED)
        except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
            _drop_output()
            return SYSTEM
        except (Exception, SystemExit) as error:  # the border of the program: our fault, unless the system refused
            if isinstance(error.__context__, BrokenPipeError):  # in the words of rich, which has dropped the output
                return SYSTEM
            if _memory_ran_out(error):
                return _say("the memory is not enough for this; ask for fewer items, or use smaller data", SYSTEM)
            if isinstance(error, OSError):
                _drop_output()  # where it could not be written, it must not be tried again at the end
                names = [str(name) for name in (error.filename, error.filename2) if name is not None]
                return _say(f"{' and '.join(names) or 'a file'}: {error.strerror or error}; {remedy(error)}", SYSTEM)
            return _say(_bug(error, arguments), BUG)


def leave(code: int) -> NoReturn:
    """End with an exit code. After the loss of another process, threads of torch may still wait for it, and would abort
    a usual exit or hold it up."""
    if code == ProcessLost.exit_code:
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _open_streams() -> None:
    """A stream that was closed before we began (`>&-`) goes nowhere: else the next file that is opened would take its
    place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a name of a file may be no text in this encoding


def _drop_output() -> None:
    """Flush stdout; if that fails, discard the rest of the output."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(sentence: str, code: int) -> int:
    said = visible(without_secrets(" ".join(sentence.split())))
    shown = fill(f"genwright: {said if len(said) <= LONGEST else f'{said[:LONGEST]}...'}", line_width(sys.stderr))
    print(mark_error(shown) if code else shown, file=sys.stderr)
    return code


def _note(message, category, filename, lineno, file=None, line=None) -> None:
    """A library's warning in one line, instead of Python's two with a path and a piece of source."""
    _say(f"note: {message}", 0)


def _memory_ran_out(error: BaseException) -> bool:
    """Whether memory ran out, also in the words of a library, or while one was loaded."""
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return True
    return not isinstance(error, GenwrightError) and any(words in str(error).lower() for words in WITHOUT_MEMORY)


def _bug(error: Exception, arguments: list[str]) -> str:
    """Write the report of a bug, and say where it is."""
    what = f"a bug in genwright ({type(error).__name__}: {error})"
    versions = f"genwright {__version__}, Python {platform.python_version()}, {platform.platform()}"
    text = f"genwright {' '.join(arguments)}\n{versions}\n\n{''.join(traceback.format_exception(error))}"
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="genwright-bug-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(without_secrets(text))
    except OSError as refused:
        return f"{what}; its report could not be written ({refused.strerror}): please tell us what you did"
    return f"{what}; the details are in {file.name}: please send that file with your report"


STOPS = ("SIGTERM", "SIGUSR1", "SIGUSR2")  # before its time is over, Slurm sends one of them


@contextmanager
def stops() -> Iterator[None]:
    """A context in which these signals mean what Ctrl-C means: a run ends at a checkpoint."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread alone
        return
    numbers = [getattr(signal, name) for name in STOPS if hasattr(signal, name)]
    before = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame) -> None:
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):  # a shell in the background lets its commands ignore Ctrl-C
        raise KeyboardInterrupt
    handler(signal.SIGINT, frame)
