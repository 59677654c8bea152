"""REINVENT (Olivecrona et al. 2017, Journal of Cheminformatics 9:48): a policy that stays near its prior and scores.

    agent = copy of the prior
    repeat   write BATCH strings x with the agent, s(x) in [0, 1] their scores, 0 of what breaks a limit
             (where nothing was within the limits yet, the start molecules are scored and replayed)
             loss = mean (log p_prior(x) + SIGMA s(x) - log p_agent(x))^2
             the same of REPLAYED of the best that were ever written

Scores of any scale come to [0, 1] by the lowest and the highest seen so far, and to 1 where all are alike.
"""

import torch
from torch import Tensor

from ...core.device import threads
from .families import Proposal, Search, Task
from .hill_climbing import FRUITLESS, nothing_written
from .string_policy import STRINGS, StringPolicy

BATCH, REPLAYED, REMEMBERED = 64, 24, 100  # strings
SIGMA, RATE = 500.0, 5e-4


def search(task: Task) -> Search:
    """Raises Exhausted where the model goes on to write no molecule within the limits."""
    prior = StringPolicy(task.prior(STRINGS), "reinvent prior", task.seed, RATE)
    agent = StringPolicy(task.prior(STRINGS), "reinvent", task.seed, RATE)
    rng, score_of, fruitless = task.rng("reinvent"), {}, 0
    while True:
        x = agent.sample(BATCH)
        new_smiles = agent.smiles(x, task.gate)
        new = list(dict.fromkeys(smiles for smiles in new_smiles if smiles))
        fruitless = 0 if new else fruitless + 1
        if fruitless == FRUITLESS:
            raise nothing_written(task)
        if not new and not score_of:
            new = [proposal.smiles for proposal in task.start_population(rng)]
        if new:
            score_of.update(zip(new, (yield [Proposal(smiles) for smiles in new])))
        best = sorted(score_of, key=score_of.get, reverse=True)[:REMEMBERED]
        replayed_codes, respelled = agent.codes(rng.sample(best, min(REPLAYED, len(best))))
        reward = scaled(
            [*(score_of.get(smiles) for smiles in new_smiles), *map(score_of.get, respelled)], score_of.values()
        )
        both_codes = torch.cat([x, replayed_codes]) if len(respelled) else x
        with threads(1):
            with torch.no_grad():
                expected = prior.log_prob(both_codes) + SIGMA * reward
            agent.learn((expected - agent.log_prob(both_codes)).square().mean())


def scaled(scores: list[float | None], seen) -> Tensor:
    """Scales scores (n,) to [0, 1]; 0 where there is no score."""
    low, high = min(seen), max(seen)
    scaled = lambda score: (score - low) / (high - low) if high > low else 1.0
    return torch.tensor([0.0 if score is None else scaled(score) for score in scores])
