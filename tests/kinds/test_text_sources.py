"""Where lines come from beside a .txt: a column of a table, FASTA, texts with labels; and what is given beside them."""

import gzip

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.core.errors import DataError, GivenError
from genwright.kinds.domain import Drawn
from genwright.kinds.load import read_items
from genwright.kinds.sequences.domain import Sequences

LINES = [f"{first}{end}{i}" for first in ("Anna", "Bert", "Cora") for end in ("berg", "hof") for i in range(20)]
FRAME = pd.DataFrame({"text": LINES, "kind": [line[4:].rstrip("0123456789") for line in LINES]}).assign(
    size=lambda frame: frame["text"].str.len() / 2, text=lambda frame: frame["text"]
)


@pytest.fixture
def table(tmp_path):
    FRAME.to_csv(tmp_path / "names.csv", index=False)
    return tmp_path / "names.csv"


@pytest.mark.parametrize("form", [lambda path: path, lambda path: FRAME, lambda path: FRAME.to_dict("list")])
def test_a_column_of_a_table_is_lines(form, table):
    data = genwright.load_data(form(table), column="text")
    assert data.kind == "sequences" and sorted([*data.train, *data.valid, *data.test]) == sorted(LINES)
    assert data.options == {"column": "text"} and any("column `text`" in line for line in data.describe())
    assert read_items(form(table), data.domain)[0] == LINES


def test_a_lone_column_of_different_texts_is_lines(tmp_path):
    path = tmp_path / "smiles.csv.gz"
    path.write_bytes(gzip.compress(("smiles\n" + "\n".join(LINES)).encode()))
    assert genwright.load_data(path).kind == "sequences"
    path.write_bytes(gzip.compress(("colour\n" + "red\nblue\n" * 60).encode()))
    assert genwright.load_data(path).kind == "tables"


def test_other_columns_are_given_and_come_back(table):
    data = genwright.load_data(table, column="text", given=["kind", "size"])
    domain, names = data.domain, dict(zip(LINES, FRAME["kind"]))
    assert domain.given.names == ["kind", "size"] and [names[line] for line in data.test] == list(
        data.test.given["kind"]
    )
    x, given = domain.encode(data.test)
    back = domain.decode(x, given, 3)
    assert back == data.test and list(back.given["kind"]) == list(data.test.given["kind"])
    assert back.given["size"].tolist() == pytest.approx(list(data.test.given["size"]))
    bare = domain.encode(list(data.test))[1]
    assert bare.shape == given.shape and bare.isnan().all()
    said = domain.encode_given({"kind": "hof"}, 2)
    assert said[:, 1].isnan().all() and (said[:, 0] == said[0, 0]).all()
    with pytest.raises(GivenError):
        domain.encode_given({"kind": "haus"}, 2)
    again = Sequences.from_json(domain.to_json())
    assert (again.encode_given({"kind": "hof"}, 2)[:, 0] == said[:, 0]).all() and again.column == "text"


@pytest.mark.long
def test_draws_follow_what_is_given(table, tmp_path):
    data = genwright.load_data(table, column="text", given="kind")
    model = genwright.fit(data, "autoregressive", preset="tiny", items=6000, progress=False)
    for kind in ("berg", "hof"):
        drawn = model.sample(20, given={"kind": kind}, seed=0)
        assert sum(kind in line for line in drawn) > 14 and set(drawn.given["kind"]) == {kind}
    assert model.log_prob(data.test[:3]).given == ("kind",)
    path = data.domain.write(model.sample(5, seed=1), tmp_path / "new.csv")
    assert list(pd.read_csv(path).columns) == ["text", "kind"]


def test_texts_with_labels_are_given_them():
    data = genwright.load_data((LINES, FRAME["kind"].tolist()))
    assert data.domain.given.names == ["label"] and set(data.values("train", "label")) == {"berg", "hof"}
    assert not genwright.load_data((LINES, FRAME["kind"].tolist()), given=[]).domain.given.names
    with pytest.raises(DataError):
        genwright.load_data((LINES, ["a", "b", "c"]))


def test_gaps_and_line_breaks_in_a_column_are_told():
    frame = FRAME.astype({"text": object})
    frame.loc[3, "text"], frame.loc[5, "text"] = None, "two\nlines"
    data = genwright.load_data(frame, column="text", given="kind")
    assert {"1 of 120 rows left out (no text)", "1 text of more than one line made one, by spaces"} <= set(
        data.describe()
    )
    assert len(data.train) + len(data.valid) + len(data.test) == 119
    assert "two lines" in {*data.train, *data.valid, *data.test}


def test_fasta_is_read_written_and_named(tmp_path):
    path, rng = tmp_path / "chains.fasta", np.random.default_rng(0)
    chains = ["".join(rng.choice(list("ACDE"), 30)) for _ in range(40)]
    write = lambda i, chain: f">chain {i}\n; by hand, no. {i}\n{chain[:20]}\n{chain[20:]}\n\n"
    text = "; all of them\n" + "".join(write(i, chain) for i, chain in enumerate(chains)) + ">empty\n"
    path.write_text(text)
    data = genwright.load_data(path)
    assert sorted([*data.train, *data.valid, *data.test]) == sorted(chains)
    assert {"1 of 41 names left out (no sequence follows)", "not used: 41 comments"} <= set(data.describe())
    items, *_ = read_items(path, data.domain)
    assert items == chains and items.given["name"][3] == "chain 3"
    data.domain.write(Drawn(chains[:2]), path)
    assert path.read_text() == f">1\n{chains[0]}\n>2\n{chains[1]}\n" and read_items(path, data.domain)[0] == chains[:2]
