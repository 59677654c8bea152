"""Images and texts: CLIP and a linear map match them; DALL-E draws texts and then codes of images; unCLIP draws images
from embeddings that captions share.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..core.hyper import flag, one_of, real, whole
from ..core.limits import MOST_BATCH
from ..core.recipe import OF_TOWERS, Recipe, Trained
from ..core.spec import Spec
from ..distributions.heads import CategoricalHead, DiscretisedLogistic, OneScale, head_for
from ..distributions.low_resolution import low_leaf
from ..families.diffusion.flow_matching import FlowMatching
from ..families.match.linear_map import LinearMap
from ..families.match.matching import Clip
from ..families.two_stage.dall_e import DallE, GumbelCodec, TextThenCodes
from ..families.two_stage.quantized import VQCodec
from ..families.two_stage.two_stage import Cascade, latent, prior_spec
from ..families.two_stage.unclip import CAPTION, EmbeddingPrior, EmbeddingTowers, UnCLIP, embedding
from ..families.two_stage.vector_quantisers import Codebook
from ..networks.adapters import Velocity
from ..networks.codecs import grid
from ..networks.raster_transformer import TextRaster
from ..networks.rows import VectorBody
from ..networks.two_towers import ImageTower, TextTower
from . import fields
from .bodies import images
from .card import FLOOR, Baseline, Card, On


@dataclass(frozen=True)
class ClipHyper(Trained):
    batch: int = whole(64, least=2, most=MOST_BATCH, says="images in each step, held against each other's captions")
    epochs: float = fields.epochs(20.0)
    lr: float = 1e-3
    weight_decay: float = 0.05
    width: int = fields.units(64, "dimensions of the space in which images and texts meet")
    channels: int = fields.units(64, "channels of the image tower, a multiple of 16")
    depth: int = fields.layers(1, "residual blocks of the image tower")
    loss: str = one_of("softmax", "sigmoid", says="softmax over a batch, or each pair alone; Zhai 2023")
    swaps: bool = flag(True, says="hold images against captions with swapped colours or a reversed relation")

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_multiple(self, "channels", 16, "half of them are normalised in 8 groups")


CLIP_PRESETS = {
    "default": ClipHyper(),
    "sigmoid": ClipHyper(loss="sigmoid"),
    "plain": ClipHyper(swaps=False),
    "tiny": ClipHyper(batch=32, lr=4e-3, epochs=4, width=8, channels=16, depth=1),
}


def build(spec: Spec, given: Spec, hyper: ClipHyper) -> Recipe:
    (name, picture), (_, caption) = spec.leaves
    image = ImageTower(Spec(((name, picture),)), hyper.width, hyper.channels, hyper.depth)
    text = TextTower(caption, hyper.width)
    return hyper.recipe(Clip(image, text, hyper.loss == "sigmoid", hyper.swaps, hyper.batch), epochs=hyper.epochs)


CLIP = Card(
    "clip",
    (
        "Take it to search images by text, and to find captions that fit badly.",
        "It learns only what captions say: a word that none has means nothing to it.",
    ),
    {"match": On(build, CLIP_PRESETS, default=True, conditional="no image")},
    paper="Radford 2021; Zhai 2023; negatives of Yuksekgonul 2023",
    equations=("families.match.matching:Clip",),
    variants={
        "sigmoid": "each pair alone, as in SigLIP (Zhai 2023)",
        "plain": "without swapped captions (Radford 2021)",
    },
)


def build_linear_map(learns: bool) -> Callable[[Spec, Spec], Recipe]:
    """Returns a function that builds the map of pixels to tokens, or two projections drawn at random."""

    def build(spec: Spec, given: Spec) -> Recipe:
        (name, picture), (_, caption) = spec.leaves
        return Recipe(LinearMap(Spec(((name, picture),)), caption, learns), epochs=1)

    return build


LINEAR_MAP = Baseline(
    "linear-map",
    ("Take it as the floor of matching: a linear map of pixels to the tokens of captions.", FLOOR),
    {"match": On(build_linear_map(learns=True), conditional="no image")},
    paper="Hoerl & Kennard 1970",
    equations=("families.match.linear_map",),
)
CHANCE = Baseline(
    "chance",
    ("Take it to see what chance reaches: nothing joins its images and its texts.", FLOOR),
    {"match": On(build_linear_map(learns=False), conditional="no image")},
    paper="projections drawn at random",
    equations=("families.match.linear_map",),
)


DALL_E_RULES = ("all", "row", "column", "local", "sparse")  # patterns of attention


@dataclass(frozen=True)
class DallEHyper(images.OfCodec):
    weight_decay: float = 0.01
    mixture: int = 1
    share: float = 1 / 3
    codes: str = one_of(
        "nearest", "gumbel", says="how the codec chooses codes: the nearest (van den Oord 2017), or by Gumbel-softmax"
    )
    beta: float = real(
        0.25, least=0.0, says="weight of what codes cost: for gumbel that of their KL, in the units of Ramesh 2021"
    )
    scale: str = one_of(
        "shared", "each", says="scale of p(x | z): one for all numbers of an image, or one for each; Rybkin 2021"
    )
    entries: int = whole(128, least=2, most=images.MOST_ENTRIES, says="codes to choose from at each position")
    width: int = fields.units(128, "units of the transformer, a multiple of twice `heads`")
    heads: int = fields.heads(4)
    layers: int = fields.layers(4, "layers of the transformer")
    attention: str = one_of(
        *DALL_E_RULES, says="which earlier codes a code looks at; sparse mixes the others; Ramesh 2021, figure 11"
    )
    dropout: float = fields.dropout(0.1)

    of_codec = (*images.OF_CODEC, "codes", "scale")

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_multiple(self, "width", 2 * self.heads, f"twice heads = {self.heads}")

    def codec(self, spec: Spec) -> VQCodec:
        head, shape = head_for(spec, self.mixture), grid(spec, self.halvings)
        if self.scale == "shared" and isinstance(head, DiscretisedLogistic):
            head = OneScale(head.levels)
        sides = self.sides(spec, self.latents, self.latents, head.size)
        if self.codes == "nearest":
            return VQCodec(*sides, head, Codebook(self.entries, self.latents), shape, self.beta)
        return GumbelCodec(spec, *sides, head, self.entries, self.latents, shape, self.beta)


DALL_E_SMALL = DallEHyper(channels=32, width=64, heads=2)
DALL_E_LARGE = DallEHyper(channels=32, halvings=2, patch=2, batch=16)
DALL_E_GUMBEL = dict(codes="gumbel", beta=6.6)  # Ramesh 2021
DALL_E_PRESETS = {
    "tiny": replace(
        DALL_E_SMALL, entries=16, latents=4, channels=8, depth=1, width=8, layers=2, batch=32, lr=1e-2, **DALL_E_GUMBEL
    ),
    "small": DALL_E_SMALL,
    "large": DALL_E_LARGE,
    "huge": replace(DALL_E_LARGE, halvings=3),
    "gumbel": replace(DALL_E_LARGE, **DALL_E_GUMBEL),
} | {rule: replace(DALL_E_LARGE, attention=rule) for rule in DALL_E_RULES[1:]}


def build_dall_e(spec: Spec, given: Spec, hyper: DallEHyper, codec: VQCodec | None = None) -> Recipe:
    """Builds DALL-E.

    Args:
        codec: one that is trained already; None for a new one.
    """
    codec, share = (codec, 0.0) if codec else (hyper.codec(spec), hyper.share)
    codes, prior_given = latent(codec, 0), prior_spec(given, codec, 0)
    network = TextRaster(codes, prior_given, hyper.width, hyper.heads, hyper.layers, hyper.dropout, hyper.attention)
    prior = TextThenCodes(codes, prior_given, network, CategoricalHead(codes.leaf.k), known_share=0.15)
    return hyper.recipe(DallE(spec, given, codec, [prior], share))


DALL_E = Card(
    "dall-e",
    (
        "Take it for images from words, in a model that reads every word in its order.",
        "It trains in two stages, the codec and then a transformer over text and codes, which share the budget.",
    ),
    {"images": images.Blind(build_dall_e, DALL_E_PRESETS, compare=False)},
    paper="Ramesh 2021; codes of van den Oord 2017, or by Gumbel-softmax",
    equations=("families.two_stage.quantized", "families.two_stage.dall_e", "families.two_stage.two_stage"),
    variants={
        "gumbel": "codes by Gumbel-softmax (Ramesh 2021) in place of the nearest",
        "row": "attention along rows",
        "column": "attention along columns",
        "local": "attention to neighbours",
        "sparse": "rows, columns and neighbours in turn (Ramesh 2021)",
    },
)


MAX_DIRECT_SIDE = 32  # the largest side that is drawn at once
UNCLIP_NOISE = 0.1  # noise on small pictures, while the upsampler learns; Ho 2022
UNCLIP_MID_SHARE = 0.9  # share of the decoder's training times that crowd around 1/2; Esser 2024

TowersHyper = dataclasses.make_dataclass(
    "TowersHyper",
    [
        (OF_TOWERS + field.name, field.type, dataclasses.field(default=field.default, metadata=field.metadata))
        for field in dataclasses.fields(ClipHyper)
        if field.name not in {own_field.name for own_field in dataclasses.fields(Trained)} | {"epochs"}
    ],
    bases=(images.OfUNet,),
    frozen=True,
    namespace={"__doc__": "Those of `clip` by their names there, behind `match_`.", "__module__": __name__},
)


@dataclass(frozen=True)
class UnCLIPHyper(TowersHyper):
    """Hyperparameters of unCLIP (Ramesh 2022). width, blocks, dropout: of the decoder."""

    patch: int = fields.patch(1)
    match_share: float = real(0.25, least=0.0, below=1.0, says="share of the budget that trains the towers of `clip`")
    prior_share: float = real(0.15, above=0.0, below=1.0, says="share of the rest that trains the prior of embeddings")
    prior_width: int = fields.units(256, "units of the prior of embeddings, an even number")
    prior_layers: int = fields.layers(4, "layers of the prior of embeddings")
    prior_batch: int = whole(256, least=1, most=MOST_BATCH, says="training items in each step of the prior")
    sampling_steps: int = fields.sampling_steps(20, least=2)

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_multiple(self, "prior_width", 2, "half of them are sines")

    def towers(self) -> ClipHyper:
        return ClipHyper(
            **{
                name.removeprefix(OF_TOWERS): getattr(self, name)
                for name in TowersHyper.fields()
                if name.startswith(OF_TOWERS)
            }
        )


UNCLIP_SMALL = UnCLIPHyper()
UNCLIP_PRESETS = {
    "tiny": replace(
        UNCLIP_SMALL,
        match_width=8,
        match_channels=16,
        width=8,
        blocks=1,
        dropout=0.0,
        batch=16,
        prior_width=16,
        prior_layers=1,
        prior_batch=16,
        prior_share=0.4,
        sampling_steps=4,
    ),
    "small": UNCLIP_SMALL,
    "large": replace(UNCLIP_SMALL, blocks=1, patch=2, dropout=0.0, batch=16),
}


def build_unclip(spec: Spec, given: Spec, hyper: UnCLIPHyper) -> Recipe:
    code = embedding(hyper.match_width)
    network = Velocity(VectorBody(code, hyper.prior_width, hyper.prior_layers), given)
    prior = EmbeddingPrior(code, given, network, hyper.sampling_steps)
    pair = Spec((*spec.leaves, (CAPTION, dict(given.leaves)[CAPTION])))
    matched = build(pair, Spec(()), hyper.towers())
    towers, decoder = EmbeddingTowers(matched.family, given), build_unclip_decoder(spec, code, hyper)
    shares, batches = (hyper.match_share, hyper.prior_share), (matched.batch, hyper.prior_batch)
    return hyper.recipe(UnCLIP(spec, given, towers, prior, decoder, *shares, matched.optim, batches), average=0.1)


def build_unclip_decoder(spec: Spec, code: Spec, hyper: UnCLIPHyper) -> FlowMatching | Cascade:
    def matching(spec: Spec, given: Spec) -> FlowMatching:
        return FlowMatching(
            spec, given, hyper.velocity(spec, given, hyper.patch), hyper.sampling_steps, 1, UNCLIP_MID_SHARE
        )

    times = -(-max(spec.shape[1:]) // MAX_DIRECT_SIDE)
    if times == 1:
        return matching(spec, code)
    leaf = low_leaf(spec.leaf, times)
    base, upsampler = matching(Spec((("picture", leaf),)), code), matching(spec, Spec((*code.leaves, ("low", leaf))))
    return Cascade(spec, code, base, upsampler, times, UNCLIP_NOISE, share=0.5)


UNCLIP = Card(
    "unclip",
    (
        "Take it for images from captions, for variations of an image, and to edit images by captions.",
        "It needs captions and trains in three stages: towers, a prior and a decoder. It has no likelihood.",
    ),
    {
        "images": On(
            build_unclip,
            UNCLIP_PRESETS,
            images.choose,
            compare=False,
            conditional="no image",
            needs={"given": ["caption"]},
        )
    },
    paper="Ramesh 2022 (DALL-E 2); towers of Radford 2021",
    equations=("families.two_stage.unclip",),
    near=("dall-e-2",),
)
