"""Protein chains in three parts, before a task makes items of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ...core.account import Account
from ...core.data import Data, DrawnByCode, Whole
from ...kinds.splits import split
from ...kinds.values.equals import content_keys
from .chain import RESIDUES, Chain


@dataclass
class ProteinChains(Whole):
    """Protein chains with their structures, in three parts.

    Args:
        chains: n of them.
        parts: (n,) "train" | "valid" | "test".
        relatives: (n,) int64, equal for chains that stay on one side; None where the source says who tests.
        drawn: Drawn of chains that code draws, the ones of any number. Default: None.
        seed: Seed of the split.
        source: Path, name or object of the data.
        notes: Notes for the user.
        options: Options of `load_data`, by name.
        account: Record of what the reader saw and used.
        kind: Kind of data.
    """

    name: str
    chains: Sequence[Chain]
    parts: np.ndarray
    relatives: np.ndarray | None = None
    drawn: DrawnByCode | None = None
    seed: int = 0
    source: str = ""
    licence: str = ""
    notes: list[str] = field(default_factory=list)
    options: dict[str, object] = field(default_factory=dict)
    unreadable: pd.DataFrame | None = None
    account: Account = field(default_factory=Account)
    kind: str = "proteins"
    default_task: str = "structure"

    write_unreadable = Data.write_unreadable

    def __len__(self) -> int:
        return len(self.chains)

    def chains_of(self, part_name: str) -> list[Chain]:
        """Returns the chains of one part."""
        return [chain for chain, part in zip(self.chains, self.parts) if part == part_name]

    def split_again(self, seed: int) -> ProteinChains:
        """Splits the same chains by another seed; as they are where the source says who tests."""
        if self.relatives is None:
            return replace(self, seed=seed)
        return replace(self, parts=split(chain_keys(self.chains), None, None, seed, self.relatives), seed=seed)

    @property
    def hash(self) -> str:
        """Computes a digest of letters, atoms, breaks, alignments and parts."""
        digest = hashlib.blake2b(digest_size=16)
        for chain, part in zip(self.chains, self.parts):
            digest.update(f"{part} {len(chain)} ".encode())
            for array in (chain.letters, np.nan_to_num(chain.atoms), chain.breaks, chain.alignment):
                digest.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def describe(self) -> list[str]:
        """Describes in sentences lengths, residues without a structure or a letter, cuts and alignments."""
        lengths = np.array([len(chain) for chain in self.chains])
        unknown = sum(int((~chain.has_backbone).sum()) for chain in self.chains)
        letters = sum(int((chain.letters >= RESIDUES).sum()) for chain in self.chains)
        cut = sum(int(chain.breaks.sum()) for chain in self.chains)
        aligned = [len(chain.alignment) for chain in self.chains if chain.alignment is not None]
        counts = [
            f"{unknown:,} residues without a structure, which are masked" * bool(unknown),
            f"{letters:,} residues that are none of the 20" * bool(letters),
            f"{cut:,} breaks of a chain" * bool(cut),
            f"{len(aligned):,} chains with an alignment of up to {max(aligned, default=0):,} rows" * bool(aligned),
        ]
        return [
            f"{len(self):,} protein chains, {lengths.sum():,} residues; {lengths.min():,} to {lengths.max():,} in a "
            f"chain, median {np.median(lengths):.0f}",
            *filter(None, ["; ".join(filter(None, counts))]),
            *self.notes,
        ]


def chain_keys(chains: Sequence[Chain]) -> np.ndarray:
    """Computes a hash (n,) uint64 of the letters and atoms of each chain."""
    return content_keys(chain.letters.tobytes() + np.nan_to_num(chain.atoms).tobytes() for chain in chains)
