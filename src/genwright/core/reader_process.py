"""A process that reads one source and ends: whatever a file does to the library that parses it, this process goes on.

The process is forked, so it begins in milliseconds with all that this one has loaded, and ends with its parent. It
writes what it read into memory that both share (`_write`), so arrays and tables come back without another copy. A
damaged file may have taken it over, so its answer may hold the classes of `admitted_classes` alone.
"""

import io
import mmap
import os
import pickle
import signal
import struct
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, NoReturn

from .admitted_classes import find_admitted
from .errors import DataError, GenwrightError, briefly
from .limits import say_too_long
from .processes import end_with_parent

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

STOPS = {signal.SIGINT, signal.SIGTERM, *(getattr(signal, n) for n in ("SIGUSR1", "SIGUSR2") if hasattr(signal, n))}
ALIGNED = 64  # bytes to a multiple of which each array begins
LEAST_SHARED = 4096  # bytes of an array that stays in shared memory
_inside = False  # whether this is a process that reads


class Outcome(NamedTuple):
    """The result of a function in a reading process: its value or its error.

    Args:
        value: what it returned.
        error: class and fields of what it raised, None where it returned.
        cause: number and words of the error of the system behind that, if there is one.
        warnings: text, class, file and line of each.
    """

    value: Any = None
    error: tuple[type[BaseException], tuple, dict] | None = None
    cause: tuple[int, str] | None = None
    warnings: tuple[tuple[str, type[Warning], str, int], ...] = ()


def is_reading_process() -> bool:
    return _inside


def read_in_process(path: Path, seconds: float | None, function: Callable, *arguments: object) -> Any:
    """Calls a function that reads a source in a process of its own, whose warnings and errors become those of this one,
    and returns its value.

    Raises DataError where the process dies, takes too long or answers what it may not. Ctrl-C ends it at once.

    Args:
        path: Path of the source, which errors name.
        seconds: Seconds of the processor that it may take; None for any.
        function: Function to call with the arguments. A closure will do.
        *arguments: Arguments of the function.
    """
    with open(os.memfd_create("genwright"), "r+b") as answer:
        status = _run(answer, seconds, function, arguments)
        if os.WIFSIGNALED(status):
            _show_cursor()
            raise DataError(_say_death(path, os.WTERMSIG(status), seconds))
        try:
            outcome = _read(answer)
        except Exception as error:  # it may hold anything
            code = os.waitstatus_to_exitcode(status)
            reason = f"ended with code {code}" if code else f"answered what no reader may ({briefly(error)})"
            raise DataError(f"{path} is damaged: its reader {reason}; write it again") from error
    for text, category, file, line in outcome.warnings:
        warnings.warn_explicit(text, category, file, line, registry={})
    if outcome.error is None:
        return outcome.value
    raise _rebuild(*outcome.error) from (OSError(*outcome.cause) if outcome.cause else None)


def _run(answer: BinaryIO, seconds: float | None, function: Callable, arguments: tuple) -> int:
    """The status with which a forked process ended. It is killed if this one is interrupted."""
    child, parent, mask = 0, os.getpid(), signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 and later warn of other threads
            child = os.fork()
        if not child:
            _work(answer, seconds, function, arguments, mask, parent)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return os.waitpid(child, 0)[1]
    except ChildProcessError:  # somebody else takes the statuses of all processes
        return 0
    except BaseException:
        if child:
            with suppress(OSError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            _show_cursor()
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _show_cursor() -> None:
    """A bar of progress hides it, and the process that drew the bar was killed."""
    if sys.stderr is not None and sys.stderr.isatty():
        print("\x1b[?25h", file=sys.stderr)


def _work(
    answer: BinaryIO, seconds: float | None, function: Callable, arguments: tuple, mask: set, parent: int
) -> NoReturn:
    global _inside
    code = 1
    try:
        _inside = True
        _settle(seconds, mask, parent)
        _write(answer, _call(function, arguments))
        code = 0
    finally:
        os._exit(code)


def _settle(seconds: float | None, mask: set, parent: int) -> None:
    """Hold this process to its limits, and let it end with its parent."""
    import faulthandler
    import gc
    import resource

    for number in STOPS:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the parent, which ends this process
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask - STOPS)
    end_with_parent(parent)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if seconds is not None:
        limits = [limit for limit in resource.getrlimit(resource.RLIMIT_CPU) if limit != resource.RLIM_INFINITY]
        limit = min([max(1, round(seconds)), *limits])
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
    faulthandler.disable()
    error_stream = os.dup(2)  # Python's own stream goes on, for bars of progress; a library's backtraces go nowhere
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)  # threads of the parent are not here, and would be waited for
    if sys.stderr is sys.__stderr__:
        sys.stderr = open(error_stream, "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    gc.freeze()  # else looking for garbage would copy the pages of the parent


def _call(function: Callable, arguments: tuple) -> Outcome:
    with warnings.catch_warnings(record=True) as caught:
        try:
            outcome = Outcome(function(*arguments))
        except GenwrightError as error:
            description = (type(error), error.args, vars(error))
            cause = error.__cause__
            refused = isinstance(cause, OSError) and cause.errno is not None
            outcome = Outcome(error=description, cause=(cause.errno, str(cause.strerror)) if refused else None)
        except BaseException as error:  # the border of the process
            outcome = _of_bug(error)
    return outcome._replace(
        warnings=tuple((str(one.message), _nearest(one.category), one.filename, one.lineno) for one in caught)
    )


def _of_bug(error: BaseException) -> Outcome:
    """An error that is no sentence: one of the system with its number and file, another one with its traceback."""
    if isinstance(error, OSError) and error.errno is not None:
        return Outcome(error=(OSError, (error.errno, str(error.strerror), error.filename), {}))
    is_builtin = type(error).__module__ == "builtins" and isinstance(error, Exception)
    notes = {"__notes__": ["".join(traceback.format_exception(error))]}
    return Outcome(error=(type(error) if is_builtin else RuntimeError, (briefly(error),), notes))


def _nearest(category: type[Warning]) -> type[Warning]:
    """The first class of a warning that Python itself has."""
    return next(one for one in category.__mro__ if one.__module__ == "builtins")


def _rebuild(kind: type[BaseException], args: tuple, fields: dict) -> BaseException:
    """An error as it was raised. Its class may take other arguments than it keeps."""
    if kind is OSError:
        return OSError(*args)
    error = kind.__new__(kind)
    error.args = args
    vars(error).update(fields)
    return error


def _write(answer: BinaryIO, outcome: Outcome) -> None:
    """The number of parts and the length of each; the pickle; then the bytes of each array, aligned."""
    arrays: list[pickle.PickleBuffer] = []
    body = io.BytesIO()
    try:
        _Pickler(body, protocol=5, buffer_callback=arrays.append).dump(outcome)
    except Exception as error:  # a value that no pickle can hold
        arrays.clear()
        body = io.BytesIO(pickle.dumps(_of_bug(error), protocol=5))
    parts = [body.getbuffer(), *(array.raw() for array in arrays)]
    answer.write(struct.pack(f"<{len(parts) + 1}Q", len(parts), *map(len, parts)))
    for part in parts:
        answer.seek(-answer.tell() % ALIGNED, os.SEEK_CUR)
        answer.write(part)
    answer.flush()


class _Pickler(pickle.Pickler):
    """Pickles a tensor as an array, whose bytes then stand beside the others."""

    def reducer_override(self, value: object) -> Any:
        torch = sys.modules.get("torch")
        if torch is None or not isinstance(value, torch.Tensor):
            return NotImplemented
        numbers = value.detach().contiguous().reshape(-1).view(torch.uint8).numpy()
        return tensor_of, (numbers, str(value.dtype).removeprefix("torch."), tuple(value.shape))


def tensor_of(numbers: "np.ndarray", dtype: str, shape: tuple[int, ...]) -> "Tensor":
    """Makes a tensor of bytes, which stay where they are.

    Raises ValueError for a dtype that is none.

    Args:
        numbers: the bytes.
        dtype: Dtype of the tensor.
        shape: Shape of the tensor.
    """
    import torch

    if not isinstance(kind := getattr(torch, dtype, None), torch.dtype):
        raise ValueError(f"{dtype} is no dtype")
    return torch.from_numpy(numbers).view(kind).reshape(shape)


def _read(answer: BinaryIO) -> Outcome:
    """What `_write` wrote. Large arrays stay where they are: a page is copied once somebody writes into it. Small ones
    get memory of their own, since any array that stays keeps all the others in memory."""
    view = memoryview(mmap.mmap(answer.fileno(), 0, access=mmap.ACCESS_COPY))
    count = struct.unpack_from("<Q", view)[0]
    lengths, place, parts = struct.unpack_from(f"<{count}Q", view, 8), 8 * (count + 1), []
    for length in lengths:
        place += -place % ALIGNED
        part = view[place : place + length]
        parts.append(bytearray(part) if length < LEAST_SHARED else part)
        place += length
    outcome = _Answer(parts[0], buffers=parts[1:]).load()
    if not isinstance(outcome, Outcome):
        raise pickle.UnpicklingError("no outcome")
    return outcome


class _Answer(pickle.Unpickler):
    """Unpickles the classes that readers return, and no other: none of them does anything but hold values."""

    def __init__(self, body: memoryview, buffers: list[memoryview]):
        super().__init__(io.BytesIO(body), buffers=buffers)

    def find_class(self, module: str, name: str) -> Any:
        if (known := find_admitted(module, name)) is not None:
            return known
        is_ours = module.startswith(("genwright.core.", "genwright.kinds."))
        if (is_ours or module == "builtins") and "." not in name:
            known = super().find_class(module, name)
            if isinstance(known, type) and issubclass(known, GenwrightError if is_ours else Exception):
                return known
        raise pickle.UnpicklingError(f"{module}.{name} is no class of values")


def _say_death(path: Path, number: int, seconds: float | None) -> str:
    if number == signal.SIGXCPU and seconds is not None:
        return say_too_long(path, seconds)
    name = signal.Signals(number).name if number in set(signal.Signals) else "unknown"
    reason = (
        "the system ended" if number == signal.SIGKILL else "the file is damaged, or takes too much memory, and ended"
    )
    return f"{path} cannot be read: {reason} its reader (signal {number}, {name}); write it again, or give a part of it"
