"""MNIST (LeCun 1998) and Fashion-MNIST (Xiao 2017) from their IDX files."""

import numpy as np

from ...core.draws import Draws
from ..images.idx import read_idx
from ..raw import Raw
from .download import File, content

FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")

LABELLED, VALID = 10, 5_000  # of `few_labels`: digits of each class with a label, digits to validate
NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
SHA256 = {
    "mnist": (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
    "fashion-mnist": (
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
}
URLS = {
    "mnist": ("http://yann.lecun.com/exdb/mnist/", "https://ossci-datasets.s3.amazonaws.com/mnist/"),
    "fashion-mnist": (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
}


def mnist() -> Raw:
    return _read("mnist", np.arange(10))


def few_labels(seed: int) -> Raw:
    """MNIST in which ten training digits of each class have a label, and the other 59,900 None; of these 5,000
    validate. Test digits keep theirs, to be judged by."""
    raw, rng = mnist(), Draws("few labels", seed)
    learned, told = np.flatnonzero(raw.parts != "test"), []
    for label in raw.names:
        same = learned[raw.labels[learned] == label]
        told.append(same[rng.permutation(len(same))[:LABELLED].numpy()])
    without = np.setdiff1d(learned, np.concatenate(told))
    raw.labels = raw.labels.astype(object)
    raw.labels[without] = None
    raw.parts[without[rng.permutation(len(without))[:VALID].numpy()]] = "valid"
    raw.name = "mnist-100-labels"
    return raw


def fashion_mnist() -> Raw:
    return _read("fashion-mnist", np.array(FASHION))


def _read(name: str, labels: np.ndarray) -> Raw:
    """60,000 training and 10,000 test pictures, 28 x 28, in the official split."""
    files = [
        File(f"{name}/{file}.gz", sha256, tuple(f"{url}{file}.gz" for url in URLS[name]))
        for file, sha256 in zip(NAMES, SHA256[name])
    ]
    x_train, y_train, x_test, y_test = (read_idx(content(file), file.path) for file in files)
    parts = np.repeat(np.array(["", "test"], "<U5"), [len(x_train), len(x_test)])
    pictures = np.concatenate([x_train, x_test])[..., None]
    return Raw("images", name, pictures, labels[np.concatenate([y_train, y_test])], labels.tolist(), parts)
