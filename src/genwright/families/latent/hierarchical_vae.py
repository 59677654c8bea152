"""Hierarchical variational autoencoder, inferred from the top down (Sonderby 2016; Kingma 2016, section 4).

    p(x, z) = p(x | z) prod_l p(z_l | z_<l),    q(z | x) = prod_l q(z_l | z_<l, x),    both Gaussian, on one path down
    ELBO    = E_q log p(x | z) - sum_l KL(q(z_l | z_<l, x) || p(z_l | z_<l))
    log p(x) >= log 1/K sum_k p(x | z_k) p(z_k) / q(z_k | x)                                   (Burda 2016, eq. 8)

The prior of each layer is learned, so the layers together model a distribution of codes that no single Gaussian can.

A completion begins with a sample of the model next to the known part. Then follow rounds of z ~ q(z | x), x ~ p(x | z),
which put the known part back. They are a Markov chain that approaches p(unknown | known) (Rezende 2014, appendix F).
"""

from collections.abc import Callable
from math import prod

import torch
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.family import Family
from ...core.monte_carlo import log_average
from ...core.shares import share
from ...core.spec import Spec
from ...core.trainable import Batch
from ...distributions.normal import draw, kl, log_density_by_variance
from ..conditions import drop_given, sum_unknown

CHAIN = 50  # rounds of the chain that makes a completion
PATHS_AT_ONCE = 512  # paths down that are walked at once, of all draws and items
Normal = tuple[Tensor, Tensor]  # mean and log variance


class HierarchicalVAE(Family):
    """A variational autoencoder with layers of latents, inferred from the top down.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        network: As `networks.ladder`.
        head: Distribution of x, of `distributions.heads`.
        draws: K of the bound in an evaluation.
        warmup: Items over which the weight of the KL terms grows to 1.
        free_bits: Nats of each layer, on average over a batch, that cost nothing in training.
    """

    kind = "lower bound"
    parallel = "gather"  # free bits are of the mean over a batch
    method = "sampled without the known part, then refined by encoding and decoding"

    def __init__(
        self, spec: Spec, given: Spec, network: nn.Module, head: nn.Module, draws: int, warmup: int, free_bits: float
    ):
        super().__init__(spec, given)
        self.network, self.head = network, head
        self.draws, self.warmup, self.free_bits = draws, warmup, free_bits

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        x, rng = batch.x, batch.rng
        c = self.network.given(drop_given(self.given, batch.given, rng))
        layers = []  # nats of each

        def choose(prior: Normal, posterior: Normal) -> Tensor:
            layers.append(kl(*posterior, *prior).flatten(1).sum(1).mean())
            return draw(*posterior, rng)

        log_px = self._log_px(self._decode(c, choose, self.network.upward_features(x, c)), x)
        reconstruction, layer_kl = -log_px.mean(), torch.stack(layers)
        paid = (
            share().mean(layer_kl).clamp(min=self.free_bits).sum()
            if self.free_bits and self.training
            else layer_kl.sum()
        )
        warm = min(1.0, batch.items / self.warmup) if self.training and self.warmup else 1.0
        logs = {f"kl {layer + 1}": nats.detach() for layer, nats in enumerate(layers)}
        return reconstruction + warm * paid, {"reconstruction": reconstruction.detach(), **logs}

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        params = self._decode(self.network.given(given), lambda prior, _: draw(*prior, rng))
        return self.head.sample(params.float(), rng)

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        c = self.network.given(given)
        put_back = lambda params: torch.where(known, x.float(), self.head.sample(params.float(), rng, present=True))
        completions = put_back(self._decode(c, lambda prior, _: draw(*prior, rng)))
        for _ in range(CHAIN):
            completions = put_back(
                self._decode(c, lambda _, q: draw(*q, rng), self.network.upward_features(completions, c))
            )
        return completions

    def log_likelihood(self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None) -> tuple[Tensor, Tensor]:
        """Estimates the importance-weighted bound from K = draws samples of all layers per item."""
        draws, paths_at_once = draws or self.draws, max(1, PATHS_AT_ONCE // len(x))
        c = self.network.given(given)
        features, log_weights = self.network.upward_features(x, c), []
        for start in range(0, draws, paths_at_once):
            rows = torch.arange(len(x), device=x.device).repeat(min(paths_at_once, draws - start))
            log_w = self._log_weights(x.float()[rows], c[rows], [d[rows] for d in features], rng)
            log_weights.append(log_w.view(-1, len(x)))
        return log_average(torch.cat(log_weights).double())

    def _log_weights(self, x: Tensor, c: Tensor, features: list[Tensor], rng: Draws) -> Tensor:
        """log p(x | z) p(z) / q(z | x) at one path down of each item: (B,)."""
        terms = []

        def choose(prior: Normal, posterior: Normal) -> Tensor:
            z = draw(*posterior, rng)
            flat = z.flatten(1)
            log_p, log_q = (log_density_by_variance(flat, *(t.flatten(1) for t in law)) for law in (prior, posterior))
            terms.append(log_p - log_q)
            return z

        return self._log_px(self._decode(c, choose, features), x) + sum(terms)

    def encode(self, x: Tensor, given: Tensor) -> Tensor:
        """Computes the means of the approximate posterior, layer by layer from the top: (B, latents of all layers)."""
        c, means = self.network.given(given), []

        def choose(_: Normal, posterior: Normal) -> Tensor:
            means.append(posterior[0])
            return posterior[0]

        self._decode(c, choose, self.network.upward_features(x, c))
        return torch.cat([mean.flatten(1) for mean in means], 1)

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        """Returns the middle of p(x | z)."""
        shapes = self.network.latents
        parts = iter([part.view(-1, *shape) for part, shape in zip(z.split([*map(prod, shapes)], 1), shapes)])
        return self.head.point_estimate(self._decode(self.network.given(given), lambda *_: next(parts)).float())

    def _decode(
        self, c: Tensor, choose: Callable[[Normal, Normal | None], Tensor], features: list[Tensor] | None = None
    ) -> Tensor:
        """Parameters of p(x | z) at the end of the path on which choose(prior, posterior) says each z; the posterior is
        None without features of an item."""
        net = self.network
        h = net.start(c)
        for layer in range(len(net.latents)):
            prior = net.prior(layer, h)
            posterior = None if features is None else net.posterior(layer, h, features[layer], prior)
            h = net.join(layer, h, choose(prior, posterior), c)
        return net.params(h)

    def _log_px(self, params: Tensor, x: Tensor) -> Tensor:
        return sum_unknown(self.head.log_prob(params, x.float()), None)
