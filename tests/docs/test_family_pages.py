"""Pages of families and of the Python interface, which `make docs` draws."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from genwright.cli.family_page import family_page
from genwright.recipes import registry
from genwright.recipes.family_guide import ADVICE, VARIANTS, algorithms

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def drawing(monkeypatch):
    """Imports a script of docs."""
    monkeypatch.syspath_prepend(str(DOCS))
    return import_module


def test_every_family_has_advice_and_equations_for_each_kind_of_data():
    assert ADVICE.keys() == {row.family for row in registry.ROWS}
    assert all(algorithms(row.family, {row.label}) for row in registry.ROWS)


def test_a_page_names_the_algorithm_of_a_preset_and_other_names_of_the_family():
    assert VARIANTS.keys() <= {(row.family, name) for row in registry.ROWS for name in registry.presets(row) or ()}
    page = family_page("gan", "images")
    assert "also called: wgan-gp (preset wasserstein; Gulrajani 2017)" in page
    assert "wasserstein, WGAN-GP (Gulrajani 2017): " in page


def test_the_pages_are_what_the_registry_and_the_records_give_now(drawing):
    drawn = drawing("draw_families").pages()
    assert drawn.keys() == {path.name for path in (DOCS / "families").glob("*.md")}
    stale = [name for name, text in drawn.items() if text != (DOCS / "families" / name).read_text()]
    assert not stale, f"run make docs: {stale}"
    printed = family_page("vae")
    for block in re.findall(r"```text\n(.*?)\n```", drawn["vae.md"], re.S):
        assert all(line.strip() in printed for line in block.splitlines())


def test_a_row_names_a_family_by_its_whole_word(drawing):
    names = drawing("draw_families").names_family
    assert names("VAE training, float32", "vae") and names("flow, eight-gaussians, KL", "flow")
    assert not names("vq-vae, fashion-mnist", "vae") and not names("given energy, 10 minutes", "energy")
