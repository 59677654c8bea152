"""Trains the models of the distribution genwright-models, each for at most fifteen minutes of an idle core.

python models/make.py          those that are missing
python models/make.py digits   these, anew

They train in runs/models, where the same command resumes an interrupted training.

The data are free to pass on; each model card names their licence. First names are those of the census of the United
States in 1990 (public domain), from the package `names` (MIT): pip install names. Photographs are those in the wheel
of scikit-image that are CC0 or in the public domain: pip install scikit-image
"""

import shutil
import sys
from collections import Counter
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

import genwright
from genwright.core.data import Data
from genwright.core.errors import DataError
from genwright.kinds.formats.download import cached
from genwright.kinds.values.smiles_texts import TOKEN

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))
from made_scenes import made_scenes, made_specimens, made_textures  # noqa: E402

HERE = Path(__file__).parent / "genwright_models"
TRAININGS = Path(__file__).parents[1] / "runs" / "models"
NAMES = "dist.female.first", "dist.male.first"
MOLECULES = (  # file, column of SMILES, how many at most
    ("moses/train.csv.gz", "SMILES", 60_000),
    ("moleculenet/HIV.csv.gz", "smiles", None),
    ("moleculenet/tox21.csv.gz", "smiles", None),
    ("moleculenet/Lipophilicity.csv.gz", "smiles", None),
    ("moleculenet/delaney-processed.csv.gz", "smiles", None),
    ("moleculenet/SAMPL.csv.gz", "smiles", None),
)
LONGEST, RARE = 105, 20  # symbols of a molecule as it is read, and molecules that hold a symbol
SIDE, CROPS = 128, 150  # pixels of the items of the codec, and crops of each photograph
PHOTOGRAPHS = (  # of scikit-image, CC0 or in the public domain; the benchmarks measure on others
    "astronaut", "brick", "coffee", "grass", "gravel", "hubble_deep_field", "moon", "retina", "rocket",
)  # fmt: skip
LARGEST = 6 * 2**20  # bytes of the weights of a model
KEPT = ("config.toml", "domain.json", "weights.safetensors", "README.md")


def first_names() -> Data:
    """Names as the census counted them, each once."""
    lines = [line for file in NAMES for line in files("names").joinpath(file).read_text().splitlines()]
    data = genwright.load_data(sorted({line.split()[0].title() for line in lines}))
    return replace(data, name="first-names", licence="public domain (census of the United States, 1990)")


def many_molecules() -> Data:
    """Drug-like molecules of MOSES, and molecules of MoleculeNet with what MOSES lacks: charges, stereo, larger rings,
    longer lines. BBBP and BACE stay out, so that the docs can measure what the model helps to learn of them."""
    lines = [
        line.strip()
        for file, column, most in MOLECULES
        for line in pd.read_csv(cached(file))[column].dropna().sample(frac=1, random_state=0)[:most]
    ]
    cut = {line: TOKEN.findall(line) for line in lines}
    seen = Counter(symbol for symbols in cut.values() for symbol in set(symbols))
    kept = [line for line, own in cut.items() if len(own) <= LONGEST and min(map(seen.get, own)) >= RARE]
    data = genwright.load_data(kept, kind="molecules")
    held = {line for name in ("bbbp", "bace") for part in genwright.load_data(name).items.values() for line in part}
    items = {part: [line for line in own if line not in held] for part, own in data.items.items()}
    licence = "MIT (Polykovskiy et al. 2020; ZINC, Irwin et al. 2012); CC0 1.0 (MoleculeNet, Wu et al. 2018)"
    return replace(data, name="moses-moleculenet", items=items, licence=licence)


def scenes_and_photographs() -> Data:
    """Made scenes, specimens and textures, and crops of a few photographs, at several scales."""
    rng, crops = np.random.default_rng(0), []
    for name in PHOTOGRAPHS:
        (file,) = (path for path in (files("skimage") / "data").iterdir() if path.name.startswith(f"{name}."))
        with Image.open(file) as opened:
            image = opened.convert("RGB")
        for _ in range(CROPS):
            size = int(np.exp(rng.uniform(np.log(SIDE), np.log(min(image.size)))))
            left, top = (rng.integers(side - size + 1) for side in image.size)
            crop = image.resize((SIDE, SIDE), Image.Resampling.BICUBIC, (left, top, left + size, top + size))
            crops.append(np.asarray(crop)[:, :: rng.choice([1, -1])])
    wide = made_scenes(100, 2 * SIDE, 3)
    halves = np.concatenate([wide[:, :SIDE, :SIDE], wide[:, SIDE:, :SIDE], wide[:, SIDE:, SIDE:]])
    made = made_scenes(800, SIDE, 1), halves, made_specimens(200, SIDE, 1), made_textures(400, SIDE, 1)
    data = genwright.load_data(np.concatenate([*made, np.stack(crops)]), side=SIDE)
    return replace(data, name="scenes-and-photographs", licence="CC0 1.0 and public domain (scikit-image); made scenes")


SHAPES = {"given": ["caption"]}
PATCHES = {"batch": 32, "blocks": 1, "patch": 2, "dropout": 0.0, "sampling_steps": 16}
SMALL_LSTM = {"width": 128, "batch": 32}
CODEC_ALONE = {"width": 8, "blocks": 1, "share": 0.98, "batch": 8, "sampling_steps": 4, "density_steps": 2}
MODELS = {  # name: source, options of the data, family, keywords of `fit`
    "digits": ("digits", {}, "flow-matching", {"minutes": 4, "hyperparameters": PATCHES}),
    "table": ("penguins", {}, "autoregressive", {"minutes": 1}),
    "names": (first_names, {}, "autoregressive", {"minutes": 2, "preset": "lstm-few", "hyperparameters": SMALL_LSTM}),
    "molecules": (many_molecules, {}, "autoregressive", {"items": 90_000, "preset": "lstm"}),
    "karate": ("karate-club", {}, "gcn", {"minutes": 0.5, "task": "nodes"}),
    "shapes": ("shapes", SHAPES, "dall-e", {"minutes": 15}),
    "shapes-match": ("shapes", SHAPES, "clip", {"minutes": 4, "task": "match"}),
    "codec": (scenes_and_photographs, {}, "latent-diffusion", {"items": 14_000, "hyperparameters": CODEC_ALONE}),
    "foldable-chains": ("foldable-chains", {}, "alphafold2", {"items": 14_700, "hyperparameters": {"places": True}}),
}


def make(name: str) -> None:
    """Train a model, and keep the files that open it."""
    source, options, family, keywords = MODELS[name]
    data = source() if callable(source) else genwright.load_data(source, task=keywords.get("task"), **options)
    training = TRAININGS / name
    genwright.fit(data, family, seed=0, out=training, device="cpu", **keywords)
    shutil.rmtree(HERE / name, ignore_errors=True)
    (HERE / name).mkdir()
    for file in KEPT:
        shutil.copy2(training / file, HERE / name)
    shutil.rmtree(training)
    size = (HERE / name / "weights.safetensors").stat().st_size
    if size > LARGEST:
        raise DataError(f"{name} has {size:,} bytes of weights, more than {LARGEST:,}: give it fewer units")
    print(f"{name}: {size:,} bytes")


if __name__ == "__main__":
    for name in sys.argv[1:] or [name for name in MODELS if not (HERE / name).exists()]:
        make(name)
