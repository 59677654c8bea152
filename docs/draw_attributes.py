"""Draws docs/attributes.png: test items and their edits at growing strength, as `bench.py attributes` left them.

python docs/draw_attributes.py [SHOWN]

SHOWN: runs/attributes/shown.npz by default.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

from genwright.evaluation.plots.picture_sheets import sheet, to_rgb


def draw(shown: Path, path: Path) -> str:
    edits = np.load(shown)
    rows, labels = [], []
    for name in edits.files:
        rows += [to_rgb(torch.from_numpy(item)[:, None]) for item in edits[name]]
        labels += [name, *[""] * (len(edits[name]) - 1)]
    return sheet(
        [("picture", [row[:1] for row in rows]), ("its code, and edits", [row[1:] for row in rows])], labels, path
    )


if __name__ == "__main__":
    shown = sys.argv[1] if sys.argv[1:] else "runs/attributes/shown.npz"
    print(draw(Path(shown), Path(__file__).parent / "attributes.png"))
