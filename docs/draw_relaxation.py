"""Draws docs/relaxation.png: bias and spread of the relaxed bound and of its gradient against the temperature, on a
code so small that the bound and its gradient are known by counting all its values.

python docs/draw_relaxation.py
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import torch
import torch.nn.functional as F
from matplotlib import pyplot as plt
from torch import Tensor

from genwright.core.draws import Draws
from genwright.families.latent.discrete_vae import relaxed, symbols

VARIABLES, CATEGORIES, PIXELS, HIDDEN = 3, 4, 20, 32
TAUS = tuple(2.0**k for k in range(-4, 3))
SAMPLES = 200_000
RELAXED, THROUGH, SCORE, BASELINE = "Gumbel-softmax", "straight-through", "score function", "with a baseline"


class Small:
    """A fixed decoder of 20 pixels, a picture, and logits l of a code of 3 variables, 4 categories each."""

    def __init__(self, seed: int = 0):
        rng = Draws("relaxation", seed)
        self.first = 1.5 * rng.normal(VARIABLES * CATEGORIES, HIDDEN)
        self.last = rng.normal(HIDDEN, PIXELS) / HIDDEN**0.5
        self.x = (rng.uniform(PIXELS) < 0.5).float()
        self.logits = rng.normal(VARIABLES, CATEGORIES)

    def log_px(self, z: Tensor) -> Tensor:
        """z: (n, variables, categories), relaxed or not -> (n,)."""
        logits = (z.flatten(1) @ self.first).tanh() @ self.last
        return -F.binary_cross_entropy_with_logits(logits, self.x.expand_as(logits), reduction="none").sum(1)

    def exact(self) -> tuple[Tensor, Tensor]:
        """E_q log p(x | z) by a sum over all codes, and its gradient by l."""
        logits = self.logits.clone().requires_grad_()
        codes = torch.tensor(list(product(range(CATEGORIES), repeat=VARIABLES)))
        q = logits.softmax(-1)[torch.arange(VARIABLES), codes].prod(1)
        value = (q * self.log_px(F.one_hot(codes, CATEGORIES).float())).sum()
        return value.detach(), torch.autograd.grad(value, logits)[0]

    def estimates(self, how: str, tau: float, n: int, seed: int = 0) -> tuple[Tensor, Tensor]:
        """n independent estimates of both: (n,) and (n, variables, categories)."""
        rng = Draws("estimates", how, seed)
        logits = self.logits.expand(n, -1, -1).clone().requires_grad_()
        if how in (RELAXED, THROUGH):
            each = self.log_px(relaxed(logits, tau, rng, how == THROUGH))
            return each.detach(), torch.autograd.grad(each.sum(), logits)[0]
        z = symbols(logits.detach(), rng)
        each = self.log_px(z)
        against = self.exact()[0] if how == BASELINE else 0.0
        log_q = (z * logits.log_softmax(-1)).sum((1, 2))
        return each, torch.autograd.grad(((each - against) * log_q).sum(), logits)[0]


def draw(path: Path) -> Path:
    small = Small()
    value, slope = small.exact()
    length = slope.norm()
    found = {how: [small.estimates(how, tau, SAMPLES) for tau in TAUS] for how in (RELAXED, THROUGH)}
    measures: list[tuple[str, Callable[[Tensor, Tensor], float]]] = [
        ("bias of the bound, nats", lambda bound, _: float(bound.mean() - value)),
        ("bias of the gradient, share of its length", lambda _, each: float((each.mean(0) - slope).norm() / length)),
        ("spread of one gradient, share of its length", lambda _, each: float(each.var(0).sum().sqrt() / length)),
    ]
    figure, axes = plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
    for panel, (axis, (title, measure)) in enumerate(zip(axes, measures)):
        for how, style in ((RELAXED, "o-"), (THROUGH, "s--")):
            axis.plot(TAUS, [measure(*pair) for pair in found[how]], style, ms=4, label=how)
        if panel == 0:
            axis.axhline(0, color="0.5", lw=0.8)
        if panel == 2:
            for how, style in ((SCORE, ":"), (BASELINE, "-.")):
                axis.axhline(measure(*small.estimates(how, 1.0, SAMPLES)), color="0.3", ls=style, lw=1.2, label=how)
        axis.set_xscale("log", base=2)
        if panel:
            axis.set_yscale("log")
        axis.set(xlabel="temperature", title=title)
        axis.title.set_fontsize(9)
        axis.spines[["top", "right"]].set_visible(False)
    axes[2].legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=150)
    plt.close(figure)
    return path


if __name__ == "__main__":
    print(draw(Path(__file__).parent / "relaxation.png"))
