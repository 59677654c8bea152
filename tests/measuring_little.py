"""Comparisons that measure on few items, by judges that are hardly taught."""

from __future__ import annotations

from genwright.evaluation.metrics import classifiers, train_on_synthetic
from genwright.evaluation.suites import audio, images
from genwright.studies import measuring

LESSONS = 128  # items that a judge is taught by
SHARE = 4  # of the least that a comparison would measure, one in so many


def few(suite, sizes: dict[str, int]) -> dict[str, int]:
    return {name: min(size, max(2, suite.LEAST[name] // SHARE)) for name, size in sizes.items()}


def measure_little(patch) -> None:
    """patch: pytest's MonkeyPatch."""
    first_sizes = measuring.first_sizes
    for judge in (classifiers.train_net, classifiers.cnn_classifier):
        patch.setattr(judge, "__defaults__", (LESSONS,))
    patch.setattr(images, "SEEN", 24 * LESSONS)  # where there are as many samples as training images
    patch.setattr(audio, "TAUGHT", LESSONS)
    patch.setattr(train_on_synthetic, "ROUNDS", 10)
    patch.setattr(measuring, "choose_sizes", lambda suite, *_: few(suite, suite.sizes.full))
    patch.setattr(measuring, "first_sizes", lambda suite, purposes: few(suite, first_sizes(suite, purposes)))
