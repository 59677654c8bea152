# Tests core/family.py, core/recipe.py, core/sample_options.py, run/compatible_options.py
"""Sampling options: of stored models, from Python and from the command line, and of a family's own."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from typed_commands import type_command

import genwright
from genwright.core.draws import Draws
from genwright.core.errors import DataError, Unsupported
from genwright.core.family import Family
from genwright.core.recipe import Recipe
from genwright.core.sample_options import RANKED, SHARED, SampleOption, SampleOptions
from genwright.zoo import registry

RUNS = Path(__file__).parents[1] / "golden" / "format-5"
WALKED = ("tables-diffusion", "images-flow-matching", "tables-score-matching", "images-energy",
          "sequences-discrete-diffusion", "graph-sets-discrete-diffusion")  # fmt: skip


@pytest.mark.parametrize("name", WALKED)
def test_the_steps_and_the_sampler_of_training_are_those_that_none_names(name):
    model = genwright.load_model(RUNS / name)
    effort = model.effort()
    named = {"steps": effort.steps} | ({"sampler": effort.sampler} if effort.sampler else {})
    given = torch.full((3, model.family.given.width), torch.nan)
    with torch.no_grad():
        plain, *others = [model.family.sample(3, given, Draws(0), **told) for told in ({}, named, {"guidance": 1.0})]
        other = model.family.sample(3, given, Draws(0), steps=1)
    parts = lambda x: [x.x, x.pairs.source] if model.spec.is_set else [x.nan_to_num(-1)]
    same = lambda a, b: all(map(torch.equal, parts(a), parts(b)))
    assert all(same(plain, x) for x in others) and (effort.steps == 1 or not same(plain, other))


@pytest.mark.parametrize(("sampler", "calls"), [("ancestral", 10), ("ddim", 10), ("heun", 19), ("dpm-solver", 10)])
def test_effort_counts_the_calls_that_are_made(sampler, calls):
    model = genwright.load_model(RUNS / "images-flow-matching")
    effort, made = model.effort(steps=10, sampler=sampler), []
    hook = model.family.denoiser.network.register_forward_hook(lambda *_: made.append(1))
    model.sample(1, seed=0, steps=10, sampler=sampler)
    hook.remove()
    assert (effort.steps, effort.network_calls, effort.sampler) == (10, calls, sampler) and len(made) == calls
    assert model.effort(steps=10, sampler=sampler, guidance=2.0).network_calls == 2 * calls


def test_completions_take_options_by_the_same_way():
    lines = genwright.load_model(RUNS / "sequences-autoregressive")
    begun = lines.sample(1, seed=0)[0][:2] + "*"
    written = lambda **options: {done[0] for done in lines.complete([begun], draws=9, seed=0, **options)}
    assert len(written(top_k=1)) == 1 < len(written())
    pictures = genwright.load_model(RUNS / "images-flow-matching")
    x = np.asarray(pictures.sample(3, seed=0))
    known = np.zeros(x.shape[1:3], bool)
    known[:, : x.shape[2] // 2] = True
    fill = lambda **options: np.asarray(pictures.complete(x, known, seed=1, **options))
    plain, effort = fill(), pictures.effort()
    assert (fill(steps=effort.steps, sampler=effort.sampler) == plain).all()
    label, other = ({pictures.family.given.names[0]: value} for value in pictures.domain.labels[:2])
    moved = fill(guidance=3.0, against=label)
    for changed in (fill(steps=1), fill(sampler="ancestral"), moved, fill(guidance=3.0, against=other)):
        assert (changed != plain).any() and (changed[:, known] == x[:, known]).all()
    assert (moved != fill(guidance=3.0, against=other)).any()
    with pytest.raises(Unsupported, match="steps.*sampler.*guidance"):
        pictures.complete(x, known, temperature=0.5)
    with pytest.raises(Unsupported, match="no sampling options"):
        genwright.load_model(RUNS / "images-flow").complete(x, known, steps=3)


@pytest.mark.parametrize(
    "name",
    ["tables-energy", "tables-autoregressive", "sequences-discrete-diffusion", "images-cascade", "images-vq-vae-2",
     "images-latent-diffusion", "audio-vq-vae"],
)  # fmt: skip
@torch.no_grad()
def test_every_option_of_completions_reaches_them(name):
    family = genwright.load_model(RUNS / name).family
    n = 4 if family.spec.is_array else 100  # cells are few
    given, known = torch.zeros(n, family.given.width), torch.zeros(n, *family.spec.shape, dtype=torch.bool)
    x = family.sample(n, given, Draws(0))
    known[..., :2] = ~x[..., :2].isnan()
    fill = lambda **options: torch.where(known, x, family.fill(x, known, given, Draws(1), **options))
    plain, names = fill(), [option.name for option in family.complete_options]
    assert names
    values = {"steps": 1, "sampler": "ancestral", "guidance": 400.0}
    for option, value in (values | {"top_k": 1, "temperature": 0.1, "method": "resample"}).items():
        if option in names and (option != "guidance" or family.given.width):
            assert not torch.equal(fill(**{option: value}).nan_to_num(-1), plain.nan_to_num(-1)), option
    if "against" in names and family.given.width:
        moved = [fill(guidance=4.0, against=against) for against in (given, given + 1)]
        assert torch.equal(moved[0], plain) or not torch.equal(*moved)


def test_one_object_is_the_same_as_its_options_by_name():
    model = genwright.load_model(RUNS / "images-flow-matching")
    one = SampleOptions(steps=3, sampler="ddim")
    a, b = model.sample(2, seed=0, options=one), model.sample(2, seed=0, steps=3, sampler="ddim")
    assert (np.asarray(a) == np.asarray(b)).all()
    assert one.with_chosen({"steps": 4, "own": 1}) == SampleOptions(steps=4, sampler="ddim", own={"own": 1})
    assert {option.name for option in (*SHARED, *RANKED)} | {"own"} == set(SampleOptions.__dataclass_fields__)


def test_the_command_line_takes_them_and_prints_calls(tmp_path):
    run = str(RUNS / "images-flow-matching")
    model, out = genwright.load_model(run), tmp_path / "new.npz"
    label, other = model.domain.labels[:2]
    typed = f"--steps 3 --sampler ddim --guidance 2 --given label={label} --against label={other}".split()
    done = type_command("sample", run, "-n", "2", "--seed", "0", *typed, "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "3 steps of ddim, 6 network calls" in done.output
    options = SampleOptions(steps=3, sampler="ddim", guidance=2.0, against={"label": other})
    drawn = np.asarray(model.sample(2, given={"label": label}, seed=0, options=options))
    assert (np.load(out)["x"].reshape(drawn.shape) == drawn).all()
    begun, filled = tmp_path / "begun.txt", tmp_path / "filled.txt"
    begun.write_text("a*\n" * 6)
    run = str(RUNS / "sequences-autoregressive")
    done = type_command("complete", run, str(begun), "--top-k", "1", "--out", str(filled))
    assert done.exit_code == 0, done.output or done.error
    assert len(set(filled.read_text().split())) == 1
    refused = type_command("complete", run, str(begun), "--steps", "3")
    assert isinstance(refused.error, Unsupported) and "guidance" in str(refused.error)


# ---------------------------------------------------------------------- a family with an option of its own


class Rounded(Family):
    """Columns that are all zero, or what `level` says."""

    sample_options = (SampleOption("level", int, "What every column is", least=0),)
    complete_options = sample_options

    def stages(self):
        return []

    def sample(self, n, given, rng, level=0):
        return torch.full((n, *self.spec.shape), float(level))

    def fill(self, x, known, given, rng, level=0):
        return torch.where(known, x, float(level))


def rounded(spec, given):
    return Recipe(Rounded(spec, given))


@pytest.fixture
def toy(monkeypatch, tmp_path):
    monkeypatch.setattr(registry, "_registered", [*registry._registered])
    genwright.register("tables", "rounded", rounded, verbs=("sample", "complete"), sample_options=("level",))
    table = {"a": np.arange(40) % 3, "b": np.arange(40) % 4}
    pd.DataFrame(table).to_csv(tmp_path / "table.csv", index=False)
    return genwright.fit(genwright.load_data(str(tmp_path / "table.csv")), "rounded", items=40, progress=False)


def test_a_family_declares_and_takes_an_option_of_its_own(toy, tmp_path):
    assert (toy.sample(5, level=2) == 2).all(None) and (toy.sample(5) == 0).all(None)
    assert (toy.sample(5, options=SampleOptions(own={"level": 1})) == 1).all(None)
    holes = toy.sample(2, level=2).astype(float)
    holes.loc[0, "a"] = np.nan
    assert toy.complete(holes, level=1)["a"].tolist() == [1, 2]
    with pytest.raises(DataError):
        toy.sample(5, level=-1)
    with pytest.raises(Unsupported, match="takes no steps.*level"):
        toy.sample(5, steps=3)
    run, out = str(toy.save(tmp_path / "run")), tmp_path / "new.csv"
    done = type_command("sample", run, "-n", "4", "--option", "level=2", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert set(out.read_text().split()[1:]) == {"2,2"}
    for wrong in ("level=much", "level=-1"):
        assert "level" in str(type_command("sample", run, "--option", wrong).error)
