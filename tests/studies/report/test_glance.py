# Tests studies/report/frame.py
"""All families at a glance: the figure, the table of strips, and quality against seconds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import _pylab_helpers

from genwright.core.errors import DataError
from genwright.studies.compare.comparison import Comparison
from genwright.studies.report.frame import frame_of
from genwright.studies.report.glance import LETTER, WIDTH, figure_of, plane, spread_names, strips


def test_a_comparison_is_a_figure_of_what_its_page_shows(results, tmp_path):
    figure = Comparison(results.to_json(), tmp_path).plot()
    columns = frame_of(results, "alpha").columns
    assert [axes.get_title("left").split("\n")[0] for axes in figure.axes] == [column.purpose for column in columns]
    for axes, column in zip(figure.axes, columns):
        spots = {line.get_marker(): line for line in axes.lines if len(line.get_xdata()) == 1}
        assert "D" in spots and "o" in spots  # a baseline, and trained families
        names = [tick.get_text() for tick in axes.get_yticklabels()]
        assert names == ["alpha", "beta", "plain"]  # one order in all panels
        texts = [tick.get_text() for tick in axes.child_axes[0].get_yticklabels()]
        assert texts == [column.cells[name].text for name in names]
    assert figure._repr_png_().startswith(b"\x89PNG") and not _pylab_helpers.Gcf.get_all_fig_managers()


def test_a_comparison_that_measured_nothing_has_no_figure(results):
    for row in results.models + results.baselines:
        row.metrics, row.verbs = {}, []
    with pytest.raises(DataError):
        figure_of(results)


def test_a_bracket_joins_what_is_tied_with_the_best(results, make):
    results.models[1].metrics["frechet"] = make.metric("frechet", 2.05, 0.1)
    table = strips(frame_of(results, "alpha"), {"samples": "alpha"})
    place = ["Frechet" in column["said"] for column in table["columns"]].index(True)
    cells = {line["name"]: line["cells"][place] for line in table["lines"]}
    assert [name for name, cell in cells.items() if cell["tied"]] == ["alpha", "beta"]
    assert cells["alpha"]["ends"] == [True, False] and cells["beta"]["ends"] == [False, True]


def test_quality_stands_against_seconds_for_as_many_items(results):
    for row, seconds in zip([*results.models, *results.baselines], (0.36, 3.6, 36.0)):  # for 360 items
        row.seconds["sample"] = seconds
    frame = frame_of(results, "alpha")
    assert [line.thousand for line in frame.lines] == pytest.approx([1.0, 10.0, 100.0])
    dots = {dot["name"]: dot for dot in plane(frame, "alpha")["dots"]}
    gaps = dots["beta"]["x"] - dots["alpha"]["x"], dots["plain"]["x"] - dots["beta"]["x"]
    assert gaps[0] == pytest.approx(gaps[1], abs=0.2) and dots["alpha"]["first"]  # ten times as long each: a log scale
    assert dots["alpha"]["y"] > dots["plain"]["y"]  # a smaller distance stands lower


@given(st.floats(0, WIDTH), st.floats(0, WIDTH), st.booleans())
def test_names_of_marks_never_overlap(real, chance, both):
    named = spread_names([("real", real), ("chance", chance)][: 1 + both])
    half = [LETTER * len(mark["name"]) / 2 for mark in named]
    ends = [(mark["middle"] - width, mark["middle"] + width) for mark, width in zip(named, half)]
    assert all(-0.1 <= low and high <= WIDTH + 0.1 for low, high in ends)
    assert not both or ends[0][1] + LETTER / 2 <= ends[1][0]
    assert sorted(mark["x"] for mark in named) == sorted([real, chance][: 1 + both])
