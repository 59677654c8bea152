"""pythae's networks and trainer beside our loop: VAE and VQ-VAE of the same modules, batch and data."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from time import process_time

import torch
from pythae.data.datasets import BaseDataset
from pythae.models import VAE as PeerVAE
from pythae.models import VQVAE, VAEConfig, VQVAEConfig
from pythae.models.nn.default_architectures import Decoder_AE_MLP, Encoder_AE_MLP, Encoder_VAE_MLP
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from torch import Tensor, nn

from genwright.core.draws import Draws
from genwright.core.family import Family
from genwright.core.recipe import Recipe
from genwright.core.spec import Ordered, Spec
from genwright.core.trainable import Batch, Items
from genwright.distributions.heads import Bernoulli
from genwright.families.latent.vae import VAE
from genwright.families.two_stage.quantized import VQCodec
from genwright.families.two_stage.vector_quantisers import Codebook
from genwright.training import loop
from genwright.training.checkpoints import Store
from genwright.training.loop import train
from genwright.training.progress import Report

LATENTS, BATCH, ENTRIES, WIDTH = 16, 100, 512, 16
SHORT, LONG = 2_000, 12_000  # items
SPEC, NONE = Spec((("picture", Ordered(2, shape=(1, 28, 28), axis="grid")),)), Spec(())
CONFIG = VAEConfig(input_dim=(1, 28, 28), latent_dim=LATENTS, reconstruction_loss="bce")
VQ_CONFIG = VQVAEConfig(input_dim=(1, 28, 28), latent_dim=WIDTH, num_embeddings=ENTRIES, use_ema=True)


class Called(nn.Module):
    """A network of pythae, called as ours are: call(network, *inputs)."""

    def __init__(self, network: nn.Module, call: Callable):
        super().__init__()
        self.network, self.call = network, call

    def forward(self, *inputs: Tensor | None):
        return self.call(self.network, *inputs)


class Squares(nn.Module):
    """pythae's loss of a reconstruction as a head: a Gaussian of variance 1/2, but for a constant."""

    def log_prob(self, params: Tensor, x: Tensor) -> Tensor:
        return -((x - params[..., 0]) ** 2)


class Codec(Family):
    """The first stage alone."""

    def __init__(self, codec: VQCodec):
        super().__init__(SPEC, NONE)
        self.codec = codec

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        return self.codec.loss(batch)


def theirs(model, x: Tensor) -> None:
    """Their trainer over as many items as x holds."""
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder:
        config = BaseTrainerConfig(
            output_dir=folder, num_epochs=1, per_device_train_batch_size=BATCH, learning_rate=1e-3, no_cuda=True
        )
        BaseTrainer(model, BaseDataset(x.float(), torch.zeros(len(x))), training_config=config).train()


def our_vae() -> Recipe:
    def encode(network: nn.Module, x: Tensor, known: Tensor | None, given: Tensor) -> tuple[Tensor, Tensor]:
        out = network(x.float())
        return out.embedding.float(), out.log_covariance.float()

    layers = [layer for part in Decoder_AE_MLP(CONFIG).layers for layer in part]
    logits = nn.Sequential(*(layer for layer in layers if not isinstance(layer, nn.Sigmoid)))  # which our head has
    decoder = Called(logits, lambda network, z, *_: network(z).view(-1, 1, 28, 28, 1))
    encoder = Called(Encoder_VAE_MLP(CONFIG), encode)
    return Recipe(VAE(SPEC, NONE, encoder, None, decoder, Bernoulli(), LATENTS, draws=1, warmup=0), batch=BATCH)


def our_codec() -> Recipe:
    encoder = Called(Encoder_AE_MLP(VQ_CONFIG), lambda network, x: network(x.float()).embedding[:, :, None, None])
    decoder = Called(Decoder_AE_MLP(VQ_CONFIG), lambda network, q: network(q.flatten(1)).reconstruction[..., None])
    codec = VQCodec(encoder, decoder, Squares(), Codebook(ENTRIES, WIDTH), (1, 1), 0.25)
    return Recipe(Codec(codec), batch=BATCH)


MODELS = {"VAE": (lambda: PeerVAE(CONFIG), our_vae), "VQ-VAE": (lambda: VQVAE(VQ_CONFIG), our_codec)}


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
        torch.manual_seed(0)
        began = process_time()
        run(x[:count])
        seconds.append(process_time() - began)
    return (LONG - SHORT) / (seconds[1] - seconds[0])


def sides(name: str) -> dict[str, Callable[[Tensor], None]]:
    """{side: a run over the items of x}."""
    peer, recipe = MODELS[name]

    return {
        "peer": lambda x: theirs(peer(), x),
        "float32": lambda x: ours(recipe(), x, False),
        "bfloat16": lambda x: ours(recipe(), x, True),
    }


def items_a_second(name: str, rounds: int) -> dict[str, list[float]]:
    """{side: items a second of processor time in each round}, the sides in turns."""
    x = (Draws("pythae speed").uniform(LONG, 1, 28, 28) < 0.2).to(torch.uint8)
    turns = [{side: rate(run, x) for side, run in sides(name).items()} for _ in range(rounds)]
    return {side: [turn[side] for turn in turns] for side in turns[0]}
