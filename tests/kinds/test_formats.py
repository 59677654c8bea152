# Tests kinds/formats/raw.py
"""The table by which sources are told apart."""

import sqlite3
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch
from other_forms import cellranger
from sklearn.datasets import load_wine
from torch.utils.data import TensorDataset

from genwright.core.account import Account
from genwright.core.errors import DataError
from genwright.counts.kinds.rows import rows_of_matrix
from genwright.counts.kinds.writing import write_folder, write_h5ad
from genwright.kinds import known_kinds as reading
from genwright.kinds.formats.raw import Raw
from genwright.kinds.formats.source import Source
from genwright.kinds.kind import Format
from genwright.kinds.known_kinds import formats, read
from genwright.kinds.load import load_data
from genwright.proteins.kinds.chain import chain_of_sequence

X, Y = np.arange(12 * 64, dtype=np.uint8).reshape(12, 8, 8), np.arange(12) % 2


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """One source a row of the table, in its order: what is given, and the kind of data that comes of it."""
    here = tmp_path_factory.mktemp("sources")
    edges, nodes = pd.DataFrame({"source": [0, 1], "target": [1, 2]}), pd.DataFrame({"id": [0, 1, 2], "a": [1.0, 2, 3]})
    for name in ("tu", "pictures", "graphs", "gifs"):
        (here / name).mkdir()
    for part, lines in (
        ("A", "1, 2\n2, 1\n3, 4\n4, 3\n"),
        ("graph_indicator", "1\n1\n2\n2\n"),
        ("graph_labels", "0\n1\n"),
    ):
        (here / "tu" / f"T_{part}.txt").write_text(lines)
    from PIL import Image

    for number in range(12):
        Image.fromarray(X[number]).save(here / "pictures" / f"{number}.png")
        moving = [Image.fromarray(X[number]), Image.fromarray(255 - X[number])]
        moving[0].save(here / "gifs" / f"{number}.gif", save_all=True, append_images=moving[1:])
    nx.write_graphml(nx.path_graph(4), here / "one.graphml")
    (here / "one.json").write_text('{"nodes": [{"id": 0}, {"id": 1}], "links": [{"source": 0, "target": 1}]}')
    nx.write_edgelist(nx.path_graph(4), here / "graphs" / "0.txt")
    np.savez(here / "graphs.npz", num_nodes=[2], edge_ptr=[0, 1], edges=[[0, 1]])
    np.save(here / "x.npy", X)
    with sqlite3.connect(here / "x.db") as base:
        pd.DataFrame({"a": np.arange(12.0)}).to_sql("people", base, index=False)
    nx.write_gml(nx.path_graph(4), here / "one.gml")
    nx.write_graph6(nx.path_graph(4), here / "one.g6")
    (here / "one.edgelist").write_text("0 1\n1 2\n")
    (here / "facts").mkdir()
    for part in ("train", "test"):
        (here / "facts" / f"{part}.txt").write_text("anna\tknows\tbo\nbo\tlikes\tcy\n")
    (here / "one.mtx").write_text("%%MatrixMarket matrix coordinate pattern symmetric\n3 3 2\n2 1\n3 2\n")
    Image.fromarray(X[0]).save(here / "pages.tif", save_all=True, append_images=[Image.fromarray(x) for x in X[1:]])
    (here / "x.lrc").write_text("[00:01.00]a line\n[00:02.00]another\n")
    np.savez(here / "x.npz", x=X, y=Y)
    np.savez(here / "clips.npz", x=np.stack([X, X], 1)[..., None])
    (here / "x.idx3-ubyte").write_bytes(b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in X.shape) + X.tobytes())
    (here / "x.smi").write_text("CCO\n" * 12)
    (here / "x.xyz").write_text("1\n\nC 0 0 0\n" * 12)
    frame = pd.DataFrame({"a": np.arange(12.0)})
    frame.to_csv(here / "x.csv", index=False)
    frame.to_parquet(here / "x.parquet")
    frame.to_json(here / "x.jsonl", orient="records", lines=True)
    frame.to_stata(here / "x.dta", write_index=False)
    (here / "texts").mkdir()
    for number in range(12):
        (here / "texts" / f"{number}.txt").write_text(f"a text of {number} words")
    (here / "parts").mkdir()
    for part in "ab":
        frame.to_csv(here / "parts" / f"{part}.csv", index=False)
    visits = pd.DataFrame({"who": np.repeat(range(12), 3), "day": list(range(3)) * 12, "a": np.arange(36.0)})
    visits.to_csv(here / "visits.csv", index=False)
    counts = sp.csr_array(np.ones((12, 40), int))
    rows = rows_of_matrix(counts, [f"g{j}" for j in range(40)], "counts")
    (here / "x.h5ad").write_bytes(write_h5ad(rows))
    sp.save_npz(here / "counts.npz", counts)
    cellranger(here / "cells.h5")
    for name, content in write_folder(rows):
        (here / "10x").mkdir(exist_ok=True)
        (here / "10x" / name).write_bytes(content)
    (here / "x.txt").write_text("a name\n" * 12)
    (here / "x.fasta").write_text(">a\nACDE\n" * 12)
    (here / "names.csv").write_text("name,age\n" + "Anna,3\n" * 12)
    return {
        "edge list": (Source(edges, {"nodes": nodes}), "graph"),
        "edges alone": (Source(edges, task="links"), "graph"),
        "molecules and values": (Source((["CCO"] * 12, Y), {"target": "y"}), "molecules"),
        "named graphs": (Source("mutag", {"kind": "graph-sets"}), "graph-sets"),
        "column": (Source(here / "names.csv", {"column": "name"}), "sequences"),
        "name": (Source("karate-club"), "graph"),
        "graph": (Source(nx.path_graph(4)), "graph"),
        "graphml": (Source(here / "one.graphml"), "graph"),
        "node-link": (Source(here / "one.json"), "graph"),
        "other graph": (Source(here / "one.gml"), "graph"),
        "graph6": (Source(here / "one.g6"), "graph"),
        "sparse": (Source(here / "one.mtx"), "graph"),
        "edge text": (Source(here / "one.edgelist"), "graph"),
        "triples": (Source(here / "facts" / "train.txt", task="relations"), "graph"),
        "triples in a folder": (Source(here / "facts"), "graph"),
        "tu": (Source(here / "tu"), "graphs"),
        "planetoid": (Source(here / "ind.mine.graph"), "graph"),
        "molecules": (Source(here / "x.smi"), "molecules"),
        "chains": (Source([chain_of_sequence("MKV")] * 12), "proteins"),
        "points": (Source(here / "x.xyz"), "points"),
        "sound": (Source(([np.ones(3) * k / 12 for k in range(-6, 6)], 8_000)), "audio"),
        "music": (Source([np.full((80, 2), 60 + k) for k in range(12)]), "music"),
        "graphs": (Source(here / "graphs"), "graph-sets"),
        "list of graphs": (Source([nx.path_graph(4)] * 12), "graph-sets"),
        "graph arrays": (Source(here / "graphs.npz"), "graph-sets"),
        "animations": (Source(here / "gifs"), "clips"),
        "clips": (Source(here / "clips.npz"), "clips"),
        "array of clips": (Source(np.zeros((12, 3, 8, 8, 1), np.uint8)), "clips"),
        "folder": (Source(here / "pictures"), "images"),
        "pages": (Source(here / "pages.tif"), "images"),
        "npy": (Source(here / "x.npy"), "images"),
        "npz": (Source(str(here / "x.npz")), "images"),
        "idx": (Source(here / "x.idx3-ubyte"), "images"),
        "labelled": (Source((X, Y)), "images"),
        "list of images": (Source(list(np.full((12, 16, 16), 200, np.uint8))), "images"),
        "torch": (Source(TensorDataset(torch.zeros(12, 3))), "tables"),
        "fasta": (Source(here / "x.fasta"), "sequences"),
        "subtitles": (Source(here / "x.lrc"), "sequences"),
        "texts of files": (Source(here / "texts"), "sequences"),
        "lines": (Source(here / "x.txt"), "sequences"),
        "texts": (Source(["a name"] * 12), "sequences"),
        "labelled texts": (Source((["a name"] * 12, Y)), "sequences"),
        "parts": (Source(here / "parts"), "tables"),
        "engine": (Source(here / "x.parquet"), "tables"),
        "records": (Source(here / "x.jsonl"), "tables"),
        "text": (Source(here / "x.csv"), "tables"),
        "stata": (Source(here / "x.dta"), "tables"),
        "database": (Source(here / "x.db"), "tables"),
        "bunch": (Source(load_wine()), "tables"),
        "columns": (Source({"a": range(12)}), "tables"),
        "frame": (Source(frame), "tables"),
        "array": (Source(np.ones((12, 3))), "tables"),
        "series": (Source(here / "visits.csv", {"kind": "series", "group": "who"}), "series"),
        "series of a frame": (Source(visits.set_index(["who", "day"]), {"kind": "series"}), "series"),
        "series in an array": (Source(np.ones((12, 5, 2)), {"kind": "series"}), "series"),
        "series in a folder": (Source(here / "parts", {"kind": "series"}), "series"),
        "AnnData": (Source(SimpleNamespace(X=np.ones((12, 3)), obs=frame, var=frame[:3])), "tables"),
        "counts": (Source(here / "x.csv", {"kind": "counts"}), "counts"),
        "counts of AnnData": (Source(here / "x.h5ad"), "counts"),
        "counts of CellRanger": (Source(here / "cells.h5"), "counts"),
        "a matrix of counts": (Source(counts), "counts"),
        "a matrix of counts in a file": (Source(here / "counts.npz"), "counts"),
        "counts in a folder": (Source(here / "10x"), "counts"),
        "graphs and labels": (Source(([nx.path_graph(4)] * 12, Y)), "graph-sets"),
    }


def test_every_row_is_the_first_to_know_its_own(sources):
    first = [next(row for row in formats() if row.looks(source)) for source, _ in sources.values()]
    assert {id(row) for row in first} == {id(row) for row in formats()} and len(first) == len(formats())


def test_what_is_read_says_its_kind(sources):
    for name, (source, kind) in sources.items():
        if name not in ("planetoid", "named graphs"):  # one file of the first is here, and none of the second
            assert read(source)[0].kind == kind, name


def test_a_format_is_one_row(tmp_path, monkeypatch):
    path = tmp_path / "dice.throws"
    path.write_text("1 2 3 4 5 6 " * 4)
    throws = lambda source: Raw(
        "tables", "throws", pd.DataFrame({"eyes": list(map(int, path.read_text().split()))}), account=Account()
    )
    row = Format(lambda source: source.path is not None and source.path.suffix == ".throws", throws)
    with pytest.raises(DataError):
        load_data(path)
    monkeypatch.setattr(reading, "formats", lambda: [row, *formats()])
    data = load_data(path)
    assert (data.kind, data.task, data.name, sum(data.sizes.values())) == ("tables", "generate", "throws", 24)


def test_a_matrix_with_labels_is_a_graph_and_an_array_with_labels_is_pictures():
    assert load_data((sp.csr_matrix(np.eye(12)[::-1]), np.ones((12, 2)), Y)).kind == "graph"
    assert load_data((X, Y)).kind == "images"
