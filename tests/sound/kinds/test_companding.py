# Tests sound/kinds/audio/clips.py
"""8-bit mu-law: every level comes back, quiet ones are fine, and silence is one level."""

import numpy as np

from genwright.sound.kinds.audio.clips import LEVELS, amplitudes, to_levels


def test_every_level_comes_back():
    assert (to_levels(amplitudes()) == np.arange(LEVELS)).all()


def test_it_is_the_formula():
    y = lambda x: np.sign(x) * np.log(1 + 255 * abs(x)) / np.log(256)
    for x in (-1.0, -0.3, -0.001, 0.02, 0.5, 1.0):
        assert to_levels(np.array([x]))[0] == round((y(x) + 1) / 2 * 255)


def test_steps_grow_with_loudness_and_silence_is_nearly_zero():
    steps = np.diff(amplitudes())
    assert (np.diff(steps[128:]) > 0).all() and np.allclose(steps, steps[::-1], atol=1e-6)
    assert to_levels(np.zeros(3)).tolist() == [128] * 3 and abs(amplitudes()[128]) < 1e-4
