"""A small data set of every kind, and of every task of predictors: what the contract and the golden run folders are
fitted on."""

from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

import networkx as nx
import numpy as np
import pandas as pd
import torch

import genwright
from genwright.core.data import Data, Whole
from genwright.core.draws import Draws
from genwright.core.graph import from_edges, undirected
from genwright.graphs.kinds.graph_data import GraphData, Interactions
from genwright.kinds.known_kinds import kinds
from genwright.kinds.values.several_texts import texts_of
from genwright.proteins.kinds.chain import Chain, numbers_of
from genwright.proteins.kinds.geometry import HELIX, STRAND, build_backbone
from genwright.proteins.kinds.protein_data import ProteinChains
from genwright.run.model import Model
from genwright.run.predictor import Predictor
from genwright.sound.kinds.audio.clips import Clips
from genwright.zoo import registry

CAPTIONED = "images with captions"
DECORATED = "molecules, their scaffold first"


def digits():
    from sklearn.datasets import load_digits

    raw = load_digits()
    return genwright.load_data((raw.images[:600].astype(np.uint8) * 16, raw.target[:600]))


def halves(count: int = 160, **loaded):
    """Makes images with one bright half, each with two captions that say which. loaded: how, by default to match
    texts."""
    rng = np.random.default_rng(0)
    names = ("left", "right", "upper", "lower")
    images, captions = np.zeros((count, 8, 8), np.uint8), []
    for i, image in enumerate(images):
        name = names[i % 4]
        image[{"left": np.s_[:, :4], "right": np.s_[:, 4:], "upper": np.s_[:4], "lower": np.s_[4:]}[name]] = 160
        captions.append(texts_of([f"a bright {name} half", name]))
    images += rng.integers(0, 80, images.shape, np.uint8)
    return genwright.load_data((images, {"caption": captions}), **(loaded or {"task": "match"}))


def captioned_halves():
    """Makes more images of `halves`, to draw them from captions."""
    return halves(560, given="caption")


def table():
    """Makes a table of categories, a number, a count with empty cells and a flag; `group` is given."""
    rng = np.random.default_rng(0)
    n = 600
    letter = rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])
    size = rng.normal(size=n) + (letter == "a") * 2.0
    count = rng.poisson(3, n) + (size > 1) * 4
    frame = pd.DataFrame({"kind": letter, "size": size, "count": count.astype(float), "flag": rng.random(n) < 0.3})
    frame["group"] = np.where(size > 0.5, "up", "down")
    frame.loc[rng.random(n) < 0.15, "count"] = np.nan
    return genwright.load_data(frame, given=["group"])


def words():
    """Makes pairs of syllables, the second mostly by the first, some with an ending."""
    rng = np.random.default_rng(0)
    first, second = rng.choice(["ka", "lo", "mi", "tu"], 600), rng.choice(["ra", "no", "si"], 600)
    second = np.where((first == "ka") & (rng.random(600) < 0.8), "no", second)
    ends = np.where(rng.random(600) < 0.4, rng.choice(["n", "nda"], 600), "")
    return genwright.load_data(["".join(parts) for parts in zip(first, second, ends)])


def assay():
    """Makes chains with a group at each end: whether one is an amine, and how long they are, a third unknown of
    each."""
    rng = np.random.default_rng(0)
    ends = [(a, b) for a in ("N", "O", "S", "F", "Cl") for b in ("O", "S", "c1ccccc1", "C(=O)O", "C#N", "C(F)F")]
    rows = [
        (f"{a}{'C' * k}{b}", "yes" if a == "N" else "no", k + rng.normal(0, 0.1)) for a, b in ends for k in range(2, 9)
    ]
    frame = pd.DataFrame(rows, columns=["smiles", "active", "length"])
    return frame.mask(pd.DataFrame({name: rng.random(len(frame)) < 1 / 3 for name in frame} | {"smiles": False}))


def small_molecules():
    """Makes chains of one to four carbons with a group at each end, the second mostly by the first."""
    rng = np.random.default_rng(0)
    first, second = rng.choice(["N", "O", "S", ""], 600), rng.choice(["O", "S", "c1ccccc1"], 600)
    second = np.where((first == "N") & (rng.random(600) < 0.8), "O", second)
    chains = ["C" * int(length) for length in rng.integers(1, 5, 600)]
    smiles = ["".join(parts) for parts in zip(first, chains, second)]
    return genwright.load_data(smiles, kind="molecules")


def tones():
    """Makes low and high tones that fade, of 20 to 60 samples, with some noise; which of them is `label`."""
    rng = np.random.default_rng(0)
    clips, labels = [], []
    for k in range(600):
        time = np.arange(rng.integers(20, 60))
        tone = np.sin(2 * np.pi * (0.05 + 0.15 * (k % 2)) * time + rng.uniform(0, 6)) * np.exp(-time / 30)
        clips.append((0.5 * tone + rng.normal(0, 0.02, len(time))).clip(-1, 1).astype(np.float32))
        labels.append("high" if k % 2 else "low")
    return genwright.load_data(Clips(clips, {"label": labels}, rate=8_000))


def moving_spots():
    """Makes clips of six frames of 8 x 8 in which a bright spot moves left or right, which is `label`, with some
    noise."""
    rng, clips, labels = np.random.default_rng(0), np.zeros((560, 6, 8, 8, 1), np.uint8), []
    for k, clip in enumerate(clips):
        row, step = rng.integers(7), (-1, 1)[k % 2]
        for frame, column in zip(clip, (rng.integers(7) + step * np.arange(6)) % 7):
            frame[row : row + 2, column : column + 2] = 200
        labels.append("right" if k % 2 else "left")
    clips += rng.integers(0, 50, clips.shape, np.uint8)
    return genwright.load_data((clips, {"label": labels}))


def first_frames(data):
    """Cuts clips to first halves, and takes out a frame in the middle, in turn."""
    items = data.test[:20]
    known = np.ones((len(items), items.shape[1]), bool)
    known[::2, items.shape[1] // 2 :] = False
    known[1::2, 3] = False
    return items, known


def canons():
    """Makes canons: a tune of steps up and down a scale, and the same a third below, a step later; held for two
    sixteenths."""
    rng, scale = np.random.default_rng(0), 60 + np.array([0, 2, 4, 5, 7, 9, 11, 12, 14])
    made = []
    for _ in range(60):
        at = np.clip(np.abs(np.cumsum(rng.integers(-1, 2, 12)) + 4), 2, len(scale) - 1)
        tune = np.repeat(scale[at], 2)
        below = np.r_[np.full(2, -1), np.repeat(scale[at - 2], 2)[:-2]]
        made.append(np.stack([tune, below], 1))
    return genwright.load_data(made, windows=8)


def helices_and_strands(count: int = 24) -> ProteinChains:
    """Makes chains of 9 to 13 residues, each of one half in a helix (A, L, E) and one in a strand (V, T, I)."""
    rng, chains = np.random.default_rng(0), []
    for number in range(count):
        first, second = 4 + rng.integers(3, size=2)
        halves = [("ALE", HELIX, first), ("VTI", STRAND, second)][:: 1 if number % 2 else -1]
        text = "".join("".join(rng.choice(list(letters), size)) for letters, _, size in halves) + "G"
        phi, psi = np.concatenate([np.tile(angles, (size, 1)) for _, angles, size in halves] + [[HELIX]]).T
        atoms = build_backbone(phi, psi)
        chains.append(Chain(f"chain {number}", numbers_of(text), atoms, np.zeros(len(text), bool)))
    parts = np.array(["train"] * (count - 8) + ["valid"] * 4 + ["test"] * 4, object)
    return ProteinChains("helices and strands", chains, parts)


def rings_and_stars(count: int = 40, size: int = 6) -> GraphData:
    """Makes graphs, half of them rings, half stars, of five to seven nodes with a number of noise each."""
    rng = Draws("rings and stars")
    sizes = torch.tensor([size - 1 + k % 3 for k in range(count)])
    begin = torch.cat([torch.zeros(1, dtype=torch.long), sizes.cumsum(0)])
    source, target = [], []
    for k, n in enumerate(sizes.tolist()):
        ring = torch.arange(n)
        source.append(begin[k] + (ring if k % 2 else ring[1:]))
        target.append(begin[k] + ((ring + 1) % n if k % 2 else torch.zeros(n - 1, dtype=torch.long)))
    graph = undirected(from_edges(torch.cat(source), torch.cat(target), int(begin[-1])))
    x = torch.cat([torch.ones(graph.rows, 1), rng.normal(graph.rows, 2)], 1)
    return GraphData("rings and stars", graph, x, torch.arange(count) % 2, ("star", "ring"), members=begin)


def clubs() -> Interactions:
    """Makes interactions of two clubs of 20 users and 15 items; everyone takes 4 items of the club's to learn from, and
    2 to test."""
    taken = torch.stack([15 * (u // 20) + Draws("clubs", u).permutation(15)[:6] for u in range(40)])
    pairs = torch.stack([torch.arange(40)[:, None].expand(-1, 6), taken], 2)
    return Interactions("clubs", 40, 30, pairs[:, :4].reshape(-1, 2), pairs[:, 4:].reshape(-1, 2))


MOLECULES = {  # symbols, and roughly where they are in angstrom
    "water": ("OHH", [[0, 0, 0.12], [0, 0.76, -0.48], [0, -0.76, -0.48]]),
    "ammonia": ("NHHH", [[0, 0, 0.1], [0.94, 0, -0.25], [-0.47, 0.81, -0.25], [-0.47, -0.81, -0.25]]),
    "methane": (
        "CHHHH",
        [[0, 0, 0], [0.63, 0.63, 0.63], [-0.63, -0.63, 0.63], [-0.63, 0.63, -0.63], [0.63, -0.63, -0.63]],
    ),
    "methanol": (
        "COHHHH",
        [[-0.7, 0, 0], [0.7, 0, 0], [-1.1, 1, 0], [-1.1, -0.5, 0.9], [-1.1, -0.5, -0.9], [1, 0.9, 0]],
    ),
}


def molecules():
    """Makes four small molecules in space, shaken and turned."""
    rng = np.random.default_rng(0)
    made = []
    for k in range(600):
        symbols, places = list(MOLECULES.values())[k % 4]
        turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        places = (places + rng.normal(0, 0.05, (len(symbols), 3))) @ turn
        made.append((tuple(symbols), places.round(6)))  # the split looks at bits, which processors round differently
    return genwright.load_data(made)


def rings_trees_and_clubs():
    """Makes graphs of six to ten nodes: a ring, a random tree, or two clubs that know each other by one person."""
    rng = np.random.default_rng(0)
    made = []
    for k in range(600):
        size = 6 + k % 5
        if k % 3 == 0:
            made.append(nx.cycle_graph(size))
        elif k % 3 == 1:
            made.append(nx.Graph((i, int(rng.integers(i))) for i in range(1, size)))
        else:
            clubs = nx.disjoint_union(nx.complete_graph(size // 2), nx.complete_graph(size - size // 2))
            lost = [edge for edge in clubs.edges if rng.random() < 0.15]
            clubs.remove_edges_from(lost)
            clubs.add_edge(0, size - 1)
            made.append(clubs)
    return genwright.load_data(made)


def looks() -> dict[str, Any]:
    """Returns the contract's view of each kind of data that models are made of, a `kinds.Kind`, by name."""
    by_kind = {}
    for kind in kinds().values():
        if kind.small_data:
            by_kind[kind.name] = _make_look(kind.small_data)
    return by_kind


def small_label(row: registry.Row) -> str:
    """Returns the label of the data that a row of the registry is tried on."""
    return CAPTIONED if row.needs else DECORATED if row.construction.notation else row.label


def look_at(label: str) -> Any:
    """Returns the contract's view of the data of a label of the registry, of CAPTIONED or DECORATED: a `kinds.Kind`, or
    a `tasks.SmallTask`."""
    own = {CAPTIONED: "CaptionedPictures", DECORATED: "DecoratedMolecules"}
    if label in own:
        return _make_look(f"genwright.contract.kinds:{own[label]}")
    place = registry.place(label)
    return _make_look(registry.TASKS[place].small_data) if registry.predicts(place[1]) else looks()[label]


def ask(model: Predictor, verb: str, data: Whole | Data) -> pd.DataFrame | np.ndarray:
    """Calls a verb of a predictor on data, with the further arguments that the verb needs."""
    look = look_at(registry.label(model.domain.kind, model.domain.task))
    return getattr(model, verb)(data, *look.verb_arguments(verb))


def replay_interrupted(data: Whole | Data, run: Path, out: Path, **options: object) -> Model | Predictor:
    """Replays a run, stops at the second checkpoint, and resumes: returns the model at the end."""
    from genwright.training.checkpoints import Store

    class Stop(Exception):
        pass

    calls, save = [], Store.save

    def stop_after_two(self, *args, **named):
        save(self, *args, **named)
        calls.append(1)
        if len(calls) == 2:
            raise Stop

    again = dict(replay=run, out=out, progress=False, **options)
    with patch.object(Store, "save", stop_after_two), suppress(Stop):
        genwright.fit(data, checkpoint_seconds=0.0, **again)
    assert len(calls) == 2
    return genwright.fit(data, **again)


def small_data(label: str):
    """Makes the small data of a kind or of a task of predictors."""
    return look_at(label).data()


def _make_look(where: str) -> Any:
    module, name = where.split(":")
    return getattr(import_module(module), name)()


def with_holes(data):
    """Returns test items with parts missing, and the known mask (None where items show their holes themselves)."""
    return looks()[data.kind].holes(data)


def half_pictures(data):
    items = data.test[:40]
    known = np.zeros(items.shape[:3], bool)
    known[:, : items.shape[1] // 2] = True
    return items, known


def rows_with_gaps(data):
    frame = data.test.iloc[:40].copy().reset_index(drop=True)
    frame.loc[::2, "kind"] = None
    frame.loc[1::3, "size"] = np.nan
    return frame, None


def words_with_holes(data):
    """Returns beginnings, words with a hole in the middle, and bare lengths, in turn."""
    holes = (lambda word: f"{word[:2]}*", lambda word: f"{word[0]}_{word[2:]}", lambda word: "_" * len(word))
    return [holes[i % 3](word) for i, word in enumerate(data.test[:40])], None


def decorated_molecules():
    """Makes rings with a chain of one to four atoms, and their weight."""
    rng = np.random.default_rng(0)
    rings = rng.choice(["c1ccccc1", "c1ccnc(F)c1", "C1CCNC1"], 600)
    chains, ends = ["C" * int(length) for length in rng.integers(1, 5, 600)], rng.choice(["N", "O", ""], 600)
    smiles = ["".join(parts) for parts in zip(ends, chains, rings)]
    return genwright.load_data(smiles, kind="molecules", notation="scaffold-first", given=["weight"])


def scaffolds(data):
    """Returns first halves of molecules, and molecules that are bound at their first atom, in turn; for models that
    choose places, scaffolds that are marked and such that are not."""
    if data.domain.chooses_places:
        return ["[*:1]c1ccccc1", "c1ccncc1", "C1CCNC1", "[*:1]c1ccnc([*:2])c1"] * 10, None
    ways = (data.domain.cut, lambda smiles: f"[*:1]{smiles}")
    return [ways[i % 2](smiles) for i, smiles in enumerate(data.test[:40])], None


def beginnings(data):
    """Returns whole clips, which go on, and first halves, in turn."""
    items = data.test[:20]
    return items, [np.arange(len(clip)) < len(clip) // (1 + i % 2) for i, clip in enumerate(items)]


def windows_with_holes(data):
    """Returns first halves of windows, and first voices, in turn."""
    items = data.test[:20]
    masks = np.zeros((len(items), *items[0].shape), bool)
    masks[::2, : len(items[0]) // 2] = True
    masks[1::2, :, 0] = True
    return items, masks


def pieces(data):
    items = data.test[:20]
    return items, [np.arange(len(item)) < len(item) // 2 for item in items]


def parts_of_graphs(data):
    """Returns the first four nodes of each graph."""
    return [graph.subgraph(sorted(graph)[:4]).copy() for graph in data.test[:20]], None
