"""Specs and sets of points for tests of families of sets."""

import torch

from genwright.core.graph import offsets
from genwright.core.ragged import Ragged
from genwright.core.spec import Category, Marginal, Members, Real, Spec


def spec_of(kinds=(0.5, 0.5), sizes=(0.1, 0.2, 0.3, 0.4), scale=2.0) -> Spec:
    edges = lambda n, start: tuple(k + start for k in range(n + 1))
    kind = Category(len(kinds), marginal=Marginal(edges(len(kinds), -0.5), kinds))
    each = Spec((("kind", kind), ("position", Real((3,), axis="space", scale=scale))))
    return Spec((("atoms", Members(each, Marginal(edges(len(sizes), 0.5), sizes))),))


def sets_of(n: int, kinds=(0.5, 0.5), sizes=(0.1, 0.2, 0.3, 0.4), spread=(1.0, 1.0), seed=0) -> Ragged:
    """Members apart: kinds at their frequencies, Gaussian positions by kind, centred."""
    rng = torch.Generator().manual_seed(seed)
    counts = 1 + torch.multinomial(torch.tensor(sizes), n, True, generator=rng)
    ptr = offsets(counts)
    kind = torch.multinomial(torch.tensor(kinds), int(ptr[-1]), True, generator=rng)
    x = torch.randn(len(kind), 3, generator=rng) * torch.tensor(spread)[kind, None]
    parts = [part - part.mean(0) for part in x.split(counts.tolist())]
    return Ragged(torch.cat([kind[:, None].float(), torch.cat(parts)], 1), ptr)
