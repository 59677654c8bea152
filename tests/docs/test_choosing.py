"""docs/choosing.md: its advice is computed anew from the records, and follows from intervals alone."""

import re
from dataclasses import replace
from pathlib import Path

import compared
import draw_choosing as choosing
import pytest

PAGE = Path(__file__).parents[2] / "docs" / "choosing.md"


@pytest.fixture(scope="module")
def on_record():
    return compared.comparisons()


def says(page: str) -> dict[tuple[str, ...], tuple[str, set[str], bool]]:
    """{(kind, purpose, data, record): (the family to take, those that are alike, whether a baseline is enough)}."""
    section = page.split("\n## The figures\n")[1].split("\n## ")[0]
    table = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    names = lambda cell: re.findall(r"`([^`]+)`", cell)
    return {
        (kind, purpose, names(measured)[0], names(record)[0]): (names(take)[0], set(names(alike)), enough == "enough")
        for kind, purpose, take, _, alike, enough, measured, record in table[1:]
    }


def test_its_first_table_names_families_that_can_be_trained(on_record):
    short = [line.strip("| ").split(" | ") for line in choosing.brief(choosing.by_label(on_record))[2:]]
    said = {(kind, purpose): set(re.findall(r"`([^`]+)`", take)) for kind, purpose, take in short}
    assert len(short) == len(said)
    for comparison, each in choosing.advised(choosing.by_label(on_record)):
        found = said[choosing.called(comparison.label), choosing.aim(each.pick.purpose)]
        trains = lambda name: choosing.registry.find(*choosing.registry.place(comparison.label), name) is not None
        assert any(map(trains, found)) and (each.take in found or not trains(each.take))


def made(families: dict[str, tuple[float, float]], seconds: dict[str, float] = {}):
    """A comparison of images by {family: (Frechet distance, standard error)}."""
    number = lambda value, se: {"frechet": compared.figure(value, se, "samples", "FD", "lower")}
    rows = {name: (number(*of), 60, seconds.get(name)) for name, of in families.items()}
    titles = {"frechet": ("Frechet", "", "FD")}
    results = compared.results_of("images", "digits", rows, {"samples": "frechet"}, titles)
    return compared.Comparison("images", "digits", "digits", results)


def test_one_family_is_named_only_where_intervals_part():
    comparison = made({"vae": (2.0, 0.1), "flow": (1.0, 0.1), "pca": (9.0, 0.1)})
    (apart,) = choosing.advice(comparison)
    assert (apart.take, apart.alike, apart.baseline, apart.enough) == ("flow", (), "pca", False)
    cells = choosing.cells(comparison, apart)
    assert "`flow`" in cells and any("`pca` 9.00" in cell for cell in cells)
    (overlap,) = choosing.advice(made({"vae": (1.2, 0.1), "flow": (1.0, 0.1)}))
    assert overlap.pick.tied == overlap.alike == ("vae",)
    (touching,) = choosing.advice(made({"vae": (1.38, 0.1), "flow": (1.0, 0.1)}))
    assert touching.pick.tied == () and touching.alike == ("vae",) and touching.take == "flow"


def test_the_quickest_of_those_that_are_alike_is_a_fair_pick():
    families = {"vae": (1.1, 0.1), "flow": (1.0, 0.1), "gan": (9.0, 0.1)}
    (much,) = choosing.advice(made(families, {"vae": 0.5, "flow": 5.0, "gan": 0.1}))
    (hardly,) = choosing.advice(made(families, {"vae": 4.0, "flow": 5.0, "gan": 0.1}))
    assert (much.take, hardly.take) == ("vae", "flow")


def test_a_baseline_that_reaches_the_best_is_enough():
    comparison = made({"vae": (2.0, 0.1), "flow": (1.0, 0.1), "pca": (1.2, 0.1)})
    (found,) = choosing.advice(comparison)
    assert (found.enough, found.take, found.best) == (True, "pca", "flow")
    assert "enough" in choosing.cells(comparison, found)
    elsewhere = made({"flow": (1.5, 0.1), "pca": (1.4, 0.1)}).results  # on other items
    (found,) = choosing.advice(replace(made({"vae": (2.0, 0.1), "flow": (1.0, 0.1)}), against=elsewhere))
    assert found.enough and found.take == found.best == "pca"


def test_another_figure_on_record_changes_the_page(on_record, monkeypatch):
    record = compared.recorded("recommend")
    record["details"]["families"]["popularity"]["recall"] = 0.2
    monkeypatch.setattr(compared, "recorded", lambda name: record)
    changed = [*(one for one in on_record if one.record != "recommend"), *compared.of_recommendations("recommend")]
    page = choosing.page(changed)
    assert says(page) != says(PAGE.read_text()) and "`popularity`, a baseline" in page


def test_a_question_is_answered_by_its_newest_record(on_record):
    """Of two records that compare the same families on the same data."""
    (record,) = {one.record for one in on_record if (one.label, one.data) == ("properties", "freesolv")}
    assert record == "property_default"
    old, new = (made({"vae": (2.0, 0.1), "flow": (1.0, 0.1)}) for _ in range(2))
    old, new = replace(old, record="digits"), replace(new, record="repeat_rows")
    assert compared.answers_later(old, new) and not compared.answers_later(new, old)
    assert not compared.answers_later(old, replace(made({"vae": (2.0, 0.1)}), record="repeat_rows"))


def test_a_figure_of_validation_never_stands_beside_one_of_the_test():
    elsewhere = made({"flow": (3.0, 0.1), "pca": (9.0, 0.1)}).results
    comparison = replace(made({"vae": (2.0, 0.1), "flow": (1.0, 0.1)}), against=elsewhere)
    (found,) = choosing.advice(comparison)
    cells = choosing.cells(comparison, found)
    assert "3.0" in cells[3] and "9.0" in cells[5]  # both of the test
    missing = replace(comparison, against=made({"vae": (3.0, 0.1), "pca": (9.0, 0.1)}).results)
    cells = choosing.cells(missing, found)
    assert "validation" in cells[3] and "9.0" not in cells[5]
