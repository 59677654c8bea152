"""What `genwright list FAMILY` and the pages of families say."""

import draw_families

from genwright.recipes import registry
from genwright.recipes.family_guide import ADVICE, VARIANTS, algorithms


def test_every_family_has_advice_and_equations_for_each_kind_of_data():
    assert ADVICE.keys() == {row.family for row in registry.ROWS}
    assert all(algorithms(row.family, {row.label}) for row in registry.ROWS)


def test_variants_are_presets():
    assert VARIANTS.keys() <= {(row.family, name) for row in registry.ROWS for name in registry.presets(row) or ()}


def test_a_row_names_a_family_by_its_whole_word():
    names = draw_families.names_family
    assert names("VAE training, float32", "vae") and names("flow, eight-gaussians, KL", "flow")
    assert not names("vq-vae, fashion-mnist", "vae") and not names("given energy, 10 minutes", "energy")
