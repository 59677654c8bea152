"""The keywords of `screen`. Loads nothing heavy, since the options of the command line are made of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict


class ScreenOptions(TypedDict, total=False):
    """The keywords of `screen`, which says more of each. Those with a line are options of the command line too.

    Args:
        actives (FILE): Known actives alone: a .smi, a table with SMILES or an .sdf.
        by (similarity|one-class|decoys): With --actives: how molecules rank (similarity).
        assay (FILE): Table with measured values, on which a model is trained.
        target (COLUMN): With --assay or --run: the column that ranks.
        positive (WORD): The class of the column that is sought, where its word does not say so.
        lower (--lower/--higher): Whether smaller or larger numbers of the column are better (larger).
        run (RUN): Folder of a trained model of properties.
        top (N): Best molecules in top.sdf (100).
        without (NAME): Leave out what fails pains, mcf, charges, elements, rings, smarts or a flag (repeatable).
        smarts (FILE): Your own alerts, a SMARTS and its name in each line; --without smarts leaves them out.
        new (SIMILARITY): Leave out molecules more similar to a measured one, such as 0.4.
        flags (--flag, NAME=RUN): Column of warnings by another model: toxicity=RUN (repeatable).

    Training:
        family (FAMILY): With --assay: family to train (dmpnn).
        minutes: With --assay: minutes of training (2).

    Folder:
        out: Folder (hits). Resumes a screen there.
    """

    actives: object
    by: str
    assay: object
    target: str | None
    positive: str | None
    lower: bool | None
    run: str | Path | None
    family: str | None
    minutes: float
    top: int
    without: Sequence[str]
    smarts: str | Path | None
    new: float | None
    flags: Mapping[str, str | Path] | None
    out: str | Path
    seed: int
    progress: bool
