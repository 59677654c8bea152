"""Hill climbing with a string model (Brown et al. 2019; Segler et al. 2018): it learns from the best that it wrote.

repeat   write strings until ROUND new molecules are within the limits; score them
         learn from the best SHARE of all that were scored, EPOCHS times: loss = -mean log p(string)
"""

import torch

from ...core.device import threads
from .families import Exhausted, Proposal, Search, Task
from .string_policy import STRINGS, StringPolicy

ROUND, SHARE, LEAST_MOLECULES, EPOCHS = 256, 0.1, 64, 2  # molecules, share, molecules at least, passes
RATE, BATCH = 5e-4, 32
WRITTEN = 128  # strings at once
FRUITLESS = 40  # writings in a row without a new molecule


def search(task: Task) -> Search:
    """Raises Exhausted where the model writes no molecule within the limits."""
    policy = StringPolicy(task.prior(STRINGS), "hill-climbing", task.seed, RATE)
    rng, score_of = task.rng("hill-climbing"), {}
    while True:
        new_smiles = _written(policy, task, score_of)
        for begin in range(0, len(new_smiles), task.batch):
            part = new_smiles[begin : begin + task.batch]
            score_of.update(zip(part, (yield [Proposal(smiles) for smiles in part])))
        best = sorted(score_of, key=score_of.get, reverse=True)[: max(LEAST_MOLECULES, int(SHARE * len(score_of)))]
        codes, _ = policy.codes(best)
        with threads(1):
            for _ in range(EPOCHS if len(codes) else 0):
                order = torch.tensor(rng.sample(range(len(codes)), len(codes)))
                for part in order.split(BATCH):
                    policy.learn(-policy.log_prob(codes[part]).mean())


def _written(policy: StringPolicy, task: Task, known: dict) -> list[str]:
    """New molecules: ROUND, or fewer where the model writes nothing new any more."""
    molecules: dict[str, None] = {}
    fruitless = 0
    while len(molecules) < ROUND:
        new = {smiles for smiles in policy.smiles(policy.sample(WRITTEN), task.gate) if smiles} - known.keys()
        fruitless = 0 if new - molecules.keys() else fruitless + 1
        molecules |= dict.fromkeys(sorted(new))
        if fruitless == FRUITLESS:
            if not molecules:
                raise nothing_written(task)
            break
    return list(molecules)[:ROUND]


def nothing_written(task: Task) -> Exhausted:
    return Exhausted(
        f"the string model wrote no new molecule within the limits in {FRUITLESS} attempts: pass --filters off, "
        "name another --prior, or take --family genetic"
    )
