"""A training step of the equivariant network beside that of EDM's code, on the same molecules.

    git clone https://github.com/ehoogeboom/e3_diffusion_for_molecules EDM
    GENWRIGHT_DATA=FOLDER python benchmarks/egnn_speed.py --edm EDM [--rounds 9]

One thread, processor time, in turns, medians. Both predict the noise of positions and kinds of 64 molecules of QM7 at
once, by networks of the same width and depth, float32: theirs (MIT licence) over all pairs of a padded batch with a
mask, with attention and one sublayer, as its published settings for QM9 say; ours over the pairs that there are. A step
is forward, a squared error, backward, and AdamW.
"""

from __future__ import annotations

import argparse
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from statistics import median
from time import process_time

import torch
from bars import bar, record
from torch.nn.functional import one_hot

import genwright
from genwright.core.ragged import Ragged
from genwright.core.spec import Spec
from genwright.networks.equivariant.noisy_points import NoisyPoints

BATCH, SIZES = 64, ((64, 4), (128, 6))  # molecules, and (width, depth)
STEPS = 4  # a turn
NOTHING = Spec(())


def theirs(path: Path, x: Ragged, kinds: int, width: int, depth: int):
    """What a step of theirs is."""
    spec = spec_from_file_location("edm_egnn", path / "egnn" / "egnn_new.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    network = module.EGNN(
        kinds + 1, 1, width, n_layers=depth, attention=True, tanh=True, inv_sublayers=1, normalization_factor=1,
        out_node_nf=kinds,
    )  # fmt: skip
    most, n = int(x.sizes.max()), len(x)
    mask = (torch.arange(most) < x.sizes[:, None]).float()
    places, features = torch.zeros(n, most, 3), torch.zeros(n, most, kinds + 1)
    places[mask.bool()], features[mask.bool()] = (
        x.x[:, 1:],
        torch.cat([one_hot(x.x[:, 0].long(), kinds).float(), torch.full((len(x.x), 1), 0.5)], 1),
    )
    pairs = (mask[:, :, None] * mask[:, None] * (1 - torch.eye(most))).view(-1, 1)
    at = torch.arange(n)[:, None, None] * most
    rows = (at + torch.arange(most)[:, None]).expand(n, most, most).reshape(-1)
    columns = (at + torch.arange(most)).expand(n, most, most).reshape(-1)
    flat = mask.view(-1, 1)

    def loss():
        h, moved = network(
            features.view(-1, kinds + 1), places.view(-1, 3), [rows, columns], node_mask=flat, edge_mask=pairs
        )
        return ((moved - places.view(-1, 3)) ** 2).sum() + (h**2).sum()

    return _step(network, loss)


def ours(x: Ragged, spec: Spec, width: int, depth: int):
    network = NoisyPoints(spec, NOTHING, width, depth)
    t, given, known = torch.full((len(x),), 0.5), torch.zeros(len(x), 0), torch.zeros(len(x.x), dtype=torch.bool)

    def loss():
        moved, logits = network(x.x[:, 1:], x.x[:, 0].long(), t, given, known, x.ptr)
        return (moved**2).sum() + (logits**2).sum()

    return _step(network, loss)


def _step(network: torch.nn.Module, loss):
    optimizer = torch.optim.AdamW(network.parameters(), 1e-4)

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    return step


def seconds(step) -> float:
    began = process_time()
    for _ in range(STEPS):
        step()
    return (process_time() - began) / STEPS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edm", type=Path, required=True, help="a checkout of EDM's code")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    data = genwright.load_data("qm7")
    x, _ = data.domain.encode(data.train[:BATCH])
    bars, details = [], {}
    for width, depth in SIZES:
        steps = theirs(options.edm, x, len(data.domain.symbols), width, depth), ours(x, data.domain.spec, width, depth)
        for step in steps:
            step()
        turns = [[seconds(step) for step in steps] for _ in range(options.rounds)]
        ratio = median(a / b for a, b in turns)
        details[f"{width} x {depth}"] = {"theirs": [a for a, _ in turns], "ours": [b for _, b in turns]}
        what = f"a training step, {width} wide, {depth} deep, {BATCH} molecules of QM7: time of EDM's code over ours"
        bars.append(bar("J2", what, ">= 1.3", round(ratio, 2), ratio >= 1.3, "times"))
    record("egnn_speed", bars, details)


if __name__ == "__main__":
    main()
