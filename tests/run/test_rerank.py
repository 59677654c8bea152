"""best_of and rerank: several draws of each item, of which the one stays that its caption describes best."""

import numpy as np
import pytest
import torch

import genwright
from genwright.cli.commands import main
from genwright.contract.small_data import halves
from genwright.core.errors import DataError, GivenError, Unsupported
from genwright.core.sample_options import SampleOptions
from genwright.run.tasks import task_of

NAMES = ("left", "right", "upper", "lower")
CAPTIONS = [f"a bright {name} half" for name in NAMES] * 8


@pytest.fixture(scope="module")
def judge():
    """A run that knows the halves."""
    return genwright.fit(task_of(halves(), "match"), "clip", preset="tiny", epochs=12, progress=False)


@pytest.fixture(scope="module")
def model():
    """A model that draws any half, whatever the caption."""
    images = halves().train
    data = genwright.load_data((np.asarray(images), {"caption": images.given["caption"]}), given="caption")
    model = genwright.fit(data, "bootstrap", progress=False)
    x = data.tensors("train").x.float()
    model.family.sample = lambda n, given, rng: x[rng.integers(len(x), (n,))]
    return model


def right(images) -> np.ndarray:
    """Whether each shows the half that its caption names."""
    x = np.asarray(images, float)[..., 0]
    parts = x[:, :, :4], x[:, :, 4:], x[:, :4], x[:, 4:]
    return np.array(NAMES)[np.argmax([part.mean((1, 2)) for part in parts], 0)] == [
        text.split()[2] for text in images.given["caption"]
    ]


def test_the_best_of_eight_shows_what_one_draw_rarely_does(model, judge):
    ask = dict(given={"caption": CAPTIONS}, seed=3)
    one, best = model.sample(32, **ask), model.sample(32, best_of=8, rerank=judge, **ask)
    assert right(one).mean() < 0.5 and right(best).mean() > 0.75  # 1 / 4, and 1 - (3 / 4)^8 = 0.9 by chance
    assert list(best.given["caption"]) == CAPTIONS and best.seed == 3
    assert best.method.startswith("best of 8 draws by clip of array (") and one.method is None


def test_the_first_of_many_are_those_of_few_and_more_draws_fit_no_worse(model, judge):
    ask = lambda n, k: model.sample(n, {"caption": CAPTIONS[:n]}, 3, best_of=k, rerank=judge)
    codes = judge.encode(CAPTIONS)
    fit = lambda images: (judge.encode(np.asarray(images)) * codes).sum(1)
    two, four = ask(32, 2), ask(32, 4)
    assert np.array_equal(ask(5, 2), two[:5])
    first = model.sample(32, {"caption": CAPTIONS}, 3)
    assert (fit(two) >= fit(first)).all() and (fit(four) >= fit(two)).all() and fit(four).mean() > fit(two).mean()


def test_each_of_several_draws_begins_at_the_start_of_its_item(model, judge):
    """Draw i begins at start i mod k, in every round."""
    begun = []
    model.family.sample_options = genwright.core.sample_options.STARTED
    draw = model.family.sample
    model.family.sample = lambda n, given, rng, start, strength: begun.append(start) or start
    starts = np.asarray(halves().train)[:2]
    try:
        images = model.sample(4, {"caption": CAPTIONS[:4]}, 0, best_of=2, rerank=judge, start=starts)
    finally:
        model.family.sample, model.family.sample_options = draw, ()
    assert np.array_equal(np.asarray(images), starts[[0, 1, 0, 1]])


@pytest.mark.parametrize(
    "options, sentence",
    [
        ({"best_of": 8}, "best_of needs a run that matches images with texts to choose by: pass rerank too"),
        ({"rerank": "runs/match"}, "rerank needs to know how many draws .*: pass best_of too"),
        ({"best_of": 1, "rerank": "runs/match"}, "best_of must be a whole number at least 2"),
    ],
)
def test_one_without_the_other_is_refused(options, sentence):
    with pytest.raises(DataError, match=sentence):
        SampleOptions(**options)


def test_a_run_that_cannot_judge_is_refused(model):
    ask = lambda run: model.sample(2, {"caption": CAPTIONS[:2]}, best_of=2, rerank=run)
    for run, called in ((model, "bootstrap of array"), ("runs/match", "runs/match")):
        with pytest.raises(DataError, match=f"{called}, which matches no images with texts: fit one .* --task match"):
            ask(run)
    rng = np.random.default_rng(0)
    wide = rng.integers(0, 250, (40, 12, 12), np.uint8), {"caption": [f"a {NAMES[i % 4]}" for i in range(40)]}
    other = genwright.fit(
        task_of(genwright.load_data(wide, task="match"), "match"), "clip", preset="tiny", items=32, progress=False
    )
    with pytest.raises(
        DataError, match="matches 12 x 12 grey images of .* these are 8 x 8 grey images .* --task match"
    ):
        ask(other)


def test_draws_without_a_caption_are_refused(model, judge):
    ranked = dict(best_of=2, rerank=judge)
    for given in (
        None,
        {"caption": ["a bright left half", None]},
        torch.full((2, model.family.given.width), torch.nan),
    ):
        with pytest.raises(GivenError, match="best_of chooses by captions, and here an image has none: .* --given"):
            model.sample(2, given, **ranked)
    plain = genwright.fit((np.asarray(halves().train), np.zeros(len(halves().train), int)), "bootstrap", progress=False)
    with pytest.raises(Unsupported, match="bootstrap was trained without captions, .*: leave best_of and rerank out"):
        plain.sample(2, **ranked)


def test_what_chooses_otherwise_is_refused(model, judge):
    ask, ranked = {"caption": CAPTIONS[:2]}, dict(best_of=2, rerank=judge)
    for other in ({"unique": True}, {"keep_rules": True}, {"novel": halves().train}):
        with pytest.raises(GivenError, match="best_of keeps one draw of each item.*: leave keep_rules, unique and"):
            model.sample(2, ask, **ranked, **other)
    with pytest.raises(Unsupported, match="as sample alone does: leave best_of and rerank out"):
        list(model.sample_blocks(2, ask, **ranked))
    with pytest.raises(GivenError, match="n must be at least 1"):
        model.sample(0, ask, **ranked)


def test_the_command_line_says_what_was_chosen(judge, tmp_path, capsys):
    images = halves().train
    data = genwright.load_data((np.asarray(images), {"caption": images.given["caption"]}), given="caption")
    genwright.fit(data, "flow-matching", preset="tiny", items=64, out=tmp_path / "run", progress=False)
    judge.save(tmp_path / "match")
    words = ["sample", str(tmp_path / "run"), "-n", "2", "--given", "caption=left", "--out", str(tmp_path / "x.npz")]
    with pytest.raises(SystemExit) as ended:
        main([*words, "--seed", "1", "--best-of", "3", "--rerank", str(tmp_path / "match")])
    assert ended.value.code == 0
    assert "best of 3 draws by clip of array (" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main([*words, "--best-of", "3"])
    assert ended.value.code == 2
    assert "pass rerank too" in capsys.readouterr().err
