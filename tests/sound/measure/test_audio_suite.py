# Tests sound/measure/sound_sheets.py
"""Metrics of sound: real clips pass, copies are caught, other labels and louder clips are told, and the page can be
heard."""

import wave
from base64 import b64decode

import numpy as np
import pytest

import genwright
from genwright.sound.contract import tones
from genwright.sound.kinds.audio.clips import Clips
from genwright.sound.measure import audio_suite as audio
from genwright.sound.measure.audio_suite import GOES_ON, HEARD, SAMPLES_CAPTION, Suite
from genwright.sound.measure.sound_metrics import BANDS, loudness, portraits, spectrogram
from genwright.studies.report.pictures import gathered
from genwright.studies.report.records import Row


@pytest.fixture(scope="module")
def suite():
    """High and low are soon told apart."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audio, "TAUGHT", 2_000)
        yield Suite(tones())


class Says:
    """Draws what it was told to."""

    config, sizes, scored_sizes = {"family": "says"}, (64,), (64,)

    def __init__(self, clips):
        self.clips = clips

    def has(self, verb):
        return verb == "sample"

    def sample(self, n, given=None, seed=None):
        return self.clips[:n]


def changed(clips, change, labels=None):
    given = clips.given if labels is None else {"label": labels}
    return Clips([change(clip) for clip in clips], given, rate=clips.rate)


def test_a_tone_lies_in_its_band():
    rate = 8_000
    bands = [spectrogram(np.sin(2 * np.pi * pitch * np.arange(4_000) / rate), rate).mean(0) for pitch in (300, 3_000)]
    assert bands[0].argmax() < BANDS / 3 < 2 * BANDS / 3 < bands[1].argmax()
    assert loudness([np.full(9, 0.1)])[0] == pytest.approx(-20)
    found = portraits([np.zeros(3), np.random.default_rng(0).uniform(-1, 1, 20_000)], rate)
    assert found.min() >= 0 and found.max() <= 1 and found[0].max() == 0 and found[1].mean() > 0.5


def test_real_clips_pass(suite):
    real = suite.reference()
    assert real["right_label"].value > 0.95 and abs(real["two_sample_auc"].value - 0.5) < 0.15
    assert real["length_error"].value < 20 and real["loudness_error"].value < 20
    assert 0.8 < real["memorisation"].value < 1.2 and real["copies"].value == 0


def test_copies_are_caught(suite):
    found = suite.measure(Says(suite.train)).metrics
    assert found["memorisation"].value == 0 and found["copies"].value == 1


def test_what_is_wrong_is_told(suite):
    real = suite.measure(Says(suite.valid)).metrics
    quiet = suite.measure(Says(changed(suite.valid, lambda clip: clip / 4))).metrics
    assert quiet["loudness_error"].value > real["loudness_error"].value + 20
    assert quiet["spectral_error"].value > 8 and quiet["frechet"].value > 3 * real["frechet"].value
    short = suite.measure(Says(changed(suite.valid, lambda clip: clip[: len(clip) // 2]))).metrics
    assert short["length_error"].value > real["length_error"].value + 20
    muted = suite.measure(Says(changed(suite.valid, lambda clip: 0 * clip)), only=["silent"]).metrics
    assert muted["silent"].value == 1 and real["silent"].value < 0.2 and short["odd_lengths"].value > 0.3
    swapped = np.where(suite.valid.given["label"] == "low", "high", "low")
    told = suite.measure(Says(changed(suite.valid, np.copy, swapped))).metrics
    assert told["right_label"].value < 0.1 < 0.9 < real["right_label"].value


@pytest.mark.long
def test_bits_are_over_samples_alone(suite):
    model = genwright.fit(suite.data, "n-gram", progress=False)
    metric = Suite(suite.data, sizes={"samples": 64}).measure(model).metrics["bits_per_sample"]
    found = model.log_prob(suite.data.test)
    samples = sum(len(clip) for clip in suite.data.test)
    assert metric.value == pytest.approx(-found.nats.sum() / np.log(2) / samples)
    assert metric.items.mean() == pytest.approx(metric.value) and metric.kind == "exact"


@pytest.mark.long
def test_the_page_shows_and_plays_them(suite, tmp_path):
    model = genwright.fit(suite.data, "autoregressive", items=600, preset="tiny", progress=False)
    few = Suite(suite.data, sizes={"samples": 12})
    drawn = few.plot(model, tmp_path / "ours")
    assert set(drawn) == {SAMPLES_CAPTION, HEARD, GOES_ON} and few.plot_real(tmp_path / "real").keys() == {
        SAMPLES_CAPTION,
        HEARD,
    }
    with wave.open(drawn[HEARD]) as file:
        assert file.getframerate() == 8_000 and file.getnframes() > 1_000
    row = Row("ours", drawings={HEARD: "ours/samples.wav", SAMPLES_CAPTION: "ours/samples.png"})
    heard, seen = gathered(tmp_path, [row])
    assert seen["figures"][0]["src"].startswith("data:image/png") and heard["figures"][0]["src"] is None
    kind, _, content = heard["figures"][0]["sound"].partition(";base64,")
    assert kind == "data:audio/wav" and b64decode(content) == (tmp_path / "ours/samples.wav").read_bytes()
    assert few.preview(None, tmp_path / "real").endswith("preview.png")
