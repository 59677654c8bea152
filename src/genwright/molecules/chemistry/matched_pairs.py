"""Matched pairs: two molecules that differ in one group, which a single bond outside of rings joins to the part that
both share (Hussain & Rea 2010). A hydrogen is a group too.
"""

from ...core.packages import Chem
from .standards import quiet_rdkit

BOND, JOINT = "[*]!@!=!#[*]", "[*:1]"  # bonds that are cut, and their ends
LEAST_SHARED = 0.5  # of the heavy atoms of the larger molecule
MOST_BONDS = 300  # that are cut; a molecule with more has no pair


def exchanged_groups(smiles: str, other_smiles: str) -> tuple[str, str] | None:
    """Finds the groups by which two molecules differ, as SMILES in which * is the shared part; None if they are no
    matched pair. If there are several ways to see it, it takes the one that shares most."""
    with quiet_rdkit():
        own_groups, other_groups = _groups_of(smiles), _groups_of(other_smiles)
        heavy = lambda text: Chem.MolFromSmiles(text).GetNumHeavyAtoms()
        largest = max(map(heavy, (smiles, other_smiles)))
        shared_parts = {
            part: heavy(part)
            for part in sorted(own_groups.keys() & other_groups.keys())
            if own_groups[part] != other_groups[part]
        }
        part = max(shared_parts, key=shared_parts.get, default=None)
        if part is None or shared_parts[part] < LEAST_SHARED * largest:
            return None
        return tuple(_write_group(groups[part]) for groups in (own_groups, other_groups))


def _groups_of(smiles: str) -> dict[str, str]:
    """{the rest of a molecule: the group} of each bond that is cut, of which either side is a group."""
    from rdkit.Chem.rdMMPA import FragmentMol

    molecule = Chem.AddHs(Chem.MolFromSmiles(smiles))
    cuts = FragmentMol(molecule, maxCuts=1, maxCutBonds=MOST_BONDS, pattern=BOND, resultsAsMols=False)
    sides = [text.split(".") for _, text in cuts]
    return {shared_part: group for first, second in sides for shared_part, group in ((first, second), (second, first))}


def _write_group(fragment: str) -> str:
    if fragment == f"[H]{JOINT}":
        return "*[H]"
    return Chem.MolToSmiles(Chem.MolFromSmiles(fragment.replace(JOINT, "*")))
