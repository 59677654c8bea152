"""Published sets of images.

mnist, fashion-mnist    LeCun 1998 and Xiao 2017, from their IDX files
binarised-mnist         Salakhutdinov & Murray 2008: a pixel is 1 with its grey value as probability (see below)
cifar10-jpeg            6,000 colour images of CIFAR-10 (Krizhevsky 2009), 32 x 32, once packed as JPEG
openmoji                emoji in colour with their names, by group (HfG Schwaebisch Gmuend)

Papers binarise MNIST anew for every step of training (Burda 2016, section 5). Here every training digit is drawn
`TIMES` times, so often that the draws are hardly learned by heart, and validation and test digits once, always alike.
Figures are comparable with those of papers that draw the test set once in this way, and not with those on the fixed set
of Larochelle & Murray 2011.
"""

import io
import zipfile

import numpy as np
import pandas as pd
from PIL import Image

from ...core.account import Account
from ...core.draws import Draws
from ...core.seeds import seed_of
from ..formats.download import File, content
from ..formats.images.idx import read_idx
from ..formats.images.pictures import LARGEST
from ..formats.raw import Raw
from ..sequences.domain import line_keys
from ..splits import split_groups

FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")

LABELLED, VALID = 10, 5_000  # in `few_labels`: digits of each class with a label, digits to validate
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
    """Loads MNIST with labels for ten training digits of each class; the other 59,900 labels are None. Of these digits,
    5,000 validate. Test digits keep theirs, to be judged by."""
    raw, rng = mnist(), Draws("few labels", seed)
    learned, labelled_rows = np.flatnonzero(raw.parts != "test"), []
    for label in raw.names:
        rows_of_label = learned[raw.labels[learned] == label]
        labelled_rows.append(rows_of_label[rng.permutation(len(rows_of_label))[:LABELLED].numpy()])
    unlabelled = np.setdiff1d(learned, np.concatenate(labelled_rows))
    raw.labels = raw.labels.astype(object)
    raw.labels[unlabelled] = None
    raw.parts[unlabelled[rng.permutation(len(unlabelled))[:VALID].numpy()]] = "valid"
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
    return Raw(
        "images", name, pictures, labels[np.concatenate([y_train, y_test])], labels.tolist(), parts, account=Account()
    )


TIMES = 32  # binarisations of a training digit
VALID_BINARISED = 5_000  # digits, the last of the training file


def binarised_mnist() -> Raw:
    """Pictures (1,775,000, 28, 28, 1) of levels 0 and 1 without labels: 32 x 55,000 to train, 5,000 to validate,
    10,000 to test."""
    raw = mnist()
    learned, test = raw.items[raw.parts != "test"], raw.items[raw.parts == "test"]
    train, valid = learned[:-VALID_BINARISED], learned[-VALID_BINARISED:]
    sources = [("test", test), ("valid", valid), *((f"train {time}", train) for time in range(TIMES))]
    pictures = np.empty((sum(len(grey) for _, grey in sources), *test.shape[1:]), np.uint8)
    at = 0
    for name, grey in sources:
        uniform = Draws("binarised-mnist", name).uniform(grey.shape).numpy()
        np.less(uniform, grey / np.float32(255), out=pictures[at : at + len(grey)].view(bool))
        at += len(grey)
    parts = np.repeat(["test", "valid", "train"], [len(test), len(valid), at - len(test) - len(valid)])
    return Raw("images", "binarised-mnist", pictures, parts=parts, levels=2, account=Account())


LABELS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
FILE = File("cifar10/cifar10_jpeg_6k.npz", "f3c63101ec2e03b9b7fe6f14b3cbd57a54f8d714da69bc270f31fa3f6f47690d", ())


def cifar10_jpeg() -> Raw:
    """Reads CIFAR-10 as JPEG files. 5,000 training and 1,000 test pictures, each from its official part, 500 and 100 of
    a class."""
    arrays = np.load(io.BytesIO(content(FILE)), allow_pickle=False)
    pictures = np.concatenate([arrays["x_train"], arrays["x_test"]])
    labels = np.array(LABELS)[np.concatenate([arrays["y_train"], arrays["y_test"]])]
    parts = np.repeat(np.array(["", "test"]), [len(arrays["x_train"]), len(arrays["x_test"])])
    note = "a subset that went through JPEG: bits per dimension and Frechet distances are not those of CIFAR-10"
    return Raw("images", "cifar10-jpeg", pictures, labels, list(LABELS), parts, account=Account(remarks=[note]))


PICTURES = File(
    "openmoji/openmoji-72x72-color.zip", "2e686265d1cd9b0f6eb99e398fb14ccee9a9fd2aa82a4370d6096745461b56d8", ()
)
TABLE = File("openmoji/openmoji.csv.gz", "ba0e22f987812fb5fc54e4bb462c9c6d619e554c4f0e11808e723a276f2123ae", ())


TONES = {
    "1": "light",
    "2": "medium-light",
    "3": "medium",
    "4": "medium-dark",
    "5": "dark",
}  # tones by their number in the table


def openmoji(seed: int) -> Raw:
    """Reads the emoji of OpenMoji. 4,147 pictures on white, brought from 72 x 72 to 64 x 64 pixels, the largest that
    models are built for. Labels are groups, captions names: "waving hand: light skin tone". All skin tones of an emoji
    are in one part."""
    table = _table()
    base = table["skintone_base_hexcode"].where(table["skintone_base_hexcode"] != "", table["hexcode"])
    parts = np.asarray(split_groups(line_keys(base), seed, "skintone_base_hexcode"))
    note = "brought from 72 x 72 to 64 x 64; all skin tones of an emoji are in one part"
    return _raw("openmoji", table, table["group"], parts, note)


def openmoji_tones(seed: int) -> Raw:
    """Reads emoji in their skin tones. 1,525 of these pictures: 305 emoji in five skin tones, which are the labels. The
    test part holds one tone of each emoji, each tone equally often, so that training sees every emoji and every tone.
    """
    table = _table()
    table = table[table["skintone"].isin(list(TONES))]
    bases, base = np.unique(table["skintone_base_hexcode"], return_inverse=True)
    rng = np.random.default_rng(seed_of("openmoji-tones", seed))
    held_out = rng.permutation(len(bases)) % len(TONES)
    parts = np.where(table["skintone"].astype(int) - 1 == held_out[base], "test", "")
    note = "brought from 72 x 72 to 64 x 64; the test part holds one skin tone of each emoji"
    return _raw("openmoji-tones", table, table["skintone"].map(TONES), parts, note)


def _table() -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content(TABLE)), keep_default_na=False, dtype=str)


def _raw(name: str, table: pd.DataFrame, labels: pd.Series, parts: np.ndarray, note: str) -> Raw:
    with zipfile.ZipFile(io.BytesIO(content(PICTURES))) as archive:
        pictures = np.stack([_picture(archive.read(f"{code}.png")) for code in table["hexcode"]])
    captions = table["annotation"].to_numpy(object)
    return Raw(
        "images", name, pictures, labels.to_numpy(str), None, parts, account=Account(remarks=[note]), captions=captions
    )


def _picture(png: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(png), formats=["PNG"]).convert("RGBA")
    flat = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return np.asarray(flat.resize((LARGEST, LARGEST), Image.Resampling.BICUBIC))
