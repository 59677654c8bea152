"""Networks of clips: what a pixel hears of the others, and what is added to frames."""

from types import SimpleNamespace

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.motion.networks.clips import ClipTransformer, ClipUNet, SpacetimeTransformer, StackedFrames
from genwright.networks.conditioning import Condition
from genwright.networks.towers import Pixels

SHAPE = (5, 2, 8, 6)  # whole patches hold 6 frames of 8 x 8 pixels


@pytest.fixture
def clips():
    draws = Draws("clips")
    return draws.normal(2, *SHAPE), draws.normal(2, 5, 3, 8, 6), Condition(draws.normal(2, 8))


def moved_by(network, clips, b: int, t: int, y: int, x: int) -> torch.Tensor:
    """(B, T, H, W) bool, what changes with one pixel of the first input."""
    z, known, c = clips
    other = z.clone()
    other[b, t, 1, y, x] += 1.0
    with torch.no_grad():
        return (network([other, known], c) != network([z, known], c)).any(2)


def transformer(layers: int) -> SpacetimeTransformer:
    torch.manual_seed(0)
    network = SpacetimeTransformer(SHAPE, 8, layers, 2, 0.0, False)
    for part in network.parameters():
        torch.nn.init.normal_(part, 0.0, 0.5)
    return network.eval()


def test_a_patch_is_two_frames_of_four_by_four_pixels_in_its_place(clips):
    moved = moved_by(transformer(0), clips, 1, 3, 6, 5)
    patch = torch.zeros_like(moved)
    patch[1, 2:4, 4:, 4:] = True
    assert torch.equal(moved, patch)


def test_a_layer_hears_all_of_its_moment_and_the_next_one_all_moments_of_its_place(clips):
    network = transformer(2)
    both = moved_by(network, clips, 0, 4, 0, 0)
    assert both[0].all() and not both[1].any()
    network.layers = network.layers[:1]
    space = moved_by(network, clips, 0, 4, 0, 0)
    assert space[0, 4].all() and not space[0, :4].any() and not space[1].any()


def test_layers_of_time_see_places_apart(clips):
    network = transformer(2)
    network.layers[0].forward = lambda h, *condition: h
    moved = moved_by(network, clips, 0, 4, 0, 0)
    assert moved[0, :, :4, :4].all() and not moved[0, :, 4:].any() and not moved[0, :, :, 4:].any()


def test_a_share_of_each_frame_passes_by_the_network(clips):
    """By the condition, another share for each frame; what the maps say is added."""
    z, known, c = clips
    network = StackedFrames(lambda maps, c, side: torch.ones(2, 10, 8, 6), 5, 8)
    assert torch.equal(network([z, known], c), torch.ones(2, *SHAPE))
    torch.nn.init.normal_(network.share.weight)
    found, shares = network([z, known], c), c.vector @ network.share.weight.T
    for b in range(2):
        for t in range(5):
            assert torch.allclose(found[b, t], 1 + shares[b, t] * z[b, t], atol=1e-5)


@pytest.mark.parametrize("body", [ClipUNet, ClipTransformer])
def test_what_is_known_of_a_clip_is_told_frame_by_frame(body):
    """As of so many images; where nothing is known, all is told alike."""
    frames = Spec((("clip", Ordered(256, shape=(5, 2, 8, 8), axis="frames")),))
    image = Spec((("image", Ordered(256, shape=(2, 8, 8), axis="grid")),))
    sizes = dict(width=8, layers=1, heads=2, dropout=0.0) if body is ClipTransformer else {}
    reader = ClipTransformer(frames, **sizes).reader() if sizes else ClipUNet.reader(SimpleNamespace(spec=frames))
    draws = Draws("known")
    x, known = draws.normal(3, 5, 2, 8, 8), draws.uniform(3, 5, 1, 8, 8).expand(-1, -1, 2, -1, -1) < 0.5
    for told in (known, None):
        found = reader.known_features(x, told)
        assert found.shape == (3, 5, 3, 8, 8)
        for t in range(5):
            assert torch.equal(found[:, t], Pixels(image).known_features(x[:, t], None if told is None else told[:, t]))
