"""Options of graphs, beside those that other kinds of data have too."""

from ...kinds.option import Option

PANEL = "Graphs"  # of the help of commands
# fmt: off
OPTIONS = (
    Option("nodes", str, "Table of the nodes, one row each: DATA is then an edge list.", PANEL, metavar="FILE"),
    Option("directed", bool, "Treat the edges of an edge list as directed.", PANEL, rare=True),
    Option("undirected", bool, "Treat the edges of an edge list as running both ways.", PANEL, rare=True),
    Option("node_kind", str,
        "Attribute of nodes that a model learns as their type, such as atom; none for no types.", PANEL,
        metavar="NAME|none", rare=True),
    Option("edge_kind", str,
        "Attribute of edges that a model learns as their type, such as bond; none for no types.", PANEL,
        metavar="NAME|none", rare=True),
)
# fmt: on
