"""Clips for families of other kinds of data: training clips, flow matching, and codes of frames."""

from dataclasses import dataclass, replace

from ...core.hyper import whole
from ...core.spec import Spec
from ...families.baselines.bootstrap_and_independent import Bootstrap
from ...zoo import baselines, codes, diffusion
from ...zoo.bodies import images
from ...zoo.card import Alias, On, choose_always, extend_card, on_class
from ...zoo.codes import VQ_VAE_TINY, VQVAEHyper, build_vq_vae
from ...zoo.diffusion import FlowMatchingGridsHyper, build_flow_matching
from ..networks.clips import ClipTransformer, ClipUNet
from ..networks.codecs import FramesDecoder, FramesEncoder

BOOTSTRAP = extend_card(baselines.BOOTSTRAP, {"clips": on_class(Bootstrap)})


@dataclass(frozen=True)
class FlowMatchingClipsHyper(FlowMatchingGridsHyper):
    heads: int = whole(
        0, least=0, most=256, says="heads of a spacetime transformer of `blocks` layers, 0 for the U-Net; Ma 2024"
    )
    shift: int = whole(
        1, least=1, most=100, later=True,
        says="factor by which training and steps see more noise, 1 for none; Esser 2024, eq. 23",
    )  # fmt: skip

    def unet(self, spec: Spec, given: Spec, patch: int) -> ClipUNet:
        return ClipUNet(spec, self.width, self.blocks, patch, self.dropout, given)

    def transformer(self, spec: Spec, given: Spec, patch: int) -> ClipTransformer:
        return ClipTransformer(spec, self.width, self.blocks, self.heads, self.dropout, given)


FLOW_CLIPS = {
    "tiny": FlowMatchingClipsHyper(**images.TINY_UNET, sampling_steps=4, density_steps=2),
    "small": FlowMatchingClipsHyper(width=64, blocks=1, patch=2, dropout=0.0, batch=16, middle=0.9, shift=10),
    "transformer": FlowMatchingClipsHyper(
        width=128, blocks=6, heads=4, dropout=0.0, batch=16, lr=1e-3, middle=0.9, shift=10
    ),
}
FLOW = extend_card(diffusion.FLOW, {"clips": On(build_flow_matching, FLOW_CLIPS, choose_always("small"))})


@dataclass(frozen=True)
class VQVAEClipsHyper(VQVAEHyper):
    """Rakhimov 2020 (Latent Video Transformer): a codec of frames, and a transformer over the codes of all."""

    batch: int = 4
    entries: int = 256
    mixture: int = 2
    patch: int = 2
    halvings: int = 3
    width: int = 96
    heads: int = 4
    layers: int = 3
    share: float = 0.3
    weight_decay: float = 0.01

    def sides(self, spec: Spec, outputs: int, width: int, size: int) -> tuple[FramesEncoder, FramesDecoder]:
        frame = replace(spec.leaf, shape=spec.shape[1:], axis="grid")
        encoder, decoder = super().sides(Spec((("frame", frame),)), outputs, width, size)
        return FramesEncoder(encoder), FramesDecoder(decoder, spec.shape[0])


VQ_VAE_CLIPS = {
    "tiny": VQVAEClipsHyper(**VQ_VAE_TINY, halvings=2, heads=2, batch=4, patch=1, weight_decay=0.0),
    "small": VQVAEClipsHyper(),
}
VQ_VAE = extend_card(
    codes.VQ_VAE,
    {
        "clips": On(
            build_vq_vae,
            VQ_VAE_CLIPS,
            choose_always("small"),
            "Rakhimov 2020 (Latent Video Transformer)",
            ("families.two_stage.quantized", "families.two_stage.two_stage"),
            compare=False,
            conditional="no image",
        ),
    },
    aliases=(Alias("autoregressive", ("clips",), "over the codes of frames; Rakhimov 2020"),),
)
