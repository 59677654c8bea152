"""How often images of `shapes-edits` follow their instructions, by the rule that reads attributes off an image.

changed   the sample shows the attribute that the instruction asks for
kept      it shows the other three attributes of the image before; positions do not count
followed  both
"""

from collections.abc import Mapping

import numpy as np

from ...kinds.named.shapes import NO_VALUE, parse_instructions
from ..intervals import proportion
from ..metric import Metric
from .shapes_rule import REFERENCE, read_attributes


def measure(
    images: np.ndarray, given: Mapping[str, np.ndarray], training: Mapping[str, np.ndarray]
) -> dict[str, Metric]:
    """Shares of images (n, 32, 32, 3) uint8 that show the change ("changed"), that keep all else of the image before
    ("kept"), and that do both ("followed"); and the same shares of copies of the image before.

    Args:
        images: (n, 32, 32, 3) uint8.
        given: {"caption": (n,) instructions, "before": (n, 32, 32, 3) uint8}; without "before", `changed` alone.
        training: the same of training images, which this rule does not need.

    Raises DataError for a text that is no instruction.
    """
    asked = parse_instructions(given["caption"])
    shown = read_attributes(images)
    if "before" not in given:
        return {"changed": _share(_followed(shown, asked), "")}
    before = read_attributes(given["before"])
    of_copies = _hits(before, asked, before)
    return {
        name: _share(hits, f"copies of `before`: {of_copies[name].mean():.1%}")
        for name, hits in _hits(shown, asked, before).items()
    }


def _hits(shown: np.ndarray, asked: np.ndarray, before: np.ndarray) -> dict[str, np.ndarray]:
    """{score: (n,) bool} of attributes (n, 4)."""
    changed, kept = _followed(shown, asked), _followed(shown, np.where(asked == NO_VALUE, before, NO_VALUE))
    return {"changed": changed, "kept": kept, "followed": changed & kept}


def _followed(shown: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(n,) whether attributes (n, 4) are as wanted, wherever that is not NONE."""
    return ((shown == wanted) | (wanted == NO_VALUE)).all(1)


def _share(hits: np.ndarray, detail: str) -> Metric:
    value, se = proportion(hits)
    return Metric(value, se, "estimate", "samples", "of samples", len(hits), "higher", REFERENCE, detail, own=se)
