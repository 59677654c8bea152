"""The prior of unCLIP (Ramesh 2022, section 2.2): flow matching of an embedding given a caption, by predicting the
embedding itself.

    z_t = t z + (1 - t) n,   n ~ N(0, I),  t ~ U(0, 1)
    min E || F(z_t, t, y) - z ||^2,   y the tokens of the caption, left out in a tenth of training
    draw: dz/dt = (F(z_t, t, y) - z_t) / (1 - t) from t = 0 to 1, whose last step goes to F

The paper found that predicting z beats predicting the noise. An embedding is drawn whole, so nothing of it is known.
"""

from functools import partial

from torch import Tensor, nn

from ...core.spec import Spec
from ...core.trainable import Batch
from ..conditions import drop_given, stratified
from .denoiser import Denoiser
from .denoising import Denoising
from .samplers import all_samplers, heun, straight


class EmbeddingPrior(Denoising):
    """network: of `networks.adapters`, F. calls: network calls of one draw (Heun's method, two a step)."""

    learns_known = False

    def __init__(self, spec: Spec, given: Spec, network: nn.Module, calls: int):
        samplers = all_samplers() | {"heun": partial(heun, to_mean=True)}
        super().__init__(spec, given, straight(calls // 2), "heun", samplers)
        self.denoiser = Denoiser(network, "x0")

    def path_of(self, steps: int, sampler: str) -> Tensor:
        return straight(steps)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        rng, z = batch.rng, batch.x
        given, t = drop_given(self.given, batch.given, rng), stratified(len(z), rng)
        error = self.residual(z, self.process.noise(z.shape, rng), t, 1 - t, given, z, None)
        return error.square().sum(1).mean(), {}
