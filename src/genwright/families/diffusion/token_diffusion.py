"""Discrete diffusion of sequences in continuous time (Austin 2021; Sahoo 2024, MDLM; Schiff 2025 for uniform noise).

    q(n)                   the place of END, where sequences have one: its histogram in training
    q(x_t | x_0)           each symbol by itself towards a mask, or towards any symbol: alpha_t = 1 - t of it is left
    train:  t ~ (0, 1),    min the bound at t; the network gives every symbol its distribution p(x_0 | x_t)
    draw:   n ~ p(n), x_1 ~ pi, then x_s ~ sum_x0 q(x_s | x_t, x_0) p(x_0 | x_t) for t from 1 to 0 in some steps
    bound:  log p(n, x_0) >= log p(n) - integral_0^1 E beta_t apart(p(x_0 | x_t), x_0) dt      (`categorical_noise`)

At small t few tokens are noisy, and they weigh 1 / t. Sampling t = u^2 with u ~ U(0, 1) keeps the variance of the
integral's estimate finite. With masks, the network does not need t, only which tokens are hidden, and the integral over
t has a closed form for each number m of masks among N tokens: each m is equally likely, and -log p(x_0 | x_t) of the
hidden tokens counts N / m times (Uria 2014; Hoogeboom 2022, whose order-agnostic models have the same bound).

The network's output is multiplied by q(x_t | x_0) as a function of x_0. So a token that is not masked stays as it is,
and no token of x_0 is ever the mask. Known tokens never get noise. With masks, nothing more is needed to complete,
since a network that has seen any token masked has seen any token known. With uniform noise, the network is told which
tokens are known, in training as well.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.family import Family
from ...core.monte_carlo import average, split_draws
from ...core.sample_options import RULED, STEPS, Effort
from ...core.spec import Spec
from ...core.trainable import Batch, Items
from ...distributions.logit_masks import Endings
from ..conditions import draw_known, draw_stratified, drop_given, sum_unknown
from ..guidance import calls_a_step, predict_guided
from .categorical_noise import CategoricalNoise, mask, sample_categories, uniform

MAX_TIME = 0.999  # u in training: float32 tells no small differences of rates at 1
FEWEST = 4  # terms of each independent estimate of the bound, where they allow it


class TokenDiffusion(Family):
    """Discrete diffusion of sequences: noise masks or replaces tokens, and the network restores them (Austin 2021).

    Args:
        spec: One leaf, a Category of shape (T,).
        given: Conditioning variables.
        network: Network of `networks.lines`, whose outputs are the tokens without END and PAD.
        noise: "mask" or "uniform".
        steps: Steps of a sample.
        terms: Terms of the bound's integral that are evaluated, with a call of the network each.
    """

    kind = "lower bound"
    scores_known = True
    sample_options = complete_options = STEPS, *RULED
    method = "symbols drawn in any order in view of those that are known; the end drawn from places that fit them"

    def __init__(self, spec: Spec, given: Spec, network: nn.Module, noise: str, steps: int, terms: int):
        super().__init__(spec, given)
        self.network, self.noise, self.steps, self.terms = network, noise, steps, terms
        self.leaf = spec.leaf
        self.symbols = self.leaf.end if self.leaf.ends else self.leaf.k
        self.process = CategoricalNoise((mask if noise == "mask" else uniform)(self.symbols))
        if self.leaf.ends:  # chance of END at each place
            self.register_buffer("end", torch.full((self.leaf.shape[0],), 1 / self.leaf.shape[0], dtype=torch.double))

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the bound on -log p(x_0) at one t, given the end, in nats per sequence."""
        rng, x = batch.rng, batch.x.long()
        x = x[:, : int((x != self.leaf.pad).any(0).sum())] if self.leaf.ends else x
        can_mask = self._symbol(x)
        if self.noise != "mask":
            can_mask &= ~draw_known(self.spec, batch.x, rng)[:, : x.shape[1]]
        given, u = drop_given(self.given, batch.given, rng), draw_stratified(len(x), rng)
        nats = self._integrand(x, can_mask, u.clamp(1e-4, MAX_TIME), given, rng)
        return nats.mean(), {}

    def clean(self, z: Tensor, x: Tensor, can_mask: Tensor, alpha: Tensor, given: Tensor) -> Tensor:
        """Computes log p(x_0 | x_t = z), (B, P, symbols), of the clean token at free positions.

        Args:
            z: (B, P) noisy tokens.
            x: (B, P) tokens of the other places.
            can_mask: (B, P) bool.
            alpha: (B,) share of tokens without noise.
            given: (B, G) conditions.
        """
        tokens = torch.where(can_mask, torch.where(z == self.symbols, self.leaf.k, z), x)
        logits = self.network(tokens, 1 - alpha.float(), given, ~can_mask).to(alpha.dtype)
        level, pi = alpha[:, None, None], self.process.stationary.to(alpha.dtype)
        one_hot = F.one_hot(z, self.process.stationary.shape[0])[..., : self.symbols]
        return (logits + (level * one_hot + (1 - level) * pi[z][..., None]).log()).log_softmax(-1)

    def _integrand(self, x: Tensor, can_mask: Tensor, u: Tensor, given: Tensor, rng: Draws) -> Tensor:
        """An unbiased estimate of the bound on -log p(x_0), but for the end, by one number in [0, 1): (B,) nats."""
        return (self._hidden if self.noise == "mask" else self._sampled_integrand)(x, can_mask, u, given, rng)

    def _hidden(self, x: Tensor, can_mask: Tensor, u: Tensor, given: Tensor, rng: Draws) -> Tensor:
        """Integrand of the bound with some symbols masked, whose number u (B,) says: (B,) nats."""
        count, x_0 = can_mask.sum(1), torch.where(can_mask, x, 0)
        masks = torch.minimum((u * count).long() + 1, count)
        order = rng.uniform(x.shape).masked_fill(~can_mask, 2.0).argsort(1).argsort(1)
        hidden = order < masks[:, None]
        alpha = 1 - masks.to(u.dtype) / (count + 1)
        log_p = self.clean(torch.where(hidden, self.symbols, x_0), x, can_mask, alpha, given)
        log_right = log_p.gather(2, x_0[..., None])[..., 0]
        return -count / masks.clamp(min=1) * sum_unknown(log_right, ~hidden)

    def _sampled_integrand(self, x: Tensor, can_mask: Tensor, u: Tensor, given: Tensor, rng: Draws) -> Tensor:
        """Integrand of the bound at u (B,), for one sampled x_t: (B,) nats."""
        alpha, x_0 = 1 - u**2, torch.where(can_mask, x, 0)
        z = self.process.noised(x_0, alpha, rng)
        p = self._with_mask(self.clean(z, x, can_mask, alpha, given).exp())
        rates = self.process.rate_divergence(p, x_0, z, alpha)
        return 2 * u / alpha * sum_unknown(rates, ~can_mask)  # dt = 2 u du, beta = 1 / alpha

    def _with_mask(self, p: Tensor) -> Tensor:
        """(..., symbols) -> (..., K): no probability of the mask."""
        return F.pad(p, (0, len(self.process.stationary) - self.symbols))

    def _symbol(self, x: Tensor) -> Tensor:
        """(B, P) bool: what is neither END nor PAD."""
        return x < self.symbols

    def sample(self, n: int, given: Tensor, rng: Draws, **options: object) -> Tensor:
        x = torch.zeros(n, *self.leaf.shape, dtype=torch.long, device=rng.device)
        return self._walk(*self._ended(x, torch.zeros_like(x, dtype=torch.bool), rng), given, rng, **options)

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws, **options: object) -> Tensor:
        """Completes sequences. The end is drawn from the positions that fit the known part, whatever else it says.

        Args:
            x: (B, *shape) items.
            known: bool like x, True where a number is known.
            given: (B, G) conditions of the items.
            rng: Random numbers.
        """
        x = torch.where(known, x.float(), 0.0).long()
        return self._walk(*self._ended(x, known, rng), given, rng, **options)

    def _ended(self, x: Tensor, known: Tensor, rng: Draws) -> tuple[Tensor, Tensor]:
        """x (B, T) with END and PAD where they stand, and which places are still to be drawn."""
        if not self.leaf.ends:
            return x, ~known
        place = torch.arange(x.shape[1], device=x.device)
        end = rng.categories(self._ends(Endings.from_leaf(self.leaf, x, known)))
        x = torch.where(place < end, x, torch.where(place == end, self.leaf.end, self.leaf.pad))
        return x, ~known & (place < end)

    def _ends(self, endings: Endings) -> Tensor:
        """(B, T): how likely END stands at each place, where it may."""
        place = torch.arange(self.leaf.shape[0], device=self.end.device)
        return self.end * ((place >= endings.first) & (place <= endings.last))

    def effort(self, steps: int | None = None, guidance: float = 1.0, **options: object) -> Effort:
        steps = steps or self.steps
        return Effort(steps, steps * calls_a_step(guidance))

    def _walk(
        self, x: Tensor, can_mask: Tensor, given: Tensor, rng: Draws, steps: int | None = None, **guidance: object
    ) -> Tensor:
        steps = steps or self.steps
        z = self.process.start(x.shape, rng)  # also of what is known, where it is not looked at
        for step in range(steps, 0, -1):
            current_time, next_time = (
                torch.full((len(x),), 1 - k / steps, dtype=torch.double) for k in (step, step - 1)
            )
            current_time, next_time = current_time.to(x.device), next_time.to(x.device)
            log_p = predict_guided(lambda given: self.clean(z, x, can_mask, current_time, given), given, **guidance)
            p = self._with_mask(log_p.softmax(-1))  # float64, since draws in less favour what is likely
            z = sample_categories(self.process.posterior(p, z, current_time, next_time), rng)
        return torch.where(can_mask, z, x).float()

    def finish(self, items: Items, rng: Draws) -> None:
        if self.leaf.ends:  # no place of an end is impossible
            counts = torch.bincount((items.x == self.leaf.end).long().argmax(1), minlength=len(self.end)).double()
            counts[1:] += 0.5
            self.end = counts / counts.sum()

    def log_likelihood(
        self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None, known: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Estimates the bound (B,) without bias from `draws` (else `terms`) of its terms, with its standard error."""
        (repeats, terms), x = split_draws(draws or self.terms, FEWEST), x.long()
        can_mask = self._symbol(x) if known is None else self._symbol(x) & ~known
        bound = torch.zeros(repeats, len(x), dtype=torch.double, device=x.device)
        for k in range(repeats * terms):
            u = (k % terms + rng.uniform(len(x), dtype=torch.double)) / terms
            bound[k // terms] -= self._integrand(x, can_mask, u.clamp(1e-4, 1 - 1e-9), given, rng) / terms
        value, se = average(bound)
        if self.leaf.ends:
            p = self._ends(Endings.from_leaf(self.leaf, x, known))
            at = (x == self.leaf.end).long().argmax(1, keepdim=True)
            value = value + (p.gather(1, at)[:, 0] / p.sum(1)).log()
        return value, se
