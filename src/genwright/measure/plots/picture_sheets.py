"""Images on sheets for the report, and in a grid that stands alone.

The sheets are transparent and hold enlarged images, told apart by place and word, not by colour. The grid has words
above its columns and beside its rows.
"""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ...kinds.formats.images.pictures import CAPTION_LINES, LETTER_SIZE, LINE_HEIGHT, wrap_caption
from ..metrics.memorisation import nearest
from .figures import INK, PRINT_STYLE, STYLE, WIDE, WIDTH, make_figure, say

SIDE = 52  # pixels on the sheet that an image's side has, about; the enlargement is a whole number
GAP, MARGIN, TEXT = 4, 12, 16
ARROW = 28  # pixels from images that were given to those made of them
TRANSPARENT = (0, 0, 0, 0)
STRIP, SMALL = 8, 64  # images a row of a strip, pixels that their sides have at most
HATCH = np.array([(176, 196, 222), (236, 240, 246)], np.uint8)  # stripes over what is hidden
ROWS, COLUMNS = 10, 8  # classes on a sheet, images of each
PAIRS = 12
LETTERS = 12  # of a line of a title as wide as an image of a figure


def sheet(blocks: list[tuple[str, list[list[np.ndarray]]]], labels: list[str], path: Path) -> str:
    """Writes blocks of images side by side, each a title over rows of images, which may be empty. Returns the path of
    the PNG.

    Args:
        blocks: title and rows of images (H, W, 3) uint8, all of one size.
        labels: a word before each row, or none.
        path: Path of the PNG.
    """
    height, width = next(picture.shape[:2] for _, rows in blocks for row in rows for picture in row)
    scale = max(1, round(SIDE / max(height, width)))
    tall, cell_width = height * scale + GAP, width * scale + GAP
    font = ImageFont.load_default(TEXT)
    left = MARGIN + max((int(font.getlength(label)) + 8 for label in labels), default=0)
    top = MARGIN + (TEXT + 8 if any(title for title, _ in blocks) else 0)
    widths = [max(cell_width * max(map(len, rows)), int(font.getlength(title)) + GAP) for title, rows in blocks]
    sheet_width = left + sum(widths) + 2 * MARGIN * len(blocks) - MARGIN
    sheet_height = top + max(len(rows) for _, rows in blocks) * tall + MARGIN
    page = Image.new("RGBA", (sheet_width, sheet_height), TRANSPARENT)
    pen = ImageDraw.Draw(page)
    for i, label in enumerate(labels):
        pen.text((MARGIN, top + i * tall + (tall - GAP - TEXT) // 2), label, INK, font)
    for (title, block), block_width in zip(blocks, widths):
        pen.text((left, MARGIN), title, INK, font)
        for i, row in enumerate(block):
            for j, picture in enumerate(row):
                big = picture.repeat(scale, 0).repeat(scale, 1)
                page.paste(Image.fromarray(big), (left + j * cell_width, top + i * tall))
        left += block_width + 2 * MARGIN
    return _save(page, path)


def drawing(x: Tensor, titles: Sequence[str]) -> Figure:
    """Draws images (n, C, H, W) in rows, each below the first lines of its title."""
    pictures, rows = to_rgb(x), -(-len(x) // COLUMNS)
    words = ["\n".join(textwrap.wrap(title, LETTERS)[:CAPTION_LINES]) for title in titles]
    lines = max(title.count("\n") + bool(title) for title in words)
    with matplotlib.rc_context(STYLE):
        figure = make_figure(rows * (WIDTH / COLUMNS * x.shape[2] / x.shape[3] + 0.14 * lines))
        for number, axis in enumerate(figure.subplots(rows, COLUMNS, squeeze=False).flat):
            axis.set_axis_off()
            if number < len(pictures):
                axis.imshow(pictures[number], interpolation="none")
                axis.set_title(words[number], fontsize=8, parse_math=False)
        return figure


def strip(x: Tensor, path: Path) -> str:
    """Writes the first images (n, C, H, W) in two rows, with no word beside them, and returns the path of the PNG."""
    pictures = to_rgb(x[: 2 * STRIP])
    height, width = pictures[0].shape[:2]
    shrink = min(1.0, SMALL / max(height, width))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    small = [np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX)) for picture in pictures]
    column_count, row_count = min(STRIP, len(small)), -(-len(small) // STRIP)
    scale = max(1, round(SIDE / max(size)))
    cell_width, tall = size[0] * scale + GAP, size[1] * scale + GAP
    page = Image.new("RGBA", (column_count * cell_width - GAP, row_count * tall - GAP), TRANSPARENT)
    for k, picture in enumerate(small):
        big = Image.fromarray(picture.repeat(scale, 0).repeat(scale, 1))
        page.paste(big, (k % STRIP * cell_width, k // STRIP * tall))
    return _save(page, path)


def _save(page: Image.Image, path: Path) -> str:
    """As a PNG; with a palette, half as large, where its colours are few enough."""
    colours, number = np.unique(np.asarray(page).reshape(-1, 4).copy().view(np.uint32), return_inverse=True)
    if len(colours) <= 256:
        page = Image.fromarray(number.reshape(page.height, page.width).astype(np.uint8), "P")
        page.putpalette(colours.view(np.uint8).tobytes(), "RGBA")
    path.parent.mkdir(parents=True, exist_ok=True)
    page.save(path, optimize=True)
    return str(path)


def to_rgb(x: Tensor) -> list[np.ndarray]:
    """Converts images (n, C, H, W) in [0, 1] to n images (H, W, 3) uint8."""
    pictures = (x * 255).round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()
    return list(np.broadcast_to(pictures, (*pictures.shape[:3], 3)))


def draw_hidden(picture: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Draws stripes over the unknown part of an image (H, W, 3), where `known` (H, W) is False."""
    row, column = np.indices(known.shape)
    return np.where(known[..., None], picture, HATCH[(row + column) % 2])


def samples(x: Tensor, y: Tensor, names: list[str], path: Path) -> str:
    """Writes images with a row for each named class, else in plain rows.

    Args:
        x: (n, C, H, W) images.
        y: (n,) classes.
        names: Names of the classes.
        path: Path of the PNG.
    """
    if not names:
        rows = [to_rgb(x[k : k + COLUMNS]) for k in range(0, min(len(x), 6 * COLUMNS), COLUMNS)]
        return sheet([("", rows)], [], path)
    rows = [to_rgb(x[y == k][:COLUMNS]) for k in range(min(len(names), ROWS))]
    return sheet([("", rows)], names[:ROWS], path)


def captioned(x: Tensor, captions: Sequence[str | None], path: Path) -> str:
    """Writes images, each over its caption, in rows.

    Args:
        x: (n, C, H, W) images.
        captions: Captions of each.
        path: Path of the PNG.
    """
    pictures = to_rgb(x[: 5 * COLUMNS])
    height, width = pictures[0].shape[:2]
    scale = max(1, round(SIDE / max(height, width)))
    font = ImageFont.load_default(LETTER_SIZE)
    caption_width = 2 * max(SIDE, width * scale // 2)  # room for words
    tall = height * scale + CAPTION_LINES * LINE_HEIGHT + 2 * GAP
    page = Image.new("RGBA", (COLUMNS * (caption_width + GAP), -(-len(pictures) // COLUMNS) * tall), TRANSPARENT)
    pen = ImageDraw.Draw(page)
    for k, (picture, caption) in enumerate(zip(pictures, captions)):
        left, top = k % COLUMNS * (caption_width + GAP), k // COLUMNS * tall
        page.paste(Image.fromarray(picture.repeat(scale, 0).repeat(scale, 1)), (left, top))
        lines = wrap_caption(caption or "", lambda text: font.getlength(text) <= caption_width)
        pen.multiline_text((left, top + height * scale + 2), "\n".join(lines), INK, font, spacing=2)
    return _save(page, path)


def prompts(rows: list[tuple[str, Tensor, Tensor]], columns: int, path: Path) -> str:
    """Writes rows of images, each row below its caption. A row begins with the images that were given, and an arrow.

    Args:
        rows: caption, given images (k, C, H, W) and images (n, C, H, W) of each.
        columns: images of a row, at most.
        path: Path of the PNG.
    """
    k, _, height, width = rows[0][1].shape
    scale = max(1, round(SIDE / max(height, width)))
    font = ImageFont.load_default(LETTER_SIZE)
    cell_width, left = width * scale + GAP, k * (width * scale + GAP) + ARROW * (k > 0)
    sheet_width = left + columns * cell_width - GAP
    captions = [wrap_caption(caption, lambda text: font.getlength(text) <= sheet_width) for caption, *_ in rows]
    caption_height = max(map(len, captions)) * LINE_HEIGHT
    tall = caption_height + height * scale + 3 * GAP
    page = Image.new("RGBA", (sheet_width, len(rows) * tall), TRANSPARENT)
    pen = ImageDraw.Draw(page)
    for i, ((_, given, pictures), lines) in enumerate(zip(rows, captions)):
        top = i * tall + caption_height + GAP
        pen.multiline_text((0, i * tall), "\n".join(lines), INK, font, spacing=2)
        places = [*(j * cell_width for j in range(k)), *(left + j * cell_width for j in range(columns))]
        for at, picture in zip(places, [*to_rgb(given), *to_rgb(pictures)]):
            page.paste(Image.fromarray(picture.repeat(scale, 0).repeat(scale, 1)), (at, top))
        if k:
            _draw_arrow(pen, left - ARROW, top + height * scale // 2)
    return _save(page, path)


def _draw_arrow(pen: ImageDraw.ImageDraw, left: int, middle_row: int) -> None:
    """To the right, in ARROW pixels."""
    tip = left + ARROW - 2 * GAP
    pen.line((left + GAP, middle_row, tip, middle_row), INK, 1)
    pen.polygon(((tip, middle_row), (tip - 5, middle_row - 4), (tip - 5, middle_row + 4)), INK)


def completions(truth: Tensor, draws: list[Tensor], known: np.ndarray, path: Path) -> str:
    """Writes images, what was known of them, and their completions.

    Args:
        truth: (n, C, H, W) images.
        draws: completions of the same images.
        known: (H, W) bool.
        path: Path of the PNG.
    """
    real = to_rgb(truth)
    completed_images = list(zip(*(to_rgb(draw) for draw in draws)))
    shown_images = [[draw_hidden(picture, known)] for picture in real]
    return sheet(
        [("known", shown_images), ("completions", completed_images), ("truth", [[picture] for picture in real])],
        [],
        path,
    )


def interpolations(paths: list[Tensor], path: Path) -> str:
    """Writes a row for each interpolation between images.

    Args:
        paths: each (steps, C, H, W).
        path: Path of the picture.
    """
    rows = [to_rgb(steps) for steps in paths]
    return sheet([("from one test image, through the latent, to another", rows)], [], path)


def progress(steps: list[Tensor], path: Path) -> str:
    """Writes a row for each sample on its way from noise.

    Args:
        steps: each (n, C, H, W), the same n samples further on.
        path: Path of the picture.
    """
    rows = [list(row) for row in zip(*(to_rgb(step) for step in steps))]
    return sheet([("what a draw is expected to become, from its first step to its last", rows)], [], path)


def neighbours(x: Tensor, train: Tensor, typical: float, path: Path) -> str:
    """Writes the samples that lie nearest to training images, each above its neighbour.

    Args:
        x: (n, C, H, W) samples.
        train: training images.
        typical: median distance of a test image to its nearest training image.
        path: Path of the PNG.
    """
    distance, number = nearest(x.flatten(1).numpy(), train.flatten(1).numpy())
    first = np.argsort(distance, kind="stable")[:PAIRS]
    rows = [to_rgb(x[first]), to_rgb(train[number[first]])]
    ratios = distance[first] / typical if typical else distance[first]
    title = f"distance {ratios[0]:.2f} to {ratios[-1]:.2f} of a typical test image's (0 is a copy)"
    return sheet([(title, rows)], ["sample", "nearest training image"], path)


PIXELS = 96  # that the side of an image has at least
GRID_GAP = 4  # pixels between images


def picture_grid(rows: list[list[np.ndarray]], heads: list[str], sides: list[str], sentence: str) -> Figure:
    """Draws images in a grid with words at its sides.

    Args:
        rows: images (H, W, 3) uint8 of one size, as many in each.
        heads: a word a column.
        sides: a word a row, or none.
        sentence: under the figure.
    """
    height, width = rows[0][0].shape[:2]
    times = -(-PIXELS // max(height, width))
    tall, cell_width = height * times + GRID_GAP, width * times + GRID_GAP
    page = np.full((len(rows) * tall - GRID_GAP, len(heads) * cell_width - GRID_GAP, 3), 255, np.uint8)
    for i, row in enumerate(rows):
        for j, picture in enumerate(row):
            enlarged = picture.repeat(times, 0).repeat(times, 1)
            page[i * tall : (i + 1) * tall - GRID_GAP, j * cell_width : (j + 1) * cell_width - GRID_GAP] = enlarged
    with matplotlib.rc_context(PRINT_STYLE):
        figure = make_figure(0.95 * WIDE * page.shape[0] / page.shape[1] + 0.9, WIDE)
        figure.get_layout_engine().set(h_pad=0.1)  # words above the axes are not to be cut
        axes = figure.add_subplot()
        axes.imshow(page, interpolation="none")
        axes.xaxis.tick_top()
        axes.set_xticks([j * cell_width + (cell_width - GRID_GAP) / 2 for j in range(len(heads))], heads)
        axes.set_yticks([i * tall + (tall - GRID_GAP) / 2 for i in range(len(sides))], sides)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        say(figure, sentence)
        return figure
