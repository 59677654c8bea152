# Tests sound/kinds/music/domain.py, sound/kinds/music/kind.py, sound/kinds/music/music_files.py
"""Music: what goes in comes out, what is known stays, and bad input is told in a sentence."""

import json

import numpy as np
import pytest
import torch

from genwright.core.errors import DataError
from genwright.kinds.domain import Drawn
from genwright.sound.kinds.music.domain import Music, pitch_name
from genwright.sound.kinds.music.music_files import RATE, STEP, notes_of, played

WINDOWS = [np.array([[72, 60], [72, 59], [-1, 57]], np.int16), np.array([[74, -1], [71, -1], [71, 62]], np.int16)]


@pytest.fixture
def domain():
    return Music.fit(WINDOWS, 2, ["a note"])


def test_voices_in_turn_are_symbols_in_order(domain):
    leaf, (x, given) = domain.spec.leaf, domain.encode(WINDOWS)
    assert leaf.k == 74 - 57 + 2 and leaf.shape == (6,) and leaf.axis == "sequence" and not leaf.ends
    assert x.tolist() == [[16, 4, 16, 3, 0, 1], [18, 0, 15, 0, 15, 6]] and x.dtype == torch.int16
    assert domain.spec.of == "mass" and given.shape == (2, 0)


def test_decode_is_the_inverse_of_encode(domain):
    x, given = domain.encode(WINDOWS)
    back = domain.decode(x.float() + 0.2, given, 7)
    assert isinstance(back, Drawn) and back.seed == 7 and all(map(np.array_equal, back, WINDOWS))
    assert back[0].dtype == np.int16
    again = Music.from_json(json.loads(json.dumps(domain.to_json())))
    assert torch.equal(again.encode(back)[0], x) and again.describe() == domain.describe()
    assert "pitches from A3 to D5 (57 to 74), and rests" in domain.describe() and pitch_name(60) == "C4"


def test_what_is_not_there_is_not_known(domain):
    soprano = np.array([[72], [-1]])  # a step and a voice are missing
    gaps = np.where(np.arange(6).reshape(3, 2) == 3, np.nan, WINDOWS[1])
    x, _, known = domain.encode_holes([soprano, gaps, WINDOWS[0]], None, None)
    assert known.tolist() == [[1, 0, 1, 0, 0, 0], [1, 1, 1, 0, 1, 1], [1] * 6]
    assert x[0, :3].tolist() == [16, 0, 0] and x[2].tolist() == [16, 4, 16, 3, 0, 1]
    mask = np.array([[True, False]] * 3)
    assert domain.encode_holes(WINDOWS[:1], mask[None], None)[2].tolist() == [[1, 0] * 3]
    for wrong, words in (([mask] * 2, "known holds 2 masks for 1 windows"), ([mask[:2]], "known of window 0 is bool")):
        with pytest.raises(DataError, match=words):
            domain.encode_holes(WINDOWS[:1], wrong, None)
    with pytest.raises(DataError):
        domain.encode_holes([np.full((4, 2), 60)], None, None)


def test_notes_are_what_a_voice_holds():
    assert notes_of(WINDOWS[0]) == [(0, 1, 60), (0, 2, 72), (1, 1, 59), (2, 1, 57)]


def test_a_note_sounds_at_its_pitch_for_its_time():
    sound = played(np.array([[69]] * 8 + [[-1]] * 8))
    assert len(sound) == 16 * int(STEP * RATE) + 1 and abs(sound).max() <= 1 and not sound[len(sound) // 2 + 1 :].any()
    spectrum = np.abs(np.fft.rfft(sound[: len(sound) // 2]))
    assert spectrum.argmax() * RATE / (len(sound) // 2) == pytest.approx(440, abs=2)


def test_what_is_written_is_there(domain, tmp_path):
    drawn = Drawn(WINDOWS)
    with np.load(domain.write([drawn, drawn], tmp_path / "a.npz")) as held:
        assert np.array_equal(held["pitches"], np.stack(WINDOWS * 2))
    assert domain.write(drawn, tmp_path / "a.wav").read_bytes()[:4] == b"RIFF"
    with pytest.raises(DataError):
        domain.write(drawn, tmp_path / "a.mp3")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(DataError):
        domain.write(drawn, tmp_path / "full")
