"""EDM's equivariant network (a checkout of github.com/ehoogeboom/e3_diffusion_for_molecules, MIT licence) and ours."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.nn.functional import one_hot

from genwright.core.ragged import Ragged
from genwright.core.spec import Spec
from genwright.networks.equivariant.egnn import NoisyPoints

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
    places[mask.bool()] = x.x[:, 1:]
    features[mask.bool()] = F.pad(one_hot(x.x[:, 0].long(), kinds).float(), (0, 1), value=0.5)
    pairs = (mask[:, :, None] * mask[:, None] * (1 - torch.eye(most))).view(-1, 1)
    at = torch.arange(n)[:, None, None] * most
    rows = (at + torch.arange(most)[:, None]).expand(n, most, most).reshape(-1)
    columns = (at + torch.arange(most)).expand(n, most, most).reshape(-1)
    flat = mask.view(-1, 1)

    def loss():
        inputs = features.view(-1, kinds + 1), places.view(-1, 3), [rows, columns]
        h, moved = network(*inputs, node_mask=flat, edge_mask=pairs)
        return ((moved - places.view(-1, 3)) ** 2).sum() + (h**2).sum()

    return stepper(network, loss)


def ours(x: Ragged, spec: Spec, width: int, depth: int):
    network = NoisyPoints(spec, NOTHING, width, depth)
    t, given, known = torch.full((len(x),), 0.5), torch.zeros(len(x), 0), torch.zeros(len(x.x), dtype=torch.bool)

    def loss():
        moved, logits = network(x.x[:, 1:], x.x[:, 0].long(), t, given, known, x.ptr)
        return (moved**2).sum() + (logits**2).sum()

    return stepper(network, loss)


def stepper(network: torch.nn.Module, loss):
    optimizer = torch.optim.AdamW(network.parameters(), 1e-4)

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    return step
