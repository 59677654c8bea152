"""Pictures of samples in a run folder while its model trains.

previews/000010000.png   what the model drew after 10,000 items: always from the same noise, and given the same
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from ..core.draws import seeded
from ..core.files import write_whole
from ..core.folder import PREVIEWS
from ..core.seeds import seed_of
from ..core.type_names import UserItems
from ..training.progress import Previews
from ..zoo import registry

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .model import Model

SCALE = 110  # pixels an inch of a figure


def previews_of(
    model: "Callable[[], Model]", n: int, given: Tensor, seed: int, folder: Path, say: Callable[[str], None]
) -> Previews:
    """Pictures of samples of a model that trains, always from the same noise and given the same. Whatever stops a
    picture, training goes on.

    Args:
        model: The model as it stands when it is asked for.
        n: Number of samples.
        given: (items, G) conditions of the training items, of which some are given.
        seed: Seed of the run.
        folder: The run folder.
        say: Called with a sentence that says why a picture was left out, the first time.
    """
    conditions = given[torch.linspace(0, len(given) - 1, n).long()] if given.shape[1] else None
    failures = []

    def draw(count: int) -> None:
        try:
            now = model()
            with seeded(seed_of("previews", seed), now.device):
                png = png_of(now, now.sample(n, conditions, seed=seed))
            write_whole(folder / PREVIEWS / f"{count:09}.png", png)
        except Exception as error:
            if not failures:
                say(f"no preview after {count:,} items: {error}")
            failures.append(error)

    return Previews(draw)


def png_of(model: "Model", items: UserItems, note: str = "") -> bytes:
    """Returns items as a person looks at them: images pixel by pixel on one sheet, all others, and images with
    captions, as the report draws them.

    Args:
        model: The trained model.
        items: Items in the user's form.
        note: the command that makes the items again, which the file carries.
    """
    pixels = model.domain.pixels(items)
    if pixels is None:
        return png_of_figure(registry.suite_class(model).drawing(model.domain, items), note)
    return png_of_pixels(pixels, note)


def png_of_pixels(pixels: np.ndarray, note: str = "") -> bytes:
    """Encodes pixels as a PNG.

    Args:
        pixels: (H, W), or (H, W, C), 0 to 255.
    """
    file, metadata = io.BytesIO(), PngInfo()
    if note:
        metadata.add_text("genwright", note)
    Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels).save(file, "png", pnginfo=metadata)
    return file.getvalue()


def png_of_figure(figure: "Figure", note: str = "") -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=SCALE, metadata={"genwright": note} if note else None)
    return file.getvalue()
