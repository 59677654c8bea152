"""Drawings of predicted structures for the report: over the true ones, as maps of distances, and how sure they are."""

import json
from pathlib import Path

import matplotlib
import numpy as np

from ...core.files import write_whole
from ...measure.plots.figures import INK, REAL, SAMPLE, STYLE, WIDTH, make_figure, save, short
from .structure_scores import CA, lddt, superpose

COLUMNS = 3  # chains a row
REACH = 20.0  # angstrom that the darkest colour of a map stands for
DECIMALS = 2


def overlaid(chain_pairs: list, path: Path) -> str:
    """Draws CA traces of predicted and true chains, one over the other, and the same as numbers beside the image, which
    the page lets a reader turn. Returns the path of the PNG.

    Args:
        chain_pairs: [(Folded, Chain)].
        path: Path of the picture.
    """
    traces = [_traces(folded.atoms, chain.atoms, chain.has_backbone) for folded, chain in chain_pairs]
    rows = -(-len(chain_pairs) // COLUMNS)
    with matplotlib.rc_context(STYLE):
        figure = make_figure(rows * WIDTH / COLUMNS + 0.4)
        axes = figure.subplots(rows, COLUMNS, squeeze=False)
        for axis in axes.flat:
            axis.set_axis_off()
            axis.set_aspect("equal")
        for axis, (_, chain), (true, predicted) in zip(axes.flat, chain_pairs, traces):
            axis.plot(*true[:, :2].T, color=REAL, linewidth=2.5, label="true")
            axis.plot(*predicted[:, :2].T, color=SAMPLE, linewidth=1.5, label="predicted")
            axis.set_title(short(chain.name), fontsize=10)
        figure.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        _write_turning(traces, path)
        return save(figure, path)


def _traces(predicted: np.ndarray, true: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """CA of known residues (m, 3) of the truth in axes of its own, the shortest towards the reader, and predicted ones
    moved onto it."""
    ours, theirs = predicted[known, CA].astype(float), true[known, CA].astype(float)
    moved, fixed = superpose(ours, theirs)
    axes = np.linalg.svd(fixed, full_matrices=False)[2]
    axes[2] *= np.sign(np.linalg.det(axes))  # a rotation: a page must not show a mirror image
    return fixed @ axes.T, moved @ axes.T


def _write_turning(traces: list, path: Path) -> None:
    sets = []
    for pair in traces:
        count = len(pair[0])
        joined = [[k + first, k + first + 1] for first in (0, count) for k in range(count - 1)]
        at = np.concatenate(pair).round(DECIMALS).tolist()
        sets.append({"kinds": [0] * count + [1] * count, "at": at, "joined": joined})
    colours = [matplotlib.colors.to_hex(colour) for colour in (REAL, SAMPLE)]
    record = {"columns": COLUMNS, "symbols": ["true", "predicted"], "colours": colours, "sets": sets}
    write_whole(path.with_suffix(".json"), json.dumps(record, separators=(",", ":")).encode())


def distance_maps(chain_pairs: list, path: Path) -> str:
    """Draws the distances between CA of each chain: the truth above the diagonal, the prediction below. Returns the
    path."""
    rows = -(-len(chain_pairs) // COLUMNS)
    with matplotlib.rc_context(STYLE):
        figure = make_figure(rows * WIDTH / COLUMNS + 0.4)
        axes = figure.subplots(rows, COLUMNS, squeeze=False)
        for axis in axes.flat[len(chain_pairs) :]:
            axis.set_axis_off()
        for axis, (folded, chain) in zip(axes.flat, chain_pairs):
            true, predicted = (_distances(atoms[:, CA]) for atoms in (chain.atoms, folded.atoms))
            distances = np.where(np.triu(np.ones_like(true), 1) > 0, true, predicted)
            image = axis.imshow(distances, vmin=0, vmax=REACH, cmap="viridis_r")
            axis.set_title(short(chain.name), fontsize=10)
        figure.colorbar(image, ax=axes, label="A", shrink=0.8)
        return save(figure, path)


def along_the_chain(chain_pairs: list, path: Path) -> str:
    """Plots predicted and true lDDT of each residue. Returns the path of the PNG."""
    rows = -(-len(chain_pairs) // COLUMNS)
    with matplotlib.rc_context(STYLE):
        figure = make_figure(2.0 * rows + 0.4)
        axes = figure.subplots(rows, COLUMNS, squeeze=False, sharey=True)
        for axis in axes.flat[len(chain_pairs) :]:
            axis.set_axis_off()
        for axis, (folded, chain) in zip(axes.flat, chain_pairs):
            axis.plot(lddt(folded.atoms, chain.atoms, chain.has_backbone), color=REAL, linewidth=1.5, label="true lDDT")
            axis.plot(folded.confidence, color=SAMPLE, linewidth=1.5, label="confidence")
            axis.axhline(1, color=INK, linewidth=0.5)
            axis.set_ylim(0, 1.05)
            axis.set_title(short(chain.name), fontsize=10)
        figure.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        return save(figure, path)


def _distances(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[:, None] - points, axis=-1)
