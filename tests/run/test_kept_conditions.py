# Tests run/open.py
"""No file of a run holds what a training item was given, or a training molecule: every byte is looked at."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import genwright
from genwright.core.errors import GivenError
from genwright.core.folder import WEIGHTS
from genwright.run.open import load_model

RNG = np.random.default_rng(0)
N = 120
WORDS = ["amber", "quiet", "broken", "little", "heavy", "ocean", "garden", "window", "lantern", "falcon"]


def numbers():
    """Two that go together, and one that has gaps."""
    size = RNG.normal(size=N)
    gap = np.where(RNG.random(N) < 0.2, np.nan, RNG.normal(size=N))
    return pd.DataFrame({"size": size, "weight": 3 * size + 0.1 * RNG.normal(size=N), "gap": gap})


def pictures(folder):
    lines = ["file_name,text"]
    for i in range(N):
        Image.fromarray(RNG.integers(0, 256, (8, 8), np.uint8)).save(folder / f"{i}.png")
        lines.append(f"{i}.png,{' '.join(RNG.choice(WORDS, 4))}")
    (folder / "metadata.csv").write_text("\n".join(lines))
    return genwright.load_data(folder, given=["caption"])


def table(folder):
    frame = numbers().assign(height=RNG.normal(size=N), kind=RNG.choice(["a", "b"], N))
    return genwright.load_data(frame, given=["size", "weight", "gap"])


def assay_of_molecules():
    ends = ["N", "O", "S", "F", "Cl", "C(=O)O", "C#N"]
    smiles = [f"{a}{'C' * k}{b}" for a in ends[:4] for b in ends for k in range(1, 6)][:N]
    return numbers().assign(smiles=RNG.permutation(smiles))


def molecules(folder, given=("size", "weight", "gap")):
    return genwright.load_data(assay_of_molecules(), kind="molecules", given=list(given))


def molecules_alone(folder):
    return molecules(folder, ())


def lines(folder):
    frame = numbers().assign(text=["".join(RNG.choice(list("abcd"), 12)) for _ in range(N)])
    frame["side"] = RNG.choice(["left", "right"], N)
    return genwright.load_data(frame, kind="sequences", column="text", given=["size", "weight", "side"])


CASES = [
    (pictures, "flow-matching"),
    (pictures, "latent-diffusion"),
    (table, "vae"),
    (table, "trees"),
    (molecules, "autoregressive"),
    (molecules_alone, "valence"),
    (lines, "discrete-diffusion"),
]
DEAR = [(pictures, "latent-diffusion")]  # it keeps what flow matching of pictures keeps


def secrets(data) -> list[bytes]:
    """What no file may hold: captions and their tokens, pairs of neighbouring conditions of a row, SMILES."""
    given, items = data.tensors("train").given.numpy(), data.items["train"]
    if data.kind == "images":
        assert all(len(caption.split()) > 2 for caption in items.given["caption"])
        return [caption.encode() for caption in items.given["caption"]] + [row.tobytes() for row in given]
    rows = [given, given.astype(np.float64)]
    if data.kind == "tables":
        rows.append(items[["size", "weight", "gap"]].to_numpy(float))
    pairs = [(row[j : j + 2], table) for table in rows for row in table for j in range(2)]
    found = [pair.tobytes() for pair, _ in pairs if np.isfinite(pair).all() and len(set(pair % 1)) == 2]
    found += [json.dumps(pair.tolist())[1:-1].encode() for pair, _ in pairs if len(set(pair % 1)) == 2]
    return found + [text.encode() for text in items if data.kind == "molecules" and len(text) > 4]


@pytest.mark.parametrize(
    ("make", "family"),
    [
        pytest.param(*case, id=f"{case[0].__name__}-{case[1]}", marks=pytest.mark.long if case in DEAR else ())
        for case in CASES
    ],
)
def test_no_file_of_a_run_holds_a_training_condition(make, family, tmp_path):
    (tmp_path / "data").mkdir()
    data, run = make(tmp_path / "data"), tmp_path / "run"
    presets = genwright.zoo.registry.presets(genwright.zoo.registry.row(data.kind, data.task, family))
    model = genwright.fit(
        data, family, preset="tiny" if presets else None, items=256, out=run, checkpoint_seconds=0, progress=False
    )
    assert_none_is_kept(secrets(data), run)
    drawn = model.sample(9, seed=1)
    assert len(drawn) == 9 and "caption" not in getattr(drawn, "given", {})


def assert_none_is_kept(hidden: list[bytes], run) -> None:
    files = [path for path in run.rglob("*") if path.is_file()]
    assert {"config.toml", "domain.json", WEIGHTS} <= {path.name for path in files} and len(hidden) > 50
    for path in files:
        content = path.read_bytes()
        assert not [secret for secret in hidden if secret in content], path


@pytest.mark.parametrize("family", ["dmpnn", "nearest"])
def test_no_file_of_a_run_holds_a_molecule_that_was_measured(family, tmp_path):
    """What is kept to find the nearest one by are bits of fingerprints."""
    data = genwright.load_data(assay_of_molecules(), target="size", descriptors="none")
    genwright.fit(data, family, preset="tiny", epochs=1, out=tmp_path / "run", checkpoint_seconds=0, progress=False)
    assert_none_is_kept([text.encode() for text in data.smiles if len(text) > 4], tmp_path / "run")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    genwright.fit(table(folder), "vae", preset="tiny", items=64, out=folder / "run", progress=False)
    return folder / "run"


def test_an_opened_run_draws_the_same_conditions(saved):
    model = load_model(saved)
    drawn = model.sample(300, seed=3)
    assert drawn.equals(load_model(saved).sample(300, seed=3)) and drawn[:9].equals(model.sample(9, seed=3))
    assert 0.05 < drawn["gap"].isna().mean() < 0.4 and drawn["size"].nunique() > 250


def test_a_tensor_of_conditions_means_what_its_values_mean(saved):
    model = load_model(saved)
    rows = model.sample(20, seed=1)
    _, asked = model.domain.encode(rows)
    drawn = model.sample(20, given=asked, seed=0)
    assert drawn.equals(model.sample(20, given={name: rows[name] for name in model.domain.given.names}, seed=0))
    with pytest.raises(GivenError):
        model.sample(9, given=asked)


def test_what_a_family_needs_is_asked_for():
    x = RNG.integers(0, 17, (60, 8, 8), dtype=np.uint8)
    data = genwright.load_data(x, given=["low/2"])
    model = genwright.fit(data, "flow-matching", preset="tiny", items=64, progress=False)
    free = model.sample(2, seed=0)
    assert len(free) == 2 and "low" not in free.given
    model.family.allows_missing_given = False  # as where `condition_dropout` is 0
    with pytest.raises(GivenError, match="low.*given="):
        model.sample(2, seed=0)
    low = data.domain.decode(*data.domain.encode(data.test[:2]), None).given["low"]
    assert np.array_equal(model.sample(2, given={"low": low}, seed=0).given["low"], low)
