"""What is on record: its scripts are there, and each planted bug has a place in the source."""

import json
from importlib import import_module

import bars
import mutants
import pytest
import systems

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
def test_the_script_of_each_record_is_there(path):
    assert (bars.ROOT / json.loads(path.read_text())["script"]).is_file()


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_figure_has_its_age_and_a_verdict_that_its_bar_allows(path):
    for row in json.loads(path.read_text())["bars"]:
        assert row["run"]["date"] and row["run"]["commit"] and row["attempts"] >= 1
        assert (row["bar"] == "shown") == (row["met"] is None), row["what"]
        assert "within a standard deviation" not in row["bar"] and "less its deviation" not in row["bar"]


@pytest.mark.parametrize(
    "name",
    [
        "compare_kills",
        "discrete_sequences",
        "few_labels",
        "fuzz",
        "paths",
        "property_predict",
        "property_speed",
        "wide_tables",
    ],
)
def test_plans_are_whole(name):
    """A script that cannot be imported would tell so only when it is run."""
    plans = [value for value in vars(import_module(name)).values() if isinstance(value, bars.Plan)]
    assert all(plan.data and plan.budget and plan.metric for plan in plans)


def test_every_system_has_a_row_or_a_bar_that_is_not_measured():
    measured = {row["system"] for path in RECORDS for row in json.loads(path.read_text())["bars"]}
    assert set(systems.SYSTEMS) <= measured | set(systems.UNMEASURED)
    assert set(systems.UNMEASURED) <= set(systems.SYSTEMS)
