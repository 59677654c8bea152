"""Small files that unpack to much, files that are none, and names that a terminal would obey: a sentence at once, in
little memory."""

import gzip
import io
import os
import shutil
import socket
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path

import fuzz
import numpy as np
import psutil
import pytest
from bad_files import pets, png, put, rows, tu
from forked import Forked
from PIL import Image

import genwright
from genwright.cli.commands import main
from genwright.core import limits
from genwright.core.errors import DataError
from genwright.sound.kinds.audio.sound_files import wav_bytes

GIB = 2**30
needs_links = pytest.mark.skipif(os.name != "posix", reason="links and pipes are POSIX's")


def zeros(size: int, head: bytes = b"", byte: bytes = b"\0") -> bytes:
    """A gzip file of `head` and `size` bytes more: pieces that repeat, so that it is made at once."""
    piece = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = piece.compress(byte * 2**24) + piece.flush(zlib.Z_FULL_FLUSH)
    first, last = zlib.compressobj(9, zlib.DEFLATED, -15), zlib.compressobj(9, zlib.DEFLATED, -15)
    begin = first.compress(head) + first.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + begin + block * (size // 2**24) + last.flush() + bytes(8)


def npz_of_zeros(path: Path) -> None:
    """18 MB that unpack to 4 GiB."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "|u1", "fortran_order": False, "shape": (GIB // 16, 8, 8)})
    packed = zeros(4 * GIB, head.getvalue())[10:-8]
    name, size = b"x.npy", 4 * GIB + len(head.getvalue())
    wide = struct.pack("<HHQQ", 1, 16, size, len(packed))  # sizes of 64 bits
    fields = struct.pack("<HHHHHI", 45, 0, 8, 0, 33, 0)
    local = b"PK\x03\x04" + fields + b"\xff" * 8 + struct.pack("<HH", len(name), len(wide)) + name + wide
    entry = (
        b"PK\x01\x02"
        + struct.pack("<H", 45)
        + fields
        + b"\xff" * 8
        + struct.pack("<HHHHHII", len(name), len(wide), 0, 0, 0, 0, 0)
        + name
        + wide
    )
    at = len(local) + len(packed)
    path.write_bytes(local + packed + entry + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), at, 0))


def far_cell(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in ([c for c in "abc"], *([i, i % 3, i / 7] for i in range(30))):
        book.active.append(row)
    book.active["XFD1048576"] = 1
    book.save(path)


def full_columns(path: Path) -> None:
    """A row of one far cell, a thousand times over: 16 thousand cells each."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for _ in range(3000):
        sheet.append([None] * 16383 + [1])
    book.save(path)


def one_text(path: Path) -> None:
    """A text of a megabyte that stands once in the file and in each of a hundred thousand rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = pa.DictionaryArray.from_arrays(np.zeros(100_000, np.int32), ["x" * 10**6])
    pq.write_table(pa.table({"a": texts, "b": np.arange(100_000) % 7}), path, store_schema=False)


def empty_rows(element: str):
    """A sheet of ten rows, and millions of elements more that hold nothing."""

    def write(path: Path) -> None:
        import openpyxl

        book, file = openpyxl.Workbook(), io.BytesIO()
        for i in range(10):
            book.active.append([i, i % 3])
        book.save(file)
        with zipfile.ZipFile(file) as plain, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for name in plain.namelist():
                content = plain.read(name)
                if "sheet1" in name:
                    content = content.replace(b"</sheetData>", element.encode() * 3_000_000 + b"</sheetData>")
                packed.writestr(name, content)

    return write


def nodes_alone(path: Path) -> None:
    """Two kilobytes that say 150 million nodes."""
    np.savez_compressed(
        path,
        num_nodes=np.full(300_000, 512, np.int16),
        edge_ptr=np.zeros(300_001, np.int8),
        edges=np.zeros((0, 2), int),
    )


def long_parts(path: Path) -> None:
    """A note of 65,535 sixteenths in each of two hundred tracks."""
    track = b"\0\x90\x3c\x40" + b"\x83\xff\x7f\x80\x3c\0" + b"\0\xff\x2f\0"
    head = b"MThd" + struct.pack(">IHHH", 6, 1, 200, 4)
    path.write_bytes(head + (b"MTrk" + struct.pack(">I", len(track)) + track) * 200)


def sparse_wav(path: Path) -> None:
    """Six megabytes, a hundred times as much at the rate of the others."""
    path.write_bytes(wav_bytes(np.sin(np.arange(3_000_000)), 161))


def silent_flac(path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    with soundfile.SoundFile(path, "w", 16_000, 1, "PCM_16") as file:
        for _ in range(80):
            file.write(np.zeros(2**20, np.int16))


def endless_flac(path: Path) -> None:
    """As many samples as its header can say, and a hundred."""
    soundfile = pytest.importorskip("soundfile")
    soundfile.write(path, np.sin(np.arange(100)), 16_000)
    content = bytearray(path.read_bytes())
    content[21:26] = bytes([content[21] | 15]) + b"\xff" * 4
    path.write_bytes(content)


def many_keys(path: Path) -> None:
    """A hundred thousand attributes, which each of five hundred nodes has by default."""
    keys = "".join(f'<key id="k{i}" for="all"><default>1</default></key>' for i in range(100_000))
    nodes = "".join(f'<node id="{i}"/>' for i in range(500))
    path.write_text(f"<graphml>{keys}<graph>{nodes}</graph></graphml>")


def hollow(path: Path) -> None:
    """Two gigabytes of nothing, which take no room."""
    with open(path, "wb") as file:
        file.truncate(2 * GIB)


def vast(path: Path) -> None:
    """16 bits a pixel, 64 megapixels: half a gigabyte as floats."""
    Image.new("I;16", (8000, 8000)).save(path)


CLIPS = {f"set/{k}.wav": wav_bytes(np.sin(np.arange(100 + k)), 16_000) for k in range(12)}
ZERO = lambda path: path.symlink_to("/dev/zero")
# fmt: off
BOMBS = {  # command, files, and the one that is named
    "npz": ("fit x.npz", {"x.npz": npz_of_zeros}, "x.npz"),
    "idx": ("fit x.idx3-ubyte.gz",
            {"x.idx3-ubyte.gz": zeros(4 * GIB, b"\0\0\x08\3" + struct.pack(">III", GIB // 16, 8, 8))}, ".gz"),
    "tu": ("fit set", tu(A=None) | {"set/MINE_A.txt.gz": zeros(4 * GIB)}, "set/MINE_A.txt.gz"),
    "csv.gz": ("fit t.csv.gz", {"t.csv.gz": zeros(4 * GIB, b"a,b\n", b"1")}, "t.csv.gz"),
    "cells": ("fit t.csv.gz",
              {"t.csv.gz": gzip.compress(b"a," * 4000 + b"b\n" + (b"," * 4000 + b"\n") * 20_000, 1)}, "t.csv.gz"),
    "xlsx": ("fit t.xlsx", {"t.xlsx": full_columns}, "t.xlsx"),
    "parquet": ("fit t.parquet", {"t.parquet": one_text}, "t.parquet"),
    "rows without cells": ("fit t.xlsx", {"t.xlsx": empty_rows('<row r="1"/>')}, "t.xlsx"),
    "cells without values": ("fit t.xlsx", {"t.xlsx": empty_rows("<c/>")}, "t.xlsx"),
    "nodes": ("fit x.npz", {"x.npz": nodes_alone}, "x.npz"),
    "keys": ("fit set", {"set/1.graphml": many_keys}, "set/1.graphml"),
    "beside": ("fit m.xyz", {"m.xyz": "".join(f"1\nk{i % 4000}=1\nH 0 0 {i}\n" for i in range(20_000))}, ""),
    "steps": ("fit m.json.gz",
              {"m.json.gz": gzip.compress(b"[[[60],%s[60, 61]]]" % (b"[]," * 9_000_000), 1)}, "m.json.gz"),
    "parts": ("fit m.mid", {"m.mid": long_parts}, "m.mid"),
    "rates": ("fit set", CLIPS | {"set/x.wav": sparse_wav}, "set"),
    "far rates": ("fit set", CLIPS | {"set/x.wav": wav_bytes(np.sin(np.arange(100)), 1)}, "x.wav"),
    "flac": ("fit x.flac", {"x.flac": silent_flac}, "x.flac"),
    "a flac's header": ("fit x.flac", {"x.flac": endless_flac}, "x.flac"),
    "zero": ("fit t.csv", {"t.csv": ZERO}, "t.csv"),
    "zeros": ("fit x.npy", {"x.npy": ZERO}, "x.npy"),
    "table of nodes": ("fit e.csv --nodes n.csv --target b", {"e.csv": "a,b\n1,2\n", "n.csv": ZERO}, "n.csv"),
    "record": ("report c", {"c/results.json": hollow}, "results.json"),
}
# fmt: on


@pytest.mark.long
def test_a_picture_as_large_as_may_be(tmp_path):
    put(pets("vast.png", vast), tmp_path)
    code, said, seconds, mib = fuzz.command("fit pets --family bootstrap --out new", tmp_path)
    assert code == 0 and mib < 700, (said, seconds, mib)


@needs_links
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] if name == "xlsx" else []) for name in BOMBS]
)  # a workbook takes six seconds
def test_a_bomb_is_refused_before_it_goes_off(name, tmp_path):
    command, files, file = BOMBS[name]
    put(files, tmp_path)
    code, said, seconds, mib = fuzz.command(command, tmp_path)
    assert code == 2 and file in said and fuzz.judged(code, said, seconds, mib) == "", (said, seconds, mib)


@pytest.mark.long
def test_a_far_cell_does_not_make_a_sheet_large(tmp_path):
    far_cell(tmp_path / "t.xlsx")
    data = genwright.load_data(tmp_path / "t.xlsx", drop=["Unnamed: 3"])
    assert sum(data.sizes.values()) == 31 and data.domain.spec.names == ["b", "c"]  # a is a number in every row


def test_the_size_is_a_persons_choice(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text(rows(60))
    monkeypatch.setenv(limits.VARIABLE, "1000")
    with pytest.raises(DataError, match=r"t.csv.*GENWRIGHT_MAX_SIZE"):
        genwright.load_data(path)
    for text in ("8G", "1 GiB", "900m", "64kb"):
        monkeypatch.setenv(limits.VARIABLE, text)
        assert sum(genwright.load_data(path).sizes.values()) == 60
    monkeypatch.setenv(limits.VARIABLE, "much")
    with pytest.raises(DataError, match="GENWRIGHT_MAX_SIZE=much"):
        genwright.load_data(path)


def test_who_names_a_size_may_read_what_hardly_holds_anything(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "FREE", 2**16)
    np.savez_compressed(tmp_path / "x.npz", x=np.zeros((4000, 8, 8), np.uint8))
    with pytest.raises(DataError, match="x.npz"):
        genwright.load_data(tmp_path / "x.npz")
    monkeypatch.setenv(limits.VARIABLE, "1G")
    assert sum(genwright.load_data(tmp_path / "x.npz").sizes.values()) == 4000


# ---------------------------------------------------------------------- what is no file


@needs_links
@pytest.mark.parametrize("kind", ["pipe", "socket", "loop"])
@pytest.mark.parametrize(
    "name",
    ["t.csv", "x.npy", "x.npz", "t.parquet", "t.xlsx", "x.idx", "m.zip", "m.mid", "pets/a.png"]
    + ["run/config.toml", "run/weights.safetensors"],
)
def test_no_file_at_all(name, kind, tmp_path, monkeypatch):
    """A pipe would be waited for, for ever."""
    monkeypatch.chdir(tmp_path)
    path, command = Path(name), f"fit {name.split('/')[0]}"
    if name.startswith("run"):
        shutil.copytree(Path(__file__).parents[1] / "golden/format-5/tables-vae", "run")
        path.unlink()
        command = "sample run --out s.csv"
    path.parent.mkdir(exist_ok=True)
    if kind == "pipe":
        os.mkfifo(name)
    elif kind == "loop":
        path.symlink_to(path.name)
    else:
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind(name)
    start = time.monotonic()
    code, said, *_ = fuzz.command(command, tmp_path)
    assert code in (2, 4) and fuzz.judged(code, said, 0, 0) == "" and path.name in said, said
    assert time.monotonic() - start < 5


# ---------------------------------------------------------------------- names and streams


@needs_links
@pytest.mark.parametrize(
    "name", [b"a\x1b[31mred.csv", b"two\nlines.csv", b"bell\x07.csv", b"\xe2\x80\xaefdp.csv", b"caf\xe9.csv"]
)
def test_names_of_files_do_not_command_the_terminal(name, tmp_path, monkeypatch, capsysbinary):
    """Whether they are refused or read; those that are no UTF-8 could stand in no record."""
    monkeypatch.chdir(tmp_path)
    Path(os.fsdecode(name)).write_text(rows(40).replace("height", "h\x1bt"))
    with pytest.raises(SystemExit) as exit:
        main(["fit", os.fsdecode(name), "--family", "independent"])
    out, err = capsysbinary.readouterr()
    assert exit.value.code == (2 if b"\xe9" in name else 0), err
    assert b"Traceback" not in err and not any(c in out + err for c in (b"\x1b", b"\x07", b"\r", b"\xe2\x80\xae"))
    assert out.count(b"\n") == (exit.value.code == 0)  # "model: runs/..." is one line


def test_a_picture_of_a_strange_name_names_itself(tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    put(pets(os.fsdecode(b"caf\xe9.png"), png(12, 12)[:60]), tmp_path)
    with pytest.raises(SystemExit) as exit:
        main(["fit", "pets"])
    err = capsysbinary.readouterr().err
    assert exit.value.code == 2 and b"caf\\udce9.png is" in err and err.count(b"\n") == 1, err


@needs_links
@pytest.mark.parametrize(
    "command, streams",
    [
        ("fit t.csv --family independent --out new", ">&- 2>&- <&-"),
        ("describe t.csv", ">&-"),  # without torch, as the next
        ("list", ">/dev/full"),
    ],
)
def test_closed_and_full_streams(command, streams, tmp_path):
    (tmp_path / "t.csv").write_text(rows(40))
    done = genwright_in(tmp_path, *command.split(), shell=streams)
    full = "full" in streams
    assert done.returncode == (4 if full else 0) and b"Exception ignored" not in done.stderr, done.stderr
    assert not full or done.stderr.splitlines()[-1].startswith(b"genwright: a file: ")
    if command.startswith("fit"):  # nobody wrote into a file that took the place of stdout
        assert genwright.load_model(tmp_path / "new").config["seed"] == 0


@needs_links
def test_a_process_of_its_own(tmp_path):
    wrong = genwright_in(tmp_path, "describe", "digit")
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count(b"\n")) == (2, b"", 1) and b"'digit'" in wrong.stderr


def zeros_without_bytes(path: Path) -> None:
    """800 MB, of which nothing can be learned."""
    with open(path, "wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (10**6, 100)})
        file.truncate(file.tell() + 8 * 10**8)


@pytest.mark.long
@needs_links
@pytest.mark.parametrize("mib", [300, 900])
def test_low_memory_is_no_bug(mib, tmp_path):
    """Where it ends in the interpreter, and in a library that is loaded."""
    zeros_without_bytes(tmp_path / "x.npy")
    done = genwright_in(tmp_path, "fit", "x.npy", "--family", "independent", memory=mib)
    assert done.returncode in (2, 4) and b"Traceback" not in done.stderr, (done.returncode, done.stderr[-500:])


@needs_links
def test_data_beyond_the_memory_are_no_bug(tmp_path):
    """With 300 MiB beside all that is loaded."""
    zeros_without_bytes(tmp_path / "x.npy")

    def fit() -> None:
        import resource  # POSIX's

        most = psutil.Process().memory_info().vms + 300 * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        os.chdir(tmp_path)
        main(["fit", "x.npy", "--family", "independent"])

    output = tmp_path / "output.txt"
    code = Forked(fit, output, output).wait(120)
    assert code == 4 and "memory is not enough" in output.read_text(), (code, output.read_text()[-500:])


def genwright_in(place: Path, *words: str, shell: str = "", memory: int = 0) -> subprocess.CompletedProcess:
    """A command in a process of its own, through a shell for its redirections, with so many MiB of addresses."""
    import shlex

    source = os.pathsep.join(filter(None, [str(Path(genwright.__file__).parents[1]), os.environ.get("PYTHONPATH")]))
    typed = (
        f"{f'ulimit -v {memory * 1024}; ' if memory else ''}exec "
        f"{shlex.join([sys.executable, '-m', 'genwright', *words])} {shell}"
    )
    environment = os.environ | {"PYTHONPATH": source, "COLUMNS": "200", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    return subprocess.run(["bash", "-c", typed], cwd=place, env=environment, capture_output=True, timeout=120)


def test_the_last_line_of_a_log_is_read_from_its_end(tmp_path):
    log = tmp_path / "log.txt"
    with open(log, "wb") as file:
        file.truncate(2**33)
        file.seek(0, 2)
        file.write(b"\nfirst\n\xff why \n \n")
    os.mkfifo(tmp_path / "pipe")
    start = time.process_time()
    assert limits.last_line(log) == "\ufffd why"
    assert [limits.last_line(tmp_path / name) for name in ("pipe", "nowhere", "")] == ["", "", ""]
    assert time.process_time() - start < 1
