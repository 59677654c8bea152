"""Figures of one look, on transparent ground: one file is read on light and on dark paper.

They are as wide as a report's column, so that their letters are as large as the text around them, and stay readable
on a phone.
"""

import io
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ...core.errors import DataError
from ...core.files import write_whole

WIDTH = 5.2  # inches
INK = "#747f90"  # as far from white as from the paper of a dark page: a contrast of 4 to both
REAL, SAMPLE = "#4f81bd", "#e07b28"
IN_A_FILE = 256  # colours, with which it is half as large as with all
STYLE = {
    "font.size": 10,
    "axes.titlesize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    **{name: INK for name in ("text.color", "axes.labelcolor", "axes.titlecolor", "axes.edgecolor")},
    **{name: INK for name in ("xtick.color", "ytick.color", "xtick.labelcolor", "ytick.labelcolor")},
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "legend.frameon": False,
}

WIDE = 7.0  # inches of a figure that stands alone
LETTERS = 90  # of a line of text as wide as it
PRINT_STYLE = STYLE | {  # of it: dark on white, to be printed
    "figure.facecolor": "white",
    "svg.hashsalt": "genwright",
    **{name: "#1c2430" for name in ("text.color", "axes.labelcolor", "axes.titlecolor", "axes.edgecolor")},
    **{name: "#1c2430" for name in ("xtick.color", "ytick.color", "xtick.labelcolor", "ytick.labelcolor")},
}
# Okabe & Ito 2008, told apart with any colour vision; the marker repeats the difference, in grey too
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", INK)
MARKERS = "osD^vPX*<>ph"
MARKS = tuple((COLOURS[k % len(COLOURS)], marker) for k, marker in enumerate(MARKERS))


class Drawing(Figure):
    """A figure that keeps the style it was made in, and that pyplot does not know. A notebook shows it once, as the
    value of its cell."""

    def __init__(self, *args: Any, **options: Any):
        self.style = {name: matplotlib.rcParams[name] for name in STYLE}
        super().__init__(*args, **options)

    def draw(self, renderer: RendererBase) -> None:
        with matplotlib.rc_context(self.style):  # ticks are made when they are first drawn
            super().draw(renderer)

    def _repr_png_(self) -> bytes:
        return png(self)


def make_figure(height: float, width: float = WIDTH) -> Drawing:
    """Makes an empty figure, in inches; draw on it within `matplotlib.rc_context(STYLE)`."""
    figure = Drawing((width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def png_as_drawn(figure: Figure, dpi: float | str = "figure") -> bytes:
    """Renders a figure as PNG in all its colours; the same bytes for the same figure."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dpi, metadata={"Software": None})
    return file.getvalue()


def png(figure: Figure) -> bytes:
    """Renders a figure as PNG in few colours; the same bytes for the same figure."""
    coloured, file = io.BytesIO(png_as_drawn(figure, 150)), io.BytesIO()
    Image.open(coloured).convert("RGBA").quantize(IN_A_FILE, Image.Quantize.FASTOCTREE).save(file, "PNG", optimize=True)
    return file.getvalue()


def save(figure: Figure, path: Path) -> str:
    """Writes a figure as PNG and returns its path."""
    return str(write_whole(path, png(figure)))


def say(figure: Figure, sentence: str) -> None:
    """Writes a sentence under a WIDE figure, in lines as wide as it."""
    lines = textwrap.fill(sentence, LETTERS)
    figure.supxlabel(lines, x=0.01, ha="left", fontsize=10)


def write(figure: Figure, path: Path) -> Path:
    """Writes a figure as .png or .svg, the same bytes for the same figure. Raises DataError for another suffix."""
    require_drawable(path)
    buffer = io.BytesIO()
    with matplotlib.rc_context(PRINT_STYLE):
        if path.suffix.lower() == ".png":
            return write_whole(path, png_as_drawn(figure, 150))
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return write_whole(path, buffer.getvalue())


def require_drawable(path: Path) -> None:
    """Raises DataError where a path ends in neither .png nor .svg."""
    if path.suffix.lower() not in (".png", ".svg"):
        raise DataError(f"cannot draw into {path}: let its name end in .png or .svg")


def short(name: str, most_characters: int = 18) -> str:
    return name if len(name) <= most_characters else name[: most_characters - 1] + "…"


@dataclass(frozen=True)
class DrawnFigure:
    """A figure with the sentence `seen` under it, and notes: what was left out or chosen on the way."""

    figure: Figure
    seen: str
    notes: tuple[str, ...] = ()
