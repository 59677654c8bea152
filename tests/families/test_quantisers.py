# Tests families/two_stage/quantized.py, families/two_stage/vector_quantisers.py
"""Quantisers: what a vector is taken to, its code and back, and how gradients pass."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.families.two_stage.quantized import perplexity
from genwright.families.two_stage.vector_quantisers import (
    Codebook,
    FiniteScalar,
    ResidualQuantiser,
    rotate_gradient,
    straight_through,
)

EACH = {
    "nearest": lambda: Codebook(16, 3),
    "residual": lambda: ResidualQuantiser(2, 8, 3),
    "finite": lambda: FiniteScalar((5, 4, 3)),
}


@pytest.fixture(params=EACH)
def quantiser(request):
    return EACH[request.param]()


def vectors(*shape: int) -> torch.Tensor:
    return Draws("vectors", *shape).normal(*shape)


def test_what_vectors_are_taken_to_is_what_their_codes_stand_for(quantiser):
    z = vectors(4, 5, 3)
    q, codes, cost = quantiser.eval()(z, Draws(0))
    assert codes.shape == (4, 5, quantiser.books) and cost.shape == (4, 5)
    assert codes.min() >= 0 and codes.max() < quantiser.entries and len(codes.unique()) > 3
    assert torch.equal(codes, quantiser.encode(z))
    assert torch.allclose(quantiser.decode(codes), q, atol=1e-6)


def test_every_code_stands_for_a_vector_that_has_it(quantiser):
    if isinstance(quantiser, ResidualQuantiser):
        return  # what two entries add up to may be nearer to others
    codes = torch.arange(quantiser.entries)[:, None]
    found = quantiser.decode(codes)
    assert len(found.unique(dim=0)) == quantiser.entries
    if isinstance(quantiser, FiniteScalar):  # q lies on a scale, z before the tanh
        found = ((found * (quantiser.levels // 2) + quantiser.offset) / quantiser.reach).atanh() - quantiser.shift
    assert torch.equal(quantiser.encode(found), codes)


def test_in_eval_mode_nothing_moves_and_in_training_the_entries_follow(quantiser):
    before = {name: t.clone() for name, t in quantiser.state_dict().items()}
    quantiser.eval()(vectors(40, 3), Draws(0))
    assert all(torch.equal(t, before[name]) for name, t in quantiser.state_dict().items())
    quantiser.train()(vectors(40, 3), Draws(0))
    assert all(not torch.equal(t, before[name]) for name, t in quantiser.state_dict().items())


def test_a_second_book_leaves_less_than_the_first():
    """After both have followed the same vectors, which are no mixture of eight."""
    quantiser, z = ResidualQuantiser(2, 8, 3), vectors(500, 3)
    for step in range(300):
        _, codes, _ = quantiser(z, Draws(step))
    one, both = quantiser.each[0].decode(codes[:, :1]), quantiser.decode(codes)
    assert ((z - both) ** 2).mean() < 0.6 * ((z - one) ** 2).mean()


@pytest.mark.parametrize("passed", [straight_through, rotate_gradient])
def test_a_vector_is_taken_to_its_entry(passed):
    z, q = vectors(50, 4), vectors(4, 50).T
    assert torch.allclose(passed(z, q), q, atol=1e-5)


def test_straight_through_the_gradient_is_that_at_the_entry():
    z, g = vectors(6, 4).requires_grad_(), vectors(3, 6, 4)[0]
    straight_through(z, vectors(4, 6).T).backward(g)
    assert torch.equal(z.grad, g)


def test_rotated_the_gradient_turns_as_the_vector_does_and_the_entry_has_none():
    """q = |q| / |z| R z, with R held constant: the slope at z is |q| / |z| R^T g. Here R turns by 90 degrees."""
    z, q = torch.tensor([[2.0, 0.0, 0.0]], requires_grad=True), torch.tensor([[0.0, 3.0, 0.0]], requires_grad=True)
    rotate_gradient(z, q).backward(torch.tensor([[1.0, 10.0, 100.0]]))
    assert torch.allclose(z.grad, 1.5 * torch.tensor([[10.0, -1.0, 100.0]]), atol=1e-5) and q.grad is None


def test_entries_are_running_averages_of_the_vectors_that_chose_them():
    """c = sums / counts, of which a step keeps 9 tenths; an entry that nothing chooses moves to a vector."""
    book = Codebook(3, 1).train()
    book.sums.copy_(torch.tensor([[0.0], [20.0], [1e6]]))
    book.counts.copy_(torch.tensor([1.0, 2.0, 1e-3]))
    book(torch.tensor([[-1.0], [2.0], [9.0], [8.0]]), Draws(0))
    assert book.counts[:2].tolist() == pytest.approx([0.9 + 0.2, 1.8 + 0.2])
    assert book.sums[:2, 0].tolist() == pytest.approx([0.1, 18 + 1.7])
    even = 4 / 3
    assert book.counts[2].item() == pytest.approx(even) and (book.sums[2] / even).item() in (-1.0, 2.0, 9.0, 8.0)


def test_a_vector_pays_its_squared_distance_and_its_book_gives_no_gradient():
    """Of two books, the cost is |z - q_1|^2 + |z - q_1 - q_2|^2."""
    quantiser, z = ResidualQuantiser(2, 2, 1).eval(), torch.tensor([[3.5]], requires_grad=True)
    for book, entries in zip(quantiser.each, ([[0.0], [3.0]], [[0.4], [-1.0]])):
        book.sums.copy_(torch.tensor(entries))
    q, codes, cost = quantiser(z, Draws(0))
    assert q.item() == pytest.approx(3.4) and codes.tolist() == [[1, 0]]
    assert cost.item() == pytest.approx(0.5**2 + 0.1**2)
    q.sum().backward()
    assert z.grad.item() == 1.0


def test_numbers_are_rounded_to_whole_levels_between_minus_1_and_1():
    """Of 5 levels -1, -.5, .. 1; of 4 -1, -.5, 0, .5. The code counts the first number fastest."""
    quantiser = FiniteScalar((5, 4)).eval()
    q, codes, cost = quantiser(torch.tensor([[9.0, 9.0], [-9.0, -9.0], [0.0, 0.0]]), Draws(0))
    assert q.tolist() == [[1.0, 0.5], [-1.0, -1.0], [0.0, 0.0]] and not cost.any()
    assert codes[:, 0].tolist() == [4 + 5 * 3, 0, 2 + 5 * 2]


def test_perplexity_is_how_many_entries_used_alike_would_be_as_uneven():
    even = torch.arange(8).repeat(5)[:, None]
    assert torch.allclose(perplexity(even, 16), torch.tensor([8.0], dtype=torch.double))
    uneven = torch.tensor([0, 0, 0, 1])[:, None]
    wanted = torch.tensor([0.75, 0.25]).double()
    assert torch.allclose(perplexity(uneven, 4), (-(wanted * wanted.log()).sum()).exp()[None])
    both = torch.cat([even, torch.zeros_like(even)], 1)
    assert torch.allclose(perplexity(both, 16), torch.tensor([8.0, 1.0], dtype=torch.double))


def test_the_cost_of_several_books_pulls_a_vector_by_all_that_each_leaves():
    """With q_i held constant, the slope of sum_i |r_i - q_i|^2 is 2 sum_i (r_i - q_i)."""
    quantiser, z = ResidualQuantiser(3, 8, 3).eval(), vectors(20, 3).requires_grad_()
    _, codes, cost = quantiser(z, Draws(0))
    cost.sum().backward()
    left, slope = z.detach(), torch.zeros(20, 3)
    for i, book in enumerate(quantiser.each):
        left = left - book.decode(codes[:, i : i + 1])
        slope += 2 * left
    assert torch.allclose(z.grad, slope, atol=1e-5)
