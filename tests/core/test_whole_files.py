# Tests core/files.py
"""Files and folders that are there whole or not at all, beside links, other writers and what killed ones have left."""

import errno
import os
import socket
import stat
from pathlib import Path

import pandas as pd
import pytest

from genwright.core import files
from genwright.core.errors import DataError, RunError
from genwright.core.files import write_whole, write_whole_folder
from genwright.core.folder import Folder
from genwright.kinds.formats.tables.write_table import write_table

POSIX = pytest.mark.skipif(os.name != "posix", reason="links, pipes and rights are POSIX")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def leave_part(folder: Path, name: str, seconds: float = 0.0) -> Path:
    """A part that a writer began so many seconds ago."""
    part = folder / f".{name}.{'0' * 16}.part"
    part.write_text("half")
    os.utime(part, (part.stat().st_atime, part.stat().st_mtime - seconds))
    return part


def test_a_part_goes_with_the_next_writer_when_it_is_old_or_with_who_holds_the_folder(tmp_path):
    old, young = leave_part(tmp_path, "x", files.STALE_SECONDS + 60), leave_part(tmp_path, "y")
    write_whole(tmp_path / "y", b"new")
    assert old.exists() and young.exists(), "its writer may live, or wrote another file"
    write_whole(tmp_path / "x", b"new")
    assert names(tmp_path) == [young.name, "x", "y"]
    with Folder(tmp_path, "x", "thing", "writes").hold():
        assert names(tmp_path) == [".lock", "x", "y"]


def test_only_parts_of_our_own_naming_are_swept(tmp_path):
    kept = [".x.part", ".x.0123456789abcdef.bak", ".y.0123456789abcdef.part", "x.0123456789abcdef.part", ".x.0123.part"]
    for name in kept:
        (tmp_path / name).write_text("a person's")
        os.utime(tmp_path / name, (0, 0))
    write_whole(tmp_path / "x", b"new")
    assert names(tmp_path) == sorted([*kept, "x"])


@pytest.mark.parametrize(
    "write, content", [(write_whole, b"new"), (lambda *a: write_table(*a[::-1]), pd.DataFrame([1]))]
)
def test_a_link_at_the_parts_place_is_not_followed(tmp_path, write, content):
    place, other = tmp_path / "x.csv", tmp_path / "other"
    other.write_text("a person's")
    for name in (".x.csv.part", f".x.csv.{os.getpid()}"):  # as parts were named once
        (tmp_path / name).symlink_to(other)
    write(place, content)
    assert other.read_text() == "a person's" and place.is_file() and not place.is_symlink()


@POSIX
def test_a_link_of_a_parts_name_is_neither_followed_nor_removed(tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.write_text("a person's")
    keys = iter(["0" * 16, "1" * 16])
    monkeypatch.setattr(files.secrets, "token_hex", lambda size: next(keys))
    (tmp_path / f".x.{'0' * 16}.part").symlink_to(other)
    with pytest.raises(RunError, match="File exists"):
        write_whole(tmp_path / "x", b"new")
    write_whole(tmp_path / "x", b"new")
    assert other.read_text() == "a person's" and (tmp_path / f".x.{'0' * 16}.part").is_symlink()


@POSIX
def test_rights_are_those_of_any_new_file(tmp_path):
    before = os.umask(0o027)
    try:
        assert stat.S_IMODE(write_whole(tmp_path / "x", b"").stat().st_mode) == 0o640
        assert stat.S_IMODE(write_whole_folder(tmp_path / "d", lambda part: None).stat().st_mode) == 0o750
    finally:
        os.umask(before)


def test_a_long_name_can_be_written(tmp_path):
    path = tmp_path / ("\N{EURO SIGN}" * 85)  # 255 bytes
    assert write_whole(path, b"new").read_bytes() == b"new"


def test_a_folder_is_there_whole_or_not_at_all(tmp_path):
    def fill(part):
        (part / "sub").mkdir()
        (part / "sub" / "a").write_text("a")
        assert not (tmp_path / "d").exists()

    assert names(write_whole_folder(tmp_path / "d", fill)) == ["sub"]

    def fails(part):
        (part / "a").write_text("a")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_whole_folder(tmp_path / "e", fails)
    with pytest.raises(DataError):
        write_whole_folder(tmp_path / "d", lambda part: None)  # it holds something
    assert names(tmp_path) == ["d"]


@pytest.mark.parametrize(
    "number, words, remedy",
    [
        (errno.ENOSPC, "No space left on device", "free some space, or choose another place"),
        (errno.EACCES, "Permission denied", "change the rights, or choose another place"),
        (errno.EROFS, "Read-only file system", "choose another place"),
    ],
)
def test_the_remedy_is_for_what_the_system_said(tmp_path, monkeypatch, number, words, remedy):
    path = write_whole(tmp_path / "config.toml", b"old")

    def refuse(handle):
        raise OSError(number, words)

    monkeypatch.setattr(files.os, "fsync", refuse)
    with pytest.raises(RunError) as refused:
        write_whole(path, b"new")
    assert str(refused.value) == f"cannot write {path}: {words}; {remedy}"
    assert path.read_bytes() == b"old" and names(tmp_path) == ["config.toml"]


def stand_device(place: Path) -> None:
    try:
        os.mknod(place, stat.S_IFCHR | 0o600, os.makedev(1, 3))  # as /dev/null
    except PermissionError:
        place.symlink_to("/dev/null")


def stand_socket(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(os.path.relpath(place))  # the name of a socket has 108 bytes at most


def stand_link(place: Path) -> None:
    os.mkfifo(place.with_name("pipe"))
    place.symlink_to("pipe")


@POSIX
@pytest.mark.parametrize("stand", [stand_device, stand_socket, stand_link, os.mkfifo])
@pytest.mark.parametrize("write, content", [(write_whole, b"new"), (write_whole_folder, lambda part: pytest.fail())])
def test_a_device_or_a_pipe_is_refused_and_stays(tmp_path, stand, write, content):
    stand(tmp_path / "x")
    before = names(tmp_path), (tmp_path / "x").lstat()
    with pytest.raises(RunError):
        write(tmp_path / "x", content)
    assert (names(tmp_path), (tmp_path / "x").lstat()) == before


@POSIX
def test_a_handle_of_a_process_is_a_device_also_where_it_leads_to_a_file(tmp_path):
    with open(tmp_path / "all", "ab") as appended:
        appended.write(b"old")
        appended.flush()
        for handle in (Path(f"/dev/fd/{appended.fileno()}"), Path(f"/proc/self/fd/{appended.fileno()}")):
            if handle.exists():
                with pytest.raises(RunError):
                    write_whole(handle, b"new")
    assert (tmp_path / "all").read_bytes() == b"old"


def test_a_link_to_a_file_is_replaced_and_its_file_stays(tmp_path):
    (tmp_path / "old").write_bytes(b"old")
    (tmp_path / "x").symlink_to("old")
    (tmp_path / "dangling").symlink_to("nothing")
    for name in ("x", "dangling"):
        assert write_whole(tmp_path / name, b"new").read_bytes() == b"new"
    assert (tmp_path / "old").read_bytes() == b"old" and names(tmp_path) == ["dangling", "old", "x"]
