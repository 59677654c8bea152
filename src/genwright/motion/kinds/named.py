"""Clips drawn by code: things that move evenly and bounce off the walls of a square of 32 x 32 pixels.

moving-digits    two digits of 14 pixels, of scikit-learn's handwritten ones (8 x 8, enlarged): no download
moving-digit     one of them
moving-mnist     two digits of MNIST, shrunk to 14 pixels; test clips show digits of MNIST's test part
moving-shapes    a shape of `shapes` in its colour

A text says what moves and where to at first: "a 3 moving left", "a 3 moving left and a 5 moving up". The word is the
axis that the motion is nearest to. Two digits cross each other as light does: the brighter pixel is seen.

A clip is drawn by a seed and its number, so training has new ones at each pass. Test clips show digits that never
train; of shapes, the motion alone is new.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from ...core.account import Account
from ...kinds.formats.images.pictures import Pictures
from ...kinds.formats.raw import Raw
from ...kinds.named.shapes import COLOURS, SHAPES, SMALL, draw_mask, with_article

SIDE, FRAMES, DIGIT = 32, 20, 14  # pixels of a square, frames of a clip, pixels of a digit
SPEED = 1.0, 2.5  # pixels a frame, at least and at most
COUNTS = {"train": 2_000, "valid": 200, "test": 500}
TEST_SHARE = 0.2  # of scikit-learn's digits, the last ones, which other people wrote
DIRECTIONS = ("right", "down", "left", "up")  # a quarter of a turn apart, rows of an image counted downwards
Sprite = Callable[[np.random.Generator], tuple[np.ndarray, str]]  # pixels (h, h, C) uint8, and their name


@dataclass(frozen=True)
class MovingWorld:
    """A made world of clips: a law of motion.

    Args:
        sprites: Sprites of each part of the data, what draws a thing that moves.
        count: things in a clip.
        seed: Seed of all clips.
    """

    sprites: dict[str, Sprite]
    count: int
    seed: int

    def draw(self, part: str, numbers: Sequence[int]) -> Pictures:
        """Draws clips (k, 20, 32, 32, C) uint8 of these numbers, with their texts as `caption`."""
        stream = list(COUNTS).index(part)
        clip_iterator = (self._clip(part, np.random.default_rng([self.seed, stream, number])) for number in numbers)
        clips, texts = zip(*clip_iterator)
        return Pictures(np.stack(clips), {"caption": np.array(texts, object)})

    def _clip(self, part: str, rng: np.random.Generator) -> tuple[np.ndarray, str]:
        clip, texts = None, []
        for _ in range(self.count):
            sprite, name = self.sprites[part](rng)
            angle, speed = rng.uniform(0, 2 * np.pi), rng.uniform(*SPEED)
            room = SIDE - sprite.shape[0]
            step = speed * np.array([np.sin(angle), np.cos(angle)])  # down, right
            places = bounce(rng.uniform(0, room, 2) + np.arange(FRAMES)[:, None] * step, room)
            texts.append(f"{with_article(name)} moving {DIRECTIONS[round(angle / (np.pi / 2)) % 4]}")
            clip = np.zeros((FRAMES, SIDE, SIDE, sprite.shape[2]), np.uint8) if clip is None else clip
            for frame, (top, left) in zip(clip, np.rint(places).astype(int).tolist()):
                window = frame[top : top + len(sprite), left : left + sprite.shape[1]]
                np.maximum(window, sprite, out=window)
        return clip, " and ".join(texts)


def bounce(places: np.ndarray, room: float) -> np.ndarray:
    """Maps places on a line without walls to those between walls at 0 and at `room`, which turn the motion round."""
    return room - np.abs(places % (2 * room) - room)


def moving_digits(seed: int, count: int = 2) -> Raw:
    """Makes clips of scikit-learn's digits.

    Args:
        seed: Seed of the random numbers.
        count: digits in a clip.
    """
    digits, labels = _enlarged_digits()
    first = round(len(digits) * (1 - TEST_SHARE))
    learned, test = partial(_pick, digits[:first], labels[:first]), partial(_pick, digits[first:], labels[first:])
    return _raw_of("moving-digits" if count > 1 else "moving-digit", learned, test, count, seed)


def moving_digit(seed: int) -> Raw:
    """Makes clips of one digit each."""
    return moving_digits(seed, 1)


def moving_mnist(seed: int) -> Raw:
    """Makes clips of two digits of MNIST."""
    from ...kinds.named.images import mnist

    raw = mnist()
    small = raw.items[..., 0].reshape(-1, DIGIT, 2, DIGIT, 2).mean((2, 4)).round().astype(np.uint8)[..., None]
    tests = raw.parts == "test"
    sprites = (partial(_pick, small[mask], raw.labels[mask]) for mask in (~tests, tests))
    return _raw_of("moving-mnist", *sprites, 2, seed)


def moving_shapes(seed: int) -> Raw:
    """Makes clips of one shape in colour each."""
    return _raw_of("moving-shapes", _draw_shape, _draw_shape, 1, seed)


def _raw_of(name: str, learned: Sprite, test: Sprite, count: int, seed: int) -> Raw:
    world = MovingWorld({"train": learned, "valid": learned, "test": test}, count, seed)
    clips_by_part = {part: world.draw(part, range(size)) for part, size in COUNTS.items()}
    clips = np.concatenate([np.asarray(part) for part in clips_by_part.values()])
    captions = np.concatenate([part.given["caption"] for part in clips_by_part.values()])
    parts = np.repeat(list(COUNTS), list(COUNTS.values()))
    return Raw(
        "clips", name, clips, parts=parts, captions=captions, drawn=partial(world.draw, "train"), account=Account()
    )


def _pick(digits: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, str]:
    number = rng.integers(len(digits))
    return digits[number], str(labels[number])


@cache
def _enlarged_digits() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's digits as (1797, 14, 14, 1) uint8 and their labels (1797,)."""
    from PIL import Image
    from sklearn.datasets import load_digits

    bunch = load_digits()
    pixels = (bunch.images * (255 / 16)).astype(np.uint8)
    enlarged = [Image.fromarray(digit).resize((DIGIT, DIGIT), Image.Resampling.BILINEAR) for digit in pixels]
    return np.stack([np.asarray(digit) for digit in enlarged])[..., None], bunch.target


def _draw_shape(rng: np.random.Generator) -> tuple[np.ndarray, str]:
    shape, colour = int(rng.integers(len(SHAPES))), list(COLOURS)[rng.integers(len(COLOURS))]
    mask = draw_mask(shape, SMALL)[:-1, :-1, None]  # the last row and column are room for parts of a pixel
    return np.rint(mask * COLOURS[colour]).astype(np.uint8), f"{colour} {SHAPES[shape]}"
