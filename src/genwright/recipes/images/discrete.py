"""Pictures, families with a latent that is a symbol, or several: the numbers they run with, and how they are put
together."""

from __future__ import annotations

from ...core.spec import Spec
from ...core.trainable import Recipe
from ...distributions.heads import head_for, observation_head
from ...families.latent.discrete_vae import DiscreteVAE
from ...families.latent.semi_supervised_vae import SemiSupervisedVAE, label_of
from ...networks.adapters import Code, Decoder, Encoder
from ...networks.dense import Dense
from ...networks.mlp import ResidualMLP
from ...networks.normals import LabelledNormal

# The numbers of "semi-supervised-vae" were chosen by the error on training digits of MNIST whose label was withheld, on
# draws of a hundred labels (seeds 100 and above) that no target measures.
# fmt: off
PRESETS = {
    "semi-supervised-vae": {
        "tiny":  dict(latents=4, styles=2, width=16, hidden=16, observation="normal", sd=0.3, alpha=5.0, labelled=0.25,
                      draws=4, batch=64, lr=2e-3),
        "small": dict(latents=16, styles=8, width=256, hidden=128, observation="normal", sd=0.3, alpha=5.0,
                      labelled=0.125, draws=32, batch=128, lr=2e-3),
        "large": dict(latents=32, styles=16, width=512, hidden=128, observation="normal", sd=0.3, alpha=5.0,
                      labelled=0.125, draws=32, batch=128, lr=2e-3),
    },
    "discrete-vae": {
        "tiny":  dict(variables=4, categories=4, width=16, depth=1, mixture=2, straight_through=False, coolest=0.5,
                      half_life=100_000, draws=4, batch=64, lr=2e-3),
        "small": dict(variables=20, categories=10, width=256, depth=2, mixture=5, straight_through=False, coolest=0.5,
                      half_life=100_000, draws=32, batch=128, lr=3e-3),
        "large": dict(variables=20, categories=10, width=512, depth=2, mixture=5, straight_through=False, coolest=0.5,
                      half_life=300_000, draws=32, batch=256, lr=6e-3),
    },
}
# fmt: on
PRESETS["discrete-vae"] |= {
    "binary": PRESETS["discrete-vae"]["large"] | {"variables": 200, "categories": 2},
    "straight-through": PRESETS["discrete-vae"]["large"] | {"straight_through": True},
}


def semi_supervised_vae(
    spec: Spec,
    given: Spec,
    latents: int,
    styles: int,
    width: int,
    hidden: int,
    observation: str,
    sd: float,
    alpha: float,
    labelled: float,
    draws: int,
    batch: int,
    lr: float,
) -> Recipe:
    """width: of encoder and decoder. hidden: of the networks between code, style and label."""
    labels, none, head = label_of(given).k, Spec(()), observation_head(spec, observation, 1, sd)
    body = Dense(spec, width, 2, 0, False)
    encoder, decoder = Encoder(body, none, latents), Decoder(body, none, latents, head.size)
    classifier = ResidualMLP(latents, labels, 2 * hidden, 2)
    stylist, prior = LabelledNormal(latents, labels, styles, hidden), LabelledNormal(styles, labels, latents, hidden)
    family = SemiSupervisedVAE(
        spec, given, encoder, classifier, stylist, prior, decoder, head, latents, styles, draws, alpha, labelled
    )  # fmt: skip
    return Recipe(family, batch=batch, lr=lr, betas=(0.9, 0.99), clip=10.0)


def discrete_vae(
    spec: Spec,
    given: Spec,
    variables: int,
    categories: int,
    width: int,
    depth: int,
    mixture: int,
    straight_through: bool,
    coolest: float,
    half_life: int,
    draws: int,
    batch: int,
    lr: float,
) -> Recipe:
    head, codes = head_for(spec, mixture), variables * categories
    body = Dense(spec, width, depth, width if given.columns else 0, False)
    encoder, decoder = Code(body, codes), Decoder(body, given, codes, head.size)
    family = DiscreteVAE(
        spec, given, encoder, decoder, head, variables, categories, draws, straight_through, coolest, half_life
    )
    return Recipe(family, batch=batch, lr=lr)
