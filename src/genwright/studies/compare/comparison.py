"""A finished comparison: its results, table and the model to pick; its picks in brief, as text and for a notebook."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from ...core.arguments import checked
from ...core.errors import DataError
from ...core.terminal import console
from ...run.model import Model
from ...run.open import load_model
from ...run.predictor import Predictor
from ..report.answer import Answer, answers
from ..report.glance import figure_of
from ..report.page import environment
from ..report.picks import NoPick, command, comparison_folder, picks
from ..report.pictures import preview
from ..report.records import Results
from ..report.results import find, format_number, path_of, read_comparison
from ..report.rules import count_nouns


def _columns(metrics: dict[str, dict]) -> dict[str, float | None]:
    return {key: v for name, m in metrics.items() for key, v in ((name, m["value"]), (f"{name} se", m["se"]))}


@dataclass(frozen=True)
class Comparison:
    """A finished comparison.

    Args:
        results: contents of results.json.
        folder: folder that holds results.json and the runs.
    """

    results: dict
    folder: Path

    @property
    def _record(self) -> Results:
        return Results.from_json(self.results)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A DataFrame with one row per family, then baselines and the reference: `<metric>` and `<metric> se`, seconds,
        sizes."""
        record, lines = self._record, {}
        for role, part in (("model", record.models), ("baseline", record.baselines)):
            for row in part:
                seconds = {f"seconds {name}": value for name, value in row.seconds.items()}
                sizes = {name: getattr(row, name) for name in ("memory", "parameters", "items", "error")}
                lines[row.family] = {"role": role, **_columns(row.metrics), **seconds, **sizes}
        if record.reference:
            lines["real"] = {"role": "reference", **_columns(record.reference.metrics)}
        return pd.DataFrame.from_dict(lines, orient="index").rename_axis("family")

    def __repr__(self) -> str:
        record, place = self._record, comparison_folder(self._record, self.folder)
        count = count_nouns(record.models, "family", "families")
        found = answers(record, self.folder)
        return "\n".join([f"Comparison of {count} on {record.data['name']}, in {place}", *map(_in_lines, found)])

    def _repr_html_(self) -> str:
        """HTML for a notebook: the answer for each purpose, its command and a few samples of the first."""
        record, page = self._record, comparison_folder(self._record, self.folder) / "report.html"
        found, template = answers(record, self.folder), environment().get_template("brief.html.j2")
        row = find(record, found[0].family) if found and found[0].family else None
        shown_preview = preview(record, row, self.folder) if row else None
        title = f"{record.data['name']}: which model to pick"
        return template.render(title=title, answers=found, preview=shown_preview, page=page)

    def plot(self) -> Figure:
        """Returns a figure of all families: for each purpose, the number that ranks them, with 95% intervals. A
        notebook shows the figure once; pyplot does not know it.

        The pick is orange, a diamond is a simple baseline, and a hollow mark is not ranked. Raises DataError if nothing
        was measured."""
        return figure_of(self._record)

    def best(self, criterion: str) -> Model | Predictor:
        """The model with the best number for a purpose.

        Simple baselines take part, copies of the training data do not. Messages on stderr say if the number does not
        settle the choice, if the model was barely trained, or if many of its samples are bad.

        Args:
            criterion: "density", "samples" or "codes"; for predictors, "labels".

        Raises DataError if there is no pick for the purpose yet.
        """
        pick = next((pick for pick in picks(self._record) if pick.criterion == criterion), None)
        if pick is None:
            purposes = ", ".join(self._record.metrics["headline"])
            raise DataError(f"nothing was measured for {criterion!r}: choose one of {purposes}")
        if isinstance(pick, NoPick):
            raise DataError(f"{pick.sentence.rstrip('.')}: go on with `{command(self._record, pick, self.folder)}`")
        say = console(stderr=True).print
        if pick.warning:
            say(f"{pick.family} {pick.warning}: it is barely trained")
        if pick.fact:
            say(f"{pick.family}: {pick.fact}")
        if pick.tied:
            both = (pick.family, pick.tied[0])
            a, b = (f"{f} {format_number(find(self._record, f).metrics[pick.metric])}" for f in both)
            say(f"{a}, {b}: too close to call; using {pick.family}" + (f", as {pick.decided}" if pick.decided else ""))
        return load_model(self.folder / find(self._record, pick.family).folder)


def _in_lines(answer: Answer) -> str:
    """An answer as indented text: verdict, facts and reason; the command only where there is no pick to open."""
    facts = [f"    {chip.sign} {chip.label}: {chip.text}" for chip in answer.chips]
    lines = [f"  {answer.purpose}: {answer.verdict}", *facts, f"    {answer.reason}"]
    lines += [f"    {answer.warning}"] if answer.warning else []
    return "\n".join(lines if answer.family else [*lines, f"    To resume: {answer.command}"])


@checked
def load_comparison(folder: str | Path) -> Comparison:
    """Open a finished comparison: its results, table and models.

    Args:
        folder: folder of the comparison, or its results.json.

    Raises RunError if it holds none.
    """
    path = path_of(folder)
    return Comparison(read_comparison(path).to_json(), path.parent)
