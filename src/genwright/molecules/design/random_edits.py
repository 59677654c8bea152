"""Random edits (a floor): start molecules changed at random, without any selection.

molecule ~ start,  k ~ 1 .. 5,  k edits one after another
"""

from .edits import edited
from .family import Exhausted, Proposal, Search, Task
from .limits import smiles_within

MOST_EDITS = 5  # of one molecule
PATIENCE = 20_000  # attempts without a new molecule


def search(task: Task) -> Search:
    """Raises Exhausted where no edit makes a molecule within the limits."""
    from rdkit import Chem

    rng, known, batch, failures = task.rng("random-edits"), set(task.start), [], 0
    while True:
        parent = rng.choice(task.start)
        molecule = Chem.MolFromSmiles(parent)
        for _ in range(rng.randint(1, MOST_EDITS)):
            molecule = molecule and edited(molecule, rng, task.elements)
        smiles = molecule and smiles_within(task.limits, molecule, known)
        if not smiles:
            failures += 1
            if failures > PATIENCE:
                raise no_new_molecules_error(task)
            continue
        known.add(smiles)
        batch.append(Proposal(smiles, parent))
        failures = 0
        if len(batch) == task.batch:
            yield batch
            batch = []


def no_new_molecules_error(task: Task) -> Exhausted:
    return Exhausted(
        f"{PATIENCE:,} edits of {len(task.start):,} start molecules gave no new molecule within the limits: switch one "
        "off, as with --filters off, or give more molecules"
    )
