# Tests core/shares.py
"""Processes that train together, pretended by threads."""

import threading

import pytest
import torch
from torch import nn
from toys import ToyFlow

from genwright.core.draws import Draws
from genwright.core.errors import BudgetError, RunError
from genwright.core.files import write_whole
from genwright.core.recipe import Recipe
from genwright.core.shares import BatchNorm
from genwright.core.trainable import Batch, Items, Player, Stage
from genwright.training.stage import NotFinite, StageTraining
from genwright.training.world import World, _place_in, first_host, require_divisible


def in_threads(size, work):
    """work(world) of each of `size` pretended processes: what it returns, or the error that it raises."""
    meet, brought, found = threading.Barrier(size, timeout=10), [None] * size, [None] * size

    def exchange(rank, t):
        brought[rank] = t.clone()
        meet.wait()
        every = list(brought)
        meet.wait()
        return every

    def run(rank):
        mean = lambda t: sum(exchange(rank, t)) / size
        world = World(rank, size, mean, lambda t: exchange(rank, t)[0].clone(), meet.wait)
        try:
            found[rank] = work(world)
        except Exception as error:
            found[rank] = error

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_gradients_are_averaged_and_one_that_no_process_has_is_none():
    like = [torch.zeros(2), torch.zeros(()), torch.zeros(1)]

    def work(world):
        own = [torch.full((2,), float(world.rank)), None, torch.ones(1) if world.rank else None]
        return world.means(own, like)[0]

    for mean in in_threads(2, work):
        assert mean[0].tolist() == [0.5, 0.5] and mean[1] is None and mean[2].tolist() == [0.5]


def test_all_processes_have_the_clock_and_the_decisions_of_rank_0():
    def work(world):
        stop = world.tick(stop=world.rank == 1)
        return world.clock(), stop, world.from_rank_0({"rank": world.rank})

    first, second = in_threads(2, work)
    assert first == second and first[1] and first[2] == {"rank": 0}


def test_a_process_with_other_data_is_named_on_all():
    def work(world):
        world.require_alike({"versions": 1, "data": world.rank}, "give all the same data")

    for error in in_threads(2, work):
        assert isinstance(error, RunError) and "process 1" in str(error)


def test_batch_norm_of_two_shares_is_that_of_the_batch():
    x = torch.randn(10, 3, dtype=torch.double, generator=torch.Generator().manual_seed(0))

    def work(world):
        norm = BatchNorm(3).double()
        part = (x[:4], x[4:])[world.rank].clone().requires_grad_()
        with world.sharing():
            y = norm(part)
            (gradient,) = torch.autograd.grad((y**3).sum(), part)
        return y, gradient, norm.running_var

    whole = x.clone().requires_grad_()
    norm = torch.nn.BatchNorm1d(3).double()
    y = norm(whole)
    (gradient,) = torch.autograd.grad((y**3).sum() / 2, whole)
    found = in_threads(2, work)
    assert torch.allclose(torch.cat([found[0][0], found[1][0]]), y)
    assert torch.allclose(torch.cat([found[0][1], found[1][1]]) / 2, gradient)
    assert torch.allclose(found[1][2], norm.running_var)


class Unlucky(nn.Module):
    """Its loss is no number on one of the processes."""

    device, full_batch = torch.device("cpu"), False

    def __init__(self, rank):
        super().__init__()
        self.weight, self.rank = nn.Parameter(torch.ones(2)), rank

    def loss(self, batch):
        return (self.weight * (float("nan") if self.rank == 1 else 1.0)).sum(), {}


def test_what_is_not_finite_on_one_process_stops_all_before_a_step_and_names_it():
    def work(world):
        family = Unlucky(world.rank)
        stage = Stage("fit", [Player("model", [family.weight], family.loss)])
        training = StageTraining(Recipe(family, batch=4), stage, world)
        batch = Batch(torch.zeros(2, 1), torch.zeros(2, 0), Draws("step"), 40)
        with pytest.raises(NotFinite) as caught:
            training.step(batch, 0, 1.0, False)
        return *caught.value.args, family.weight.tolist()

    for player, what, items, ranks, weight in in_threads(3, work):
        assert (player, what, items, ranks, weight) == ("model", "loss is nan", 40, [1], [1.0, 1.0])


def test_validation_is_shared_out_and_summed():
    class Counting(Unlucky):
        def loss(self, batch):
            return batch.x.mean() + 0 * self.weight.sum(), {}

    x = torch.arange(22.0)[:, None]

    def work(world):
        family = Counting(world.rank)
        stage = Stage("fit", [Player("model", [family.weight], family.loss)])
        return StageTraining(Recipe(family, batch=4), stage, world).validate(Items(x, x[:, :0]), 0, False)

    assert in_threads(1, work)[0] == pytest.approx((10.5, 10.5))
    assert len({*in_threads(3, work), *in_threads(2, work)}) == 1


@pytest.mark.parametrize(("batch", "nearest"), [(32, 33), (100, 99), (1, 3)])
def test_a_batch_that_processes_cannot_share_is_refused_with_the_nearest(batch, nearest):
    recipe = Recipe(ToyFlow(None, None, 4), batch=batch)
    with pytest.raises(BudgetError, match=f"{nearest}"):
        require_divisible(recipe, "toy-flow", 3)
    require_divisible(Recipe(recipe.family, batch=nearest), "toy-flow", 3)


def test_a_folder_that_only_rank_0_sees_is_named_on_all(tmp_path, monkeypatch):
    monkeypatch.setattr("genwright.training.world.VISIBLE_WITHIN", 0.1)

    def work(world):
        own = tmp_path / str(world.rank) / "config.toml"  # as on a host's own disk
        with world.rank_0_first(own):
            if world.leads:
                write_whole(own, b"x")

    for error in in_threads(2, work):
        assert isinstance(error, RunError) and "process 1" in str(error)


def test_the_place_among_others_is_read_as_torchrun_and_srun_say_it():
    assert _place_in({}) is None
    assert _place_in({"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1"}) == (1, 2, 1)
    assert _place_in({"SLURM_PROCID": "3", "SLURM_NTASKS": "4"}) == (3, 4, 0)
    assert _place_in({"SLURM_PROCID": "0", "SLURM_NTASKS": "4", "SLURM_JOB_ID": "7"}) is None  # a batch script
    step = {"SLURM_PROCID": "0", "SLURM_NTASKS": "4", "SLURM_JOB_ID": "7", "SLURM_LOCALID": "0"}
    assert _place_in(step | {"SLURM_STEP_ID": "0"}) == (0, 4, 0)
    assert _place_in(step | {"SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "2"}) == (0, 2, 0)
    for shell in (
        {"SLURM_STEP_ID": "4294967290"},  # of salloc
        {"SLURM_STEP_ID": "4294967291"},  # a batch script
        {"SLURM_STEP_ID": "interactive"},
        {"SLURM_STEP_ID": "0", "SLURM_PTY_PORT": "40001"},  # of srun --pty
        {"SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "1"},
    ):
        assert _place_in(step | shell) is None
    with pytest.raises(BudgetError, match="WORLD_SIZE"):
        _place_in({"RANK": "2", "WORLD_SIZE": "2"})
    assert [first_host(nodes) for nodes in ("a,b", "n[03-05,9],b", "x", "n[7]")] == ["a", "n03", "x", "n7"]
