"""Check that a run matches images of another run with texts."""

from typing import Any

from ..core.errors import DataError
from .predictor import Predictor
from .trained_model import TrainedModel


def require_matching(run: Any, images: Any, called: str) -> Predictor:
    """The run, where it matches images of such a domain with texts. called: it, in errors. Raises DataError where it
    does not."""
    if not (isinstance(run, Predictor) and run.has("search")):
        what = f"{run.config['family']} of {run.config['data']['name']}" if isinstance(run, TrainedModel) else run
        raise DataError(
            f"{called} is {what}, which matches no images with texts: fit one on the same images with --task match"
        )
    here, there = _form(images), _form(run.domain.reads)
    if here != there:
        raise DataError(f"{called} matches {there}, and these are {here}: fit one on the same images with --task match")
    return run


def _form(images: Any) -> str:
    """Size, colours and levels of a domain of images, as words for errors."""
    height, width, channels = images.size
    return f"{height} x {width} {'grey' if channels == 1 else 'colour'} images of {images.spec.leaf.levels} levels"
