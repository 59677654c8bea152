"""Trains the models of the distribution genwright-models, each for at most fifteen minutes of an idle core.

python models/make.py          those that are missing
python models/make.py digits   these, anew

They train in runs/models, where the same command resumes an interrupted training.

The data are free to pass on; each model card names their licence. First names are those of the census of the United
States in 1990 (public domain), from the package `names` (MIT): pip install names
"""

import shutil
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import genwright
from genwright.core.data import Data
from genwright.core.errors import DataError

HERE = Path(__file__).parent / "genwright_models"
TRAININGS = Path(__file__).parents[1] / "runs" / "models"
NAMES = "dist.female.first", "dist.male.first"
LARGEST = 6 * 2**20  # bytes of the weights of a model
KEPT = ("config.toml", "domain.json", "weights.safetensors", "README.md")


def first_names() -> Data:
    """Names as the census counted them, each once."""
    lines = [line for file in NAMES for line in files("names").joinpath(file).read_text().splitlines()]
    data = genwright.load_data(sorted({line.split()[0].title() for line in lines}))
    return replace(data, name="first-names", licence="public domain (census of the United States, 1990)")


SHAPES = {"given": ["caption"]}
PATCHES = {"batch": 32, "blocks": 1, "patch": 2, "dropout": 0.0, "sampling_steps": 16}
SMALL_LSTM = {"width": 128, "batch": 32}
MODELS = {  # name: source, options of the data, family, keywords of `fit`
    "digits": ("digits", {}, "flow-matching", {"minutes": 4, "hyperparameters": PATCHES}),
    "table": ("penguins", {}, "autoregressive", {"minutes": 1}),
    "names": (first_names, {}, "autoregressive", {"minutes": 2, "preset": "lstm-few", "hyperparameters": SMALL_LSTM}),
    "molecules": ("zinc-jtvae", {}, "autoregressive", {"minutes": 5, "preset": "lstm", "hyperparameters": SMALL_LSTM}),
    "karate": ("karate-club", {}, "gcn", {"minutes": 0.5, "task": "nodes"}),
    "shapes": ("shapes", SHAPES, "dall-e", {"minutes": 15}),
    "shapes-match": ("shapes", SHAPES, "clip", {"minutes": 4, "task": "match"}),
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
