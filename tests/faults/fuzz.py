"""Damaged files for every reader: what is whole, what is damaged in it, and what came of it. Case k of a seed is the
same for ever.

A target is a folder of whole files and the command that reads them. `make` writes all targets once; `run` damages one
file of one of them and runs the command in this process, as a person would.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import shutil
import signal
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import pandas as pd
from bad_files import idx, npy, npz, png, rows
from bad_inputs_graphs import EDGES, NODES, tu
from made_results import fill_folder, made
from mutations import KINDS

import genwright
from genwright.cli.commands import main
from genwright.domains.audio import LONGEST
from genwright.domains.graph_sets import as_graphml
from genwright.domains.write_music import midi_bytes
from genwright.families.latent.vae import VAE
from genwright.sound.wav import wav_bytes

SECONDS, MIB = 10, 1024  # that a file may take, of the processor and of memory
MOST = 2**22  # bytes of a damaged file: more of a text takes seconds to learn from, whole or not
PATIENCE = 3  # times as long by the clock
STEPS = 1.0  # seconds that a replay may train: the whole one takes a tenth of that where nothing else runs
TYPES = '[types]\nheight = "number"\nside = "category"\n\n[missing]\nheight = ["k.A.", -1]\n"*" = ["."]\n'
QUICK = ("independent", "bootstrap", "erdos-renyi", "n-gram", "label-propagation")  # families that take no steps
WITHOUT_MEMORY = "the memory is not enough"


class Target(NamedTuple):
    """damaged: {file: kind of mutation}. command: run in a copy of the folder of that name. code: what it exits with on
    whole files. needs: a package that not everybody has."""

    name: str
    command: str
    damaged: dict[str, str]
    code: int = 0
    needs: str = ""


class Result(NamedTuple):
    """wrong: what should not have been, "" where all is well."""

    target: str
    file: str
    mutation: str
    code: int
    seconds: float
    mib: float
    said: str
    wrong: str


CONFIG_AND_DOMAIN = {"run/config.toml": "toml", "run/domain.json": "json", "run/weights.safetensors": "safetensors"}
STOPPED = "fit t.csv --given side --family vae --preset tiny --items 3200"  # at half of these
CHECKPOINT = "run/checkpoints/000001.safetensors"
EDGE_LIST = "fit edges.csv --nodes nodes.csv --target kind --family label-propagation --out new"
PARTS = {
    "x": "pickle",
    "y": "pickle",
    "tx": "pickle",
    "ty": "pickle",
    "allx": "pickle",
    "ally": "pickle",
    "graph": "pickle",
    "test.index": "text",
}
PICTURES = {"1.jpg": "JPEG", "2.webp": "WEBP", "3.gif": "GIF", "4.tif": "TIFF", "5.bmp": "BMP"}
TARGETS = (
    Target("csv", "fit t.csv --family independent --out new", {"t.csv": "text"}),
    Target("dates", "fit t.csv --family independent --out new --time when", {"t.csv": "text"}),
    Target("json", "fit t.jsonl --family independent --out new", {"t.jsonl": "text"}),
    Target("csv.gz", "fit t.csv.gz --family independent --out new", {"t.csv.gz": "text.gz"}),
    Target("txt-lines", "fit lines.txt --family bootstrap --out new", {"lines.txt": "text"}),
    Target("txt-lines.gz", "fit lines.txt.gz --family n-gram --out new", {"lines.txt.gz": "text.gz"}),
    Target("parquet", "fit t.parquet --family independent --out new", {"t.parquet": "bytes"}),
    Target("feather", "fit t.feather --family independent --out new", {"t.feather": "bytes"}),
    Target("feather-packed", "fit t.feather --family independent --out new", {"t.feather": "bytes"}),
    Target("titled", "fit t.csv --family independent --out new", {"t.csv": "text"}),
    Target("totals", "fit t.csv --family independent --out new", {"t.csv": "text"}),
    Target("totals-xlsx", "fit t.xlsx --family independent --out new", {"t.xlsx": "xlsx"}),
    Target("titled-xlsx", "fit t.xlsx --family independent --out new", {"t.xlsx": "xlsx"}),
    Target("xlsx", "fit t.xlsx --family independent --out new", {"t.xlsx": "xlsx"}),
    Target("npy", "fit x.npy --family bootstrap --out new", {"x.npy": "npy"}),
    Target("npy-rows", "fit x.npy --family independent --out new", {"x.npy": "npy"}),
    Target("npz", "fit x.npz --family bootstrap --out new", {"x.npz": "npz"}),
    Target(
        "idx",
        "fit x-images-idx3-ubyte --family bootstrap --out new",
        {"x-images-idx3-ubyte": "idx", "x-labels-idx1-ubyte": "idx"},
    ),
    Target("idx.gz", "fit x-images-idx3-ubyte.gz --family bootstrap --out new", {"x-images-idx3-ubyte.gz": "idx.gz"}),
    Target(
        "pictures",
        "fit pets --family bootstrap --out new",
        {"pets/cat/3.png": "png"} | {f"pets/dog/{name}": "bytes" for name in PICTURES},
    ),
    Target("xyz", "fit m.xyz --family bootstrap --given energy --out new", {"m.xyz": "text"}),
    Target("xyz-folder", "fit set --family bootstrap --out new", {"set/3.xyz.gz": "text.gz", "set/4.sdf": "text"}),
    Target("sdf", "fit m.sdf --family noisy-copies --given energy --out new", {"m.sdf": "text"}),
    Target("edge-list", EDGE_LIST, {"edges.csv": "text", "nodes.csv": "text"}),
    Target(
        "tu",
        "fit set --family gin --out new",
        {f"set/MINE_{part}.txt": "text" for part in ("A", "graph_indicator", "graph_labels", "node_labels")},
    ),
    Target(
        "planetoid",
        "fit ind.mine.graph --family label-propagation --out new",
        {f"ind.mine.{part}": kind for part, kind in PARTS.items()},
    ),
    Target("table-run", "sample run --out s.csv -n 5", CONFIG_AND_DOMAIN),
    Target("table-complete", "complete run t.csv --out f.csv", {"t.csv": "text", **CONFIG_AND_DOMAIN}),
    Target("table-score", "log-prob run t.csv", {"t.csv": "text", **CONFIG_AND_DOMAIN}),
    Target("vae-run", "sample run --out s.csv -n 5", CONFIG_AND_DOMAIN),
    Target("picture-run", "sample run --out s.npz -n 3", CONFIG_AND_DOMAIN),
    Target("picture-complete", "complete run x.npz --out f.npz", {"x.npz": "npz", **CONFIG_AND_DOMAIN}),
    Target("picture-score", "log-prob run pets --draws 2", {"pets/1.png": "png", **CONFIG_AND_DOMAIN}),
    Target("points-run", "sample run --out s.sdf -n 3", CONFIG_AND_DOMAIN),
    Target("points-complete", "complete run m.xyz --out f.xyz", {"m.xyz": "text", **CONFIG_AND_DOMAIN}),
    Target("points-score", "log-prob run m.sdf --draws 2", {"m.sdf": "text", **CONFIG_AND_DOMAIN}),
    Target("line-run", "sample run --out s.txt -n 3", CONFIG_AND_DOMAIN),
    Target("line-score", "log-prob run lines.txt", {"lines.txt": "text", **CONFIG_AND_DOMAIN}),
    Target("line-complete", "complete run lines.txt --out f.txt", {"lines.txt": "text", **CONFIG_AND_DOMAIN}),
    Target(
        "graph-run",
        "predict run edges.csv --nodes nodes.csv",
        {"edges.csv": "text", "nodes.csv": "text", **CONFIG_AND_DOMAIN},
    ),
    Target("graphml", "fit set --family erdos-renyi --out new", {"set/03.graphml": "xml", "set/11.graphml": "xml"}),
    Target("edge-lists", "fit set --family bootstrap --out new", {"set/00.txt": "text", "set/07.txt": "text"}),
    Target("graph-arrays", "fit x.npz --family erdos-renyi --out new", {"x.npz": "npz"}),
    Target("graphs-with-kinds", "fit set --family bootstrap --given size --out new", {"set/03.graphml": "xml"}),
    Target("kind-arrays", "fit x.npz --family erdos-renyi --out new", {"x.npz": "npz"}),
    Target("edges-with-kinds", "fit set --family erdos-renyi --out new", {"set/03.csv": "text"}),
    Target("graphs-run", "sample run --out s.npz -n 3", CONFIG_AND_DOMAIN),
    Target("graphs-score", "log-prob run set --draws 2", {"set/03.graphml": "xml", **CONFIG_AND_DOMAIN}),
    Target("graphs-complete", "complete run set --out f", {"set/03.graphml": "xml", **CONFIG_AND_DOMAIN}),
    Target("run-report", "report run", {"run/config.toml": "toml", "run/metrics.jsonl": "text"}),
    Target("results", "report compare", {"compare/results.json": "json"}),
    Target(
        "results-files",
        "report compare",
        {"compare/alpha/metrics.jsonl": "text", "compare/alpha/rows.csv": "text", "compare/alpha/samples.png": "png"},
    ),
    Target("replay", "fit --replay run --out new", {"run/config.toml": "toml"}),
    Target("replay-compare", "compare --replay compare/results.json --out new", {"compare/results.json": "json"}, 2),
    Target("music-arrays", "fit m.npz --family bootstrap --windows 8 --out new", {"m.npz": "npz"}),
    Target("music-lists", "fit m.json --family bootstrap --windows 8 --out new", {"m.json": "json"}),
    Target("smi", "fit m.smi --family bootstrap --out new", {"m.smi": "text"}),
    Target("smi.gz", "fit m.smi.gz --family n-gram --out new", {"m.smi.gz": "text.gz"}),
    Target("smiles-column", "fit t.csv --family bootstrap --given side --out new", {"t.csv": "text"}),
    Target("assay", "describe t.csv --target y --target active --log y", {"t.csv": "text"}),
    Target("assay-parts", "describe t.csv.gz --target y --split-column part", {"t.csv.gz": "text.gz"}),
    Target("descriptors", "describe t.csv --target y --descriptors d.csv", {"t.csv": "text", "d.csv": "text"}),
    Target("sdf-molecules", "fit m.sdf --kind molecules --family bootstrap --out new", {"m.sdf": "text"}),
    Target("molecule-run", "sample run --out s.sdf -n 3", CONFIG_AND_DOMAIN),
    Target("molecule-score", "log-prob run m.smi", {"m.smi": "text", **CONFIG_AND_DOMAIN}),
    Target("molecule-complete", "complete run m.smi --out f.smi", {"m.smi": "text", **CONFIG_AND_DOMAIN}),
    Target("property-run", "predict run m.smi --out p.csv", {"m.smi": "text", **CONFIG_AND_DOMAIN}),
    Target("library", "predict run m.smi.gz --out p.csv", {"m.smi.gz": "text.gz", **CONFIG_AND_DOMAIN}),
    Target("music-run", "sample run --out s.npz -n 3", CONFIG_AND_DOMAIN),
    Target("music-complete", "complete run m.npz --out f.npz", {"m.npz": "npz", **CONFIG_AND_DOMAIN}),
    Target("music-folder", "fit set --family bootstrap --windows 8 --out new", {"set/3.npy": "npy"}),
    Target("midi", "fit set --family bootstrap --windows 8 --out new", {"set/3.mid": "midi", "set/11.mid": "midi"}),
    Target("wav", "fit m.wav --family bootstrap --out new", {"m.wav": "wav"}),
    Target("wav-folder", "fit set --family bootstrap --out new", {"set/2_ann_1.wav": "wav", "set/7_bob_1.wav": "wav"}),
    Target("wav.zip", "fit m.zip --family bootstrap --out new", {"m.zip": "wav.zip"}),
    Target("flac", "fit set --family bootstrap --out new", {"set/3.flac": "flac"}, needs="soundfile"),
    Target("ogg", "fit set --family bootstrap --out new", {"set/3.ogg": "ogg"}, needs="soundfile"),
    Target("mp3", "fit set --family bootstrap --out new", {"set/3.mp3": "bytes"}, needs="soundfile"),
    Target("sound-run", "sample run --out s.wav -n 3", CONFIG_AND_DOMAIN),
    Target("sound-score", "log-prob run m.wav", {"m.wav": "wav", **CONFIG_AND_DOMAIN}),
    Target("captions", "fit pets --given caption --family bootstrap --out new", {"pets/metadata.csv": "text"}),
    Target("captions-jsonl", "fit pets --given caption --family bootstrap --out new", {"pets/metadata.jsonl": "text"}),
    Target(
        "captions-txt",
        "fit pets --given caption --family bootstrap --out new",
        {"pets/3.txt": "text", "pets/8.txt": "text"},
    ),
    Target("prompts", "sample run -n 2 --given caption=@p.txt --out s.png", {"p.txt": "text", **CONFIG_AND_DOMAIN}),
    Target("novel", "fit t.txt --windows 16 --family n-gram --out new", {"t.txt": "text"}),
    Target("fasta", "fit s.fasta --family n-gram --out new", {"s.fasta": "text"}),
    Target("column", "fit t.csv --column name --family n-gram --out new", {"t.csv": "text"}),
    Target("tokens", "fit t.txt --symbols t.json --family n-gram --out new", {"t.json": "json"}, needs="tokenizers"),
    Target("types", "fit t.csv --types t.toml --family independent --out new", {"t.toml": "toml"}),
    Target("links", "fit edges.csv --task links --family gae --out new", {"edges.csv": "text"}),
    Target("matrix", "fit m.csv --family gae --out new", {"m.csv": "text"}),
    Target("matrix-links", "fit m.csv --task links --family gae --out new", {"m.csv": "text"}),
    Target("node-link", "fit g.json --target kind --family label-propagation --out new", {"g.json": "json"}),
    Target("one-graphml", "fit g.graphml --target kind --family label-propagation --out new", {"g.graphml": "xml"}),
    Target("tu-whole", "fit set --kind graph-sets --family erdos-renyi --out new", {"set/MINE_A.txt": "text"}),
    Target("score", "score run m.smi --out s.csv", {"m.smi": "text", **CONFIG_AND_DOMAIN}),
    Target("score-table", "score run t.csv --out s.csv", {"t.csv": "text", **CONFIG_AND_DOMAIN}),
    Target("stream", "decompress run x.gw --out f.csv", {"x.gw": "stream"}, needs="constriction"),
    Target("resume", f"{STOPPED} --out run", {CHECKPOINT: "safetensors", "run/config.toml": "toml"}),
)
TARGETS = tuple(target for target in TARGETS if not target.needs or find_spec(target.needs))


def make(home: Path) -> Path:
    """The whole files of every target, a folder each."""
    place = lambda name: _folder(home / name)
    table, pictures = rows(60), np.random.default_rng(0).integers(0, 256, (30, 8, 8), dtype=np.uint8)
    frame = _frame(table)
    (place("csv") / "t.csv").write_text(table)
    (place("dates") / "t.csv").write_text(
        "when,height\n" + "".join(f"2020-01-{1 + i % 28:02},{i % 9}.5\n" for i in range(60))
    )
    (place("csv.gz") / "t.csv.gz").write_bytes(gzip.compress(table.encode()))
    (place("txt-lines") / "lines.txt").write_text(lines())
    (place("txt-lines.gz") / "lines.txt.gz").write_bytes(gzip.compress(lines().encode()))
    frame.to_parquet(place("parquet") / "t.parquet")
    frame.to_json(place("json") / "t.jsonl", orient="records", lines=True)
    frame.to_excel(place("xlsx") / "t.xlsx", index=False)
    frame.to_excel(place("titled-xlsx") / "t.xlsx", index=False, startrow=3, merge_cells=True)
    (place("titled") / "t.csv").write_text(f"a title\n\n{table}")
    summed = f"{table}Total,{frame['rings'].sum()},,\nMean,{frame['rings'].mean()},,\n"
    (place("totals") / "t.csv").write_text(summed)
    _frame(summed).to_excel(place("totals-xlsx") / "t.xlsx", index=False)
    frame.to_feather(place("feather") / "t.feather", compression="uncompressed")
    frame.to_feather(place("feather-packed") / "t.feather", compression="zstd")
    npy(pictures)(place("npy") / "x.npy")
    npy(np.random.default_rng(0).normal(size=(40, 3)))(place("npy-rows") / "x.npy")
    npz(
        x_train=pictures, y_train=np.arange(30) % 3, x_test=pictures[:9], y_test=np.arange(9) % 3, levels=np.int64(256)
    )(place("npz") / "x.npz")
    labels = np.arange(30, dtype=np.uint8) % 3
    for name, array in (("x-images-idx3-ubyte", pictures), ("x-labels-idx1-ubyte", labels)):
        (place("idx") / name).write_bytes(idx(array))
        (place("idx.gz") / f"{name}.gz").write_bytes(gzip.compress(idx(array)))
    for i in range(15):
        for kind in ("cat", "dog"):
            (_folder(place("pictures") / "pets" / kind) / f"{i}.png").write_bytes(png(12, 12, i))
    for name, kind in PICTURES.items():
        _picture(place("pictures") / "pets/dog" / name, kind)
    _put(place("edge-list"), {"edges.csv": EDGES, "nodes.csv": NODES})
    _put(place("tu"), tu())
    _put(place("planetoid"), planetoid())
    points = [points_xyz(k) for k in range(30)]
    (place("xyz") / "m.xyz").write_text("".join(points))
    packed = {f"{k}.xyz.gz": gzip.compress(text.encode()) for k, text in enumerate(points) if k != 4}
    _put(place("xyz-folder") / "set", packed | {"4.sdf": points_sdf(4)})
    tunes = tunes_of_two()
    npz(pitches=np.concatenate(tunes), ptr=np.cumsum([0, *map(len, tunes)]))(place("music-arrays") / "m.npz")
    (place("music-lists") / "m.json").write_text(json.dumps([tune.tolist() for tune in tunes]))
    (place("sdf") / "m.sdf").write_text("".join(points_sdf(k) for k in range(30)))
    (place("smi") / "m.smi").write_text(smiles())
    (place("smi.gz") / "m.smi.gz").write_bytes(gzip.compress(smiles().encode()))
    rows_of_smiles = "".join(f"{line},{'NS'[k % 2]}\n" for k, line in enumerate(smiles().split("\n")[:-1]))
    (place("smiles-column") / "t.csv").write_text(f"smiles,side\n{rows_of_smiles}")
    _assays(place)
    (place("sdf-molecules") / "m.sdf").write_text("".join(map(bound_sdf, range(30))))
    (place("music-folder") / "set").mkdir()
    for number, tune in enumerate(tunes):
        npy(tune)(place("music-folder") / f"set/{number}.npy")
    _put(place("midi") / "set", {f"{k}.mid": midi_bytes(tune) for k, tune in enumerate(tunes_of_two(21))})
    _sounds(place)
    pets = {f"pets/{i}.png": png(12, 12, i) for i in range(15)}
    texts = {f"pets/{i}.txt": f"a cat no. {i % 3}\na pet, é\n" for i in range(15)}
    for name, files in {
        "captions": {"pets/metadata.csv": captions()},
        "captions-jsonl": {"pets/metadata.jsonl": jsonl()},
        "captions-txt": texts,
        "prompts": {"p.txt": "a cat\n\na pet, é\n"},
    }.items():
        _put(place(name), pets | files)
    (place("novel") / "t.txt").write_text(lines() * 3)
    (place("fasta") / "s.fasta").write_text(
        "".join(f">p{k} made\n{'MKV' * (1 + k % 4)}\n{'LQ' * k}\n" for k in range(30))
    )
    (place("column") / "t.csv").write_text(
        "name,size\n" + "".join(f"{line},{len(line)}\n" for line in lines().split("\n") if "," not in line and line)
    )
    _put(place("types"), {"t.csv": table, "t.toml": TYPES})
    (place("links") / "edges.csv").write_text(EDGES)
    _put(place("tu-whole"), tu())
    _single_graphs(place)
    _runs(home, table, pictures)
    fill_folder(place("results") / "compare", made())
    shutil.copytree(place("results") / "compare", place("results-files") / "compare")
    shutil.copytree(place("results") / "compare", place("replay-compare") / "compare")
    path = home / "replay-compare/compare/results.json"
    path.write_text(path.read_text().replace('"dots"', '"t.csv"'))
    (home / "replay-compare/t.csv").write_text(table)
    return home


def _runs(home: Path, table: str, pictures: np.ndarray) -> None:
    (home / "replay").mkdir()
    (home / "replay/t.csv").write_text(table)
    with contextlib.chdir(home / "replay"):
        genwright.fit(
            genwright.load_data("t.csv", given=["side"]), "vae", preset="tiny", items=640, out="run", progress=False
        )
    with_form = genwright.load_data(home / "csv/t.csv", given=["side"])
    genwright.fit(with_form, "independent", out=home / "table-run/run", progress=False)
    genwright.fit(
        genwright.load_data((pictures, np.arange(30) % 3)),
        "vae",
        preset="tiny",
        items=640,
        out=home / "picture-run/run",
        progress=False,
    )
    _put(home / "graph-run", {"edges.csv": EDGES, "nodes.csv": NODES})
    graph = genwright.load_data(home / "graph-run/edges.csv", nodes=home / "graph-run/nodes.csv", target="kind")
    genwright.fit(graph, "gcn", preset="tiny", epochs=3, out=home / "graph-run/run", progress=False)
    genwright.fit(home / "xyz/m.xyz", preset="tiny", items=640, out=home / "points-run/run", progress=False)
    texts = genwright.load_data(home / "txt-lines/lines.txt")
    genwright.fit(texts, "autoregressive", preset="tiny", items=640, out=home / "line-run/run", progress=False)
    for name, family, library in (("property-run", "dmpnn", "m.smi"), ("library", "nearest", "m.smi.gz")):
        measured = genwright.load_data(home / "assay/t.csv", target=["y", "active"], descriptors="none")
        genwright.fit(measured, family, preset="tiny", epochs=1, out=home / name / "run", progress=False)
        shutil.copy(home / library.removeprefix("m.") / library, home / name)
    stream = genwright.fit(
        counts(), "autoregressive", preset="tiny", items=640, out=_folder(home / "stream") / "run", progress=False
    )
    if find_spec("constriction"):
        (home / "stream/x.gw").write_bytes(stream.compress(counts().iloc[:20].assign(n=[99, *range(19)])))
    genwright.fit(
        home / "wav-folder/set", "n-gram", preset="tiny", out=_folder(home / "sound-run") / "run", progress=False
    )
    _stopped(home / "resume", table)
    if find_spec("tokenizers"):
        _tokens(_folder(home / "tokens"))
    molecules = genwright.load_data(home / "smi/m.smi")
    genwright.fit(molecules, "autoregressive", preset="tiny", items=640, out=home / "molecule-run/run", progress=False)
    graphs = graph_set()
    for name in ("graphml", "graphs-score", "graphs-complete"):
        for number, graph in enumerate(graphs):
            (_folder(home / name / "set") / f"{number:02}.graphml").write_text(as_graphml(graph))
    for number, graph in enumerate(graphs):
        lines_of_edges = "".join(f"{u},{v}\n" for u, v in graph.edges)
        (_folder(home / "edge-lists/set") / f"{number:02}.txt").write_text(f"source,target\n{lines_of_edges}")
    data = genwright.load_data(home / "graphml/set")
    tunes = genwright.load_data(tunes_of_two(), windows=8)
    genwright.fit(tunes, "n-gram", preset="tiny", out=_folder(home / "music-run") / "run", progress=False)
    genwright.fit(
        tunes, "autoregressive", preset="tiny", items=64, out=_folder(home / "music-complete") / "run", progress=False
    )
    npz(pitches=np.where(np.arange(48).reshape(3, 8, 2) % 5 == 0, np.nan, 60.0))(home / "music-complete/m.npz")
    data.domain.write(graphs, _folder(home / "graph-arrays") / "x.npz")
    coloured = genwright.load_data(coloured_graphs(), given=["size"])
    every = [graph for part in coloured.items.values() for graph in part]
    for number, graph in enumerate(every):
        content = as_graphml(graph, {"size": len(graph) / 2})
        (_folder(home / "graphs-with-kinds/set") / f"{number:02}.graphml").write_text(content)
        rows = "".join(f"{u},{v},{told['bond']}\n" for u, v, told in graph.edges.data())
        (_folder(home / "edges-with-kinds/set") / f"{number:02}.csv").write_text(f"source,target,bond\n{rows}")
    coloured.domain.write(every, _folder(home / "kind-arrays") / "x.npz")
    genwright.fit(data, "discrete-diffusion", preset="tiny", items=64, out=home / "graphs-run/run", progress=False)
    captioned = genwright.load_data(home / "captions/pets", given="caption")
    genwright.fit(captioned, "bootstrap", out=home / "prompts/run", progress=False)
    for name, like in {
        "graphs-score": "graphs-run",
        "graphs-complete": "graphs-run",
        "points-complete": "points-run",
        "points-score": "points-run",
        "table-complete": "table-run",
        "table-score": "table-run",
        "picture-complete": "picture-run",
        "picture-score": "picture-run",
        "line-score": "line-run",
        "sound-score": "sound-run",
        "score": "molecule-run",
        "score-table": "molecule-run",
        "molecule-score": "molecule-run",
        "molecule-complete": "molecule-run",
        "line-complete": "line-run",
        "vae-run": "replay",
        "run-report": "replay",
    }.items():
        shutil.copytree(home / like / "run", home / name / "run")
    holes = table.splitlines()[:12]
    for name in ("table-complete", "table-score"):
        (home / name / "t.csv").write_text("\n".join([*holes, ",3,,N", "1.5,,oak,S", ""]))
    (home / "points-complete/m.xyz").write_text(points_xyz(0) + points_xyz(1))
    (home / "points-score/m.sdf").write_text(points_sdf(0) + points_sdf(3))
    (home / "line-score/lines.txt").write_text(lines())
    (home / "line-complete/lines.txt").write_text("oak _é\nel*\n\n_____\n*\nash, 3é\n")
    for name in ("score", "molecule-score"):
        (home / name / "m.smi").write_text(smiles())
    (home / "score-table/t.csv").write_text("id,SMILES\n" + "".join(f"{k},{'C' * k}O\n" for k in range(1, 30)))
    shutil.copy(home / "wav-folder/set/2_ann_1.wav", home / "sound-score/m.wav")
    (home / "molecule-complete/m.smi").write_text("[*:1]c1ccccc1 ring\nCC*\nCCO\n*\n")
    npz(x=pictures[:3], known=np.arange(64).reshape(8, 8) % 2 == 0, y=np.arange(3))(home / "picture-complete/x.npz")
    (_folder(home / "picture-score/pets") / "1.png").write_bytes(png(12, 12))


def _single_graphs(place: Callable[[str], Path]) -> None:
    """The graph of the edge lists in one file."""
    ends = [line.split(",") for line in EDGES.splitlines()[1:]]
    graph = nx.Graph(ends)
    for line in NODES.splitlines()[1:]:
        name, age, city, kind = line.split(",")
        graph.add_node(name, age=float(age), city=city, kind=kind)
    for name in ("matrix", "matrix-links"):
        nx.to_pandas_adjacency(graph, dtype=int).to_csv(place(name) / "m.csv")
    (place("node-link") / "g.json").write_text(json.dumps(nx.node_link_data(graph, edges="links"), indent=1))
    nx.write_graphml(graph, place("one-graphml") / "g.graphml")


def _assays(place: Callable[[str], Path]) -> None:
    """Molecules with numbers, some of them bounds, classes, and parts; and a table of descriptors."""
    molecules = smiles().split("\n")[:-1]
    cells = [f"{'>' * (k % 7 == 0)}{1 + k / 4},{k % 2},{('train', 'test')[k % 5 == 0]}" for k in range(len(molecules))]
    measured = "smiles,y,active,part\n" + "".join(f"{line},{cell}\n" for line, cell in zip(molecules, cells))
    (place("assay") / "t.csv").write_text(measured)
    (place("assay-parts") / "t.csv.gz").write_bytes(gzip.compress(measured.encode()))
    described = "".join(f"{line},{k},{k / 3}\n" for k, line in enumerate(molecules))
    _put(place("descriptors"), {"t.csv": measured, "d.csv": f"smiles,a,b\n{described}"})


def _sounds(place: Callable[[str], Path]) -> None:
    """One long recording; a folder, and an archive, of short ones with two labels; and the same as others pack them."""
    tones = [np.sin(np.arange(80 + k) / (2 + k % 5)) / 2 for k in range(21)]
    (place("wav") / "m.wav").write_bytes(wav_bytes(np.sin(np.arange(11 * LONGEST) ** 1.1), 8000))
    clips = {f"{k}_{('ann', 'bob')[k % 2]}_1.wav": wav_bytes(tone, 8000) for k, tone in enumerate(tones)}
    _put(place("wav-folder") / "set", clips)
    with zipfile.ZipFile(place("wav.zip") / "m.zip", "w") as archive:
        for name, content in clips.items():
            archive.writestr(zipfile.ZipInfo(f"set/{name}"), content, zipfile.ZIP_DEFLATED)
    if find_spec("soundfile"):
        import soundfile

        for kind in ("flac", "ogg", "mp3"):
            for k, tone in enumerate(tones):
                soundfile.write(_folder(place(kind) / "set") / f"{k}.{kind}", np.tile(tone, 40), 16_000)


def _stopped(place: Path, table: str) -> None:
    """A run that Ctrl-C stopped at half of its items."""
    _folder(place)
    (place / "t.csv").write_text(table)
    loss = VAE.loss

    def stops(self, batch):
        if batch.items == 1600:
            os.kill(os.getpid(), signal.SIGINT)
        return loss(self, batch)

    VAE.loss = stops
    try:
        with contextlib.chdir(place), contextlib.redirect_stderr(io.StringIO()):
            main([*STOPPED.split(), "--out", "run", "--quiet"])
    except SystemExit:
        pass
    finally:
        VAE.loss = loss


def _tokens(place: Path) -> None:
    import tokenizers

    (place / "t.txt").write_text(lines())
    tokens = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokens.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokens.decoder = tokenizers.decoders.ByteLevel()
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=280, initial_alphabet=alphabet, show_progress=False)
    tokens.train_from_iterator(lines().split("\n"), trainer)
    tokens.save(str(place / "t.json"))


def counts() -> pd.DataFrame:
    """Whole numbers and words, which a stream can hold."""
    return pd.DataFrame({"n": np.arange(60) % 7, "tree": [("oak", "elm", "ash")[k % 3] for k in range(60)]})


def captions() -> str:
    return "file_name,text\n" + "".join(
        f'{i}.png,"a {"red" if i % 2 else "blue"} cat, no. {i % 3}"\n' for i in range(15)
    )


def jsonl() -> str:
    return "".join(json.dumps({"file_name": f"{i}.png", "text": f"a cat no. {i % 3}"}) + "\n" for i in range(15))


def graph_set() -> list:
    """Rings and stars of five to eleven nodes."""
    return [ring(size) for size in range(5, 12) for ring in (nx.cycle_graph, nx.star_graph)]


def coloured_graphs() -> list:
    """Those with two kinds of nodes and of edges, and half the number of their nodes."""
    for graph in (graphs := graph_set()):
        graph.graph["size"] = len(graph) / 2
        nx.set_node_attributes(graph, {i: "blue" if i else "red" for i in graph}, "colour")
        nx.set_edge_attributes(graph, {ends: ("single", "double")[ends[0] % 2] for ends in graph.edges}, "bond")
        next(iter(graph.edges.data()))[2]["bond"] = "double"
    return graphs


def lines() -> str:
    return "".join(
        f"{tree}{mark} {k}é\n" for k in range(9) for tree in ("oak", "elm", "ash") for mark in ("", ",", "!")
    )


def smiles() -> str:
    ends = ("O", "[NH3+]", "c1ccccc1", "C(=O)[O-].[Na+]", "/C=C/Cl")
    return "".join(f"{'C' * n}{end} no. {n}\n" for n in range(1, 7) for end in ends)


def tunes_of_two(tunes: int = 9) -> list[np.ndarray]:
    """Of two voices, which rest now and then."""
    rng = np.random.default_rng(0)
    return [np.where(rng.random((20 + k, 2)) < 0.9, rng.integers(59, 66, (20 + k, 2)), -1) for k in range(tunes)]


def _atoms(k: int) -> list[tuple[str, list[float]]]:
    places = np.random.default_rng(k).normal(size=(2 + k % 4, 3))
    return [("OHC"[i % 3], place) for i, place in enumerate(places.tolist())]


def points_xyz(k: int) -> str:
    lines = [f"{symbol} {x:.4f} {y:.4f} {z:.4f}" for symbol, (x, y, z) in _atoms(k)]
    return "\n".join([str(len(lines)), f"made energy={-len(lines)}.5", *lines, ""])


def points_sdf(k: int) -> str:
    lines = [f"{x:10.4f}{y:10.4f}{z:10.4f} {symbol:<3} 0  0" for symbol, (x, y, z) in _atoms(k)]
    return "\n".join(
        ["made", "", "", f"{len(lines):3}  0  0  0  0  0  0  0  0  0999 V2000", *lines, "M  END"]
        + [">  <energy>", f"{-len(lines)}.5", "", "$$$$", ""]
    )


def bound_sdf(k: int) -> str:
    """A chain of three to six carbons, and an oxygen."""
    n = 3 + k % 4
    atoms = [f"{1.5 * i:10.4f}{i % 2:10.4f}{0:10.4f} {'C' if i else 'O':<3} 0  0" for i in range(n)]
    bonds = [f"{i:3}{i + 1:3}  1  0" for i in range(1, n)]
    counts = f"{n:3}{n - 1:3}  0  0  0  0  0  0  0  0999 V2000"
    return "\n".join(["made", "", "", counts, *atoms, *bonds, "M  END", ">  <side>", "NS"[k % 2], "", "$$$$", ""])


def planetoid() -> dict[str, bytes]:
    """Eight small files as Python 2 wrote them."""
    from written_planetoid import encoded, small_files

    return {f"ind.mine.{part}": encoded(value) for part, value in small_files().items()} | {
        "ind.mine.test.index": b"5\n4\n"
    }


def case(home: Path, seed: int, k: int) -> tuple[Target, str, str, bytes]:
    """Target, file, name of the mutation, and the damaged content."""
    random = Random(f"{seed} {k}")
    target = TARGETS[k % len(TARGETS)]
    file = random.choice(sorted(target.damaged))
    mutation = random.choice(KINDS[target.damaged[file]])
    content = (home / target.name / file).read_bytes()
    for _ in range(random.choice((1, 1, 1, 2))):
        content = _changed(mutation, content, random)[:MOST]
        mutation_name = getattr(mutation, "__name__", "mutation")
    return target, file, mutation_name, content


def _changed(mutation: Any, content: bytes, random: Random) -> bytes:
    try:
        return mutation(content, random)
    except Exception:  # damaged already, beyond what the mutation can take apart
        return KINDS["bytes"][1](content, random)


def run(home: Path, seed: int, k: int) -> Result:
    """Damage and read. A file that takes longer than SECONDS is given up, where the interpreter can still be asked."""
    target, file, mutation, content = case(home, seed, k)
    with tempfile.TemporaryDirectory() as place:
        here = Path(place, "here")
        shutil.copytree(home / target.name, here)
        (here / file).write_bytes(content)
        code, said, seconds, mib = command(target.command, here)
    wrong = judged(code, said, seconds, mib)
    return Result(
        target.name, file, mutation, code, round(seconds, 3), round(mib, 1), said[-2000:] if wrong else "", wrong
    )


class Hang(BaseException):
    pass


def command(typed: str, here: Path) -> tuple[int, str, float, float]:
    """Exit code, stderr, seconds, and MiB of memory that a command took in a folder; -1 where it was given up."""
    words = typed.split()
    words += ["--quiet"] * (words[0] in ("fit", "compare"))
    out, err, start = io.StringIO(), io.StringIO(), time.process_time()
    _reset_peak()
    before, code = _peak(), 0
    with (
        contextlib.chdir(here),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        _no_training(),
        _alarm(SECONDS),
    ):
        saved, tempfile.tempdir = tempfile.tempdir, str(here)
        try:
            main(words)
        except SystemExit as exit:
            code = exit.code or 0
        except Hang:
            code = -1
        finally:
            tempfile.tempdir = saved
    return code, err.getvalue(), time.process_time() - start, _peak() - before


def judged(code: int, said: str, seconds: float, mib: float) -> str:
    *_, last = said.splitlines() or [""]
    checks = {
        "exit 70": code not in (0, 2, 3, 4, 130, -1),
        "hang": code == -1 or seconds > SECONDS,
        "memory": mib > MIB or WITHOUT_MEMORY in said,
        "no sentence": code in (2, 3, 4)
        and ("Traceback" in said or not last.startswith("genwright: ") or len(last) > 1100),
        "control characters": any(ord(c) < 32 and c != "\n" for c in said),
    }
    return next((name for name, found in checks.items() if found), "")


@contextlib.contextmanager
def _no_training():
    """Families that take steps are only shown the data, and a replay is stopped by Ctrl-C: here the files are what
    matters."""
    import genwright.run.fit as workbench

    fit = workbench.fit

    def read(data, family=None, *arguments, **options):
        if (Path(options.get("out") or "") / "checkpoints").is_dir():
            return fit(data, family, *arguments, **options)
        if options.get("replay"):
            return _interrupted(lambda: fit(data, family, *arguments, **options))
        if family in QUICK:
            return fit(data, family, *arguments, **options)
        for part in ("train", "valid", "test"):
            data.tensors(part)

    workbench.fit = read
    try:
        yield
    finally:
        workbench.fit = fit


def _interrupted(call: Any) -> Any:
    """A call to which Ctrl-C comes after STEPS seconds."""
    timer = threading.Timer(STEPS, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        return call()
    finally:
        timer.cancel()


@contextlib.contextmanager
def _alarm(seconds: float):
    """Raises Hang after so many seconds of the processor, or several times as many of the clock: others may use it."""

    def ring(*_):
        raise Hang

    timers = {signal.ITIMER_PROF: (signal.SIGPROF, seconds), signal.ITIMER_REAL: (signal.SIGALRM, PATIENCE * seconds)}
    before = {name: signal.signal(name, ring) for name, _ in timers.values()}
    for timer, (_, after) in timers.items():
        signal.setitimer(timer, after)
    try:
        yield
    finally:
        for timer, (name, _) in timers.items():
            signal.setitimer(timer, 0)
            signal.signal(name, before[name])


def _reset_peak() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    """MiB of resident memory at most since the reset."""
    with contextlib.suppress(OSError):
        return (
            next(
                int(line.split()[1])
                for line in Path("/proc/self/status").read_text().splitlines()
                if line.startswith("VmHWM")
            )
            / 1024
        )
    return 0.0


def _frame(table: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(table))


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def _put(place: Path, files: dict) -> None:
    for name, content in files.items():
        _folder((place / name).parent)
        (place / name).write_bytes(content.encode() if isinstance(content, str) else content)


def _picture(path: Path, kind: str) -> None:
    from PIL import Image

    Image.fromarray(np.random.default_rng(1).integers(0, 255, (16, 16, 3), np.uint8)).save(path, kind)
