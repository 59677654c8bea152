"""Whether a molecule has a shape in space: RDKit looks for coordinates that meet its bonds, rings and stereo centres
(ETKDG; Wang 2020, Journal of Chemical Information and Modeling 60).
"""

from functools import lru_cache

from ...core.packages import Chem
from .standards import quiet_rdkit

ATTEMPTS, SECONDS = 20, 5  # at most for a molecule, whichever ends first


@lru_cache(1_000)
def can_embed(smiles: str) -> bool:
    """Tells whether RDKit finds coordinates for a molecule with all of its hydrogens.

    Args:
        smiles: canonical.
    """
    from rdkit.Chem import rdDistGeom

    embedding_options = rdDistGeom.ETKDGv3()
    (
        embedding_options.randomSeed,
        embedding_options.maxIterations,
        embedding_options.timeout,
        embedding_options.useRandomCoords,
    ) = 1, ATTEMPTS, SECONDS, True
    with quiet_rdkit():
        return rdDistGeom.EmbedMolecule(Chem.AddHs(Chem.MolFromSmiles(smiles)), embedding_options) == 0
