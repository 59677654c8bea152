"""Standard forms of a molecule: choices by name, and the canonical SMILES that RDKit writes after them."""

import re
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from importlib.resources import files

import pandas as pd

from ...core.errors import DataError
from ...core.packages import Chem, require_package
from ...core.type_names import RdkitMolecule
from ...kinds.values.smiles_texts import INCHI

MIXED = 0.5  # heavy atoms of a second organic fragment, over those of the first, from which on both are the molecule
METALS = "[Li,Na,K,Rb,Cs,Mg,Ca,Sr,Ba]"  # bound by ions, whatever a file draws; bonds of other metals stay


def main_fragments(molecule: RdkitMolecule) -> list[RdkitMolecule]:
    """Finds the fragment that a molecule with salts and solvents is about; several different ones of a mixture.

    Solvents and counterions go, unless nothing would be left; then solvents alone, if something organic is left. Then
    organic fragments come before others and large ones before small ones. A mixture has two different fragments of like
    size (`MIXED`), unless one is written as the cation of the other. Fragments that differ in stereo alone become one
    without stereo. Known counterions and solvents are those of the ChEMBL structure pipeline (Bento et al. 2020,
    version 1.2.4)."""
    if len(Chem.GetMolFrags(molecule)) < 2:
        return [molecule]
    all_parts = [(_skeleton(fragment), fragment) for fragment in Chem.GetMolFrags(molecule, asMols=True)]
    solvents, counterions = _known_skeletons()
    unknown = [pair for pair in all_parts if pair[0] not in solvents | counterions]
    salts = [pair for pair in all_parts if pair[0] not in solvents]
    main_part = _organic(unknown) or unknown or _organic(salts) or _organic(all_parts) or salts or all_parts
    different: dict[str, RdkitMolecule] = {}
    for skeleton, fragment in sorted(
        main_part, key=lambda pair: (-pair[1].GetNumHeavyAtoms(), Chem.MolToSmiles(pair[1]))
    ):
        first = different.setdefault(skeleton, fragment)
        if len({Chem.MolToSmiles(uncharge(part)) for part in (first, fragment)}) > 1:
            Chem.RemoveStereochemistry(first)
    first, *other_fragments = different.values()
    similar = [
        fragment for fragment in other_fragments if fragment.GetNumHeavyAtoms() >= MIXED * first.GetNumHeavyAtoms()
    ]
    charges = {Chem.GetFormalCharge(fragment) > 0 for fragment in (first, *similar) if Chem.GetFormalCharge(fragment)}
    return [first] if len(charges) == 2 else [first, *similar]


def _organic(pairs: list[tuple[str, RdkitMolecule]]) -> list[tuple[str, RdkitMolecule]]:
    """Those of some fragments that have carbon."""
    return [pair for pair in pairs if any(atom.GetAtomicNum() == 6 for atom in pair[1].GetAtoms())]


def uncharge(molecule: RdkitMolecule) -> RdkitMolecule:
    """Removes the charges of a molecule that hydrogens can balance."""
    return _tools()[2].uncharge(molecule)


def normalize(molecule: RdkitMolecule) -> RdkitMolecule:
    """Normalises a molecule: bonds to alkali and alkaline earth metals become charges, and charges get their usual
    places."""
    disconnector, normalizer, _ = _tools()
    return normalizer.normalize(disconnector.Disconnect(molecule))


@cache
def _tools() -> tuple:
    from rdkit.Chem.MolStandardize import rdMolStandardize as standardize

    disconnector = standardize.MetalDisconnector()
    disconnector.SetMetalNof(Chem.MolFromSmarts(f"{METALS}~[#7,#8,F]"))
    disconnector.SetMetalNon(Chem.MolFromSmarts(f"{METALS}~[B,C,Al,Si,P,S,Cl,As,Se,Br,I]"))
    return disconnector, standardize.Normalizer(), standardize.Uncharger(canonicalOrder=True)


@cache
def _known_skeletons() -> tuple[frozenset[str], ...]:
    """Skeletons of solvents, and of counterions, as this version of RDKit writes them."""
    text = files("genwright.molecules.chemistry").joinpath("features", "counterions.txt").read_text(encoding="utf-8")
    as_written = lambda line: _skeleton(Chem.MolFromSmiles(line, sanitize=False))
    return tuple(frozenset(map(as_written, block.split())) for block in text.split("\n\n")[1:])


def _skeleton(fragment: RdkitMolecule) -> str:
    """Atoms and bonds of a fragment, whatever its charges, hydrogens, isotopes and stereo."""
    skeleton = Chem.RWMol(fragment)
    Chem.RemoveStereochemistry(skeleton)
    for atom in skeleton.GetAtoms():
        atom.SetFormalCharge(0)
        atom.SetIsotope(0)
        atom.SetAtomMapNum(0)
        atom.SetNumRadicalElectrons(0)
        atom.SetNumExplicitHs(0)
        atom.SetNoImplicit(True)
    return Chem.MolToSmiles(skeleton)


CHOICES = {  # choices in each matter, the default first
    "salts": ("largest", "keep"),
    "charges": ("keep", "neutral"),
    "stereo": ("keep", "drop"),
    "tautomers": ("keep", "canonical"),
}
CHOICE_TEXTS = {
    ("salts", "largest"): "salts and solvents are taken off",
    ("salts", "keep"): "salts and mixtures are kept",
    ("charges", "neutral"): "charges are neutralised",
    ("charges", "keep"): "charges are kept",
    ("stereo", "drop"): "stereo is dropped",
    ("stereo", "keep"): "stereo is kept",
    ("tautomers", "canonical"): "tautomers are made one",
    ("tautomers", "keep"): "tautomers are kept",
}
R_GROUP = re.compile(r"\[R[#\d']*\]")  # which RDKit reads in molfiles alone
LONGEST_TEXT = 4_096  # letters of a SMILES that is parsed


class Unreadable(ValueError):
    """Raised where a text cannot be read as a molecule; the message says why."""


@dataclass(frozen=True)
class Standard:
    """The standard form of molecules: a choice in each of CHOICES. Raises DataError for one that is unknown."""

    salts: str = "largest"
    charges: str = "keep"
    stereo: str = "keep"
    tautomers: str = "keep"

    def __post_init__(self) -> None:
        for matter, choice in asdict(self).items():
            if choice not in CHOICES[matter]:
                raise DataError(f"{matter}={choice!r} is unknown: choose one of {', '.join(CHOICES[matter])}")

    def smiles(self, text: str) -> str:
        """Writes the canonical SMILES of a molecule after standardisation. Raises Unreadable for what is no molecule,
        or is none after them."""
        molecule = as_written = parsed(text)
        for step in self._steps:
            molecule = step(molecule)
        smiles = Chem.MolToSmiles(molecule)
        if molecule is not as_written and (smiles := canonical(smiles_before := smiles)) is None:
            raise Unreadable(f"what the choices make of it, {smiles_before}, is no molecule")
        return smiles

    def smiles_or(self, text: str, otherwise: str) -> str:
        """Writes the canonical SMILES, or another text where there is no molecule."""
        try:
            return self.smiles(text)
        except Unreadable:
            return otherwise

    def describe(self) -> str:
        return "; ".join(CHOICE_TEXTS[choice] for choice in asdict(self).items())

    def to_json(self) -> dict[str, str]:
        return asdict(self)

    @cached_property
    def _steps(self) -> list[Callable[[RdkitMolecule], RdkitMolecule]]:
        """Functions of a molecule that carry out the choices, in order; each acts only if it can matter."""
        from rdkit.Chem.MolStandardize import rdMolStandardize as standardize

        neutral = standardize.Uncharger()

        def without_salts(molecule: RdkitMolecule) -> RdkitMolecule:
            first, *other_fragments = main_fragments(molecule)
            if other_fragments:
                parts = " and ".join(map(Chem.MolToSmiles, (first, *other_fragments)))
                raise Unreadable(f"it is a mixture of {parts}: salts='keep' reads mixtures as they are")
            return first

        def without_charges(molecule: RdkitMolecule) -> RdkitMolecule:
            return neutral.uncharge(molecule) if any(a.GetFormalCharge() for a in molecule.GetAtoms()) else molecule

        def without_stereo(molecule: RdkitMolecule) -> RdkitMolecule:
            Chem.RemoveStereochemistry(molecule)
            return molecule

        steps = {
            without_salts: self.salts == "largest",
            without_charges: self.charges == "neutral",
            standardize.TautomerEnumerator().Canonicalize: self.tautomers == "canonical",
            without_stereo: self.stereo == "drop",
        }
        return [step for step, is_wanted in steps.items() if is_wanted]


STEREO = frozenset("@/\\")  # found in SMILES of a molecule with stereo
# found in SMILES of a molecule with charges, another fragment, map numbers or a metal that may be bound by ions
CHANGED = re.compile(r"[+.]|-\d*(?::\d+)?\]|:\d+\]|\[\d*(?:Li|Na|K|Rb|Cs|Mg|Ca|Sr|Ba)\b")


def parent_of(smiles: str) -> str:
    """Finds the molecule that the salts and stereoisomers of a molecule, given as canonical SMILES, have in common: its
    `neutral_parent` without stereo."""
    parent = neutral_parent(smiles)
    return parent if STEREO.isdisjoint(parent) else Standard("keep", stereo="drop").smiles_or(parent, parent)


def neutral_parent(smiles: str) -> str:
    """Finds the molecule that salts, solvates, acids and bases of one molecule have in common.

    It is the `main_fragments`, neutral and without map numbers. Isotopes and stereo stay. If RDKit cannot make it, it
    is the molecule itself.

    Args:
        smiles: canonical.
    """
    return _neutral_parent(smiles) if CHANGED.search(smiles) else smiles


def first_of_parents(molecules: "pd.DataFrame", count: int | None = None) -> "pd.DataFrame":
    """Selects the rows of molecules that no earlier row has the parent of, at most `count`.

    Args:
        molecules: with a column smiles.
    """
    different: dict[str, int] = {}
    with quiet_rdkit():
        for row, smiles in enumerate(molecules["smiles"]):
            different.setdefault(neutral_parent(smiles), row)
            if len(different) == count:
                break
    return molecules.iloc[list(different.values())]


def _neutral_parent(smiles: str) -> str:
    try:
        molecule = parsed(smiles)
        for atom in molecule.GetAtoms():
            atom.SetAtomMapNum(0)
        parts = {canonical(Chem.MolToSmiles(uncharge(fragment))) for fragment in main_fragments(normalize(molecule))}
    except (ValueError, RuntimeError):  # of RDKit
        return smiles
    return smiles if None in parts else ".".join(sorted(parts))


def parsed(text: str) -> RdkitMolecule:
    """Parses a SMILES as a molecule of RDKit, and its extension (see `extension_of`) where it has one: a name may
    follow. Centres of mixtures, or of which only one of two hands is there, unknown which, have no mark. Raises
    Unreadable."""
    smiles, *_ = text.split(maxsplit=1) or [""]
    extension = extension_of(text)
    if not smiles:
        raise Unreadable("nothing is there")
    if smiles.startswith(INCHI):
        return _of_inchi(smiles)
    if not (smiles.isascii() and smiles.isprintable() and extension.isascii()):
        raise Unreadable("it holds letters that no SMILES has")
    if (letters := len(smiles) + len(extension)) > LONGEST_TEXT:
        raise Unreadable(f"it has {letters:,} letters, and {LONGEST_TEXT:,} are read at most")
    if ">" in smiles.replace("->", ""):  # which is a dative bond
        raise Unreadable("it is a reaction")
    if R_GROUP.search(smiles):
        raise Unreadable("it has an R-group")
    if "Sg:" in extension:  # an S-group of repeating units
        raise Unreadable("it is a polymer")
    if "*" in smiles or "[#0" in smiles:
        raise Unreadable("it has an atom that may be any (*)")
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise Unreadable(_parse_error(smiles))
    if not molecule.GetNumAtoms():
        raise Unreadable("it has no atoms")
    if not extension:
        return molecule
    if (extended := Chem.MolFromSmiles(f"{smiles} {extension}")) is None:
        raise Unreadable(f"RDKit does not read the extension behind it, {extension}")
    return without_mixed(extended)


def _of_inchi(text: str) -> RdkitMolecule:
    if len(text) > LONGEST_TEXT or not text.isascii():
        raise Unreadable(f"it is an InChI of more than {LONGEST_TEXT:,} letters, or of other ones")
    molecule = Chem.MolFromInchi(text)
    if molecule is None or not molecule.GetNumAtoms():
        raise Unreadable("it is no InChI that RDKit reads")
    return molecule


def extension_of(text: str) -> str:
    """Finds the extension of CXSMILES behind a SMILES, with its two bars, as in C[C@H](F)Cl |&1:1|; "" if there is
    none."""
    extension = re.match(r"\s*\S+\s+(\|[^|]*\|)", text)
    return extension[1] if extension else ""


def told_of_extensions(texts: Iterable[str]) -> list[str]:
    """Says in a sentence how many texts have an extension, where any has."""
    count = sum("|" in text and bool(extension_of(text)) for text in texts)
    return [
        f"{count:,} molecule{'s' * (count > 1)} with a CXSMILES extension. Centres of racemates (&) and of unknown "
        "handedness (o) lose their marks; anything that SMILES cannot hold is left out"
    ] * bool(count)


def mixed_centres(molecule: RdkitMolecule) -> list:
    """Finds the atoms of which both hands are there, or one of them, unknown which."""
    groups = molecule.GetStereoGroups()
    mixed_groups = [group for group in groups if group.GetGroupType() != Chem.StereoGroupType.STEREO_ABSOLUTE]
    return [atom for group in mixed_groups for atom in group.GetAtoms()]


def without_mixed(molecule: RdkitMolecule) -> RdkitMolecule:
    """Removes the marks of a molecule's mixed centres."""
    if not (centres := mixed_centres(molecule)):
        return molecule
    for atom in centres:
        atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    return Chem.MolFromSmiles(Chem.MolToSmiles(molecule))


def canonical(smiles: str) -> str | None:
    """Writes the canonical SMILES of a molecule as it is; None for an invalid one."""
    try:
        return Chem.MolToSmiles(parsed(smiles))
    except Unreadable:
        return None


@contextmanager
def quiet_rdkit():
    """Silences RDKit on stderr within this context; unreadable texts are counted and listed instead."""
    require_package("rdkit")
    from rdkit import rdBase

    with rdBase.BlockLogs():
        yield


def _parse_error(smiles: str) -> str:
    """Reason why RDKit does not read a SMILES."""
    raw = Chem.MolFromSmiles(smiles, sanitize=False)
    if raw is None:
        return "it is no SMILES"
    try:
        Chem.SanitizeMol(raw)
    except ValueError as error:
        return str(error)
    return "it is no SMILES"
