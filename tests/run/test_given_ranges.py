# Tests run/conditions.py
"""Samples within ranges of columns: their law is the model's own within the range, its mass is that of `log_prob`, and
what cannot be read or met is refused by name."""

import itertools

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

import genwright
from genwright.cli.commands import main
from genwright.core.draws import Draws
from genwright.core.errors import GivenError, Unsupported
from genwright.run import filters
from genwright.run.conditions import read_wanted
from genwright.run.filters import KeepWanted, join


def table(n: int = 600) -> pd.DataFrame:
    """Three columns that depend on each other."""
    rng = np.random.default_rng(0)
    a = rng.integers(0, 5, n)
    b = np.where(rng.random(n) < 0.2 + 0.15 * a, rng.choice(["x", "y"], n), "z")
    return pd.DataFrame({"a": a, "b": b, "c": np.where((b == "x") & (rng.random(n) < 0.8), "u", "v")})


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("ranges") / "run"
    data = genwright.load_data(table(), filter="*")
    genwright.fit(data, "autoregressive", preset="tiny", items=3_000, out=out, progress=False)
    return out


@pytest.fixture(scope="module")
def model(run):
    return genwright.load_model(run)


@pytest.fixture(scope="module")
def cells(model):
    """All rows, and the mass that `log_prob` gives each; an unseen label stands for the code of all others."""
    rows = pd.DataFrame(itertools.product(range(5), ["x", "y", "z"], ["u", "v", "unseen"]), columns=["a", "b", "c"])
    with pytest.warns(genwright.core.errors.UnseenLabels):
        return rows.assign(mass=np.exp(model.log_prob(rows).nats))


RANGES = {
    "a>2 & b=x|y": lambda rows: (rows["a"] > 2) & rows["b"].isin(["x", "y"]),
    "b!=z & a=..1 & a!=0": lambda rows: (rows["b"] != "z") & (rows["a"] == 1),
    "c=u & b=x|y|z & a=0..": lambda rows: rows["c"] == "u",
}


@pytest.mark.parametrize("text", RANGES)
def test_the_mass_of_a_range_is_that_of_its_cells(model, cells, text):
    mass = model.log_mass(text)
    assert mass.kind == "exact" and abs(np.exp(mass.nats[0]) - cells["mass"][RANGES[text](cells)].sum()) < 1e-6


def is_law(rows: pd.DataFrame, cells: pd.DataFrame) -> bool:
    """Whether rows have the law of the cells; those with a label that stands for others are few, and left out."""
    known = cells[cells["c"] != "unseen"].set_index(["a", "b", "c"])["mass"]
    counts = rows.groupby(["a", "b", "c"]).size().reindex(known.index, fill_value=0)
    return counts.sum() == len(rows) and stats.chisquare(counts, known / known.sum() * len(rows)).pvalue > 0.01


@pytest.mark.parametrize("text", RANGES)
def test_samples_within_a_range_follow_the_model(model, cells, text):
    """Both ways: by weighed proposals, and by drawing anywhere."""
    within = cells[RANGES[text](cells)]
    drawn = model._within(read_wanted(model.domain, text).on_items).sample(3_000, Draws("within"))
    assert is_law(model.domain.decode(drawn, torch.zeros(3_000, 0), 0), within)
    sampled = model.sample(1_500, text, seed=1)
    assert is_law(sampled, within) and text.split(" & ")[0] in " ".join(sampled.attrs["kept"])
    pd.testing.assert_frame_equal(model.sample(40, text, seed=1), sampled[:40])


def test_a_bound_below_some_weights_is_told(model):
    within = model._within(read_wanted(model.domain, "a>2").on_items)
    within.pilot = type(within.pilot)(within.pilot.log_bound - 1, *[getattr(within.pilot, name) for name in
                                      ("log_mean", "error", "kept")])  # fmt: skip
    within.sample(200, Draws("low"))
    assert within.excess > 0.01


@pytest.mark.parametrize(
    "given",
    [
        {"a": slice(3, None), "b": {"x", "y"}},
        {"a": lambda cells: cells > 2, "b": "x|y"},
        ["a>2", "b!=z"],
        {"a": ">2 & <=4", "b": "x|y"},
    ],
)
def test_every_way_to_say_a_range_means_the_same(model, given):
    rows = model.sample(30, given, seed=2)
    assert rows["a"].gt(2).all() and set(rows["b"]) <= {"x", "y"}
    pd.testing.assert_frame_equal(rows, model.sample(30, "a>2 & b=x|y", seed=2))


@pytest.mark.parametrize(
    "text, named",
    [("aa>2", "'a'"), ("a>9", "a>9"), ("b=w", "'w'"), ("b>x", "'b'"), ("a>>1", "a"), ("a", "'a'"), ("a=3..1", "'a'"),
     ("a=1.5x", "'1.5x'"), ("b!=x & b!=y & b!=z", "'b'"), ("a>2 &", "a")],
)  # fmt: skip
def test_what_cannot_be_read_or_met_is_refused_by_name(model, text, named):
    with pytest.raises(GivenError) as error:
        model.sample(5, text)
    assert named in str(error.value)


def test_a_range_that_hardly_any_sample_meets_is_refused(model, monkeypatch):
    monkeypatch.setattr(filters, "WANTED_TRIED", 500)
    wanted = read_wanted(model.domain, {"a": lambda cells: cells > 9})
    stream = KeepWanted(model.domain, wanted)(lambda places, seed: model._draw(model._ask(8, None, NO), places, seed))
    with pytest.raises(GivenError, match="0 of "):
        join(stream(np.arange(8), 0), 8)


NO = genwright.SampleOptions()


def test_rows_are_completed_within_a_range(model):
    holes = pd.DataFrame({"a": [1, 4] * 10, "b": [None, "x"] * 10, "c": [None] * 20})
    filled = model.complete(holes, given="b=x|y & c=v", seed=3)
    assert set(filled["b"]) <= {"x", "y"} and set(filled["c"]) == {"v"} and (filled["a"] == holes["a"]).all()
    with pytest.raises(GivenError, match="row 2 has"):
        model.complete(holes, given="a<3")


def test_conditions_of_a_given_column_are_drawn_within_it(tmp_path):
    data = genwright.load_data(table(), given=["b"], filter="*")
    model = genwright.fit(data, "independent", items=1, out=tmp_path / "given", progress=False)
    rows = model.sample(300, "b=x|y & a>2", seed=0)
    assert set(rows["b"]) == {"x", "y"} and rows["a"].gt(2).all()
    pd.testing.assert_frame_equal(model.sample(20, "b=x|y & a>2", seed=0), rows[:20])
    only = model.sample(300, "b!=z", seed=0)["b"].value_counts(normalize=True)
    assert abs(only["x"] - (table()["b"] == "x").sum() / (table()["b"] != "z").sum()) < 0.1
    assert set(model.sample(40, {"b": "x", "a": {2}}, seed=0)["b"]) == {"x"}
    with pytest.raises(Unsupported):
        model.log_mass("b!=z")


def test_the_command_line_and_the_sentence(run, tmp_path, capsys):
    out = tmp_path / "new.csv"
    with pytest.raises(SystemExit, match="0"):
        main(["sample", str(run), "-n", "20", "--given", "a>2 & b=x|y", "--given", "c!=u", "--out", str(out)])
    rows = pd.read_csv(out)
    assert len(rows) == 20 and rows["a"].gt(2).all() and set(rows["b"]) <= {"x", "y"} and set(rows["c"]) == {"v"}
    assert "a>2" in capsys.readouterr().err
