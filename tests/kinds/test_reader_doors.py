# Tests kinds/formats/parsing.py
"""No reader goes round the doors: other libraries parse within `parsing`, JSON is read by `parse_json`, and only what a
library raises on a file that lost bytes is called damage."""

import ast
import gzip
import struct
import sys
import zlib
from pathlib import Path

import pytest

import genwright
from genwright.core.errors import DataError
from genwright.kinds.formats.parsing import DAMAGE, parsing

ROOT = Path(genwright.__file__).parent
LIBRARIES = {*DAMAGE} - {"", "pandas", "scipy", "networkx", "gzip", "wave", "PIL", "pyarrow", "openpyxl"}
KNOWN = {"numpy", "pandas", "torch", "scipy", "networkx", "sklearn", "genwright", "PIL", "pyarrow", "openpyxl", "rdkit",
         "jsonschema", "tokenizers", "sqlalchemy", "psycopg", "duckdb", "xarray", "datasets", "tomli_w", "requests",
         "torch_geometric", "rich", "platformdirs", "selfies"}  # fmt: skip
OUTSIDE = {  # module: where `parsing` stands around its calls
    "kinds/formats/tables/other_tables.py": "read_other_table",
    "kinds/formats/tables/array_files.py": "read_other_table, which calls it",
    "kinds/formats/tables/write_forms.py": "it writes",
    "kinds/formats/tables/table_layout.py": "cells alone",
    "kinds/formats/images/image_files.py": "opened",
    "kinds/formats/images/dicom.py": "opened, of image_files",
    "counts/kinds/layers.py": "open_hdf5",
    "counts/kinds/cellranger.py": "open_hdf5",
    "counts/kinds/writing.py": "it writes",
    "proteins/kinds/domain.py": "it writes",
    "proteins/kinds/relatives.py": "sequences in memory",
    "kinds/sequences/domain.py": "it writes",
}
OURS = {  # modules that read what genwright itself wrote, in which any error is damage
    "kinds/parts.py", "kinds/images/domain.py", "sound/kinds/audio/domain.py", "kinds/values/cells.py",
    "kinds/values/frames.py", "kinds/alphabets.py", "kinds/formats/parsing.py",
}  # fmt: skip
JSON = {
    "kinds/parts.py",
    "kinds/images/domain.py",
    "kinds/values/cells.py",
}  # that read JSON which genwright itself wrote
SAY = {
    "library": "{module} imports {what}: put its calls within kinds.formats.parsing.parsing(path), and the classes "
    "that it raises on a file without some of its bytes into DAMAGE",
    "damage": "{module} calls damage, which calls every error damage: use kinds.formats.parsing.parsing",
    "json": "{module} calls json.{what}: use core.safe_text.parse_json, which refuses a key that comes twice",
}


def faults_of(module: str, text: str) -> list[str]:
    """Sentences on how a module of `kinds` goes round the doors."""
    tree, found = ast.parse(text), []
    nodes = list(ast.walk(tree))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level and node.module}
    roots = {name.partition(".")[0] for name in imported} - sys.stdlib_module_names
    for root in sorted(roots & LIBRARIES | roots - KNOWN - LIBRARIES):
        if root not in DAMAGE or ("parsing" not in names and module not in OUTSIDE):
            found.append(SAY["library"].format(module=module, what=root))
    if "damage" in names and module not in OURS:
        found.append(SAY["damage"].format(module=module))
    for node in nodes:
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if is_call and getattr(node.func.value, "id", "") == "json" and node.func.attr in ("load", "loads"):
            found += [SAY["json"].format(module=module, what=node.func.attr)] * (module not in JSON)
    return found


def test_no_reader_goes_round_the_doors():
    modules = {path.relative_to(ROOT).as_posix(): path.read_text() for path in ROOT.rglob("kinds/**/*.py")}
    assert len(modules) > 100
    faults = [fault for module, text in sorted(modules.items()) for fault in faults_of(module, text)]
    assert not faults, "\n".join(faults)


TOY = """
import toylib
import json
from ...core.errors import damage

def read_toys(path):
    with damage(path):
        return toylib.load(path) or json.loads(path.read_text())
"""


def test_a_new_reader_that_does_is_told_what_to_do():
    said = " ".join(faults_of("formats/tables/toys.py", TOY))
    assert all(remedy in said for remedy in ("parsing(path)", "DAMAGE", "use kinds.formats", "parse_json"))


def _broken_bytes():
    struct.unpack("<i", b"ab")


def _broken_stream():
    zlib.decompress(gzip.compress(b"a" * 99)[:20])


def _missing_part():
    return {}["X"]


def _unknown_version():
    raise NotImplementedError("version 9")


@pytest.mark.parametrize(
    "fails, is_damage",
    [(_broken_bytes, True), (_broken_stream, True), (_missing_part, False), (_unknown_version, False)],
)
def test_only_lost_bytes_are_damage(fails, is_damage):
    with pytest.raises(DataError) as refused, parsing("t.h5"):
        fails()
    assert ("damaged or cut short" in str(refused.value)) == is_damage
    assert ("python -c" in str(refused.value)) != is_damage


def test_what_hdf5_cannot_find_is_no_damage(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "t.h5ad", "w") as file:
        file["X"] = [[1.0]]
    with pytest.raises(DataError, match="does not read yet"):
        genwright.load_data(tmp_path / "t.h5ad")
    (tmp_path / "cut.h5").write_bytes((tmp_path / "t.h5ad").read_bytes()[:900])
    with pytest.raises(DataError, match="damaged or cut short"):
        genwright.load_data(tmp_path / "cut.h5")
