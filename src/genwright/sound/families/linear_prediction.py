"""Linear prediction of sound (Atal & Schroeder 1970), with a variance that follows the most recent errors.

    m_t = sum_k w_k x_{t-k}
    v_t = d v_{t-1} + (1 - d) (x_{t-1} - m_{t-1})^2
    p(x_t is level i | past) = u / levels + (1 - u) P(low_i < m_t + s sqrt(v_t) L < high_i),  L logistic

The weights w minimise the squared error on training clips; d and s are the likeliest of a few values. After its first
sample, a clip ends before each sample with the same probability, that of training. This is how speech codecs worked
before networks, and a yardstick for networks.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ...core.draws import Draws
from ...core.family import Family
from ...core.spec import Spec
from ...core.trainable import Items
from ..kinds.audio.clips import amplitudes

DECAYS, SPREADS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95), (0.2, 0.3, 0.4, 0.5)  # s above 3^(1/2) / pi: draws grow without end
UNIFORM = 1e-3  # u: of samples that nothing foretells
MIN_SPREAD = 1e-4  # least sqrt(v): about the step between the quietest levels
MAX_CLIPS = 256  # clips that weights are learned from, at most; a quarter of them choose d and s
RIDGE = 1e-6  # share of the mean square


class LinearPrediction(Family):
    """Linear prediction of sound (Atal & Schroeder 1970).

    Args:
        spec: One leaf, an Ordered of 256 levels of mu-law and of shape (T,) that ends.
        given: Conditioning variables.
        order: Samples that it looks back at.
    """

    allow_bf16 = False
    conditional = False
    lacks = {"complete": "it draws whole clips alone"}

    def __init__(self, spec: Spec, given: Spec, order: int):
        super().__init__(spec, given)
        self.leaf, self.order = spec.leaf, order
        levels = torch.from_numpy(amplitudes()).double()
        cuts = (levels[1:] + levels[:-1]) / 2
        ends = torch.tensor([torch.inf], dtype=torch.double)
        self.register_buffer("amplitudes", torch.cat([levels, levels.new_zeros(2)]), False)
        self.register_buffer("cuts", cuts, False)
        self.register_buffer("low", torch.cat([-ends, cuts]), False)
        self.register_buffer("high", torch.cat([cuts, ends]), False)
        self.register_buffer("weights", torch.zeros(order, dtype=torch.double))
        self.register_buffer("numbers", torch.tensor([0.9, 0.5, 0.01, 0.5], dtype=torch.double))  # d, s, v_0, end

    def finish(self, items: Items, rng: Draws) -> None:
        sample_clips = items.x[rng.permutation(len(items))[:MAX_CLIPS].to(items.x.device)].long()
        samples, exists = self.amplitudes[sample_clips], sample_clips < self.leaf.end
        past = F.pad(samples, (self.order, 0)).unfold(1, self.order, 1)[:, :-1][exists]  # the last sample before last
        square = past.T @ past
        square.diagonal().add_(RIDGE * square.diagonal().mean() + MIN_SPREAD**2)
        self.weights = torch.linalg.solve(square, past.T @ samples[exists])
        errors = samples - self._means(samples)
        self.numbers[2] = errors[exists].square().mean()
        self.numbers[3] = 1 / (self.spec.numbers(items.x).double().mean() - 1)
        chosen_by = sample_clips[: max(1, len(sample_clips) // 4)]
        tried = [self.numbers.new_tensor([d, s, *self.numbers[2:]]) for d in DECAYS for s in SPREADS]
        self.numbers = max(tried, key=lambda numbers: float(self._nats(chosen_by, numbers).sum()))

    def log_likelihood(self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None) -> tuple[Tensor, None]:
        """Computes the exact log-likelihood (B,) in nats."""
        return self._nats(x.long(), self.numbers).float(), None

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        decay, spread, variance, ending = self.numbers
        x = torch.full((n, self.leaf.shape[0]), self.leaf.pad, device=rng.device)
        past = torch.zeros(n, self.order, dtype=torch.double, device=rng.device)
        variance, live = variance.expand(n), torch.ones(n, dtype=torch.bool, device=rng.device)
        for t in range(x.shape[1]):
            u = rng.uniform(4, n, dtype=torch.double).clamp(1e-12, 1 - 1e-12)
            mean = past @ self.weights
            value = mean + spread * (variance.sqrt() + MIN_SPREAD) * torch.logit(u[0])
            level = torch.where(u[1] < UNIFORM, (u[2] * self.leaf.levels).long(), torch.bucketize(value, self.cuts))
            ends = (u[3] < ending) if 0 < t < x.shape[1] - 1 else torch.full_like(live, t > 0)
            x[:, t] = torch.where(live, torch.where(ends, self.leaf.end, level), self.leaf.pad)
            live = live & ~ends
            if not live.any():
                break
            sample = self.amplitudes[level]
            variance = decay * variance + (1 - decay) * (sample - mean) ** 2
            past = torch.cat([past[:, 1:], sample[:, None]], 1)
        return x.float()

    def _nats(self, x: Tensor, numbers: Tensor) -> Tensor:
        """(B, T) int64 -> (B,) float64."""
        decay, spread, first, ending = numbers
        samples = self.amplitudes[x]
        mean = self._means(samples)
        scale = spread * (variances(samples - mean, float(decay), float(first)).sqrt() + MIN_SPREAD)
        level = x.clamp(max=self.leaf.levels - 1)
        inside = torch.sigmoid((self.high[level] - mean) / scale) - torch.sigmoid((self.low[level] - mean) / scale)
        nats = (UNIFORM / self.leaf.levels + (1 - UNIFORM) * inside).log()
        nats[:, 1:] += (1 - ending).log()
        nats = torch.where(x == self.leaf.end, ending.log(), nats)
        nats[:, -1] = 0.0  # END is all that may stand there
        return nats.masked_fill(x == self.leaf.pad, 0.0).sum(1)

    def _means(self, samples: Tensor) -> Tensor:
        """(B, T) -> what is expected at each place, from those before it."""
        past_samples = F.pad(samples, (self.order, 0))[:, None, :-1]
        return F.conv1d(past_samples, self.weights[None, None])[:, 0]


def variances(errors: Tensor, decay: float, first: float) -> Tensor:
    """Computes the running variance (B, T) of prediction errors at each place, from the errors before it.

    Args:
        errors: (B, T) errors of prediction.
        decay: Factor by which the weight of an error falls with each place.
        first: Variance at the first place.
    """
    from scipy.signal import lfilter

    start = torch.full((len(errors), 1), first, dtype=torch.double)
    squares = errors[:, :-1].square().cpu().numpy()
    later, _ = lfilter([1 - decay], [1, -decay], squares, zi=decay * start.numpy())
    return torch.cat([start, torch.from_numpy(later)], 1).to(errors.device)
