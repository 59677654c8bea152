"""A cascade (Ho 2022): pictures at a low resolution first, then their details.

    low = the means of blocks of x;   log p(x | given) >= log p(low | given) + log p(x | low, given)
    draw     low ~ p(low | given),  x ~ p(x | low, given)

Both are families of any kind. While the second learns, noise is added to low, so that it forgives what the first gets
wrong (section 3 of the paper). The sum is a bound since the second also puts mass on pictures that do not shrink to
low.
"""

from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.family import Family
from ...core.likelihood import weakest
from ...core.sample_options import Effort, SampleOption, common_options, total
from ...core.spec import Spec
from ...core.trainable import Batch, Items, Player, Stage
from ...distributions.low_resolution import means, shrink
from ..conditions import started_at
from ..guidance import tell_more


class Cascade(Family):
    """base: a family over pictures whose sides are `times` smaller. upsampler: a family over the pictures of spec,
    given the same variables and, last of them, such a small picture. noise: standard deviation of what is added to it
    in training, as a share of its range. share: of the budget that the base trains for.
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
        """guidance exaggerates what both make of given; low is what it is. Both begin at a start, which is shrunk for
        the base."""
        low = self.base.sample(n, given, rng, **started_at(options, partial(shrink, times=self.times)))
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
        rest, rest_se = self.upsampler.log_likelihood(x, self._join_conditions(given, low), rng, draws)
        errors = [se**2 for se in (base_se, rest_se) if se is not None]
        return base + rest, sum(errors[1:], errors[0]).sqrt() if errors else None

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws, **options: object) -> Tensor:
        whole = means(known.float(), self.times) == 1
        low = shrink(torch.where(known, x.float(), 0.0), self.times)
        low = torch.where(whole, low, self.base.fill(low, whole, given, rng, **options))
        tell = partial(self._join_conditions, low=low)
        return self.upsampler.fill(x, known, tell(given), rng, **tell_more(options, given, tell))

    def _join_conditions(self, given: Tensor, low: Tensor) -> Tensor:
        return torch.cat([given, low.float().flatten(1)], 1)
