"""Targets: published figures, and how ours are measured beside them. Plain data; importing it imports no torch.

`genwright reproduce NAME` trains a target's family on its data, as often as it says, and prints both columns. A figure
whose protocol or data are others than ours says so in `differs`, and is then no more than a neighbour.
"""

from difflib import get_close_matches

from ..core.errors import DataError
from ..core.manifest import load_place, take_packages
from .target import Target


def _known_density(family: str, data: str, system: str, bar: float) -> Target:
    return Target(
        f"{family}-{data}", system, data, family, "divergence", "nats", 0.0,
        "KL(p || q) over 20,000 test items of a density p that is known; 0 is its least value",
        "Gibbs' inequality", bar=bar, better="lower", budget={"minutes": 2}, seeds=1, minutes=2.5,
    )  # fmt: skip


def _binarised(
    name: str, family: str, nats: float, source: str, bar: float, items: int, minutes: float, **hyperparameters: int
) -> Target:
    return Target(
        name, "A2", "binarised-mnist", family, "importance_bound", "nats", nats,
        "-log p(x) of the 10,000 test images of stochastically binarised MNIST, by 5,000 importance-weighted draws",
        source, bar=bar, better="lower", preset="dense", hyperparameters=hyperparameters,
        budget={"items": items}, seeds=1, minutes=minutes,
    )  # fmt: skip


TARGETS = [
    _known_density("autoregressive", "pinwheel", "D4", 0.03),
    _known_density("autoregressive", "eight-gaussians", "D4", 0.03),
    _known_density("autoregressive", "checkerboard", "D4", 0.08),
    _known_density("flow", "pinwheel", "C1", 0.03),
    _known_density("flow", "eight-gaussians", "C1", 0.03),
    _known_density("flow", "checkerboard", "C1", 0.08),
    _known_density("flow-matching", "pinwheel", "C2", 0.08),
    _known_density("flow-matching", "eight-gaussians", "C2", 0.08),
    _binarised("vae-mnist", "vae", 86.76, "Burda 2016, table 1, one stochastic layer", 87.0, 20_000_000, 15),
    _binarised(
        "iwae-mnist", "iwae", 84.78, "Burda 2016, table 1, one stochastic layer, K = 50", 85.2, 26_000_000, 55,
        growth=21_000_000,
    ),
    Target(
        "ssvae-mnist", "A3", "mnist-100-labels", "semi-supervised-vae", "label_error", "%", 3.33,
        "error on the 10,000 test digits from ten labels a digit, drawn anew for each fit, without augmentation",
        "Kingma 2014, table 1, M1 + M2; M2 alone 11.97", bar=6.0, better="lower", splits=True,
        budget={"steps": 4_000}, seeds=10, minutes=40,
    ),
    Target(
        "gumbel-mnist", "A4", "binarised-mnist", "discrete-vae", "one_draw_bound", "nats", 101.5,
        "-log p(x) of the 10,000 test images by one draw of a code of 20 symbols of ten",
        "Jang 2017, table 1", bar=101.5, better="lower", budget={"items": 8_000_000}, seeds=1, minutes=8,
        differs="theirs is the fixed binarisation of Larochelle & Murray 2011, ours one drawn from the grey values",
    ),
    Target(
        "gan-25-gaussians", "B1", "grid-gaussians", "gan", "modes", "modes", 25.0,
        "modes of a 5 x 5 grid of Gaussians within three standard deviations of any of 2,500 samples",
        "Lin 2018 (PacGAN), section 4.1; GAN 3.3, VEEGAN 24.6", bar=25.0, budget={"minutes": 1.5}, seeds=5, minutes=8.0,
    ),
    Target(
        "vq-vae-fashion", "A5", "fashion-mnist", "vq-vae", "perplexity", "%", 100.0,
        "exp of the entropy of the codes of all test images over the entries; 100 is its largest value",
        "Gibbs' inequality", bar=50.0, budget={"minutes": 10}, seeds=1, minutes=12,
    ),
    Target(
        "fsq-fashion", "A5", "fashion-mnist", "vq-vae", "usage", "%", 100.0,
        "entries of a finite scalar quantiser that the codes of the test images name",
        "Mentzer 2023, section 4 (about 100%)", bar=95.0, preset="fsq", budget={"minutes": 5}, seeds=1, minutes=6,
        differs="theirs are codes of ImageNet, ours of Fashion-MNIST",
    ),
    Target(
        "vq-vae-2-fashion", "A6", "fashion-mnist", "vq-vae-2", "cas", "of real", 0.75,
        "accuracy on real images of a classifier taught by samples, over that of one taught by real ones",
        "Razavi 2019, table 1: 54.83% of ImageNet's 73.09%, top-1; BigGAN-deep 58%", bar=0.75,
        budget={"minutes": 30}, seeds=1, minutes=36,
        differs="theirs are 1,000 classes of ImageNet at 256 x 256, ours ten of Fashion-MNIST by the harsher of two "
        "classifiers",
    ),
    Target(
        "gan-mnist-classes", "B1", "mnist", "gan", "drawn_classes", "classes", 10.0,
        "digits that a classifier recognises among 2,500 samples with no label given, each at least half as often "
        "as among real images", "all the digits that there are", bar=10.0, budget={"minutes": 10}, seeds=1,
        minutes=11.0,
    ),
    Target(
        "tiny-shakespeare", "D3", "tiny-shakespeare", "autoregressive", "nats_per_symbol", "nats", 1.4697,
        "-log p of the last tenth of the text over its characters, in windows of 128 that do not overlap; what comes "
        "before is learned",
        "Karpathy, nanoGPT's README, 2022 (1.88 after three minutes of a processor)", bar=1.52, better="lower",
        budget={"minutes": 20}, rows="trainval", seeds=1, minutes=22,
        differs="theirs has 10.7 million weights, windows of 256 drawn at random and three minutes of an A100",
    ),
    Target(
        "cached-pixelcnn", "D1", "digits", "autoregressive", "cached_speed", "times", 183.0,
        "seconds to draw images by one full pass a pixel, over those with a cache of what is computed",
        "Ramachandran 2017, abstract (PixelCNN++)", bar=10.0, budget={"steps": 50}, seeds=1, minutes=0.5,
        differs="theirs: 32 x 32 colour images in large batches on a GPU; ours: 16 of 8 x 8 on a CPU. The gain grows "
        "with both",
    ),
]  # fmt: skip
take_packages(lambda package: TARGETS.extend(load_place(package.targets) if package.targets else ()))


def target(name: str) -> Target:
    """Raises DataError for a name that is unknown."""
    found_target = next((one for one in TARGETS if one.name == name), None)
    if found_target is None:
        near = get_close_matches(name, [one.name for one in TARGETS], 1)
        meant = f"did you mean {near[0]!r}? " if near else ""
        raise DataError(f"no target {name!r}: {meant}`genwright reproduce` without a name lists them")
    return found_target


def published(family: str, data: str, metric: str) -> Target | None:
    """Finds the target of a family on a data set, None where no paper has measured it."""
    is_target = lambda one: (one.family, one.data, one.metric) == (family, data, metric)
    return next((one for one in TARGETS if is_target(one)), None)
