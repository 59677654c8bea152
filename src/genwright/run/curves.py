"""Training curves of runs, read from their metrics.jsonl, and whether a run was still improving at its end.

{"items", "seconds", "stage", "player", "loss", "unit", ...}     the mean loss of a player since the last row
{"items", "seconds", "stage", "validation", "unit"}              loss on validation items, all players together
{"event": "resumed", "items", ...}                               what was logged beyond `items` will be done again

Losses fall about as a power of the items seen: each time these double the loss falls by less. A run is taken to be done
when the last doubling gained less than `NEGLIGIBLE` of all that it gained.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..core.folder import METRICS
from ..core.limits import open_plain
from ..training.budget import COOLDOWN_SHARE

TAIL_BYTES = 2**25  # bytes that are read at the end of metrics.jsonl, which gains some 200 a second
LARGEST = 1e15  # items, seconds and losses beyond it are damage


@dataclass
class Curve:
    """A loss over seconds of training. Points: (items, seconds, loss), on training and on validation items.

    Args:
        unit: Unit in words.
    """

    label: str
    unit: str
    steps: list[tuple[float, float, float]] = field(default_factory=list)
    valid: list[tuple[float, float, float]] = field(default_factory=list)


def read_curves(runs: dict[str, Path]) -> list[Curve]:
    """Curves of {label: run folder}: one for each stage and player of a run, none for a run that logged no loss."""
    return [curve for label, folder in runs.items() for curve in curves_of(label, read_metrics(folder / METRICS))]


def read_metrics(path: Path, most_bytes: int = TAIL_BYTES) -> list[dict]:
    """Returns the rows in the last `most_bytes` bytes of a metrics.jsonl; none where there is no such file. Raises
    DataError for a link out of its folder."""
    if not path.is_file():
        return []
    with open_plain(path, allowed_folder=path.parent) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - most_bytes))
        return _rows(file.read(most_bytes).decode("utf-8", "replace"))


def curves_of(label: str, rows: list[dict]) -> list[Curve]:
    """Returns the curves of a run's rows. Each has the label, and the names of its stage and player where there are
    several."""
    curves = _curves_of(rows)
    for names, curve in curves:
        curve.label = " ".join([label, *(dict.fromkeys(names) if len(curves) > 1 else [])])
    return [curve for _, curve in curves]


def _curves_of(rows: list[dict]) -> list[tuple[list[str], Curve]]:
    curves: dict[tuple[str, str], Curve] = {}
    for row in rows:
        if row.get("event") == "resumed" and "items" in row:
            for curve in curves.values():
                curve.steps = [point for point in curve.steps if point[0] <= row["items"]]
                curve.valid = [point for point in curve.valid if point[0] <= row["items"]]
        stage, loss = row.get("stage", ""), row.get("loss", row.get("validation"))
        if type(loss) not in (int, float) or not abs(loss) < LARGEST or not {"items", "seconds", "unit"} <= row.keys():
            continue
        point = (row["items"], row["seconds"], loss)
        if "loss" in row and "player" in row:
            curves.setdefault((stage, row["player"]), Curve("", row["unit"])).steps.append(point)
        else:  # validation stands with the first player of its stage
            key = next((key for key in curves if key[0] == stage), (stage, ""))
            curves.setdefault(key, Curve("", row["unit"])).valid.append(point)
    return [([name for name in key if name], curve) for key, curve in curves.items() if curve.steps or curve.valid]


def _rows(text: str) -> list[dict]:
    """Whole lines only: a run that was killed may have left half a line, and the end of a long file begins with one.
    Lines that say something else are left out."""
    parsed = []
    for line in text.splitlines():
        try:
            parsed.append(json.loads(line))
        except (ValueError, RecursionError):
            continue
    return [row for row in parsed if isinstance(row, dict) and _is_point(row)]


def _is_point(row: dict) -> bool:
    counts = [row.get(name) for name in ("items", "seconds") if name in row or "event" not in row]
    words = [row.get(name, "") for name in ("stage", "player", "unit")]
    return all(type(n) in (int, float) and 0 <= n < LARGEST for n in counts) and all(
        isinstance(word, str) for word in words
    )


NEGLIGIBLE = 0.01


def validations(config: dict, curves: list[Curve]) -> list[tuple[float, float]] | None:
    """Returns (items, loss) at each validation in the last stage of a run, from its curves; None where there was
    none."""
    items_before = sum(stage["end"] for stage in config["stages"][:-1])
    validated = [curve.valid for curve in curves if curve.valid]
    return (
        [(items - items_before, loss) for items, _, loss in validated[-1] if items > items_before]
        if validated
        else None
    )


def still_falls(points: list[tuple[float, float]]) -> bool:
    """Tells whether the last doubling of items gained something.

    Args:
        points: (items, loss), in order, maybe too few to tell.
    """
    if len(points) < 2:
        return True
    items, loss = np.array(points, dtype=float).T
    lowest = np.minimum.accumulate(loss)
    half = float(np.interp(np.log(items[-1] / 2), np.log(items), lowest))
    return bool(half - lowest[-1] > NEGLIGIBLE * (lowest[0] - lowest[-1]))


def improves(config: dict, curves: list[Curve]) -> bool | None:
    """Tells whether a run was still improving at its end, by its record and its curves; None where no validation
    tells."""
    points = validations(config, curves)
    if points is None:
        return None
    stage = config["stages"][-1]
    cooling = (1 - COOLDOWN_SHARE) * stage.get("items", stage["end"])  # a loss falls anyway while the rate does
    return not stage.get("early") and still_falls([point for point in points if point[0] <= cooling])
