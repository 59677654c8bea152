"""Draws docs/analogies.png: the style of some test digits under every label, by a semi-supervised VAE of MNIST.

python docs/draw_analogies.py RUN
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

import genwright as gw

SHOWN, SCALE, GAP, GREY = 6, 2, 6, 160


def draw(run: str, path: Path) -> Path:
    model, data = gw.load_model(run), gw.load_data("mnist-100-labels")
    few = data.test[np.arange(SHOWN)]
    code = model.encode(few, given={})
    columns = [np.asarray(few), *(model.decode(code, given={"label": label}) for label in model.domain.labels)]
    page = np.stack(columns, 1)[..., 0]  # (digits, 1 + labels, H, W)
    page = page.transpose(0, 2, 1, 3).reshape(SHOWN * page.shape[2], -1)
    page = np.insert(page, [few.shape[2]] * GAP, GREY, axis=1)
    Image.fromarray(page).resize((SCALE * page.shape[1], SCALE * page.shape[0]), Image.Resampling.NEAREST).save(path)
    return path


if __name__ == "__main__":
    print(draw(sys.argv[1], Path(__file__).parent / "analogies.png"))
