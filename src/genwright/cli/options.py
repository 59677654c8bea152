"""Arguments and options that several commands share; those of data stand in `genwright.data.option`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..data.option import GRAPHS

BUDGET, FOLDER, TRAINING = "Budget (choose one)", "Folder", "Training"

DATA_HELP = "A name (digits), a folder, or a file: .csv, .npz, .txt, .smi, .wav (docs/data.md)."
DataArgument = Annotated[str | None, typer.Argument(metavar="DATA", help=DATA_HELP)]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a trained model.")]
Task = Annotated[
    str | None,
    typer.Option(
        metavar="TASK",
        rich_help_panel=GRAPHS,
        help="Task on a graph, or match: images with texts (see `genwright list`).",
    ),
]
Given = Annotated[
    list[str] | None,
    typer.Option(
        "--given",
        metavar="NAME=VALUE",
        help='Condition the samples: --given label=3, caption="red heart", caption=@prompts.txt (one prompt per line), '
        "before=photo.png, or low=FOLDER of images to enlarge (repeatable).",
    ),
]
Seed = Annotated[
    int | None, typer.Option(metavar="NUMBER", help="Seed of the split, the weights and all sampling (0).")
]
DrawSeed = Annotated[int | None, typer.Option(metavar="NUMBER", help="Seed; the same seed gives the same items.")]
Device = Annotated[
    str,
    typer.Option(
        metavar="auto|cpu|cuda",
        show_default=False,
        help="auto (a GPU if any), cpu or cuda; kept on resume.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only what was written.")]
