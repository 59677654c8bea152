# Tests studies/compare/comparison.py
"""A comparison in brief."""

import base64

from genwright.studies.compare.comparison import Comparison
from genwright.studies.report.results import read, write


def test_a_notebook_shows_picks_commands_and_samples(folder):
    results = read(folder)
    assert "<img" not in Comparison(results.to_json(), folder)._repr_html_()
    results.data["name"] = "<b>dots"
    results.models[0].preview = "alpha/samples.png"
    write(results, folder)
    shown = Comparison(results.to_json(), folder)._repr_html_()
    assert "genwright sample runs/compare-dots/alpha -n 100" in shown and "&lt;b&gt;dots" in shown
    assert base64.b64encode((folder / "alpha/samples.png").read_bytes()).decode() in shown
