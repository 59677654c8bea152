# Tests families/baselines/quilting.py
"""Image quilting: the cut is the best of all, and a quilt continues what some window continues."""

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


def test_a_quilt_continues_a_pattern_without_a_seam():
    spec = Spec((("picture", Ordered(256, shape=(1, 16, 16), axis="grid")),))
    stripes = (torch.arange(16) % 4).expand(6, 1, 16, 16).to(torch.uint8)  # some window continues any other
    quilting = Quilting(spec, Spec(()))
    quilting.finish(Items(stripes, torch.zeros(6, 0)), Draws("quilt"))
    canvas = quilting.sample(2, torch.zeros(2, 0), Draws("quilt"), canvas=40)
    assert canvas.shape == (2, 1, 40, 40) and set(canvas.unique().tolist()) == set(range(4))
    assert torch.equal(canvas[:, :, 1:], canvas[:, :, :-1]) and torch.equal(canvas[..., 4:], canvas[..., :-4])
