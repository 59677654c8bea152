import numpy as np
import pytest

from genwright.measure.metrics.coverage import K, neighbourhoods, reach, shares


@pytest.fixture
def draw():
    rng = np.random.default_rng(0)
    return lambda n=400: rng.normal(size=(n, 8))


def values(real, fake):
    return {name: metric.value for name, metric in neighbourhoods(real, fake, 0, "here").items()}


def test_by_hand():
    """Real items at 0, 1, 2, samples at 0.5 and 9 on a line; each ball reaches to its nearest neighbour."""
    real, fake = np.array([0.0, 1, 2]), np.array([0.5, 9])
    away = lambda a, b: np.abs(a[:, None] - b)
    assert reach(away(real, real), 1).tolist() == [1, 1, 1]
    found = shares(away(real, real), away(real, fake), away(fake, fake), 1)
    # 0.5 lies in the balls of 0 and 1; the balls of both samples reach 8.5 and hold all real items
    assert found == pytest.approx((1 / 2, 1, 2 / 2, 2 / 3))


def test_alike_is_one(draw):
    found = values(draw(), draw())
    assert found["coverage"] > 0.93 and abs(found["density"] - 1) < 0.12
    assert min(found["precision"], found["recall"]) > 0.85


def test_samples_far_away_lower_precision_and_density_only(draw):
    fake = draw()
    fake[:200] += 50
    found = values(draw(), fake)
    assert abs(found["precision"] - 0.47) < 0.06 and found["density"] < 0.6 and found["recall"] > 0.8


def test_a_kind_that_is_never_drawn_lowers_recall_and_coverage_only(draw):
    real = draw()
    real[:200] += 50
    found = values(real, draw())
    assert found["precision"] > 0.8 and found["recall"] < 0.55 and found["coverage"] < 0.55


def test_crowding_raises_density(draw):
    assert values(draw(), 0.3 * draw())["density"] > 1.5


@pytest.mark.parametrize(
    "dims, scale, names", [(4, 0.8, ("precision", "recall", "density", "coverage")), (64, 0.5, ("density",))]
)
def test_the_error_is_that_of_repeated_draws(dims, scale, names):
    """Numbers of fresh pairs of sets spread as the halves of one pair say: of samples alike, and of samples that crowd
    in the middle, whose density is near the most that so many items allow."""
    rng = np.random.default_rng(1)
    draw = lambda: rng.normal(size=(100, dims))
    runs = [neighbourhoods(draw(), scale * draw(), s, "") for s in range(30)]
    for name in names:
        spread = np.std([run[name].value for run in runs], ddof=1)
        said = np.mean([run[name].se for run in runs])
        assert 0.5 < said / spread < 2.4, (name, said, spread)


def test_none_and_all_of_a_few_are_not_certain(draw):
    """Recall of samples that lie everywhere, and of samples that crowd, does not move between halves."""
    real = draw(80)
    wide, narrow = (neighbourhoods(real, scale * draw(80), 0, "")["recall"] for scale in (3, 0.1))
    assert wide.value == 1 and narrow.value < 0.02
    assert wide.se > 0.5 / 80 and narrow.se > 0.5 / 80


def test_it_says_on_what_it_stands_and_repeats_itself(draw):
    real, fake = draw(60), draw(60)
    found = neighbourhoods(real, fake, 3, "net")
    assert found == neighbourhoods(real, fake, 3, "net")
    assert found["recall"].reference == f"net, {K} neighbours, 60 real images" and found["recall"].n == 60
