# Tests run/run_record.py
"""The final model: what share of the items a run trained on, and the command that trains on all of them."""

import pytest

from genwright.run.final_model import final_words, typed_again, used_share, without_options
from genwright.run.run_record import RunRecord


def config(**changes):
    data = {"source": "my lines.txt", "options": {"symbols": "words"}, "items": 70, "all_items": 100}
    stages = [{"name": "fit", "best": 140, "validation": 1.0}]
    return RunRecord({
        "family": "n-gram", "kind": "sequences", "task": "generate", "seed": 3, "rows": "train", "data": data,
        "budget": {"minutes": 2.5}, "stages": stages, **changes,
    })  # fmt: skip


def test_a_run_that_was_best_after_some_passes_is_trained_for_as_many():
    words = final_words(config(), "runs/mine")
    assert words[:3] == ["genwright", "fit", "my lines.txt"] and words[-3:] == [
        "--all-rows",
        "--out",
        "runs/mine-final",
    ]
    assert words[words.index("--epochs") + 1] == "2" and "--minutes" not in words and "--symbols" in words
    assert used_share(config()) == "70 of 100 items (70%)"


@pytest.mark.parametrize("stages", [[], [{"name": "fit"}], [{"name": f"member-{k}", "best": 140} for k in (1, 2)]])
def test_what_validation_did_not_end_is_trained_as_it_was(stages):
    words = final_words(config(stages=stages), "runs/mine")
    assert "--epochs" not in words and ("--minutes" in words) == bool(stages)
    assert not stages or words[words.index("--minutes") + 1] == "2.5"


def test_a_run_that_began_with_another_one_does_so_again():
    words = final_words(config(parent={"run": "shipped:names", "digest": "a", "pace": 0.1}), "runs/mine")
    assert words[words.index("--from") + 1] == "shipped:names" and words[words.index("--pace") + 1] == "0.1"


@pytest.mark.parametrize("rows", ["trainval", "all"])
def test_a_run_of_all_items_is_final(rows):
    assert used_share(config(rows=rows)) == "" and final_words(config(rows=rows), "runs/mine") == []
    assert typed_again(["fit", "x"], config(rows=rows), "runs/mine") == []


def test_typed_words_stay_but_for_folder_and_budget():
    typed = ["fit", "x", "--out=runs/a", "--minutes", "5", "--restart", "--set", "width=8"]
    assert typed_again(typed, config(), "runs/a") == [
        *("genwright", "fit", "x", "--set", "width=8", "--epochs", "2", "--all-rows", "--out", "runs/a-final")
    ]
    assert without_options(typed, {"--set": True, "--restart": False}) == ["fit", "x", "--out=runs/a", "--minutes", "5"]
