"""Clips in the report: animated pictures, which any browser plays without a script, and frames side by side.

Beside an animated picture lies a film: its frames one below the other, of which a slider on the page shows one.
"""

import io
from collections.abc import Sequence
from math import ceil, sqrt
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from ...core.files import write_whole
from ...measure.plots.figures import STYLE, WIDTH, make_figure, short
from ..kinds.clip_files import animation

MOMENTS = 6  # frames of a clip in a drawing
SHEET_SIDE, GAP, GREY = 64, 2, 160  # pixels that a side is enlarged to, between two clips, and their level


def player(clips: np.ndarray, rate: float, path: Path, columns: int | None = None) -> str:
    """Writes clips side by side as an animated PNG that begins again, and a film beside it.

    Args:
        clips: (n, T, C, H, W) in [0, 1].
        rate: frames a second.
        path: Path of the PNG.
        columns: clips in a row.
    """
    columns = columns or ceil(sqrt(len(clips)))
    pixels = np.rint(clips.clip(0, 1) * 255).astype(np.uint8).transpose(1, 0, 3, 4, 2)
    scale = max(1, SHEET_SIDE // max(pixels.shape[2:4]))
    pixels = pixels.repeat(scale, 2).repeat(scale, 3)
    length, n, height, width, channels = pixels.shape
    down, across = height + GAP, width + GAP
    page = np.full((length, ceil(n / columns) * down + GAP, columns * across + GAP, channels), GREY, np.uint8)
    for i in range(n):
        top, left = GAP + i // columns * down, GAP + i % columns * across
        page[:, top : top + height, left : left + width] = pixels[:, i]
    film = io.BytesIO()
    Image.fromarray(page.reshape(-1, *page.shape[2:]).squeeze()).save(film, "PNG")
    write_whole(film_of(path), film.getvalue())
    return str(write_whole(path, animation(page, rate, "PNG")))


def film_of(path: Path) -> Path:
    """Returns the path of the film of an animated picture."""
    return path.with_suffix(".film.png")


def write_compared(rows: Sequence[np.ndarray], rate: float, path: Path) -> str:
    """Writes rows of clips, such as real ones, their conditions and samples, one above the other, as an animated PNG.

    Args:
        rows: clips of each row.
        rate: frames a second.
        path: Path of the PNG.
    """
    return player(np.concatenate(rows), rate, path, len(rows[0]))


def drawing(clips: np.ndarray, titles: Sequence[str]) -> Figure:
    """Draws clips (n, T, H, W, C) uint8, a row each of MOMENTS frames evenly apart, below a title."""
    at = np.linspace(0, clips.shape[1] - 1, min(MOMENTS, clips.shape[1])).round().astype(int)
    strips = [np.concatenate(list(clip[at]), 1) for clip in clips]
    with matplotlib.rc_context(STYLE):
        figure = make_figure(len(clips) * (WIDTH / MOMENTS + 0.2))
        for axis, strip, title in zip(figure.subplots(len(clips), 1, squeeze=False).flat, strips, titles):
            axis.set_axis_off()
            axis.imshow(strip.squeeze(-1) if strip.shape[-1] == 1 else strip, cmap="gray", vmin=0, vmax=255)
            axis.set_title(short(title, 60))
        return figure
