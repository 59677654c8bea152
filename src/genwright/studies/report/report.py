"""The report: one self-contained HTML page, drawn from results.json (or a run's config.toml) and the files it names."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ...core.errors import RunError
from ...core.files import require_ours, write_whole
from ...run.final_model import used_share
from ...run.folder import read_config
from ...run.run_record import RunRecord
from .curves import plots_of
from .numbers import table_of
from .page import Page, Section
from .pages import build_page
from .pictures import gathered
from .records import Results, Row
from .results import MARK, over_seeds, read
from .rules import minutes, without_place

ROW_PARTS = ("models", "baselines")


def report(folder: str | Path) -> Path:
    """Write report.html for a folder that holds a comparison or a single run, and return its path.

    Raises RunError where the folder holds neither.
    """
    folder = Path(folder)
    page = page_of(folder).html()
    require_ours(folder / "report.html", MARK)
    return write_whole(folder / "report.html", page.encode())


def page_of(folder: Path) -> Page:
    """The page of a folder that holds a comparison or a single run; `Page.parts` gives its sections to another page.

    Raises RunError where the folder holds neither.
    """
    if (folder / "results.json").is_file():
        return build_page(over_seeds(read(folder)), folder)
    if (folder / "config.toml").is_file():
        return run_page(folder)
    raise RunError(f"nothing to report in {folder}: name a folder that holds a results.json or a config.toml")


def run_page(folder: Path) -> Page:
    """A run's samples and numbers, then its curve and settings."""
    run = RunRecord(read_config(folder))
    suffixes = (".json", ".film.png")  # what lies beside a picture
    paths = [path for path in sorted((folder / "samples").glob("*")) if not path.name.endswith(suffixes)]
    files = {path.stem: f"samples/{path.name}" for path in paths}
    first = {"samples": file} if (file := files.get("samples") or files.get("preview")) else {}
    other_files = {stem: name for stem, name in files.items() if stem not in ("samples", "preview")}
    other_files = {stem.replace("-", " ").replace("_", " "): name for stem, name in other_files.items()}
    results = _of_comparison(folder)
    facts = [("Training", f"{run.items:,} items in {minutes(run.seconds / 60)}")] if run.outcome else []
    facts += [("Trained on", used)] if (used := used_share(run)) else []
    groups = gathered(folder, [Row(run.family, drawings=other_files)])
    sections = (
        Section("samples", gathered(folder, [Row(run.family, drawings=first)])),
        Section("more", [f"{sentence.rstrip('.')}." for sentence in run.health]),
        Section("numbers", [dict(name="Numbers", **table_of(results))] if results else []),
        Section("drawings", dict(groups=groups, left_out=[]) if groups else None),
        Section("plots", plots_of({run.family: folder})),
        Section("facts", facts),
        Section("config", list(_flat(run.content))),
    )
    lead = f"The model trained in {folder.resolve().name}: its samples, how good it is, and its loss."
    return Page(f"{run.family}: one run", lead, sections, unfolded=True)


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
            yield name, without_place(value)
