"""VAEs of images whose latents have a structure: layers of them, one beside the label, or several categories."""

from dataclasses import dataclass, replace
from math import prod

from ..core.hyper import flag, one_of, real, whole
from ..core.limits import MOST_WIDTH
from ..core.recipe import Recipe, Trained
from ..core.spec import Spec
from ..distributions.heads import head_for, observation_head
from ..families.latent.discrete_vae import DiscreteVAE
from ..families.latent.hierarchical_vae import HierarchicalVAE
from ..families.latent.semi_supervised_vae import SemiSupervisedNetworks, SemiSupervisedVAE, label_of
from ..networks.adapters import CodeEncoder, Decoder, Encoder
from ..networks.dense import Dense
from ..networks.ladder import ConvLadder, DenseLadder
from ..networks.mlp import LabelledNormal, ResidualMLP
from . import fields
from .bodies import images
from .card import Card


@dataclass(frozen=True)
class HierarchicalVAEHyper(Trained):
    latents: int = fields.units(4, "dimensions of the code at each position of a layer")
    layers: int = fields.layers(2, "layers of latents on each scale, or in all of the dense network")
    channels: int = fields.units(32, "channels of all maps, a multiple of 8, or units of a dense layer")
    mixture: int = fields.mixture(5)
    patch: int = fields.patch(1)
    draws: int = fields.draws(32)
    kl_warmup: int = fields.kl_warmup(20_000)
    free_bits: float = fields.free_bits(0.0)
    network: str = one_of("convolutional", "dense", says="a ladder of convolutions, or of layers of all pixels")
    lr: float = 2e-3
    weight_decay: float = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.network == "convolutional":
            fields.require_groups(self, "channels")


HIERARCHICAL_PRESETS = {
    "tiny": HierarchicalVAEHyper(
        latents=2, layers=1, channels=8, mixture=2, patch=2, batch=64, weight_decay=0.0, draws=4, kl_warmup=0
    ),
    "small": HierarchicalVAEHyper(),
    "large": HierarchicalVAEHyper(patch=2, batch=32, weight_decay=0.01, kl_warmup=100_000),
    "dense": HierarchicalVAEHyper(
        latents=32, channels=256, batch=200, lr=4e-3, weight_decay=0.0, kl_warmup=500_000, network="dense"
    ),
}


def build_hierarchical_vae(spec: Spec, given: Spec, hyper: HierarchicalVAEHyper) -> Recipe:
    head = observation_head(spec, "automatic", hyper.mixture)
    sizes = head.size, hyper.channels, hyper.latents, hyper.layers
    if hyper.network == "dense":
        ladder = DenseLadder(spec, given, *sizes)
    else:
        ladder = ConvLadder(spec, given, *sizes, hyper.patch)
    return hyper.recipe(HierarchicalVAE(spec, given, ladder, head, hyper.draws, hyper.kl_warmup, hyper.free_bits))


HIERARCHICAL = Card(
    "hierarchical-vae",
    (
        "Take it where one Gaussian layer of codes says too little.",
        "It trains more layers of latents than a VAE, and its likelihood is still a lower bound.",
    ),
    {"images": images.Blind(build_hierarchical_vae, HIERARCHICAL_PRESETS, compare=False)},
    paper="Sonderby 2016; Kingma 2016; Vahdat & Kautz 2020",
    equations=("families.latent.hierarchical_vae",),
)


@dataclass(frozen=True)
class SemiSupervisedVAEHyper(Trained):
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
SEMI_SUPERVISED_SMALL = SemiSupervisedVAEHyper()
SEMI_SUPERVISED_PRESETS = {
    "tiny": replace(SEMI_SUPERVISED_SMALL, latents=4, styles=2, width=16, hidden=16, labelled=0.25, draws=4, batch=64),
    "small": SEMI_SUPERVISED_SMALL,
    "large": replace(SEMI_SUPERVISED_SMALL, latents=32, styles=16, width=512),
}


def build_semi_supervised_vae(spec: Spec, given: Spec, hyper: SemiSupervisedVAEHyper) -> Recipe:
    labels, none, head = label_of(given).k, Spec(()), observation_head(spec, hyper.observation, 1, hyper.sd)
    body, latents, styles, hidden = Dense(spec, hyper.width, 2, 0, False), hyper.latents, hyper.styles, hyper.hidden
    encoder, decoder = Encoder(body, none, latents), Decoder(body, none, latents, head.size)
    classifier = ResidualMLP(latents, labels, 2 * hidden, 2)
    stylist, prior = LabelledNormal(latents, labels, styles, hidden), LabelledNormal(styles, labels, latents, hidden)
    networks = SemiSupervisedNetworks(encoder, classifier, stylist, prior, decoder, head)
    family = SemiSupervisedVAE(spec, given, networks, latents, styles, hyper.draws, hyper.alpha, hyper.labelled)
    return hyper.recipe(family, betas=(0.9, 0.99), clip=10.0)


SEMI_SUPERVISED = Card(
    "semi-supervised-vae",
    (
        "Take it where few items have labels: it predicts the label and generates items of a label.",
        "It can be conditioned on one column of labels only.",
    ),
    {"images": images.Blind(build_semi_supervised_vae, SEMI_SUPERVISED_PRESETS, compare=False, conditional="label")},
    paper="Kingma 2014 (M1 + M2), from few labels",
    equations=("families.latent.semi_supervised_vae",),
)


@dataclass(frozen=True)
class DiscreteVAEHyper(Trained):
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


DISCRETE_SMALL = DiscreteVAEHyper()
DISCRETE_LARGE = replace(DISCRETE_SMALL, width=512, half_life=300_000, batch=256, lr=6e-3)
DISCRETE_PRESETS = {
    "tiny": replace(
        DISCRETE_SMALL, variables=4, categories=4, width=16, depth=1, mixture=2, draws=4, batch=64, lr=2e-3
    ),
    "small": DISCRETE_SMALL,
    "large": DISCRETE_LARGE,
    "binary": replace(DISCRETE_LARGE, variables=200, categories=2),
    "straight-through": replace(DISCRETE_LARGE, straight_through=True),
}


def build_discrete_vae(spec: Spec, given: Spec, hyper: DiscreteVAEHyper) -> Recipe:
    head, code = head_for(spec, hyper.mixture), (hyper.variables, hyper.categories)
    body = Dense(spec, hyper.width, hyper.depth, hyper.width if given.columns else 0, False)
    encoder, decoder = CodeEncoder(body, prod(code)), Decoder(body, given, prod(code), head.size)
    relaxation = hyper.straight_through, hyper.coolest, hyper.half_life
    return hyper.recipe(DiscreteVAE(spec, given, encoder, decoder, head, *code, hyper.draws, *relaxation))


DISCRETE = Card(
    "discrete-vae",
    (
        "Take it for codes of several categories each, from one stage of training.",
        "Training relaxes the categories, so its gradients are biased.",
    ),
    {"images": images.Blind(build_discrete_vae, DISCRETE_PRESETS, compare=False)},
    paper="Jang 2017; Maddison 2017 (Gumbel-softmax)",
    equations=("families.latent.discrete_vae",),
    variants={"straight-through": "straight-through Gumbel-softmax (Jang 2017)"},
)
