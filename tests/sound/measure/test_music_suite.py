# Tests sound/contract.py, sound/measure/sound_metrics.py
"""Metrics of music: keys, durations and degrees are what they are, real windows pass, copies are caught in any key, and
wrong notes and lengths are told."""

import wave

import numpy as np
import pytest

import genwright
from genwright.kinds.domain import Drawn
from genwright.sound.contract import canons
from genwright.sound.measure.music_suite import GOES_ON, HEARD, PATH_CAPTION, SAMPLES_CAPTION, Suite
from genwright.sound.measure.sound_metrics import durations, in_key, in_one_key, pitch_classes, shuffle_notes, tonics

SCALE = np.array([0, 2, 4, 5, 7, 9, 11, 12, 7, 4, 0, 0])[None, :, None]  # up, and the chord


@pytest.fixture(scope="module")
def suite():
    return Suite(canons())


class Says:
    """Draws what it was told to."""

    config, sizes, scored_sizes = {"family": "says"}, (64,), (64,)

    def __init__(self, windows):
        self.windows = Drawn(windows)

    def has(self, verb):
        return verb == "sample"

    def sample(self, n, seed):
        return self.windows[:n]


def test_the_key_is_heard_in_every_transposition():
    for tonic in range(12):
        counts = pitch_classes(60 + tonic + SCALE)
        assert tonics(counts).tolist() == [tonic] and in_key(counts).tolist() == [1.0]
    assert (in_one_key(60 + np.arange(12)[:, None, None] + SCALE) % 12 == SCALE % 12).all()
    assert in_key(pitch_classes(np.arange(60, 72).reshape(1, 12, 1))).tolist() == [7 / 12]
    assert in_key(pitch_classes(np.full((1, 4, 2), -1))).tolist() == [1.0]


def test_minor_keys_are_heard():
    minor = 60 + np.array([9, 12, 16, 21, 20, 16, 14, 12, 11, 9, 9, 9])[None, :, None]  # A, with a leading note
    assert tonics(pitch_classes(minor)).tolist() == [9] and in_key(pitch_classes(minor)).tolist() == [1.0]


def test_durations_are_of_what_a_voice_holds():
    window = np.array([[60, -1], [60, 62], [64, 62], [-1, 62]])[None]
    assert durations(window).tolist() == [[1, 1, 1, 0]]
    assert durations(np.full((2, 4, 3), 60)).tolist() == [[0, 0, 0, 3]] * 2


def test_shuffling_keeps_the_notes_and_loses_the_key():
    windows = np.concatenate([60 + tonic + SCALE for tonic in range(12)])
    other = shuffle_notes(windows, np.random.default_rng(0))
    assert sorted(other.ravel()) == sorted(windows.ravel()) and in_key(pitch_classes(other)).mean() < 0.9


def test_real_windows_pass(suite):
    real = suite.reference()
    assert abs(real["two_sample_auc"].value - 0.5) < 0.2 and real["in_key"].value > 0.95
    assert real["pitch_class_divergence"].value < 0.1 and real["duration_divergence"].value < 0.05
    assert set(real) <= set(suite.TITLES)


def test_copies_are_caught_in_any_key(suite):
    found = suite.measure(Says([window + 1 for window in suite.data.train[:200]])).metrics
    assert found["copies"].value >= 0.9  # the tonic of some is a draw of two


def test_what_is_wrong_is_told(suite):
    own = np.stack(suite.data.valid)
    real = suite.measure(Says(own)).metrics
    short = own.copy()
    short[:, 1::2] = np.where(own[:, 1::2] > 0, own[:, 1::2] + 1, -1)
    told = suite.measure(Says(short)).metrics
    assert told["duration_divergence"].value > real["duration_divergence"].value + 0.3
    assert told["in_key"].value < real["in_key"].value - 0.1
    assert told["pitch_class_divergence"].value > real["pitch_class_divergence"].value + 0.02
    assert told["two_sample_auc"].value > 0.8
    rests = suite.measure(Says(np.full_like(own, -1)), only=["silent"]).metrics
    assert rests["silent"].value == 1 and real["silent"].value == 0


def test_bits_are_over_notes(suite):
    model = genwright.fit(suite.data, "n-gram", progress=False)
    metric = Suite(suite.data, sizes={"samples": 64}).measure(model).metrics["bits_per_note"]
    found = model.log_prob(suite.data.test)
    assert metric.value == pytest.approx(-found.nats.mean() / np.log(2) / 16) and metric.kind == "exact"


@pytest.mark.long
def test_the_page_shows_and_plays_them(suite, tmp_path):
    model = genwright.fit(suite.data, "vae", items=256, preset="tiny", progress=False)
    few = Suite(suite.data, sizes={"samples": 12})
    drawn = few.plot(model, tmp_path / "ours")
    assert set(drawn) == {SAMPLES_CAPTION, HEARD, GOES_ON, PATH_CAPTION} and few.plot_real(tmp_path).keys() == {
        SAMPLES_CAPTION,
        HEARD,
    }
    with wave.open(drawn[HEARD]) as file:
        assert file.getframerate() == 8_000 and file.getnframes() > 6 * 8 * 1_200
    assert few.preview(None, tmp_path / "real").endswith("preview.png")
