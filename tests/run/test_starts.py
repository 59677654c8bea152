# Tests run/fit.py, run/start.py
"""Draws that start from items, of stored models: image to image, row to row, molecule to molecule."""

from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typed_commands import type_command

import genwright
from genwright.core.draws import Draws
from genwright.core.errors import DataError, GivenError, Unsupported
from genwright.kinds.formats.images.pictures import Pictures
from genwright.kinds.images.domain import Images

RUNS = Path(__file__).parents[1] / "golden" / "format-5"
NOISY = ("images-flow-matching", "images-diffusion", "images-score-matching", "images-cascade", "tables-flow-matching",
         "tables-diffusion", "tables-score-matching", "points-equivariant-diffusion")  # fmt: skip


def numbers(items):
    if hasattr(items, "columns"):
        return items.select_dtypes("number").to_numpy(float)
    return np.concatenate([item.positions for item in items]) if isinstance(items, list) else np.asarray(items, float)


def distance(a, b):
    return float(np.nanmean((numbers(a) - numbers(b)) ** 2))


@pytest.fixture(scope="module")
def flow():
    return genwright.load_model(RUNS / "images-flow-matching")


@pytest.mark.parametrize("name", NOISY)
def test_draws_resemble_their_start_less_the_stronger_they_are(name):
    model, n = genwright.load_model(RUNS / name), 60 if name.startswith("tables") else 8
    x = model.sample(n, given={}, seed=1)
    draw = lambda strength: model.sample(n, seed=0, start=x, strength=strength)
    assert distance(draw(0), x) < 1e-9
    away = [distance(draw(strength), x) for strength in (0.1, 0.35, 0.6, 0.85)]
    assert 0 < away[0] and away == sorted(away)
    ignored, plain = draw(1), model.sample(n, given={}, seed=0)
    assert np.array_equal(numbers(ignored), numbers(plain), equal_nan=True)


@pytest.mark.parametrize("sampler", ["langevin", "ancestral", "ddim", "heun", "dpm-solver"])
def test_every_sampler_takes_a_start_and_its_share_of_the_steps(sampler):
    model = genwright.load_model(RUNS / "images-score-matching")
    x, options = model.sample(3, given={}, seed=1), {"steps": 10, "sampler": sampler}
    made = []
    hook = model.family.denoiser.network.register_forward_hook(lambda *_: made.append(1))
    near, far = (model.sample(3, seed=0, start=x, strength=s, **options) for s in (0.2, 0.8))
    hook.remove()
    assert 0 < distance(near, x) < distance(far, x)
    efforts = [model.effort(start=x, strength=s, **options) for s in (0, 0.2, 0.8)]
    assert [effort.steps for effort in efforts] == [0, 2, 8]
    assert len(made) == 2 * sum(effort.network_calls for effort in efforts)  # in two blocks
    assert model.effort(start=x, **options).steps == 6


@torch.no_grad()
def test_a_model_of_codes_draws_from_the_codes_of_a_start():
    family = genwright.load_model(RUNS / "images-latent-diffusion").family
    given = torch.full((4, family.given.width), torch.nan)
    x = family.sample(4, given, Draws(0))
    draw = lambda **start: family.sample(4, given, Draws(1), **start)
    assert torch.equal(draw(start=x, strength=0.0), family.codec.sample(family.codec.encode(x), Draws(1)))
    assert torch.equal(draw(start=x, strength=1.0), draw())
    points = genwright.load_model(RUNS / "points-latent-diffusion")
    x = points.sample(6, seed=0)
    again = points.sample(6, seed=1, start=x, strength=0.5)
    assert [len(item) for item in again] == [len(item) for item in x]


def test_starts_take_turns_and_the_first_draws_stay_the_first(flow):
    x = np.asarray(flow.sample(3, seed=1))
    draw = lambda n, start: np.asarray(flow.sample(n, seed=0, start=start, strength=0.3))
    nine = draw(9, x)
    assert (nine[:3] == draw(3, x)).all()
    for first in range(3):
        assert (nine[first] == draw(9, x[first : first + 1])[first]).all()
    four = draw(4, x[:1])
    assert len({each.tobytes() for each in four}) == 4 and (four[0] == nine[0]).all()
    blocks = list(flow._sample_blocks(9, seed=0, start=x, strength=0.3))
    assert len(blocks) > 2 and (np.concatenate(blocks) == nine).all()
    with pytest.raises(GivenError):
        draw(4, x)


@pytest.mark.parametrize("name, option", [("images-flow-matching", "start"), ("images-unclip", "like")])
def test_new_items_take_the_places_of_their_start(name, option):
    model = genwright.load_model(RUNS / name)
    x = np.asarray(model.sample(2, seed=1))
    draw = lambda n, **filters: model.sample(n, seed=0, **{option: x}, **filters)
    plain = np.asarray(draw(6))
    assert (np.asarray(draw(4, novel=plain[:1])) == plain[[2, 1, 4, 3]]).all()
    assert (np.asarray(draw(4, unique=True)) == plain[:4]).all()
    with pytest.warns(UserWarning, match="rules"):
        assert (np.asarray(draw(4, keep_rules=True)) == plain[:4]).all()
    with pytest.raises(GivenError, match="given") if option == "like" else nullcontext():
        draw(2, given={})


def test_copies_of_starts_are_no_unique_items(flow):
    x = np.asarray(flow.sample(3, seed=1))
    with pytest.warns(UserWarning, match="3 new items"):
        assert (np.asarray(flow.sample(6, seed=0, start=x, strength=0, unique=True)) == x).all()


def test_given_alone_says_what_is_drawn_not_the_label_of_a_start(flow):
    x, label = np.asarray(flow.sample(3, seed=1)), flow.domain.labels[0]
    named = Pictures(x, {"label": ["of another model"] * 3})
    plain, told = (flow.sample(3, seed=0, start=start) for start in (x, named))
    assert (np.asarray(plain) == np.asarray(told)).all() and "label" not in told.given
    moved = flow.sample(3, given={"label": label}, seed=0, start=named, guidance=3.0)
    assert (np.asarray(moved) != np.asarray(plain)).any() and set(moved.given["label"]) == {label}


def test_images_of_another_size_or_colour_are_brought_to_the_models(flow):
    height, width, channels = flow.domain.size
    rng = np.random.default_rng(0)
    with pytest.warns(UserWarning, match=f"brought from 12 x 20 colour to the model's {height} x {width} grey") as said:
        drawn = flow.sample(2, seed=0, start=rng.random((12, 20, 3)), strength=0.3)
    assert len(said) == 1 and drawn.shape == (2, height, width, channels)
    colour = Images.fit(rng.integers(0, 256, (20, 8, 8, 3), np.uint8))
    grey = rng.integers(0, 256, (2, 8, 8), np.uint8)
    with pytest.warns(UserWarning, match="8 x 8 grey to the model's 8 x 8 colour"):
        there = colour.as_start(grey)
    assert (there == grey[..., None]).all()
    with pytest.warns(UserWarning, match="8 x 8 colour to the model's 8 x 8 grey"):
        assert (Images.fit(grey[..., None]).as_start(there)[..., 0] == grey).all()
    assert colour.as_start(there) is there


# ---------------------------------------------------------------------- command line


def run(*words):
    return type_command(*words)


def test_the_command_line_draws_from_a_sketch_a_folder_an_array_and_a_table(flow, tmp_path):
    height, width, _ = flow.domain.size
    rng = np.random.default_rng(0)
    (tmp_path / "sketches").mkdir()
    for k in range(2):
        Image.fromarray(rng.integers(0, 256, (30, 40, 3), np.uint8)).save(tmp_path / "sketches" / f"{k}.png")
    images = RUNS / "images-flow-matching"
    sketch, out = tmp_path / "sketches" / "0.png", tmp_path / "like.npz"
    done = run("sample", images, "--start", sketch, "--strength", 0.5, "--seed", 0, "--out", out)
    assert done.exit_code == 0, done.output
    assert f"to {height} x {width}" in done.output and "1 sampled" in done.output
    assert "1 steps of heun" in done.output
    done = run("sample", images, "--start", tmp_path / "sketches", "--given", "label=3", "-n", 4, "--out", out)
    assert done.exit_code == 0, done.output
    assert len(np.load(out)["x"]) == 4 and set(np.load(out)["label"]) == {3}
    x = np.asarray(flow.sample(3, seed=1))
    np.savez(tmp_path / "x.npz", x=x)
    done = run("sample", images, "--start", tmp_path / "x.npz", "--strength", 0, "--out", out)
    assert done.exit_code == 0 and (np.load(out)["x"] == x).all(), done.output
    tables = RUNS / "tables-flow-matching"
    model, rows = genwright.load_model(tables), tmp_path / "rows.csv"
    model.sample(5, seed=0).to_csv(rows, index=False)
    done = run("sample", tables, "--start", rows, "--out", tmp_path / "like.csv")
    assert done.exit_code == 0 and "5 sampled" in done.output, done.output


def test_the_command_line_refuses_bad_starts_by_name(flow, tmp_path):
    images, sketch = RUNS / "images-flow-matching", tmp_path / "sketch.npy"
    np.save(sketch, np.full((9, 9), np.nan))
    done = run("sample", images, "--start", sketch)
    assert isinstance(done.error, DataError) and "sketch.npy" in str(done.error)
    np.save(sketch, np.asarray(flow.sample(1, seed=0))[0])
    for words in (("--start", sketch, "--strength", 1.5), ("--strength", 0.5), ("--start", tmp_path / "none.png")):
        assert isinstance(run("sample", images, *words).error, DataError)
    assert isinstance(run("sample", RUNS / "images-vae", "--start", sketch).error, Unsupported)
