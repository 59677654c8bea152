"""Over-smoothing measured: accuracy and smoothness of embeddings against layers, without a remedy and with each of
them.

Every fit takes the numbers of the recipe's preset but for the layers, those of REMEDIES, and SAME; so nothing is chosen
on test nodes. Without a remedy it is the plain network of Kipf & Welling by its own preset. The preset's decay, dropout
and rate are those of the initial residual, with the identity in its convolutions; others learn nothing by them.
Results are written after every fit; the same call again goes on where a stopped one stood.
"""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ..core.draws import seeded
from ..core.errors import BudgetError, DataError
from ..core.files import write_whole
from ..data.load import load_data
from ..graphs.graph_data import GraphData
from ..graphs.smoothness import dirichlet_energy, spread
from ..predictors.task_data import TaskData
from ..recipes.convolutions import deep_gcn
from ..reports.curves import COLOURS, STYLES, THEMES
from ..run.fit import fit
from ..run.tasks import task_of
from ..training.checkpoints import Store

LAYERS = (1, 2, 4, 8, 16, 32, 64)
FAMILY, PLAIN = "deep-gcn", "gcn"
NONE, BEST = "no remedy", "initial residual"
SAME = dict(width=32, dropout=0.5, decay_between=5e-4, lr=0.01)  # the last three of Kipf & Welling
REMEDIES = {  # label -> numbers of the recipe
    NONE: {},  # of PLAIN, by its preset
    BEST: dict(remedy="initial", dropout=0.6, decay_between=0.01, lr=0.02),
    "residual": dict(remedy="residual"),
    "jumping, maximum": dict(remedy="none", jump="maximum"),
    "jumping, concatenated": dict(remedy="none", jump="concatenate"),
    "PairNorm": dict(remedy="pair-norm"),
    "batch norm": dict(remedy="batch-norm"),
    "layer norm": dict(remedy="layer-norm"),
    "group norm": dict(remedy="group-norm"),
    "virtual node": dict(remedy="virtual-node"),
    "A + A\N{SUPERSCRIPT TWO}": dict(remedy="none", hops=2),
    "pre- and post-layers": dict(remedy="none", before=2, after=2),
}
FEW, SECONDS = (1, 2, 4, 8, 16), 5.0  # layers in the report of a comparison, and the training of each fit there
KARATE = (1, 2, 4, 16)  # layers of the panels
COLUMNS = ("accuracy", "validation", "spread", "dirichlet")


def sweep(source: str, out: Path, seeds: int, minutes: float, progress: bool = True, device: str = "auto") -> dict:
    """{"data", "layers", "rows": [{remedy, layers, seed, accuracy, validation, spread, dirichlet, seconds}], "left"} of
    as many fits as `minutes` allow, no remedy and the best one before the others; also written to out/results.json, and
    drawn to out/depth.png.

    accuracy: share of test nodes named right. Raises DataError for data without labels of nodes.
    """
    if seeds < 1 or not minutes > 0:
        raise BudgetError(
            f"seeds must be 1 or more and minutes more than 0, not {seeds} and {minutes}: leave them out for the "
            "defaults"
        )
    data = load_data(source)
    if not isinstance(data, GraphData):
        raise DataError(f"{source} is no graph: depth is of networks on graphs, so name one, as cora")
    test = task_of(data, data.default_task)
    path = out / "results.json"
    with Store(out):  # for its lock
        rows = _kept(path, data)
        done = {(row["remedy"], row["layers"], row["seed"]) for row in rows}
        first, others = [NONE, BEST], [label for label in REMEDIES if label not in (NONE, BEST)]
        parts = [(part, seed) for part in (first, others) for seed in range(seeds)]
        wanted = [(label, layers, seed) for part, seed in parts for label in part for layers in LAYERS]
        todo = [key for key in wanted if key not in done]
        found, until = {}, time.monotonic() + 60 * minutes
        columns = (TextColumn("{task.description}"), BarColumn(30), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True, quiet=not progress), transient=True) as bar:
            shown = bar.add_task("", total=len(wanted), completed=len(wanted) - len(todo))
            for label, layers, seed in todo:
                if time.monotonic() > until:
                    break
                bar.update(shown, description=f"{label}, {layers} layers")
                rows.append(
                    {"remedy": label, "layers": layers, "seed": seed} | _measured(test, label, layers, seed, device)
                )
                bar.advance(shown)
                found = _written(path, data, rows, len(wanted))
        found = found or _written(path, data, rows, len(wanted))
        write_whole(out / "depth.png", figure(found))
        return found


def depth_curve(task: TaskData, seed: int, path: Path, device: str) -> str:
    """Accuracy and smoothness against few layers, without a remedy and with the best, for the report of a comparison.

    Returns the path of the PNG.
    """
    fits = [(label, layers) for label in (NONE, BEST) for layers in FEW]
    rows = [
        {"remedy": label, "layers": layers} | _measured(task, label, layers, seed, device, SECONDS / 60)
        for label, layers in fits
    ]
    page = Figure(figsize=(8, 3.4), dpi=110, layout="constrained")
    FigureCanvasAgg(page)
    axes = page.subplots(1, 2)
    for panel, column, title in zip(
        axes, COLUMNS[::2], ("accuracy on test nodes", "spread: mean cosine distance of pairs")
    ):
        _lines(panel, means({"rows": rows}, column), "light")
        panel.set_xticks(FEW, FEW)
        panel.set_xlim(0.9, 1.1 * FEW[-1])
        panel.set_title(title, loc="left", fontsize=10)
    axes[0].legend(frameon=False, fontsize=9)
    write_whole(path, _png(page))
    return str(path)


def _measured(task, label: str, layers: int, seed: int, device: str, minutes: float | None = None) -> dict:
    """minutes: of training, where the preset's epochs might take longer."""
    began = time.monotonic()
    numbers = {"layers": layers} | (SAME | REMEDIES[label] if label != NONE else {})
    family, options = FAMILY if label != NONE else PLAIN, {"numbers": numbers, "minutes": minutes, "device": device}
    model = fit(task, family, seed=seed, progress=False, **options)
    y, named = task.data.y.numpy(), model.predict(task.data)["label"].to_numpy()
    right = np.array(task.data.classes, dtype=object)[y] == named
    share = {part: float(right[task.items[part][0].numpy()].mean()) for part in ("valid", "test")}
    h = torch.from_numpy(model.encode(task.data))
    return {
        "accuracy": share["test"],
        "validation": share["valid"],
        "spread": spread(h),
        "dirichlet": dirichlet_energy(h, task.data.graph),
        "seconds": round(time.monotonic() - began, 1),
    }


def _kept(path: Path, data: GraphData) -> list[dict]:
    if not path.exists():
        return []
    record = json.loads(path.read_text())
    if record["hash"] != data.hash:
        raise DataError(f"{path} is of other data than {data.name}: choose another folder, or remove it")
    return record["rows"]


def _written(path: Path, data: GraphData, rows: list[dict], wanted: int) -> dict:
    record = {"data": data.name, "hash": data.hash, "layers": LAYERS, "left": wanted - len(rows), "rows": rows}
    write_whole(path, (json.dumps(record, indent=1) + "\n").encode())
    return record


def means(record: dict, column: str) -> dict[str, dict[int, float]]:
    """{remedy: {layers: mean over seeds}} of one of COLUMNS."""
    found: dict[str, dict[int, list[float]]] = {}
    for row in record["rows"]:
        found.setdefault(row["remedy"], {}).setdefault(row["layers"], []).append(row[column])
    return {
        label: {layers: float(np.mean(values)) for layers, values in sorted(line.items())}
        for label, line in found.items()
    }


# ---------------------------------------------------------------------- the picture


def figure(record: dict, theme: str = "light") -> bytes:
    """A PNG: accuracy, spread and energy against layers; below, the karate club in the plane after a few layers."""
    paper, ink, grid = THEMES[theme]
    page = Figure(figsize=(13, 11.5), dpi=110, facecolor=paper, layout="constrained")
    FigureCanvasAgg(page)
    top, bottom = page.subfigures(2, 1, height_ratios=(1, 1.15))
    titles = ("accuracy on test nodes", "spread: mean cosine distance of pairs", "Dirichlet energy, share of the size")
    axes = top.subplots(1, 3)
    for panel, column, title in zip(axes, ("accuracy", "spread", "dirichlet"), titles):
        _lines(panel, means(record, column), theme)
        panel.set_title(title, color=ink, loc="left", fontsize=11)
    axes[2].set_yscale("log")
    handles, labels = axes[0].get_legend_handles_labels()
    top.legend(handles, labels, loc="outside lower center", ncols=6, frameon=False, labelcolor=ink)
    top.suptitle(f"Depth on {record['data']}", color=ink, x=0.01, ha="left", fontsize=13)
    _karate(bottom, theme)
    for panel in page.axes:
        panel.set_facecolor(paper)
        panel.tick_params(colors=ink)
        for side, spine in panel.spines.items():
            spine.set_color(grid)
            spine.set_visible(panel not in axes or side in ("left", "bottom"))
    return _png(page)


def _lines(panel, lines: dict[str, dict[int, float]], theme: str) -> None:
    for number, (label, line) in enumerate(lines.items()):
        colour = THEMES[theme][1] if label == NONE else COLOURS[theme][(number - 1) % 6]
        style, marker = ("-", "o") if label == NONE else (STYLES[(number - 1) % 6], "os^Dv"[(number - 1) // 6])
        width = 2.6 if label in (NONE, BEST) else 1.4
        values = [max(value, 1e-8) for value in line.values()]
        panel.plot(
            list(line), values, linestyle=style, marker=marker, markersize=4, color=colour, linewidth=width, label=label
        )
    panel.set_xscale("log", base=2)
    panel.set_xticks(LAYERS, LAYERS)
    panel.set_xlabel("layers", color=THEMES[theme][1])
    panel.grid(color=THEMES[theme][2], linewidth=0.6)


def _karate(page, theme: str) -> None:
    """Two rows of panels: random weights, no remedy and the initial residual; every panel has the same scale."""
    ink, data = THEMES[theme][1], load_data("karate-club")
    page.suptitle(
        "The karate club, its factions by colour and sign: directions of embeddings by random weights, in their plane "
        "of most variance",
        color=ink, x=0.01, ha="left", fontsize=11,
    )  # fmt: skip
    grid = page.subplots(2, len(KARATE), sharex=True, sharey=True)
    for row, (label, remedy) in zip(grid, {NONE: "none", BEST: "initial"}.items()):
        for panel, layers, h in zip(row, KARATE, karate_layers(data, remedy)):
            for faction, sign in enumerate("o^"):
                at = h[data.y.numpy() == faction]
                panel.plot(
                    *at.T, sign, color=COLOURS[theme][faction], markersize=6, alpha=0.8, label=data.classes[faction]
                )
            panel.set_title(f"{label}, {layers} layer{'s' * (layers > 1)}", color=ink, loc="left", fontsize=10)
            panel.set_aspect("equal")
            panel.set(xlim=(-0.65, 0.65), ylim=(-0.65, 0.65))
    grid[0, 0].legend(frameon=False, labelcolor=ink, loc="lower left", fontsize=9)


@torch.no_grad()
def karate_layers(data: GraphData, remedy: str) -> list[np.ndarray]:
    """(34, 2) embeddings after each of KARATE layers of one network with random weights."""
    known = data.x if isinstance(data.x, torch.Tensor) else data.x.dense()
    with seeded(0):
        network = deep_gcn(known.shape[1], 2, 32, max(KARATE), 0.0, remedy=remedy).eval()
    found = network.layers(known, network.prepare(data.graph))
    return [_plane(found[layers - 1].double().numpy()) for layers in KARATE]


def _plane(h: np.ndarray) -> np.ndarray:
    """(N, D) -> (N, 2): directions of the rows about their mean, in the plane of most variance."""
    h = h / np.maximum(np.linalg.norm(h, axis=1, keepdims=True), 1e-12)
    centred = h - h.mean(0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    return centred @ directions[:2].T


def _png(page: Figure) -> bytes:
    buffer = io.BytesIO()
    page.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
