# Tests kinds/formats/images/torch_datasets.py, kinds/formats/objects.py
"""Objects of other libraries become the same items as a DataFrame, an array or a list of texts, at every door."""

import sys
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.sparse import csr_matrix

import genwright as gw
from genwright.core.errors import DataError

FRAME = pd.DataFrame({"a": np.arange(40) % 7 / 2, "b": np.arange(40) % 5, "c": ["red", "green"] * 20})


class Stream:
    """Speaks Arrow's protocol and nothing else."""

    def __init__(self, frame):
        self.frame = frame

    def __arrow_c_stream__(self, requested_schema=None):
        return self.frame.__arrow_c_stream__(requested_schema)


def of_duckdb():
    duckdb = pytest.importorskip("duckdb", reason="a relation of DuckDB needs duckdb")
    connection = duckdb.connect()
    connection.register("rows", FRAME)
    return connection.sql("select * from rows")


def of_xarray():
    xarray = pytest.importorskip("xarray", reason="a Dataset of xarray needs xarray")
    return xarray.Dataset({name: ("row", FRAME[name].to_numpy(object if name == "c" else None)) for name in FRAME})


TABLES = {
    "stream": lambda: Stream(FRAME),
    "arrow batches": lambda: pytest.importorskip("pyarrow").RecordBatchReader.from_batches(
        *(lambda table: (table.schema, table.to_batches()))(pytest.importorskip("pyarrow").Table.from_pandas(FRAME))
    ),
    "polars": lambda: pytest.importorskip("polars").DataFrame(FRAME.to_dict("list")),
    "lazy polars": lambda: pytest.importorskip("polars").DataFrame(FRAME.to_dict("list")).lazy(),
    "duckdb": of_duckdb,
    "xarray": of_xarray,
    "dicts": lambda: FRAME.to_dict("records"),
    "structured array": lambda: np.array(list(FRAME.itertuples(index=False)), [("a", "f8"), ("b", "i8"), ("c", "U5")]),
    "AnnData": lambda: SimpleNamespace(
        X=csr_matrix(FRAME[["a", "b"]]), obs=FRAME[["c"]].set_axis(list(map(str, range(40)))),
        var=pd.DataFrame(index=["a", "b"])
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_a_table_in_memory_is_the_table(name):
    if name in ("stream", "arrow batches", "polars", "lazy polars", "duckdb") and not find_spec("pyarrow"):
        pytest.skip("Arrow's protocol is read by pyarrow")
    whole, back = gw.load_data(FRAME), gw.load_data(TABLES[name]())
    assert back.domain.describe() == whole.domain.describe()
    for part, rows in whole.items.items():
        assert back.items[part].astype({"a": float, "b": int, "c": str}).to_numpy().tolist() == rows.to_numpy().tolist()


def test_a_model_takes_what_it_was_fitted_on(tmp_path):
    model = gw.fit(FRAME.to_dict("records"), "independent", out=tmp_path / "run", items=64)
    assert len(model.log_prob(FRAME).nats) == 40


def test_pictures_of_one_size_are_images():
    pictures = [Image.fromarray(np.full((8, 9, 3), 5 * i, np.uint8)) for i in range(20)]
    assert gw.load_data(pictures).domain.spec.shape[0] == 3
    assert gw.load_data([picture.convert("L") for picture in pictures]).domain.spec.shape[0] == 1
    assert gw.load_data([picture.convert("P") for picture in pictures]).domain.spec.shape[0] == 3
    clear = gw.load_data([Image.new("RGBA", (9, 8), (9 * i, 0, 0, 0 if i % 2 else 255)) for i in range(20)])
    assert clear.domain.spec.shape[0] == 3 and max(images.max() for images in clear.items.values()) == 255
    with pytest.raises(DataError, match="several sizes"):
        gw.load_data([*pictures, pictures[0].resize((4, 4))])


def test_molecules_and_named_sequences():
    chem = pytest.importorskip("rdkit.Chem", reason="molecules need rdkit")
    molecules = gw.load_data([chem.MolFromSmiles("C" * n + end) for n in range(1, 12) for end in "ON"])
    assert molecules.kind == "molecules" and sum(molecules.sizes.values()) == 22
    sequences = gw.load_data([(f"p{k}", "MKV" * (k % 7 + 1) + "LQ" * k) for k in range(20)])
    assert sequences.kind == "sequences" and sum(sequences.sizes.values()) == 20


@pytest.mark.parametrize("text, kind", [
    (FRAME.to_csv(index=False), "tables"),
    (FRAME.to_json(orient="records"), "tables"),
    (FRAME.to_json(orient="records", lines=True), "tables"),
    ("".join(f">p{k}\n{'MKV' * (k % 7 + 1)}{'LQ' * k}\n" for k in range(20)), "sequences"),
    ("".join(f"line no. {k * k} of them\n" for k in range(20)), "sequences"),
])  # fmt: skip
def test_standard_input_is_told_by_its_first_bytes(text, kind, tmp_path, monkeypatch):
    from genwright.kinds.formats.objects import standard_input

    (tmp_path / "piped").write_text(text)
    standard_input.cache_clear()
    with open(tmp_path / "piped") as piped:
        monkeypatch.setattr(sys, "stdin", piped)
        data = gw.load_data("-")
    standard_input.cache_clear()
    assert (data.kind, data.source) == (kind, "-")
