"""Shapes of molecules in space: RDKit looks for coordinates that meet the bonds, rings and stereo centres of a molecule
(ETKDG; Wang 2020, Journal of Chemical Information and Modeling 60), and MMFF94 relaxes them (Tosco 2014, Journal of
Cheminformatics 6:37).
"""

from functools import lru_cache
from math import inf, nan

from ...core.packages import Chem
from ...core.type_names import RdkitMolecule
from .standards import quiet_rdkit

ATTEMPTS, SECONDS = 20, 5  # at most for a molecule, whichever ends first
RELAXED = 500  # steps of a relaxation at most
OTHER_TERMS = "Bond", "StretchBend", "Oop", "Torsion", "VdW", "Ele"  # of MMFF94, beside the bends of angles
STRAINED = 0.82  # kcal/mol of an angle, from which a molecule counts as strained: that of You 2018


def embed(smiles: str, seed: int = 1, seconds: int = SECONDS) -> RdkitMolecule | None:
    """Finds coordinates in angstrom for a molecule with all of its hydrogens; None where RDKit finds none.

    Args:
        smiles: canonical.
        seed: Seed of the coordinates to begin with.
        seconds: Time at most, 0 for no limit.
    """
    from rdkit.Chem import rdDistGeom

    options = rdDistGeom.ETKDGv3()
    options.randomSeed, options.maxIterations, options.timeout, options.useRandomCoords = seed, ATTEMPTS, seconds, True
    with quiet_rdkit():
        molecule = Chem.AddHs(Chem.MolFromSmiles(smiles))
        return molecule if rdDistGeom.EmbedMolecule(molecule, options) == 0 else None


@lru_cache(1_000)
def can_embed(smiles: str) -> bool:
    """Tells whether RDKit finds coordinates for a molecule with all of its hydrogens.

    Args:
        smiles: canonical.
    """
    return embed(smiles) is not None


def relax(molecule: RdkitMolecule) -> bool:
    """Moves the atoms of an embedded molecule to a minimum of MMFF94. Tells whether MMFF94 knows all of its atoms;
    otherwise nothing moves."""
    from rdkit.Chem import rdForceFieldHelpers

    return rdForceFieldHelpers.MMFFOptimizeMolecule(molecule, maxIters=RELAXED) >= 0


def mmff_energy(molecule: RdkitMolecule) -> float:
    """Computes the energy in kcal/mol of an embedded molecule by MMFF94, which must know all of its atoms."""
    from rdkit.Chem import rdForceFieldHelpers

    properties = rdForceFieldHelpers.MMFFGetMoleculeProperties(molecule)
    return rdForceFieldHelpers.MMFFGetMoleculeForceField(molecule, properties).CalcEnergy()


def bend_strain(smiles: str) -> float:
    """Computes the mean energy of an angle in kcal/mol, by MMFF94 at its minimum: infinite for a molecule without
    coordinates, NaN where MMFF94 does not know an atom. No limit of time makes it depend on the machine.

    Args:
        smiles: canonical.
    """
    from rdkit.Chem import rdForceFieldHelpers

    molecule = embed(smiles, seconds=0)
    if molecule is None:
        return inf
    with quiet_rdkit():
        if not relax(molecule):
            return nan
        properties = rdForceFieldHelpers.MMFFGetMoleculeProperties(molecule)
        for term in OTHER_TERMS:
            getattr(properties, f"SetMMFF{term}Term")(False)
        field = rdForceFieldHelpers.MMFFGetMoleculeForceField(molecule, properties)
        field.Initialize()
    angles = sum(atom.GetDegree() * (atom.GetDegree() - 1) // 2 for atom in molecule.GetAtoms())
    return field.CalcEnergy() / max(1, angles)
