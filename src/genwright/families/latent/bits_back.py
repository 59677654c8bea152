"""Bits-back coding with a latent (Hinton & van Camp 1993; Townsend 2019, BB-ANS).

    write x:  z is drawn from q(z | x) by bits that are there; x goes by p(x | z), z by p(z)
    read x:   z comes back by p(z), x by p(x | z), and q(z | x) gives the bits back that drew z

so that x costs log q(z | x) - log p(x | z) - log p(z) nats: the bound with one draw of z. A latent is one of the cells
that are alike under p(z) = N(0, 1), as many as its q needs to be told from one cell to the next.
"""

from math import ceil, log2

import torch
import torch.nn.functional as F
from torch import Tensor

from ...core.draws import Draws
from ...core.entropy_coder import Reader, Stack, Writer
from ...core.errors import not_finite

WIDTH_SAMPLES = 64  # draws of the model by which the width of q is judged
FINE = 18.5  # cells of a latent whose q is N(., 1): the cell at z = 2 is then as wide as it
SINGLE_ITEMS = 64  # items are coded one by one to begin with, so that few bits must be there before any are written
GROUP_BITS = 1024  # bits at once, about, after these
MIN_CELLS, MAX_CELLS = 16, 1 << 14  # cells


class BitsBack:
    """vae: with an encoder, `coded`, and `latents`, whose prior is N(0, I) where nothing is known."""

    def __init__(self, vae):
        self.vae, given = vae, torch.full((WIDTH_SAMPLES, vae.given.width), torch.nan)
        items = vae.sample(WIDTH_SAMPLES, given, Draws("cells of the latents"))
        wide = (0.5 * vae.encoder(items, None, given)[1]).exp().mean(0)
        if not wide.isfinite().all():
            raise not_finite("the latents of the model are")
        self.cells = [min(MAX_CELLS, max(MIN_CELLS, 1 << ceil(log2(FINE / sd)))) for sd in wide.clamp(1e-9, 1).tolist()]
        # latents of a whole block are drawn before any of its items gives bits back
        self.sizes = (1,) * SINGLE_ITEMS + (max(1, min(WIDTH_SAMPLES, GROUP_BITS // int(sum(map(log2, self.cells))))),)

    def compress(self, x: Tensor, given: Tensor, stack: Stack) -> None:
        masses = self._masses(x, given)
        cells = torch.stack([stack.pop(each) for each in masses], 1)
        with Writer(stack) as writer:
            self.vae.coded(self._middles(cells), given, writer, x.float())
        stack.push_even(cells.flatten(), self._counts(len(x)))

    def decompress(self, given: Tensor, stack: Stack) -> Tensor:
        cells = stack.pop_even(self._counts(len(given))).view(len(given), -1)
        x = self.vae.coded(self._middles(cells), given, Reader(stack), None)
        for cell, masses in reversed(list(zip(cells.unbind(1), self._masses(x, given)))):
            stack.push(cell, masses)
        return x

    def _counts(self, n: int) -> Tensor:
        return torch.tensor(self.cells).repeat(n)

    def _masses(self, x: Tensor, given: Tensor) -> list[Tensor]:
        """Masses of the cells of each latent under q(z | x): (B, cells)."""
        mean, log_var = (each.double() for each in self.vae.encoder(x, None, given))
        return [
            _cell_masses(m[:, None], (0.5 * v).exp()[:, None], count)
            for m, v, count in zip(mean.unbind(1), log_var.unbind(1), self.cells)
        ]

    def _middles(self, cells: Tensor) -> Tensor:
        """z in the middle of its cell, by mass: (B, latents)."""
        return torch.special.ndtri((cells.double() + 0.5) / torch.tensor(self.cells)).float()


def _cell_masses(mean: Tensor, sd: Tensor, count: int) -> Tensor:
    """Masses under N(mean, sd^2) of `count` cells that have equal mass under N(0, 1): (B, 1) each -> (B, count)."""
    edges = torch.special.ndtri(torch.arange(1, count, dtype=torch.float64) / count)
    below = torch.special.ndtr((edges - mean) / sd)
    return F.pad(F.pad(below, (1, 0)), (0, 1), value=1.0).diff(dim=1)
