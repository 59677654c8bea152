# Tests distributions/regions.py, kinds/tables/allowed_values.py, kinds/values/conditions.py
"""The values of a leaf that a condition allows are those whose cells meet it, for every kind of column."""

import numpy as np
import pandas as pd
import pytest
import torch

from genwright.core.draws import Draws
from genwright.distributions.regions import Region
from genwright.kinds.tables.domain import Tables
from genwright.kinds.values.conditions import read_condition


@pytest.fixture(scope="module")
def domain():
    rng, n = np.random.default_rng(0), 4_000
    return Tables.fit(
        pd.DataFrame(
            {
                "plain": rng.normal(size=n),
                "cents": rng.lognormal(8, 2, n).round(2),
                "age": rng.integers(17, 91, n),
                "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
                "city": rng.choice(["Bern", "Basel & Land", "a|b", ">50K"], n),
            }
        )
    )


WANTED = [
    ("plain", ">0.5"), ("plain", "-1..1"), ("plain", "..-1 | 1.."), ("cents", ">=100"), ("cents", "<2000.5 & >10"),
    ("age", ">60"), ("age", "20..30|45"), ("age", "!=50"), ("day", "2020-06-01..2021-01-31"), ("day", "<2020-03-01"),
    ("city", "!=Basel & Land"), ("city", ">50K"), ("city", "a|b"),
]  # fmt: skip


@pytest.mark.parametrize("name, wanted", WANTED)
def test_a_region_holds_the_cells_that_meet_a_condition_and_no_others(domain, name, wanted):
    condition = read_condition(domain.condition_variables[name], wanted)
    j = domain.spec.names.index(name)
    allowed = domain.regions([condition])
    if not allowed:
        assert wanted.startswith("!=")
        return
    region = Region(domain.spec, allowed)
    decode = lambda x: domain._series(x, torch.zeros(len(x), 0), 0)[name]
    bins = region.shares[j].nonzero()[:, 0]
    x = torch.zeros(20 * len(bins), domain.spec.width)
    x[:, j] = region.draw(j, bins.repeat(20), Draws("drawn"))
    assert condition.meets(decode(x)).mean() > 0.999  # float32 may round a value over an edge
    assert (region.marginals.to_bins(x)[:, j] == bins.repeat(20)).float().mean() > 0.999
    # the share of each bin is that of numbers drawn anywhere in it
    inner = torch.arange(2, int(region.marginals.last[j])) if region.marginals.tailed[j] else bins
    anywhere = torch.ones(400 * len(inner), domain.spec.width, dtype=torch.long)
    anywhere[:, j] = inner.repeat(400)
    numbers = region.marginals.from_bins(anywhere, Draws("anywhere"))
    met = torch.tensor(condition.meets(decode(numbers))).double().view(400, -1).mean(0)
    assert (met - region.shares[j][inner]).abs().max() < 0.12
