"""Molecules for the report: their drawings, and histograms of their properties, real beside drawn."""

import io
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from ...core.files import write_whole
from ...core.packages import Chem
from ...measure.plots.figures import INK, REAL, SAMPLE, STYLE, WIDTH, make_figure, save
from ..chemistry.drawings import require_drawing, shorten_svg

COLUMNS = 4  # molecules a row
PIXELS = 320, 240  # of a drawing
STRIP = 190, 140  # of a drawing in a preview
LEGEND = 36  # pixels of its height for words, where there are any
BOND = 24.0  # pixels of a bond there
BINS = 30
ATOMS = {-1: INK, 6: INK, 1: INK, 7: REAL, 8: "#d9534f", 16: "#b8860b", 9: "#3c9a5f", 17: "#3c9a5f", 35: "#a0522d"}
TITLES = {"weight": "weight, g/mol", "logp": "logP", "qed": "QED", "sa": "SA, 1 easy .. 10 hard"}


def sheet(smiles: Sequence[str], titles: Sequence[str], path: Path) -> str:
    """Writes the figure of `drawing` as a PNG, and returns its path.

    Args:
        smiles: SMILES of the molecules.
        titles: Titles of each.
        path: Path of the PNG.
    """
    return save(drawing(smiles, titles), path)


def strip(smiles: Sequence[str], path: Path, words: Sequence[str] = (), columns: int = COLUMNS) -> str:
    """Writes drawings of molecules in rows as an SVG, sharp at any size, and returns its path.

    Args:
        smiles: SMILES of the molecules.
        path: Path of the SVG.
        words: two lines at most below each molecule.
        columns: molecules a row.
    """
    rdMolDraw2D = require_drawing()
    across, down = min(columns, len(smiles)) or 1, -(-len(smiles) // columns) or 1
    width, height = across * STRIP[0], down * STRIP[1]
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height, *STRIP, True)  # letters as text
    _set_ink(drawer, 1.6, 10)
    options = drawer.drawOptions()  # small molecules and large ones by one scale, as far as they fit
    options.drawMolsSameScale, options.fixedBondLength, options.maxFontSize = False, BOND, 16
    options.legendFraction = LEGEND / STRIP[1]
    room = [" "] * len(words)  # RDKit sets a legend letter by letter, by widths of a font that a browser has not
    drawer.DrawMolecules([Chem.MolFromSmiles(text) for text in smiles], legends=room or None)
    drawer.FinishDrawing()
    size = f"width='{width}' height='{height}' viewBox='0 0 {width} {height}'"
    head = f"<svg xmlns='http://www.w3.org/2000/svg' {size}>"
    legends = "".join(_legend(text, *divmod(number, columns)) for number, text in enumerate(words))
    drawn = shorten_svg(drawer.GetDrawingText(), head).replace("</svg>", f"{legends}</svg>")
    return str(write_whole(path, drawn.encode()))


def _legend(text: str, row: int, column: int) -> str:
    """SVG of the lines below the molecule of a row and a column."""
    x, y = (column + 0.5) * STRIP[0], (row + 1) * STRIP[1] - LEGEND
    lines = "".join(f"<tspan x='{x:g}' dy='15'>{escape(line)}</tspan>" for line in text.split("\n"))
    return f"<text y='{y:g}' font-family='sans-serif' font-size='12' text-anchor='middle' fill='{INK}'>{lines}</text>"


def drawing(smiles: Sequence[str], titles: Sequence[str]) -> Figure:
    """Draws molecules, each with its title of some lines below it, row after row; "" has a title alone."""
    rows, lines = -(-len(smiles) // COLUMNS) or 1, max((title.count("\n") for title in titles), default=0)
    with matplotlib.rc_context(STYLE):
        figure = make_figure(rows * (WIDTH / COLUMNS * PIXELS[1] / PIXELS[0] + 0.25 + 0.15 * lines))
        for number, axis in enumerate(figure.subplots(rows, COLUMNS, squeeze=False).flat):
            axis.set_axis_off()
            if number < len(smiles) and smiles[number]:
                axis.imshow(_draw_molecule(smiles[number]))
            if number < len(smiles):
                axis.set_title(titles[number], y=-0.03, pad=0, va="top", fontsize=8)
        return figure


def draw_pairs(
    smiles: Sequence[str], nearest_smiles: Sequence[str], similarities: Sequence[float], path: Path,
    own_words: Sequence[str] | None = None, said_of_others: Sequence[str] | None = None,
) -> str:  # fmt: skip
    """Draws each molecule, with words below it, and to its right its nearest other with their similarity and words.

    Args:
        smiles: SMILES of the molecules.
        nearest_smiles: the nearest other of each.
        similarities: Similarities of the pairs.
        path: Path of the PNG.
        own_words: words about each molecule.
        said_of_others: words about each other.
    """
    pairs, titles, nothing = [], [], [""] * len(smiles)
    for own, other_smiles, value, *words in zip(
        smiles, nearest_smiles, similarities, own_words or nothing, said_of_others or nothing
    ):
        pairs += own, other_smiles
        similarity_text = "the same" if own == other_smiles else f"similarity {value:.2f}"
        titles += words[0], f"{similarity_text}\n{words[1]}".rstrip()
    return sheet(pairs, titles, path)


def histograms(real: dict[str, np.ndarray], sample: dict[str, np.ndarray], path: Path) -> str:
    """Draws histograms of the properties of TITLES, real values filled, samples as lines, and returns their path.

    Args:
        real: property values.
        sample: property values.
        path: Path of the PNG.
    """
    with matplotlib.rc_context(STYLE):
        figure = make_figure(3.6)
        for axis, (name, title) in zip(figure.subplots(2, 2).flat, TITLES.items()):
            values_of_both = np.concatenate([real[name], sample[name]])
            edges = np.linspace(*np.quantile(values_of_both, [0.002, 0.998]), BINS + 1)
            edges = edges if edges[-1] > edges[0] else edges[0] + np.linspace(-0.5, 0.5, BINS + 1)
            for values, label, style in (
                (real[name], "real", dict(fill=True, color=REAL, alpha=0.6)),
                (sample[name], "samples", dict(color=SAMPLE, linewidth=1.3)),
            ):
                axis.stairs(np.histogram(values, edges)[0] / max(len(values), 1), edges, label=label, **style)
            axis.set(title=title, yticks=[])
        figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=2)
        return save(figure, path)


def _set_ink(drawer: Any, line: float, letters: int) -> None:
    """Sets a transparent ground, and colours that are read on light and on dark.

    line: width of bonds, letters: least height of symbols, in pixels."""
    options = drawer.drawOptions()
    options.setBackgroundColour((1, 1, 1, 0))
    options.setAtomPalette({number: to_rgb(colour) for number, colour in ATOMS.items()})
    options.bondLineWidth, options.minFontSize, options.padding = line, letters, 0.03


def _draw_molecule(smiles: str) -> Image.Image:
    rdMolDraw2D = require_drawing()
    drawer = rdMolDraw2D.MolDraw2DCairo(*PIXELS)
    _set_ink(drawer, 3, 16)
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, Chem.MolFromSmiles(smiles))
    drawer.FinishDrawing()
    return Image.open(io.BytesIO(drawer.GetDrawingText())).convert("RGBA")
