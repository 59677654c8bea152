# Tests families/diffusion/canvases.py
"""Canvases of windows: a denoiser that looks at single pixels gives the canvas what it gives the windows."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.core.spec import Category, Ordered, Real, Spec
from genwright.families.diffusion.canvases import allows_canvas, canvas_shape, on_windows
from genwright.families.diffusion.denoising import CANVAS_STEPS
from genwright.families.diffusion.flow_matching import FlowMatching

IMAGES = Spec((("picture", Ordered(256, shape=(3, 8, 12), axis="grid")),))


def test_windows_cover_a_canvas_once():
    z = torch.randn(2, 3, 24, 24)
    shapes = set()

    def denoise(part, alpha, sigma):
        shapes.add(part.shape)
        return alpha * part, part + sigma

    d, n = on_windows(denoise, IMAGES, Draws("canvas"))(z, 0.3, 0.7)
    assert torch.equal(d, 0.3 * z) and torch.equal(n, z + 0.7) and shapes == {(2, 3, 8, 12)}


def test_no_line_is_always_a_border():
    edge = torch.zeros(8, 12)
    edge[0] = edge[:, 0] = 1
    mark = on_windows(lambda z, *_: (z * 0 + edge, z), IMAGES, Draws("canvas"))
    share = sum(mark(torch.zeros(1, 3, 24, 24), 0.5, 0.5)[0] for _ in range(400)) / 400
    assert (share - (1 / 8 + 1 / 12 - 1 / 96)).abs().max() < 0.12


def test_a_canvas_takes_more_steps_than_a_short_path_unless_they_are_named():
    model = FlowMatching(IMAGES, Spec(()), torch.nn.Identity(), 20, 4)  # two calls a step
    found = [model.effort(**o).steps for o in ({}, {"canvas": 24}, {"canvas": 24, "steps": 7})]
    assert found == [10, CANVAS_STEPS, 7]
    long = FlowMatching(IMAGES, Spec(()), torch.nn.Identity(), 160, 4)
    assert long.effort(canvas=24).steps == 80


def test_images_alone_have_canvases():
    assert allows_canvas(IMAGES, Spec((("label", Category(3)),)))
    assert not allows_canvas(IMAGES, IMAGES)
    assert not allows_canvas(Spec((("code", Real((4, 8, 8), "grid")),)), Spec(()))
    assert canvas_shape(IMAGES, 24, None) == (3, 24, 24)
    for side, start in ((20, None), (24, torch.zeros(1))):
        with pytest.raises(DataError, match="canvas"):
            canvas_shape(IMAGES, side, start)
