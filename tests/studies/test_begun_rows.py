# Tests studies/compare/compare_plan.py
"""Comparisons of few items have a row that begins with a shipped run, here of digits by another hand."""

import numpy as np
import pytest
from measuring_little import measure_little

import genwright
from genwright.core.errors import BudgetError, DataError, RunError
from genwright.studies.compare.compare_families import compare, plan_comparison
from genwright.studies.compare.compare_plan import begun_family, choose_families, favoured_families, measure_passes

BEGUN = "flow-matching-from-digits"
RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (60, 8, 8, 1), dtype=np.uint8)


@pytest.fixture(scope="module")
def data():
    return genwright.load_data((GREY, np.arange(60) % 10))


def plan(data, families=None):
    return plan_comparison(data=data, families=families, minutes=1.0)


def test_the_row_is_there_where_the_run_fits(data):
    assert begun_family(data, plan(data)) == (BEGUN, "") and choose_families(data, plan(data))[BEGUN] is False
    assert BEGUN not in choose_families(data, plan(data, ["vae"]))
    assert list(choose_families(data, plan(data, ["vae", BEGUN])))[:2] == ["vae", BEGUN]
    for other in ("digits", GREY):  # it has seen these; it is given a label
        family, reason = begun_family(genwright.load_data(other), plan(data))
        assert not family and "shipped:digits" in reason
    assert begun_family(genwright.load_data(RNG.integers(0, 256, (60, 9, 9), dtype=np.uint8)), plan(data)) == ("", "")


def test_its_name_trains_it_by_every_door(data):
    (cost,) = measure_passes(data, [BEGUN], 0.1, 1, "cpu").values()
    assert cost.least == 0 and cost.each > 0 and favoured_families(data, ["vae", BEGUN])[0] == BEGUN
    begun = genwright.fit(data, BEGUN, items=32, pace=1e-6, progress=False)
    assert begun.config["family"] == "flow-matching" and begun.config["parent"]["run"] == "shipped:digits"
    again = genwright.fit(data, BEGUN, replay=begun.config, progress=False)
    assert all(map(np.array_equal, *([p.detach() for p in of.family.parameters()] for of in (begun, again))))
    for error, family, options in (
        (BudgetError, BEGUN, {"preset": "small"}), (BudgetError, BEGUN, {"parent": "shipped:names"}),
        (RunError, "vae-from-digits", {}), (RunError, "vae-from-nothing", {}), (DataError, "a-from-digits", {}),
    ):  # fmt: skip
        with pytest.raises(error):
            genwright.fit(data, family, items=32, progress=False, **options)


def test_images_of_other_levels_begin_as_those_of_the_run(data):
    """A level k of n stands for the middle of its interval, (k + 1/2) / n."""
    begun = genwright.fit(data, BEGUN, items=32, pace=1e-6, progress=False)
    parent = genwright.load_model("shipped:digits")
    ours, theirs = (np.asarray(model.sample(20, given={"label": 3}, seed=0)) for model in (begun, parent))
    assert np.abs((ours + 0.5) / 256 - (theirs + 0.5) / 17).max() < 0.5 / 256 + 0.5 / 17 + 1e-3


@pytest.mark.long
def test_the_row_is_measured(data, tmp_path, monkeypatch):
    measure_little(monkeypatch)
    found = compare(data, ["bootstrap", BEGUN], minutes=0.02, out=tmp_path / "c", cores=1, progress=False)
    (row,) = found.results["models"]
    assert row["family"] == BEGUN and row["config"]["parent"]["licence"] and not row["error"]
    assert genwright.load_model(tmp_path / "c" / BEGUN).config["family"] == "flow-matching"
    assert np.isfinite([metric["value"] for metric in row["metrics"].values()]).all()
