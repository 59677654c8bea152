"""A model with the habits of scikit-learn: its own checks of estimators, and what estimators are put into."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

import genwright as gw
from genwright.core.errors import DataError, GivenError, Unsupported

PLACE = "random numbers of codes and of estimates are those of the item's place: the first k of n stay the same"
CLOCK = "the rate's warm-up, and the number of threads, are found by a clock: trained again, numbers agree to 1e-3"
EXPECTED = {  # checks of scikit-learn that a generator may fail, each with why
    "check_methods_subset_invariance": PLACE,
    "check_methods_sample_order_invariance": PLACE,
}
TRAINED = EXPECTED | {"check_fit_idempotent": CLOCK, "check_pipeline_consistency": CLOCK}


def short(**more) -> gw.Generator:
    return gw.Generator(**({"family": "copula", "random_state": 0} | more))


OF_TRAINING = ("check_fit", "check_methods", "check_pipeline", "check_transformer")  # what steps may change


def checks(estimator, expected, names=("",)):
    """Checks of scikit-learn whose names begin so."""
    made = estimator_checks_generator(estimator, expected_failed_checks=expected, mark="xfail")
    return [one for one in made if getattr(one, "values", one)[1].func.__name__.startswith(names)]


@pytest.mark.parametrize(
    "estimator, check",
    checks(short(), EXPECTED) + checks(short(family="vae", steps=2, preset="tiny"), TRAINED, OF_TRAINING),
    ids=lambda value: str(getattr(getattr(value, "func", value), "__name__", type(value).__name__)),
)
def test_it_passes_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def flowers():
    return load_iris(return_X_y=True, as_frame=True)


@pytest.fixture(scope="module")
def copula(flowers):
    return short().fit(flowers[0])


def test_its_score_is_the_mean_log_likelihood(flowers, copula):
    rows = flowers[0]
    nats = copula.score_samples(rows)
    assert copula.score(rows) == pytest.approx(nats.mean())
    assert np.array_equal(nats, copula.model_.log_prob(rows).nats)


def test_it_learns_from_every_row():
    x = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    drawn = short(family="bootstrap").fit(x).sample(1000)
    assert set(map(tuple, drawn.round(4))) == set(map(tuple, x.astype(float).round(4)))


def test_samples_have_the_form_of_the_rows(flowers, copula):
    drawn = copula.sample(5)
    assert isinstance(drawn, pd.DataFrame) and list(drawn) == list(flowers[0]) and len(drawn) == 5
    assert drawn.equals(copula.sample(5)) and not drawn.equals(short(random_state=1).fit(flowers[0]).sample(5))
    array = short().fit(flowers[0].to_numpy()).sample(5)
    assert isinstance(array, np.ndarray) and array.shape == (5, 4) and array.dtype == float


def test_labels_are_given(flowers):
    x, y = flowers
    generator = short(family="vae", steps=150, preset="tiny").fit(x, y)
    rows, labels = generator.sample(200)
    assert list(rows) == list(x) and set(labels) <= {0, 1, 2}
    short_ones, of = generator.sample(50, y=0)
    long_ones, _ = generator.sample(50, y=np.full(50, 2))
    name = "petal length (cm)"
    assert short_ones[name].mean() < 2.5 < 4.5 < long_ones[name].mean() and set(of) == {0}
    assert generator.score(x, y) > generator.score(x, (y + 1) % 3)
    with pytest.raises(GivenError):
        generator.sample(2, y=3)
    with pytest.raises(DataError):
        short().fit(x).sample(2, y=0)


def test_it_takes_part_in_searches_and_cross_validation(flowers):
    rows = flowers[0]
    scores = cross_val_score(short(), rows, cv=3)
    assert scores.shape == (3,) and np.isfinite(scores).all()
    search = GridSearchCV(short(), {"family": ["independent", "copula"]}, cv=3).fit(rows)
    assert search.best_params_ == {"family": "copula"} and len(search.best_estimator_.sample(3)) == 3


@pytest.mark.long
def test_it_ends_a_pipeline_and_its_codes_stand_within_one(flowers):
    x, y = flowers
    ended = make_pipeline(StandardScaler(), short()).fit(x)
    assert np.isfinite(ended.score(x))
    from sklearn.linear_model import LogisticRegression

    codes = short(family="flow", steps=30)
    whole = make_pipeline(codes, LogisticRegression(max_iter=500)).fit(x, y)
    assert whole.predict(x).shape == (150,)
    assert clone(codes).fit_transform(x).shape[0] == 150


def test_rows_without_names_are_known_by_their_order():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=60).round(2), "b": 5 + rng.normal(size=60).round(2)})
    named = gw.Generator("mixture", steps=5, random_state=0).fit(frame)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        assert np.allclose(named.score_samples(frame.to_numpy()), named.score_samples(frame))
    plain = gw.Generator("mixture", steps=5, random_state=0).fit(frame.to_numpy())
    with pytest.warns(UserWarning, match="X has feature names, but Generator was fitted without"):
        assert np.allclose(plain.score_samples(frame), plain.score_samples(frame.to_numpy()))
    with pytest.raises(ValueError):
        named.score_samples(frame[["b", "a"]])
    mixed = frame.assign(c=rng.choice(["x", "y"], 60))
    mixed.loc[3, "c"] = None
    named = gw.Generator("mixture", steps=5, random_state=0).fit(mixed)
    with pytest.warns(UserWarning, match="valid feature names"):
        assert np.allclose(named.score_samples(mixed.to_numpy()), named.score_samples(mixed))


def test_names_that_are_numbers_and_types_of_labels_come_back():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(rng.normal(size=(60, 2)).round(1))
    assert list(short(family="independent").fit(rows).sample(2)) == [0, 1]
    for dtype, wanted in (("Int64", np.int64), ("boolean", bool), ("category", np.int64)):
        y = pd.Series(rng.integers(0, 2, 60)).astype(dtype)
        _, labels = short(family="independent").fit(rows, y).sample(20)
        assert labels.dtype == wanted and set(labels) == {0, 1}


def test_codes_are_a_frame_where_a_pipeline_asks_for_one(flowers):
    frame = flowers[0].set_axis(range(5, 155))
    coder = gw.Generator("vae", preset="tiny", steps=2, random_state=0)
    codes = make_pipeline(StandardScaler(), coder).set_output(transform="pandas").fit(frame).transform(frame)
    assert list(codes.index) == list(frame.index) and list(codes)[:2] == ["generator0", "generator1"]
    plain = clone(coder).set_output(transform="default").fit(frame)
    assert plain.transform(frame).shape == (len(frame), len(plain.get_feature_names_out())) == codes.shape
    for verb in ("transform", "fit_transform", "set_output", "get_feature_names_out"):
        assert not hasattr(gw.Generator("mixture"), verb)


def test_a_verb_that_the_family_lacks_is_no_method():
    assert not hasattr(short(family="gan"), "score_samples") and hasattr(short(family="gan"), "sample")
    assert not hasattr(short(family="bootstrap"), "transform") and hasattr(short(family="flow"), "transform")


def test_a_likelihood_that_is_not_normalised_is_no_score(flowers):
    energy = short(family="energy", steps=2, preset="tiny").fit(flowers[0])
    assert len(energy.score_samples(flowers[0])) == 150
    with pytest.raises(Unsupported, match="unnormalised"):
        energy.score(flowers[0])


def test_a_fitted_one_is_pickled_with_its_model(flowers, copula):
    again = pickle.loads(pickle.dumps(copula))
    assert again.sample(4).equals(copula.sample(4)) and again.get_params() == copula.get_params()


def test_mixed_columns_and_pictures_and_texts():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"kind": rng.choice(["a", "b"], 60), "size": rng.normal(size=60)})
    frame.loc[3, "kind"] = None
    drawn = short(family="independent").fit(frame).sample(10)
    assert set(drawn["kind"].dropna()) <= {"a", "b"}
    digits = load_digits()
    pictures, labels = short(family="pca").fit(digits.images[:100] / 16, digits.target[:100]).sample(3)
    assert pictures.shape == (3, 8, 8, 1) and len(labels) == 3
    assert len(short(family="n-gram").fit(["anna", "berta", "carla"] * 10).sample(4)) == 4
