"""A predicted structure of a chain, in the person's form."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...kinds.proteins.chain import Chain


@dataclass(frozen=True, eq=False, repr=False)
class Folded:
    """A chain with the structure that a predictor gives it.

    Args:
        chain: its letters, and as its atoms (N, 3, 3) the predicted ones, in angstrom.
        confidence: (N,) predicted lDDT of each residue, in [0, 1].
    """

    chain: Chain
    confidence: np.ndarray

    @classmethod
    def of_chain(cls, chain: Chain, atoms: np.ndarray, confidence: np.ndarray) -> Folded:
        """The chain, folded. What was known of its structure is left out.

        Args:
            chain: that was folded.
            atoms: (N, 3, 3) in angstrom.
            confidence: (N,) in [0, 1].
        """
        atoms = atoms.astype(np.float32)
        return cls(replace(chain, atoms=atoms, breaks=np.zeros(len(chain), bool)), confidence.astype(np.float32))

    @property
    def atoms(self) -> np.ndarray:
        """(N, 3, 3) in angstrom, rows N, CA and C."""
        return self.chain.atoms

    def __len__(self) -> int:
        return len(self.chain)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Folded)
            and np.array_equal(self.chain.letters, other.chain.letters)
            and np.array_equal(self.atoms, other.atoms)
            and np.array_equal(self.confidence, other.confidence)
        )

    __hash__ = None

    def __repr__(self) -> str:
        return f"Folded({self.chain.name}, {len(self):,} residues, confidence {self.confidence.mean():.2f})"
