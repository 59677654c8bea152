"""nflows' neural spline flows (Durkan 2019: five layers, eight bins, 64 units), autoregressive and of couplings."""

from __future__ import annotations

import torch
from nflows.distributions.normal import StandardNormal
from nflows.flows.base import Flow
from nflows.nn.nets import ResidualNet
from nflows.transforms.autoregressive import MaskedPiecewiseRationalQuadraticAutoregressiveTransform as Spline
from nflows.transforms.base import CompositeTransform
from nflows.transforms.coupling import PiecewiseRationalQuadraticCouplingTransform as Coupling
from nflows.transforms.permutations import RandomPermutation

LAYERS, BINS, UNITS, REACH = 5, 8, 64, 5.0


def spline_flow(columns: int) -> Flow:
    layers = []
    for _ in range(LAYERS):
        spline = Spline(columns, UNITS, num_bins=BINS, tails="linear", tail_bound=REACH, num_blocks=2)
        layers += [RandomPermutation(columns), spline]
    return Flow(CompositeTransform(layers), StandardNormal([columns])).eval()


def coupling_flow(columns: int) -> Flow:
    layers = []
    network = lambda inputs, outputs: ResidualNet(inputs, outputs, UNITS, num_blocks=2)
    for _ in range(LAYERS):
        spline = Coupling(torch.arange(columns) % 2, network, num_bins=BINS, tails="linear", tail_bound=REACH)
        layers += [RandomPermutation(columns), spline]
    return Flow(CompositeTransform(layers), StandardNormal([columns])).eval()
