"""Few labels, as typed: a folder of which a part has none, a model of it, and what it says of the rest."""

import numpy as np
import pandas as pd
from PIL import Image


def test_fit_with_an_unlabelled_folder_and_predict_it(do, tmp_path):
    rng = np.random.default_rng(0)
    for k in range(90):
        picture = rng.integers(0, 100, (8, 8)).astype(np.uint8)
        picture[:, 2 if k % 2 else 6] = 255
        place = tmp_path / "strokes" / ("unlabelled" if k >= 30 else ("left", "right")[1 - k % 2]) / f"{k:02}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(place)
    assert "30 of 90 images have a label" in do("describe strokes --missing unlabelled")
    do("fit strokes --missing unlabelled --family semi-supervised-vae --preset tiny --steps 150 --out runs/few --quiet")
    assert do("predict runs/few strokes/unlabelled") == "60 predicted: predictions.csv\n"
    table = pd.read_csv("predictions.csv")
    assert list(table.columns) == ["id", "label", "p(left)", "p(right)"]
    assert (table["label"] == np.where(np.arange(30, 90) % 2, "left", "right")).mean() > 0.9
    do("predict runs/few strokes --out every.csv")  # labels of folders, and that of none, are not looked at
    assert len(pd.read_csv("every.csv")) == 90
    assert "was not trained on a graph: leave nodes out" in do("predict runs/few strokes --nodes nodes.csv", 2)
    do("fit strokes --missing unlabelled --family discrete-vae --preset tiny --steps 5 --out runs/codes --quiet")
    assert "holds discrete-vae, which samples and cannot predict" in do("predict runs/codes strokes", 2)
