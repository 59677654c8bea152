"""The error of labels is of the items that carry one."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from genwright.studies.measures import label_error


def test_items_without_a_label_count_neither_as_right_nor_as_items():
    true = np.array(["a", None, "b", "b", None], object)
    model = SimpleNamespace(
        family=SimpleNamespace(given=SimpleNamespace(names=("digit",))),
        predict=lambda items: pd.DataFrame({"label": ["a", "a", "b", "a", "b"]}),
    )
    found = label_error(model, SimpleNamespace(test=None, values=lambda part, name: true))
    assert found.value == pytest.approx(100 / 3) and found.n == 3
