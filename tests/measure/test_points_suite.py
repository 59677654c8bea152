# Tests measure/__init__.py, measure/metrics/point_shapes.py, measure/suites/points.py
"""What measures sets of points: blind to how they are turned, sharp for clashes, copies and wrong numbers."""

from importlib.util import find_spec

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from scipy.stats import wasserstein_distance

import genwright
from genwright.contract.small_data import molecules
from genwright.measure.metrics.distances import total_variation, wasserstein, with_error
from genwright.measure.metrics.point_shapes import distance_ranges, distances_seen, neighbours, spectrum
from genwright.measure.suites.points import SLACK, Suite


@pytest.fixture(scope="module")
def suite():
    return Suite(molecules())


def test_shapes_do_not_see_how_a_set_is_turned_or_listed(suite):
    rng = np.random.default_rng(0)
    for kinds, positions in suite.test[:20]:
        order = rng.permutation(len(kinds))
        other = kinds[order], (-positions @ Rotation.random(random_state=3).as_matrix() + 7)[order]
        assert np.ptp(suite.domain.equals().number(suite._atoms([(kinds, positions), other]))) == 0
        assert np.allclose(spectrum(kinds, positions, 12), spectrum(*other, 12))
        assert np.allclose(np.sort(neighbours(kinds, positions)[2]), np.sort(neighbours(*other)[2]))


def test_another_kind_or_place_is_another_shape(suite):
    kinds, positions = suite.test[0]
    for other in ((kinds[::-1].copy(), positions), (kinds, 1.1 * positions)):
        if not np.array_equal(other[0], kinds) or other[1] is not positions:
            assert np.ptp(suite.domain.equals().number(suite._atoms([(kinds, positions), other]))) == 1
            assert not np.allclose(spectrum(kinds, positions, 12), spectrum(*other, 12))


def test_a_clash_and_a_loose_point_are_not_plausible(suite):
    seen = distance_ranges(suite.train, SLACK)
    kinds, positions = suite.train[0]
    assert distances_seen((kinds, positions), seen).all() and distances_seen((kinds[:1], positions[:1]), seen).all()
    for place in (positions[1] + 0.2, positions[0] + 9):
        moved = positions.copy()
        moved[0] = place
        assert not distances_seen((kinds, moved), seen)[0]


def test_distances_of_histograms_are_those_of_scipy():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 4, (30, 9)), rng.integers(0, 4, (50, 9)) * np.arange(9)
    at = 0.5 * np.arange(9)
    assert wasserstein(a, b, 0.5) == pytest.approx(wasserstein_distance(at, at, a.sum(0), b.sum(0)))
    assert total_variation(a, b) == pytest.approx(0.5 * np.abs(a.sum(0) / a.sum() - b.sum(0) / b.sum()).sum())


def test_the_error_of_a_distance_is_its_spread_over_worlds():
    """Two samples of other distributions: one standard error covers about two of three."""
    rng = np.random.default_rng(0)
    draw = lambda n, p: rng.multinomial(5, p, n)
    p, q = [0.5, 0.3, 0.2], [0.2, 0.3, 0.5]
    found = [with_error(total_variation, draw(300, p), draw(300, q), "test", k) for k in range(60)]
    values, errors = map(np.array, zip(*found))
    assert 0.6 < errors.mean() / values.std() < 1.7


def test_points_of_other_kinds_are_no_molecules():
    rng = np.random.default_rng(0)
    other = Suite(genwright.load_data([(("red", "blue"), rng.normal(size=(2, 3))) for _ in range(40)]))
    assert not {"stable_atoms", "valid", "length_error"} & other.reference().keys()


def test_every_model_is_measured(suite, tmp_path):
    reference = suite.reference()
    assert reference["plausible"].value > 0.8 and reference["copies"].value < 0.05
    assert {"distance_error", "kind_error", "size_error", "memorisation"} <= reference.keys()
    found = {}
    for family in ("bootstrap", "independent"):
        model = genwright.fit(suite.data, family, progress=False)
        found[family] = suite.measure(model)
        (path,) = suite.plot(model, tmp_path).values()
        assert open(path, "rb").read(4) == b"\x89PNG"
    bootstrap, independent = (found[name].metrics for name in ("bootstrap", "independent"))
    assert bootstrap["copies"].value == 1 and bootstrap["memorisation"].value < 0.01 and "nats" not in bootstrap
    assert bootstrap["plausible"].value == 1 and independent["plausible"].value < 0.2
    assert independent["distance_error"].above(3 * reference["distance_error"].value)
    assert independent["nats"].of == "mass x density" and independent["copies"].value == 0
    assert independent.keys() <= Suite.TITLES.keys()
    assert bootstrap["sound"].value > 0.5 > 10 * independent["sound"].value  # bonds are shaken in training as well
    if find_spec("rdkit"):
        assert bootstrap["unique"].value < 0.1 and bootstrap["novel"].value == 0  # four molecules, drawn often
        assert bootstrap["unique"].survived == bootstrap["novel"].survived == bootstrap["unique"].n / suite.n < 1
        assert bootstrap["valid"].value > 0.95 > 5 * independent["valid"].value
    for name in ("length_error", "angle_error"):
        assert independent[name].above(3 * reference[name].value)
    keys, nats = found["independent"].per_item["nats"]
    assert len(keys) == len(nats) == independent["nats"].n
