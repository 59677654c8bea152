"""Scaffolds that are decorated as graphs, read from lines that begin with the scaffold (see `notations`) and written
back as such lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ...core.errors import DataError
from ...core.packages import Chem
from .growing import Bonded, Growth, bonded
from .notations import (
    END,
    FREE,
    MAX_GROUPS,
    ScaffoldFirstSymbols,
    bound_groups,
    group_count,
    is_atom,
    quiet_rdkit,
    tokens,
)
from .scaffolds import murcko_scaffold


def decoration_of(smiles: str) -> tuple[Bonded, str] | None:
    """Splits a molecule into its scaffold (Bemis & Murcko 1996), whose points are where R-groups are bound, and the
    rest. Returns it and the SMILES of the scaffold, "" where it has no rings. Returns None where VALENCES cannot say
    the molecule."""
    graph = bonded(smiles)
    if graph is None:
        return None
    with quiet_rdkit():
        molecule = Chem.MolFromSmiles(smiles)
        for atom in molecule.GetAtoms():
            atom.SetIntProp("place", atom.GetIdx())
        scaffold = murcko_scaffold(molecule)
        if scaffold is None:
            return graph, ""
        atoms = {atom.GetIntProp("place") for atom in scaffold.GetAtoms()}
        core = frozenset(place for place, head in enumerate(graph.heads) if head in atoms)
        points = [
            end
            for ends in graph.bonds
            for end, other_end in (ends, ends[::-1])
            if end in core and other_end not in core
        ]
        return replace(graph, core=core, points=sorted(points)), Chem.MolToSmiles(scaffold)


@dataclass(frozen=True)
class Begun:
    """A line of tokens that begins with a scaffold.

    Args:
        symbols: Symbols of the scaffold; behind each atom with hydrogens {0}.
        graph: Graph of the scaffold, whose points are the places that are marked, none where the model chooses
            them.
        smiles: SMILES of the scaffold.
    """

    symbols: tuple[str, ...]
    graph: Bonded
    smiles: str

    def write(self, state: Growth, b: int, order: Sequence[int]) -> list[str] | None:
        """Writes the tokens of a grown molecule; None where the notation cannot say it.

        Args:
            state: State of the growing molecules.
            b: number of the molecule.
            order: Order of its atoms.
        """
        molecule, heads = state.molecule(b)
        if molecule is None:
            return None
        first_fixed = heads[len(order)] if len(order) < len(heads) else molecule.GetNumAtoms()
        groups_at = bound_groups(molecule, range(first_fixed))
        if groups_at is None:
            return None
        at_text = {self.graph.heads[at]: groups_at.get(heads[place], []) for place, at in enumerate(order)}
        written_symbols, groups, atom = [], [], -1
        for symbol in self.symbols:
            atom += is_atom(symbol)
            if FREE.fullmatch(symbol):
                groups_of_atom = sorted(at_text.get(atom, []))
                groups += groups_of_atom
                symbol = f"{{{len(groups) if groups_of_atom else 0}}}"
            written_symbols.append(symbol)
        if len(groups) > MAX_GROUPS:
            return None
        group_tokens = [part for k, group in enumerate(groups) for part in (group_count(groups[k:]), *tokens(group))]
        return [*written_symbols, END, *group_tokens]


def read_begun(alphabet: ScaffoldFirstSymbols, codes: Sequence[int], known: Sequence[bool]) -> Begun | None:
    """Reads the scaffold that a line begins with; None where the line has none, or it is not known to its end.

    Args:
        alphabet: Alphabet of the tokens.
        codes: Codes of the line.
        known: which of them are known.
    """
    line = [code if is_known else -1 for code, is_known in zip(codes, known)]
    if alphabet.end < 0 or alphabet.end not in line:
        return None
    symbols = ["{0}" if code < 0 else alphabet.symbols[code] for code in line[: line.index(alphabet.end)]]
    return _read_scaffold(tuple(symbols), tuple(code < 0 for code in line[: len(symbols)]))


@lru_cache(maxsize=1024)
def _read_scaffold(symbols: tuple[str, ...], unknown: tuple[bool, ...]) -> Begun | None:
    """symbols: up to the end of a scaffold. unknown: counts of R-groups that the model chooses."""
    marked_symbols, atom, place_before = [], -1, 0
    for symbol in symbols:
        atom += is_atom(symbol)
        if FREE.fullmatch(symbol) and (count := int(symbol[1])):
            marked_symbols += [atom] * (count - place_before)
            place_before = count
    smiles = "".join(symbol for symbol in symbols if not FREE.fullmatch(symbol))
    graph = bonded(smiles)
    if graph is None:
        raise DataError(
            f"{smiles} holds a charge, or an element or valence that graphs cannot grow from: neutralise it, or take a "
            "run of --family autoregressive"
        )
    place = {head: at for at, head in enumerate(graph.heads)}
    if any(atom not in place for atom in marked_symbols):
        raise DataError(f"{smiles} cannot grow at an oxygen of a group: mark another atom")
    points = [place[atom] for atom in marked_symbols]
    plain_symbols = tuple("{0}" if FREE.fullmatch(symbol) else symbol for symbol in symbols)
    return Begun(plain_symbols, replace(graph, points=points, core=frozenset(range(len(graph.kinds)))), smiles)
