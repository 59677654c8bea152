"""Training of pythae's own networks by its trainer and by ours, in items a second of one processor thread.

    pip install pythae==0.1.2          (in an environment of its own: no other part of the library needs it)
    python benchmarks/pythae_speed.py [--rounds 5]

Same modules, same batch, same data, float32 on both sides; ours also in bfloat16. Both are timed over whole runs, a
short and a long one, whose difference leaves out what a run costs once. Rounds take turns; medians.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from collections.abc import Callable
from statistics import median
from time import process_time

import torch
from bars import bar, record
from pythae.data.datasets import BaseDataset
from pythae.models import VAE as PeerVAE
from pythae.models import VAEConfig
from pythae.models.nn.default_architectures import Decoder_AE_MLP, Encoder_VAE_MLP
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.core.trainable import Items, Recipe
from genwright.distributions.heads import Bernoulli
from genwright.families.latent.vae import VAE
from genwright.training import loop
from genwright.training.checkpoints import Store
from genwright.training.loop import train
from genwright.training.progress import Report

LATENTS, BATCH = 16, 100
SHORT, LONG = 2_000, 12_000  # items
SPEC, NONE = Spec((("picture", Ordered(2, shape=(1, 28, 28), axis="grid")),)), Spec(())
CONFIG = VAEConfig(input_dim=(1, 28, 28), latent_dim=LATENTS, reconstruction_loss="bce")


class Encoder(nn.Module):
    """pythae's, as ours are called."""

    def __init__(self):
        super().__init__()
        self.net = Encoder_VAE_MLP(CONFIG)

    def forward(self, x: Tensor, known: Tensor | None, given: Tensor) -> tuple[Tensor, Tensor]:
        out = self.net(x.float())
        return out.embedding.float(), out.log_covariance.float()


class Decoder(nn.Module):
    """pythae's without the sigmoid at its end, which our head has."""

    def __init__(self):
        super().__init__()
        layers = [layer for part in Decoder_AE_MLP(CONFIG).layers for layer in part]
        self.net = nn.Sequential(*(layer for layer in layers if not isinstance(layer, nn.Sigmoid)))

    def forward(self, z: Tensor, known_values: Tensor, known: Tensor | None, given: Tensor) -> Tensor:
        return self.net(z).view(-1, 1, 28, 28, 1)


def peer_vae(x: Tensor) -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = BaseTrainerConfig(
            output_dir=folder, num_epochs=1, per_device_train_batch_size=BATCH, learning_rate=1e-3, no_cuda=True
        )
        torch.manual_seed(0)
        BaseTrainer(PeerVAE(CONFIG), BaseDataset(x.float(), torch.zeros(len(x))), training_config=config).train()


def our_vae() -> Recipe:
    torch.manual_seed(0)
    return Recipe(VAE(SPEC, NONE, Encoder(), None, Decoder(), Bernoulli(), LATENTS, draws=1, warmup=0), batch=BATCH)


ROWS: dict[str, tuple[Callable[[Tensor], None], Callable[[], Recipe]]] = {"VAE": (peer_vae, our_vae)}


def ours(recipe: Recipe, x: Tensor, bf16: bool) -> None:
    """Our loop over as many items as x holds, without validation, as the peer's."""
    items = Items(x, torch.zeros(len(x), 0))
    config = {"seed": 0, "budget": {"items": len(x)}, "stages": []}
    by_rule, loop.choose_by_rule = loop.choose_by_rule, lambda *_: (1, bf16)
    try:
        train(recipe, items, items[:0], config, "run", Store(None), Report(False), 1e9)
    finally:
        loop.choose_by_rule = by_rule


def rate(run: Callable[[Tensor], None], x: Tensor) -> float:
    """Items a second of processor time."""
    seconds = []
    for count in (SHORT, LONG):
        began = process_time()
        run(x[:count])
        seconds.append(process_time() - began)
    return (LONG - SHORT) / (seconds[1] - seconds[0])


def products(run: Callable[[Tensor], None], x: Tensor) -> float:
    """Share of the time that is spent in products of matrices, which are the same on both sides: were the rest nothing,
    a trainer would be one over the other side's share as fast."""
    with profile(activities=[ProfilerActivity.CPU]) as found:
        run(x[:SHORT])
    times = {row.key: row.self_cpu_time_total for row in found.key_averages()}
    return (times["aten::mm"] + times["aten::addmm"]) / sum(times.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    logging.disable(logging.INFO)
    torch.set_num_threads(1)
    x = (Draws("pythae speed").uniform(LONG, 1, 28, 28) < 0.2).to(torch.uint8)
    bars, details = [], {}
    for name, (peer, recipe) in ROWS.items():
        runs = {"peer": peer} | {
            dtype: lambda x, bf16=dtype == "bfloat16": ours(recipe(), x, bf16) for dtype in ("float32", "bfloat16")
        }
        found = {side: [] for side in runs}
        for _ in range(options.rounds):
            for side, run in runs.items():
                found[side].append(rate(run, x))
        speeds = {side: median(values) for side, values in found.items()}
        shares = {side: round(products(runs[side], x), 3) for side in ("peer", "float32")}
        details[name] = {"items a second": speeds, "share in products of matrices": shares, "rounds": found}
        for dtype in ("float32", "bfloat16"):
            times = speeds[dtype] / speeds["peer"]
            what = f"{name} training, {dtype}: items a second over those of pythae 0.1.2's trainer on its own network"
            bars.append(bar("A2" if name == "VAE" else "A5", what, ">= 1.3", round(times, 2), times >= 1.3, "times"))
    record("pythae_speed", bars, details)


if __name__ == "__main__":
    main()
