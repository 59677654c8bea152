"""The picks in order, and the command that uses one, as it can be pasted into a shell from the folder that `compare`
ran in."""

import shlex
from pathlib import Path

from ...core.proposal import as_typed
from ...zoo import registry
from .numbers import PURPOSE_ORDER
from .picks import Pick, picks
from .records import Results
from .results import find, metric_of, of_properties

DRAWN_ITEMS = 100  # items
BY_WORDS = "caption", "label"  # what images are given without an image
MORE_MINUTES = 5  # minutes that a comparison goes on where it has not measured enough


def in_order(results: Results) -> list[Pick]:
    """The picks, that of the purpose which most people come for first."""
    return sorted(picks(results), key=lambda pick: PURPOSE_ORDER.index(pick.criterion))


def comparison_folder(results: Results, folder: str | Path) -> Path:
    """The folder of the comparison as it was called, `folder` where it was stopped before it noted that."""
    return Path(results.folder or folder)


def command(results: Results, pick: Pick, folder: str | Path) -> str:
    """The command for a pick's purpose, or for a pick if there is none yet. folder: see `where`."""
    if pick.family is None:
        return resume(results, folder)
    row, data = find(results, pick.family), results.data
    run = comparison_folder(results, folder) / row.folder
    suffix, source = data["suffix"], data["source"] or f"new{data['suffix']}"
    options = [] if of_properties(results) else as_typed(data["options"])  # a library is read as training was
    images = [name for name in data["options"].get("given") or () if name not in BY_WORDS]
    asked = [word for text in ["caption=your words", *map("{}=image.png".format, images)] for word in ("--given", text)]
    words = {
        "samples": ["sample", run, "-n", DRAWN_ITEMS, "--out", f"new{suffix}"],
        "words": ["sample", run, *asked, "-n", DRAWN_ITEMS, "--out", f"new{suffix}"],
        "density": ["log-prob", run, source, "--out", "log-prob.csv"],
        "completions": ["complete", run, source, "--out", f"filled{suffix}"],
        "codes": ["encode", run, source, "--out", "codes.npz"],
        "labels": ["predict", run, source, *options, "--out", "predictions.csv"],
    }
    completes = metric_of(row.metrics[pick.metric]).of == "completions"
    return shlex.join(map(str, ["genwright", *words["completions" if completes else pick.criterion]]))


def replay(results: Results, folder: str | Path) -> str:
    """The command that repeats a comparison, in Python if its data came from there."""
    out = comparison_folder(results, folder)
    if not results.data["source"]:
        return f"genwright.compare(data, replay={str(out)!r})"
    return shlex.join(["genwright", "compare", "--replay", str(out)])


def resume(results: Results, folder: str | Path) -> str:
    """The command that trains and measures a comparison further, in Python if its data came from there. Its folder
    says what else it was asked for."""
    data, out, (_, task) = results.data, comparison_folder(results, folder), registry.place(results.data["domain"])
    if not data["source"]:
        return f"genwright.compare(data, out={str(out)!r}, more_minutes={MORE_MINUTES})"
    words = ["genwright", "compare", data["source"], *as_typed(data["options"])]
    words += ["--task", task] if registry.predicts(task) else []
    words += ["--seed", results.seed] if results.seed else []  # by which the data are split
    return shlex.join(map(str, [*words, "--out", out, "--more-minutes", MORE_MINUTES]))
