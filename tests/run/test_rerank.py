"""best_of and rerank: several draws of each item, of which the one stays that its caption describes best."""

import numpy as np
import pytest

import genwright
from genwright.cli.commands import main
from genwright.contract.small_data import halves
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


@pytest.mark.long
def test_the_best_of_eight_shows_what_one_draw_rarely_does(model, judge):
    ask = dict(given={"caption": CAPTIONS}, seed=3)
    one, best = model.sample(32, **ask), model.sample(32, best_of=8, rerank=judge, **ask)
    assert right(one).mean() < 0.5 and right(best).mean() > 0.75  # 1 / 4, and 1 - (3 / 4)^8 = 0.9 by chance
    assert list(best.given["caption"]) == CAPTIONS and best.seed == 3
    assert best.method.startswith("best of 8 draws by clip of array (") and one.method is None


def test_the_first_of_many_are_those_of_few_and_more_draws_fit_no_worse(model, judge):
    ask = lambda n, k: model.sample(n, {"caption": CAPTIONS[:n]}, seed=3, best_of=k, rerank=judge)
    codes = judge.encode(CAPTIONS)
    fit = lambda images: (judge.encode(np.asarray(images)) * codes).sum(1)
    two, four = ask(32, 2), ask(32, 4)
    assert np.array_equal(ask(5, 2), two[:5])
    first = model.sample(32, {"caption": CAPTIONS}, seed=3)
    assert (fit(two) >= fit(first)).all() and (fit(four) >= fit(two)).all() and fit(four).mean() > fit(two).mean()


def test_the_best_can_be_new_as_well(model, judge):
    ask = lambda **more: model.sample(32, {"caption": CAPTIONS}, seed=3, best_of=2, rerank=judge, **more)
    meanings = model.domain.meanings
    best, unique = ask(), ask(unique=True)
    first = [meaning not in meanings(best)[:i] for i, meaning in enumerate(meanings(best))]
    assert not all(first) and len(set(meanings(unique))) == 32
    assert np.array_equal(unique[first], best[first]) and list(unique.given["caption"]) == CAPTIONS
    novel = ask(novel=best[:8])
    stays = [meaning not in meanings(best[:8]) for meaning in meanings(best)]
    assert not set(meanings(novel)) & set(meanings(best[:8])) and np.array_equal(novel[stays], best[stays])
    with pytest.warns(UserWarning, match="rules"):
        assert np.array_equal(ask(keep_rules=True), best)


def test_each_of_several_draws_begins_at_the_start_of_its_item(model, judge):
    """Draw i begins at start i mod k, in every round."""
    begun = []
    model.family.sample_options = genwright.core.sample_options.STARTED
    draw = model.family.sample
    model.family.sample = lambda n, given, rng, start, strength: begun.append(start) or start
    starts = np.asarray(halves().train)[:2]
    try:
        images = model.sample(4, {"caption": CAPTIONS[:4]}, seed=0, best_of=2, rerank=judge, start=starts)
    finally:
        model.family.sample, model.family.sample_options = draw, ()
    assert np.array_equal(np.asarray(images), starts[[0, 1, 0, 1]])


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
