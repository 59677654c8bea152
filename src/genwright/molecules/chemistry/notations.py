"""The notations in which models read and write molecules: SMILES, SELFIES, and the scaffold first.

SMILES are cut as the field does (Schwaller 2018): an atom in brackets, Br and Cl, and a ring number of two digits are
one symbol each, everything else is one letter a symbol. SELFIES (Krenn 2020) are symbols in brackets, of which every
series is a molecule.

With the scaffold first, a model completes any scaffold knowing all of it:

    scaffold    its canonical SMILES; behind each atom with hydrogens {0}, or, where it binds R-groups, how many there
                are up to here: {1}, {2}, ..
    |           its end
    R-groups    SMILES in the order of those atoms, each from the atom that is bound, behind how many are left: <2>, <1>

`Cc1ccc(F)[nH]1` becomes `c1{0}c{0}c{1}[nH]{0}c1{2}|<2>F<1>C`. The counts are there because models miscount: with dots
between R-groups, most invalid texts had one R-group too few or too many. R-groups of a scaffold (Bemis & Murcko 1996)
have no rings, so a model that is given the scaffold has the hard part of a molecule. Arus-Pous et al. 2020, Journal of
Cheminformatics 12:38, also write R-groups after their scaffold.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import lru_cache

from ...core.errors import DataError
from ...core.packages import Chem, require_package
from ...core.type_names import RdkitMolecule
from ...kinds.values.smiles_texts import TOKEN
from .scaffolds import murcko_scaffold
from .standards import quiet_rdkit

SMILES, SELFIES = "smiles", "selfies"
SELFIES_TOKEN = re.compile(r"\[[^\[\]\s]+\]|\.")
SHOWN_SYMBOLS = 60  # symbols


def tokens(smiles: str) -> list[str]:
    """Splits a SMILES into its tokens. Raises KeyError of the first place that is none."""
    symbols = TOKEN.findall(smiles)
    if sum(map(len, symbols)) != len(smiles):
        raise KeyError(TOKEN.sub("", smiles)[0])
    return symbols


def selfies_of(smiles: str) -> list[str]:
    """Spells a SMILES in tokens of SELFIES. Raises KeyError of what they cannot."""
    require_package("selfies")
    from selfies import EncoderError, encoder

    try:
        return SELFIES_TOKEN.findall(encoder(smiles))
    except EncoderError:
        raise KeyError(smiles) from None


class Symbols:
    """A notation of molecules: its tokens in the order of their codes, and the pattern of one."""

    one, spare = "", 0
    notation: str
    pattern: re.Pattern
    cut: Callable[[str], list[str]]

    def __init__(self, symbols: Sequence[str]):
        self.symbols, self.k = list(symbols), len(symbols)
        self._codes = {symbol: code for code, symbol in enumerate(self.symbols)}

    @classmethod
    def fit(cls, smiles: Iterable[str]):
        return cls(sorted({symbol for line in smiles for symbol in cls.cut(line)}))

    def grown(self, smiles: Iterable[str]) -> "Symbols":
        """The same tokens, and behind them those of SMILES that it lacks. A SMILES that the notation cannot spell adds
        none."""
        found = set()
        for line in smiles:
            with suppress(KeyError):
                found.update(self.cut(line))
        return type(self)([*self.symbols, *sorted(found - {*self.symbols})])

    def encode(self, smiles: str) -> list[int]:
        return [self._codes[symbol] for symbol in self.cut(smiles)]

    def decode(self, codes: Iterable[int]) -> str:
        return "".join(self.symbols[code] for code in codes)

    def count(self, smiles: str) -> int:
        return len(self.cut(smiles))

    def describe(self) -> str:
        shown_symbols = " ".join(self.symbols[:SHOWN_SYMBOLS]) + " ..." * (self.k > SHOWN_SYMBOLS)
        return f"{self.k:,} different symbols of {self.notation.upper()}: {shown_symbols}"

    def to_json(self) -> dict:
        return {self.notation: self.symbols}


class SmilesSymbols(Symbols):
    """Tokens of SMILES. A SMILES is cut in one way."""

    notation, pattern, rest, unique = SMILES, TOKEN, "*", True
    cut = staticmethod(tokens)


class SelfiesSymbols(Symbols):
    """Tokens of SELFIES, of which several series spell one molecule.

    encode takes SMILES, and decode gives the canonical one of RDKit; "" of a series that spells no atom.
    """

    notation, pattern, rest, unique = SELFIES, SELFIES_TOKEN, "", False
    cut = staticmethod(selfies_of)

    def decode(self, codes: Iterable[int]) -> str:
        from selfies import decoder

        smiles = decoder(super().decode(codes))
        molecule = Chem.MolFromSmiles(smiles)
        return smiles if molecule is None else Chem.MolToSmiles(molecule)


CACHED_MOLECULES = 1 << 18  # their symbols are read when data are read, and again when they are coded
FREE, END, GROUP_COUNT = re.compile(r"\{\d\}"), "|", re.compile(r"<\d>")
NO_GROUPS, MAX_GROUPS = "{0}", 9  # R-groups
RING = re.compile(r"\d|%\d\d|%\(\d+\)")
BONDS, PLACE = "-=#:/\\$", "place"
BRACKET = re.compile(r"\[(\d*)([A-Za-z][a-z]?)(@{0,2})(?:H(\d?))?((?:[+-]\d?|\+\+|--)?)\]")
LABELS = range(99, 99 - MAX_GROUPS, -1)  # ring numbers that no scaffold reaches, for bonds to R-groups
BARE = {"B", "C", "N", "O", "P", "S", "b", "c", "n", "o", "p", "s"}  # written without brackets


class ScaffoldFirstSymbols(Symbols):
    """Tokens of molecules, the scaffold first. encode takes SMILES, decode gives the canonical SMILES of RDKit."""

    notation, rest, unique = "scaffold-first", "", False
    pattern = re.compile(rf"{FREE.pattern}|\{END}|{GROUP_COUNT.pattern}|{TOKEN.pattern}", re.ASCII)
    cut = staticmethod(lambda smiles: list(scaffold_first(smiles)))

    def decode(self, codes: Iterable[int]) -> str:
        with quiet_rdkit():
            return smiles_of([self.symbols[code] for code in codes])

    @property
    def are_counts(self) -> list[bool]:
        """Tells of each token whether it counts R-groups."""
        return [FREE.fullmatch(symbol) is not None for symbol in self.symbols]

    @property
    def none_bound(self) -> int:
        """The code behind an atom that binds no R-group."""
        return self._codes[NO_GROUPS]

    @property
    def end(self) -> int:
        """The code of the end of a scaffold; -1 where no molecule had one."""
        return self._codes.get(END, -1)

    def begin(self, scaffold: str) -> tuple[list[int], list[bool]]:
        """Encodes a scaffold by `encode_scaffold_prefix`, 0 where codes are unknown. Raises KeyError for a token
        without a code."""
        symbols, known = encode_scaffold_prefix(scaffold)
        return [self._codes[symbol] if is_known else 0 for symbol, is_known in zip(symbols, known)], known


@lru_cache(CACHED_MOLECULES)
def scaffold_first(smiles: str) -> tuple[str, ...]:
    """Writes a molecule in tokens, the scaffold first. A molecule without rings, or one that would not come back as it
    is (such as one with stereo at an atom that binds an R-group), keeps the tokens of its SMILES."""
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        return tuple(tokens(smiles))
    canonical = Chem.MolToSmiles(molecule)  # its order of atoms that are alike does not depend on how they were written
    rebuilt = Chem.MolFromSmiles(canonical)
    symbols = rebuilt and _of_molecule(rebuilt)
    return tuple(symbols if symbols and smiles_of(symbols) == canonical else tokens(smiles))


def encode_scaffold_prefix(scaffold: str) -> tuple[list[str], list[bool]]:
    """Writes the tokens that a molecule of a scaffold begins with, and which of them are known: all, except how many
    R-groups its atoms bind if it has no `[*:1]`.

    Raises DataError for what is no molecule, and where no R-group can be bound."""
    molecule = Chem.MolFromSmiles(scaffold)
    if molecule is None:
        raise DataError(f"{scaffold} cannot be read by RDKit: write it as SMILES, with [*:1] where it continues")
    core = [atom.GetIdx() for atom in molecule.GetAtoms() if atom.GetAtomicNum()]
    is_marked = len(core) < molecule.GetNumAtoms()
    core_symbols = _of_core(molecule, core)
    if core_symbols is None:
        raise DataError(f"{scaffold} grows at single bonds of one piece: mark them so, as in [*:1]c1ccccc1")
    symbols, points = core_symbols
    if not any(map(FREE.fullmatch, symbols)):
        raise DataError(f"{scaffold} has no free valence to grow at: take a scaffold with a hydrogen")
    symbols += [END, group_count(points)] if is_marked else [END]
    return symbols, [is_marked or FREE.fullmatch(symbol) is None for symbol in symbols]


def smiles_of(symbols: Sequence[str]) -> str:
    """Writes the canonical SMILES that tokens spell; a text that RDKit cannot read where they spell no molecule."""
    text = "".join(symbols)
    if END in symbols:
        end = list(symbols).index(END)
        text = _joined(symbols[:end], symbols[end + 1 :]) or text
    molecule = Chem.MolFromSmiles(text)
    return text if molecule is None else Chem.MolToSmiles(molecule)


# ---------------------------------------------------------------------- inside


def _of_molecule(molecule: RdkitMolecule) -> list[str] | None:
    """The symbols of a molecule; None where it has no scaffold, or an R-group that is not bound by one single bond."""
    for atom in molecule.GetAtoms():
        atom.SetIntProp(PLACE, atom.GetIdx())
    scaffold = murcko_scaffold(molecule)
    core = [] if scaffold is None else [atom.GetIntProp(PLACE) for atom in scaffold.GetAtoms()]
    core_symbols = _of_core(molecule, core)
    if core_symbols is None:
        return None
    (symbols, groups), following = core_symbols, []
    for k, group in enumerate(groups):
        following += [group_count(groups[k:]), *tokens(group)]
    return [*symbols, END, *following]


def _of_core(molecule: RdkitMolecule, core: list[int]) -> tuple[list[str], list[str]] | None:
    """Symbols of the core, and the SMILES of what is bound to it, in the order of its atoms. None for a molecule of
    several pieces, a core that is none, what is not bound by one single bond, and more than MAX_GROUPS R-groups."""
    if len(Chem.GetMolFrags(molecule)) != 1:
        return None
    plain, bound = _bare_core(molecule, core), bound_groups(molecule, core)
    if plain is None or bound is None:
        return None
    (smiles, atoms), written_symbols, groups, atom = plain, [], [], None
    symbols, atoms = tokens(smiles), iter(atoms)
    for at, symbol in enumerate(symbols):
        written_symbols.append(symbol)
        atom = next(atoms) if is_atom(symbol) else atom
        if atom is None or _closes_ring(symbols[at + 1 : at + 3]):
            continue
        (place, hydrogens), atom = atom, None
        own_groups = sorted(bound.pop(place, []))
        if hydrogens:
            groups += own_groups
            written_symbols.append(f"{{{len(groups) if own_groups else 0}}}")
        elif own_groups:
            return None
    return (written_symbols, groups) if len(groups) <= MAX_GROUPS else None


def group_count(groups: list[str]) -> str:
    return f"<{len(groups)}>"


def is_atom(symbol: str) -> bool:
    return symbol[0] == "[" or symbol.isalpha()


def _closes_ring(following: list[str]) -> bool:
    """Whether a ring number comes next, or its bond and then the number."""
    number = following[-1] if following and following[0] in BONDS else following[0] if following else ""
    return RING.fullmatch(number) is not None


def _bare_core(molecule: RdkitMolecule, core: list[int]) -> tuple[str, list[tuple[int, int]]] | None:
    """The canonical SMILES of the core with hydrogens in the place of what is bound, and for each of its atoms, as they
    are written, its number in the molecule and its hydrogens. None for a core that is no molecule of one piece."""
    core_atoms, bare_molecule = set(core), Chem.RWMol(molecule)
    for atom in bare_molecule.GetAtoms():
        atom.SetIntProp(PLACE, atom.GetIdx())
        cut_bonds = sum(neighbour.GetIdx() not in core_atoms for neighbour in atom.GetNeighbors())
        if cut_bonds and (atom.GetNoImplicit() or atom.GetIsAromatic()):  # its hydrogens are not counted anew
            atom.SetNumExplicitHs(atom.GetNumExplicitHs() + cut_bonds)
    bare_molecule.BeginBatchEdit()
    for place in set(range(molecule.GetNumAtoms())) - core_atoms:
        bare_molecule.RemoveAtom(place)
    bare_molecule.CommitBatchEdit()
    if Chem.SanitizeMol(bare_molecule, catchErrors=True) or len(Chem.GetMolFrags(bare_molecule)) != 1:
        return None
    reread = Chem.MolFromSmiles(Chem.MolToSmiles(bare_molecule))  # read like the scaffold that a person brings
    if reread is None:
        return None
    places = [bare_molecule.GetAtomWithIdx(k).GetIntProp(PLACE) for k in _order(bare_molecule)]
    smiles = Chem.MolToSmiles(reread)
    return smiles, [(places[k], reread.GetAtomWithIdx(k).GetTotalNumHs()) for k in _order(reread)]


def _order(molecule: RdkitMolecule) -> list[int]:
    """Numbers of the atoms, in the order in which they were written last."""
    return list(molecule.GetPropsAsDict(True, True)["_smilesAtomOutputOrder"])


def bound_groups(molecule: RdkitMolecule, core: list[int]) -> dict[int, list[str]] | None:
    """Finds the R-groups at atoms of a core: {atom of the core: SMILES of each R-group at it}; None where an R-group is
    bound by more than one single bond."""
    core_atoms, visited, groups = set(core), set(core), {}
    for place in core:
        for bond in molecule.GetAtomWithIdx(place).GetBonds():
            first = bond.GetOtherAtomIdx(place)
            if first in core_atoms:
                continue
            if first in visited or bond.GetBondType() != Chem.BondType.SINGLE:
                return None
            group = _reached(molecule, first, visited)
            visited |= group
            groups.setdefault(place, []).append(
                Chem.MolFragmentToSmiles(molecule, sorted(group), rootedAtAtom=first, canonical=True)
            )
    return groups if len(visited) == molecule.GetNumAtoms() else None


def _reached(molecule: RdkitMolecule, first: int, visited: set[int]) -> set[int]:
    """Atoms that are reached from the first without those that were seen."""
    group, new = {first}, [first]
    while new:
        neighbours = molecule.GetAtomWithIdx(new.pop()).GetNeighbors()
        fresh = {atom.GetIdx() for atom in neighbours} - visited - group
        group |= fresh
        new += fresh
    return group


def _joined(scaffold: Sequence[str], following: Sequence[str]) -> str | None:
    """One SMILES of a scaffold and of the R-groups that follow, which ring numbers bind; None where there are more or
    fewer R-groups than the scaffold binds, or an atom binds more than it has hydrogens: its ring may change then."""
    plain = Chem.MolFromSmiles("".join(symbol for symbol in scaffold if not FREE.fullmatch(symbol)))
    if plain is None:
        return None
    hydrogens = [atom.GetTotalNumHs() for atom in plain.GetAtoms()]
    groups: list[list[str]] = []
    for symbol in following:
        if GROUP_COUNT.fullmatch(symbol):
            groups.append([])
        elif groups:
            groups[-1].append(symbol)
        else:
            return None
    written_symbols, labels, last, atoms = [], [], 0, 0
    for symbol in scaffold:
        if FREE.fullmatch(symbol) and written_symbols:
            new = [f"%{label}" for label in LABELS[len(labels) : int(symbol[1])]]
            if len(new) > hydrogens[atoms - 1]:
                return None
            written_symbols[last] = _less_hydrogens(written_symbols[last], len(new))
            written_symbols += new
            labels += new
        else:
            last, atoms = (len(written_symbols), atoms + 1) if is_atom(symbol) else (last, atoms)
            written_symbols.append(symbol)
    if len(labels) != len(groups) or not all(groups):
        return None
    bound = (f"{first}{label}{''.join(other_atoms)}" for label, (first, *other_atoms) in zip(labels, groups))
    return ".".join(["".join(written_symbols), *bound])


def _less_hydrogens(atom: str, count: int) -> str:
    """The symbol of an atom when so many of the hydrogens that it names are replaced."""
    bracket = BRACKET.fullmatch(atom)
    if not bracket or bracket[4] is None or not count:
        return atom
    isotope, element, turn, hydrogens, charge = bracket.groups()
    remaining = int(hydrogens or 1) - count
    if not (isotope or turn or charge) and remaining == 0 and element in BARE:
        return element
    return f"[{isotope}{element}{turn}{'H' * (remaining > 0)}{remaining if remaining > 1 else ''}{charge}]"


NOTATIONS = {
    symbols_class.notation: symbols_class for symbols_class in (SmilesSymbols, SelfiesSymbols, ScaffoldFirstSymbols)
}
MOST_SYMBOLS = 4096


def symbols_of_molecules(record: dict) -> Symbols | None:
    """Reads the tokens of such a record; None where it names no notation. Raises ValueError for tokens that stand
    twice, or are none."""
    notation = next((name for name in NOTATIONS if name in record), None)
    if notation is None:
        return None
    symbols, kind = record[notation], NOTATIONS[notation]
    if len(set(symbols)) < len(symbols) or not 0 < len(symbols) <= MOST_SYMBOLS:
        raise ValueError("symbols are there once")
    if not all(isinstance(symbol, str) and kind.pattern.fullmatch(symbol) for symbol in symbols):
        raise ValueError(f"symbols are those of {notation}")
    return kind(symbols)
