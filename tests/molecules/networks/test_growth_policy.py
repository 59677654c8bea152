"""Policies over growing molecules, by their equations and one atom at a time."""

from dataclasses import dataclass

import pytest
import torch
import torch.nn.functional as F

from genwright.core.draws import Draws
from genwright.core.spec import Marginal, Real, Spec
from genwright.molecules.networks.decorator_policy import DecoratorPolicy
from genwright.molecules.networks.growth_policy import GrowthPolicy

KINDS, ORDERS, ATOMS, WIDTH = 3, 2, 4, 6
WEIGHT = Spec((("weight", Real(marginal=Marginal((-9.0, -1.0, 1.0, 9.0), (0.2, 0.6, 0.2)))),))


@dataclass
class Molecules:
    """A chain of three atoms, of which the middle one came last, and a single atom. Four is the place of no bond."""

    kinds = torch.tensor([[0, 2, 1, -1], [2, -1, -1, -1]])
    near = torch.tensor([[[1, 4], [0, 2], [1, 4], [4, 4]], [[4, 4]] * 4])
    orders = torch.tensor([[[1, 0], [1, 2], [2, 0], [0, 0]], [[0, 0]] * 4])
    open = torch.tensor([[True, False, True, False], [True, False, False, False]])
    newest = torch.tensor([1, 0])
    fixed = torch.tensor([[True, True, False, False], [False] * 4])
    due = torch.tensor([[0, 3, 0, 0], [0] * 4])

    def free(self) -> torch.Tensor:
        return torch.tensor([[2, 1, 9, 0], [3, 0, 0, 0]])

    def __post_init__(self):
        self.around = Draws("around").normal(2, WIDTH)


def shaken(module: torch.nn.Module) -> torch.nn.Module:
    torch.manual_seed(0)
    for part in module.parameters():
        torch.nn.init.normal_(part, 0.0, 0.5)
    return module.eval()


def atoms_of(encoder, state: Molecules, row: int, places: list[int]) -> dict[int, torch.Tensor]:
    """x of each atom before any message."""
    found = {}
    for i in places:
        flag = int(state.open[row, i]) + 2 * (i == int(state.newest[row]))
        free = min(int(state.free()[row, i]), 4)
        found[i] = encoder.kind.weight[state.kinds[row, i]] + encoder.free.weight[free]
        found[i] = found[i] + encoder.flags.weight[flag] + encoder.place.weight[i]
    return found


def layers_of(encoder, state: Molecules, row: int, x: dict[int, torch.Tensor]) -> dict[int, torch.Tensor]:
    mean = lambda each: sum(each.values()) / len(each)
    for norm, up, down in zip(encoder.norms, encoder.up, encoder.down):
        normed = {i: norm(h) for i, h in x.items()}
        for i in x:
            bonds = zip(state.near[row, i].tolist(), state.orders[row, i].tolist())
            message = sum(((normed[j] + encoder.bond.weight[o]).relu() for j, o in bonds if o), torch.zeros(WIDTH))
            x[i] = x[i] + down(F.gelu(up(torch.cat([normed[i], message, mean(normed)]))))
    return {i: encoder.norms[-1](h) for i, h in x.items()}


@pytest.mark.parametrize("row, places", [(0, [0, 1, 2]), (1, [0])])
def test_every_action_at_an_atom_reads_it_the_newest_one_and_the_mean_of_all(row, places):
    network, state = shaken(GrowthPolicy(KINDS, ORDERS, ATOMS, WIDTH, 2)), Molecules()
    x = layers_of(network.encoder, state, row, atoms_of(network.encoder, state, row, places))
    context = torch.cat([x[int(state.newest[row])], sum(x.values()) / len(x)])
    logits, features = network(state)
    actions = logits[row, :-1].view(ATOMS, -1)
    assert torch.allclose(features[row], context, atol=1e-5)
    assert torch.allclose(logits[row, -1], network.stop(context)[0], atol=1e-5)
    for i in range(ATOMS):
        wanted = network.grow(torch.cat([x[i], context])) if i in x else torch.zeros((KINDS + 1) * ORDERS)
        assert torch.allclose(actions[i], wanted, atol=1e-4)


def test_a_decorator_also_reads_the_scaffold_what_is_wanted_and_how_many_atoms_there_are():
    network, state = (
        shaken(DecoratorPolicy(KINDS, ORDERS, ATOMS, WIDTH, 1, WEIGHT, 2)),
        Molecules(),
    )
    encoder = network.encoder
    counts = torch.tensor([1.0, 1, 1, 2 + 1 + 9 + 0]) / 10  # of each kind, and all that is free
    scaffold = {0: 1, 1: 3, 2: 0}  # of the scaffold, with as much due as is told apart, and of none
    x = {i: h + encoder.scaffold.weight[scaffold[i]] + state.around[0] + encoder.counts(counts)
         for i, h in atoms_of(encoder, state, 0, [0, 1, 2]).items()}  # fmt: skip
    x = layers_of(encoder, state, 0, x)
    wanted = torch.cat([x[1], sum(x.values()) / 3])
    assert torch.allclose(network(state)[1][0], wanted, atol=1e-4)


def test_the_latent_is_read_of_the_mean_of_all_atoms_and_joins_what_is_wanted():
    network, state = (
        shaken(DecoratorPolicy(KINDS, ORDERS, ATOMS, WIDTH, 1, WEIGHT, 2)),
        Molecules(),
    )
    whole = network.whole(state)[2]
    mean, log_var = network.encode(state)
    assert torch.allclose(torch.cat([mean, log_var], 1), network.posterior(whole), atol=1e-5)
    given, own, z = torch.tensor([[0.5]]), torch.tensor([[torch.nan]]), torch.tensor([[1.0, -2.0]])
    joined = torch.cat([network.asked(given), network.own(own), z], 1)
    assert torch.allclose(network.wanted(given, own, z), network.mix(joined), atol=1e-5)
