"""Small data of protein chains, and the contract's view of them."""

from dataclasses import replace

import numpy as np

from ..contract.tasks import SmallTask
from .kinds.chain import Chain, chain_of_sequence, numbers_of
from .kinds.geometry import HELIX, STRAND, build_backbone
from .kinds.protein_data import ProteinChains


def helices_and_strands(count: int = 24) -> ProteinChains:
    """Returns chains of 9 to 13 residues, each of one half in a helix (A, L, E) and one in a strand (V, T, I)."""
    rng, chains = np.random.default_rng(0), []
    for number in range(count):
        first, second = 4 + rng.integers(3, size=2)
        halves = [("ALE", HELIX, first), ("VTI", STRAND, second)][:: 1 if number % 2 else -1]
        text = "".join("".join(rng.choice(list(letters), size)) for letters, _, size in halves) + "G"
        phi, psi = np.concatenate([np.tile(angles, (size, 1)) for _, angles, size in halves] + [[HELIX]]).T
        atoms = build_backbone(phi, psi)
        chains.append(Chain(f"chain {number}", numbers_of(text), atoms, np.zeros(len(text), bool)))
    parts = np.array(["train"] * (count - 8) + ["valid"] * 4 + ["test"] * 4, object)
    return ProteinChains("helices and strands", chains, parts)


class Chains(SmallTask):
    """Short protein chains, helices and strands by their letters."""

    def data(self) -> ProteinChains:
        return helices_and_strands()

    def unfitting_data(self, data: ProteinChains) -> ProteinChains:
        """Returns a chain whose pairs of residues fit no machine."""
        return replace(data, chains=[chain_of_sequence("A" * 5_000, "long")], parts=np.array(["test"], object))

    def count(self, data: ProteinChains) -> int:
        return len(data)
