"""Samples that keep the rules of their table: none is broken, the first k of n stay, given stays, and what cannot be
kept is refused by name."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import genwright
from genwright.cli.commands import main
from genwright.contract.small_data import digits
from genwright.core.errors import GivenError, RunError
from genwright.core.sample_options import STARTED
from genwright.run.filters import KeepRules


def trips(n: int = 1500) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    city = rng.normal(17, 4, n).round()
    sex = rng.choice(["Female", "Male"], n)
    net = rng.lognormal(4, 0.5, n).round(2)
    role = np.where(rng.random(n) < 0.5, "Single", np.where(sex == "Male", "Husband", "Wife"))
    frame = pd.DataFrame({"city": city, "highway": city + rng.gamma(4, 1, n).round(), "sex": sex, "role": role})
    return frame.assign(net=net, gross=(1.19 * net).round(2), count=rng.poisson(3, n))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("rules") / "run"
    genwright.fit(genwright.load_data(trips(), filter="*"), "independent", items=1, out=out, progress=False)
    return out


@pytest.fixture(scope="module")
def model(run):
    return genwright.load_model(run)


def test_samples_break_no_rule_and_say_what_was_done(model):
    assert len(model.domain.rules) == 3
    assert model.domain.broken(model.sample(400, seed=1)).any(1).mean() > 0.9
    kept = model.sample(400, seed=1, keep_rules=True)
    assert not model.domain.broken(kept).any() and len(kept) == 400 and kept.attrs["seed"] == 1
    assert (kept["city"] <= kept["highway"]).all() and kept["gross"].equals((1.19 * kept["net"]).round(2))
    mended, again = kept.attrs["kept"]
    assert mended.startswith("recomputed in ") and mended.endswith("`gross` = 1.19 * `net`")
    assert "samples broke a rule and were sampled again" in again and float(again.split("%")[0]) > 20


def test_the_first_rows_stay_and_the_seed_settles_all(model):
    many = model.sample(300, seed=2, keep_rules=True)
    assert model.sample(300, seed=2, keep_rules=True).equals(many)
    assert model.sample(70, seed=2, keep_rules=True).equals(many[:70])
    whole = model.sample(300, seed=2)
    good = ~model.domain.broken(whole)[:, [str(rule) != "`gross` = 1.19 * `net`" for rule in model.domain.rules]].any(1)
    drawn = [name for name in whole if name != "gross"]
    assert many.loc[good, drawn].equals(whole.loc[good, drawn]) and list(many.index) == list(range(300))


def test_rows_drawn_again_keep_what_was_given_for_them(tmp_path):
    data = genwright.load_data(trips(), given=["sex"])
    model = genwright.fit(data, "independent", items=1, out=tmp_path / "run", progress=False)
    wanted = ["Female", "Male", "Male"] * 50
    kept = model.sample(150, given={"sex": wanted}, seed=0, keep_rules=True)
    assert list(kept["sex"]) == wanted and not model.domain.broken(kept).any()
    assert set(kept.loc[kept["sex"] == "Male", "role"]) == {"Husband", "Single"}
    assert (model.sample(40, given={"sex": "Male"}, seed=0, keep_rules=True)["sex"] == "Male").all()


def test_rows_that_keep_rules_can_be_new_as_well(model):
    ask = lambda n, **more: model.sample(n, seed=3, keep_rules=True, **more)
    known = ask(40)
    new = ask(30, novel=known)
    assert new[:24].equals(ask(64)[40:].reset_index(drop=True)) and new.equals(ask(80, novel=known)[:30])
    assert not model.domain.broken(new).any() and not set(model.domain.meanings(new)) & set(
        model.domain.meanings(known)
    )
    assert new.attrs["seed"] == 3 and "sampled again" in new.attrs["kept"][-1]
    copies = genwright.load_model(Path(__file__).parents[1] / "golden" / "format-5" / "tables-bootstrap")
    rows = copies.sample(64, seed=0, keep_rules=True)
    assert rows.duplicated().any()
    found = copies.sample(20, seed=0, keep_rules=True, unique=True)
    assert found.equals(rows.drop_duplicates(ignore_index=True)[:20])


def test_rows_that_keep_rules_begin_at_the_start_of_their_place(run):
    model = genwright.load_model(run)
    starts, plain = model.sample(2, seed=1, keep_rules=True), model.family.sample
    model.family.sample_options = STARTED
    mix = lambda rng, n, *both: torch.where(rng.integers(2, (n, 1)) == 1, *both)
    model.family.sample = lambda n, given, rng, start, strength: mix(rng, n, start, plain(n, given, rng))
    kept = model.sample(60, seed=0, start=starts, keep_rules=True)
    assert not model.domain.broken(kept).any()
    equal = (kept.to_numpy()[:, None] == starts.to_numpy()).all(2)
    assert equal.any(1).mean() > 0.6 and not (equal & (np.arange(60)[:, None] % 2 != np.arange(2))).any()


class Stubborn:
    """A domain whose rule hardly any row keeps."""

    rules = ("`a` <= `b`",)

    def __init__(self, keeps: float):
        self.keeps = keeps

    def settle(self, rows):
        return rows, {}

    def broken(self, rows):
        return rows[["a"]].to_numpy() > self.keeps


@pytest.mark.parametrize("n", [1, 5000])
def test_a_rule_that_hardly_any_row_keeps_is_named(n):
    draw = lambda places, seed: pd.DataFrame({"a": np.random.default_rng(seed).random(len(places))})
    with pytest.raises(GivenError, match="`a` <= `b`"):
        KeepRules(Stubborn(0.001)).fill(draw, np.arange(n), 0)
    assert len(KeepRules(Stubborn(0.2)).fill(draw, np.arange(n), 0)) == n


def test_a_run_that_knows_no_rules_says_so(tmp_path):
    noise = np.random.default_rng(0).normal(size=(200, 3))
    for data, family in ((genwright.load_data(noise), "independent"), (digits(), "bootstrap")):
        model = genwright.fit(data, family, items=1, out=tmp_path / family, progress=False)
        with pytest.warns(UserWarning, match="knows no rules to keep"):
            kept = model.sample(3, seed=0, keep_rules=True)
        assert np.array_equal(np.asarray(kept), np.asarray(model.sample(3, seed=0)))


def test_the_command_line_keeps_rules_and_says_how(run, tmp_path, capsys):
    out = tmp_path / "new.csv"
    with pytest.raises(SystemExit) as left:
        main(["sample", str(run), "-n", "50", "--keep-rules", "--seed", "3", "--out", str(out)])
    assert left.value.code == 0
    rows, said = pd.read_csv(out), capsys.readouterr()
    assert (rows["city"] <= rows["highway"]).all() and len(rows) == 50
    assert "sampled again" in said.err and "50 sampled with seed 3" in said.out


def test_a_run_whose_rules_make_no_sense_is_refused_and_one_without_them_opens(run, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    record = json.loads((run / "domain.json").read_text())
    order = next(rule for rule in record["rules"] if rule.get("text") == "`city` <= `highway`")
    for damage in ({"text": "city <= highway"}, {"text": "`nobody` <= `highway`"}, {"support": [1, 2]}):
        (tmp_path / "run" / "domain.json").write_text(json.dumps(record | {"rules": [order | damage]}))
        with pytest.raises(RunError, match="damaged"):
            genwright.load_model(tmp_path / "run")
    without = {key: value for key, value in record.items() if key != "rules"}
    (tmp_path / "run" / "domain.json").write_text(json.dumps(without))
    rows, now = (genwright.load_model(folder).sample(20, seed=0) for folder in (tmp_path / "run", run))
    assert rows.equals(now)
