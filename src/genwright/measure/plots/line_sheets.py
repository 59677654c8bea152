"""Lines of text for the report: how long they are and which characters they hold, real beside drawn."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .figures import REAL, SAMPLE, STYLE, make_figure, save, short

BARS = 30  # characters, the commonest
BINS = 40
WIDE = 76  # characters of a line that is shown
MARKS = str.maketrans({"\n": "⏎", "\t": "⇥"})
NAMES = {" ": "␣", "\n": "⏎", "\t": "⇥", "$": r"\$"}  # of characters that are not seen, or mean something to a figure


def drawing(lines: Sequence[str]) -> Figure:
    """Draws lines one below another, the beginning of each."""
    with matplotlib.rc_context(STYLE):
        figure = make_figure(0.2 * len(lines) + 0.1)
        axis = figure.add_subplot(ylim=(len(lines), 0))
        axis.set_axis_off()
        for row, line in enumerate(lines):
            words = short(line.translate(MARKS), WIDE)
            axis.text(0, row + 0.5, words, fontsize=8, family="monospace", va="center", parse_math=False)
        return figure


def histograms(real: Sequence[str], sample: Sequence[str], lengths: bool, path: Path) -> str:
    """Draws frequencies of the commonest characters, and of lengths where lines have some: real filled, samples above.

    Args:
        real: lines.
        sample: lines.
        lengths: whether lines have lengths.
        path: Path of the PNG.
    """
    with matplotlib.rc_context(STYLE):
        figure = make_figure(4.2 if lengths else 2.2)
        axes = figure.subplots(1 + lengths, 1, squeeze=False)[:, 0]
        _characters(axes[0], real, sample)
        if lengths:
            _lengths(axes[1], real, sample)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
        return save(figure, path)


def _characters(axis: Axes, real: Sequence[str], sample: Sequence[str]) -> None:
    p, q = (Counter("".join(lines)) for lines in (real, sample))
    common = [symbol for symbol, _ in (p + q).most_common(BARS)]
    place = np.arange(len(common))
    for counts, shift, colour, label in ((p, -0.2, REAL, "real"), (q, 0.2, SAMPLE, "samples")):
        shares = [counts[symbol] / max(counts.total(), 1) for symbol in common]
        axis.bar(place + shift, shares, 0.4, color=colour, label=label)
    axis.set_xticks(place, [_name(symbol) for symbol in common], fontsize=8)
    axis.set(title="share of each character", yticks=[])


def _lengths(axis: Axes, real: Sequence[str], sample: Sequence[str]) -> None:
    a, b = ([len(line) for line in lines] for lines in (real, sample))
    edges = np.unique(np.linspace(0.5, max(*a, *b) + 0.5, BINS + 1).round() + 0.5)
    for sizes, style in ((a, dict(fill=True, color=REAL, alpha=0.6)), (b, dict(color=SAMPLE, linewidth=1.3))):
        axis.stairs(np.histogram(sizes, edges)[0] / len(sizes), edges, **style)
    axis.set(title="characters of a line", yticks=[])


def _name(symbol: str) -> str:
    """A character as the figure's letters can show it; by its number, where they cannot."""
    plain = ord(symbol) < 0x250 and unicodedata.category(symbol)[0] not in "CZ"
    return NAMES.get(symbol, symbol if plain else f"{ord(symbol):X}")
