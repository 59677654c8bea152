"""The figure of all families at a glance."""

import pytest
from matplotlib import _pylab_helpers

from genwright.core.errors import DataError
from genwright.studies.compare.comparison import Comparison
from genwright.studies.report.glance import charts, figure_of


def test_a_comparison_is_a_figure_of_what_its_page_shows(results, tmp_path):
    figure = Comparison(results.to_json(), tmp_path).plot()
    found = charts(results, {}, compared=True)
    assert [axes.get_title().split("\n")[0] for axes in figure.axes] == [chart["purpose"] for chart in found]
    for axes, chart in zip(figure.axes, found):
        spots = {line.get_marker(): line for line in axes.lines if len(line.get_xdata()) == 1}
        assert "D" in spots and "o" in spots  # a baseline, and trained families
        names = [tick.get_text() for tick in axes.get_yticklabels()]
        assert names == [spot["name"] for spot in chart["spots"]]
        assert [tick.get_text() for tick in axes.child_axes[0].get_yticklabels()] == [s["text"] for s in chart["spots"]]
    assert figure._repr_png_().startswith(b"\x89PNG") and not _pylab_helpers.Gcf.get_all_fig_managers()


def test_a_comparison_that_measured_nothing_has_no_figure(results):
    for row in results.models + results.baselines:
        row.metrics, row.verbs = {}, []
    with pytest.raises(DataError):
        figure_of(results)
