"""Ten graphs as social scientists, crawlers, airlines and programs write them."""

import json
import random
from pathlib import Path

from expected import Expected


def friends(folder: Path) -> Expected:
    """Who knows whom, by name, in two columns."""
    edges = pairs(random.Random(1), 184, 1100)
    people = [f"{first}{number}" for number, first in enumerate(["Ana", "Bo", "Cy", "Di"] * 46)]
    lines = ["from,to"] + [f"{people[a]},{people[b]}" for a, b in edges]
    return edge_list(folder / "friends.csv", lines, 184, 1100)


def crawl(folder: Path) -> Expected:
    """A crawl as SNAP writes it: remarks behind #, numbers of pages between tabs, no line of names."""
    rng = random.Random(2)
    ids = rng.sample(range(100_000), 300)
    edges = pairs(rng, 300, 1500)
    lines = ["# Directed graph (each unordered pair of nodes is saved once): web-small.txt", "# Nodes: 300 Edges: 1500"]
    lines += ["# FromNodeId\tToNodeId"] + [f"{ids[a]}\t{ids[b]}" for a, b in edges]
    return edge_list(folder / "web-small.txt", lines, 300, 1500)


def flights(folder: Path) -> Expected:
    """Pairs of airports with how many flew: a weighted edge list."""
    rng = random.Random(3)
    airports = sorted({"".join(rng.choices("ABCDEFGHIKLMNOPRSTUVZ", k=3)) for _ in range(130)})[:120]
    lines = ["origin,destination,passengers"]
    lines += [f"{airports[a]},{airports[b]},{rng.randrange(50, 90_000)}" for a, b in pairs(rng, 120, 900)]
    return edge_list(folder / "flights.csv", lines, 120, 900)


def club(folder: Path) -> Expected:
    """Edges, and a table of the nodes with what is known of each beside them."""
    rng = random.Random(4)
    edges = [(a, b) for a, b in pairs(rng, 150, 1400) if a % 2 == b % 2 or rng.random() < 0.2]
    met = {node for edge in edges for node in edge}
    names = [f"m{node:03}" for node in range(150)]
    (folder / "club").mkdir()
    lines = ["source;target"] + [f"{names[a]};{names[b]}" for a, b in edges]
    source = folder / "club" / "edges.csv"
    source.write_text("\n".join(lines) + "\n")
    rows = ["id;faction;age"] + [f"{names[k]};{'blue' if k % 2 else 'red'};{rng.randrange(18, 70)}" for k in range(150)]
    (folder / "club" / "nodes.csv").write_text("\n".join(rows) + "\n")
    assert len(met) == 150
    asks = {"--nodes": {"nodes": str(folder / "club" / "nodes.csv"), "target": "faction"}}
    return Expected(source, "graph", 150, len(edges), asks=asks, may_ask=("--task links", "--directed"))


def gephi(folder: Path) -> Expected:
    """One network in GraphML, with an attribute of its nodes and a weight of its edges."""
    import networkx

    rng, graph = random.Random(5), networkx.Graph()
    for node in range(90):
        graph.add_node(f"n{node}", label=f"Person {node}", group=rng.choice(["north", "south", "west"]))
    graph.add_weighted_edges_from((f"n{a}", f"n{b}", rng.randrange(1, 9)) for a, b in pairs(rng, 90, 400))
    source = folder / "network.graphml"
    networkx.write_graphml(graph, source)
    return Expected(source, "graph", 90, 400, refuses="(?i)graphml", may_ask=("--target", "--task links", "--nodes"))


def circuits(folder: Path) -> Expected:
    """A folder of 40 small graphs, a GraphML file each."""
    import networkx

    rng = random.Random(6)
    (folder / "circuits").mkdir()
    for number in range(40):
        nodes = rng.randrange(6, 15)
        graph = networkx.Graph()
        for node in range(nodes):
            graph.add_node(node, part=rng.choice(["R", "C", "L"]))
        graph.add_edges_from((node, rng.randrange(node)) for node in range(1, nodes))
        networkx.write_graphml(graph, folder / "circuits" / f"circuit_{number:02}.graphml")
    return Expected(folder / "circuits", "graph-sets", 40)


def matrix(folder: Path) -> Expected:
    """An adjacency matrix: names along the top and down the side, 0 and 1."""
    rng, side = random.Random(7), 60
    edges = set(pairs(rng, side, 300))
    names = [f"species_{node}" for node in range(side)]
    lines = [",".join(["", *names])]
    for a in range(side):
        row = [str(int((min(a, b), max(a, b)) in edges)) for b in range(side)]
        lines.append(",".join([names[a], *row]))
    source = folder / "foodweb_matrix.csv"
    source.write_text("\n".join(lines) + "\n")
    return Expected(source, "graph", side, 300, refuses="(?i)adjacency", may_ask=("--task links", "--nodes"))


def node_link(folder: Path) -> Expected:
    """The JSON of NetworkX and D3: nodes with a group, links with a value."""
    rng = random.Random(8)
    nodes = [{"id": f"c{node}", "group": node % 4} for node in range(70)]
    links = [{"source": f"c{a}", "target": f"c{b}", "value": rng.randrange(1, 20)} for a, b in pairs(rng, 70, 250)]
    source = folder / "miserables.json"
    source.write_text(
        json.dumps({"directed": False, "multigraph": False, "graph": {}, "nodes": nodes, "links": links}, indent=1)
    )
    return Expected(
        source, "graph", 70, 250, refuses="(?i)graph|edge list", may_ask=("--target", "--task links", "--nodes")
    )


def loops(folder: Path) -> Expected:
    """Calls between numbers: edges in both directions, edges that come again, and some from a number to itself."""
    rng = random.Random(9)
    edges = pairs(rng, 200, 900)
    written = list(edges) + [(b, a) for a, b in edges[:150]] + edges[:60] + [(node, node) for node in range(0, 200, 10)]
    rng.shuffle(written)
    lines = ["caller\tcallee"] + [f"{5000 + a}\t{5000 + b}" for a, b in written]
    return edge_list(folder / "calls.tsv", lines, 200, 900, says=("(?i)loop|itself",))


def toxic(folder: Path) -> Expected:
    """A folder of TUDataset: many graphs, each with a label, in files of numbers."""
    rng = random.Random(10)
    home = folder / "TOX"
    home.mkdir()
    lines, members, labels, types, first = [], [], [], [], 1
    for number in range(60):
        nodes = rng.randrange(5, 14)
        for node in range(1, nodes):
            a, b = first + node, first + rng.randrange(node)
            lines += [f"{a}, {b}", f"{b}, {a}"]
        members += [str(number + 1)] * nodes
        types += [str(rng.randrange(3)) for _ in range(nodes)]
        labels.append(rng.choice(["1", "-1"]))
        first += nodes
    for name, rows in (("A", lines), ("graph_indicator", members), ("graph_labels", labels), ("node_labels", types)):
        (home / f"TOX_{name}.txt").write_text("\n".join(rows) + "\n")
    return Expected(home, "graph|graphs", 60)


def edge_list(source: Path, lines: list[str], nodes: int, edges: int, says: tuple[str, ...] = ()) -> Expected:
    """A file of these lines, of which a person must be asked whether they are links."""
    source.write_text("\n".join(lines) + "\n")
    asks = {"--task links|--nodes": {"task": "links"}}
    return Expected(source, "graph", nodes, edges, asks=asks, may_ask=("--directed",), says=says)


def pairs(rng: random.Random, nodes: int, edges: int) -> list[tuple[int, int]]:
    """Different pairs a < b of nodes in five circles; every node has one."""
    found = {(node - 5, node) for node in range(5, nodes)}
    while len(found) < edges:
        a = rng.randrange(nodes)
        b = rng.randrange(nodes // 5) * 5 + a % 5 if rng.random() < 0.8 else rng.randrange(nodes)
        if a != b and max(a, b) < nodes:
            found.add((min(a, b), max(a, b)))
    ordered = sorted(found)
    rng.shuffle(ordered)
    return ordered


FILES = (friends, crawl, flights, club, gephi, circuits, matrix, node_link, loops, toxic)
