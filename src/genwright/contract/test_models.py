"""The contract: every registered recipe, in its tiny preset, through every verb that it claims. No skips."""

import copy

import numpy as np
import pytest
import torch

import genwright
from genwright.core.draws import Draws
from genwright.core.errors import DataError, GivenError, Unsupported
from genwright.core.likelihood import KINDS
from genwright.core.recipe import Recipe
from genwright.core.sample_options import AGAINST, GUIDANCE_RULE, LIKE_IMAGES, METHOD, RESAMPLE, SHARED, START, STRENGTH
from genwright.core.trainable import Batch
from genwright.run.model import VERBS, Model
from genwright.training.machine import step_flops
from genwright.zoo import registry

from .fixtures import made_data_of  # noqa: F401 -- the fixture `data_of`, also of tests that import these
from .small_data import look_at, looks, replay_interrupted, small_label, with_holes

KINDS_OF_DATA = looks()
ROWS = {f"{row.label}-{row.family}": row for row in registry.rows() if row.label in KINDS_OF_DATA}
REPEATED = 192  # items of the run that is stopped and gone on with
ITEMS = 16  # that are scored: the first block holds as many (see `run.blocks`), so that none fills it up


def holders_of(state, items) -> list[str]:
    """Names of the tensors that hold training items: more than two numbers for each of them, or rows of numbers that
    are those of an item, perhaps on another scale."""
    names = [name for name, tensor in state.items() if len(items) in tensor.shape and tensor.numel() > 2 * len(items)]
    if not isinstance(items, torch.Tensor) or items[0].numel() < 3:
        return names
    known = rows_without_scale(items)
    return names + [
        name
        for name, tensor in state.items()
        if tensor.dim() > 1 and tensor[0].numel() == items[0].numel() and len(known & rows_without_scale(tensor)) > 3
    ]


def rows_without_scale(x: torch.Tensor) -> set[bytes]:
    """The rows (n, ...) that vary, each less its mean and over its deviation, as bytes of two decimals."""
    rows = x.flatten(1).double()
    rows = (rows - rows.mean(1, keepdim=True)) / rows.std(1, keepdim=True)
    return {row.numpy().tobytes() for row in (rows * 100).round().to(torch.int16)[rows.isfinite().all(1)]}


@pytest.fixture(scope="module", params=sorted(ROWS))
def fitted(request, data_of, tmp_path_factory):
    """Fits a model of one row once for all its tests: returns row, model, folder and data."""
    row, folder = ROWS[request.param], tmp_path_factory.mktemp("contract") / request.param
    data = data_of(small_label(row))
    return row, fit(row, data, 1500, folder), folder, data


def fit(row, data, items: int, folder):
    preset = "tiny" if registry.presets(row) else None
    return genwright.fit(data, row.family, items=items, preset=preset, out=folder, progress=False)


@pytest.fixture(scope="module")
def count(fitted):
    """Returns items to sample: the first two blocks hold as many, so that none is sampled to fill a block."""
    return sum(fitted[1].sizes[:2])


@pytest.fixture(scope="module")
def sampled(fitted, count):
    """Returns items of seed 5, which several tests look at."""
    return fitted[1].sample(count, seed=5)


@pytest.fixture(scope="module")
def scored(fitted):
    """Returns ITEMS test items and their likelihood; None where the family has no likelihood."""
    row, model, _, data = fitted
    items = look_at(small_label(row)).first_items(data.test, ITEMS)
    return items, model.log_prob(items) if "log_prob" in row.verbs else None


@pytest.fixture
def kind(fitted):
    """Returns the contract's view of the items of that data."""
    return look_at(small_label(fitted[0]))


def test_it_has_the_verbs_it_claims_and_says_why_not_the_others(fitted, kind):
    row, model, _, data = fitted
    one = kind.first_items(data.test, 1)
    assert set(model.verbs) == set(row.verbs)
    calls = {
        "log_prob": lambda: model.log_prob(data.test),
        "encode": lambda: model.encode(data.test),
        "decode": lambda: model.decode(np.zeros((2, 3))),
        "interpolate": lambda: model.interpolate(one, one),
        "complete": lambda: model.complete(*with_holes(data)),
        "predict": lambda: model.predict(data.test),
        "edit": lambda: model.edit(one, source="a", target="b"),
        "compress": lambda: model.compress(data.test),
        "caption": lambda: model.caption(one),
        "answer": lambda: model.answer(one, "which?"),
        "expand": lambda: model.expand("a star"),
    }
    for verb in set(VERBS) - set(row.verbs):
        with pytest.raises(
            Unsupported, match=f"{row.family} cannot {verb.replace('_', '-')}: .+; families that can: .+"
        ):
            calls[verb]()


def test_sample_has_the_form_of_the_data_and_carries_its_given(fitted, kind, sampled, count):
    assert len(sampled) == count and kind.fits(sampled, fitted[-1])


def test_the_same_seed_gives_the_same_items_and_the_first_k_of_n(fitted, kind, sampled, count):
    _, model, _, _ = fitted
    assert kind.are_equal(sampled, model.sample(count, seed=5))
    assert kind.are_equal(kind.first_items(sampled, 3), model.sample(3, seed=5))
    assert not kind.are_equal(sampled, model.sample(count, seed=6))


def test_a_family_that_keeps_training_items_says_so(fitted):
    """No run is published that holds the data: `export` asks `copies` and `keeps`."""
    row, model, _, data = fitted
    if not (row.copies or row.keeps):
        assert holders_of(model.family.state_dict(), data.tensors("train").x) == []


def test_saved_and_opened_it_is_the_same_model(fitted, kind, sampled, scored, tmp_path):
    """The run folder is opened, and what was opened is saved and opened: a loss in either shows in the last."""
    items, lp = scored
    reopened = genwright.load_model(genwright.load_model(fitted[2]).save(tmp_path / "copy"))
    assert isinstance(reopened, Model) and kind.are_equal(kind.first_items(sampled, 3), reopened.sample(3, seed=5))
    assert lp is None or np.array_equal(lp.nats, reopened.log_prob(items).nats)


def test_given_changes_the_draw(fitted, kind):
    """Enough items for a model that has hardly learned to show it."""
    row, model, _, _ = fitted
    name, values = kind.given or ("label", ())
    draws_by_value = [model.sample(ITEMS, given={name: value}, seed=2) for value in values]
    assert [kind.values(items, name) for items in draws_by_value] == [{value} for value in values]
    assert model.family.conditional or not values
    if values:
        a, b = (kind.drop_condition(items, name) for items in draws_by_value)
        assert not kind.are_equal(a, b)
    with pytest.raises(
        genwright.GenwrightError, match="known|there is no|know|one of|labels|values|value of|give a text"
    ):
        model.sample(2, given={name: kind.nonsense})


def test_guidance_moves_away_from_what_it_is_told(fitted, kind, count):
    row, model, _, _ = fitted
    if kind.given is None:
        return
    name, (a, b) = kind.given
    draw = lambda seed=2, **options: model.sample(count, given={name: a}, seed=seed, **options)
    if AGAINST not in model.sample_options:
        return

    def moves(seed: int) -> bool:
        guided_items, guided = draw(seed, guidance=3.0, against={name: b}), draw(seed, guidance=3.0)
        return not kind.are_equal(guided_items, guided) and not kind.are_equal(guided_items, draw(seed))

    assert any(map(moves, (2, 3, 4)))  # few items of a model that hardly learned may come out the same
    assert kind.are_equal(draw(guidance=3.0, against={}), draw(guidance=3.0))
    with pytest.raises(DataError, match="against needs a guidance"):
        draw(against={name: b})


def test_it_takes_the_sampling_options_that_it_declares_and_no_others(fitted, kind, sampled, count):
    row, model, _, _ = fitted
    options = {option.name: option for option in model.sample_options}
    assert tuple(options) == row.sample_options
    assert set(model.complete_options) - {METHOD} <= set(model.sample_options)
    effort = model.effort()
    assert (effort is not None) == ("steps" in options)
    for name, value in {"steps": 1, "temperature": 0.3, "top_k": 1, "top_p": 0.2}.items():
        if name in options:
            others_samples = model.sample(count, seed=5, **{name: value})
            assert len(others_samples) == count and not kind.are_equal(others_samples, sampled), name
    for name in options["sampler"].choices if "sampler" in options else ():
        others_samples = model.sample(count, seed=5, sampler=name)
        assert kind.are_equal(others_samples, sampled) == (name == effort.sampler), name
    for option in SHARED:
        if option.name not in options:
            option_values = {int: 1, float: 0.5, str: "ddim", dict: {}, object: sampled}
            value = option.choices[0] if option.choices else option_values[option.type]
            steered = {"guidance": 2.0}
            kind_options = {AGAINST: steered, GUIDANCE_RULE: steered, STRENGTH: {"start": sampled}}.get(option, {})
            with pytest.raises(Unsupported, match="takes no"):
                model.sample(2, seed=2, **{option.name: value}, **kind_options)


def test_it_has_the_figures_it_claims(fitted, kind):
    row, model, *_ = fitted
    assert ("codes" in row.figures) == model.has("encode")
    if (row.kind, row.task) == registry.IMAGES:
        assert all((name in row.figures) == model.family.has_path for name in registry.PATH_FIGURES)
    if not model.family.has_path:
        with pytest.raises(Unsupported, match="no path of noise levels to show; families that have: "):
            model.progress(2, 5)
        return
    states, expected = model.progress(2, 5)
    assert len(states) == len(expected) + 1
    assert len(states[-1]) == 2 and not kind.are_equal(states[0], states[-1])


def test_draws_resemble_a_start_but_for_those_of_strength_1(fitted, kind, sampled, count):
    _, model, _, _ = fitted
    if START not in model.sample_options:
        return
    draw = lambda **start: model.sample(count, given={}, seed=2, **start)
    near, far, plain = draw(start=sampled, strength=0.0), draw(start=sampled, strength=0.7), draw()
    assert kind.are_equal(draw(start=sampled, strength=1.0), plain)
    assert not kind.are_equal(far, plain) and not kind.are_equal(far, near)
    assert kind.are_equal(
        kind.first_items(far, 3), model.sample(3, seed=2, start=kind.first_items(sampled, 3), strength=0.7)
    )


def test_draws_show_what_the_images_show_that_they_are_like(fitted, kind, count):
    _, model, _, data = fitted
    if LIKE_IMAGES not in model.sample_options:
        return
    images = kind.first_items(data.test, 2)
    variations = model.vary(images, n=count, seed=2)
    assert len(variations) == count and not kind.are_equal(
        variations, model.vary(kind.first_items(images, 1), n=count, seed=2)
    )
    assert kind.are_equal(kind.first_items(variations, 2), model.sample(2, seed=2, like=images))
    with pytest.raises(GivenError, match="like says what the samples show"):
        model.sample(2, given={kind.given[0]: kind.given[1][0]}, like=images)


def test_an_edit_changes_images_by_their_captions(fitted, kind):
    row, model, _, data = fitted
    if "edit" not in row.verbs or model.family.edits_by != "captions":
        return
    images, (source, target) = kind.first_items(data.test, 2), kind.given[1]
    edited = model.edit(images, source=source, target=target)
    assert len(edited) == 2 and kind.are_equal(edited, model.edit(images, source=source, target=target))
    assert not kind.are_equal(edited, model.edit(images, source=target, target=source))


def test_a_likelihood_says_its_kind_and_is_a_number(fitted, kind, scored):
    """A model that is saved and opened shows that the same seed gives the same number, above."""
    row, model, _, data = fitted
    if "log_prob" not in row.verbs:
        assert row.likelihood == ""
        return
    items, lp = scored
    assert lp.nats.shape == (len(items),) and np.isfinite(lp.nats).all()
    assert lp.kind in KINDS and lp.kind == row.likelihood and lp.of == data.domain.spec.of
    assert np.allclose(model.log_prob(kind.first_items(items, 3)).nats, lp.nats[:3], atol=1e-3)
    junk = kind.junk(data)
    if junk is not None:
        assert model.log_prob(kind.first_items(junk, ITEMS)).nats.mean() < lp.nats.mean() - 10


def test_a_likelihood_that_is_drawn_knows_its_error(fitted, scored):
    """If another seed gives another number, each item has a standard error, which fits the spread of the numbers over
    seeds."""
    row, model, *_ = fitted
    if "log_prob" not in row.verbs:
        return
    (items, first), seeds = scored, 6
    likelihoods = [first, model.log_prob(items, seed=1)]
    if np.array_equal(likelihoods[0].nats, likelihoods[1].nats):
        assert likelihoods[0].se is None
        return
    likelihoods += [model.log_prob(items, seed=seed) for seed in range(2, seeds)]
    nats, ses = np.stack([lp.nats for lp in likelihoods]), np.stack([lp.se for lp in likelihoods])
    z = (nats - nats.mean(0)) / ses / (1 - 1 / seeds) ** 0.5
    minimum = 0.55 if row.family == "class-gaussian" else 0.7  # the error of its few draws is too large
    assert (ses > 0).all() and minimum < z.std() < 1.6
    assert np.isnan(model.log_prob(items, draws=1).se).all()


def test_an_outlier_farther_away_scores_lower(fitted, kind):
    row, model, _, data = fitted
    if "log_prob" not in row.verbs:
        return
    for items in kind.outliers(data):
        nats = model.log_prob(items).nats
        assert np.isfinite(nats).all() and (np.diff(nats) < 0).all(), items


def test_codes_return_to_their_items(fitted, kind):
    row, model, _, data = fitted
    if "encode" not in row.verbs:
        return
    items = kind.first_items(data.test, 4)
    z = model.encode(items)
    assert len(z) == 4 and np.isfinite(z).all()
    decoded = model.decode(z, given=None)
    assert len(decoded) == 4
    path = model.interpolate(kind.first_items(items, 1), model.sample(1, seed=0), steps=4)
    assert len(path) == 4


def test_predictions_are_probabilities_of_the_labels_and_look_at_none(fitted, kind):
    row, model, _, data = fitted
    if "predict" not in row.verbs:
        return
    (name,) = model.family.given.names
    table = model.predict(data.test)
    share = table.iloc[:, 1:].to_numpy()
    assert len(table) == len(data.test) and set(table["label"]) <= set(model.domain.labels)
    assert share.shape[1] == len(model.domain.labels) and np.allclose(share.sum(1), 1, atol=1e-5) and (share >= 0).all()
    assert table["label"].tolist() == [model.domain.labels[k] for k in share.argmax(1)]
    first = kind.first_items(data.test, 5)
    one = data.domain.decode(data.tensors("test").x[:5], torch.full((5, 1), torch.nan), None)
    assert model.predict(first).equals(model.predict(one))
    assert np.allclose(model.predict(first).iloc[:, 1:], share[:5], atol=1e-5)


def test_complete_keeps_what_is_known_and_depends_on_it(fitted, kind, count):
    row, model, _, data = fitted
    if "complete" not in row.verbs:
        return
    first_holes = lambda n: [None if part is None else kind.first_items(part, n) for part in with_holes(data)]
    items, known = first_holes(count)
    completions = model.complete(items, known, seed=4)
    assert kind.is_complete(completions) and kind.keeps_known(completions, items, known)
    note, method = kind.note(completions)
    assert note in ("exact", "approximate", "point") and method
    two = model.complete(items, known, draws=2, seed=4)
    assert len(two) == 2 and kind.are_equal(two[0], completions)
    if METHOD in model.complete_options:
        completion = model.complete(items, known, seed=4, method=RESAMPLE)
        assert (
            kind.is_complete(completion)
            and kind.keeps_known(completion, items, known)
            and not kind.are_equal(completion, completions)
        )
        assert RESAMPLE in kind.note(completion)[1] and kind.note(completion) != kind.note(completions)
    if kind.guessed:  # a best guess takes fifty draws
        items, known = first_holes(4)
        guess = model.complete(items, known, estimate="mean", seed=4)
        assert kind.is_complete(guess) and kind.keeps_known(guess, items, known)
    x, given = data.tensors("test").x, data.tensors("test").given
    mask = kind.half_known(x)
    if row.family in ("independent", "black", "mean-frame"):
        return
    fill = lambda x, seed: kind.unknown(model.family.fill(x, mask, given, Draws(seed)), mask)
    with torch.no_grad():
        assert any(not torch.equal(fill(x, seed), fill(kind.reversed(x), seed)) for seed in (9, 10, 11))


def test_gradients_reach_every_parameter_of_each_player(fitted):
    row, model, _, data = fitted
    family = copy.deepcopy(model.family).train()
    for index, stage in enumerate(family.stages()):
        items = data.tensors("train")
        items = items if stage.inputs is None else stage.inputs(items, Draws("inputs"))
        # a fit in one thread counts none
        assert not family.probed or step_flops(Recipe(family), index, items) >= 0
        for player in stage.players:
            assert player.parameters
            family.zero_grad()
            for k in range(6):  # conditions are dropped at random: some batches together reach all
                part = items[64 * k : 64 * k + 64]
                loss, _ = player.loss(Batch(part.x, part.given, Draws(k), 10**9))
                loss.backward()
                assert loss.isfinite()
            names = {id(p): name for name, p in family.named_parameters()}
            cold = [names[id(p)] for p in player.parameters if p.grad is None or not p.grad.isfinite().all()]
            assert not cold, f"no gradient reaches {cold}"


def test_resume_is_exact(fitted, tmp_path):
    """A replay of a short run, stopped and resumed, ends with the weights of the whole run."""
    row, model, _, data = fitted
    if row.baseline or not model.family.repeats:
        return
    whole = fit(row, data, REPEATED, tmp_path / "whole")
    resumed = replay_interrupted(data, tmp_path / "whole", tmp_path / "run")
    for (name, a), b in zip(whole.family.state_dict().items(), resumed.family.state_dict().values()):
        assert torch.equal(a, b), name


def test_what_is_compressed_comes_back(fitted, kind):
    row, model, _, data = fitted
    if "compress" not in row.verbs:
        with pytest.raises(Unsupported, match="cannot compress"):
            model.compress(data.test)
    elif model.spec.discrete:
        sample_items = kind.first_items(data.test, 20)
        stream = model.compress(sample_items)
        np.testing.assert_array_equal(data.domain.keys(model.decompress(stream)), data.domain.keys(sample_items))
        assert stream == model.compress(sample_items)
    else:
        with pytest.raises(Unsupported, match="real numbers"):
            model.compress(data.test)
