"""Atomic writes: a file or folder is written whole or not at all, and looks first at what stands in its place.

A name that a person chose is found by `find_target`: a link to a file stays, and its file is written. A name that
genwright chose in a folder of its own replaces a link, whose file stays: nobody asked to write that file.

A writer creates a part with a random name (`.NAME.0f3a....part`) beside the target, which follows no link. It flushes
the part to disk, renames it, and flushes the folder. After a crash, either the old or the new file exists.

A part that a killed writer left goes with the next process that holds its folder (`Folder.hold`), or with the next
writer to the same target once the part is a day old.
"""

import errno
import io
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import DataError, RunError, remedy
from .limits import most_bytes, open_plain, read_plain_head, require_size

SHOWN_NAME_LETTERS = 40  # letters of a name that its part shows: a file's name has 255 bytes at most
KEY = 8  # random bytes
STALE_SECONDS = 86_400  # seconds after which no writer still works on its part
PART_NAME = re.compile(rf"\..{{1,{SHOWN_NAME_LETTERS}}}\.[0-9a-f]{{{2 * KEY}}}\.part")
MARKED = 2**16  # bytes at the beginning of a file, in which its mark stands


def find_target(path: Path) -> Path:
    """Resolves the path of a file or folder that the user named, following links. Raises RunError for a device, a pipe,
    a link to nothing, a place below a file, and a name that the system does not take."""
    with _refusals(path):
        require_no_device(path)
        if path.is_symlink() and not path.exists():
            raise RunError(
                f"{path} is a link to {os.readlink(path)}, where nothing is: remove the link, or choose another name"
            )
        parent_folder = next(parent for parent in path.absolute().parents if parent.exists())
        if not parent_folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(parent_folder))
        return path.resolve() if path.is_symlink() else path


def write_whole(path: Path, data: bytes | Iterable[bytes]) -> Path:
    """Writes `data`, or its parts one after another, to `path`, whole or not at all. Raises RunError naming the path
    when disk or permissions refuse."""
    with _refusals(path):
        require_no_device(path)
        if path.is_dir():
            raise RunError(f"{path} is a folder: name a file")
        path.parent.mkdir(parents=True, exist_ok=True)
        with _temporary_part(path, lambda part: part.open("xb").close()) as part:
            with open(part, "wb") as file:
                file.writelines([data] if isinstance(data, bytes) else data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        flush_folder(path.parent)
    return path


def require_no_device(path: Path) -> None:
    """Raises RunError where a device, a pipe or a socket stands at `path`, itself, behind a link, or as a handle of a
    process (/dev/stdout): renaming a file to that name would destroy it, and opening it may block for ever."""
    folder, plain = os.path.realpath(path.parent), True
    with suppress(FileNotFoundError):
        mode = os.stat(path).st_mode
        plain = stat.S_ISREG(mode) or stat.S_ISDIR(mode)
    if not plain or folder in ("/dev", "/dev/fd", "/proc") or folder.startswith("/proc/"):
        raise RunError(f"{path} is a device or a pipe: choose another name")


def read_beside(path: Path, most: int | None = None) -> bytes:
    """Reads a file beside a run's own record, without following links out of its folder.

    Raises RunError for a link that leads out of the folder, and for what is no file or cannot be read. Raises DataError
    for a file above the limit.

    Args:
        path: Path of the file.
        most: bytes that are read at most; an eighth of a source's limit by default.
    """
    require_inside_folder(path)
    with open_plain(path, kind=RunError) as file:
        require_size(path, os.fstat(file.fileno()).st_size, maximum=most or most_bytes() // 8)
        return file.read()


def require_inside_folder(path: Path) -> None:
    """Raises RunError where a link at `path` leads out of its folder, to what nobody named."""
    if os.path.islink(path) and os.path.dirname(os.path.realpath(path)) != os.path.realpath(path.parent):
        raise RunError(f"{path} is a link that leads out of its folder: put what it names in its place")


def require_ours(path: Path, mark: str) -> None:
    """Raises DataError where a file at `path` lacks genwright's mark, since the user may have written it; the file is
    then not overwritten."""
    if os.path.lexists(path) and not has_mark(path, mark):
        raise RunError(f"{path} was not written by genwright and would be overwritten: rename it, and try again")


def has_mark(path: Path, mark: str) -> bool:
    """Tells whether a file stands at `path` and genwright wrote it."""
    return path.is_file() and mark.encode() in read_plain_head(path, MARKED)


def write_whole_folder(path: Path, fill: Callable[[Path], None]) -> Path:
    """Lets `fill` write files into a new folder, which is put at `path` when it has returned.

    Raises DataError where more than an empty folder is there, RunError as `write_whole` does."""
    with _refusals(path):
        path = find_target(path)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise DataError(f"{path} exists already and is not an empty folder: choose another name or remove it")
        path.parent.mkdir(parents=True, exist_ok=True)
        with _temporary_part(path, Path.mkdir) as part:
            fill(part)
            os.replace(part, path)
        flush_folder(path.parent)
    return path


def npz_bytes(arrays: Mapping[str, object], pack: bool = True) -> bytes:
    """Packs arrays by their names as the content of an .npz.

    Args:
        pack: whether it is compressed.
    """
    import numpy as np

    file = io.BytesIO()
    (np.savez_compressed if pack else np.savez)(file, **arrays)
    return file.getvalue()


def write_files(path: Path, files: Iterable[tuple[str, bytes]]) -> Path:
    """Writes a new folder, as `write_whole_folder` does.

    Args:
        path: Path of the file.
        files: each its name below the folder, and its content.
    """

    def fill(folder: Path) -> None:
        for name, content in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)

    return write_whole_folder(path, fill)


def flush_folder(folder: Path) -> None:
    """Makes a rename or a removal in `folder` survive a power cut (a folder can be flushed on POSIX only)."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(f"cannot write {path}: {error.strerror or error}; {remedy(error)}") from error


@contextmanager
def _temporary_part(path: Path, make: Callable[[Path], None]) -> Iterator[Path]:
    """The part of `path` to write to, made by `make`; removed afterwards where it was not renamed."""
    part = path.with_name(f".{path.name[:SHOWN_NAME_LETTERS]}.{secrets.token_hex(KEY)}.part")
    make(part)
    with suppress(OSError):  # a folder that may be written to and not listed
        modified, name = part.stat().st_mtime, part.name.rsplit(".", 2)[0]  # both times are of the disk's clock
        is_left = lambda sibling: (
            sibling.name.rsplit(".", 2)[0] == name and modified - sibling.stat().st_mtime > STALE_SECONDS
        )
        remove_parts(path.parent, is_left)
    try:
        yield part
    finally:
        _remove(part)


def remove_parts(folder: Path, is_left: Callable[[Path], bool] = lambda part: True) -> None:
    """Removes the parts in a folder that killed writers have left.

    Args:
        folder: where they are.
        is_left: whether the writer of a part is gone; by default nobody else writes there.
    """
    for part in folder.iterdir():
        if PART_NAME.fullmatch(part.name) and not part.is_symlink() and is_left(part):
            _remove(part)


def _remove(part: Path) -> None:
    with suppress(OSError):
        if part.is_dir() and not part.is_symlink():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)
