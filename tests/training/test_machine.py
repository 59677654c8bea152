import copy
import itertools
import time

import pytest
import torch
from torch import nn

from genwright.core.errors import BudgetError
from genwright.run.fit import fit
from genwright.training import loop, machine
from genwright.training.weights import state_of
from genwright.zoo import registry


def recipe_of(data, family):
    row = registry.row("toy", "generate", family)
    numbers = registry.hyperparameters(row, data.domain.spec, data.domain.given, 600)
    return registry.build(row, data.domain.spec, data.domain.given, numbers)


def test_facts():
    facts = machine.machine_facts()
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


def large(data, monkeypatch, size=machine.LARGE_STEP):
    """A recipe whose steps count as so large, on a processor that multiplies in bfloat16."""
    monkeypatch.setattr(machine, "has_bfloat16", lambda: True)
    monkeypatch.setattr(machine, "step_flops", lambda *_: size)
    return recipe_of(data, "toy-flow")


def test_the_probe_takes_the_dtype_of_the_rule_and_times_threads_alone(data, monkeypatch):
    seconds = {1: 0.10, 2: 0.05}
    recipe = large(data, monkeypatch)
    monkeypatch.setattr(machine.torch, "get_num_threads", lambda: 2)
    monkeypatch.setattr(machine, "cores_are_free", lambda _: True)
    tried = iter(())
    monkeypatch.setattr(machine, "_step_seconds", lambda stage, items, half, end: seconds[next(tried)])
    for several, count in ((0.05, 2), (0.09, 1)):
        tried, seconds[2] = iter((1, 2)), several
        assert machine.probe(recipe, 0, data.tensors("train"), 1.0)[:2] == (count, True)
    tried, recipe.family.allow_bf16 = iter((1, 2)), False
    assert machine.probe(recipe, 0, data.tensors("train"), 1.0)[:2] == (1, False)
    tried, recipe = iter((1, 2)), large(data, monkeypatch, machine.LARGE_STEP - 1)
    assert machine.probe(recipe, 0, data.tensors("train"), 1.0)[1] is False


def test_a_busy_machine_tells_the_same_pace(data, monkeypatch):
    """Each reading of the clock on the wall is a second later; the processor's is true."""
    recipe, ticks = recipe_of(data, "toy-flow"), itertools.count()
    monkeypatch.setattr(machine.torch, "get_num_threads", lambda: 1)
    _, _, idle = machine.probe(recipe, 0, data.tensors("train"), 0.2)
    monkeypatch.setattr(machine.time, "monotonic", lambda: 0.01 * next(ticks))
    _, _, busy = machine.probe(recipe, 0, data.tensors("train"), 0.2)
    assert 1 / 3 < busy / idle < 3


def test_the_rule_takes_all_threads_and_bfloat16_for_large_steps_alone(data, monkeypatch):
    items, recipe = data.tensors("train"), large(data, monkeypatch)
    assert machine.choose_by_rule(recipe, 0, items, 8) == (8, True)
    recipe.family.allow_bf16 = False
    assert machine.choose_by_rule(recipe, 0, items, 8) == (8, False)
    recipe.family.probed = False
    assert machine.choose_by_rule(recipe, 0, items, 8) == (1, False)
    assert machine.choose_by_rule(large(data, monkeypatch, machine.LARGE_STEP - 1), 0, items, 8) == (1, False)


def test_no_step_is_counted_where_there_is_no_choice(data, monkeypatch):
    """Of one thread and float32: counting takes as long as a step."""
    recipe = large(data, monkeypatch)
    recipe.family.allow_bf16 = False
    monkeypatch.delattr(machine, "step_flops")
    assert machine.choose_by_rule(recipe, 0, data.tensors("train"), 1) == (1, False)


@pytest.mark.parametrize("family", ["toy-vae", "toy-gan"])
def test_the_rule_is_the_same_whatever_the_clock_says(family, data, tmp_path, monkeypatch):
    """On a machine that is ever slower, and with as many threads as a fit before this has left."""
    monkeypatch.setattr(machine, "LARGE_STEP", 1e3)
    found = []
    for pace in (0.0, 7.0):
        now = itertools.count()
        clock = lambda: pace * next(now)
        monkeypatch.setattr(machine.time, "monotonic", clock if pace else time.monotonic)
        model = fit(data, family, items=640, seed=0, out=tmp_path / f"{pace}", progress=False)
        found.append(((tmp_path / f"{pace}" / "weights.safetensors").read_bytes(), model.config["stages"]))
    assert found[0] == found[1]
    stages = found[0][1]
    assert all(stage["threads"] == torch.get_num_threads() for stage in stages)


def test_a_probe_is_recorded_and_a_rule_is_the_default(data, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "probe", lambda *_: (1, True, 10.0))
    asked = fit(data, "toy-flow", items=640, probe=True, out=tmp_path / "asked", progress=False)
    assert asked.config["probe"] is True and asked.config["stages"][0]["bf16"] is True
    again = fit(data, "toy-flow", items=640, out=tmp_path / "asked", progress=False)
    assert again.config == asked.config
    whole = fit(data, replay=tmp_path / "asked", progress=False)
    assert whole.config["stages"] == asked.config["stages"] and torch.equal(
        whole.sample(3, seed=0), asked.sample(3, seed=0)
    )
    assert "probe" not in fit(data, "toy-flow", items=640, progress=False).config
    with pytest.raises(BudgetError):
        fit(data, replay=tmp_path / "asked", probe=True, progress=False)


def test_operations_are_counted():
    """Two a weight and item forwards, as many for gradients of weights, and of what came before but the input."""
    layers = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 1))
    recurrent = nn.LSTM(4, 8, batch_first=True)
    x = torch.zeros(10, 3, 4)
    with machine._FlopCounter() as counted:
        torch.autograd.grad(layers(x[:, 0]).sum(), list(layers.parameters()))
    assert counted.total == 10 * (2 * (32 + 8) + 2 * (32 + 8) + 2 * 8)
    with machine._FlopCounter() as counted:
        torch.autograd.grad(recurrent(x)[0].sum(), list(recurrent.parameters()))
    assert counted.total == 30 * 6 * 4 * 8 * (4 + 8)


@pytest.mark.parametrize("wins, free", [((1, 1, 1, 0, 0), True), ((1, 1, 0, 0, 0), False), ((0, 0, 0, 0, 1), False)])
def test_threads_are_taken_where_they_win_most_tries(wins, free, monkeypatch):
    """A clock on which two threads take half the time of one in the tries that they win, else the same."""
    threads, clock = [1], [0.0]
    took = [seconds for win in wins for seconds in (0.5 if win else 1.0, 1.0)]

    def tick():
        clock.append(clock[-1] + (took.pop(0) if len(clock) % 2 == 0 else 0.0))
        return clock[-1]

    monkeypatch.setattr(machine, "use_threads", threads.append)
    monkeypatch.setattr(machine.time, "monotonic", tick)
    assert machine.cores_are_free(2) == free and threads[1:] == [2, 1] * len(wins)
