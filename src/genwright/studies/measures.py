"""The measures of targets: {name: measure(model, data) -> Metric}, on test items alone.

Among them: how well a model of two stages uses its codes and what its samples teach, and the number of classes in a
model's unconditional samples of images, by a classifier's count.
"""

from collections.abc import Callable
from math import prod
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..core.data import Data
from ..core.device import threads
from ..core.draws import Draws
from ..core.likelihood import LOWER_BOUND
from ..core.manifest import Package, load_place, take_packages
from ..kinds.named.toys import NODES, SHARP
from ..measure.intervals import bootstrap_se, numpy_generator, proportion, ratio
from ..measure.metric import Metric, Role
from ..measure.metrics.classifiers import fixed_threads, scores, train_net
from ..measure.metrics.coverage import class_coverage, recognise
from ..run.model import Model
from ..run.predictor import Predictor
from ..zoo import registry
from .bounds import importance_bound, one_draw_bound

CODED_AT_ONCE = 256  # items coded at once
RESAMPLES = 50


@torch.no_grad()
def codes_of_test(model: Model, data: Data) -> Tensor:
    """Returns the codes of all test items, (n, *shape of the latents)."""
    test = data.tensors("test").x
    with threads(1):
        return torch.cat([model.family.codec.encode(x.to(model.device)) for x in test.split(CODED_AT_ONCE)]).cpu()


def perplexity(model: Model, data: Data) -> Metric:
    """Computes the perplexity of codes, exp of their entropy, over all test items, in percent of the entries of the
    least used codebook."""
    family, codes = model.family, codes_of_test(model, data)
    shares = lambda codes: {name: float(found.min()) / family.books[name] for name, found in family.used(codes).items()}
    found = shares(codes)
    se = bootstrap_se(lambda i: min(shares(codes[i]).values()), (len(codes),), numpy_generator("codes"), RESAMPLES)
    model_words = ", ".join(
        f"{name}: {share * family.books[name]:.1f} of {family.books[name]}" for name, share in found.items()
    )
    return Metric(
        100 * min(found.values()), 100 * se, "estimate", "codes", "%", len(codes), "higher", detail=model_words
    )


def usage(model: Model, data: Data) -> Metric:
    """Entries that some code of the test items names, in percent of all, of the codebook that is used least."""
    family, codes = model.family, codes_of_test(model, data)
    parts = [(family.books[name], part) for name, part in family.named(codes).items()]
    used_shares = [len(book.unique()) / k for k, part in parts for book in part.unbind(1)]
    return Metric(100 * min(used_shares), None, "exact", "codes", "%", len(codes), "higher")


def harsher_score(model: Model, data: Data) -> Metric:
    """Computes the classification accuracy score as a share of real images' score, by the classifier that learns less
    from samples."""
    suite = registry.suite_class(data)(data)
    metrics = suite.measure(model).metrics
    scores = [metric for name, metric in metrics.items() if suite.ROWS[name].role == Role.TEACHING]
    return min(scores, key=lambda metric: metric.value)


CLASS_SAMPLES = 2_500  # samples
TAUGHT = 20_000  # labelled training images that the classifier learns from


def drawn_classes(model: Model, data: Any) -> Metric:
    """Returns the number of classes of labelled images that unconditional samples show at least half as often as real
    images do. A sample does not count where the classifier is less sure of it than of real images."""
    domain, train, test = data.domain, data.tensors("train"), data.tensors("test")
    scaled = lambda x: x.float() / (domain.spec.leaf.levels - 1)
    taught = train[Draws("classifier").permutation(len(train))[:TAUGHT]]
    names = [str(name) for name in domain.labels]
    share = np.bincount(train.given[:, 0].long().numpy(), minlength=len(names)) / len(train)
    with fixed_threads(1):
        net = train_net(scaled(taught.x), taught.given[:, 0].long(), len(names), 0)
        p = lambda x: scores(net, scaled(x)).softmax(1).numpy()
        sampled_classes = domain.encode(model.sample(CLASS_SAMPLES, given={}, seed=0))[0]
        class_shares = recognise(p(sampled_classes), p(test.x), test.given[:, 0].long().numpy())
    covered = class_coverage(class_shares, share, names, 0)
    k, metric_words = len(names), f"{(class_shares < 0).sum()} of the samples are not recognised"
    detail = "; ".join(filter(None, [covered.detail, metric_words]))
    metric_words = "estimate", "samples", "classes", CLASS_SAMPLES, "higher", covered.reference
    return Metric(k * covered.value, k * covered.se, *metric_words, detail=detail)


DRAWN_SAMPLES = 2_500  # samples among which modes are looked for (Lin 2018)
BATCH, TIMES, SAME_LOG_PROB = 16, 5, 1e-4  # images drawn at once, how often, and how near log probabilities must be


def accuracy(model: Predictor, data: Any) -> Metric:
    """Computes the percentage of test nodes whose label is right.

    Args:
        model: The trained model.
        data: Data of a task.
    """
    test = data.tensors("test")
    predicted_labels = model.predict(data).iloc[:, 1:].to_numpy().argmax(1)
    value, se = proportion(predicted_labels[test.x.numpy()] == test.target.y[:, 0].numpy())
    return Metric(100 * value, 100 * se, "estimate", "predictions", "%", len(test), "higher")


def divergence(model: Model, data: Any) -> Metric:
    """Estimates KL(p || q) in nats over test items, where the density p is known; an upper bound if log q is a lower
    bound."""
    likelihood = model.log_prob(data.test)
    gap = data.log_density(data.test) - likelihood.nats
    se, bound_words = float(gap.std(ddof=1) / len(gap) ** 0.5), "at most, since log q is a lower bound"
    detail = bound_words if likelihood.kind == LOWER_BOUND else ""
    return Metric(float(gap.mean()), se, "estimate", "divergence", "nats", len(gap), "lower", detail=detail)


def modes(model: Model, data: Any) -> Metric:
    """Returns the number of the 25 Gaussians on a grid that have a sample within three standard deviations."""
    count, _ = modes_among(model.sample(DRAWN_SAMPLES, seed=0).to_numpy())
    return Metric(float(count), None, "exact", "samples", "modes", DRAWN_SAMPLES, "higher")


def modes_among(x: np.ndarray) -> tuple[int, float]:
    """Counts the modes that samples (n, 2) reach, and the share of samples within three standard deviations of
    a mode."""
    away = np.linalg.norm(x[:, None] - NODES, axis=2)
    near = away.min(1) < 3 * SHARP
    return len(np.unique(away.argmin(1)[near])), float(near.mean())


def label_error(model: Model, data: Any) -> Metric:
    """Computes the percentage of labelled test items whose likeliest label is wrong."""
    (name,) = model.family.given.names
    true = data.values("test", name)
    is_labelled = [label is not None for label in true]
    error, se = proportion(model.predict(data.test)["label"].to_numpy()[is_labelled] != true[is_labelled])
    return Metric(100 * error, 100 * se, "estimate", "predictions", "%", sum(is_labelled), "lower")


@torch.no_grad()
def cached_speed(model: Model, data: Any) -> Metric:
    """Measures how many times faster an image is sampled with a cache than with a full pass for each pixel; medians of
    some runs in one thread. Raises ValueError where the two do not say the same of every pixel."""
    network = model.family.network
    test = data.tensors("test")[:BATCH].to(model.device)
    x, given = test.x, test.given
    max_difference = largest_difference(network, x.float(), given)
    if max_difference > SAME_LOG_PROB:
        raise ValueError(f"what the cached walk says of a pixel is {max_difference} away from what the full pass says")
    with threads(1):
        one = seconds(lambda: network(x.float(), given), TIMES)
        cached = seconds(lambda: model.family.sample(len(x), given, Draws(0, device=model.device)), TIMES)
    faster, detail = prod(x.shape[1:]) * one / cached, f"what they say of a pixel is at most {max_difference:.0e} apart"
    return Metric(faster, None, "estimate", "speed", "times", len(x), "higher", detail=detail)


def largest_difference(network: torch.nn.Module, x: torch.Tensor, given: torch.Tensor) -> float:
    """Computes the largest difference between the parameters of the cached walk and of a full pass, over all pixels.

    Args:
        network: Autoregressive network.
        x: (B, *shape) items.
        given: (B, G) conditions of the items.
    """
    full_params = network(x, given)
    return max(
        float((step_output - full_params[(slice(None), *place)]).abs().max())
        for place, step_output in network.walk(x, given)
    )


def seconds(call: Callable, times: int, clock: Callable[[], float] = perf_counter) -> float:
    """Returns the median of some calls, after one that fills caches."""
    call()
    times_taken = []
    for _ in range(times):
        start = clock()
        call()
        times_taken.append(clock() - start)
    return median(times_taken)


def nats_per_symbol(model: Model, data: Any) -> Metric:
    """Nats over symbols of all test items, in windows that do not overlap where they are pieces of one text."""
    likelihood = model.log_prob(data.test)
    symbols = np.broadcast_to(likelihood.dims, likelihood.nats.shape)
    value, se = ratio(-likelihood.nats, symbols.astype(float), numpy_generator("nats per symbol"))
    return Metric(value, se, likelihood.kind, likelihood.of, "nats", len(likelihood), "lower")


@torch.no_grad()
def nats_with_context(model: Model, data: Any) -> Metric:
    """Nats per symbol of a test text, each symbol in view of half a window before it at least. Windows overlap by half,
    and their second halves count. The network must predict each symbol from those before it."""
    text, half = data.tensors("test").x.flatten(), model.spec.shape[0] // 2
    family, windows = model.family, text.unfold(0, 2 * half, half).to(model.device)
    nats = []
    for x in windows.split(BATCH):
        params = family.network(x.float(), torch.zeros(len(x), 0, device=x.device))
        nats.append(-family.head.log_prob(params, x)[:, half:].double().sum(1))
    sums = torch.cat(nats).cpu().numpy()
    value, se = ratio(sums, np.full(len(sums), float(half)), numpy_generator("nats with context"))
    return Metric(value, se, "exact", "mass", "nats", len(sums), "lower", detail=f"{half} symbols before each, or more")


def headline(model: Predictor, data: Any) -> Metric:
    """Returns the metric by which `compare` ranks predictors of the data."""
    suite = registry.suite_class(data)(data)
    return suite.measure(model).metrics[suite.HEADLINE["labels"]]


class Measure(NamedTuple):
    """A row of MEASURES. measure(model, data) -> Metric.

    Args:
        measure: The measure.
        title: Title of the picture.
        unit: Unit in words.
    """

    measure: Callable[..., Metric]
    title: str
    meaning: str
    unit: str


MEASURES = {  # what targets are measured by; and those of packages
    "accuracy": Measure(accuracy, "Accuracy", "test nodes whose label is right; higher is better", "%"),
    "divergence": Measure(
        divergence, "KL(p || q)", "from the density that the data are drawn from; lower is better", "nats"),
    "modes": Measure(modes, "Modes", "with a sample within three standard deviations; higher is better", "modes"),
    "drawn_classes": Measure(
        drawn_classes, "Classes drawn", "at least half as often as real ones; higher is better", "classes"),
    "cached_speed": Measure(
        cached_speed, "Cached drawing", "times as fast as one full pass a pixel; higher is better", "times"),
    "importance_bound": Measure(
        importance_bound, "-log p(x)", "at most, by 5,000 importance-weighted draws; lower is better", "nats"),
    "one_draw_bound": Measure(
        one_draw_bound, "-log p(x)", "at most, by one draw of the code; lower is better", "nats"),
    "label_error": Measure(
        label_error, "Error", "test items whose label is not the likeliest; lower is better", "%"),
    "perplexity": Measure(
        perplexity, "Perplexity", "of the codes of all test items, of the entries there are; higher is better", "%"),
    "usage": Measure(usage, "Usage", "entries that some code of the test items names; higher is better", "%"),
    "cas": Measure(
        harsher_score, "Learn from samples",
        "what they teach a classifier of real images, over what real ones do; higher is better", "of real"),
    "nats_per_symbol": Measure(
        nats_per_symbol, "Nats per symbol", "-log p of test items over their symbols; lower is better", "nats"),
    "nats_with_context": Measure(
        nats_with_context, "Nats per symbol in context",
        "-log p of a test text, with half a window before each symbol at least; lower is better", "nats"),
    "auc": Measure(
        headline, "AUC", "chance that an edge scores above a pair without an edge; higher is better", "AUC"),
    "recall": Measure(
        headline, "Recall@20", "share of a user's test items among the 20 recommended; higher is better", "of items"),
}  # fmt: skip


def add_measures(package: Package) -> None:
    for name, (place, *words) in package.measures.items():
        MEASURES[name] = Measure(lambda model, data, place=place: load_place(place)(model, data), *words)


take_packages(add_measures)
