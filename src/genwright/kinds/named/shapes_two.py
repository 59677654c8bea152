"""Images of two small shapes, and captions that say how they lie: "a red star left of a blue circle".

The two shapes differ. One object shows a pair of the part that its image belongs to, the other a seen pair (see
`shapes`), and the caption names either of them first.
"""

import numpy as np

from ...core.seeds import seed_of
from ..raw import Raw
from .shapes import (
    COLOURS,
    FINE,
    GROUNDS,
    MARGIN,
    NOTE,
    SEEN_PAIRS,
    SHAPES,
    SIDE,
    SIZES,
    draw,
    longest_first,
    sample_pairs,
    with_article,
)

RELATIONS = ("left of", "right of", "above", "below")  # of the object named first to the other
SMALL = list(SIZES).index("small")
GAP = 1  # pixels, at least, between the two along the line of their relation
ASIDE = 5  # pixels, at most, between their centres across that line


def shapes_two() -> Raw:
    """20,000 images (32, 32, 3) with their full captions, in the parts of `shapes`."""
    rng = np.random.default_rng(seed_of("shapes-two"))
    pairs, parts = sample_pairs(rng)
    others = rng.choice(SEEN_PAIRS, len(pairs))
    while len(again := np.flatnonzero(others[:, 0] == pairs[:, 0])):
        others[again] = rng.choice(SEEN_PAIRS, len(again))
    objects = np.stack([pairs, others], 1)
    swapped = rng.random(len(objects)) < 0.5
    objects[swapped] = objects[swapped, ::-1]
    relation, ground = (rng.integers(len(table), size=len(pairs)) for table in (RELATIONS, GROUNDS))
    attributes = np.column_stack([objects.reshape(-1, 4), relation, ground])
    images = draw_two(attributes, sample_two_centres(relation, rng))
    captions = longest_first(two_captions(attributes))
    return Raw("images", "shapes-two", images, parts=parts, notes=[NOTE], captions=captions)


def sample_two_centres(relation: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n, 2, 2) centres (row, column) of both objects, in steps of 1 / FINE pixel."""
    radius, n = SIZES["small"], len(relation)
    low, high = FINE * (radius + MARGIN), FINE * (SIDE - radius - MARGIN)
    apart = rng.integers(FINE * (2 * radius + GAP), high - low + 1, size=n)
    first = rng.integers(low, high - apart + 1)
    aside = rng.integers(low, high + 1, size=n)
    other = (aside + rng.integers(-FINE * ASIDE, FINE * ASIDE + 1, size=n)).clip(low, high)
    along, across = np.stack([first, first + apart], 1), np.stack([aside, other], 1)
    backwards = np.isin(relation, [RELATIONS.index("right of"), RELATIONS.index("below")])
    along[backwards] = along[backwards, ::-1]
    centres = np.stack([across, along], 2)  # left and right
    upright = np.isin(relation, [RELATIONS.index("above"), RELATIONS.index("below")])
    centres[upright] = centres[upright][..., ::-1]
    return centres


def draw_two(attributes: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Images (n, 32, 32, 3) uint8. attributes: (n, 6), shape and colour of the object named first and of the other, the
    relation and the ground; centres: (n, 2, 2)."""
    return np.stack(
        [
            draw(ground, [(*objects[:2], SMALL, one), (*objects[2:], SMALL, other)])
            for (*objects, _, ground), (one, other) in zip(attributes.tolist(), centres.tolist())
        ]
    )


def two_captions(attributes: np.ndarray) -> np.ndarray:
    """(n, 6) -> (n, 3) texts: "a star left of a circle", "a red star left of a blue circle", "a red star left of a blue
    circle on a grey ground"."""
    texts, colours = [], list(COLOURS)
    for shape, colour, other, other_colour, relation, ground in attributes.tolist():
        join = lambda one, two: f"{with_article(one)} {RELATIONS[relation]} {with_article(two)}"
        coloured = join(f"{colours[colour]} {SHAPES[shape]}", f"{colours[other_colour]} {SHAPES[other]}")
        texts.append([join(SHAPES[shape], SHAPES[other]), coloured, f"{coloured} on a {list(GROUNDS)[ground]} ground"])
    return np.array(texts, object).reshape(-1, 3)
