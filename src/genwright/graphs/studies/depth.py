"""Over-smoothing measured: accuracy and smoothness of embeddings against layers, without a remedy and with each of
them.

Every fit takes the numbers of the recipe's preset but for the layers, those of REMEDIES, and SAME_NUMBERS; so nothing
is chosen on test nodes. Without a remedy it is the plain network of Kipf & Welling by its own preset. The preset's
decay, dropout and rate are those of the initial residual, with the identity in its convolutions; others learn nothing
by them.
"""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from ...core.data import Data
from ...core.draws import seeded
from ...core.errors import BudgetError, DataError
from ...core.files import write_whole
from ...families.task_data import TaskSizes
from ...kinds.load import load_data
from ...measure.metric import Metric
from ...measure.plots.figures import png_as_drawn
from ...run.fit import fit
from ...run.predictor import Predictor
from ...run.tasks import task_of
from ...studies.report.curves import COLOURS, STYLES, THEMES
from ...studies.report.records import Results, Row
from ...studies.report.results import metric_json
from ...studies.study import blank_row, counted, fitted, study
from ...zoo import registry
from ..kinds.graph_data import GraphData
from ..networks.depth import dirichlet_energy, mean_cosine_distance
from ..package import NODES
from .nodes import labelled_nodes

LAYERS = (1, 2, 4, 8, 16, 32, 64)
FAMILY, PLAIN = "deep-gcn", "gcn"
NO_REMEDY, BEST = "no remedy", "initial residual"
SAME_NUMBERS = dict(width=32, dropout=0.5, decay_between=5e-4, lr=0.01)  # the last three of Kipf & Welling
REMEDIES = {  # label -> numbers of the recipe
    NO_REMEDY: {},  # of PLAIN, by its preset
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
FEW_LAYERS = (1, 2, 4, 8, 16)  # in the report of a comparison
LEAST_SECONDS, MOST_SECONDS = 0.5, 5.0  # of training a fit there
KARATE = (1, 2, 4, 16)  # layers of the panels
TITLES = {
    "accuracy": ("Accuracy", "test nodes whose label is right; higher is better", "of nodes"),
    "validation": ("Validation", "the same of validation nodes", "of nodes"),
    "spread": ("Spread", "mean cosine distance of pairs of embeddings; 0 where all are alike", "distance"),
    "dirichlet": (
        "Dirichlet energy", "of embeddings along edges, as a share of their size; 0 where all are alike", "share"),
}  # fmt: skip
MEASURED_OF = {"accuracy": "predictions", "validation": "validation predictions"}  # the others: embeddings


def sweep(data: Any, out: Path, seeds: int, minutes: float, progress: bool = True, device: str = "auto") -> Results:
    """Fits as many depths as `minutes` allow, no remedy and the best one before the others, and draws them to
    out/depth.png. Returns the content of results.json, one row a fit, with `accuracy`, `validation` (shares of nodes
    named right), `spread` and `dirichlet`.

    Raises DataError for data without such labels, RunError where `out` holds something else.

    Args:
        data: a graph with labels of nodes, or what `load_data` takes.
        seeds: Number of seeds.
        progress: Whether to show a progress bar.
        device: as in `fit`.
    """
    if seeds < 1 or not minutes > 0:
        raise BudgetError(
            f"seeds must be 1 or more and minutes more than 0, not {seeds} and {minutes}: leave them out for the "
            "defaults"
        )
    task = task_of(data, None)
    if task.whole is None:
        raise DataError(
            f"{task.name} is no graph, and depth studies networks on graphs. Name one, such as cora, or pass an edge "
            "list with its table of nodes (nodes, --nodes) and the column of labels (target, --target)"
        )
    task = labelled_nodes(task, "study of depth")
    metric_words = {"titles": TITLES, "headline": {}}
    with study("depth", out, task, [PLAIN, FAMILY], seeds=seeds, metrics=metric_words) as done:
        wanted_fits = fits(seeds)
        todo = [fit for fit in wanted_fits if not done.row(*fit)]
        until = time.monotonic() + 60 * minutes
        with counted(progress) as bar:
            task_number = bar.add_task("", total=len(wanted_fits), completed=len(wanted_fits) - len(todo))
            for family, settings, seed in todo:
                if time.monotonic() > until:
                    break
                bar.update(task_number, description=f"{settings['remedy']}, {settings['layers']} layers")
                done.add(_row(task, family, settings, seed, device))
                bar.advance(task_number)
        if not count_undone(done.results):
            done.finish(drawings={"Accuracy and smoothness against layers": "depth.png"})
        write_whole(out / "depth.png", figure(done.results))
    return done.results


def fits(seeds: int) -> list[tuple[str, dict, int]]:
    """Yields (family, settings, seed) of every fit, no remedy and the best one first."""
    first, other_remedies = [NO_REMEDY, BEST], [remedy for remedy in REMEDIES if remedy not in (NO_REMEDY, BEST)]
    all_fits = [
        (remedy, layers, s)
        for part in (first, other_remedies)
        for s in range(seeds)
        for remedy in part
        for layers in LAYERS
    ]
    return [(_family(remedy), {"remedy": remedy, "layers": layers}, seed) for remedy, layers, seed in all_fits]


def count_undone(results: Results) -> int:
    """Fits that were not done."""
    return len(fits(results.plan.seeds)) - len(results.models)


def _family(remedy: str) -> str:
    return PLAIN if remedy == NO_REMEDY else FAMILY


def _row(task: Data, family: str, settings: dict, seed: int, device: str) -> Row:
    known = registry.row(task.kind, task.task, family)
    row = blank_row(family, known.recipe, known.verbs, settings=settings, seed=seed)
    model, numbers = _measured(task, **settings, seed=seed, device=device)

    def metric(name: str, value: float) -> Metric:
        n = len(task.tensors("valid" if name == "validation" else "test"))
        return Metric(value, None, "estimate", MEASURED_OF.get(name, "embeddings"), TITLES[name][2], n, "higher")

    metrics = {name: metric_json(metric(name, value)) for name, value in numbers.items()}
    return replace(fitted(row, model), metrics=metrics)


def depth_curve(task: Data, results: Results, folder: Path, seed: int, device: str, seconds: float) -> str | None:
    """Plots accuracy and smoothness against the number of layers, without a remedy and with the best one, for the
    report of a comparison.

    Returns the path of the PNG; None where no labels are predicted, or there is too little time.

    Args:
        task: The task, such as "generate".
        results: Results of the comparison.
        folder: Folder to read or write.
        seed: Seed of the random numbers.
        device: Device to compute on.
        seconds: for all of it.
    """
    rows, seconds_each = [], min(MOST_SECONDS, seconds / (2 * len(FEW_LAYERS)))
    if not task.domain.classes or seconds_each < LEAST_SECONDS:
        return None
    for remedy, layers in ((remedy, layers) for remedy in (NO_REMEDY, BEST) for layers in FEW_LAYERS):
        numbers = _measured(task, remedy, layers, seed, device, seconds_each / 60)[1]
        rows.append(({"remedy": remedy, "layers": layers}, numbers))
    page = Figure(figsize=(8, 3.4), dpi=110, layout="constrained")
    axes = page.subplots(1, 2)
    for panel, column, title in zip(
        axes, ("accuracy", "spread"), ("accuracy on test nodes", "spread: mean cosine distance of pairs")
    ):
        _lines(panel, _means(rows, column), "light")
        panel.set_xticks(FEW_LAYERS, FEW_LAYERS)
        panel.set_xlim(0.9, 1.1 * FEW_LAYERS[-1])
        panel.set_title(title, loc="left", fontsize=10)
    axes[0].legend(frameon=False, fontsize=9)
    write_whole(path := folder / "depth.png", png_as_drawn(page))
    return str(path)


def _measured(
    task: Data, remedy: str, layers: int, seed: int, device: str, minutes: float | None = None
) -> tuple[Predictor, dict[str, float]]:
    """A fit and its numbers. minutes: of training, where the preset's epochs might take longer."""
    numbers = {"layers": layers} | (SAME_NUMBERS | REMEDIES[remedy] if remedy != NO_REMEDY else {})
    options = {"hyperparameters": numbers, "minutes": minutes, "device": device}
    model = fit(task, _family(remedy), seed=seed, progress=False, **options)
    y, predicted_labels = task.whole.y.numpy(), model.predict(task.whole)["label"].to_numpy()
    right = np.array(task.whole.classes, dtype=object)[y] == predicted_labels
    share = {part: float(right[task.tensors(part).x.numpy()].mean()) for part in ("valid", "test")}
    h = torch.from_numpy(model.encode(task.whole))
    return model, {
        "accuracy": share["test"],
        "validation": share["valid"],
        "spread": mean_cosine_distance(h),
        "dirichlet": dirichlet_energy(h, task.whole.graph),
    }


def means(results: Results, column: str) -> dict[str, dict[int, float]]:
    """Averages one of TITLES over seeds: {remedy: {layers: mean}}."""
    rows = [(row.settings, {column: row.metrics[column]["value"]}) for row in results.models]
    return _means(rows, column)


def _means(rows: list[tuple[dict, dict[str, float]]], column: str) -> dict[str, dict[int, float]]:
    lines: dict[str, dict[int, list[float]]] = {}
    for settings, numbers in rows:
        lines.setdefault(settings["remedy"], {}).setdefault(settings["layers"], []).append(numbers[column])
    return {
        remedy: {layers: float(np.mean(values)) for layers, values in sorted(line.items())}
        for remedy, line in lines.items()
    }


# ---------------------------------------------------------------------- the picture


def figure(results: Results, theme: str = "light") -> bytes:
    """Draws a PNG: accuracy, spread and energy against layers; below, the karate club in the plane after a few layers.

    Args:
        results: Results of the comparison.
        theme: Colours of the light or the dark page.
    """
    paper, ink, grid = THEMES[theme]
    page = Figure(figsize=(13, 11.5), dpi=110, facecolor=paper, layout="constrained")
    top, bottom = page.subfigures(2, 1, height_ratios=(1, 1.15))
    titles = ("accuracy on test nodes", "spread: mean cosine distance of pairs", "Dirichlet energy, share of the size")
    axes = top.subplots(1, 3)
    for panel, column, title in zip(axes, ("accuracy", "spread", "dirichlet"), titles):
        _lines(panel, means(results, column), theme)
        panel.set_title(title, color=ink, loc="left", fontsize=11)
    axes[2].set_yscale("log")
    handles, labels = axes[0].get_legend_handles_labels()
    top.legend(handles, labels, loc="outside lower center", ncols=6, frameon=False, labelcolor=ink)
    top.suptitle(f"Depth on {results.data['name']}", color=ink, x=0.01, ha="left", fontsize=13)
    _karate(bottom, theme)
    for panel in page.axes:
        panel.set_facecolor(paper)
        panel.tick_params(colors=ink)
        for side, spine in panel.spines.items():
            spine.set_color(grid)
            spine.set_visible(panel not in axes or side in ("left", "bottom"))
    return png_as_drawn(page)


def _lines(panel, lines: dict[str, dict[int, float]], theme: str) -> None:
    for number, (label, line) in enumerate(lines.items()):
        colour = THEMES[theme][1] if label == NO_REMEDY else COLOURS[theme][(number - 1) % 6]
        style, marker = ("-", "o") if label == NO_REMEDY else (STYLES[(number - 1) % 6], "os^Dv"[(number - 1) // 6])
        width = 2.6 if label in (NO_REMEDY, BEST) else 1.4
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
    for row, (label, remedy) in zip(grid, {NO_REMEDY: "none", BEST: "initial"}.items()):
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
    """Computes embeddings (34, 2) after each of KARATE layers of one network with random weights."""
    known = data.x if isinstance(data.x, torch.Tensor) else data.x.dense()
    with seeded(0):
        preset = registry.presets(registry.row(*NODES, FAMILY))["few"]
        hyper = replace(preset, width=32, layers=max(KARATE), dropout=0.0, remedy=remedy)
        network = hyper.network(TaskSizes(known.shape[1]), 2).eval()
    embedded = network.layers(known, network.prepare(data.graph))
    return [_plane(embedded[layers - 1].double().numpy()) for layers in KARATE]


def _plane(h: np.ndarray) -> np.ndarray:
    """(N, D) -> (N, 2): directions of the rows about their mean, in the plane of most variance."""
    h = h / np.maximum(np.linalg.norm(h, axis=1, keepdims=True), 1e-12)
    centred = h - h.mean(0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    return centred @ directions[:2].T
