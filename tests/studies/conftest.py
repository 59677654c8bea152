"""Figures are sketched, also of fixtures of a module: most tests here look at what is drawn, not at how it looks."""

from functools import partial

import pytest
from measuring_little import sketch_figures

from genwright import fit
from genwright.run import side_by_side
from genwright.studies.compare import turns

# which hold how figures look, or that the same folder gives the same bytes
AS_DRAWN = "test_report.py", "test_curves.py", "test_molecule_scores.py", "test_steps_curve.py"


@pytest.fixture(autouse=True, scope="module")
def sketched(request):
    with pytest.MonkeyPatch.context() as patch:
        if request.path.name not in AS_DRAWN:
            sketch_figures(patch)
        yield


@pytest.fixture(autouse=True, scope="session")
def one_after_another():
    """Families train in the process of the test, which counts what they do; `test_side_by_side.py` forks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(side_by_side, "FORKS", False)
        yield


@pytest.fixture
def trained_on(monkeypatch):
    """Let every family of a comparison train on so many items in the place of minutes, which a slow machine makes
    short."""

    def in_items(items, data, family, *, minutes=None, more=None, probe=True, replay=None, **options):
        return fit(data, family, replay=replay, **({} if replay else {"items": items}), **options)

    return lambda items: monkeypatch.setattr(turns, "fit", partial(in_items, items))
