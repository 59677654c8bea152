"""Draws docs/gan-losses.png: what each generator pays for a sample, against the discriminator's score of it.

python docs/draw_losses.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import torch
from matplotlib import pyplot as plt

from genwright.families.adversarial.gan_losses import LOSSES

STYLES = (
    "-",
    "--",
    "-.",
    ":",
    (0, (5, 1)),
    (0, (3, 1, 1, 1)),
    (0, (1, 1)),
    (0, (5, 4)),
)  # told apart without colour too


def draw(path: Path) -> Path:
    """The losses of a pair whose real item scores 0, less their value at score 0."""
    scores, real = torch.linspace(-5, 5, 201), torch.zeros(1)
    loss = lambda rule, score: float(rule.generator(real, score[None]))
    figure, axes = plt.subplots(figsize=(6.4, 4), layout="constrained")
    for (name, rule), style in zip(LOSSES.items(), STYLES, strict=True):
        axes.plot(scores, [loss(rule, s) - loss(rule, real[0]) for s in scores], ls=style, lw=1.8, label=name)
    axes.set(
        xlabel="D(G(z)), high where the sample passes for real",
        ylabel="the generator's loss, 0 at D(G(z)) = 0",
        ylim=(-5, 6),
    )
    axes.axvline(0, color="0.8", lw=0.8, zorder=0)
    axes.legend(frameon=False, fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)
    return path


if __name__ == "__main__":
    print(draw(Path(__file__).parent / "gan-losses.png"))
