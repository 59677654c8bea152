"""Samplers: generators over a denoiser and a path of noise levels, so that every sampler works with every model.

    denoise(z, alpha, sigma) -> D = E[x | z], N = E[n | z] of z = alpha x + sigma n
    path: (K + 1, 2), (alpha, sigma) of falling sigma / alpha, mostly to sigma = 0 at the end
    noise(shape) -> standard normal numbers

Each yields (z, D) after each step: where it came to, and what it expected of x on the way there; `run_to_end`
returns the last z. On the way in z is a draw of alpha x + sigma n at path[0], on the way out one at path[-1].

The probability flow is dz = D dalpha + N dsigma (Song 2021; Karras 2022, eq. 3, with alpha = 1; Lipman 2023, with alpha
= 1 - sigma); as z = alpha D + sigma N, a step of Euler's method leads to alpha D + sigma N of the level after.
"""

from collections.abc import Callable, Iterator
from math import ceil, exp, inf, log

import torch
from torch import Tensor

from ...core.errors import DataError
from ...core.packages import load_plugins
from ..gaussian_noise import Level, add_noise, posterior

Denoise = Callable[[Tensor, float, float], tuple[Tensor, Tensor]]
Noise = Callable[[tuple[int, ...]], Tensor]
Walk = Iterator[tuple[Tensor, Tensor]]
Sampler = Callable[[Denoise, Tensor, Tensor, Noise], Walk]

STRETCHES, REPEATS = 25, 10  # parts of a path, and walks along each (Lugmayr 2022: 10 of 250 steps, 10 times)


def added_path(sigmas: Tensor) -> Tensor:
    """Returns the path (K + 1, 2) on which noise of levels (K + 1,) is added to x, with alpha = 1 (Karras 2022)."""
    return torch.stack([torch.ones_like(sigmas), sigmas], 1)


def straight_path(steps: int, shift: int = 1) -> Tensor:
    """Returns the path (steps + 1, 2) of flow matching: alpha = t, sigma = 1 - t, from t = 0 to 1 (Lipman 2023).

    Args:
        shift: as of `to_noise`.
    """
    t = to_noise(torch.linspace(0, 1, steps + 1, dtype=torch.float64), shift)
    return torch.stack([t, 1 - t], 1)


def to_noise(t: Tensor, shift: int) -> Tensor:
    """Shifts times in [0, 1] towards the noise at 0: sigma / alpha grows by the factor `shift` (Esser 2024, eq. 23).

    Many numbers that say the same, such as those of frames which resemble each other, show through more noise."""
    return t if shift == 1 else t / (t + shift * (1 - t))


def karras(low: float, high: float, count: int, rho: float = 7.0) -> Tensor:
    """Returns noise levels (count + 1,) from high to low, denser at the low end (Karras 2022, eq. 5), and 0.

    Args:
        low, high: Ends of the levels.
        count: Number of levels above 0.
        rho: Exponent; larger values make the low end denser.
    """
    ramp = torch.linspace(0, 1, count, dtype=torch.float64)
    levels = (high ** (1 / rho) + ramp * (low ** (1 / rho) - high ** (1 / rho))) ** rho
    return torch.cat([levels, torch.zeros(1, dtype=torch.float64)])


def steps_left(steps: int, strength: float) -> int:
    """Counts the steps of a path that a sample with a start takes: that share of them, rounded up."""
    return max(ceil(steps * strength - 1e-9), int(strength > 0))


def last_share(path: Tensor, strength: float) -> Tensor:
    """Cuts the last share `strength`, in [0, 1], off a path (SDEdit, Meng 2022): `steps_left` steps of one length,
    whose levels are interpolated between those of the path. A strength of 0 leaves the last level alone."""
    steps = len(path) - 1
    ends = steps * (1 - strength), steps
    place = torch.linspace(*ends, steps_left(steps, strength) + 1, dtype=path.dtype, device=path.device)
    level = place.long().clamp(max=steps - 1)
    return torch.lerp(path[level], path[level + 1], (place - level)[:, None])


def run_to_end(walk: Walk) -> Tensor:
    """Runs a sampler to its end and returns the last z."""
    for z, _ in walk:
        pass
    return z


def ancestral(denoise: Denoise, z: Tensor, path: Tensor, noise: Noise) -> Walk:
    """Samples by DDPM (Ho 2020, algorithm 2): draws from q(z_next | z, x = D), of which the chain's own steps
    are the finest.

    Args:
        denoise: denoise(z, alpha, sigma) -> D, N.
        z: (B, ...) at the first level of the path.
        path: (K + 1, 2) levels (alpha, sigma).
        noise: noise(shape) -> standard normal numbers.
    """
    for current_level, next_level in _steps(path):
        d, n = denoise(z, *current_level)
        mean, sd = posterior(d, n, current_level, next_level)
        z = mean + sd * noise(z.shape)
        yield z, d


def ddim(denoise: Denoise, z: Tensor, path: Tensor, noise: Noise) -> Walk:
    """Samples by DDIM without noise (Song 2021, eq. 12 with eta = 0), Euler's method on the probability flow.

    Args:
        denoise: as of `ancestral`; so are the others.
        z: (B, *shape) state at the beginning of the path.
        path: (K + 1, 2) levels alpha and sigma.
        noise: draws noise of a shape; not used.
    """
    for current_level, (alpha, sigma) in _steps(path):
        d, n = denoise(z, *current_level)
        z = alpha * d + sigma * n
        yield z, d


def heun(denoise: Denoise, z: Tensor, path: Tensor, noise: Noise, to_mean: bool = True) -> Walk:
    """Samples by Heun's method on the probability flow (Karras 2022, algorithm 1): Euler's step, then the
    trapezoid; two calls a step.

    A step multiplies the difference of its two N by half of how much sigma falls, and N is uncertain where sigma is
    small, so the levels must fall gently, as those of `karras` do.

    Args:
        denoise: as of `ancestral`; so are the others.
        z: (B, *shape) state at the beginning of the path.
        path: (K + 1, 2) levels alpha and sigma.
        noise: draws noise of a shape; not used.
        to_mean: whether a step to sigma = 0 is Euler's, which goes to D; else D and N must be defined there.
    """
    for (alpha, sigma), (alpha_after, sigma_after) in _steps(path):
        d, n = denoise(z, alpha, sigma)
        z = alpha_after * d + sigma_after * n
        if sigma_after > 0 or not to_mean:
            ahead_d, ahead_n = denoise(z, alpha_after, sigma_after)
            z = z + ((alpha_after - alpha) / 2) * (ahead_d - d) + ((sigma_after - sigma) / 2) * (ahead_n - n)
        yield z, d


def dpm_solver(denoise: Denoise, z: Tensor, path: Tensor, noise: Noise) -> Walk:
    """Samples by DPM-Solver++ (2M) (Lu 2022, algorithm 2): second order by the denoised item of the step before.

    With h the growth of log(alpha / sigma) over a step, r = h_before / h:
    z_next = (sigma_next / sigma) z + (alpha_next - alpha sigma_next / sigma) D~,   D~ = D + (D - D_before) / (2 r)

    Args:
        denoise: as of `ancestral`; so are the others.
        z: (B, *shape) state at the beginning of the path.
        path: (K + 1, 2) levels alpha and sigma.
        noise: draws noise of a shape; not used.
    """
    previous, h_before = None, inf
    for (alpha, sigma), (alpha_after, sigma_after) in _steps(path):
        d, _ = denoise(z, alpha, sigma)
        ends = alpha == 0 or sigma_after == 0  # h is infinite there: first order
        h = inf if ends else log(alpha_after * sigma / (alpha * sigma_after))
        extrapolated = d if previous is None or ends else d + (d - previous) * (h / (2 * h_before))
        z = sigma_after / sigma * z + (alpha_after - alpha * sigma_after / sigma) * extrapolated
        previous, h_before = d, h
        yield z, d


def annealed_langevin(denoise: Denoise, z: Tensor, path: Tensor, noise: Noise, repeats: int, step: float) -> Walk:
    """Samples by Langevin steps at each noise level in turn (Song & Ermon 2019, algorithm 1), as long as the noise
    allows:

    z <- z + step sigma^2 score(z) + sqrt(2 step) sigma noise,   sigma^2 score(z) = -sigma N

    alpha is the same all along, as in `added_path`; a last level of 0 is reached by going to D.

    Args:
        denoise: as of `ancestral`; so are the others.
        z: (B, *shape) state at the beginning of the path.
        path: (K + 1, 2) levels alpha and sigma.
        noise: draws noise of a shape.
        repeats: steps at each level.
        step: length of a step, in units of sigma^2.
    """
    for (alpha, sigma), (_, next_sigma) in _steps(path):
        for _ in range(repeats):
            d, n = denoise(z, alpha, sigma)
            z = z - step * sigma * n + (2 * step) ** 0.5 * sigma * noise(z.shape)
            yield z, d
        if next_sigma == 0:
            z, _ = denoise(z, alpha, sigma)
            yield z, z


def runge_kutta(denoise: Denoise, z: Tensor, path: Tensor, noise: Noise) -> Walk:
    """Samples by the classical Runge-Kutta method on the probability flow of y = z / alpha: dy = s N dlog s for
    s = sigma / alpha. It takes four calls a step, and runs to noise as well as from it. A step to sigma = 0 goes to D,
    and one from there leaves x as it is.

    Args:
        denoise: as of `ancestral`; so are the others.
        z: (B, *shape) state at the beginning of the path.
        path: (K + 1, 2) levels alpha and sigma.
        noise: draws noise of a shape; not used.
    """
    for (alpha, sigma), (alpha_after, sigma_after) in _steps(path):
        if sigma == 0:
            d = z = z / alpha
        elif sigma_after == 0:
            d = z = denoise(z, alpha, sigma)[0]
        else:
            z, s, h = z / alpha, sigma / alpha, log(sigma_after * alpha / (alpha_after * sigma))
            middle_point, next_s = s * exp(h / 2), s * exp(h)
            d, n = denoise(z, 1.0, s)
            slopes = [s * n]
            for share, level in ((0.5, middle_point), (0.5, middle_point), (1.0, next_s)):
                slopes.append(level * denoise(z + share * h * slopes[-1], 1.0, level)[1])
            k1, k2, k3, k4 = slopes
            z = z + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        z = alpha_after * z
        yield z, d


def hold_known(denoise: Denoise, x: Tensor, known: Tensor) -> Denoise:
    """Returns a denoiser that holds the known part of items: D = x there, and N = (z - alpha x) / sigma. A sampler that
    begins with a draw of alpha x + sigma n in the known part then has one there at each level.

    Args:
        denoise: the denoiser without known values.
        x: (B, *shape) items.
        known: bool like x.
    """

    def denoise_unknown(z: Tensor, alpha: float, sigma: float) -> tuple[Tensor, Tensor]:
        d, n = denoise(z, alpha, sigma)
        return torch.where(known, x, d), torch.where(known, (z - alpha * x) / (sigma or 1.0), n)

    return denoise_unknown


def repaint(sampler: Sampler, denoise: Denoise, z: Tensor, path: Tensor, noise: Noise, repeats: int = REPEATS) -> Walk:
    """Samples by RePaint (Lugmayr 2022, algorithm 1): walks each stretch of the path `repeats` times, with a
    jump back by q(z_t | z_s) between two walks.

    A step draws the unknown part without a look at the known part after it, so one walk alone leaves the two less
    related than they are in data.

    Args:
        sampler: the sampler of a stretch.
        denoise: a denoiser of `hold_known`.
        z: (B, *shape) state at the beginning of the path.
        path: (K + 1, 2) levels alpha and sigma.
        noise: draws noise of a shape.
        repeats: walks over each stretch.
    """
    steps = len(path) - 1
    stride = max(1, round(steps / STRETCHES))
    for first in range(0, steps, stride):
        stretch = path[first : first + stride + 1]
        start, *_, stop = stretch.tolist()
        for turn in range(repeats):
            z = add_noise(z, stop, start, noise) if turn else z
            for z, d in sampler(denoise, z, stretch, noise):
                yield z, d


def _steps(path: Tensor) -> list[tuple[Level, Level]]:
    levels = path.tolist()
    return list(zip(levels, levels[1:]))


SAMPLERS: dict[str, Sampler] = {"ancestral": ancestral, "ddim": ddim, "heun": heun, "dpm-solver": dpm_solver}
GENTLE = {"heun"}  # samplers whose levels must fall gently


def register_sampler(name: str, sampler: Sampler, gentle: bool = False) -> None:
    """Adds a sampler of your own to every family that samples by a denoiser, in this process: models opened afterwards
    take it as `sampler`.

    Args:
        name: what the option calls it.
        sampler: a generator as described above.
        gentle: whether it multiplies errors where the levels of a chain fall steeply, as Heun's method does. Its levels
            are then those of `karras`.

    Raises DataError for a name that is taken.
    """
    if name in SAMPLERS:
        raise DataError(f"there is a sampler {name!r} already: choose another name")
    SAMPLERS[name] = sampler
    GENTLE.update([name] if gentle else [])


def all_samplers() -> dict[str, Sampler]:
    """Returns every sampler by its name, ours first."""
    load_plugins()
    return dict(SAMPLERS)
