"""A published figure, and how ours is measured beside it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Target:
    """One published figure.

    Args:
        system: the row of docs/systems.md.
        metric: one of `studies.measures`.
        protocol: how it was measured, in a line.
        source: paper and table.
        bar: the value that ours must reach.
        better: "higher" or "lower".
        budget: Budget of one fit, as {"minutes": 2}; empty for the preset's own.
        hyperparameters: in place of the preset's.
        seeds: fits.
        splits: whether each seed has a split of its own.
        rows: that are learned from, as of `fit`.
        differs: why the two are not comparable, empty where they are.
        minutes: Minutes of the whole on two cores, about.
    """

    name: str
    system: str
    data: str
    family: str
    metric: str
    unit: str
    published: float
    protocol: str
    source: str
    bar: float
    better: str = "higher"
    splits: bool = False
    task: str | None = None
    preset: str | None = None
    hyperparameters: dict = field(default_factory=dict)
    budget: dict = field(default_factory=dict)
    rows: str = "train"
    seeds: int = 3
    differs: str = ""
    minutes: float = 1.0

    def met(self, value: float) -> bool:
        return value >= self.bar if self.better == "higher" else value <= self.bar

    def figure(self) -> dict:
        """Returns the target as results.json holds it."""
        return {
            "metric": self.metric,
            "value": self.published,
            "unit": self.unit,
            "protocol": self.protocol,
            "source": self.source,
            "differs": self.differs,
        }
