"""A comparison in brief: the picks, as text and as a part of a notebook."""

from pathlib import Path

from .picks import Pick
from .records import Results
from .report import environment, picked
from .results import find, shown, title
from .rules import listed
from .take import command, comparison_folder, in_order

TIED = 3  # families that are named


def text(results: Results, folder: Path) -> str:
    """A line a purpose."""
    data, count, place = results.data["name"], len(results.models), comparison_folder(results, folder)
    head = f"Comparison of {count} {'family' if count == 1 else 'families'} on {data}, in {place}"
    return "\n".join([head, *(f"  {pick.purpose}: {_line(results, pick, folder)}" for pick in in_order(results))])


def _line(results: Results, pick: Pick, folder: Path) -> str:
    if pick.family is None:
        return f"{pick.reason.rstrip('.')}; to resume: {command(results, pick, folder)}"
    number = shown(find(results, pick.family).metrics[pick.metric])
    more = [f"{len(pick.tied) - TIED} more"] if len(pick.tied) > TIED else []
    tied = f"; tied with {listed([*pick.tied[:TIED], *more])}" if pick.tied else ""
    decided = f", but {pick.decided}" if pick.decided else ""
    warning = f", which {pick.warning}" if pick.warning else ""
    lead = "" if pick.settled else "no winner yet, in the lead: "
    return f"{lead}{pick.family} ({title(results, pick.metric)} {number}){warning}{tied}{decided}"


def html(results: Results, folder: Path) -> str:
    """The first screen of the report, in small, with no style but its own."""
    name = f"{results.data['name']}: which model to pick"
    page = comparison_folder(results, folder) / "report.html"
    return environment().get_template("brief.html.j2").render(title=name, picks=picked(results, folder), page=page)
