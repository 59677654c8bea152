"""Captions as a given variable of pictures: their tokens, what people get back, and what is refused."""

import json
import warnings

import numpy as np
import pytest
import torch

import genwright
from genwright.core.errors import GivenError
from genwright.kinds.fields.captions import LONGEST, Captions
from genwright.kinds.images.domain import Images
from genwright.kinds.resplit import resplit

SHAPES, SIDES = ("cross", "square"), ("left", "right")
ROWS = [(shape, side) for shape in SHAPES for side in SIDES] * 60


def drawn(shape: str, side: str) -> np.ndarray:
    """(8, 8) black and white."""
    picture = np.zeros((8, 8), np.uint8)
    at = slice(0, 3) if side == "left" else slice(5, 8)
    picture[2:5, at] = np.eye(3) + np.eye(3)[::-1] > 0 if shape == "cross" else 1
    return picture


def captioned(given="caption", captions=None):
    """Pictures that differ in a few pixels, so that none equals another."""
    x = np.stack([drawn(*row) for row in ROWS])
    noise = np.random.default_rng(0).integers(0, 2, (len(x), 3, 8))
    x[:, 5:] = noise
    texts = [f"A {shape}, {side}" for shape, side in ROWS] if captions is None else captions
    return genwright.load_data((x, {"caption": texts}), given=given)


def test_captions_become_tokens_and_texts_again():
    told = Captions.fit(["a red heart", "A red  sun", None, " "])
    codes = told.encode(["A RED\theart", "a zebra", None, "", np.nan])
    assert codes.shape == (5, LONGEST + 1) and codes[2:].isnan().all()
    assert (codes[0] < told.leaf.end).sum() == 2 + len(" heart")  # "heart" was seen once
    assert told.decode(codes).tolist() == ["a red heart", "a zebra", None, None, None]
    with pytest.raises(GivenError):
        told.encode([3])


def test_data_say_what_they_have_and_models_what_was_given():
    data = captioned()
    assert any("given: `caption`, texts, with 5 words" in line for line in data.describe())
    domain = Images.from_json(json.loads(json.dumps(data.domain.to_json())))
    x, given = data.domain.encode(data.test[:3])
    again, told = domain.encode(domain.decode(x, given, None))
    assert torch.equal(given, told) and torch.equal(x, again)
    one = domain.encode_given({"caption": "a cross, left"}, 2)
    assert torch.equal(one[0], one[1]) and not one.isnan().any()
    assert domain.encode_given({}, 2).isnan().all() and domain.encode_given({"caption": ""}, 2).isnan().all()
    with pytest.raises(GivenError):
        domain.encode_given({"caption": ["a", "b", "c"]}, 2)
    record = data.domain.to_json()
    with pytest.raises(ValueError):
        Images.from_json(record | {"words": record["words"][1:]})


def test_captions_are_not_looked_at_unless_they_are_asked_for():
    data = captioned(given=None)
    assert data.domain.captions is None and data.train.given == {}
    assert any("given 'caption' conditions on them" in line for line in data.describe())
    other = ["something", "else"] * (len(ROWS) // 2)
    assert data.hash == captioned(given=None, captions=other).hash != captioned(captions=other).hash
    assert captioned().hash != captioned(captions=other).hash


def test_a_split_by_another_seed_keeps_captions():
    data = captioned()
    other = resplit(data, 3)
    texts = lambda found: sorted(zip(map(bytes, np.asarray(found.train)), found.train.given["caption"]))
    assert texts(other) != texts(data) and set(other.train.given["caption"]) == set(data.train.given["caption"])
    assert set(other.domain.captions.words.words) == set(data.domain.captions.words.words)


def test_long_captions_are_cut_and_missing_ones_counted():
    texts = ["word " * LONGEST, "word " * (LONGEST + 1), None] + ["a cross"] * (len(ROWS) - 3)
    said = captioned(captions=texts).describe()
    assert any(f"1 caption of more than {LONGEST} tokens cut there" in line for line in said)
    assert any("239 of 240 items have a `caption`" in line for line in said)
    domain = captioned().domain
    with pytest.warns(UserWarning, match="1 caption of more than"):
        domain.encode_given({"caption": "left " * 100}, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        domain.encode_given({"caption": "left"}, 1)


@pytest.mark.long
def test_a_model_draws_what_it_is_told(tmp_path):
    data = captioned()
    model = genwright.fit(data, "flow-matching", items=2_500, preset="tiny", out=tmp_path / "run", progress=False)
    opened = genwright.load_model(tmp_path / "run")
    right = 0
    for shape, side in ROWS[:4]:
        told = {"caption": f"a {shape}, {side}"}
        x = opened.sample(20, given=told, seed=0)
        assert (x == model.sample(20, given=told, seed=0)).all() and set(x.given["caption"]) == {told["caption"]}
        kinds = {row: np.abs(x[:, :5, :, 0].astype(int) - drawn(*row)[:5]).sum((1, 2)) for row in ROWS[:4]}
        right += sum(min(kinds, key=lambda row: kinds[row][i]) == (shape, side) for i in range(20))
    assert right >= 36  # of 80; 20 ± 4 by chance
    assert "caption" not in opened.sample(40, seed=0).given  # of which no run keeps any
    zoo = opened.sample(2, given={"caption": ["a zebra", "left"]}, seed=0)
    assert zoo.given["caption"].tolist() == ["a zebra", "left"]
    folder = model.domain.write(zoo, tmp_path / "zoo")
    assert (folder / "metadata.csv").read_text().split() == "file_name,text 00000.png,a zebra 00001.png,left".split()
    npz = np.load(model.domain.write(zoo, tmp_path / "zoo.npz"))
    assert npz["caption"].tolist() == ["a zebra", "left"]
