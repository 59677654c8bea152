"""Shapes: images drawn by code, with captions that are true of them.

shapes          one shape on a plain ground; the caption says everything but the position
shapes-edits    an image, an instruction such as "make it blue", and the image that follows from it
shapes-two      two small shapes that differ, and how they lie: "a red star left of a blue circle"

Twelve of the 42 (shape, colour) pairs never occur in training (as in CLEVR-CoGenT, Johnson 2017): each shape lacks two
colours, on the diagonals of a Latin square. Four of the pairs are for validation and eight for the test, so that
nothing is chosen on the eight. A model that draws them has composed a shape and a colour that it saw apart. Of two
shapes, one shows a pair of the part that its image belongs to, the other a seen pair, and the caption names either of
them first.

An image has attributes, integers (shape, colour, size, ground) that number the rows of the tables below. NO_VALUE
stands for an attribute that a caption does not name, or that no rule finds in an image.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from ...core.account import Account
from ...core.errors import DataError
from ...core.seeds import seed_of
from ..formats.images.answers import join_answers
from ..formats.raw import Raw
from ..values.several_texts import in_array, texts_of

SHAPES = ("circle", "square", "triangle", "star", "cross", "ring")
COLOURS = {
    "red": (205, 25, 40),
    "orange": (245, 125, 15),
    "yellow": (245, 235, 50),
    "green": (30, 150, 50),
    "blue": (30, 90, 230),
    "purple": (140, 30, 180),
    "pink": (250, 140, 190),
}
SIZES = {"small": 5, "large": 10}  # pixels from the centre of a shape to the side of the square around it
GROUNDS = {"white": (255, 255, 255), "grey": (128, 128, 128), "black": (0, 0, 0)}
ATTRIBUTES = {"shape": SHAPES, "colour": tuple(COLOURS), "size": tuple(SIZES), "ground": tuple(GROUNDS)}
QUESTIONS = tuple(f"which {name}?" for name in ATTRIBUTES)
NO_VALUE = -1

SIDE = 32  # side of an image, in pixels
FINE = 4  # steps a pixel: shapes are drawn and placed in these
MARGIN = 1  # pixels, at least, between a shape and the border of the image
COUNTS = {"train": 14_000, "valid": 2_000, "test": 4_000}

VALID_PAIRS = [(1, 1), (2, 2), (4, 4), (5, 5)]
TEST_PAIRS = [(0, 0), (3, 3), *((shape, shape + 1) for shape in range(len(SHAPES)))]  # every shape, every colour
SEEN_PAIRS = [
    (shape, colour)
    for shape in range(len(SHAPES))
    for colour in range(len(COLOURS))
    if (shape, colour) not in VALID_PAIRS + TEST_PAIRS
]
NOTE = (
    "the test part shows eight (shape, colour) pairs that no training image shows: condition models on the caption, "
    "since other models cannot know of them"
)

_CAPTION = re.compile(
    rf"an? (?:(?P<size>{'|'.join(SIZES)}) )?(?:(?P<colour>{'|'.join(COLOURS)}) )?(?P<shape>{'|'.join(SHAPES)})"
    rf"(?: on a (?P<ground>{'|'.join(GROUNDS)}) ground)?"
)


def shapes() -> Raw:
    """Makes images of shapes. 20,000 different images (32, 32, 3) with their captions: 14,000 to train, 2,000 to
    validate, 4,000 to test."""
    rng = np.random.default_rng(seed_of("shapes"))
    pairs, parts = sample_pairs(rng)
    size, ground = (rng.integers(len(table), size=len(pairs)) for table in (SIZES, GROUNDS))
    centres = sample_centres(size, rng)
    while len(repeated_rows := _find_repeated(np.column_stack([pairs, size, ground, centres]))):
        centres[repeated_rows] = sample_centres(size[repeated_rows], rng)
    attributes = np.column_stack([pairs, size, ground])
    images = draw_shapes(attributes, centres)
    return Raw(
        "images", "shapes", images, parts=parts, account=Account(remarks=[NOTE]), rule="shapes",
        captions=longest_first(captions(attributes)), texts={"answers": answers(attributes)},
    )  # fmt: skip


def sample_pairs(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draws a (shape, colour) pair for each image, (n, 2), and the part that the image belongs to, (n,).

    Half of the validation images show the four validation pairs, and half show seen pairs. So early stopping, which
    knows the mean loss alone, gives up neither of them for the other."""
    half_count = COUNTS["valid"] // 2
    plan = [
        ("train", SEEN_PAIRS, COUNTS["train"]),
        ("valid", SEEN_PAIRS, half_count),
        ("valid", VALID_PAIRS, half_count),
        ("test", TEST_PAIRS, COUNTS["test"]),
    ]
    pairs = np.concatenate([rng.choice(pairs, count) for _, pairs, count in plan])
    return pairs, np.concatenate([np.repeat(part, count) for part, _, count in plan])


def sample_centres(size: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draws rows and columns (n, 2) of centres, in steps of 1 / FINE pixel, anywhere that shapes of size (n,) fit."""
    border = FINE * (MARGIN + np.array(list(SIZES.values()))[size, None])
    return rng.integers(border, FINE * SIDE - border + 1, (len(size), 2))


def draw_shapes(attributes: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Draw an image of one shape for each row: (n, 32, 32, 3) uint8.

    Args:
        attributes: (n, 4) int, rows of the tables of shapes, colours, sizes and grounds.
        centres: (n, 2) int, row and column of each centre, in steps of 1 / FINE pixel.
    """
    rows = zip(attributes.tolist(), centres.tolist())
    return np.stack([draw(ground, [(shape, colour, size, at)]) for (shape, colour, size, ground), at in rows])


def draw(ground: int, objects: Iterable[tuple[int, int, int, Sequence[int]]]) -> np.ndarray:
    """Returns an image (32, 32, 3) uint8 of objects (shape, colour, size, centre). A pixel that a shape covers in part
    mixes its colour with the ground."""
    image = np.full((SIDE, SIDE, 3), list(GROUNDS.values())[ground], np.float32)
    for shape, colour, size, (row, column) in objects:
        share = draw_mask(shape, size, row % FINE, column % FINE)
        radius = len(share) // 2
        top, left = row // FINE - radius, column // FINE - radius
        patch = image[top : top + len(share), left : left + len(share)]
        patch += share[..., None] * (np.float32(list(COLOURS.values())[colour]) - patch)
    return np.rint(image).astype(np.uint8)


@cache
def draw_mask(shape: int, size: int, fine_down: int = 0, right: int = 0) -> np.ndarray:
    """Computes the share of each pixel that a shape covers, (2 r + 1, 2 r + 1) float32, r the radius, `fine_down` and
    `right` steps of 1 / FINE pixel from the corner."""
    radius = list(SIZES.values())[size]
    steps = 2 * radius * FINE
    at = (np.arange(steps) + 0.5) / (steps / 2) - 1  # in units of the radius
    fine_mask = np.zeros((FINE * (2 * radius + 1),) * 2, np.float32)
    fine_mask[fine_down : fine_down + steps, right : right + steps] = _is_inside(SHAPES[shape], *np.meshgrid(at, at))
    return fine_mask.reshape(2 * radius + 1, FINE, 2 * radius + 1, FINE).mean((1, 3))


def _is_inside(shape: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Whether points of the square from (-1, -1), top left, to (1, 1) belong to the shape."""
    radii = np.hypot(x, y)
    match shape:
        case "circle":
            return radii <= 1
        case "square":
            return np.ones_like(x, bool)
        case "triangle":
            return 2 * abs(x) <= y + 1
        case "star":  # a pentagram: points on the inner side of at least four of five lines
            angles = np.pi * (0.5 + 0.4 * np.arange(5))
            reach = np.multiply.outer(np.cos(angles), x) + np.multiply.outer(np.sin(angles), y)
            return (reach <= np.cos(0.4 * np.pi)).sum(0) >= 4
        case "cross":
            return np.minimum(abs(x), abs(y)) <= 1 / 3
        case "ring":
            return (radii <= 1) & (radii >= 0.55)


def captions(attributes: np.ndarray) -> np.ndarray:
    """Writes captions (n, 3) of attributes (n, 4): "a star", "a red star", "a large red star on a grey ground"."""
    texts = []
    for row in attributes.tolist():
        shape, colour, size, ground = (table[code] for table, code in zip(ATTRIBUTES.values(), row))
        full_caption = f"{with_article(f'{size} {colour} {shape}')} on a {ground} ground"
        texts.append([with_article(shape), with_article(f"{colour} {shape}"), full_caption])
    return np.array(texts, object).reshape(-1, 3)


def answers(attributes: np.ndarray) -> np.ndarray:
    """Writes questions with their answers, (n,), of attributes (n, 4), in the form of `formats.images.answers`: "which
    shape? star; which colour? red; which size? large; which ground? grey"."""
    rows = [[table[code] for table, code in zip(ATTRIBUTES.values(), row)] for row in attributes.tolist()]
    return in_array([join_answers(zip(QUESTIONS, row)) for row in rows])


def longest_first(texts: np.ndarray) -> np.ndarray:
    """Returns the last of each row of texts (n, k), the longest."""
    return in_array([texts_of(row[::-1]) for row in texts])


def with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou8' else 'a'} {noun}"


def parse_captions(texts: Iterable[str]) -> np.ndarray:
    """Reads the attributes (n, 4) that captions name, the inverse of `captions`; NO_VALUE for those that they leave
    open.

    Raises DataError for a text that the grammar does not know.

    Args:
        texts: Captions, such as "a large red star on a grey ground".
    """
    rows = []
    for text in texts:
        if not (match := _CAPTION.fullmatch(text)):
            raise DataError(
                f"{text!r} is no caption of shapes: write one such as 'a star', 'a red star' or "
                "'a large red star on a grey ground'"
            )
        rows.append([table.index(match[name]) if match[name] else NO_VALUE for name, table in ATTRIBUTES.items()])
    return np.array(rows, int).reshape(-1, len(ATTRIBUTES))


def _find_repeated(rows: np.ndarray) -> np.ndarray:
    """Numbers of the rows that equal an earlier one."""
    return np.setdiff1d(np.arange(len(rows)), np.unique(rows, axis=0, return_index=True)[1])


class Edits(NamedTuple):
    """Edits of images of shapes.

    Args:
        before: (n, 32, 32, 3) uint8.
        instructions: (n,) texts.
        after: (n, 32, 32, 3) uint8.
        attributes: (n, 4) of `after`, as in `shapes`.
        parts: (n,) of `shapes`, by the pair that `after` shows; `before` always shows a seen pair.
    """

    before: np.ndarray
    instructions: np.ndarray
    after: np.ndarray
    attributes: np.ndarray
    parts: np.ndarray


def shapes_edits() -> Raw:
    """Makes edits of images of shapes. 20,000 images (32, 32, 3), each with the image `before` and the instruction as
    its caption."""
    edits = draw_edits()
    return Raw(
        "images", "shapes-edits", edits.after, parts=edits.parts, account=Account(remarks=[NOTE]),
        captions=edits.instructions, images={"before": edits.before}, given=("caption", "before"), rule="shapes-edits",
    )  # fmt: skip


def draw_edits() -> Edits:
    """Makes 20,000 edits, each of one attribute; the centre stays."""
    rng = np.random.default_rng(seed_of("shapes-edits"))
    pairs, parts = sample_pairs(rng)
    tables = list(ATTRIBUTES.values())
    other_attributes = [rng.integers(len(table), size=len(pairs)) for table in tables[2:]]
    edited = np.column_stack([pairs, *other_attributes])
    original, changed = edited.copy(), np.empty(len(edited), int)
    repeated_rows = np.arange(len(edited))
    while len(repeated_rows):
        original[repeated_rows] = edited[repeated_rows]
        changed[repeated_rows] = rng.integers(len(tables), size=len(repeated_rows))
        counts = np.array([len(table) for table in tables])[changed[repeated_rows]]
        step = rng.integers(1, counts)
        original[repeated_rows, changed[repeated_rows]] = (
            edited[repeated_rows, changed[repeated_rows]] + step
        ) % counts
        repeated_rows = repeated_rows[[tuple(pair) not in SEEN_PAIRS for pair in original[repeated_rows, :2].tolist()]]
    centres = sample_centres(np.maximum(original[:, 2], edited[:, 2]), rng)  # where both sizes fit
    value_after = edited[np.arange(len(edited)), changed]
    texts = [instruction(*row) for row in zip(changed.tolist(), value_after.tolist())]
    images = (draw_shapes(attributes, centres) for attributes in (original, edited))
    return Edits(next(images), np.array(texts, object), next(images), edited, parts)


def instruction(attribute: int, value: int) -> str:
    """Writes the instruction of an edit: "make it a star", "make it red", "make it large", "make the ground grey"."""
    name, table = list(ATTRIBUTES.items())[attribute]
    word = with_article(table[value]) if name == "shape" else table[value]
    return f"make {'the ground' if name == 'ground' else 'it'} {word}"


def parse_instructions(texts: Iterable[str]) -> np.ndarray:
    """Reads the attributes (n, 4) that instructions ask for, the inverse of `instruction`; NO_VALUE for those that they
    keep.

    Raises DataError for a text that is no instruction."""
    known = {
        instruction(attribute, value): (attribute, value)
        for attribute, table in enumerate(ATTRIBUTES.values())
        for value in range(len(table))
    }
    texts = list(texts)
    wanted_attributes = np.full((len(texts), len(ATTRIBUTES)), NO_VALUE)
    for row, text in zip(wanted_attributes, texts):
        if text not in known:
            raise DataError(f"{text!r} is no instruction of shapes: write one such as 'make it red'")
        attribute, value = known[text]
        row[attribute] = value
    return wanted_attributes


RELATIONS = ("left of", "right of", "above", "below")  # from the object named first to the other
SMALL = list(SIZES).index("small")
GAP = 1  # pixels, at least, between the two along the line of their relation
ASIDE = 5  # pixels, at most, between their centres across that line


def shapes_two() -> Raw:
    """Makes images of two shapes. 20,000 images (32, 32, 3) with their full captions, in the parts of `shapes`."""
    rng = np.random.default_rng(seed_of("shapes-two"))
    pairs, parts = sample_pairs(rng)
    other_pairs = rng.choice(SEEN_PAIRS, len(pairs))
    while len(repeated_rows := np.flatnonzero(other_pairs[:, 0] == pairs[:, 0])):
        other_pairs[repeated_rows] = rng.choice(SEEN_PAIRS, len(repeated_rows))
    objects = np.stack([pairs, other_pairs], 1)
    swapped = rng.random(len(objects)) < 0.5
    objects[swapped] = objects[swapped, ::-1]
    relation, ground = (rng.integers(len(table), size=len(pairs)) for table in (RELATIONS, GROUNDS))
    attributes = np.column_stack([objects.reshape(-1, 4), relation, ground])
    images = draw_two(attributes, sample_two_centres(relation, rng))
    captions = longest_first(two_captions(attributes))
    return Raw("images", "shapes-two", images, parts=parts, account=Account(remarks=[NOTE]), captions=captions)


def sample_two_centres(relation: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draws centres (n, 2, 2), row and column of both objects, in steps of 1 / FINE pixel."""
    radius, n = SIZES["small"], len(relation)
    low, high = FINE * (radius + MARGIN), FINE * (SIDE - radius - MARGIN)
    centre_distance = rng.integers(FINE * (2 * radius + GAP), high - low + 1, size=n)
    first = rng.integers(low, high - centre_distance + 1)
    side_steps = rng.integers(low, high + 1, size=n)
    other_centre = (side_steps + rng.integers(-FINE * ASIDE, FINE * ASIDE + 1, size=n)).clip(low, high)
    along, across_centres = np.stack([first, first + centre_distance], 1), np.stack([side_steps, other_centre], 1)
    backwards = np.isin(relation, [RELATIONS.index("right of"), RELATIONS.index("below")])
    along[backwards] = along[backwards, ::-1]
    centres = np.stack([across_centres, along], 2)  # left and right
    upright = np.isin(relation, [RELATIONS.index("above"), RELATIONS.index("below")])
    centres[upright] = centres[upright][..., ::-1]
    return centres


def draw_two(attributes: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Images (n, 32, 32, 3) uint8.

    Args:
        attributes: (n, 6), shape and colour of the object named first and of the other, the relation and the
            ground.
        centres: (n, 2, 2).
    """
    return np.stack(
        [
            draw(ground, [(*objects[:2], SMALL, one), (*objects[2:], SMALL, other_object)])
            for (*objects, _, ground), (one, other_object) in zip(attributes.tolist(), centres.tolist())
        ]
    )


def two_captions(attributes: np.ndarray) -> np.ndarray:
    """Writes captions (n, 3) of attributes (n, 6) of two shapes: "a star left of a circle", "a red star left of a blue
    circle", "a red star left of a blue circle on a grey ground"."""
    texts, colours = [], list(COLOURS)
    for shape, colour, other_shape, other_colour, relation, ground in attributes.tolist():
        join = lambda one, two: f"{with_article(one)} {RELATIONS[relation]} {with_article(two)}"
        coloured = join(f"{colours[colour]} {SHAPES[shape]}", f"{colours[other_colour]} {SHAPES[other_shape]}")
        texts.append(
            [join(SHAPES[shape], SHAPES[other_shape]), coloured, f"{coloured} on a {list(GROUNDS)[ground]} ground"]
        )
    return np.array(texts, object).reshape(-1, 3)
