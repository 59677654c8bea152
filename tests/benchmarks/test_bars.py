"""The protocol of figures: what a record holds, and what a script cannot do."""

import ast
import json
from dataclasses import replace
from types import SimpleNamespace

import ages
import bars
import pytest
import repeats

ERROR = bars.Plan("Z1", "error on digits", "digits", "test", (0,), "1,000 items", "error", most=2.0, unit="%")
PLAN = replace(ERROR, seeds=(0, 1), repeated="trainings")
STAMP = {
    "commit": "abc",
    "dirty": False,
    "source": "s1",
    "date": "2026-01-01 10:00",
    "load": [0.1, 0.1, 0.1],
    "cores": 2,
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """run(rows, **stamp) -> the rows of the record that one run of a script writes."""
    monkeypatch.setattr(bars, "RESULTS", tmp_path)

    def once(rows, **stamp):
        monkeypatch.setattr(bars, "_stamps", {})
        monkeypatch.setattr(bars, "_stamp", lambda: STAMP | stamp)
        return json.loads(bars.record("made", rows, None, "digits").read_text())["bars"]

    return once


def test_a_record_has_every_field_of_the_protocol(tmp_path, monkeypatch):
    monkeypatch.setattr(bars, "RESULTS", tmp_path)
    rows = [PLAN.row(1.5, 0.1), bars.bar("Z1", "time", "<= 3 s", 4.0, False, "s")]
    found = json.loads(bars.record("made", rows, None, "digits").read_text())
    assert found["script"] == "bench.py digits"
    for row in found["bars"]:
        assert {"plan", "seeds", "se", "minutes", "attempts", "run"} <= set(row)
        assert set(row["run"]) == {"commit", "dirty", "source", "date", "load", "cores"}
        assert row["run"]["date"] and len(row["run"]["load"]) == 3 and row["attempts"] == 1
    first = found["bars"][0]
    assert first["seeds"] == [0, 1] and first["se"] == 0.1
    assert set(first["plan"]) > {"data", "split", "seeds", "budget", "metric", "most"}


def test_a_new_figure_counts_as_another_look(run):
    run([PLAN.row(2.5, 0.1)])
    (again,) = run([PLAN.row(1.9, 0.1)], source="s2", date="2026-01-02 10:00")
    assert again["attempts"] == 2 and again["run"]["date"] == "2026-01-02 10:00"


def test_a_row_that_was_carried_over_keeps_its_age(run):
    run([PLAN.row(2.5, 0.1)])
    (again,) = run([PLAN.row(2.5, 0.1)], source="s2", date="2026-01-02 10:00")
    assert again["attempts"] == 1 and again["run"]["date"] == STAMP["date"]


def test_the_test_items_are_looked_at_once_by_one_version_of_the_source(run):
    run([PLAN.row(2.5, 0.1)])
    with pytest.raises(SystemExit, match="error on digits: measured already"):
        run([PLAN.row(1.9, 0.1)], date="2026-01-02 10:00")


def test_the_unrounded_figure_decides():
    assert PLAN.row(2.00001, 0.1)["met"] is False
    assert PLAN.row(2.0, 0.1)["met"] is True
    assert bars.Plan("Z1", "w", "d", "test", (0,), "b", "m", least=0.26, strict=True).row(0.26)["met"] is False


def test_better_needs_an_interval_that_excludes_the_bar():
    better = replace(ERROR, least=0.0, most=None, strict=True, sides=("ours", "theirs"))
    assert better.row(1.0, 0.5, ours=2, theirs=1)["met"] is True
    assert better.row(1.0, 0.7, ours=2, theirs=1)["met"] is False
    with pytest.raises(ValueError, match="interval"):
        better.row(1.0, ours=2, theirs=1)


def test_as_good_is_a_margin_and_the_worse_end_of_an_interval_over_repetitions():
    """Five splits on which one side is worse by 27% each time are no tie, however far they scatter."""
    plan = replace(PLAN, seeds=tuple(range(5)), repeated="splits", least=0.0, most=None, margin=2.0)
    assert plan.row(-27.0, 16.0)["met"] is False
    assert plan.row(-1.0, 0.4)["met"] is True and plan.row(-1.0, 0.5)["met"] is False  # Student's, of five
    assert plan.row(-1.0, 0.4)["interval"] == [-1.8527, -0.1473]
    less = replace(plan, least=None, most=0.0)
    assert less.row(1.0, 0.4)["met"] is True and less.row(1.5, 0.4)["met"] is False
    with pytest.raises(ValueError, match="interval"):
        replace(ERROR, margin=2.0).row(1.0)


def test_a_row_says_what_was_replicated():
    with pytest.raises(ValueError, match="trainings or splits"):
        replace(PLAN, repeated="")
    said = lambda plan, *se, **sides: bars.replication(plan.row(1.0, *se, **sides), {"run": {"items": 9}})
    assert said(PLAN, 0.1) == "2 trainings" and said(ERROR) == "one run"
    trained = replace(ERROR, minutes=1.0)
    assert said(trained, 0.1) == "one training; ± is that of samples"
    assert said(replace(trained, sides=("a", "b")), 0.1, a=1, b=2) == "one training each; ± is that of samples"
    assert bars.replication(trained.row(1.0)) == "one training; ended by a clock"
    assert bars.replication(bars.judge("Z1", "kills", ">= 3", 4) | {"run": STAMP | {"source": None}}) == "not recorded"


def test_two_families_are_compared_by_three_trainings_each_or_by_one():
    sides = {"least": 0.0, "most": None, "strict": True, "sides": ("ours", "theirs"), "repeated": "trainings"}
    with pytest.raises(ValueError, match="3 trainings of each side"):
        replace(PLAN, **sides)
    assert replace(PLAN, **sides, seeds=(0, 1, 2)).row(1.0, 0.3, ours=2, theirs=1)["met"]
    one = replace(PLAN, **sides, seeds=(0,), minutes=1.0).row(1.0, 0.3, ours=2, theirs=1)
    assert bars.replication(one, {"run": {}}) == "one training each; ± is that of samples"


def test_minutes_of_a_training_become_items_that_its_record_holds(tmp_path, monkeypatch):
    """A pace that is not fixed is refused before anything is trained; in a trial minutes stay minutes."""
    budgets, model = [], lambda items: SimpleNamespace(config={"outcome": {"items": items}})
    fit = lambda *data, progress, **how: budgets.append(how) or model(how.get("items", 7))
    monkeypatch.setattr("genwright.fit", fit)
    monkeypatch.setattr(bars, "PACES", tmp_path / "paces.toml")
    monkeypatch.setattr(bars, "_stamp", lambda: STAMP)
    bars.PACES.write_text("# Items\n\n")
    run = bars.Run("made", tmp_path / "runs")
    with pytest.raises(SystemExit, match="no pace of 'digits vae tiny latents=2'.*bench.py made --pace"):
        run.fit("digits", "vae", preset="tiny", hyperparameters={"latents": 2}, minutes=2.0)
    counts = iter([10, 40])
    monkeypatch.setattr("genwright.fit", lambda *data, **how: model(next(counts)))
    monkeypatch.setattr(bars.time, "process_time", iter([0.0, 15.0, 15.0, 60.0]).__next__)
    bars.Run("made", tmp_path / "trial", trial=True, pacing=True).fit("digits", "vae", minutes=2.0)
    assert bars.fixed_paces() == {"digits vae": 60}  # 30 items in 30 seconds
    monkeypatch.setattr("genwright.fit", fit)
    run.kept("part", lambda: run.fit("digits", "vae", "first", minutes=2.0, seed=3) and 1)
    assert budgets == [{"items": 120, "seed": 3, "out": (tmp_path / "runs" / "first").resolve()}]
    monkeypatch.setattr(bars, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(bars, "_stamps", {})
    run.record([PLAN.row(1.5, 0.1)])
    assert json.loads((bars.RESULTS / "made.json").read_text())["trainings"] == {"first": {"items": 120, "seed": 3}}


def test_checks_and_rows_older_than_the_protocol_count_apart():
    check = replace(ERROR, check=True)
    assert [bars.verdict(check.row(value)) for value in (1.0, 3.0)] == ["check, passed", "check, failed"]
    assert bars.verdict(ERROR.row(1.0) | {"run": STAMP | {"source": None}}) == "historical"


FAMILY = """
from .samplers import walk
from ..networks.net import Net

SHARE = 0.5

class VAE(Family):
    def loss(self, batch):
        mean = self.mean(batch.x)
        return (mean - walk(batch.x)) ** 2 * SHARE
"""
RENAMED = """
from ..diffusion.walks import follow

PART: float = 0.5

class Other(Family):
    \"\"\"Other words.\"\"\"

    def objective(self, items: Batch):
        centre = self.mean(items.rows)
        return (centre - follow(items.rows)) ** 2 * PART
"""


def digests(text: str) -> set[str]:
    return {ages.digest(piece) for piece in ages.pieces(ast.parse(text).body)}


@pytest.mark.parametrize(
    "before, after, same",
    [
        (FAMILY.partition("SHARE = 0.5")[2], RENAMED.partition("PART: float = 0.5")[2], True),  # other names and types
        ("def f(x):\n    return g(x) + 1", "def f(x):\n    # a remark\n    return g(x) + 1", True),
        ("def f(x):\n    raise E('two words')", "def f(x):\n    raise E('some other words')", True),
        ("def f(x):\n    return x.sum(1)", "def f(x):\n    return x.mean(1)", False),  # names of libraries
        ("def f(x):\n    return x.sum(1)", "def f(x):\n    return x.sum(0)", False),
        ("def f(x, y):\n    return x - y", "def f(x, y):\n    return y - x", False),
        ("def f(x, y):\n    return x - y", "def f(x, y):\n    return x + y", False),
        ("def f(x):\n    there = x\n    return x.there", "def f(x):\n    given = x\n    return x.there", True),
        ("RATE = 0.5", "RATE = 0.4", False),
    ],
)
def test_a_digest_is_of_what_code_computes_whatever_its_names(before, after, same):
    assert (digests(before) == digests(after)) == same


def test_a_row_is_of_its_family_its_networks_and_its_metric_alone(monkeypatch):
    """What the family and the function that builds it reach, and metrics that the row names."""
    monkeypatch.setattr(ages, "known_families", lambda: {"vae": False, "flow": False, "mean": True})
    here = "src/genwright"
    sources = {
        f"{here}/families/latent/vae.py": FAMILY,
        f"{here}/families/samplers.py": "def walk(x):\n    return helper(x)\n\ndef helper(x):\n    return 2 * x\n",
        f"{here}/families/flows/flow.py": "class Flow:\n    def loss(self, x):\n        return x / 7\n",
        f"{here}/networks/net.py": "class Net:\n    def forward(self, x):\n        return 3 * x\n",
        f"{here}/networks/other.py": "class Unused:\n    def forward(self, x):\n        return 4 * x\n",
        f"{here}/zoo/autoencoders.py": "from a import VAE, Net\n\ndef build(spec):\n    return VAE(Net(spec))\n",
        f"{here}/measure/metrics/d.py": "def frechet(a):\n    return 5 * a\n\ndef accuracy(a):\n    return 6 * a\n",
    }
    row = {"what": "vae on digits: Frechet distance", "plan": None}
    found = ages.of_code({"bars": [row]}, sources, "")
    bodies = "\n".join([FAMILY, *list(sources.values())[1:2], sources[f"{here}/networks/net.py"]])
    wanted = digests(bodies) | digests("def frechet(a):\n    return 5 * a\n")
    assert found["bars"][0]["families"] == ["vae"] and set(found["computed"]["vae"].split()) == wanted
    for present, changed in ((wanted | {"more"}, False), (wanted - {min(wanted)}, True)):
        monkeypatch.setattr(ages, "present_digests", lambda present=present: frozenset(present))
        assert ages.code_changed(found["bars"][0], found) is changed
    assert ages.code_changed(row, {}) is None


def test_a_row_that_names_no_family_is_of_those_of_its_record_and_program(monkeypatch):
    monkeypatch.setattr(ages, "known_families", lambda: {"vae": False, "flow": False, "mean": True})
    of = lambda what, record={}, program="": ages.families_of({"what": what}, record, program)
    assert of("vae less flow, mean of three") == ["vae", "flow", "mean"]
    assert of("mean of three", {"trainings": {"digits flow, seed 0": {}}}) == ["flow"]
    assert of("default", {"trainings": {"digits mean": {}}}, 'FAMILY = "vae"') == ["vae"]
    assert of("kills: SIGKILLs") == []


def test_what_is_shown_and_what_takes_long_counts_as_nothing():
    shown = bars.Plan("Z1", "w", "d", "test", (0,), "b", "m").row(1.0)
    long = bars.Plan("Z1", "w", "d", "test", (0,), "b", "m", minutes=60, least=0.5)
    verdicts = [bars.verdict(row) for row in (shown, long.row(0.6), long.row(0.4), PLAN.row(1, 0.1), PLAN.row(3, 0.1))]
    assert verdicts == ["shown", "aim, reached", "aim, not reached", "met", "missed"]


def test_every_side_is_measured_and_a_mean_has_an_error():
    both = bars.Plan("Z1", "gap", "d", "test", (0,), "b", "m", most=0.2, sides=("ours", "theirs"))
    with pytest.raises(ValueError, match="compares"):
        both.row(0.1, ours=1.0)
    with pytest.raises(ValueError, match="standard error"):
        PLAN.row(1.0)


def test_a_table_of_plans_reads_its_bars():
    both = bars.plans(
        {
            "error": ("error", "%", "<= 1,000 ms"),
            "gain": ("gain", "nats", "> 0", {"data": "adult"}),
            "seen": ("seen", "items", "shown"),
        },
        system="Z1", data="digits", split="test", seeds=(0,), budget="1,000 items",
    )  # fmt: skip
    assert [plan.bar for plan in both.values()] == ["<= 1000", "> 0", "shown"]
    assert (both["error"].unit, both["gain"].data, both["gain"].strict) == ("ms", "adult", True)
    assert both["gain"].row(0.0)["met"] is False and both["seen"].row(2.0)["met"] is None


def test_the_number_of_a_bar_in_words_decides():
    assert bars.judge("Z1", "share", ">= 0.9 of real", 0.8999)["met"] is False
    assert bars.judge("Z1", "share", "< 3.304, the plain VAE's", 3.3)["met"] is True
    assert bars.judge("Z1", "modes", "25", 25)["met"] is True
    assert bars.judge("Z1", "faults", "shown", 4)["met"] is None


def test_a_part_is_measured_once_and_says_by_which_source(tmp_path, monkeypatch):
    """A row that holds parts of an older source names their commits."""
    calls = []
    measure = lambda: calls.append(1) or {"error": 2.5}
    monkeypatch.setattr(bars, "_stamp", lambda: STAMP)
    assert bars.Run("made", tmp_path).kept("first", measure) == {"error": 2.5}
    monkeypatch.setattr(bars, "_stamp", lambda: STAMP | {"commit": "def", "source": "s2"})
    run = bars.Run("made", tmp_path)
    assert run.kept("first", measure) == {"error": 2.5} and len(calls) == 1
    run.kept("second", measure)
    monkeypatch.setattr(bars, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(bars, "_stamps", {})
    run.record([PLAN.row(2.5, 0.1)])
    (row,) = json.loads((tmp_path / "results" / "made.json").read_text())["bars"]
    assert row["parts"] == {"abc, 2026-01-01": 1, "def, 2026-01-01": 1}


def test_a_part_that_does_not_say_its_source_is_refused(tmp_path):
    (tmp_path / "first.json").write_text(json.dumps({"error": 2.5}))
    with pytest.raises(SystemExit, match="first.json does not say"):
        bars.Run("made", tmp_path).kept("first", dict)


def test_a_training_that_does_not_say_its_source_is_refused(tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(SystemExit, match="run does not say"):
        bars.Run("made", tmp_path).fit("digits", "vae", "run", items=64)


def test_a_part_that_is_made_of_others_keeps_their_sources(tmp_path, monkeypatch):
    monkeypatch.setattr(bars, "_stamp", lambda: STAMP)
    bars.Run("made", tmp_path).kept("inner", lambda: 1)
    monkeypatch.setattr(bars, "_stamp", lambda: STAMP | {"source": "s2", "commit": "def"})
    run = bars.Run("made", tmp_path)
    run.kept("outer", lambda: run.kept("inner", int) + 1)
    assert bars.Run("made", tmp_path).kept("outer", int) == 2
    (again := bars.Run("made", tmp_path)).part("outer")
    assert again.parts() == {"parts": {"abc, 2026-01-01": 1, "def, 2026-01-01": 1}}


def test_a_row_is_repeated_within_both_intervals_or_it_is_not(tmp_path, monkeypatch):
    """Rows of one training cannot be drawn: their interval says nothing of another training."""
    row = lambda value, half: {
        "measured": value,
        "interval": [value - half, value + half],
        "seeds": [0, 1, 2],
        "se": 0.1,
    }
    assert repeats.agree(row(1.0, 0.3), row(1.5, 0.4)) and not repeats.agree(row(1.0, 0.3), row(1.6, 0.4))
    monkeypatch.setattr(bars, "RESULTS", tmp_path)
    lone = row(1.0, 0.1) | {"seeds": [0]}
    (tmp_path / "kept_rules.json").write_text(json.dumps({"bars": [row(1.0, 0.1), lone, row(1.0, 0.1) | {"se": None}]}))
    assert repeats.repeatable_rows() == [("kept_rules", row(1.0, 0.1))]
