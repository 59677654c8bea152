"""Attributes of images of `shapes`, by a rule that learns nothing, and how often they match the caption.

    ground  the nearest of three colours to the median of the border
    colour  the nearest of seven to the mean of the pixels that differ from the border
    shape   with the size: the best overlap with twelve templates, at any position

A pixel belongs to the shape in part: from 0 at the colour of the border to 1 at the colour of the shape. The overlap of
two such arrays a and b is <a, b> / (|a|^2 + |b|^2 - <a, b>) (Tanimoto), for masks the intersection over the union. An
image that overlaps no template by half shows no shape.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from ...kinds.named.shapes import (
    ATTRIBUTES,
    COLOURS,
    GROUNDS,
    NO_VALUE,
    SHAPES,
    SIDE,
    SIZES,
    draw_mask,
    parse_captions,
    parse_instructions,
)
from ..intervals import proportion
from ..metric import Metric

DIFFERS = 50.0  # levels, at least, between the colour of a shape and that of the border
OVERLAP = 0.5
BLOCK = 256  # images compared with the templates at the same time
REFERENCE = "nearest colours, best overlap with 12 templates"


def read_attributes(images: np.ndarray) -> np.ndarray:
    """Reads the attributes of images (n, 32, 32, 3) uint8 by a rule: (n, 4), as in `kinds.named.shapes`, NO_VALUE for
    those that an image lacks."""
    blocks = [_read(np.asarray(images[i : i + BLOCK], np.float32)) for i in range(0, len(images), BLOCK)]
    return np.concatenate([np.zeros((0, len(ATTRIBUTES)), int), *blocks])


def measure(
    images: np.ndarray, given: Mapping[str, np.ndarray], training: Mapping[str, np.ndarray]
) -> dict[str, Metric]:
    """Measures the `agreement` of images (n, 32, 32, 3) uint8 with their captions; beside each score, those of
    `guessed_apart` and `nearest_caption`.

    Args:
        images: (n, 32, 32, 3) uint8.
        given: {"caption": (n,) texts}.
        training: the same of training images.

    Raises DataError for a caption that the grammar of `shapes` does not know.
    """
    wanted_attributes, train = parse_captions(given["caption"]), parse_captions(training["caption"])
    guessed, nearest = guessed_apart(wanted_attributes, train), nearest_caption(wanted_attributes, train)
    detail = lambda name: f"guessed apart {guessed[name].value:.1%}, nearest training caption {nearest[name].value:.1%}"
    scores = agreement(read_attributes(images), wanted_attributes)
    return {name: replace(metric, detail=detail(name)) for name, metric in scores.items()}


def agreement(shown_attributes: np.ndarray, wanted_attributes: np.ndarray) -> dict[str, Metric]:
    """Computes the shares of samples that show what the caption asks for: each attribute, "pair" for shape and colour,
    "all" for all four.

    A caption that leaves an attribute open does not count for it; a score without captions is left out.

    Args:
        shown_attributes: (n, 4) attributes of samples.
        wanted_attributes: (n, 4) attributes of their captions.
    """
    scores = {}
    for name, rows, columns in _scored(wanted_attributes):
        value, se = proportion((shown_attributes == wanted_attributes)[np.ix_(rows, columns)].all(1))
        scores[name] = Metric(value, se, "estimate", "samples", "of samples", len(rows), "higher", REFERENCE, own=se)
    return scores


def guessed_apart(wanted_attributes: np.ndarray, train: np.ndarray) -> dict[str, Metric]:
    """Computes the expected `agreement` of samples whose attributes are drawn independently of the caption, with the
    frequencies of the training images (m, 4)."""
    sizes = [len(table) for table in ATTRIBUTES.values()]
    shares = [np.bincount(column, minlength=size) / len(train) for column, size in zip(train.T, sizes)]
    guesses = np.stack(np.unravel_index(np.arange(np.prod(sizes)), sizes), 1)
    weights = np.prod([share[column] for share, column in zip(shares, guesses.T)], 0)
    return _expected_agreement(
        wanted_attributes, guesses, np.broadcast_to(weights, (len(wanted_attributes), len(weights)))
    )


def nearest_caption(wanted_attributes: np.ndarray, train: np.ndarray) -> dict[str, Metric]:
    """Computes the expected `agreement` of training images (m, 4), for each caption one of those that share most
    attributes with it."""
    guesses, counts = np.unique(train, axis=0, return_counts=True)
    shared_count = (wanted_attributes[:, None] == guesses).sum(2)
    return _expected_agreement(
        wanted_attributes, guesses, counts * (shared_count == shared_count.max(1, keepdims=True))
    )


def _expected_agreement(wanted_attributes: np.ndarray, guesses: np.ndarray, weights: np.ndarray) -> dict[str, Metric]:
    """guesses: (u, 4) attributes; weights: (n, u) how often each is guessed for a caption."""
    scores = {}
    for name, rows, columns in _scored(wanted_attributes):
        right = (wanted_attributes[rows][:, None, columns] == guesses[:, columns]).all(2)
        value = float(((right * weights[rows]).sum(1) / weights[rows].sum(1)).mean())
        scores[name] = Metric(value, None, "exact", "samples", "of samples", len(rows), "higher", REFERENCE)
    return scores


def _scored(wanted_attributes: np.ndarray) -> Iterator[tuple[str, np.ndarray, list[int]]]:
    """Names of scores, the rows that they count, and the columns that must be right."""
    columns = {name: [k] for k, name in enumerate(ATTRIBUTES)} | {"pair": [0, 1], "all": [0, 1, 2, 3]}
    for name, needed_columns in columns.items():
        if len(rows := np.flatnonzero((wanted_attributes[:, needed_columns] != NO_VALUE).all(1))):
            yield name, rows, needed_columns


def _read(images: np.ndarray) -> np.ndarray:
    edge = np.ones((SIDE, SIDE), bool)
    edge[1:-1, 1:-1] = False
    border = np.median(images[:, edge], 1)[:, None, None]  # (n, 1, 1, 3), as the colour below
    distances = np.linalg.norm(images - border, axis=3)
    differs = distances > np.maximum(DIFFERS, distances.max((1, 2), keepdims=True) / 2)
    count = differs.sum((1, 2))
    colour = ((images * differs[..., None]).sum((1, 2)) / np.maximum(count, 1)[:, None])[:, None, None]
    towards = colour - border
    share = ((images - border) * towards).sum(3) / np.maximum((towards**2).sum(3), 1)
    overlap = _overlaps(share.clip(0, 1) * (count > 0)[:, None, None])
    shape, size = np.divmod(overlap.argmax(1), len(SIZES))
    recognised = overlap.max(1) >= OVERLAP
    columns = (
        np.where(recognised, shape, NO_VALUE),
        np.where(count > 0, _nearest(colour, COLOURS), NO_VALUE),
        np.where(recognised, size, NO_VALUE),
        _nearest(border, GROUNDS),
    )
    return np.stack(columns, 1)


def _nearest(colours: np.ndarray, table: dict[str, tuple[int, int, int]]) -> np.ndarray:
    """(n, 1, 1, 3) -> (n,) numbers in the table."""
    return np.linalg.norm(colours[:, 0] - np.array(list(table.values())), axis=2).argmin(1)


def _overlaps(shares: np.ndarray) -> np.ndarray:
    """(n, 32, 32) in [0, 1] -> (n, 12): with each template, at the position where they overlap most."""
    spectra, squares = _templates()
    products = np.fft.irfft2(np.fft.rfft2(shares)[:, None] * spectra.conj(), (SIDE, SIDE)).max((2, 3))
    return products / ((shares**2).sum((1, 2))[:, None] + squares - products)


@cache
def _templates() -> tuple[np.ndarray, np.ndarray]:
    """Spectra (12, 32, 17) and squared norms (12,) of each shape in each size."""
    shares = np.zeros((len(SHAPES), len(SIZES), SIDE, SIDE))
    for shape, size in np.ndindex(shares.shape[:2]):
        mask = draw_mask(shape, size)
        shares[shape, size, : len(mask), : len(mask)] = mask
    shares = shares.reshape(-1, SIDE, SIDE)
    return np.fft.rfft2(shares), (shares**2).sum((1, 2))


def measure_edits(
    images: np.ndarray, given: Mapping[str, np.ndarray], training: Mapping[str, np.ndarray]
) -> dict[str, Metric]:
    """Measures how often images of `shapes-edits` follow their instructions, and the same shares of copies of the image
    before.

    changed   the sample shows the attribute that the instruction asks for
    kept      it shows the other three attributes of the image before; positions do not count
    followed  both

    Args:
        images: (n, 32, 32, 3) uint8.
        given: {"caption": (n,) instructions, "before": (n, 32, 32, 3) uint8}; without "before", `changed` alone.
        training: the same of training images, which this rule does not need.

    Raises DataError for a text that is no instruction.
    """
    instructions = parse_instructions(given["caption"])
    shown_attributes = read_attributes(images)
    if "before" not in given:
        return {"changed": _share(_followed(shown_attributes, instructions), "")}
    attributes_before = read_attributes(given["before"])
    copies = _hits(attributes_before, instructions, attributes_before)
    detail = {name: f"copies of `before`: {hits.mean():.1%}" for name, hits in copies.items()}
    return {
        name: _share(hits, detail[name])
        for name, hits in _hits(shown_attributes, instructions, attributes_before).items()
    }


def _hits(
    shown_attributes: np.ndarray, wanted_attributes: np.ndarray, attributes_before: np.ndarray
) -> dict[str, np.ndarray]:
    """{score: (n,) bool} of attributes (n, 4)."""
    changed = _followed(shown_attributes, wanted_attributes)
    unchanged = _followed(shown_attributes, np.where(wanted_attributes == NO_VALUE, attributes_before, NO_VALUE))
    return {"changed": changed, "kept": unchanged, "followed": changed & unchanged}


def _followed(shown_attributes: np.ndarray, wanted_attributes: np.ndarray) -> np.ndarray:
    """(n,) whether attributes (n, 4) are as wanted, wherever that is not NONE."""
    return ((shown_attributes == wanted_attributes) | (wanted_attributes == NO_VALUE)).all(1)


def _share(hits: np.ndarray, detail: str) -> Metric:
    value, se = proportion(hits)
    return Metric(value, se, "estimate", "samples", "of samples", len(hits), "higher", REFERENCE, detail, own=se)
