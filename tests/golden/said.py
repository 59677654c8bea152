"""What a model says by each of its verbs, in plain numbers that lose no bit, and on what machine it said so."""

import json
import platform
import zlib
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import torch

from genwright.contract.small_data import ask, with_holes
from genwright.core.cpu import cores
from genwright.kinds.domain import Drawn
from genwright.kinds.points.atoms import Atoms
from genwright.proteins.families.folded import Folded
from genwright.run.predictor import Predictor
from genwright.series.kinds.subjects import Subjects

FEW = 6  # items
# test items of small data that models were asked about; the split of today may have others
ASKED = json.loads((Path(__file__).parent / "asked.json").read_text())
MADE = {  # items from plain numbers
    "music": lambda piece: np.array(piece, np.int16),
    "graph-sets": lambda graph: nx.compose(nx.empty_graph(graph[0]), nx.from_edgelist(graph[1])),
}


def machine() -> dict:
    """What the bits of a number depend on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().split("\n\n")[0].splitlines() if info.exists() else [platform.processor()]
    kept = sorted(line for line in lines if line.startswith(("model", "cpu family", "stepping", "flags", "Features")))
    return {"processor": zlib.crc32("\n".join(kept or lines).encode()), "cores": cores(), "torch": torch.__version__}


def cell(value):
    if isinstance(value, Folded):
        return [value.atoms.tolist(), value.confidence.tolist()]
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return None if pd.isna(value) else getattr(value, "item", lambda: value)()


def plain(items) -> dict | list:
    if isinstance(items, Subjects):
        return {"ptr": items.ptr.tolist(), **plain(items.frame)}
    if isinstance(items, pd.DataFrame):
        return {name: [cell(value) for value in items[name]] for name in items}
    if isinstance(items, list) and isinstance(items[0], Atoms):
        return [[list(item.symbols), item.positions.tolist()] for item in items]
    if isinstance(items, list) and isinstance(items[0], np.ndarray):
        return [clip.tolist() for clip in items]
    if isinstance(items, list) and isinstance(items[0], nx.Graph):
        return [[list(graph), sorted(map(sorted, graph.edges))] for graph in items]
    return np.asarray(items).tolist()


def said(model, data) -> dict:
    """Of a model: draws, likelihoods, codes and their way back, completions; of a predictor: the first rows of its
    answers."""
    if isinstance(model, Predictor):
        answers = {verb: plain(ask(model, verb, data)[:FEW]) for verb in model.verbs}
        return {"machine": machine(), **answers}
    if data.kind in ASKED:
        data = replace(data, items=data.items | {"test": Drawn(map(MADE.get(data.kind, str), ASKED[data.kind]))})
    few = data.test[:FEW]
    found = {"machine": machine(), "verbs": model.verbs, "sample": plain(model.sample(FEW, seed=0))}
    if model.has("log_prob"):
        likelihood = model.log_prob(few, seed=0)
        found |= {"log_prob": likelihood.nats.tolist(), "kind": likelihood.kind, "of": likelihood.of}
    if model.has("encode"):
        codes = model.encode(few)
        found |= {"encode": codes.tolist(), "decode": plain(model.decode(codes))}
    if model.has("predict"):
        found["predict"] = plain(model.predict(few))
    if model.has("complete"):
        items, known = with_holes(data)
        found["complete"] = plain(model.complete(items[:FEW], None if known is None else known[:FEW], seed=0))
    return found
