"""Edits of `shapes`: an image, an instruction such as "make it blue", and the image that follows from it."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ...core.errors import DataError
from ...core.seeds import seed_of
from ..raw import Raw
from .shapes import ATTRIBUTES, NO_VALUE, NOTE, SEEN_PAIRS, draw_shapes, sample_centres, sample_pairs, with_article


class Edits(NamedTuple):
    """before, after: (n, 32, 32, 3) uint8. instructions: (n,) texts. attributes: (n, 4) of `after`, as in `shapes`.
    parts: (n,) of `shapes`, by the pair that `after` shows; `before` always shows a seen pair."""

    before: np.ndarray
    instructions: np.ndarray
    after: np.ndarray
    attributes: np.ndarray
    parts: np.ndarray


def shapes_edits() -> Raw:
    """20,000 images (32, 32, 3), each with the image `before` and the instruction as its caption."""
    edits = draw_edits()
    return Raw(
        "images", "shapes-edits", edits.after, parts=edits.parts, notes=[NOTE], captions=edits.instructions,
        images={"before": edits.before}, given=("caption", "before"), rule="shapes-edits",
    )  # fmt: skip


def draw_edits() -> Edits:
    """20,000 edits, each of one attribute; the centre stays."""
    rng = np.random.default_rng(seed_of("shapes-edits"))
    pairs, parts = sample_pairs(rng)
    tables = list(ATTRIBUTES.values())
    rest = [rng.integers(len(table), size=len(pairs)) for table in tables[2:]]
    after = np.column_stack([pairs, *rest])
    before, changed = after.copy(), np.empty(len(after), int)
    again = np.arange(len(after))
    while len(again):
        before[again] = after[again]
        changed[again] = rng.integers(len(tables), size=len(again))
        counts = np.array([len(table) for table in tables])[changed[again]]
        step = rng.integers(1, counts)
        before[again, changed[again]] = (after[again, changed[again]] + step) % counts
        again = again[[tuple(pair) not in SEEN_PAIRS for pair in before[again, :2].tolist()]]
    centres = sample_centres(np.maximum(before[:, 2], after[:, 2]), rng)  # where both sizes fit
    made = after[np.arange(len(after)), changed]
    texts = [instruction(*row) for row in zip(changed.tolist(), made.tolist())]
    images = (draw_shapes(attributes, centres) for attributes in (before, after))
    return Edits(next(images), np.array(texts, object), next(images), after, parts)


def instruction(attribute: int, value: int) -> str:
    """ "make it a star", "make it red", "make it large", "make the ground grey"."""
    name, table = list(ATTRIBUTES.items())[attribute]
    word = with_article(table[value]) if name == "shape" else table[value]
    return f"make {'the ground' if name == 'ground' else 'it'} {word}"


def parse_instructions(texts: Iterable[str]) -> np.ndarray:
    """(n, 4) attributes that instructions ask for, the inverse of `instruction`; NO_VALUE for those that they keep.

    Raises DataError for a text that is no instruction.
    """
    known = {
        instruction(attribute, value): (attribute, value)
        for attribute, table in enumerate(ATTRIBUTES.values())
        for value in range(len(table))
    }
    texts = list(texts)
    asked = np.full((len(texts), len(ATTRIBUTES)), NO_VALUE)
    for row, text in zip(asked, texts):
        if text not in known:
            raise DataError(f"{text!r} is no instruction of shapes: write one such as 'make it red'")
        attribute, value = known[text]
        row[attribute] = value
    return asked
