"""Training of pythae's VQ-VAE (its default network, its moving averages) by its trainer and by ours, as `pythae_speed`
has it of the VAE.

    pip install pythae==0.1.2          (in an environment of its own: no other part of the library needs it)
    python benchmarks/pythae_codec_speed.py [--rounds 5]
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from statistics import median

import torch
from bars import bar, record
from pythae.data.datasets import BaseDataset
from pythae.models import VQVAE, VQVAEConfig
from pythae.models.nn.default_architectures import Decoder_AE_MLP, Encoder_AE_MLP
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from pythae_speed import BATCH, LONG, NONE, SPEC, ours, rate
from torch import Tensor, nn

from genwright.core.draws import Draws
from genwright.core.family import Family
from genwright.core.trainable import Batch, Recipe
from genwright.families.two_stage.quantisers.nearest import Codebook
from genwright.families.two_stage.quantized import VQCodec

ENTRIES, WIDTH = 512, 16
CONFIG = VQVAEConfig(input_dim=(1, 28, 28), latent_dim=WIDTH, num_embeddings=ENTRIES, use_ema=True)


class Squares(nn.Module):
    """pythae's loss of a reconstruction as a head: a Gaussian of variance 1/2, but for a constant."""

    def log_prob(self, params: Tensor, x: Tensor) -> Tensor:
        return -((x - params[..., 0]) ** 2)


class Encoder(nn.Module):
    """pythae's, as ours are called: a code a picture."""

    def __init__(self):
        super().__init__()
        self.net = Encoder_AE_MLP(CONFIG)

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x.float()).embedding[:, :, None, None]


class Decoder(nn.Module):
    """pythae's, as ours are called."""

    def __init__(self):
        super().__init__()
        self.net = Decoder_AE_MLP(CONFIG)

    def forward(self, q: Tensor) -> Tensor:
        return self.net(q.flatten(1)).reconstruction[..., None]


class Codec(Family):
    """The first stage alone."""

    def __init__(self, codec: VQCodec):
        super().__init__(SPEC, NONE)
        self.codec = codec

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        return self.codec.loss(batch)


def peer(x: Tensor) -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = BaseTrainerConfig(
            output_dir=folder, num_epochs=1, per_device_train_batch_size=BATCH, learning_rate=1e-3, no_cuda=True
        )
        torch.manual_seed(0)
        BaseTrainer(VQVAE(CONFIG), BaseDataset(x.float(), torch.zeros(len(x))), training_config=config).train()


def our_codec() -> Recipe:
    torch.manual_seed(0)
    codec = VQCodec(Encoder(), Decoder(), Squares(), Codebook(ENTRIES, WIDTH), (1, 1), 0.25)
    return Recipe(Codec(codec), batch=BATCH)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    logging.disable(logging.INFO)
    torch.set_num_threads(1)
    x = (Draws("pythae speed").uniform(LONG, 1, 28, 28) < 0.2).to(torch.uint8)
    runs = {"peer": peer} | {
        dtype: lambda x, bf16=dtype == "bfloat16": ours(our_codec(), x, bf16) for dtype in ("float32", "bfloat16")
    }
    found = {side: [] for side in runs}
    for _ in range(options.rounds):
        for side, run in runs.items():
            found[side].append(rate(run, x))
    speeds, bars = {side: median(values) for side, values in found.items()}, []
    for dtype in ("float32", "bfloat16"):
        times = speeds[dtype] / speeds["peer"]
        what = f"VQ-VAE training, {dtype}: items a second over those of pythae 0.1.2's trainer on its own network"
        bars.append(bar("A5", what, ">= 1.3", round(times, 2), times >= 1.3, "times"))
    record("pythae_codec_speed", bars, {"items a second": speeds, "rounds": found})


if __name__ == "__main__":
    main()
