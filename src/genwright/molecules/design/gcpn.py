"""GCPN (You et al. 2018, NeurIPS): a policy adds atoms and bonds to a graph, and learns from rewards by PPO.

    prior    = a `graph-policy`, which imitates the start molecules
    repeat   EPISODES molecules x, each grown action after action by the policy
             r(x)  = s(x) - STRAIN_COST [x is strained] + ADVERSARIAL log D(x)
                                                        D: chance that x is a start molecule, by the discriminator
             A_t   = r(x) - V(state_t), to mean 0 and deviation 1
             for STEPS of the steps, at random, with q = p(action) now over p(action) as it was drawn:
                 loss = -mean min(q A, clip(q, 1 - CLIP, 1 + CLIP) A) + (V - r)^2 + KL_WEIGHT KL(now | prior)
             D learns to tell the molecules from as many start molecules

s(x) is the score, scaled by the lowest and the highest seen so far, 0 of what breaks a limit; it is divided by the root
of how often x was grown, since to grow the same again costs as much and shows nothing new. x is strained if MMFF94
leaves STRAINED kcal/mol or more in an angle on average, or RDKit finds no coordinates: the steric filter of the paper.
Its other filter, functional groups of ZINC, is among the limits (MOSES' filters).

The policy starts from one atom, or from the scaffold to keep. Five things differ from the paper:

    growth       depth first: a new bond is at an open atom of one path, and not between any two atoms
    stays near   the KL divergence to the prior takes the place of imitation beside PPO
    D            looks at finished molecules, and not at each state
    valid steps  have no reward, since valences and ring sizes allow no other
    like         if molecules must resemble others, growth starts from a random part of one, and not from all of it
"""

from collections import Counter
from copy import deepcopy
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.device import threads
from ...core.draws import Draws
from ...core.errors import DataError
from ..chemistry.embedding import STRAINED, bend_strain
from ..chemistry.growing import ELEMENTS, Growth, bonded, reason_against
from ..chemistry.standards import parsed
from ..chemistry.ways import final_states, random_states
from .families import Exhausted, Proposal, Search, Task, require_family
from .reinvent import scaled

EPISODES, STEPS, STEPS_AT_ONCE = 24, 384, 128  # molecules of a round, steps that it learns from, those of an update
CLIP, KL_WEIGHT, ADVERSARIAL, WORST = 0.2, 0.05, 0.05, -3.0
STRAIN_COST = 1.0  # as much as the whole range of scores
RATE, MOST_NORM = 6e-4, 1.0
FRUITLESS = 100  # rounds in a row without a new molecule within the limits


def search(task: Task) -> Search:
    """Raises Exhausted where the policy grows no new molecule within the limits any more."""
    policy = Policy(task)
    judge = Judge(policy.prior.network.encoder, task)
    task.gate.notes += describe_unlearned(task, policy)
    scores, strained, often, fruitless = {}, set(), Counter(), 0
    while True:
        with threads(1):
            growth, steps = policy.grow(EPISODES)
        smiles_grown = [smiles and task.gate.smiles(parsed(smiles)) for smiles in growth.smiles()]
        new = [smiles for smiles in dict.fromkeys(smiles_grown) if smiles and smiles not in scores]
        fruitless = 0 if new else fruitless + 1
        if fruitless == FRUITLESS:
            raise Exhausted(
                f"the policy grew no new molecule within the limits in {FRUITLESS} rounds: pass --filters off, name "
                "another --prior, or take --family genetic"
            )
        if new:
            scores.update(zip(new, (yield [Proposal(smiles) for smiles in new])))
            strained.update(smiles for smiles in new if bend_strain(smiles) >= STRAINED)
        if not scores:
            continue
        with threads(1):
            often.update(smiles_grown)
            reward = reward_of(smiles_grown, scores, often, strained)
            policy.learn(steps, reward + ADVERSARIAL * judge(growth).clamp(min=WORST))
            judge.learn(growth)


def reward_of(grown: list[str], scores: dict[str, float], often: Counter, strained: set[str]) -> Tensor:
    """Computes the rewards (n,) of grown molecules, without the discriminator's part.

    Args:
        grown: SMILES of each, "" for one that breaks a limit.
        scores: {SMILES: score} of all molecules so far.
        often: How often each SMILES was grown so far.
        strained: SMILES of strained molecules.
    """
    repeats = torch.tensor([float(often[smiles]) for smiles in grown])
    is_strained = torch.tensor([smiles in strained for smiles in grown])
    return (
        scaled([scores.get(smiles) for smiles in grown], scores.values()) / repeats.sqrt() - STRAIN_COST * is_strained
    )


class Steps:
    """The steps of a policy: states, the actions that were allowed, the one taken, its nats as it was drawn, the number
    of its molecule, and the features of the state."""

    def __init__(self):
        self.parts = []

    def add(self, states: Growth, *columns: Tensor) -> None:
        self.parts.append((states, *columns))

    def joined(self) -> tuple[Growth, Tensor, Tensor, Tensor, Tensor, Tensor]:
        states, *columns = zip(*self.parts)
        return Growth.join(states), *map(torch.cat, columns)


class Policy:
    """The policy that learns, beside the prior that it began as, and what it expects of a state."""

    def __init__(self, task: Task):
        model = task.prior(require_family("gcpn").prior)
        self.prior, self.seed, self.drawn = deepcopy(model.family).eval().requires_grad_(False), task.seed, 0
        limits = task.limits
        self.prior.rings = limits.rings or self.prior.rings
        self.prior.used &= torch.tensor([element in task.elements for element in ELEMENTS])
        self.scaffold = bonded(limits.keep) if limits.keep else None
        if limits.keep and self.scaffold is None:
            raise DataError(
                f"gcpn cannot grow {limits.keep}: it holds a charge or an element that has several valences"
            )
        self.most = min(limits.atoms or self.prior.network.atoms, self.prior.network.atoms)
        lead_molecules = limits.like if limits.similar else ()
        self.like = [
            bonded(smiles) for smiles in lead_molecules if not reason_against(smiles, self.prior.rings, self.most)
        ]
        self.family = deepcopy(self.prior).requires_grad_(True)
        self.value = nn.Linear(2 * self.family.network.encoder.width, 1)
        for parameter in self.value.parameters():
            nn.init.zeros_(parameter)
        self.optimiser = torch.optim.Adam([*self.family.parameters(), *self.value.parameters()], RATE)
        self.learned = False  # the first round teaches what to expect, and leaves the policy as it is

    @torch.no_grad()
    def grow(self, n: int) -> tuple[Growth, Steps]:
        """Grows n molecules, and records the steps that led to them."""
        rng, steps = Draws("design", "gcpn", self.seed, self.drawn), Steps()
        self.drawn += 1
        return self.family.grown(self._begin(n, rng), rng, torch.full((n,), self.most), steps.add), steps

    def _begin(self, n: int, rng: Draws) -> Growth:
        atoms = self.family.network.atoms
        if self.scaffold is not None:
            return Growth.from_scaffold(self.scaffold, n, atoms)
        if not self.like:
            return self.family.start(n, rng)
        ends = [self.like[k] for k in rng.integers(len(self.like), (n,)).tolist()]
        return random_states(ends, rng.integers(2**31 - 1, (n,)).tolist(), atoms, 1)[0]

    def learn(self, steps: Steps, rewards: Tensor) -> None:
        """Updates the policy by PPO.

        Args:
            rewards: (n,) of the molecules.
        """
        states, is_allowed, action, log_probs_before, rows, around = steps.joined()
        reward = rewards[rows]
        gain = reward - self.value(around)[:, 0].detach()
        gain = (gain - gain.mean()) / (gain.std() + 1e-6)
        rng = Draws("design", "gcpn order", self.seed, self.drawn)
        for part in rng.permutation(len(action))[:STEPS].split(STEPS_AT_ONCE):
            with torch.no_grad():
                prior = self.prior.log_masses(self.prior.network(states[part])[0], is_allowed[part])
            logits, around = self.family.network(states[part])
            current_logits = self.family.log_masses(logits, is_allowed[part])
            ratio = (current_logits.gather(1, action[part, None])[:, 0] - log_probs_before[part]).exp()
            gained = torch.minimum(ratio * gain[part], ratio.clamp(1 - CLIP, 1 + CLIP) * gain[part]).mean()
            divergence = (
                (current_logits.softmax(1) * (current_logits - prior)).sum(1).mean()
            )  # `exp` is slow of what is never taken
            error = (self.value(around.detach())[:, 0] - reward[part]).square().mean()
            loss = error - (gained - KL_WEIGHT * divergence if self.learned else 0.0)
            self.optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.family.parameters(), MOST_NORM)
            self.optimiser.step()
        self.learned = True


class Judge(nn.Module):
    """The discriminator of GCPN: log D (B,) of molecules, whether they are start molecules. It begins as an encoder
    does.

    Args:
        encoder: Encoder of the items.
        task: The task, such as "generate".
    """

    def __init__(self, encoder: nn.Module, task: Task):
        super().__init__()
        self.rng = task.rng("gcpn judge")
        self.encoder, self.out = deepcopy(encoder).requires_grad_(True), nn.Linear(encoder.width, 1)
        for parameter in self.out.parameters():
            nn.init.zeros_(parameter)
        most_atoms = encoder.place.num_embeddings
        graphs = [graph for graph in map(bonded, task.start) if graph is not None and len(graph.kinds) <= most_atoms]
        if not graphs:
            raise DataError("gcpn can grow no start molecule, since all hold charges or rare elements: take genetic")
        self.graphs, self.most = graphs, most_atoms
        self.optimiser = torch.optim.Adam(self.parameters(), RATE)

    def _odds(self, growth: Growth) -> Tensor:
        """Logits of finished molecules: nothing is open any more, whichever way they came."""
        finished = replace(growth, open=torch.zeros_like(growth.open), newest=torch.zeros_like(growth.newest))
        return self.out(self.encoder(finished)[2])[:, 0]

    @torch.no_grad()
    def forward(self, growth: Growth) -> Tensor:
        return F.logsigmoid(self._odds(growth))

    def learn(self, growth: Growth) -> None:
        seeds = [self.rng.getrandbits(31) for _ in range(len(growth))]
        real = final_states(self.rng.choices(self.graphs, k=len(growth)), seeds, self.most)
        loss = F.softplus(-self._odds(real)).mean() + F.softplus(self._odds(growth)).mean()
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()


def describe_unlearned(task: Task, policy: Policy) -> list[str]:
    """Describes the start molecules that the policy has no way to, by why; none where there are no such.

    Args:
        task: The task, such as "generate".
    """
    against = (reason_against(smiles, policy.prior.rings, policy.most) for smiles in task.start)
    reasons = Counter(filter(None, against))
    reasons_text = ", ".join(f"{reason} ({count:,})" for reason, count in reasons.most_common())
    return (
        [f"cannot grow {reasons.total():,} of {len(task.start):,} start molecules: {reasons_text}"]
        if reasons_text
        else []
    )
