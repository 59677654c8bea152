"""Figures of one look, on transparent ground: one file is read on light and on dark paper.

They are as wide as a report's column, so that their letters are as large as the text around them, and stay readable
on a phone.
"""

from __future__ import annotations

import io
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ...core.files import write_whole

WIDTH = 5.2  # inches
INK = "#747f90"  # as far from white as from the paper of a dark page: a contrast of 4 to both
REAL, SAMPLE = "#4f81bd", "#e07b28"
COLOURS = 256  # of a file, half as large as with all
STYLE = {
    "font.size": 10,
    "axes.titlesize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    **{name: INK for name in ("text.color", "axes.labelcolor", "axes.titlecolor", "axes.edgecolor")},
    **{name: INK for name in ("xtick.color", "ytick.color", "xtick.labelcolor", "ytick.labelcolor")},
    "axes.facecolor": "none",
    "legend.frameon": False,
    "savefig.transparent": True,
}


def new(height: float, width: float = WIDTH) -> Figure:
    """An empty figure, in inches; draw on it within `matplotlib.rc_context(STYLE)`."""
    figure = Figure((width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def png(figure: Figure) -> bytes:
    """The same bytes for the same figure."""
    drawn, file = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=150, metadata={"Software": None})
    Image.open(drawn).convert("RGBA").quantize(COLOURS, Image.Quantize.FASTOCTREE).save(file, "PNG", optimize=True)
    return file.getvalue()


def save(figure: Figure, path: Path) -> str:
    """Write a PNG and return its path."""
    return str(write_whole(path, png(figure)))


def short(name: str, most: int = 18) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"
