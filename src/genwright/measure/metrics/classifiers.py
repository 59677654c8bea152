"""Classifiers that learn from samples alone and are tested on real items (classification accuracy score,
Ravuri & Vinyals 2019), and the linear probe: what a linear classifier reads from latent codes.

Two classifiers of different kinds learn from samples, since each has its own blind spots: a small convolutional network
and a support vector machine. Both work on arrays (n, C, H, W) in [0, 1].
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import NamedTuple, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import rankdata
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits
from torch import Tensor, nn

from ...core.device import limit_threads
from ...core.draws import Draws, seeded
from ...core.seeds import seed_of
from ..intervals import (
    bootstrap_se,
    learned_variance,
    numpy_generator,
    placements,
    proportion,
    random_groups,
    ratio,
    ratio_influence,
    resample,
)
from ..metric import Metric
from ..rows import estimate

T = TypeVar("T")

WIDTH = 16  # channels of the first layer
BATCH = 64
ITEMS_SEEN = 24_000  # items a network trains on, repeats included, however many there are
RATE = 5e-3
COMPONENTS = 50  # principal components that the support vector machine sees
SEEDS = 3  # networks whose verdicts are averaged
TAUGHT = 1_000  # items that classifiers of a part learn from, at least
DEGREES = 4  # degrees of freedom of the variance over parts
CLASSIFIERS = {
    "cnn": f"convolutional network, mean of {SEEDS} seeds",
    "svc": "support vector machine, radial kernel on principal components",
}


@contextmanager
def fixed_threads(count: int) -> Iterator[None]:
    """Limits torch and BLAS to `count` threads within this context, also in the verbs of models. The last bits of a sum
    depend on how it is split, and CPU seconds on how many threads share the work."""
    with limit_threads(count), threadpool_limits(count):
        yield


def classifier_net(channels: int, side: int, outputs: int) -> nn.Sequential:
    """Builds a convolutional classifier of images (B, channels, H, W) in [0, 1]: logits (B, outputs). Convolutions
    halve an image of `side` pixels down to about 4, then one linear layer follows.

    The first layer of a big image halves as well, because nearly all the time would be spent there.

    Args:
        channels: Channels of the images.
        side: pixels of the longer side.
        outputs: number of classes.
    """
    first = 2 if side > 16 else 1
    widths = [WIDTH, WIDTH]
    layers = [*conv(channels, WIDTH, first), *conv(WIDTH, WIDTH, 1)]
    side = -(-side // first)
    while side > 4:
        widths.append(min(2 * widths[-1], 4 * WIDTH))
        layers += conv(*widths[-2:], 2)
        side = -(-side // 2)
    last = nn.Linear(16 * widths[-1], outputs)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Dropout(0.3), last)


def conv(inputs: int, outputs: int, stride: int) -> list[nn.Module]:
    """Builds a 3 x 3 convolution, batch norm and a rectifier.

    Args:
        inputs: channels in.
        outputs: channels out.
        stride: Stride of the convolution.
    """
    return [nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]


def train_net(x: Tensor, y: Tensor, outputs: int, seed: int, items_seen: int = ITEMS_SEEN) -> nn.Module:
    """Trains a convolutional classifier, and returns it in eval mode.

    Args:
        x: (n, C, H, W) images in [0, 1].
        y: (n,) int64 classes.
        outputs: number of classes.
        seed: Seed of the random numbers.
        items_seen: items to train on, repeats included.
    """
    rng = Draws("judge", seed)
    steps = items_seen // BATCH
    with seeded(seed_of("judge layers", seed)):
        net = classifier_net(x.shape[1], max(x.shape[2:]), outputs).train()
        optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.05, fused=True)
        rate = lambda k: min((k + 1) / (0.2 * steps), (steps - k) / (0.8 * steps))
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
        for _ in range(steps):
            pick = rng.integers(len(x), (BATCH,))
            loss = F.cross_entropy(net(x[pick]), y[pick], label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return net.eval()


def scores(net: nn.Module, x: Tensor) -> Tensor:
    """Computes logits (n, outputs) of images (n, C, H, W)."""
    with torch.no_grad():
        return torch.cat([net(part) for part in x.split(256)])


def cnn_classifier(
    x: Tensor, y: Tensor, test: Tensor, classes: int, seed: int, items_seen: int = ITEMS_SEEN
) -> np.ndarray:
    """Predicts classes (m,) of test images by a convolutional network trained on (x, y).

    Args:
        x: (n, C, H, W) images.
        y: (n,) classes.
        test: (m, C, H, W) images.
        classes: number of classes.
        seed: Seed of the random numbers.
        items_seen: items to train on.
    """
    return scores(train_net(x, y, classes, seed, items_seen), test).argmax(1).numpy()


def svc_classifier(x: Tensor, y: Tensor, test: Tensor) -> np.ndarray:
    """Predicts classes (m,) of test images by a support vector machine with a radial kernel on principal components.

    One class only in y: that class for every item.

    Args:
        x: (n, C, H, W) training images.
        y: (n,) their classes.
        test: (m, C, H, W) images.
    """
    if len(y.unique()) < 2:
        return np.full(len(test), int(y[0]))
    flat, test_features = x.flatten(1).numpy(), test.flatten(1).numpy()
    parts = PCA(min(COMPONENTS, *flat.shape), svd_solver="covariance_eigh").fit(flat)
    return SVC(C=10.0).fit(parts.transform(flat), y.numpy()).predict(parts.transform(test_features))


def share_right(
    x: Tensor, y: Tensor, test: Tensor, truth: np.ndarray, classes: int, items_seen: int = ITEMS_SEEN
) -> dict[str, np.ndarray]:
    """Tells for each of `CLASSIFIERS`, taught by (x, y), whether each of its seeds names the class of each test item:
    (seeds, m).

    Args:
        x: (n, C, H, W) training images.
        y: (n,) their classes.
        test: (m, C, H, W) images.
        truth: (m,) their classes.
        classes: number of classes.
        items_seen: items that a network trains on.
    """
    networks = [cnn_classifier(x, y, test, classes, seed, items_seen) == truth for seed in range(SEEDS)]
    return {"cnn": np.array(networks, float), "svc": (svc_classifier(x, y, test) == truth).astype(float)[None]}


def right_by_parts(x: Tensor, y: Tensor, test: Tensor, truth: np.ndarray) -> np.ndarray:
    """Tells whether support vector machines, each taught by a random group of (x, y), name the class of each test item:
    (cuts, groups, m). This shows how far the training items move an accuracy, of networks as well, at a twentieth of
    their time.

    Args:
        x: (n, C, H, W) training images.
        y: (n,) their classes.
        test: (m, C, H, W) images.
        truth: (m,) their classes.
    """
    cuts = random_groups((len(x),), numpy_generator("parts"), TAUGHT, DEGREES)
    right = lambda i: (svc_classifier(x[torch.from_numpy(i)], y[torch.from_numpy(i)], test) == truth).astype(float)
    return np.array([[right(i) for (i,) in cut_group] for cut_group in cuts])


@dataclass(frozen=True, eq=False)
class ClassifierLessons:
    """Classifiers taught by samples, beside classifiers taught by as many real images.

    Args:
        real: (n, C, H, W) in [0, 1], from which the classifiers learn to which others are compared.
        real_y: (n,) classes, NaN for none.
        test: (m, C, H, W), on which all are tested.
        test_y: (m,) classes, NaN for none.
        classes: how many there are.
        items_seen: items that a network trains on.
        seed: Seed of errors.
    """

    real: Tensor
    real_y: Tensor
    test: Tensor
    test_y: Tensor
    classes: int
    items_seen: int
    seed: int

    def accuracy_scores(self, x: Tensor, y: Tensor) -> dict[str, Metric]:
        """Computes the classification accuracy score of samples, as a share of the accuracy of a classifier taught by
        as many real images."""
        real = x is self.real
        right = self._real_right if real else self._taught(partial(share_right, items_seen=self.items_seen), x, y)
        parts = self._real_parts if real else self._taught_by_parts(x, y)
        metrics = {}
        for classifier, of_real in self._real_right.items():
            base = of_real.mean(0)
            value, se = ratio(right[classifier].mean(0), base, numpy_generator("cas", classifier, self.seed))
            if np.isnan(value):  # the classifier learns nothing from real images either
                continue
            if real:  # 1 by definition: how well the base itself is known
                se = base.std() / len(base) ** 0.5 / base.mean()
            taught = value**2 * self._teaching_variance(self._real_parts, of_real)
            taught += 0 if real else self._teaching_variance(parts, right[classifier])
            taught_error = float(np.sqrt(taught)) / base.mean()
            accuracy = f"accuracy {base.mean():.4f} when taught by {len(self.real):,} real images"
            items = np.full(len(self.test), np.nan)
            items[~self.test_y.isnan().numpy()] = ratio_influence(right[classifier].mean(0), base)
            reference = f"{CLASSIFIERS[classifier]}; {accuracy}"
            metrics[f"cas_{classifier}"] = estimate(
                value, np.hypot(se, taught_error), len(x), reference, own=taught_error, items=items
            )
        return metrics

    def probabilities(self, x: Tensor) -> np.ndarray:
        """Predicts class probabilities (n, classes) by a classifier taught by real images."""
        return scores(self._real_classifier, x).softmax(1).numpy()

    @cached_property
    def judged(self) -> tuple[np.ndarray, np.ndarray]:
        """Predicts class probabilities (m, classes) of labelled test images by the classifier of real images. Returns
        them and the classes (m,)."""
        known = ~self.test_y.isnan()
        return self.probabilities(self.test[known]), self.test_y[known].long().numpy()

    def _teaching_variance(self, parts: np.ndarray, seeds: np.ndarray) -> float:
        """The variance of an accuracy by what its classifier learned from, of `right_by_parts` (cuts, groups, m), and
        by its first weights and the order of items, of seeds (k, m), where it has several."""
        rng = numpy_generator("taught", self.seed)
        accuracies = lambda right: resample(lambda i: right[:, :, i].mean(2), right.shape[2], rng)
        varies = (parts, seeds[None]) if len(seeds) > 1 else (parts,)
        return sum(learned_variance(accuracies(right)) for right in varies)

    def _taught_by_parts(self, x: Tensor, y: Tensor) -> np.ndarray:
        return self._taught(lambda *taught: right_by_parts(*taught[:-1]), x, y)

    def _taught(self, ask: Callable[..., T], x: Tensor, y: Tensor) -> T:
        """Result of ask(x, y, test, truth, classes) for the labelled images among x and the test images."""
        taught, known = ~y.isnan(), ~self.test_y.isnan()
        return ask(x[taught], y[taught].long(), self.test[known], self.test_y[known].long().numpy(), self.classes)

    @cached_property
    def _real_right(self) -> dict[str, np.ndarray]:
        return self._taught(partial(share_right, items_seen=self.items_seen), self.real, self.real_y)

    @cached_property
    def _real_parts(self) -> np.ndarray:
        return self._taught_by_parts(self.real, self.real_y)

    @cached_property
    def _real_classifier(self) -> nn.Module:
        known = ~self.real_y.isnan()
        return train_net(self.real[known], self.real_y[known].long(), self.classes, SEEDS, self.items_seen)


PROBE_DEGREES = 2  # degrees of freedom of the variance over halves of the training codes


def linear_probe(codes: np.ndarray, y: np.ndarray, test: np.ndarray, truth: np.ndarray) -> Metric:
    """Measures the accuracy of logistic regression from latent codes to classes (Alain & Bengio 2017). Its error counts
    the training items of the probe, too.

    Args:
        codes: (n, d) training codes.
        y: (n,) their classes.
        test: (m, d) test codes.
        truth: (m,) their classes.
    """

    def right(i: np.ndarray) -> np.ndarray:
        if len(np.unique(y[i])) < 2:
            return truth == y[i[0]]
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300)).fit(codes[i], y[i])
        return probe.predict(test) == truth

    with fixed_threads(1):
        hits = right(np.arange(len(y)))
        cuts = random_groups((len(y),), numpy_generator("probe"), None, PROBE_DEGREES)
        parts = np.array([[right(i) for (i,) in cut_group] for cut_group in cuts])
    (value, se), n = proportion(hits), len(hits)
    taught = learned_variance(resample(lambda i: parts[:, :, i].mean(2), n, numpy_generator("probe")))
    taught_error = float(taught**0.5)
    se = float(np.hypot(se, taught_error))
    reference = f"logistic regression on codes of {len(codes):,} training images"
    metric = Metric(value, se, "estimate", "codes", "accuracy", n, "higher", reference)
    return replace(metric, own=taught_error, items=hits.astype(float))


ROUNDS = 60  # of boosting
Score = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


class TwoSample(NamedTuple):
    """The result of a two-sample test: area under the curve, its standard error, the part of the error that remains
    where the real items stay the same, and influence values (n,) of the real items."""

    value: float
    se: float
    own: float
    items: np.ndarray


def two_sample_auc(keys: np.ndarray, fake: np.ndarray, score: Score, seed: int, folds: int = 4) -> TwoSample:
    """Tests whether a classifier can tell samples from real items that it has not seen (Lopez-Paz & Oquab 2017).

    The area under its curve is 0.5 where it cannot, 1 where it always can. Scores are out of fold. Equal items share a
    fold: otherwise the classifier would remember a copy that occurs twice, and call copying a difference.

    Area under the curve and its standard error: that over items, times sqrt(1 + k / (k - 1)) of k folds, since what the
    classifiers of the folds learned from moves it too (Nadeau & Bengio 2003: 1 / k of the variance of one fold, and
    test over training items of it more). Not a number where either side has fewer than two items a fold.

    Args:
        keys: (n, d), rows that are equal where items are.
        fake: (n,) 1 for samples, 0 for real items.
        score: (train, labels, test): item numbers, their fakeness, other item numbers -> a number per other item,
            higher for fake; a fresh classifier each call.
        seed: Seed of the random numbers.
    """
    fake = np.asarray(fake).astype(int)
    sides = np.flatnonzero(fake == 0), np.flatnonzero(fake == 1)
    sizes = tuple(map(len, sides))
    if min(sizes) < 2 * folds:
        nan = float("nan")
        return TwoSample(nan, nan, nan, np.full(sizes[0], nan))
    group = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    rng, (real_ranks, sample_ranks) = numpy_generator("two-sample", seed), _ranks(*sides, group, score, seed, folds)
    items = bootstrap_se(lambda i, j: area(real_ranks[i], sample_ranks[j]), sizes, rng, 50)
    variance = items**2 * (1 + folds / (folds - 1))
    real, sample_places = placements(real_ranks, sample_ranks), placements(sample_ranks, real_ranks)
    by_real, by_drawn = (float(side.var(ddof=1) / len(side)) for side in (real, sample_places))
    return TwoSample(area(real_ranks, sample_ranks), variance**0.5, max(by_drawn, variance - by_real) ** 0.5, real)


def area(zero: np.ndarray, one: np.ndarray) -> float:
    """Computes the area under the curve: P(one above zero) + P(equal) / 2, for scores (n,) of real items and (m,) of
    samples."""
    sorted_zero = np.sort(zero)
    return float(sum(np.searchsorted(sorted_zero, one, side).mean() for side in ("left", "right")) / (2 * len(zero)))


def _ranks(
    real: np.ndarray, sampled: np.ndarray, keys: np.ndarray, score: Score, seed: int, folds: int
) -> tuple[np.ndarray, np.ndarray]:
    """Out-of-fold scores of real items and of samples, from their numbers (n,) and (m,), by classifiers of these alone.
    keys: a number for each item, equal where items are."""
    items, fake = np.concatenate([real, sampled]), np.repeat([0, 1], [len(real), len(sampled)])
    guess, different = np.zeros(len(fake)), len(np.unique(keys[items]))
    if different < 2:
        return guess[: len(real)], guess[len(real) :]
    split = StratifiedGroupKFold(min(folds, different), shuffle=True, random_state=seed % 2**32)
    for train, test in split.split(items, fake, keys[items]):
        learns = fake[train].any() and not fake[train].all()  # not from items of one side
        scores = score(items[train], fake[train], items[test]) if learns else np.zeros(len(test))
        guess[test] = (rankdata(scores) - 0.5) / len(test)  # midranks, alike in every fold
    return guess[: len(real)], guess[len(real) :]


def boosted_trees(rows: np.ndarray) -> Score:
    """Returns the score function of `two_sample_auc` by gradient-boosted trees on numbers (n, d), one row an item."""

    def score(train: np.ndarray, labels: np.ndarray, test: np.ndarray) -> np.ndarray:
        classifier = HistGradientBoostingClassifier(max_iter=ROUNDS, early_stopping=False, random_state=0)
        return classifier.fit(rows[train], labels).decision_function(rows[test])

    return score
