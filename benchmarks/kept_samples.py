"""Samples that a benchmark keeps on disk, with the device that drew them: a model may train on one machine and draw on
another.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

import genwright


def device_name(device: torch.device) -> str:
    """The GPU that computes, or "processor"."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "processor"


def draw(out: Path, run: Path, n: int, **sampling: Any) -> None:
    """Save n images (n, H, W, C) of a run's model, and the device that drew them: a GPU if there is one. sampling: as
    in `Model.sample`."""
    model = genwright.load_model(run)
    np.savez_compressed(out, images=model.sample(n, **sampling), device=device_name(model.device))


def drawn(out: Path) -> tuple[np.ndarray, str]:
    """What `draw` saved."""
    with np.load(out) as saved:
        return saved["images"], str(saved["device"])
