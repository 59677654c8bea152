"""Every family of sequences on every form of them: pieces of one text, lines of words, lines with what is given."""

from functools import cache

import numpy as np
import pytest

import genwright
from genwright.zoo import registry

ROWS = [row for row in registry.ROWS if row.kind == "sequences"]
NAMES = ["anna", "bert", "cora", "dora", "emil"]
RNG = np.random.default_rng(0)
SAID = [f"{a} and {b} met {c}" for a, b, c in RNG.choice(NAMES, (240, 3))]
FORMS = {
    "windows": lambda: genwright.load_data([". ".join(SAID)], windows=24),
    "words": lambda: genwright.load_data(SAID, symbols="words"),
    "given": lambda: genwright.load_data((SAID, [line[:4] for line in SAID])),
}


@pytest.fixture(scope="module")
def data_of():
    return cache(lambda form: FORMS[form]())


CELLS = [(row, form) for row in ROWS for form in FORMS]
is_short = lambda row, form: row is ROWS[0] or form == "given"  # a family with every form, and every family with one


@pytest.mark.parametrize(
    "row, form",
    [
        pytest.param(*cell, id=f"{cell[0].family}-{cell[1]}", marks=() if is_short(*cell) else pytest.mark.long)
        for cell in CELLS
    ],
)
def test_a_family_fits_draws_scores_and_completes(row, form, data_of, tmp_path):
    data = data_of(form)
    trained = {"preset": "tiny", "items": 32} if registry.presets(row) else {}
    model = genwright.fit(data, row.family, out=tmp_path / "run", progress=False, **trained)
    drawn = model.sample(6, seed=0)
    assert drawn[:5] == model.sample(5, seed=0) and all(isinstance(line, str) for line in drawn)
    assert genwright.load_model(tmp_path / "run").sample(5, seed=0) == drawn[:5]
    if form == "windows":
        assert {len(line) for line in drawn} == {24}
    if form == "given":
        assert set(drawn.given["label"]) <= set(NAMES)
        assert set(model.sample(6, given={"label": "cora"}, seed=0).given["label"]) == {"cora"}
    if model.has("log_prob"):
        found = model.log_prob(data.test[:8])
        symbols = data.domain.spec.numbers(data.tensors("test").x[:8]).numpy()
        assert np.isfinite(found.nats).all() and (np.broadcast_to(found.dims, 8) == symbols).all()
    if model.has("complete"):
        begun = [line[:9] for line in data.test[:4]]
        filled = model.complete([f"{line}{data.domain.rest}" for line in begun], seed=0)
        assert all(line.startswith(start) for line, start in zip(filled, begun))
