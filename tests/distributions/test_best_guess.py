import pytest
import torch

from genwright.core.monte_carlo import best_guess
from genwright.core.spec import Category, Ordered, Real, Spec


@pytest.mark.parametrize(
    "leaf, guess",
    [(Category(9, (2,), "sequence"), [7, 1]), (Ordered(9, shape=(2,)), [4, 2]), (Real((2,)), [4.25, 1.5])],
)
def test_an_array_is_guessed_by_the_mean_of_its_numbers_and_the_mode_of_its_categories(leaf, guess):
    draws = torch.tensor([[7.0, 1.0], [7.0, 1.0], [2.0, 1.0], [1.0, 3.0]])
    assert best_guess(draws[:, None], Spec((("x", leaf),))).tolist() == [guess]
