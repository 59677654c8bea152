"""Diffusion over the codes of sets of points (Xu 2023, GeoLDM): two stages, as of `two_stage`, of sets.

    first    the codec by its own loss
    then     the codec stands still, its codes are drawn once, and the diffusion learns them
    log p(m, x, k) >= E_z log p(m, z) + log p(x, k | z) - log q(z | x, k),  z ~ q(z | x, k)
    draw     m and z from the diffusion, x and k from p(x, k | z)

Every part turns with the positions, so that the distribution does not know how a set lies, or is listed; the bound is
estimated in axes of the set's own (`in_own_axes`), of one code for each estimate of the diffusion's own bound.

The codec is a variational autoencoder whose codes are points as well, each with a position and a few numbers:

    q(u | x, k) = N(M(x, k), s^2) N(m(x, k), s(x, k)^2)          positions, on the space of zero centre; numbers
    p(x, k | u) = N(x; X(u), r^2) Cat(k; K(u))                   positions, on that space; kinds
    min  -log p(x, k | u) + beta KL(q(u | x, k) || N(0, I))
    z = (u - shift) / scale,  of positions the scale alone, as running averages over training items

M and X turn with the positions, numbers stay. s and r are two numbers that are learned.
"""

from math import log, pi

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from ...core.draws import Draws, ItemDraws
from ...core.family import Family
from ...core.monte_carlo import average
from ...core.ragged import Ragged
from ...core.shares import share
from ...core.spec import Members, Real, Spec
from ...core.trainable import Batch, Items
from ..diffusion.point_diffusion import CALIBRATION_ITEMS, PointDiffusion, in_own_axes
from ..gaussian_noise import GaussianNoise
from .two_stage import CodecAndPriors

DECAY = 0.99  # share of the running averages that a step keeps
BLUR, ROUGH = -6.0, -6.0  # log s^2 and log r^2 before training, when X(M(x)) is x but for the noise


class PointCodec(nn.Module):
    """A codec of sets of points in space.

    Args:
        spec: Spec of sets whose members have a `kind` and a `position`.
        encoder: one-hot kinds to 2 F numbers, means and log variances.
        decoder: F numbers to logits of kinds; both as `networks.equivariant.egnn.PointMap`.
    """

    def __init__(self, spec: Spec, encoder: nn.Module, decoder: nn.Module, features: int, beta: float):
        super().__init__()
        self.each, self.encoder, self.decoder, self.beta = spec.leaf.each, encoder, decoder, beta
        self.scale = self.each.columns[self.each.names.index("position")].scale
        self.kinds = self.each.columns[self.each.names.index("kind")].k
        member = Spec((("position", Real((3,), axis="space")), ("features", Real((features,)))))
        self.latents = Spec((("code", Members(member, spec.leaf.sizes)),))
        self.blur, self.rough = nn.Parameter(torch.tensor(BLUR)), nn.Parameter(torch.tensor(ROUGH))
        self.register_buffer("shift", torch.zeros(features))
        self.register_buffer("square", torch.ones(1 + features))  # mean squares of a coordinate and of each number

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss in nats an item, and logs the cost of the codes."""
        x = batch.x
        process, (mean, log_var) = GaussianNoise(x.ptr), self._posterior(x)
        u = self._sample_latents(x, mean, log_var, batch.rng.items(len(x)))
        self._follow(u, x)
        divergence = 0.5 * process.sums(mean**2 + log_var.exp() - log_var - 1).sum(1)
        divergence = divergence - 1.5 * (self._blur().exp() - self._blur() - 1)  # the centre is no number
        nats = -self._log_prob(x, u)
        parts = {"nats": nats.mean().detach(), "kl": divergence.mean().detach()}
        return (nats + self.beta * divergence).mean(), parts

    def encode(self, x: Ragged) -> Ragged:
        """Computes the mean of the codes."""
        return x.with_x(self._scaled(self._posterior(x)[0]))

    def draw(self, x: Ragged, rng: ItemDraws) -> tuple[Ragged, Tensor]:
        """Samples z ~ q(z | x). Returns z and its log density (B,) float64."""
        mean, log_var = self._posterior(x)
        u = self._sample_latents(x, mean, log_var, rng)
        sums, dimensions = GaussianNoise(x.ptr).sums, self._dims(x)
        squares = (u - mean).double() ** 2 / log_var.double().exp()
        numbers = log_var.double()[:, 3:] + log(2 * pi)
        log_q = -0.5 * (
            sums(squares).sum(1) + sums(numbers).sum(1) + dimensions * (self._blur().double() + log(2 * pi))
        )
        scale = self._scale().double().log()
        return x.with_x(self._scaled(u)), log_q + dimensions * scale[0] + x.sizes * scale[3:].sum()

    def log_prob(self, x: Ragged, z: Ragged) -> Tensor:
        """Computes log p(x | z) (B,) float64, in the user's units. The number of members is that of z."""
        return self._log_prob(x, self._unscaled(z.x)).double() - self._dims(x) * log(self.scale)

    def sample(self, z: Ragged, rng: Draws) -> Ragged:
        """Samples x ~ p(x | z)."""
        rng = rng.items(len(z))
        logits, places = self._decoded(self._unscaled(z.x), z)
        noise = GaussianNoise(z.ptr).centred(rng.normal(z.sizes, 3))
        kinds = rng.categories(z.sizes, logits.softmax(1))
        rows = {"position": places + (0.5 * self._rough()).exp() * noise, "kind": kinds[:, None].float()}
        return z.with_x(torch.cat([rows[name] for name in self.each.names], 1))

    def _posterior(self, x: Ragged) -> tuple[Tensor, Tensor]:
        """Means and log variances (M, 3 + F) of u."""
        places, kinds = self.each.part(x.x, "position").float(), self.each.part(x.x, "kind").long()
        numbers, moved_positions = self.encoder(one_hot(kinds, self.kinds).float(), places, x.ptr)
        mean, log_var = numbers.chunk(2, 1)
        blur = self._blur().expand(len(places), 3)
        return torch.cat([GaussianNoise(x.ptr).centred(moved_positions), mean], 1), torch.cat(
            [blur, log_var.clamp(-10, 4)], 1
        )

    def _sample_latents(self, x: Ragged, mean: Tensor, log_var: Tensor, rng: ItemDraws) -> Tensor:
        noise = rng.normal(x.sizes, mean.shape[1])
        noise = torch.cat([GaussianNoise(x.ptr).centred(noise[:, :3]), noise[:, 3:]], 1)
        return mean + (0.5 * log_var).exp() * noise

    def _decoded(self, u: Tensor, sets: Ragged) -> tuple[Tensor, Tensor]:
        """Logits of kinds (M, K), and positions (M, 3)."""
        logits, places = self.decoder(u[:, 3:], u[:, :3], sets.ptr)
        return logits, GaussianNoise(sets.ptr).centred(places)

    def _log_prob(self, x: Ragged, u: Tensor) -> Tensor:
        """log p(x, k | u) in units of the Spec: (B,) nats."""
        logits, places = self._decoded(u, x)
        sums, kinds = GaussianNoise(x.ptr).sums, self.each.part(x.x, "kind").long()
        position_error = sums((self.each.part(x.x, "position") - places) ** 2).sum(1) / self._rough().exp()
        kind_loss = sums(cross_entropy(logits, kinds, reduction="none")[:, None])[:, 0]
        return -0.5 * (position_error + self._dims(x).float() * (self._rough() + log(2 * pi))) - kind_loss

    def _blur(self) -> Tensor:
        return self.blur.clamp(-10, 4)

    def _rough(self) -> Tensor:
        return self.rough.clamp(-10, 4)

    def _dims(self, sets: Ragged) -> Tensor:
        """(B,) float64 dimensions of the space that positions lie in."""
        return 3.0 * (sets.sizes - 1).double()

    @torch.no_grad()
    def _follow(self, u: Tensor, sets: Ragged) -> None:
        """A step of the running averages, in training."""
        if self.training:
            batch_share = share()
            self.shift.lerp_(batch_share.mean_of_rows(u[:, 3:]), 1 - DECAY)
            numbers = (u[:, :3] ** 2).flatten()
            square = torch.cat([batch_share.mean_of_rows(numbers).view(1), batch_share.mean_of_rows(u[:, 3:] ** 2)])
            self.square.lerp_(square, 1 - DECAY)

    def _scale(self) -> Tensor:
        """(3 + F,)."""
        variance = torch.cat([self.square[:1].expand(3), self.square[1:] - self.shift**2])
        return variance.clamp(min=1e-6).sqrt()

    def _scaled(self, u: Tensor) -> Tensor:
        return (u - torch.cat([self.shift.new_zeros(3), self.shift])) / self._scale()

    def _unscaled(self, z: Tensor) -> Tensor:
        return z * self._scale() + torch.cat([self.shift.new_zeros(3), self.shift])


CODES = 4  # codes of a set for one likelihood


class LatentPointDiffusion(CodecAndPriors):
    """Latent diffusion of sets of points (GeoLDM): a codec of points, and a diffusion over its codes.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        codec: as `PointCodec`.
        prior: over its latents.
        share: Share of the budget that trains the codec.
    """

    lacks = {
        "complete": "codes of a part of a set are not those of the whole",
        "encode": "the codes of a set are as many as its members, and not of one size",
        "decode": "the codes of a set are as many as its members, and not of one size",
        "interpolate": "two sets have no members in common to go between",
    }

    def __init__(self, spec: Spec, given: Spec, codec: nn.Module, prior: PointDiffusion, share: float):
        super().__init__(spec, given, codec, share)
        self.prior = prior

    @property
    def priors(self) -> list[Family]:
        return [self.prior]

    def finish(self, items: Items, rng: Draws) -> None:
        self.prior.sizes.learn(items.x.sizes, items.given)
        items = items[rng.permutation(len(items))[:CALIBRATION_ITEMS].to(items.given.device)]
        self.prior.finish(Items(self._coded(items.x, rng)[0], items.given), rng)

    def log_likelihood(self, x: Ragged, given: Tensor, rng: Draws, draws: int | None = None):
        """Estimates a bound of the log-likelihood.

        Args:
            x: Sets of points.
            given: (B, G) conditions.
            rng: Random numbers.
            draws: Terms of the diffusion's bound, of all codes together.
        """
        member = self.spec.leaf.each
        places, kinds = in_own_axes(x, member.part(x.x, "position"), member.part(x.x, "kind").long())
        rows = {"position": places, "kind": kinds[:, None].to(places.dtype)}
        x = x.with_x(torch.cat([rows[name] for name in member.names], 1))
        terms, stream = draws or self.prior.terms, rng.items(len(x))
        codes = min(CODES, terms)
        bounds = []
        for _ in range(codes):
            z, log_q = self.codec.draw(x, stream)
            bounds.append(self.prior.bound(z, given, stream, terms // codes)[0] + self.codec.log_prob(x, z) - log_q)
        return average(torch.stack(bounds))

    def _coded(self, x: Ragged, rng: Draws) -> tuple[Ragged, Tensor]:
        return self.codec.draw(x, rng.items(len(x)))
