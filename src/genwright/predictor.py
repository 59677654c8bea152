"""The Predictor that people hold: p(y | graph), trained by the same loop as every model and kept in the same run folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pandas as pd
import torch

from .model import Trainable
from .threads import threads

VERBS = {"predict": "predict", "encode": "encode"}


@dataclass
class Predictor:
    """family: a task's objective with its network; domain: the names of its answers; config: what `config.toml` holds."""

    family: Trainable
    domain: Any
    config: dict

    def __post_init__(self):
        self.family.eval()

    def predict(self, data: Any) -> pd.DataFrame:
        """One row an item of `data` (anything that `load_data` takes): label and the probability of each class, or a number.

        Raises DataError for data whose features are not those of the training data.
        """
        task = self._task(data)
        return self.domain.answers(self._call(self.family.predict, task), task.data.names)

    def encode(self, data: Any) -> np.ndarray:
        """(n, D) embeddings of the items of `data`."""
        return self._call(self.family.encode, self._task(data)).numpy()

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

    def _call(self, verb: Callable, task: Any) -> torch.Tensor:
        with torch.no_grad(), threads(self.config["stages"][-1]["threads"] if self.config["stages"] else 1):
            return verb(self.domain.surroundings(task.data, task.surroundings.y))

    def _task(self, data: Any):
        from .workbench import task_of

        return task_of(data, self.domain.name)
