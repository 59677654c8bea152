"""Questions about images: at which side they shall be learned, and whether they are scans of text."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ....core.domain import Choice, Question
from .image_files import decode
from .pictures import LARGEST, MOST_NAMED, SMALLEST, fit_size

SHOWN_BY = {128: "detail", 64: "looks", 256: "fine detail", 32: "shape"}  # side: what it shows
GLANCE, FINE = 5, 512  # files that are looked at closely, and the side in pixels at which they are
LETTERS = 0.5  # share of the contrast of a text that a side keeps at which it can no longer be read
PAPER, INK = 0.6, (0.01, 0.4)  # shares of the pixels of a scan of text that are light, and that are dark


def ask_side(sizes: np.ndarray, side: int, named_side: int | None, files: Sequence[Path] = ()) -> list[Question]:
    """Asks at which side images shall be learned, where they are shrunk to less than they show, and whether they are
    scans of text.

    Args:
        sizes: (n, 2) width and height of the images.
        side: what they became.
        named_side: what a person named, who is not asked about the side.
        files: the images, of which a few, spread over all, are looked at closely.
    """
    own = int(np.median(sizes.min(1)))
    if own <= LARGEST:
        return []
    greys = [grey for file in files[:: max(1, -(-len(files) // GLANCE))] if (grey := _grey(file)) is not None]
    questions = _ask_text(greys, side)
    if named_side is not None:
        return questions
    choices = {size: shown for size, shown in SHOWN_BY.items() if size <= min(own, MOST_NAMED)}
    words = [f"{size} shows {shown}{_say_kept(greys, size)}" for size, shown in sorted(choices.items())]
    text = (
        f"The images have about {own:,} pixels a side and become {side} x {side}: {', '.join(words)}. Is detail needed?"
    )
    return [*questions, Question(text, tuple(_choose(size, shown) for size, shown in choices.items()))]


def _choose(side: int, shown: str) -> Choice:
    cost = f", and a training step takes about {(side // 32) ** 2} times as long as at 32" if side > 32 else ""
    return Choice(
        f"{shown} ({side} pixels)", {"side": side}, f"genwright reads the data anew with --side {side}{cost}."
    )


def _say_kept(greys: Sequence[np.ndarray], side: int) -> str:
    """The share of contrast that a side keeps, where files were looked at."""
    return f" ({np.mean([kept_contrast(grey, side) for grey in greys]):.0%} of the contrast)" if greys else ""


def _ask_text(greys: Sequence[np.ndarray], side: int) -> list[Question]:
    """Whether most of the images (FINE, FINE) are text that cannot be read at a side."""
    texts = sum(looks_like_text(grey) and kept_contrast(grey, side) < LETTERS for grey in greys)
    if not texts or texts * 2 <= len(greys):
        return []
    return [
        Question(
            f"{texts} of {len(greys)} files that were looked at closely look like scans of text, and at {side} x "
            f"{side} no letter can be read. To learn what they say, read them with OCR, such as tesseract, and give "
            "genwright the lines"
        )
    ]


def _grey(file: Path) -> np.ndarray | None:
    """(side, side) 0 to 255, of at most FINE pixels; None of a file that is deep or small."""
    page = decode(file, FINE, SMALLEST)
    if page.bits or min(page.size) <= LARGEST:
        return None
    return page.pixels.mean(2)


def looks_like_text(grey: np.ndarray) -> bool:
    """Whether an image (H, W) from 0 to 255 is mostly light, with a little that is dark, as ink on paper is."""
    dark, light = np.quantile(grey, (0.005, 0.8))
    if light - dark < 60:
        return False
    share = (grey - dark) / (light - dark)
    return (share > 0.75).mean() >= PAPER and INK[0] <= (share < 0.5).mean() <= INK[1]


def kept_contrast(grey: np.ndarray, side: int) -> float:
    """The share of the variance of an image (H, W) that is left once it is shrunk to a side and enlarged again."""
    image = Image.fromarray(grey.astype(np.float32))
    back = np.asarray(fit_size(fit_size(image, side, side), *grey.shape))
    return max(0.0, 1 - float(np.square(grey - back).mean() / max(grey.var(), 1e-6)))
