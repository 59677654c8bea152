# Tests kinds/named/shapes.py
"""Shapes: which pairs are held out, that captions say what images show, and where two shapes lie."""

from itertools import product

import numpy as np
import pytest

import genwright
from genwright.core.errors import DataError
from genwright.kinds.formats.images.pictures import picture_keys
from genwright.kinds.named import read_named
from genwright.kinds.named.shapes import (
    ATTRIBUTES,
    COLOURS,
    NO_VALUE,
    RELATIONS,
    SEEN_PAIRS,
    TEST_PAIRS,
    VALID_PAIRS,
    captions,
    draw_edits,
    parse_captions,
    parse_instructions,
)
from genwright.measure.metrics.shapes_rule import read_attributes

EVERY = np.array(list(product(*(range(len(table)) for table in ATTRIBUTES.values()))))  # (252, 4)


def pairs_of(texts) -> list[tuple[int, int]]:
    return [tuple(row) for row in parse_captions(texts)[:, :2].tolist()]


def centre_of(image, colour: int) -> np.ndarray:
    """Mean row and column of the pixels of a colour."""
    return np.argwhere((image == list(COLOURS.values())[colour]).all(2)).mean(0)


def split_caption(text: str) -> tuple[str, str, str]:
    """ "a red star left of a blue circle on a grey ground" -> both objects and the relation."""
    objects = text[: text.index(" on a")]
    relation = next(relation for relation in RELATIONS if relation in objects)
    return *objects.split(f" {relation} "), relation


def test_pairs_are_held_out_on_a_latin_square():
    held_out = set(VALID_PAIRS + TEST_PAIRS)
    assert len(held_out) == 12 and len(held_out) + len(SEEN_PAIRS) == 42
    assert held_out == {(shape, shape + step) for shape in range(6) for step in (0, 1)}
    assert {shape for shape, _ in TEST_PAIRS} == set(range(6)) and {colour for _, colour in TEST_PAIRS} == set(range(7))


def test_parts_of_shapes():
    data = genwright.load_data("shapes", given="caption")
    pairs = {part: pairs_of(items.given["caption"]) for part, items in data.items.items()}
    assert {part: len(found) for part, found in pairs.items()} == {"train": 14_000, "valid": 2_000, "test": 4_000}
    assert set(pairs["train"]) == set(SEEN_PAIRS) and set(pairs["test"]) == set(TEST_PAIRS)
    assert sum(pair in VALID_PAIRS for pair in pairs["valid"]) == 1_000
    assert set(pairs["valid"]) == set(SEEN_PAIRS + VALID_PAIRS)
    assert len(np.unique(np.concatenate([picture_keys(items) for items in data.items.values()]))) == 20_000
    assert data.train.given["caption"][:3].tolist() == [
        "a small orange triangle on a grey ground",
        "a small pink triangle on a grey ground",
        "a large red ring on a white ground",
    ]
    assert "no training image shows" in str(data)


def test_captions_in_three_lengths_are_read_back():
    short, coloured, full = captions(EVERY).T
    assert set(short) == {f"a {shape}" for shape in ATTRIBUTES["shape"]} and "an orange star" in coloured
    assert "a large red star on a grey ground" in full and len(set(full)) == len(EVERY)
    assert (parse_captions(full) == EVERY).all()
    assert (parse_captions(coloured) == np.where([1, 1, 0, 0], EVERY, NO_VALUE)).all()
    assert (parse_captions(short) == np.where([1, 0, 0, 0], EVERY, NO_VALUE)).all()
    assert parse_captions(["a star on a black ground"]).tolist() == [[3, NO_VALUE, NO_VALUE, 2]]
    assert captions(EVERY[:0]).shape == (0, 3) and parse_captions([]).shape == (0, 4)


@pytest.mark.long
@pytest.mark.parametrize("name", ["shapes", "shapes-two"])
def test_an_image_carries_its_shorter_captions(name):
    caption = read_named(name, 0).captions[0]
    assert len(caption.others) == 2 and len(caption) > len(caption.others[0]) > len(caption.others[1])


@pytest.mark.long
def test_two_shapes_lie_as_their_caption_says():
    raw = read_named("shapes-two", 0)
    named = [split_caption(text) for text in raw.captions]
    pairs = list(zip(pairs_of(one for one, _, _ in named), pairs_of(other for _, other, _ in named)))
    held_out = np.array([[pair not in SEEN_PAIRS for pair in both] for both in pairs])
    assert not held_out[raw.parts == "train"].any() and (held_out[raw.parts == "test"].sum(1) == 1).all()
    assert all(pair in TEST_PAIRS + SEEN_PAIRS for k in np.flatnonzero(raw.parts == "test") for pair in pairs[k])
    assert 0.45 < held_out[raw.parts == "test", 0].mean() < 0.55  # either is named first
    shown = set()
    for k in range(0, len(raw.items), 50):
        (shape, colour), (other_shape, other_colour) = pairs[k]
        assert shape != other_shape
        if colour != other_colour:
            away = centre_of(raw.items[k], other_colour) - centre_of(raw.items[k], colour)
            upright = abs(away[0]) > abs(away[1])
            shown.add(named[k][2])
            assert (
                named[k][2]
                == (("below", "above") if upright else ("right of", "left of"))[int(away[0 if upright else 1] > 0)]
            )
    assert shown == set(RELATIONS)


@pytest.mark.long
def test_edits_change_what_their_instruction_says():
    edits = draw_edits()
    some = np.arange(0, 20_000, 40)
    before, after = read_attributes(edits.before[some]), read_attributes(edits.after[some])
    assert (after == edits.attributes[some]).all() and ((before != after).sum(1) == 1).all()
    assert {tuple(pair) for pair in before[:, :2].tolist()} <= set(SEEN_PAIRS)
    for text, row, changed in zip(edits.instructions[some], after, before != after):
        name, table = list(ATTRIBUTES.items())[changed.argmax()]
        assert text.split()[-1] == table[row[changed.argmax()]] and ("the ground" in text) == (name == "ground")
    asked = parse_instructions(edits.instructions[some])
    assert ((asked != NO_VALUE) == (before != after)).all() and (
        np.where(asked == NO_VALUE, before, asked) == after
    ).all()
    with pytest.raises(DataError):
        parse_instructions(["make it red", "make it"])
    shown = {part: {tuple(pair) for pair in edits.attributes[edits.parts == part, :2]} for part in ("train", "test")}
    assert shown == {"train": set(SEEN_PAIRS), "test": set(TEST_PAIRS)}


@pytest.mark.long
def test_edits_are_data_with_the_image_before_and_the_instruction():
    data, edits = genwright.load_data("shapes-edits"), draw_edits()
    assert data.domain.given.names == ["caption", "before"] and len(data.test) == (edits.parts == "test").sum()
    assert (data.test == edits.after[edits.parts == "test"]).all()
    assert (data.test.given["before"] == edits.before[edits.parts == "test"]).all()
    assert data.train.given["caption"].tolist() == edits.instructions[edits.parts == "train"].tolist()
    assert genwright.load_data("shapes-edits", given="caption").domain.given.names == ["caption"]
