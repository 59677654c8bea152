"""Whatever a reader leaves out, every verb says so, and what it writes names the items that it is of."""

import numpy as np
import pandas as pd
import pytest

import genwright as gw
from genwright.sound.kinds.audio.clips import Clips
from genwright.sound.kinds.audio.sound_files import wav_bytes

RATE = 8000
SILENT = "1 of {} clips left out (silent)\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Runs on sound and on tunes, and a folder of clips of which one is silent and one too long."""
    home, rng = tmp_path_factory.mktemp("ids"), np.random.default_rng(0)
    fit = dict(preset="tiny", steps=3, progress=False)
    clips = [rng.uniform(-0.5, 0.5, 60 + k).astype(np.float32) for k in range(24)]
    gw.fit(
        gw.load_data(Clips(clips, {"label": np.array(["a", "b"] * 12)}, rate=RATE)),
        "autoregressive",
        out=home / "sound",
        **fit,
    )
    tunes = [np.repeat(60 + rng.integers(0, 12, (10, 2)), 2, 0).astype(np.int16) for _ in range(12)]
    gw.fit(gw.load_data(tunes, windows=16), "vae", out=home / "tunes", **fit)
    for name, clip in {"2": clips[0], "10": clips[1], "1": np.zeros(40)}.items():
        (home / "ask" / "a").mkdir(parents=True, exist_ok=True)
        (home / "ask" / "a" / f"{name}.wav").write_bytes(wav_bytes(clip, RATE))
    (home / "ask" / "a" / "3.wav").write_bytes(wav_bytes(np.tile(clips[0], 3), RATE))
    np.savez(home / "tunes.npz", pitches=np.concatenate([tunes[0], tunes[1][:7]]), ptr=[0, 20, 27])
    return home


def test_log_prob_names_files_and_counts_those_without_a_likelihood(do, home):
    said = do("log-prob sound ask")
    assert said.startswith("2 items, mean") and said.err.startswith(SILENT.format(4))
    assert "1 of 3 items has no likelihood: a/3.wav lasts 0.02 seconds" in said.err
    table = pd.read_csv(home / "log_prob.csv")
    assert table["id"].tolist() == ["a/10.wav", "a/2.wav", "a/3.wav"] and table["nats"].isna().tolist() == [
        False,
        False,
        True,
    ]


def test_complete_writes_files_by_the_names_of_what_they_complete(do, home):
    said = do("complete sound ask --seed 0", 2)
    assert said.startswith(SILENT.format(4)) and "ask: a/3.wav lasts 0.02 seconds" in said
    (home / "ask/a/3.wav").rename(home / "3.wav")
    said = do("complete sound ask --seed 0 --out filled")
    (home / "3.wav").rename(home / "ask/a/3.wav")
    assert said.err == SILENT.format(3)
    assert sorted(path.relative_to(home / "filled").as_posix() for path in (home / "filled").rglob("*.wav")) == [
        "a/10.wav",
        "a/2.wav",
    ]


def test_encode_names_the_places_of_windows(do, home):
    said = do("encode tunes tunes.npz")
    assert "2 of 3 items have no code: item 0, window at step 16 has 4 steps of 2 voices" in said.err
    found = np.load(home / "codes.npz")
    assert found["id"].tolist() == [f"item {piece}, window at step {step}" for piece, step in ((0, 0), (0, 16), (1, 0))]
    assert np.isnan(found["codes"]).reshape(3, -1).all(1).tolist() == [False, True, True]


def test_a_tune_comes_back_at_its_length(do, home):
    assert do("complete tunes tunes.npz --out whole.npz").startswith("18 missing values in 2 items filled")
    found, given = np.load(home / "whole.npz"), np.load(home / "tunes.npz")
    assert np.diff(found["ptr"]).tolist() == [20, 16]  # the short one goes on to the end of its window
    assert (found["pitches"][:27] == given["pitches"]).all()
    assert do("compress tunes tunes.npz --out tunes.gw").startswith("3 items in")
    assert do("decompress tunes tunes.gw --out again.npz") == "2 items: again.npz\n"
    again = np.load(home / "again.npz")
    assert (again["pitches"] == given["pitches"]).all() and again["ptr"].tolist() == [0, 20, 27]
