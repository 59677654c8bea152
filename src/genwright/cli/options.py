"""Arguments and options that several commands share; those of data stand in `genwright.data.option`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..data.option import GRAPHS

BUDGET, FOLDER, TRAINING = "Budget (choose one)", "Folder", "Training"

DATA_HELP = (
    "A name (digits, penguins, cora), a folder, or a file: .csv, .parquet, .xlsx, .npz, .txt, .smi, .sdf, .wav, .mid, "
    "an edge list (docs/data.md)."
)
DataArgument = Annotated[str | None, typer.Argument(metavar="DATA", help=DATA_HELP)]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a trained model.")]
Task = Annotated[
    str | None,
    typer.Option(
        metavar="TASK", rich_help_panel=GRAPHS, help="What to learn on a graph, such as nodes (see `genwright list`)."
    ),
]
Given = Annotated[
    list[str] | None,
    typer.Option(
        "--given",
        metavar="NAME=VALUE",
        help='Draw from p(x | given): --given label=3, caption="red heart", caption=@prompts.txt (a prompt a line), '
        "before=photo.png, or low=FOLDER of pictures to enlarge. Repeat for more.",
    ),
]
Seed = Annotated[int | None, typer.Option(metavar="NUMBER", help="Seed of the split, weights and every draw (0).")]
DrawSeed = Annotated[int | None, typer.Option(metavar="NUMBER", help="The same seed gives the same items.")]
Device = Annotated[
    str,
    typer.Option(
        metavar="auto|cpu|cuda",
        show_default=False,
        help="A GPU if there is one (auto), cpu or cuda. Resumed runs keep it.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only what was written.")]
