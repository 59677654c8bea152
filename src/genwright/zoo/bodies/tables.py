"""Tables: the network that several families put together, with its hyperparameters, and the choice of a preset."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from ...core.hyper import Hyper
from ...core.recipe import Trained
from ...core.spec import Spec
from ...distributions.heads import Histogram
from ...networks.adapters import Velocity
from ...networks.rows import RowBody
from .. import fields
from ..card import On

TINY = dict(width=16, depth=1, features=4, dropout=0.0, lr=2e-3, weight_decay=0.0)
LARGE = dict(dropout=0.0, batch=256, weight_decay=0.0)


def choose(presets: Mapping[str, Hyper], spec: Spec, given: Spec, items: int) -> str:
    """Chooses a preset: "small" below 3,000 rows, which a large network learns by heart, and "large" beyond. For two
    columns it is "plane", where all is in the shape of one density."""
    if items < 3_000:
        return "small"
    return "plane" if len(spec.columns) <= 2 and "plane" in presets else "large"


OnRows = partial(On, choose=choose)


@dataclass(frozen=True)
class OfRows(Trained):
    """Hyperparameters of families that read rows by a residual perceptron."""

    batch: int = 64
    weight_decay: float = 0.05
    width: int = fields.units(128, "units of a layer")
    depth: int = fields.layers(2, "residual blocks")
    features: int = fields.units(8, "numbers that a column is read as")
    dropout: float = fields.dropout(0.2)

    waves = 0

    def body(self, spec: Spec, given: Spec) -> RowBody:
        return RowBody(spec, self.width, self.depth, self.features, self.dropout, self.waves)

    def head(self, spec: Spec) -> Histogram:
        return Histogram(spec)

    def velocity(self, spec: Spec, given: Spec) -> Velocity:
        return Velocity(self.body(spec, given), given)
