"""Verbs of the worker on data: how genwright reads them, what it asks, what a person may set, and the first items."""

import json
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..core.data import Data
from ..core.domain import OpenQuestions, Question
from ..core.errors import GenwrightError
from ..core.safe_text import visible
from ..core.type_names import Options
from ..kinds.formats.source import Source
from ..kinds.kind import Kind
from ..kinds.known_kinds import column_names, kinds, read, recognise_files
from ..kinds.load import load_to_compare
from ..kinds.tables.columns import Seen
from ..kinds.tables.domain import Tables
from ..run.fit import require_fit
from ..run.needed_options import load_as_needed
from ..run.tasks import task_of
from ..zoo import registry
from ..zoo.card import read_index
from .touch import AT_HAND, CLIPS_SHOWN, sheet_of, sound_of, text_cells, verb
from .wording import flags_in, for_pages

ITEMS_SHOWN, MOST_NUMBERS = 10, 12  # items that a page of data shows; numbers of one that it shows
NODES_SHOWN = 60
BARS, CELLS_COUNTED = 12, 20_000  # of a small histogram
MOST_FILES = 6  # of an upload, among which roles are given
LEAVE = {"label": "Leave it as it is", "effect": "genwright keeps its own reading.", "options": {}}
EFFECTS = {  # option: what follows from a value
    "archive_file": "Reads {} alone.",
    "column": "Takes the items from {}.",
    "drop": "Leaves out {}.",
    "file": "Reads {} alone.",
    "filter": "Models {}, although a rule derives it.",
    "given": "Models are conditioned on {}.",
    "group": "Rows with the same {} stay together in the split.",
    "header_row": "Reads the column names from row {}.",
    "kind": "Reads the items as {}.",
    "leave_out": "Leaves out rows with {}.",
    "missing": "Counts as missing: {}.",
    "sheet": "Reads the sheet {}.",
    "split_column": "Takes the split from {}.",
    "table": "Reads the table {}.",
    "target": "Models learn to predict {}.",
    "task": "Models learn the task {}.",
    "time": "The newest rows by {} test the models.",
    "types": "Reads {}.",
    "windows": "Cuts the text into pieces of {}.",
}
ROLES = {  # option that names a column: what a person is asked, and what follows without one
    "target": ("Which column matters?", "None: learn all columns alike"),
    "group": ("Which rows belong together?", "None: each row stands alone"),
    "time": ("What is the order in time?", "None: rows have no order"),
}
SHOWN_ELSEWHERE = {*ROLES, "types", "drop", "missing", "filter", "task"}  # options with a control of their own
TYPES = ("number", "whole", "real", "category", "boolean", "date", "ignored")  # that a person may call a column


class Loaded(NamedTuple):
    """Data, and the column that trees learn from samples in a comparison, None without one."""

    data: Data
    target: str | None


@lru_cache(AT_HAND)
def _load(source: str, options: str, changed: int) -> Loaded:
    """changed: when the source was, so that it is read anew."""
    asked = json.loads(options)
    task, families = asked.pop("task", None), asked.pop("family", None)
    families = [families] if isinstance(families, str) else families or []
    return Loaded(*load_as_needed(lambda options: load_to_compare(source, task=task, **options), asked, task, families))


def load(source: str, options: Options) -> Loaded:
    """The data of a source with these options of `compare`, read again where it has changed."""
    path = Path(source)
    return _load(source, json.dumps(options, sort_keys=True), path.stat().st_mtime_ns if path.exists() else 0)


# ---------------------------------------------------------------------- what a page of data shows


@verb
def describe(source: str, options: Options, files: list[str]) -> dict:
    """All that a page of data shows. Of data that cannot be used as they are: why not, questions, and ways out.

    Args:
        source: a name, or a path in the studio's folder.
        options: that a person set.
        files: paths of all files and folders that a person brought together.
    """
    name, asked = Path(source).name, _file_roles(files)
    try:
        data, target = load(source, options)
    except GenwrightError as error:
        return {"name": name, "roles": asked, **_refusal(error)}
    kind = kinds()[data.kind]
    columns = _columns(data)
    return {
        "name": data.name,
        "kind": data.kind,
        "called": kind.called,
        "widgets": asdict(kind.widgets),
        "task": data.task,
        "sizes": {part: int(size) for part, size in data.sizes.items()},
        "facts": [_shown(fact) for fact in (*data.facts(), *data.notes)],
        "questions": [_question(question) for question in data.questions],
        "roles": [*asked, *_roles(data, kind, source, options)],
        "settings": _more_settings(kind, {"given"} if columns else set()),
        "families": _families(data),
        "usual": registry.default_family(data.kind, data.task),
        "columns": columns,
        "conditions": [one["name"] for one in columns if one["conditions"]],
        "types": list(TYPES) if columns else [],
        "first": _first_items(data),
        "compares alone": target is not None,
    }


@verb
def options_of_fit(source: str, options: Options) -> Options:
    """Those of the options that `fit` takes too: a target that only a comparison measures is left out."""
    own = {name: value for name, value in options.items() if name != "family"}
    return own if load(source, options).target is None else {k: v for k, v in own.items() if k != "target"}


@verb
def first_items(source: str, options: Options, note: str) -> bytes:
    """PNG of the first training pictures."""
    data = load(source, options).data
    return sheet_of(data.train[:ITEMS_SHOWN], data.domain, note)


def _shown(text: str) -> str:
    return for_pages(visible(text))


def _refusal(error: GenwrightError) -> dict:
    """Why data cannot be used as they are, and what to do about it in a page."""
    if isinstance(error, OpenQuestions):
        return {"why not": _shown(error.why), "questions": _joined(error), "ways": [], "kinds": []}
    sentence = str(error)
    ways = [
        {"label": f"Read it as {kinds()[value].called}", "about": "kind", "options": {"kind": value}}
        for name, value in flags_in(sentence)
        if name == "kind" and value in kinds()
    ]
    every = [{"name": name, "called": kind.called} for name, kind in kinds().items()]
    return {"why not": _shown(sentence), "questions": [], "ways": ways, "kinds": every, "error": _shown(sentence)}


# ---------------------------------------------------------------------- questions and roles


def _question(question: Question) -> dict:
    """A question with every answer, of which one leaves the data as they are."""
    answers = [_answer(choice.label.capitalize(), choice.options) for choice in question.choices]
    leave = LEAVE | ({"label": f"No: {LEAVE['label'].lower()}"} if [one["label"] for one in answers] == ["Yes"] else {})
    return {"about": _shown(question.text), "answers": [*answers, leave]}


def _joined(error: OpenQuestions) -> list[dict]:
    """Questions without whose answers data cannot be used; those that name values of one option are one question."""
    answers = [question.answer for question in error.questions]
    names = {name for answer in answers for name in answer}
    if len(names) != 1 or len(answers) == 1:
        return [_question(question) for question in error.questions]
    ((name,),) = (names,)
    return [{"about": _shown(error.why), "answers": [_answer(_listed(one[name]), one) for one in answers]}]


def _answer(label: str, options: Options) -> dict:
    return {"label": visible(label), "effect": " ".join(_effects(options)), "options": options}


def _effects(options: Options) -> Iterator[str]:
    """Sentences on what options do."""
    for name, value in options.items():
        yield EFFECTS.get(name, f"Sets the option {name.replace('_', ' ')!r} to {{}}.").format(visible(_listed(value)))


def _listed(value: object) -> str:
    """A value of an option as words."""
    if isinstance(value, dict):
        return ", ".join(f"`{name}`: {_listed(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(_listed, value))
    return str(value)


def _roles(data: Data, kind: Kind, source: str, options: Options) -> list[dict]:
    """Questions that a person may always answer: the task, and the columns that matter."""
    taken = {option.name for option in kind.options} | ({"target"} if isinstance(data.domain, Tables) else set())
    names = _names_of_columns(data, source, options)
    roles = []
    if len(tasks := _tasks(data)) > 1:
        answers = [_answer(task, {"task": task}) for task in tasks]
        roles.append({"about": "What should a model learn?", "answers": answers, "now": data.task})
    for option, (text, none) in ROLES.items():
        if option in taken and names:
            answers = [_answer(name, {option: name}) for name in names]
            roles.append({"about": text, "answers": [{"label": none, "effect": "", "options": {}}, *answers]})
    return roles


def _tasks(data: Data) -> list[str]:
    """Names of the tasks that these data can have."""
    found = []
    for task in registry.tasks(data.kind):
        try:
            task_of(data, task)
        except (GenwrightError, LookupError, TypeError, AttributeError):
            continue
        found.append(task)
    return found


def _names_of_columns(data: Data, source: str, options: Options) -> list[str]:
    """Columns that a person may name: of a table, of the nodes of a graph, or beside lines of a file."""
    if isinstance(data.domain, Tables):
        return [column.name for column in data.domain.columns]
    where = {name: options[name] for name in ("sheet", "header_row") if name in options}
    if "nodes" in options:
        return column_names(str(options["nodes"]))[1:]
    if (table := getattr(data.whole, "table", None)) is not None:
        return list(table.columns)
    return [name for name in column_names(source, **where) if name != options.get("column")]


def _file_roles(files: Sequence[str]) -> list[dict]:
    """What several files of one upload may be: parts of one thing, edges and nodes, or one of them alone."""
    if not 2 <= len(files) <= MOST_FILES or not all(map(os.path.isfile, files)):
        return []
    tables = [file for file in files if column_names(file)]
    frames = {Path(file).name: read(Source.take(file, {"kind": "tables"}))[0].items for file in tables}
    pairs = [_answer(text, options) for text, options in recognise_files(frames)]
    alone = [_answer(f"Only {name}", {"file": name}) for name in (Path(file).name for file in files)]
    together = {"label": "All files together are the data", "effect": "", "options": {}}
    return [{"about": "What is each file?", "answers": [*pairs, together, *alone]}]


def _more_settings(kind: Kind, shown_as_columns: set[str]) -> list[dict]:
    """The options of a kind of data that have no control of their own: name, help, type and values to choose from.

    Args:
        kind: of data.
        shown_as_columns: options that a person sets beside each column.
    """
    shown = []
    for option in kind.options:
        if option.name in SHOWN_ELSEWHERE | shown_as_columns or option.names_file:
            continue
        values = option.metavar.split("|") if "|" in option.metavar else []
        plain = all(value.islower() for value in values)
        shown.append({
            "name": option.name, "help": for_pages(option.help), "values": values if plain else [],
            "type": {int: "number", bool: "yes or no"}.get(option.type, "text"), "list": option.type == list[str],
        })  # fmt: skip
    return shown


def _families(data: Data) -> list[dict]:
    """Families of a comparison: when to take each, and why some do not fit."""
    advice = read_index()
    return [
        {
            "name": name,
            "why not": _misfit_of(data, name),
            "draws": "sample" in registry.row(data.kind, data.task, name).verbs,
            "advice": for_pages(" ".join(advice.get(name, {}).get("advice", [])[:1])),
        }
        for name in registry.compared(data.kind, data.task)
    ]


def _misfit_of(data: Data, family: str) -> str:
    try:
        require_fit(data, family)
    except GenwrightError as error:
        return _shown(str(error))
    return ""


# ---------------------------------------------------------------------- columns and items


def _columns(data: Data) -> list[dict]:
    """Each column of a table: its type, values, missing share, and a small histogram."""
    if not isinstance(data.domain, Tables):
        return []
    learned = {column.name for column in data.domain.columns if column.leaf is not None}
    rows = data.train[:CELLS_COUNTED]
    return [_column(seen, rows.get(seen.name), seen.name in learned) for seen in data.domain.overview(data.items)]


def _column(seen: Seen, cells: pd.Series | None, conditions: bool) -> dict:
    return {
        "name": seen.name, "kind": seen.kind, "typed": seen.typed, "values": visible(seen.values),
        "missing": round(seen.missing, 4), "conditions": conditions, "bars": _bars(cells),
    }  # fmt: skip


def _bars(cells: pd.Series | None) -> list[float]:
    """Heights of a small histogram, at most 1: of numbers by their size, else of the most frequent values."""
    if cells is None or not len(cells := cells.dropna()):
        return []
    numbers = pd.to_numeric(cells, errors="coerce") if cells.dtype != bool else cells.astype(float)
    if pd.api.types.is_datetime64_any_dtype(cells) or (numbers.notna().all() and cells.nunique() > BARS):
        values = numbers.to_numpy(float)
        counts = np.histogram(values[np.isfinite(values)], BARS)[0]
    else:
        counts = cells.astype(str).value_counts().to_numpy()[:BARS]
    return [round(float(count / max(counts)), 3) for count in counts] if len(counts) and max(counts) else []


def _first_items(data: Data) -> dict | str:
    """A few items as a page shows them: a table or lines, sounds, a graph, or "pictures" for `first_items`."""
    widgets = kinds()[data.kind].widgets
    if widgets.pixels:
        return "pictures"
    if hasattr(data.whole, "to_networkx"):
        return {"graph": _neighbourhood(data.whole)}
    items = data.train[:ITEMS_SHOWN]
    if widgets.sounds:
        return {"sounds": [sound_of(data.domain, items[k : k + 1]) for k in range(min(CLIPS_SHOWN, len(items)))]}
    if isinstance(items, pd.DataFrame):
        return {"columns": list(map(str, items.columns)), "rows": text_cells(data.domain.as_table(items))}
    return {"columns": [], "rows": [[visible(_as_text(item))[:300]] for item in list(items)]}


def _as_text(item: object) -> str:
    """An item; of many numbers how many there are."""
    if math.prod(getattr(item, "shape", ())) > MOST_NUMBERS:
        return " x ".join(map(str, item.shape)) + " numbers"
    return str(item.tolist() if hasattr(item, "tolist") else item)


def _neighbourhood(whole: object) -> dict:
    """Up to NODES_SHOWN nodes around the one with most edges: names, places between 0 and 1, and edges by number."""
    import networkx as nx

    graph = whole.to_networkx().to_undirected()
    middle = max(graph.degree, key=lambda one: one[1])[0]
    near = list(nx.bfs_tree(graph, middle))[:NODES_SHOWN]
    part = graph.subgraph(near)
    places = nx.spring_layout(part, seed=0, iterations=50)
    at = np.array([places[name] for name in near])
    low, span = at.min(0), np.maximum(at.max(0) - at.min(0), 1e-9)
    number = {name: k for k, name in enumerate(near)}
    labels = sorted({str(part.nodes[name].get("label", "")) for name in near})
    return {
        "names": [visible(str(name)) for name in near],
        "places": ((at - low) / span).round(3).tolist(),
        "labels": [labels.index(str(part.nodes[name].get("label", ""))) for name in near],
        "edges": [[number[u], number[v]] for u, v in part.edges],
        "of": graph.number_of_nodes(),
    }
