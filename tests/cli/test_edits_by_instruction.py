# Tests run/editing.py
"""Edits by instructions: what is learned from the image before, both weights, the command line, and bad input."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

import genwright
from genwright.core.draws import Draws
from genwright.core.errors import GivenError, Unsupported
from genwright.core.spec import Category, Spec
from genwright.distributions.heads import CategoricalHead
from genwright.families.two_stage.words_and_images import CAPTION, WordsAndCodes

HALVES = {"left": np.s_[:, :4], "right": np.s_[:, 4:]}


def picture(half, ground, rng):
    image = rng.integers(0, 20, (8, 8)).astype(np.uint8) + ground
    image[HALVES[half]] += 100
    return image


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """128 edits: the instruction says which half is bright, and the ground is that of the image before."""
    folder, rng, rows = tmp_path_factory.mktemp("edits") / "photos", np.random.default_rng(0), []
    (folder / "before").mkdir(parents=True)
    for i in range(128):
        was, half, ground = "left" if i % 4 < 2 else "right", list(HALVES)[i % 2], 0 if i % 8 < 4 else 110
        Image.fromarray(picture(was, ground, rng)).save(folder / f"before/{i:03}.png")
        Image.fromarray(picture(half, ground, rng)).save(folder / f"{i:03}.png")
        rows.append((f"{i:03}.png", f"make it bright on the {half}", f"before/{i:03}.png"))
    pd.DataFrame(rows, columns=["file_name", "text", "before"]).to_csv(folder / "metadata.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def model(photos):
    data = genwright.load_data(photos, given=["caption", "before"])
    how = {"preset": "tiny", "hyperparameters": {"share": 0.4, "lr": 0.03}, "items": 128 * 30}
    return genwright.fit(data, "words-and-images", progress=False, **how)


def asked_and_kept(images, half, ground):
    images = np.asarray(images)[..., 0].astype(float)
    other = {"left": "right", "right": "left"}[half]
    bright, dark = (images[(slice(None), *HALVES[name])].mean((1, 2)) for name in (half, other))
    return (bright - dark > 50).mean(), (abs(dark - ground - 10) < 40).mean()


@pytest.mark.long
@pytest.mark.parametrize("image_guidance", [1.0, 1.5])
def test_an_edit_shows_what_was_asked_and_keeps_the_rest(model, image_guidance):
    rng = np.random.default_rng(1)
    for ground in (0, 110):
        x = np.stack([picture("left", ground, rng) for _ in range(16)])[..., None]
        made = model.edit(x, "make it bright on the right", image_guidance=image_guidance, seed=0)
        asked, kept = asked_and_kept(made, "right", ground)
        assert asked > 0.8 and kept > 0.8, (ground, asked, kept)


def test_weights_are_those_of_an_instruction_and_of_an_image():
    given = Spec(((CAPTION, Category(3, (1,))), ("before", Category(3, (1,)))))
    logits = {(1, 1): [2.0, -1.0], (0, 1): [0.5, 1.0], (0, 0): [-1.0, 3.0]}

    def walk(x, row, known):
        there = tuple(int(not row[0, i].isnan()) for i in range(2))
        yield (0, 0, 0), torch.tensor(logits[there]).expand(len(row), -1)

    network = SimpleNamespace(before="before", walk=walk)
    drawn = {}
    for guidance, image_guidance in ((1.0, 1.0), (2.0, 1.0), (2.0, 1.5)):
        prior = SimpleNamespace(
            given=given,
            network=network,
            head=CategoricalHead(2),
            spec=Spec((("code", Category(2, (1, 1, 1), "grid")),)),
        )
        codes = WordsAndCodes.edit(prior, torch.zeros(20_000, 2), Draws(0), guidance, image_guidance)
        drawn[guidance, image_guidance] = float((codes == 0).float().mean())
    both, image, none = (np.diff(logits[key][::-1])[0] for key in ((1, 1), (0, 1), (0, 0)))
    for (guidance, image_guidance), share in drawn.items():
        wanted = none + image_guidance * (image - none) + guidance * (both - image)
        assert share == pytest.approx(1 / (1 + np.exp(-wanted)), abs=0.015)


def test_the_command_line_edits_a_folder(model, photos, do, home):
    run = model.save(home / "run")
    told = do(f"edit {run} {photos}/before --ask 'make it bright on the right' --out edited")
    assert "128 edited by 'make it bright on the right'" in told and len(list((home / "edited").glob("*.png"))) == 128
    for forms in ("", "--ask 'make it red' --source a --target b", "--ask x --with a --without b", "--source a"):
        assert "--ask" in do(f"edit {run} {photos}/before {forms}", 2)


def test_bad_input_is_one_sentence(model):
    x = np.zeros((2, 8, 8, 1), np.uint8)
    for call in (
        lambda: model.edit(x),
        lambda: model.edit(x, "make it bright", source="a", target="b"),
        lambda: model.edit(x, ""),
        lambda: model.edit(x, "make it turquoise on the left"),
    ):
        with pytest.raises(GivenError):
            call()
    for call in (lambda: model.edit(x, source="a", target="b"), lambda: model.caption(x)):
        with pytest.raises(Unsupported):
            call()
    with pytest.warns(UserWarning, match="16 x 12"):
        assert np.asarray(model.edit(np.zeros((2, 16, 12, 3), np.uint8), "make it bright on the left")).shape == x.shape


def test_a_model_without_edits_says_how_to_train_one():
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
    data = genwright.load_data((images, {"caption": ["dark", "bright"] * 20}), given=["caption"])
    fitted = genwright.fit(data, "words-and-images", preset="tiny", items=64, progress=False)
    with pytest.raises(Unsupported, match="--given before"):
        fitted.edit(images[:1], "make it dark")
