"""Cached against naive sampling of a gated PixelCNN, 28 x 28: equal parameters of every pixel, and how much faster.

    python benchmarks/cached_sampling.py

The naive way is one full pass a pixel: its time is that of a pass, the median of a few, times 784. Times are the
processor's.
"""

from __future__ import annotations

from time import process_time

import torch
from bars import bar, record

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.distributions.heads import Categorical
from genwright.families.autoregressive.autoregressive import Autoregressive
from genwright.networks.masked_conv import GatedPixelCNN
from genwright.studies.measures import largest_difference, seconds

SIDE = 28
BARS = {1: 50, 16: 300}  # batch size: times faster
EQUAL = 1e-5


def network(spec: Spec, given: Spec, outputs: int) -> GatedPixelCNN:
    """0.8 M parameters in ten gated layers, every one of them away from zero."""
    torch.manual_seed(0)
    return GatedPixelCNN(spec, given, outputs, width=56, depth=10).eval()


@torch.no_grad()
def main() -> None:
    torch.set_num_threads(1)  # so that the processor's time is comparable
    spec, given = Spec((("picture", Ordered(256, shape=(1, SIDE, SIDE))),)), Spec(())
    head = Categorical(256)
    net = network(spec, given, head.size)
    family = Autoregressive(spec, given, net, head).eval()
    x = Draws("pictures").integers(256, (4, 1, SIDE, SIDE)).float()
    difference = largest_difference(net, x, torch.zeros(4, 0))
    met = difference <= EQUAL
    rows = [bar("D1", "cached against naive parameters, largest difference", f"<= {EQUAL:g}", difference, met)]
    details = {"parameters": sum(p.numel() for p in net.parameters())}
    for batch in (1, 16, 64):
        nothing, x = torch.zeros(batch, 0), torch.zeros(batch, 1, SIDE, SIDE)
        one_pixel = seconds(
            lambda: head.sample(net(x, nothing)[:, 0, 0, 0], Draws(0)), 9 if batch == 1 else 3, process_time
        )
        naive = SIDE**2 * one_pixel
        cached = seconds(lambda: family.sample(batch, nothing, Draws(0)), 3, process_time)
        details[f"batch {batch}"] = {"naive seconds": naive, "cached seconds": cached}
        if batch in BARS:
            ratio, wanted = round(naive / cached, 1), BARS[batch]
            rows.append(bar("D1", f"cached sampling, batch {batch}", f">= {wanted}x", ratio, ratio >= wanted, "times"))
    record("cached_sampling", rows, details)


if __name__ == "__main__":
    main()
