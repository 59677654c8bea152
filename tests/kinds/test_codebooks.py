# Tests kinds/formats/tables/codebook.py
"""Samples of a table of SPSS or Stata have the codes, labels and missing ranges of the file that was read."""

import json

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.kinds.formats.tables.codebook import Variable, codebook_from_json
from genwright.kinds.formats.tables.delimited import read_delimited
from genwright.run.open import load_model

pyreadstat = pytest.importorskip("pyreadstat", reason="SPSS files need pyreadstat")
N = 300
SPSS_LABELS = {
    "sex": {1.0: "male", 2.0: "female", 8.0: "other", 9.0: "no answer"},  # 8 is in no row, 9 is missing
    "often": {3.0: "never", 5.0: "sometimes", 7.0: "always"},
    "answer": {1.0: "no", 2.0: "no", 3.0: "yes"},  # two codes of one label
    "half": {1.5: "low", 2.5: "high"},
    "side": {"l": "left", "r": "right"},
    "age": {998.0: "refused"},  # of some values alone
}
RANGES = {
    "sex": [9.0],
    "age": [{"lo": 990.0, "hi": 1000.0}],
    "score": [{"lo": -np.inf, "hi": -1.0}, 99.0],
    "side": ["x"],
}
TITLES = {"sex": "Sex of the person", "age": "Age in years"}


def answers() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "sex": rng.choice([1.0, 2.0, 9.0], N, p=[0.5, 0.45, 0.05]),
            "often": rng.choice([3.0, 5.0, 7.0], N),
            "answer": rng.choice([1.0, 2.0, 3.0], N),
            "half": rng.choice([1.5, 2.5], N),
            "side": rng.choice(["l", "r", "x"], N, p=[0.5, 0.45, 0.05]),
            "town": rng.choice(["Oslo", "Bergen"], N),
            "age": np.where(rng.random(N) < 0.1, 998.0, rng.integers(18, 90, N)),
            "score": rng.normal(10, 3, N).round(2),
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 300, N), "D"),
        }
    )


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    folder = tmp_path_factory.mktemp("survey")
    frame = answers()
    frame["since"] = frame["since"].dt.date
    pyreadstat.write_sav(
        frame, folder / "survey.sav", "a survey", TITLES, variable_value_labels=SPSS_LABELS, missing_ranges=RANGES,
        variable_measure={"sex": "nominal", "often": "ordinal"}, variable_display_width={"sex": 4},
        variable_format={"sex": "F1.0", "since": "DATE11"},
    )  # fmt: skip
    genwright.fit(folder / "survey.sav", "independent", out=folder / "run", progress=False)
    return folder / "survey.sav", load_model(folder / "run")


@pytest.mark.parametrize("suffix", ["sav", "zsav"])
def test_samples_for_spss_say_all_that_its_file_said(survey, suffix, tmp_path):
    source, model = survey
    _, wanted = pyreadstat.read_sav(source, user_missing=True)
    real = answers()
    for seed in range(3):
        path = model.domain.write(model.sample(60, seed=seed), tmp_path / f"drawn{seed}.{suffix}")
        drawn, about = pyreadstat.read_sav(path, user_missing=True)
        for said in (
            "variable_value_labels", "missing_ranges", "column_names_to_labels", "variable_measure", "file_label",
            "variable_display_width",
        ):  # fmt: skip
            assert getattr(about, said) == getattr(wanted, said), said
        assert {about.original_variable_types[name] for name in ("sex", "since")} == {"F1.0", "DATE11"}
        for name in ("sex", "often", "answer", "half", "side", "town"):
            codes = {*drawn[name].dropna()} - {""}
            assert codes <= {*real[name]} - {9.0, "x"} and len(codes) > 1
        assert (drawn["age"].dropna() % 1 == 0).all() and not (drawn["age"] >= 990).any()


def test_labels_stand_in_csv_and_whole_codes_in_stata(survey, tmp_path):
    _, model = survey
    rows = model.sample(60, seed=1)
    text = pd.read_csv(model.domain.write(rows, tmp_path / "rows.csv"))
    assert {*text["sex"].dropna()} == {"male", "female"} and {*text["half"]} == {"low", "high"}
    with pd.read_stata(model.domain.write(rows, tmp_path / "rows.dta"), iterator=True) as reader:
        codes, labels = reader.read(convert_categoricals=False), reader.value_labels()
        assert reader.variable_labels()["sex"] == TITLES["sex"] and reader.data_label == "a survey"
    assert {*codes["often"]} == {3, 5, 7} and labels["often"] == {3: "never", 5: "sometimes", 7: "always"}
    assert {*codes["sex"].dropna()} == {1, 2}


def test_completions_have_the_codes_of_their_model(survey, tmp_path):
    _, model = survey
    (tmp_path / "held.csv").write_text("sex,often\nmale,\n,always\n")
    held = read_delimited(tmp_path / "held.csv", None, {}, {}).items
    path = model.domain.write(model.complete(held, seed=1), tmp_path / "done.sav")
    done, about = pyreadstat.read_sav(path)
    assert done["sex"][0] == 1 and done["often"][1] == 7 and done["often"][0] in (3, 5, 7)
    assert about.variable_value_labels == SPSS_LABELS


def test_stata_keeps_codes_labels_and_types(tmp_path):
    """.a, .b are missing cells with labels; a column with holes is of whole numbers still."""
    rng = np.random.default_rng(1)
    age = [["a", "b", *range(18, 26)][k] for k in rng.integers(0, 10, N)]
    columns = {"sex": rng.choice([1, 2], N), "age": age, "no": rng.choice([1, 2, 3], N), "x": rng.normal(size=N)}
    frame, refused = pd.DataFrame(columns), {"a": "refused", "b": "unknown"}
    labels = {"sex": {1: "male", 2: "female"}, "age": refused, "no": {1: "no", 2: "no", 3: "yes"}}
    pyreadstat.write_dta(
        frame, tmp_path / "s.dta", "a survey", {"sex": TITLES["sex"]}, variable_value_labels=labels,
        missing_user_values={"age": ["a", "b"]},
    )  # fmt: skip
    model = genwright.fit(tmp_path / "s.dta", "bootstrap", progress=False)
    for seed in range(3):
        path = model.domain.write(model.sample(60, seed=seed), tmp_path / "drawn.dta")
        drawn, about = pyreadstat.read_dta(path)
        assert about.variable_value_labels == labels and about.column_names_to_labels["sex"] == TITLES["sex"]
        assert {*drawn["sex"]} == {1, 2} and {*drawn["no"]} == {1, 2, 3}
        assert drawn["age"].isna().any() and about.readstat_variable_types["age"] == "int8"


def test_texts_that_a_codebook_lacks_get_codes_of_their_own():
    variable = Variable(values=((1.0, "a"), (2.5, "b")))
    codes, labels = variable.write(pd.Series(["b", "c", None, "a", "d"]))
    assert codes.tolist()[:2] == [2.5, 3.0] and np.isnan(codes[2]) and codes.tolist()[3:] == [1.0, 4.0]
    assert labels == {1.0: "a", 2.5: "b", 3.0: "c", 4.0: "d"}


@pytest.mark.parametrize(
    "about",
    [
        {"values": [[float("inf"), "a"]]},
        {"values": [[1, "a"], ["b", "c"]]},
        {"values": [[1, 2]]},
        {"missing": [["x", 3]]},
        {"measure": "odd"},
        {"more": 1},
    ],
)
def test_what_is_no_codebook_is_refused(about):
    with pytest.raises((TypeError, ValueError)):
        codebook_from_json({"sex": about})


def test_a_run_keeps_a_codebook_as_json(survey):
    _, model = survey
    record = json.loads(json.dumps(model.domain.to_json()))
    again = type(model.domain).from_json(record)
    assert again.written.codebook == model.domain.written.codebook
