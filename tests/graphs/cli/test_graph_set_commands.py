"""Graphs to model whole, of a person's folder: nodes keep their names."""

import networkx as nx


def test_a_graph_is_completed_around_nodes_that_keep_their_names(do, home):
    (home / "rings").mkdir()
    for number in range(20):
        nx.write_graphml((nx.cycle_graph, nx.star_graph)[number % 2](5 + number // 2), home / f"rings/{number}.graphml")
    do("fit rings --preset tiny --steps 3 --out run --quiet")
    (home / "part").mkdir()
    nx.write_graphml(nx.Graph([("anna", "bert"), ("bert", "cora")]), home / "part/friends.graphml")
    assert do("complete run part --seed 1").endswith(" with seed 1 (approximate): filled\n")
    whole = nx.read_graphml(home / "filled/friends.graphml")
    assert set(whole) >= {"anna", "bert", "cora"} and whole.has_edge("anna", "bert")
    assert not whole.has_edge("anna", "cora")
