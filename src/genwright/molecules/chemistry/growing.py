"""Molecules that grow atom by atom: the environment of policies over graphs, in batches, without RDKit at each step.

    state    atoms 1 .. m in the order in which they came, and the bonds between them; some atoms are open
    action   add    an atom of some kind, bonded to an open atom i; all atoms behind i close, the new one is open
             ring   a bond between the newest atom and another open atom
             stop
    allowed  where free valences bear the bond's order, the ring has a size within limits, and atoms are not too many

An atom is an element or a group that has one valence (VALENCES), so that whatever is stopped at is a molecule: valences
that are left hold hydrogens. A molecule of data is a way through depth first (`ways`): that is why atoms close.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache

import torch
from torch import Tensor

from ...core.packages import Chem
from ...core.type_names import RdkitMolecule
from .standards import quiet_rdkit

NITRO = "[N+](=O)[O-]"
VALENCES = {
    "C": 4, "N": 3, "O": 2, "F": 1, "S": 2, "S(=O)": 2, "S(=O)(=O)": 2, "Cl": 1, "Br": 1, "I": 1, "P": 3,
    "B": 3, "Si": 4, NITRO: 1,
}  # fmt: skip
ELEMENTS = [re.match(r"\[?([A-Z][a-z]?)", name)[1] for name in VALENCES]  # of each kind; its oxygens come with it
ORDERS = 3  # single, double, triple
BONDS = 4  # of an atom, at most
RING = len(VALENCES)  # beside the kinds of a new atom: close a ring
CHOICES = RING + 1


@dataclass(frozen=True)
class Bonded:
    """A molecule as atoms and bonds.

    Args:
        kinds: numbers of the VALENCES.
        bonds: {(a, b): order} with a < b.
        points: atoms at which a scaffold may grow, such as that beside [*:1], once for each mark.
        heads: numbers of its atoms in the SMILES; groups leave their oxygens out.
        core: atoms of its scaffold, which is there before anything grows.
    """

    kinds: list[int]
    bonds: dict[tuple[int, int], int]
    points: list[int]
    heads: list[int]
    core: frozenset[int] = frozenset()


def bonded(smiles: str) -> Bonded | None:
    """Reads a SMILES as atoms and bonds; None for a text that RDKit reads no molecule from, and for one that VALENCES
    cannot say."""
    with quiet_rdkit():
        molecule = Chem.MolFromSmiles(smiles)
        if molecule is None or not molecule.GetNumAtoms() or "." in smiles:
            return None
        molecule = Chem.RWMol(molecule)
        Chem.Kekulize(molecule, clearAromaticFlags=True)
    return _grouped(molecule)


def reason_against(smiles: str, rings: tuple[int, int], atoms: int) -> str:
    """Says why a molecule cannot be built within some sizes of rings and so many atoms, "" where it can.

    Args:
        smiles: SMILES of the molecule.
        rings: allowed sizes.
        atoms: Atoms of a molecule, at most.
    """
    graph = bonded(smiles)
    if graph is None:
        return "charges, rare elements or valences"
    if len(graph.kinds) > atoms:
        return f"more than {atoms} atoms"
    with quiet_rdkit():
        molecule = Chem.MolFromSmiles(smiles)  # its rings are read while it lives
        sizes = [len(ring) for ring in molecule.GetRingInfo().AtomRings()]
        return "" if all(rings[0] <= size <= rings[1] for size in sizes) else "rings of other sizes"


def _grouped(molecule: RdkitMolecule) -> Bonded | None:
    """The graph of a Kekule form. Oxygens of a group, and marks of places that may grow, are no atoms of their own."""
    names, inner, marked_groups = {}, set(), []
    for atom in molecule.GetAtoms():
        at, symbol = atom.GetIdx(), atom.GetSymbol()
        if atom.GetNumRadicalElectrons():
            return None
        if not atom.GetAtomicNum():
            inner.add(at)
            marked_groups += [neighbour.GetIdx() for neighbour in atom.GetNeighbors()]
            continue
        oxygens = [
            (bond.GetOtherAtomIdx(at), bond.GetBondTypeAsDouble())
            for bond in atom.GetBonds()
            if bond.GetOtherAtom(atom).GetSymbol() == "O" and bond.GetOtherAtom(atom).GetDegree() == 1
        ]
        charge = atom.GetFormalCharge()
        if symbol == "N" and charge == 1 and sorted(order for _, order in oxygens) == [1, 2]:
            symbol = NITRO
        elif charge:
            symbol = ""
        elif symbol == "S":
            oxygens = [oxygen for oxygen in oxygens if oxygen[1] == 2]
            symbol += "(=O)" * len(oxygens)
        else:
            oxygens = []
        inner |= {place for place, _ in oxygens}
        names[at] = symbol
    numbers = {name: number for number, name in enumerate(VALENCES)}
    heads = [at for at in names if at not in inner]
    if not heads or any(names[at] not in numbers for at in heads):
        return None
    place = {at: k for k, at in enumerate(heads)}
    kinds = [numbers[names[at]] for at in heads]
    bonds, free_valences = {}, [VALENCES[names[at]] for at in heads]
    for bond in molecule.GetBonds():
        a, b = sorted((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()))
        if a in place and b in place:
            bonds[place[a], place[b]] = order = int(bond.GetBondTypeAsDouble())
            free_valences[place[a]] -= order
            free_valences[place[b]] -= order
    points = sorted(place[at] for at in marked_groups if at in place)
    return None if min(free_valences) < 0 else Bonded(kinds, bonds, points, heads)


@dataclass(frozen=True)
class Growth:
    """A batch of B growing molecules of up to N atoms, as states of a policy.

    Args:
        kinds: (B, N) int64, numbers of the VALENCES, -1 where no atom is yet.
        near: (B, N, BONDS) int64, atoms that are bonded to each, N where there are no more.
        orders: (B, N, BONDS) int64 of those bonds, 0 where there are no more.
        open: (B, N) bool, atoms that may be grown at.
        fixed: (B, N) bool, atoms of a scaffold: no ring is closed with them.
        due: (B, N) int64, how much must still be bound to atoms of a scaffold whose places are marked.
        newest: (B,) int64, the atom that came last.
    """

    kinds: Tensor
    near: Tensor
    orders: Tensor
    open: Tensor
    fixed: Tensor
    due: Tensor
    newest: Tensor

    def __len__(self) -> int:
        return len(self.kinds)

    @classmethod
    def begin(cls, kind: Tensor, atoms: int) -> "Growth":
        """Makes states with one open atom of a kind (B,) each, of up to `atoms`."""
        kinds = torch.full((len(kind), atoms), -1, device=kind.device)
        near, open_ = kinds.new_full((*kinds.shape, BONDS), atoms), torch.zeros_like(kinds, dtype=torch.bool)
        kinds[:, 0], open_[:, 0] = kind, True
        return cls(kinds, near, near * 0, open_, open_ & False, kinds * 0, torch.zeros_like(kind))

    @classmethod
    def from_scaffold(cls, scaffold: Bonded, n: int, atoms: int) -> "Growth":
        """Makes n states of a scaffold that may grow at its points, or anywhere where it has none. No ring is closed
        with its atoms.

        Args:
            scaffold: as atoms and bonds.
            n: number of states.
            atoms: Atoms of a molecule, at most.
        """
        state, count, degree = cls.begin(torch.zeros(n, dtype=torch.long), atoms), len(scaffold.kinds), Counter()
        state.kinds[:, :count] = torch.tensor(scaffold.kinds)
        for ends, order in scaffold.bonds.items():
            for first, second in (ends, ends[::-1]):
                state.near[:, first, degree[first]], state.orders[:, first, degree[first]] = second, order
                degree[first] += 1
        state.open[:] = state.free() > 0
        if scaffold.points:
            state.open[:] &= torch.isin(torch.arange(atoms), torch.tensor(scaffold.points))
        state.fixed[:, :count], state.newest[:] = True, count - 1
        return state

    @property
    def count(self) -> Tensor:
        """The number (B,) of atoms."""
        return (self.kinds >= 0).sum(1)

    def free(self) -> Tensor:
        """Computes the free valences (B, N) int64; 0 where no atom is."""
        return _valences(self.kinds.device)[self.kinds] - self.orders.sum(2)

    @property
    def stop(self) -> int:
        """The number of the action that stops."""
        return self.kinds.shape[1] * CHOICES * ORDERS

    def allowed(self, kinds: Tensor, rings: tuple[int, int], most_atoms: int | Tensor) -> Tensor:
        """Finds the actions that may be taken, (B, N * CHOICES * ORDERS + 1) bool: at each atom, a new atom of each
        kind or a ring, by each order of bond; last, to stop.

        Args:
            kinds: (len(VALENCES),) bool, which a new atom may have.
            rings: smallest and largest ring.
            most_atoms: atoms at most, a number or (B,).
        """
        row, order = torch.arange(len(self), device=kinds.device), torch.arange(1, ORDERS + 1, device=kinds.device)
        bears = self.open[:, :, None] & (self.free()[:, :, None] >= order)  # (B, N, ORDERS)
        borne = kinds[:, None] & (_valences(kinds.device)[:-1, None] >= order)
        add = bears[:, :, None] & borne & (self.count < most_atoms)[:, None, None, None]
        closes = self._closes_ring(rings) & ~self.fixed & ~self.fixed[row, self.newest, None]
        ring = bears & bears[row, self.newest, None] & closes[:, :, None]
        actions = torch.cat([add, ring[:, :, None]], 2).flatten(1)
        return torch.cat([actions, torch.ones_like(actions[:, :1])], 1)

    def _closes_ring(self, rings: tuple[int, int]) -> Tensor:
        """(B, N) bool, atoms with which the newest one would close a ring of such a size."""
        batch, atoms = self.kinds.shape
        is_reached = torch.zeros(batch, atoms + 1, dtype=torch.bool, device=self.kinds.device)
        is_reached[torch.arange(batch, device=self.kinds.device), self.newest] = True
        visited, closes, neighbours = is_reached.clone(), torch.zeros_like(self.open), self.near.flatten(1)
        for size in range(2, rings[1] + 1):  # a ring of so many atoms is closed with what is size - 1 bonds away
            step = is_reached.gather(1, neighbours).view(self.near.shape).any(2) & ~visited[:, :atoms]
            is_reached[:, :atoms] = step
            visited |= is_reached
            if size >= rings[0]:
                closes |= step
        return closes

    def take(self, action: Tensor) -> "Growth":
        """Returns the states after actions (B,), numbers as in `allowed`; a stop changes nothing."""
        next_state, atoms = self[torch.arange(len(self), device=action.device)], self.kinds.shape[1]
        (row,) = (action < self.stop).nonzero(as_tuple=True)
        remainder, order = action[row] // ORDERS, action[row] % ORDERS + 1
        atom, choice = remainder // CHOICES, remainder % CHOICES
        adds = choice < len(VALENCES)
        grown_rows, new = row[adds], self.count[row[adds]]
        next_state.kinds[grown_rows, new] = choice[adds]
        next_state.open[grown_rows] &= torch.arange(atoms, device=action.device) <= atom[adds][:, None]
        next_state.open[grown_rows, new] = True
        due = next_state.due[grown_rows, atom[adds]]
        next_state.due[grown_rows, atom[adds]] = (due - 1).clamp(min=0)
        next_state.open[grown_rows, atom[adds]] &= due != 1
        next_state.newest[grown_rows] = new
        newest = next_state.newest[row]
        for first, second in ((atom, newest), (newest, atom)):
            place = (self.orders[row, first] > 0).sum(1)
            next_state.near[row, first, place], next_state.orders[row, first, place] = second, order
        return next_state

    @classmethod
    def join(cls, states: Sequence["Growth"]) -> "Growth":
        """Joins states one after the other."""
        return cls(*(torch.cat([getattr(state, field.name) for state in states]) for field in fields(cls)))

    def replace_rows(self, rows: Tensor, states: "Growth") -> None:
        """Replaces the states of some rows."""
        for tensor in fields(self):
            getattr(self, tensor.name)[rows] = getattr(states, tensor.name)

    def move_to(self, device: torch.device) -> "Growth":
        return self._map_tensors(lambda tensor: tensor.to(device))

    to = move_to  # as a tensor calls it

    def __getitem__(self, rows: Tensor) -> "Growth":
        return self._map_tensors(lambda tensor: tensor[rows])

    def _map_tensors(self, change: Callable[[Tensor], Tensor]) -> "Growth":
        return type(self)(*(change(getattr(self, field.name)) for field in fields(self)))

    def smiles(self) -> list[str]:
        """Writes canonical SMILES, "" where RDKit does not take one."""
        with quiet_rdkit():
            molecules = (self.molecule(b)[0] for b in range(len(self)))
            return ["" if molecule is None else Chem.MolToSmiles(molecule) for molecule in molecules]

    def molecule(self, b: int) -> tuple[RdkitMolecule | None, list[int]]:
        """Builds molecule b, None where RDKit does not take it, and the numbers of the state's atoms in it."""
        molecule, heads = Chem.RWMol(), []
        for kind in self.kinds[b][self.kinds[b] >= 0].tolist():
            head, *other_atoms = _GROUPS[kind]
            heads.append(molecule.AddAtom(_atom(Chem, head)))
            for symbol, order in other_atoms:
                molecule.AddBond(heads[-1], molecule.AddAtom(_atom(Chem, symbol)), Chem.BondType.values[order])
        for i, (neighbours, orders) in enumerate(zip(self.near[b].tolist(), self.orders[b].tolist())):
            for j, order in zip(neighbours, orders):
                if i < j < self.near.shape[1]:
                    molecule.AddBond(heads[i], heads[j], Chem.BondType.values[order])
        return None if Chem.SanitizeMol(molecule, catchErrors=True) else molecule, heads


def _atom(chem, symbol: str):
    atom = chem.Atom(symbol.rstrip("+-"))
    atom.SetFormalCharge(symbol.count("+") - symbol.count("-"))
    return atom


_GROUPS = [
    {"S(=O)": ["S", ("O", 2)], "S(=O)(=O)": ["S", ("O", 2), ("O", 2)], NITRO: ["N+", ("O", 2), ("O-", 1)]}.get(
        name, [name]
    )
    for name in VALENCES
]


@lru_cache
def _valences(device: torch.device) -> Tensor:
    """Valences by kind, and 0 of none."""
    return torch.tensor([*VALENCES.values(), 0], device=device)
