import torch
from torch import nn

from genwright.model import Family
from genwright.randomness import generator
from genwright.spec import Real, Spec
from genwright.trainable import Batch, Player, Recipe, Stage
from genwright.training.stage import StageTraining


class Transposed(Family):
    """A loss whose gradient comes back with the strides of the transpose."""

    def __init__(self):
        super().__init__(Spec((("x", Real(shape=(1, 2, 2))),)), Spec(()))
        self.weight = nn.Parameter(torch.arange(12.0).reshape(3, 4))

    def loss(self, batch):
        target = torch.arange(12.0).reshape(4, 3) ** 1.5
        return ((self.weight.t().contiguous() - target) ** 2).sum(), {}


def test_a_gradient_with_other_strides_moves_the_right_weights():
    family = Transposed()
    (gradient,) = torch.autograd.grad(family.loss(None)[0], [family.weight])
    assert not gradient.is_contiguous(), "the case that this test is about"
    recipe = Recipe(family, lr=0.1, clip=1e9)
    training = StageTraining(recipe, Stage("fit", [Player("model", [family.weight], family.loss)]))
    expected = nn.Parameter(family.weight.detach().clone())
    torchs = torch.optim.AdamW([expected], lr=0.1, weight_decay=0.0, foreach=False, fused=False)
    for k in range(3):
        training.step(Batch(torch.zeros(1), torch.zeros(1, 0), generator(k), k), k, 1.0, half=False)
        torchs.zero_grad()
        ((expected.t() - torch.arange(12.0).reshape(4, 3) ** 1.5) ** 2).sum().backward()
        torchs.step()
    assert torch.allclose(family.weight, expected, atol=1e-5)
