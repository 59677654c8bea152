"""Two stages, of images, of what is long in time, and of sets: a codec, and priors of its codes that are any families
over them.

    first    the codec by its own loss
    then     the codec stands still, its codes are computed once, and a prior of each of its latents learns them as its
             items, given those before it
    log p(x) >= log p(x | z) + sum_l log p(z_l | z_<l, given),  z = the code of x, a sum over codes of which one term
             is taken; where codes are drawn, the mean of that less log q(z | x), over z ~ q
    draw     z_1, z_2, .. from the priors, each given the draws before it, x from p(x | z); with a start, the priors
             begin at its codes

A codec has

    latents                      Spec of its codes, in the order that they are drawn in
    loss(batch)                  nats an item, and what to log
    encode(x) -> z               codes, an item of `latents`: of several latents a row, as what is given is
    draw(x, rng) -> z, log q     codes that are drawn, and their log density (B,); for codes that x settles not there
    entries(z), nearest(q) -> z  the vectors q that codes stand for, and the codes of what is nearest to any vectors
    log_prob(x, q)               log p(x | z), (B,) nats
    sample(z, rng), middle(z)    a draw and the middle of p(x | z)
    partial(x, known) -> z, own  codes of what is known of x, and which of them depend on nothing else, bool like z
    sample_rest(z, partial, known, rng)   a draw of p(x | z), z completed from `partial`
    method                       how x is completed, for people

To complete, codes whose part of x is known all stay, the priors fill in the others, and the decoder draws what is not
known.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.family import Family
from ...core.likelihood import weakest
from ...core.monte_carlo import log_average
from ...core.ragged import X
from ...core.sample_options import METHOD, Effort, SampleOption, common_options, total
from ...core.spec import Spec
from ...core.trainable import Batch, Items, Player, Stage
from ...distributions.low_resolution import block_means, shrink
from ..conditions import with_start
from ..guidance import tell_more
from .quantized import perplexity

DRAWS = 4  # codes for one likelihood
LOW = 0.1  # the codebook collapsed where the perplexity of its codes is a smaller share of its entries


def latent(codec: nn.Module, level: int) -> Spec:
    """Returns the Spec of one latent of a codec.

    Args:
        codec: Codec of the items.
    """
    return Spec(codec.latents.leaves[level : level + 1])


def prior_spec(given: Spec, codec: nn.Module, level: int) -> Spec:
    """Returns the Spec of the conditions of a latent's prior: the given variables, then the latents before it.

    Args:
        given: Spec of the conditions.
        codec: with its `latents`.
        level: number of the latent, from 0.
    """
    return Spec(given.leaves + codec.latents.leaves[:level])


class CodecAndPriors(Family):
    """Base of families with a codec and priors of its codes. Subclasses have `priors`, one for each of the latents.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        codec: See the module.
        share: Share of the budget that trains the codec, 0 for one that is trained already. The priors have equal
            parts of the rest.
    """

    kind = "lower bound"
    parallel = "gather"  # codecs keep running averages
    priors: Sequence[Family]

    def __init__(self, spec: Spec, given: Spec, codec: nn.Module, share: float):
        super().__init__(spec, given)
        self.codec, self.share = codec, share

    def stages(self) -> list[Stage]:
        codec = Player("codec", list(self.codec.parameters()), self.codec.loss)
        first = [Stage("codec", [codec], self.share)] if self.share else []
        return first + [self._stage(level) for level in range(len(self.priors))]

    def _stage(self, level: int) -> Stage:
        (stage,) = self.priors[level].stages()
        name = "prior" if len(self.priors) == 1 else f"prior-{self.codec.latents.names[level]}"

        @torch.no_grad()
        def inputs(items: Items, draws: Draws) -> Items:
            parts = self._split_codes(self._coded(items.x, draws)[0])
            return Items(parts[level], self._prior_conditions(items.given, parts[:level]))

        return Stage(name, stage.players, (1 - self.share) / len(self.priors), inputs=inputs)

    def sample(self, n: int, given: Tensor, rng: Draws, **options: object) -> X:
        parts = []
        for level, prior in enumerate(self.priors):
            tell = partial(self._prior_conditions, parts=parts)
            prior_options = tell_more(with_start(options, partial(self._code_of, level)), given, tell)
            parts.append(prior.sample(n, tell(given), rng, **prior_options))
        return self.codec.sample(self._join_codes(parts), rng)

    @property
    def sample_options(self) -> tuple[SampleOption, ...]:
        return common_options(prior.sample_options for prior in self.priors)

    def effort(self, **options: object) -> Effort | None:
        return total(prior.effort(**options) for prior in self.priors)

    def _coded(self, x: X, rng: Draws) -> tuple[X, Tensor | float]:
        """Codes, and how likely they were to be drawn: log q (B,)."""
        return self.codec.draw(x, rng) if hasattr(self.codec, "draw") else (self.codec.encode(x), 0.0)

    def _split_codes(self, codes: X) -> list[X]:
        """Codes cut into those of each latent, (B, *shape) each."""
        if len(self.codec.latents.leaves) == 1:
            return [codes]
        return [self.codec.latents.part(codes, name) for name in self.codec.latents.names]

    def _code_of(self, level: int, x: X) -> X:
        """The code of x of one latent."""
        return self._split_codes(self.codec.encode(x))[level]

    def _join_codes(self, parts: list[X]) -> X:
        return parts[0] if len(parts) == 1 else torch.cat([part.flatten(1) for part in parts], 1)

    def _prior_conditions(self, given: Tensor, parts: list[X]) -> Tensor:
        """Conditions of the next latent's prior, (B, G)."""
        return torch.cat([given, *(part.flatten(1) for part in parts)], 1)


class TwoStage(CodecAndPriors):
    """Two stages for images and long signals: a codec, and priors of its codes.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        codec: Codec of the items.
        priors: a family for each latent, over `latent`, given `prior_spec`.
        share: Share of the budget that trains the codec.
    """

    lacks = {METHOD.name: "a code mixes known and unknown values, so the known part cannot be noised on its own"}

    def __init__(self, spec: Spec, given: Spec, codec: nn.Module, priors: list[Family], share: float = 0.5):
        super().__init__(spec, given, codec, share)
        self.priors, self.method = nn.ModuleList(priors), codec.method
        self.kind = weakest("lower bound", *(prior.kind for prior in priors))

    @property
    def has_path(self) -> bool:
        return len(self.priors) == 1 and self.priors[0].has_path

    def progress(self, n: int, given: Tensor, rng: Draws, **options: object) -> tuple[Tensor, Tensor]:
        """Samples codes as `Denoising.progress` does, and decodes each state to the middle of p(x | z)."""
        parts = self.priors[0].progress(n, given, rng, **options)
        return tuple(torch.stack([self.codec.point_estimate(codes) for codes in part]) for part in parts)

    def noised(self, x: Tensor, strength: float, rng: Draws, **options: object) -> Tensor:
        return self.priors[0].noised(self.codec.encode(x), strength, rng, **options)

    def log_likelihood(
        self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Computes log-likelihoods of items by their codes and the priors.

        Args:
            x: (B, *shape) items.
            given: (B, G) conditions.
            rng: Random numbers.
            draws: Samples of the codes that are averaged in probability, where codes are random. Default: None,
                one.
        """
        if not hasattr(self.codec, "draw"):
            return self._bound(x, given, rng, draws), None
        return log_average(torch.stack([self._bound(x, given, rng, None).double() for _ in range(draws or DRAWS)]))

    def _bound(self, x: Tensor, given: Tensor, rng: Draws, draws: int | None) -> Tensor:
        codes, log_q = self._coded(x, rng)
        nats = self.log_prior(codes, given, rng, draws) + self.codec.log_prob(x, self.codec.entries(codes))
        return nats - log_q

    def log_prior(self, codes: Tensor, given: Tensor, rng: Draws, draws: int | None = None) -> Tensor:
        """Computes log p(z | given) of codes, (B,) in nats.

        Args:
            codes: Codes of the items.
            given: (B, G) conditions.
            rng: Random numbers.
            draws: Samples, where the prior's likelihood is random.
        """
        parts, nats = self._split_codes(codes), 0.0
        for level, prior in enumerate(self.priors):
            level_nats, _ = prior.log_likelihood(parts[level], self._prior_conditions(given, parts[:level]), rng, draws)
            nats = nats + level_nats
        return nats

    @property
    def complete_options(self) -> tuple[SampleOption, ...]:
        shared_options = common_options(prior.complete_options for prior in self.priors)
        return tuple(option for option in shared_options if option.name not in self.lacks)

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws, **options: object) -> Tensor:
        (codes, known_codes), parts = self.codec.partial(x, known), []
        for prior, part, is_known in zip(self.priors, self._split_codes(codes), self._split_codes(known_codes)):
            tell = partial(self._prior_conditions, parts=parts)
            parts.append(prior.fill(part, is_known, tell(given), rng, **tell_more(options, given, tell)))
        return torch.where(known, x.float(), self.codec.sample_rest(self._join_codes(parts), codes, known, rng))

    def encode(self, x: Tensor, given: Tensor) -> Tensor:
        """Computes the entries of the codes: (B, h, w, D), or a row of those of several latents."""
        return self.codec.entries(self.codec.encode(x))

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        """Returns the middle of p(x | z), with z, as `encode` gives it, mapped to the nearest entries."""
        return self.codec.point_estimate(self.codec.nearest(z))

    def named(self, codes: Tensor) -> dict[str, Tensor]:
        """Splits codes into the entry numbers (n, books) int64 of each discrete latent, by name; END and PAD are left
        out."""
        leaves, numbers = dict(self.codec.latents.leaves), {}
        for name, part in zip(leaves, self._split_codes(codes)):
            if leaves[name].discrete and leaves[name].ends:
                numbers[name] = part[part < leaves[name].end].long()[:, None]
            elif leaves[name].discrete:
                numbers[name] = part.long().movedim(1, -1).flatten(0, -2)
        return numbers

    @property
    def books(self) -> dict[str, int]:
        """Counts the entries of each discrete latent: {name: number}."""
        return {n: leaf.end if leaf.ends else leaf.k for n, leaf in self.codec.latents.leaves if leaf.discrete}

    def used(self, codes: Tensor) -> dict[str, Tensor]:
        """Computes the perplexity (books,) of codes in the books of each latent."""
        return {name: perplexity(part, self.books[name]) for name, part in self.named(codes).items()}

    def health(self, x: Tensor, given: Tensor, rng: Draws) -> list[str]:
        """Warns of codebook collapse: few entries that the codes of some items use, or uneven use.

        Args:
            x: (B, *shape) items.
            given: (B, G) conditions of the items.
            rng: Random numbers.
        """
        if not self.codec.latents.discrete:
            return []
        codes, sentences = self.codec.encode(x), []
        evenly = self.used(codes)
        for name, part in self.named(codes).items():
            entries, used_count, minimum_share = self.books[name], len(part.unique()), float(evenly[name].min())
            limit = min(entries, len(part))
            if used_count < limit / 4 or minimum_share < LOW * limit:
                codes_name = "codes" if len(evenly) == 1 else f"codes of {name}"
                sentences.append(
                    f"the codec uses {used_count} of its {entries} {codes_name}, as evenly as {minimum_share:.1f} "
                    "alike would be (their perplexity): codebook collapse"
                )
        return sentences


class Cascade(Family):
    """A cascade (Ho 2022): samples images at a low resolution first, then adds details.

        low = the means of blocks of x;   log p(x | given) >= log p(low | given) + log p(x | low, given)
        draw     low ~ p(low | given),  x ~ p(x | low, given)

    Both are families of any kind. While the second learns, noise is added to low, so that it forgives what the first
    gets wrong (section 3 of the paper). The sum is a bound since the second also puts mass on pictures that do not
    shrink to low.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        base: A family over images whose sides are `times` smaller.
        upsampler: A family over the images of spec, given the same variables and, last of them, such a small image.
        times: Factor of the sides.
        noise: Standard deviation of the noise on the small image in training, as a share of its range.
        share: Share of the budget that trains the base.
    """

    method = "small picture completed where a part of it is not known, then enlarged around the known pixels"

    def __init__(
        self, spec: Spec, given: Spec, base: Family, upsampler: Family, times: int, noise: float, share: float = 0.3
    ):
        super().__init__(spec, given)
        self.base, self.upsampler, self.times, self.noise, self.share = base, upsampler, times, noise, share
        self.kind = weakest("lower bound", base.kind, upsampler.kind)

    def stages(self) -> list[Stage]:
        (small,), (large,) = self.base.stages(), self.upsampler.stages()
        players = [self._blurring(player) for player in large.players]
        return [
            Stage("base", small.players, self.share, inputs=self.small),
            Stage("upsampler", players, 1 - self.share, inputs=self.both),
        ]

    def small(self, items: Items, draws: Draws) -> Items:
        return Items(shrink(items.x, self.times), items.given)

    def both(self, items: Items, draws: Draws) -> Items:
        return Items(items.x, self._join_conditions(items.given, shrink(items.x, self.times)))

    def _blurring(self, player: Player) -> Player:
        """The player that sees noise on low."""

        def loss(batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
            blur = batch.rng.normal(batch.given.shape) * (self.noise * (self.spec.leaf.levels - 1))
            blur[:, : self.given.width] = 0
            return player.loss(replace(batch, given=batch.given + blur))

        return replace(player, loss=loss)

    def sample(self, n: int, given: Tensor, rng: Draws, **options: object) -> Tensor:
        """Samples images at a low resolution, then their details.

        Guidance exaggerates the effect of the conditions in both; the low image is left as it is. Both begin at a
        start, which is shrunk for the base.

        Args:
            n: Number of images.
            given: (n, G) conditions.
            rng: Random numbers.
            options: Options of both families.
        """
        low = self.base.sample(n, given, rng, **with_start(options, partial(shrink, times=self.times)))
        tell = partial(self._join_conditions, low=low)
        return self.upsampler.sample(n, tell(given), rng, **tell_more(options, given, tell))

    @property
    def sample_options(self) -> tuple[SampleOption, ...]:
        return common_options([self.base.sample_options, self.upsampler.sample_options])

    @property
    def complete_options(self) -> tuple[SampleOption, ...]:
        return common_options([self.base.complete_options, self.upsampler.complete_options])

    def describe_method(self, **options: object) -> str:
        return f"{self.method}; {self.upsampler.describe_method(**options)}"

    def effort(self, **options: object) -> Effort | None:
        return total([self.base.effort(**options), self.upsampler.effort(**options)])

    def log_likelihood(self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None):
        low = shrink(x, self.times)
        base, base_se = self.base.log_likelihood(low, given, rng, draws)
        details, details_se = self.upsampler.log_likelihood(x, self._join_conditions(given, low), rng, draws)
        errors = [se**2 for se in (base_se, details_se) if se is not None]
        return base + details, sum(errors[1:], errors[0]).sqrt() if errors else None

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws, **options: object) -> Tensor:
        low_known = block_means(known.float(), self.times) == 1
        low = shrink(torch.where(known, x.float(), 0.0), self.times)
        low = torch.where(low_known, low, self.base.fill(low, low_known, given, rng, **options))
        tell = partial(self._join_conditions, low=low)
        return self.upsampler.fill(x, known, tell(given), rng, **tell_more(options, given, tell))

    def _join_conditions(self, given: Tensor, low: Tensor) -> Tensor:
        return torch.cat([given, low.float().flatten(1)], 1)
