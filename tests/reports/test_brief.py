"""A comparison in brief."""

from __future__ import annotations

import base64

from made_results import metric

from genwright.reports import brief
from genwright.reports.results import read, write


def test_text_has_a_line_a_purpose_and_names_what_is_tied(folder):
    results = read(folder)
    results["models"][1]["metrics"]["bits"] = metric("bits", 1.801, 0.01, "exact")
    first, *lines = brief.text(results, folder).splitlines()
    assert first == "Comparison of 2 families on dots, in runs/compare-dots"
    assert lines == [
        "  To sample new items: alpha (Frechet distance 2.00 ± 0.20)",
        "  To judge how likely an item is: alpha (Bits per dimension 1.800 ± 0.020); tied with beta",
        "  For codes to search or classify by: beta (Linear probe 95.00 ± 0.78)",
    ]


def test_text_says_where_a_pick_is_in_doubt_or_cannot_be_made(folder):
    results = read(folder)
    results["models"][0]["items"] = 412
    del results["models"][1]["metrics"]["probe"]
    results["models"][1]["verbs"].append("encode")
    _, samples, _, codes = brief.text(results, folder).splitlines()
    assert samples.endswith("(Frechet distance 2.00 ± 0.20), which saw only 412 of 1,437 training items")
    assert "Linear probe is known for 1 of 2" in codes and codes.endswith("runs/compare-dots --more-minutes 5")


def test_a_notebook_shows_picks_commands_and_samples(folder):
    results = read(folder)
    assert "<img" not in brief.html(results, folder)
    results["data"]["name"] = "<b>dots"
    results["models"][0]["preview"] = "alpha/samples.png"
    write(results, folder)
    shown = brief.html(results, folder)
    assert "genwright sample runs/compare-dots/alpha -n 100" in shown and "&lt;b&gt;dots" in shown
    assert base64.b64encode((folder / "alpha/samples.png").read_bytes()).decode() in shown
