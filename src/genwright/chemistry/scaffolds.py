"""The scaffold of a molecule: its rings and what links them (Bemis & Murcko 1996)."""

from functools import lru_cache

CACHED_SCAFFOLDS = 1 << 16  # molecules whose scaffolds are kept: one assay is described by them, and split by any seed
RINGS = 2  # of a scaffold that molecules are compared by, at least


@lru_cache(CACHED_SCAFFOLDS)
def scaffold_of(smiles: str) -> str:
    """The scaffold as SMILES without stereo; "" of a molecule without rings, or of which none can be made."""
    from rdkit.Chem.Scaffolds.MurckoScaffold import MurckoScaffoldSmiles

    try:
        return MurckoScaffoldSmiles(smiles, includeChirality=False)
    except (ValueError, RuntimeError):  # rings that cannot be told apart from their side chains
        return ""


def scaffold(mol) -> str | None:
    """The scaffold of a molecule of RDKit as SMILES; None where it has fewer than two rings, or none can be made."""
    from rdkit import Chem
    from rdkit.Chem.Scaffolds import MurckoScaffold

    try:
        found = MurckoScaffold.GetScaffoldForMol(mol)
    except (ValueError, RuntimeError):  # rings that cannot be told apart from their side chains
        return None
    return Chem.MolToSmiles(found) if found.GetRingInfo().NumRings() >= RINGS else None
