# Tests zoo/targets.py
"""Targets, and what `reproduce` writes and says of one."""

import json

import jsonschema
import numpy as np
import pytest

import genwright
from genwright.cli.commands import main
from genwright.core.errors import BudgetError, DataError, RunError
from genwright.studies import measures, reproduce
from genwright.studies.measures import MEASURES
from genwright.studies.report.results import schema
from genwright.zoo import registry, targets
from genwright.zoo.targets import TARGETS, Target, published, target

KARATE = Target(
    "gcn-karate", "H1", "karate-club", "gcn", "accuracy", "%", 90.0, "labels of a handful", "a made paper, table 1",
    bar=60.0, seeds=2, task="nodes", differs="the graph is small",
)  # fmt: skip


@pytest.fixture
def karate(monkeypatch):
    monkeypatch.setattr(targets, "TARGETS", (*TARGETS, KARATE))
    return KARATE


def test_every_target_has_a_family_a_measure_and_a_bar_that_points_as_its_figure():
    assert len({goal.name for goal in TARGETS}) == len(TARGETS)
    for goal in TARGETS:
        assert any((row.family) == goal.family for row in registry.rows()), goal.name
        assert goal.better in MEASURES[goal.metric].meaning
        assert goal.protocol and goal.source and goal.seeds >= 1 and goal.minutes > 0
        worse = -1 if goal.better == "higher" else 1
        assert worse * (goal.bar - goal.published) >= 0 and goal.met(goal.published)
        assert not goal.met(goal.bar + worse)


def test_published_figures_stand_by_family_and_data():
    assert published("gcn", "cora", "accuracy").published == 81.5
    assert published("gcn", "karate-club", "accuracy") is None


@pytest.mark.long
def test_the_command_prints_published_beside_ours_and_goes_on(tmp_path, monkeypatch, capsys, karate):
    monkeypatch.chdir(tmp_path)
    stopped = {"gcn": 0}

    def once(model, data):
        stopped["gcn"] += 1
        if stopped["gcn"] == 2:
            raise KeyboardInterrupt
        return measures.accuracy(model, data)

    monkeypatch.setitem(MEASURES, "accuracy", MEASURES["accuracy"]._replace(measure=once))
    command = "reproduce gcn-karate --quiet".split()
    with pytest.raises(SystemExit):
        main(command)
    first = json.loads((tmp_path / "runs/reproduce-gcn-karate/results.json").read_text())
    assert not first["finished"] and [row["seed"] for row in first["models"]] == [0]
    capsys.readouterr()
    with pytest.raises(SystemExit) as exit:
        main(command)
    out, err = capsys.readouterr()
    assert exit.value.code == 0, err
    results = json.loads((tmp_path / "runs/reproduce-gcn-karate/results.json").read_text())
    jsonschema.validate(results, schema())
    assert results["models"][0] == first["models"][0] and results["finished"] and stopped["gcn"] == 3
    own = np.array([row["metrics"]["accuracy"]["value"] for row in results["models"]])
    said = out.splitlines()
    assert said[1] == "published  90 %  (a made paper, table 1)"
    assert said[2].startswith(f"ours       {own.mean():.3g}"[:13]) and "2 seeds" in said[2]
    assert said[3] == "our bar    >= 60 %: met"
    assert said[5] == "not comparable, because the graph is small"


@pytest.mark.long
def test_what_reproduce_refuses(tmp_path, karate):
    with pytest.raises(DataError):
        target("gcn-corra")
    with pytest.raises(BudgetError):
        reproduce.reproduce("gcn-karate", seeds=0, out=tmp_path / "r")
    reproduce.reproduce("gcn-karate", seeds=1, out=tmp_path / "r", progress=False)
    with pytest.raises(RunError):
        reproduce.reproduce("gcn-karate", seeds=2, out=tmp_path / "r", progress=False)
    with pytest.raises(RunError):
        genwright.compare("karate-club", ["gcn"], minutes=0.01, out=tmp_path / "r", progress=False)


def test_the_divergence_of_the_density_itself_is_0_and_of_a_wider_one_is_its_own():
    data = genwright.load_data("eight-gaussians")
    truth = data.log_density(data.test)

    class Told:
        def __init__(self, nats):
            self.nats = nats

        def log_prob(self, items):
            from genwright.core.likelihood import Likelihood

            return Likelihood(self.nats, "exact", "density", 2)

    assert measures.divergence(Told(truth), data).value == 0
    off = measures.divergence(Told(truth - 0.25), data)
    assert off.value == pytest.approx(0.25) and off.n == len(data.test)


def test_modes_are_counted_within_three_standard_deviations():
    from genwright.kinds.named.toys import NODES, SHARP

    class Drawn:
        def __init__(self, x):
            self.x = x

        def sample(self, n, seed):
            import pandas as pd

            return pd.DataFrame(self.x)

    assert measures.modes(Drawn(NODES + 2 * SHARP), None).value == 25
    assert measures.modes(Drawn(np.concatenate([NODES[:7], NODES[7:] + 3.1 * SHARP])), None).value == 7
