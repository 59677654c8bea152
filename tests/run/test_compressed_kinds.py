"""Items of every kind that can be compressed come back value for value, in the form in which they were given."""

import numpy as np
import pandas as pd
import pytest

import genwright as gw
from genwright.contract.small_data import small_data
from genwright.core.errors import DataError
from genwright.kinds.domain import Drawn
from genwright.run import compressed
from genwright.sound.kinds.audio.clips import Clips


def trained(data, **options):
    return gw.fit(data, "autoregressive", preset="tiny", steps=3, progress=False, **options)


@pytest.mark.long
def test_pictures_come_back_in_the_form_that_they_had():
    x = np.random.default_rng(0).integers(0, 17, (24, 8, 8, 1)).astype(np.uint8)
    x[0, 0, :2, 0] = 0, 16  # one alone holds the ends too
    model = trained(gw.load_data(x / 16))
    unit = (x / 16).astype(np.float32)
    for given in (x[..., 0], x, x[..., 0] / 16, unit, x.astype(np.int64), x[0, ..., 0], x[0] / 16):
        back = np.asarray(model.decompress(model.compress(given)))
        assert back.dtype == given.dtype and back.shape == given.shape and (back == given).all()


def test_the_array_that_a_model_was_trained_on_comes_back():
    x = np.random.default_rng(0).integers(0, 256, (24, 8, 8))
    model = trained(gw.load_data(x))
    assert (np.asarray(model.decompress(model.compress(x))) == x).all()
    with pytest.raises(DataError):
        model.compress(x / 255 * 0.9)


def test_rows_come_back_with_columns_that_the_model_ignores(monkeypatch):
    rng = np.random.default_rng(0)
    names = [f"P-{1000 + 7 * i}" for i in range(200)]
    rows = pd.DataFrame({"id": names, "age": rng.integers(20, 60, 200), "town": rng.choice(["Bern", "Genf"], 200)})
    model = trained(gw.load_data(rows))
    assert "id" not in model.sample(2).columns
    new = rows.assign(more=np.arange(200) / 3)[["town", "id", "more", "age"]]
    monkeypatch.setattr(compressed, "SEGMENT", 90)
    stream = model.compress(new)
    pd.testing.assert_frame_equal(model.decompress(stream), new, check_dtype=False)
    parts = pd.concat(list(model.decompress_blocks(stream)), ignore_index=True)
    pd.testing.assert_frame_equal(parts, new, check_dtype=False)


def test_lines_come_back_with_what_stands_beside_them(monkeypatch):
    monkeypatch.setattr(compressed, "SEGMENT", 7)
    data = small_data("sequences")
    model, lines = trained(data), list(data.train[:20])
    items = Drawn(lines, {"name": [f"n{i}" for i in range(20)], "size": [None, *range(19)]})
    back = model.decompress(model.compress(items))
    told = lambda items: {name: values.tolist() for name, values in items.given.items()}
    assert back == lines and told(back) == told(items)
    assert model.decompress(model.compress(lines[0])) == lines[:1]
    assert not model.decompress(model.compress(items, given={})).given


TEXT = "".join(np.random.default_rng(1).choice(list("abcde \n"), 600))


def test_texts_of_any_length_come_back(monkeypatch):
    monkeypatch.setattr(compressed, "SEGMENT", 2)
    model = trained(gw.load_data(TEXT.split("\n"), windows=32))
    for texts in ([TEXT[:110]], [TEXT[:5]], [TEXT[:64], TEXT[3:40], TEXT[9:41]], TEXT[:70]):
        stream = model.compress(texts)
        assert model.decompress(stream) == ([texts] if isinstance(texts, str) else texts)
        assert "".join(text for part in model.decompress_blocks(stream) for text in part) == "".join(texts)


def test_music_of_any_length_comes_back():
    rng = np.random.default_rng(0)
    tunes = [np.repeat(60 + rng.integers(0, 12, (20, 2)), 2, 0).astype(np.int16) for _ in range(12)]
    model = trained(gw.load_data(tunes, windows=16))
    tunes[0][16:32] = -1  # a whole window of rests
    back = model.decompress(model.compress([tunes[0], tunes[1][:16], tunes[2][:9]]))
    assert [tune.shape for tune in back] == [(40, 2), (16, 2), (9, 2)]
    assert all((a == b[: len(a)]).all() for a, b in zip(back, tunes))
    with pytest.raises(DataError):
        model.compress([tunes[0][:, :1]])


@pytest.mark.long
@pytest.mark.parametrize("steps", [2**15, None])
def test_sound_comes_back_to_the_sample(steps, monkeypatch):
    monkeypatch.setattr(compressed, "SEGMENT", 3)
    rng = np.random.default_rng(0)
    clips = [rng.uniform(-1, 1, 40 + k).astype(np.float32) for k in range(14)]
    if steps:
        clips = [np.rint(clip * steps) / np.float32(steps) for clip in clips]
    model = trained(gw.load_data((clips, 8000)))
    back = model.decompress(model.compress(Clips(clips, rate=8000)))
    assert all(np.array_equal(a, b) for a, b in zip(back, clips, strict=True))
    levels = list(model.sample(4, seed=0))
    assert len(model.compress(levels)) < len(model.compress([level / 2 for level in levels]))
    with pytest.raises(DataError):
        model.compress(Clips([clips[0][:20]], rate=16_000))


def test_molecules_come_back_as_they_are_spelled():
    data = small_data("molecules")
    model, lines = trained(data), [line for line in data.train][:9]
    assert model.decompress(model.compress(Drawn(lines, {"name": list("abcdefghi")}))).given["name"].tolist()[8] == "i"
    assert model.decompress(model.compress(lines)) == lines
