"""DALL-E of images: texts and then codes of images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..core.hyper import one_of, real, whole
from ..core.recipe import Recipe
from ..core.spec import Spec
from . import fields
from .bodies import images
from .card import Card

if TYPE_CHECKING:
    from ..families.two_stage.quantized import VQCodec

RULES = ("all", "row", "column", "local", "sparse")  # of attention


@dataclass(frozen=True)
class DallEHyper(images.OfCodec):
    """Hyperparameters of DALL-E (Ramesh 2021)."""

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
        *RULES, says="which earlier codes a code looks at; sparse mixes the others; Ramesh 2021, figure 11"
    )
    dropout: float = fields.dropout(0.1)

    of_codec = (*images.OF_CODEC, "codes", "scale")

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_multiple(self, "width", 2 * self.heads, f"twice heads = {self.heads}")

    def codec(self, spec: Spec) -> VQCodec:
        from ..distributions.heads import DiscretisedLogistic, OneScale, head_for
        from ..families.two_stage.gumbel_codec import GumbelCodec
        from ..families.two_stage.quantisers.nearest import Codebook
        from ..families.two_stage.quantized import VQCodec
        from ..networks.picture_codec import grid

        head, shape = head_for(spec, self.mixture), grid(spec, self.halvings)
        if self.scale == "shared" and isinstance(head, DiscretisedLogistic):
            head = OneScale(head.levels)
        sides = self.sides(spec, self.latents, self.latents, head.size)
        if self.codes == "nearest":
            return VQCodec(*sides, head, Codebook(self.entries, self.latents), shape, self.beta)
        return GumbelCodec(spec, *sides, head, self.entries, self.latents, shape, self.beta)


SMALL = DallEHyper(channels=32, width=64, heads=2)
LARGE = DallEHyper(channels=32, halvings=2, patch=2, batch=16)
GUMBEL = dict(codes="gumbel", beta=6.6)  # of Ramesh 2021
PRESETS = {
    "tiny": replace(SMALL, entries=16, latents=4, channels=8, depth=1, width=8, layers=2, batch=32, lr=1e-2, **GUMBEL),
    "small": SMALL,
    "large": LARGE,
    "huge": replace(LARGE, halvings=3),
    "gumbel": replace(LARGE, **GUMBEL),
} | {rule: replace(LARGE, attention=rule) for rule in RULES[1:]}


def build(spec: Spec, given: Spec, hyper: DallEHyper, codec: VQCodec | None = None) -> Recipe:
    """codec: one that is trained already."""
    from ..distributions.heads import Categorical
    from ..families.two_stage.text_then_codes import TextThenCodes
    from ..families.two_stage.two_stage import TwoStage, latent, prior_spec
    from ..networks.text_raster import TextRaster

    codec, share = (codec, 0.0) if codec else (hyper.codec(spec), hyper.share)
    codes, told = latent(codec, 0), prior_spec(given, codec, 0)
    network = TextRaster(codes, told, hyper.width, hyper.heads, hyper.layers, hyper.dropout, hyper.attention)
    prior = TextThenCodes(codes, told, network, Categorical(codes.leaf.k), known_share=0.15)
    return hyper.recipe(TwoStage(spec, given, codec, [prior], share))


CARD = Card(
    "dall-e",
    (
        "Take it for images from words, in a model that reads every word in its order.",
        "It trains in two stages, the codec and then a transformer over text and codes, which share the budget.",
    ),
    {"images": images.Blind(build, PRESETS, compare=False)},
    paper="Ramesh 2021; codes of van den Oord 2017, or by Gumbel-softmax",
    equations=(
        "families.two_stage.quantized",
        "families.two_stage.gumbel_codec",
        "families.two_stage.text_then_codes",
        "families.two_stage.two_stage",
    ),
    variants={
        "gumbel": "codes by Gumbel-softmax (Ramesh 2021) in place of the nearest",
        "row": "attention along rows",
        "column": "attention along columns",
        "local": "attention to neighbours",
        "sparse": "rows, columns and neighbours in turn (Ramesh 2021)",
    },
)
