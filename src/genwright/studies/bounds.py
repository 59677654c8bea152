"""Bounds on the likelihood, tight enough to stand beside published ones."""

from __future__ import annotations

from ..core.data import Data
from ..evaluation.metric import Metric
from ..run.model import Model

DRAWS = 5_000  # of an item (Burda 2016, section 5)


def one_draw_bound(model: Model, data: Data) -> Metric:
    """-log p(x) of the test items in nats, at most: the bound with one draw of an item, which earlier papers print."""
    return _bound(model, data, 1)


def importance_bound(model: Model, data: Data) -> Metric:
    """-log p(x) of the test items in nats, at most: the importance-weighted bound with 5,000 draws of an item."""
    return _bound(model, data, DRAWS)


def _bound(model: Model, data: Data, draws: int) -> Metric:
    nats = -model.log_prob(data.test, draws=draws).nats
    se = float(nats.std(ddof=1) / len(nats) ** 0.5)
    return Metric(float(nats.mean()), se, "estimate", "likelihood", "nats", len(nats), "lower", detail="at most")
