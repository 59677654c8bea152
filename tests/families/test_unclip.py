# Tests families/two_stage/unclip.py
"""unCLIP: what each stage learns from, what its parts are told, and what edits and variations are made of."""

import shutil

import numpy as np
import pytest
import torch

import genwright
from genwright.contract.small_data import captioned_halves
from genwright.core.draws import Draws, seeded
from genwright.core.errors import BudgetError, DataError, RunError, Unsupported
from genwright.core.spec import Category, Ordered, Spec
from genwright.core.trainable import Batch, Items
from genwright.families.match.matching import Clip
from genwright.families.two_stage.unclip import on_sphere
from genwright.run.open import build_recipe
from genwright.run.tasks import task_of
from genwright.zoo import registry

ROW = registry.row(*registry.IMAGES, "unclip")


@pytest.fixture(scope="module")
def data():
    return captioned_halves()


@pytest.fixture(scope="module")
def match(data, tmp_path_factory):
    """The folder of a run that matches the halves with texts."""
    out = tmp_path_factory.mktemp("runs") / "match"
    genwright.fit(task_of(data, "match"), "clip", preset="tiny", epochs=3, out=out, progress=False)
    return out


@pytest.fixture(scope="module")
def model(data, match, tmp_path_factory):
    """It has learned hardly anything."""
    out = tmp_path_factory.mktemp("runs") / "unclip"
    return genwright.fit(data, "unclip", preset="tiny", items=300, match=match, out=out, progress=False)


@pytest.fixture(scope="module")
def learned(data, match, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "learned"
    return genwright.fit(data, "unclip", preset="tiny", items=4500, match=match, out=out, progress=False)


@pytest.fixture
def family(data):
    """Untrained, as it is built for the data."""
    numbers = registry.hyperparameters(ROW, data.domain.spec, data.domain.given, 100, "tiny")
    config = {"kind": "images", "task": "generate", "family": "unclip", "seed": 0, "recipe": numbers}
    return build_recipe(config, data.domain, ROW).family.eval()


def bright(images) -> np.ndarray:
    """(n, 4) mean of the left, right, upper and lower half."""
    x = np.asarray(images, float)[..., 0]
    return np.stack([part.mean((1, 2)) for part in (x[:, :, :4], x[:, :, 4:], x[:, :4], x[:, 4:])], 1)


@pytest.mark.long
def test_samples_show_what_a_caption_asks_for_and_variations_what_an_image_shows(learned, data):
    for k, name in enumerate(("left", "right", "upper", "lower")):
        drawn = learned.sample(12, {"caption": f"a bright {name} half"}, seed=1, guidance=2.0)
        assert (bright(drawn).argmax(1) == k).mean() > 0.6
    shown = bright(data.test[:8]).argmax(1)
    varied = bright(learned.vary(data.test[:8], n=32, seed=0)).argmax(1)
    assert (varied == np.tile(shown, 4)).mean() > 0.7


@pytest.mark.long
def test_an_edit_moves_an_image_by_the_difference_of_two_captions(learned, data):
    images = data.test[bright(data.test).argmax(1) == 2][:12]
    edited = learned.edit(images, source="a bright upper half", target="a bright lower half")
    assert (bright(edited).argmax(1) == 3).mean() > 0.7
    away = lambda other: np.abs(np.asarray(other, float) - np.asarray(images, float)).mean()
    same, varied = learned.edit(images, source="upper", target="upper"), learned.vary(images, n=len(images), seed=0)
    assert away(same) < 0.7 * away(varied)  # the noise of an image is its layout, which an edit keeps


@pytest.mark.long
def test_every_code_is_decoded_from_the_same_noise(model, data):
    code = model.encode(data.test[:1])
    images = model.decode(np.repeat(code, 20, 0))  # in blocks of several sizes
    assert np.abs(np.asarray(images, int) - np.asarray(images[:1], int)).max() <= 1


def test_the_prior_learns_embeddings_and_the_decoder_images_with_theirs(family, data):
    match, prior, decoder = family.stages()
    assert match.inputs is None  # the images themselves, and their captions
    assert [stage.name for stage in family.stages()] == ["match", "prior", "decoder"]
    assert match.share + prior.share + decoder.share == pytest.approx(1)
    items, width = data.tensors("train")[:12], family.given.width
    z = on_sphere(family.towers.images(items.x))
    learned, seen = prior.inputs(items, Draws(0)), decoder.inputs(items, Draws(0))
    assert torch.allclose(learned.x, z, atol=1e-4) and torch.equal(learned.given.nan_to_num(), items.given.nan_to_num())
    assert torch.equal(seen.x, items.x) and torch.allclose(seen.given[:, width:], z, atol=1e-4)


def test_the_decoder_is_told_the_embedding_alone(model, data):
    family = model.family
    decoder = family.stages()[1]
    seen = decoder.inputs(data.tensors("train")[:12], Draws(0))
    lied = seen.given.clone()
    lied[:, : family.given.width] = 5
    loss = lambda given: decoder.players[0].loss(Batch(seen.x, given, Draws(1), 0))[0]
    assert torch.equal(loss(seen.given), loss(lied))
    lied[:, family.given.width :] *= -1
    assert not torch.equal(loss(seen.given), loss(lied))


def test_towers_of_a_batch_learn_as_a_run_of_their_own_does(data):
    """The same loss, of the same images, captions and swapped captions."""
    numbers = registry.hyperparameters(ROW, data.domain.spec, data.domain.given, 100, "tiny")
    towers = registry.build(ROW, data.domain.spec, data.domain.given, numbers).family.towers
    colours = [f"a {a} star left of a {b} ring" for a in ("red", "blue") for b in ("green", "white")]
    x = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
    source = (x, {"caption": [colours[i % 4] if i % 5 else None for i in range(40)]})
    own, task = (
        genwright.load_data(source, given="caption"),
        task_of(genwright.load_data(source, task="match"), "match"),
    )
    towers.given, towers.captions = own.domain.given, own.domain.captions
    towers.family.text = registry.build(
        registry.row(*registry.MATCH, "clip"), task.domain.spec, Spec(()), {"width": 8, "channels": 16, "depth": 1}
    ).family.text
    whole = Clip(towers.family.image, towers.family.text, False, True, 64)
    whole.context = task.domain.context_for(task, ())
    numbered = task.tensors("train").x
    alone, _ = whole.loss(Batch(numbered, torch.zeros(len(numbered), 0), Draws(0), 0))
    items = own.tensors("train")
    together, _ = towers.loss(Batch(items.x, items.given, Draws(0), 0))
    assert together.item() == pytest.approx(alone.item(), abs=1e-5)
    empty, _ = towers.loss(Batch(items.x, torch.full_like(items.given, torch.nan), Draws(0), 0))
    assert empty.item() == 0


def test_large_images_have_an_upsampler():
    picture = Spec((("picture", Ordered(256, shape=(3, 40, 24), axis="grid")),))
    given = Spec((("caption", Category(9, (4,), "sequence", ends=True)),))
    with seeded(0):
        family = registry.build(ROW, picture, given, registry.presets(ROW)["tiny"].values()).family
    names = [stage.name for stage in family.stages()]
    assert names == ["match", "prior", "decoder", "upsampler"]
    items = Items(Draws("x").integers(256, (2, 3, 40, 24)), torch.tensor([[4.0, 5, 7, 8], [3, 7, 8, 8]]))
    for stage in family.stages():
        seen = items if stage.inputs is None else stage.inputs(items, Draws("codes"))
        loss, _ = stage.players[0].loss(Batch(seen.x, seen.given, Draws("step"), 0))
        loss.backward()
        assert loss.isfinite() and any(p.grad is not None and p.grad.any() for p in stage.players[0].parameters)
    with torch.no_grad():
        drawn = family.eval().sample(2, items.given, Draws("draw"), guidance=2.0)
        assert drawn.shape == items.x.shape and family.decode(family.encode(items.x, items.given), None) is not None
        with pytest.raises(Unsupported):
            family.edit(items.x, items.given[:1], items.given[:1], 1.0)


# ---------------------------------------------------------------------- towers of another run


def test_towers_of_a_run_are_taken_as_they_are_and_recorded(model, match, data, tmp_path):
    theirs = genwright.load_model(match)
    state = model.family.towers.family.state_dict()
    assert all(torch.equal(state[name], value) for name, value in theirs.family.state_dict().items())
    assert model.config["towers"]["run"] == str(match) and model.config["recipe"]["match_share"] == 0
    assert [stage["name"] for stage in model.config["stages"]] == ["prior", "decoder"]
    codes = theirs.encode(np.asarray(data.test[:4])) * 8**0.5
    assert np.allclose(model.encode(data.test[:4]), codes, atol=1e-4)
    moved = model.save(tmp_path / "moved")
    assert np.array_equal(genwright.load_model(moved).sample(2, seed=0), model.sample(2, seed=0))


@pytest.mark.long
def test_a_replay_takes_the_same_towers_and_refuses_others(data, match, tmp_path):
    own = shutil.copytree(match, tmp_path / "match")
    first = genwright.fit(data, "unclip", preset="tiny", items=200, match=own, out=tmp_path / "run", progress=False)
    again = genwright.fit(data, replay=tmp_path / "run", progress=False)
    assert all(
        torch.equal(a, b) for a, b in zip(first.family.state_dict().values(), again.family.state_dict().values())
    )
    genwright.fit(task_of(data, "match"), "clip", preset="tiny", epochs=1, out=own, restart=True, progress=False)
    with pytest.raises(RunError):
        genwright.fit(data, replay=tmp_path / "run", progress=False)
    with pytest.raises(RunError, match="towers.digest"):
        genwright.fit(data, "unclip", preset="tiny", items=200, match=own, out=tmp_path / "run", progress=False)


def test_runs_that_have_no_such_towers_are_refused(data, match, model, tmp_path):
    images, captions = np.asarray(data.train), data.train.given["caption"]
    other = genwright.load_data((images, {"caption": [f"{text} of gold" for text in captions]}), given="caption")
    wide = np.pad(images, ((0, 0), (0, 4), (0, 4), (0, 0)))
    run = model.save(tmp_path / "run")
    for asked, how in (
        (other, {"match": match}),  # of other words
        (genwright.load_data((wide, {"caption": captions}), given="caption"), {"match": match}),
        (data, {"match": run}),
        (data, {"match": match, "family": "flow-matching"}),
        (data, {"match": match, "hyperparameters": {"match_width": 16}}),
        (data, {"hyperparameters": {"match_share": 0}}),  # no towers are trained
        (genwright.load_data((images, np.zeros(len(images), int))), {}),  # no captions
    ):
        with pytest.raises(DataError):
            genwright.fit(asked, **{"family": "unclip", "items": 32, "progress": False} | how)
    with pytest.raises(BudgetError):
        genwright.fit(data, parent=run, match=match, items=32, progress=False)


def test_a_run_that_begins_from_another_has_its_towers(model, data, tmp_path):
    parent = model.save(tmp_path / "parent")
    child = genwright.fit(data, parent=parent, items=64, progress=False)
    own, theirs = (m.family.towers.state_dict() for m in (child, model))
    assert all(torch.equal(own[name], theirs[name]) for name in own)


def test_a_run_that_matches_teaches_the_codec_of_words_and_images(data, match, tmp_path):
    options = {"family": "words-and-images", "preset": "tiny", "items": 96, "progress": False}
    own = shutil.copytree(match, tmp_path / "match")
    run = tmp_path / "run"
    plain, taught = (genwright.fit(data, out=out, **how, **options) for out, how in
                     ((tmp_path / "plain", {}), (run, {"match": own})))  # fmt: skip
    same = lambda a, b: [torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values())]
    assert not all(same(plain.family.codec, taught.family.codec))
    assert plain.family.state_dict().keys() == taught.family.state_dict().keys()
    again = genwright.fit(data, replay=run, progress=False)
    assert all(same(again.family, taught.family))
    shutil.rmtree(own)
    assert list(genwright.load_model(run).caption(data.test[:2])["caption"])
    with pytest.raises(DataError, match="leave match or codec out"):
        genwright.fit(data, codec=tmp_path / "plain", match=match, **options)
