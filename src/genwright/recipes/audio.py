"""Sound: how each family is put together. `PRESETS` holds the numbers, one function a family the construction."""

from __future__ import annotations

from ..core.spec import Spec
from ..core.trainable import Recipe
from ..distributions.heads import Categorical
from ..families.autoregressive_in_time import AutoregressiveInTime
from ..families.baselines import Bootstrap
from ..families.linear_prediction import LinearPrediction
from ..families.ngram import NGram
from ..networks.wavenet import WaveNet

# fmt: off
PRESETS = {
    "autoregressive": {
        "tiny":  dict(width=8,  depth=3,  head=16,  crop=64,    batch=16, lr=1e-2),
        "small": dict(width=96, depth=10, head=256, crop=6_144, batch=1,  lr=3e-3),
    },
}
# fmt: on


def choose(family: str, spec: Spec, items: int) -> str:
    return "small"


def autoregressive(
    spec: Spec, given: Spec, width: int, depth: int, head: int, crop: int, batch: int, lr: float
) -> Recipe:
    network = WaveNet(spec, given, width, depth, head)
    family = AutoregressiveInTime(spec, given, network, Categorical(spec.leaf.k), crop)
    return Recipe(family, batch=batch, lr=lr, betas=(0.9, 0.99), warmup=100)


def bootstrap(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Bootstrap(spec, given))


def n_gram(spec: Spec, given: Spec) -> Recipe:
    return Recipe(NGram(spec, given, order=1))


def linear_prediction(spec: Spec, given: Spec) -> Recipe:
    return Recipe(LinearPrediction(spec, given, order=16))
