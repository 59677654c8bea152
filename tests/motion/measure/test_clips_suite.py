# Tests motion/measure/clip_metrics.py, motion/measure/clip_sheets.py
"""Metrics of clips by value: errors over black, how much moves, and what real clips reach."""

import numpy as np
import pytest
from PIL import Image

from genwright.motion.contract import moving_spots
from genwright.motion.measure.clip_metrics import errors_over_black, motion, portraits
from genwright.motion.measure.clip_sheets import film_of, player
from genwright.motion.measure.clips_suite import Suite
from genwright.studies.report.pictures import figure


def test_black_frames_have_error_one_and_true_ones_none():
    truth = np.random.default_rng(0).random((3, 2, 1, 8, 8)).astype(np.float32)
    for guess, share in ((truth, 0.0), (np.zeros_like(truth), 1.0), (truth / 2, 0.25)):
        error, black = errors_over_black(guess, truth)
        assert error / black == pytest.approx(share)


def test_each_clip_has_its_own_error():
    truth = np.ones((3, 2, 1, 4, 4), np.float32) * np.array([1.0, 2.0, 3.0], np.float32).reshape(3, 1, 1, 1, 1)
    error, black = errors_over_black(np.ones_like(truth), truth)
    assert error.tolist() == [0.0, 1.0, 4.0] and black.tolist() == [1.0, 4.0, 9.0]


def test_what_stands_still_has_no_motion():
    clips = np.zeros((2, 4, 1, 8, 8), np.float32)
    clips[1, 2:] = 1.0
    assert motion(clips).tolist() == pytest.approx([0.0, 1 / 3])
    assert portraits(np.random.default_rng(0).random((5, 2, 3, 10, 9), np.float32)).shape[0] == 5


def test_a_portrait_has_the_means_of_squares_at_a_few_moments_and_how_they_change():
    """Nine columns in eight squares: the last one is twice as wide."""
    clips = np.zeros((1, 6, 1, 8, 9))
    clips[0, :, 0, 0, 0] = [0, 1, 2, 4, 8, 16]
    clips[0, :, 0, 7, 7] = 4.0
    levels, change = portraits(clips).reshape(2, 4, 8, 8)  # frames 0, 1, 3 and 4, of 0 .. 4
    assert levels[:, 0, 0].tolist() == [0, 1, 4, 8] and change[:, 0, 0].tolist() == [1, 1, 4, 8]
    assert levels[:, 7, 7].tolist() == [2.0] * 4 and not change[:, 7, 7].any()
    assert levels.sum() == 13 + 8 and change.sum() == 14


def test_real_clips_are_nearer_than_shuffled_frames():
    suite = Suite(moving_spots())
    real = suite.train[: suite.n]
    shuffled = real[:, [3, 0, 5, 1, 4, 2]]
    assert suite._frechet(real).value < 0.5 * suite._frechet(shuffled).value
    assert 0 < suite.reference()["completion"].value < 2


def test_a_player_moves(tmp_path):
    path = player(np.random.default_rng(0).random((5, 6, 1, 8, 8), np.float32), 10.0, tmp_path / "a.png")
    with Image.open(path) as image:
        assert image.n_frames == 6 and image.size == (3 * 66 + 2, 2 * 66 + 2)
        image.seek(4)
        fifth, (width, height) = np.asarray(image.convert("L")), image.size
    with Image.open(film_of(tmp_path / "a.png")) as film:  # the slider shows the same frames
        assert film.size == (width, 6 * height)
        assert (np.asarray(film)[4 * height : 5 * height] == fifth).all()
    assert figure(tmp_path, "a.png")["film"]
