"""DALL-E (Ramesh 2021): a codec of images, and a prior of the tokens of a text, then the codes of an image, one after
another (section 2.2).

    min   -sum_i log p(c_i | c_<i, t) - w sum_j log p(t_j | t_<j) / L,   codes c, and a text t of L tokens

The paper gives the mean over codes the weight 7/8 and the mean over tokens 1/8. Times 8/7 of the number T of codes, so
that the first term is in nats an item, that is w = T / 7.

The codes of the codec are learned by Gumbel-softmax (the paper's dVAE, section 2.1 and appendix A).

    u = norm(e(x)),  l_k = -s |u - e_k|^2,  q(z | x) = softmax(l) at each position of a grid;  p(z) uniform over K codes
    train    z = softmax((l + g) / tau),  g Gumbel noise, tau from 1 to 1/16: the decoder sees sum_k z_k e_k
    judge    z = argmax l, so that no figure is of a relaxed code
    min      -log p(x | z) + weight sum of KL(q || uniform),   KL = sum_k q_k log q_k + log K at each position

The paper divides its loss by the V = 3 x 256 x 256 numbers of an image, and weighs the mean KL of its P = 32 x 32
positions by beta / 192, where 192 = V / P. A nat of KL at every position then costs beta / 192 nats at every number:

    paper    mean over numbers of -log p + beta / 192  mean over positions of KL          beta raised to 6.6
    here     sum over numbers of -log p  + beta / 192 (V / P) sum over positions of KL    V and P of our images

The paper's logits are a linear layer of its own, and its beta rises at once. Ours are tied to the entries, so that
codes which are easily taken for each other decode to nearly the same, and beta rises as tau falls.

p(x | z) of the paper has a scale for each number (log-Laplace). Ours has one scale that all numbers share
(`heads.OneScale`). A scale of its own lets the decoder give up the pixels of a shape, and learn the plain ground
alone. docs/two-stages.md has the figures of trials.

A short prompt becomes the likeliest long caption that holds its words, by beams (grid beam search: Hokamp & Liu 2017,
arXiv 1704.07138).

    w_1, .., w_m the words, in their order;  bank j has texts so far that hold w_1, .., w_j, and not w_(j+1) behind them
    step     a text of bank j goes on with w_(j+1), to bank j + 1, or with any other token, in bank j
    keep     the `WIDTH` likeliest texts of each bank
    end      from bank m alone, and no sooner than a long text ends

A text is long if it has as many tokens as the longest quarter of the texts that the model draws. Without this, a text
that ends at once would be the likeliest.
"""

from collections.abc import Callable
from math import prod

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.shares import BatchNorm
from ...core.spec import Spec
from ...core.trainable import Batch
from ..autoregressive.autoregressive import Autoregressive
from ..conditions import draw_known, drop_given, sum_unknown
from ..latent.discrete_vae import draw_relaxed, kl_to_uniform
from .quantized import VQCodec, perplexity
from .two_stage import TwoStage

NUMBERS = 192  # numbers of an image at each position of the paper's grid
COOLEST = 1 / 16  # tau at the end
SPREAD = 0.5  # deviation of the entries before training, where vectors have 1: farther ones would never be chosen
COOLED = 0.6  # share of the training after which tau is there, and beta has its full weight


def temperature(progress: float) -> float:
    """Returns the temperature tau at a share of the training. It falls from 1 to 1/16 by the same factor in each
    step."""
    return COOLEST ** min(1.0, progress / COOLED)


class GumbelCodec(VQCodec):
    """A codec of images with discrete codes, trained by Gumbel-softmax (Ramesh 2021).

    Args:
        spec: The images.
        encoder: (B, *shape) of the Spec -> (B, D, h, w).
        decoder: (B, D, h, w) -> parameters (B, *shape, size) of the head.
        head: Distribution of x, of `distributions.heads`.
        entries: K.
        width: D.
        grid: (h, w).
        beta: Weight of the KL, in the paper's units.
    """

    def __init__(
        self, spec: Spec, encoder: nn.Module, decoder: nn.Module, head: nn.Module, entries: int, width: int,
        grid: tuple[int, int], beta: float,
    ):  # fmt: skip
        super().__init__(encoder, decoder, head, Entries(entries, width), grid, beta)
        self.norm = BatchNorm(width)
        self.price = beta / NUMBERS * spec.dims / prod(grid)  # nats of the image that a nat of the KL costs

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss in nats an item; logs the nats of the image, the KL, and the perplexity of this batch's
        codes."""
        u = self._vectors(batch.x)
        logits, codes = self.quantiser.logits(u), self.quantiser.encode(u)
        if self.training:
            q = draw_relaxed(logits, temperature(batch.progress), batch.rng) @ self.quantiser.table.weight
        else:
            q = self.quantiser.decode(codes)
        kl = kl_to_uniform(logits).sum((1, 2)).mean()
        nats = -self.log_prob(batch.x, q).mean()
        codes_used = perplexity(codes, self.quantiser.entries).mean()
        loss = nats + self.price * min(1.0, batch.progress / COOLED) * kl + self.taught(q, batch)
        return loss, {"nats": nats.detach(), "kl": kl.detach(), "perplexity": codes_used}

    def encode(self, x: Tensor) -> Tensor:
        """Computes the likeliest codes (B, 1, h, w) float, as items of `latents`."""
        return self.nearest(self._vectors(x))

    def _vectors(self, x: Tensor) -> Tensor:
        """u: (B, h, w, D), each number of which has about variance 1 over positions."""
        u = self.encoder(x).float().movedim(1, -1)
        return self.norm(u.flatten(0, 2)).view(u.shape)


class Entries(nn.Module):
    """A codebook of K learned vectors of D numbers, with the methods of `vector_quantisers`.

    Args:
        entries: Entries of a codebook.
        width: Features of a layer.
    """

    books = 1

    def __init__(self, entries: int, width: int):
        super().__init__()
        self.entries, self.width = entries, width
        self.table = nn.Embedding(entries, width)
        nn.init.normal_(self.table.weight, std=SPREAD)
        self.log_sharpness = nn.Parameter(torch.zeros(()))  # log s

    def logits(self, u: Tensor) -> Tensor:
        """Computes logits (..., K) of entries for vectors (..., D), without -s |u|^2, which is the same for all
        entries."""
        table = self.table.weight
        return self.log_sharpness.exp() * (2 * u @ table.T - table.square().sum(1))

    def encode(self, u: Tensor) -> Tensor:
        """Finds the nearest entries: (..., D) -> (..., 1) int64."""
        return self.logits(u.float()).argmax(-1, keepdim=True)

    def decode(self, codes: Tensor) -> Tensor:
        """Looks up the vectors (..., D) of codes (..., 1)."""
        return self.table(codes[..., 0])


CAPTION = "caption"
TEXT_WEIGHT = 1 / 8  # share of the loss; the rest is that of codes
WIDTH = 16  # texts of a bank
DRAWS, LONG_SHARE = 64, 1 / 4  # texts whose lengths say what is long, and the share of them that is
NextToken = Callable[[Tensor], Tensor]  # texts so far (B, T) int64 -> log p of their next token, (B, k)


class TextThenCodes(Autoregressive):
    """The prior of DALL-E: the tokens of a text, then the codes of an image.

    network: `networks.raster_transformer`. Validation looks at the codes alone, since only these are drawn."""

    monitor = "codes"

    @torch.no_grad()
    def expand(
        self, prompts: list[list[int]], forbidden_tokens: list[int], rng: Draws
    ) -> list[tuple[list[int], float]]:
        """Finds for each prompt the likeliest long caption that holds its tokens, and its log p.

        Args:
            forbidden_tokens: tokens that a caption has only where its prompt has them.
            rng: Random numbers.
        """
        leaf = dict(self.given.leaves)[CAPTION]
        max_tokens = leaf.shape[0]

        def next_token(tokens: Tensor) -> Tensor:
            return self.network.text_log_probs(CAPTION, F.pad(tokens, (0, 1), value=leaf.end))[:, -1]

        def next_allowed(words: list[int]) -> NextToken:
            masked = [token for token in forbidden_tokens if token not in words]
            return lambda tokens: next_token(tokens).index_fill(1, torch.tensor(masked).to(tokens), -torch.inf)

        shortest = long_length(next_token, leaf.end, max_tokens, rng)
        parts = leaf.end, shortest, max_tokens, rng.device
        return [likeliest_holding(words, next_allowed(words), *parts) for words in prompts]

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss of `Autoregressive` on the codes, and of the tokens of texts that are not left out."""
        given = drop_given(self.given, batch.given, batch.rng)
        known = draw_known(self.spec, batch.x, batch.rng, self.known_share) if self.known_share else None
        params, tokens = self.network.with_texts(batch.x, given, known)
        codes = -sum_unknown(self.head.log_prob(params, batch.x), known).mean()
        loss = codes + TEXT_WEIGHT / (1 - TEXT_WEIGHT) * self.spec.dims * tokens
        return loss, {"codes": codes.detach(), "tokens": tokens.detach()}


class DallE(TwoStage):
    """DALL-E (Ramesh 2021): generates images from texts by a discrete codec and a prior of texts and codes.

    prior: `TextThenCodes`."""

    def expand(
        self, prompts: list[list[int]], forbidden_tokens: list[int], rng: Draws
    ) -> list[tuple[list[int], float]]:
        """Expands prompts as `TextThenCodes.expand` does.

        Args:
            rng: Random numbers.
        """
        return self.priors[0].expand(prompts, forbidden_tokens, rng)


def long_length(next_token: NextToken, end: int, max_tokens: int, rng: Draws) -> int:
    """Estimates how many tokens a long text has, its end among them, from random texts.

    Args:
        end: the token that ends a text.
        max_tokens: most tokens.
        rng: Random numbers.
    """
    texts = torch.zeros(DRAWS, 0, dtype=torch.long, device=rng.device)
    for _ in range(max_tokens):
        texts = torch.cat([texts, rng.categories(next_token(texts).exp())], 1)
    ends = F.pad(texts == end, (0, 1), value=True).long().argmax(1) + 1  # the first end of each
    return int(ends.clamp(max=max_tokens).sort().values[-int(DRAWS * LONG_SHARE)])


def likeliest_holding(
    words: list[int], next_token: NextToken, end: int, shortest: int, max_tokens: int, device: torch.device
) -> tuple[list[int], float]:
    """Searches the likeliest text that holds `words` in order, by beams. Returns its tokens without the end, and its
    log p.

    Args:
        words: m tokens, fewer than `max_tokens`.
        next_token: texts so far -> log p of their next token.
        end: the token that ends a text.
        shortest: least tokens of a text, its end among them.
        max_tokens: most tokens.
        device: Device of all tensors.
    """
    m, next_words = len(words), torch.tensor([*words, -1], device=device)
    texts = torch.zeros(1, 0, dtype=torch.long, device=device)
    nats, bank = torch.zeros(1, device=device), torch.zeros(1, dtype=torch.long, device=device)
    best, best_nats = [], -torch.inf
    for length in range(1, max_tokens + 1):
        total = nats[:, None] + next_token(texts)
        end_nats = total[:, end].masked_fill(bank < m, -torch.inf)
        if length >= shortest and float(end_nats.max()) > best_nats:
            best, best_nats = texts[end_nats.argmax()].tolist(), float(end_nats.max())
        total[:, end] = -torch.inf
        k = total.shape[1]
        into = bank[:, None] + (torch.arange(k, device=device) == next_words[bank][:, None])
        by_bank = (total.masked_fill(into != j, -torch.inf).flatten() for j in range(m + 1))
        places = torch.cat([scores.topk(min(WIDTH, len(scores))).indices for scores in by_bank])
        places = places[total.flatten()[places] > -torch.inf].unique()
        texts = torch.cat([texts[places // k], (places % k)[:, None]], 1)
        nats, bank = total.flatten()[places], into.flatten()[places]
        if best_nats >= float(nats.max()):
            break
    return best, best_nats
