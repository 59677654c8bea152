"""Items of one block are drawn apart from each other: blocks of several seeds differ no more than items do."""

import numpy as np
import pytest
import torch
from scipy.stats import chi2_contingency

import genwright
from genwright.contract.fixtures import made_data_of, twins  # noqa: F401 -- the fixture `data_of`
from genwright.contract.small_data import looks, small_label
from genwright.core.draws import Draws
from genwright.run.blocks import blocks
from genwright.zoo import registry

BLOCKS, AWAY = 16, 0.3
QUICK = ("tables-autoregressive", "tables-mixture")  # in `make test`
ROWS = {f"{row.label}-{row.family}": row for row in registry.rows() if row.label in looks()}
NAMES = [name for name in sorted(ROWS) if name not in twins()]


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.long) for n in NAMES])
def test_blocks_of_several_seeds_differ_no_more_than_items_do(name, data_of):
    """By how many items of each block lie above the median of all, in two directions: a latent, an order or a mask
    that a block shared would move them together. Conditions are those of one item."""
    row = ROWS[name]
    data = data_of(small_label(row))
    preset = "tiny" if registry.presets(row) else None
    model = genwright.fit(data, row.family, items=1500, preset=preset, progress=False)
    rng = Draws("away")  # from where it has learned that orders are alike
    with torch.no_grad():
        for p in model.family.parameters() if row.family != "graph-policy" else ():  # which would hardly stop
            p.add_(AWAY * rng.normal(p.shape))
    *_, (_, n) = blocks(60, model.sizes)
    given = data.tensors("train").given[:1].expand(n, -1)
    numbers = [project_items(model, model.sample(n, given=given, seed=seed)) for seed in range(BLOCKS)]
    for values in np.stack(numbers, 2):
        above = (values > np.median(values)).sum(0)
        if 0 < above.sum() < values.size:
            assert chi2_contingency([above, len(values) - above]).pvalue > 1e-3


def project_items(model, items) -> np.ndarray:
    """(2, n): the sum of an item's numbers, and one with signs."""
    x, _ = model.domain.encode(items)
    each = x.x if hasattr(x, "ptr") else x
    each = each.double().nan_to_num(-1).flatten(1)
    signs = torch.where(torch.arange(each.shape[1]) % 2 == 0, 1.0, -1.0).double()
    sums = torch.stack([each.sum(1), each @ signs])
    if hasattr(x, "ptr"):
        sums = torch.zeros(2, len(x), dtype=torch.double).index_add_(1, x.item, sums)
    return sums.numpy()
