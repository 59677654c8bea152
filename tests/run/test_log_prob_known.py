"""Model.log_prob of what is not known of items, with runs that lie in tests/golden."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.contract.small_data import small_data
from genwright.core.errors import Unsupported

GOLDEN = Path(__file__).parents[1] / "golden" / "format-2"


@pytest.fixture(scope="module")
def table():
    return small_data("tables").test.head(20)


def test_the_known_part_of_a_table_is_a_mask_of_its_cells(table):
    model = genwright.load_model(GOLDEN / "tables-autoregressive")
    whole = model.log_prob(table)
    known = pd.DataFrame(False, table.index, table.columns)
    assert np.allclose(model.log_prob(table, known=known).nats, whole.nats, atol=1e-4)
    known["kind"], known["flag"] = np.arange(20) < 10, True
    part = model.log_prob(table, known=known)
    assert part.dims.tolist() == [2] * 10 + [3] * 10 and part.of == whole.of == "mass x density"
    assert (part.nats != whole.nats).all() and np.isfinite(part.bits_per_dim.value)
    known["size"] = True
    assert model.log_prob(table, known=known).of == "mass"  # no real number is left


def test_the_known_part_of_pictures_is_a_mask_of_their_pixels():
    model, x = genwright.load_model(GOLDEN / "images-autoregressive"), small_data("images").test[:20]
    known = np.zeros((8, 8), bool)
    known[:5] = True
    part, whole = model.log_prob(x, known=known), model.log_prob(x)
    assert part.dims == 24 and part.kind == "exact" and part.mean().value > whole.mean().value
    changed = np.array(x)
    changed[:, 0] = 255 - changed[:, 0]
    given = {"label": x.given["label"]}
    assert not np.allclose(model.log_prob(changed, given, known=known).nats, part.nats)  # it depends on what is known
    assert np.array_equal(model.log_prob(x[:3], known=known).nats, part.nats[:3])


def test_a_family_that_scores_whole_items_alone_says_so(table):
    model = genwright.load_model(GOLDEN / "tables-diffusion")
    with pytest.raises(Unsupported, match="diffusion cannot log-prob a part .+ leave known out"):
        model.log_prob(table, known=table.notna())
