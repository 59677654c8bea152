"""Damaged files for every reader: what is whole, what is damaged in it, and what came of it. Case k of a seed is the
same for ever.

A target is a folder of whole files and the command that reads them. `make` writes all targets once; `run` damages one
file of one of them and runs the command in this process, as a person would.
"""

import contextlib
import gzip
import io
import json
import os
import resource
import shutil
import signal
import sqlite3
import tempfile
import threading
import time
import traceback
import zipfile
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import networkx as nx
import numpy as np
import pandas as pd
from bad_files import EDGES, NODES, Content, graph, idx, npy, npz, png, put, rows, tu
from damage import KINDS, PLACES, examples, put_in_place
from hypothesis import strategies as st
from made_results import fill_folder, made
from other_forms import FORMS, put_form
from PIL import Image

import genwright
from genwright.cli.commands import main
from genwright.counts.contract import made_cells
from genwright.counts.kinds.writing import write_folder, write_h5ad, write_npz
from genwright.families.latent.vae import VAE
from genwright.graphs.kinds.domain import as_graphml
from genwright.sound.kinds.audio.domain import LONGEST
from genwright.sound.kinds.audio.sound_files import wav_bytes
from genwright.sound.kinds.music.music_files import midi_bytes

SECONDS, MIB = 10, 1024  # that a file may take, of the processor and of memory
MOST = 2**22  # bytes of a damaged file: more of a text takes seconds to learn from, whole or not
PATIENCE = 3  # times as long by the clock
STEPS = 1.0  # seconds that a replay may train: the whole one takes a tenth of that where nothing else runs
BATCH = 4  # damaged files of a target that are drawn at once
TYPES = '[types]\nheight = "number"\nside = "category"\n\n[missing]\nheight = ["k.A.", -1]\n"*" = ["."]\n'
QUICK = (
    "independent",
    "bootstrap",
    "straight-helix",
    "erdos-renyi",
    "n-gram",
    "label-propagation",
)  # families that take no steps
WITHOUT_MEMORY = "the memory is not enough"


class Target(NamedTuple):
    """damaged: {file: kind of damage}. command: run in a copy of the folder of that name. code: what it exits with on
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
    code: int
    seconds: float
    mib: float
    said: str
    wrong: str


CONFIG_AND_DOMAIN = {"run/config.toml": "toml", "run/domain.json": "json", "run/weights.safetensors": "safetensors"}
STOPPED = "fit t.csv --given side --family vae --preset tiny --items 3200"  # at half of these
CHECKPOINT = "run/checkpoints/000001.safetensors"
OURS = ("run/", "compare/", "found/", "hits/", "studio/")  # folders whose files genwright wrote and reads again
DESIGN = "design m.smi --want qed>=0.1 --family best-of-data --calls 6 --batch 3 --out found"
LABORATORY = "design m.smi --ask 3 --out found"
SCREEN = "screen library.smi --actives m.smi --out hits"
COMPARE = "compare t.csv --family independent,bootstrap --minutes 0.01 --out compare"
RECORDED = ("design", "laboratory", "screen", "screen-begun")  # targets about molecules
PAGES = "pages studio"  # opens every page of a studio that only looks; see `open_pages`
EDGE_LIST = "fit edges.csv --nodes nodes.csv --target kind --family label-propagation --out new"
FAMILIES = {"tables": "independent", "graph": "gae", "proteins": "straight-helix"}  # by kind, where it is not bootstrap
PICTURES = {"1.jpg": "JPEG", "2.webp": "WEBP", "3.gif": "GIF", "4.tif": "TIFF", "5.bmp": "BMP"}
# fmt: off
TARGETS = (
    Target("csv", "fit t.csv --family independent --out new", {"t.csv": "text"}),
    Target("dates", "fit t.csv --family independent --out new --time when", {"t.csv": "text"}),
    Target("json", "fit t.jsonl --family independent --out new", {"t.jsonl": "text"}),
    Target("sqlite", "fit t.db --family independent --out new", {"t.db": "bytes"}),
    Target("csv.gz", "fit t.csv.gz --family independent --out new", {"t.csv.gz": "text.gz"}),
    Target("txt-lines", "fit lines.txt --family bootstrap --out new", {"lines.txt": "text"}),
    Target("txt-lines.gz", "fit lines.txt.gz --family n-gram --out new", {"lines.txt.gz": "text.gz"}),
    Target("parquet", "fit t.parquet --family independent --out new", {"t.parquet": "bytes"}),
    Target("feather", "fit t.feather --family independent --out new", {"t.feather": "bytes"}),
    Target("feather-packed", "fit t.feather --family independent --out new", {"t.feather": "bytes"}),
    Target("series", "fit t.csv --kind series --group who --family bootstrap --out new", {"t.csv": "text"}),
    Target("series-folder", "fit set --kind series --family bootstrap --out new", {"set/3.csv": "text"}),
    Target("counts", "fit t.h5ad --family one-profile --out new", {"t.h5ad": "bytes"}, needs="h5py"),
    Target("counts-npz", "fit t.npz --family bootstrap --out new", {"t.npz": "npz"}),
    Target("counts-asked", "fit t.csv --kind counts --family bootstrap --out new", {"t.csv": "text"}),
    Target("counts-folder", "fit set --family poisson --out new",
           {"set/matrix.mtx": "text", "set/features.tsv": "text", "set/barcodes.tsv": "text"}),
    Target("text-folder", "fit set --family bootstrap --out new", {"set/3.txt": "text"}),
    Target("titled", "fit t.csv --family independent --out new", {"t.csv": "text"}),
    Target("totals", "fit t.csv --family independent --out new", {"t.csv": "text"}),
    Target("titled-xlsx", "fit t.xlsx --family independent --out new", {"t.xlsx": "xlsx"}),
    Target("xlsx", "fit t.xlsx --family independent --out new", {"t.xlsx": "xlsx"}),
    Target("npy", "fit x.npy --family bootstrap --out new", {"x.npy": "npy"}),
    Target("npy-rows", "fit x.npy --family independent --out new", {"x.npy": "npy"}),
    Target("npz", "fit x.npz --family bootstrap --out new", {"x.npz": "npz"}),
    Target("idx", "fit x-images-idx3-ubyte --family bootstrap --out new",
           {"x-images-idx3-ubyte": "idx", "x-labels-idx1-ubyte": "idx"}),
    Target("idx.gz", "fit x-images-idx3-ubyte.gz --family bootstrap --out new", {"x-images-idx3-ubyte.gz": "idx.gz"}),
    Target("pictures", "fit pets --family bootstrap --out new",
           {"pets/cat/3.png": "png"} | {f"pets/dog/{name}": "bytes" for name in PICTURES}),
    Target("xyz", "fit m.xyz --family bootstrap --given energy --out new", {"m.xyz": "text"}),
    Target("xyz-folder", "fit set --family bootstrap --out new", {"set/3.xyz.gz": "text.gz", "set/4.sdf": "text"}),
    Target("sdf", "fit m.sdf --family noisy-copies --given energy --out new", {"m.sdf": "text"}),
    Target("edge-list", EDGE_LIST, {"edges.csv": "text", "nodes.csv": "text"}),
    Target("tu", "fit set --family gin --out new",
           {f"set/MINE_{part}.txt": "text" for part in ("A", "graph_indicator", "graph_labels", "node_labels")}),
    Target("table-run", "sample run --out s.csv -n 5", CONFIG_AND_DOMAIN),
    Target("table-complete", "complete run t.csv --out f.csv", {"t.csv": "text", **CONFIG_AND_DOMAIN}),
    Target("table-score", "log-prob run t.csv", {"t.csv": "text", **CONFIG_AND_DOMAIN}),
    Target("picture-run", "sample run --out s.npz -n 3", CONFIG_AND_DOMAIN),
    Target("picture-complete", "complete run x.npz --out f.npz", {"x.npz": "npz", **CONFIG_AND_DOMAIN}),
    Target("picture-score", "log-prob run pets --draws 2", {"pets/1.png": "png", **CONFIG_AND_DOMAIN}),
    Target("points-run", "sample run --out s.sdf -n 3", CONFIG_AND_DOMAIN),
    Target("points-complete", "complete run m.xyz --out f.xyz", {"m.xyz": "text", **CONFIG_AND_DOMAIN}),
    Target("points-score", "log-prob run m.sdf --draws 2", {"m.sdf": "text", **CONFIG_AND_DOMAIN}),
    Target("line-run", "sample run --out s.txt -n 3", CONFIG_AND_DOMAIN),
    Target("line-score", "log-prob run lines.txt", {"lines.txt": "text", **CONFIG_AND_DOMAIN}),
    Target("line-complete", "complete run lines.txt --out f.txt", {"lines.txt": "text", **CONFIG_AND_DOMAIN}),
    Target("graph-run", "predict run edges.csv --nodes nodes.csv",
           {"edges.csv": "text", "nodes.csv": "text", **CONFIG_AND_DOMAIN}),
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
    Target("results-files", "report compare",
           {f"compare/alpha/{name}": kind for name, kind in
            {"metrics.jsonl": "text", "rows.csv": "text", "samples.png": "png"}.items()}),
    Target("replay", "fit --replay run --out new", {"run/config.toml": "toml"}),
    Target("replay-compare", "compare --replay compare/results.json --out new", {"compare/results.json": "json"}, 2),
    Target("music-arrays", "fit m.npz --family bootstrap --windows 8 --out new", {"m.npz": "npz"}),
    Target("music-lists", "fit m.json --family bootstrap --windows 8 --out new", {"m.json": "json"}),
    Target("smi", "fit m.smi --family bootstrap --out new", {"m.smi": "text"}),
    Target("smi.gz", "fit m.smi.gz --family n-gram --out new", {"m.smi.gz": "text.gz"}),
    Target("smiles-column", "fit t.csv --family bootstrap --given side --out new", {"t.csv": "text"}),
    Target("assay", "describe t.csv --target y --target active --log y", {"t.csv": "text"}),
    Target("assay-parts", "describe t.csv.gz --target y --split-column part", {"t.csv.gz": "text.gz"}),
    Target("assay-export", "describe t.csv --target standard_value --leave-out standard_units=uM", {"t.csv": "text"}),
    Target("assay-pchembl", "describe t.csv --target pchembl_value", {"t.csv": "text"}),
    Target("alerts", "screen m.smi --actives k.smi --smarts a.txt --without smarts --out new",
           {"a.txt": "text", "k.smi": "text"}),
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
    Target("captions-txt", "fit pets --given caption --family bootstrap --out new",
           {"pets/3.txt": "text", "pets/8.txt": "text"}),
    Target("prompts", "sample run -n 2 --given caption=@p.txt --out s.png", {"p.txt": "text", **CONFIG_AND_DOMAIN}),
    Target("novel", "fit t.txt --windows 16 --family n-gram --out new", {"t.txt": "text"}),
    Target("fasta", "fit s.fasta --family n-gram --out new", {"s.fasta": "text"}),
    Target("column", "fit t.csv --column name --family n-gram --out new", {"t.csv": "text"}),
    Target("tokens", "fit t.txt --symbols t.json --family n-gram --out new", {"t.json": "json"}, needs="tokenizers"),
    Target("types", "fit t.csv --types t.toml --family independent --out new", {"t.toml": "toml"}),
    Target("links", "fit edges.csv --task links --family gae --out new", {"edges.csv": "text"}),
    Target("triples", "fit t.csv --task relations --family relation-frequency --out new", {"t.csv": "text"}),
    Target("triples-folder", "fit set --family relation-frequency --out new", {"set/train.txt": "text"}),
    Target("matrix", "fit m.csv --family gae --out new", {"m.csv": "text"}),
    Target("node-link", "fit g.json --target kind --family label-propagation --out new", {"g.json": "json"}),
    Target("one-graphml", "fit g.graphml --target kind --family label-propagation --out new", {"g.graphml": "xml"}),
    Target("tu-whole", "fit set --kind graph-sets --family erdos-renyi --out new", {"set/MINE_A.txt": "text"}),
    Target("score", "score run m.smi --out s.csv", {"m.smi": "text", **CONFIG_AND_DOMAIN}),
    Target("score-table", "score run t.csv --out s.csv", {"t.csv": "text", **CONFIG_AND_DOMAIN}),
    Target("stream", "decompress run x.gw --out f.csv", {"x.gw": "stream"}, needs="constriction"),
    Target("resume", f"{STOPPED} --out run", {CHECKPOINT: "safetensors", "run/config.toml": "toml"}),
    Target("status", "status .", {
        "run/config.toml": "toml", "run/.process.json": "json", "run/metrics.jsonl": "text",
        "compare/results.json": "json"}),
    Target("design", DESIGN, {"found/design.json": "json", "found/calls.csv": "text"}, needs="rdkit"),
    Target("laboratory", f"{LABORATORY} --tell found/ask.csv",
           {"found/ask.csv": "text", "found/calls.csv": "text", "found/design.json": "json"}, needs="rdkit"),
    Target("screen", SCREEN,
           {"hits/summary.json": "json", "hits/screen.json": "json", "hits/ranked.csv": "text"}, needs="rdkit"),
    Target("screen-begun", SCREEN, {"hits/work/000000.csv": "text", "hits/screen.json": "json"}, needs="rdkit"),
    Target("studio", PAGES, {
        "studio/run/config.toml": "toml", "studio/run/.process.json": "json", "studio/run/.note.txt": "text",
        "studio/run/metrics.jsonl": "text", "studio/run/previews/000000640.png": "png",
        "studio/compare/results.json": "json", "studio/compare/report.html": "text"}),
)
# fmt: on
TARGETS += tuple(
    Target(
        form.name,
        f"fit {form.source} {form.options} --family {FAMILIES.get(form.kind, 'bootstrap')} --out new",
        form.damaged,
    )
    for form in FORMS
)
TARGETS = tuple(target for target in TARGETS if not target.needs or find_spec(target.needs))


def make(home: Path) -> Path:
    """The whole files of every target, a folder each."""
    put(_tables() | _arrays() | _counts() | _texts() | _molecules() | _sounds() | _graphs(), home)
    for form in FORMS:
        put_form(form, home / form.name)
    _runs(home)
    for name in ("results", "results-files", "replay-compare"):
        fill_folder(home / name / "compare", made())
    path = home / "replay-compare/compare/results.json"
    path.write_text(path.read_text().replace('"dots"', '"t.csv"'))
    return home


def _tables() -> dict[str, Content]:
    table, dates = rows(60), "".join(f"2020-01-{1 + i % 28:02},{i % 9}.5\n" for i in range(60))
    frame = _frame(table)
    summed = f"{table}Total,{frame['rings'].sum()},,\nMean,{frame['rings'].mean()},,\n"
    return {
        **{f"{name}/t.csv": table for name in ("csv", "types", "replay", "replay-compare", "resume")},
        "types/t.toml": TYPES,
        "dates/t.csv": f"when,height\n{dates}",
        "csv.gz/t.csv.gz": gzip.compress(table.encode()),
        "series/t.csv": "who,day,dose\n" + "".join(f"{i // 4},{i % 4},{i % 9}.5\n" for i in range(60)),
        **{
            f"series-folder/set/{i}.csv": "day,dose\n" + "".join(f"{d},{d * i % 7}.5\n" for d in range(4))
            for i in range(14)
        },
        "titled/t.csv": f"a title\n\n{table}",
        "totals/t.csv": summed,
        "parquet/t.parquet": frame.to_parquet,
        "sqlite/t.db": lambda path: _sqlite(frame, path),
        "json/t.jsonl": lambda path: frame.to_json(path, orient="records", lines=True),
        "feather/t.feather": lambda path: frame.to_feather(path, compression="uncompressed"),
        "feather-packed/t.feather": lambda path: frame.to_feather(path, compression="zstd"),
        "xlsx/t.xlsx": lambda path: frame.to_excel(path, index=False),
        "titled-xlsx/t.xlsx": lambda path: frame.to_excel(path, index=False, startrow=3, merge_cells=True),
        **{
            f"table-{name}/t.csv": "\n".join([*table.splitlines()[:12], ",3,,N", "1.5,,oak,S", ""])
            for name in ("complete", "score")
        },
    }


def _sqlite(frame: pd.DataFrame, path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        frame.to_sql("t", connection, index=False)


def _arrays() -> dict[str, Content]:
    """Images in arrays and in files, with captions or without."""
    images, labels = pictures(), np.arange(30, dtype=np.uint8) % 3
    parts = dict(x_train=images, y_train=labels, x_test=images[:9], y_test=labels[:9], levels=np.int64(256))
    levels = {"images-idx3": idx(images), "labels-idx1": idx(labels)}
    colours = Image.fromarray(np.random.default_rng(1).integers(0, 255, (16, 16, 3), np.uint8))
    pets = {f"pets/{i}.png": png(12, 12, i) for i in range(15)}
    texts = "".join(f'{i}.png,"a {"red" if i % 2 else "blue"} cat, no. {i % 3}"\n' for i in range(15))
    lines = "".join(json.dumps({"file_name": f"{i}.png", "text": f"a cat no. {i % 3}"}) + "\n" for i in range(15))
    captions = {
        "captions": {"metadata.csv": f"file_name,text\n{texts}"},
        "captions-jsonl": {"metadata.jsonl": lines},
        "captions-txt": {f"{i}.txt": f"a cat no. {i % 3}\na pet, é\n" for i in range(15)},
    }
    return {
        "npy/x.npy": npy(images),
        "npy-rows/x.npy": npy(np.random.default_rng(0).normal(size=(40, 3))),
        "npz/x.npz": npz(**parts),
        "picture-complete/x.npz": npz(x=images[:3], known=np.arange(64).reshape(8, 8) % 2 == 0, y=np.arange(3)),
        "picture-score/pets/1.png": png(12, 12),
        "prompts/p.txt": "a cat\n\na pet, é\n",
        **{f"idx/x-{name}-ubyte": content for name, content in levels.items()},
        **{f"idx.gz/x-{name}-ubyte.gz": gzip.compress(content) for name, content in levels.items()},
        **{f"pictures/pets/{kind}/{i}.png": png(12, 12, i) for i in range(15) for kind in ("cat", "dog")},
        **{
            f"pictures/pets/dog/{name}": lambda path, kind=kind: colours.save(path, kind)
            for name, kind in PICTURES.items()
        },
        **{f"{name}/{path}": image for name in captions for path, image in pets.items()},
        **{f"{name}/pets/{path}": text for name, files in captions.items() for path, text in files.items()},
    }


def _counts() -> dict[str, Content]:
    rows = genwright.load_data(made_cells(40), kind="counts").train
    with_h5py = {"counts/t.h5ad": write_h5ad(rows)} if find_spec("h5py") else {}
    folder = {
        f"counts-folder/set/{name.removesuffix('.gz')}": gzip.decompress(content).decode()
        for name, content in write_folder(rows.with_beside(None))
    }
    table = "a,b,c\n" + "".join(f"{k % 5},{k % 3},{k % 7 + 1}\n" for k in range(60))
    return with_h5py | {"counts-npz/t.npz": write_npz(rows), "counts-asked/t.csv": table} | folder


def _texts() -> dict[str, Content]:
    lines = "".join(
        f"{tree}{mark} {k}é\n" for k in range(9) for tree in ("oak", "elm", "ash") for mark in ("", ",", "!")
    )
    named = "".join(f"{line},{len(line)}\n" for line in lines.split("\n") if "," not in line and line)
    return {
        **{f"{name}/lines.txt": lines for name in ("txt-lines", "line-score")},
        "line-complete/lines.txt": "oak _é\nel*\n\n_____\n*\nash, 3é\n",
        "txt-lines.gz/lines.txt.gz": gzip.compress(lines.encode()),
        "novel/t.txt": lines * 3,
        "fasta/s.fasta": "".join(f">p{k} made\n{'MKV' * (1 + k % 4)}\n{'LQ' * k}\n" for k in range(30)),
        **{f"text-folder/set/{k}.txt": f"A tree: {line}." for k, line in enumerate(lines.splitlines()[:30])},
        "column/t.csv": f"name,size\n{named}",
        "tokens/t.txt": lines,
        **({"tokens/t.json": lambda path: _tokens(path, lines)} if find_spec("tokenizers") else {}),
    }


def _tokens(path: Path, lines: str) -> None:
    import tokenizers

    tokens = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokens.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokens.decoder = tokenizers.decoders.ByteLevel()
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=280, initial_alphabet=alphabet, show_progress=False)
    tokens.train_from_iterator(lines.split("\n"), trainer)
    tokens.save(str(path))


def _molecules() -> dict[str, Content]:
    """Lines, tables (with numbers, some of them bounds, with classes and parts), and points in space."""
    ends = ("O", "[NH3+]", "c1ccccc1", "C(=O)[O-].[Na+]", "/C=C/Cl")
    smiles = "".join(f"{'C' * n}{end} no. {n}\n" for n in range(1, 7) for end in ends)
    every = list(enumerate(smiles.splitlines()))
    measured = "smiles,y,active,part\n" + "".join(
        f"{line},{'>' * (k % 7 == 0)}{1 + k / 4},{k % 2},{('train', 'test')[k % 5 == 0]}\n" for k, line in every
    )
    export = "smiles;standard_type;standard_relation;standard_value;standard_units;pchembl_value;comment\n" + "".join(
        f"{line};IC50;'{'=>'[k % 7 == 0]}';{10 + k};{('nM', 'uM', 'nM', 'ug.mL-1')[k % 4]};"
        f"{f'{8 - k / 30:.2f}' * (k % 7 > 0)};{'Not Active' * (k == 3)}\n"
        for k, line in every
    )
    points = [points_xyz(k) for k in range(30)]
    return {
        **{f"{name}/t.csv": export for name in ("assay-export", "assay-pchembl")},
        "alerts/a.txt": "# avoid\n[N+](=O)[O-]\tnitro group\n[CX3H1](=O)[#6]\n",
        "alerts/k.smi": "NCCc1ccccc1 one\nOCCCNc1ccccc1 two\n",
        **{f"{name}/m.smi": smiles for name in ("smi", "property-run", "score", "molecule-score", "alerts", *RECORDED)},
        **{f"{name}/m.smi.gz": gzip.compress(smiles.encode()) for name in ("smi.gz", "library")},
        "molecule-complete/m.smi": "[*:1]c1ccccc1 ring\nCC*\nCCO\n*\n",
        "smiles-column/t.csv": "smiles,side\n" + "".join(f"{line},{'NS'[k % 2]}\n" for k, line in every),
        "score-table/t.csv": "id,SMILES\n" + "".join(f"{k},{'C' * k}O\n" for k in range(1, 30)),
        **{f"{name}/t.csv": measured for name in ("assay", "descriptors")},
        "assay-parts/t.csv.gz": gzip.compress(measured.encode()),
        "descriptors/d.csv": "smiles,a,b\n" + "".join(f"{line},{k},{k / 3}\n" for k, line in every),
        "sdf-molecules/m.sdf": "".join(map(bound_sdf, range(30))),
        "sdf/m.sdf": "".join(points_sdf(k) for k in range(30)),
        "xyz/m.xyz": "".join(points),
        **{f"xyz-folder/set/{k}.xyz.gz": gzip.compress(text.encode()) for k, text in enumerate(points) if k != 4},
        "xyz-folder/set/4.sdf": points_sdf(4),
        "points-complete/m.xyz": points_xyz(0) + points_xyz(1),
        "points-score/m.sdf": points_sdf(0) + points_sdf(3),
    }


def _sounds() -> dict[str, Content]:
    """Music; one long recording; short ones with two labels, in a folder, in an archive, and as others pack them."""
    tunes = tunes_of_two()
    tones = [np.sin(np.arange(80 + k) / (2 + k % 5)) / 2 for k in range(21)]
    clips = {f"set/{k}_{('ann', 'bob')[k % 2]}_1.wav": wav_bytes(tone, 8000) for k, tone in enumerate(tones)}

    def archive(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in clips.items():
                archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)

    def sound(tone: np.ndarray):
        import soundfile

        return lambda path: soundfile.write(path, np.tile(tone, 40), 16_000)

    return {
        "music-arrays/m.npz": npz(pitches=np.concatenate(tunes), ptr=np.cumsum([0, *map(len, tunes)])),
        "music-lists/m.json": json.dumps([tune.tolist() for tune in tunes]),
        "music-complete/m.npz": npz(pitches=np.where(np.arange(48).reshape(3, 8, 2) % 5 == 0, np.nan, 60.0)),
        **{f"music-folder/set/{number}.npy": npy(tune) for number, tune in enumerate(tunes)},
        **{f"midi/set/{number}.mid": midi_bytes(tune) for number, tune in enumerate(tunes_of_two(21))},
        "wav/m.wav": wav_bytes(np.sin(np.arange(11 * LONGEST) ** 1.1), 8000),
        **{f"wav-folder/{name}": content for name, content in clips.items()},
        "sound-score/m.wav": clips["set/2_ann_1.wav"],
        "wav.zip/m.zip": archive,
        **{
            f"{kind}/set/{k}.{kind}": sound(tone)
            for kind in ("flac", "ogg", "mp3")
            if find_spec("soundfile")
            for k, tone in enumerate(tones)
        },
    }


def _graphs() -> dict[str, Content]:
    """One graph in many forms, and sets of them: rings and stars, plain or with kinds of nodes and of edges."""
    whole = nx.Graph([line.split(",") for line in EDGES.splitlines()[1:]])
    for line in NODES.splitlines()[1:]:
        name, age, city, kind = line.split(",")
        whole.add_node(name, age=float(age), city=city, kind=kind)
    plain, coloured = list(enumerate(graph_set())), coloured_graphs()
    edges = lambda one, head, *names: (
        f"{head}\n"
        + "".join(",".join(map(str, (u, v, *(held[name] for name in names)))) + "\n" for u, v, held in one.edges.data())
    )
    write = lambda graphs: lambda path: genwright.load_data(graphs).domain.write(graphs, path)
    return {
        **{f"{target}/{name}": text for target in ("edge-list", "graph-run") for name, text in graph().items()},
        "links/edges.csv": EDGES,
        "triples/t.csv": "head,relation,tail\n" + facts(","),
        "triples-folder/set/train.txt": facts("\t"),
        "triples-folder/set/test.txt": facts("\t"),
        "matrix/m.csv": nx.to_pandas_adjacency(whole, dtype=int).to_csv,
        "node-link/g.json": json.dumps(nx.node_link_data(whole, edges="links"), indent=1),
        "one-graphml/g.graphml": lambda path: nx.write_graphml(whole, path),
        **{f"{target}/{name}": text for target in ("tu", "tu-whole") for name, text in tu().items()},
        **{
            f"{target}/set/{k:02}.graphml": as_graphml(one)
            for k, one in plain
            for target in ("graphml", "graphs-score", "graphs-complete")
        },
        **{f"edge-lists/set/{k:02}.txt": edges(one, "source,target") for k, one in plain},
        **{
            f"graphs-with-kinds/set/{k:02}.graphml": as_graphml(one, {"size": len(one) / 2})
            for k, one in enumerate(coloured)
        },
        **{
            f"edges-with-kinds/set/{k:02}.csv": edges(one, "source,target,bond", "bond")
            for k, one in enumerate(coloured)
        },
        "graph-arrays/x.npz": write(graph_set()),
        "kind-arrays/x.npz": write(coloured),
    }


def _runs(home: Path) -> None:
    """A run of each kind of data, and copies of it for other targets."""
    load = genwright.load_data

    def fit(data: Any, family: str, *targets: str, **options) -> Any:
        if family not in QUICK and "epochs" not in options:
            options = {"items": 640} | options
        model = genwright.fit(data, family, preset="tiny", out=home / targets[0] / "run", progress=False, **options)
        for target in targets[1:]:
            shutil.copytree(home / targets[0] / "run", home / target / "run")
        return model

    for name in ("stream", "sound-run", "music-run", "points-run", "molecule-run", "table-run", "graphs-run"):
        (home / name).mkdir(exist_ok=True)
    with contextlib.chdir(home / "replay"):
        fit(load("t.csv", given=["side"]), "vae", "replay", "run-report")
    fit(load(home / "csv/t.csv", given=["side"]), "independent", "table-run", "table-complete", "table-score")
    fit(load((pictures(), np.arange(30) % 3)), "vae", "picture-run", "picture-complete", "picture-score")
    fit(load(home / "captions/pets", given="caption"), "bootstrap", "prompts")
    fit(
        load(home / "graph-run/edges.csv", nodes=home / "graph-run/nodes.csv", target="kind"),
        "gcn",
        "graph-run",
        epochs=3,
    )
    fit(load(home / "graphml/set"), "discrete-diffusion", "graphs-run", "graphs-score", "graphs-complete", items=64)
    fit(load(home / "xyz/m.xyz"), "equivariant-diffusion", "points-run", "points-complete", "points-score")
    fit(load(home / "txt-lines/lines.txt"), "autoregressive", "line-run", "line-complete", "line-score")
    fit(
        load(home / "smi/m.smi"),
        "autoregressive",
        "molecule-run",
        "molecule-complete",
        "molecule-score",
        "score",
        "score-table",
    )
    measured = load(home / "assay/t.csv", target=["y", "active"], descriptors="none")
    fit(measured, "dmpnn", "property-run", epochs=1)
    fit(measured, "nearest", "library")
    fit(load(tunes_of_two(), windows=8), "n-gram", "music-run")
    fit(load(tunes_of_two(), windows=8), "autoregressive", "music-complete", items=64)
    fit(load(home / "wav-folder/set"), "n-gram", "sound-run", "sound-score")
    whole = pd.DataFrame({"n": np.arange(60) % 7, "tree": [("oak", "elm", "ash")[k % 3] for k in range(60)]})
    stream = fit(load(whole), "autoregressive", "stream")
    if find_spec("constriction"):
        (home / "stream/x.gw").write_bytes(stream.compress(whole.iloc[:20].assign(n=[99, *range(19)])))
    _stopped(home / "resume")
    _records(home)


def _records(home: Path) -> None:
    """Folders of a design, of a laboratory and of a screen; and what `status` and the studio look at."""
    for name in ("status", "studio/studio"):
        shutil.copytree(home / "run-report/run", home / name / "run")
        fill_folder(home / name / "compare", made())
    run = home / "studio/studio/run"
    (run / ".note.txt").write_text("the first that looks right\n")
    (run / "previews").mkdir(exist_ok=True)
    (run / "previews/000000640.png").write_bytes(png(12, 12))
    (home / "studio/studio/compare/report.html").write_text("<!doctype html><title>made</title>\n")
    if not find_spec("rdkit"):
        return
    library = "".join(f"{'C' * k}{end} {k}{end}\n" for k in range(1, 9) for end in "ON")
    for name in ("screen", "screen-begun"):
        (home / name / "library.smi").write_text(library)
    with mock.patch("genwright.molecules.screen.screen.write_ranked", side_effect=KeyboardInterrupt):
        command(SCREEN, home / "screen-begun")
    for name, typed in (("design", DESIGN), ("laboratory", LABORATORY), ("screen", SCREEN)):
        code, said, *_ = command(typed, home / name)
        if code:
            raise RuntimeError(said)
    asked = home / "laboratory/found/ask.csv"
    pd.read_csv(asked).assign(score=[0.5, 1.5, None]).to_csv(asked, index=False)


def _stopped(place: Path) -> None:
    """A run that Ctrl-C stopped at half of its items."""
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


def pictures() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (30, 8, 8), dtype=np.uint8)


def facts(between: str) -> str:
    """A ring of names, each before the next and after the last, as lines of three cells."""
    told = [(f"n{k}", word, f"n{(k + step) % 20}") for k in range(20) for word, step in (("before", 1), ("after", -1))]
    return "".join(between.join(fact) + "\n" for fact in told)


def graph_set() -> list:
    """Rings and stars of five to eleven nodes."""
    return [ring(size) for size in range(5, 12) for ring in (nx.cycle_graph, nx.star_graph)]


def coloured_graphs() -> list:
    """Those with two kinds of nodes and of edges, and half the number of their nodes."""
    for one in (graphs := graph_set()):
        one.graph["size"] = len(one) / 2
        nx.set_node_attributes(one, {i: "blue" if i else "red" for i in one}, "colour")
        nx.set_edge_attributes(one, {ends: ("single", "double")[ends[0] % 2] for ends in one.edges}, "bond")
        next(iter(one.edges.data()))[2]["bond"] = "double"
    return graphs


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


@lru_cache(maxsize=len(TARGETS))
def damaged_files(home: Path, number: int, seed: str) -> list[tuple[str, bytes]]:
    """Names and contents of damaged files of TARGETS[number]; one in four is damaged twice."""
    target = TARGETS[number]

    def damage(file: str) -> st.SearchStrategy[tuple[str, bytes]]:
        once = KINDS[target.damaged[file]]((home / target.name / file).read_bytes())
        twice = once.flatmap(KINDS["bytes"])
        others = [st.sampled_from(PLACES)] if file.startswith(OURS) else []
        return st.sampled_from((once, once, once, twice, *others)).flatmap(
            lambda drawn: drawn.map(lambda held: (file, held[:MOST]))
        )

    return examples(st.sampled_from(sorted(target.damaged)).flatmap(damage), seed, BATCH)


def case(home: Path, seed: int, k: int) -> tuple[Target, str, bytes]:
    """Target, file, and the damaged content; the first of each target is half of its first file."""
    target, (batch, place) = TARGETS[k % len(TARGETS)], divmod(k // len(TARGETS), BATCH)
    if k < len(TARGETS):
        file = next(iter(target.damaged))
        content = (home / target.name / file).read_bytes()
        return target, file, content[: len(content) // 2]
    found = damaged_files(home, k % len(TARGETS), f"{seed} {batch}")
    return target, *found[place % len(found)]


def run(home: Path, seed: int, k: int) -> Result:
    """Damage and read. A file that takes longer than SECONDS is given up, where the interpreter can still be asked."""
    target, file, content = case(home, seed, k)
    with tempfile.TemporaryDirectory() as place:
        here = Path(place, "here")
        shutil.copytree(home / target.name, here)
        put_in_place(here / file, content)
        code, said, seconds, mib = command(target.command, here)
    wrong = judged(code, said, seconds, mib)
    if not wrong and code == 4 and content not in PLACES:  # no fault of the system's: an error of a parser
        wrong = "exit 4"
    return Result(target.name, file, code, round(seconds, 3), round(mib, 1), said[-2000:] if wrong else "", wrong)


class Hang(BaseException):
    pass


def command(typed: str, here: Path) -> tuple[int, str, float, float]:
    """Exit code, stderr, seconds, and MiB of memory that a command took in a folder; -1 where it was given up."""
    words = typed.split()
    words += ["--quiet"] * (words[0] in ("fit", "compare"))
    out, err, start, largest = io.StringIO(), io.StringIO(), _seconds(), _peak_of_children()
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
            main(words) if words[0] != "pages" else open_pages(here / words[1])
        except SystemExit as exit:
            code = exit.code or 0
        except Hang:
            code = -1
        except Exception as error:  # of a page: the command line tells of its own
            code = 70
            traceback.print_exception(error)
        finally:
            tempfile.tempdir = saved
    children = _peak_of_children()  # of all so far: it says something where it grew
    peak = max(_peak(), children if children > largest else 0.0)
    return code, err.getvalue(), _seconds() - start, peak - before


def open_pages(root: Path) -> None:
    """Open what a studio of this folder shows: the first page, its entries, their previews and reports. A page that
    fails raises what it failed with."""
    from starlette.testclient import TestClient

    from genwright.studio import tails
    from genwright.studio.app import build

    with TestClient(build(root)) as browser:
        for entry in browser.get("/api/home").json()["entries"]:
            if entry["what"] == "comparison":
                browser.get(f"/compare/{entry['id']}")
                continue
            run = browser.get(f"/api/runs/{entry['id']}").json()
            for items in run["previews"]:
                browser.get(f"/api/runs/{entry['id']}/previews/{items}")
            tails.read_lines(root / entry["name"] / "metrics.jsonl", 0)


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


def _seconds() -> float:
    """Of the processor, that this process and those that it waited for took."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _peak_of_children() -> float:
    """MiB of resident memory of the largest process that this one waited for."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


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
