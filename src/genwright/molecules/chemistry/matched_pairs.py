"""Matched pairs: two molecules that differ in one group, which a single bond outside of rings joins to the part that
both share (Hussain & Rea 2010). A hydrogen is a group too.
"""

from ...core.packages import Chem
from .standards import quiet_rdkit

BOND, JOINT = "[*]!@!=!#[*]", "[*:1]"  # bonds that are cut, and their ends
LEAST_SHARED = 0.5  # of the heavy atoms of the larger molecule
MOST_BONDS = 300  # that are cut; a molecule with more has no pair


def exchanged_groups(smiles: str, other: str) -> tuple[str, str] | None:
    """The group that a molecule has and the one that another has in its place, as SMILES whose * is the shared part;
    None if they are no matched pair. Of several ways to see it, the one that shares most."""
    with quiet_rdkit():
        own, others = _groups_of(smiles), _groups_of(other)
        heavy = lambda text: Chem.MolFromSmiles(text).GetNumHeavyAtoms()
        most = max(map(heavy, (smiles, other)))
        shared = {part: heavy(part) for part in sorted(own.keys() & others.keys()) if own[part] != others[part]}
        part = max(shared, key=shared.get, default=None)
        if part is None or shared[part] < LEAST_SHARED * most:
            return None
        return tuple(_write_group(groups[part]) for groups in (own, others))


def _groups_of(smiles: str) -> dict[str, str]:
    """{the rest of a molecule: the group} of each bond that is cut, of which either side is a group."""
    from rdkit.Chem.rdMMPA import FragmentMol

    molecule = Chem.AddHs(Chem.MolFromSmiles(smiles))
    cuts = FragmentMol(molecule, maxCuts=1, maxCutBonds=MOST_BONDS, pattern=BOND, resultsAsMols=False)
    sides = [text.split(".") for _, text in cuts]
    return {rest: group for one, other in sides for rest, group in ((one, other), (other, one))}


def _write_group(fragment: str) -> str:
    if fragment == f"[H]{JOINT}":
        return "*[H]"
    return Chem.MolToSmiles(Chem.MolFromSmiles(fragment.replace(JOINT, "*")))
