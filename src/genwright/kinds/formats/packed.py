"""The layer below all readers: a file that is compressed, or an archive, is read as the file or folder that it holds,
and a file without a known name as what its first bytes say.

What a file holds is unpacked into a folder of its own, which is gone once it is read. Sizes are asked of an archive's
own table first. Links, names that lead out and archives within archives are refused. What macOS and Windows put beside
files is no data, and neither are texts about them, such as a licence.
"""

import bz2
import gzip
import lzma
import os
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from unicodedata import normalize

from ...core.domain import OpenQuestions, Question
from ...core.errors import DataError, GenwrightError, list_some
from ...core.limits import CHUNK, open_plain, require_size
from ...core.packages import require_package
from .forms import HEAD, forms_of
from .parsing import parsing
from .source import MEMBER, Source

MOST_MEMBERS = 200_000  # of an archive
MOST_DEPTH = 4  # files within files
NAMED = 5  # members that a message names
SYSTEM = ("__macosx", ".ds_store", "thumbs.db", "desktop.ini")
TEXTS = ("readme", "license", "licence", "copying", "changelog", "citation", "notice")


class _Zstandard:
    """A stream of what zstandard packed. Its own reader takes a file that is cut short for a whole one."""

    PIECE = 2**10  # bytes: unpacked, they are 32 MiB at most

    def __init__(self, file: BinaryIO):
        require_package("zstandard", subject="the file is packed by zstandard")
        import zstandard

        self._file, self._begin = file, zstandard.ZstdDecompressor().decompressobj
        self._frame, self._rest = self._begin(), b""

    def __enter__(self) -> "_Zstandard":
        return self

    def __exit__(self, *_) -> None: ...

    def read(self, _: int) -> bytes:
        """The next part, b"" at the end. Raises EOFError for a file that ends within a frame."""
        while piece := self._rest or self._file.read(self.PIECE):
            self._frame = self._begin() if self._frame.eof else self._frame
            part = self._frame.decompress(piece)
            self._rest = self._frame.unused_data if self._frame.eof else b""
            if part:
                return part
        if not self._frame.eof:
            raise EOFError("it ends within a frame")
        return b""


@dataclass(frozen=True)
class Packing:
    """How one file is compressed.

    Args:
        begin: first bytes.
        open: a stream of what it holds.
        suffixes: what a name ends in that is taken off.
    """

    begin: bytes
    open: Callable[[BinaryIO], BinaryIO]
    suffixes: tuple[str, ...]


PACKINGS = (
    Packing(b"\x1f\x8b", gzip.open, (".gz", ".gzip")),
    Packing(b"BZh", bz2.open, (".bz2",)),
    Packing(b"\xfd7zXZ\0", lzma.open, (".xz",)),
    Packing(b"]\0\0", lzma.open, (".lzma",)),
    Packing(b"\x28\xb5\x2f\xfd", _Zstandard, (".zst", ".zstd")),
)
ZIP, TAR, TAR_AT, UTF8 = b"PK\x03\x04", b"ustar", 257, 0x800
OF_TAR = (".tgz", ".tbz", ".tbz2", ".txz", ".tzst")


def is_packed(path: Path | None) -> bool:
    """Whether a path is a file to unpack. A file whose suffix names its reader is not unpacked."""
    return path is not None and os.path.isfile(path) and not forms_of(path.name) and any(_packing(path))


def _packing(path: Path) -> tuple[Packing | None, bool]:
    """How a file is compressed, and whether it is an archive as it is."""
    start = read_head(path)
    packing = next((one for one in PACKINGS if start.startswith(one.begin)), None)
    return packing, start.startswith(ZIP) or start[TAR_AT:].startswith(TAR)


@contextmanager
def unpacked(source: Source) -> Iterator[Source]:
    """The file or folder that a packed file holds, as a source."""
    path = source.path
    packing, archive = _packing(path)
    if source.inside >= MOST_DEPTH:
        raise DataError(f"{path.name} is packed more than {MOST_DEPTH} times over: unpack it first")
    with tempfile.TemporaryDirectory(prefix="genwright-") as folder:
        file, stem = path, path.name
        if packing is not None:
            stem = _strip_suffix(path.name, packing)
            file = Path(folder) / "packed" / stem
            file.parent.mkdir()
            _decompress(path, packing, file)
            archive = read_head(file)[TAR_AT:].startswith(TAR)
        if archive and source.inside:
            raise DataError(f"{path.name} is an archive within an archive, which is not opened: unpack it first")
        if archive:
            file = _extract(file, Path(folder) / "held", _stem(stem), source)
        with _in_place(source, file) as held:
            yield held


@contextmanager
def named_as(source: Source, suffix: str) -> Iterator[Source]:
    """Returns the same file under a name that ends in a suffix."""
    path = source.path
    with tempfile.TemporaryDirectory(prefix="genwright-") as folder:
        link = Path(folder) / f"{path.name}{suffix}"
        link.symlink_to(path.resolve())
        with _in_place(source, link) as held:
            yield held


@contextmanager
def _in_place(source: Source, path: Path) -> Iterator[Source]:
    """A file or folder to read in place of a source, of which errors speak."""
    try:
        yield replace(source.but(archive_file=None), given=str(path), inside=source.inside + 1)
    except GenwrightError as error:
        speak = lambda part: part.replace(f"{path}/", f"{source.text}{MEMBER}").replace(str(path), source.text)
        error.args = tuple(speak(part) if isinstance(part, str) else part for part in error.args)
        raise


def read_head(path: Path) -> bytes:
    """Reads the first bytes of a file, which tell its form."""
    with open_plain(path) as file:
        return file.read(HEAD)


def _strip_suffix(name: str, packing: Packing) -> str:
    for suffix in packing.suffixes:
        if name.lower().endswith(suffix):
            return name[: -len(suffix)] or name
    return name


def _stem(name: str) -> str:
    """Name of an archive without its suffixes."""
    for suffix in (".zip", ".tar", *OF_TAR):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)] or name
    return name


def _decompress(path: Path, packing: Packing, target: Path) -> None:
    with open_plain(path) as file, parsing(path), packing.open(file) as stream, open(target, "wb") as out:
        size, packed = 0, os.fstat(file.fileno()).st_size
        while part := stream.read(CHUNK):
            size += len(part)
            require_size(path, size, packed)
            out.write(part)


@dataclass(frozen=True)
class Member:
    """A file of an archive: its name, its bytes unpacked, and a stream of them."""

    name: str
    size: int
    open: Callable[[], BinaryIO]


def _extract(file: Path, folder: Path, stem: str, source: Source) -> Path:
    """Unpack the data of an archive: its only file, the one that is meant, or a folder of all."""
    what = source.path
    with open_plain(file) as opened, parsing(what):
        if read_head(file).startswith(ZIP):
            if not zipfile.is_zipfile(opened):
                raise DataError(f"{what} is cut short or a damaged zip: fetch or pack it again")
            with zipfile.ZipFile(opened) as archive:
                return _write(_members_of_zip(archive, what), folder, stem, source, os.fstat(opened.fileno()).st_size)
        opened.seek(0)
        with tarfile.open(fileobj=opened) as archive:
            _require_end_of_tar(opened, what)
            return _write(_members_of_tar(archive, what), folder, stem, source, None)


def _members_of_zip(archive: zipfile.ZipFile, what: Path) -> list[Member]:
    members = []
    for info in archive.infolist():
        if info.is_dir():
            continue
        if info.external_attr >> 28 == 0o12:
            raise DataError(f"{what} holds a link, {_name_of(info)}, which is not followed: pack the file itself")
        if info.flag_bits & 1:
            raise DataError(f"{what} has a password: unpack it, and give what it holds")
        members.append(Member(_name_of(info), info.file_size, lambda info=info: archive.open(info)))
    return members


def _name_of(info: zipfile.ZipInfo) -> str:
    """Name of a member. Without its flag for UTF-8, `zipfile` takes it for cp437; many packers write UTF-8 there,
    or in a field of Info-ZIP, which has a size, version 1, the CRC-32 of the name and then the name."""
    with suppress(UnicodeError):
        if not info.flag_bits & UTF8:
            name = info.filename.encode("cp437")
            before, field, after = info.extra.partition(b"\1" + zlib.crc32(name).to_bytes(4, "little"))
            return (after[: int.from_bytes(before[-2:], "little") - 5] if field else name).decode()
    return info.filename


def _require_end_of_tar(file: BinaryIO, what: Path) -> None:
    """Raises DataError for a file without the zeros at the end of an archive: one cut behind a member is whole to
    `tarfile`."""
    here = file.tell()
    file.seek(-tarfile.BLOCKSIZE, os.SEEK_END)
    if any(file.read()):
        raise DataError(f"{what} has no end: it is cut short, so fetch or pack it again")
    file.seek(here)


def _members_of_tar(archive: tarfile.TarFile, what: Path) -> list[Member]:
    members, size = [], 0
    for info in archive:
        if info.isdir():
            continue
        if not info.isreg():
            raise DataError(f"{what} holds a link or a device, {info.name}, which is not followed: pack files alone")
        size += info.size
        require_size(what, size)
        if len(members) > MOST_MEMBERS:
            break
        members.append(Member(info.name, info.size, lambda info=info: archive.extractfile(info)))
    return members


def _write(members: list[Member], folder: Path, stem: str, source: Source, packed: int | None) -> Path:
    what = source.path
    if len(members) > MOST_MEMBERS:
        raise DataError(f"{what} holds more than {MOST_MEMBERS:,} files: unpack it, and give a part of them")
    for member in members:
        parts = PurePosixPath(member.name.replace("\\", "/")).parts
        if not parts or ".." in parts or parts[0].startswith("/") or ":" in parts[0] or "\0" in member.name:
            raise DataError(f"{what} holds a name that leads out of it, {member.name!r}: pack it again without it")
    data = [member for member in members if not _is_of_system(member.name)]
    meant = source.get("archive_file")
    if meant is not None:
        alike = lambda name: normalize("NFC", name) == normalize("NFC", meant)  # macOS writes ä as two characters
        chosen = [one for one in data if alike(one.name)]
        chosen = chosen or [one for one in data if alike(PurePosixPath(one.name).name)]
        if len(chosen) != 1:
            raise DataError(f"{what} holds no single file {meant!r}: it holds {_names(data)}")
        data = chosen
    elif others := [member for member in data if not _is_about_data(member.name)]:
        data = others
    if not data:
        raise DataError(f"{what} holds no files: pack the data again")
    require_size(what, sum(member.size for member in data), packed)
    root = folder / (stem or "data")
    folders = set()
    for member in data:
        target = root.joinpath(*PurePosixPath(member.name.replace("\\", "/")).parts)
        if target.parent not in folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            folders.add(target.parent)
        with member.open() as stream, open(target, "wb") as out:
            shutil.copyfileobj(stream, out, CHUNK)
    if len(data) == 1:
        return target
    _require_one_table(root, data, what)
    while len(below := list(root.iterdir())) == 1 and below[0].is_dir():
        root = below[0]
    return root


def _require_one_table(root: Path, data: list[Member], what: Path) -> None:
    """Raises DataError for several tables that are no parts of one. Texts are a folder of texts."""
    from .sequences.text_folders import is_text_folder
    from .tables.table_parts import list_parts

    are_tables = all(
        forms_of(member.name, "formats.tables", "formats.sequences.text_lines:read_lines") for member in data
    )
    if are_tables and not list_parts(root) and not is_text_folder(root):
        meant = [
            Question.whether(f"Is `{member.name}` the table?", archive_file=member.name) for member in data[:NAMED]
        ]
        how = f"name one of them, as in {what}{MEMBER}{data[0].name}"
        raise OpenQuestions(f"{what} holds {len(data)} tables, {_names(data)}", meant, how)


def _names(members: list[Member]) -> str:
    return list_some([member.name for member in members], NAMED)


def _is_of_system(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/").lower()).parts
    return any(part in SYSTEM or part.startswith("._") for part in parts)


def _is_about_data(name: str) -> bool:
    last = PurePosixPath(name).name.lower()
    return last.split(".")[0] in TEXTS or last.endswith(".md")
