"""What is compressed, or in an archive, is read as what it holds; archives that would harm are refused."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

import genwright as gw
from genwright.core.errors import DataError

ROWS = "age,city\n" + "".join(f"{20 + k % 37},{'Oslo' if k % 3 else 'Bergen'}\n" for k in range(40))
OTHER = "id,visits\n" + "".join(f"{k * 7 % 41},{k % 5}\n" for k in range(40))


def rows(source, **options):
    data = gw.load_data(source, **options)
    return sorted(map(tuple, data.items["train"].astype(str).to_numpy()))


@pytest.fixture
def plain(tmp_path):
    (tmp_path / "plain.csv").write_text(ROWS)
    return rows(tmp_path / "plain.csv")


def pack_zip(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def pack_tar(path: Path, files: dict[str, str], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content.encode()))
    return path


def zstandard(content: bytes) -> bytes:
    return pytest.importorskip("zstandard").ZstdCompressor().compress(content)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard])
@pytest.mark.parametrize("name", ["people.csv", "people"])
def test_a_compressed_file_is_the_file(tmp_path, plain, pack, name):
    file = tmp_path / f"{name}.packed"
    file.write_bytes(pack(ROWS.encode()))
    assert rows(file) == plain


@pytest.mark.parametrize(
    "files",
    [
        {"people.csv": ROWS},
        {"__MACOSX/._people.csv": b"\0\1", "data/people.csv": ROWS, "data/.DS_Store": b"\0", "README.txt": "of rows"},
        {"people.csv.gz": gzip.compress(ROWS.encode())},
    ],
)
def test_an_archive_of_one_file_is_the_file(tmp_path, plain, files):
    assert rows(pack_zip(tmp_path / "people.zip", files)) == plain


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar_is_read_however_it_is_compressed(tmp_path, plain, mode):
    assert rows(pack_tar(tmp_path / "people.tar", {"people.csv": ROWS}, mode)) == plain


def test_one_of_several_tables_is_named(tmp_path, plain):
    file = pack_zip(tmp_path / "two.zip", {"people.csv": ROWS, "visits.csv": OTHER})
    with pytest.raises(DataError, match="people.csv, visits.csv"):
        gw.load_data(file)
    assert rows(f"{file}::people.csv") == rows(file, archive_file="people.csv") == plain
    with pytest.raises(DataError):
        gw.load_data(f"{file}::no.csv")


def test_parts_with_one_header_are_one_table(tmp_path, plain):
    begin, *lines = ROWS.splitlines(keepends=True)
    parts = {f"part-{k}.csv": begin + "".join(lines[10 * k : 10 * k + 10]) for k in range(4)}
    assert rows(pack_zip(tmp_path / "parts.zip", parts)) == plain
    (tmp_path / "folder").mkdir()
    for name, text in parts.items():
        (tmp_path / "folder" / name).write_text(text)
    assert rows(tmp_path / "folder") == plain


def test_archives_that_lead_out_or_nest_are_refused(tmp_path):
    inner = pack_zip(tmp_path / "inner.zip", {"people.csv": ROWS}).read_bytes()
    wrong = [{"../people.csv": ROWS}, {"/etc/people.csv": ROWS}, {"C:\\people.csv": ROWS}, {"inner.zip": inner}, {}]
    for k, files in enumerate(wrong):
        with pytest.raises(DataError):
            gw.load_data(pack_zip(tmp_path / f"{k}.zip", files))
    assert not (tmp_path.parent / "people.csv").exists()


def test_links_passwords_and_cut_archives_are_refused(tmp_path):
    with tarfile.open(tmp_path / "link.tar", "w") as archive:
        info = tarfile.TarInfo("people.csv")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    whole = pack_zip(tmp_path / "whole.zip", {"people.csv": ROWS}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    locked = bytearray(whole)
    for at in (whole.index(b"PK\3\4") + 6, whole.index(b"PK\1\2") + 8):  # the bit that says "encrypted"
        locked[at] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    (tmp_path / "cut.csv.xz").write_bytes(lzma.compress(ROWS.encode())[:60])
    for name in ("link.tar", "cut.zip", "locked.zip", "cut.csv.xz"):
        with pytest.raises(DataError, match=name):
            gw.load_data(tmp_path / name)


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress, lambda x: zip_of(x)])
def test_bombs_are_refused_before_they_are_unpacked(tmp_path, monkeypatch, pack):
    monkeypatch.setattr("genwright.core.limits.FREE", 2**20)
    (tmp_path / "bomb.csv.packed").write_bytes(pack(b"0" * 2**24))
    with pytest.raises(DataError, match="unpacks to more than"):
        gw.load_data(tmp_path / "bomb.csv.packed")


def zip_of(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", content)
    return file.getvalue()
