"""Convolutions on graphs, one a file. Each takes (x, graph), x: (columns, F) of the senders, the receivers first, and
returns (rows, F'); `prepare(graph)` says which matrix the graph must be turned into once, before the first layer."""
