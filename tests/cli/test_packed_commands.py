"""Verbs take items by any door by which `fit` takes them: a folder of images, or one that is packed; and labels that a
model does not know."""

import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import genwright as gw

DOORS = {"lab": None, "lab.zip": "zip", "lab.tgz": "gztar"}  # what a person names, and how it is packed
VERBS = {
    "log-prob": "log-prob run {door} --out {out}",
    "complete": "complete run {door} --known mask.png --seed 0 --out {out}",
    "novel": "sample run --novel {door} -n 3 --seed 0 --out {out}",
    "encode": "encode run {door} --out {out}",
}


@pytest.fixture
def home(tmp_path):
    """A folder `lab` of images with two labels, also packed, and a mask."""
    rng = np.random.default_rng(0)
    for k in range(40):
        file = tmp_path / "lab" / "ab"[k % 2] / f"{k:02}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (8, 8), np.uint8)).save(file)
    Image.fromarray(np.uint8([[0] * 4 + [255] * 4] * 8)).save(tmp_path / "mask.png")
    for name, form in DOORS.items():
        if form:
            shutil.move(shutil.make_archive(str(tmp_path / "made"), form, tmp_path, "lab"), tmp_path / name)
    return tmp_path


@pytest.fixture
def run(do):
    do("fit lab --family pca --preset tiny --out run -q")


def test_packed_images_are_those_of_the_folder_for_every_verb(do, home, run):
    assert len({gw.load_data(home / door).hash for door in DOORS}) == 1
    for verb, words in VERBS.items():
        made = [f"{door}-{verb}{'.csv' if verb == 'log-prob' else '.npz'}" for door in DOORS]
        for door, out in zip(DOORS, made):
            do(words.format(door=door, out=out))
        first, *others = ((home / out).read_bytes() for out in made)
        assert others == [first, first], verb


def test_labels_that_a_model_does_not_know_are_left_out(do, home, run):
    for place in ("mixed/a/00.png", "mixed/new/02.png", "mixed/other/04.png", "wrapped/only/00.png"):
        (home / place).parent.mkdir(parents=True)
        shutil.copy(home / "lab" / "a" / place[-6:], home / place)
    said = do("log-prob run mixed --out mixed.csv")
    assert said.err.count("label left out of 2 of 3 items, unknown to this model: new, other") == 1
    known, *bare = pd.read_csv("mixed.csv").iloc[:, 1]
    np.savez("bare.npz", x=np.stack([np.asarray(Image.open(f"lab/a/0{k}.png")) for k in (0, 2, 4)]))
    do("log-prob run bare.npz --out bare.csv")
    own, *same = pd.read_csv("bare.csv").iloc[:, 1]
    assert bare == same and known != own
    assert "1 of 1 items, unknown to this model: only" in do("log-prob run wrapped --out wrapped.csv").err
    assert "label 'new' is unknown to this model: it knows a, b" in do("sample run --given label=new", 2)
