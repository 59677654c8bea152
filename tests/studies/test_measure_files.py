# Tests series/measure/suite.py, studies/measure_samples.py
"""Files of samples are measured as a run's samples are, whatever tool made them."""

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.contract.small_data import small_data
from genwright.core.errors import DataError
from genwright.measure.sizes import Sizes
from genwright.measure.suites.tables import Suite
from genwright.studies.measure_files import SampleFile, _read
from genwright.studies.measure_samples import measure
from genwright.studies.report.results import COPY
from genwright.zoo import registry

HEADLINE = registry.suite_class(small_data("tables")).HEADLINE["samples"]


def people(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 90, n)
    income = age * 100 + rng.normal(0, 50, n).round(2)
    return pd.DataFrame({"age": age, "income": income, "town": rng.choice(["Bern", "Chur", "Genf"], n)})


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("measured")
    people(300, 0).to_csv(folder / "real.csv", index=False)
    model = genwright.fit(folder / "real.csv", "trees", out=folder / "run", progress=False)
    model.domain.write(model.sample(200, seed=0), folder / "ours.csv")
    shuffled = people(200, 1).assign(age=people(200, 2).age)  # columns that know nothing of each other
    shuffled.to_csv(folder / "theirs.csv", index=False)
    people(200, 7).to_csv(folder / "good.csv", index=False)
    people(80, 3).to_csv(folder / "unseen.csv", index=False)
    return folder


@pytest.mark.long
def test_a_runs_sample_file_has_the_numbers_of_its_suite(files, tmp_path):
    done = measure(files / "real.csv", files / "ours.csv", out=tmp_path / "m", progress=False)
    data, model = genwright.load_data(files / "real.csv"), genwright.load_model(files / "run")
    suite = registry.suite_class(data)(data)
    suite.sizes = Sizes(suite.sizes.full | {"samples": 200, "attacked": 200}, None)
    wanted = suite.measure(model).metrics
    found = done.results["models"][0]["metrics"]
    assert len(found) > 5 and {HEADLINE, "memorisation", "copies"} <= found.keys()
    for name, metric in found.items():
        assert np.isclose(metric["value"], wanted[name].value, rtol=0, atol=1e-12), name
        assert metric["n"] == wanted[name].n


@pytest.mark.long
def test_the_nearest_of_several_files_is_named_and_nothing_is_picked(files, tmp_path):
    done = genwright.measure(
        files / "real.csv", [files / "theirs.csv", files / "good.csv"], test=files / "unseen.csv", out=tmp_path / "m",
        progress=False,
    )  # fmt: skip
    table, page = done.table[HEADLINE], (tmp_path / "m/report.html").read_text()
    assert table["good.csv"] < table["theirs.csv"]
    assert "good.csv is nearest to the real items" in page and "genwright sample" not in page
    assert done.results["data"]["items"] == {"train": 300, "valid": 0, "test": 80}
    again = measure(files / "real.csv", [files / "theirs.csv", files / "good.csv"], test=files / "unseen.csv",
                    out=tmp_path / "m", progress=False)  # fmt: skip
    assert again.table[HEADLINE].equals(table)


@pytest.mark.long
def test_copies_of_the_real_items_are_called_copies(files, tmp_path):
    done = measure(
        files / "real.csv", files / "real.csv", test=files / "unseen.csv", out=tmp_path / "m", progress=False
    )
    assert done.table["copies"]["real.csv"] == 1
    assert "copies its training data" in (tmp_path / "m/report.html").read_text()


BAD = {
    "columns": people(50, 0).drop(columns="town").to_csv(index=False),
    "a word": people(50, 0).astype({"age": object}).replace({"age": {people(50, 0).age[3]: "old"}}).to_csv(index=False),
    "words": people(50, 0).assign(age="old").to_csv(index=False),
    "one": people(1, 0).to_csv(index=False),
    "header": "age,income,town\n",
    "empty": "",
    "other.txt": "hello\n" * 50,
}


@pytest.mark.parametrize("name", BAD)
def test_files_that_cannot_be_measured_are_refused_by_name_and_leave_nothing(name, files, tmp_path):
    path = tmp_path / (name if "." in name else f"{name}.csv")
    path.write_text(BAD[name])
    with pytest.raises(DataError) as error:
        measure(files / "real.csv", [files / "ours.csv", path], out=tmp_path / "m", progress=False)
    assert path.name in str(error.value) and "model" not in str(error.value) and not (tmp_path / "m").exists()


def test_a_file_needs_no_column_that_no_model_learns():
    data = genwright.load_data(people(60, 0).assign(who=[f"p{k}" for k in range(60)]))
    assert len(_read(people(20, 1), data)[0]) == 20


@pytest.mark.parametrize(
    "kind", ["sequences", pytest.param("audio", marks=pytest.mark.long), "music", "points", "graph-sets", "molecules"]
)
def test_every_kind_that_has_samples_is_measured(kind):
    data = small_data(kind)
    file, suite = SampleFile("mine", data.train, 0), registry.suite_class(data)(data)
    suite.sizes = Sizes(suite.sizes.full | {"samples": 20}, None)
    assert suite.measure(file).metrics


def test_an_unseen_item_unlike_all_real_ones_is_left_out_and_counted(tmp_path):
    lines = [f"{first} {last}" for first in ("ada", "bob", "eve", "ida") for last in ("ames", "berg", "case", "dean")]
    fresh = [*lines[:12], "a line with % and longer than all that the real ones have ever been " * 3]
    done = measure(lines * 4, [lines], test=fresh, out=tmp_path / "m", progress=False)
    assert sum("1 of 13 items" in said for said in done.results["advice"]) == 1


def test_fresh_rows_on_a_lattice_are_no_copies_and_copies_are():
    """Eleven tables of a number with two decimals and a label, whose rows repeat by chance."""
    copied = {True: [], False: []}  # {whether rows are copies: the ratio lies below that of copies, one a table}
    for seed in range(1, 12):
        real, fresh = (
            pd.DataFrame({"a": rng.normal(size=200).round(2), "b": rng.choice(list("xy"), 200)})
            for rng in map(np.random.default_rng, (seed, 100 + seed))
        )
        suite = Suite(genwright.load_data(real))
        copies = real.sample(200, replace=True, random_state=seed).reset_index(drop=True)
        for rows in (copies, fresh):
            metrics = suite.measure(SampleFile("rows", rows, 0), only=["memorisation"]).metrics
            copied[rows is copies].append(metrics["memorisation"].below(COPY))
    assert not any(copied[False]) and all(copied[True])


def test_strings_that_are_no_molecules_stay_in_as_invalid(tmp_path):
    """Also those that a model could not spell: nothing that was given is left out in silence."""
    pytest.importorskip("rdkit")
    from genwright.kinds.load import read_samples

    real = [f"{'C' * k}{end}" for k in range(1, 21) for end in ("O", "N", "F", "Cl")]
    (tmp_path / "real.smi").write_text("\n".join(real))
    (tmp_path / "tool.smi").write_text("\n".join([*real[:30], *["C1CC"] * 7, *["CC(C)(C)(C)C"] * 3, "CCBr"]))
    data = genwright.load_data(tmp_path / "real.smi")
    read = read_samples(tmp_path / "tool.smi", data.domain)
    assert len(read.items) == 41 and read.items.count("C1CC") == 7
    items, said = _read(tmp_path / "tool.smi", data, read_samples)
    suite = registry.suite_class(data)(data)
    metric = suite.measure_items(suite.read_items(items))["valid"]
    assert metric.value == pytest.approx(31 / 41) and any("10 of 41" in sentence for sentence in said)


def test_what_was_left_out_of_a_file_is_told(tmp_path):
    (tmp_path / "real.txt").write_text("\n".join(f"line {k} {'ab' * (k % 9)}" for k in range(60)))
    (tmp_path / "tool.txt").write_text("\n\n".join(f"line {k} {'ba' * (k % 9)}" for k in range(30)))
    data = genwright.load_data(tmp_path / "real.txt")
    items, said = _read(tmp_path / "tool.txt", data)
    assert len(items) == 30 and any("29 of 59 lines left out" in sentence for sentence in said)
