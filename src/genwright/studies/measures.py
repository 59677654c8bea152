"""The measures of targets: {name: measure(model, data) -> Metric}, on test items alone."""

from collections.abc import Callable
from math import prod
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import torch

from ..core.draws import Draws
from ..core.threads import threads
from ..kinds.named.toys import NODES, SHARP
from ..measure.intervals import numpy_generator, proportion, ratio
from ..measure.metric import Metric
from ..measure.suites.audio import bits_per_sample
from ..run.model import Model
from ..run.predictor import Predictor
from ..zoo import registry
from .bounds import importance_bound, one_draw_bound
from .codes import harsher_score, perplexity, usage
from .drawn_classes import drawn_classes

DRAWN_SAMPLES = 2_500  # samples among which modes are looked for (Lin 2018)
BATCH, TIMES, SAME = 16, 5, 1e-4  # images drawn at once, how often, and how near log probabilities must be


def accuracy(model: Predictor, data: Any) -> Metric:
    """Percent of the test nodes whose label is right. data: of a task."""
    test = data.tensors("test")
    named = model.predict(data).iloc[:, 1:].to_numpy().argmax(1)
    value, se = proportion(named[test.x.numpy()] == test.target.y[:, 0].numpy())
    return Metric(100 * value, 100 * se, "estimate", "predictions", "%", len(test), "higher")


def divergence(model: Model, data: Any) -> Metric:
    """KL(p || q) in nats over test items of a density p that is known; of a bound on log q, at most so much."""
    found = model.log_prob(data.test)
    gap = data.log_density(data.test) - found.nats
    se, said = float(gap.std(ddof=1) / len(gap) ** 0.5), "at most, since log q is a lower bound"
    detail = said if found.kind == "lower bound" else ""
    return Metric(float(gap.mean()), se, "estimate", "divergence", "nats", len(gap), "lower", detail=detail)


def modes(model: Model, data: Any) -> Metric:
    """The number of the 25 Gaussians on a grid that have a sample within three standard deviations."""
    found, _ = modes_among(model.sample(DRAWN_SAMPLES, seed=0).to_numpy())
    return Metric(float(found), None, "exact", "samples", "modes", DRAWN_SAMPLES, "higher")


def modes_among(x: np.ndarray) -> tuple[int, float]:
    """x: (n, 2) -> modes found, share of x within three standard deviations of a mode."""
    away = np.linalg.norm(x[:, None] - NODES, axis=2)
    near = away.min(1) < 3 * SHARP
    return len(np.unique(away.argmin(1)[near])), float(near.mean())


def label_error(model: Model, data: Any) -> Metric:
    """Percent of the test items that carry a label whose likeliest label is another."""
    (name,) = model.family.given.names
    true = data.values("test", name)
    there = [label is not None for label in true]
    wrong, se = proportion(model.predict(data.test)["label"].to_numpy()[there] != true[there])
    return Metric(100 * wrong, 100 * se, "estimate", "predictions", "%", sum(there), "lower")


@torch.no_grad()
def cached_speed(model: Model, data: Any) -> Metric:
    """How many times as fast an image is drawn with a cache as by one full pass a pixel; medians of some runs in one
    thread. Raises ValueError where the two do not say the same of every pixel.
    """
    network = model.family.network
    test = data.tensors("test")[:BATCH].to(model.device)
    x, given = test.x, test.given
    apart = largest_difference(network, x.float(), given)
    if apart > SAME:
        raise ValueError(f"what the cached walk says of a pixel is {apart} away from what the full pass says")
    with threads(1):
        one = seconds(lambda: network(x.float(), given), TIMES)
        cached = seconds(lambda: model.family.sample(len(x), given, Draws(0, device=model.device)), TIMES)
    faster, said = prod(x.shape[1:]) * one / cached, f"what they say of a pixel is at most {apart:.0e} apart"
    return Metric(faster, None, "estimate", "speed", "times", len(x), "higher", detail=said)


def largest_difference(network: torch.nn.Module, x: torch.Tensor, given: torch.Tensor) -> float:
    """Between the parameters of the cached walk and of one full pass, over all pixels."""
    full = network(x, given)
    return max(float((said - full[(slice(None), *place)]).abs().max()) for place, said in network.walk(x, given))


def seconds(call: Callable, times: int, clock: Callable[[], float] = perf_counter) -> float:
    """The median of some calls, after one that fills caches."""
    call()
    taken = []
    for _ in range(times):
        start = clock()
        call()
        taken.append(clock() - start)
    return median(taken)


def nats_per_symbol(model: Model, data: Any) -> Metric:
    """Nats over symbols of all test items, in windows that do not overlap where they are pieces of one text."""
    found = model.log_prob(data.test)
    symbols = np.broadcast_to(found.dims, found.nats.shape)
    value, se = ratio(-found.nats, symbols.astype(float), numpy_generator("nats per symbol"))
    return Metric(value, se, found.kind, found.of, "nats", len(found), "lower")


@torch.no_grad()
def nats_with_context(model: Model, data: Any) -> Metric:
    """Nats per symbol of a test text, each symbol in view of half a window before it at least. Windows overlap by half,
    and their second halves count. The network must predict each symbol from those before it."""
    text, half = data.tensors("test").x.flatten(), model.spec.shape[0] // 2
    family, windows = model.family, text.unfold(0, 2 * half, half).to(model.device)
    nats = []
    for x in windows.split(BATCH):
        said = family.network(x.float(), torch.zeros(len(x), 0, device=x.device))
        nats.append(-family.head.log_prob(said, x)[:, half:].double().sum(1))
    sums = torch.cat(nats).cpu().numpy()
    value, se = ratio(sums, np.full(len(sums), float(half)), numpy_generator("nats with context"))
    return Metric(value, se, "exact", "mass", "nats", len(sums), "lower", detail=f"{half} symbols before each, or more")


def of_suite(name: str) -> Callable[[Any, Any], Metric]:
    """One metric of the suite for the data."""
    return lambda model, data: registry.suite_class(data)(data).measure(model)[0][name]


MEASURES = {
    "accuracy": accuracy,
    "divergence": divergence,
    "modes": modes,
    "drawn_classes": drawn_classes,
    "cached_speed": cached_speed,
    "importance_bound": importance_bound,
    "one_draw_bound": one_draw_bound,
    "label_error": label_error,
    "perplexity": perplexity,
    "usage": usage,
    "cas": harsher_score,
    "nats_per_symbol": nats_per_symbol,
    "nats_with_context": nats_with_context,
    "bits_per_sample": lambda model, data: bits_per_sample(model.log_prob(data.test)),
    "auc": of_suite("auc"),
    "recall": of_suite("recall"),
}
TITLES = {
    "accuracy": ("Accuracy", "test nodes whose label is right; higher is better", "%"),
    "divergence": ("KL(p || q)", "from the density that the data are drawn from; lower is better", "nats"),
    "modes": ("Modes", "with a sample within three standard deviations; higher is better", "modes"),
    "drawn_classes": ("Classes drawn", "at least half as often as real ones; higher is better", "classes"),
    "cached_speed": ("Cached drawing", "times as fast as one full pass a pixel; higher is better", "times"),
    "importance_bound": ("-log p(x)", "at most, by 5,000 importance-weighted draws; lower is better", "nats"),
    "one_draw_bound": ("-log p(x)", "at most, by one draw of the code; lower is better", "nats"),
    "label_error": ("Error", "test items whose label is not the likeliest; lower is better", "%"),
    "perplexity": ("Perplexity", "of the codes of all test items, of the entries there are; higher is better", "%"),
    "usage": ("Usage", "entries that some code of the test items names; higher is better", "%"),
    "cas": (
        "Learn from samples",
        "what they teach a classifier of real images, over what real ones do; higher is better",
        "of real",
    ),
    "nats_per_symbol": ("Nats per symbol", "-log p of test items over their symbols; lower is better", "nats"),
    "nats_with_context": (
        "Nats per symbol in context",
        "-log p of a test text, with half a window before each symbol at least; lower is better",
        "nats",
    ),
    "bits_per_sample": ("Bits per sample", "-log2 p of all test clips with their ends; lower is better", "bits"),
    "auc": ("AUC", "chance that an edge scores above a pair without an edge; higher is better", "AUC"),
    "recall": ("Recall@20", "share of a user's test items among the 20 recommended; higher is better", "of items"),
}
