"""The data sets that come with scikit-learn."""

import numpy as np

from ..raw import Raw


def digits() -> Raw:
    """1,797 handwritten digits, 8 x 8, 17 levels: each pixel counts the ink dots of a 4 x 4 block of the scan."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return Raw("images", "digits", bunch.images.astype(np.uint8)[..., None], bunch.target, levels=17)


def iris() -> Raw:
    from sklearn.datasets import load_iris

    return _named("iris", load_iris(as_frame=True))


def wine() -> Raw:
    from sklearn.datasets import load_wine

    return _named("wine", load_wine(as_frame=True))


def breast_cancer() -> Raw:
    from sklearn.datasets import load_breast_cancer

    return _named("breast-cancer", load_breast_cancer(as_frame=True))


def diabetes() -> Raw:
    """In its original units: scikit-learn's default has them standardised over all rows, test rows included."""
    from sklearn.datasets import load_diabetes

    return Raw("tables", "diabetes", load_diabetes(as_frame=True, scaled=False).frame)


def _named(name: str, found) -> Raw:
    """The frame with the classes by their names."""
    frame = found.frame.rename(columns=lambda column: column.replace(" ", "_"))
    frame["target"] = np.asarray(found.target_names).astype(object)[frame["target"]]
    return Raw("tables", name, frame)
