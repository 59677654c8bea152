"""What is on record: its scripts are there, and each planted bug has a place in the source."""

import json
import re
from importlib import import_module

import bars
import bench
import mutants
import pytest
import systems

GONE = {
    "many_runs",
    "graph_draws",
    "line_holes",
    "preset_rule",
    "preset_speeds_cuda",
    "skin_tones",
}  # records of programs that went
REQUIRED = {  # options without a default
    "graph_metrics": ["--gran", "GRAN"],
    "egnn_speed": ["--edm-folder", "EDM"],
    "gan_codes": ["--labelled", "RUN"],
    "gan_units": ["--gan", "RUN"],
}
RECORDS = [path for path in sorted(bars.RESULTS.glob("*.json")) if "bars" in json.loads(path.read_text())]


@pytest.mark.parametrize("mutant", mutants.MUTANTS, ids=lambda mutant: mutant.what)
def test_each_planted_bug_matches_the_source_once(mutant):
    """Its tests are there too: a bug that cannot be planted, or that no test is asked about, proves nothing."""
    assert (mutants.ROOT / "src" / "genwright" / mutant.file).read_text().count(mutant.before) == 1
    assert mutant.after != mutant.before
    for test in mutant.tests:
        file, _, name = test.partition("::")
        text = (mutants.ROOT / "tests" / file).read_text()
        assert not name or f"def {name}(" in text


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_each_record_can_be_measured_again(path):
    """Records without a bar on the page of systems may outlive their programs: then they name a commit with these."""
    record = json.loads(path.read_text())
    program = record["script"].removeprefix("bench.py ")
    assert program in bars.benchmarks() or (" at commit " in program and path.stem in GONE)
    counted = [row for row in record["bars"] if row["system"] in systems.SYSTEMS | systems.OUTSIDE]
    assert path.stem not in GONE or all(row["met"] is None for row in counted)


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_figure_has_its_age_and_a_verdict_that_its_bar_allows(path):
    for row in json.loads(path.read_text())["bars"]:
        assert row["run"]["date"] and row["run"]["commit"] and row["attempts"] >= 1
        assert (row["bar"] == "shown") == (row["met"] is None), row["what"]
        assert "within a standard deviation" not in row["bar"] and "less its deviation" not in row["bar"]


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_every_row_says_what_was_replicated_and_has_the_verdict_of_its_interval(path):
    for row in json.loads(path.read_text())["bars"]:
        assert bars.replication(row)
        plan = row["plan"]
        if plan and bars.verdict(row) != bars.HISTORICAL and (plan["strict"] or plan["margin"] is not None):
            assert row["met"] == bars.settle(plan, row["measured"], row["interval"]), row["what"]


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_no_row_is_stamped_by_a_commit_that_none_of_its_parts_is_of(path):
    for row in json.loads(path.read_text())["bars"]:
        commits = {part.split(",")[0].split(" ")[0] for part in row.get("parts", {})}
        assert not commits or row["run"]["commit"] in commits, row["what"]


@pytest.mark.parametrize("name", bars.benchmarks())
def test_the_rows_of_a_benchmark_are_listed_without_measuring(name):
    """A benchmark that cannot be imported, or whose options are not sound, would say so only when it runs."""
    measure = getattr(import_module(bars.benchmarks()[name][0]), name)
    assert all(plan.data and plan.budget and plan.metric for plan in bench.rows_of(measure))
    options = bench.parser_of(measure).parse_args(REQUIRED.get(name, []))
    assert set(measure.tiny) <= set(vars(options))
    assert measure.peer is None or measure.peer in bench.PEERS


def test_every_system_has_a_row_or_a_bar_that_is_not_measured():
    measured = {row["system"] for path in RECORDS for row in json.loads(path.read_text())["bars"]}
    assert set(systems.SYSTEMS) <= measured | set(systems.UNMEASURED) | set(systems.TESTED)
    assert set(systems.UNMEASURED) | set(systems.TESTED) <= set(systems.SYSTEMS)
    assert all((bars.ROOT / path).exists() for found in systems.TESTED.values() for _, path in found)
    every = [bar for bars in systems.UNMEASURED.values() for bar in bars]
    assert all(what and why for what, why in every)


def test_a_bar_that_is_not_measured_names_the_benchmark_that_will():
    """Its line goes when a planned row of its system is on record; historical rows answer nothing."""
    named = {by for lines in systems.READ["unmeasured"].values() for _, _, by in lines if by}
    assert named <= set(bars.benchmarks())
    assert systems.is_answered("C2", "known_densities") and not systems.is_answered("C2", "digits")
    assert not systems.is_answered("C2", "")


def test_options_are_read_in_one_place_and_suites_by_their_public_names():
    texts = {path.name: path.read_text() for path in bars.HERE.rglob("*.py")}
    assert [name for name, text in texts.items() if "argparse" in text] == ["bench.py"]
    assert not [name for name, text in texts.items() if re.search(r"\b(?!self|cls|os)[a-z]\w*\._(?!asdict)[a-z]", text)]
