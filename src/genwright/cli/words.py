"""What a model writes about images: `genwright caption`, `genwright answer`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ..core.safe_text import visible
from .arguments import about, count_items, open_model, read_for, table_place
from .options import Device, Images, Run
from .parser import OPTIONS, Keywords, Shown

if TYPE_CHECKING:
    import pandas as pd

    from ..core.type_names import UserItems
    from ..run.model import Model

ROWS_SHOWN = 5  # rows of a table
CAPTION = Keywords("run.words:Writing.caption", {OPTIONS: "n seed"}, shown={"n": Shown(least=1)})


def caption(
    run: Run,
    data: Images,
    *,
    options: Annotated[dict, CAPTION],
    out: Path | None = None,
    device: Device = "auto",
) -> None:
    """Write captions of images.

    The table has the form that `genwright fit` reads: put it beside the images, correct it, and train again.

    Example: genwright caption runs/words photos --out photos/metadata.csv

    Args:
        out: Output table with file_name, text and nats. Default: a new captions.csv. An existing file is overwritten,
            with a message.
    """

    def write(model: "Model", items: "UserItems", names: list[str]) -> "pd.DataFrame":
        told = model.caption(items, **options)
        columns = {"file_name": [names[i] for i in told["image"]], "text": told["caption"], "nats": told["nats"]}
        return told.assign(**columns)[list(columns)]

    _written(run, data, out, "captions", device, write)


def answer(run: Run, data: Images, question: list[str], *, out: Path | None = None, device: Device = "auto") -> None:
    """Answer questions about images.

    RUN must have been trained with questions: images whose table has the columns question and answer.

    Example: genwright answer runs/words photos "which colour?" --out answers.csv

    Args:
        question: One question or several, in words of training.
        out: Output table with file_name, question and answer. Default: a new answers.csv. An existing file is
            overwritten, with a message.
    """

    def write(model: "Model", items: "UserItems", names: list[str]) -> "pd.DataFrame":
        said = model.answer(items, question).assign(file_name=names)
        return said.melt("file_name", var_name="question", value_name="answer")

    _written(run, data, out, "answers", device, write)


def _written(run: Path, data: str, out: Path | None, what: str, device: str, write: Callable) -> None:
    """Write the table that `write(model, items, names)` makes of the images of a source, and show how it begins."""
    from ..core.files import write_whole
    from ..kinds.tables.write_table import table_parts

    out, over = table_place(out, f"{what}.csv", what)
    model = open_model(run, what.rstrip("s"), device)
    read = read_for(model, data)
    with about(data, read.places):
        table = write(model, read.items, [str(place) for place in read.places])
    write_whole(out, table_parts(table, out))
    for row in table.drop(columns="nats", errors="ignore").head(ROWS_SHOWN).itertuples(index=False):
        print(visible("  ".join(row)))
    print(visible(f"{what} of {count_items(len(read.items), 'image')}: {out}{over}"))
