"""Ways to molecules: the actions of `growing` by which each comes, at random, and states on them."""

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from random import Random

import torch
from torch import Tensor

from .growing import CHOICES, ORDERS, RING, VALENCES, Bonded, Growth


@dataclass(frozen=True)
class Step:
    """One action of growth.

    Args:
        atom: the open atom that is grown at, or that a ring is closed with.
        kind: Kind of the new atom, RING where a ring is closed.
        order: Order of the bond, from 1 on.
    """

    atom: int
    kind: int
    order: int


def way_to(molecule: Bonded, rng: Random) -> tuple[list[int], list[Step], int]:
    """Finds a random way to build a molecule. Returns the atoms in a random order, depth first; the actions by which
    they come, without the first atom's; and how many actions come before anything may grow. A core comes first. Groups
    bound to its last atoms come before groups bound to its first ones, since these stay open for longer."""
    neighbours = {at: {} for at in range(len(molecule.kinds))}
    for (a, b), order in molecule.bonds.items():
        neighbours[a][b] = neighbours[b][a] = order
    start = rng.choice(sorted(molecule.core)) if molecule.core else rng.randrange(len(neighbours))
    order, place, steps = [start], {start: 0}, []

    def walk(at: int, allowed_atoms: Container[int]) -> None:
        stack = [at]
        while stack:
            at = stack[-1]
            free_neighbours = [
                neighbour for neighbour in neighbours[at] if neighbour not in place and neighbour in allowed_atoms
            ]
            if not free_neighbours:
                stack.pop()
                continue
            new = rng.choice(free_neighbours)
            steps.append(Step(place[at], molecule.kinds[new], neighbours[at][new]))
            place[new] = len(order)
            order.append(new)
            stack.append(new)
            rings = sorted(
                (place[neighbour] for neighbour in neighbours[new] if neighbour in place and neighbour != at),
                reverse=True,
            )
            steps.extend(Step(ring, RING, neighbours[new][order[ring]]) for ring in rings)

    walk(start, molecule.core or neighbours)
    steps_done = len(steps) if molecule.core else 0
    for at in reversed(order[: len(molecule.core)]):
        walk(at, neighbours)
    return order, steps, steps_done


def final_states(molecules: Sequence[Bonded], seeds: Sequence[int], atoms: int) -> Growth:
    """Returns the last state on a random way to each of the molecules. Arguments as of `random_states`.

    Args:
        molecules: to build.
        seeds: Seeds of the ways.
        atoms: Atoms of a molecule, at most.
    """
    return random_states(molecules, seeds, atoms, 0)[0]


def random_states(
    molecules: Sequence[Bonded], seeds: Sequence[int], atoms: int, states_each: int
) -> tuple[Growth, Tensor, Tensor, Tensor]:
    """Draws random states on a random way to each of the molecules.

    Args:
        molecules: of up to `atoms` atoms.
        seeds: of the way to each, and of its states.
        atoms: N of the states.
        states_each: states of a molecule; 0 for its last one.

    Returns: B = each * len(molecules) states; the actions (B,) that follow, numbers as in `Growth.allowed`; the kinds
    of the first atoms (B,); and (B,) how many actions of its way each state stands for.
    """
    batch = max(1, states_each) * len(molecules)
    state = Growth.begin(torch.full((batch,), -1), atoms)
    state.open[:] = False
    action, weight = torch.full((batch,), state.stop), torch.ones(batch)
    atom_rows, bond_rows, open_rows, due_rows, b = [], [], [], [(0, 0, 0)], 0
    for molecule, seed in zip(molecules, seeds):
        rng = Random(seed)
        order, steps, steps_done = way_to(molecule, rng)
        core, marked_points = order[: len(molecule.core)], Counter(molecule.points)
        due, places = [marked_points[at] for at in core], _places_to_grow(molecule, core)
        parents, bonds, degree, step_count = [-1], [], [0] * len(order), 0
        for mark in sorted(rng.randrange(steps_done, len(steps) + 1) for _ in range(states_each)) or [len(steps)]:
            for step in steps[step_count:mark]:
                if step.kind != RING:
                    parents.append(step.atom)
                new = len(parents) - 1
                if step.atom < len(core) <= new and due[step.atom]:
                    due[step.atom] -= 1
                for first, second in ((step.atom, new), (new, step.atom)):
                    bonds.append((first, degree[first], second, step.order))
                    degree[first] += 1
            step_count, up = mark, len(parents) - 1
            state.newest[b], weight[b] = up, (len(steps) - steps_done + 1) / max(1, states_each)
            state.fixed[b, : len(core)] = True
            atom_rows += [(b, k, molecule.kinds[at]) for k, at in enumerate(order[: up + 1])]
            bond_rows += [(b, *bond) for bond in bonds]
            while up >= len(core):  # open are the newest atom and those that led to it
                open_rows.append((b, up))
                up = parents[up]
            open_rows += [(b, at) for at in places if at <= up and (due[at] or not marked_points)]
            due_rows += [(b, at, count) for at, count in enumerate(due) if count]
            if mark < len(steps):
                step = steps[mark]
                action[b] = (step.atom * CHOICES + step.kind) * ORDERS + step.order - 1
            b += 1
    rows, places, values = torch.tensor(due_rows).T
    state.due[rows, places] = values
    rows, places, values = torch.tensor(atom_rows).T
    state.kinds[rows, places] = values
    if open_rows:
        rows, places = torch.tensor(open_rows).T
        state.open[rows, places] = True
    if bond_rows:
        rows, places, slots, other_atoms, orders = torch.tensor(bond_rows).T
        state.near[rows, places, slots], state.orders[rows, places, slots] = other_atoms, orders
    return state, action, state.kinds[:, 0], weight


def _places_to_grow(molecule: Bonded, core: list[int]) -> list[int]:
    """Places in a core that have a valence beside those that bind the core."""
    free_valences = {at: list(VALENCES.values())[molecule.kinds[at]] for at in core}
    for ends, order in molecule.bonds.items():
        if molecule.core.issuperset(ends):
            for at in ends:
                free_valences[at] -= order
    return [place for place, at in enumerate(core) if free_valences[at]]
