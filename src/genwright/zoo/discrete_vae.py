"""Discrete VAEs of images: a latent of several categories."""

from dataclasses import dataclass, replace
from math import prod

from ..core.hyper import flag, real, whole
from ..core.limits import MOST_WIDTH
from ..core.recipe import Recipe, Trained
from ..core.spec import Spec
from . import fields
from .bodies import images
from .card import Card


@dataclass(frozen=True)
class DiscreteVAEHyper(Trained):
    """Hyperparameters of discrete VAE (Jang 2017; Maddison 2017)."""

    lr: float = 3e-3
    variables: int = fields.units(20, "variables of the code")
    categories: int = whole(10, least=2, most=MOST_WIDTH, says="categories of each variable")
    width: int = fields.units(256, "units of a layer")
    depth: int = fields.layers(2, "hidden layers of encoder and of decoder")
    mixture: int = fields.mixture(5)
    straight_through: bool = flag(False, says="decode categories in training, not relaxed ones; Jang 2017, section 2.2")
    coolest: float = real(
        0.5, above=0.0, says="minimum temperature of the relaxation; training lowers it from 1; Jang 2017"
    )
    half_life: int = whole(100_000, least=1, says="training items over which the temperature halves")
    draws: int = fields.draws(32)


SMALL = DiscreteVAEHyper()
LARGE = replace(SMALL, width=512, half_life=300_000, batch=256, lr=6e-3)
PRESETS = {
    "tiny": replace(SMALL, variables=4, categories=4, width=16, depth=1, mixture=2, draws=4, batch=64, lr=2e-3),
    "small": SMALL,
    "large": LARGE,
    "binary": replace(LARGE, variables=200, categories=2),
    "straight-through": replace(LARGE, straight_through=True),
}


def build(spec: Spec, given: Spec, hyper: DiscreteVAEHyper) -> Recipe:
    from ..distributions.heads import head_for
    from ..families.latent.discrete_vae import DiscreteVAE
    from ..networks.adapters import Code, Decoder
    from ..networks.dense import Dense

    head, code = head_for(spec, hyper.mixture), (hyper.variables, hyper.categories)
    body = Dense(spec, hyper.width, hyper.depth, hyper.width if given.columns else 0, False)
    encoder, decoder = Code(body, prod(code)), Decoder(body, given, prod(code), head.size)
    relaxation = hyper.straight_through, hyper.coolest, hyper.half_life
    return hyper.recipe(DiscreteVAE(spec, given, encoder, decoder, head, *code, hyper.draws, *relaxation))


CARD = Card(
    "discrete-vae",
    (
        "Take it for codes of several categories each, from one stage of training.",
        "Training relaxes the categories, so its gradients are biased.",
    ),
    {"images": images.Blind(build, PRESETS, compare=False)},
    paper="Jang 2017; Maddison 2017 (Gumbel-softmax)",
    equations=("families.latent.discrete_vae",),
    variants={"straight-through": "straight-through Gumbel-softmax (Jang 2017)"},
)
