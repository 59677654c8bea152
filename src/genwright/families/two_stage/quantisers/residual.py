"""Residual quantisation (Gray 1984; Zeghidour 2021; Lee 2022): several codebooks in turn, each of what the ones before
it leave.

    r_1 = z,  q_i = nearest entry of book i to r_i,  r_(i+1) = r_i - sg(q_i),  q = sum_i q_i
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ....core.draws import Draws
from .gradients import straight_through
from .nearest import Codebook


class Residual(nn.Module):
    """books: how many, of `entries` entries each."""

    def __init__(self, books: int, entries: int, width: int, passed: Callable = straight_through):
        super().__init__()
        self.books, self.entries, self.width, self.passed = books, entries, width, passed
        self.each = nn.ModuleList(Codebook(entries, width) for _ in range(books))

    def forward(self, z: Tensor, rng: Draws) -> tuple[Tensor, Tensor, Tensor]:
        left, total, codes, cost = z, torch.zeros_like(z), [], z.new_zeros(z.shape[:-1])
        for book in self.each:
            q, chosen, away = book(left, rng)
            left, total, cost = left - q.detach(), total + q.detach(), cost + away
            codes.append(chosen)
        return self.passed(z, total), torch.cat(codes, -1), cost

    def encode(self, z: Tensor) -> Tensor:
        codes = []
        for book in self.each:
            codes.append(book.encode(z))
            z = z - book.decode(codes[-1])
        return torch.cat(codes, -1)

    def decode(self, codes: Tensor) -> Tensor:
        return sum(book.decode(codes[..., i : i + 1]) for i, book in enumerate(self.each))
