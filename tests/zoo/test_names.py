"""Names that people type: each alias is a family and a preset that there is, and other names lead somewhere."""

import pytest

import genwright
from genwright.core.errors import DataError
from genwright.graphs.package import NODES
from genwright.zoo import registry
from genwright.zoo.card import family_aliases, read_index

PLACES = [(family, one, (kind, registry.GENERATE)) for family, one in family_aliases() for kind in one.kinds]


@pytest.mark.parametrize("family, one, place", PLACES, ids=[f"{one.name}-{place[0]}" for _, one, place in PLACES])
def test_an_alias_is_a_family_and_a_preset_of_its_kind_of_data(family, one, place):
    assert registry.find(*place, one.name) is None
    row = registry.row(*place, family)
    assert not one.preset or one.preset in registry.presets(row)
    assert registry.family_and_preset(*place, one.name) == (family, one.preset or None)


def test_an_lstm_is_one_and_a_transformer_is_none():
    for name, network in (("lstm", "lstm"), ("transformer", "transformer")):
        for kind in ("sequences", "molecules", "music"):
            family, preset = registry.family_and_preset(kind, registry.GENERATE, name)
            assert registry.presets(registry.row(kind, registry.GENERATE, family))[preset].network == network


def test_a_preset_goes_with_an_alias_of_a_family_alone():
    assert registry.family_and_preset(*registry.TABLES, "ddpm", "large") == ("diffusion", "large")
    with pytest.raises(DataError):
        registry.family_and_preset(*registry.SEQUENCES, "lstm", "small")


def test_a_model_that_is_not_here_has_no_name_of_a_family():
    near = {name for facts in read_index().values() for name in facts["near"]}
    assert not near & ({one.name for _, one in family_aliases()} | read_index().keys())


@pytest.mark.parametrize(
    "place, name, other",
    [
        (registry.TABLES, "StyleGAN", "gan"),
        (registry.TABLES, "maf", "flow"),
        (registry.TABLES, "vea", "vae"),
        (registry.SEQUENCES, "lstm", "autoregressive"),
        (NODES, "vae", "manifold"),
    ],
)
def test_an_unknown_name_leads_somewhere(place, name, other):
    with pytest.raises(DataError, match=other):
        registry.row(*place, name)


def test_a_fit_takes_an_alias():
    model = genwright.fit("iris", "nsf", steps=1, preset="tiny", progress=False)
    assert model.config["family"] == "flow"


def test_families_are_listed_by_kind_and_by_task():
    tables = genwright.list_families("tables")
    assert set(tables["kind"]) == {"tables"} and {"vae", "copula"} <= set(tables["family"])
    assert set(genwright.list_families("nodes")["task"]) == {"nodes"}
    assert len(genwright.list_families()) == len(registry.rows())
    with pytest.raises(DataError):
        genwright.list_families("table")
