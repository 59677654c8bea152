"""What a molecule is taken for: choices by name, and the canonical SMILES that RDKit writes after them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from ..core.errors import DataError
from ..core.packages import require_package

CHOICES = {  # of each matter; the first is what is done where nobody says anything
    "salts": ("largest", "keep"),
    "charges": ("keep", "neutral"),
    "stereo": ("keep", "drop"),
    "tautomers": ("keep", "canonical"),
}
TOLD = {
    ("salts", "largest"): "of several fragments the largest is kept",
    ("salts", "keep"): "salts and mixtures are kept",
    ("charges", "neutral"): "charges are neutralised",
    ("charges", "keep"): "charges are kept",
    ("stereo", "drop"): "stereo is dropped",
    ("stereo", "keep"): "stereo is kept",
    ("tautomers", "canonical"): "tautomers are made one",
    ("tautomers", "keep"): "tautomers are kept",
}
LONGEST_TEXT = 4_096  # letters of a SMILES that is parsed


class Unreadable(ValueError):
    """Of a text that is no molecule: why."""


@dataclass(frozen=True)
class Standard:
    """A choice in each of CHOICES. Raises DataError for one that is unknown."""

    salts: str = "largest"
    charges: str = "keep"
    stereo: str = "keep"
    tautomers: str = "keep"

    def __post_init__(self) -> None:
        for matter, choice in asdict(self).items():
            if choice not in CHOICES[matter]:
                raise DataError(f"{matter}={choice!r} is unknown: choose one of {', '.join(CHOICES[matter])}")

    def smiles(self, text: str) -> str:
        """The canonical SMILES of a molecule, after all choices. Raises Unreadable for what is no molecule, or is none
        after them."""
        from rdkit import Chem

        molecule = as_written = parsed(text)
        for step in self._steps:
            molecule = step(molecule)
        smiles = Chem.MolToSmiles(molecule)
        if molecule is not as_written and (smiles := canonical(made := smiles)) is None:
            raise Unreadable(f"what the choices make of it, {made}, is no molecule")
        return smiles

    def describe(self) -> str:
        return "; ".join(TOLD[choice] for choice in asdict(self).items())

    def to_json(self) -> dict[str, str]:
        return asdict(self)

    @cached_property
    def _steps(self) -> list[Callable[[Any], Any]]:
        """What is done to a molecule, one after another, each only where it can matter."""
        from rdkit import Chem
        from rdkit.Chem.MolStandardize import rdMolStandardize as standardize

        largest, neutral = standardize.LargestFragmentChooser(), standardize.Uncharger()

        def without_salts(molecule: Any) -> Any:
            return largest.choose(molecule) if len(Chem.GetMolFrags(molecule)) > 1 else molecule

        def without_charges(molecule: Any) -> Any:
            return neutral.uncharge(molecule) if any(a.GetFormalCharge() for a in molecule.GetAtoms()) else molecule

        def without_stereo(molecule: Any) -> Any:
            Chem.RemoveStereochemistry(molecule)
            return molecule

        steps = {
            without_salts: self.salts == "largest",
            without_charges: self.charges == "neutral",
            standardize.TautomerEnumerator().Canonicalize: self.tautomers == "canonical",
            without_stereo: self.stereo == "drop",
        }
        return [step for step, wanted in steps.items() if wanted]


def parsed(text: str) -> Any:
    """The molecule of RDKit that a SMILES says, whose first field is read: a name may follow. Raises Unreadable."""
    from rdkit import Chem

    smiles, *_ = text.split(maxsplit=1) or [""]
    if not smiles:
        raise Unreadable("nothing is there")
    if not (smiles.isascii() and smiles.isprintable()):
        raise Unreadable("it holds letters that no SMILES has")
    if len(smiles) > LONGEST_TEXT:
        raise Unreadable(f"it has {len(smiles):,} letters, and {LONGEST_TEXT:,} are read at most")
    if ">" in smiles:
        raise Unreadable("it is a reaction")
    if "*" in smiles or "[#0" in smiles:
        raise Unreadable("it has an atom that may be any (*)")
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise Unreadable(_why(smiles))
    if not molecule.GetNumAtoms():
        raise Unreadable("it has no atoms")
    return molecule


def canonical(smiles: str) -> str | None:
    """The canonical SMILES of a molecule as it is; None of what is none."""
    from rdkit import Chem

    try:
        return Chem.MolToSmiles(parsed(smiles))
    except Unreadable:
        return None


@contextmanager
def quiet_rdkit():
    """RDKit says what it thinks of each text on stderr; here each is counted and listed instead."""
    require_package("rdkit")
    from rdkit import rdBase

    with rdBase.BlockLogs():
        yield


def _why(smiles: str) -> str:
    """What RDKit has against a SMILES that it does not read."""
    from rdkit import Chem

    raw = Chem.MolFromSmiles(smiles, sanitize=False)
    if raw is None:
        return "it is no SMILES"
    try:
        Chem.SanitizeMol(raw)
    except ValueError as error:
        return str(error)
    return "it is no SMILES"
