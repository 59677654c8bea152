"""The prior of DALL-E (Ramesh 2021, section 2.2): the tokens of a text, then the codes of an image, one after another.

    min   -sum_i log p(c_i | c_<i, t) - w sum_j log p(t_j | t_<j) / L,   codes c, and a text t of L tokens

The paper gives the mean over codes the weight 7/8 and the mean over tokens 1/8. Times 8/7 of the number T of codes, so
that the first term is in nats an item, that is w = T / 7.
"""

from torch import Tensor

from ...core.trainable import Batch
from ..autoregressive.autoregressive import Autoregressive
from ..conditions import draw_known, drop_given, sum_unknown

OF_TEXTS = 1 / 8  # of the weight, the rest is that of codes


class TextThenCodes(Autoregressive):
    """network: `networks.text_raster`. Validation looks at the codes alone, since only these are drawn."""

    monitor = "codes"

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """As of `Autoregressive`, and what the tokens of the texts add, of items whose text is not left out."""
        given = drop_given(self.given, batch.given, batch.rng)
        known = draw_known(self.spec, batch.x, batch.rng, self.known_share) if self.known_share else None
        params, tokens = self.network.with_texts(batch.x, given, known)
        codes = -sum_unknown(self.head.log_prob(params, batch.x), known).mean()
        loss = codes + OF_TEXTS / (1 - OF_TEXTS) * self.spec.dims * tokens
        return loss, {"codes": codes.detach(), "tokens": tokens.detach()}
