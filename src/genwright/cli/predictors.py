"""Predictors: `genwright predict`, `search` and `misfits`."""

from pathlib import Path

from ..core.errors import DataError
from ..core.visible import visible
from ..zoo import registry
from .options import SheetOptions, ToReadOptions
from .outputs import table_place
from .reading import (
    about,
    is_predictor,
    matches_texts,
    of_items_that_fit,
    open_model,
    read_asked,
    require_no_graph,
    say,
)


def predict(
    run: Path,
    data: str,
    *,
    out: Path | None = None,
    among: list[str] | None = None,
    options: ToReadOptions,
    sheet: SheetOptions,
    descriptors: Path | None = None,
    device: str = "auto",
) -> None:
    """Predict labels or numbers.

    DATA: molecules, images, or a graph (the training graph or another one).

    Items keep the order of DATA; files are sorted by name. To predict labels of images, train a semi-supervised-vae.

    Example: genwright predict runs/mine edges.csv --nodes nodes.csv --out predictions.csv

    Molecules: genwright predict runs/assay library.smi.gz

    Images: genwright predict runs/few photos/unlabelled

    Images and texts: genwright predict runs/match photos --among "a star" --among "a ring"

    Args:
        out: Output table, one row per item: label and probabilities, or a number. Default: a new predictions.csv. An
            existing file is overwritten, with a message.
        among (TEXT): Images matched with texts: a text to choose among (repeatable).
        descriptors (FILE): Table of descriptors, if training had one.
    """
    from ..core.files import write_whole
    from ..kinds.tables.write_table import table_parts
    from ..molecules.property_predictions import predict_file

    out, over = table_place(out, "predictions.csv", "predictions")
    model = open_model(run, "predict", device)
    if among and not matches_texts(model):
        raise DataError(f"{run} does not match images with texts: leave among out")
    predicts_properties = (model.config["kind"], model.config["task"]) == registry.PROPERTIES
    if predicts_properties:
        require_no_graph(options, run)
        with about(data):
            done = predict_file(model, data, out, descriptors, **sheet)
        say(done.notes)
        print(visible(f"{done.count:,} predicted: {done.paths[0]}{over}; columns explained in {done.paths[1]}"))
        return
    if descriptors is not None:
        raise DataError(f"{run} does not predict properties of molecules: leave descriptors out")
    with about(data):
        items, names = read_asked(model, data, options, sheet)
        if is_predictor(model):
            table = model.predict(items, **({"among": among} if among else {}))
            table = table.set_axis(names) if matches_texts(model) else table
        else:
            table, fits = of_items_that_fit(model, data, items, names, "prediction", model.predict)
            table = table.set_axis(fits.nonzero()[0]).reindex(range(len(fits))).set_axis(names)
    write_whole(out, table_parts(table, out, index_label="id"))
    print(visible(f"{len(table):,} predicted: {out}{over}"))


def search(run: Path, data: str, text: str, *, n: int = 12, out: Path | None = None, device: str = "auto") -> None:
    """Find the images that a text describes best.

    RUN must match images with texts (`genwright fit DATA --task match`).

    The run keeps an index of a folder, so later searches encode only images whose file changed.

    Example: genwright search runs/match photos "a red star" -n 12 --out found.html

    Args:
        data (DATA): A folder of images, or other images (docs/data.md).
        text (TEXT): Text that the images should match.
        n (NUMBER): Images to find.
        out: Output .html, a page with the images, or a table such as .csv. Default: lines on stdout.
    """
    from .matching import find_images, require_page, show

    require_page(out)
    model = open_model(run, "search", device)
    with about(data):
        show(find_images(model, run, data, text, n), out, text)


def misfits(run: Path, data: str, *, n: int = 12, out: Path | None = None, device: str = "auto") -> None:
    """List the images whose captions fit worst.

    Each comes with the caption of another image that fits better.

    Example: genwright misfits runs/match photos -n 50 --out misfits.html

    Args:
        data (DATA): Images with captions (docs/images.md).
        n (NUMBER): Images to list.
        out: Output .html, a page with the images, or a table such as .csv. Default: lines on stdout.
    """
    from .matching import require_page, show, unfit

    require_page(out)
    model = open_model(run, "misfits", device)
    with about(data):
        show(unfit(model, data, n), out, f"Captions of {data} that fit worst")
