"""Verbs of the worker on images and words: draws of a caption, guided, a search by a text, captions and answers."""

import numpy as np

from ..core.errors import DataError, Unsupported
from ..kinds.images.pictures import Pictures
from ..run.model import Model
from ..run.predictor import Predictor
from ..run.tasks import training_data_if_there
from ..run.trained_model import TrainedModel
from .touch import opened, sheet_of, trained, verb


@verb
def guided_samples(
    run: str, n: int, seed: int, given: dict[str, str], guidance: float | None, against: dict[str, str], note: str
) -> bytes:
    """PNG of n samples of a condition. guidance: None samples as the model was trained. against: a condition that
    guidance steers away from, {} for none."""
    model = opened(run).model
    chosen = {} if guidance is None else {"guidance": guidance}
    chosen |= {"against": against} if against else {}
    return sheet_of(model.sample(n, given or None, seed=seed, **chosen), model.domain, note)


@verb
def sampling_options_of(run: str) -> list[str]:
    """Names of the options that `sample` of a model takes."""
    return [option.name for option in opened(run).model.sample_options]


@verb
def search_images(run: str, text: str, n: int, note: str) -> dict:
    """{"png": the n test images that a text describes best, the best first, "scores": cosines}."""
    model = trained(run)
    if not (isinstance(model, Predictor) and model.has("search")):
        raise Unsupported(f"{run} matches no images with texts: choose a run of the task match")
    images = _test_images(model)
    found = model.search(images, text, n=n)
    picked = np.asarray(images)[found["name"].to_numpy(int)]
    return {"png": sheet_of(picked, model.domain.reads, note), "scores": [round(float(s), 3) for s in found["score"]]}


@verb
def read_images(run: str, question: str, n: int, seed: int, note: str) -> dict:
    """{"png": n test images by chance, "captions": one of each, "answers": one of each, [] without a question}."""
    model = trained(run)
    if not (isinstance(model, Model) and model.has("caption")):
        raise Unsupported(f"{run} writes no captions: choose a run of words-and-images")
    images = np.asarray(_test_images(model))
    picked = images[np.random.default_rng(seed).permutation(len(images))[:n]]
    answers = list(model.answer(picked, question)[question]) if question else []
    captions = list(model.caption(picked)["caption"])
    return {"png": sheet_of(picked, model.domain, note), "captions": captions, "answers": answers}


def _test_images(model: TrainedModel) -> Pictures:
    if (data := training_data_if_there(model)) is None:
        raise DataError("the images that this run learned from are not found: put them back where they were")
    return data.test
