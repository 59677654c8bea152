"""A part of CIFAR-10 (Krizhevsky 2009): 6,000 colour pictures, 32 x 32, that went through JPEG on their way here."""

import io

import numpy as np

from ..raw import Raw
from .download import File, content

LABELS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
FILE = File("cifar10/cifar10_jpeg_6k.npz", "f3c63101ec2e03b9b7fe6f14b3cbd57a54f8d714da69bc270f31fa3f6f47690d", ())


def cifar10_jpeg() -> Raw:
    """5,000 training and 1,000 test pictures, each from its official part, 500 and 100 of a class."""
    arrays = np.load(io.BytesIO(content(FILE)), allow_pickle=False)
    pictures = np.concatenate([arrays["x_train"], arrays["x_test"]])
    labels = np.array(LABELS)[np.concatenate([arrays["y_train"], arrays["y_test"]])]
    parts = np.repeat(np.array(["", "test"]), [len(arrays["x_train"]), len(arrays["x_test"])])
    note = "a subset that went through JPEG: bits per dimension and Frechet distances are not those of CIFAR-10"
    return Raw("images", "cifar10-jpeg", pictures, labels, list(LABELS), parts, notes=[note])
