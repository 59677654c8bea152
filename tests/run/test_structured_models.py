"""Models of tables with structure: every family keeps it, likelihoods are of what is left, completions fit what is
known."""

import json
from itertools import product

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.core.errors import DataError
from genwright.zoo import registry

FAMILIES = sorted(row.family for row in registry.rows() if (row.kind, row.task) == ("tables", "generate"))


def sales(n: int = 400, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    town = rng.integers(0, 6, n)
    begun = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 60, n), "D")
    frame = pd.DataFrame(
        {
            "town": np.array(list("uvwxyz"))[town],
            "region": np.array(["north", "south", "west"])[town % 3],
            "units": rng.integers(1, 9, n),
            "price": rng.lognormal(1, 0.5, n).round(2),
            "begun": begun,
            "ended": begun + pd.to_timedelta(rng.integers(0, 5, n), "D"),
        }
    )
    return frame.assign(total=(frame["units"] * frame["price"]).round(2))


@pytest.fixture(scope="module")
def data():
    return genwright.load_data(sales())


TOGETHER = ["answer", "hours", "mood"]


@pytest.fixture(scope="module")
def holed():
    """The same with three columns that are missing together."""
    rng = np.random.default_rng(1)
    frame = sales().assign(
        answer=rng.integers(0, 9, 400), hours=rng.normal(size=400), mood=rng.choice(["good", "bad"], 400)
    )
    frame.loc[rng.random(400) < 0.4, TOGETHER] = None
    return genwright.load_data(frame)


@pytest.fixture(scope="module")
def model(data):
    return genwright.fit(data, "independent", items=1, progress=False)


def keeps(rows: pd.DataFrame) -> bool:
    region = rows["town"].map(dict(zip("uvwxyz", ["north", "south", "west"] * 2)))
    total = (rows["units"] * rows["price"]).round(2)
    return bool((rows["region"] == region).all() and (rows["ended"] >= rows["begun"]).all()) and rows["total"].equals(
        total
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_samples_of_every_family_keep_the_structure(holed, family):
    assert holed.domain.structure.groups == [tuple(TOGETHER)]
    model = genwright.fit(holed, family, items=64, preset="tiny", progress=False)
    rows = model.sample(60, seed=0)
    assert keeps(rows) and list(rows.columns) == list(holed.train.columns)
    missing = rows[TOGETHER].isna()
    assert (missing.all(axis=1) == missing.any(axis=1)).all()
    if model.has("complete"):
        full = model.complete(rows, seed=0)
        assert not full.isna().any().any() and full[~missing.any(axis=1)].equals(rows[~missing.any(axis=1)])
    if model.has("log_prob"):
        assert np.isfinite(model.log_prob(holed.test).nats).all()


def test_a_run_folder_holds_the_structure_once_and_opens_with_it(data, tmp_path):
    genwright.fit(data, "independent", items=1, out=tmp_path / "run", progress=False)
    again = genwright.load_model(tmp_path / "run")
    assert again.domain.structure == data.domain.structure and again.spec == data.domain.spec
    assert keeps(again.sample(20, seed=0))
    record = json.loads((tmp_path / "run" / "domain.json").read_text())
    assert json.dumps(record).count('["u", "north"]') == 1
    card = (tmp_path / "run" / "README.md").read_text()
    assert "computed: `total`" in card and "looked up: `region`" in card and "difference: `ended`" in card


def test_likelihoods_of_a_small_law_sum_to_one_over_the_rows_that_keep_it():
    rng, n = np.random.default_rng(0), 600
    low, key = rng.integers(0, 3, n), rng.integers(0, 2, n)
    frame = pd.DataFrame({"low": low, "high": low + rng.integers(0, 3, n), "key": np.array(list("ab"))[key]})
    frame["word"], frame["sum"] = np.array(["no", "yes"])[key], frame["low"] + frame["high"]
    data = genwright.load_data(frame, rules=["high >= low", "sum = low + high"])
    assert len(data.domain.structure.steps) == 3
    model = genwright.fit(data, "autoregressive", items=200, preset="tiny", progress=False)
    lows, ups, words = zip(*product(range(3), range(3), range(2)))
    law = pd.DataFrame({"low": lows, "high": np.add(lows, ups), "key": np.array(list("ab"))[list(words)]})
    law["word"], law["sum"] = np.array(["no", "yes"])[list(words)], law["low"] + law["high"]
    found = model.log_prob(law)
    assert found.of == "mass" and (found.dims == 3) and np.exp(found.nats).sum() == pytest.approx(1, abs=0.02)
    law.loc[[0, 5], "sum"] += 1
    with pytest.warns(UserWarning, match="2 of 18 rows"):
        torn = model.log_prob(law)
    assert np.isnan(torn.nats[[0, 5]]).all() and torn.scored.sum() == 16
    assert torn.mean().value == pytest.approx(np.delete(found.nats, [0, 5]).mean())
    assert not torn.comparable(found)


def test_a_flag_that_is_shared_costs_no_likelihood(holed):
    """Of independent columns, each other flag of a row costs log p(absent), or log p(there)."""
    shared = genwright.fit(holed, "independent", items=1, progress=False)
    frame = pd.concat([rows.assign(part=part) for part, rows in holed.items.items()], ignore_index=True)
    own = genwright.load_data(frame, split_column="part", filter=TOGETHER)
    assert own.domain.structure.groups == [] and own.domain.spec.names == holed.domain.spec.names
    each = genwright.fit(own, "independent", items=1, progress=False)
    away = holed.test["answer"].isna().to_numpy()
    p = holed.train["answer"].isna().mean()
    gain = shared.log_prob(holed.test).nats - each.log_prob(own.test).nats
    assert gain == pytest.approx(-2 * np.log(np.where(away, p, 1 - p)), abs=0.02)


def test_completions_and_bytes_keep_what_is_missing_together(holed):
    model = genwright.fit(holed, "autoregressive", items=64, preset="tiny", progress=False)
    rows = holed.test.reset_index(drop=True)
    known = pd.DataFrame(True, index=rows.index, columns=rows.columns)
    known[["hours", "mood"]] = False
    filled = model.complete(rows, known=known, seed=0)
    away = rows["answer"].isna()
    assert filled.loc[away, TOGETHER].isna().all().all() and filled.loc[~away, TOGETHER].notna().all().all()
    nats = model.log_prob(rows, known=known).nats
    assert nats[away] == pytest.approx(0, abs=1e-5) and (nats[~away] < 0).all()
    counts = genwright.load_data(pd.concat([*holed.items.values()]).drop(columns="hours"))
    model = genwright.fit(counts, "autoregressive", items=64, preset="tiny", progress=False)
    pd.testing.assert_frame_equal(model.decompress(model.compress(counts.test)), counts.test)


def test_a_likelihood_with_structure_is_not_compared_with_one_without(data, model):
    other = genwright.load_data(sales(), filter="*")
    plain = genwright.fit(other, "independent", items=1, progress=False)
    assert not model.log_prob(data.test).comparable(plain.log_prob(data.test))


# ---------------------------------------------------------------------- completions


def fill(model, rows: pd.DataFrame, holes: dict[str, list[int]], **options) -> pd.DataFrame:
    torn = rows.copy()
    for name, at in holes.items():
        torn[name] = torn[name].mask(np.isin(np.arange(len(rows)), at))
    full = model.complete(torn, seed=1, **options)
    for name in rows:
        there = torn[name].notna()
        assert full.loc[there, name].tolist() == torn.loc[there, name].tolist()
    assert keeps(full) and not full.isna().any().any()
    return full


def test_a_derived_cell_that_is_open_follows_from_the_others(data, model):
    rows = data.test[:20].reset_index(drop=True)
    full = fill(model, rows, {"total": range(20), "region": range(20)})
    pd.testing.assert_frame_equal(full, rows)
    masked = model.complete(
        rows, known=pd.DataFrame({name: name != "total" for name in rows}, index=rows.index), seed=0
    )
    assert masked["total"].equals(rows["total"])
    full = fill(model, rows, {"total": range(20), "price": range(0, 20, 2), "ended": range(5)})
    assert (full["price"][::2] != rows["price"][::2]).any()


def test_the_only_part_that_is_missing_is_solved(data, model):
    rows = data.test[:20].reset_index(drop=True)
    full = fill(model, rows, {"price": range(10), "units": range(10, 20)})
    pd.testing.assert_frame_equal(full, rows)


def test_several_parts_are_drawn_until_they_fit(data, model):
    rows = data.test[:40].reset_index(drop=True)
    full = fill(model, rows, {"price": range(30), "units": range(30), "town": range(40), "begun": range(20)})
    assert full.attrs["kind"] == "approximate" and "fit what was known" in full.attrs["fitted"]
    assert ((full["ended"] - full["begun"]).dt.days <= 4).all() and full["town"].nunique() > 3
    several = model.complete(rows.drop(columns="town"), draws=3, seed=0)
    assert all(keeps(one[rows.columns]) for one in several)


def test_what_no_completion_fits_is_told(data, model):
    rows = data.test[:3].reset_index(drop=True).assign(region="nowhere", town=None)
    with pytest.warns(UserWarning, match="3 of 3 rows"):
        full = model.complete(rows, seed=0)
    assert (full["region"] == "nowhere").all()


def test_a_likelihood_given_a_derived_cell_alone_is_refused(data, model):
    known = pd.DataFrame({name: name == "total" for name in data.test}, index=data.test.index)
    with pytest.raises(DataError, match="total"):
        model.log_prob(data.test, known=known)
    both = known.assign(units=True, price=True)
    assert np.isfinite(model.log_prob(data.test, known=both).nats).all()


# ---------------------------------------------------------------------- other verbs, and measures


def test_bytes_come_back_also_of_rows_that_break_the_structure(data):
    model = genwright.fit(data, "autoregressive", items=64, preset="tiny", progress=False)
    rows = data.test[:30].reset_index(drop=True)
    rows.loc[3, "total"], rows.loc[4, "region"] = 7.77, "elsewhere"
    rows.loc[5, "ended"] = rows.loc[5, "begun"] - pd.Timedelta(days=400)
    pd.testing.assert_frame_equal(model.decompress(model.compress(rows)), rows)


def test_latents_lead_back_to_rows_that_keep_the_structure(data):
    model = genwright.fit(data, "vae", items=64, preset="tiny", progress=False)
    rows = data.test[:6]
    assert keeps(model.decode(model.encode(rows))) and keeps(model.interpolate(rows[:1], rows[1:2], steps=5))


def test_suites_see_whole_rows(data, model):
    suite = registry.suite_class(model)(data, target="total")
    assert list(suite.spec.names) == list(data.train.columns)
    metrics = suite.measure(model).metrics
    assert metrics["broken_rules"].value == 0 and "tstr" in metrics and metrics["nats"].n == len(data.test)
    assert metrics["imputation_error"].value > 0
