"""How often a model that learned labels beside items is wrong about them."""

from ..core.data import Data
from ..evaluation.intervals import proportion
from ..evaluation.metric import Metric
from ..run.model import Model


def label_error(model: Model, data: Data) -> Metric:
    """Percent of the test items that carry a label whose likeliest label is another."""
    (name,) = model.family.given.names
    true = data.values("test", name)
    there = [label is not None for label in true]
    wrong, se = proportion(model.predict(data.test)["label"].to_numpy()[there] != true[there])
    return Metric(100 * wrong, 100 * se, "estimate", "predictions", "%", sum(there), "lower")
