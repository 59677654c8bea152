"""Decorator of scaffolds (Lim et al. 2019, Chemical Science 11:1153): a VAE whose decoder grows a graph.

    z        ~ q(z | whole molecule)                                      in training; N(0, I) when it samples
    p(way|z) = prod_t p(action_t | molecule so far, wanted properties, the scaffold's, z)
    loss     = -log p(way | z) + w max(free_nats, KL(q | N(0, I)))        w grows from 0 to 1, so that z may be used
    way:       from the scaffold of a molecule (Bemis & Murcko 1996) to the molecule, through what is bound to each of
               its atoms, depth first, at random
    allowed:   nothing that changes the scaffold: single bonds to its atoms, and no ring; where places are marked, what
               is marked and no more

In half of the molecules the places that bind anything are marked. Some ways begin with the first atom, as those of a
`graph-policy` do, so that the decorator also draws whole molecules. Lines have to be written with the scaffold first,
since a scaffold that is to be completed reaches the decorator as the beginning of such a line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from random import Random

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.errors import DataError
from ...core.spec import Spec
from ...core.trainable import Batch
from ...distributions.normal import draw, kl_to_standard
from ...families.conditions import drop_given
from ..chemistry.decorating import Begun, decoration_of, read_begun
from ..chemistry.growing import CHOICES, ORDERS, RING, Bonded, Growth
from ..chemistry.properties import PROPERTIES, computed
from ..chemistry.ways import final_states, random_states, way_to
from .graph_policy import REMEMBERED, ROUNDS, GraphPolicy

SCAFFOLDS = 100_000  # whose properties are kept
SCRATCH, MARKED = 0.15, 0.5  # shares of ways from the first atom on, and of scaffolds whose places are marked
computed_once = lru_cache(SCAFFOLDS)(lambda smiles, names: [computed([smiles], [name])[name][0] for name in names])


@dataclass(frozen=True)
class Wanted(Growth):
    """States of growing molecules, each with an embedding `around` (B, width) of the wanted properties."""

    around: Tensor

    @classmethod
    def extend(cls, states: Growth, around: Tensor) -> "Wanted":
        return cls(*(getattr(states, field.name) for field in fields(Growth)), around)


class Decorator(GraphPolicy):
    """A policy that completes scaffolds to molecules with wanted properties.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        network: a `DecoratorPolicy`.
        rings: smallest and largest ring of molecules that have no scaffold yet.
        states: States of each molecule that a step of training looks at.
        warmup: items over which the weight of the KL term grows to 1 (Bowman 2016).
        free_nats: Free nats of a molecule's latent, which cost nothing while it trains (Kingma 2016).
    """

    conditional = True
    completes, method = "approximate", "grown from the scaffold, atom by atom"
    lacks = {"log_prob": "a molecule can be built in more ways than are counted"}

    def __init__(
        self, spec: Spec, given: Spec, network: nn.Module, rings: tuple[int, int], states: int, warmup: int,
        free_nats: float,
    ):  # fmt: skip
        super().__init__(spec, given, network, rings, states)
        self.warmup, self.free_nats = warmup, free_nats
        self.read = {}  # codes of lines, and the decorations that they say

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        decorations = map(self._decoration, map(bytes, batch.x.to(torch.int16).cpu().numpy()))
        chance = batch.rng.uniform(len(batch.x), 2).tolist()
        decorations = [self._begin(decoration, *row) for decoration, row in zip(decorations, chance)]
        rows = [
            row
            for row, decoration in enumerate(decorations)
            if decoration and len(decoration[0].kinds) <= self.network.atoms
        ]
        if not rows:
            return sum(0.0 * parameter.sum() for parameter in self.parameters()), {}
        graphs, scaffolds = zip(*(decorations[row] for row in rows))
        seeds = batch.rng.integers(2**31, (len(rows),)).tolist()
        given, properties = batch.given[rows], self._own_properties(scaffolds)
        given = drop_given(self.given, given, batch.rng) if self.training else given
        molecules = final_states(graphs, seeds, self.network.atoms).to(self.device)
        no_latents = given.new_zeros(len(rows), self.network.latents)
        mean, log_variance = self.network.encode(
            Wanted.extend(molecules, self.network.wanted(given, properties, no_latents))
        )
        z = draw(mean, log_variance, batch.rng)
        nats = paid = kl_to_standard(mean, log_variance).sum(1)
        if self.training:
            paid = nats.clamp(min=self.free_nats) * min(1.0, batch.items / max(1, self.warmup))
        states = random_states(graphs, seeds, self.network.atoms, self.states)
        state, action, first, weight = (part.to(self.device) for part in states)
        around = self.network.wanted(given, properties, z).repeat_interleave(self.states, 0)
        first_loss = F.cross_entropy(self.network.first.expand(len(first), -1), first, reduction="none") / self.states
        scratch = ~state.fixed.any(1)
        loss = (
            self.imitation(Wanted.extend(state, around), action, weight).sum()
            + (first_loss * scratch).sum()
            + paid.sum()
        )
        return loss / len(batch.x), {"KL": nats.detach().sum() / len(batch.x)}

    def _decoration(self, codes: bytes) -> tuple[Bonded, str] | None:
        """As `decoration_of`, of the codes of a line, each of which is read once."""
        if codes not in self.read:
            if len(self.read) == REMEMBERED:
                self.read.clear()
            line = torch.from_numpy(np.frombuffer(codes, np.int16).copy())[None]
            self.read[codes] = decoration_of(*self.domain.decode(line, torch.zeros(1, self.given.width), None))
        return self.read[codes]

    def _begin(
        self, decoration: tuple[Bonded, str] | None, scratch: float, marked_share: float
    ) -> tuple[Bonded, str] | None:
        """A molecule with the core and the points that a way to it begins with, and the SMILES of this core."""
        if decoration is None or not decoration[0].core:
            return decoration
        graph, scaffold = decoration
        if scratch < SCRATCH:
            return replace(graph, core=frozenset(), points=[]), ""
        return (graph if marked_share < MARKED else replace(graph, points=[])), scaffold

    def _own_properties(self, scaffolds: Sequence[str]) -> Tensor:
        """(B, G) of scaffolds, NaN of what cannot be computed."""
        names = tuple(name for name in self.given.names if name in PROPERTIES)
        blank = [np.nan] * len(names)
        values = dict(
            zip(names, zip(*(computed_once(scaffold, names) if scaffold else blank for scaffold in scaffolds)))
        )
        none = np.full(len(scaffolds), np.nan)
        columns = [
            np.array(values.get(name, none))[:, None].repeat(width, 1)
            for name, width in zip(self.given.names, self.given.widths)
        ]
        table = np.concatenate([np.zeros((len(scaffolds), 0)), *columns], 1)
        return torch.as_tensor(table, dtype=torch.float32, device=self.device)

    def allowed(self, state: Growth, most: int | Tensor) -> Tensor:
        """Finds the allowed actions in each state: (B, actions) bool.

        Args:
            most: limit on the atoms of a molecule, a number or (B,).
        """
        batch, atoms = state.kinds.shape
        *_, stops = (all_actions := super().allowed(state, most)).split([all_actions.shape[1] - 1, 1], 1)
        grows = all_actions[:, :-1].view(batch, atoms, CHOICES, ORDERS)
        due, at = state.due.sum(1), torch.arange(atoms, device=all_actions.device)
        last_due = ((state.due > 0) * (at + 1)).amax(1) - 1
        is_single = torch.arange(ORDERS, device=all_actions.device) == 0
        grows = grows & (~state.fixed[:, :, None] | is_single)[:, :, None]
        grows[:, :, RING] &= ~state.fixed.any(1)[:, None, None]
        grows &= (at >= last_due[:, None])[:, :, None, None]
        room = state.count + due < most  # what is due has its room
        grows &= ((state.due > 0) | room[:, None])[:, :, None, None]
        return torch.cat([grows.flatten(1), stops & (due == 0)[:, None]], 1)

    def _draw_around(self, given: Tensor, scaffolds: Sequence[str], rng: Draws) -> Tensor:
        z = rng.normal(len(given), self.network.latents)
        return self.network.wanted(given.to(self.device), self._own_properties(scaffolds), z)

    def start(self, n: int, rng: Draws, given: Tensor | None = None) -> Growth:
        states = super().start(n, rng)
        return Wanted.extend(states, self._draw_around(given, [""] * n, rng))

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        """Completes scaffolds to molecules. A scaffold that grows to nothing which training lines could be stays a line
        that is no molecule.

        Raises DataError for a scaffold that cannot be grown.

        Args:
            x: (B, *shape) items.
            known: bool like x, True where a number is known.
            given: (B, G) conditions of the items.
            rng: Random numbers.
        """
        pairs, completed_codes = zip(x.long().tolist(), known.tolist()), x.clone()
        partial_molecules = {row: read_begun(self.domain.alphabet, *pair) for row, pair in enumerate(pairs)}
        if unfit := [
            row for row, scaffold in partial_molecules.items() if scaffold is None
        ]:  # no scaffold is known to its end
            completed_codes[unfit] = self.sample(len(unfit), given[unfit], rng).to(completed_codes)
        partial_molecules = {row: scaffold for row, scaffold in partial_molecules.items() if scaffold is not None}
        for scaffold in partial_molecules.values():
            self._require_room(scaffold)
        for round_number in range(ROUNDS):
            if not partial_molecules:
                return completed_codes
            rows, scaffolds = list(partial_molecules), list(partial_molecules.values())
            seeds = rng.integers(2**31, (len(rows),)).tolist()
            states = final_states([scaffold.graph for scaffold in scaffolds], seeds, self.network.atoms).to(self.device)
            wanted_embeddings = self._draw_around(given[rows], [scaffold.smiles for scaffold in scaffolds], rng)
            limit = self.most_atoms(states.count + states.due.sum(1), round_number)
            growth = self.grown(Wanted.extend(states, wanted_embeddings), rng, limit).to(torch.device("cpu"))
            for b, (row, scaffold, seed) in enumerate(zip(rows, scaffolds, seeds)):
                order, *_ = way_to(scaffold.graph, Random(seed))
                if (line := self._codes(scaffold.write(growth, b, order))) is not None:
                    completed_codes[row] = line.to(completed_codes)
                    del partial_molecules[row]
        for row in partial_molecules:
            end = int(known[row].nonzero().max()) + 1
            codes = torch.where(known[row], x[row], self.domain.alphabet.end)[:end].tolist()
            completed_codes[row] = self._ended(codes).to(completed_codes)
        return completed_codes

    def _require_room(self, partial: Begun) -> None:
        if len(partial.graph.kinds) + max(1, len(partial.graph.points)) > self.network.atoms:
            raise DataError(
                f"{partial.smiles} leaves no room to grow, as molecules have at most {self.network.atoms} atoms: "
                "take a smaller scaffold"
            )

    def _codes(self, symbols: Sequence[str] | None) -> Tensor | None:
        """(T,) a line; None where training lines have no such symbols, or are shorter."""
        leaf, numbers = self.spec.leaf, {symbol: code for code, symbol in enumerate(self.domain.alphabet.symbols)}
        if symbols is None or not numbers.keys() >= set(symbols) or len(symbols) >= leaf.shape[0]:
            return None
        return self._ended([numbers[symbol] for symbol in symbols])

    def _ended(self, codes: list[int]) -> Tensor:
        """(T,) a line of so many codes."""
        leaf = self.spec.leaf
        line = torch.full(leaf.shape, leaf.pad)
        line[: len(codes) + 1] = torch.tensor([*codes, leaf.end])
        return line
