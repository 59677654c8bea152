"""Parts of molecules: circles around their atoms, and pieces that are joined in synthesis."""

from functools import cache

import numpy as np

BITS, RADIUS = 1024, 2  # of fingerprints, MOSES' own


def fingerprint(mol) -> np.ndarray:
    """(BITS / 8,) uint8: which circles of atoms there are (Morgan's; Rogers & Hahn 2010), a bit each, packed."""
    from rdkit import DataStructs

    return np.frombuffer(DataStructs.BitVectToBinaryText(_generator().GetFingerprint(mol)), np.uint8)


def fragments(mol) -> tuple[str, ...]:
    """The pieces that are left where all bonds are cut that reactions make (BRICS; Degen 2008), as SMILES with marks at
    the cuts."""
    from rdkit import Chem
    from rdkit.Chem.rdmolops import FragmentOnBRICSBonds

    return tuple(Chem.MolToSmiles(FragmentOnBRICSBonds(mol)).split("."))


@cache
def _generator():
    from rdkit.Chem import rdFingerprintGenerator

    return rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=BITS)
