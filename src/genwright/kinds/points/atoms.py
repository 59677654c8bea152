"""Atoms in space, or any points that have a kind: one item of a set's domain, in the form in which it reaches the
user; and the molecules that they are.

Bonds come from a perception that looks at all atoms together (Kim & Kim 2015, as in RDKit). Molecules are neutral as a
whole, in one piece or several. If no bonds fit, the search for them may be long: it ends after ITERATIONS, and does not
begin for more than PERCEIVED_ATOMS. Molecules whose search was stopped are counted apart from molecules without bonds
that fit.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ...core.errors import DataError
from ...core.limits import MAX_MEMBERS
from ...core.packages import Chem
from ...core.type_names import RdkitMolecule

FARTHEST = 1e6  # largest coordinate: beyond it, single precision no longer tells atoms of a molecule apart
LONGEST = 8  # characters of a symbol

ELEMENTS = tuple(
    """
    H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo
    Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl
    Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og
    """.split()
)


@dataclass(frozen=True, eq=False)
class Atoms:
    """Points in space with symbols, such as the atoms of a molecule. Two are equal if they have the same symbols and
    positions in the same order.

    Args:
        symbols: the elements of m atoms, such as "C".
        positions: (m, 3) float64 in angstrom, or in the unit of the data.
    """

    symbols: tuple[str, ...]
    positions: np.ndarray

    def __len__(self) -> int:
        return len(self.symbols)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Atoms)
            and self.symbols == other.symbols
            and np.array_equal(self.positions, other.positions)
        )

    def __hash__(self) -> int:
        return self.key

    def __repr__(self) -> str:
        return f"Atoms({self.formula}, {len(self)} atoms)" if len(self) > 1 else f"Atoms({self.formula})"

    @property
    def formula(self) -> str:
        """Writes how many of each symbol there are, in Hill's order: C, H, then the others by the alphabet."""
        counts = Counter(self.symbols)
        first = [symbol for symbol in ("C", "H") if "C" in counts and symbol in counts]
        order = first + sorted(counts.keys() - first)
        return "".join(f"{symbol}{counts[symbol] if counts[symbol] > 1 else ''}" for symbol in order)

    @property
    def key(self) -> int:
        """Computes a key of 63 bits, equal where symbols and positions are, to the last bit and in this order: a
        molecule that was turned or moved is another one."""
        digest = hashlib.blake2b(" ".join(self.symbols).encode(), digest_size=8)
        digest.update(np.ascontiguousarray(self.positions + 0.0).tobytes())  # -0 and 0 are one
        return int.from_bytes(digest.digest(), "little") >> 1


def atoms_of(symbols: Iterable[str], positions: Sequence | np.ndarray, item_name: str) -> Atoms:
    """Makes Atoms of symbols and positions. Raises DataError for symbols that are no words, positions that are no (m,
    3) finite numbers, and more or fewer atoms than a set may have.

    Args:
        symbols: (m,) words.
        positions: (m, 3), in angstrom for molecules.
        item_name: name of the item, for the message.
    """
    symbols = tuple(map(str, symbols))
    try:
        positions = np.array(positions, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{item_name} has positions that are no numbers: give (m, 3) of them") from error
    if positions.shape != (len(symbols), 3):
        raise DataError(
            f"{item_name} has {len(symbols)} symbols and positions of shape {positions.shape}: each atom has one "
            "of (m, 3)"
        )
    require_members(len(symbols), item_name)
    for symbol in symbols:
        if not (symbol and symbol.isascii() and symbol.isprintable() and len(symbol) <= LONGEST and " " not in symbol):
            raise DataError(
                f"{item_name} has an atom that is called {symbol[:20]!r}: a symbol is a word of at most {LONGEST} "
                "letters"
            )
    if not (np.abs(positions) <= FARTHEST).all():
        far_position = positions[~(np.abs(positions) <= FARTHEST)][0]
        raise DataError(
            f"{item_name} has an atom at {far_position:g}: coordinates lie between -{FARTHEST:g} and {FARTHEST:g}"
        )
    positions.flags.writeable = False
    return Atoms(symbols, positions)


def require_members(count: int, item_name: str) -> None:
    """Raises DataError for a set of no atoms, or of more than are taken."""
    if not 1 <= count <= MAX_MEMBERS:
        raise DataError(
            f"{item_name} has {count:,} atoms: sets may have 1 to {MAX_MEMBERS}, since models look at every pair"
        )


def looks_like_atoms(items: object) -> bool:
    """Tells whether a list holds sets of points, by its first item: Atoms, also those of ASE, or (symbols,
    positions)."""
    if not isinstance(items, (list, tuple)) or not items:
        return False
    first = items[0]
    if hasattr(first, "symbols") and hasattr(first, "positions"):
        return True
    pair = isinstance(first, (list, tuple)) and len(first) == 2 and not isinstance(first[0], str)
    return pair and np.ndim(first[1]) == 2 and all(isinstance(symbol, str) for symbol in first[0])


def list_of_atoms(items: Iterable) -> list[Atoms]:
    """Converts objects with symbols and positions, or pairs of them, to Atoms. Raises DataError, naming the number of
    the item, for what is none."""
    sets = []
    for number, item in enumerate(items):
        if isinstance(item, Atoms):
            sets.append(item)
            continue
        try:
            pair = (item.symbols, item.positions) if hasattr(item, "symbols") else tuple(item)
            symbols, positions = pair
            symbols = list(symbols)
        except (TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"item {number} is a {type(item).__name__}, where symbols and positions belong: give pairs of them"
            ) from error
        sets.append(atoms_of(symbols, positions, f"item {number}"))
    return sets


def in_cells(items: Iterable) -> int:
    """Counts the objects that lie in a cell that repeats, as Atoms of ASE may."""
    return sum(bool(np.any(getattr(item, "pbc", False))) for item in items)


def told_of_cells(count: int, items: int) -> list[str]:
    """Warns in a sentence of items that lie in cells, where there are any."""
    return [
        f"{count:,} of {items:,} lie in a periodic cell (Lattice, pbc), which is left out. Atoms bonded across its "
        "border are learned as far apart: unwrap them first"
    ] * bool(count)


PERCEIVED_ATOMS, ITERATIONS = 100, 1_000
STOPPED, NO_BONDS_FIT = "not settled", "without bonds that fit"


def molecule_of(symbols: Sequence[str], positions: np.ndarray) -> tuple[RdkitMolecule | None, str]:
    """Builds RDKit's molecule, sanitised, of the atoms as they are listed, and ""; or None, and why there is none."""
    from rdkit import rdBase
    from rdkit.Chem import rdDetermineBonds
    from rdkit.Geometry import Point3D

    if len(symbols) > PERCEIVED_ATOMS:
        return None, STOPPED
    molecule, places = Chem.RWMol(), Chem.Conformer(len(symbols))
    with rdBase.BlockLogs():
        try:
            for number, (symbol, place) in enumerate(zip(symbols, positions.tolist())):
                atom = Chem.Atom(symbol)
                atom.SetNoImplicit(True)
                molecule.AddAtom(atom)
                places.SetAtomPosition(number, Point3D(*place))
            molecule.AddConformer(places)
            rdDetermineBonds.DetermineBonds(molecule, charge=0, embedChiral=False, maxIterations=ITERATIONS)
            Chem.SanitizeMol(molecule)
            return molecule, ""
        except (ValueError, RuntimeError) as error:  # RDKit's own kinds of errors are of these two
            return None, STOPPED if "iteration" in str(error).lower() else NO_BONDS_FIT


def smiles_of(molecule: RdkitMolecule) -> str:
    """Writes canonical SMILES of a molecule of `molecule_of`, its hydrogens left out."""
    from rdkit import rdBase

    with rdBase.BlockLogs():
        return Chem.MolToSmiles(Chem.RemoveHs(molecule))


def one_molecule(molecule: RdkitMolecule | None) -> bool:
    """Tells whether `molecule_of` made a molecule, in one piece."""
    return molecule is not None and "." not in smiles_of(molecule)


def summarise_reasons(reasons: Sequence[str]) -> str:
    """Counts each reason, and lists those that occur in words."""
    counts = Counter(reason for reason in reasons if reason)
    return ", ".join(f"{counts[reason]:,} {reason}" for reason in (NO_BONDS_FIT, STOPPED) if counts[reason])


def written(symbols: Sequence[str], orders: np.ndarray) -> str:
    """Writes canonical SMILES of atoms whose bonds are known, orders (m, m): equal for the same molecule, however its
    atoms are listed, and whatever its shape."""
    from rdkit import rdBase

    molecule = Chem.RWMol()
    for symbol in symbols:
        molecule.AddAtom(Chem.Atom(symbol))
    for i, j in np.argwhere(np.triu(orders)).tolist():
        molecule.AddBond(i, j, Chem.BondType.values[orders[i, j]])
    with rdBase.BlockLogs():
        Chem.SanitizeMol(molecule, catchErrors=True)  # rings of alternating bonds are one, whichever begins
    return Chem.MolToSmiles(molecule)
