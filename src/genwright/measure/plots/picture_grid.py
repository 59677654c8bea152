"""Images in a grid with words above its columns and beside its rows, as a figure that stands alone."""

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from .figures import PRINT_STYLE, WIDE, make_figure, say

PIXELS = 96  # that the side of an image has at least
GAP = 4  # pixels between images


def picture_grid(rows: list[list[np.ndarray]], heads: list[str], sides: list[str], sentence: str) -> Figure:
    """rows: images (H, W, 3) uint8 of one size, as many in each. heads: a word a column, sides: a word a row, or
    none. sentence: what is seen."""
    height, width = rows[0][0].shape[:2]
    times = -(-PIXELS // max(height, width))
    tall, wide = height * times + GAP, width * times + GAP
    page = np.full((len(rows) * tall - GAP, len(heads) * wide - GAP, 3), 255, np.uint8)
    for i, row in enumerate(rows):
        for j, picture in enumerate(row):
            enlarged = picture.repeat(times, 0).repeat(times, 1)
            page[i * tall : (i + 1) * tall - GAP, j * wide : (j + 1) * wide - GAP] = enlarged
    with matplotlib.rc_context(PRINT_STYLE):
        figure = make_figure(0.95 * WIDE * page.shape[0] / page.shape[1] + 0.9, WIDE)
        figure.get_layout_engine().set(h_pad=0.1)  # words above the axes are not to be cut
        axes = figure.add_subplot()
        axes.imshow(page, interpolation="none")
        axes.xaxis.tick_top()
        axes.set_xticks([j * wide + (wide - GAP) / 2 for j in range(len(heads))], heads)
        axes.set_yticks([i * tall + (tall - GAP) / 2 for i in range(len(sides))], sides)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        say(figure, sentence)
        return figure
