"""Autoencoders of sequences, whose decoders write a line token by token."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.entropy_coder import Coder
from ...core.family import Family
from ...core.sample_options import GUIDED, TRUNCATED
from ...core.spec import Spec
from ...core.trainable import Batch, Player, Stage
from ..conditions import drop_given
from ..symbol_by_symbol import code_in_turn, decode_greedily, draw_from_codes, draw_in_turn
from .vae import VAE, FittedPriorVAE


class SequenceVAE(VAE):
    """Variational autoencoder of sequences (Bowman 2016) with a hierarchical decoder, led by a conductor (MusicVAE,
    Roberts 2018).

        p(x | z) = prod_t p(x_t | x_<t, z)

    The bound, the encoder and the learned prior are those of `VAE`; only p(x | z) is sampled token by token. A decoder
    that sees x_<t can learn to ignore z, and the KL term then rewards it (posterior collapse). `health` reports this.
    Three things help: word dropout (hiding earlier tokens from the decoder in training), KL annealing or a lower beta,
    and free bits.

    The decoder, of `networks.causal`, gives parameters of every p(x_t | x_<t, z) by decoder(z, x, known, given). While
    x is written, decoder.walk(z, x, known, given) gives the same. Other arguments are those of `VAE`."""

    sample_options = *GUIDED, *TRUNCATED
    at_once = 64  # each is all the places of a sequence

    def sample(self, n: int, given: Tensor, rng: Draws, **options: object) -> Tensor:
        z = self._codes(n, given, rng)
        return draw_from_codes(self.decoder, self.head, self.spec.shape, z, given, rng, **options)

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        return decode_greedily(self.decoder, self.head, self.spec.shape, z, given)

    def coded(self, z: Tensor, given: Tensor, coder: Coder, x: Tensor | None) -> Tensor:
        walk = lambda items: self.decoder.walk(z, items, None, given)
        return code_in_turn(walk, torch.zeros(len(z), *self.spec.shape), self.head, coder, x)

    def _filled(self, z: Tensor, x: Tensor, known: Tensor | None, given: object, rng: Draws) -> Tensor:
        x = torch.zeros_like(x, dtype=torch.float32) if known is None else torch.where(known, x.float(), 0.0)
        return draw_in_turn([self.decoder.walk(z, x, known, given)], x, known, self.head, rng)


class FittedPriorSequenceVAE(SequenceVAE, FittedPriorVAE):
    """A `SequenceVAE` with a prior that is fitted to the codes after training, as in `FittedPriorVAE`. A beta below 1
    leaves codes far from N(0, I)."""


MAX_ACCURACY = 0.9  # accuracy of the discriminator on pairs, above which codes are unlike samples of N(0, I)
MIN_CODE_SAVING = 0.05  # share of an item's nats that its own code must save beside another code


class AdversarialAutoencoder(Family):
    """Adversarial autoencoder (Makhzani 2016) of sequences, as MOSES applies it to molecules (Polykovskiy 2020).

    A decoder rebuilds items from codes, and a discriminator cannot tell the codes from samples of N(0, I).

        each step, on one batch x and fresh z, e ~ N(0, I), with codes c = E(x) + s e:
            discriminator:  min over D of  -log s(D(z)) - log s(-D(c)) + w/2 E |grad D(z)|^2 + w/2 E |grad D(c)|^2
            autoencoder:    min over E, p of  -log p(x | c) + pull * -log s(D(c)),  p(x | c) = prod_t p(x_t | x_<t, c)

    The codes of all items together then follow N(0, I), so a sample of N(0, I) decodes to a line like those of the
    data. The noise s makes codes near E(x) decode to x as well, as a Gaussian posterior does (Makhzani 2016, section
    2.1). With s = 0 the encoder is the deterministic one of MOSES. D sees the condition beside the code, so the codes
    follow N(0, I) for each value of the condition. The decoder sees the condition too, since the codes then do not tell
    it. The penalty w keeps the slope of D small (Mescheder 2018).

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        encoder: x (B, T) -> (B, latents).
        decoder: Network of `networks.causal`.
        discriminator: (codes, given) -> scores (B,).
        head: Distribution of a token, of `distributions.heads`.
        latents: Numbers of a code.
        noise: s.
        pull: Weight of the adversarial term, in nats.
        penalty: w.
    """

    unit = "adversarial"
    sample_options = *GUIDED, *TRUNCATED
    lacks = {
        "log_prob": "codes are held to N(0, I) by a discriminator, which bounds no likelihood",
        "complete": "codes say whole sequences, and none is learned for a part of one",
    }

    def __init__(
        self, spec: Spec, given: Spec, encoder: nn.Module, decoder: nn.Module, discriminator: nn.Module,
        head: nn.Module, latents: int, noise: float, pull: float, penalty: float,
    ):  # fmt: skip
        super().__init__(spec, given)
        self.encoder, self.decoder, self.discriminator, self.head = encoder, decoder, discriminator, head
        self.latents, self.noise, self.pull, self.penalty = latents, noise, pull, penalty

    def stages(self) -> list[Stage]:
        weights = [*self.encoder.parameters(), *self.decoder.parameters()]
        discriminator = Player(
            "discriminator", list(self.discriminator.parameters()), self.discriminator_loss, 1, self.unit
        )
        return [Stage("fit", [discriminator, Player("autoencoder", weights, self.autoencoder_loss, 1, "nats")])]

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        given = drop_given(self.given, batch.given, batch.rng)
        with torch.no_grad():
            codes = self._noisy(self.encoder(batch.x).float(), batch.rng)
        codes_and_noise = torch.cat([batch.rng.normal(codes.shape), codes]).requires_grad_()
        # float32, since the penalty's second derivative is too coarse in bfloat16
        with torch.enable_grad(), torch.autocast(codes_and_noise.device.type, enabled=False):
            scores = self.discriminator(codes_and_noise, torch.cat([given, given]))
            (slope,) = torch.autograd.grad(scores.sum(), codes_and_noise, create_graph=True)
        normal, coded_scores = scores.chunk(2)
        penalty = self.penalty * slope.square().sum(1).mean()  # over both halves, so that each counts w / 2
        loss = F.softplus(-normal).mean() + F.softplus(coded_scores).mean() + penalty
        return loss, {"gap": (normal - coded_scores).mean().detach()}

    def autoencoder_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        given = drop_given(self.given, batch.given, batch.rng)
        codes = self._noisy(self.encoder(batch.x).float(), batch.rng)
        rebuilt = self._error(codes, batch.x, given).mean()
        adversarial = F.softplus(-self.discriminator(codes, given).float()).mean()
        return rebuilt + self.pull * adversarial, {"reconstruction": rebuilt.detach()}

    def _noisy(self, codes: Tensor, rng: Draws) -> Tensor:
        return codes + self.noise * rng.normal(codes.shape)

    def _error(self, codes: Tensor, x: Tensor, given: Tensor) -> Tensor:
        """-log p(x | code) in nats: (B,)."""
        return -self.head.log_prob(self.decoder(codes, x.float(), None, given), x.float()).sum(1)

    def sample(self, n: int, given: Tensor, rng: Draws, **options: object) -> Tensor:
        z = rng.normal(n, self.latents)
        return draw_from_codes(self.decoder, self.head, self.spec.shape, z, given, rng, **options)

    def encode(self, x: Tensor, given: Tensor) -> Tensor:
        """Computes codes (B, latents) without noise."""
        return self.encoder(x)

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        return decode_greedily(self.decoder, self.head, self.spec.shape, z, given)

    def health(self, x: Tensor, given: Tensor, rng: Draws) -> list[str]:
        codes, sentences = self.encoder(x).float(), []
        noise = rng.normal(codes.shape)
        detected = self.discriminator(noise, given) > self.discriminator(self._noisy(codes, rng), given)
        if (share := float(detected.float().mean())) > MAX_ACCURACY:
            sentences.append(f"the discriminator tells {share:.0%} of the codes from draws of N(0, I): samples suffer")
        right_error, wrong_error = (float(self._error(z, x, given).mean()) for z in (codes, codes.roll(1, 0)))
        if wrong_error - right_error < MIN_CODE_SAVING * wrong_error:
            sentences.append("the decoder ignores the code: a line costs as much by the code of another")
        return sentences
