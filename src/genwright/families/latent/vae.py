"""Variational autoencoder (Kingma & Welling 2014; Rezende 2014).

    ELBO = E_q(z|x) log p(x|z) - KL(q(z|x) || N(0, I)),  q(z|x) = N(mu, sigma^2),  z = mu + sigma eps
    KL   = 1/2 sum (mu^2 + sigma^2 - log sigma^2 - 1)
    log p(x) >= log 1/K sum_k p(x|z_k) p(z_k) / q(z_k|x)      (Burda 2016, eq. 8; grows with K)

If part of x is known, the encoder, the decoder and a prior p(z | known) = N(m, s^2) see it as a condition. The same
bound then holds for log p(unknown | known) (Ivanov 2019). A completion begins with z ~ p(z | known) and x ~ p(x | z,
known). A few rounds of z ~ q(z | x), x ~ p(x | z, known) follow. They are a Markov chain that approaches p(unknown |
known) (Rezende 2014, appendix F), and correct the error of the Gaussian prior.

One encoder serves all items. `refine` fits a q to each item, by gradient steps from the encoder's q. The bound that
this gains is the amortisation gap (Cremer 2018, section 3; Kim 2018).

`FittedPriorVAE` has a prior that is fitted to the codes that training left (two steps, as Dai & Wipf 2019; Ghosh 2020).

    q(z) = E_x q(z | x), the aggregated posterior;    m, a mixture fitted to draws of it, in place of N(0, I)
    the bound gains E_q(z) log m(z) / p(z) <= KL(q(z) || p(z)),   nats of each item

If q(z) is not N(0, I), samples of N(0, I) lie where no item's code lies, and the decoder was never taught there.
"""

from dataclasses import dataclass
from math import ceil, log, log2

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.entropy_coder import Coder, Reader, Stack, Writer
from ...core.errors import Unsupported, not_finite
from ...core.family import Family
from ...core.monte_carlo import log_average
from ...core.sample_options import RULED
from ...core.shares import share
from ...core.spec import Spec
from ...core.trainable import Batch, Items
from ...distributions.normal import draw, kl, log_density_by_variance
from ..conditions import condition, draw_known, drop_given, sum_unknown
from ..guidance import predict_guided

WIDTH_SAMPLES = 64  # draws of the model by which the width of q is judged
FINE = 18.5  # cells of a latent whose q is N(., 1): the cell at z = 2 is then as wide as it
SINGLE_ITEMS, GROUP_BITS = 64, 1024  # items coded one by one at first, so that few bits are needed; then bits at once
MIN_CELLS, MAX_CELLS = 16, 1 << 14  # cells


class BitsBack:
    """Compresses items by a VAE with bits-back coding (Hinton & van Camp 1993; Townsend 2019, BB-ANS).

        write x:  z is drawn from q(z | x) by bits that are there; x goes by p(x | z), z by p(z)
        read x:   z comes back by p(z), x by p(x | z), and q(z | x) gives the bits back that drew z

    so that x costs log q(z | x) - log p(x | z) - log p(z) nats: the bound with one draw of z. A latent is one of the
    cells that are alike under p(z) = N(0, 1), as many as its q needs to be told from one cell to the next.

    Args:
        vae: with an encoder, `coded`, and `latents`, whose prior is N(0, I) where nothing is known.
    """

    def __init__(self, vae):
        self.vae, given = vae, torch.full((WIDTH_SAMPLES, vae.given.width), torch.nan)
        items = vae.sample(WIDTH_SAMPLES, given, Draws("cells of the latents"))
        variances = (0.5 * vae.encoder(items, None, given)[1]).exp().mean(0)
        if not variances.isfinite().all():
            raise not_finite("the latents of the model are")
        self.cells = [
            min(MAX_CELLS, max(MIN_CELLS, 1 << ceil(log2(FINE / sd)))) for sd in variances.clamp(1e-9, 1).tolist()
        ]
        # latents of a whole block are drawn before any of its items gives bits back
        self.sizes = (1,) * SINGLE_ITEMS + (max(1, min(WIDTH_SAMPLES, GROUP_BITS // int(sum(map(log2, self.cells))))),)

    def compress(self, x: Tensor, given: Tensor, stack: Stack) -> None:
        masses = self._masses(x, given)
        cells = torch.stack([stack.pop(latent_masses) for latent_masses in masses], 1)
        with Writer(stack) as writer:
            self.vae.coded(self._middles(cells), given, writer, x.float())
        stack.push_even(cells.flatten(), self._counts(len(x)))

    def decompress(self, given: Tensor, stack: Stack) -> Tensor:
        cells = stack.pop_even(self._counts(len(given))).view(len(given), -1)
        x = self.vae.coded(self._middles(cells), given, Reader(stack), None)
        for cell, masses in reversed(list(zip(cells.unbind(1), self._masses(x, given)))):
            stack.push(cell, masses)
        return x

    def _counts(self, n: int) -> Tensor:
        return torch.tensor(self.cells).repeat(n)

    def _masses(self, x: Tensor, given: Tensor) -> list[Tensor]:
        """Masses of the cells of each latent under q(z | x): (B, cells)."""
        mean, log_var = (output.double() for output in self.vae.encoder(x, None, given))
        return [
            _cell_masses(m[:, None], (0.5 * v).exp()[:, None], count)
            for m, v, count in zip(mean.unbind(1), log_var.unbind(1), self.cells)
        ]

    def _middles(self, cells: Tensor) -> Tensor:
        """z in the middle of its cell, by mass: (B, latents)."""
        return torch.special.ndtri((cells.double() + 0.5) / torch.tensor(self.cells)).float()


def _cell_masses(mean: Tensor, sd: Tensor, count: int) -> Tensor:
    """Masses under N(mean, sd^2) of `count` cells that have equal mass under N(0, 1): (B, 1) each -> (B, count)."""
    edges = torch.special.ndtri(torch.arange(1, count, dtype=torch.float64) / count)
    cdf_below = torch.special.ndtr((edges - mean) / sd)
    return F.pad(F.pad(cdf_below, (1, 0)), (0, 1), value=1.0).diff(dim=1)


ROUNDS = 3  # rounds of the chain that refines a completion
CHAIN = 50  # steps of the chain, where no prior has learned to begin it
STEPS, NOISES, RATE = 200, 8, 0.1  # Adam in `refine`: steps, z of each item a step, and the rate, which falls to 0
DECODE_BATCH = 1_024  # latents decoded at once, of all draws and items: what fits a processor's cache


@dataclass(frozen=True)
class VAENetworks:
    """The networks of a VAE: encoder, prior and decoder.

    Args:
        encoder, decoder: Networks of `networks.adapters`.
        prior: Likewise. None where training shows whole items alone; completions are then made by the chain.
        head: Distribution of x, of `distributions.heads`.
        perceptual: (x, mean of p(x|z)) -> nats that the loss adds to -log p(x|z) (Larsen 2016; Hou 2017). It
            changes which p(x|z) is learned, not what it means, so the bound of `log_likelihood`, in which it has no
            part, stays a bound.
    """

    encoder: nn.Module
    prior: nn.Module | None
    decoder: nn.Module
    head: nn.Module
    perceptual: nn.Module | None = None


class WholeItemVAE(Family):
    """The variational autoencoder (Kingma & Welling 2014): a latent z, and p(x | z) by a decoder. It samples, scores,
    encodes and decodes whole items; `VAE` also completes and compresses them.

    Args:
        spec: The items.
        given: Conditioning variables.
        networks: Its networks.
        latents: Numbers in z.
        draws: K of the bound in an evaluation.
        warmup: Items over which the weight of the KL term grows to beta, so that latents are used before they cost
            (Bowman 2016).
        beta: Weight of the KL term (Higgins 2017); only 1 makes a bound of the loss.
        free_bits: Nats of each latent, on average over a batch, that cost nothing in training (Kingma 2016, section
            4.2).
    """

    kind = "lower bound"
    sample_options = RULED
    at_once = DECODE_BATCH
    parallel = "gather"  # free bits are of the mean over a batch

    def __init__(
        self, spec: Spec, given: Spec, networks: VAENetworks, latents: int, draws: int, warmup: int, beta: float = 1.0,
        free_bits: float = 0.0,
    ):  # fmt: skip
        super().__init__(spec, given)
        self.encoder, self.prior, self.decoder = networks.encoder, networks.prior, networks.decoder
        self.head, self.perceptual = networks.head, networks.perceptual
        self.latents, self.draws, self.warmup = latents, draws, warmup
        self.beta, self.free_bits = beta, free_bits

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        x, rng = batch.x, batch.rng
        known = None if self.prior is None else draw_known(self.spec, x, rng)
        given = drop_given(self.given, batch.given, rng)
        mean, log_var = self.encoder(x, known, given)
        z = draw(mean, log_var, rng)
        reconstruction = self._error(self.decoder(z, x, known, given), x, known)
        kl_terms = kl(mean, log_var, *self._prior(mean, x, known, given))
        divergence = kl_terms.sum(1).mean()
        paid = divergence
        if self.free_bits and self.training:
            paid = share().mean(kl_terms.mean(0)).clamp(min=self.free_bits).sum()
        reports = {"reconstruction": reconstruction.detach(), "kl": divergence.detach()}
        return reconstruction + self.beta * self._share_done(batch, self.warmup) * paid, reports

    def _share_done(self, batch: Batch, items: int) -> float:
        """The share of the first `items` items of training that is done: 1 when the model is judged."""
        return min(1.0, batch.items / items) if self.training and items else 1.0

    def _error(self, params: Tensor, x: Tensor, known: Tensor | None) -> Tensor:
        """-log p(x | z) of what is unknown, and what p's mean looks unlike x: the mean over items."""
        error = -sum_unknown(self.head.log_prob(params, x.float()), known).mean()
        if self.perceptual is None:
            return error
        mean = self.head.mean(params)
        return error + self.perceptual(x, mean if known is None else torch.where(known, x.float(), mean))

    def sample(self, n: int, given: Tensor, rng: Draws, **guidance: object) -> Tensor:
        params = self.params(self._codes(n, given, rng), given, **guidance)
        return self.head.sample(params, rng)

    def log_likelihood(
        self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None, known: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Estimates the importance-weighted bound from K = draws samples of z per item. Raises Unsupported for a known
        part where training showed whole items alone.

        Args:
            x: (B, *shape) items.
            given: (B, G) conditions.
            rng: Random numbers.
            known: bool like x, True where a number is known.
        """
        if known is not None and self.prior is None:
            raise Unsupported("this VAE was trained on whole items, so it cannot score a part given the rest")
        mean, log_var = self.encoder(x, known, given)
        draws, draws_at_once = draws or self.draws, max(1, self.at_once // len(x))
        log_w = []
        for start in range(0, draws, draws_at_once):
            noise = torch.stack([rng.normal(mean.shape) for _ in range(min(draws_at_once, draws - start))])
            log_w.append(self.log_weights_at(noise, mean, log_var, x, given, known))
        return log_average(torch.cat(log_w).double())

    def log_weights_at(
        self, noise: Tensor, mean: Tensor, log_var: Tensor, x: Tensor, given: Tensor, known: Tensor | None
    ) -> Tensor:
        """Computes log importance weights (K, B), log p(x | z) p(z) / q(z), at z = mean + sd noise with q = N(mean,
        exp(log_var)).

        K draws of B items are decoded at once.

        Args:
            noise: (K, B, latents) standard normal numbers.
            mean, log_var: (B, latents) of q.
            x: (B, *shape) items.
            given: (B, G) conditions.
            known: bool like x, or None.
        """
        z, count = mean + (0.5 * log_var).exp() * noise, len(noise)
        rows = torch.arange(len(x), device=x.device).repeat(count)
        items, mask = x.float()[rows], None if known is None else known[rows]
        params = self.decoder(z.flatten(0, 1), items, mask, condition(self.decoder, given)[rows])
        log_px = sum_unknown(self.head.log_prob(params, items), mask).view(count, -1)
        return log_px + self._log_pz(z, x, known, given) - log_density_by_variance(z, mean, log_var)

    def refine(self, x: Tensor, given: Tensor, rng: Draws, steps: int = STEPS) -> tuple[Tensor, Tensor]:
        """Fits mean and log variance (B, latents) of a q for each item by gradient steps, from the encoder's q.

        Args:
            x: (B, *shape) items.
            given: (B, G) conditions.
            rng: Random numbers.
            steps: Steps of Adam.
        """
        with torch.no_grad():
            q = [t.clone().requires_grad_() for t in self.encoder(x, None, given)]
        optimizer = torch.optim.Adam(q, RATE)
        with torch.enable_grad():
            for step in range(steps):
                optimizer.param_groups[0]["lr"] = RATE * (1 - step / steps)
                loss = -self.bound(*q, x, given, rng, NOISES).sum()
                for t, gradient in zip(q, torch.autograd.grad(loss, q)):
                    t.grad = gradient
                optimizer.step()
        return q[0].detach(), q[1].detach()

    def bound(self, mean: Tensor, log_var: Tensor, x: Tensor, given: Tensor, rng: Draws, draws: int) -> Tensor:
        """Estimates the bound (B,), E_q log p(x | z) p(z) / q(z) with q = N(mean, exp(log_var)).

        Args:
            mean, log_var: (B, latents) of q.
            x: (B, *shape) items.
            given: (B, G) conditions.
            rng: Random numbers.
            draws: Samples of z that are averaged.
        """
        return self.log_weights_at(rng.normal(draws, *mean.shape), mean, log_var, x, given, None).mean(0)

    def encode(self, x: Tensor, given: Tensor) -> Tensor:
        """Computes the mean of q(z | x): (B, latents)."""
        return self.encoder(x, None, given)[0]

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        """Returns the likeliest item, or the middle, of p(x | z)."""
        return self.head.point_estimate(self.params(z, given))

    def health(self, x: Tensor, given: Tensor, rng: Draws) -> list[str]:
        """Warns of posterior collapse: latents whose mean hardly varies over items (Burda 2016, section 5.2: variance
        below 0.01).

        Args:
            x: (B, *shape) items.
            given: (B, G) conditions of the items.
            rng: Random numbers.
        """
        active = int((self.encode(x, given).var(0) > 0.01).sum())
        if active >= self.latents / 2:
            return []
        idle = self.latents - active
        return [f"the decoder ignores {idle} of {self.latents} latents: posterior collapse"]

    def _codes(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        """Draws of the prior where nothing is known: (n, latents)."""
        return rng.normal(n, self.latents)

    def _log_pz(self, z: Tensor, x: Tensor, known: Tensor | None, given: Tensor) -> Tensor:
        """log p(z | known): (K, B) of z: (K, B, latents)."""
        return log_density_by_variance(z, *self._prior(z[0], x, known, given))

    def _prior(self, mean: Tensor, x: Tensor, known: Tensor | None, given: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of p(z | known), standard normal where nothing is known or nothing was learned of it;
        of the shape of the posterior's mean."""
        if known is None or self.prior is None:
            return torch.zeros_like(mean), torch.zeros_like(mean)
        return self.prior(x, known, given)

    def params(self, z: Tensor, given: Tensor, **guidance: object) -> Tensor:
        """Computes the parameters of p(x | z, given), moved away by guidance from those of p(x | z, against)."""
        known_values = z.new_zeros(len(z), *self.spec.shape)
        return predict_guided(lambda given: self.decoder(z, known_values, None, given).float(), given, **guidance)


class VAE(WholeItemVAE):
    """The variational autoencoder of items that may have unknown parts. Arguments are those of `WholeItemVAE`."""

    scores_known = True
    method = "latent sampled from a learned prior given the known part, decoded, and refined by encoding and decoding"

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        to_encode, to_decode = condition(self.encoder, given), condition(self.decoder, given)
        mask = None if self.prior is None else known  # without a prior, no network has learned to read a mask

        def decoded(mean: Tensor, log_var: Tensor) -> Tensor:
            completion = self._filled(draw(mean, log_var, rng), x, mask, to_decode, rng)
            return torch.where(known, x.float(), completion)

        completions = decoded(*self._prior(x.new_zeros(len(x), self.latents, dtype=torch.float32), x, mask, given))
        for _ in range(CHAIN if self.prior is None else ROUNDS):
            completions = decoded(*self.encoder(completions, mask, to_encode))
        return completions

    def code(self) -> BitsBack:
        return BitsBack(self)

    def coded(self, z: Tensor, given: Tensor, coder: Coder, x: Tensor | None) -> Tensor:
        """Writes items by p(x | z) to an entropy coder, or reads them.

        Args:
            z: (B, latents).
            given: (B, G) conditions.
            coder: The coder.
            x: (B, *shape) items to write, None to read.
        """
        return self.head.code(self.params(z, given), coder, x)

    def _filled(self, z: Tensor, x: Tensor, known: Tensor | None, given: object, rng: Draws) -> Tensor:
        """Draws of p(x | z, known), every value there."""
        return self.head.sample(self.decoder(z, x, known, given).float(), rng, present=True)


FITTED = 10_000  # items whose codes the prior is fitted to, at most
CHUNK = 500  # items encoded at a time


class FittedPriorVAE(VAE):
    """A `VAE` whose prior is fitted to the codes after training.

    Args:
        density: a family over Real(shape=(latents,)), fitted in `finish`.
        parts: as `VAE` takes them.
    """

    def __init__(self, *parts: object, density: Family):
        super().__init__(*parts)
        self.density = density

    def finish(self, items: Items, rng: Draws) -> None:
        sample_items = items[rng.permutation(len(items))[:FITTED]]
        parts = [sample_items[start : start + CHUNK] for start in range(0, len(sample_items), CHUNK)]
        codes = torch.cat([draw(*self.encoder(part.x, None, part.given), rng) for part in parts])
        self.density.finish(Items(codes, sample_items.given), rng)

    def code(self) -> BitsBack:
        raise Unsupported("latents of a fitted prior have no cells to be coded in: fit it with fitted_prior=False")

    def _codes(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        return self.density.sample(n, given, rng)

    def _log_pz(self, z: Tensor, x: Tensor, known: Tensor | None, given: Tensor) -> Tensor:
        """log m(z), of what is known the learned prior's as in `VAE`. z: (K, B, latents) -> (K, B)."""
        if known is not None:
            return super()._log_pz(z, x, known, given)
        conditions = given.repeat(len(z), 1)
        return self.density.log_likelihood(z.flatten(0, 1), conditions, Draws(0, device=z.device))[0].view(z.shape[:2])


class IWAE(VAE):
    """Importance-weighted autoencoder (Burda 2016): a VAE that trains by the same bound that scores it.

        min  -E log 1/K sum_k p(x|z_k) p(z_k) / q(z_k|x),   z_k ~ q(z|x)

    Each sample of z counts by its importance weight, so q need not be accurate everywhere. It may be wider than in a
    VAE, and more of the latents stay in use. With K = 1, it is the VAE.

    The gradient is that of sum_k v_k log p(x|z_k) p(z_k) / q(z_k|x), where v_k are the weights normalised to 1. A
    single k, drawn with probability v_k, has the same gradient on average and needs one backward pass instead of K
    (section 3): `sparse`. As K grows, the gradient that reaches q becomes little but noise (Rainforth 2018). So q's
    gradient flows through z_k alone, times v_k, which is the same on average (Tucker 2019, equation 8).

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        networks: Its networks.
        latents: Numbers in z.
        draws: K in evaluation.
        samples: K in training.
        sparse: Whether the gradient passes through one draw of an item in place of all.
        growth: Items over which K grows by equal factors from 1: far from the posterior, draws say little.
    """

    def __init__(
        self, spec: Spec, given: Spec, networks: VAENetworks, latents: int, draws: int, samples: int,
        sparse: bool = False, growth: int = 0,
    ):  # fmt: skip
        super().__init__(spec, given, networks, latents, draws, warmup=0)
        self.samples, self.sparse, self.growth = samples, sparse, growth

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        x, rng = batch.x, batch.rng
        known = None if self.prior is None else draw_known(self.spec, x, rng)
        given = drop_given(self.given, batch.given, rng)
        samples = round(self.samples ** self._share_done(batch, self.growth))
        if self.sparse and self.training:
            return -self._through_one(x, given, rng, samples, known).mean(), {}
        nats, _ = self.log_likelihood(x, given, rng, samples, known)
        return -nats.mean().float(), {}

    def _through_one(self, x: Tensor, given: Tensor, rng: Draws, samples: int, known: Tensor | None) -> Tensor:
        """The bound (B,), whose gradient passes through one draw of each item, chosen by its weight, and goes on to q
        as far as that weighs."""
        mean, log_var = self.encoder(x, known, given)
        with torch.no_grad():
            noise = rng.normal(samples, *mean.shape)
            parts = noise.split(max(1, DECODE_BATCH // len(x)))
            log_w = torch.cat([self.log_weights_at(part, mean, log_var, x, given, known) for part in parts])
            weights = log_w.T.softmax(1)
            chosen_draws = rng.categories(weights)
            bound = log_w.logsumexp(0) - log(samples)
        chosen_noise = noise[chosen_draws[:, 0], torch.arange(len(x), device=x.device)][None]
        mean, log_var = (torch.lerp(t.detach(), t, weights.gather(1, chosen_draws)) for t in (mean, log_var))
        z = (mean + (0.5 * log_var).exp() * chosen_noise).detach()
        log_weights = self.log_weights_at(chosen_noise, mean, log_var, x, given, known)[0]
        log_weights = (
            log_weights + log_density_by_variance(z, mean, log_var)[0]
        )  # q's own parameters cancel in the weight
        return bound + log_weights - log_weights.detach()
