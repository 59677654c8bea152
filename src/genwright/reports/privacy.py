"""What the results say of privacy: whether samples give training items away. Rules as in the advice, over two numbers:
how near samples lie to training items (`memorisation`) and how many equal one (`copies`)."""

from __future__ import annotations

from collections.abc import Iterator

from .results import COPY, is_copy, metric_of, rows, shown
from .rules import Rule, listed, speak

NUMBERS = ("memorisation", "copies")
PAIRS = "nearest to training"  # in the caption of drawings that show training items


def privacy(results: dict) -> list[str]:
    """The sentences for a report; none where no family was measured."""
    return speak(RULES, results)


def signs(results: dict, row: dict) -> list[str]:
    """Why the samples of a row must be taken for copies, in words; empty where nothing says so."""
    found = []
    ratio, copies = (metric_of(row["metrics"].get(name)) for name in NUMBERS)
    fresh = _fresh(results)
    if is_copy(row):
        found.append(f"they lie {ratio.value:.2f} times as far from the nearest training item as fresh real items do")
    if copies and fresh and copies.value > fresh.value and copies.parts_from(fresh):
        found.append(f"{_percent(copies.value)} of them equal one, where {_percent(fresh.value)} of fresh items would")
    return found


def giving_away(results: dict) -> Iterator[dict]:
    for row in rows(results):
        if reasons := signs(results, row):
            yield {"family": row["family"], "reasons": listed(reasons)}


def no_sign(results: dict) -> Iterator[dict]:
    """Trained families that were measured and show nothing, all in one sentence."""
    clear = [row for row in _trained(results) if _numbers(row) and not signs(results, row) and not _near(row)]
    if not clear:
        return
    ratios, copies = ([m.value for row in clear if (m := metric_of(row["metrics"].get(name)))] for name in NUMBERS)
    said = []
    if ratios:
        low, high = f"{min(ratios):.2f}", f"{max(ratios):.2f}"
        span = low if low == high else f"{low} to {high}"
        said.append(f"they lie {span} times as far from the nearest training item as fresh real items do")
    if copies:
        fresh = _fresh(results)
        beside = f", where {_percent(fresh.value)} of fresh items would" if fresh else ""
        said.append(f"{'at most ' if len(clear) > 1 else ''}{_percent(max(copies))} of them equal one{beside}")
    yield {"families": listed([row["family"] for row in clear]), "numbers": listed(said)}


def unsettled(results: dict) -> Iterator[dict]:
    """Trained families whose samples lie as near as copies do, by no more than the error."""
    for row in _trained(results):
        if _near(row) and not signs(results, row):
            yield {"family": row["family"], "ratio": shown(row["metrics"]["memorisation"])}


def unmeasured(results: dict) -> Iterator[dict]:
    families = [row["family"] for row in _trained(results) if not _numbers(row)]
    if families:
        yield {"families": listed(families)}


def limits(results: dict) -> Iterator[dict]:
    if any(_numbers(row) for row in rows(results)):
        yield {}


def pairs(results: dict) -> Iterator[dict]:
    if any(PAIRS in caption for row in rows(results) for caption in row["drawings"]):
        yield {}


def _trained(results: dict) -> list[dict]:
    return [row for row in rows(results) if row in results["models"]]


def _near(row: dict) -> bool:
    ratio = metric_of(row["metrics"].get("memorisation"))
    return ratio is not None and ratio.value < COPY


def _numbers(row: dict) -> bool:
    return any(metric_of(row["metrics"].get(name)) for name in NUMBERS)


def _fresh(results: dict):
    """The share of fresh real items that would equal a training item."""
    return metric_of((results["reference"] or {"metrics": {}})["metrics"].get("copies"))


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.1 else f"{100 * share:.2g}%"


RULES = (
    Rule("giving away", giving_away, "Samples of {family} give training items away: {reasons}."),
    Rule("no sign", no_sign, "Samples of {families} show no sign of copying: {numbers}."),
    Rule(
        "unsettled",
        unsettled,
        "Whether {family} copies is not settled: its samples lie {ratio} times as far from the nearest training item "
        "as fresh real items do. Measure more of them before calling them private.",
    ),
    Rule("unmeasured", unmeasured, "Of {families} copying was not measured: do not call the samples private."),
    Rule(
        "limits",
        limits,
        "This is no guarantee. These numbers speak of the typical sample; a single one may still lie near a training "
        "item, and rare items are at most risk.",
    ),
    Rule(
        "pairs",
        pairs,
        "This page shows training items, each beside the sample nearest to it: mind to whom you send it.",
    ),
)
