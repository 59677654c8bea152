"""Columns and pairs of columns of a table, real against sampled, as SVG files: drawn in milliseconds, so that even a
first look has them, and sharp at any size.

One file is read on light and on dark paper, as `figures` says; it has no script and names no other file.
"""

from collections.abc import Iterator
from html import escape
from pathlib import Path

import numpy as np

from ...core.files import write_whole
from ...core.spec import Category, Leaf, Ordered, Spec
from ...kinds.values.column_dates import show_count
from ..metrics.table_columns import column_distances, pair_distances
from .figures import INK, REAL, SAMPLE, short

COLUMNS, ACROSS = 24, 4  # columns drawn, the worst; panels side by side
WIDE, TALL, GAP = 210, 104, 14  # of a panel and between panels
HEAD, FOOT = 18, 12  # of a panel, for its title and its ends
LABEL, LETTERS = 76, 13  # room for the name of a category beside its bar, and letters that it holds
BINS, BARS = 24, 5  # of numbers; categories, the most frequent ones
CELL, NAMES = 22, 120  # of a matrix, and the room for names beside it
ON_COLOUR = "fill='#1c2430' stroke='#fff' stroke-opacity='.6' stroke-width='2.5' paint-order='stroke'"  # of numbers
NAMED = 30  # columns of a matrix, the first

Labels = dict[str, list[str]]  # a category's values as the table has them, by the column's name and then by code


def columns(real: np.ndarray, sample: np.ndarray, spec: Spec, labels: Labels, path: Path) -> str:
    """Write the distribution of each column, real filled and sampled as a line, the one that is furthest off first.

    Args:
        real: (n, D) rows as the spec encodes them, sample: (m, D) of a model.
        sample: Generated items.
        spec: Spec of the columns.
        labels: names of categories.
        path: Path of the SVG, which is returned.
    """
    column_errors = column_distances(real, sample, spec)
    order = np.argsort(-column_errors, kind="stable")[:COLUMNS]
    parts = []
    for number, j in enumerate(order):
        x, y = number % ACROSS * (WIDE + GAP), number // ACROSS * (TALL + GAP) + HEAD
        name, leaf = spec.leaves[j]
        title = f"{escape(short(name, 16))} <tspan fill='{INK}' font-weight='400'>{column_errors[j]:.0%} apart</tspan>"
        pair = real[:, j], sample[:, j]
        bars = _bars(*pair, leaf, labels[name]) if isinstance(leaf, Category) else _histogram(*pair, leaf)
        body = "".join(bars)
        parts.append(f"<g transform='translate({x} {y})'><text font-weight='600' y='11'>{title}</text>{body}</g>")
    down_count = -(-len(order) // ACROSS)
    key = f"<text y='11'><tspan fill='{REAL}'>■</tspan> real <tspan fill='{SAMPLE}'>▬</tspan> sampled</text>"
    sheet_width = min(len(order), ACROSS) * (WIDE + GAP) - GAP
    return _write([key, *parts], max(sheet_width, 2 * WIDE), down_count * (TALL + GAP) + HEAD, path)


def pairs(real: np.ndarray, sample: np.ndarray, spec: Spec, path: Path) -> str:
    """Plots the matrix of pair errors: how far each pair of columns of the samples is from the real rows. Arguments
    are those of `columns`.

    Args:
        real: Real items.
        sample: Generated items.
        spec: Spec of the items.
        path: Path of the picture.
    """
    shown_columns = np.arange(min(spec.dims, NAMED))
    pair_errors = pair_distances(
        real[:, shown_columns], sample[:, shown_columns], Spec(tuple(spec.leaves[j] for j in shown_columns))
    )
    names = [escape(short(spec.names[j], 15)) for j in shown_columns]
    parts = []
    for i, name in enumerate(names):
        y = HEAD + i * CELL
        parts.append(f"<text x='{NAMES - 6}' y='{y + 15}' text-anchor='end'>{name}</text>")
        for j in range(i):
            error = float(pair_errors[i, j])
            x = NAMES + j * CELL
            parts.append(
                f"<rect x='{x}' y='{y}' width='{CELL - 1}' height='{CELL - 1}' fill='{SAMPLE}' fill-opacity='"
                f"{min(1.0, 2 * error):.2f}'/><text x='{x + 10.5}' y='{y + 14}' text-anchor='middle' "
                f"font-size='9' {ON_COLOUR}>{100 * error:.0f}</text>"
            )
        parts.append(f"<text x='{NAMES + i * CELL + 4}' y='{y + 15}'>{name}</text>" if i < len(names) - 1 else "")
    some = f" of the first {len(names)} columns" if spec.dims > len(names) else " of columns"
    key = f"<text y='11'>error of each pair{some}, in %: 0 is perfect</text>"
    side = len(names) * CELL
    return _write([key, *parts], NAMES + side + NAMES, HEAD + side, path)


def _write(parts: list[str], sheet_width: float, tall: float, path: Path) -> str:
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {sheet_width:g} {tall:g}' width='{sheet_width:g}' "
        f"height='{tall:g}' font-family='system-ui, sans-serif' font-size='11' fill='{INK}'>"
    )
    return str(write_whole(path, (head + "".join(parts) + "</svg>").encode()))


def _histogram(real: np.ndarray, sample: np.ndarray, leaf: Leaf) -> Iterator[str]:
    """Steps of both, on bins of the real numbers, whose ends are named."""
    real, sample = (user_values(cells[~np.isnan(cells)], leaf) for cells in (real, sample))
    if not len(real):
        return
    low, high = np.quantile(real, [0.005, 0.995], method="nearest")
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    heights = [np.histogram(one.clip(edges[0], edges[-1]), edges)[0] / max(len(one), 1) for one in (real, sample)]
    top = max(float(height.max()) for height in heights) or 1.0
    floor, room = TALL - FOOT, TALL - FOOT - HEAD
    for height, look in zip(heights, (f"fill='{REAL}' fill-opacity='.55'", f"fill='none' stroke='{SAMPLE}'")):
        steps = "".join(f"V{floor - room * h / top:.1f}H{WIDE * (k + 1) / BINS:.1f}" for k, h in enumerate(height))
        yield f"<path d='M0 {floor}{steps}V{floor}' {look} stroke-width='1.6'/>"
    for x, anchor, end in ((0, "start", edges[0]), (WIDE, "end", edges[-1])):
        text = escape(show_count(round(float(end)), leaf.unit) if leaf.unit else f"{end:.4g}")
        yield f"<text x='{x}' y='{TALL}' text-anchor='{anchor}' font-size='9'>{text}</text>"


def _bars(real: np.ndarray, sample: np.ndarray, leaf: Category, labels: list[str]) -> Iterator[str]:
    """A bar of the real share of each frequent category, with a stroke at that of the samples."""
    share = lambda v: np.bincount(v[~np.isnan(v)].astype(int), minlength=leaf.k)[: leaf.k] / max(len(v), 1)
    shares = share(real), share(sample)
    summed_shares = shares[0] + shares[1]
    frequent = np.argsort(-summed_shares, kind="stable")[: min(BARS, np.count_nonzero(summed_shares))]
    highest_share = max(float(one[frequent].max()) for one in shares) if len(frequent) else 1.0
    high = (TALL - HEAD) / BARS
    for k, code in enumerate(frequent):
        y, (a, b) = HEAD + k * high, ((WIDE - LABEL) * float(one[code]) / (highest_share or 1.0) for one in shares)
        name = escape(short(labels[code], LETTERS))
        yield f"<text x='{LABEL - 5}' y='{y + high - 7:.1f}' font-size='10' text-anchor='end'>{name}</text>"
        yield (
            f"<rect x='{LABEL}' y='{y:.1f}' width='{a:.1f}' height='{high - 4:.1f}' fill='{REAL}' fill-opacity='.55'/>"
            f"<path d='M{LABEL + b:.1f} {y - 1:.1f}v{high - 2:.1f}' stroke='{SAMPLE}' stroke-width='2.5'/>"
        )


def user_values(column: np.ndarray, leaf: Leaf) -> np.ndarray:
    """Returns numbers in the user's units."""
    if not isinstance(leaf, Ordered):
        return leaf.shift + leaf.scale * column
    values = leaf.start + leaf.width * column
    if not leaf.curve:
        return values
    centre, scale = leaf.curve
    return centre + scale * np.sinh(values)
