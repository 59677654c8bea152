# Tests graphs/kinds/edge_lists.py, graphs/kinds/node_columns.py, graphs/kinds/sparse_files.py
"""Edge lists with a table of nodes: which rows and columns become what, and that another graph is read as training
was."""

import itertools

import numpy as np
import pandas as pd
import pytest
import torch

import genwright
from genwright.core.errors import DataError
from genwright.core.graph import is_undirected
from genwright.graphs.kinds.graph_data import UNKNOWN
from genwright.graphs.kinds.node_columns import NodeColumns
from genwright.graphs.networks.features import SparseRows


def dense(x):
    return x.dense() if isinstance(x, SparseRows) else x


def nodes(**columns) -> pd.DataFrame:
    return pd.DataFrame({"id": ["a", "b", "c", "d"], **columns})


def edges(pairs: str, **columns) -> pd.DataFrame:
    return pd.DataFrame([tuple(pair) for pair in pairs.split()], columns=["source", "target"]).assign(**columns)


def pairs(graph) -> set[tuple[int, int]]:
    return set(zip(graph.source.tolist(), graph.target.tolist()))


def test_edges_run_both_ways_unless_they_are_said_to_be_directed():
    both = genwright.load_data(edges("ab bc"), nodes=nodes())
    one = genwright.load_data(edges("ab bc"), nodes=nodes(), directed=True)
    assert pairs(both.graph) == {(0, 1), (1, 0), (1, 2), (2, 1)} and pairs(one.graph) == {(0, 1), (1, 2)}
    assert is_undirected(both.graph) and both.graph.weight is None
    assert "2 undirected edges" in both.describe()[0] and "2 directed edges" in one.describe()[0]


def test_repeated_edges_loops_and_lone_nodes_are_handled_and_said():
    data = genwright.load_data(edges("ab ab ba aa bc"), nodes=nodes())
    assert pairs(data.graph) == {(0, 1), (1, 0), (0, 0), (1, 2), (2, 1)} and data.graph.weight is None
    said = " ".join(data.describe())
    assert "4 nodes, 3 undirected edges" in said and "1 edge of a node to itself, 1 node without an edge" in said
    assert "edges merged (repeated)" in said


def test_weights_of_repeated_edges_add_up_and_their_features_are_averaged():
    data = genwright.load_data(
        edges("ab ab bc", weight=[1.0, 2.0, 5.0], km=[10.0, 20.0, 7.0], why="x"), nodes=nodes(), directed=True
    )
    assert data.graph.edge_index().tolist() == [[0, 1], [1, 2]]
    assert data.graph.weight.tolist() == [3.0, 5.0] and data.graph.features.tolist() == [[15.0], [7.0]]
    assert "weights 3 to 5, 1 numbers an edge" in data.describe()[0] and any(
        "not used" in line and "why" in line for line in data.describe()
    )


def test_an_undirected_edge_given_both_ways_keeps_its_mean_weight():
    data = genwright.load_data(edges("ab ba", weight=[1.0, 3.0]), nodes=nodes())
    assert data.graph.weight.tolist() == [2.0, 2.0]


@pytest.mark.parametrize("ids", [[7, 8, 9, 10], ["7", "8", "9", "10"], [7.0, 8.0, 9.0, 10.0]])
def test_names_of_nodes_match_whatever_their_type(ids):
    table = pd.DataFrame({"x": [1, 2, 3, 4], "node": ids})
    data = genwright.load_data(pd.DataFrame({"p": [7, 10], "q": [8, 9]}), nodes=table, directed=True)
    assert pairs(data.graph) == {(0, 1), (3, 2)} and data.names == ids


def test_columns_named_source_and_target_are_taken_wherever_they_stand():
    frame = pd.DataFrame({"km": [1.5], "Target": ["b"], "Source": ["a"]})
    assert pairs(genwright.load_data(frame, nodes=nodes(), directed=True).graph) == {(0, 1)}


def test_columns_become_features_by_the_rules_of_tables():
    table = pd.DataFrame(
        {
            "id": range(12),
            "age": [10.0, np.nan, 30.0] * 4,
            "city": ["x", "y", None] * 4,
            "ok": [True, False] * 6,
            "same": 3,
            "ssn": [f"n{i}" for i in range(12)],
            "when": pd.date_range("2020-01-01", periods=12),
            "kind": ["p", "q", None] * 4,
            "split": ["train", "val", "test"] * 4,
        }
    )
    data = genwright.load_data(pd.DataFrame({"u": [0], "v": [1]}), nodes=table, target="kind")
    assert sorted(data.columns.features) == ["age", "age missing", "city = x", "city = y", "city missing", "ok = True"]
    row = dict(zip(data.columns.features, data.x[1].tolist()))
    assert row == {
        "age": 20.0,
        "age missing": 1.0,
        "city = x": 0.0,
        "city = y": 1.0,
        "city missing": 0.0,
        "ok = True": 0.0,
    }
    assert data.classes == ("p", "q") and data.y[:3].tolist() == [0, 1, UNKNOWN]
    assert data.parts[:3].tolist() == ["train", "valid", "test"]
    said = " ".join(data.describe())
    assert (
        "`split` is the split" in said
        and "`ssn`, unique in every row" in said
        and "`same`, the same everywhere" in said
        and "`when`, a date" in said
    )


def test_numbers_written_as_text_are_numbers_and_what_is_odd_about_them_is_said():
    table = nodes(plain=["1.50", "2.25", "3.75", "4.50"], money=["$1.50", "$2.25", "$3.75", "$4.50"])
    data = genwright.load_data(edges("ab"), nodes=table)
    assert data.columns.features == ["plain", "money"]
    assert data.notes == ["`money`: numbers written like `$1.50`"]


def test_types_and_drop_correct_what_is_understood():
    table = nodes(zip=[1, 2, 1, 2], age=[1.5, 2.5, 3.5, 4.5], kind=[0, 1, 0, 1])
    data = genwright.load_data(edges("ab"), nodes=table, target="kind", types={"zip": "category"}, drop=["age"])
    assert data.columns.features == ["zip = 1", "zip = 2"] and isinstance(data.x, SparseRows)
    target = genwright.load_data(edges("ab"), nodes=table, target="kind", types={"kind": "number"})
    assert target.classes == () and target.y.dtype == torch.float32


def test_columns_that_are_masks_are_the_split():
    """Learned as features, they would say which nodes are for the test."""
    masks = {"train_mask": [True, True, False, False], "val_mask": [0, 0, 1, 0], "Test_mask": ["no", "no", "no", "yes"]}
    data = genwright.load_data(edges("ab"), nodes=nodes(kind=[0, 1, 0, 1], age=[1.5, 2.5, 3.5, 4.5], **masks))
    assert data.parts.tolist() == ["train", "train", "valid", "test"]
    assert not any("mask" in name for name in data.columns.features)
    with pytest.raises(DataError):
        genwright.load_data(edges("ab"), nodes=nodes(kind=[0, 1, 0, 1], **masks | {"val_mask": [1, 0, 1, 0]}))


def test_a_column_called_part_that_says_something_else_is_a_feature():
    data = genwright.load_data(edges("ab"), nodes=nodes(part=["head", "tail", "head", "tail"]))
    assert data.parts is None and data.columns.features == ["part = head", "part = tail"]


def test_nodes_of_which_nothing_is_known_are_each_their_own():
    data = genwright.load_data(edges("ab"), nodes=nodes())
    assert torch.equal(dense(data.x), torch.eye(4)) and "each is its own" in " ".join(data.describe())


def test_another_graph_is_read_by_the_columns_of_training(tmp_path):
    """Fewer cities, in another order, a new one, a column that never varies there: features still mean what they
    meant."""
    table = nodes(age=[10.5, 20.5, np.nan, 40.5], city=["x", "y", "x", "z"], kind=["p", "q", "p", "q"])
    data = genwright.load_data(edges("ab bc"), nodes=table, target="kind")
    other = pd.DataFrame({"id": [1, 2], "city": ["new", "z"], "age": [5.0, np.nan]})
    columns = NodeColumns.from_json(data.columns.to_json())
    rows = [dict(zip(columns.features, row)) for row in columns.encode(other).tolist()]
    mean = pytest.approx(np.mean([10.5, 20.5, 40.5]))
    assert rows[0] == {"age": 5.0, "age missing": 0.0, "city = x": 0.0, "city = y": 0.0, "city = z": 0.0}
    assert rows[1] == {"age": mean, "age missing": 1.0, "city = x": 0.0, "city = y": 0.0, "city = z": 1.0}


def community(n: int, seed: int, cities: str = "xyz"):
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 2, n)
    age = rng.normal(size=n) + 3 * kind
    u, v = rng.integers(0, n, (2, 8 * n))
    keep = (kind[u] == kind[v]) | (rng.random(8 * n) < 0.1)
    table = pd.DataFrame(
        {"id": np.arange(n) + 1000, "age": age, "city": rng.choice(list(cities), n), "kind": np.array(["p", "q"])[kind]}
    )
    return pd.DataFrame({"source": u[keep] + 1000, "target": v[keep] + 1000}), table


def test_a_model_predicts_a_graph_that_it_never_saw_and_that_has_no_labels():
    seen, table = community(200, 0)
    model = genwright.fit(genwright.load_data(seen, nodes=table, target="kind"), "gcn", progress=False)
    new, others = community(150, 1, "zy")
    answers = model.predict(genwright.load_data(new, nodes=others[["city", "id", "age"]]))
    assert list(answers.index) == others["id"].tolist() and list(answers.columns) == ["label", "p(p)", "p(q)"]
    assert (answers["label"].to_numpy() == others["kind"].to_numpy()).mean() > 0.9
    assert np.allclose(answers[["p(p)", "p(q)"]].sum(1), 1, atol=1e-5)
    assert model.encode(genwright.load_data(new, nodes=others[["city", "id", "age"]])).shape[0] == 150


def test_the_order_of_rows_changes_nothing_but_the_order_of_nodes():
    seen, table = community(60, 2)
    straight = genwright.load_data(seen, nodes=table, target="kind")
    order = np.random.default_rng(0).permutation(len(table))
    mixed = genwright.load_data(seen.sample(frac=1, random_state=0), nodes=table.iloc[order], target="kind")
    place = torch.as_tensor(np.argsort(order))
    assert torch.allclose(mixed.x[place], straight.x) and torch.equal(mixed.y[place], straight.y)
    assert {(order[u], order[v]) for u, v in pairs(mixed.graph)} == pairs(straight.graph)


# ---------------------------------------------------------------------- edges alone

FRIENDS = "anna bert carl dora emil".split()


def alone(folder, text: str, name: str = "friends.csv", **options):
    (folder / name).write_text(text, encoding="utf-8")
    return genwright.load_data(folder / name, task="links", **options)


def named_pairs(data) -> set[tuple]:
    return {(data.names[u], data.names[v]) for u, v in pairs(data.graph)}


@pytest.mark.parametrize(
    "name, text",
    [
        ("friends.csv", "source,target\nbert,anna\ncarl,bert\n"),
        ("friends.csv", "who;whom\nbert;anna\ncarl;bert\n"),
        ("friends.csv", "bert,anna\ncarl,bert\n"),  # no names of columns: bert is named again
        ("friends.tsv", "bert\tanna\t1.5\ncarl\tbert\t2\n"),
        ("friends.txt", "# who whom\nbert anna\n\ncarl bert\n"),
        ("friends.edges", "% asym\nbert  anna 1\ncarl bert 1\n"),
        ("friends.edgelist", "bert anna {'weight': 2}\ncarl bert {}\n"),
    ],
)
def test_an_edge_list_alone_names_its_nodes(tmp_path, name, text):
    data = alone(tmp_path, text, name)
    assert data.names == ["anna", "bert", "carl"] and data.name == "friends"
    assert named_pairs(data) == {("anna", "bert"), ("bert", "anna"), ("bert", "carl"), ("carl", "bert")}
    assert torch.equal(dense(data.x), torch.eye(3)) and "each is its own" in " ".join(data.describe())


def test_names_hold_what_cuts_no_line_and_tags_are_no_comments(tmp_path):
    data = alone(tmp_path, "Oslo, N\tRome, I\t0,5\nRome, I\tBern, CH\t2\n", "cities.txt")
    assert data.names == ["Bern, CH", "Oslo, N", "Rome, I"] and sorted(set(data.graph.weight.tolist())) == [0.5, 2]
    data = alone(tmp_path, "# by hand\nsource,target\n#ml,#ai\n#ai,art\n")
    assert data.names == ["#ai", "#ml", "art"]
    assert "not used: 1 comment" in data.describe()
    assert alone(tmp_path, "a\x85b,c\nc,d\n").names == ["a\x85b", "c", "d"]


def test_weights_and_repeated_edges_of_a_list_without_names(tmp_path):
    data = alone(tmp_path, "anna,bert,2.5\nbert,anna,1\nanna,bert,3\ndora,dora,1\n", directed=True)
    weights = dict(zip([(data.names[u], data.names[v]) for u, v in data.graph.edge_index().T], data.graph.weight))
    assert weights == {("anna", "bert"): 5.5, ("bert", "anna"): 1.0, ("dora", "dora"): 1.0}
    said = " ".join(data.describe())
    assert "edges merged (repeated)" in said and "the first line is an edge" in said


def test_a_first_line_above_numbers_is_an_edge_where_it_holds_a_number(tmp_path):
    assert alone(tmp_path, "anna,bert,2\ncarl,dora,3\n").names == FRIENDS[:4]
    assert alone(tmp_path, "person,friend,years\ncarl,dora,3\n").names == ["carl", "dora"]


@pytest.mark.parametrize("name", ["friends.csv", "friends.txt"])
@pytest.mark.parametrize("head", ["", "head,relation,tail\n", "who,how,whom\n"])
def test_the_ends_of_an_edge_stand_on_both_sides_of_its_relation(tmp_path, name, head):
    data = alone(tmp_path, f"{head}anna,likes,bert\nbert,knows,carl\ncarl,likes,anna\n", name)
    assert data.names == ["anna", "bert", "carl"] and ("anna", "bert") in named_pairs(data)


LISTS = {  # lines below the names of columns, the names, and whether edges run one way where nobody says
    "each once": ("a,b b,c c,d", "source,target", False),
    "each once, by names that have a direction": ("a,b b,c c,d", "from,to", True),
    "each both ways": ("a,b b,a b,c c,b", "from,to", False),
    "some both ways": ("a,b b,a b,c c,d", "u,v", True),
    "loops alone": ("a,a b,b c,a", "u,v", False),
}


@pytest.mark.parametrize("name", LISTS)
def test_the_direction_of_edges_is_chosen_and_asked(tmp_path, name):
    lines, names, one_way = LISTS[name]
    text = f"{names}\n" + "\n".join(lines.split()) + "\n"
    data = alone(tmp_path, text)
    assert is_undirected(data.graph) != one_way
    asks = any("--directed" in line or "--undirected" in line for line in data.describe())
    assert asks == (name != "each both ways")
    ways = {option: alone(tmp_path, text, **{option: True}) for option in ("directed", "undirected")}
    assert is_undirected(ways["undirected"].graph)
    assert ways["directed"].graph.edges == len(lines.split())
    with pytest.raises(DataError):
        alone(tmp_path, text, directed=True, undirected=True)


def test_numbers_are_names_in_their_order_and_zeros_are_kept(tmp_path):
    assert alone(tmp_path, "source,target\n10,9\n9,100\n").names == [9, 10, 100]
    assert alone(tmp_path, "0,1\n1,2\n2,0\n").names == [0, 1, 2]
    assert alone(tmp_path, "source,target\n007,7\n").names == ["007", "7"]


def test_the_order_of_lines_changes_no_node(tmp_path):
    lines = ["bert,anna", "carl,bert", "emil,dora", "dora,anna"]
    straight, mixed = (alone(tmp_path, "\n".join(["source,target", *order])) for order in (lines, lines[::-1]))
    assert straight.names == mixed.names and straight.hash == mixed.hash


def test_links_are_learned_from_an_edge_list_alone_and_asked_by_name(tmp_path):
    rng = np.random.default_rng(0)
    names = [f"{'blue red'.split()[k % 2]} {k}" for k in range(60)]
    every = list(itertools.combinations(range(60), 2))
    joined = [pair for pair in every if rng.random() < (0.3 if sum(pair) % 2 == 0 else 0.01)]
    (tmp_path / "camps.csv").write_text("\n".join(f"{names[a]};{names[b]}" for a, b in joined))
    genwright.fit(tmp_path / "camps.csv", "gae", task="links", out=tmp_path / "run", progress=False)
    model = genwright.load_model(tmp_path / "run")
    answers = model.predict(tmp_path / "camps.csv", [(names[a], names[b]) for a, b in every])["probability"].to_numpy()
    same = np.array([sum(pair) % 2 == 0 for pair in every])
    assert answers[same].mean() > answers[~same].mean() + 0.2
    assert set(model.predict(tmp_path / "camps.csv")["source"]) <= set(names)
