"""A molecule drawn so that what differs from another one stands out."""

from __future__ import annotations

from base64 import b64encode

PIXELS = 260, 190
NEW = (1.0, 0.80, 0.45)  # behind atoms and bonds that the other molecule lacks
SECONDS = 1  # that the search for the common part may take


def drawn(smiles: str, other: str = "") -> str:
    """A PNG as a data URI. other: SMILES; atoms and bonds outside the largest part that both share are highlighted."""
    from rdkit import Chem
    from rdkit.Chem.Draw import rdMolDraw2D

    molecule = Chem.MolFromSmiles(smiles)
    atoms, bonds = _changed(molecule, Chem.MolFromSmiles(other)) if other and other != smiles else ([], [])
    drawer = rdMolDraw2D.MolDraw2DCairo(*PIXELS)
    drawer.drawOptions().padding = 0.05
    rdMolDraw2D.PrepareAndDrawMolecule(
        drawer, molecule, highlightAtoms=atoms, highlightBonds=bonds,
        highlightAtomColors=dict.fromkeys(atoms, NEW), highlightBondColors=dict.fromkeys(bonds, NEW),
    )  # fmt: skip
    drawer.FinishDrawing()
    return f"data:image/png;base64,{b64encode(drawer.GetDrawingText()).decode()}"


def _changed(molecule, other) -> tuple[list[int], list[int]]:
    """Numbers of atoms and bonds outside the largest common part."""
    from rdkit import Chem
    from rdkit.Chem import rdFMCS

    common = rdFMCS.FindMCS(
        [molecule, other], timeout=SECONDS, ringMatchesRingOnly=True, completeRingsOnly=True
    ).smartsString
    same = set(molecule.GetSubstructMatch(Chem.MolFromSmarts(common))) if common else set()
    atoms = [atom.GetIdx() for atom in molecule.GetAtoms() if atom.GetIdx() not in same]
    ends = lambda bond: {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()}
    return atoms, [bond.GetIdx() for bond in molecule.GetBonds() if not ends(bond) <= same]
