"""design: start molecules and a goal in, the best molecules out. Loads nothing heavy, since the command line takes its
options from this signature."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.arguments import checked, defaults_of, make_value

if TYPE_CHECKING:
    from .plan import DesignPlan
    from .result import Designed


@checked
def design(
    data: object,
    *,
    score: str | Path | Callable[[list[str]], Sequence[float]] | None = None,
    lower: bool | None = None,
    want: str | Sequence[str] = (),
    calls: int | None = None,
    minutes: float | None = None,
    family: str | Sequence[str] = "genetic",
    out: str | Path | None = None,
    seed: int = 0,
    seeds: int = 1,
    batch: int | None = None,
    score_seconds: float = 60.0,
    like: object = None,
    similar: float = 0.0,
    keep: str = "",
    elements: str | Sequence[str] = (),
    rings: tuple[int, int] | None = (4, 7),
    atoms: int | None = 38,
    filters: bool = True,
    smarts: str | Path | None = None,
    diverse: bool = False,
    prior: str | Path | None = None,
    prior_minutes: float = 10.0,
    ask: int | None = None,
    tell: object = None,
    progress: bool = True,
) -> "Designed":
    """Design molecules that score high, beginning with those of `data`.

    A design has a `score`, wishes, or a laboratory (`ask`, `tell`). If there are a score and wishes, one wish must be
    about the score: "score>=8+-2".

    Args:
        data: Molecules to start from: SMILES, a path, or a name.
        score: A .py file with score(smiles), a command, or a predicted property as RUN:PROPERTY; higher is better. The
            file has a function `score(smiles: list[str]) -> list[float]`; a command reads and writes lines of JSON; NaN
            or None means that a molecule could not be scored. Both run in a process of their own. A function of yours
            runs in this process, without a limit of time.
        lower: Whether smaller predictions of a RUN are better. By default its name or word says it.
        want: Wishes such as "qed>=0.8" or "weight=300..350". Others are "tpsa=70+-10" or "2*runs/assay:active>=0.9".
        calls: Molecules to score, for each search (10,000, unless `minutes` are named). They are different ones; a
            search is one family with one seed.
        minutes: Minutes of each search. With `calls`, whichever ends first.
        family: Families of designs, one or several.
        out: Folder (runs/design-DATA). The same call again resumes a search that was stopped, and makes no recorded
            call again; more calls or families extend it.
        seed: Seed of the first search.
        seeds: Seeds of each family, from `seed` on.
        batch: Molecules scored at once (64; genetic: 5). For `genetic` also the children of a generation.
        score_seconds: Seconds that the score may take for a batch, of a file or a command.
        like: Molecules to be similar to.
        similar: Least Tanimoto similarity to `like`.
        keep: Scaffold to keep, such as [*:1]c1ccccc1.
        elements: Further elements, such as B,Si; any for all.
        rings: Sizes of rings, the smallest and the largest. None (in commands: off) allows all.
        atoms: Most heavy atoms. None (in commands: off) allows any number.
        filters: Whether molecules must pass MOSES' filters.
        smarts: File of your own alerts, a SMARTS and its name in each line: no design holds one.
        diverse: Let at most 25 molecules of a scaffold count.
        prior: Run of a string model that reinvent and the like begin with. By default one trains on the start
            molecules.
        prior_minutes: Without `prior`: minutes to train one.
        ask: Molecules to measure, in place of `score`. They are written to ask.csv, for a laboratory.
        tell: Measurements of a laboratory: a table with the columns smiles and score.
        progress: Whether bars are shown.

    Raises DataError for data or a score that cannot be used, GivenError for wishes that cannot be met, BudgetError for
    a budget that makes no sense, RunError where `out` holds another design, and TrainingFailed after 20 molecules in a
    row that could not be scored.
    """
    options = locals()
    from ..chemistry.drawings import require_drawing
    from .loop import run_design
    from .plan import read_start

    require_drawing()
    return run_design(read_start(data), plan_design(**options))


DEFAULTS = defaults_of(design)


def plan_design(**options: object) -> "DesignPlan":
    """Returns the plan of a call of `design` with these arguments."""
    from .plan import DesignPlan

    return make_value(DesignPlan, DEFAULTS | options)
