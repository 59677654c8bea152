"""Each reader takes memory in proportion to what it reads; what takes far more than real data is refused while it is
read."""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bad_files import png

from genwright.core import limits
from genwright.core.errors import DataError
from genwright.kinds.formats.source import Source
from genwright.kinds.known_kinds import read
from genwright.sound.kinds.audio.sound_files import wav_bytes

ROWS, FEW = 10**5, 10**4
RATIO, CONSTANT = 3, 96 * 2**20  # bytes beyond those of the items: packages that are loaded, and pieces of a file
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="peaks of memory are read from /proc")


def table(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    numbers = {f"x{j}": rng.normal(size=rows).round(3) for j in range(6)}
    words = {f"c{j}": rng.choice(["red", "green", "light blue"], rows) for j in range(3)}
    return pd.DataFrame(numbers | words | {"name": [f"item {i}" for i in range(rows)]})


def text(line) -> object:
    return lambda path, rows: path.write_text("".join(map(line, range(rows))))


def quoted_table(path: Path, rows: int) -> None:
    """A table that only the careful reader reads: cells hold line breaks."""
    text(lambda i: f'"{i}\n",{i % 7},{i % 3}.5,red\n' if i else "a,b,c,d\n")(path, rows)


def folder(suffix: str, content) -> object:
    """A folder with a hundredth as many files as rows."""

    def write(path: Path, rows: int) -> None:
        path.mkdir()
        for i in range(rows // 100):
            (path / f"{i}.{suffix}").write_bytes(content(i))

    return write


SDF = "{0}\n\n\n  2  1  0  0  0  0  0  0  0  0999 V2000\n{1}{2}  1  2  1  0\nM  END\n$$$$\n"
ATOM = "{0:10.4f}    0.0000    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0\n"
FILES = {  # name of a file: what writes it with so many rows, and how many are quick to read
    "t.csv": (lambda path, rows: table(rows).to_csv(path, index=False), ROWS),
    "quoted.csv": (quoted_table, ROWS),
    "t.csv.gz": (lambda path, rows: table(rows).to_csv(path, index=False), ROWS),
    "t.json": (lambda path, rows: table(rows).to_json(path, orient="records"), ROWS),
    "t.jsonl": (lambda path, rows: table(rows).to_json(path, orient="records", lines=True), FEW),
    "t.parquet": (lambda path, rows: table(rows).to_parquet(path), ROWS),
    "t.feather": (lambda path, rows: table(rows).to_feather(path), ROWS),
    "t.xlsx": (lambda path, rows: table(rows // 10).to_excel(path, index=False), FEW),
    "x.npy": (lambda path, rows: np.save(path, np.arange(20.0 * rows).reshape(rows, 20)), ROWS),
    "x.npz": (lambda path, rows: np.savez(path, x=np.arange(64 * rows).astype(np.uint8).reshape(rows, 8, 8)), ROWS),
    "lines.txt": (text(lambda i: f"the line {i} of a text\n"), ROWS),
    "m.smi": (text(lambda i: "C" * (1 + i % 20) + "O\n"), FEW),
    "p.xyz": (text(lambda i: f"2\n\nC 0 0 {i % 10}\nO 0 0 1.2\n"), FEW),
    "s.fasta": (text(lambda i: f">s{i}\nACGTTGCA\n"), ROWS),
    "p.sdf": (text(lambda i: SDF.format(i, ATOM.format(0), ATOM.format(1.2 + i % 7 / 10))), FEW),
    "e.csv": (text(lambda i: f"{i},{i * 7 % 999}\n" if i else "source,target\n"), ROWS),
    "images": (folder("png", lambda i: png(16, 16, i)), ROWS),
    "sound": (folder("wav", lambda i: wav_bytes(np.sin(np.arange(2000 + i)), 16_000)), ROWS),
    "m.json": (lambda path, rows: path.write_text(json.dumps([[[60 + i % 12], [62]] for i in range(rows)])), FEW),
}


def size_of(items: object) -> int:
    """Bytes that items take."""
    if isinstance(items, pd.DataFrame):
        return int(items.memory_usage(deep=True).sum())
    if isinstance(items, np.ndarray):
        return max(items.nbytes, sys.getsizeof(items))
    parts = items if isinstance(items, (list, tuple)) else getattr(items, "__dict__", {}).values()
    return sys.getsizeof(items) + sum(map(size_of, parts))


def in_child(work) -> list:
    """The result of `work()` in a forked process, whose peak of memory is its own."""
    receiver, sender = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(sender, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(sender)
    with open(receiver) as file:
        result = json.loads(file.read())
    os.waitpid(child, 0)
    return result


def memory(key: str) -> int:
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(key))
    return 1024 * int(line.split()[1])


def read_and_measure(path: Path) -> tuple[int, int]:
    """Bytes of the items of a file, and bytes that reading took at most."""
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    raw, _ = read(Source(str(path), task="links" if path.name == "e.csv" else None))
    return size_of(getattr(raw, "items", raw)), memory("VmHWM") - before


@linux_only
@pytest.mark.long
@pytest.mark.parametrize("rows", ["few", "many"])
@pytest.mark.parametrize("name", FILES)
def test_readers_take_memory_in_proportion(name, rows, tmp_path):
    write, quick = FILES[name]
    write(tmp_path / name, quick if rows == "few" else ROWS)
    items, peak = in_child(lambda: read_and_measure(tmp_path / name))
    assert peak <= RATIO * items + CONSTANT, (items, peak)


@linux_only
def test_a_source_that_takes_far_more_is_refused_and_the_limit_goes(tmp_path, monkeypatch):
    """Also where the reader is another library, which asks the system for memory."""
    import resource

    path, before = tmp_path / "small.bin", resource.getrlimit(resource.RLIMIT_DATA)
    path.write_bytes(b"0")
    with limits.bounded_memory(path):
        assert np.ones(2**20).sum() == 2**20
    with pytest.raises(DataError, match=r"small.bin.*GENWRIGHT_MAX_SIZE"), limits.bounded_memory(path):
        with limits.bounded_memory(path):  # as a reader that reads another file
            np.ones(2**28)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    monkeypatch.setenv(limits.VARIABLE, "8G")
    with limits.bounded_memory(path):
        assert resource.getrlimit(resource.RLIMIT_DATA) == before
