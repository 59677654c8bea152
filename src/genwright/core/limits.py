"""Limits on the size of sources, all in one place. Bytes of a file are counted while they are unpacked, not after.

A few kilobytes can unpack to any size, so every reader asks for the limit before it allocates memory. On Linux
`bounded_memory` also holds whatever reads a source to memory in proportion to its size.
`bounded_time` holds it to processor time in proportion to its size.
$GENWRIGHT_MAX_SIZE raises the limit, as in GENWRIGHT_MAX_SIZE=8G. If it is set, neither the ratio of unpacked to packed
bytes nor the memory nor the time is checked.
"""

import gzip
import io
import os
import re
import signal
import stat
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .errors import DataError, GenwrightError, GivenError

os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # Arrow's own reserves a GiB, which no bound sees
VARIABLE = "GENWRIGHT_MAX_SIZE"
MOST_BYTES = 2**30  # bytes of one source, unpacked
MOST_RATIO, FREE = 200, 2**27  # unpacked bytes to packed ones, looked at beyond FREE bytes; real data stay below 50
CELL, SHEET_CELL = 32, 128  # bytes that a cell counts as, whatever is in it: of a text file, of a workbook
MAX_COLUMNS = 4096
MAX_ROWS = 2_000_000  # a table is held in memory, as text first where it comes from a text file
MOST_PIXELS = 64_000_000  # of one image file
MAX_MEMBERS = 512  # of a set, such as a molecule: every two of them are looked at
MOST_WIDTH = 2**14  # units of a layer, a network's weights grow with the square
MOST_LAYERS = 1_000  # of a network
MOST_BATCH = 2**20  # items of a step
MOST_STEPS = 1_000_000  # of a chain, of a sampler
FREE_MEMORY, CORE_MEMORY = 11 * 2**26, 2**26  # bytes that reading may take, and more for the threads of each core
MEMORY_RATIO = 500  # bytes of memory to those of a source: 20 once unpacked, and 25 for each as a cell of text
FREE_SECONDS = 7.0  # of the processor that reading may take, whatever the size of a source
REPEATED = 2.0  # seconds after which a reader that caught the error of its limit gets it again
UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
CHUNK, TAIL = 2**22, 4096  # bytes read at a time, and at the end of a log, in which its last line stands
_BOUND, _SOFT_LIMITS = threading.Lock(), []  # of the memory of this process, before each of those who read
_TIMED_SOURCES: list[Path] = []  # the source whose reading a timer bounds


def is_unbounded() -> bool:
    """Tells whether the user set the limit of sizes; then neither memory nor time is limited."""
    return VARIABLE in os.environ


def most_bytes() -> int:
    """Returns the most bytes that a source may have. Raises DataError where the variable holds no size."""
    text = os.environ.get(VARIABLE, "")
    if not text:
        return MOST_BYTES
    size = re.fullmatch(r"(\d{1,12})\s*([KMGT]?)(i?B)?", text.strip(), re.IGNORECASE | re.ASCII)
    if not size or not int(size[1]):
        raise DataError(f"{VARIABLE}={text} is no size: write it as in {VARIABLE}=8G")
    return int(size[1]) * UNITS[size[2].upper()]


def most_rows() -> int:
    """Returns the most rows of a table: MAX_ROWS, more if the variable raises the bytes. Raises DataError if it holds
    no size."""
    return max(MAX_ROWS, MAX_ROWS * most_bytes() // MOST_BYTES)


def require_size(
    subject: object, size: int, packed: int | None = None, maximum: int | None = None, free: int | None = None
) -> None:
    """Raises DataError where data are larger than the limit.

    Args:
        subject: What is large, for the message.
        size: Bytes once unpacked.
        packed: Bytes in the file, or None.
        maximum: Limit in bytes.
        free: Bytes up to which the ratio of `size` and `packed` does not count.
    """
    maximum = maximum or most_bytes()
    if size > maximum:
        ratio_limit = size * most_bytes() // maximum
        raise DataError(
            f"{subject} holds {_bytes(size)} unpacked, and the limit is {_bytes(maximum)}: {_remedy(ratio_limit)}"
        )
    if packed is not None and size > max(free or FREE, MOST_RATIO * packed) and not is_unbounded():
        raise DataError(
            f"{subject} unpacks to more than {MOST_RATIO} times its size, as real data hardly do: {_remedy(size)}"
        )


def require_cells(subject: object, cells: int, cell_bytes: int = CELL) -> None:
    """Raises DataError where a table has more cells than fit into the limit.

    Args:
        subject: The table, for the message.
        cells: Number of cells.
        cell_bytes: bytes of a cell.
    """
    if cells * cell_bytes > most_bytes():
        cell_limit = most_bytes() // cell_bytes
        raise DataError(
            f"{subject} has {cells:,} cells, and the limit is {cell_limit:,}: {_remedy(cells * cell_bytes)}"
        )


def require_memory(subject: str, size: int, remedy: str) -> None:
    """Raises GivenError where a request takes more bytes than the machine has memory.

    Args:
        subject: the request, in words.
        size: bytes.
        remedy: what to do.
    """
    import psutil

    if size > (total_memory := psutil.virtual_memory().total):
        raise GivenError(
            f"{subject} take {_bytes(size)} at least, and this machine has {_bytes(total_memory)}: {remedy}"
        )


@contextmanager
def bounded_memory(path: Path | None) -> Iterator[None]:
    """Limits this process's memory, within this context, to what real data of a source's size need.

    The system refuses more, in the code of any library, at no cost. A separate process would take 50 ms to start.
    Nothing is limited without a source, on systems other than Linux, and where the user set a limit.

    Raises DataError for a source that needs more, such as an archive bomb.

    Args:
        path: Path of the source.
    """
    if path is None or sys.platform != "linux" or is_unbounded():
        yield
        return
    import resource

    import psutil

    data_limit = FREE_MEMORY + CORE_MEMORY * (os.cpu_count() or 1) + MEMORY_RATIO * size_on_disk(path)
    if data_limit > psutil.virtual_memory().available:  # the machine's own limit is the lower one
        yield
        return
    with _BOUND:  # threads that read at the same time share the highest limit
        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        soft_limit = max(_data_of_process() + data_limit, soft if _SOFT_LIMITS else 0)
        _SOFT_LIMITS.append(soft)
        given = [limit for limit in (_SOFT_LIMITS[0], hard) if limit != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_DATA, (min([soft_limit, *given]), hard))
    try:
        yield
    except MemoryError as error:
        raise DataError(
            f"{path} takes more than {_bytes(data_limit)} of memory to be read, as real data of its size hardly do: "
            f"{_remedy(4 * data_limit)}"
        ) from error
    finally:
        with _BOUND:
            first, _ = _SOFT_LIMITS[0], _SOFT_LIMITS.pop()
            if not _SOFT_LIMITS:
                resource.setrlimit(resource.RLIMIT_DATA, (first, hard))


def can_interrupt() -> bool:
    """Tells whether `bounded_time` can end what this thread does: signals reach the main thread alone."""
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


@contextmanager
def bounded_time(path: Path, seconds: float | None) -> Iterator[None]:
    """Limits the CPU seconds of this process within this context. A nested context, such as the one of an archive, adds
    its seconds.

    Raises DataError once the seconds are over, between two steps of the interpreter. Code of a library is interrupted
    only when it returns; `reader_process` can stop it at any time.

    Args:
        path: Path of the source, for the error.
        seconds: CPU seconds. None for no limit.
    """
    if seconds is None or not can_interrupt():
        yield
        return

    def ring(*_):
        raise DataError(say_too_long(path, seconds))

    if _TIMED_SOURCES:
        remaining_seconds, _ = signal.getitimer(signal.ITIMER_PROF)
        signal.setitimer(signal.ITIMER_PROF, remaining_seconds + seconds - FREE_SECONDS, REPEATED)
        yield
        return
    handler, timer_before = signal.signal(signal.SIGPROF, ring), signal.setitimer(signal.ITIMER_PROF, seconds, REPEATED)
    began = time.process_time()
    _TIMED_SOURCES.append(path)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        _TIMED_SOURCES.pop()
        signal.signal(signal.SIGPROF, handler)
        if timer_before[0]:  # of who else counts, such as a profiler
            signal.setitimer(
                signal.ITIMER_PROF, max(1e-6, timer_before[0] + began - time.process_time()), timer_before[1]
            )


def say_too_long(path: Path, seconds: float) -> str:
    """Writes the error about a source that takes too many CPU seconds to read."""
    return (
        f"{path} takes more than {seconds:.0f} s of processor time to read: give a part of it, or set {VARIABLE}=2G to "
        "lift this limit"
    )


def _data_of_process() -> int:
    """Bytes that RLIMIT_DATA counts."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[5]) * os.sysconf("SC_PAGE_SIZE")


def size_on_disk(path: Path) -> int:
    """Sums the bytes of a file, or of all files below a folder."""
    return sum(size for _, size in files_on_disk(path))


def files_on_disk(path: Path) -> Iterator[tuple[str, int]]:
    """Yields name and bytes of a file, or of each file below a folder, as far as they can be seen."""
    if not path.is_dir():
        if path.is_file():
            yield path.name, path.stat().st_size
        return
    folders = [path]
    while folders:
        with suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file():
                    yield entry.name, entry.stat().st_size


def open_plain(
    path: Path, subject: object = None, kind: type[GenwrightError] = DataError, allowed_folder: Path | None = None
) -> BinaryIO:
    """Opens a file to be read. Raises `kind` at once for a pipe, a socket or a device, which may never end, and where
    it cannot be opened.

    Args:
        path: Path of the file.
        subject: name of the file in an error.
        kind: class of the error.
        allowed_folder: folder that a link at `path` may not lead out of, None where a person named the file.
    """
    subject = subject or path
    try:
        if allowed_folder is not None and not lies_inside(path, allowed_folder):
            raise kind(f"{subject} leads out of its folder, which is not followed: put the file itself there")
        mode = os.stat(path).st_mode
        file = open(path, "rb") if stat.S_ISREG(mode) else None
    except FileNotFoundError:
        raise kind(f"there is no file {subject}: check the path") from None
    except (OSError, ValueError) as error:  # ValueError: a zero in the name
        raise kind(
            f"{subject} cannot be read ({getattr(error, 'strerror', error)}): allow reading it, or give another file"
        ) from error
    if file is None:
        what_stands = (
            "a folder where a file is needed"
            if stat.S_ISDIR(mode)
            else "a pipe, a socket or a device, which may never end"
        )
        raise kind(f"{subject} is {what_stands}: give a file")
    return file


def lies_inside(path: Path, folder: Path) -> bool:
    """Tells whether a path, all links followed, lies in a folder."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def unpacked(file: BinaryIO) -> BinaryIO:
    """Reads an open file through gzip where it is packed."""
    return gzip.open(file) if file.peek(2)[:2] == b"\x1f\x8b" else file


def lines_of(path: Path, subject: object, longest: int) -> Iterator[str]:
    """Yields the lines of a text in UTF-8, packed or not, with their ends, in as much memory as one takes.

    Raises DataError, naming the line, for one of more than `longest` characters and for no UTF-8; for damaged gzip, and
    for more than is taken.

    Args:
        path: Path of the file.
        subject: its name in messages.
        longest: bytes of a line, at most.
    """
    number, size = 0, 0
    with open_plain(path, subject) as file:
        packed_size = os.fstat(file.fileno()).st_size
        try:
            text = io.TextIOWrapper(unpacked(file), encoding="utf-8-sig", newline="")
            while line := text.readline(longest + 1):
                number, size = number + 1, size + len(line)
                require_size(subject, size, packed_size)
                if len(line) > longest:
                    raise DataError(f"line {number:,} of {subject} has more than {longest:,} characters: cut it")
                yield line
        except UnicodeDecodeError as error:
            raise DataError(f"{subject} is not in UTF-8 near line {number + 1:,}: save it as UTF-8") from error
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(f"{subject} is cut short or damaged gzip: fetch or write it again") from error
        except OSError as error:
            raise DataError(
                f"{subject} cannot be read ({error.strerror}): allow reading it, or give another"
            ) from error


def read_plain(
    path: Path, subject: object = None, maximum: int | None = None, kind: type[GenwrightError] = DataError,
    allowed_folder: Path | None = None,
) -> bytes | bytearray:  # fmt: skip
    """Reads the content of a file, unpacked where it is gzip. Raises `kind` where that is damaged, DataError for more
    than is taken.

    Args:
        path: Path of the file.
        subject: Name of the file in an error. Default: its path.
        maximum: Limit in bytes, as in `require_size`.
        kind: Class of the error for a damaged file.
        allowed_folder: Folder that links may not leave, as in `open_plain`.
    """
    subject = subject or path
    with open_plain(path, subject, kind, allowed_folder) as file:
        packed_size = os.fstat(file.fileno()).st_size
        require_size(subject, packed_size, maximum=maximum)
        try:
            if file.peek(2)[:2] != b"\x1f\x8b":
                content = bytearray(packed_size)  # reading it whole would hold it twice for a moment
                size = file.readinto(content)
                del content[size:]
                return content
            content = bytearray()
            with gzip.open(file) as unpacked:
                while part := unpacked.read(CHUNK):
                    content += part
                    require_size(subject, len(content), file.tell(), maximum)
            return content
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise kind(f"{subject} is cut short or damaged gzip: fetch or write it again") from error
        except OSError as error:
            raise kind(
                f"{subject} cannot be read ({error.strerror}): allow reading it, or give another file"
            ) from error


def read_plain_head(path: Path, size: int) -> bytes:
    """Reads the first bytes of a file, unpacked where it is gzip. Raises DataError where they cannot be read.

    Args:
        path: Path of the file.
        size: Number of bytes.
    """
    with open_plain(path) as file:
        try:
            return unpacked(file).read(size)
        except (EOFError, zlib.error, OSError) as error:
            raise DataError(f"{path} is cut short, damaged gzip or cannot be read: fetch or write it again") from error


def last_line(path: Path) -> str:
    """Reads the last line of a log that is not empty, of whatever length the log is; "" if it cannot be read."""
    with suppress(GenwrightError, OSError), open_plain(path, allowed_folder=path.parent) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
        lines = map(str.strip, file.read(TAIL).decode(errors="replace").splitlines())
        return next(filter(None, reversed(list(lines))), "")
    return ""


def _bytes(size: int) -> str:
    return f"{size / 2**30:,.3g} GiB" if size >= 2**20 else f"{size:,} bytes"


def _remedy(size: int) -> str:
    return f"give a part of it, or set {VARIABLE}={max(2, -(-size // 2**30))}G if the machine has the memory"
