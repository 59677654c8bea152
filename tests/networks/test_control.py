# Tests run/parts.py
"""A side network that steers a trained U-Net, of images and of clips: it begins as a copy that changes nothing, and
learns alone."""

import numpy as np
import pytest
import torch

import genwright
from genwright.core.draws import Draws
from genwright.core.errors import DataError, GivenError, Unsupported
from genwright.distributions.edges import edges_of
from genwright.run.fit import plan_and_place
from genwright.run.parts import Controlled
from genwright.run.start import start_of
from genwright.training.progress import Report
from genwright.training.weights import state_of

N, SIDE, FRAMES = 48, 12, 3


@pytest.fixture(scope="module")
def images():
    """Bright squares on a dark or a grey ground, of which the caption says the ground."""
    rng = np.random.default_rng(0)
    grey = rng.integers(2, size=N) * 100
    x = np.repeat(grey, SIDE**2).reshape(N, SIDE, SIDE, 1).astype(np.uint8)
    for image, (row, column) in zip(x, rng.integers(1, 6, (N, 2))):
        image[row : row + 5, column : column + 5] = 255
    captions = np.where(grey > 0, "a grey ground", "a dark ground")
    return genwright.load_data((x, {"caption": captions}), given=["caption"])


@pytest.fixture(scope="module")
def parent(images, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "words"
    return genwright.fit(images, "flow-matching", preset="tiny", items=640, out=out, progress=False), out


@pytest.fixture(scope="module")
def child(images, parent, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "edges"
    return genwright.fit(images, parent=parent[1], control="edges", items=64, out=out, progress=False), out


@pytest.fixture(scope="module")
def clips():
    """The same squares, which move to the right."""
    rng = np.random.default_rng(0)
    ground = rng.integers(2, size=N) * 100
    x = np.zeros((N, FRAMES, SIDE, SIDE, 1), np.uint8) + ground[:, None, None, None, None].astype(np.uint8)
    for clip, (row, column) in zip(x, rng.integers(1, 5, (N, 2))):
        for t, frame in enumerate(clip):
            frame[row : row + 5, column + t : column + t + 5] = 255
    captions = np.where(ground > 0, "a grey ground", "a dark ground")
    return genwright.load_data((x, {"caption": captions}), given=["caption"])


@pytest.fixture(scope="module")
def parent_of_clips(clips, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "clips"
    return genwright.fit(clips, "flow-matching", preset="tiny", items=640, out=out, progress=False), out


@pytest.fixture(scope="module")
def child_of_clips(clips, parent_of_clips, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "edges"
    return genwright.fit(clips, parent=parent_of_clips[1], control="edges", items=64, out=out, progress=False), out


@pytest.mark.long
def test_an_untrained_side_changes_no_bit(images, parent, child):
    _require_same_samples(images, parent, child)


def test_an_untrained_side_changes_no_bit_of_clips(clips, parent_of_clips, child_of_clips):
    fresh = _require_same_samples(clips, parent_of_clips, child_of_clips)
    side, trunk = (state_of(part) for part in (fresh.side.net, fresh.trunk.net.net))
    copied = side.keys() & trunk.keys()
    assert len(copied) > 20 and all(torch.equal(side[name], trunk[name]) for name in copied)


def _require_same_samples(data, parent, child):
    """The network of a child before its first step, which draws what its parent draws."""
    trunk, steered = parent[0].family, child[0].family
    plan, place = plan_and_place()
    fresh = start_of(data, plan, [Controlled(parent[1], control="edges")], place, Report(False)).recipe.family
    assert type(fresh) is type(steered)
    _, given = child[0].domain.encode(data.test)
    told = given[:, : parent[0].domain.given.widths[0]]
    with torch.no_grad():
        ours, theirs = (f.sample(len(given), g, Draws("x", 0)) for f, g in ((fresh.eval(), given), (trunk, told)))
    assert ours.isfinite().all() and torch.equal(ours, theirs)
    return fresh.denoiser.network


@pytest.mark.parametrize("kind", ["images", "clips"])
def test_the_side_alone_learns(kind, request):
    suffix = "" if kind == "images" else "_of_clips"
    parent, child = (request.getfixturevalue(name + suffix) for name in ("parent", "child"))
    before, after = state_of(parent[0].family.denoiser.network), state_of(child[0].family.denoiser.network.trunk)
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert child[0].family.denoiser.network.side.net.coarse.weight.abs().max() > 0


def test_now_and_then_the_side_is_not_told_some_words(images, child):
    _, given = child[0].domain.encode(images.train)
    told = child[0].family.given_to_learn(given.repeat(30, 1), Draws("words"))
    told_side, told_trunk = told.side.mask.sum(1), told.trunk.mask.sum(1)
    less = told_side < told_trunk
    assert 0.15 < less.float().mean() < 0.3 and (told_side <= told_trunk).all()
    assert (told_side[less] == 1).any() and (told_side[less] > 1).any()  # the first token stays: all words, or some


def test_edges_are_where_an_image_changes():
    x = torch.full((1, 1, 6, 6), 10)
    x[..., 3:] += 60  # of 255: less than a quarter
    assert edges_of(x, 256).sum() == 0
    x[..., 3:] += 10
    assert edges_of(x, 256)[0, 0].tolist() == [[0, 0, 1, 1, 0, 0]] * 6


def test_edges_are_asked_for_by_an_image_or_drawn(images, child):
    domain = child[0].domain
    photo = np.asarray(images.test)[:2]
    by_photo = domain.encode_given({"edges": photo}, 2)
    drawn = domain.fields.decode(by_photo, None)["edges"]
    assert set(np.unique(drawn)) == {0, 255}
    assert torch.equal(domain.encode_given({"edges": drawn}, 2).nan_to_num(), by_photo.nan_to_num())


def test_edges_of_clips_are_those_of_each_frame(clips, child_of_clips, tmp_path):
    domain, two = child_of_clips[0].domain, clips.test[:2]
    x, given = domain.encode(two)
    told = domain.given.part(given, "edges")
    assert torch.equal(told[:, 1], edges_of(x[:, 1], domain.spec.leaf.levels)[:, 0]) and 0 < told.mean() < 1
    asked = domain.encode_given({"edges": np.asarray(two)}, 2)
    drawn = domain.fields.decode(asked, None)["edges"]
    assert drawn.shape == two.shape and set(np.unique(drawn)) == {0, 255}
    assert torch.equal(domain.given.part(domain.encode_given({"edges": drawn}, 2), "edges"), told)
    samples = child_of_clips[0].sample(2, given={"caption": "a dark ground", "edges": np.asarray(two)})
    assert samples.shape == two.shape
    with pytest.raises(GivenError, match="edges"):
        child_of_clips[0].sample(2, given={"edges": np.asarray(two)[:, :2]})
    with pytest.raises(DataError, match="edges alone"):
        domain.steered_by("depth", domain)


def test_a_model_of_clips_reads_edges_from_the_start(clips):
    given = genwright.load_data(np.asarray(clips.train), given=["edges"])
    assert given.domain.given.names == ["edges"] and "changes by more" in " ".join(given.describe())
    assert type(given.domain).from_json(given.domain.to_json()).given == given.domain.given
    model = genwright.fit(given, "flow-matching", preset="tiny", items=64, progress=False)
    assert model.sample(2, given={"edges": np.asarray(given.test)[:2]}).shape == (2, FRAMES, SIDE, SIDE, 1)
    with pytest.raises(Unsupported, match="flow-matching"):
        genwright.fit(given, "vq-vae", preset="tiny", items=64, progress=False)


def test_control_without_a_parent_is_refused(images):
    with pytest.raises(DataError, match="--from"):
        genwright.fit(images, "flow-matching", hyperparameters={"control": True}, items=64, progress=False)


@pytest.mark.parametrize("kind", ["images", "clips"])
def test_a_steered_run_is_repeated_bit_for_bit(kind, request):
    child = request.getfixturevalue("child" if kind == "images" else "child_of_clips")
    again = genwright.fit(request.getfixturevalue(kind), replay=child[1], progress=False)
    one, other = state_of(child[0].family), state_of(again.family)
    assert all(torch.equal(one[name], other[name]) for name in one)
