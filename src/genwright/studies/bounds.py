"""Bounds on the likelihood, tight enough to stand beside published ones."""

from typing import Any

import pandas as pd
import torch

from ..core.data import Data
from ..core.draws import Draws
from ..core.errors import Unsupported
from ..measure.metric import Metric
from ..run.model import Model

DRAWS = 5_000  # of an item (Burda 2016, section 5)
REFINED, SCORED = 64, 256  # items refined at once, and draws that a bound is averaged over


def one_draw_bound(model: Model, data: Data) -> Metric:
    """Estimates an upper bound of -log p(x) of the test items in nats with one draw of an item, which earlier papers
    print."""
    return _bound(model, data, 1)


def importance_bound(model: Model, data: Data) -> Metric:
    """Estimates an upper bound of -log p(x) of the test items in nats: the importance-weighted bound with 5,000 draws
    of an item."""
    return _bound(model, data, DRAWS)


def _bound(model: Model, data: Data, draws: int) -> Metric:
    nats = -model.log_prob(data.test, draws=draws).nats
    se = float(nats.std(ddof=1) / len(nats) ** 0.5)
    return Metric(float(nats.mean()), se, "estimate", "likelihood", "nats", len(nats), "lower", detail="at most")


@torch.no_grad()
def amortisation_gap(model: Model, items: Any, steps: int = 200) -> pd.DataFrame:
    """The amortisation gap of each item in nats, one row each (Cremer 2018). `encoder`: the bound with the encoder's q.
    `refined`: the bound with q refined for this item alone by `steps` gradient steps.

    Args:
        model: of a family whose q is a Gaussian for each item.
        items: as `log_prob` takes them.
        steps: gradient steps for each item (200).

    Raises Unsupported for a family whose q is not a Gaussian for each item, DataError
    for items unlike the training data.
    """
    family = model.family
    if not hasattr(family, "refine"):
        raise Unsupported(f"{model.config['family']} has no q to refine: vae and iwae have")
    x, given = model.domain.encode(items)
    rows = []
    for start in range(0, len(x), REFINED):
        part, part_given = (t[start : start + REFINED].to(model.device) for t in (x, given))
        draws = lambda purpose: Draws(purpose, start, device=model.device)
        both = family.encoder(part, None, part_given), family.refine(part, part_given, draws("refine"), steps)
        scores = [family.bound(*q, part, part_given, draws("score"), SCORED) for q in both]  # of the same noise
        rows.append(torch.stack(scores, 1).cpu())
    return pd.DataFrame(torch.cat(rows).double().numpy(), columns=["encoder", "refined"])
