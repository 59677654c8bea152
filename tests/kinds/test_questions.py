# Tests kinds/sequences/questions.py, kinds/tables/questions.py
"""Files that are something else than they look like: each is asked about, with an option that answers when it is typed;
and files of which nothing is to be asked."""

import itertools
import os
import re
import textwrap
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from genwright import load_data
from genwright.cli.commands import main
from genwright.core import domain
from genwright.core.account import Account
from genwright.core.data import Data
from genwright.core.domain import as_typed
from genwright.kinds.formats.raw import Raw
from genwright.kinds.formats.tables.write_table import write_table
from genwright.kinds.known_kinds import READER, recognise
from genwright.kinds.named import read_named
from genwright.kinds.sequences.questions import about_lines
from genwright.kinds.tables import questions
from genwright.kinds.tables.column_marginals import count_distinct
from genwright.kinds.tables.domain import Tables
from genwright.kinds.tables.questions import about_table
from genwright.kinds.values.cells import factorize
from genwright.kinds.values.frames import as_frame

WORDS = "we walk along the quiet river and talk about those winters when nobody in town owned a single boat".split()
SMILES = ["CCO", "c1ccccc1", "CC(=O)O", "CCN", "CCCC", "CC(C)O", "C1CCCCC1", "OCCO", "CCCl", "CCBr"]
rng = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def same_draws():
    """Data are the same whichever tests ran before."""
    rng.bit_generator.state = np.random.default_rng(0).bit_generator.state


def walk(rows: int, keeps: float = 0.97) -> np.ndarray:
    """(rows,) numbers, each near the one before it."""
    found = np.zeros(rows)
    for i in range(1, rows):
        found[i] = keeps * found[i - 1] + rng.normal() * np.sqrt(1 - keeps**2)
    return found


def sensor(rows: int = 400) -> pd.DataFrame:
    stamps = pd.date_range("2022-01-01", periods=rows, freq="h").strftime("%Y-%m-%d %H:%M:%S")
    temp = (15 + 5 * walk(rows)).round(2)
    return pd.DataFrame({"stamp": stamps, "temp": temp, "rain": rng.exponential(size=rows).round(1)})


def stations() -> pd.DataFrame:
    """Days of one station below those of another."""
    days = pd.date_range("2020-01-01", periods=300).strftime("%Y-%m-%d")
    return pd.DataFrame({"date": np.tile(days, 5), "t": np.concatenate([walk(300) for _ in range(5)]).round(2)})


def sales() -> pd.DataFrame:
    """Twenty shops a day."""
    days = np.repeat(np.arange(100), 20)
    sold = 50 + 10 * walk(100)[days] + 10 * rng.normal(size=len(days))
    return pd.DataFrame({"day": days, "shop": np.tile(np.arange(20), 100), "sold": sold.round(1)})


def panel() -> pd.DataFrame:
    whose = np.repeat(np.arange(60), 20)
    return pd.DataFrame(
        {
            "patient": [f"P{100 + number}" for number in whose],
            "pulse": (70 + 8 * rng.normal(size=60)[whose] + 6 * rng.normal(size=len(whose))).round(),
            "sex": rng.choice(["f", "m"], 60)[whose],
            "pressure": (120 + 10 * rng.normal(size=len(whose))).round(),
        }
    )


def countries() -> pd.DataFrame:
    """Names that neither are numbered nor stand under a word for those who have rows."""
    names = [f"{a}{b}ia" for a in ("Al", "Bo", "Ce", "Do", "El", "Fa", "Gi", "Ho") for b in "bdfgklmnpr"]
    whose = np.repeat(np.arange(80), 12)
    years = 50 + 10 * rng.normal(size=80)[whose] + 4 * rng.normal(size=len(whose))
    return pd.DataFrame({"nation": np.array(names)[whose], "life": years.round(1)})


def edges() -> pd.DataFrame:
    one = rng.integers(184, size=3_000)
    return pd.DataFrame({"person": one, "friend": (one + rng.integers(1, 30, 3_000)) % 184}).map(lambda k: f"no{k}")


def calls() -> pd.DataFrame:
    """Numbers of both ends, under the names of what these do."""
    return edges().map(lambda name: 5_000 + int(name[2:])).set_axis(["CallerId", "callee_id"], axis=1)


def reviews() -> pd.DataFrame:
    texts = [" ".join(rng.choice(WORDS, 20)) for _ in range(100)]
    return pd.DataFrame({"review": texts, "stars": rng.integers(1, 6, 100)})


def prose(width: int = 70) -> str:
    said = " ".join(rng.choice(WORDS) + "." * (rng.random() < 0.08) for _ in range(2_000))
    return "\n".join(textwrap.wrap(said, width))


def paragraphs(width: int, lengths: tuple[int, ...]) -> str:
    """Lines of prose with an empty line after so many of them, in turn."""
    lines = prose(width).split("\n")
    ends = set(itertools.accumulate(itertools.islice(itertools.cycle(lengths), len(lines))))
    return "\n".join(line + "\n" * (number in ends) for number, line in enumerate(lines, 1))


def molecules(column: str) -> pd.DataFrame:
    smiles = ["C" * (1 + k // 10) + SMILES[k % 10] for k in range(60)]
    logp = rng.normal(size=60).round(2)
    return pd.DataFrame({column: smiles, "name": [f"m{k}" for k in range(60)], "logP": logp, "mass": logp + 1})


def drawings() -> str:
    """Molecules as a catalogue draws them, flat."""
    chem = pytest.importorskip("rdkit.Chem")
    draw = pytest.importorskip("rdkit.Chem.AllChem").Compute2DCoords
    found = [chem.MolFromSmiles("C" * (2 + k) + "O") for k in range(20)]
    blocks = [chem.MolToMolBlock(one) for one in found if draw(one) is not None]
    blocks[:9] = [block.replace("0.0000 C", "1.0000 C", 1) for block in blocks[:9]]  # in space, beside the drawings
    return "".join(block + "$$$$\n" for block in blocks)


def parted() -> pd.DataFrame:
    return pd.DataFrame(
        {"x": rng.normal(size=100), "split": rng.choice(["train", "val", "test"], 100, p=[0.6, 0.2, 0.2])}
    )


def numbered(name: str, low: int = 10_000, high: int = 99_999) -> pd.DataFrame:
    """Rows that a number names, drawn at random as those of a survey are."""
    numbers = low + rng.permutation(high - low)[:200]
    return pd.DataFrame({name: numbers, "age": rng.integers(18, 80, 200), "sex": rng.choice(["f", "m"], 200)})


ASKED: dict[str, tuple[Callable, str, dict]] = {
    "sensor.csv": (sensor, "correlation 0.9", {"time": "stamp"}),
    "stations.csv": (stations, "in the order of `date`", {"time": "date"}),
    "sales.csv": (sales, "in the order of `day`", {"time": "day"}),
    "panel.csv": (panel, "60 values of `patient` have 20 rows each", {"group": "patient"}),
    "countries.csv": (countries, "80 values of `nation`", {"group": "nation"}),
    "edges.csv": (edges, "share 184 names", {"task": "links"}),
    "calls.csv": (calls, "`CallerId` and `callee_id` share 184 names", {"task": "links"}),
    "reviews.csv": (reviews, "`review` holds texts of 20 words", {"column": "review"}),
    "numbers.txt": (
        lambda: edges().replace("no", "", regex=True).to_csv(sep="\t", index=False, header=False),
        "`x0` and `x1` share 184 names",
        {"task": "links"},
    ),
    "edges.txt": (
        lambda: "# a comment\n" + edges().to_string(index=False, header=False),
        "`x0` and `x1` share 184 names",
        {"task": "links"},
    ),
    "prose.txt": (prose, "one text, wrapped", {"windows": 128}),
    "chapters.txt": (lambda: paragraphs(70, (5, 9, 3, 12)), "one text, wrapped", {"windows": 128}),
    "play.txt": (lambda: paragraphs(30, (2, 3, 5, 7)), "as those between paragraphs", {"windows": 128}),
    "smiles.csv": (lambda: molecules("smiles"), "3 columns are not used", {"given": ["logP"]}),
    "drugs.csv": (lambda: molecules("structure"), "`structure` holds SMILES", {"kind": "molecules"}),
    "lines.txt": (lambda: "\n".join(molecules("smiles")["smiles"]), "The lines are SMILES", {"kind": "molecules"}),
    "catalogue.sdf": (drawings, "flat drawings", {"kind": "molecules"}),
    "survey.csv": (lambda: numbered("respondent"), "`respondent` holds another whole number", {"drop": ["respondent"]}),
    "patients.csv": (lambda: numbered("patient", 1, 5_000), "`patient` holds another", {"drop": ["patient"]}),
    "letters.csv": (lambda: numbered("ref", 10**6, 10**7), "`ref` holds another whole", {"drop": ["ref"]}),
    "parted.csv": (parted, "`split` names parts", {"split_column": "split"}),
}  # file -> what it holds, what is asked of it, and the option that answers


@pytest.mark.parametrize("file", ASKED)
def test_a_misreading_is_asked_about_and_the_option_answers(file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    made, said, answer = ASKED[file]
    if isinstance(held := made(), str):
        (tmp_path / file).write_text(held)
    else:
        held.to_csv(file, index=False)
    data = load_data(file)
    found = [one for one in data.questions if one.answer == answer]
    assert [said in one.text for one in found] == [True], data.questions
    assert str(found[0]) in repr(data) and str(found[0]) in data.describe()
    typed = as_typed(answer)
    assert " ".join(typed) in str(found[0])
    with pytest.raises(SystemExit) as ended:
        main(["describe", file, *typed])
    assert ended.value.code == 0, capsys.readouterr().err
    again = load_data(file, **answer)
    questions = again.questions if isinstance(again, Data) else []
    assert not {name for one in questions for name in one.answer} & {*answer, "time", "group"}


@pytest.mark.parametrize("every", [30, 5, 3])
def test_bounds_among_numbers_are_told_however_many_they_are(every):
    level = [f"<{k % 3}.5" if k % every == 0 else f"{rng.uniform(1, 9):.2f}" for k in range(120)]
    told = load_data(pd.DataFrame({"level": level, "x": rng.normal(size=120)})).questions
    assert any("write a number for each bound" in str(one) for one in told)


@pytest.mark.parametrize("form", ["{0}Q{1}", "{1}h {2}m", "{2}. Mai {0}", "{2}°{2}'N", "{2} {1}/8", "{2}.5×10^{1}"])
def test_amounts_and_dates_of_several_numbers_are_told(form):
    cells = [form.format(2000 + k // 4, k % 4 + 1, k) for k in range(40)]
    (told,) = load_data(pd.DataFrame({"much": cells, "x": rng.normal(size=40)})).questions
    assert "texts of several numbers" in told.text


@pytest.mark.parametrize("cell", ["{0}", "10.0.{1}.{2}", "seen {1} times by somebody who had {2} things to say"])
def test_times_addresses_and_remarks_are_not(cell):
    cells = [cell.format(1_700_000_000 + 86_400 * k, k % 9, k) for k in range(60)]
    frame = pd.DataFrame({"much": pd.to_numeric(cells, errors="coerce") if cell == "{0}" else cells})
    told = load_data(frame.assign(x=rng.normal(size=60))).questions
    assert not any("numbers" in one.text or "dates" in one.text for one in told)


def test_several_columns_of_smiles_are_named():
    frame = molecules("reactant").assign(product=lambda table: "O" + table["reactant"])
    assert "Columns `reactant` and `product` hold SMILES" in asked(frame)


def test_a_target_beside_molecules_is_named():
    (question,) = load_data(molecules("smiles")).questions
    (target,) = re.findall(r"--target (\w+)", question.text)
    assert load_data(molecules("smiles"), target=target).default_task == "properties"


def options_of(data: Data) -> set[str]:
    """The options that answer the questions about data."""
    return {name for one in data.questions for name in one.answer}


def asked(frame: pd.DataFrame) -> str:
    frame = as_frame(frame)
    found = [*recognise(frame), *about_table(frame, Tables.fit(frame, sketch=True), None, {}, ())]
    return "\n".join(map(str, found))


def named(name: str, shuffled: bool) -> pd.DataFrame:
    frame = read_named(name, 0).items
    return frame.sample(3_000, random_state=0) if shuffled else frame[:3_000]


def by_species() -> pd.DataFrame:
    """Rows sorted by a category, below a counter of rows."""
    kind = np.repeat(np.arange(3), 60)
    sizes = 3 * kind[:, None] + rng.normal(size=(180, 3))
    return pd.DataFrame(sizes, columns=["a", "b", "c"]).assign(kind=kind.astype(str), id=np.arange(180))


def likert() -> pd.DataFrame:
    mood = rng.normal(size=(500, 1))
    answers = np.clip(np.round(3 + mood + rng.normal(size=(500, 8))), 1, 5).astype(int)
    return pd.DataFrame(answers, columns=[f"q{k}" for k in range(8)])


def product() -> pd.DataFrame:
    """Sixty-four kinds of shirts, whose prices are alike."""
    colour, size = rng.integers(8, size=(2, 2_000))
    price = 10 + colour + 2 * size + rng.normal(size=2_000)
    shirts = [f"{'abcdefgh'[a]}-{'ABCDEFGH'[b]}" for a, b in zip(colour, size)]
    return pd.DataFrame({"shirt": shirts, "price": price})


def ordered(rows: int) -> pd.DataFrame:
    """Days in their order, and nothing that depends on them."""
    counts = {f"x{k}": rng.normal(size=rows) for k in range(10)}
    return pd.DataFrame({"day": np.arange(rows), "user": np.sort(rng.integers(rows // 4, size=rows))} | counts)


def cars() -> pd.DataFrame:
    """Amounts of a thing that has several rows elsewhere."""
    size = rng.choice([1200, 1400, 1600, 1800, 2000], 500)
    return pd.DataFrame({"engine_size": size, "power": size / 20 + rng.normal(size=500)})


SILENT: dict[str, Callable[[], pd.DataFrame]] = {
    "shuffled days": lambda: sensor().sample(frac=1, random_state=0, ignore_index=True),
    "independent": lambda: pd.DataFrame(rng.normal(size=(500, 5)), columns=list("abcde")),
    "whole numbers": lambda: pd.DataFrame(rng.integers(50, size=(500, 2)), columns=["a", "b"]),
    "by a category": by_species,
    "identifiers": lambda: pd.DataFrame({"id": [f"P{k}" for k in range(300)], "x": rng.normal(size=300)}),
    "a survey": likert,
    "sizes of engines": cars,
    "a product": product,
    "incomes": lambda: pd.DataFrame(
        {"income": rng.permutation(np.unique(rng.lognormal(10, 1, 900).astype(int)))[:300]}
    ),
    "doses": lambda: numbered("dose").assign(effect=lambda rows: 2 * rows["dose"] + rng.normal(0, 9_000, len(rows))),
    "two columns of names": lambda: pd.DataFrame(
        {
            "first": rng.choice([f"Anna{k}" for k in range(60)], 300),
            "last": rng.choice([f"Li{k}" for k in range(90)], 300),
        }
    ),
    "a hundred days": lambda: ordered(100),
    "many days": lambda: ordered(100_000),
}


@pytest.mark.long
@pytest.mark.skipif(not os.environ.get("GENWRIGHT_DATA"), reason="set GENWRIGHT_DATA to the published files")
@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("name", ["adult", "diamonds", "california-housing"])
def test_nothing_is_asked_of_published_tables(name, shuffled):
    assert not asked(named(name, shuffled))


@pytest.mark.parametrize("name", SILENT)
def test_nothing_is_asked_of(name):
    assert not asked(SILENT[name]())


LINES = {
    "names": [f"{first} {last}" for first in WORDS for last in ("Smith", "Jones", "Brown")],
    "sentences": [" ".join(rng.choice(WORDS, rng.integers(4, 16))).capitalize() + "." for _ in range(300)],
    "notes": [" ".join(rng.choice(WORDS, rng.integers(4, 16))) for _ in range(300)],
    "messages": [f"INFO user {rng.integers(100, 999)} opened the page of {rng.choice(WORDS)}" for _ in range(99)],
    "small letters of one length": ["".join(rng.choice(list("acgt"), 70)) for _ in range(100)],
    "codes of one length": ["".join(rng.choice(list("ACGT"), 70)) for _ in range(100)],
}


@pytest.mark.parametrize("name", LINES)
def test_nothing_is_asked_of_lines_of(name):
    assert not about_lines(Raw("sequences", name, LINES[name], reader=READER, account=Account()), {})


@pytest.mark.parametrize("rows", [100, 1_000, 10_000])
def test_chance_does_not_ask(rows):
    """In a hundred tables of ten columns without order, of each size."""
    assert not any(asked(ordered(rows)) for _ in range(2_000 // rows + 3))


def test_an_answer_hides_no_other_question():
    both = panel().assign(review=[" ".join(rng.choice(WORDS, 12)) for _ in range(len(panel()))])
    assert options_of(load_data(both)) == {"kind", "group", "column", "filter"}
    assert options_of(load_data(both, group="patient")) == {"column"}


def test_a_question_that_fails_asks_nothing(monkeypatch, caplog):
    monkeypatch.setattr(questions, "ask_time", lambda *about: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        load_data(panel())
    monkeypatch.setattr(domain, "FAILURES_RAISE", False)
    caplog.set_level("DEBUG", "genwright")
    assert options_of(load_data(panel())) == {"kind", "group", "filter"}
    assert "ZeroDivisionError" in caplog.text


def test_a_split_that_was_named_is_not_asked_for():
    assert not load_data(panel(), group="patient").questions
    assert not load_data(sensor(), time="stamp").questions
    assert not options_of(load_data(panel(), drop=["patient"]))


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".xlsx"])
def test_na_among_labels_of_a_file_is_asked_and_the_answer_keeps_it(suffix, tmp_path):
    """Numbers that miss so say that it means missing."""
    table = pd.DataFrame({"region": ["DE", "NA", "US"] * 20, "k": range(60)})
    write = lambda frame: write_table(frame, tmp_path / f"t{suffix}")
    (asked,) = (p for p in load_data(write(table)).questions if "`NA`" in p.text)
    labels = load_data(tmp_path / f"t{suffix}", **asked.answer)
    assert set(labels.train["region"]) == {"DE", "NA", "US"} and not labels.questions
    data = load_data(write(table.assign(k=["NA", *range(59)])))
    assert data.train["region"].isna().any() and not any("`NA`" in p.text for p in data.questions)


def test_cells_of_some_rows_are_factorized_from_those_of_all():
    cells = pd.Series(rng.choice(["a", "b", "c", "rare", None], 200, p=[0.5, 0.3, 0.1, 0.01, 0.09]), dtype="str")
    rows = np.flatnonzero(rng.random(200) < 0.4)
    taken, fresh = factorize(cells, "x").take(rows), factorize(cells.iloc[rows], "x")
    assert taken.distinct == fresh.distinct
    assert (taken.codes == fresh.codes).all() and (taken.rows == fresh.rows).all()


@pytest.mark.parametrize("values", [rng.integers(-3, 9, 50), rng.integers(0, 10**9, 50), rng.normal(size=50), [7.0]])
def test_counted_numbers_are_those_that_were_sorted(values):
    values = np.asarray(values, float)
    for counted, right in zip(count_distinct(values), np.unique(values, return_counts=True)):
        assert counted.dtype == right.dtype and (counted == right).all()


def test_the_likeness_of_groups_does_not_see_rows_without_a_number():
    at, cells = np.repeat(np.arange(40), 25)[rng.permutation(1000)], rng.normal(size=1000)
    cells += rng.normal(size=40)[at]
    likeness = questions._likeness(at, cells, 0.1)
    assert 0.3 < likeness < 0.7
    more = np.concatenate([at, np.repeat([40, 3], 10)]), np.concatenate([cells, np.full(20, np.nan)])
    assert questions._likeness(*more, 0.1) == likeness
    shifted = np.where(more[0] >= 3, more[0] + 1, more[0]), more[1]  # no row is in group 3
    assert questions._likeness(*shifted, 0.1) == likeness
