# Tests motion/contract.py, motion/networks/next_frames.py, motion/zoo/motion.py
"""Frames to come: what is kept, what simple predictions say, and that a network learns an even motion."""

import numpy as np
import pytest
import torch

import genwright
from genwright.core.draws import Draws
from genwright.core.spec import Category, Ordered, Spec
from genwright.core.trainable import Batch, Items
from genwright.motion.contract import moving_spots
from genwright.motion.families.next_frames import CopyLast, MeanFrame, NextFrames
from genwright.motion.measure.clip_metrics import errors_over_black
from genwright.motion.networks.next_frames import ConvLSTM, FramePredictor, StackedBlocks

SPEC = Spec((("clip", Ordered(256, shape=(6, 1, 8, 8), axis="frames")),))


def known_until(count):
    return (torch.arange(6) < count).view(1, 6, 1, 1, 1).expand(2, 6, 1, 8, 8)


def test_the_last_frame_stays_and_what_is_known_later_too():
    x = torch.arange(6.0).view(1, 6, 1, 1, 1).expand(2, 6, 1, 8, 8).clone()
    known = known_until(4).clone()
    known[:, 5] = True
    filled = CopyLast(SPEC, Spec(())).fill(x, known, torch.zeros(2, 0), None)
    assert filled[0, :, 0, 0, 0].tolist() == [0, 1, 2, 3, 3, 5]


def test_black_is_black_from_any_beginning():
    x = torch.full((2, 6, 1, 8, 8), 9.0)
    for count in range(6):
        filled = MeanFrame(SPEC, Spec(()), black=True).fill(x, known_until(count), torch.zeros(2, 0), None)
        assert filled[0, :, 0, 0, 0].tolist() == [9.0] * count + [0.0] * (6 - count)


@pytest.mark.parametrize("middle", [StackedBlocks(3, 4, 8, 16, 1), ConvLSTM(4, 8, 16, 2)])
def test_sides_need_not_be_multiples(middle):
    network = FramePredictor(3, 4, 3, 8, middle, 2)
    assert network(torch.zeros(2, 3, 3, 10, 9)).shape == (2, 4, 3, 10, 9)


@pytest.mark.long
def test_an_even_motion_is_learned():
    data = moving_spots()
    model = genwright.fit(data, "next-frames", preset="tiny", items=12_000, progress=False)
    known, truth = np.arange(6) < 3, np.asarray(data.test) / 255
    errors = {
        "next": np.asarray(model.complete(data.test, known, seed=0)) / 255,
        "copy": truth[:, [0, 1, 2, 2, 2, 2]],
    }
    error, copied = (
        np.divide(*map(np.sum, errors_over_black(guess[:, 3:], truth[:, 3:]))) for guess in errors.values()
    )
    assert error < 0.5 * copied


class Still(torch.nn.Module):
    """A network that predicts the last frame that it sees."""

    seen = 3

    def forward(self, z):
        return z[:, -1:]


def test_the_loss_is_the_mean_square_of_what_the_coming_frames_are_off():
    """Two of 256 levels are 2 / 128 apart, in coordinates of [-1, 1]."""
    x = torch.zeros(2, 6, 1, 8, 8)
    x[0, 3:], x[1, 5] = 2.0, 4.0
    loss, _ = NextFrames(SPEC, Spec(()), Still()).loss(Batch(x, torch.zeros(2, 0), Draws(0), 0))
    assert loss.item() == pytest.approx((3 * 2**2 + 4**2) / 128**2 / 6)


def test_the_mean_frame_is_that_of_all_training_frames():
    """Of 300 clips, which are read in parts of different sizes."""
    x = torch.zeros(300, 6, 1, 8, 8)
    x[280:, :3] = 255.0
    family = MeanFrame(SPEC, Spec(()))
    family.finish(Items(x, torch.zeros(300, 0)), Draws(0))
    assert torch.allclose(family.continued(x[:2, :1]), torch.tensor(255.0 / 30))


def test_a_sample_begins_as_a_training_clip_of_the_nearest_condition_does():
    spec, x = Spec((("label", Category(2)),)), torch.arange(2.0).view(2, 1, 1, 1, 1).expand(-1, 6, 1, 8, 8)
    family = CopyLast(SPEC, spec)
    family.finish(Items(x, torch.tensor([[0.0], [1.0]])), Draws(0))
    assert family.beginnings.shape[:2] == (2, 3)
    drawn = family.sample(3, torch.tensor([[1.0], [0.0], [1.0]]), Draws(1))
    assert torch.equal(drawn, torch.tensor([1.0, 0.0, 1.0]).view(3, 1, 1, 1, 1).expand(-1, 6, 1, 8, 8))


def test_a_clip_of_fewer_frames_than_are_read_stood_still_before_and_without_any_was_black():
    seen = []

    class Watching(CopyLast):
        def continued(self, frames):
            seen.append(frames[0, :, 0, 0, 0].tolist())
            return frames[:, -1:] + 1

    family, x = Watching(SPEC, Spec(())), torch.tensor([5.0, 7.0]).view(1, 2, 1, 1, 1).expand(1, 2, 1, 8, 8)
    assert family._go_on(x)[0, :, 0, 0, 0].tolist() == [5, 7, 8, 9, 10, 11]
    assert seen[:2] == [[5, 5, 7], [5, 7, 8]]
    assert family._go_on(x[:, :0])[0, :, 0, 0, 0].tolist() == [0, 1, 2, 3, 4, 5]


def test_a_network_that_predicts_what_it_sees_gives_the_same_levels():
    frames = torch.arange(256.0).view(4, 1, 1, 8, 8).expand(-1, 3, -1, -1, -1)
    found = NextFrames(SPEC, Spec(()), Still()).continued(frames)
    assert torch.allclose(found, frames[:, -1:], atol=1e-4)


@pytest.mark.parametrize("said, level", [(9.0, 255.0), (-9.0, 0.0), (0.0, 127.5)])
def test_what_a_network_says_beyond_the_levels_is_the_nearest_one(said, level):
    class Saying(Still):
        def forward(self, z):
            return torch.full_like(z[:, -1:], said)

    found = NextFrames(SPEC, Spec(()), Saying()).continued(torch.zeros(1, 3, 1, 8, 8))
    assert found.unique().tolist() == [level]
