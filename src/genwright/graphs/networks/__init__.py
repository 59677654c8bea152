"""Networks on graphs. A convolution has these methods:

    prepare(graph) -> graph        what the graph is turned into once, before the first layer: often a normalised matrix
    forward(x, graph) -> (rows, outputs)
    precompute(x, graph)           for layers that then need no graph: what they have to know of each node, or None

graph: prepared. x: (columns, inputs) of the senders, the receivers first, a tensor or SparseRows. `prepare` raises
DataError for a graph that the layer has no meaning for, as one with negative weights where it normalises. On a whole
graph of N nodes rows and columns are N.
"""
