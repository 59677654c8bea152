# Tests measure/suites/images.py
"""The metrics for pictures, on models whose faults are known."""

from hashlib import sha256
from importlib.resources import files
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from genwright.core.data import Data
from genwright.core.draws import Draws
from genwright.core.family import Family
from genwright.core.likelihood import Likelihood
from genwright.distributions.histograms import ConditionHistograms
from genwright.kinds.formats.images.pictures import Pictures
from genwright.kinds.images.domain import Images
from genwright.kinds.load import load_data
from genwright.measure.metric import per_item
from genwright.measure.metrics import classifiers
from genwright.measure.suites import images
from genwright.run.model import Model

FEATURED = {"frechet", "precision", "recall", "density", "coverage", "two_sample_auc"}  # stand on the feature network
LATENT = {"sample", "log_prob", "encode", "complete", "interpolate"}


class Copies:
    """A model that draws from a list of pictures: whole, or their hidden parts."""

    family = SimpleNamespace(has_path=False)

    def __init__(self, data, x, given, verbs=("sample",), kind="exact"):
        self.domain, self.x, self.given, self.verbs, self.kind = data.domain, x, given, set(verbs), kind

    def has(self, verb):
        return verb in self.verbs

    def _pick(self, n, seed):
        return Draws.from_seed(seed).integers(len(self.x), (n,))

    def sample(self, n, given=None, seed=None):
        pick = self._pick(n, seed)
        return self.domain.decode(self.x[pick], self.given[pick], seed)

    def log_prob(self, items, given=None, seed=0, draws=None):
        dims = self.domain.spec.dims
        nats = np.full(len(items), -2 * np.log(2) * dims) + np.linspace(-1, 1, len(items))
        return Likelihood(nats, self.kind, "mass", dims, given=("label",) if self.domain.given.names else ())

    def encode(self, items, given=None):
        assert given == {}, "codes are probed for the label, so that it must be left out"
        return self.domain.encode(items)[0].flatten(1).float().numpy()

    def complete(self, items, known=None, draws=1, estimate=None, given=None, seed=None):
        x, table, mask = self.domain.encode_holes(items, known, given)
        filled = torch.where(mask, x, self.x[self._pick(len(x), seed)])
        return self.domain.decode_holes(filled, items, mask, table, {"seed": seed})

    def interpolate(self, a, b, steps=8, given=None):
        x, table = self.domain.encode(np.concatenate([a, b]))
        t = torch.linspace(0, 1, steps).view(-1, 1, 1, 1)
        return self.domain.decode((1 - t) * x[0] + t * x[1], table[:1].expand(steps, -1), None)


@pytest.fixture(scope="module", autouse=True)
def quick():
    """One seed of the network classifier, a shorter training, and fewer trees: these tests are about what is seen, not
    about decimals."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classifiers, "ROUNDS", 8)
        patch.setattr(classifiers, "SEEDS", 1)
        train = classifiers.train_net
        shorter = lambda x, y, outputs, seed, items_seen=24_000: train(x, y, outputs, seed, items_seen // 3)
        patch.setattr(classifiers, "train_net", shorter)
        yield


@pytest.fixture
def hardly_taught(monkeypatch):
    """Judges whose verdicts the test does not look at."""
    train = classifiers.train_net
    shortest = lambda x, y, outputs, seed, items_seen=0: train(x, y, outputs, seed, 640)
    monkeypatch.setattr(classifiers, "train_net", shortest)


@pytest.fixture(scope="module")
def digits():
    return load_data("digits")


def pair(data: Data) -> tuple[torch.Tensor, torch.Tensor]:
    """Training pictures and what is given of them."""
    return data.tensors("train").x, data.tensors("train").given


@pytest.fixture(scope="module")
def suite(digits):
    return images.Suite(digits)


@pytest.fixture(scope="module")
def reference(suite):
    return suite.reference()


@pytest.fixture(scope="module")
def bootstrap(digits, suite):
    return suite.measure(Copies(digits, *pair(digits), LATENT))[0]


@pytest.fixture(scope="module")
def noisy(digits, suite):
    x, given = pair(digits)
    x = x + 2 * torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    return suite.measure(Copies(digits, x.round().clamp(0, 16).to(torch.uint8), given))[0]


@pytest.fixture(scope="module")
def dropping(digits, suite):
    x, given = pair(digits)
    kept = given[:, 0] < 7
    return suite.measure(Copies(digits, x[kept], given[kept]))[0]


@pytest.mark.long
def test_the_floor_is_what_real_pictures_reach(reference):
    assert reference["cas_cnn"].value == reference["cas_svc"].value == reference["class_coverage"].value == 1
    assert abs(reference["two_sample_auc"].value - 0.5) < 0.06
    assert 0.9 < reference["memorisation"].value < 1.1
    assert "taught by 1,437 real images" in reference["cas_svc"].reference


@pytest.mark.long
def test_a_bootstrap_is_faithful_but_caught_by_memorisation(bootstrap, reference):
    assert bootstrap["memorisation"].value == 0
    assert bootstrap["membership_auc"].value >= 0.95 and bootstrap["dcr_share"].above(0.5)
    assert bootstrap["cas_cnn"].value > 0.95 and bootstrap["cas_svc"].value > 0.97
    assert abs(bootstrap["two_sample_auc"].value - 0.5) < 0.06
    assert bootstrap["frechet"].value < reference["frechet"].value + 4 * reference["frechet"].se


@pytest.mark.long
def test_noise_is_seen(noisy, reference):
    assert noisy["frechet"].value > 10 * reference["frechet"].value and noisy["frechet"].differs_from(
        reference["frechet"]
    )
    assert noisy["two_sample_auc"].value > 0.95


@pytest.mark.long
def test_dropped_classes_are_seen(dropping, reference):
    assert dropping["class_coverage"].value == pytest.approx(0.7)
    assert dropping["frechet"].differs_from(reference["frechet"])
    assert dropping["cas_cnn"].value < 0.8 and dropping["cas_svc"].value < 0.8


@pytest.mark.long
def test_each_number_says_on_what_it_stands(bootstrap, noisy, reference):
    assert set(bootstrap) <= set(images.Suite.TITLES) and set(images.Suite.HEADLINE.values()) <= set(bootstrap)
    assert "bits_per_dim" not in noisy and "completion" not in noisy and "probe" not in noisy
    assert "sha256:" in bootstrap["frechet"].reference and bootstrap["frechet"].n == 1437
    for name, metric in noisy.items():
        assert metric.comparable(bootstrap[name]) and metric.unit == images.Suite.TITLES[name][2]
        assert metric.se is not None and np.isfinite([metric.value, metric.se]).all()


@pytest.mark.long
def test_numbers_of_single_pictures_have_their_metric_as_mean(suite, bootstrap):
    by_item = per_item(bootstrap, suite.keys)
    of_samples = {"frechet", "cas_cnn", "cas_svc", "two_sample_auc"}
    assert set(by_item) == of_samples | {"bits_per_dim", "completion", "probe"}
    for name, (keys, values) in by_item.items():
        assert values.mean() == pytest.approx(bootstrap[name].value) and set(keys) <= set(suite.keys), name
        assert 0 <= bootstrap[name].own <= bootstrap[name].se * 1.5, name


@pytest.mark.long
def test_every_number_from_the_feature_network_names_its_file(noisy, reference):
    content = files("genwright.measure").joinpath("features", "grey-1.safetensors").read_bytes()
    named = f"features grey-1 sha256:{sha256(content).hexdigest()[:8]}"
    for found in (noisy, reference):
        assert {name for name, m in found.items() if named in m.reference} == FEATURED
        assert all("features" not in m.reference for name, m in found.items() if name not in FEATURED)


@pytest.mark.long
def test_precision_sees_noise_and_recall_sees_dropped_classes(noisy, dropping, bootstrap, reference):
    for name in ("precision", "recall", "coverage"):
        assert reference[name].value > 0.9 and bootstrap[name].value > 0.85
    assert noisy["precision"].value < 0.3 and noisy["density"].value < 0.3
    assert dropping["precision"].value > 0.9 and dropping["recall"].value < 0.85 and dropping["coverage"].value < 0.75
    assert reference["recall"].n == noisy["recall"].n == 360


@pytest.mark.long
def test_dropped_classes_are_named(dropping, bootstrap):
    assert dropping["class_coverage"].detail == "3 of 10 classes (7, 8, 9)" and not bootstrap["class_coverage"].detail


def unlike_digits(x, seed):
    """Pictures (n, 1, 8, 8) that are no digit, with the levels of some x that are."""
    g = Draws.from_seed(seed)
    flat = x.flatten(1)
    levels = lambda rows: (16 * rows).round().clamp(0, 16).view_as(x) / 16
    yield "uniform noise", g.integers(17, x.shape) / 16
    yield "black and white", g.integers(2, x.shape).float()
    yield "the mean image", levels(flat.mean(0) + 0.05 * g.normal(flat.shape))
    yield "shuffled pixels", torch.stack([row[g.permutation(64)] for row in flat]).view_as(x)
    yield "pixels of any digit", flat.gather(0, g.integers(len(flat), flat.shape)).view_as(x)
    yield "Gaussian pixels", levels(flat.mean(0) + flat.std(0) * g.normal(flat.shape))


@pytest.mark.long
def test_pictures_that_are_no_digit_cover_no_classes(suite):
    """At most two of ten, by chance; real digits cover all, those with a little noise nearly all."""
    covered = lambda x: suite._class_coverage(images.Samples(x, None, {}))
    for name, x in unlike_digits(suite.real, 0):
        found = covered(x)
        assert found.value <= 0.2 and "of 10 classes" in found.detail, name
    assert covered(suite.test).value == 1
    noise = Draws.from_seed(0).normal(suite.real.shape) / 16
    assert covered((suite.real + noise).clamp(0, 1)).value >= 0.9


@pytest.mark.long
def test_exact_copies_are_counted(bootstrap, noisy, reference):
    assert (bootstrap["copies"].value, noisy["copies"].value, reference["copies"].value) == (1, 0, 0)


@pytest.mark.long
def test_likelihood_carries_its_kind_and_its_given(digits, suite, bootstrap):
    metric = bootstrap["bits_per_dim"]
    assert metric.value == pytest.approx(2) and (metric.n, metric.kind, metric.of) == (360, "exact", "mass")
    assert metric.reference == "given label"
    found = Copies(digits, *pair(digits), LATENT, kind="lower bound").log_prob(digits.test)
    assert suite._bits(found, digits.test).kind == "lower bound"


@pytest.mark.long
def test_completion_of_the_truth_has_no_error_and_of_strangers_much(digits, suite, bootstrap, reference):
    class Knows(Copies):
        def complete(self, items, known=None, draws=1, estimate=None, given=None, seed=None):
            return suite.data.test[: len(items)]

    knows = Knows(digits, *pair(digits), LATENT)
    assert suite._completion_error(suite._complete(knows, 100, 0)).value == 0
    assert bootstrap["completion"].value > 1.2 > reference["completion"].value


@pytest.mark.long
def test_codes_are_probed(bootstrap):
    assert bootstrap["probe"].value > 0.9  # pixels as codes


@pytest.fixture
def two_classes():
    """Dark and light pictures, noise otherwise."""
    rng = np.random.default_rng(0)
    label = np.arange(160) % 2
    return load_data(((rng.random((160, 8, 8)) * 100 + 120 * label[:, None, None]).astype(np.uint8), label))


def test_classifiers_are_taught_by_samples(two_classes, monkeypatch):
    """Samples with the two labels swapped teach what is wrong of every picture, real ones what is right."""
    monkeypatch.setattr(images, "ITEMS_SEEN", 6_000)
    x, given = pair(two_classes)
    suite = images.Suite(two_classes)
    true, swapped = (suite.measure(Copies(two_classes, x, table))[0] for table in (given, 1 - given))
    for classifier in ("cas_cnn", "cas_svc"):
        assert true[classifier].value > 0.9 and swapped[classifier].value < 0.1


def test_codes_are_probed_without_their_label(two_classes):
    """A family whose code is the label that it is given, and nothing of the picture."""

    class Tells(Family):
        def sample(self, n, given, rng):
            return rng.integers(180, (n, *self.spec.shape)).float()

        def encode(self, x, given):
            return given.nan_to_num(0.5).expand(-1, 3) + 0.01 * torch.arange(len(x))[:, None].sin()

    domain = two_classes.domain
    conditions = ConditionHistograms.fit(domain.given, two_classes.tensors("train").given)
    model = Model(Tells(domain.spec, domain.given), domain, {}, conditions)
    assert model.encode(two_classes.test)[:, 0].round().tolist() == two_classes.test.given["label"].tolist()
    assert images.Suite(two_classes)._probe(model).value < 0.8  # a coin reaches a half


@pytest.mark.long
def test_sheets_are_drawn_for_the_verbs_that_there_are(digits, suite, tmp_path):
    all_verbs = suite.plot(Copies(digits, *pair(digits), LATENT), tmp_path / "all")
    assert len(all_verbs) == 5
    for path in all_verbs.values():
        assert Image.open(path).size[0] > 30
    assert len(suite.plot(Copies(digits, *pair(digits)), tmp_path / "few")) == 2


@pytest.mark.parametrize("shape, labels", [((60, 12, 9, 3), None), ((90, 16, 16, 3), 3)])
def test_small_sets_with_and_without_labels(shape, labels, tmp_path, hardly_taught):
    rng = np.random.default_rng(0)
    label = rng.integers(labels or 1, size=shape[0])
    x = (rng.random(shape) * 120 + 60 * label[:, None, None, None]).astype(np.uint8)
    data = load_data((x, label) if labels else x)
    suite = images.Suite(data)
    assert "frechet" in suite.reference()
    model = Copies(data, *pair(data), LATENT)
    metrics, seconds, _ = suite.measure(model)
    assert ("cas_cnn" in metrics) == ("probe" in metrics) == ("class_coverage" in metrics) == bool(labels)
    assert metrics["memorisation"].value == 0 and set(seconds) == {"sample", "evaluate"}
    assert len(suite.plot(model, tmp_path)) == (5 if labels else 4)


@pytest.mark.long
def test_a_family_that_draws_step_by_step_is_shown_at_it(digits, suite, tmp_path):
    model = Copies(digits, *pair(digits))
    model.family = type("StepByStep", (), {"has_path": True})
    model.progress = lambda n, seed: ([], [model.sample(n, seed=k) for k in range(15)])
    assert Image.open(suite.plot(model, tmp_path)["Samples on their way from noise"]).size[0] > 500


@pytest.mark.long
def test_the_error_of_learning_from_samples_is_that_of_replicate_worlds(monkeypatch):
    """Two kinds of noisy pictures; few teach, many test, and samples carry a wrong label in four of ten."""
    train = classifiers.train_net
    monkeypatch.setattr(classifiers, "SEEDS", 3)
    monkeypatch.setattr(
        classifiers, "train_net", lambda x, y, k, seed, items_seen=24_000: train(x, y, k, seed, items_seen // 40)
    )
    kinds = np.random.default_rng(0).normal(0, 1.5, (2, 8, 8, 1))

    def draw(n, rng):
        label = rng.integers(2, size=n)
        return Pictures(
            (8 + kinds[label] + 3 * rng.normal(size=(n, 8, 8, 1))).round().clip(0, 16).astype(np.uint8),
            {"label": label},
        )

    def world(k):
        rng = np.random.default_rng(k)
        items = {part: draw(n, rng) for part, n in (("train", 60), ("valid", 20), ("test", 600))}
        data = Data("kinds", Images.fit(items["train"], items["train"].given["label"], [0, 1], levels=17), items, "0")
        samples = draw(80, rng)
        samples.given["label"] = np.where(rng.random(80) < 0.4, 1 - samples.given["label"], samples.given["label"])
        x, table = data.domain.encode(samples)
        with classifiers.fixed_threads(1):
            return images.Suite(data)._accuracy_scores(images.Samples(x / 16, table[:, 0], {}))

    worlds = [world(k) for k in range(7)]
    for name in ("cas_cnn", "cas_svc"):
        values, errors = np.transpose([(found[name].value, found[name].se) for found in worlds])
        assert 0.45 < errors.mean() / values.std(ddof=1) < 2.2, name
