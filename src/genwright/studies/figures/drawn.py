"""A figure with the sentence under it and its notes."""

from dataclasses import dataclass

from matplotlib.figure import Figure


@dataclass(frozen=True)
class Drawn:
    """figure: with the sentence `seen` under it. notes: what was left out or chosen on the way."""

    figure: Figure
    seen: str
    notes: tuple[str, ...] = ()
