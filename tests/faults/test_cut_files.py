# Tests proteins/kinds/protein_data.py
"""A file that lost its end is refused, or the account says that something is missing, or its form cannot tell."""

import bz2
import gzip
import io
import lzma
import sqlite3
import tarfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from other_forms import FORMS, Form, put_form

import genwright
from genwright.core.data import Data
from genwright.core.errors import GenwrightError
from genwright.proteins.kinds.protein_data import chain_keys

LINES = "a record a line, and nothing says how many"
RECORDS = "records one after another, and nothing says how many"
CANNOT_TELL = {
    **dict.fromkeys(("edgelist", "adjlist", "multiline_adjlist", "net", "net-folder", "g6", "s6"), LINES),
    **dict.fromkeys(("srt", "vtt", "ass", "sub", "lrc", "inchi", "dat", "arff", "parts", "pdb", "aln"), LINES),
    **dict.fromkeys(("abc", "bonds", "chain.pdb", "mol2"), RECORDS),
    "cif": "a loop of cells without an end: its last number may lack digits",
}
ROWS = pd.DataFrame({"age": np.arange(300) % 71, "income": np.arange(300) * 1.5 % 17, "city": ["Oslo", "Rome"] * 150})
CSV = ROWS.to_csv(index=False).encode()
FEW, MANY = (0.9, 0.5, 0.1), (0.3, 0.99, *(k / 40 for k in range(3, 40, 4)))


def _tar(path: Path) -> None:
    with tarfile.open(path, "w") as archive:
        for k in range(10):
            info = tarfile.TarInfo(f"{k}.csv")
            info.size = len(CSV)
            archive.addfile(info, io.BytesIO(CSV))


def _sqlite(path: Path) -> None:
    with sqlite3.connect(path) as base:
        ROWS.to_sql("people", base, index=False)


def _zstandard(path: Path) -> None:
    """In blocks, each of which can be unpacked without the next."""
    import zstandard

    with open(path, "wb") as file, zstandard.ZstdCompressor().stream_writer(file) as packed:
        for k in range(0, len(CSV), 300):
            packed.write(CSV[k : k + 300])
            packed.flush(zstandard.FLUSH_BLOCK)


def _arrow_stream(path: Path) -> None:
    import pyarrow as pa

    table = pa.Table.from_pandas(ROWS, preserve_index=False)
    with pa.ipc.new_stream(str(path), table.schema) as writer:
        writer.write_table(table, 10)


def _chunks(path: Path) -> None:
    import h5py

    with h5py.File(path, "w", libver="latest") as file:
        for name in ("age", "income"):
            file.create_dataset(name, data=ROWS[name].to_numpy(), chunks=(10,), compression="gzip")


def _transport(path: Path) -> None:
    import pyreadstat

    pyreadstat.write_xport(ROWS, path, file_format_version=8)


def _pieces(path: Path) -> None:
    path.write_bytes(gzip.compress(CSV[:2000]) + gzip.compress(CSV[2000:]))


def _one(name: str, content: bytes | Callable[[Path], None], needs: str = "") -> Form:
    return Form(name, name, {name: content}, {name: ""}, "tables", len(ROWS), needs)


PACKED = [
    _one("t.tar", _tar), _one("t.db", _sqlite), _one("t.csv.zst", _zstandard, "zstandard"),
    _one("t.arrows", _arrow_stream, "pyarrow"), _one("chunks.h5", _chunks, "h5py"),
    _one("long.xpt", _transport, "pyreadstat"), _one("t.csv.xz", lzma.compress(CSV)),
    _one("t.csv.bz2", bz2.compress(CSV)), _one("pieces.csv.gz", _pieces),
    _one("old.dta", lambda path: ROWS.to_stata(path, version=114, write_index=False)),
    _one("t.xlsx", lambda path: ROWS.to_excel(path, index=False), "openpyxl"),
    _one("t.parquet", lambda path: ROWS.to_parquet(path), "pyarrow"),
    _one("t.feather", lambda path: ROWS.to_feather(path, compression="uncompressed"), "pyarrow"),
]  # fmt: skip
ALL = [form for form in FORMS + PACKED if not form.needs or find_spec(form.needs)]


def content_of(data: Data) -> object:
    """What a model would learn from."""
    if data.kind == "graph":
        return data.hash
    if data.kind == "proteins":
        return chain_keys(data.chains).tolist()
    return data.content() if callable(data.content) else data.content


def losses_of(data: Data) -> set[str]:
    """Sentences that say of something that it is missing."""
    return {one for one in data.account.sentences() if any(word in one for word in ("left out", "missing", "not used"))}


def silent_cuts(form: Form, folder: Path, shares: tuple[float, ...]) -> list[str]:
    """Cuts after which another content is read, and nothing is said."""
    source, silent = put_form(form, folder), []
    whole = genwright.load_data(source, kind=form.kind)
    for name in form.damaged:
        path = folder / name
        content = path.read_bytes()
        for share in shares:
            path.write_bytes(content[: int(share * len(content))])
            try:
                data = genwright.load_data(source, kind=form.kind)
            except GenwrightError as error:
                assert "\n" not in str(error)
                assert "does not read yet" not in str(error), f"DAMAGE of formats/parsing.py lacks it: {error}"
                continue
            if content_of(data) != content_of(whole) and not losses_of(data) - losses_of(whole):
                silent.append(f"{name} at {share}")
        path.write_bytes(content)
    return silent


@pytest.mark.parametrize("form", ALL, ids=[form.name for form in ALL])
@pytest.mark.filterwarnings("ignore")
def test_a_file_that_is_cut_is_not_read_in_silence(form, tmp_path):
    silent = silent_cuts(form, tmp_path, FEW)
    assert form.name in CANNOT_TELL or silent == []


@pytest.mark.long
@pytest.mark.parametrize("form", ALL, ids=[form.name for form in ALL])
@pytest.mark.filterwarnings("ignore")
def test_wherever_a_file_is_cut(form, tmp_path):
    """And each form that is said not to tell its end is indeed read without it."""
    assert bool(silent_cuts(form, tmp_path, MANY)) == (form.name in CANNOT_TELL)
