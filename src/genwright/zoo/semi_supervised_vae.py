"""Semi-supervised VAEs of images: a latent beside the label."""

from dataclasses import dataclass, replace

from ..core.hyper import real
from ..core.recipe import Recipe, Trained
from ..core.spec import Spec
from . import fields
from .bodies import images
from .card import Card


@dataclass(frozen=True)
class SemiSupervisedVAEHyper(Trained):
    """Hyperparameters of the semi-supervised VAE (Kingma 2014 (M1 + M2))."""

    lr: float = 2e-3
    latents: int = fields.latents(16)
    styles: int = fields.units(8, "dimensions of the style, what a code says beside the label")
    width: int = fields.units(256, "units of the layers of encoder and decoder")
    hidden: int = fields.units(128, "units of the networks between code, style and label")
    observation: str = fields.observation("normal")
    sd: float = fields.sd(0.3)
    alpha: float = real(5.0, least=0.0, says="weight of the classifier's loss on labelled items; Kingma 2014, eq. 9")
    labelled: float = real(
        0.125, least=0.0, most=1.0, says="share of labelled items in a batch, where some items have no label"
    )
    draws: int = fields.draws(32)


# The presets were chosen by the error on training digits of MNIST whose label was withheld, on draws of a hundred
# labels (seeds 100 and above) that no target measures.
SMALL = SemiSupervisedVAEHyper()
PRESETS = {
    "tiny": replace(SMALL, latents=4, styles=2, width=16, hidden=16, labelled=0.25, draws=4, batch=64),
    "small": SMALL,
    "large": replace(SMALL, latents=32, styles=16, width=512),
}


def build(spec: Spec, given: Spec, hyper: SemiSupervisedVAEHyper) -> Recipe:
    from ..distributions.heads import observation_head
    from ..families.latent.semi_supervised_vae import Networks, SemiSupervisedVAE, label_of
    from ..networks.adapters import Decoder, Encoder
    from ..networks.dense import Dense
    from ..networks.mlp import ResidualMLP
    from ..networks.normals import LabelledNormal

    labels, none, head = label_of(given).k, Spec(()), observation_head(spec, hyper.observation, 1, hyper.sd)
    body, latents, styles, hidden = Dense(spec, hyper.width, 2, 0, False), hyper.latents, hyper.styles, hyper.hidden
    encoder, decoder = Encoder(body, none, latents), Decoder(body, none, latents, head.size)
    classifier = ResidualMLP(latents, labels, 2 * hidden, 2)
    stylist, prior = LabelledNormal(latents, labels, styles, hidden), LabelledNormal(styles, labels, latents, hidden)
    networks = Networks(encoder, classifier, stylist, prior, decoder, head)
    family = SemiSupervisedVAE(spec, given, networks, latents, styles, hyper.draws, hyper.alpha, hyper.labelled)
    return hyper.recipe(family, betas=(0.9, 0.99), clip=10.0)


CARD = Card(
    "semi-supervised-vae",
    (
        "Take it where few items have labels: it predicts the label and generates items of a label.",
        "It can be conditioned on one column of labels only.",
    ),
    {"images": images.Blind(build, PRESETS, compare=False, conditional="label")},
    paper="Kingma 2014 (M1 + M2), from few labels",
    equations=("families.latent.semi_supervised_vae",),
)
