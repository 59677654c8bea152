"""How well a model of two stages uses its codes, and what its samples teach."""

import torch
from torch import Tensor

from ..core.data import Data
from ..core.threads import threads
from ..measure.intervals import bootstrap_se, numpy_generator
from ..measure.metric import Metric
from ..run.model import Model
from ..zoo import registry

BLOCK = 256  # items coded at once
RESAMPLES = 50


@torch.no_grad()
def codes_of_test(model: Model, data: Data) -> Tensor:
    """The codes of all test items, (n, *shape of the latents)."""
    test = data.tensors("test").x
    with threads(1):
        return torch.cat([model.family.codec.encode(x.to(model.device)) for x in test.split(BLOCK)]).cpu()


def perplexity(model: Model, data: Data) -> Metric:
    """exp of the entropy of the codes of all test items in percent of the entries, of the codebook that is used
    least."""
    family, codes = model.family, codes_of_test(model, data)
    shares = lambda codes: {name: float(found.min()) / family.books[name] for name, found in family.used(codes).items()}
    found = shares(codes)
    se = bootstrap_se(lambda i: min(shares(codes[i]).values()), (len(codes),), numpy_generator("codes"), RESAMPLES)
    each = ", ".join(
        f"{name}: {share * family.books[name]:.1f} of {family.books[name]}" for name, share in found.items()
    )
    return Metric(100 * min(found.values()), 100 * se, "estimate", "codes", "%", len(codes), "higher", detail=each)


def usage(model: Model, data: Data) -> Metric:
    """Entries that some code of the test items names, in percent of all, of the codebook that is used least."""
    family, codes = model.family, codes_of_test(model, data)
    parts = [(family.books[name], part) for name, part in family.named(codes).items()]
    used = [len(book.unique()) / k for k, part in parts for book in part.unbind(1)]
    return Metric(100 * min(used), None, "exact", "codes", "%", len(codes), "higher")


def harsher_score(model: Model, data: Data) -> Metric:
    """Classification accuracy score as a share of real images', by the classifier that learns less from samples."""
    found = registry.suite_class(data)(data).measure(model)[0]
    return min((found["cas_cnn"], found["cas_svc"]), key=lambda metric: metric.value)
