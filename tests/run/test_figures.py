"""Figures of models and comparisons: what they show, and that pyplot does not know them."""

import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib import _pylab_helpers
from matplotlib.figure import Figure

import genwright
from genwright.contract.small_data import small_data
from genwright.core.errors import Unsupported
from genwright.zoo import registry

KINDS = [kind for kind, task in registry.TASKS if task == registry.GENERATE]


def shown_once(figure: Figure) -> bytes:
    """The one picture that a notebook shows of a figure, which nothing else will show."""
    assert not _pylab_helpers.Gcf.get_all_fig_managers()
    data, _ = DisplayFormatter().format(figure)
    assert [name for name in data if name.startswith("image/")] == ["image/png"]
    return data["image/png"]


def filled(figure: Figure) -> list:
    """Its axes that show something."""
    return [axes for axes in figure.axes if axes.has_data() or axes.texts]


@pytest.mark.parametrize("kind", KINDS)
def test_items_of_every_kind_are_drawn(kind):
    data = small_data(kind)
    figure = registry.suite_class(data).drawing(data.domain, data.test[:7])
    columns = len(data.domain.spec.names + data.domain.given.names)
    panels = {
        "tables": columns,
        "private": columns,
        "sequences": 1,
        "series": 3 * 4,
        "counts": 2,
    }
    assert len(filled(figure)) == panels.get(kind, 7)
    assert len(shown_once(figure)) > 2_000


def test_a_string_that_is_no_molecule_is_named():
    data = small_data("molecules")
    figure = registry.suite_class(data).drawing(data.domain, ["CCO", "c1cccc1"])
    assert [bool(axes.images) for axes in figure.axes[:2]] == [True, False]
    assert "c1cccc1" in figure.axes[1].get_title()


def test_a_model_draws_its_samples():
    model = genwright.fit(small_data("images"), "pca", progress=False)
    figure = model.plot(3, given={"label": 2}, seed=1)
    pictures = [axes.images[0].get_array() for axes in filled(figure)]
    drawn = np.asarray(model.sample(3, given={"label": 2}, seed=1))
    assert len(pictures) == 3 and [axes.get_title() for axes in filled(figure)] == ["2"] * 3
    scale = 255 / (model.spec.leaf.levels - 1)
    assert all(np.abs(shown[..., 0] - scale * one[..., 0]).max() < 1 for shown, one in zip(pictures, drawn))
    shown_once(figure)
    with pytest.raises(Unsupported):
        model.plot_training()


def test_losses_are_drawn_with_and_without_a_folder(tmp_path):
    budget = {"preset": "tiny", "steps": 12, "seed": 0, "progress": False}
    in_memory = genwright.fit(small_data("tables"), "flow", **budget)
    genwright.fit(small_data("tables"), "flow", out=tmp_path / "run", **budget)
    from_disk = genwright.load_model(tmp_path / "run")
    for model in (in_memory, from_disk):
        (axes,) = model.plot_training().axes
        assert axes.get_ylabel().startswith("loss (nats") and axes.lines[0].get_label() == "flow"
        assert len(axes.lines[0].get_xdata()) > 5
    assert np.allclose(*(m.plot_training().axes[0].lines[0].get_ydata() for m in (in_memory, from_disk)))
    shown_once(in_memory.plot_training())
    assert len(filled(in_memory.plot(50, seed=0))) == 1 + len(in_memory.spec.names)


def test_a_predictor_draws_its_losses():
    predictor = genwright.fit("karate-club", "gcn", preset="tiny", items=340, progress=False)
    assert filled(predictor.plot_training())
