"""The best of several draws (Ramesh 2021, section 2.6): of each image, the one that its caption describes best.

A run of the task `match` judges, by the cosine of the vectors of image and caption. It sees pixels and captions as a
person has them, so it may have been trained on other images of the same size.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor

from ..core.errors import GivenError, Unsupported
from ..core.sample_options import SampleOptions
from ..core.seeds import seed_of
from .matching import require_matching
from .predictor import Predictor
from .trained_model import digest_of


def best_of(
    model: Any, n: int, given: dict | Tensor | None, seed: int, options: SampleOptions, progress: bool = False
) -> Any:
    """n images as `Model.sample` returns them, each the best of `options.best_of` draws by `options.rerank`.

    The first draws have the seed, and the k-th others a seed that follows from it. So the first images of n are those
    of a shorter call, and those of a larger best_of fit no worse.
    """
    judge = _judge(options.rerank, model)
    texts, which = _captions(model, n, given)
    codes = judge.encode(texts)[which]

    def draw(seed: int) -> tuple[Any, np.ndarray]:
        images = model.sample(n, given, seed, options.of_each, progress=progress)
        return images, (judge.encode(np.asarray(images)) * codes).sum(1)

    best, scores = draw(seed)
    first = scores.mean()
    for turn in range(1, options.best_of):
        images, fits = draw(seed_of("best of", seed, turn))
        better = fits > scores
        best[better], scores[better] = images[better], fits[better]
    best.method = (
        f"best of {options.best_of} draws by {judge.config['family']} of {judge.config['data']['name']} "
        f"({digest_of(judge)[:8]}): mean cosine of image and caption {scores.mean():.3f}, and {first:.3f} of the first "
        "draws alone"
    )
    return best


def _judge(run: Any, model: Any) -> Predictor:
    """Raises Unsupported for a model without captions, DataError for what cannot judge its images."""
    if getattr(model.domain, "captions", None) is None:
        raise Unsupported(
            f"{model.config['family']} was trained without captions, so no draw fits one better: leave best_of and "
            "rerank out"
        )
    return require_matching(run, model.domain, "the run to rerank by")


def _captions(model: Any, n: int, given: dict | Tensor | None) -> tuple[list[str], np.ndarray]:
    """The captions that n images are drawn with, each once, and the number (n,) of each image's."""
    table = given if isinstance(given, Tensor) else model.domain.encode_given(given or {}, n)
    said = model.domain.captions.decode(model.family.given.part(table, "caption"))
    if None in said:
        raise GivenError(
            "best_of chooses by captions, and here an image has none: name it with --given caption=... "
            "(given={'caption': ...})"
        )
    texts, which = np.unique(said.astype(str), return_inverse=True)
    return texts.tolist(), which
