"""Chains as tensors: a row a residue in `Items`, and padded to one length in a batch.

A row of `encode_chains` holds 12 numbers, then one for each row of the alignment:

    letter, break, known, N (x y z), CA (x y z), C (x y z), letters of the alignment
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.ragged import Ragged, from_sets
from ..kinds.chain import GAP, Chain

LETTER, BREAK, KNOWN_FLAG, ATOMS, ROWS = 0, 1, 2, 3, 12  # first column of each


@dataclass(frozen=True)
class PaddedChains:
    """B chains, padded to N residues.

    Args:
        letters: (B, N) int64, 0 to 20; 20 behind the end of a chain.
        mask: (B, N) bool, True for a residue.
        breaks: (B, N) bool, True where the bond to the next residue is broken.
        atoms: (B, N, 3, 3) float32 in angstrom, 0 where unknown.
        known: (B, N) bool, True where the structure is known; always within the mask.
        places: (B, N) int64, the number of each residue in its whole chain.
        alignment: (B, S, N) int64, 21 for a gap; the first row is the chain. None where chains have none.
    """

    letters: Tensor
    mask: Tensor
    breaks: Tensor
    atoms: Tensor
    known: Tensor
    places: Tensor
    alignment: Tensor | None = None

    def __len__(self) -> int:
        return len(self.letters)

    @property
    def lengths(self) -> Tensor:
        """Length (B,) int64 of each chain."""
        return self.mask.sum(1)


def encode_chains(chains: Sequence[Chain], rows: int = 0) -> Ragged:
    """Encodes chains as sets of residues. Members have 12 + rows numbers.

    Args:
        chains: at least one.
        rows: sequences of the alignment that are kept; a chain with fewer has gaps in the others. Default: 0.
    """
    return from_sets([torch.from_numpy(_encode(chain, rows)) for chain in chains])


def _encode(chain: Chain, rows: int) -> np.ndarray:
    table = np.zeros((len(chain), ROWS + rows), np.float32)
    known = chain.has_backbone
    table[:, LETTER], table[:, BREAK], table[:, KNOWN_FLAG] = chain.letters, chain.breaks, known
    table[known, ATOMS:ROWS] = chain.atoms[known].reshape(-1, 9)
    if rows:
        aligned = chain.letters[None] if chain.alignment is None else chain.alignment[:rows]
        table[:, ROWS:] = GAP
        table[:, ROWS : ROWS + len(aligned)] = aligned.T
    return table


def pad(x: Ragged, starts: Tensor | None = None, stops: Tensor | None = None) -> PaddedChains:
    """Pads chains of `encode_chains` to one length.

    Args:
        x: B chains.
        starts, stops: (B,) int64, the part of each chain that is shown. Default: None, all of it.
    """
    sizes = x.sizes
    starts = torch.zeros_like(sizes) if starts is None else starts
    lengths = (sizes if stops is None else stops) - starts
    place = torch.arange(int(lengths.max()), device=x.device)[None]
    mask = place < lengths[:, None]
    places = (place + starts[:, None]).expand(mask.shape)
    at = (x.ptr[:-1, None] + places).clamp(max=len(x.x) - 1)
    rows = torch.where(mask[..., None], x.x[at], 0.0)
    letters = torch.where(mask, rows[..., LETTER].long(), 20)
    aligned = rows[..., ROWS:].long().transpose(1, 2) if rows.shape[-1] > ROWS else None
    flags = (rows[..., column] > 0.5 for column in (BREAK, KNOWN_FLAG))
    breaks, known = flags
    return PaddedChains(letters, mask, breaks, rows[..., ATOMS:ROWS].unflatten(-1, (3, 3)), known, places, aligned)


def crop(x: Ragged, rng: Draws, share: float, minimum: int) -> PaddedChains:
    """Pads chains, and cuts some of them to a random window.

    Args:
        x: B chains of `encode_chains`.
        rng: draws of the step.
        share: how often a chain is cut.
        minimum: residues of a window, at least; its length is uniform up to the whole chain.
    """
    sizes = x.sizes
    cut, length, start = (rng.uniform(len(x)).to(x.device) for _ in range(3))
    shortest = sizes.clamp(max=minimum)
    lengths = shortest + (length * (sizes - shortest + 1)).long()
    lengths = torch.where(cut < share, lengths, sizes)
    starts = (start * (sizes - lengths + 1)).long()
    return pad(x, starts, starts + lengths)
