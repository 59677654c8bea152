"""The number of classes in a model's unconditional samples of images, by a classifier's count."""

from typing import Any

import numpy as np

from ..core.draws import Draws
from ..measure.metric import Metric
from ..measure.metrics.class_coverage import class_coverage, recognised
from ..measure.metrics.classifiers import fixed_threads, scores, train_net
from ..run.model import Model

DRAWN_SAMPLES = 2_500  # samples
TAUGHT = 20_000  # labelled training images that the classifier learns from


def drawn_classes(model: Model, data: Any) -> Metric:
    """The number of classes of labelled images that unconditional samples show at least half as often as real images
    do. A sample does not count where the classifier is less sure of it than of real images."""
    domain, train, test = data.domain, data.tensors("train"), data.tensors("test")
    scaled = lambda x: x.float() / (domain.spec.leaf.levels - 1)
    taught = train[Draws("classifier").permutation(len(train))[:TAUGHT]]
    names = [str(name) for name in domain.labels]
    share = np.bincount(train.given[:, 0].long().numpy(), minlength=len(names)) / len(train)
    with fixed_threads(1):
        net = train_net(scaled(taught.x), taught.given[:, 0].long(), len(names), 0)
        p = lambda x: scores(net, scaled(x)).softmax(1).numpy()
        drawn = domain.encode(model.sample(DRAWN_SAMPLES, given={}, seed=0))[0]
        seen = recognised(p(drawn), p(test.x), test.given[:, 0].long().numpy())
    covered = class_coverage(seen, share, names, 0)
    k, said = len(names), f"{(seen < 0).sum()} of the samples are not recognised"
    detail = "; ".join(filter(None, [covered.detail, said]))
    said = "estimate", "samples", "classes", DRAWN_SAMPLES, "higher", covered.reference
    return Metric(k * covered.value, k * covered.se, *said, detail=detail)
