"""unCLIP: pictures drawn from embeddings that captions share."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..core.hyper import real, whole
from ..core.limits import MOST_BATCH
from ..core.recipe import OF_TOWERS, Recipe, Trained
from ..core.spec import Spec
from . import clip, fields
from .bodies import images
from .card import Card, On
from .clip import ClipHyper

if TYPE_CHECKING:
    from ..families.diffusion.flow_matching import FlowMatching
    from ..families.two_stage.cascade import Cascade

MAX_DIRECT_SIDE = 32  # the largest side that is drawn at once
NOISE = 0.1  # on small pictures, while the upsampler learns; Ho 2022
MID_SHARE = 0.9  # share of the decoder's training times that crowd around 1/2; Esser 2024

TowersHyper = dataclasses.make_dataclass(
    "TowersHyper",
    [
        (OF_TOWERS + field.name, field.type, dataclasses.field(default=field.default, metadata=field.metadata))
        for field in dataclasses.fields(ClipHyper)
        if field.name not in {own.name for own in dataclasses.fields(Trained)} | {"epochs"}
    ],
    bases=(images.OfUNet,),
    frozen=True,
    namespace={"__doc__": "Those of `clip` by their names there, behind `match_`.", "__module__": __name__},
)


@dataclass(frozen=True)
class UnCLIPHyper(TowersHyper):
    """Ramesh 2022. width, blocks, dropout: of the decoder."""

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


SMALL = UnCLIPHyper()
PRESETS = {
    "tiny": replace(
        SMALL,
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
    "small": SMALL,
    "large": replace(SMALL, blocks=1, patch=2, dropout=0.0, batch=16),
}


def build(spec: Spec, given: Spec, hyper: UnCLIPHyper) -> Recipe:
    from ..families.diffusion.embedding_prior import EmbeddingPrior
    from ..families.match.towers import CAPTION, Towers
    from ..families.two_stage.unclip import UnCLIP, embedding
    from ..networks.adapters import Velocity
    from ..networks.vectors import Vectors

    code = embedding(hyper.match_width)
    network = Velocity(Vectors(code, hyper.prior_width, hyper.prior_layers), given)
    prior = EmbeddingPrior(code, given, network, hyper.sampling_steps)
    pair = Spec((*spec.leaves, (CAPTION, dict(given.leaves)[CAPTION])))
    matched = clip.build(pair, Spec(()), hyper.towers())
    towers, decoder = Towers(matched.family, given), build_decoder(spec, code, hyper)
    shares, batches = (hyper.match_share, hyper.prior_share), (matched.batch, hyper.prior_batch)
    return hyper.recipe(UnCLIP(spec, given, towers, prior, decoder, *shares, matched.optim, batches), average=0.1)


def build_decoder(spec: Spec, code: Spec, hyper: UnCLIPHyper) -> FlowMatching | Cascade:
    from ..distributions.low_resolution import low_leaf
    from ..families.diffusion.flow_matching import FlowMatching
    from ..families.two_stage.cascade import Cascade

    def matching(spec: Spec, given: Spec) -> FlowMatching:
        return FlowMatching(spec, given, hyper.velocity(spec, given, hyper.patch), hyper.sampling_steps, 1, MID_SHARE)

    times = -(-max(spec.shape[1:]) // MAX_DIRECT_SIDE)
    if times == 1:
        return matching(spec, code)
    leaf = low_leaf(spec.leaf, times)
    base, upsampler = matching(Spec((("picture", leaf),)), code), matching(spec, Spec((*code.leaves, ("low", leaf))))
    return Cascade(spec, code, base, upsampler, times, NOISE, share=0.5)


def has_captions(domain: Any) -> bool:
    """Whether images are given with captions."""
    return "caption" in domain.given.names


CARD = Card(
    "unclip",
    (
        "Take it for images from captions, for variations of an image, and to edit images by captions.",
        "It needs captions and trains in three stages: towers, a prior and a decoder. It has no likelihood.",
    ),
    {
        "images": On(
            build,
            PRESETS,
            images.choose,
            compare=False,
            suits=has_captions,
            conditional="no image",
            needs=("caption",),
        )
    },
    paper="Ramesh 2022 (DALL-E 2); towers of Radford 2021",
    equations=("families.two_stage.unclip", "families.diffusion.embedding_prior"),
    near=("dall-e-2",),
)
