"""Quality against processor seconds, ours and the peer that a person would take: docs/speed.md draws it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import cos, log, pi
from time import process_time

import numpy as np
import torch
import torch.nn.functional as F
from bars import Run, benchmark, plans
from common import Drawn, Result, moses_lines, suite_features
from peers.nanogpt import DEPTH, K, Peer, peer_loop
from tables import epochs_in, peer_trainer
from torch import nn

import genwright
from genwright.core.data import Data
from genwright.measure.metrics.distances import frechet
from genwright.measure.suites import images, tables

SETS = {  # name: family, peer, figure, processor seconds
    "digits": ("flow-matching", "diffusers", "Frechet distance", (10, 30)),
    "adult": ("autoregressive", "CTGAN", "ROC-AUC of trees that samples teach", (10, 30)),
    "tiny-shakespeare": ("autoregressive", "nanoGPT", "bits a character", (10, 30, 60)),
    "molecules of MOSES": ("autoregressive", "CharRNN of MOSES", "bits a symbol", (10, 30, 60)),
}
LINES = 20_000  # molecules of MOSES
PEAK, WARMUP = 1e-3, 0.02  # nanoGPT's rate, and the share of a training over which it grows
FRONTIER = plans(
    {
        (name, seconds): (f"{name}, about {seconds} s of a core: {figure}, {family} beside {peer}", figure, "shown",
                          {"data": name, "sides": ("ours", "peer")})
        for name, (family, peer, figure, at) in SETS.items() for seconds in at
    },
    system="speed", split="test", seeds=(0,), budget="processor seconds, one training each", minutes=1.0,
)  # fmt: skip


def timed(train: Callable) -> tuple[object, float]:
    began = process_time()
    return train(), process_time() - began


def judge_text(data: Data, nats: np.ndarray) -> float:
    return float(nats.mean() / data.domain.spec.shape[0] / log(2))


def nanogpt(data: Data, seconds: float) -> Callable[[torch.Tensor], np.ndarray]:
    """nanoGPT's recipe for a processor (4 layers of 128, 768 symbols a step), its rate down along a cosine. The
    function gives the nats of windows (n, T), whose first symbol costs what its share of the text says."""
    text = data.tensors("train").x.long().flatten()
    assert int(text.max()) < K
    torch.manual_seed(0)
    peer, began = Peer(128, 4), process_time()
    for name, weight in peer.named_parameters():  # as nanoGPT begins
        if weight.dim() > 1:
            nn.init.normal_(weight, std=0.02 / (2 * DEPTH) ** 0.5 if "c_proj" in name or ".mlp.2" in name else 0.02)
        elif name.endswith("bias"):
            nn.init.zeros_(weight)
    share = lambda: min((process_time() - began) / seconds, 1.0)
    rate = lambda: PEAK * min(1.0, share() / WARMUP) * (0.1 + 0.45 * (1 + cos(pi * share())))
    step = peer_loop(peer, lambda x, y: peer(x), text, rate, batch=6)
    while process_time() - began < seconds:
        step()
    first = (torch.bincount(text, minlength=K) + 1).log().log_softmax(0)

    def nats(x: torch.Tensor) -> np.ndarray:
        with torch.no_grad():
            rest = [
                F.cross_entropy(peer(part[:, :-1]).mT, part[:, 1:], reduction="none").sum(1) for part in x.split(64)
            ]
        return (torch.cat(rest) - first[x[:, 0]]).double().numpy()

    return nats


class CharRNN(nn.Module):
    """The symbols before (B, T) -> logits (B, T, k), with the sizes of MOSES' own settings."""

    def __init__(self, k: int):
        super().__init__()
        self.symbols, self.out = nn.Embedding(k, k), nn.Linear(768, k)
        self.lstm = nn.LSTM(k, 768, 3, batch_first=True, dropout=0.2)

    def forward(self, before: torch.Tensor) -> torch.Tensor:
        return self.out(self.lstm(self.symbols(before))[0])


def char_rnn(data: Data, seconds: float) -> Callable[[torch.Tensor], float]:
    """MOSES' CharRNN as its settings train it: Adam at 0.001, 64 lines a step. The function gives the nats of all
    lines (n, T) together, the ends among them."""
    leaf, lines = data.domain.leaf, data.tensors("train").x.long()
    torch.manual_seed(0)
    network, began = CharRNN(leaf.k).train(), process_time()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)

    def nats(x: torch.Tensor) -> torch.Tensor:
        x = x[:, : int((x != leaf.pad).sum(1).max())]
        before = F.pad(x[:, :-1], (1, 0), value=leaf.end)
        return F.cross_entropy(network(before).flatten(0, 1), x.flatten(), ignore_index=leaf.pad, reduction="sum")

    while process_time() - began < seconds:
        x = lines[torch.randint(len(lines), (64,))]
        (nats(x) / (x != leaf.pad).sum()).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 50.0)
        optimizer.step()
        optimizer.zero_grad()
    network.eval()

    @torch.no_grad()
    def judge(x: torch.Tensor) -> float:
        return sum(float(nats(part)) for part in x.split(256))

    return judge


def diffusers(pixels: torch.Tensor, seconds: float, batch: int = 16, lr: float = 1e-3) -> Callable[[int], np.ndarray]:
    """diffusers' U-Net, trained and sampled as in its tutorial. pixels: (n, 1, H, W) from -1 to 1."""
    from diffusers import DDIMScheduler, DDPMScheduler, UNet2DModel

    torch.manual_seed(0)
    side = pixels.shape[-1]
    blocks = dict(down_block_types=("DownBlock2D",) * 2, up_block_types=("UpBlock2D",) * 2)
    sizes = dict(sample_size=side, in_channels=1, out_channels=1, block_out_channels=(32, 64), norm_num_groups=8)
    network, noising = UNet2DModel(layers_per_block=2, **sizes, **blocks), DDPMScheduler(1_000)
    optimizer, began = torch.optim.AdamW(network.parameters(), lr=lr), process_time()
    while (spent := process_time() - began) < seconds:
        for group in optimizer.param_groups:
            group["lr"] = lr * min(1.0, spent / seconds / WARMUP) * 0.5 * (1 + cos(pi * spent / seconds))
        x = pixels[torch.randint(len(pixels), (batch,))]
        noise, t = torch.randn_like(x), torch.randint(1_000, (batch,))
        loss = F.mse_loss(network(noising.add_noise(x, noise, t), t).sample, noise)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    def draw(n: int) -> np.ndarray:
        steps = DDIMScheduler(1_000)
        steps.set_timesteps(50)
        x = torch.randn(n, *pixels.shape[1:])
        with torch.no_grad():
            for t in steps.timesteps:
                x = steps.step(network(x, t).sample, t, x).prev_sample
        return x.clamp(-1, 1).numpy()

    return draw


def digits(data: Data, seconds: float, ours: bool) -> tuple[float, float]:
    """(figure, processor seconds of training), as of the functions below."""
    suite, top, n = images.Suite(data), data.domain.spec.leaf.levels - 1, len(data.train) + len(data.valid)
    if ours:
        model, spent = timed(lambda: genwright.fit(data, SETS["digits"][0], minutes=seconds / 60, progress=False))
        drawn = np.asarray(model.sample(n, seed=0))
    else:
        x = data.tensors("train").x.float() / top * 2 - 1
        draw, spent = timed(lambda: diffusers(x, seconds))
        drawn = ((draw(n).transpose(0, 2, 3, 1) + 1) / 2 * top).round().astype(np.uint8)
    return float(frechet(suite.features(suite.test), suite_features(suite, drawn))), spent


@cache
def ctgan() -> tuple[Callable, tuple, tuple]:
    """CTGAN's trainer, and what it gives after one epoch and after three."""
    trained = peer_trainer("CTGAN", genwright.load_data("adult"), 0)
    return trained, trained(1), trained(3)


def adult(data: Data, seconds: float, ours: bool) -> tuple[float, float]:
    """CTGAN counts epochs: as many as fit, one at least."""
    suite = tables.Suite(data)
    if ours:
        model, spent = timed(lambda: genwright.fit(data, SETS["adult"][0], minutes=seconds / 60, progress=False))
        draw = model.sample
    else:
        trained, one, three = ctgan()
        epochs = epochs_in(seconds, one[1], three[1])
        draw, spent = one if epochs == 1 else trained(epochs)
    return suite.measure(Drawn(draw(len(data.train))), only=["tstr"]).metrics["tstr"].value, spent


def shakespeare(data: Data, seconds: float, ours: bool) -> tuple[float, float]:
    if ours:
        family = SETS["tiny-shakespeare"][0]
        model, spent = timed(lambda: genwright.fit(data, family, minutes=seconds / 60, progress=False))
        return judge_text(data, -model.log_prob(data.test, seed=0).nats), spent
    nats, spent = timed(lambda: nanogpt(data, seconds))
    return judge_text(data, nats(data.tensors("test").x.long())), spent


def molecules(data: Data, seconds: float, ours: bool) -> tuple[float, float]:
    x = data.tensors("test").x.long()
    if ours:
        family = SETS["molecules of MOSES"][0]
        model, spent = timed(lambda: genwright.fit(data, family, minutes=seconds / 60, progress=False))
        nats = -float(np.sum(model.log_prob(data.test, seed=0).nats))
    else:
        judge, spent = timed(lambda: char_rnn(data, seconds))
        nats = judge(x)
    return nats / int((x != data.domain.leaf.pad).sum()) / log(2), spent


MEASURES = {"digits": digits, "adult": adult, "tiny-shakespeare": shakespeare, "molecules of MOSES": molecules}


@benchmark(peer="frontier", plans=("FRONTIER",), tiny={"share": 0.02})
def frontier(run: Run, share: float = 1.0) -> Result:
    """Quality against processor seconds: autoregressive beside nanoGPT's network and loop on tiny-shakespeare,
    flow matching beside diffusers on digits, autoregressive beside CTGAN on Adult and beside MOSES' CharRNN on
    20,000 of its molecules.

    One thread, a training for each figure. Processor seconds are those of the whole call that trains. share: of the
    seconds.
    """
    torch.set_num_threads(1)
    rows, curves = [], {}
    for name, (family, peer, figure, at) in SETS.items():
        lines = name == "molecules of MOSES"
        data = genwright.load_data(moses_lines(n=LINES), kind="molecules") if lines else genwright.load_data(name)
        measure, points = MEASURES[name], {"ours": [], "peer": []}
        for seconds in at:
            for side in points:
                found = run.kept(f"{name}-{seconds}-{side}", lambda: measure(data, seconds * share, side == "ours"))
                points[side].append({"seconds": found[1], "figure": found[0]})
            now = {side: each[-1]["figure"] for side, each in points.items()}
            rows.append(FRONTIER[name, seconds].row(now["ours"], **now))
        curves[name] = {"figure": figure, family: points["ours"], peer: points["peer"]}
    return rows, {"curves": curves}
