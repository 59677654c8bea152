"""Iterative classification (Lu & Getoor 2003): classify by features and by the labels around, with guesses where there are none.

    f0 <- logistic regression of labels on x_i                         guesses z = f0(x), known labels kept throughout
    f  <- logistic regression of labels on (x_i, n_i),                 n_i = sum, or mean, of z over the neighbours of i
    repeat:  n <- neighbours of z;  z <- f(x, n)                       simultaneously for all nodes
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ...errors import BudgetError
from ...model import Stage, Trainable
from ..features import Features
from ..graph import Graph
from ..graph_data import UNKNOWN
from ..normalise import neighbours
from ..propagate import propagate
from ..tasks.task_data import Sizes, Surroundings
from .logistic_regression import logistic_regression

AGGREGATES = ("count", "proportion")


class IterativeClassification(Trainable):
    """rounds: of the iteration. aggregate: one of AGGREGATES. decay, own_decay: of f and of f0. hard: z are labels, else probabilities."""

    half = False

    def __init__(self, spec: Sizes, rounds: int, aggregate: str, hard: bool, own_decay: float, decay: float):
        super().__init__()
        if aggregate not in AGGREGATES:
            raise BudgetError(f"aggregate must be one of {', '.join(AGGREGATES)}, not {aggregate!r}")
        self.rounds, self.aggregate, self.hard, self.own_decay, self.decay = rounds, aggregate, hard, own_decay, decay
        self.classes = spec.outputs
        self.register_buffer("own", torch.zeros(spec.inputs, spec.outputs))  # f0
        self.register_buffer("own_bias", torch.zeros(spec.outputs))
        self.register_buffer("weight", torch.zeros(spec.inputs, spec.outputs))  # f, of x
        self.register_buffer("around", torch.zeros(spec.outputs, spec.outputs))  # f, of n
        self.register_buffer("bias", torch.zeros(spec.outputs))

    def attach(self, surroundings: Surroundings) -> None:
        self.x, self.graph = surroundings.x, self._prepared(surroundings.graph)

    def stages(self) -> list[Stage]:
        return []

    def finish(self, x: Tensor, given: Tensor, rng: torch.Generator) -> None:
        y = given[:, 0].long()
        self.own, self.own_bias = logistic_regression([self.x[x]], y, self.classes, self.own_decay)
        known = torch.full((len(self.x),), UNKNOWN)
        known[x] = y
        guess = self._told((self.x @ self.own + self.own_bias).softmax(1), known)
        weight, self.bias = logistic_regression([self.x[x], propagate(self.graph, guess)[x]], y, self.classes, self.decay)
        self.weight, self.around = weight.split([len(self.own), self.classes])

    def predict(self, surroundings: Surroundings) -> Tensor:
        """(N, classes) probabilities; nodes whose labels training may see keep them."""
        x, graph, known = surroundings.x, self._prepared(surroundings.graph), surroundings.y
        p, own = (x @ self.own + self.own_bias).softmax(1), x @ self.weight + self.bias
        for _ in range(self.rounds):
            p = (own + propagate(graph, self._told(p, known)) @ self.around).softmax(1)
        return self._told(p, known, keep=True)

    def _told(self, p: Tensor, known: Tensor, keep: bool = False) -> Tensor:
        z = F.one_hot(p.argmax(1), self.classes).float() if self.hard and not keep else p
        return torch.where((known == UNKNOWN)[:, None], z, F.one_hot(known.clamp(min=0), self.classes).float())

    def _prepared(self, graph: Graph) -> Graph:
        return neighbours(graph) if self.aggregate == "proportion" else graph
