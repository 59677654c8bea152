"""The keywords of `design`. Loads nothing heavy, since the options of the command line are made of them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict


class DesignOptions(TypedDict, total=False):
    """The keywords of `design`, which says more of each. Those with a line are options of the command line too.

    Args:
        out: Folder (runs/design-DATA). Resumes or extends a design there.

    Goal:
        score (FILE|COMMAND|RUN:PROPERTY): A .py file with score(smiles), a command, or a predicted property. Higher is
            better.
        lower (--lower/--higher): Which predictions of a RUN are better.
        want (WISH): Such as "qed>=0.8" or "weight=300..350".
        like (DATA): Molecules to be similar to.
        similar: Least Tanimoto similarity to --like.
        keep (SMILES): Scaffold to keep, such as [*:1]c1ccccc1.
        ask (NUMBER): Molecules to measure, in place of --score.
        tell (CSV): Measurements: columns smiles and score.

    Search:
        family (NAMES): Families, with commas between them (genetic).
        calls (NUMBER): Molecules to score, for each search (10000).
        minutes: Minutes of each search.
        seed (NUMBER): Seed of the first search (0).
        seeds (NUMBER): Seeds of each family (1).
        batch (NUMBER): Molecules scored at once (64; genetic: 5).
        score_seconds: Seconds that the score may take for a batch (60).
        diverse: Let at most 25 molecules of a scaffold count.
        prior (RUN): String model that reinvent and the like begin with.
        prior_minutes: Without --prior: minutes to train one (10).

    Limits:
        elements (SYMBOLS): Further elements, such as B,Si; any for all.
        smarts (FILE): Your own alerts, a SMARTS and its name in each line: no design holds one.
    """

    score: str | Path | Callable[[list[str]], Sequence[float]] | None
    lower: bool | None
    want: str | Sequence[str]
    family: str | Sequence[str]
    calls: int | None
    minutes: float | None
    out: str | Path | None
    seed: int
    seeds: int
    batch: int | None
    score_seconds: float
    like: object
    similar: float
    keep: str
    elements: str | Sequence[str]
    rings: tuple[int, int] | None
    atoms: int | None
    filters: bool
    smarts: str | Path | None
    diverse: bool
    prior: str | Path | None
    prior_minutes: float
    ask: int | None
    tell: object
    progress: bool
