"""Items in blocks: one costs one, and the first k of n are the k that come alone."""

import numpy as np
import pytest

import genwright
from genwright.contract.small_data import digits, table
from genwright.core.spec import Category, Real, Spec
from genwright.run.blocks import blocks, sizes_of

ROW, PICTURE = Spec((("x", Real()),)), Spec((("x", Category(2, (1, 8, 8), "grid")),))


def test_blocks_begin_small_and_hold_all():
    for spec in (ROW, PICTURE):
        sizes = sizes_of(spec)
        for n in (1, 2, 5, 64, 65, 1000):
            found = list(blocks(n, sizes))
            assert found[0][0] == 0 and found[-1][0] < n <= found[-1][1]
            assert [end for _, end in found[:-1]] == [start for start, _ in found[1:]]
            assert found == list(blocks(10**4, sizes))[: len(found)]  # fixed by position
    assert list(blocks(1, sizes_of(ROW))) == [(0, 1)]


@pytest.fixture(scope="module")
def models():
    make = {digits: "gaussian", table: "independent"}
    return [genwright.fit(data(), family, progress=False) for data, family in make.items()]


def test_one_item_is_computed_where_one_is_asked_for(models, monkeypatch):
    for model in models:
        asked, sample = [], model.family.sample
        with monkeypatch.context() as patch:
            patch.setattr(model.family, "sample", lambda n, *rest: asked.append(n) or sample(n, *rest), raising=False)
            model.sample(1, seed=0)
            model.sample(5, seed=0)
        assert asked == [1, *(end - start for start, end in blocks(5, model.sizes))]


def test_blocks_of_a_draw_are_the_draw(models):
    for model in models:
        whole, parts = model.sample(300, seed=3), list(model._sample_blocks(300, seed=3))
        assert len(parts) > 1 and sum(map(len, parts)) == 300
        numbers = lambda items: np.asarray(items["size"] if hasattr(items, "columns") else items)
        assert np.array_equal(np.concatenate([numbers(part) for part in parts]), numbers(whole))


def test_draws_of_a_completion_share_blocks(models, monkeypatch):
    """As many items are filled as are asked for, not a block for each draw; the first draw is the one drawn alone."""
    model = models[1]
    items, filled, fill = table().test[:20].copy(), [], model.family.fill
    items["size"] = np.nan
    with monkeypatch.context() as patch:
        patch.setattr(model.family, "fill", lambda x, *rest: filled.append(len(x)) or fill(x, *rest), raising=False)
        draws = model.complete(items, draws=30, seed=3)
    assert filled == [end - start for start, end in blocks(600, model.sizes)]
    assert draws[0].equals(model.complete(items, seed=3)) and not draws[0].equals(draws[1])
    assert len(draws) == 30 and all(len(draw) == 20 for draw in draws)
