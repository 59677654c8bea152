# Tests kinds/formats/packed.py
"""What is compressed, or in an archive, is read as what it holds; archives that would harm are refused."""

import bz2
import gzip
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import genwright as gw
from genwright.core.errors import DataError
from genwright.kinds.load import read_items

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


WORDS = "text\n" + "".join(f"w{k} {'abcdefg'[k % 7] * (3 + k % 4)} {k * k}\n" for k in range(60))
TITLED = "a title above\nage,city\n" + ROWS.split("\n", 1)[1]
EDGES = "source,target\n" + "".join(f"{k},{(k * 7 + 1) % 40}\n" for k in range(40))
NODES = "id,size\n" + "".join(f"{k},{k * 7 % 11}\n" for k in range(40))
OPTIONS = {  # a file, and the options that only say what it is to those who know what it holds
    "windows": ("book.txt", WORDS * 4, {"windows": 16}),
    "column": ("words.csv", WORDS.replace("\n", ",1\n"), {"column": "text"}),
    "windows of a column": ("words.csv", WORDS.replace("\n", ",1\n"), {"column": "text", "windows": 16}),
    "nodes": ("edges.csv", EDGES, {"nodes": "nodes.csv"}),
    "directed": ("edges.csv", EDGES, {"task": "links", "directed": True}),
    "header_row": ("people.csv", TITLED, {"header_row": 2}),
}


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_is_about_what_a_packed_file_holds(tmp_path, option):
    name, text, options = OPTIONS[option]
    (tmp_path / "nodes.csv").write_text(NODES)
    options |= {"nodes": str(tmp_path / "nodes.csv")} if "nodes" in options else {}
    (tmp_path / name).write_text(text)
    (tmp_path / f"{name}.xz").write_bytes(lzma.compress(text.encode()))
    two = pack_zip(tmp_path / "two.zip", {f"d/{name}": text, "d/other.csv": OTHER})
    pack_zip(tmp_path / "one.zip", {f"d/{name}": text})
    pack_tar(tmp_path / "one.tgz", {name: text}, "w:gz")
    plain = gw.load_data(tmp_path / name, **options)
    for packed in (f"{name}.xz", "one.zip", "one.tgz"):
        assert gw.load_data(tmp_path / packed, **options).hash == plain.hash, packed
    named = gw.load_data(two, archive_file=name, **options)
    assert named.hash == gw.load_data(f"{two}::d/{name}", **options).hash == plain.hash


def test_a_workbook_in_a_tar_is_read_at_its_sheet(tmp_path):
    pd = pytest.importorskip("pandas")
    file = io.BytesIO()
    with pd.ExcelWriter(file) as book:
        for sheet, text in (("other", OTHER), ("people", ROWS)):
            pd.read_csv(io.StringIO(text)).to_excel(book, sheet_name=sheet, index=False)
    with tarfile.open(tmp_path / "book.tar", "w") as archive:
        info = tarfile.TarInfo("book.xlsx")
        info.size = len(file.getvalue())
        archive.addfile(info, io.BytesIO(file.getvalue()))
    assert list(gw.load_data(tmp_path / "book.tar", sheet="people").items["train"]) == ["age", "city"]


@pytest.mark.parametrize("pack", [lambda text: zip_of(text), lzma.compress])
def test_a_model_of_windows_reads_what_a_packed_file_holds(tmp_path, pack):
    text = (WORDS * 4).replace("\n", "\r\n").encode()
    (tmp_path / "book.txt").write_bytes(text)
    (tmp_path / "book.packed").write_bytes(pack(text))
    data = gw.load_data(tmp_path / "book.txt", windows=16)
    plain, packed = (read_items(tmp_path / name, data.domain, data.options) for name in ("book.txt", "book.packed"))
    assert list(plain.items) == list(packed.items) and plain.notes == packed.notes and "read as such" in plain.notes[0]


def test_a_member_that_a_path_names_is_on_record(tmp_path):
    two = pack_zip(tmp_path / "two.zip", {"d/people.csv": ROWS, "d/visits.csv": OTHER})
    for given in (f"{two}::d/people.csv", Path(f"{two}::d/people.csv")):
        data = gw.load_data(given)
        assert (data.source, data.options) == (str(two), {"archive_file": "d/people.csv"})
        assert gw.load_data(data.source, **data.options).hash == data.hash


def without_flag(path: Path) -> Path:
    """The same zip, whose names are in UTF-8 still, but no flag says so."""
    path.write_bytes(re.sub(rb"(?s)(PK\x03\x04...|PK\x01\x02.....)\x08", rb"\1\0", path.read_bytes()))
    return path


def test_names_in_a_zip_that_does_not_say_utf_8_are_read_as_it(tmp_path):
    files = {"Käse/a.csv": ROWS, "Ka\u0308se/Größe.csv": OTHER}
    zipped = without_flag(pack_zip(tmp_path / "old.zip", files))
    with pytest.raises(DataError, match="Käse/a.csv"):
        gw.load_data(zipped)
    for name in ("Käse/a.csv", "Käse/Größe.csv", "Größe.csv"):  # macOS writes ä as two characters
        assert gw.load_data(f"{zipped}::{name}").hash == gw.load_data(zipped, archive_file=name).hash


@pytest.mark.parametrize("said, name", [("K_se.csv", "Käse.csv"), ("other.csv", "K_se.csv")])
def test_a_name_in_the_field_of_info_zip_counts_where_it_is_of_the_old_one(tmp_path, plain, said, name):
    body = b"\1" + zlib.crc32(said.encode()).to_bytes(4, "little") + "Käse.csv".encode()
    info = zipfile.ZipInfo("K_se.csv")
    info.extra = b"UT\1\0x" + b"up" + len(body).to_bytes(2, "little") + body + b"xx\1\0y"
    with zipfile.ZipFile(tmp_path / "field.zip", "w") as archive:
        archive.writestr(info, ROWS)
        archive.writestr("other.txt", "text")
    assert rows(f"{tmp_path / 'field.zip'}::{name}") == plain


def test_packed_items_for_a_model_are_read_as_unpacked_ones(tmp_path):
    """Whatever decodes a file by itself, in the form of a model: shorter clips, arrays, a text in windows."""
    rng, moves, text = np.random.default_rng(0), tmp_path / "moves", "to be or not to be. " * 300
    moves.mkdir()
    for k in range(12):
        first, *rest = map(Image.fromarray, rng.integers(0, 255, (6, 8, 8), np.uint8))
        first.save(moves / f"{k:02}.gif", save_all=True, append_images=rest[: 5 if k else 2])
    clips, windows = gw.load_data(moves).domain, gw.load_data(text_file(tmp_path / "hamlet.txt", text)).domain
    np.savez(tmp_path / "x.npz", x=rng.integers(0, 255, (3, 6, 8, 8), np.uint8), known=np.ones((3, 6), bool))
    for domain, plain in ((clips, moves), (clips, tmp_path / "x.npz"), (windows, tmp_path / "hamlet.txt")):
        files = sorted(plain.iterdir()) if plain.is_dir() else [plain]
        packed = [pack_zip(tmp_path / f"{plain.stem}.zip", {file.name: file.read_bytes() for file in files})]
        if plain.is_file():
            packed.append(text_file(tmp_path / f"{plain.name}.gz", gzip.compress(plain.read_bytes())))
        one = read_items(plain, domain)
        for other in (read_items(path, domain) for path in packed):
            assert np.array_equal(one.items, other.items) and np.array_equal(one.known, other.known)
            assert list(one.places) == list(other.places) and one.notes == other.notes
    with pytest.raises(DataError, match="archive within an archive"):
        read_items(pack_zip(tmp_path / "nest.zip", {"moves.zip": (tmp_path / "moves.zip").read_bytes()}), clips)


def text_file(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
