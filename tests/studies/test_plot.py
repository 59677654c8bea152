# Tests graphs/studies/attention.py, measure/plots/planes.py, studies/figures/chains.py,
#   studies/figures/embeddings.py, studies/figures/labels.py
"""`genwright plot`: each figure of a tiny run, what is said of it, and what is refused."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

import genwright
from genwright.core.errors import DataError
from genwright.graphs.studies import attention
from genwright.measure.plots.planes import OTHER_LABELS, group_rare, share_alike
from genwright.studies import plot as plots
from genwright.studies.figures import embeddings
from genwright.studies.figures.chains import likeness
from genwright.zoo import registry

MILLION = 1_000_000


@pytest.fixture(scope="module")
def pictures():
    """Bright and dark squares on the left or on the right, by label."""
    rng = np.random.default_rng(0)
    label = np.arange(120) % 2
    x = rng.integers(0, 40, (120, 8, 8)).astype(np.uint8)
    x[label == 0, :, :4] += 180
    x[label == 1, :, 4:] += 180
    return genwright.load_data((x, label))


@pytest.fixture(scope="module")
def painter(pictures):
    return genwright.fit(pictures, "diffusion", preset="tiny", items=1280, progress=False)


@pytest.fixture(scope="module")
def club():
    return genwright.load_data("karate-club")


@pytest.fixture(scope="module")
def listener(club):
    return genwright.fit(club, "gat", preset="tiny", progress=False)


def draw(model, data, what, folder, **options):
    """The sentence, and the picture."""
    said = genwright.plot(model, data, what, folder / f"{what}.png", **options)
    return said, Image.open(folder / f"{what}.png")


def test_the_table_of_figures_is_that_of_the_registry():
    assert list(plots.FIGURES) == list(registry.FIGURES)


@pytest.mark.long
def test_a_path_is_shown_from_noise_to_samples(painter, pictures, tmp_path):
    states, expected = painter.progress(3, 5, steps=4, sampler="ddim")
    assert len(states) == 5 and len(expected) == 4
    assert (states[-1] == painter.sample(3, seed=5, steps=4, sampler="ddim")).all()
    said, drawn = draw(painter, pictures, "progressive", tmp_path)
    assert "correlation reaches 0.9 after" in said and drawn.width > 900
    said, _ = draw(painter, pictures, "x0", tmp_path)
    assert said.startswith("The x_0 expected from pure noise correlates ")


@pytest.mark.long
def test_samples_of_one_noised_item_share_less_the_more_noise_there_is(painter, pictures, tmp_path):
    """Each goes on from the same state, on a way of its own."""
    near, far = (
        painter.progress(12, 0, sampler="ancestral", start=pictures.test[:1], strength=s)[0] for s in (0.3, 1.0)
    )
    alike = lambda items: likeness(items[:-1], items[1:])
    assert alike(near[0]) > 0.999 and alike(near[-1]) > alike(far[-1])
    said, _ = draw(painter, pictures, "partial", tmp_path)
    assert said.startswith("Each row has 12 samples from one noised item with the label ")
    said, _ = draw(painter, np.asarray(pictures.test), "partial", tmp_path)
    assert said.startswith("Samples from one noised item correlate ")
    with pytest.raises(DataError):
        painter.progress(2, 0, start=pictures.test[:2], strength=0.5)
    with pytest.raises(DataError):
        painter.progress(2, 0, start=pictures.test[:1], strength=0)


@pytest.mark.long
def test_codes_of_items_are_drawn_with_and_without_labels(painter, pictures, tmp_path):
    said, _ = draw(painter, pictures, "codes", tmp_path, method="PCA")
    assert "have the label of the item; by chance it would be 50%" in said
    said, _ = draw(painter, np.asarray(pictures.test), "codes", tmp_path)
    assert said.startswith("The picture keeps ")


def test_a_small_graph_is_drawn_whole_and_a_node_by_name(listener, club, tmp_path):
    said, _ = draw(listener, club, "attention", tmp_path)
    assert said.startswith("Nodes give ") and "to nodes of their own label" in said
    said, _ = draw(listener, club, "attention", tmp_path, node=33)
    assert said.startswith("Node 33 gives most attention to ")
    with pytest.raises(DataError):
        draw(listener, club, "attention", tmp_path, node=99)


@pytest.mark.long
def test_embeddings_of_a_graph_are_drawn_layer_by_layer(listener, club, tmp_path):
    said, drawn = draw(listener, club, "layers", tmp_path)
    assert "by the features. After layer 2" in said
    codes_said, _ = draw(listener, club, "codes", tmp_path)
    assert "have the label of the node" in codes_said
    again = tmp_path / "again.svg"
    assert genwright.plot(listener, club, "layers", again) == said and again.read_text().startswith("<?xml")


def test_the_layers_of_a_network_end_with_what_it_predicts(club):
    for family in ("gcn", "deep-gcn"):
        model = genwright.fit(club, family, preset="tiny", progress=False)
        scores = torch.from_numpy(model.layers(club, np.arange(34))[-1]).softmax(1)
        assert np.allclose(scores, model.predict(club).iloc[:, 1:], atol=1e-5)
    sampled = genwright.fit(club, "gcn", preset="uniform", steps=2, progress=False)
    scores = torch.from_numpy(sampled.layers(club, np.arange(34))[-1]).softmax(1)
    assert np.allclose(scores, sampled.predict(club).iloc[:, 1:], atol=1e-5)


def test_of_a_million_nodes_a_thousand_are_drawn(monkeypatch):
    y = torch.arange(MILLION) % 3
    whole = SimpleNamespace(members=None, classes=("a", "b", "c"), y=y, node_names=np.arange(MILLION))
    monkeypatch.setattr(embeddings, "task_data", lambda data, domain: SimpleNamespace(whole=whole))
    monkeypatch.setattr(attention, "task_data", embeddings.task_data)
    ring = pd.DataFrame({"source": np.arange(MILLION), "target": (np.arange(MILLION) + 1) % MILLION, "share": 1.0})
    spread = np.stack([y.numpy(), np.arange(MILLION) / MILLION], 1).astype(np.float32)
    model = SimpleNamespace(domain=None, encode=lambda task: spread, attention=lambda task: ring)
    drawn, again = (embeddings.draw_codes(model, None, seed, "PCA") for seed in (4, 4))
    assert drawn.notes == ("1,000 of 1,000,000 nodes are drawn, by the seed 4",) and drawn.seen == again.seen
    assert sum(len(marks.get_offsets()) for marks in drawn.figure.axes[0].collections) == 1000
    one = attention.draw_attention(model, None, 4)
    assert one.notes[0].startswith("of 1,000,000 nodes one is drawn, by the seed 4: ")


def test_neighbours_with_the_same_label_are_counted():
    y = np.repeat([0, 1, -1], [30, 30, 5])
    apart, mixed = np.stack([100.0 * y, np.arange(65)], 1), np.random.default_rng(0).normal(size=(65, 2))
    assert share_alike(apart, y) == (1.0, 0.5) and share_alike(mixed, y)[0] < 0.7


def test_classes_without_a_mark_of_their_own_are_put_together():
    y = np.array([*np.repeat(np.arange(20), 5), 3, -1])
    grouped_y, names = group_rare(y, [str(k) for k in range(20)])
    assert names[-1] == OTHER_LABELS and len(names) == 12 and grouped_y[-1] == -1
    assert names[grouped_y[-2]] == "3"


@pytest.mark.parametrize(
    "what, options, words",
    [
        ("faces", {}, "faces"),
        ("codes", {"node": 3}, "node"),
        ("codes", {"method": "umap"}, "umap"),
        ("codes", {"out": "codes.pdf"}, "codes.pdf"),
    ],
)
def test_what_cannot_be_drawn_is_said(listener, club, tmp_path, what, options, words):
    with pytest.raises(DataError, match=words):
        genwright.plot(listener, club, what, **({"out": tmp_path / "x.png"} | options))
