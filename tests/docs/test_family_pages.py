"""What `genwright list FAMILY` and the pages of families say."""

import draw_families

from genwright.zoo import registry
from genwright.zoo.card import read_index


def test_every_family_has_equations_for_each_kind_of_data():
    assert all(read_index()[row.family]["on"][row.label]["equations"] for row in registry.ROWS)


def test_variants_are_presets():
    for facts in read_index().values():
        named = {name for on in facts["on"].values() for name in on.get("settings", {}).get("presets", ())}
        assert facts["variants"].keys() <= named


def test_a_row_names_a_family_by_its_whole_word():
    names = draw_families.names_family
    assert names("VAE training, float32", "vae") and names("flow, eight-gaussians, KL", "flow")
    assert not names("vq-vae, fashion-mnist", "vae") and not names("given energy, 10 minutes", "energy")
