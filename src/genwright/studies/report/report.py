"""The report: one self-contained HTML page, drawn from results.json (or a run's config.toml) and the files it names.

Drawings become parts of the page: pictures and sound as data URIs, tables as rows of text.
"""

import csv
import io
import json
import os
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from math import isfinite
from pathlib import Path

from ...core.errors import DataError, RunError
from ...core.files import require_ours, write_whole
from ...core.limits import lies_inside, read_plain
from ...core.schemas import parsed
from ...measure.metric import decimals
from ...run.curves import read_curves
from ...run.final_model import used_share
from ...run.folder import read_config
from ...run.run_record import RunRecord
from . import curves
from .advice import BUSY, advice
from .glance import charts
from .numbers import by_use, table_of, tables_of
from .page import FILE_WORDS, PREDICTION_WORDS, SAMPLE_WORDS, SHOWN_SENTENCES, Page, Section
from .picks import command, final_command, in_order, replay
from .privacy import privacy
from .records import Results, Row, StudyPlan
from .results import CALLED, MARK, MEASURED, find, names, of_properties, over_seeds, predicts, protocol, ranking, read
from .rules import count_nouns, speak

ROW_PARTS = ("models", "baselines")


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
    require_ours(folder / "report.html", MARK)
    return write_whole(folder / "report.html", page.encode())


# ---------------------------------------------------------------------- a comparison


def comparison_page(folder: Path) -> str:
    results = over_seeds(read(folder))
    data, plan, machine = results.data, results.plan, results.machine
    every = results.models + results.baselines
    runs = {row.family: folder / row.folder for row in results.models if lies_inside(folder / row.folder, folder)}
    of_predictors = any(map(predicts, every))
    compared, of_files = results.study == "compare", results.study == MEASURED
    words = FILE_WORDS if of_files else PREDICTION_WORDS if of_predictors else SAMPLE_WORDS
    taken = picked(results, folder) if compared else []
    sentences = advice(results) if compared or of_files else []  # anew: what is on record may be of another version
    unfinished = f"This {CALLED[results.study]} has not finished: here is what was measured so far."
    notes = [*([] if results.finished else [unfinished]), *speak([BUSY], results)]
    if compared:
        title = f"{data['name']}: which model to pick"
        splits, way = results.settled.splits, protocol(results)
        how = f", the mean of {splits} splits of the data" * (splits > 1) + f" ({way})" * bool(way)
        lead = (
            f"{_families(results)}, {minutes(plan.minutes_trained)} of training on {_cores(plan)}, measured alike on "
            f"{data['items']['test']:,} items {words['unseen']}{how}."
        )
    elif of_files:
        title = f"{data['name']}: how near samples are to real {results.metrics.get('called', 'items')}"
        lead = f"{count_nouns(results.models, 'file', 'files')}, measured alike; nothing was trained."
    else:
        title = f"{data['name']}: a {CALLED[results.study]}" if data else f"A {CALLED[results.study]}"
        lead = f"Means over seeds, of which there are {plan.seeds}, each with half its 95% interval over them."
    facts = [
        *(_data_facts(data) if data else []),
        ("Machine", f"{machine['processor']}, {machine['cores']} cores, {machine['memory'] / 1024:.0f} GiB"),
        ("Software", f"{machine['system']}, Python {machine['python']}, PyTorch {machine['torch']}"),
        ("Seed", results.seed),
        *([("Repeat", replay(results, folder))] if compared else []),
    ]
    more = [
        sentence
        for sentence in [*sentences, *([] if compared else results.advice)]
        if sentence not in [*notes, *(pick["sentence"] for pick in taken)]
    ]
    tells_privacy = (compared or of_files) and (of_properties(results) or not of_predictors)
    sections = (
        Section("picks", taken),
        Section("more", more if of_files else []),
        Section(
            "headlines", charts(results, {pick["criterion"]: pick["family"] for pick in taken}, compared or of_files)
        ),
        Section("more", [] if of_files else more),
        Section("numbers", tables_of(results)),
        Section("drawings", drawings(results, folder)),
        Section("method", _method(results) if compared else []),
        Section("privacy", privacy(results) if tells_privacy else []),
        Section("plots", _plots(runs)),
        Section("costs", [] if of_files else [_cost(row) for row in every]),
        Section("facts", facts),
    )
    shown = len(more) if of_files else SHOWN_SENTENCES
    return Page(title, lead, sections, notes, words, protocol(results), shown=shown).html()


def picked(results: Results, folder: Path) -> list[dict]:
    """The page's entry for each pick, the most common purpose first. Only the first entry has samples."""
    entries = []
    for pick in in_order(results):
        row = (find(results, pick.family) if pick.family else None) or Row("")
        more = dict(
            baseline=row in results.baselines,
            improving=row.improving,
            believed=row.believed or "",
            command=command(results, pick, folder).split(" "),
            used=used_share(row.config),
            final=final_command(results, pick, folder).split(),
            preview=preview(results, row, folder) if pick.family and not entries else None,
        )
        entries.append(vars(pick) | more)
    return entries


def _families(results: Results) -> str:
    """Counts of trained families and of simple baselines, in words."""
    trained, simple = count_nouns(results.models, "family", "families"), results.baselines
    return f"{trained} and {count_nouns(simple, 'simple baseline', 'simple baselines')}" if simple else trained


def _cores(plan: StudyPlan) -> str:
    return count_nouns(range(plan.core_count), "core", "cores")


def _method(results: Results) -> list[str]:
    """Sentences on the way in which the numbers were measured."""
    shares = "so that each has its passes" if results.settled.passes else "for equal times"
    said = [
        f"The families trained for {minutes(results.plan.minutes_trained)} on {_cores(results.plan)}, {shares}. Time "
        "that one did not need went to those that were still improving. Measuring is not charged to it.",
        "Bars and ± are 95% intervals. Two families are compared by the interval of their difference, on the same test "
        "items where possible. The level is 5% for all comparisons of a number together (Holm 1979).",
    ]
    if (splits := results.settled.splits) > 1:
        said.append(
            f"The data are few, so all models were trained and measured on {splits} splits. Numbers are "
            "means, and their intervals cover the choice of split as well."
        )
    return said


def _data_facts(data: dict) -> list[tuple[str, str]]:
    return [
        ("Data", ". ".join(sentence.rstrip(".") for sentence in data["described"])),
        ("Items", ", ".join(f"{n:,} {part}" for part, n in data["items"].items())),
        ("Source", _without_place(data["source"])),
        ("Licence", data["licence"] or "not stated: ask whoever the data come from before you pass anything on"),
        ("Content", f"hash {data['hash']}"),
    ]


def _cost(row: Row) -> dict:
    number = lambda v, unit: ("–" if v is None else f"{v:,.{decimals(v, 3)}f}{unit}", "" if v is None else f"{v:.6g}")
    count = lambda v, unit="": ("–" if v is None else f"{v:,.0f}{unit}", "" if v is None else f"{v:.0f}")
    shared = " (shared host)" if row.neighbours else ""
    train = number(row.seconds["train"], f" s{shared}")
    seconds = [train, *(number(row.seconds[part], " s") for part in ("sample", "evaluate"))]
    share = row.cpu_share
    share = number(share and 100 * share, "%")
    return dict(
        name=row.family,
        improving=row.improving,
        cells=[*seconds, share, count(row.memory, " MiB"), count(row.parameters), count(row.items)],
        verbs=", ".join(row.verbs).replace("_", "-"),
    )


def minutes(value: float) -> str:
    whole = round(value * 60)
    parts = [f"{whole // 60} min" if whole >= 60 else "", f"{whole % 60} s" if whole % 60 or whole < 60 else ""]
    return " ".join(part for part in parts if part)


# ---------------------------------------------------------------------- a single run


def run_page(folder: Path) -> str:
    """A run's samples and numbers, then its curve and settings."""
    run = RunRecord(read_config(folder))
    beside = (".json", ".film.png")  # what lies beside a picture
    drawn = [path for path in sorted((folder / "samples").glob("*")) if not path.name.endswith(beside)]
    files = {path.stem: f"samples/{path.name}" for path in drawn}
    first = {"samples": file} if (file := files.get("samples") or files.get("preview")) else {}
    rest = {stem: name for stem, name in files.items() if stem not in ("samples", "preview")}
    rest = {stem.replace("-", " ").replace("_", " "): name for stem, name in rest.items()}
    results = _of_comparison(folder)
    facts = [("Training", f"{run.items:,} items in {minutes(run.seconds / 60)}")] if run.outcome else []
    facts += [("Trained on", used)] if (used := used_share(run)) else []
    sections = (
        Section("samples", gathered(folder, [Row(run.family, drawings=first)])),
        Section("more", [f"{sentence.rstrip('.')}." for sentence in run.health]),
        Section("numbers", [dict(name="Numbers", **table_of(results))] if results else []),
        Section("drawings", gathered(folder, [Row(run.family, drawings=rest)])),
        Section("plots", _plots({run.family: folder})),
        Section("facts", facts),
        Section("config", list(_flat(run.content))),
    )
    lead = f"The model trained in {folder.resolve().name}: its samples, how good it is, and its loss."
    return Page(f"{run.family}: one run", lead, sections, unfolded=True).html()


def _of_comparison(folder: Path) -> Results | None:
    """The results of the comparison that a run is part of, with this run alone; None where there is none."""
    try:
        results = read(folder.resolve().parent)
    except RunError:
        return None
    mine = {part: [row for row in getattr(results, part) if row.folder == folder.resolve().name] for part in ROW_PARTS}
    return replace(results, **mine) if any(mine.values()) else None


def _flat(config: dict, path: str = "") -> Iterator[tuple[str, object]]:
    for key, value in config.items():
        name = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            yield from _flat(value, name)
        elif not isinstance(value, list) or len(str(value)) <= 200:
            yield name, _without_place(value)


def _without_place(value: object) -> object:
    """A value of a record; an absolute path by its name, since a page is passed on to people on other machines."""
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value


def _plots(runs: dict[str, Path]) -> list[dict]:
    units = curves.by_unit(read_curves(runs))
    pictures = lambda alike, unit: {theme: curves.plot(alike, unit, theme) for theme in curves.THEMES}
    return [dict(alt=curves.describe(alike, unit), **pictures(alike, unit)) for unit, alike in units.items()]


MOST_DRAWING = 2**26  # bytes of a drawing that a page holds
CSV_ROWS = 24  # of a table that a page shows
WIDE, SMALL_PICTURE = 700, 300  # pixels: drawings that want a row of their own, and those whose pixels are to be seen
REAL = "real test items"


def drawings(results: Results, folder: Path) -> list[dict]:
    """Drawings of all rows gathered under their captions, those of real items first, then the best family and the best
    baseline, and the others behind; a file that is gone is left out."""
    real = (results.reference and results.reference.drawings) or {}
    order = ranking(results, by_use(results)[0]).order if names(results) else ()
    best = lambda row: order.index(row.family) if row.family in order else len(order)
    parts = [sorted(part, key=best) for part in (results.models, results.baselines)]
    leads = sorted([part[0] for part in parts if part and part[0].family in order], key=best)
    others = [row for part in parts for row in part if row not in leads]
    every = [Row("", drawings=results.drawings or {}), Row(REAL, drawings=real)]
    return gathered(folder, [*every, *leads, *others])


def gathered(folder: Path, rows: list[Row]) -> list[dict]:
    """[{caption, figures, size}] of rows that have a family and drawings."""
    captions: dict[str, list[dict]] = {}
    for row in rows:
        for caption, name in row.drawings.items():
            if drawing := figure(folder, name):
                said = {"family": row.family, "alt": f"{caption}: {row.family or 'all families'}"}
                captions.setdefault(caption, []).append(said | drawing)
    return [dict(caption=caption, figures=figures, size=_size(figures)) for caption, figures in captions.items()]


def _size(figures: list[dict]) -> str:
    """The size class of the drawings under one caption, as report.css names it."""
    widest = max(figure["width"] for figure in figures)
    return "wide" if widest > WIDE else "small" if widest < SMALL_PICTURE else ""


def figure(folder: Path, name: str) -> dict | None:
    """A picture, or sound, as a data URI, or the first rows of a table; with a picture what of it can be turned, as
    JSON, and its film, where these lie beside it. None for anything else, what is damaged, or outside the folder."""
    try:
        path = Path(os.path.realpath(folder / name))
        if not lies_inside(path, folder) or path.suffix not in (".png", ".wav", ".csv") or not path.is_file():
            return None
        data = read_plain(path, most=MOST_DRAWING)
        if path.suffix == ".png":
            width = int.from_bytes(data[16:20], "big")  # of the header chunk, which always comes first
            points, film = animation(path.with_suffix(".json")), path.with_suffix(".film.png")
            film = _uri("image/png", read_plain(film, most=MOST_DRAWING)) if film.is_file() else ""
            return dict(src=_uri("image/png", data), sound=None, table=None, width=width, turned=points, film=film)
        if path.suffix == ".wav":
            return dict(src=None, sound=_uri("audio/wav", data), table=None, width=WIDE)
        lines = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
        table, more = list(islice(lines, CSV_ROWS + 1)), sum(1 for _ in lines)
        return dict(src=None, sound=None, table=table, more=more, width=WIDE + 1) if table else None
    except (OSError, ValueError, csv.Error):  # a sentence about it would cost the report; ValueError: a zero in a name
        return None


def animation(path: Path) -> str:
    """Points that a reader may turn, as `measure.plots.point_sheets` writes them; "" where there is no such file, or
    it holds anything else."""
    try:
        record = parsed(read_plain(path, most=MOST_DRAWING).decode("utf-8"))
        kinds, sets = len(record["symbols"]), []
        for one in record["sets"]:
            m = len(one["kinds"])
            at = [[round(float(x), 2) for x in place] for place in one["at"]]
            joined = [[int(i), int(j)] for i, j in one["joined"]]
            inside = all(0 <= i < m for pair in joined for i in pair) and all(0 <= k < kinds for k in one["kinds"])
            if not inside or len(at) != m or any(len(place) != 3 or not all(map(isfinite, place)) for place in at):
                return ""
            sets.append({"kinds": list(map(int, one["kinds"])), "at": at, "joined": joined})
        whole = {name: list(map(str, record[name])) for name in ("symbols", "colours")}
        if len(whole["colours"]) != kinds or not sets:
            return ""
        return json.dumps({"columns": max(1, int(record["columns"])), **whole, "sets": sets}, separators=(",", ":"))
    except (OSError, DataError, ValueError, KeyError, TypeError, OverflowError):
        return ""


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{b64encode(data).decode('ascii')}"


def preview(results: Results, row: Row, folder: Path) -> dict | None:
    """A few samples of a row beside real items: {parts: [{title, src, alt}]} of pictures, or {heads, parts: [{title,
    rows}]} of tables; None where nothing was drawn."""
    real = results.reference and results.reference.preview
    verb = "predicts" if predicts(row) else "samples"
    named = (f"{row.family} {verb}", row.preview), ("real", real)
    shown = [(title, part) for title, name in named if name and (part := figure(folder, name))]
    if not shown:
        return None
    if any(part["src"] for _, part in shown):
        parts = [dict(title=title, src=part["src"], alt=f"A few items: {title}") for title, part in shown]
        return dict(heads=None, parts=parts)
    heads = shown[0][1]["table"][0]
    parts = [dict(title=title, rows=part["table"][1:]) for title, part in shown if part["table"][0] == heads]
    if len(heads) == 1 and len(parts) == 2:  # lines stand side by side
        rows = [[a, b] for (a,), (b,) in zip(*(part["rows"] for part in parts))]
        return dict(heads=[part["title"] for part in parts], parts=[dict(title="", rows=rows)])
    return dict(heads=heads, parts=parts)
