"""Training curves of runs, read from their metrics.jsonl, and whether a run was still improving at its end.

{"items", "seconds", "stage", "player", "loss", "unit", ...}     the mean loss of a player since the last row
{"items", "seconds", "stage", "validation", "unit"}              loss on validation items, all players together
{"event": "resumed", "items", ...}                               what was logged beyond `items` will be done again

Losses fall about as a power of the items seen: each time these double the loss falls by less, by a ratio that the last
two doublings tell. A run is taken to be done when a doubling gains less than `NEGLIGIBLE` of all that it gained.
"""

import json
import os
from dataclasses import dataclass, field
from math import ceil, log
from pathlib import Path

import numpy as np

from ..core.folder import METRICS
from ..core.limits import open_plain
from ..training.budget import COOLDOWN_SHARE

TAIL_BYTES = 2**25  # bytes that are read at the end of metrics.jsonl, which gains some 200 a second
LARGEST = 1e15  # items, seconds and losses beyond it are damage


@dataclass
class Curve:
    """A loss over seconds of training. Points: (items, seconds, loss), on training and on validation items."""

    label: str
    unit: str
    steps: list[tuple[float, float, float]] = field(default_factory=list)
    valid: list[tuple[float, float, float]] = field(default_factory=list)


def read_curves(runs: dict[str, Path]) -> list[Curve]:
    """Curves of {label: run folder}: one for each stage and player of a run, none for a run that logged no loss."""
    return [curve for label, folder in runs.items() for curve in curves_of(label, read_metrics(folder / METRICS))]


def read_metrics(path: Path, most: int = TAIL_BYTES) -> list[dict]:
    """The rows in the last `most` bytes of a metrics.jsonl; none where there is no such file. Raises DataError for a
    link out of its folder."""
    if not path.is_file():
        return []
    with open_plain(path, within=path.parent) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - most))
        return _rows(file.read(most).decode("utf-8", "replace"))


def curves_of(label: str, rows: list[dict]) -> list[Curve]:
    """The curves of a run's rows. Each has the label, and the names of its stage and player where there are several."""
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
RATIOS = (0.25, 0.8)  # bounds of the ratio of gains of two doublings; unknown ratios lie in the middle
UNSEEN = 2  # doublings that a run is said to need which ended before its second validation
MOST_DOUBLINGS = 6  # doublings that are foretold


def validations(config: dict, curves: list[Curve]) -> list[tuple[float, float]] | None:
    """(items, loss) at each validation in the last stage of a run, from its curves; None where there was none."""
    before = sum(stage["end"] for stage in config["stages"][:-1])
    validated = [curve.valid for curve in curves if curve.valid]
    return [(items - before, loss) for items, _, loss in validated[-1] if items > before] if validated else None


def doublings_left(points: list[tuple[float, float]]) -> int:
    """Times that the items seen must double until the run is done; 0 if it is. points: (items, loss), in order."""
    if len(points) < 2:
        return UNSEEN
    items, loss = np.array(points, dtype=float).T
    lowest, last = np.minimum.accumulate(loss), np.log(items[-1])
    at = lambda doublings: float(np.interp(last - doublings * log(2), np.log(items), lowest))
    gained, late, before = lowest[0] - lowest[-1], at(1) - at(0), at(2) - at(1)
    if gained <= 0 or late <= NEGLIGIBLE * gained:
        return 0
    ratio = np.clip(late / before, *RATIOS) if before > 0 else np.mean(RATIOS)
    return min(MOST_DOUBLINGS, ceil(log(NEGLIGIBLE * gained / late) / log(ratio)))


def doublings_needed(config: dict, curves: list[Curve]) -> int | None:
    """The same of a run that has ended, by its record and its curves; None where no validation tells."""
    points = validations(config, curves)
    if points is None:
        return None
    stage = config["stages"][-1]
    cooling = (1 - COOLDOWN_SHARE) * stage.get("items", stage["end"])  # a loss falls anyway while the rate does
    return 0 if stage.get("early") else doublings_left([point for point in points if point[0] <= cooling])


def improving(config: dict, curves: list[Curve]) -> dict | None:
    """Entry of a run in a row of results: {"minutes": time that it would need in all}. None if the run was done,
    has no budget in minutes, or was validated less than twice, which tells no time."""
    told = "minutes" in config["budget"] and len(validations(config, curves) or ()) > 1
    left = doublings_needed(config, curves) if told else None
    return {"minutes": round(config["outcome"]["seconds"] / 60 * 2**left, 3)} if left else None
