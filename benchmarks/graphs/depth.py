"""Over-smoothing on Cora in its public split: what depth costs without a remedy, and what the remedies save.

    python benchmarks/graphs/depth.py [--seeds 3] [--minutes 60] [--out runs/depth-cora]

The same as `genwright depth cora`, whose results in --out it goes on with, and the bars of what is there.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from bars import bar, record  # noqa: E402

from genwright.studies.depth import BEST, NONE, TITLES, left, means, sweep

DEEP, POINT = 32, 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--out", type=Path, default=Path("runs/depth-cora"))
    options = parser.parse_args()
    found = sweep("cora", options.out, options.seeds, options.minutes)
    tables = {column: means(found, column) for column in TITLES}
    fits = {
        label: {
            layers: sum(r["settings"] == {"remedy": label, "layers": layers} for r in found["models"])
            for layers in line
        }
        for label, line in tables["accuracy"].items()
    }
    record("graph_depth", bars_of(tables), {"left": left(found), "fits": fits, **tables})


def bars_of(tables: dict) -> list[dict]:
    accuracy, bars = tables["accuracy"], []
    if DEEP in (line := accuracy.get(BEST, {})):
        best = max(line, key=line.get)
        gap = line[best] - line[DEEP]
        what = f"{BEST}, {DEEP} layers below its best depth ({best} layers, {100 * line[best]:.1f}%)"
        bars.append(bar("H6", what, "<= 1 point", round(100 * gap, 1), gap <= POINT, "points"))
    plain = accuracy.get(NONE, {})
    if DEEP in plain:
        lost = max(plain.values()) - plain[DEEP]
        what = f"no remedy, {DEEP} layers below its best depth"
        bars.append(bar("H6", what, ">= 20 points: collapse", round(100 * lost, 1), lost >= 0.2, "points"))
        left = tables["spread"][NONE][DEEP]
        bars.append(
            bar("H6", f"no remedy, spread of embeddings after {DEEP} layers", "< 0.05", round(left, 4), left < 0.05)
        )
    if DEEP in accuracy.get(BEST, {}) and plain:
        gain = accuracy[BEST][DEEP] - max(plain.values())
        what = f"{BEST}, {DEEP} layers above the best depth without a remedy"
        bars.append(bar("H6", what, ">= -1 point", round(100 * gain, 1), gain >= -POINT, "points"))
    return bars


if __name__ == "__main__":
    main()
