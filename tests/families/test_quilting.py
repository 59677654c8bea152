"""Image quilting: the cut is the best of all, and every pixel of a quilt is one of the training images."""

from itertools import product

import torch

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.core.trainable import Items
from genwright.families.baselines.quilting import Quilting, cut


def test_a_cut_is_the_best_of_all_paths():
    errors = torch.rand(5, 4, generator=torch.Generator().manual_seed(0))
    paths = [path for path in product(range(4), repeat=5) if all(abs(a - b) < 2 for a, b in zip(path, path[1:]))]
    best = min(paths, key=lambda path: sum(errors[row, column] for row, column in enumerate(path)))
    assert cut(errors).sum(1).tolist() == list(best)


def test_every_pixel_of_a_quilt_is_one_of_training():
    spec = Spec((("picture", Ordered(256, shape=(1, 16, 16), axis="grid")),))
    rows = torch.arange(16).expand(6, 1, 16, 16).to(torch.uint8)  # columns that count up: seams cannot be seen
    quilting = Quilting(spec, Spec(()))
    quilting.finish(Items(rows, torch.zeros(6, 0)), Draws("quilt"))
    canvas = quilting.sample(2, torch.zeros(2, 0), Draws("quilt"), canvas=40)
    assert canvas.shape == (2, 1, 40, 40) and set(canvas.unique().tolist()) <= set(range(16))
    assert torch.equal(canvas[:, :, 1:], canvas[:, :, :-1])
