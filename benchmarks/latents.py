"""What a VAE's codes lose and how it is won back: q refined item by item, and a prior fitted to the codes.

    python benchmarks/latents.py [--items 10000000] [--out runs/latents-binarised]

Trains the dense VAE on binarised MNIST (on two cores four minutes), once with all that is measured here: the prior is
fitted after the last step and changes no weight. Writes results/latents.json.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from bars import bar, record
from torch import Tensor

import genwright
from genwright.core.draws import Draws
from genwright.distributions.normal import kl_to_standard, log_density_by_variance
from genwright.evaluation.feature_net import load_features
from genwright.evaluation.metrics.frechet import frechet
from genwright.studies.bounds import amortisation_gap

REFINED = 300  # test pictures
DRAWN = 5_000  # samples, and test pictures that they are measured against
ACTIVE = 0.01  # variance of a latent's mean over pictures (Burda 2016, section 5.2)


@torch.no_grad()
def codes(family, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """mean, log variance and a draw of q of each picture: (n, latents) each."""
    mean, log_var = (torch.cat(parts) for parts in zip(*(family.encoder(p, None, nothing(p)) for p in x.split(500))))
    return mean, log_var, mean + (0.5 * log_var).exp() * Draws("codes").normal(mean.shape)


def nothing(x: Tensor) -> Tensor:
    return x.new_zeros(len(x), 0, dtype=torch.float32)


@torch.no_grad()
def pictures(family, z: Tensor) -> Tensor:
    shown = [
        family.decoder(part, part.new_zeros(len(part), *family.spec.shape), None, nothing(part))
        for part in z.split(500)
    ]
    return family.head.sample(torch.cat(shown), Draws("pictures"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=10_000_000)
    parser.add_argument("--out", type=Path, default=Path("runs/latents-binarised"))
    options = parser.parse_args()
    data = genwright.load_data("binarised-mnist")
    numbers = {"fitted_prior": True, "kl_warmup": options.items // 10}
    model = genwright.fit(data, "vae", preset="dense", hyperparameters=numbers, items=options.items, out=options.out)
    family, test = model.family, data.tensors("test").x

    gap = amortisation_gap(model, data.test[:REFINED])
    won = (gap.refined - gap.encoder).to_numpy()

    mean, log_var, z = codes(family, test)
    told = nothing(z)
    log_m = family.density.log_likelihood(z, told, Draws(0))[0]
    log_p = log_density_by_variance(z, torch.zeros_like(z), torch.zeros_like(z))
    gained = (log_m - log_p).double().numpy()  # of the bound; at most KL(aggregated posterior || prior)

    features = load_features(1)
    real = features(test[:DRAWN].float())
    empty = torch.zeros(DRAWN, 0)
    draws = {
        "normal": Draws("normal").normal(DRAWN, z.shape[1]),
        "fitted": family.density.sample(DRAWN, empty, Draws("fitted")),
    }
    distance = {name: frechet(features(pictures(family, drawn)), real) for name, drawn in draws.items()}
    distance["test pictures"] = frechet(features(test[DRAWN:].float()), real)
    distance["of reconstructions"] = frechet(features(pictures(family, z[:DRAWN])), real)
    active = int((mean.var(0) > ACTIVE).sum())
    se = lambda each: float(each.std(ddof=1) / len(each) ** 0.5)
    nearer = 1 - distance["fitted"] / distance["normal"]
    record(
        "latents",
        [
            bar("A2", f"nats that refining q item by item wins, {REFINED} test pictures of binarised MNIST",
                "> 0 by 2 SE", round(float(won.mean()), 3), won.mean() > 2 * se(won), "nats", round(se(won), 3)),
            bar("A2", "nats that a prior fitted to the codes wins on test pictures", "> 0 by 2 SE",
                round(float(gained.mean()), 3), gained.mean() > 2 * se(gained), "nats", round(se(gained), 3)),
            bar("A2", "Frechet distance of samples by the fitted prior below that by N(0, I)", "> 0%",
                f"{nearer:.0%}", nearer > 0),
        ],
        {
            "items": options.items,
            "bound": {"encoder": float(gap.encoder.mean()), "refined": float(gap.refined.mean())},
            "kl": float(kl_to_standard(mean, log_var).sum(1).mean()),
            "active units": active,
            "frechet": distance,
            "moments": {"mean of |mean|": float(z.mean(0).abs().mean()), "sd": np.round(z.std(0).numpy(), 3).tolist()},
        },
    )  # fmt: skip


if __name__ == "__main__":
    main()
