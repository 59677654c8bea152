"""screen: a library and what is known in, a ranked list that says what to buy out. Loads nothing heavy, since the
command line takes its options from this signature."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.arguments import checked, make_value

if TYPE_CHECKING:
    from .screen import Screened


@checked
def screen(
    library: object,
    *,
    actives: object = None,
    by: str = "similarity",
    assay: object = None,
    target: str | None = None,
    positive: str | None = None,
    lower: bool | None = None,
    run: str | Path | None = None,
    family: str | None = None,
    minutes: float = 2.0,
    top: int = 100,
    without: Sequence[str] = (),
    smarts: str | Path | None = None,
    new: float | None = None,
    flags: Mapping[str, str | Path] | None = None,
    out: str | Path = "hits",
    seed: int = 0,
    progress: bool = True,
) -> "Screened":
    """Rank the molecules of a library by how likely they are to be active, and say what to buy and how deep.

    Name one of three things that are known: `actives`, an `assay`, or a `run`. If the target is a number, larger is
    better, unless lower=True. Two words that do not say which is sought, and a number whose name suggests that less is
    better (IC50, "Ki (nM)"), need `positive` or `lower`. Molecules that were measured already are left out, and so are
    their salts and stereoisomers.

    Args:
        library: A file of molecules of any length, or a list of SMILES.
        actives: Known actives alone: a .smi, a table with SMILES or an .sdf. In Python also a list of SMILES.
        by: With `actives`: how molecules rank. "similarity" to the nearest active; "one-class", a density over all
            actives; "decoys", a model that tells them from molecules of the library.
        assay: Table with measured values, on which a model is trained.
        target: With `assay` or `run`: the column that ranks.
        positive: The class of the column that is sought, where its word does not say so. Its probability ranks.
            "active" of active and inactive says so.
        lower: Whether smaller or larger numbers of the column are better (larger).
        run: Folder of a trained model of properties.
        family: With `assay`: family to train (dmpnn).
        minutes: With `assay`: minutes of training.
        top: Best molecules in top.sdf. The result holds as many.
        without: Leave out what fails pains, mcf, charges, elements, rings, smarts or a flag.
        smarts: File of your own alerts, a SMARTS and its name in each line; the filter "smarts" leaves them out.
        new: Leave out molecules more similar to a measured one, such as 0.4.
        flags: Columns of warnings by other models, such as toxicity=RUN. A warning leaves nothing out by itself.
        out: Folder. The same call resumes there, and ends with the same ranked.csv.
        seed: Seed of all random numbers.
        progress: As in `design`.

    Raises DataError for a library, actives, an assay or options that cannot be used, BudgetError for a number that
    makes no sense, RunError where the folder holds something else or a run cannot be opened.
    """
    options = locals()
    from ..chemistry.drawings import require_drawing
    from .plan import ScreenPlan
    from .screen import run_screen

    require_drawing()
    return run_screen(library, make_value(ScreenPlan, options))
