"""A page of images that were found, each above what is said of it; one file, with the images in it."""

import base64
import io
from collections.abc import Sequence

from PIL import Image

from .report import environment

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
