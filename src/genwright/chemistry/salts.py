"""Fragments of a molecule: which of them are known counterions and solvents, and which one is the molecule itself.

The list is that of the ChEMBL structure pipeline (Bento et al. 2020, version 1.2.4): solvents, then counterions.
"""

from functools import cache
from importlib.resources import files

from ..core.type_names import RdkitMolecule

MIXED = 0.5  # heavy atoms of a second organic fragment, over those of the first, from which on both are the molecule
METALS = "[Li,Na,K,Rb,Cs,Mg,Ca,Sr,Ba]"  # bound by ions, whatever a file draws; bonds of other metals stay


def main_fragments(molecule: RdkitMolecule) -> list[RdkitMolecule]:
    """The fragment that a molecule with salts and solvents is about; several different ones of a mixture.

    Solvents and counterions go, unless nothing would be left; then solvents alone, if something organic is left. Then
    organic fragments come before others and large ones before small ones. A mixture has two different fragments of like
    size (`MIXED`), unless one is written as the cation of the other. Fragments that differ in stereo alone become one
    without stereo.
    """
    from rdkit import Chem

    fragments = Chem.GetMolFrags(molecule, asMols=True)
    if len(fragments) < 2:
        return [molecule]
    every = [(_skeleton(one), one) for one in fragments]
    solvents, counterions = _known_skeletons()
    unknown = [pair for pair in every if pair[0] not in solvents | counterions]
    salts = [pair for pair in every if pair[0] not in solvents]
    bare = _organic(unknown) or unknown or _organic(salts) or _organic(every) or salts or every
    different: dict[str, RdkitMolecule] = {}
    for skeleton, one in sorted(bare, key=lambda pair: (-pair[1].GetNumHeavyAtoms(), Chem.MolToSmiles(pair[1]))):
        first = different.setdefault(skeleton, one)
        if len({Chem.MolToSmiles(uncharge(each)) for each in (first, one)}) > 1:
            Chem.RemoveStereochemistry(first)
    first, *others = different.values()
    like = [one for one in others if one.GetNumHeavyAtoms() >= MIXED * first.GetNumHeavyAtoms()]
    charges = {Chem.GetFormalCharge(one) > 0 for one in (first, *like) if Chem.GetFormalCharge(one)}
    return [first] if len(charges) == 2 else [first, *like]


def _organic(pairs: list[tuple[str, RdkitMolecule]]) -> list[tuple[str, RdkitMolecule]]:
    """Those of some fragments that have carbon."""
    return [pair for pair in pairs if any(atom.GetAtomicNum() == 6 for atom in pair[1].GetAtoms())]


def uncharge(molecule: RdkitMolecule) -> RdkitMolecule:
    """A molecule without the charges that hydrogens can balance."""
    return _tools()[2].uncharge(molecule)


def normalize(molecule: RdkitMolecule) -> RdkitMolecule:
    """A molecule whose bonds to alkali and alkaline earth metals are charges, and whose charges have their usual
    places."""
    disconnector, normalizer, _ = _tools()
    return normalizer.normalize(disconnector.Disconnect(molecule))


@cache
def _tools() -> tuple:
    from rdkit import Chem
    from rdkit.Chem.MolStandardize import rdMolStandardize as standardize

    disconnector = standardize.MetalDisconnector()
    disconnector.SetMetalNof(Chem.MolFromSmarts(f"{METALS}~[#7,#8,F]"))
    disconnector.SetMetalNon(Chem.MolFromSmarts(f"{METALS}~[B,C,Al,Si,P,S,Cl,As,Se,Br,I]"))
    return disconnector, standardize.Normalizer(), standardize.Uncharger(canonicalOrder=True)


@cache
def _known_skeletons() -> tuple[frozenset[str], ...]:
    """Skeletons of solvents, and of counterions, as this version of RDKit writes them."""
    from rdkit import Chem

    text = files("genwright.chemistry").joinpath("features", "counterions.txt").read_text(encoding="utf-8")
    as_written = lambda line: _skeleton(Chem.MolFromSmiles(line, sanitize=False))
    return tuple(frozenset(map(as_written, block.split())) for block in text.split("\n\n")[1:])


def _skeleton(fragment: RdkitMolecule) -> str:
    """Atoms and bonds of a fragment, whatever its charges, hydrogens, isotopes and stereo."""
    from rdkit import Chem

    bare = Chem.RWMol(fragment)
    Chem.RemoveStereochemistry(bare)
    for atom in bare.GetAtoms():
        atom.SetFormalCharge(0)
        atom.SetIsotope(0)
        atom.SetAtomMapNum(0)
        atom.SetNumRadicalElectrons(0)
        atom.SetNumExplicitHs(0)
        atom.SetNoImplicit(True)
    return Chem.MolToSmiles(bare)
