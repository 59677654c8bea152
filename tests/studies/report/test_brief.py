"""A comparison in brief."""

import base64

from genwright.studies.compare import comparison
from genwright.studies.report.results import read, write


def test_a_notebook_shows_picks_commands_and_samples(folder):
    results = read(folder)
    assert "<img" not in comparison.picks_html(results, folder)
    results.data["name"] = "<b>dots"
    results.models[0].preview = "alpha/samples.png"
    write(results, folder)
    shown = comparison.picks_html(results, folder)
    assert "genwright sample runs/compare-dots/alpha -n 100" in shown and "&lt;b&gt;dots" in shown
    assert base64.b64encode((folder / "alpha/samples.png").read_bytes()).decode() in shown
