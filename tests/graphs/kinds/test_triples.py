"""Triples of files: which columns are head, relation and tail, what is counted, and what is refused."""

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.core.errors import DataError
from genwright.graphs.families.relations import relation_data

ROWS = [(f"e{i}", ("likes", "knows", "hates")[i % 3], f"e{(i * 7 + 3) % 30}") for i in range(30)] + [
    (f"e{i}", "likes", f"e{(i + 1) % 30}") for i in range(30)
]


def write(path, rows, separator="\t", head=None) -> str:
    lines = [separator.join(map(str, row)) for row in ([head] if head else []) + list(rows)]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def load(source):
    return genwright.load_data(source, task="relations")


def facts(data) -> set[tuple]:
    names = data.node_names
    return {(names[h], data.relation_names[r], names[t]) for h, r, t in data.triples.ends.tolist()}


def as_npz(folder, rows) -> str:
    np.savez(folder / "kg.npz", triples=np.array(rows))
    return str(folder / "kg.npz")


def as_parquet(folder, rows) -> str:
    pd.DataFrame(rows, columns=["subject", "predicate", "object"]).to_parquet(folder / "kg.parquet")
    return str(folder / "kg.parquet")


FORMS = {
    "tabs without names": lambda folder: write(folder / "kg.tsv", ROWS),
    "text without names": lambda folder: write(folder / "kg.txt", ROWS, " "),
    "names": lambda folder: write(folder / "kg.csv", ROWS, ",", ("head", "relation", "tail")),
    "other names": lambda folder: write(folder / "kg.csv", ROWS, ";", ("from", "type", "to")),
    "names that say nothing": lambda folder: write(folder / "kg.csv", ROWS, ",", ("a", "b", "c")),
    "relation last": lambda folder: write(folder / "kg.txt", [(h, t, r) for h, r, t in ROWS]),
    "relation first": lambda folder: write(folder / "kg.txt", [(r, h, t) for h, r, t in ROWS]),
    "a column more": lambda folder: write(
        folder / "kg.csv", [(*row, 1) for row in ROWS], ",", ("head", "relation", "tail", "year")
    ),
    "arrays": lambda folder: as_npz(folder, ROWS),
    "parquet": lambda folder: as_parquet(folder, ROWS),
    "a table in memory": lambda folder: pd.DataFrame(ROWS, columns=["h", "r", "t"]),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_the_same_triples(tmp_path, form):
    assert facts(load(FORMS[form](tmp_path))) == set(ROWS)


def test_numbers_are_names_and_the_column_of_fewest_is_the_relation(tmp_path):
    rows = [(int(head[1:]), len(relation) % 4 + 100, int(tail[1:])) for head, relation, tail in ROWS]
    data = load(write(tmp_path / "kg.txt", rows))
    assert facts(data) == {(head, str(relation), tail) for head, relation, tail in rows}
    assert data.names == sorted({*(row[0] for row in rows), *(row[2] for row in rows)})


def test_a_name_that_means_missing_elsewhere_is_a_name_here(tmp_path):
    data = load(write(tmp_path / "kg.tsv", [*ROWS, ("NA", "likes", "nan")]))
    assert ("NA", "likes", "nan") in facts(data)


def test_a_split_is_kept_and_what_no_training_tells_of_is_counted(tmp_path):
    write(tmp_path / "kg" / "train.txt", [*ROWS[:40], ROWS[0]])
    write(tmp_path / "kg" / "valid.txt", ROWS[40:50])
    write(tmp_path / "kg" / "test.txt", [*ROWS[50:], ROWS[1], ("new", "likes", "e1"), ("e1", "owns", "e2")])
    data = genwright.load_data(tmp_path / "kg")  # no option is needed
    said = " ".join(data.describe())
    assert facts(data) == set(ROWS) and data.default_task == "relations"
    assert "1 of 64 triples merged" in said and "2 of 62 triples left out (training" in said
    assert "1 of 63 triples left out (another part" in said
    task = relation_data(data)
    assert [int((task.tensors(part).target.y == 1).sum()) for part in ("train", "valid", "test")] == [40, 10, 10]


def test_training_keeps_every_entity_and_relation():
    """However rare they are."""
    rows = [(f"a{i % 20}", f"r{i % 4}", f"b{i % 9}") for i in range(80)] + [("x", "once", "y")]
    task = relation_data(load(pd.DataFrame(rows, columns=["head", "relation", "tail"])))
    train = task.tensors("train").x
    assert {*train[:, [0, 2]].flatten().tolist()} == set(range(task.whole.graph.rows))
    assert {*train[:, 1].tolist()} == set(range(5))


def test_a_table_of_triples_is_asked_about(tmp_path):
    for path in (write(tmp_path / "kg.tsv", ROWS), write(tmp_path / "kg.csv", ROWS, ",", ("head", "relation", "tail"))):
        assert any("--task relations" in str(question) for question in genwright.load_data(path).questions)


FAULTS = {
    "an empty name": [*ROWS, ("", "likes", "e1")],
    "a line of two": [*ROWS, ("e1", "likes")],
    "two columns": [(head, tail) for head, _, tail in ROWS],
    "nothing": [],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_refused_by_name(tmp_path, fault):
    with pytest.raises(DataError, match="kg"):
        load(write(tmp_path / "kg.csv", FAULTS[fault], ","))


@pytest.mark.parametrize(
    "rows", [ROWS[:10], [(f"a{i}", "r", f"b{i}") for i in range(40)]], ids=["too few", "every entity once"]
)
def test_triples_of_which_none_can_be_spared_are_refused(rows):
    with pytest.raises(DataError):
        relation_data(load(pd.DataFrame(rows, columns=["head", "relation", "tail"])))


def test_a_folder_without_training_is_refused(tmp_path):
    write(tmp_path / "kg" / "test.txt", ROWS)
    with pytest.raises(DataError, match="kg"):
        load(tmp_path / "kg")
