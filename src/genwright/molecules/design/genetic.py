"""Graph GA (Jensen 2019, Chemical Science 10:3567; Tripp & Hernandez-Lobato 2023, arXiv 2310.09267): molecules are
crossed at bonds, edited, and the best survive.

    population = start molecules, scored
    repeat   parents a, b ~ population, by rank
             child = crossover(a, b), with probability m edited; or, with probability 1 - c, a edited alone
             population = best POPULATION of population and a generation of children
    rank: a parent is one of the best n LEAST_SHARE^u of n molecules, u ~ uniform on 0 .. 1
    crossover: each parent falls in two at one single bond outside rings, or at two bonds of a ring; a piece of one is
             joined to a piece of the other

Ranks leave scores any scale. Small generations let good children be parents early; a large population keeps variety.
"""

import math
from functools import lru_cache
from random import Random

from ...core.packages import Chem
from ...core.type_names import RdkitMolecule
from .edits import MOST_EDITS, PATIENCE, edited, kekule, no_new_molecules_error
from .families import Proposal, Search, Task

Piece = tuple[RdkitMolecule, list[tuple[int, object]]]  # fragment; its open atoms, and types of the bonds cut
STARTED = 100  # start molecules that are scored first
POPULATION = 1_000  # molecules that may become parents
LEAST_SHARE = 0.001  # of the population, by rank, in which a parent is looked for
CROSSOVER = 0.9  # share of children that have two parents
MUTATION = 0.01  # share of these that are edited after the crossover
TRIES = 10  # attempts at one crossover


def search(task: Task) -> Search:
    """Raises Exhausted where no crossover and no edit makes a new molecule within the limits."""
    rng = task.rng("genetic")
    start_population = task.start_population(rng)
    scores = yield start_population
    population = _best_scored([(score, proposal.smiles) for score, proposal in zip(scores, start_population)])
    known = set(task.start)
    while True:
        children = _children(task, population, known, rng)
        scores = yield children
        population = _best_scored([*((score, child.smiles) for score, child in zip(scores, children)), *population])


def _children(task: Task, population: list[tuple[float, str]], known: set[str], rng: Random) -> list[Proposal]:
    """A generation of new molecules, which become known."""
    children, failures = [], 0
    while len(children) < task.generation:
        a, b = _draw_parent(population, rng), _draw_parent(population, rng)
        is_copied = a == b or rng.random() >= CROSSOVER
        child = _kekule_of(a) if is_copied else crossed(_kekule_of(a), _kekule_of(b), rng)
        edits = 1 if is_copied else rng.random() < MUTATION
        for _ in range(rng.randint(1, MOST_EDITS) if len(population) == 1 else edits):
            child = child and edited(child, rng, task.elements)
        smiles = "" if child is None else task.gate.smiles(child, known)
        if smiles:
            known.add(smiles)
            children.append(Proposal(smiles, a))
            failures = 0
        elif (failures := failures + 1) > PATIENCE:
            break
    if not children:
        raise no_new_molecules_error(task)
    return children


def _draw_parent(population: list[tuple[float, str]], rng: Random) -> str:
    """A molecule of the best share of a population, which is drawn between LEAST_SHARE and 1, evenly by its
    logarithm."""
    count = math.ceil(len(population) * LEAST_SHARE ** rng.random())
    return population[rng.randrange(count)][1]


@lru_cache(2 * POPULATION)
def _kekule_of(smiles: str) -> RdkitMolecule:
    """The molecule in Kekule form, cached since good molecules are parents many times."""
    return kekule(Chem.MolFromSmiles(smiles))


def _best_scored(scored_smiles: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """The POPULATION best, the first of equal ones first."""
    return sorted(scored_smiles, key=lambda one: -one[0])[:POPULATION]


# ---------------------------------------------------------------------- crossover


def crossed(a: RdkitMolecule, b: RdkitMolecule, rng: Random) -> RdkitMolecule | None:
    """Crosses two molecules: joins a piece of each in Kekule form, sanitised; None where TRIES cuts came to none.

    Args:
        rng: Random numbers.
    """
    for _ in range(TRIES):
        cut_molecule = _cut_ring if rng.random() < 0.5 else _cut_bond
        pieces = cut_molecule(a, rng), cut_molecule(b, rng)
        if not all(pieces):
            continue
        child = _joined(*(rng.choice(pair) for pair in pieces), rng)
        if not Chem.SanitizeMol(child, catchErrors=True):
            return child
    return None


def _cut_bond(molecule: RdkitMolecule, rng: Random) -> list[Piece]:
    """Both sides of a single bond outside rings; none where there is no such bond."""
    outer_bonds = [bond for bond in molecule.GetBonds() if bond.GetBondTypeAsDouble() == 1 and not bond.IsInRing()]
    return _part_molecule(molecule, [rng.choice(outer_bonds)]) if outer_bonds else []


def _cut_ring(molecule: RdkitMolecule, rng: Random) -> list[Piece]:
    """Both sides of two bonds of one ring, of which no other ring has a part; none where there are no such bonds."""
    rings = molecule.GetRingInfo()
    own_bonds = [[bond for bond in ring if rings.NumBondRings(bond) == 1] for ring in rings.BondRings()]
    own_bonds = [ring for ring in own_bonds if len(ring) > 1]
    if not own_bonds:
        return []
    return _part_molecule(molecule, [molecule.GetBondWithIdx(bond) for bond in rng.sample(rng.choice(own_bonds), 2)])


def _part_molecule(molecule: RdkitMolecule, bonds: list) -> list[Piece]:
    """The two pieces that are left without some bonds; none where there are not two."""
    parted_molecule = Chem.RWMol(molecule)
    ends = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), bond.GetBondType()) for bond in bonds]
    for a, b, _ in ends:
        parted_molecule.RemoveBond(a, b)
    numbers: list[tuple[int, ...]] = []
    pieces = Chem.GetMolFrags(parted_molecule, asMols=True, sanitizeFrags=False, fragsMolAtomMapping=numbers)
    if len(pieces) != 2:
        return []
    opened_places = []
    for piece, piece_numbers in zip(pieces, numbers):
        place = {atom: k for k, atom in enumerate(piece_numbers)}
        opened_places.append((piece, [(place[end], kind) for a, b, kind in ends for end in (a, b) if end in place]))
    return opened_places


def _joined(one: Piece, other_piece: Piece, rng: Random) -> RdkitMolecule:
    """Two pieces as one molecule, bonded where they were cut, by bonds of either."""
    whole, first = Chem.RWMol(Chem.CombineMols(one[0], other_piece[0])), one[0].GetNumAtoms()
    left, right = list(one[1]), list(other_piece[1])
    rng.shuffle(right)
    kinds = [kind for _, kind in (left if rng.random() < 0.5 else right)]
    for (a, _), (b, _), kind in zip(left, right, kinds):
        if a == first + b or whole.GetBondBetweenAtoms(a, first + b):
            continue
        whole.AddBond(a, first + b, kind)
    return whole
