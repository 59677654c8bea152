"""Forms of files that hold graphs, and what reads and writes them."""

from ...kinds.formats.form import Form

IN_GRAPHS = "genwright.graphs.kinds."
NETWORKX = "networkx", "graphs"  # package and extra of most forms
FORMS = (
    Form("graph", "a graph in GraphML", (".graphml",), f"{IN_GRAPHS}graph_files:read_one_graphml",
         r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<graphml\b", packed=True, package=NETWORKX[0],
         extra=NETWORKX[1], writers=(f"{IN_GRAPHS}domain:write_graphml",)),
    Form("graph", "a graph in GML", (".gml",), f"{IN_GRAPHS}other_files:read_gml", "", *NETWORKX, packed=True,
         writers=(f"{IN_GRAPHS}domain:write_gml",)),
    *(Form("graph", form_name, suffixes, f"{IN_GRAPHS}other_files:read_{name}", begin, *NETWORKX, packed=True)
      for form_name, suffixes, name, begin in (
        ("a graph in GEXF", (".gexf",), "gexf", r"(<\?xml[^>]*>\s*)?<gexf\b"),
        ("a graph of Pajek", (".net", ".paj", ".pajek"), "pajek", r"\*vertices\b"),
        ("a graph in DOT", (".dot", ".gv"), "dot", r"(strict\s+)?(di)?graph\s*\S*\s*\{"),
        ("lists of neighbours", (".adjlist",), "adjlist", ""),
        ("lists of neighbours, a line each", (".multiline_adjlist",), "multiline_adjlist", ""),
        ("a graph of LEDA", (".leda", ".lgr"), "leda", r"LEDA\.GRAPH"))),
    Form("graph", "a list of edges", (".edges", ".edgelist"), f"{IN_GRAPHS}edge_lists:read_lone_edges", "",
         *NETWORKX, packed=True),
    Form("graph", "nodes and links as JSON", (".json",), f"{IN_GRAPHS}graph_texts:read_node_link", packed=True),
    Form("graph", "a sparse matrix: a graph if it is square, else rows", (".mtx", ".mm"),
         f"{IN_GRAPHS}sparse_files:read_sparse", "%%MatrixMarket", packed=True),
    Form("graph-sets", "a graph a line", (".g6", ".s6", ".graph6", ".sparse6"), f"{IN_GRAPHS}other_files:read_graph6",
         r">>(graph|sparse)6<<", *NETWORKX, packed=True, writers=(f"{IN_GRAPHS}domain:write_graph6",)),
)  # fmt: skip
WRITERS = {".npz": (f"{IN_GRAPHS}domain:write_arrays",)}  # of forms that other kinds read too
PARSED_BY_OTHERS = (f"{IN_GRAPHS}sparse_files:read_sparse",)
SLOW_READERS = {f"{IN_GRAPHS}other_files:read_graph6": 25.0, f"{IN_GRAPHS}other_files:read_gml": 6.0}
