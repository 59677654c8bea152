"""Drawings of pictures for the report: enlarged pictures on a sheet, told apart by place and word, not by colour."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ..metrics.memorisation import nearest

SIDE = 52  # pixels on the sheet that a picture's side has, about; the enlargement is a whole number
GAP, MARGIN, TEXT = 4, 12, 13
INK = (34, 34, 34)
HATCH = np.array([(176, 196, 222), (236, 240, 246)], np.uint8)  # stripes over what is hidden
ROWS, COLUMNS = 10, 8  # classes on a sheet, pictures of each
PAIRS = 12


def sheet(blocks: list[tuple[str, list[list[np.ndarray]]]], labels: list[str], path: Path) -> str:
    """Write blocks side by side, each a title over rows of pictures (H, W, 3) uint8, all of one size.

    labels: a word before each row, or none. A row may be empty. Returns the path of the PNG.
    """
    height, width = next(picture.shape[:2] for _, rows in blocks for row in rows for picture in row)
    scale = max(1, round(SIDE / max(height, width)))
    tall, wide = height * scale + GAP, width * scale + GAP
    font = ImageFont.load_default(TEXT)
    left = MARGIN + max((int(font.getlength(label)) + 8 for label in labels), default=0)
    top = MARGIN + TEXT + 8
    widths = [max(wide * max(map(len, rows)), int(font.getlength(title)) + GAP) for title, rows in blocks]
    across = left + sum(widths) + 2 * MARGIN * len(blocks) - MARGIN
    down = top + max(len(rows) for _, rows in blocks) * tall + MARGIN
    page = Image.new("RGB", (across, down), "white")
    pen = ImageDraw.Draw(page)
    for i, label in enumerate(labels):
        pen.text((MARGIN, top + i * tall + (tall - GAP - TEXT) // 2), label, INK, font)
    for (title, block), taken in zip(blocks, widths):
        pen.text((left, MARGIN), title, INK, font)
        for i, row in enumerate(block):
            for j, picture in enumerate(row):
                big = picture.repeat(scale, 0).repeat(scale, 1)
                page.paste(Image.fromarray(big), (left + j * wide, top + i * tall))
        left += taken + 2 * MARGIN
    page.save(path, optimize=True)
    return str(path)


def to_rgb(x: Tensor) -> list[np.ndarray]:
    """(n, C, H, W) in [0, 1] -> n pictures (H, W, 3) uint8."""
    pictures = (x * 255).round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()
    return list(np.broadcast_to(pictures, (*pictures.shape[:3], 3)))


def hidden(picture: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(H, W, 3) with stripes where `known` (H, W) is False."""
    row, column = np.indices(known.shape)
    return np.where(known[..., None], picture, HATCH[(row + column) % 2])


def samples(x: Tensor, y: Tensor, test: Tensor, test_y: Tensor, names: list[str], path: Path) -> str:
    """Samples (n, C, H, W) of classes y: (n,) beside real ones; a row for each named class, else plain rows."""
    if not names:
        rows = lambda part: [to_rgb(part[k : k + COLUMNS]) for k in range(0, min(len(part), 6 * COLUMNS), COLUMNS)]
        return sheet([("samples", rows(x)), ("real test pictures", rows(test))], [], path)
    rows = lambda part, label: [to_rgb(part[label == k][:COLUMNS]) for k in range(min(len(names), ROWS))]
    return sheet([("samples", rows(x, y)), ("real test pictures", rows(test, test_y))], names[:ROWS], path)


def completions(truth: Tensor, draws: list[Tensor], known: np.ndarray, path: Path) -> str:
    """truth: (n, C, H, W); draws: completions of the same; known: (H, W) bool."""
    real = to_rgb(truth)
    drawn = list(zip(*(to_rgb(draw) for draw in draws)))
    shown = [[hidden(picture, known)] for picture in real]
    return sheet([("known", shown), ("completions", drawn), ("truth", [[picture] for picture in real])], [], path)


def interpolations(paths: list[Tensor], path: Path) -> str:
    """paths: each (steps, C, H, W)."""
    rows = [to_rgb(steps) for steps in paths]
    return sheet([("from one test picture, through the latent, to another", rows)], [], path)


def progress(steps: list[Tensor], path: Path) -> str:
    """steps: each (n, C, H, W), the same n draws further on; a row for each draw."""
    rows = [list(row) for row in zip(*(to_rgb(step) for step in steps))]
    return sheet([("what a draw is expected to become, from its first step to its last", rows)], [], path)


def neighbours(x: Tensor, train: Tensor, typical: float, path: Path) -> str:
    """The samples that lie nearest to training pictures, each above its neighbour.

    typical: median distance of a test picture to its nearest training picture.
    """
    away, number = nearest(x.flatten(1).numpy(), train.flatten(1).numpy())
    first = np.argsort(away, kind="stable")[:PAIRS]
    rows = [to_rgb(x[first]), to_rgb(train[number[first]])]
    ratios = away[first] / typical if typical else away[first]
    title = f"distance {ratios[0]:.2f} to {ratios[-1]:.2f} of a typical test picture's (0 is a copy)"
    return sheet([(title, rows)], ["sample", "nearest training picture"], path)
