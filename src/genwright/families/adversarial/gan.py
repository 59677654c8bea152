"""Generative adversarial network (Goodfellow 2014): a generator that a discriminator can't tell from the data.

    each step, on one batch x and fresh z ~ N(0, I):
        discriminator:  min over D of  loss_D(D(x), D(G(z))) + penalty(D)
        generator:      min over G of  loss_G(D(x), D(G(z)))
    penalty(D) = w/2 E |grad D(x)|^2 + w/2 E |grad D(G(z))|^2
    or           w E (|grad D(t x + (1 - t) G(z))| - 1)^2, t ~ U(0, 1), where the loss is a Wasserstein critic's,
    or           none, where every weight of D is clipped before its step
    code of an item: argmin over z of ||x - G(z)||^2 + c ||z||^2, by gradient descent

The losses are those of `Loss`. With both terms of the first penalty, training converges (Mescheder 2018; Huang 2024);
the second penalty is that of Gulrajani 2017. w may fall in training: D is gentle first, so that the generator reaches
every mode, and sharp later (Huang 2024). Codes are found by inversion (Zhu 2016; Creswell 2018).

x is in real coordinates. In tables, numbers carry noise within their level, which the generator learns to sample too.
Images do not: the discriminator sees real and generated images with the same uniform noise of one level, which hides
that pixels of real images are whole numbers; only samples are rounded. Both players see the known part unchanged, and
an item and its sample share it. With `augment`, the players see changed images (`diff_augment`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws, RowDraws
from ...core.family import Family
from ...core.spec import Category, Spec
from ...core.trainable import Batch, Player, Stage
from ...distributions.coordinates import continuous, level_width
from ..conditions import draw_known, drop_given, fill_present

MARGIN = 2.0  # m of the last row; a discriminator that knows nothing has E = log 2
CLIP = 0.1  # some 200 steps of the recipes, as Arjovsky's 0.01 is of steps of 5e-5

Scores = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Loss:
    """A row of the table of GAN losses: the discriminator's and the generator's, as functions of scores real = D(x) and
    fake = D(G(z)), (B,) each.

    Every score is a real number that is high for what D takes for real. With s the logistic function and [a]+ = max(a,
    0), both players minimise means over the batch of

                        discriminator                              generator                  source
        minimax         -log s(D(x)) - log(1 - s(D(G(z))))         log(1 - s(D(G(z))))        Goodfellow 2014, eq. 1
        non-saturating  the same                                   -log s(D(G(z)))            Goodfellow 2014, sec. 3
        least-squares   1/2 (D(x) - 1)^2 + 1/2 D(G(z))^2           1/2 (D(G(z)) - 1)^2        Mao 2017, eq. 9
        hinge           [1 - D(x)]+ + [1 + D(G(z))]+               -D(G(z))                   Lim & Ye 2017
        wasserstein     D(G(z)) - D(x)                             -D(G(z))                   Gulrajani 2017, eq. 3
        clipped         the same                                   the same                   Arjovsky 2017, algorithm 1
        relativistic    -log s(D(x) - D(G(z)))                     -log s(D(G(z)) - D(x))     Jolicoeur-Martineau 2019
        ebgan           E(x) + [m - E(G(z))]+                      E(G(z))                    Zhao 2017, eq. 1 and 2

    The penalty is one-centred for "wasserstein" and zero-centred for all others (Mescheder 2018; Huang 2024) but for
    "clipped", "wasserstein-clipped" in full, which has none: every weight of its critic is kept in [-CLIP, CLIP]. The
    critic of the Wasserstein distance maximises E D(x) - E D(G(z)): its loss is the negative of that. The energy of the
    last row is any E >= 0 that is low for real items. Zhao takes the error of an autoencoder; here it is E = -log s(D),
    so that all rows share one network, and m is `MARGIN`.

    Args:
        discriminator, generator: scores (real (B,), fake (B,)) -> scalar, to be minimised.
        one_centred: the penalty draws the slope of D to 1 between real and fake items, instead of to 0 at both.
        clip: the largest weight that the discriminator may have, in the place of a penalty; 0 for any.
    """

    discriminator: Scores
    generator: Scores
    one_centred: bool = False
    clip: float = 0.0

    @property
    def critic(self) -> bool:
        """Whether the scores estimate a Wasserstein distance, for which the discriminator plays more often."""
        return self.one_centred or self.clip > 0


def value(real: Tensor, fake: Tensor) -> Tensor:
    """Computes the value of the game V(D, G) = E log s(D(x)) + E log(1 - s(D(G(z)))), a scalar. At its maximum over D
    it is -log 4 + 2 JS(p || q), in nats (Goodfellow 2014, theorem 1)."""
    return F.logsigmoid(real).mean() + F.logsigmoid(-fake).mean()


def energy(score: Tensor) -> Tensor:
    """Computes the energy E = -log s(D) of scores, like the scores."""
    return F.softplus(-score)


LOSSES = {
    "minimax": Loss(lambda real, fake: -value(real, fake), lambda real, fake: F.logsigmoid(-fake).mean()),
    "non-saturating": Loss(lambda real, fake: -value(real, fake), lambda real, fake: -F.logsigmoid(fake).mean()),
    "least-squares": Loss(
        lambda real, fake: 0.5 * ((real - 1) ** 2).mean() + 0.5 * (fake**2).mean(),
        lambda real, fake: 0.5 * ((fake - 1) ** 2).mean(),
    ),
    "hinge": Loss(
        lambda real, fake: F.relu(1 - real).mean() + F.relu(1 + fake).mean(), lambda real, fake: -fake.mean()
    ),
    "wasserstein": Loss(
        lambda real, fake: fake.mean() - real.mean(), lambda real, fake: -fake.mean(), one_centred=True
    ),
    "wasserstein-clipped": Loss(
        lambda real, fake: fake.mean() - real.mean(), lambda real, fake: -fake.mean(), clip=CLIP
    ),
    "relativistic": Loss(
        lambda real, fake: -F.logsigmoid(real - fake).mean(), lambda real, fake: -F.logsigmoid(fake - real).mean()
    ),
    "ebgan": Loss(
        lambda real, fake: energy(real).mean() + F.relu(MARGIN - energy(fake)).mean(),
        lambda real, fake: energy(fake).mean(),
    ),
}


SHIFT, HOLE = 1 / 8, 1 / 2  # shares of a side


def diff_augment(x: Tensor, rng: Draws) -> Tensor:
    """Augments images by random differentiable changes (DiffAugment, Zhao 2020). Both players' losses see real and fake
    images through them.

        brightness   x + b,                      b ~ U(-1/2, 1/2)
        saturation   mean + s (x - mean),        s ~ U(0, 2), mean over the channels; of colour images alone
        contrast     mean + c (x - mean),        c ~ U(1/2, 3/2), mean over the image
        translation  by up to an eighth of each side, zeros where nothing was
        cutout       zeros in a rectangle of half the sides, its middle anywhere

    The discriminator sees T(x) and T(G(z)) with draws of their own, so it can't learn few images by heart, and the
    generator learns through T, so that its images are right before T, not after it. Nothing is changed in a draw.

    Args:
        x: (B, C, H, W) coordinates in [-1, 1] -> the same shape, each image changed by draws of its own.
        rng: Random numbers.
    """
    return cutout(translate(recolour(x, rng), rng), rng)


def recolour(x: Tensor, rng: Draws) -> Tensor:
    """Changes brightness, saturation and contrast of each image (B, C, H, W) at random."""
    brightness, saturation, contrast = rng.uniform(3, len(x), 1, 1, 1)
    x = x + brightness - 0.5
    if x.shape[1] > 1:
        grey = x.mean(1, keepdim=True)
        x = grey + 2 * saturation * (x - grey)
    mean = x.mean((1, 2, 3), keepdim=True)
    return mean + (0.5 + contrast) * (x - mean)


def translate(x: Tensor, rng: Draws) -> Tensor:
    """Shifts each image (B, C, H, W) by a random number of pixels; zeros fill the border."""
    sides = x.shape[2:]
    shifts = [int(side * SHIFT + 0.5) for side in sides]
    padded = F.pad(x, (shifts[1], shifts[1], shifts[0], shifts[0]))
    rows, columns = (
        rng.integers(2 * shift + 1, (len(x), 1)) + torch.arange(side, device=x.device)
        for shift, side in zip(shifts, sides)
    )
    items = torch.arange(len(x), device=x.device)[:, None, None]
    return padded.movedim(1, -1)[items, rows[:, :, None], columns[:, None]].movedim(-1, 1)


def cutout(x: Tensor, rng: Draws) -> Tensor:
    """Sets a random rectangle of each image (B, C, H, W) to 0; it may reach over the edge."""
    is_inside = []
    for side in x.shape[2:]:
        size = int(side * HOLE + 0.5)
        start = rng.integers(side + 1 - size % 2, (len(x), 1)) - size // 2
        place = torch.arange(side, device=x.device)
        is_inside.append((place >= start) & (place < start + size))
    rows, columns = is_inside
    return x.masked_fill((rows[:, :, None] & columns[:, None])[:, None], 0.0)


NEIGHBOURS = 5  # an item is covered when a sample is nearer than its 5th nearest item (Naeem 2020, eq. 10)
THIN, DROPPED = 0.5, 0.2  # modes are dropped below this share of covered items; a class below that share of its items
CRITIC = 5  # steps of a Wasserstein critic for one of its generator (Gulrajani 2017, algorithm 1)
STARTS, SEARCH, RATE = 2, 50, 0.1  # an inversion's starting latents, steps of Adam, and their size
PULL = 0.001  # c, which keeps codes where latents are drawn
REALISM = 1.0  # weight of -log s(D) in a completion by inversion
MAX_ACCURACY = 0.98  # accuracy of the discriminator on pairs, above which the generator learns nothing


class GAN(Family):
    """A generative adversarial network (Goodfellow 2014), trained by a row of `LOSSES`.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        generator: (z (B, latents), x, known, given) -> coordinates (B, *shape).
        discriminator: (coordinates, known, given) -> scores (B,).
        latents: Numbers in z.
        loss: A name in `LOSSES`.
        penalty: w, weight of the squared gradient of the discriminator.
        minimum: Weight that w falls to.
        halving: Items over which w halves; 0 for never.
        augment: Whether the players see images through DiffAugment.
    """

    method = "generator trained with the known part as a condition"
    unit = "adversarial"
    allow_bf16 = False  # the penalty's second derivative is too coarse in bfloat16
    lacks = {"log_prob": "a generator defines samples but no density"}

    def __init__(
        self, spec: Spec, given: Spec, generator: nn.Module, discriminator: nn.Module, latents: int, loss: str,
        penalty: float, minimum: float = 0.0, halving: int = 0, augment: bool = False,
    ):  # fmt: skip
        super().__init__(spec, given)
        self.view, self.level = continuous(spec), level_width(spec)
        self.generator, self.discriminator, self.latents = generator, discriminator, latents
        self.rule, self.penalty, self.least, self.halving = LOSSES[loss], penalty, minimum, halving
        self.augment = augment

    def stages(self) -> list[Stage]:
        critic_steps = CRITIC if self.rule.critic else 1
        discriminator = Player(
            "discriminator", list(self.discriminator.parameters()), self.discriminator_loss, 1, self.unit
        )
        generator = Player("generator", list(self.generator.parameters()), self.generator_loss, critic_steps, self.unit)
        return [Stage("fit", [discriminator, generator])]

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        x, known, given = self._condition(batch)
        real, fake = self._augment_both(*self._pair(x, known, given, batch.rng, learns=False), batch.rng)
        weight = max(self.least, self.penalty * 0.5 ** (batch.items / self.halving)) if self.halving else self.penalty
        if self.rule.one_centred:
            scores = self._score(torch.cat([real, fake]), known, given)
            t = batch.rng.uniform((len(x), *[1] * (real.ndim - 1)))
            interpolated = torch.lerp(fake, real, t).requires_grad_()
            slope = self._slope(self._score(interpolated, known, given), interpolated)
            penalty = weight * ((slope + 1e-12).sqrt() - 1).square().mean()
        elif self.rule.clip:
            with torch.no_grad():  # clips what the last step left, so that a step starts from clipped weights
                for weights in self.discriminator.parameters():
                    weights.clamp_(-self.rule.clip, self.rule.clip)
            scores, penalty = self._score(torch.cat([real, fake]), known, given), real.new_zeros(())
        else:
            scored_items = torch.cat([real, fake]).requires_grad_()
            scores = self._score(scored_items, known, given)
            penalty = (
                weight * self._slope(scores, scored_items).mean()
            )  # the mean over both halves, so that each counts w / 2
        d_real, d_fake = scores.chunk(2)
        logs = {"gap": (d_real - d_fake).mean().detach(), "penalty": penalty.detach()}
        return self.rule.discriminator(d_real, d_fake) + penalty, logs

    def generator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        x, known, given = self._condition(batch)
        real, fake = self._augment_both(*self._pair(x, known, given, batch.rng, learns=True), batch.rng)
        with torch.no_grad():
            d_real = self._score(real, known, given)
        return self.rule.generator(d_real, self._score(fake, known, given)), {}

    def _condition(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        return batch.x, draw_known(self.spec, batch.x, batch.rng), drop_given(self.given, batch.given, batch.rng)

    def _pair(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws, learns: bool) -> tuple[Tensor, Tensor]:
        """Items and samples as the discriminator sees them, (B, *shape) each, equal where `known`."""
        real, _ = self.view(x, rng)
        with torch.set_grad_enabled(learns):
            fake = self._fake(x, known, given, rng).float()
        return real, self._fill_known(real, fake, known, rng)

    def _fake(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        """Samples in coordinates: (B, *shape)."""
        return self.generator(rng.normal(len(x), self.latents), x, known, given)

    def _fill_known(self, real: Tensor, fake: Tensor, known: Tensor, rng: Draws) -> Tensor:
        """Samples with the noise of real items, and their known part."""
        if self.level:
            fake = fake + (rng.uniform(fake.shape) - 0.5) * self.level
        return torch.where(known, real, fake)

    def _augment_both(self, real: Tensor, fake: Tensor, rng: Draws) -> tuple[Tensor, Tensor]:
        """Items and samples as training scores them: with `augment`, each half changed by its own random numbers."""
        return (diff_augment(real, rng), diff_augment(fake, rng)) if self.augment else (real, fake)

    def _score(self, z: Tensor, known: Tensor, given: Tensor) -> Tensor:
        """z: (B, *shape), or (2B, *shape) of items and samples under the same conditions."""
        times = len(z) // len(known)
        return self.discriminator(z, torch.cat([known] * times), torch.cat([given] * times)).float()

    @staticmethod
    def _slope(scores: Tensor, at: Tensor) -> Tensor:
        """|grad D|^2 at each item: (B,)."""
        with torch.enable_grad():
            (gradient,) = torch.autograd.grad(scores.sum(), at, create_graph=True)
        return gradient.square().flatten(1).sum(1)

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        z = rng.normal(n, self.latents)
        return self.decode(z, self._labelled(given, rng))

    def _labelled(self, given: Tensor, rng: Draws) -> Tensor:
        """given (B, G), a label that is left out drawn as often as it was in training where it is all that is given:
        p(x) is then the mean of p(x | label), while a generator that is asked for no label draws of few of them."""
        left_out = given.isnan()
        lone = self.given.columns[0] if len(self.given.columns) == 1 else None
        if not (isinstance(lone, Category) and not lone.shape and left_out.any()):
            return given
        shares = torch.tensor(lone.marginal.probs, dtype=torch.float64, device=given.device)
        cumulative = (shares / shares.sum()).cumsum(0)[:-1]
        labels = torch.bucketize(rng.uniform(len(given), 1, dtype=torch.float64), cumulative, right=True)
        return torch.where(left_out, labels.to(given.dtype), given)

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        empty_items = z.new_zeros(len(z), *self.spec.shape)
        return self.view.inverse(self.generator(z, empty_items, torch.zeros_like(empty_items, dtype=torch.bool), given))

    def encode(self, x: Tensor, given: Tensor) -> Tensor:
        """Finds the latent (B, latents) whose sample is nearest to x, by a search from `STARTS` random latents."""
        starts = Draws.from_seed(0, x.device).normal(STARTS, 1, self.latents)  # the same for every item
        return self._inverted(x, torch.ones_like(x, dtype=torch.bool), given, starts)

    def fill_by_inversion(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        """Completes items by the sample that is nearest to the known part and that the discriminator takes for real
        (Yeh 2017).

        The generator does not read the known part. The result is one point for each draw of starts.

        Args:
            x: (B, *shape) items, read where they are known.
            known: bool like x.
            given: (B, G) conditions.
            rng: Random numbers.
        """
        z = self._inverted(x, known, given, rng.normal(STARTS, len(x), self.latents), REALISM)
        return torch.where(known, x.float(), self.decode(z, given))

    def _inverted(self, x: Tensor, known: Tensor, given: Tensor, starts: Tensor, realism: float = 0.0) -> Tensor:
        """Best latent of each item among its searches from `starts`, (STARTS, B or 1, latents): (B, latents)."""
        parts = self.view.steady(x), torch.zeros_like(x, dtype=torch.float32), known, given
        goal, values, known, given = (part.repeat(STARTS, *[1] * (part.ndim - 1)) for part in parts)
        nothing_known = torch.zeros_like(known)
        with torch.enable_grad():
            z = starts.expand(-1, len(x), -1).flatten(0, 1).requires_grad_()
            adam = torch.optim.Adam([z], RATE)
            for _ in range(SEARCH):
                samples = self.generator(z, values, nothing_known, given).float()
                error = torch.where(known, samples - goal, 0.0).square().flatten(1).sum(1) + PULL * z.square().sum(1)
                if realism:
                    error = error + realism * energy(self._score(samples, nothing_known, given))
                (z.grad,) = torch.autograd.grad(error.sum(), z)
                adam.step()
        best = error.detach().view(STARTS, -1).argmin(0)
        return z.detach().view(STARTS, len(x), -1)[best, torch.arange(len(x), device=x.device)]

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        def draw(rows: Tensor, rng: RowDraws) -> Tensor:
            z = rng.normal(len(rows), self.latents)
            return self.view.inverse(self.generator(z, x[rows], known[rows], given[rows]))

        return fill_present(draw, x, known, self.view.marginals, rng)

    def health(self, x: Tensor, given: Tensor, rng: Draws) -> list[str]:
        known = torch.zeros_like(x, dtype=torch.bool)
        real, fake = self._pair(x, known, given, rng, learns=False)
        covered = find_covered(real.flatten(1), fake.flatten(1))
        sentences = []
        if covered.float().mean() < THIN:
            sentences.append(
                f"samples come near to only {covered.float().mean():.0%} of the items: the generator drops modes"
            )
        for name, leaf in self.given.leaves:
            if isinstance(leaf, Category) and not leaf.shape:
                column = self.given.part(given, name)
                rate = {k: float(covered[column == k].float().mean()) for k in range(leaf.k) if (column == k).any()}
                missed = [f"{k}" for k, share in rate.items() if share < DROPPED]
                if missed:
                    sentences.append(
                        f"no sample comes near to the items of {name} number {', '.join(missed)}: the generator drops "
                        "them"
                    )
        accuracy = float((self._score(real, known, given) > self._score(fake, known, given)).float().mean())
        if accuracy > MAX_ACCURACY:
            sentences.append(
                f"the discriminator tells {accuracy:.0%} of the samples from data: the generator has stopped learning"
            )
        return sentences


def find_covered(real: Tensor, fake: Tensor) -> Tensor:
    """Finds the real items that are covered, (n,) bool: a sample is nearer than their NEIGHBOURS-th nearest other item.

    Args:
        real: (n, D) items.
        fake: (m, D) samples.
    """
    radius = torch.cdist(real, real).topk(min(NEIGHBOURS + 1, len(real)), largest=False).values[:, -1]
    return torch.cdist(real, fake).min(1).values <= radius
