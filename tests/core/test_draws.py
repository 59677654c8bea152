# Tests core/seeds.py
"""Random numbers: a function of seed and rank, on any device."""

import torch

from genwright.core.draws import Draws, seeded
from genwright.core.seeds import seed_of


def every_draw(draws: Draws) -> list[torch.Tensor]:
    weights = torch.tensor([[0.2, 0.3, 0.5]]).expand(9, -1)
    return [
        draws.uniform(3, 4),
        draws.normal((3, 4)),
        draws.normal(5, dtype=torch.float64),
        draws.integers(1000, (6,), low=10),
        draws.permutation(20),
        draws.categories(weights, 2),
        torch.tensor(draws.number(10**6)),
    ]


def test_rank_0_draws_what_torch_draws_of_the_parts_seed():
    generator = torch.Generator().manual_seed(seed_of("step", 3, 40))
    theirs = [
        torch.rand(3, 4, generator=generator),
        torch.randn(3, 4, generator=generator),
        torch.randn(5, generator=generator, dtype=torch.float64),
        torch.randint(10, 1000, (6,), generator=generator),
        torch.randperm(20, generator=generator),
        torch.multinomial(torch.tensor([[0.2, 0.3, 0.5]]).expand(9, -1), 2, generator=generator),
        torch.randint(10**6, (), generator=generator),
    ]
    for rank in ({}, {"rank": 0}):
        assert all(torch.equal(a, b) for a, b in zip(every_draw(Draws("step", 3, 40, **rank)), theirs, strict=True))


def test_the_bits_of_a_seed_stay():
    assert seed_of("step", 3, 40) == 7935844051032654204
    assert Draws("step", 3, 40).integers(10**6, (3,)).tolist() == [216399, 992104, 256027]


def test_ranks_draw_apart_and_each_the_same_twice():
    drawn = [Draws("step", 3, 40, rank=rank).uniform(1000) for rank in (0, 1, 2)]
    again = [Draws("step", 3, 40, rank=rank).uniform(1000) for rank in (0, 1, 2)]
    assert all(torch.equal(a, b) for a, b in zip(drawn, again))
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert abs(torch.corrcoef(torch.stack([drawn[a], drawn[b]]))[0, 1]) < 0.15


def test_a_stream_of_torchs_own_seed():
    assert torch.equal(Draws.from_seed(7).normal(4), torch.randn(4, generator=torch.Generator().manual_seed(7)))


def test_seeded_gives_torchs_generator_back():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    with seeded(5):
        inside = torch.rand(3)
    with seeded(5, "cpu"):
        assert torch.equal(torch.rand(3), inside)
    assert torch.equal(torch.rand(3), expected)


def test_what_an_item_draws_depends_on_no_other():
    counts = torch.tensor([3, 0, 5])
    a, b = Draws("sets").items(3), Draws("sets").items(3)
    first, other = a.normal(counts, 2), b.normal(torch.tensor([7, 4, 5]), 2)
    assert first.shape == (8, 2) and torch.equal(first[:3], other[:3]) and torch.equal(first[3:], other[11:])
    assert torch.equal(a.uniform(torch.tensor([0, 0, 4])), b.uniform(torch.tensor([2, 2, 4]))[4:])
    assert not torch.equal(first[:3], first[3:6])


def test_streams_of_some_items_go_on_where_they_are():
    one, all_ = torch.ones(3, dtype=torch.long), Draws("sets").items(3)
    whole = Draws("sets").items(3).uniform(2 * one).view(3, 2)
    some = all_[torch.tensor([2, 0])]
    assert torch.equal(some.uniform(one[:2]), whole[[2, 0], 0])
    assert torch.equal(all_.uniform(one), torch.stack([whole[0, 1], whole[1, 0], whole[2, 1]]))
