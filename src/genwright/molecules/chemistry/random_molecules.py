"""Molecules put together at random, of which a model has to make better ones.

From atoms: molecules that know valences and nothing else, random graphs with the sizes, elements, rings and multiple
bonds of others. All are valid, nearly all are new, and few are chemistry: what those two counts are worth.

From pieces of others: bonds that chemists make are cut (BRICS, Degen 2008), and pieces are joined where such bonds
could be made. The result is a molecule. Only the counts of the pieces and the sizes of molecules are learned.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from random import Random

from ...core.errors import DataError
from ...core.packages import Chem
from ...core.type_names import RdkitMolecule
from .standards import quiet_rdkit


@dataclass(frozen=True)
class Census:
    """Counts of atoms and sizes of molecules.

    Args:
        elements: atomic numbers, and how many atoms of each.
        shapes: Shapes of every molecule its heavy atoms, rings, and the bonds that are more than single, a triple
            one twice.
    """

    elements: dict[int, int]
    shapes: list[tuple[int, int, int]]

    def to_json(self) -> dict:
        return {"elements": list(self.elements.items()), "shapes": self.shapes}

    @classmethod
    def from_json(cls, record: dict) -> "Census":
        return cls(dict(record["elements"]), record["shapes"])


def census_of(smiles: Iterable[str]) -> Census:
    """Counts the atoms and sizes of molecules. Those that RDKit cannot read are left out, as are atoms of elements that
    it knows no single valence of. Raises DataError where none is left, or RDKit is not installed."""
    elements, shapes = Counter(), []
    with quiet_rdkit():
        for line in smiles:
            molecule = Chem.MolFromSmiles(line)
            if molecule is None or not molecule.GetNumHeavyAtoms():
                continue
            Chem.Kekulize(molecule, clearAromaticFlags=True)
            pieces = len(Chem.GetMolFrags(molecule))
            orders = [bond.GetBondTypeAsDouble() for bond in molecule.GetBonds()]
            extra_bonds = sum(int(order) - 1 for order in orders if order > 1)
            shapes.append((molecule.GetNumAtoms(), len(orders) - molecule.GetNumAtoms() + pieces, extra_bonds))
            elements.update(atom.GetAtomicNum() for atom in molecule.GetAtoms() if _valence(atom.GetAtomicNum()) > 0)
    if not elements:
        raise DataError("none of the training items is a molecule whose valences are known: give SMILES")
    return Census(dict(sorted(elements.items())), shapes)


def random_molecule(census: Census, rng: Random) -> str | None:
    """Builds a random molecule, and returns its canonical SMILES. Its atoms form a tree, each joined to any before it
    that has a valence free. Then some bonds close rings or become double, where two free valences allow it. Returns
    None where a draw ran out of valences for its tree.

    As large as a molecule that was counted; with as many rings and double bonds as that one, or as fit.
    """
    size, rings, extra_bonds = rng.choice(census.shapes)
    atoms = rng.choices(list(census.elements), list(census.elements.values()), k=size)
    atoms.sort(key=lambda element: _valence(element) == 1)  # atoms that end a branch come last
    free_valences, bonds = [_valence(element) for element in atoms], {}
    for new in range(1, size):
        open_ = [at for at in range(new) if free_valences[at]]
        if not open_:
            return None
        _bond(bonds, free_valences, rng.choice(open_), new)
    for count, closes in ((rings, True), (extra_bonds, False)):
        for _ in range(count):
            pairs = [
                (a, b)
                for b in range(size)
                for a in range(b)
                if free_valences[a]
                and free_valences[b]
                and ((a, b) not in bonds if closes else 0 < bonds.get((a, b), 0) < 3)
            ]
            if pairs:
                _bond(bonds, free_valences, *rng.choice(pairs))
    molecule = Chem.RWMol()
    for element in atoms:
        molecule.AddAtom(Chem.Atom(element))
    for pair, order in bonds.items():
        molecule.AddBond(*pair, Chem.BondType.values[order])
    return None if Chem.SanitizeMol(molecule, catchErrors=True) else Chem.MolToSmiles(molecule)


def _bond(bonds: dict[tuple[int, int], int], free_valences: list[int], a: int, b: int) -> None:
    """Add a bond between two atoms."""
    bonds[a, b] = bonds.get((a, b), 0) + 1
    free_valences[a] -= 1
    free_valences[b] -= 1


def _valence(element: int) -> int:
    """Bonds of an uncharged atom; -1 where there is no one number."""
    return Chem.GetPeriodicTable().GetDefaultValence(element)


DOUBLE = 7  # the kind of end that is joined by a double bond


@dataclass(frozen=True)
class Pieces:
    """Pieces of molecules and their counts.

    Args:
        smiles: SMILES of the different pieces.
        seen: how often each was.
        sizes: heavy atoms of every molecule that they came from.
    """

    smiles: list[str]
    seen: list[int]
    sizes: list[int]

    @cached_property
    def molecules(self) -> list[RdkitMolecule]:
        """The pieces as molecules, whose open ends are atoms of number 0, with the kind of the end as their isotope."""
        return [Chem.MolFromSmiles(piece) for piece in self.smiles]

    @cached_property
    def ends(self) -> list[tuple[int, ...]]:
        """The kinds of the open ends of each piece."""
        return [tuple(piece.GetAtomWithIdx(end).GetIsotope() for end in _ends(piece)) for piece in self.molecules]

    @cached_property
    def fitting(self) -> dict[tuple[int, bool], list[int]]:
        """The pieces that join each kind of end: {(kind of end, closing): numbers of the pieces}. Closing ones have no
        other end, others have."""
        joining = defaultdict(list)
        for number, ends in enumerate(self.ends):
            for kind in {partner for end in ends for partner in _partners(end)}:
                joining[kind, len(ends) == 1].append(number)
        return dict(joining)

    @cached_property
    def closing_size(self) -> float:
        """The mean number of heavy atoms of a piece with one end."""
        closing = [number for number, ends in enumerate(self.ends) if len(ends) == 1]
        total = sum(self.seen[number] for number in closing)
        atoms = sum(self.seen[number] * self.molecules[number].GetNumHeavyAtoms() for number in closing)
        return atoms / max(1, total)

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, record: dict) -> "Pieces":
        return cls(**record)


def pieces_of(smiles: Iterable[str]) -> Pieces:
    """Cuts molecules into pieces, and counts them and the sizes of the molecules. Molecules that RDKit cannot read, or
    that have open ends, are left out. So is a molecule that no bond of BRICS cuts: its one piece would be a copy of it.

    Raises DataError if none is left, or RDKit is not installed."""
    counts, sizes = Counter(), []
    with quiet_rdkit():
        from rdkit.Chem import BRICS

        for line in smiles:
            molecule = Chem.MolFromSmiles(line)
            if molecule is None or not molecule.GetNumHeavyAtoms() or _ends(molecule):
                continue
            pieces = Chem.GetMolFrags(BRICS.BreakBRICSBonds(molecule), asMols=True)
            pieces = [piece for piece in pieces if _ends(piece)]
            if pieces:
                sizes.append(molecule.GetNumHeavyAtoms())
                counts.update(map(Chem.MolToSmiles, pieces))
    if not sizes:
        raise DataError("none of the training items is a molecule that can be cut in pieces: give SMILES")
    return Pieces(sorted(counts), [counts[piece] for piece in sorted(counts)], sizes)


def recombined(pieces: Pieces, rng: Random) -> str | None:
    """Builds a molecule of such pieces, as large as some that they came from, and returns its canonical SMILES. Returns
    None where a draw comes to no molecule, or to a larger one than there was.

    Pieces are drawn as often as they were seen among those that fit an open end: those that leave another end open,
    until the molecule would have the size asked for once all ends are closed, then those that close one.
    """
    draw = lambda numbers: pieces.molecules[rng.choices(numbers, [pieces.seen[number] for number in numbers])[0]]
    goal, limit, molecule = rng.choice(pieces.sizes), max(pieces.sizes), draw(range(len(pieces.molecules)))
    while ends := _ends(molecule):
        end = rng.choice(ends)
        kind = molecule.GetAtomWithIdx(end).GetIsotope()
        closing = molecule.GetNumHeavyAtoms() + len(ends) * pieces.closing_size >= goal
        fitting = pieces.fitting.get((kind, closing)) or pieces.fitting.get((kind, not closing))
        if not fitting or molecule.GetNumHeavyAtoms() > limit:
            return None
        molecule = _joined(molecule, end, draw(fitting), kind, rng)
    if molecule.GetNumHeavyAtoms() > limit or Chem.SanitizeMol(molecule, catchErrors=True):
        return None
    return Chem.MolToSmiles(molecule)


def _ends(molecule: RdkitMolecule) -> list[int]:
    """Numbers of the atoms that are open ends."""
    return [atom.GetIdx() for atom in molecule.GetAtoms() if not atom.GetAtomicNum()]


@cache
def _partners(kind: int) -> set[int]:
    """The kinds of end that one of this kind is joined to, by the rules of BRICS."""
    from rdkit.Chem import BRICS

    pairs = [tuple(int(name.strip("ab")) for name in rule[:2]) for group in BRICS.reactionDefs for rule in group]
    return {b for a, b in pairs if a == kind} | {a for a, b in pairs if b == kind}


def _joined(molecule: RdkitMolecule, end: int, piece: RdkitMolecule, kind: int, rng: Random) -> RdkitMolecule:
    """Two molecules as one, bonded where their ends were: an end of `molecule`, and any of the piece that fits it."""
    partners, first = _partners(kind), molecule.GetNumAtoms()
    other_atom = first + rng.choice([at for at in _ends(piece) if piece.GetAtomWithIdx(at).GetIsotope() in partners])
    combined = Chem.RWMol(Chem.CombineMols(molecule, piece))
    neighbours = [combined.GetAtomWithIdx(at).GetNeighbors()[0].GetIdx() for at in (end, other_atom)]
    combined.AddBond(*neighbours, Chem.BondType.DOUBLE if kind == DOUBLE else Chem.BondType.SINGLE)
    for at in sorted((end, other_atom), reverse=True):
        combined.RemoveAtom(at)
    return combined.GetMol()
