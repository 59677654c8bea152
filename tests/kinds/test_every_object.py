# Tests core/data.py
"""Every object of the table in docs/data.md goes through `load_data` alone, with labels, and with a dict beside it. It
is read, or refused in one sentence; labels are conditions wherever they are taken."""

import re
from importlib.util import find_spec
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.core.data import Data
from genwright.core.errors import GenwrightError

N = 30
RNG = np.random.default_rng(0)
LABELS = ["a", "b", "c"] * (N // 3)
FRAME = pd.DataFrame({"size": RNG.normal(size=N).round(2), "kind": ["x", "y"] * 15})
BLACK = RNG.integers(0, 255, (N, 16, 16), np.uint8)
TEXTS = [f"line {'ab' * k} {k}" for k in range(1, N + 1)]
DOCS = Path(__file__).parents[2] / "docs" / "data.md"


def _anndata():
    class Counts:
        X, obs, var = RNG.poisson(2, (N, 3)).astype(float), FRAME.copy(), pd.DataFrame(index=["g1", "g2", "g3"])

    return Counts()


def _pictures():
    from PIL import Image

    return [Image.fromarray(pixels) for pixels in BLACK]


def _molecules():
    from rdkit import Chem

    return [Chem.MolFromSmiles("C" * k + end) for k in range(1, 11) for end in "ONF"]


def _dataset():
    import torch

    return torch.utils.data.TensorDataset(torch.from_numpy(BLACK.copy()), torch.arange(N) % 3)


def _bunch():
    from sklearn.datasets import load_wine

    return load_wine()


OBJECTS = {  # object: (how it is made, the kind of data that it is, a package that it needs)
    "an array (n, H, W)": (lambda: BLACK, "images", ""),
    "an array (n, H, W, C)": (lambda: np.stack([BLACK] * 3, -1), "images", ""),
    "an array (n, D)": (lambda: RNG.normal(size=(N, 4)), "tables", ""),
    "a DataFrame": (lambda: FRAME.copy(), "tables", ""),
    "a dict of columns": (lambda: {name: list(FRAME[name]) for name in FRAME}, "tables", ""),
    "a list of dicts": (lambda: FRAME.to_dict("records"), "tables", ""),
    "a structured array": (lambda: FRAME[["size"]].assign(n=np.arange(N)).to_records(index=False), "tables", ""),
    "a table of Arrow": (lambda: __import__("pyarrow").Table.from_pandas(FRAME), "tables", "pyarrow"),
    "an AnnData": (_anndata, "tables", ""),
    "a list of images of Pillow": (_pictures, "images", ""),
    "a list of images as arrays": (lambda: list(BLACK), "images", ""),
    "a list of molecules of RDKit": (_molecules, "molecules", "rdkit"),
    "a list of (name, sequence)": (lambda: [(f"s{k}", text) for k, text in enumerate(TEXTS)], "sequences", ""),
    "a Bunch of scikit-learn": (_bunch, "tables", "sklearn"),
    "a Dataset of PyTorch": (_dataset, "images", ""),
    "a list of strings": (lambda: list(TEXTS), "sequences", ""),
    "a list of NetworkX graphs": (lambda: [nx.gnp_random_graph(6, 0.5, seed=k) for k in range(N)], "graph-sets", ""),
    "a list of (symbols, positions)": (
        lambda: [(["C", "H", "O"], RNG.normal(size=(3, 3))) for _ in range(N)], "points", ""),
    "a list of pieces of music": (lambda: [RNG.integers(60, 72, (16, 3)) for _ in range(12)], "music", ""),
    "a list of clips of sound and a rate": (lambda: ([RNG.random(400) - 0.5 for _ in range(N)], 8000), "audio", ""),
}  # fmt: skip
LABELLED = {  # objects that carry labels
    "an array (n, H, W)", "an array (n, H, W, C)", "an array (n, D)", "a DataFrame", "a dict of columns",
    "a list of dicts", "a structured array", "a table of Arrow", "an AnnData", "a list of images of Pillow",
    "a list of images as arrays", "a list of molecules of RDKit", "a list of (name, sequence)", "a list of strings",
    "a list of NetworkX graphs", "a list of (symbols, positions)", "a list of clips of sound and a rate",
}  # fmt: skip


def loaded(source, **options):
    """Data, or the sentence of a refusal. No other error may come."""
    try:
        return genwright.load_data(source, **options)
    except GenwrightError as error:
        return str(error)


@pytest.mark.parametrize("beside", ["alone", "labels", "a dict"])
@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_is_read_whatever_stands_beside_it(name, beside):
    make, kind, needs = OBJECTS[name]
    if needs and not find_spec(needs):
        pytest.skip(f"needs {needs}")
    labels = LABELS[:12] if kind == "music" else LABELS
    read = loaded({"alone": lambda: make(), "labels": lambda: (make(), labels),
                   "a dict": lambda: (make(), {"label": labels})}[beside]())  # fmt: skip
    if beside == "alone":
        assert isinstance(read, Data) and read.kind == kind, read
    elif name in LABELLED:
        assert isinstance(read, Data) and read.kind == kind, read
        told = {label for part in ("train", "valid", "test") for label in read.values(part, "label")}
        assert {str(label) for label in told} == {*"abc"} and "label" in read.domain.given.names
    else:
        assert isinstance(read, str) and "\n" not in read and len(read) < 400, read


@pytest.mark.parametrize("name", OBJECTS)
def test_labels_of_another_number_are_refused(name):
    make, kind, needs = OBJECTS[name]
    if needs and not find_spec(needs):
        pytest.skip(f"needs {needs}")
    assert isinstance(loaded((make(), LABELS[:-1])), str)


def test_the_table_of_the_docs_names_no_object_that_is_not_tried():
    """A row that is added there is added here."""
    table = DOCS.read_text().partition("| Python object")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (an? [^|]+|\(items[^|]+) \|", table, re.MULTILINE)
    assert len(rows) == 10, rows


@pytest.mark.parametrize(
    "items, words",
    [
        ([RNG.integers(0, 120, (16, 8)) for _ in range(N)], ("kind=", "music", "images")),
        ([RNG.integers(0, 255, (16 + k % 2, 16)) for k in range(N)], ("several sizes",)),
    ],
)
def test_matrices_that_may_be_images_or_music_are_asked_about(items, words):
    said = loaded(items)
    assert isinstance(said, str) and all(word in said for word in words)
    if "kind=" in words:
        assert loaded(items, kind="images").kind == "images" and loaded(items, kind="music").kind == "music"


def test_rows_by_key_are_rows(tmp_path):
    import json

    by_key = {f"-N{k:03}": {"age": int(RNG.integers(20, 80)), "city": "Rome" if k % 3 else "Oslo"} for k in range(40)}
    (tmp_path / "t.json").write_text(json.dumps(by_key))
    data = genwright.load_data(tmp_path / "t.json")
    assert sum(data.sizes.values()) == 40 and [column.name for column in data.domain.columns] == ["age", "city"]
    columns = pd.DataFrame({"age": range(40), "pay": np.arange(40) / 2}, [f"id{k}" for k in range(40)])
    columns.to_json(tmp_path / "c.json")
    assert sum(genwright.load_data(tmp_path / "c.json").sizes.values()) == 40
