"""A policy that builds molecules atom by atom, learned by imitation (the first half of GCPN, You 2018).

    p(way)   = p(first atom) prod_t p(action_t | molecule so far)        over the actions that are allowed
    train:     a way through each molecule, depth first, at random; -log p of some of its actions, and of its stop
    draw:      action after action until the policy stops

Valences and sizes of rings are part of the environment (`molecules.chemistry.growing`), so whatever is drawn is a
molecule. A `design` of the family `gcpn` goes on from here by reinforcement.
"""

from collections.abc import Callable
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.domain import BaseDomain
from ...core.draws import Draws
from ...core.errors import DataError
from ...core.family import Family
from ...core.spec import Spec
from ...core.trainable import Batch
from ..chemistry.growing import VALENCES, Growth, bonded
from ..chemistry.ways import random_states

REMEMBERED = 50_000  # molecules that are kept as graphs, so that each is read once
ROUNDS = 20  # draws of an item, at most
FORBIDDEN = -1e9  # logit of an action that is not allowed
graph_of = lru_cache(REMEMBERED)(bonded)


class GraphPolicy(Family):
    """A policy that grows molecules atom by atom, trained to imitate how training molecules can be built.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        network: Network of `molecules.networks.growth_policy`.
        rings: smallest and largest ring that may close.
        states: States of each molecule that a step of training looks at.
    """

    allow_bf16 = True
    conditional = False
    lacks = {
        "log_prob": "a molecule can be built in more ways than are counted",
        "complete": "it grows molecules from their first atom on",
    }

    def __init__(self, spec: Spec, given: Spec, network: nn.Module, rings: tuple[int, int], states: int):
        super().__init__(spec, given)
        self.network, self.rings, self.states, self.domain = network, rings, states, None
        self.register_buffer("used", torch.zeros(len(VALENCES), dtype=torch.bool))  # kinds of atoms in training

    def attach_domain(self, domain: BaseDomain) -> None:
        self.domain = domain

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        lines = self.domain.decode(batch.x.cpu(), batch.given.cpu(), None)
        seeds = batch.rng.integers(2**31, (len(lines),)).tolist()
        pairs = [(graph, seed) for graph, seed in zip(map(graph_of, lines), seeds) if graph is not None]
        pairs = [(graph, seed) for graph, seed in pairs if len(graph.kinds) <= self.network.atoms]
        if not pairs:
            return sum(0.0 * parameter.sum() for parameter in self.parameters()), {}
        states = random_states(*zip(*pairs), self.network.atoms, self.states)
        state, action, first, weight = (part.to(self.device) for part in states)
        first_loss = F.cross_entropy(self.network.first.expand(len(first), -1), first, reduction="sum") / self.states
        return (self.imitation(state, action, weight).sum() + first_loss) / len(lines), {}

    def imitation(self, state: Growth, action: Tensor, weight: Tensor) -> Tensor:
        """Computes the weighted imitation loss in nats of the allowed ones among actions (B,).

        Args:
            state: B molecules that grow.
            action: (B,) int64 number of the action to imitate in each state.
            weight: (B,) weight of each action in the loss.
        """
        if self.training:
            self.used[state.kinds[state.kinds >= 0]] = True
        (logits, _), allowed = self.network(state), self.allowed(state, self.network.atoms)
        is_allowed = allowed.gather(1, action[:, None])[:, 0]  # a ring that closes around smaller ones may be too large
        nats = -self.log_masses(logits, allowed).gather(1, action[:, None])[:, 0]
        return (nats * weight)[is_allowed]

    def allowed(self, state: Growth, most: int | Tensor) -> Tensor:
        """Finds the allowed actions in each state: (B, actions) bool.

        Args:
            most: limit on the atoms of a molecule, a number or (B,).
        """
        return state.allowed(torch.ones_like(self.used) if self.training else self.used, self.rings, most)

    @staticmethod
    def log_masses(logits: Tensor, is_allowed: Tensor) -> Tensor:
        """Computes log-probabilities (B, actions) of the allowed actions from their logits; others get next to none."""
        return logits.masked_fill(~is_allowed, FORBIDDEN).log_softmax(1)

    def start(self, n: int, rng: Draws, given: Tensor | None = None) -> Growth:
        """Starts n molecules of one atom each. Raises DataError where training had no molecule that can be grown.

        Args:
            n: Number of molecules.
            rng: Random numbers.
            given: (n, G) wanted properties, for a policy that reads them.
        """
        if not self.used.any():
            raise DataError("no training molecule could be grown: all hold charges, rare elements or too many atoms")
        masses = self.network.first.masked_fill(~self.used, FORBIDDEN).softmax(0)
        return Growth.begin(rng.categories(masses.expand(n, -1))[:, 0], self.network.atoms)

    def most_atoms(self, minimum: Tensor, retries: int) -> Tensor:
        """Computes the most atoms of each molecule, (B,), which falls with the number of retries from the network's
        limit to `minimum`.

        It is all that the network has room for at the first of ROUNDS tries, and `minimum` (B,) at the last. So a
        policy that has not learned to stop still grows molecules that can be written."""
        return self.network.atoms - (self.network.atoms - minimum) * retries // (ROUNDS - 1)

    def grown(self, state: Growth, rng: Draws, most_atoms: Tensor, watch: Callable = lambda *step: None) -> Growth:
        """Grows molecules until the policy stops in each, and returns the final states.

        Args:
            state: where it begins.
            rng: source of random numbers.
            most_atoms: (B,) atoms of a molecule, at most.
            watch: is told of each step: states, which actions are allowed, those taken, their nats, rows of `state`,
                and features of the states.
        """
        active = torch.arange(len(state), device=self.device)
        while len(active):
            current_state = state[active]
            logits, features = self.network(current_state)
            is_allowed = self.allowed(current_state, most_atoms[active])
            masses = self.log_masses(logits, is_allowed)
            action = rng.categories(masses.softmax(1))[:, 0]  # `exp` is slow of what is not allowed
            watch(current_state, is_allowed, action, masses.gather(1, action[:, None])[:, 0], active, features)
            state.replace_rows(active, current_state.take(action))
            active = active[action != state.stop]
        return state

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        """Samples n molecules. Raises DataError where no molecule fits the symbols and the length of training lines,
        and as `start` does."""
        items, missing = torch.zeros(n, *self.spec.shape, device=rng.device), list(range(n))
        for round_number in range(ROUNDS):
            limit = self.most_atoms(torch.ones(len(missing), dtype=torch.long, device=self.device), round_number)
            new_smiles = self.grown(self.start(len(missing), rng, given[missing]), rng, limit).smiles()
            for place, smiles in list(zip(missing, new_smiles)):
                try:
                    items[place] = self.domain.encode([smiles])[0][0].to(items)
                except DataError:  # the alphabet or the longest line of training has no room for it
                    continue
                missing.remove(place)
            if not missing:
                return items
        raise DataError(
            f"{len(missing):,} of {n:,} molecules could not be written like those of training in {ROUNDS} draws: train "
            "longer"
        )
