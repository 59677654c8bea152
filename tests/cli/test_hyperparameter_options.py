"""--set of `fit`, and `list FAMILY`."""

import pytest

from genwright.run.folder import read_config

FIT = "fit iris --family vae --preset tiny --steps 2 --quiet --out run"


def test_set_is_of_the_type_that_the_field_has(do, tmp_path):
    do(f"{FIT} --set free_bits=2 --set latents=3")
    recipe = read_config(tmp_path / "run")["recipe"]
    assert (recipe["free_bits"], recipe["latents"], recipe["width"]) == (2.0, 3, 16)
    assert "recipe.free_bits: 2.0 there, 1.0 now" in do(f"{FIT} --set free_bits=1 --set latents=3", 2)


@pytest.mark.parametrize(
    "words, said",
    [
        ("--set freebits=2", "'free_bits'"),
        ("--set free_bits=much", "free_bits = much of vae"),
        ("--set free_bits=NaN", "free_bits = nan of vae"),
        ("--set free_bits", "--set free_bits=2.0"),
        ("--set free_bits=1 --set free_bits=2", "twice"),
    ],
)
def test_what_cannot_be_set_is_one_sentence(do, words, said):
    error = do(f"{FIT} {words}", 2)
    assert said in error and error.count("\n") <= 2


def test_set_is_not_taken_where_another_run_has_the_values(do):
    do(FIT)
    for words in ("fit --replay run", "fit iris --from run"):
        assert "leave --set out" in do(f"{words} --set free_bits=1", 2)


def test_a_family_is_listed_in_full(do):
    every, tables = do("list vae"), do("list vae --kind tables")
    assert "vae (images)" in every and "vae (tables)" in every and "vae (images)" not in tables
    for said in ("free_bits = 0.0", "at least 0", "Kingma 2016", "verbs: sample, log_prob", "  tiny: ", "latents=2"):
        assert said in tables
    assert "no hyperparameters" in do("list copula")
    assert "'vae'" in do("list vea", 2) and "tables" in do("list vae --kind songs", 2)
