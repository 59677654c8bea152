"""What codecs of images share: their latents are grids, and p(x | z) is a head of parameters that a decoder gives."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws


class GridCodec(nn.Module):
    """Subclasses have `latents`, `head`, `encode`, `entries`, `nearest` and `params`, as `two_stage` describes them."""

    method = "codes of known parts kept, the others filled by the prior, and the picture drawn from all codes"

    def log_prob(self, x: Tensor, q: Tensor) -> Tensor:
        """log p(x | q): (B,) nats."""
        return self.head.log_prob(self.params(q), x.float()).flatten(1).sum(1)

    def sample(self, codes: Tensor, rng: Draws) -> Tensor:
        return self.head.sample(self.params(self.entries(codes)), rng)

    def point_estimate(self, codes: Tensor) -> Tensor:
        return self.head.point_estimate(self.params(self.entries(codes)))

    def partial(self, x: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        # where nothing is known, the encoder is shown something of the data
        typical = self.point_estimate(x.new_zeros(len(x), *self.latents.shape))
        codes, unknown = self.encode(torch.where(known, x.float(), typical)), (~known).float().amax(1, keepdim=True)
        shapes = [leaf.shape for leaf in self.latents.columns]
        whole = [(F.adaptive_max_pool2d(unknown, shape[1:]) == 0).expand(-1, *shape).flatten(1) for shape in shapes]
        return codes, torch.cat(whole, 1).view(codes.shape)

    def sample_rest(self, codes: Tensor, partial: Tensor, known: Tensor, rng: Draws) -> Tensor:
        return self.sample(codes, rng)
