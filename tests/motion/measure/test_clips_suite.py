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


def test_what_stands_still_has_no_motion():
    clips = np.zeros((2, 4, 1, 8, 8), np.float32)
    clips[1, 2:] = 1.0
    assert motion(clips).tolist() == pytest.approx([0.0, 1 / 3])
    assert portraits(np.random.default_rng(0).random((5, 2, 3, 10, 9), np.float32)).shape[0] == 5


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
