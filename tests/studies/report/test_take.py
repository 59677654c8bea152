"""The commands of picks."""

import shlex
from pathlib import Path

import pytest

from genwright.cli.commands import COMMANDS
from genwright.cli.options import read_names
from genwright.graphs.package import LINKS
from genwright.molecules.package import PROPERTIES
from genwright.studies.report.picks import command, picks
from genwright.studies.report.records import Results
from genwright.zoo import registry


def typed(results: Results, criterion: str, folder="elsewhere") -> str:
    return command(results, next(pick for pick in picks(results) if pick.criterion == criterion), folder)


def test_results_say_where_the_runs_are_and_the_report_does_where_they_do_not(results):
    assert typed(results, "codes") == "genwright encode elsewhere/beta dots --out codes.npz"
    results.folder = "runs/compare-dots"
    assert typed(results, "codes") == "genwright encode runs/compare-dots/beta dots --out codes.npz"


@pytest.mark.parametrize("suffix", [".png", ".csv", ""])
def test_samples_are_written_as_people_look_at_them(results, suffix):
    results.data["suffix"] = suffix
    assert typed(results, "samples") == f"genwright sample elsewhere/alpha -n 100 --out new{suffix}"


def test_a_name_with_a_space_or_worse_is_one_word(results):
    results.folder, results.data["source"] = "my runs/a;b", "the $HOME.csv"
    words = shlex.split(typed(results, "density"))
    assert words == ["genwright", "log-prob", "my runs/a;b/alpha", "the $HOME.csv", "--out", "log-prob.csv"]


def test_a_purpose_that_completions_settle_is_served_by_complete(results, make):
    for row in results.models + results.baselines:
        row.metrics["probe"]["of"] = "completions"
    results.data["suffix"] = ".csv"
    assert typed(results, "codes") == "genwright complete elsewhere/beta dots --out filled.csv"


def test_labels_are_predicted_on_the_graph_as_it_was_read(results):
    results.metrics["headline"] = {"labels": "probe"}
    results.data |= {"source": "edges.csv", "options": {"nodes": "nodes.csv", "target": "kind", "directed": True}}
    assert typed(results, "labels") == (
        "genwright predict elsewhere/beta edges.csv --nodes nodes.csv --target kind --directed --out predictions.csv"
    )


def test_a_pick_for_links_lists_new_ones(results):
    results.metrics["headline"] = {"labels": "probe"}
    results.data |= {"source": "edges.csv", "domain": registry.label(*LINKS)}
    assert "edges.csv --new 20 --out" in typed(results, "labels")


def test_edits_are_asked_for_by_words_and_by_an_image(results):
    results.metrics["headline"] = {"words": "probe"}
    results.data |= {"suffix": ".png", "options": {"given": ["caption", "before"]}}
    given = "--given 'caption=your words' --given before=image.png"
    assert typed(results, "words") == f"genwright sample elsewhere/beta {given} -n 100 --out new.png"


READ = {
    "given": ["sex", "island"],
    "types": {"zip": "category"},
    "drop": ["id"],
    "missing": {"*": ["unknown"], "age": ["-999"]},
    "group": "patient no",
}


def test_a_comparison_that_measured_too_little_goes_on_as_it_was_begun(results, tmp_path):
    """The command is read as the data were, whatever was said of them."""
    for row in results.models + results.baselines:
        del row.metrics["frechet"]
    results.data |= {"options": READ, "source": "my rows.csv"}
    results.seed, results.folder = 3, "runs/compare my rows"
    words = shlex.split(typed(results, "samples"))
    assert words[:2] == ["genwright", "compare"] and words[-2:] == ["--more-minutes", "2.5"]
    read = COMMANDS["compare"].read(words[2:-2])
    assert read_names("my rows.csv", read["reading"]) == READ
    assert read["data"] == "my rows.csv" and read["options"] == {"seed": 3, "out": Path("runs/compare my rows")}


def test_a_comparison_of_a_graph_goes_on_with_its_task_and_one_of_data_in_memory_in_python(results):
    for row in results.models + results.baselines:
        del row.metrics["frechet"]
    results.data |= {"domain": "links", "options": {"directed": True}}
    assert typed(results, "samples").startswith("genwright compare dots --directed --task links --out elsewhere ")
    results.data["source"] = ""
    assert typed(results, "samples") == "genwright.compare(data, out='elsewhere', more_minutes=2.5)"


def test_data_in_memory_go_by_a_name_of_their_own(results):
    results.data |= {"source": "", "suffix": ".csv"}
    assert "new.csv --out log-prob.csv" in typed(results, "density")


def test_properties_of_a_library_are_predicted_without_the_options_of_training(results):
    """A library is read as training was; the pick says what is predicted, and on which split."""
    results.metrics["headline"] = {"labels": "probe"}
    told = {"domain": registry.label(*PROPERTIES), "protocol": "scaffold split", "source": "assay.csv"}
    results.data |= told | {"options": {"target": ["active"], "split": "scaffold"}}
    assert typed(results, "labels") == "genwright predict elsewhere/beta assay.csv --out predictions.csv"
    sentence = next(pick.sentence for pick in picks(results))
    assert sentence.startswith("To predict active, ") and "(scaffold split)" in sentence
