"""Pictures of samples in a run folder while its model trains.

previews/000010000.png   what the model drew after 10,000 items: always from the same noise, and given the same
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass
class Drawing:
    """Draws n samples of a model that trains, always from the same noise and given the same.

    Args:
        model: the model as it stands when it is asked for.
        given: (n, G) conditions of the samples, None for none.
        folder: the run folder.
        say: is told why a preview was left out, the first time.
    """

    model: Callable[[], Model]
    n: int
    given: Tensor | None
    seed: int
    folder: Path
    say: Callable[[str], None]
    failed: bool = False

    def draw(self, count: int) -> None:
        """Write the picture after `count` items. Whatever stops a preview, training goes on."""
        try:
            now = self.model()
            with seeded(seed_of("previews", self.seed), now.device):
                png = png_of(now, now.sample(self.n, self.given, self.seed))
            write_whole(self.folder / PREVIEWS / f"{count:09}.png", png)
        except Exception as error:
            if not self.failed:
                self.say(f"no preview after {count:,} items: {error}")
            self.failed = True


def previews_of(
    model: Callable[[], Model], n: int, given: Tensor, seed: int, folder: Path, say: Callable[[str], None]
) -> Previews:
    """Previews of n samples, given what some of the training items are, (items, G); other arguments as in `Drawing`."""
    few = given[torch.linspace(0, len(given) - 1, n).long()] if given.shape[1] else None
    return Previews(Drawing(model, n, few, seed, folder, say).draw)


def png_of(model: Model, items: UserItems, note: str = "") -> bytes:
    """Items as a person looks at them: images pixel by pixel on one sheet, all others, and images with captions, as the
    report draws them. note: the command that makes the items again, which the file carries."""
    pixels = model.domain.pixels(items)
    if pixels is None:
        return png_of_figure(registry.suite_class(model).drawing(model.domain, items), note)
    return png_of_pixels(pixels, note)


def png_of_pixels(pixels: np.ndarray, note: str = "") -> bytes:
    """pixels: (H, W), or (H, W, C), 0 to 255."""
    file, told = io.BytesIO(), PngInfo()
    if note:
        told.add_text("genwright", note)
    Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels).save(file, "png", pnginfo=told)
    return file.getvalue()


def png_of_figure(figure: Figure, note: str = "") -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=SCALE, metadata={"genwright": note} if note else None)
    return file.getvalue()
