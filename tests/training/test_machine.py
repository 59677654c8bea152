import copy

import torch

from genwright.recipes import registry
from genwright.training import machine
from genwright.training.weights import state_of


def recipe_of(data, family):
    row = registry.row("toy", "generate", family)
    numbers = registry.numbers(row, data.domain.spec, 600)
    return registry.build(row, data.domain.spec, data.domain.given, numbers)


def test_facts():
    facts = machine.facts()
    assert facts["cores"] >= 1 and facts["processor"] and isinstance(facts["bfloat16"], bool)


def test_the_probe_changes_nothing(data):
    for family in ("toy-vae", "toy-gan"):
        recipe = recipe_of(data, family)
        before, threads, state = copy.deepcopy(state_of(recipe.family)), torch.get_num_threads(), torch.get_rng_state()
        chosen, half, speed = machine.probe(recipe, 0, data.tensors("train"), 0.2)
        torch.set_num_threads(threads)
        assert 1 <= chosen <= threads and speed > 0
        assert all(torch.equal(t, before[name]) for name, t in state_of(recipe.family).items())
        assert all(p.grad is None for p in recipe.family.parameters())
        assert torch.equal(torch.get_rng_state(), state) or family == "toy-vae"  # its dropout draws from the global one


def test_the_probe_times_a_stage_as_it_is_trained(data, monkeypatch):
    modes = []

    def seconds(stage, items, half, end):
        family = stage.players[0].loss.__self__
        modes.append((family.encoder.training, family.prior.training))
        return 0.001

    monkeypatch.setattr(machine, "_step_seconds", seconds)
    recipe = recipe_of(data, "toy-frozen")
    for index in (0, 1):
        machine.probe(recipe, index, data.tensors("train"), 0.2)
    assert modes == [(True, False), (False, True)]


def test_the_probe_times_a_loss_as_training_ends(data, monkeypatch):
    recipe, seen = recipe_of(data, "toy-vae"), []
    loss = type(recipe.family).loss
    monkeypatch.setattr(type(recipe.family), "loss", lambda self, batch: seen.append(batch.items) or loss(self, batch))
    machine.probe(recipe, 0, data.tensors("train"), 0.2)
    assert seen and min(seen) > 1e9  # what grows with the items seen, as the draws of an IWAE, has grown


def test_half_precision_only_where_it_is_faster(data, monkeypatch):
    recipe = recipe_of(data, "toy-flow")
    seconds = {(1, False): 0.10, (1, True): 0.05}
    monkeypatch.setattr(machine, "has_bfloat16", lambda: True)
    monkeypatch.setattr(machine.torch, "get_num_threads", lambda: 1)
    monkeypatch.setattr(machine, "_step_seconds", lambda stage, items, half, end: seconds[1, half])
    assert machine.probe(recipe, 0, data.tensors("train"), 1.0)[:2] == (1, True)
    seconds[1, True] = 0.09
    assert machine.probe(recipe, 0, data.tensors("train"), 1.0)[:2] == (1, False)
    seconds[1, True] = 0.01
    recipe.family.allow_bf16 = False
    assert machine.probe(recipe, 0, data.tensors("train"), 1.0)[:2] == (1, False)
    seconds[1, False], recipe.family.allow_bf16 = 0.001, True
    assert machine.probe(recipe, 0, data.tensors("train"), 1.0)[:2] == (1, False)  # too small to tell
