"""Output heads: a network's numbers for one leaf as a distribution over its values.

Each head says how many numbers it wants for one value (`size`) and has

    log_prob(params, x)                  nats (*shape,): log mass of discrete leaves, log density in the user's units of
                                         real ones
    sample(params, rng, present)         a draw of every value: (*shape,) float; present: none of them absent
    mean(params)                         the mean of every value: (*shape,) float, of levels not rounded
    middle(params)                       one item that stands for all: the mean, of levels rounded
    sample_at(place, params, rng, present, without, guidance, truncation, items)
                                         a draw (B,) of the one number at `place`, from its parameters (B, size)
    code_at(place, params, coder, x, items)
                                         that number (B,) of discrete leaves, given to an entropy coder, or taken from
                                         it, where x is None
    code(params, coder, x)               the same of every value: (*shape,)

params: (*shape, size). x: (*shape,), as the Spec says: a standardised number, or the index of a level or category.
log_volume: of the leaf, which `log_prob` subtracts. place: an index into an item's tensor. items: (B, *shape), in which
the numbers that come before stand; a head of an array does not look at them. without: the parameters
(B, size) without what is given, from which guidance leads away: log p is log p_without + guidance (log p - log
p_without), which a guidance of 1 needs not. truncation: of these log masses, of levels, categories or bins.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.draws import Draws, require_numbers
from ..core.entropy_coder import Coder
from ..core.errors import Unsupported
from ..core.spec import Category, Spec
from .logit_masks import Truncation
from .marginals import Marginals, code_inside
from .normal import log_density

MASSES_AT_ONCE = 4_096  # numbers whose masses are computed at once
NARROWEST = 1e-8  # gap between the ends of a level, in scales


def pick(logits: Tensor, rng: Draws) -> Tensor:
    """Samples one category from each row of logits (*, K) by the Gumbel-max trick: (*,) int64. Raises RunError for
    logits that are no numbers."""
    require_numbers(logits)
    u = rng.uniform(logits.shape).clamp(1e-10, 1 - 1e-7)
    return (logits.float() - (-u.log()).log()).argmax(-1)


class Head(nn.Module):
    """Base of the heads of an array, in which all places are alike and no value is ever absent."""

    levels = 0  # number of levels of a discrete leaf

    @property
    def has_masses(self) -> bool:
        """Whether every value has a probability mass, which guidance and truncation change."""
        return bool(self.levels)

    def point_estimate(self, params: Tensor) -> Tensor:
        mean = self.mean(params)
        return mean.round() if self.levels else mean

    def sample_at(
        self, place: tuple[int, ...], params: Tensor, rng: Draws, present: bool = False, against: Tensor | None = None,
        guidance: float = 1.0, truncation: Truncation | None = None, items: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        """Samples the numbers at one place of items. Raises Unsupported for guidance or truncation of real numbers,
        whose density would have no closed form.

        Args:
            place: index of the place in an item.
            params: (B, size) parameters of the distribution.
            rng: random numbers.
            present: whether values have to be present.
            against: parameters that guidance moves away from, or None.
            guidance: weight of guidance.
            truncation: temperature, top_k and top_p, or None.
            items: (B, *shape) items so far.
        """
        if against is None and truncation is None:
            return self.sample(params, rng)
        if not self.has_masses:
            raise Unsupported(
                "real numbers that are drawn one by one have no guidance, and are not truncated: leave guidance at 1, "
                "and temperature, top_k and top_p out"
            )
        log_p = self._log_masses(params)
        log_p = log_p if against is None else torch.lerp(self._log_masses(against), log_p, guidance)
        return pick(log_p if truncation is None else truncation(log_p), rng).float()

    def code_at(
        self, place: tuple[int, ...], params: Tensor, coder: Coder, x: Tensor | None, items: Tensor | None = None
    ) -> Tensor:
        return coder.code(self._log_masses(params).exp(), x).float()

    def code(self, params: Tensor, coder: Coder, x: Tensor | None) -> Tensor:
        rows = params.flatten(0, -2).split(MASSES_AT_ONCE)
        values = [None] * len(rows) if x is None else x.flatten().split(MASSES_AT_ONCE)
        code_lengths = [self.code_at((), part, coder, value) for part, value in zip(rows, values)]
        return torch.cat(code_lengths).view(params.shape[:-1])

    def _level(self, value: Tensor) -> Tensor:
        """Level, not rounded, of a value between -1 (the first level) and 1 (the last)."""
        return ((value + 1) * (self.levels - 1) / 2).clamp(0, self.levels - 1)

    def _log_masses(self, params: Tensor) -> Tensor:
        """(B, size) -> (B, levels)."""
        levels = torch.arange(self.levels, device=params.device).expand(len(params), -1)
        return self.log_prob(params[:, None].expand(*levels.shape, -1), levels)


class GaussianHead(Head):
    """A Gaussian N(mean, sd^2) with a learned sd: params are (mean, log sd), the latter clamped to [-7, 7]."""

    size = 2

    def __init__(self, log_volume: float = 0.0):
        super().__init__()
        self.log_volume = log_volume

    def log_prob(self, params: Tensor, x: Tensor) -> Tensor:
        mean, log_sd = params.unbind(-1)
        log_sd = log_sd.clamp(-7, 7)
        return log_density(x, mean, log_sd) - self.log_volume

    def sample(self, params: Tensor, rng: Draws, present: bool = False) -> Tensor:
        mean, log_sd = params.unbind(-1)
        return mean + log_sd.clamp(-7, 7).exp() * rng.normal(mean.shape)

    def mean(self, params: Tensor) -> Tensor:
        return params[..., 0]


class Mixture(Head):
    """A mixture of Gaussians (Bishop 1994): params are the logits of the `components`, then their means, then their log
    sds, clamped to [-7, 7]."""

    def __init__(self, components: int, log_volume: float = 0.0):
        super().__init__()
        self.components, self.size, self.log_volume = components, 3 * components, log_volume

    def log_prob(self, params: Tensor, x: Tensor) -> Tensor:
        logit, mean, log_sd = params.chunk(3, -1)
        log_sd = log_sd.clamp(-7, 7)
        log_densities = log_density(x[..., None], mean, log_sd)
        return torch.logsumexp(logit.log_softmax(-1) + log_densities, -1) - self.log_volume

    def sample(self, params: Tensor, rng: Draws, present: bool = False) -> Tensor:
        logit, mean, log_sd = params.chunk(3, -1)
        k = pick(logit, rng)[..., None]
        mean, log_sd = mean.gather(-1, k)[..., 0], log_sd.gather(-1, k)[..., 0]
        return mean + log_sd.clamp(-7, 7).exp() * rng.normal(mean.shape)

    def mean(self, params: Tensor) -> Tensor:
        logit, mean, _ = params.chunk(3, -1)
        return (logit.softmax(-1) * mean).sum(-1)


class DiscretisedLogistic(Head):
    """A mixture of logistics integrated over each level; the outer levels reach to infinity (Salimans 2017, eq. 2).

    params: the logits of the `components`, then their means, then their log scales, in units where the levels go from
    -1 to 1; the log scales are cut at -7 and 7 and then lowered by 1. `mean` is that of the components' means, cut at
    -1 and 1."""

    def __init__(self, levels: int, components: int = 5):
        super().__init__()
        self.levels, self.components, self.size = levels, components, 3 * components

    def _split(self, params: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        logit, mean, log_scale = params.float().chunk(3, -1)
        return logit, mean, log_scale.clamp(-7, 7) - 1

    def log_prob(self, params: Tensor, x: Tensor) -> Tensor:
        logit, mean, log_scale = self._split(params)
        half_level = 1 / (self.levels - 1)
        centred = (x.float() * 2 * half_level - 1)[..., None] - mean
        upper, lower_edge = (centred + half_level) / log_scale.exp(), (centred - half_level) / log_scale.exp()
        top, bottom = (x >= self.levels - 1)[..., None], (x <= 0)[..., None]
        # log(sigmoid(upper) - sigmoid(lower)) without cancellation; rounding alone makes a gap below NARROWEST
        narrow = torch.log(-torch.expm1((lower_edge - upper).clamp(max=-NARROWEST)))
        middle_mass = F.logsigmoid(upper) + F.logsigmoid(-lower_edge) + narrow
        log_masses = torch.where(bottom, F.logsigmoid(upper), torch.where(top, F.logsigmoid(-lower_edge), middle_mass))
        return torch.logsumexp(logit.log_softmax(-1) + log_masses, -1)

    def sample(self, params: Tensor, rng: Draws, present: bool = False) -> Tensor:
        logit, mean, log_scale = self._split(params)
        k = pick(logit, rng)[..., None]
        mean, log_scale = mean.gather(-1, k)[..., 0], log_scale.gather(-1, k)[..., 0]
        u = rng.uniform(mean.shape).clamp(1e-6, 1 - 1e-6)
        return self._level(mean + log_scale.exp() * (u.log() - (-u).log1p())).round()

    def mean(self, params: Tensor) -> Tensor:
        logit, mean, _ = self._split(params)
        return self._level((logit.softmax(-1) * mean.clamp(-1, 1)).sum(-1))


class OneScale(DiscretisedLogistic):
    """A discretised logistic for each number, with one learned scale for all (Rybkin 2021). params: the means, (*shape,
    1).

    If each number has its own scale, a decoder gives up on numbers that are hard at first. At a large scale, their
    means have hardly a gradient."""

    def __init__(self, levels: int):
        super().__init__(levels, 1)
        self.size, self.log_scale = 1, nn.Parameter(torch.zeros(()))

    def _split(self, params: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean = params.float()
        return torch.zeros_like(mean), mean, (self.log_scale.clamp(-7, 7) - 1).expand(mean.shape)


class DiscretisedNormal(Head):
    """N(mean, sd^2) integrated over each level, in units where the levels go from -1 to 1; the outer levels reach to
    infinity.

    Args:
        levels: Number of levels.
        sd: fixed, params are the means; where it is 0 it is learned, params are (mean, log sd), the latter clamped
            to [-7, 7].
    """

    def __init__(self, levels: int, sd: float):
        super().__init__()
        self.levels, self.sd, self.size = levels, sd, 1 if sd else 2

    def _split(self, params: Tensor) -> tuple[Tensor, Tensor]:
        mean = params[..., 0].float()
        return mean, torch.full_like(mean, self.sd) if self.sd else params[..., 1].float().clamp(-7, 7).exp()

    def log_prob(self, params: Tensor, x: Tensor) -> Tensor:
        mean, sd = self._split(params)
        half_level = 1 / (self.levels - 1)
        centred = x.float() * 2 * half_level - 1 - mean
        upper = ((centred + half_level) / sd).masked_fill(x >= self.levels - 1, torch.inf)
        lower_edge = ((centred - half_level) / sd).masked_fill(x <= 0, -torch.inf)
        swap = lower_edge > 0  # the mirror image lies in the left tail, where the logs are exact
        high, low = torch.where(swap, -lower_edge, upper), torch.where(swap, -upper, lower_edge)
        log_below_high, log_below_low = torch.special.log_ndtr(high), torch.special.log_ndtr(low)
        return log_below_high + torch.log(-torch.expm1((log_below_low - log_below_high).clamp(max=-1e-6)))

    def sample(self, params: Tensor, rng: Draws, present: bool = False) -> Tensor:
        mean, sd = self._split(params)
        return self._level(mean + sd * rng.normal(mean.shape)).round()

    def mean(self, params: Tensor) -> Tensor:
        return self._level(self._split(params)[0])


class Bernoulli(Head):
    """A Bernoulli distribution over two levels: params, (*shape, 1), hold the logit of level 1."""

    size, levels = 1, 2

    def log_prob(self, params: Tensor, x: Tensor) -> Tensor:
        return -F.binary_cross_entropy_with_logits(params[..., 0], x.float(), reduction="none")

    def sample(self, params: Tensor, rng: Draws, present: bool = False) -> Tensor:
        return (rng.uniform(params.shape[:-1]) < params[..., 0].sigmoid()).float()

    def mean(self, params: Tensor) -> Tensor:
        return params[..., 0].sigmoid()


class CategoricalHead(Head):
    """A categorical distribution over `levels` levels or categories, one logit each; the mean is that of their
    indices."""

    def __init__(self, levels: int):
        super().__init__()
        self.size = self.levels = levels

    def log_prob(self, params: Tensor, x: Tensor) -> Tensor:
        return params.float().log_softmax(-1).gather(-1, x.long()[..., None])[..., 0]

    def sample(self, params: Tensor, rng: Draws, present: bool = False) -> Tensor:
        return pick(params, rng).float()

    def mean(self, params: Tensor) -> Tensor:
        return (params.float().softmax(-1) * torch.arange(self.size, device=params.device)).sum(-1)


class Histogram(nn.Module):
    """The head of all scalar leaves of a spec: logits of histogram bins for each column. A value is uniform inside its
    bin; the outer bins may have exponential tails.

    Parameters are (B, D, size), the logit of "absent" first; bins that a column lacks have no mass. x is (B, D), NaN
    for absent. The likelihood is exact for discrete leaves and absent values; for real leaves it is a density. There is
    no `mean`, since categories have none; the best guess is a sample with a fixed seed.

    Args:
        spec: Spec of the columns.
    """

    has_masses = True  # bins have masses

    def __init__(self, spec: Spec):
        super().__init__()
        self.marginals = Marginals(spec)
        self.columns = nn.ModuleList(Marginals(Spec((leaf,))) for leaf in spec.leaves)  # one by one, for `sample_at`
        self.size = self.marginals.bins

    def log_prob(self, params: Tensor, x: Tensor) -> Tensor:
        bins = self.marginals.to_bins(x)
        logits = live_logits(self.marginals, params, is_absent=self.marginals.follows(x))
        log_p = logits.log_softmax(-1).gather(-1, bins[..., None])[..., 0]
        return log_p + self.marginals.log_inside(x, bins)

    def sample(self, params: Tensor, rng: Draws, present: bool = False) -> Tensor:
        """Samples rows (B, D), NaN for absent.

        Args:
            params: (B, D, K) logits.
            rng: Random numbers.
            present: Whether every value must be there, as `complete` asks.
        """
        values = self.marginals.from_bins(pick(live_logits(self.marginals, params, present), rng), rng)
        return self.marginals.without_followers(values)

    def point_estimate(self, params: Tensor) -> Tensor:
        return self.sample(params, Draws.from_seed(0, params.device))

    def sample_at(
        self, place: tuple[int, ...], params: Tensor, rng: Draws, present: bool = False, against: Tensor | None = None,
        guidance: float = 1.0, truncation: Truncation | None = None, items: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        marginals = self.columns[place[0]]
        logits = params if against is None else torch.lerp(against, params, guidance)
        logits = live_logits(marginals, logits[:, None, : marginals.bins], present, self.follows_at(place, items))
        return marginals.from_bins(pick(logits if truncation is None else truncation(logits), rng), rng)[:, 0]

    def code_at(
        self, place: tuple[int, ...], params: Tensor, coder: Coder, x: Tensor | None, items: Tensor | None = None
    ) -> Tensor:
        marginals, is_missing = self.columns[place[0]], self.follows_at(place, items)
        masses = live_logits(marginals, params[:, None, : marginals.bins], is_absent=is_missing).softmax(-1)[:, 0]
        bins = coder.code(masses, None if x is None else marginals.to_bins(x[:, None])[:, 0])
        return code_inside(marginals, bins, coder, x)

    def code(self, params: Tensor, coder: Coder, x: Tensor | None) -> Tensor:
        items = torch.zeros(params.shape[:2])
        for j in range(len(self.columns)):
            items[:, j] = self.code_at((j,), params[:, j], coder, None if x is None else x[:, j], items)
        return items

    def follows_at(self, place: tuple[int, ...], items: Tensor | None) -> Tensor | None:
        """(B, 1) bool: where the number at a place is absent since the one is whose flag it has; None where it has its
        own."""
        flag = self.marginals.spec.flags[place[0]]
        return None if items is None or flag == place[0] else items[:, [flag]].isnan()


def live_logits(marginals: Marginals, params: Tensor, present: bool = False, is_absent: Tensor | None = None) -> Tensor:
    """Masks logits (B, D, K) of bins that a column lacks, and of absent values where these are settled.

    Args:
        marginals: The columns' marginals.
        params: (B, D, K) logits.
        present: Whether the bin of absent values has no mass either.
        is_absent: (B, D) bool, numbers that are certainly absent.
    """
    live, first = marginals.live, torch.arange(marginals.bins, device=marginals.live.device) == 0
    if present:
        live = live & ~first
    logits = params.float().masked_fill(~live, -1e9)
    return logits if is_absent is None else torch.where(is_absent[..., None], torch.where(first, 0.0, -1e9), logits)


def head_for(spec: Spec, mixture: int = 5) -> nn.Module:
    """Chooses the head for the numbers of a spec. It is `Histogram` for scalar leaves; else `Bernoulli` for 2 levels,
    `CategoricalHead` up to 32 and for categories, `DiscretisedLogistic` for more levels. Real numbers have a `Mixture`
    (`GaussianHead` of one component).

    Args:
        spec: The numbers.
        mixture: Components, where the head has any. Default: 5.
    """
    if not spec.is_array:
        return Histogram(spec)
    leaf = spec.leaf
    if not leaf.discrete:
        return GaussianHead(leaf.log_volume) if mixture == 1 else Mixture(mixture, leaf.log_volume)
    if leaf.levels == 2:
        return Bernoulli()
    is_discrete = leaf.levels <= 32 or isinstance(leaf, Category)
    return CategoricalHead(leaf.levels) if is_discrete else DiscretisedLogistic(leaf.levels, mixture)


OBSERVATIONS = ("automatic", "bernoulli", "categorical", "logistic", "normal")


def observation_head(spec: Spec, observation: str, mixture: int = 5, sd: float = 0.0) -> nn.Module:
    """Builds the head of an array on a lattice by the name of its observation model; "automatic" is `head_for`.

    Args:
        spec: The array.
        observation: Name of the model, in OBSERVATIONS.
        mixture: Components of logistics. Default: 5.
        sd: Of a normal, in units where the levels go from -1 to 1; 0 for a learned one.

    Raises Unsupported for a name that is unknown or does not fit the levels.
    """
    if observation == "automatic":
        return head_for(spec, mixture)
    levels = spec.leaf.levels
    if observation not in OBSERVATIONS or (observation == "bernoulli" and levels != 2):
        fitting = [name for name in OBSERVATIONS if name != "bernoulli" or levels == 2]
        raise Unsupported(f"{observation!r} is no observation model of {levels} levels: choose {', '.join(fitting)}")
    if observation == "bernoulli":
        return Bernoulli()
    if observation == "categorical":
        return CategoricalHead(levels)
    return DiscretisedLogistic(levels, mixture) if observation == "logistic" else DiscretisedNormal(levels, sd)
