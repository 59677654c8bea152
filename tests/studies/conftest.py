"""Figures are sketched, also of fixtures of a module: most tests here look at what is drawn, not at how it looks."""

import pytest
from measuring_little import sketch_figures

# which hold how figures look, or that the same folder gives the same bytes
AS_DRAWN = "test_report.py", "test_curves.py", "test_molecule_scores.py", "test_steps_curve.py"


@pytest.fixture(autouse=True, scope="module")
def sketched(request):
    with pytest.MonkeyPatch.context() as patch:
        if request.path.name not in AS_DRAWN:
            sketch_figures(patch)
        yield
