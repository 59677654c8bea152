# Tests molecules/measure/decorations.py
"""Scaffolds without marked places are opened at their free valences, and what was asked stands beside what came."""

import numpy as np
import pytest

pytest.importorskip("rdkit")

from rdkit import Chem  # noqa: E402

import genwright  # noqa: E402
from genwright.core.errors import GivenError, ItemError  # noqa: E402
from genwright.molecules.chemistry.properties import PROPERTIES, computed  # noqa: E402
from genwright.molecules.chemistry.scaffolds import before_point, closed, opened  # noqa: E402
from genwright.molecules.measure.decorations import decorate, decorate_nearest, describe_unmet, r_squared  # noqa: E402
from genwright.molecules.measure.molecule_metrics import describe  # noqa: E402


@pytest.mark.parametrize(
    "scaffold, count",
    [("c1ccccc1", 1), ("c1ccncc1", 3), ("c1cc[nH]c1", 3), ("O=C1CCCN1", 4), ("C1CC1", 1), ("c1ccc2[nH]ccc2c1", 7)],
)
def test_each_free_valence_is_opened_once(scaffold, count):
    ways = opened(scaffold)
    assert len(ways) == len(set(ways)) == count
    for way in ways:
        assert way.count("[*:1]") == 1 and closed(way) == scaffold and before_point(way)
        assert Chem.MolFromSmiles(before_point(way) + "C").HasSubstructMatch(Chem.MolFromSmiles(scaffold))


def test_stereo_that_was_said_stays_closed():
    assert all("@" in way for way in opened("C[C@H](F)Cl")) and len(opened("C[C@H](F)Cl")) == 1


def test_computed_properties_are_those_that_metrics_measure():
    smiles = ["CCO", "c1ccccc1C(=O)N"]
    assert np.allclose(
        np.stack(list(computed(smiles, PROPERTIES).values()), 1), describe(smiles, ("properties",)).parts["properties"]
    )


@pytest.fixture(scope="module")
def model():
    from made_molecules import molecules

    data = genwright.load_data(molecules(300), kind="molecules", given=["weight", "logp"])
    assert any("computed for each molecule: weight, logp" in note for note in data.notes)
    return genwright.fit(data, "autoregressive", preset="tiny", steps=30, progress=False)


def test_a_completion_says_what_was_asked_and_what_came(model):
    table = decorate(model, ["c1ccncc1", "[*:1]C1CCNCC1"], {"weight": [250, 300], "logp": 2.5}, samples=6, seed=1)
    assert len(table) == 12 and table["asked_weight"].tolist() == [250] * 6 + [300] * 6
    assert table["opened"][:6].nunique() == 3 and table["sample"].tolist() == [*range(1, 7)] * 2
    assert set(table["opened"][6:]) == {"[*:1]C1CCNCC1"}
    read = table[table["valid"]]
    assert read["kept"].all() and read["weight"].notna().all() and table[~table["valid"]]["kept"].isna().all()
    assert decorate(model, ["c1ccncc1"], samples=6, seed=1)["opened"].tolist() == table["opened"][:6].tolist()


class Grows:
    """Completes scaffolds with chains of 1 to 5 carbons in turn, of which every sixth is no molecule."""

    def __init__(self, data):
        self.domain = data.domain

    def complete(self, scaffolds, given=None, seed=None, **options):
        return [before_point(text) + ("C" * (k % 6) or "(") for k, text in enumerate(scaffolds)]


@pytest.fixture(scope="module")
def grows():
    from made_molecules import molecules

    return Grows(genwright.load_data(molecules(100), kind="molecules", given=["weight"]))


@pytest.mark.parametrize("asked, kept", [(92.1, ["Cc1ccccc1"]), (148.2, ["CCCCCc1ccccc1"])])
def test_the_nearest_of_many_draws_is_kept(grows, asked, kept):
    assert decorate_nearest(grows, ["c1ccccc1"], {"weight": asked})["smiles"].tolist() == kept


@pytest.mark.parametrize("given", [None, {"weight": 120}, {"weight": [120, "?"]}])
def test_completions_are_molecules_and_differ_as_long_as_there_are_others(grows, given):
    table = decorate_nearest(grows, ["c1ccccc1", "C1CCNCC1"], given, samples=5)
    assert table["kept"].all() and table["unique"].all() and table["sample"].tolist() == [1, 2, 3, 4, 5] * 2
    assert table["scaffold"].tolist() == ["c1ccccc1"] * 5 + ["C1CCNCC1"] * 5
    many = decorate_nearest(grows, ["c1ccccc1"], given and {"weight": 120}, samples=9)
    assert many["kept"].all() and many["unique"][:5].all() and not many["unique"][5:].any()


def test_requests_that_no_completion_meets_are_counted(grows):
    met = decorate_nearest(grows, ["c1ccccc1"], {"weight": 148.2})
    both = decorate_nearest(grows, ["c1ccccc1"] * 2, {"weight": [148.2, 400.0]})
    assert not describe_unmet(met) and met["distance"][0] < 0.01
    assert describe_unmet(both).startswith("1 of 2") and both["distance"][1] > 5
    assert not describe_unmet(decorate_nearest(grows, ["c1ccccc1"]))


@pytest.mark.parametrize("given", [{"weight": 50.0}])
def test_less_than_the_scaffold_has_alone_is_refused(grows, given):
    with pytest.raises(GivenError):
        decorate(grows, ["c1ccccc1"], given)


def test_fewer_draws_than_samples_are_refused(grows):
    with pytest.raises(GivenError):
        decorate_nearest(grows, ["c1ccccc1"], {"weight": 120}, samples=5, draws=4)


def test_r_squared_is_one_of_what_was_asked_and_below_zero_of_nonsense():
    asked = np.array([1.0, 2.0, 4.0])
    assert (
        r_squared(asked, asked) == 1 and r_squared(asked, asked[::-1]) < 0 and np.isnan(r_squared(asked[:1], asked[:1]))
    )


class Closes:
    """Completes each scaffold with a methyl group, whatever was asked."""

    config, sizes, scored_sizes = {"family": "closes"}, (64,), (64,)

    def __init__(self, data):
        self.data, self.domain = data, data.domain

    def has(self, verb):
        return verb in ("sample", "complete")

    def sample(self, n, given=None, seed=None):
        return self.data.train[:n]

    def complete(self, scaffolds, given=None, seed=None, **options):
        return [before_point(text) + "C" for text in scaffolds]


@pytest.mark.long
def test_a_comparison_measures_whether_scaffolds_and_requests_are_kept():
    from made_molecules import molecules

    from genwright.molecules.measure.molecules_suite import Suite

    data = genwright.load_data(molecules(100), kind="molecules", given=["weight"], keep="scaffold")
    found = Suite(data, sizes={"samples": 10, "scored": 0}).measure(Closes(data)).metrics
    assert found["scaffold_kept"].value == found["decorations_valid"].value == found["scaffold_equal"].value == 1
    assert found["r2_weight"].value < 0.5 and found["decorations_unique"].value < 1
    assert set(found) <= set(Suite.TITLES)


def test_a_scaffold_that_cannot_be_completed_is_named_however_often_it_is_drawn():
    class Refuses:
        class domain:
            openings = staticmethod(lambda text: [text])

        def complete(self, opened, **options):
            raise ItemError(opened.index("long"), "line 9", "is too long")

    with pytest.raises(ItemError, match="scaffold 2 is too long") as caught:
        decorate(Refuses(), ["short", "long"], samples=4)
    assert caught.value.number == 1
