"""Images that `search` and `misfits` find, shown as lines, as a table or as a page that holds the images."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from ..core.errors import DataError
from ..core.files import find_target, write_whole
from ..core.safe_text import visible
from ..kinds.images.image_files import opened
from ..kinds.images.pictures import to_pixels
from ..kinds.load import read_items
from ..kinds.raw import Read
from ..kinds.tables.write_table import suffix_of, table_parts
from ..run.image_index import index_path
from ..run.predictor import Predictor
from ..studies.report.page import environment

PAGE = ".html"


@dataclass(frozen=True)
class Found:
    """table: a row an image, best first, with its `name`. images: those images."""

    table: pd.DataFrame
    images: list[Image.Image]


def require_page(out: Path | None) -> None:
    """Raises DataError for a name that is neither a page's nor a table's."""
    if out is not None and out.suffix.lower() != PAGE and suffix_of(out) in (None, ".npz"):
        raise DataError(f"cannot write images to {out}: let its name end in .html or .csv")


def find_images(model: Predictor, run: Path, source: str, text: str, **options: int) -> Found:
    """The images of a source that a text describes best. options: of `Predictor.search`."""
    if Path(source).is_dir():
        table = model.search(source, text, index=index_path(run, source), **options)
        return Found(table, [_opened(Path(source) / name) for name in table["name"]])
    read = read_items(source, model.domain.reads, model.config["data"]["options"])
    return _called(model, read, model.search(read.items, text, **options))


def unfit(model: Predictor, source: str, **options: int) -> Found:
    """The images of a source whose captions fit worst. options: of `Predictor.misfits`."""
    read = read_items(source, model.domain.reads, model.config["data"]["options"])
    return _called(model, read, model.misfits(read.items, **options))


def show(found: Found, out: Path | None, title: str) -> None:
    """Print what was found, or write it to a page or a table."""
    rows = found.table.to_dict("records")
    if out is None:
        print("\n".join(visible("  ".join(map(_word, row.values()))) for row in rows))
        return
    out = find_target(out)
    if out.suffix.lower() == PAGE:
        lines = [list(map(_word, row.values())) for row in rows]
        write_whole(out, found_page(title, list(zip(found.images, lines, strict=True))).encode())
    else:
        write_whole(out, table_parts(found.table, out))
    print(visible(f"{len(rows):,} images: {out}"))


def _called(model: Predictor, read: Read, table: pd.DataFrame) -> Found:
    """The table with images called as they are in their source."""
    numbers, leaf = table["name"].to_numpy(int), model.domain.reads.spec.leaf
    pixels = to_pixels(np.asarray(read.items)[numbers], leaf.levels, int(leaf.width))
    images = [Image.fromarray(one.squeeze(-1) if one.shape[-1] == 1 else one) for one in pixels]
    return Found(table.assign(name=[read.places[i] for i in numbers]), images)


def _opened(file: Path) -> Image.Image:
    with opened(file) as image:
        return image.convert("RGB")


def _word(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


SIDE = 160  # pixels that an image has on the page at most


def found_page(title: str, found: Sequence[tuple[Image.Image, Sequence[str]]]) -> str:
    """found: images, each with lines about it."""
    shown = [(_source(image), lines) for image, lines in found]
    return environment().get_template("found.html.j2").render(title=title, found=shown, side=SIDE)


def _source(image: Image.Image) -> str:
    """The image as a data URI of a PNG."""
    small, file = image.copy(), io.BytesIO()
    small.thumbnail((SIDE, SIDE))
    small.save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
