"""The Predictor that people hold: p(y | graph), trained by the same loop as every model and kept in the same run folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pandas as pd
import torch

from .errors import Unsupported
from .graphs.graph_data import GraphData
from .graphs.interactions import Interactions
from .model import Trainable
from .threads import threads

VERBS = {"predict": "predict", "encode": "encode"}


@dataclass
class Predictor:
    """family: a task's objective with its network; domain: the names of its answers; config: what `config.toml` holds."""

    family: Trainable
    domain: Any
    config: dict
    peers: Callable[[str], list[str]] = field(default=lambda verb: [])  # families for this task that have a verb

    def __post_init__(self):
        self.family.eval()

    def predict(self, data: Any) -> pd.DataFrame:
        """One row an item of `data` (anything that `load_data` takes): label and the probability of each class, or a number.

        Raises DataError for data whose features are not those of the training data.
        """
        self._require("predict")
        graph, seen = self._graph(data)
        return self.domain.answers(self._call(self.family.predict, graph, seen), graph.names)

    def encode(self, data: Any) -> np.ndarray:
        """(n, D) embeddings of the items of `data`."""
        self._require("encode")
        return self._call(self.family.encode, *self._graph(data)).numpy()

    def save(self, folder: str | Path) -> Path:
        """Write a run folder that `genwright.load_model` opens: config.toml, domain.json, weights.safetensors."""
        from .run_folder import save_model

        return save_model(self, Path(folder))

    @property
    def parameters(self) -> int:
        return sum(p.numel() for p in self.family.parameters())

    @property
    def verbs(self) -> list[str]:
        return [verb for verb in VERBS if hasattr(self.family, verb)]

    def _require(self, verb: str) -> None:
        if verb not in self.verbs:
            others = ", ".join(self.peers(verb)) or "none for this task yet"
            name = self.config.get("family", type(self.family).__name__)
            raise Unsupported(f"{name} cannot {verb}: it defines no {VERBS[verb]}; families that can: {others}")

    def _call(self, verb: Callable, graph: GraphData | Interactions, seen: torch.Tensor | None) -> torch.Tensor:
        with torch.no_grad(), threads(self.config["stages"][-1]["threads"] if self.config["stages"] else 1):
            return verb(self.domain.surroundings(graph, seen))

    def _graph(self, data: Any) -> tuple[GraphData | Interactions, torch.Tensor | None]:
        """The graph, and the labels of it that training may see, None where it has none."""
        from .workbench import graph_data, task_of

        graph = graph_data(data)
        if isinstance(graph, GraphData) and graph.y is None and graph.default_task != self.domain.name:
            return graph, None
        return graph, task_of(graph, self.domain.name).surroundings.y
