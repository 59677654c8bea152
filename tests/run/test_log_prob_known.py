# Tests run/model.py
"""Model.log_prob of what is not known of items, with runs that lie in tests/golden."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.contract.small_data import small_data

GOLDEN = Path(__file__).parents[1] / "golden" / "format-5"


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


def test_of_pictures_known_pixels_behind_others_make_it_an_estimate():
    model, x = genwright.load_model(GOLDEN / "images-autoregressive"), small_data("images").test[:4]
    known = np.zeros((8, 8), bool)
    known[5:] = True
    assert model.log_prob(x, known=known).kind == "estimate"
    beginning = ~known
    part = model.log_prob(x, known=beginning)
    others = np.concatenate([np.array(x)] * 2)
    others[:4, 5:] = 255 - others[:4, 5:]  # the same upper rows: nats differ by what the whole says
    label = {"label": np.concatenate([x.given["label"]] * 2)}
    parts, wholes = (model.log_prob(others, label, known=mask).nats for mask in (beginning, None))
    assert np.allclose(parts[:4] - parts[4:], wholes[:4] - wholes[4:], atol=1e-3)
    assert np.allclose(parts[4:], part.nats) and part.kind == "exact"


def test_of_a_line_the_rest_is_exact_and_a_hole_is_estimated_with_its_error():
    """By the sum over every letter that may stand in the hole."""
    model, lines = genwright.load_model(GOLDEN / "sequences-autoregressive"), small_data("sequences").test[:3]
    rest = [[place < 2 for place in range(len(line) + 1)] for line in lines]
    begun = model.log_prob(lines, known=rest)
    assert begun.kind == "exact" and begun.se is None
    holes = [[place != 1 for place in range(len(line))] for line in lines]
    found = model.log_prob(lines, known=holes)
    every = [line[:1] + letter + line[2:] for line in lines for letter in model.domain.symbols]
    nats = model.log_prob(every).nats.reshape(len(lines), -1)
    truth = model.log_prob(lines).nats - np.logaddexp.reduce(nats, 1)
    assert found.kind == "estimate" and (found.dims == 1) and (found.se < 0.01).all()
    assert np.allclose(found.nats, truth, atol=1e-3)
    assert (found.se == model.log_prob(lines, known=holes).se).all()
    both = model.log_prob(lines, known=[holes[0], *rest[1:]])
    assert both.kind == "estimate" and (both.se[1:] == 0).all() and np.allclose(both.nats[1:], begun.nats[1:])
