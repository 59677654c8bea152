"""The report: one self-contained HTML page, drawn from results.json (or a run's config.toml) and the files it names.

Nothing here opens a model, asks for the time, or needs the network: the same folder gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import math
import os
from base64 import b64encode
from itertools import islice
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..core.errors import RunError
from ..core.files import write_whole
from ..core.likelihood import MEASURES
from ..core.limits import read_plain
from ..evaluation.metric import Metric
from ..run.folder import read_config
from . import curves
from .numbers import direction, tables_of, unit_of
from .picks import PURPOSE, purpose
from .privacy import privacy
from .results import CALLED, SIGMAS, badness, decimals, metric_of, names, over_seeds, ranking, read, rows, shown, title

MOST_DRAWING = 2**26  # bytes of a drawing that a page holds
CSV_ROWS = 12  # of a table of samples that a page shows
WIDE, SMALL_PICTURE = 700, 300  # pixels: drawings that want a row of their own, and those whose pixels are to be seen
DRAWN = {
    "unseen": "that no model saw", "pictures": "What the models draw", "cost": "Drawing",
    "costs": "Drawing is the time for the samples that were measured.",
}  # fmt: skip
PREDICTED = {
    "unseen": "whose labels no model saw", "pictures": "What the models see", "cost": "Predicting",
    "costs": "Predicting is the time for all items at once.",
}  # fmt: skip
LOG_RATIO = 30  # largest over smallest number from which intervals are drawn on a log scale


def report(folder: str | Path) -> Path:
    """Write report.html for a folder that holds a comparison or a single run, and return its path.

    Raises RunError where the folder holds neither.
    """
    folder = Path(folder)
    if (folder / "results.json").is_file():
        page = comparison_page(folder)
    elif (folder / "config.toml").is_file():
        page = run_page(folder)
    else:
        raise RunError(f"nothing to report in {folder}: name a folder that holds a results.json or a config.toml")
    return write_whole(folder / "report.html", page.encode())


def _render(**parts) -> str:
    where, strict = FileSystemLoader(Path(__file__).parent), StrictUndefined
    environment = Environment(loader=where, autoescape=True, undefined=strict, trim_blocks=True, lstrip_blocks=True)
    lists = ("advice", "notes", "headlines", "numbers", "privacy", "drawings", "plots", "costs", "facts", "config")
    empty = {name: [] for name in lists}
    return environment.get_template("report.html.j2").render(**{**empty, "words": DRAWN, **parts})


# ---------------------------------------------------------------------- a comparison


def comparison_page(folder: Path) -> str:
    results = over_seeds(read(folder))
    data, plan, machine = results["data"], results["plan"], results["machine"]
    every, count = results["models"] + results["baselines"], len(results["models"])
    runs = {row["family"]: folder / row["folder"] for row in results["models"]}
    predicts = any("predict" in row["verbs"] for row in every)
    words = PREDICTED if predicts else DRAWN
    headlines = [(criterion, m) for criterion, m in results["metrics"]["headline"].items() if m in names(results)]
    compared = results["study"] == "compare"
    return _render(
        title=f"{data['name']}: {count} {'family' if count == 1 else 'families'} compared"
        if compared
        else f"{data['name']}: a {CALLED[results['study']]}"
        if data
        else f"A {CALLED[results['study']]}",
        lead=f"{minutes(plan['minutes'])} of training in equal shares of {minutes(plan['share'])} a family, "
        f"measured with the same metrics on {data['items']['test']:,} items {words['unseen']}."
        if compared
        else f"Means over seeds, of which there are {plan['seeds']}, each with half its 95% interval over them.",
        words=words,
        notes=[]
        if results["finished"]
        else [f"This {CALLED[results['study']]} has not finished: here is what was measured so far."],
        advice=results["advice"],
        headlines=[_headline(results, criterion, metric) for criterion, metric in headlines],
        numbers=tables_of(results),
        privacy=privacy(results) if compared and not predicts else [],
        drawings=_drawings(folder, [*every, {"family": "", "drawings": results.get("drawings", {})}]),
        plots=_plots(runs),
        costs=[_cost(row) for row in every],
        facts=[
            *(_data_facts(data) if data else []),
            ("Machine", f"{machine['processor']}, {machine['cores']} cores, {machine['memory'] / 1024:.0f} GiB"),
            ("Software", f"{machine['system']}, Python {machine['python']}, PyTorch {machine['torch']}"),
            ("Seed", results["seed"]),
            *([("Repeat", "genwright compare --replay results.json")] if compared else []),
        ],
    )


def _data_facts(data: dict) -> list[tuple[str, str]]:
    return [
        ("Data", ". ".join(sentence.rstrip(".") for sentence in data["described"])),
        ("Items", ", ".join(f"{n:,} {part}" for part, n in data["items"].items())),
        ("Source", data["source"]),
        ("Licence", data["licence"] or "not stated: ask whoever the data come from before you pass anything on"),
        ("Content", f"hash {data['hash']}"),
    ]


def _headline(results: dict, criterion: str, metric: str) -> dict:
    """Dots with 95% intervals on one scale, best first, what is not ranked last; positions in percent of the track. A
    number that is known up to a constant only has no place on any scale."""
    found = [(row, metric_of(row["metrics"].get(metric))) for row in rows(results)]
    ranked = ranking(results, metric).order
    first = lambda pair: (pair[0]["family"] not in ranked, badness(pair[1]))
    found = sorted(((row, m) for row, m in found if m and m.kind != "unnormalised"), key=first)
    reference = metric_of((results["reference"] or {"metrics": {}})["metrics"].get(metric))
    at, log = _scale([m for _, m in found] + [m for m in [reference] if m])
    spots = []
    for row, m in found:
        half = SIGMAS * (m.se or 0)
        low, high = at(m.value - half), at(m.value + half)
        place = dict(at=at(m.value), low=low, width=round(high - low, 2))
        role = "baseline" if row in results["baselines"] else "model"
        role += "" if row["family"] in ranked else " unranked"
        kind = m.kind if m.of in MEASURES else ""
        spots.append(dict(name=row["family"], role=role, text=shown(m), kind=kind, **place))
    arrow, words = direction(found[0][0]["metrics"][metric]) if found else ("", "")
    return dict(
        purpose=purpose(criterion, found[0][1]) if found else PURPOSE[criterion],
        title=title(results, metric),
        unit=unit_of(results, metric),
        arrow=arrow,
        words=words,
        spots=spots,
        reference=at(reference.value) if reference else None,
        reference_text=shown(reference) if reference else "",
        log=log,
    )


def _scale(metrics: list[Metric]):
    """A function from a value to percent of the track, and whether it is logarithmic."""
    ends = [m.value + sign * SIGMAS * (m.se or 0) for m in metrics for sign in (-1, 1)]
    values = [m.value for m in metrics]
    log = bool(values) and min(values) > 0 and max(values) > LOG_RATIO * min(values)
    put = (lambda v: math.log(max(v, min(values) / 2))) if log else (lambda v: v)
    low, high = (put(min(ends)), put(max(ends))) if ends else (0.0, 1.0)
    span = (high - low) or 1.0
    return (lambda v: round(2 + 96 * (put(v) - low) / span, 2)), log


def _cost(row: dict) -> dict:
    number = lambda v, unit: "–" if v is None else f"{v:,.{decimals(v, 3)}f}{unit}"
    count = row["parameters"]
    return dict(
        name=row["family"],
        cells=[
            *(number(row["seconds"][part], " s") for part in ("train", "sample", "evaluate")),
            "–" if row["memory"] is None else f"{row['memory']:,.0f} MiB",
            "–" if count is None else f"{count:,}",
            "–" if row["items"] is None else f"{row['items']:,}",
            ", ".join(row["verbs"]).replace("_", "-"),
        ],
    )


def minutes(value: float) -> str:
    whole = round(value * 60)
    parts = [f"{whole // 60} min" if whole >= 60 else "", f"{whole % 60} s" if whole % 60 or whole < 60 else ""]
    return " ".join(part for part in parts if part)


# ---------------------------------------------------------------------- a single run


def run_page(folder: Path) -> str:
    """A run's curve, samples and numbers."""
    config = read_config(folder)
    family = config["family"]
    files = sorted((folder / "samples").glob("*"))
    samples = {path.stem.replace("-", " ").replace("_", " "): f"samples/{path.name}" for path in files}
    flat = list(_flat(config))
    return _render(
        title=f"{family}: one run",
        lead=f"What was trained in {folder.resolve().name}, how the loss went, and what the model draws.",
        advice=[f"{sentence.rstrip('.')}." for sentence in config.get("health", [])],
        drawings=_drawings(folder, [{"family": family, "drawings": samples}]),
        plots=_plots({family: folder}),
        config=flat,
    )


def _flat(config: dict, path: str = ""):
    for key, value in config.items():
        name = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            yield from _flat(value, name)
        elif not isinstance(value, list) or len(str(value)) <= 200:
            yield name, value


# ---------------------------------------------------------------------- pictures


def _drawings(folder: Path, every: list[dict]) -> list[dict]:
    """Drawings of all families gathered under their captions; a file that is gone is left out."""
    captions: dict[str, list[dict]] = {}
    for row in every:
        for caption, name in row["drawings"].items():
            figure = _figure(folder, name)
            if figure:
                said = {"family": row["family"], "alt": f"{caption}: {row['family'] or 'all families'}"}
                captions.setdefault(caption, []).append({**said, **figure})
    return [dict(caption=caption, figures=figures, size=_size(figures)) for caption, figures in captions.items()]


def _size(figures: list[dict]) -> str:
    """How much room the drawings under one caption want."""
    widest = max(figure["width"] for figure in figures)
    return "wide" if widest > WIDE else "small" if widest < SMALL_PICTURE else ""


def _figure(folder: Path, name: str) -> dict | None:
    """A picture as a data URI, or the first rows of a table; None for anything else, what is damaged, or outside the
    folder."""
    try:
        path = Path(os.path.realpath(folder / name))
        if (
            not path.is_relative_to(os.path.realpath(folder))
            or path.suffix not in (".png", ".csv")
            or not path.is_file()
        ):
            return None
        data = read_plain(path, most=MOST_DRAWING)
        if path.suffix == ".png":
            width = int.from_bytes(data[16:20], "big")  # of the header chunk, which always comes first
            return dict(src="data:image/png;base64," + b64encode(data).decode("ascii"), table=None, width=width)
        table = list(islice(csv.reader(io.StringIO(data.decode("utf-8"), newline="")), CSV_ROWS + 1))
        return dict(src=None, table=table, width=WIDE + 1) if table else None
    except (
        OSError,
        ValueError,
        csv.Error,
    ):  # a sentence about the drawing would cost the report; ValueError: a zero in its name
        return None


def _plots(runs: dict[str, Path]) -> list[dict]:
    units = curves.by_unit(curves.read_curves(runs))
    pictures = lambda found, unit: {theme: curves.plot(found, unit, theme) for theme in curves.THEMES}
    return [dict(alt=curves.describe(found, unit), **pictures(found, unit)) for unit, found in units.items()]
