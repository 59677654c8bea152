"""Rings that cannot exist: two bonds of an atom with a triple bond or two double bonds stay straight, a double
bond and an aromatic ring stay flat, and short rings would bend or twist them.

    straight   no ring of fewer than STRAIGHT atoms holds an atom of carbon or nitrogen with a triple bond or two double
               bonds
    flat       a double or aromatic bond a=b, and other neighbours c, d of a and e, f of b:

                   c       e        e is cis to one of c and d, and so trans to the other. Of the rings e-b=a-c and
                    a == b          e-b=a-d, one holds a trans bond, and must have TRANS atoms or more (Wiseman 1967,
                   d       f        after Bredt 1924)

A ring that passes through two neighbours of one end does not count: it goes round rings that are fused, in which all
neighbours lie in one plane. So naphthalene passes, and benzene with a short bridge across it does not. Nor does a ring
count that holds a metal or another element beside ORGANIC. A third kind of ring is antiaromatic: cyclobutadiene.
"""

from collections.abc import Collection, Sequence

from ...core.type_names import RdkitMolecule

STRAIGHT = 9  # cyclononyne is stable, and cyclooctyne reacts with azides by itself
TRANS = 9  # trans-cyclooctene is strained and reacts with tetrazines by itself, and bridges strain it further
ORGANIC = frozenset((5, 6, 7, 8, 14, 15, 16, 34))
FLAT = frozenset((5, 6, 7, 8))  # elements that a double bond keeps flat: sulfur and phosphorus remain pyramids
LINEAR = frozenset((6, 7))


def find_impossible_ring(molecule: RdkitMolecule) -> str:
    """Finds the first ring of a molecule of RDKit that cannot exist, in words; "" where there is none."""
    neighbours, straight, flat = _look_at_rings(molecule)
    if any(_joined(neighbours, *neighbours[at], {at}, STRAIGHT - 2) for at in straight):
        return "a triple bond or cumulene in a small ring"
    if any(_is_twisted(neighbours, *ends) or _is_twisted(neighbours, *ends[::-1]) for ends in flat):
        return "a twisted double bond or a bridged aromatic ring"
    return "a cyclobutadiene" * any(_is_cyclobutadiene(molecule, ring) for ring in molecule.GetRingInfo().BondRings())


def _look_at_rings(molecule: RdkitMolecule) -> tuple[dict[int, list[int]], list[int], list[tuple[int, int]]]:
    """Neighbours of each atom by bonds in rings; atoms in rings whose bonds stay straight; and bonds that stay flat."""
    neighbours: dict[int, list[int]] = {}
    doubles: dict[int, int] = {}  # double bonds of each atom, 2 for a triple bond
    flat = []
    elements = [atom.GetAtomicNum() for atom in molecule.GetAtoms()]
    for bond in molecule.GetBonds():
        ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        if not bond.IsInRing() or not ORGANIC.issuperset(kinds := [elements[end] for end in ends]):
            continue
        for first, second in (ends, ends[::-1]):
            neighbours.setdefault(first, []).append(second)
        order = bond.GetBondTypeAsDouble()
        if order == 1.5 or order == 2 and FLAT.issuperset(kinds):
            flat.append(ends)
        if order in (2, 3):
            for end in ends:
                doubles[end] = doubles.get(end, 0) + int(order) - 1
    straight = [
        at for at, count in doubles.items() if count > 1 and elements[at] in LINEAR and len(neighbours[at]) == 2
    ]
    return neighbours, straight, flat


def _is_twisted(neighbours: dict[int, list[int]], a: int, b: int) -> bool:
    """Whether a neighbour of b is joined to both other neighbours of a by rings that are too short."""
    if len(neighbours[a]) != 3:
        return False
    c, d = (at for at in neighbours[a] if at != b)
    other_neighbours = {at for at in neighbours[b] if at != a}
    rings = lambda e: (
        _joined(neighbours, e, end, {a, b, c, d, *other_neighbours} - {e, end}, TRANS - 3) for end in (c, d)
    )
    return any(all(rings(e)) for e in other_neighbours)


def _is_cyclobutadiene(molecule: RdkitMolecule, ring: Sequence[int]) -> bool:
    """Whether four bonds are a ring of carbon with two double bonds. An aromatic bond that another ring shares may be
    single, as in biphenylene, and so are all bonds of squaric acid."""
    if len(ring) != 4:
        return False
    bonds = [molecule.GetBondWithIdx(bond) for bond in ring]
    ring_bonds = [bond for bond in bonds if molecule.GetRingInfo().NumBondRings(bond.GetIdx()) == 1]
    atoms = [end for bond in bonds for end in (bond.GetBeginAtom(), bond.GetEndAtom())]
    outer_bonds = [bond for atom in atoms for bond in atom.GetBonds() if not bond.IsInRing()]
    is_squaric = any(bond.GetBondTypeAsDouble() == 2 for bond in outer_bonds)
    is_carbon = all(atom.GetAtomicNum() == 6 for atom in atoms)
    return is_carbon and not is_squaric and sum(bond.GetBondTypeAsDouble() > 1 for bond in ring_bonds) > 1


def _joined(
    neighbours: dict[int, list[int]], start: int, end: int, avoided_atoms: Collection[int], max_atoms: int
) -> bool:
    """Whether a path of at most so many atoms joins two atoms and passes through no others. Both ends count."""
    reached_atoms, edge = {start, *avoided_atoms}, {start}
    for _ in range(max_atoms - 1):
        if end in edge:
            break
        edge = {reachable for at in edge for reachable in neighbours[at]} - reached_atoms
        reached_atoms |= edge
    return end in edge
