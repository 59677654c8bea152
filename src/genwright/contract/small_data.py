"""A small data set of every kind, and of every task of predictors: what the contract and the golden run folders are
fitted on."""

from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

import genwright
from genwright.core.data import Data, Whole
from genwright.core.manifest import load_place
from genwright.kinds.known_kinds import kinds
from genwright.kinds.values.several_texts import texts_of
from genwright.run.model import Model
from genwright.run.predictor import Predictor
from genwright.zoo import registry

CAPTIONED = "genwright.contract.kinds:CaptionedPictures"  # images with captions


def digits():
    from sklearn.datasets import load_digits

    raw = load_digits()
    return genwright.load_data((raw.images[:600].astype(np.uint8) * 16, raw.target[:600]))


def halves(count: int = 160, **loaded):
    """Makes images with one bright half, each with two captions that say which.

    Args:
        loaded: how, by default to match texts.
    """
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
    smiles = []
    for k in range(600):
        symbols, places = list(MOLECULES.values())[k % 4]
        turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        places = (places + rng.normal(0, 0.05, (len(symbols), 3))) @ turn
        smiles.append((tuple(symbols), places.round(6)))  # the split looks at bits, which processors round differently
    return genwright.load_data(smiles)


def looks() -> dict[str, Any]:
    """Returns the contract's view of each kind of data that models are made of, a `kinds.Kind`, by name."""
    by_kind = {}
    for kind in kinds().values():
        if kind.small_data:
            by_kind[kind.name] = _make_look(kind.small_data)
    return by_kind


def small_label(row: registry.Row) -> str:
    """Returns the label of the small data on which the contract tests a row of the registry."""
    return CAPTIONED if "given" in row.needs else row.construction.small_data or row.label


def look_at(label: str) -> Any:
    """Returns the contract's view of the data of a label of the registry, or the view that a class names: a
    `kinds.Kind`, or a `tasks.SmallTask`."""
    if ":" in label:
        return _make_look(label)
    place = registry.place(label)
    return _make_look(registry.TASKS[place].small_data) if registry.predicts(place[1]) else looks()[label]


def ask(model: Predictor, verb: str, data: Whole | Data) -> pd.DataFrame | np.ndarray:
    """Calls a verb of a predictor on data, with the further arguments that the verb needs.

    Args:
        model: The trained model.
        data: The data set.
    """
    look = look_at(registry.label(model.domain.kind, model.domain.task))
    return getattr(model, verb)(data, *look.verb_arguments(verb))


def replay_interrupted(data: Whole | Data, run: Path, out: Path, **options: object) -> Model | Predictor:
    """Replays a run, stops at the second checkpoint, and resumes: returns the model at the end.

    Args:
        data: The data set.
        run: Folder of the run.
        out: Folder or file to write.
        options: Options by name.
    """
    from genwright.training.checkpoints import Store

    class Stop(Exception):
        pass

    calls, save = [], Store.save

    def stop_after_two(self, *args, **named):
        save(self, *args, **named)
        calls.append(1)
        if len(calls) == 2:
            raise Stop

    rerun = dict(replay=run, out=out, progress=False, **options)
    with patch.object(Store, "save", stop_after_two), suppress(Stop):
        genwright.fit(data, checkpoint_seconds=0.0, **rerun)
    assert len(calls) == 2
    return genwright.fit(data, **rerun)


def small_data(label: str):
    """Makes the small data of a kind or of a task of predictors."""
    return look_at(label).data()


def _make_look(place: str) -> Any:
    return load_place(place)()


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


def pieces(data):
    items = data.test[:20]
    return items, [np.arange(len(item)) < len(item) // 2 for item in items]
