# Tests kinds/fields/column.py, kinds/fields/field.py, kinds/fields/fields.py, kinds/fields/text.py
"""Fields: what people's values become and come back as, which column becomes which field, and a field that no file of
`src` knows, from a column to a run that is opened again."""

import json

import numpy as np
import pandas as pd
import pytest
import tags
import torch

import genwright
from genwright.core.errors import DataError, GivenError, RunError
from genwright.core.spec import Ordered
from genwright.kinds.fields import fields
from genwright.kinds.fields.captions import Captions
from genwright.kinds.fields.column import Column, Label
from genwright.kinds.fields.fields import Fields
from genwright.kinds.fields.text import Text
from genwright.kinds.images.domain import Images, LowResolution

RNG = np.random.default_rng(0)
N = 240
NOTES = [f"a {RNG.choice(['long', 'short'])} word from place {k} of the old book" for k in range(N)]
TABLE = pd.DataFrame(
    {
        "word": ["".join(RNG.choice(list("abcd"), RNG.integers(2, 7))) for _ in range(N)],
        "note": [None if k % 40 == 7 else note for k, note in enumerate(NOTES)],
        "stars": RNG.integers(1, 6, N),
        "tone": RNG.choice(["high", "low"], N),
        "tags": [tags.joined(RNG.choice(["red", "round", "old"], k % 3, replace=False)) for k in range(N)],
    }
)
TRAIN = np.arange(N) < 200


@pytest.fixture
def registered(monkeypatch):
    """What is registered here is gone after the test."""
    monkeypatch.setattr(fields, "_registered", [])
    tags.register()


def lines(given):
    return genwright.load_data(TABLE, kind="sequences", column="word", given=given)


def stored(domain):
    return type(domain).from_json(json.loads(json.dumps(domain.to_json())))


def test_a_column_becomes_what_its_cells_look_like():
    found = Fields.of_columns(TABLE[["stars", "note", "tone"]], TRAIN)
    assert [type(field) for field in found] == [Column, Text, Column]
    assert found.spec.names == ["stars", "note", "tone"] and found.spec.widths == [1, 65, 1]
    assert found.describe()[0] == "given: `stars`, `tone`" and "`note`, texts, with" in found.describe()[1]
    assert found.remarks({"note": TABLE["note"]})[0] == "234 of 240 items have a `note`"
    said = found.remarks({"note": ["left", "LEFT ", None, "right left"]})
    assert said[:2] == ["3 of 4 items have a `note`", "1 `note` text is shared by several items"]
    named = pd.DataFrame({"name": [f"key{k}" for k in range(N)]})
    with pytest.raises(DataError):
        Fields.of_columns(named, TRAIN)
    assert isinstance(*Fields.of_columns(named.map(lambda name: f"the {name}"), TRAIN), Text)
    assert isinstance(*Fields.of_columns(named.map(lambda name: f"the key {len(name)}"), TRAIN), Column)


def test_every_kind_of_field_takes_one_value_or_n_and_gives_them_back():
    picture = np.full((1, 4, 4, 1), 3, np.uint8)
    table = {name: Fields.of_columns(TABLE[[name]], TRAIN).get(name) for name in ("stars", "tone", "note")}
    cases = {
        Label.from_values("side", ["left", "right"], ["left"]): ("right", "up"),
        table["stars"]: (4, 17),
        table["tone"]: ("low", "middling"),
        table["note"]: ("a short word", 3),
        LowResolution("low", Ordered(4, shape=(1, 4, 4), axis="grid"), 2): (picture, picture + 1),
    }
    for field, (value, unknown) in cases.items():
        several = np.concatenate([value] * 3) if field.name == "low" else [value] * 3
        one, each = field.encode(value, 3), field.encode(several, 3)
        assert torch.equal(one, each) and one.shape == (3, field.width) and not one.isnan().any()
        back = field.decode(one, None)
        assert np.array_equal(back, several) and torch.equal(field.carried(back, 3), one)
        with pytest.raises(GivenError):
            field.encode(unknown, 3)
        with pytest.raises(GivenError):
            field.encode(several, 2)


def test_what_is_left_out_is_absent():
    found = Fields([Label.from_values("side", ["left", "right"], []), Text("note", Captions.fit(NOTES, "note"))])
    assert found.encode_asked({"side": None}, 2).isnan().all() and found.encode_beside({}, 2).isnan().all()
    half = found.encode_beside({"side": ["left", None], "note": [np.nan, pd.NA], "more": [1, 2]}, 2)
    assert half[0, 0] == 0 and half[1, 0].isnan() and half[:, 1:].isnan().all()
    back = found.decode(half, None)
    assert list(back) == ["side"] and back["side"].tolist() == ["left", None]
    with pytest.raises(GivenError):
        found.encode_asked({"colour": 1}, 2)
    with pytest.warns(UserWarning, match="1 note of more than 64 tokens cut there"):
        found.encode_asked({"note": "left " * 100}, 3)
    with pytest.raises(ValueError):
        Fields([*found, found.get("side")])
    assert Fields().encode_asked({}, 3).shape == (3, 0) and Fields().decode(torch.zeros(3, 0), None) == {}


def test_a_record_keeps_the_fields_and_their_order():
    domain = lines(["note", "stars", "tone"]).domain
    again = stored(domain)
    assert again.given == domain.given and again.given.names == ["note", "stars", "tone"]
    assert again.to_json() == domain.to_json() and again.describe() == domain.describe()
    record = domain.to_json()
    with pytest.raises(ValueError):
        type(domain).from_json(record | {"fields": [record["fields"][0] | {"words": []}]})
    with pytest.raises(ValueError):
        type(domain).from_json(record | {"order": ["note", "stars"]})


def test_pictures_hold_a_field_of_others_beside_their_own(registered):
    x = RNG.integers(0, 256, (6, 8, 8, 1)).astype(np.uint8)
    own = Images.fit(x, np.arange(6) % 2, times=2)
    domain = Images(own.spec, Fields([tags.Tags("tags", ["old", "red"]), *own.fields]), 6, [])
    again = stored(domain)
    given = again.encode_given({"tags": ";red;", "label": 1}, 2)
    assert again.given == domain.given and given[:, :3].tolist() == [[0, 1, 1]] * 2
    drawn = again.decode(torch.zeros(2, 1, 8, 8), given, None)
    assert drawn.given["tags"].tolist() == [";red;"] * 2 and drawn.given["label"].tolist() == [1, 1]


def test_a_field_of_others_goes_from_a_column_to_a_run_that_is_opened_again(registered, tmp_path, monkeypatch):
    data = lines(["tags", "stars"])
    assert data.domain.given.names == ["tags", "stars"] and data.domain.given.widths == [3, 1]
    assert "given: `tags`, any of old, red, round" in data.describe()
    model = genwright.fit(data, "autoregressive", items=600, preset="tiny", out=tmp_path / "run", progress=False)
    opened = genwright.load_model(tmp_path / "run")
    asked = {"tags": ";old;red;", "stars": 2}
    drawn = opened.sample(5, given=asked, seed=0)
    assert drawn == model.sample(5, given=asked, seed=0)
    assert set(drawn.given["tags"]) == {";old;red;"} and set(drawn.given["stars"]) == {2}
    nats = [opened.log_prob(data.test, given={"tags": tag}).nats for tag in (";old;", ";round;")]
    assert np.abs(nats[0] - nats[1]).max() > 1e-4
    assert (opened.log_prob(data.test).nats == model.log_prob(data.test).nats).all()
    with pytest.raises(GivenError):
        opened.sample(1, given={"tags": ";green;"})
    monkeypatch.setattr(fields, "_registered", [])
    with pytest.raises(RunError):
        genwright.load_model(tmp_path / "run")
