"""Learning on graphs: storage, convolutions, neighbour sampling, tasks, depth, position and identity."""
