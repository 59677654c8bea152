"""The code of GRAN and GraphRNN for discrepancies of graphs: a clone of github.com/lrjconan/GRAN whose
utils/orca/orca.cpp is compiled there (g++ -O2 -std=c++11 orca.cpp -o orca); it needs pyemd."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from genwright.graphs.measure import graph_statistics as statistics


class Peer:
    """The functions of GRAN, which call their counter of orbits by a path relative to the working folder."""

    def __init__(self, folder: Path):
        self.folder = folder.resolve()
        np.float = float  # its code is of a NumPy that still had it
        sys.path.insert(0, str(self.folder))
        from utils import dist_helper, eval_helper

        plain = eval_helper.eigvalsh  # the largest of a graph without odd rings is 2; where rounding lifts it, theirs
        eval_helper.eigvalsh = lambda matrix: plain(matrix).clip(0.0, 2.0)  # loses it: a matter of the processor
        self.mmd, self.of = dist_helper, eval_helper

    def __call__(self, graphs: list, test: list) -> dict[str, float]:
        numbers = {
            "degree": self._each(self.of.degree_worker, graphs, test),
            "clustering": self._each(lambda g: self.of.clustering_worker((g, statistics.BINS)), graphs, test),
            "spectrum": self._each(self.of.spectral_worker, graphs, test),
            "orbits": self._orbits(graphs, test),
        }
        emd, tv, l2 = self.mmd.gaussian_emd, self.mmd.gaussian_tv, self.mmd.gaussian
        asked = {
            "degree, earth mover": (emd, True, dict(sigma=1.0)),
            "clustering, earth mover": (emd, True, dict(sigma=0.1, distance_scaling=statistics.BINS)),
            "orbits, Gaussian": (l2, False, dict(sigma=30.0)),
            "degree, total variation": (tv, True, dict(sigma=1.0)),
            "clustering, total variation": (tv, True, dict(sigma=0.1)),
            "orbits, total variation": (tv, False, dict(sigma=30.0)),
            "spectrum, total variation": (tv, True, dict(sigma=1.0)),
        }
        found = {}
        for way, (kernel, shares, numbers_of) in asked.items():
            first, second = numbers[way.split(",")[0]]
            found[way] = float(
                self.mmd.compute_mmd(first, second, kernel=kernel, is_hist=shares, is_parallel=False, **numbers_of)
            )
        return found

    def _each(self, of: Callable, *sets: list) -> list[list[np.ndarray]]:
        return [[np.asarray(of(graph)) for graph in graphs] for graphs in sets]

    def _orbits(self, *sets: list) -> list[np.ndarray]:
        here = os.getcwd()
        os.chdir(self.folder)
        try:
            return [np.array([self.of.orca(graph).mean(0) for graph in graphs]) for graphs in sets]
        finally:
            os.chdir(here)
