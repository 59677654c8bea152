"""Lines of text: how each family is put together. `PRESETS` holds the numbers, one function a family the
construction."""

from __future__ import annotations

from ..core.spec import Spec
from ..core.trainable import Recipe
from ..distributions.heads import Categorical
from ..families.autoregressive import Autoregressive
from ..families.baselines import Bootstrap
from ..families.ngram import NGram
from ..networks.causal_transformer import CausalTransformer

# fmt: off
PRESETS = {
    "autoregressive": {
        "tiny":  dict(width=16, heads=2, depth=1, dropout=0.0, batch=64, lr=2e-2, weight_decay=0.0),
        "small": dict(width=96, heads=3, depth=3, dropout=0.1, batch=32, lr=4e-3, weight_decay=0.1),
        "large": dict(width=128, heads=4, depth=4, dropout=0.1, batch=32, lr=3e-3, weight_decay=0.1),
    },
}
# fmt: on
FEW = 50_000  # lines


def choose(family: str, spec: Spec, items: int) -> str:
    """small: up to 50,000 lines; large: all that are more."""
    return "small" if items <= FEW else "large"


def autoregressive(
    spec: Spec,
    given: Spec,
    width: int,
    heads: int,
    depth: int,
    dropout: float,
    batch: int,
    lr: float,
    weight_decay: float,
) -> Recipe:
    network = CausalTransformer(spec, given, width, heads, depth, dropout)
    family = Autoregressive(spec, given, network, Categorical(spec.leaf.k), known_share=0.15)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay, warmup=2_000)


def bootstrap(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Bootstrap(spec, given))


def n_gram(spec: Spec, given: Spec) -> Recipe:
    return Recipe(NGram(spec, given, order=2))
