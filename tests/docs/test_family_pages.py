"""What `genwright list FAMILY` and the pages of families say."""

import draw_families

from genwright.zoo import registry


def test_every_family_has_equations_for_each_kind_of_data():
    assert all(registry.find_card(row.family).equations or row.construction.equations for row in registry.ROWS)


def test_variants_are_presets():
    for family in {row.family for row in registry.ROWS}:
        card = registry.find_card(family)
        assert card.variants.keys() <= {name for on in card.on.values() for name in on.presets}


def test_a_row_names_a_family_by_its_whole_word():
    names = draw_families.names_family
    assert names("VAE training, float32", "vae") and names("flow, eight-gaussians, KL", "flow")
    assert not names("vq-vae, fashion-mnist", "vae") and not names("given energy, 10 minutes", "energy")
