"""What `genwright list FAMILY` and the pages of families say."""

import draw_families

from genwright.cli.family_page import family_page
from genwright.recipes import registry
from genwright.recipes.family_guide import ADVICE, VARIANTS, algorithms


def test_every_family_has_advice_and_equations_for_each_kind_of_data():
    assert ADVICE.keys() == {row.family for row in registry.ROWS}
    assert all(algorithms(row.family, {row.label}) for row in registry.ROWS)


def test_a_page_names_the_algorithm_of_a_preset_and_other_names_of_the_family():
    assert VARIANTS.keys() <= {(row.family, name) for row in registry.ROWS for name in registry.presets(row) or ()}
    page = family_page("gan", "images")
    assert "also called: wgan-gp (preset wasserstein; Gulrajani 2017)" in page
    assert "wasserstein, WGAN-GP (Gulrajani 2017): " in page


def test_a_row_names_a_family_by_its_whole_word():
    names = draw_families.names_family
    assert names("VAE training, float32", "vae") and names("flow, eight-gaussians, KL", "flow")
    assert not names("vq-vae, fashion-mnist", "vae") and not names("given energy, 10 minutes", "energy")
