"""What is learned on a graph: labels of nodes, links, labels of whole graphs. Each task is an objective of its own."""
