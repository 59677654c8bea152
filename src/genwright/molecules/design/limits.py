"""Hard limits: what a designed molecule is, whatever it would score. They are why a chain of 27 carbons does not win.

A molecule beyond a limit is never scored, so it costs no call.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
import torch
from torch import Tensor

from ...core.errors import DataError
from ...core.packages import Chem
from ...core.type_names import RdkitMolecule
from ..chemistry.alerts import Alerts, own_alerts, structural_alerts
from ..chemistry.fingerprints import fingerprint, similarity
from ..chemistry.impossible_rings import find_impossible_ring
from ..chemistry.scaffolds import POINT, closed
from ..chemistry.standards import Unreadable, canonical, parsed, quiet_rdkit

ATOMS, SMALLEST_RING, LARGEST_RING = 38, 4, 7


@dataclass(frozen=True, eq=False)
class Limits:
    """The limits of designed molecules.

    Args:
        elements: symbols that may occur, None for all.
        rings: the smallest and the largest ring, None for all.
        atoms: most heavy atoms, None for any number.
        filters: whether molecules must pass MOSES' filters.
        keep: SMILES of a scaffold that every molecule must hold, "" for none.
        like: SMILES to which one must be `similar` (Tanimoto).
        alerts: Alerts of a person, none of which a molecule may hold.
    """

    elements: frozenset[str] | None
    rings: tuple[int, int] | None = (SMALLEST_RING, LARGEST_RING)
    atoms: int | None = ATOMS
    filters: bool = True
    keep: str = ""
    like: tuple[str, ...] = ()
    similar: float = 0.0
    alerts: Alerts = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "_scaffold", scaffold_to_keep(self.keep) if self.keep else None)
        object.__setattr__(self, "_like", _bits([molecule_of(smiles) for smiles in self.like]) if self.like else None)

    def broken(self, molecule: RdkitMolecule) -> str:
        """Names the first limit that a molecule of RDKit breaks, in words; "" where it breaks none."""
        return self.find_breach(molecule)[1]

    def find_breach(self, molecule: RdkitMolecule) -> tuple[str, str]:
        """Finds the name of the first limit that a molecule of RDKit breaks, and how it does, in words; ("", "") where
        it breaks none. Cheap limits come first."""
        if self.atoms is not None and molecule.GetNumHeavyAtoms() > self.atoms:
            return "atoms", f"more than {self.atoms} heavy atoms"
        atoms = {(atom.GetSymbol(), atom.GetNumRadicalElectrons() > 0) for atom in molecule.GetAtoms()}
        if any(radical for _, radical in atoms):
            return "radicals", "a radical"
        if self.elements is not None and (unknown_elements := {symbol for symbol, _ in atoms} - self.elements):
            return "elements", f"element {min(unknown_elements)}"
        rings = [len(ring) for ring in molecule.GetRingInfo().AtomRings()]
        if self.rings is not None and any(not self.rings[0] <= size <= self.rings[1] for size in rings):
            return "rings", f"a ring outside {self.rings[0]} to {self.rings[1]} atoms"
        if impossible := find_impossible_ring(molecule):
            return "impossible rings", impossible
        if len(Chem.GetMolFrags(molecule)) != 1:
            return "fragments", "several fragments"
        if self._scaffold is not None and not self._scaffold.holds_scaffold(molecule):
            return "scaffold", f"lacks the scaffold {self.keep}"
        if self.similar and similarity(_bits([molecule]), self._like).max() < self.similar:
            return "similarity", f"similarity below {self.similar:g}"
        if self.filters and (alerts := structural_alerts(molecule)):
            return "filters", f"filter {alerts[0]}"
        if alerts_found := own_alerts(molecule, self.alerts):
            return "smarts", f"filter {alerts_found[0]}"
        return "", ""

    def describe(self) -> list[str]:
        """Describes the limits that hold, and each that is switched off, in sentences."""
        limit_words = [f"at most {self.atoms} heavy atoms"] * (self.atoms is not None)
        limit_words += [f"rings of {self.rings[0]} to {self.rings[1]} atoms"] if self.rings else []
        limit_words += [f"elements {' '.join(sorted(self.elements))}"] if self.elements is not None else []
        limit_words += ["MOSES' filters"] * self.filters
        limit_words += [f"{len(self.alerts)} alerts of yours"] * bool(self.alerts)
        limit_words += [f"holds {self.keep}"] * bool(self.keep)
        limit_words += [f"similarity of at least {self.similar:g}"] * bool(self.similar)
        inactive = [
            ("atoms", self.atoms),
            ("rings", self.rings),
            ("elements", self.elements),
            ("filters", self.filters),
        ]
        lines = [f"limits: connected, no radicals, no rings that cannot exist, {', '.join(limit_words)}".rstrip(", ")]
        return lines + [f"limit switched off: {name}" for name, value in inactive if value in (None, False)]

    def to_json(self) -> dict:
        elements = None if self.elements is None else sorted(self.elements)
        rings = None if self.rings is None else list(self.rings)
        record = asdict(self) | {"elements": elements, "rings": rings, "like": list(self.like)}
        alerts = [list(pair) for pair in record.pop("alerts")]  # earlier designs have none on record
        return record | ({"alerts": alerts} if alerts else {})


@dataclass
class Gate:
    """A filter that lets molecules within the limits through, and counts by its name each limit that refused one; ""
    counts those that came through.

    Args:
        limits: Limits that molecules must keep.
        notes: sentences of a search about what it left out.
    """

    limits: Limits
    counts: Counter = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def smiles(self, molecule: RdkitMolecule, known: Collection[str] = ()) -> str:
        """Returns the canonical SMILES as `smiles_within` does; a molecule that is known does not count."""
        return smiles_within(self.limits, molecule, known, self.counts)


def describe_refusals(counts: Sequence[Counter]) -> str:
    """Describes what the limits refused, as means over searches, such as "limits refused 60% of what it made: atoms
    40%, filters 20%"; "" where they refused nothing.

    Args:
        counts: the counts of the `Gate` of each search.
    """
    counts = [one for one in counts if one.total()]
    names = Counter(name for one in counts for name in one if name)
    share_of = {name: sum(one[name] / one.total() for one in counts) / len(counts) for name in names}
    shares = sorted(share_of.items(), key=lambda pair: -pair[1])
    reasons = ", ".join(f"{name} {share:.0%}" if share >= 0.005 else f"{name} below 1%" for name, share in shares)
    searches = f" (mean of {len(counts)} searches)" if len(counts) > 1 else ""
    made = sum(one.total() for one in counts)
    refused = sum(share_of.values())
    return f"limits refused {refused:.0%} of {made:,} molecules made: {reasons}{searches}" if reasons else ""


def smiles_within(
    limits: Limits, molecule: RdkitMolecule, known: Collection[str] = (), counts: Counter | None = None
) -> str:
    """Returns the canonical SMILES of a sanitised molecule, "" where it breaks a limit or is known. It is read again
    before it is looked at: what counts is the molecule that its SMILES holds.

    Args:
        limits: Limits that molecules must keep.
        molecule: The molecule.
        counts: by limits, as of `Gate`.
    """
    written_smiles = Chem.MolToSmiles(molecule)
    if written_smiles in known:
        return ""
    reread = Chem.MolFromSmiles(written_smiles)
    if reread is None or not reread.GetNumAtoms():
        return ""
    smiles = Chem.MolToSmiles(reread)
    if smiles in known:
        return ""
    name, _ = limits.find_breach(reread)
    if counts is not None:
        counts[name] += 1
    return "" if name else smiles


def elements_of(smiles: Iterable[str]) -> frozenset[str]:
    """Finds the symbols of all elements of canonical SMILES."""
    return frozenset(atom.GetSymbol() for text in smiles for atom in molecule_of(text).GetAtoms())


@dataclass(frozen=True, eq=False)
class Scaffold:
    """A scaffold that every molecule must keep.

    Args:
        pattern: a molecule of RDKit.
        fixed: how many neighbours its atoms have that may not grow.
    """

    pattern: RdkitMolecule
    fixed: dict[int, int]

    def holds_scaffold(self, molecule: RdkitMolecule) -> bool:
        """Tells whether a molecule holds the scaffold, grown where it may grow alone."""
        matches = molecule.GetSubstructMatches(self.pattern, uniquify=False)
        degree = lambda atom: molecule.GetAtomWithIdx(atom).GetDegree()
        return any(all(degree(match[at]) == count for at, count in self.fixed.items()) for match in matches)


def scaffold_to_keep(smiles: str) -> Scaffold:
    """Reads the scaffold to keep, which may grow at its attachment points alone, or at any atom where none is marked.
    Raises DataError for what is no scaffold, or has no place to grow at."""
    with quiet_rdkit():
        marked_scaffold = Chem.MolFromSmiles(smiles)
    if marked_scaffold is None or not marked_scaffold.GetNumHeavyAtoms() or "." in smiles:
        raise DataError(
            f"{smiles!r} is no scaffold: write one molecule as SMILES, such as {POINT}c1ccccc1, with {POINT} where "
            "it may grow"
        )
    points = {atom.GetIdx() for atom in marked_scaffold.GetAtoms() if not atom.GetAtomicNum()}
    if not points and not any(atom.GetTotalNumHs() for atom in marked_scaffold.GetAtoms()):
        raise DataError(f"the scaffold {smiles} cannot grow: no atom holds a hydrogen; choose another one")
    open_ = {near.GetIdx() for at in points for near in marked_scaffold.GetAtomWithIdx(at).GetNeighbors()}
    core_atoms = [atom.GetIdx() for atom in marked_scaffold.GetAtoms() if atom.GetIdx() not in points]
    fixed_degrees = {
        k: marked_scaffold.GetAtomWithIdx(at).GetDegree()
        for k, at in enumerate(core_atoms)
        if points and at not in open_
    }
    pattern = Chem.RWMol(marked_scaffold)
    for at in sorted(points, reverse=True):
        pattern.RemoveAtom(at)
    return Scaffold(pattern.GetMol(), fixed_degrees)


def capped(scaffold: str) -> str:
    """Writes the canonical SMILES of a scaffold whose attachment points hold hydrogens."""
    return canonical(closed(scaffold))


def molecule_of(smiles: str) -> RdkitMolecule:
    """Parses SMILES as a molecule of RDKit. Raises DataError for invalid SMILES."""
    try:
        return parsed(smiles)
    except Unreadable as why:
        raise DataError(f"{smiles!r} is no molecule ({why}): write it as SMILES") from None


def _bits(molecules: Sequence[RdkitMolecule]) -> Tensor:
    """(n, bits) float32 of molecules of RDKit."""
    return torch.from_numpy(np.unpackbits(np.stack([fingerprint(molecule) for molecule in molecules]), axis=1)).float()
