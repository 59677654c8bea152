"""Quantisers: vectors at the places of a grid, each taken to one of finitely many, and the codes that say which.

They are interchangeable parts of a codec. One has

    width, entries, books                 D numbers of a vector; K values of a code; how many codes a vector has
    quantiser(z, rng) -> q, codes, cost   of vectors z (..., D): what they are taken to, (..., D), with a gradient to z;
                                          (..., books) int64; (...,) what z is to pay for staying away from q
    encode(z) -> codes, decode(codes) -> q

In training mode a call may move entries of a codebook, by random numbers of `rng`; what moves is a buffer.

The nearest entry of a codebook (van den Oord 2017), whose entries are running averages (its appendix A.1).

    k = argmin_j |z - c_j|^2,  q = c_k,  cost |z - sg(q)|^2
    c_j = sums_j / counts_j, running averages of the z that chose j

An entry that hardly anything chooses is put where a vector of the batch is, so that the codebook stays in use (Razavi
2019; Lancucki 2020).

Residual quantisation (Gray 1984; Zeghidour 2021; Lee 2022): several codebooks in turn, each of what the ones before
it leave.

    r_1 = z,  q_i = nearest entry of book i to r_i,  r_(i+1) = r_i - sg(q_i),  q = sum_i q_i

Finite scalar quantisation (Mentzer 2023, arXiv 2309.15505): each of a few numbers rounded to one of a few levels.

    z_i = tanh(z_i + shift_i) reach_i - offset_i  in (-L_i / 2, L_i / 2),  q_i = round(z_i) / floor(L_i / 2)

All combinations of levels are the codebook: nothing is learned of it, so nothing collapses, and nothing is to pay.
"""

from collections.abc import Callable
from math import prod

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.shares import share

TINY = 1e-6


def straight_through(z: Tensor, q: Tensor) -> Tensor:
    """Returns q with a gradient that passes straight to z (Bengio 2013): q = z + const."""
    return z + (q - z).detach()


def rotate_gradient(z: Tensor, q: Tensor) -> Tensor:
    """Returns q with a gradient that is rotated to z.

    q = |q| / |z| R z, R the rotation of z to q in their plane, both held constant (Fifty 2024, arXiv 2410.06424,
    section 4): the gradient turns with z, so that where z lies among those that choose q is not forgotten."""
    a, b = F.normalize(z.detach(), dim=-1), F.normalize(q.detach(), dim=-1)
    r = F.normalize(a + b, dim=-1)
    turned = z - 2 * (z * r).sum(-1, keepdim=True) * r + 2 * (z * a).sum(-1, keepdim=True) * b
    lengths = q.detach().norm(dim=-1, keepdim=True) / z.detach().norm(dim=-1, keepdim=True).clamp(min=TINY)
    return lengths * turned


DECAY = 0.9  # share of the running averages that a step keeps
IDLE = 0.05  # an entry is put elsewhere where it is chosen less often than this share of an even use


class Codebook(nn.Module):
    """A codebook of vectors, learned by running averages (van den Oord 2017).

    Args:
        entries: K.
        width: D, numbers of an entry.
        passed: `straight_through` or `rotate_gradient`.
    """

    books = 1

    def __init__(self, entries: int, width: int, passed: Callable = straight_through):
        super().__init__()
        self.entries, self.width, self.passed = entries, width, passed
        self.register_buffer("sums", Draws("codebook", entries, width).normal(entries, width))
        self.register_buffer("counts", torch.ones(entries))

    @property
    def codes(self) -> Tensor:
        """All vectors of the codebook, (K, D)."""
        return self.sums / self.counts[:, None]

    def forward(self, z: Tensor, rng: Draws) -> tuple[Tensor, Tensor, Tensor]:
        entry_numbers = self.nearest(z)
        q = self.codes[entry_numbers]
        if self.training:
            self.follow(z.detach().flatten(0, -2), entry_numbers.flatten(), rng)
        return self.passed(z, q), entry_numbers[..., None], ((z - q) ** 2).sum(-1)

    def encode(self, z: Tensor) -> Tensor:
        return self.nearest(z)[..., None]

    def decode(self, codes: Tensor) -> Tensor:
        return self.codes[codes[..., 0]]

    def nearest(self, z: Tensor) -> Tensor:
        """Finds the number (...,) int64 of the entry nearest to z (..., D), in full precision whatever the rest is
        computed in."""
        with torch.autocast(z.device.type, enabled=False):
            flat, codes = z.reshape(-1, z.shape[-1]).float(), self.codes
            distances = (codes**2).sum(1) - 2 * flat @ codes.T  # but for |z|^2, which is the same for all entries
            return distances.argmin(1).view(z.shape[:-1])

    @torch.no_grad()
    def follow(self, z: Tensor, entry_numbers: Tensor, rng: Draws) -> None:
        """Moves the codebook a step towards the vectors that chose its entries, and restarts entries that hardly
        anything chooses.

        Args:
            z: (n, D) vectors of a batch.
            entry_numbers: (n,) number of the entry that each chose.
            rng: random numbers of the restarts.
        """
        batch_share, z, entries = share(), z.float(), len(self.counts)
        hits, even = F.one_hot(entry_numbers, entries).float(), batch_share.count * len(z) / entries
        with torch.autocast(z.device.type, enabled=False):
            self.counts.lerp_(batch_share.sum(hits.sum(0)), 1 - DECAY)
            self.sums.lerp_(batch_share.sum(hits.T @ z), 1 - DECAY)
        idle = self.counts < IDLE * even
        place = z[rng.integers(len(z), (entries,))]
        if batch_share.count > 1:  # each process brings vectors for some of the entries
            place[torch.arange(entries, device=z.device) % batch_share.count != batch_share.number] = 0.0
            place = batch_share.sum(place)
        self.sums.copy_(torch.where(idle[:, None], place * even, self.sums))
        self.counts.copy_(torch.where(idle, torch.full_like(self.counts, even), self.counts))


class ResidualQuantiser(nn.Module):
    """Several codebooks, each of which quantises the residual of those before it (Lee 2022).

    Args:
        books: how many, of `entries` entries each.
        entries: Entries of a codebook.
        width: Features of a layer.
    """

    def __init__(self, books: int, entries: int, width: int, passed: Callable = straight_through):
        super().__init__()
        self.books, self.entries, self.width, self.passed = books, entries, width, passed
        self.each = nn.ModuleList(Codebook(entries, width) for _ in range(books))

    def forward(self, z: Tensor, rng: Draws) -> tuple[Tensor, Tensor, Tensor]:
        residual, total, codes, cost = z, torch.zeros_like(z), [], z.new_zeros(z.shape[:-1])
        for book in self.each:
            q, entry_numbers, distance = book(residual, rng)
            residual, total, cost = residual - q.detach(), total + q.detach(), cost + distance
            codes.append(entry_numbers)
        return self.passed(z, total), torch.cat(codes, -1), cost

    def encode(self, z: Tensor) -> Tensor:
        codes = []
        for book in self.each:
            codes.append(book.encode(z))
            z = z - book.decode(codes[-1])
        return torch.cat(codes, -1)

    def decode(self, codes: Tensor) -> Tensor:
        return sum(book.decode(codes[..., i : i + 1]) for i, book in enumerate(self.each))


EDGE = 1e-3  # share of the range, beyond the outermost levels, so that a tanh may reach them


class FiniteScalar(nn.Module):
    """A quantiser that rounds each number of a code to a few levels (Mentzer 2023).

    Args:
        levels: Levels of each of the D numbers, at least 2; K is their product.
    """

    books = 1

    def __init__(self, levels: tuple[int, ...]):
        super().__init__()
        self.width, self.entries = len(levels), prod(levels)
        count = torch.tensor(levels)
        reach, offset = (count - 1) * (1 + EDGE) / 2, 0.5 * (count % 2 == 0)
        places = torch.cat([torch.ones(1, dtype=torch.long), count.cumprod(0)[:-1]])
        self.register_buffer("levels", count, False)
        self.register_buffer("places", places, False)
        self.register_buffer("reach", reach, False)
        self.register_buffer("offset", offset, False)
        self.register_buffer("shift", torch.atanh(offset / reach), False)

    def forward(self, z: Tensor, rng: Draws) -> tuple[Tensor, Tensor, Tensor]:
        bounded = self._inside(z)
        rounded = bounded.detach().round()
        return (
            straight_through(bounded, rounded) / (self.levels // 2),
            self._codes(rounded),
            z.new_zeros(z.shape[:-1]),
        )

    def encode(self, z: Tensor) -> Tensor:
        return self._codes(self._inside(z).round())

    def decode(self, codes: Tensor) -> Tensor:
        return (codes // self.places % self.levels - self.levels // 2) / (self.levels // 2)

    def _inside(self, z: Tensor) -> Tensor:
        return (z.float() + self.shift).tanh() * self.reach - self.offset

    def _codes(self, rounded: Tensor) -> Tensor:
        """(..., D) whole numbers around 0 -> (..., 1) int64: they are the digits of the code."""
        return ((rounded.long() + self.levels // 2) * self.places).sum(-1, keepdim=True)
