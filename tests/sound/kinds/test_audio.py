# Tests sound/kinds/audio/domain.py, sound/kinds/audio/kind.py, sound/zoo/audio.py
"""Sound: what goes in comes out on its levels, what is known stays, and bad input is told in a sentence."""

import json

import numpy as np
import pytest
import torch

from genwright.core.errors import DataError, GivenError
from genwright.sound.kinds.audio.clips import Clips
from genwright.sound.kinds.audio.domain import Audio
from genwright.sound.kinds.audio.sound_files import read_sound

RATE = 8_000
CLIPS = [np.array([0.0, 0.5, -0.5, 1.0], np.float32), np.array([0.1], np.float32), np.full(3, -1.0, np.float32)]


@pytest.fixture
def domain():
    clips = Clips(CLIPS, {"label": ["b", "a", "b"], "speaker": ["10", "9", "9"]}, rate=RATE)
    return Audio.fit(clips, np.ones(3, bool), ["a note"])


def test_the_spec_counts_samples_and_ends(domain):
    leaf, (x, given) = domain.spec.leaf, domain.encode(CLIPS)
    assert leaf.levels == 256 and leaf.k == 258 and leaf.shape == (5,) and leaf.axis == "time" and leaf.ends
    assert x.dtype == torch.int16 and x[1].tolist()[1:] == [leaf.end, leaf.pad, leaf.pad, leaf.pad]
    assert domain.spec.numbers(x).tolist() == [5, 2, 4] and domain.spec.of == "mass"
    assert domain.names == {"label": ["a", "b"], "speaker": ["9", "10"]} and given.isnan().all()


def test_decode_is_the_inverse_of_encode(domain):
    carried = Clips(CLIPS, {"label": ["b", "a", "b"]}, rate=RATE)
    x, given = domain.encode(carried)
    back = domain.decode(x.float() + 0.2, given, 7)
    assert torch.equal(domain.encode(back)[0], x) and back.seed == 7 and back.rate == RATE
    assert all(np.allclose(a, b, atol=0.012) for a, b in zip(back, CLIPS))
    assert back.given["label"].tolist() == ["b", "a", "b"] and "speaker" not in back.given
    again = Audio.from_json(json.loads(json.dumps(domain.to_json())))
    assert torch.equal(again.encode(carried)[1].nan_to_num(9), given.nan_to_num(9))
    assert again.describe() == domain.describe()


def test_slices_keep_the_rate_and_what_is_given():
    clips = Clips(CLIPS, {"label": ["b", "a", "b"]}, rate=RATE)[np.array([True, False, True])]
    assert clips.rate == RATE and clips.given["label"].tolist() == ["b", "b"] and len(clips.copy()) == 2


def test_clips_of_another_rate_are_brought_to_the_models(domain):
    slow = Clips([np.full(2, 0.5, np.float32)], rate=RATE // 2)
    assert domain.spec.numbers(domain.encode(slow)[0]).tolist() == [5]


def test_given_is_told_by_the_users_names(domain):
    assert domain.encode_given({"label": "b", "speaker": [9, 10]}, 2).tolist() == [[1, 0], [1, 1]]
    with pytest.raises(GivenError):
        domain.encode_given({"label": "c"}, 2)
    with pytest.raises(GivenError):
        domain.encode_given({"mood": 1}, 2)
    with pytest.raises(GivenError):
        domain.encode_given({"label": ["a", "b", "a"]}, 2)


def test_a_beginning_stays_to_the_bit(domain):
    known = [np.array([True, True, False, False]), np.array([True]), np.zeros(3, bool)]
    x, _, mask = domain.encode_holes(CLIPS, known, {})
    assert mask.sum(1).tolist() == [2, 1, 0]
    x = torch.full_like(x, 100)
    filled = domain.decode_holes(x, CLIPS, mask, torch.full((3, 2), torch.nan), {"seed": 1})
    assert np.array_equal(filled[0][:2], CLIPS[0][:2]) and len(filled[0]) == 5 and filled.seed == 1
    assert domain.encode_holes(CLIPS, None, None)[2].sum(1).tolist() == [4, 1, 3]


def test_what_is_written_is_read_again(domain, tmp_path):
    clips = Clips([np.linspace(-0.9, 0.9, 50, dtype=np.float32)] * 4, {"label": ["a", "b", "a", "b"]}, rate=RATE)
    found = read_sound(domain.write(clips, tmp_path / "drawn"))
    assert found.clips.given["label"].tolist() == ["a", "a", "b", "b"] and found.clips.rate == RATE
    assert np.allclose(found.clips[0], clips[0], atol=1e-4)
    one = read_sound(domain.write(clips, tmp_path / "all.wav")).clips[0]
    assert len(one) == 4 * 50 + 3 * RATE // 5
    assert len(read_sound(domain.write([clips, clips], tmp_path / "draws")).clips) == 8
    with pytest.raises(DataError):
        domain.write(clips, tmp_path / "a.mp3")
    with pytest.raises(DataError):
        domain.write(clips, tmp_path / "drawn")
